"""Frozen ranges: rows that an operator knows never change any more, and that must come back equal.

```toml
[[content.frozen]]
table = "granules"
where = "created_at < :t - interval '1 day'"
```

They prove equality of a part of a table on a source that never stops writing (DESIGN 4): rows that
match are counted and hashed in the copy and in the source, which lives on, or in a baseline. The
condition is the operator's SQL: it is evaluated in a read-only session, under the search path that
the database gives this login, and within the statement limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from checks.baseline import words
from checks.baseline.condition import Condition, CorrectCondition
from checks.baseline.model import FrozenContent
from checks.baseline.sides import finding, gap
from checks.content.rows import (
    SEEDS,
    Relation,
    read_relations,
    row_bytes,
    row_hash,
    send_as_stored,
    statement,
)
from checks.database import CheckError, RowCursor, is_damage, reason, scan_tables_only
from checks.judgement import Judgement
from checks.names import is_named
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "frozen"

CHANGED = (
    "Restore again and compare the point reached with T; if the source itself changes or removes "
    "such rows, the condition names rows that are not frozen: narrow it."
)


class _NotProven(CheckError):
    """Why a frozen range cannot be read on one side; in one line, never with a value."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One ``[[content.frozen]]``: `table` as ``must_have_tables`` writes it, `where` as SQL."""

    table: str
    where: str


def judge_frozen(
    source: SharedSnapshot | FrozenContent, copy: SharedSnapshot, frozen: Frozen, t: datetime | None
) -> Judgement:
    """Hold the rows that match a condition in the copy against the source's (R36, R68).

    source  the source as it is now, or what a baseline recorded
    t       the recovery target's time; None where it is not known
    """
    subject = frozen.table
    sides = []
    for side, place in ((source, "source"), (copy, "copy")):
        try:
            sides.append(_side(side, frozen, t))
        except _Damaged as damaged:
            remedy = f"Restore again from another backup: the {place}'s own data is damaged."
            return finding(CHECK, subject, "readable", f"{place}: {damaged}", remedy)
        except (CorrectCondition, _NotProven) as why:
            return gap(CHECK, subject, f"{why} (where {' '.join(frozen.where.split())}; {place})")
    truth, ours = sides
    subject = truth.relation
    if truth.columns != ours.columns:
        return gap(
            CHECK,
            subject,
            "its columns differ between the two sides, so its rows cannot be compared: see schema",
        )
    if not truth.rows and not ours.rows:
        return gap(
            CHECK,
            subject,
            "no row matches on either side, so it proves nothing: correct the condition "
            f"(where {' '.join(frozen.where.split())})",
        )
    if truth.rows != ours.rows:
        return finding(
            CHECK,
            subject,
            f"{words.plural(truth.rows, 'frozen row')}",
            f"{words.plural(ours.rows, 'frozen row')}",
            CHANGED,
        )
    if truth.hashes != ours.hashes:
        rows = words.plural(truth.rows, "frozen row")
        return finding(CHECK, subject, rows, f"{rows} with other values", CHANGED)
    return Judgement(facts={f"frozen rows of {subject}": truth.rows})


def read_frozen(shared: SharedSnapshot, frozen: Frozen, t: datetime | None) -> FrozenContent:
    """Count and hash the rows that match, for a baseline.

    Raises CheckError, in one line, where that cannot be done or would prove nothing.
    """
    return _read(shared, frozen, t)


class _Damaged(_NotProven):
    """The server could not read its own data."""


def _side(
    side: SharedSnapshot | FrozenContent, frozen: Frozen, t: datetime | None
) -> FrozenContent:
    if isinstance(side, SharedSnapshot):
        return _read(side, frozen, t)
    if side.t != t and side.t is not None:
        raise _NotProven("was recorded for another time: record the baseline for this T")
    return side


def _read(shared: SharedSnapshot, frozen: Frozen, t: datetime | None) -> FrozenContent:
    condition = Condition(frozen.where)
    where = condition.at(t)

    def reading(cursor: RowCursor) -> FrozenContent | _NotProven:
        try:
            relation = _named(cursor, frozen.table)
            _require_stable(cursor, condition)
            return _count(cursor, relation, frozen, where, t if condition.names_time else None)
        except _NotProven as why:
            return why

    told = shared.read(reading)
    if isinstance(told, Unread):
        kind = _Damaged if told.damage else _NotProven
        raise kind(f"cannot be read: {_without_values(told)}")
    if isinstance(told.result, _NotProven):
        raise told.result
    return told.result
