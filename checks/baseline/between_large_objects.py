"""Large objects between two baselines: one that both show alike is in the copy, just so."""

from __future__ import annotations

from checks.baseline import words
from checks.baseline.sides import Sides, bound
from checks.content.large_objects import CHECK, compare_large_objects
from checks.content.observation import LARGE_OBJECTS, ContentObservation, LargeObject
from checks.judgement import Judgement


def judge_large_objects(sides: Sides[ContentObservation]) -> Judgement:
    """Nothing is said where nobody was asked to read them.

    Findings and gaps are those of `compare_large_objects`, of the objects that did not move, and of
    those that neither baseline knows.
    """
    if all(
        side.large_objects is None and LARGE_OBJECTS not in {*side.unreadable, *side.left_out}
        for side in sides
    ):
        return Judgement()
    before, after, copy = (side.large_objects for side in sides)
    if before is None or after is None or copy is None:
        blind = sides.before if before is None else sides.after
        return compare_large_objects(blind if None in (before, after) else sides.after, sides.copy)
    moved = {
        number for number in before.keys() | after.keys() if before.get(number) != after.get(number)
    }
    judged = compare_large_objects(_without(sides.before, moved), _without(sides.copy, moved))
    if not moved:
        return judged
    told = (
        f"{words.plural(len(moved), 'large object')} of {len(before.keys() | after.keys()):,} made,"
        " changed or removed between the baselines"
    )
    return judged + bound(CHECK, LARGE_OBJECTS, told)


def _without(side: ContentObservation, moved: set[int]) -> ContentObservation:
    objects: dict[int, LargeObject] = side.large_objects or {}
    left = {number: one for number, one in objects.items() if number not in moved}
    return side.model_copy(update={"large_objects": left})
