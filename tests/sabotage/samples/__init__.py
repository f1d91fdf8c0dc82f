"""A database with one of everything that the checks look at: the samples, loaded in this order.

Loaded as a superuser into one empty database. Each file makes a schema of its own and knows of no
other but ``core.sql``'s.
"""

from __future__ import annotations

from pathlib import Path

FILES = ("core.sql", "objects.sql", "content.sql", "rows.sql", "integrity.sql", "relations.sql")


def sql() -> bytes:
    """All of the samples as one script."""
    return b"\n".join((Path(__file__).parent / file).read_bytes() for file in FILES)


def beside() -> bytes:
    """What no copy made from a template would bring, or what belongs to the whole cluster.

    For a transaction that is rolled back, or for a server of its own, after the samples.
    """
    return (Path(__file__).parent / "beside.sql").read_bytes()
