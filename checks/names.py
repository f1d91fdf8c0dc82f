"""Names of tables as people and SQL write them."""

from __future__ import annotations

import re
from collections.abc import Sequence


def split_name(rendered: str) -> tuple[str, ...]:
    """The parts of a name in SQL's notation, unquoted: ``'a."b.""c"'`` gives ``('a', 'b."c')``."""
    return tuple(map(_unquoted, _parts(rendered)))


def is_named(wanted: str, qualified: Sequence[str]) -> bool:
    """Whether what an operator wrote names this table, by its last part or by both."""
    parts = _parts(wanted)
    return 0 < len(parts) <= len(qualified) and all(
        actual == _unquoted(part) or (not part.startswith('"') and actual == part.lower())
        for part, actual in zip(reversed(parts), reversed(qualified), strict=False)
    )


def _parts(name: str) -> list[str]:
    return re.findall(r'"(?:[^"]|"")*"|[^."]+', name)


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
