"""Schema parity: every object of a database is in the copy as it was (R34)."""
