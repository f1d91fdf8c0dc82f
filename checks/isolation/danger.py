"""What in a copy could touch what its source works with, and what provably keeps it from doing so.

A danger that nothing provably holds is a finding; one that is held is a fact that says what holds
it: never is one silently dropped. What could not be looked at is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.asking import Unseen
from checks.finding import Finding, Scalar
from checks.judgement import Gap, Judgement

FAMILY = "isolation"
"""Checks are called ``isolation.<what>``; none of them can be waived (DESIGN 8)."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What the caller knows of the copy's surroundings, which the copy itself cannot show.

    no_egress  nothing that runs in the copy reaches another server, neither over the network nor on
               its own host: a security group without outbound rules, a network of its own
    reason     how the caller knows, for the report: ``security group sg-0drill admits no egress``
    """

    no_egress: bool = False
    reason: str = ""

    @property
    def holds(self) -> str | None:
        """Why nothing reaches out, or None."""
        return (self.reason or "the quarantine admits no egress") if self.no_egress else None


OPEN = Quarantine()
"""Nothing is known of the copy's surroundings."""


@dataclass(frozen=True, slots=True)
class Danger:
    """One thing that could reach out of the copy, or into it.

    expected, actual, remedy  as in a `Finding`, if nothing holds it
    held                      what provably holds it, or None
    """

    check: str
    subject: str
    expected: str
    actual: str
    remedy: str
    held: str | None = None

    def finding(self) -> Finding:
        return Finding(self.check, self.subject, self.expected, self.actual, self.remedy)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth telling that endangers nobody; `subject` empty for what there is one of."""

    check: str
    subject: str
    said: Scalar


def judgement(
    told: Iterable[Danger | Fact], unseen: Iterable[Unseen] = (), *, within: str | None = None
) -> Judgement:
    """Dangers, facts and what could not be looked at, as one judgement.

    within  the database concerned, which the names of its facts then carry: facts of several
            databases are kept side by side
    """
    findings: list[Finding] = []
    facts: dict[str, Scalar] = {}
    for one in told:
        if isinstance(one, Fact):
            facts[_name(one.check, within, one.subject)] = one.said
        elif one.held is None:
            findings.append(one.finding())
        else:
            facts[_name(one.check, within, one.subject)] = f"{one.actual}; held: {one.held}"
    gaps = []
    for question in unseen:
        if question.damage:
            findings.append(_damaged(question))
        else:
            gaps.append(Gap(question.check, question.subject, question.why))
    return Judgement(tuple(findings), tuple(gaps), (), facts)


def _name(check: str, within: str | None, subject: str) -> str:
    return ": ".join(part for part in (check, within, subject) if part)


def _damaged(question: Unseen) -> Finding:
    return Finding(
        question.check,
        question.subject,
        "a catalog that can be read",
        question.why,
        "The copy cannot read its own catalogs: restore again, from another backup.",
    )
