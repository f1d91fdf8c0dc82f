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

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.baseline import words
from checks.baseline.condition import CorrectCondition
from checks.baseline.frozen_rows import CannotRead, DamagedRows, NoSuchTable, read_frozen
from checks.baseline.model import FrozenContent, FrozenUnread
from checks.baseline.sides import finding, gap
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "frozen"

CHANGED = (
    "Restore again and compare the point reached with T; if the source itself changes or removes "
    "such rows, the condition names rows that are not frozen: narrow it."
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """One ``[[content.frozen]]``: `table` as ``must_have_tables`` writes it, `where` as SQL."""

    table: str
    where: str


def judge_frozen(
    source: SharedSnapshot | FrozenContent | FrozenUnread,
    copy: SharedSnapshot,
    frozen: Frozen,
    t: datetime | None,
) -> Judgement:
    """Hold the rows that match a condition in the copy against the source's (R36, R68).

    source  the source as it is now, or what a baseline recorded (`recorded_frozen`)
    t       the recovery target's time; None where it is not known
    """
    subject = frozen.table
    sides = []
    for side, place in ((source, "source"), (copy, "copy")):
        try:
            sides.append(_side(side, frozen, t))
        except DamagedRows as damaged:
            remedy = f"Restore again from another backup: the {place}'s own data is damaged."
            return finding(CHECK, subject, "readable", f"{place}: {damaged}", remedy)
        except (CorrectCondition, CannotRead) as why:
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


def record_frozen(
    shared: SharedSnapshot, ranges: Sequence[Frozen], t: datetime | None
) -> tuple[FrozenContent | FrozenUnread, ...]:
    """The frozen ranges of a database for its baseline; those of other databases are left out.

    Without `t` a condition that names it cannot be recorded: only a live source tells then.
    """
    recorded: list[FrozenContent | FrozenUnread] = []
    for one in ranges:
        try:
            recorded.append(read_frozen(shared, one.table, one.where, t))
        except NoSuchTable:
            continue
        except (CorrectCondition, CannotRead) as why:
            recorded.append(FrozenUnread(table=one.table, where=one.where, why=str(why)))
    return tuple(recorded)


def recorded_frozen(
    recorded: Sequence[FrozenContent | FrozenUnread], frozen: Frozen
) -> FrozenContent | FrozenUnread | None:
    """What a baseline holds of a frozen range; None where it was recorded without it."""
    for one in recorded:
        if (one.table, one.where) == (frozen.table, frozen.where):
            return one
    return None


def _side(
    side: SharedSnapshot | FrozenContent | FrozenUnread, frozen: Frozen, t: datetime | None
) -> FrozenContent:
    if isinstance(side, SharedSnapshot):
        return read_frozen(side, frozen.table, frozen.where, t)
    if isinstance(side, FrozenUnread):
        raise CannotRead(f"not in the baseline: {side.why}")
    if side.t != t and side.t is not None:
        raise CannotRead("was recorded for another time: record the baseline for this T")
    return side
