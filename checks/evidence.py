"""What a check tells besides its findings: each table it compared, each difference it allowed.

A check that found nothing has still looked at something; an auditor wants to read at what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checks.finding import Scalar, scalar

Content = Literal["equal", "bounded", "differs", "counted", "not read"]


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """One table on both sides.

    expected, actual  rows; None where the side has no such table or its rows were not all counted.
                      `expected` is text, `10 to 12`, where the truth is itself two numbers
    bytes             of the copy's table, as far as it was read
    content           ``equal``: every row was compared. ``bounded``: shown to lie between two
                      truths, or not shown to be wrong by one of the past. ``differs``: a finding
                      says how. ``counted``: as many rows, not compared. ``not read``: not, or not
                      all of it
    database          filled in by whoever knows it
    """

    table: str
    expected: int | str | None
    actual: int | None
    bytes: int | None
    content: Content
    database: str = ""

    def as_dict(self) -> dict[str, Scalar]:
        """The table as the journal stores it, within an event that names the database."""
        return {
            "table": self.table,
            "expected": self.expected,
            "actual": self.actual,
            "bytes": self.bytes,
            "content": self.content,
        }


@dataclass(frozen=True, slots=True)
class Allowed:
    """One difference that a rule allows, and the rule's reason. No side holds a value of a row."""

    name: str
    expected: object
    actual: object
    reason: str

    def as_dict(self) -> dict[str, Scalar]:
        """The difference as the journal stores it."""
        return {
            "name": self.name,
            "expected": scalar(self.expected),
            "actual": scalar(self.actual),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class AllowedDifferences:
    """Of one comparison: what was compared, how much of it, and what differs and may."""

    what: str
    compared: int
    allowed: Sequence[Allowed]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as the journal stores it."""
        return {
            "what": self.what,
            "compared": self.compared,
            "allowed": [one.as_dict() for one in self.allowed],
        }
