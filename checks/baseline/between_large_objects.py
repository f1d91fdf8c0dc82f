"""Large objects between two baselines: one that both show alike is in the copy, just so."""

from __future__ import annotations

from checks.baseline import words
from checks.baseline.sides import Sides, bound, finding, gap
from checks.baseline.unseen import damage
from checks.content.observation import LARGE_OBJECTS, ContentObservation, LargeObject
from checks.judgement import Judgement

AGAIN = "Restore again: it is not what it was before and after T."
STRANGER = "Find where it came from: neither baseline has it, so the copy is of another point."


def judge_large_objects(check: str, sides: Sides[ContentObservation]) -> Judgement:
    """Nothing is said where nobody was asked to read them."""
    if damaged := damage(check, LARGE_OBJECTS, sides):
        return damaged
    known = [side.large_objects for side in sides if side.large_objects is not None]
    if len(known) < len(sides):
        why = [side.unreadable[LARGE_OBJECTS] for side in sides if LARGE_OBJECTS in side.unreadable]
        if not known and not why:
            return Judgement()
        told = why[0] if why else "one side was not asked for them"
        return gap(
            check, LARGE_OBJECTS, f"not read on every side ({told}): let the login read them"
        )
    before, after, copy = known
    judged = []
    moved = 0
    for number in sorted({*before, *after, *copy}):
        if before.get(number) != after.get(number):
            moved += 1
        else:
            judged.append(_unmoved(check, number, before.get(number), copy.get(number)))
    if moved:
        told = (
            f"{words.plural(moved, 'large object')} made, changed or removed between the baselines"
        )
        judged.append(bound(check, LARGE_OBJECTS, told))
    return Judgement.all(judged)


def _unmoved(
    check: str, number: int, was: LargeObject | None, now: LargeObject | None
) -> Judgement:
    if was == now:
        return Judgement()
    return finding(
        f"{check}.unmoved",
        f"large object {number}",
        _told(was),
        _told(now, was),
        STRANGER if was is None else AGAIN,
    )


def _told(one: LargeObject | None, beside: LargeObject | None = None) -> str | None:
    """Its size, owner and grants; and whether its bytes are others than those of one beside it."""
    if one is None:
        return None
    other = beside is not None and beside.digest != one.digest and beside.bytes == one.bytes
    size = words.plural(one.bytes, "other byte" if other else "byte")
    return f"{size} of {one.owner}, grants {one.acl or 'none'}"
