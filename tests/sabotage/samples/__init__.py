"""A database with one of everything that the checks look at: the samples, loaded in this order.

Loaded as a superuser into one empty database. Each file makes a schema of its own and knows of no
other but ``core.sql``'s.
"""

from __future__ import annotations

from pathlib import Path

FILES = ("core.sql", "relations.sql")


def sql() -> bytes:
    """All of the samples as one script."""
    return b"\n".join((Path(__file__).parent / file).read_bytes() for file in FILES)
