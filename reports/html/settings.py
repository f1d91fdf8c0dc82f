"""The settings of a run as lines that read like their file, and what was left unset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """`given` are (path, value); `unset` the paths of settings that nobody gave."""

    given: Sequence[tuple[str, object]]
    unset: Sequence[str]


def of(settings: Mapping[str, Any]) -> Settings:
    """Flatten nested tables: `restore.target`, `waiver[0].check`. They come masked."""
    given: list[tuple[str, object]] = []
    unset: list[str] = []
    for path, value in _flat(settings, ""):
        if value is None or value in ([], {}):
            unset.append(path)
        else:
            given.append((path, value))
    return Settings(given, unset)


def _flat(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for key, member in value.items():
            yield from _flat(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for index, member in enumerate(value):
            yield from _flat(member, f"{path}[{index}]")
    else:
        yield path, value
