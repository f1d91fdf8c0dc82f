"""Whether a running copy can reach, or be reached by, what its source worked with (DESIGN 5)."""
