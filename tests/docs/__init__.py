"""Every command that the documents show, executed as a reader would."""
