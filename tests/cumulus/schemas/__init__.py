"""The schemas of the generations, each as it is put together from its files."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
FILES = {
    "11": ("v11", "rows", "rows_v11"),
    "16": ("v11", "v16", "rows", "rows_v11"),
    "21": ("v11", "v16", "v21", "rows", "rows_v11"),
    "22": ("v22", "rows", "rows_v22"),
}
"""Version → the files of its schema and rows, in the order in which they are run."""


def sql(version: str) -> bytes:
    """All of a version's SQL."""
    return b"\n".join((FOLDER / f"{name}.sql").read_bytes() for name in FILES[version])
