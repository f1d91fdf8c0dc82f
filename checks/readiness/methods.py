"""Which methods reach a recovery target: the table that an operator wants to have read before.

A method with a window reaches any time within it. One without restores its own moments only, so
that what was written between the last of them and the target is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from checks.finding import Finding
from checks.judgement import Bound, Judgement
from checks.readiness.unasked import Unasked, unasked
from checks.readiness.words import iso, span

CHECK = "readiness.target"
Target = datetime | Literal["latest"]


@dataclass(frozen=True, slots=True)
class Method:
    """One way of restoring, as far as it can be known beforehand.

    name         ``point-in-time restore``, ``automated snapshots``
    first, last  the earliest and latest moment that it restores, aware; None where there is none
    nearest      the last moment at or before the target that it restores; None where it has none
    window       whether it restores every moment from first to last
    count        how many backups it has to choose from; None where that means nothing
    note         what else to know, or why it is no way at all
    """

    name: str
    first: datetime | None = None
    last: datetime | None = None
    nearest: datetime | None = None
    window: bool = False
    count: int | None = None
    note: str = ""

    def reaches(self, target: Target) -> str:
        """In words: ``yes``, ``no``, or where it ends before the target."""
        if self.nearest is None:
            return "no"
        if target == "latest":
            return "yes" if self.window else f"as of {iso(self.nearest)}"
        if self.nearest == target:
            return "yes"
        return f"to {span(target - self.nearest)} before"


def windowed(name: str, first: datetime | None, last: datetime | None, target: Target) -> Method:
    """A method that restores any time from first to last."""
    if first is None or last is None or first > last:
        return Method(name, first, last, window=True, note="its window is not open")
    if target == "latest":
        return Method(name, first, last, last, window=True)
    if target < first:
        return Method(name, first, last, window=True, note="the target is older than its window")
    return Method(name, first, last, min(target, last), window=True)


def of_moments(name: str, moments: Sequence[datetime], target: Target, note: str = "") -> Method:
    """A method that restores these moments and none between."""
    there = sorted(moments)
    if not there:
        return Method(name, count=0, note=note or "there is none")
    before = [one for one in there if target == "latest" or one <= target]
    return Method(
        name, there[0], there[-1], before[-1] if before else None, count=len(there), note=note
    )


def judge_methods(
    methods: Sequence[Method] | Unasked, target: Target, data_loss: timedelta | None, of: str
) -> Judgement:
    """R2, R22: at least one method reaches the target.

    Where the best ends before it, the difference is the data lost: held against the objective where
    there is one, else the claim is bounded by it.
    """
    if isinstance(methods, Unasked):
        return unasked(CHECK, of, methods)
    if isinstance(target, datetime) and target.utcoffset() != timedelta(0):
        return Judgement((_not_utc(target),))
    nearest = max((one.nearest for one in methods if one.nearest is not None), default=None)
    if nearest is None:
        return Judgement((_nothing(methods, target, of),))
    if target == "latest":
        if any(one.window and one.nearest is not None for one in methods):
            return Judgement()
        said = f"only the moments of single backups come back, the newest of {iso(nearest)}"
        return Judgement(bounds=(Bound(CHECK, of, said),))
    if nearest >= target:
        return Judgement()
    lost = target - nearest
    if data_loss is not None and lost > data_loss:
        return Judgement(
            (
                Finding(
                    CHECK,
                    of,
                    f"restorable to {iso(target)}, or to {span(data_loss)} before",
                    f"restorable to {iso(nearest)}, {span(lost)} before",
                    "Choose an earlier target, or back up more often.",
                ),
            )
        )
    if data_loss is not None:
        return Judgement()
    best = next(one for one in methods if one.nearest == nearest)
    return Judgement(
        bounds=(
            Bound(CHECK, of, f"the best is {best.name}, which ends {span(lost)} before the target"),
        )
    )


def table(methods: Sequence[Method], target: Target) -> list[str]:
    """Lines of a table, aligned, for a terminal: each method, its moments, and whether it reaches
    the target.
    """
    asked = "the latest" if target == "latest" else iso(target)
    rows = [("method", "from", "to", "backups", f"reaches {asked}")]
    rows += [
        (
            one.name,
            iso(one.first),
            iso(one.last),
            "any time" if one.window else str(one.count) if one.count is not None else "",
            one.reaches(target) + (f" ({one.note})" if one.note else ""),
        )
        for one in methods
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]


def _not_utc(target: datetime) -> Finding:
    offset = "no zone" if target.utcoffset() is None else "another zone"
    return Finding(
        CHECK,
        "the recovery target",
        "a time in UTC",
        f"{target.isoformat()} ({offset})",
        "Give the time in UTC, with its zone: 2026-03-07T23:45:00Z.",
    )


def _nothing(methods: Sequence[Method], target: Target, of: str) -> Finding:
    firsts = [one.first for one in methods if one.first is not None]
    asked = "the latest moment" if target == "latest" else iso(target)
    return Finding(
        CHECK,
        of,
        f"a method that reaches {asked}",
        f"the oldest moment that anything restores is {iso(min(firsts))}"
        if firsts
        else "no backup of any kind",
        "Choose a later target, or restore from what is kept elsewhere."
        if firsts
        else "Turn automated backups on, and take a manual snapshot today.",
    )
