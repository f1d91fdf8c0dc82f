"""What a check says: what is wrong, what it could not see, and what it could only bound.

A check returns one `Judgement`. Findings make a proof fail. Gaps make it *not proven*: a tool, a
right, a budget or a truth is missing. Bounds make it *bounded*: the truth was shown to lie between
two others (DESIGN 4 and 8). A check that returns nothing at all has looked at everything and found
it right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.evidence import AllowedDifferences, ComparedTable
from checks.finding import Finding, Scalar


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that a check could not look at.

    check    the check that would have spoken, as a finding names it: ``content``, ``schema.roles``
    subject  what it could not judge, quoted as SQL would
    reason   what is missing and how to supply it, one sentence; never a value of a row
    """

    check: str
    subject: str
    reason: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.reason}"

    def as_dict(self) -> dict[str, Scalar]:
        """The gap as the journal stores it."""
        return {"check": self.check, "subject": self.subject, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing that was shown to lie between two truths; `bound` says which, in numbers."""

    check: str
    subject: str
    bound: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: {self.bound}"

    def as_dict(self) -> dict[str, Scalar]:
        """The bound as the journal stores it."""
        return {"check": self.check, "subject": self.subject, "bound": self.bound}


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that one check says.

    facts    names and scalars worth keeping beside the outcome: how much was read, with which seed
    tables   every table that was compared, whatever came of it
    allowed  what differs by rule, comparison by comparison
    """

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    bounds: tuple[Bound, ...] = ()
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    tables: tuple[ComparedTable, ...] = ()
    allowed: tuple[AllowedDifferences, ...] = ()

    def __add__(self, other: Judgement) -> Judgement:
        return Judgement(
            self.findings + other.findings,
            self.gaps + other.gaps,
            self.bounds + other.bounds,
            {**self.facts, **other.facts},
            self.tables + other.tables,
            self.allowed + other.allowed,
        )

    def of(self, family: str) -> Judgement:
        """What checks of one family say; facts, and what else they tell, stay with the rest."""
        return Judgement(*self._sorted(family, True))

    def but(self, family: str) -> Judgement:
        """What all other checks say, and all that was told besides."""
        return Judgement(*self._sorted(family, False), self.facts, self.tables, self.allowed)

    def _sorted(
        self, family: str, within: bool
    ) -> tuple[tuple[Finding, ...], tuple[Gap, ...], tuple[Bound, ...]]:
        def wanted(said: Finding | Gap | Bound) -> bool:
            return (said.check.partition(".")[0] == family) is within

        return (
            tuple(one for one in self.findings if wanted(one)),
            tuple(one for one in self.gaps if wanted(one)),
            tuple(one for one in self.bounds if wanted(one)),
        )

    @classmethod
    def all(cls, judgements: Iterable[Judgement]) -> Judgement:
        """Several judgements as one, in their order."""
        return sum(judgements, cls())
