"""Texts that differ and mean the same: what PostgreSQL itself writes in two ways."""

from __future__ import annotations


def same(
    kind: str, name: str, one: str | None, other: str | None, versions: tuple[int, int]
) -> bool:
    """Whether two values of a property are the same, on servers of these versions."""
    return one == other
