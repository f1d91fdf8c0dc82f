"""Values of a plan: which differ, which are unknown, and which may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

SENSITIVE = "a sensitive value"
CHANGED = "changed"
UNKNOWN = "known after the apply"

_SECRET_NAME = re.compile(
    r"passw|secret_(string|binary)|token|credential|private_key|user_data|auth", re.IGNORECASE
)
"""Attributes that are never shown, whatever a plan marks: a provider may have forgotten to."""


def empty(value: object) -> bool:
    """Whether it says nothing: null, no text, no member, or a block of nothing but such."""
    if isinstance(value, list):
        return all(empty(member) for member in value)
    if isinstance(value, dict):
        return all(empty(member) for member in value.values())
    return value is None or value == ""


def zero(value: object) -> bool:
    """Whether a provider's SDK takes it for the same as nothing: no, 0, and what is empty.

    Of an attribute; within a block a 0 stands where somebody wrote it.
    """
    return value is False or empty(value) or (isinstance(value, int | float) and value == 0)


def same(one: object, other: object) -> bool:
    """Whether an attribute's two values are the same to a provider."""
    return one == other or (zero(one) and zero(other))


def is_unknown(marks: object, but: frozenset[str] = frozenset()) -> bool:
    """Whether anything in the marks of an attribute is true, but for members of these names."""
    if isinstance(marks, dict):
        return any(is_unknown(mark, but) for name, mark in marks.items() if name not in but)
    if isinstance(marks, list):
        return any(is_unknown(mark, but) for mark in marks)
    return marks is True


def differing(
    before: Mapping[str, Any], after: Mapping[str, Any], after_unknown: object
) -> frozenset[str]:
    """Attributes whose value differs, or will not be known before the apply."""
    if not isinstance(after_unknown, dict) and is_unknown(after_unknown):
        return frozenset(before.keys() | after.keys())
    marks = after_unknown if isinstance(after_unknown, dict) else {}
    names = frozenset(
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and not same(before.get(name), after.get(name))
    )
    unknown = frozenset(name for name, mark in marks.items() if is_unknown(mark))
    return names | unknown


def secret(name: str, values: Iterable[object], marks: Iterable[object]) -> bool:
    """Whether an attribute's values are to be kept: by a mark of sensitivity, or by its name.

    values  before and after: yes, no and a number are no secret that a name could give away
    marks   ``before_sensitive`` and ``after_sensitive`` of the change
    """
    if _SECRET_NAME.search(name) and any(isinstance(one, str | list | dict) for one in values):
        return True
    return any(
        is_unknown(mark.get(name)) if isinstance(mark, dict) else mark is True for mark in marks
    )
