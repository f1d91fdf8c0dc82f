"""The search for the rows in which two sides of a table differ.

```
ranges that differ ─ split into finer parts, summed up on both sides, those that agree dropped
                   ─ … until what is left is few rows ─ fetched from both sides and matched
```
However much differs, a bounded number of rows is ever fetched at once, and the search ends early:
where everything is different, the first thousands of rows tell all there is to know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from typing import TypeVar

from checks.content.locate_difference import Difference, Known, Place, known
from checks.content.locate_query import Part
from checks.content.locate_side import CannotLocate, Side

Result = TypeVar("Result")

FETCHED = 20_000
"""Rows of one side that are fetched at once: less than 10 MB here. Ranges are of 10,000 rows (up to
10 million rows a table), so that one or two of them are fetched without being split."""

GRAIN = 500
"""Rows of the parts that a range is split into, or less: to fetch one then costs next to nothing
against having summed up its range."""

PARTS = 20_000
"""Parts that are summed up in one statement, at most."""

ENOUGH = 10_000
"""Rows found to differ after which the search ends: only the first 20 are named anyway."""

LEVELS = 6
"""How often a range is split, at most. Keys that lie unevenly, and many rows that differ, need a
second and a third time; each of them is a scan where no index leads to the rows."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of which both sides are known, and differ.

    hashed  whether the sums of hashes are known too, or only the rows
    """

    part: Part
    expected: Known
    actual: Known
    hashed: bool = True

    @property
    def rows(self) -> int:
        """Of the side that has more."""
        return max(self.expected[0], self.actual[0])


@dataclass(slots=True)
class Found:
    """What a search brought.

    unseen      pieces that differ and were not looked into, because enough was found
    distrusted  sides of which the index gave other rows than the heap holds
    """

    difference: Difference
    unseen: list[Piece] = field(default_factory=list)
    distrusted: list[str] = field(default_factory=list)


def search(expected: Side, actual: Side, pieces: Iterable[Piece], difference: Difference) -> Found:
    """Find the rows that differ. Raises CannotLocate where a side can no longer be read, or no
    longer is what it was.
    """
    return _Search(expected, actual, Found(difference)).run(pieces)


class _Search:
    def __init__(self, expected: Side, actual: Side, found: Found) -> None:
        self.expected = expected
        self.actual = actual
        self.found = found

    def run(self, pieces: Iterable[Piece]) -> Found:
        queue = deque(self._one_sided(list(pieces)))
        rows, before = FETCHED, self.found.difference.rows
        while queue and self.found.difference.rows - before < ENOUGH:
            if self.expected.by_index and self.actual.by_index:
                batch, rows = _take(queue, rows), rows * 4
            else:
                batch = list(queue)  # each batch is a scan of the whole table
                queue.clear()
            few, rest = self._refine(batch)
            queue.extendleft(reversed(rest))
            self._fetch(few)
            if not (self.expected.by_index and self.actual.by_index):
                break
        self.found.unseen = list(queue)
        return self.found

    def _one_sided(self, pieces: list[Piece]) -> list[Piece]:
        """Count ranges that one side lacks, and name a few of their rows: nothing is to be matched.

        A few small ones are left to be matched like any other, so that their first keys are told.
        """
        left = [piece for piece in pieces if piece.expected[0] and piece.actual[0]]
        for side, of, places in (
            (
                self.expected,
                [piece for piece in pieces if not piece.actual[0]],
                self.found.difference.missing,
            ),
            (
                self.actual,
                [piece for piece in pieces if not piece.expected[0]],
                self.found.difference.extra,
            ),
        ):
            total = sum(piece.rows for piece in of)
            if total <= FETCHED:
                left += of
                continue
            first = [piece.part for piece in _take(deque(of), places.cap)]
            sent = side.rows(first, limit=places.cap)
            places.add(self._places(side, sent), total)
        return sorted(left, key=lambda piece: piece.part.range)

    def _places(self, side: Side, sent: Sequence[tuple[int, bytes]]) -> list[Place]:
        """Rows of one side as places."""
        only = Difference(self.found.difference.order, self.found.difference.cap)
        of_key = bool(side.table.key)
        match = only.match if of_key else only.match_multisets
        if side is self.expected:
            match(sent, ())
            return only.missing.first
        match((), sent)
        return only.extra.first

    def _refine(self, batch: list[Piece]) -> tuple[list[Piece], list[Piece]]:
        """Split pieces until few rows are left to fetch, or most of what is split differs.

        Returns what to fetch, and what else differs.
        """
        for _ in range(LEVELS):
            if sum(piece.rows for piece in batch) <= FETCHED:
                return batch, []
            # As fine as it takes for one row in each piece to leave few rows to fetch.
            grain = max(1, min(GRAIN, FETCHED // (2 * len(batch))))
            splits = [_split(piece, grain, PARTS // len(batch)) for piece in batch]
            parts = [part for split in splits for part in split]
            if len(parts) == len(batch):
                break
            batch = self._sum_up(batch, splits)
            if len(batch) > len(parts) / 2:
                break
        queue = deque(batch)
        return _take(queue, FETCHED), list(queue)

    def _sum_up(self, batch: list[Piece], splits: list[list[Part]]) -> list[Piece]:
        """The parts of each piece that differ."""
        parts = [part for split in splits for part in split]

        def sums(side: Side) -> list[Known]:
            given = side.sums(parts)
            totals, start = [], 0
            for split in splits:
                totals.append(_total(given[start : start + len(split)]))
                start += len(split)
            self._believe(side, [self._known(side, piece) for piece in batch], totals, batch)
            return given

        before, after = self._both(sums)
        return [
            Piece(part, e, a) for part, e, a in zip(parts, before, after, strict=True) if e != a
        ]

    def _fetch(self, batch: list[Piece]) -> None:
        parts = [piece.part for piece in batch]

        def rows(side: Side) -> list[tuple[int, bytes]]:
            given = side.rows(parts)
            total = _total(self._known(side, piece) for piece in batch)
            self._believe(side, [total], [known(given)], batch)
            return given

        before, after = self._both(rows)
        difference = self.found.difference
        match = difference.match if self.expected.table.key else difference.match_multisets
        match(before, after)

    def _known(self, side: Side, piece: Piece) -> Known:
        return piece.expected if side is self.expected else piece.actual

    def _believe(
        self, side: Side, were: list[Known], given: list[Known], batch: list[Piece]
    ) -> None:
        """Raise _Distrusted where a side does not give the rows that it had."""
        numbers = 3 if all(piece.hashed for piece in batch) else 1
        if [one[:numbers] for one in were] == [one[:numbers] for one in given]:
            return
        if side.by_index:
            raise _Distrusted(side)
        raise CannotLocate(
            f"{side.name} holds other rows now than those that were compared: the table was "
            "written to, or rewritten, outside of the snapshot"
        )

    def _both(self, ask: Callable[[Side], Result]) -> tuple[Result, Result]:
        """Both sides at once; a side whose index is wrong is asked again by its heap."""

        def one(side: Side) -> Result:
            try:
                return ask(side)
            except _Distrusted:
                side.by_index = False
                self.found.distrusted.append(side.name)
                return ask(side)

        with ThreadPoolExecutor(2, thread_name_prefix="locate") as pool:
            before, after = pool.submit(one, self.expected), pool.submit(one, self.actual)
            return before.result(), after.result()


class _Distrusted(Exception):
    """The index of a side gave other rows than its heap holds."""

    def __init__(self, side: Side) -> None:
        super().__init__(side.name)


def _take(queue: deque[Piece], rows: int) -> list[Piece]:
    """Pieces from the front, one at least, as long as they hold no more than `rows`."""
    taken: list[Piece] = []
    total = 0
    while queue and (not taken or total + queue[0].rows <= rows):
        total += queue[0].rows
        taken.append(queue.popleft())
    return taken


def _split(piece: Piece, grain: int, most: int) -> list[Part]:
    """Parts of about `grain` rows: by key where there are keys between two bounds, else by hash."""
    part, number = piece.part, min(most, ceil(piece.rows / grain))
    if number < 2:
        return [part]
    if part.low is not None and part.high is not None and not part.open and not part.mask:
        span = part.high - part.low + 1
        if span > 1:
            step = ceil(span / number)
            return [
                Part(part.range, low, min(low + step - 1, part.high))
                for low in range(part.low, part.high + 1, step)
            ]
    bits = part.mask.bit_length()
    more = number.bit_length() - 1
    mask = (1 << bits + more) - 1
    return [
        Part(part.range, part.low, part.high, mask, part.rest | high << bits, part.open)
        for high in range(1 << more)
    ]


def _total(sums: Iterable[Known]) -> Known:
    rows = first = second = 0
    for n, one, two in sums:
        rows, first, second = rows + n, first + one, second + two
    return rows, first, second
