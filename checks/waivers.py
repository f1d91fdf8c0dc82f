"""Waivers: known differences that an operator accepts, each until a day, with a reason (DESIGN 8).

One system for every expected difference. A waiver names one property of one object; it never widens
by itself. What it does not cover is returned as it was found, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from checks.database import CheckError
from checks.finding import Finding, Scalar
from checks.judgement import Gap, Judgement

CHECK = "waivers"
UNSEEN = "not proven"
"""The property of a waiver that accepts a gap, and no difference."""
NEVER_WAIVED = ("isolation", "identity", "plan")
"""Whether the copy reached production, is another cluster, or is destroyed when adopted: no paper
may say that this does not matter. The settings refuse the same names."""


class FixWhatItFound(CheckError):
    """A waiver of what is never waived."""


def is_never_waived(check: str) -> bool:
    """Whether a check's family or kind is one of `NEVER_WAIVED`: ``isolation.network``,
    ``configuration.identity``, ``plan-safety``; not ``schema.columns.identity``, a property.
    """
    family, _, rest = check.lower().partition(".")
    return (
        re.split("[-_]", family)[0] in NEVER_WAIVED
        or rest.partition(".")[0] in NEVER_WAIVED
        or family == CHECK  # a waiver that is not needed is removed, not waived
    )


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted difference, as the settings' ``[[waiver]]`` has it.

    check     the finding's check or a dotted prefix of it: ``schema`` covers ``schema.indexes``
    object    the finding's subject, exactly as reported
    property  the finding's property, exactly as reported (`Finding.property`); `UNSEEN` for what
              could not be looked at
    expires   the last day on which it holds
    optional  whether it may match nothing

    Raises FixWhatItFound for a check that is never waived.
    """

    check: str
    object: str
    property: str
    reason: str
    expires: date
    by: str
    optional: bool = False

    def __post_init__(self) -> None:
        if is_never_waived(self.check):
            raise FixWhatItFound(f"{self.check} is never waived: fix what the check found")

    def __str__(self) -> str:
        return f"{self.check} · {self.object} · {self.property}"

    def matches(self, finding: Finding) -> bool:
        """Whether it is about this finding, expired or not."""
        return (
            self.object == finding.subject
            and self.property == finding.property
            and _covers(self.check, finding.check)
            and not is_never_waived(finding.check)
        )

    def covers(self, gap: Gap) -> bool:
        """Whether it accepts, expired or not, that this was not looked at."""
        return (
            self.property == UNSEEN
            and self.object == gap.subject
            and _covers(self.check, gap.check)
            and not is_never_waived(gap.check)
        )

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return today > self.expires

    def of_family(self, family: str) -> bool:
        """Whether it is about what checks of that family find."""
        return self.check.partition(".")[0] == family


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that a waiver covers."""

    finding: Finding
    waiver: Waiver

    def __str__(self) -> str:
        waiver = self.waiver
        return (
            f"{self.finding.check}: {self.finding.subject}: {self.finding.property}, accepted by "
            f"{waiver.by} until {waiver.expires}: {waiver.reason}"
        )

    def as_dict(self) -> dict[str, Scalar]:
        """The finding as the journal stores it, with the waiver's reason, expires and by."""
        waiver = self.waiver
        return {
            **self.finding.as_dict(),
            "reason": waiver.reason,
            "expires": waiver.expires.isoformat(),
            "by": waiver.by,
        }


@dataclass(frozen=True, slots=True)
class Applied:
    """What waivers make of findings.

    findings  what no waiver covers, in order; where one has expired, the remedy says so
    waived    what one covers, in order
    matched   the waivers that a finding matched, expired ones among them
    """

    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    matched: frozenset[Waiver]


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver], *, today: date
) -> Applied:
    """Sort findings into those that a waiver covers today and those that fail."""
    failing: list[Finding] = []
    waived: list[Waived] = []
    matched: set[Waiver] = set()
    by_object: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        by_object.setdefault(waiver.object, []).append(waiver)
    for finding in findings:
        about_it = [one for one in by_object.get(finding.subject, ()) if one.matches(finding)]
        matched.update(about_it)
        holding = [waiver for waiver in about_it if not waiver.expired(today)]
        if holding:
            waived.append(Waived(finding, holding[0]))
        elif about_it:
            failing.append(_expired(finding, max(about_it, key=lambda waiver: waiver.expires)))
        else:
            failing.append(finding)
    return Applied(tuple(failing), tuple(waived), frozenset(matched))


@dataclass(frozen=True, slots=True)
class AcceptedGap:
    """A gap that a waiver covers: nobody looked, and somebody answers for that until a day."""

    gap: Gap
    waiver: Waiver

    def __str__(self) -> str:
        waiver = self.waiver
        return (
            f"{self.gap.check}: {self.gap.subject}: {UNSEEN}, accepted by {waiver.by} until "
            f"{waiver.expires}: {waiver.reason}"
        )

    def as_dict(self) -> dict[str, Scalar]:
        """The gap as the journal stores what is waived: as a finding, with the waiver's words."""
        return {
            "check": self.gap.check,
            "subject": self.gap.subject,
            "property": UNSEEN,
            "expected": "proven",
            "actual": UNSEEN,
            "remedy": self.gap.reason,
            "reason": self.waiver.reason,
            "expires": self.waiver.expires.isoformat(),
            "by": self.waiver.by,
        }


@dataclass(frozen=True, slots=True)
class AppliedToGaps:
    """What waivers whose property is `UNSEEN` make of gaps; as `Applied`."""

    gaps: tuple[Gap, ...]
    accepted: tuple[AcceptedGap, ...]
    matched: frozenset[Waiver]


def apply_to_gaps(gaps: Sequence[Gap], waivers: Sequence[Waiver], *, today: date) -> AppliedToGaps:
    """Sort gaps into those that stay *not proven* and those that a waiver accepts today.

    For what no tool can look at: an index of a kind that amcheck does not know.
    """
    staying: list[Gap] = []
    accepted: list[AcceptedGap] = []
    matched: set[Waiver] = set()
    for gap in gaps:
        about_it = [waiver for waiver in waivers if waiver.covers(gap)]
        matched.update(about_it)
        holding = [waiver for waiver in about_it if not waiver.expired(today)]
        if holding:
            accepted.append(AcceptedGap(gap, holding[0]))
        elif about_it:
            latest = max(about_it, key=lambda waiver: waiver.expires)
            staying.append(replace(gap, reason=f"{gap.reason}. {_ended(latest)}"))
        else:
            staying.append(gap)
    return AppliedToGaps(tuple(staying), tuple(accepted), frozenset(matched))


def judge_unmatched(
    waivers: Sequence[Waiver],
    matched: Collection[Waiver],
    *,
    gaps: Sequence[Gap] = (),
    incomplete: str | None = None,
) -> Judgement:
    """Hold against the settings each waiver that nothing needed; optional ones excepted.

    gaps        what the drill's checks could not look at: a waiver of the same check may have gone
                unmatched for that reason, which is a gap, too
    incomplete  why the drill looked at less than all, if it did; then nothing is known for sure
    """
    judgements = [
        _unmatched(number, waiver, gaps, incomplete)
        for number, waiver in enumerate(waivers, 1)
        if not waiver.optional and waiver not in matched
    ]
    return Judgement.all(judgements)


def _unmatched(
    number: int, waiver: Waiver, gaps: Sequence[Gap], incomplete: str | None
) -> Judgement:
    subject = f"[[waiver]] number {number} ({waiver})"
    unseen = next((gap for gap in gaps if _related(waiver.check, gap.check)), None)
    why = incomplete or (f"{unseen.subject} could not be looked at" if unseen else None)
    if why is not None:
        told = f"nothing matched it, perhaps because {why}"
        return Judgement(gaps=(Gap(CHECK, subject, told),))
    remedy = (
        "Remove it if the difference is gone; else correct its check, object and property to those "
        "of the report; or write optional = true where the difference comes and goes."
    )
    return Judgement((Finding(CHECK, subject, "a difference that it covers", None, remedy),))


def _covers(prefix: str, check: str) -> bool:
    return check == prefix or check.startswith(f"{prefix}.")


def _related(waived: str, unseen: str) -> bool:
    """Whether a check that could not look might have found what is waived."""
    return _covers(waived, unseen) or _covers(unseen, waived)


def _expired(finding: Finding, waiver: Waiver) -> Finding:
    return replace(finding, remedy=f"{finding.remedy} {_ended(waiver)}")


def _ended(waiver: Waiver) -> str:
    return (
        f"The waiver of this expired on {waiver.expires} "
        f"(accepted by {waiver.by}: {waiver.reason})."
    )
