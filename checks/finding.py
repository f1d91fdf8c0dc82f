"""A finding: one thing that a check holds against a restored copy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

Scalar = str | int | float | bool | None
"""What a finding's sides become in a journal; lists and objects are written as JSON text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, told so that it can be acted on without opening a database.

    check     the check that speaks, `family`, `family.kind` or `family.kind.property`: ``counts``,
      ``schema.indexes``, ``schema.indexes.validity``
    subject   the object concerned, quoted as SQL would: ``public."Granules"``,
      ``public.rules.name``
    expected  what the truth (baseline, ledger, objective) says
    actual    what the restored copy shows
    remedy    what the operator does next, one sentence

    Neither side may ever hold a value of a row: counts, names, definitions, times and keys of our
    own marker table only. Findings are printed, journalled and kept for auditors.
    """

    check: str
    subject: str
    expected: object
    actual: object
    remedy: str

    def __str__(self) -> str:
        return (
            f"{self.check}: {self.subject}: expected {_said(self.expected)}, "
            f"found {_said(self.actual)}. {self.remedy}"
        )

    # pytest shows the repr of both sides of `assert findings == []`: let it be the sentence.
    __repr__ = __str__

    def as_dict(self) -> dict[str, Scalar]:
        """The finding as the journal stores it: six keys, JSON scalars only.

        Check, subject and property are what a waiver of it must name.
        """
        return {
            "check": self.check,
            "subject": self.subject,
            "property": self.property,
            "expected": scalar(self.expected),
            "actual": scalar(self.actual),
            "remedy": self.remedy,
        }

    @property
    def property(self) -> str:
        """What differs about the subject, as waivers name it (DESIGN 8).

        The third part of the check if it has one (``schema.indexes.validity`` → ``validity``);
        ``presence`` where one side is nothing; else the check's last part (``counts``). It stands
        last in this class because it hides the builtin behind it.
        """
        parts = self.check.split(".")
        if parts[2:]:
            return parts[2]
        if self.expected is None or self.actual is None:
            return "presence"
        return parts[-1]


def _said(side: object) -> str:
    """One side of a finding in a sentence: never more than one line."""
    match side:
        case None:
            return "nothing"
        case bool():
            return "yes" if side else "no"
        case int():
            return f"{side:,}"
        case _:
            return " ".join(str(scalar(side)).split())


def scalar(side: object) -> Scalar:
    """One side of a difference as the journal stores it."""
    plain = _plain(side)
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    return plain


def _plain(side: object) -> Scalar | list[object] | dict[str, object]:
    """The same thing in JSON's own types; what JSON has no type for becomes text."""
    match side:
        case None | bool() | int() | float() | str():
            return side
        case datetime() | date():
            return side.isoformat()
        case timedelta():
            return side.total_seconds()
        case set() | frozenset():
            return [_plain(member) for member in sorted(side, key=str)]
        case list() | tuple():
            return [_plain(member) for member in side]
        case dict():
            return {str(key): _plain(value) for key, value in side.items()}
        case _:
            return str(side)
