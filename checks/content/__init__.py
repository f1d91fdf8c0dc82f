"""Content parity: every table's rows, counted and fingerprinted in one scan (R36)."""
