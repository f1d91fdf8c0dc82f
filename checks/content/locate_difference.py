"""Two sides of the same ranges, row by row: which rows are missing, extra or changed.

Pure: what the server sent goes in, places come out. A row is sent as bytes:

```
| two row hashes, 16 | ctid, 6 | key: its parts as text, or a hash of it, 16 |
```
A table without a key has the hashes for a key: its rows are a multiset, and none of them "changed".
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

HASHES = 16
PLACE = 6

Sent = tuple[int, bytes]
"""How many rows, and one of them as the server sends it. Rows with a key come one by one."""

Known = tuple[int, int, int]
"""How many rows, and the sums of their two hashes: what a fingerprint holds."""

Order = Callable[[bytes], Any]
"""What keys are sorted by: the smallest are the ones that are told."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one row stands: its key, and its ctid on each side that has it."""

    key: bytes
    expected: bytes | None = None
    actual: bytes | None = None


@dataclass(slots=True)
class Places:
    """A number of rows, and the places of the first of them."""

    order: Order
    cap: int
    rows: int = 0
    first: list[Place] = field(default_factory=list)

    def add(self, places: list[Place], rows: int | None = None) -> None:
        """Some more: `rows` of them (as many as `places`, unless said)."""
        self.rows += len(places) if rows is None else rows
        self.first = heapq.nsmallest(
            self.cap,
            [*self.first, *places],
            key=lambda place: self.order(place.key),
        )


@dataclass(slots=True)
class Difference:
    """What two sides of some ranges differ in.

    repeated  keys that stand more than once, which a sound unique index would not allow: key →
              (times on the expected side, times on the actual side)
    """

    order: Order
    cap: int
    missing: Places = field(init=False)
    extra: Places = field(init=False)
    changed: Places = field(init=False)
    repeated: dict[bytes, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.missing = Places(self.order, self.cap)
        self.extra = Places(self.order, self.cap)
        self.changed = Places(self.order, self.cap)

    @property
    def rows(self) -> int:
        """All rows that were found to differ."""
        return self.missing.rows + self.extra.rows + self.changed.rows

    def match(self, expected: Iterable[Sent], actual: Iterable[Sent]) -> None:
        """Add what the rows of the same ranges of both sides differ in.

        Holds the rows of one side. Equal rows of one key cancel first; what is left of it is
        changed as far as both sides have some, then missing or extra.
        """
        left: dict[bytes, list[bytes]] = {}
        for _, row in expected:
            left.setdefault(row[HASHES + PLACE :], []).append(row)
        right: dict[bytes, list[bytes]] = {}
        seen: Counter[bytes] = Counter()
        before = {key: len(rows) for key, rows in left.items()}
        for _, row in actual:
            key = row[HASHES + PLACE :]
            seen[key] += 1
            if not _cancel(left.get(key), row):
                right.setdefault(key, []).append(row)
        for key in before.keys() | seen.keys():
            if before.get(key, 0) > 1 or seen[key] > 1:
                self.repeated[key] = (before.get(key, 0), seen[key])
        self._sort_out(left, right)

    def match_multisets(self, expected: Iterable[Sent], actual: Iterable[Sent]) -> None:
        """Add what two sides of a table without a key differ in: rows by how often they stand."""
        left: dict[bytes, tuple[int, bytes]] = {row[:HASHES]: (n, row) for n, row in expected}
        for times, row in actual:
            before, _ = left.pop(row[:HASHES], (0, b""))
            if times > before:
                place = Place(row[:HASHES], actual=row[HASHES : HASHES + PLACE])
                self.extra.add([place], times - before)
            elif before > times:
                self._one_less(row, before - times)
        for before, row in left.values():
            self._one_less(row, before)

    def _one_less(self, row: bytes, times: int) -> None:
        place = Place(row[:HASHES], expected=row[HASHES : HASHES + PLACE])
        self.missing.add([place], times)

    def _sort_out(self, left: dict[bytes, list[bytes]], right: dict[bytes, list[bytes]]) -> None:
        missing, extra, changed = [], [], []
        for key, rows in left.items():
            others = right.pop(key, [])
            pairs = min(len(rows), len(others))
            changed += [
                Place(key, _place(a), _place(b)) for a, b in zip(rows, others, strict=False)
            ]
            missing += [Place(key, expected=_place(row)) for row in rows[pairs:]]
            extra += [Place(key, actual=_place(row)) for row in others[pairs:]]
        for key, rows in right.items():
            extra += [Place(key, actual=_place(row)) for row in rows]
        self.missing.add(missing)
        self.extra.add(extra)
        self.changed.add(changed)


def tid(place: bytes) -> str:
    """A ctid as SQL writes it: ``(block,offset)``."""
    return f"({int.from_bytes(place[:4])},{int.from_bytes(place[4:])})"


def known(rows: Iterable[Sent]) -> Known:
    """What the fingerprint of these rows would be."""
    count = first = second = 0
    for times, row in rows:
        count += times
        first += times * int.from_bytes(row[:8], signed=True)
        second += times * int.from_bytes(row[8:16], signed=True)
    return count, first, second


def _place(row: bytes) -> bytes:
    return row[HASHES : HASHES + PLACE]


def _cancel(rows: list[bytes] | None, row: bytes) -> bool:
    """Take a row with the same hashes from those of its key, if there is one."""
    if rows is None:
        return False
    for number, other in enumerate(rows):
        if other[:HASHES] == row[:HASHES]:
            del rows[number]
            return True
    return False
