"""Rows between two baselines: what did not move must come back equal, what moved only in bounds.

```
B1 ─────────────── T ─────────────── B2
10 rows, hash x    ?                 10 rows, hash x     equal in both: exactly that at T
10 rows, hash x    ?                 14 rows, hash y     moved: from 10 to 14 rows at T
```

Both baselines and the copy are divided alike (``like=`` of the later recordings), so that most
ranges of a table that grows at one end are still exact. That a range moved within bounds is no
proof of equality, and is never told as one: it is a `Bound` (DESIGN 4).

A table that is filled and emptied between the baselines can leave the bounds although nothing is
wrong, and one that was changed and changed back can look as if it had not moved. Both are findings
all the same: the remedy says so, and an operator who knows the table can waive it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.baseline import words
from checks.baseline.between_large_objects import judge_large_objects
from checks.baseline.sides import Proof, Sides, bound, demanding, finding, gap
from checks.baseline.unseen import judge_unseen, untold
from checks.content import remedies
from checks.content.observation import ContentObservation, RangeContent, TableContent
from checks.content.ranges import describe
from checks.content.results import Sizes, results
from checks.judgement import Judgement

CHECK = "content.between"

AGAIN = (
    "Restore again and compare the point reached with T; a table that is filled and emptied all the"
    " time (a queue) needs a waiver, or a frozen range that holds ([[content.frozen]])."
)
MOVED = (
    "If the table shrinks and grows, give it a waiver or a frozen range ([[content.frozen]]); else"
    " rows were lost or are too many: restore again and compare the point reached with T."
)
EMPTIED = remedies.of_counts(1, 0, unlogged=True)
STRANGER = "Find where it came from: neither baseline has it, so the copy is of another point."


def judge_rows_between(
    before: ContentObservation,
    after: ContentObservation,
    copy: ContentObservation,
    *,
    proof: Proof = "bounded",
) -> Judgement:
    """Hold the rows of a copy made at T against baselines from before and after T (R35).

    The check of a finding is ``content.between.<property>``: ``unmoved`` for ranges on which both
    baselines agree, ``moved`` for rows outside the bounds, ``table`` for one that should, or should
    not, be there. What only counts could tell is a gap.
    """
    sides = Sides(before, after, copy)
    names = {*before.tables, *after.tables, *copy.tables} - untold(sides)
    judged = [
        _table(name, Sides(*(side.tables.get(name) for side in sides))) for name in sorted(names)
    ]
    rows = Judgement.all([*judged, judge_unseen(CHECK, sides)])
    tables = results(rows, (_sizes(name, sides) for name in sorted({*names, *untold(sides)})))
    whole = Judgement.all([rows, judge_large_objects(sides), Judgement(tables=tables)])
    return demanding(whole, proof)


def _sizes(name: str, sides: Sides[ContentObservation]) -> Sizes:
    before, after, copy = (side.tables.get(name) for side in sides)
    numbers = sorted(
        one.rows for one in (before, after) if one is not None and one.rows is not None
    )
    expected: int | str | None = None  # in neither baseline, or not all counted
    if before is not None and after is not None and len(numbers) == 2:
        low, high = numbers
        expected = low if low == high else f"{low} to {high}"
    elif (before is None) != (after is None) and numbers:
        expected = f"none to {numbers[0]}"
    return Sizes(name, expected, copy)


@dataclass
class _Ranges:
    """The ranges of one table, sorted by what became of them.

    unmoved  those on which the baselines agree; moved  those within bounds, otherwise
    wrong, outside  what is told of the two kinds that are not as they must be
    """

    unmoved: list[RangeContent] = field(default_factory=list)
    moved: list[Sides[RangeContent]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def sort(self, place: str, one: Sides[RangeContent]) -> None:
        if _same(one.before, one.after):
            self.unmoved.append(one.before)
            if not _same(one.before, one.copy):
                self.wrong.append(f"{place}: {words.instead(one.before, one.copy)}")
            return
        low, high = sorted((one.before.rows, one.after.rows))
        if low <= one.copy.rows <= high:
            self.moved.append(one)
        else:
            rows = words.plural(one.copy.rows, "row")
            self.outside.append(f"{place}: {rows}, not from {low:,} to {high:,}")


def _table(name: str, sides: Sides[TableContent | None]) -> Judgement:
    before, after, copy = sides
    if before is None and after is None:
        return finding(f"{CHECK}.table", name, None, words.size(copy), STRANGER)
    if before is None or after is None:
        event = "created" if before is None else "dropped"
        there = "not in the copy" if copy is None else f"{words.size(copy)} in the copy"
        return bound(CHECK, name, f"{event} between the two baselines, {there}")
    if copy is None:
        return finding(f"{CHECK}.table", name, words.size(before), None, AGAIN)
    if before.division != after.division or before.columns != after.columns:
        return _by_number(name, Sides(before, after, copy), "its columns or its key changed")
    if copy.columns != before.columns or copy.division != before.division:
        reason = (
            "the copy's rows were hashed or divided otherwise than the baselines', so only their "
            "number was compared: see its columns under schema, or read the copy like the baseline"
        )
        return _by_number(name, Sides(before, after, copy), "not comparable") + gap(
            CHECK, name, reason
        )
    ranges = _Ranges()
    parts = zip(before.ranges, after.ranges, copy.ranges, strict=True)
    for number, (first, last, ours) in enumerate(parts):
        # One that the budget left out is told by `judge_unseen`.
        if first is not None and last is not None and ours is not None:
            ranges.sort(describe(before.division, number), Sides(first, last, ours))
    emptied = copy.unlogged and copy.rows == 0
    return Judgement.all(_told(name, ranges, len(before.ranges), emptied=emptied))


def _told(name: str, ranges: _Ranges, number: int, *, emptied: bool) -> Iterator[Judgement]:
    unmoved = words.plural(sum(one.rows for one in ranges.unmoved), "row")
    if ranges.wrong:
        expected = f"{unmoved} in {words.plural(len(ranges.unmoved), 'range')} as in both baselines"
        yield finding(
            f"{CHECK}.unmoved",
            name,
            expected,
            words.some(ranges.wrong),
            EMPTIED if emptied else AGAIN,
        )
    if ranges.outside:
        expected = "each range between its two baselines"
        yield finding(
            f"{CHECK}.moved",
            name,
            expected,
            words.some(ranges.outside),
            EMPTIED if emptied else MOVED,
        )
    if ranges.moved:
        rows = Sides(
            sum(one.before.rows for one in ranges.moved),
            sum(one.after.rows for one in ranges.moved),
            sum(one.copy.rows for one in ranges.moved),
        )
        told = f"{len(ranges.moved)} of {words.plural(number, 'range')} moved: {_in_numbers(rows)}"
        if ranges.unmoved and not ranges.wrong:
            told += f"; the other {unmoved} are exactly as in both"
        yield bound(CHECK, name, told)


def _by_number(name: str, sides: Sides[TableContent], why: str) -> Judgement:
    """Where only the number of all rows can be compared."""
    rows = [side.rows for side in sides if side.rows is not None]
    if len(rows) < len(sides):
        return gap(CHECK, name, f"{why}, and not all of its rows were read: read them all")
    numbers = Sides(*rows)
    low, high = sorted((numbers.before, numbers.after))
    if low <= numbers.copy <= high:
        return bound(CHECK, name, f"{why}: {_in_numbers(numbers)}")
    return finding(
        f"{CHECK}.moved",
        name,
        f"from {low:,} to {words.plural(high, 'row')}",
        words.plural(numbers.copy, "row"),
        MOVED,
    )


def _in_numbers(rows: Sides[int]) -> str:
    before, after, copy = rows
    return f"{words.plural(before, 'row')} before T, {after:,} after, {copy:,} in the copy"


def _same(one: RangeContent, other: RangeContent) -> bool:
    """By number and both sums; by number where one side was only counted, which is a gap, too."""
    return one.rows == other.rows and (
        one.hashes is None or other.hashes is None or one.hashes == other.hashes
    )
