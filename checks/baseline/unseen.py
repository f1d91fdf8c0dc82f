"""What of the rows was not seen on every side: a gap each, but damage in the copy."""

from __future__ import annotations

from checks.baseline import words
from checks.baseline.sides import WORDS, Sides, finding, gap
from checks.content import remedies
from checks.content.observation import LARGE_OBJECTS, ContentObservation
from checks.database import DAMAGE
from checks.judgement import Judgement


def untold(sides: Sides[ContentObservation]) -> set[str]:
    """Tables of which one side, at least, could read nothing."""
    unseen: set[str] = set()
    for side in sides:
        unseen |= {*side.unreadable}
        unseen |= {*side.left_out, *side.unpopulated} - {*side.tables}
    return unseen - {LARGE_OBJECTS}


def judge_unseen(check: str, sides: Sides[ContentObservation]) -> Judgement:
    """Tables that were not read, ranges that the budget left out, rows that were only counted."""
    nothing = untold(sides)
    partly = {
        name
        for side in sides
        for name, table in side.tables.items()
        if name in side.left_out or None in table.ranges
    }
    return Judgement.all(
        [
            *(_unread(check, name, sides) for name in sorted(nothing)),
            *(_left_out(check, name, sides) for name in sorted(partly - nothing)),
            _counted(check, sides),
        ]
    )


def damage(check: str, name: str, sides: Sides[ContentObservation]) -> Judgement | None:
    """What a server could not read of its own data: a finding, on whichever side."""
    for side, place in zip(reversed(sides), reversed(WORDS), strict=True):
        if (why := side.unreadable.get(name, "")).startswith(DAMAGE):
            remedy = remedies.DAMAGED if side is sides.copy else remedies.DAMAGED_SOURCE
            return finding(f"{check}.unreadable", name, "readable", f"{place}: {why}", remedy)
    return None


def _unread(check: str, name: str, sides: Sides[ContentObservation]) -> Judgement:
    if damaged := damage(check, name, sides):
        return damaged
    reasons = []
    for side, place in zip(sides, WORDS, strict=True):
        if name in side.unreadable:
            reasons.append(f"not readable {place}: {remedies.gap(side.unreadable[name])}")
        elif name in side.unpopulated:
            reasons.append(f"not populated {place}: refresh it where it should be")
        elif name in side.left_out and name not in side.tables:
            reasons.append(f"left out {place}: {words.budget(side.left_out[name])}")
    return gap(check, name, "; ".join(reasons))


def _left_out(check: str, name: str, sides: Sides[ContentObservation]) -> Judgement:
    ranges = [side.tables[name].ranges for side in sides if name in side.tables]
    number = max(len(side) for side in ranges)
    read = sum(None not in parts for parts in zip(*ranges, strict=False))
    why = next(
        (words.budget(side.left_out[name]) for side in reversed(sides) if name in side.left_out),
        "read all of it",
    )
    return gap(
        check,
        name,
        f"{number - read} of {words.plural(number, 'range')} not read on every side: {why}",
    )


def _counted(check: str, sides: Sides[ContentObservation]) -> Judgement:
    counted = {
        name
        for side in sides
        for name, table in side.tables.items()
        if any(part is not None and part.hashes is None for part in table.ranges)
    }
    if not counted:
        return Judgement()
    return gap(
        check,
        words.plural(len(counted), "table"),
        "rows were only counted, on one side at least: set content to full or to ranges, and record"
        " the baselines so",
    )
