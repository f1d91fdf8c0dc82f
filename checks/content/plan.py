"""What is read of each table: everything, some ranges of it, or nothing, as the budget allows.

``ranges:10%`` reads every tenth range, and with the next seed the ones beside them: ten successive
seeds cover all. What is left out is never forgotten: it is told in rows and bytes, and what it
would have proven is *not proven by budget* (DESIGN 4).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zlib import crc32

from checks.content.observation import (
    ContentObservation,
    Division,
    KeyRanges,
    LeftOut,
    TableContent,
)
from checks.content.ranges import estimated_rows, ranges_of
from checks.content.rows import Relation
from checks.database import CheckError

SMALL = 8 * 1024 * 1024
"""A table of fewer bytes is read whole under ``ranges:P%``: finding its ranges would cost more."""


NOTHING_TO_COMPARE = LeftOut(reason="the side to compare it with could not be read")


class MisreadMode(CheckError):
    """A mode of reading that is none."""

    def __init__(self, mode: str) -> None:
        super().__init__(
            f"content = {mode!r} is not known: write full, ranges:P% (P from 1 to 99) or counts"
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a database's rows is read.

    mode         ``full``, ``ranges:P%`` (P from 1 to 99), ``counts``
    seed         which ranges under ``ranges:P%``: successive seeds cover everything
    time_budget  from the start of the reading; None: as long as it takes
    max_bytes    of heap and TOAST, as estimated, on each side; None: everything
    workers      server processes that may read at once on one side; a table that holds most of
                 the bytes gets several of them

    Raises MisreadMode.
    """

    mode: str = "full"
    seed: int = 0
    time_budget: timedelta | None = None
    max_bytes: int | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if self.mode not in ("full", "counts") and not re.fullmatch(r"ranges:[1-9]\d?%", self.mode):
            raise MisreadMode(self.mode)

    @property
    def counts_only(self) -> bool:
        return self.mode == "counts"

    @property
    def share(self) -> int:
        """Percent of the ranges that are read."""
        return int(self.mode[7:-1]) if self.mode.startswith("ranges:") else 100


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of one table, and how.

    columns  (name, type) in the order in which they are hashed
    key      the columns that identify a row
    numbers  of the ranges that are read; None: all of them
    """

    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    division: Division
    numbers: tuple[int, ...] | None = None

    @property
    def share(self) -> float:
        """Of the table, from 0 to 1."""
        return 1.0 if self.numbers is None else len(self.numbers) / ranges_of(self.division)


@dataclass(slots=True)
class Plan:
    """Table → what is read of it; what is not, and why."""

    parts: dict[str, Part] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)


def chosen_ranges(number: int, share: int, seed: int, table: str) -> tuple[int, ...]:
    """Which of `number` ranges are read: `share` percent of them, rounded up, spread out evenly.

    ``ceil(100 / share)`` successive seeds cover all. Tables begin at different places, so that
    those of few ranges are not all read by the same seed.
    """
    rounds = math.ceil(100 / share)
    order = sorted(range(number), key=lambda n: (n % rounds, n))
    size = math.ceil(number * share / 100)
    begin = (seed * size + crc32(table.encode())) % number
    return tuple(sorted(order[(begin + n) % number] for n in range(size)))


def plan_reading(
    reading: Reading, relations: Sequence[Relation], divisions: Mapping[str, Division]
) -> Plan:
    """Decide what is read of each of `relations`; `divisions` holds those that were divided."""
    plan = Plan()
    for relation in relations:
        if (division := divisions.get(relation.table)) is not None:
            _plan_table(plan, reading, relation, division)
    if reading.max_bytes is not None:
        _keep_within(plan, reading.max_bytes, relations)
    return plan


def plan_like(like: ContentObservation) -> Plan:
    """Read what another observation read: same tables, same ranges, same boundaries."""
    return Plan(
        {
            name: Part(table.columns, table.key, table.division, _read_numbers(table))
            for name, table in like.tables.items()
        },
        {
            **{name: one for name, one in like.left_out.items() if name not in like.tables},
            **dict.fromkeys(like.unreadable, NOTHING_TO_COMPARE),
        },
    )


def whole_part(relation: Relation, division: Division) -> Part:
    """All of a table, by its own columns and key."""
    columns = tuple((column.name, column.type) for column in relation.columns)
    return Part(columns, relation.key, division)


def _read_numbers(table: TableContent) -> tuple[int, ...] | None:
    numbers = tuple(n for n, one in enumerate(table.ranges) if one is not None)
    return None if len(numbers) == len(table.ranges) else numbers


def _plan_table(plan: Plan, reading: Reading, relation: Relation, division: Division) -> None:
    number = ranges_of(division)
    part = whole_part(relation, division)
    numbers = chosen_ranges(number, reading.share, reading.seed, relation.table)
    if len(numbers) == number or relation.bytes < SMALL:
        plan.parts[relation.table] = part
    elif isinstance(division, KeyRanges):
        plan.parts[relation.table] = replace(part, numbers=numbers)
        plan.left_out[relation.table] = LeftOut(
            reason=f"{reading.mode}: {number - len(numbers):,} of {number:,} ranges were not read",
            rows=round(estimated_rows(relation) * (1 - len(numbers) / number)),
            bytes=round(relation.bytes * (1 - len(numbers) / number)),
        )
    elif _is_turn_of(relation.table, reading):
        # No index answers for a bucket: it is the whole table now, or none of it.
        plan.parts[relation.table] = part
    else:
        plan.left_out[relation.table] = LeftOut(
            reason=f"{reading.mode}: a table whose key does not begin with an integer or uuid is"
            " read whole when its turn comes, by the seed",
            rows=estimated_rows(relation),
            bytes=relation.bytes,
        )


def _is_turn_of(table: str, reading: Reading) -> bool:
    rounds = math.ceil(100 / reading.share)
    return (reading.seed + crc32(table.encode())) % rounds == 0


def _keep_within(plan: Plan, most: int, relations: Sequence[Relation]) -> None:
    """Leave out the largest tables, until the rest fits: that proves as many tables as can be."""
    left = most
    for relation in sorted(relations, key=lambda r: (r.bytes, r.table)):
        part = plan.parts.get(relation.table)
        if part is None:
            continue
        wanted = round(relation.bytes * part.share)
        if wanted <= left:
            left -= wanted
            continue
        del plan.parts[relation.table]
        plan.left_out[relation.table] = LeftOut(
            reason=f"max_bytes: {wanted:,} bytes would have to be read, {left:,} of {most:,} were"
            " left",
            rows=estimated_rows(relation),
            bytes=relation.bytes,
        )
