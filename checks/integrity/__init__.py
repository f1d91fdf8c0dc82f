"""Whether a copy is sound in itself, whatever it is a copy of (R37 to R40)."""
