"""Dividing a table so that what is appended to it later falls into a range of its own.

```
recorded           | … | from 9001 to 9812 | from 9813 on: nothing yet |
after T            | … | from 9001 to 9812 | from 9813 on: 40 rows     |
```
Most tables only grow at the end of their key. Without a last boundary just behind the highest key,
the last range of such a table moves with every insert, and of a small table that is all of it: its
old rows could be bounded only. With one they are exact (DESIGN 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from psycopg import sql

from checks.baseline.batches import ask_in_batches
from checks.content.budget import Clock
from checks.content.observation import ContentObservation, KeyRanges
from checks.content.plan import Part, Plan, Reading
from checks.content.ranges import ranges_of
from checks.content.rows import Relation, statement
from checks.content.scan import read_content
from checks.content.survey import survey
from checks.database import RowCursor
from checks.shared_snapshot import SharedSnapshot

_HIGHEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
"""Types of keys that are given out in order, and the last value of each. uuids are not."""


def observe_closed(shared: SharedSnapshot, reading: Reading) -> ContentObservation:
    """As `observe_content`, but with the ranges of integer keys closed behind the highest key."""
    clock = Clock(reading.time_budget)
    surveyed = survey(shared, reading)
    parts = _closed(shared, surveyed.relations, surveyed.plan.parts)
    plan = Plan(parts, surveyed.plan.left_out)
    return read_content(shared, replace(surveyed, plan=plan), reading, clock)


@dataclass(frozen=True, slots=True)
class _Open:
    relation: Relation
    part: Part
    division: KeyRanges


def _closed(
    shared: SharedSnapshot, relations: Sequence[Relation], parts: Mapping[str, Part]
) -> dict[str, Part]:
    """The same parts; those whose highest key could be read have one range more."""
    open_ = [
        _Open(relation, part, division)
        for relation in relations
        if (part := parts.get(relation.table)) is not None
        and isinstance(division := part.division, KeyRanges)
        and division.type in _HIGHEST
    ]
    # What is refused, or broken, is told when its rows are read.
    highest, _ = ask_in_batches(shared, open_, _highest_keys)
    return dict(parts) | {
        open_[place].relation.table: _close(open_[place], key) for place, key in highest.items()
    }


def _close(one: _Open, highest: int) -> Part:
    last = int(one.division.bounds[-1]) if one.division.bounds else None
    if highest >= _HIGHEST[one.division.type] or (last is not None and last > highest):
        return one.part
    division = one.division.model_copy(update={"bounds": (*one.division.bounds, str(highest + 1))})
    numbers = one.part.numbers
    if numbers is not None:
        # Under ranges:P% too: what comes there later must be seen to be new.
        numbers = (*numbers, ranges_of(division) - 1)
    return replace(one.part, division=division, numbers=numbers)


def _highest_keys(cursor: RowCursor, tables: Sequence[_Open]) -> dict[int, int]:
    """Place in `tables` → highest key; without those that are empty. Reads the end of an index."""
    query = sql.SQL(" union all ").join(
        sql.SQL("select {}, (select max({}) from only {})").format(
            number, sql.Identifier(one.division.column), one.relation.identifier
        )
        for number, one in enumerate(tables)
    )
    cursor.execute(statement(query))
    return {cast("int", number): int(highest) for number, highest in cursor if highest is not None}
