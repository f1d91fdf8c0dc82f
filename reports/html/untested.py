"""What was not tested, not reached, withheld, waived or only bounded: each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord
from reports.html import claims
from reports.html.text import side
from reports.html.tones import Tone, of_outcome

MOST = 200
"""Subjects of one reason that are shown."""
OUTSIDE = (
    "logs kept by the cloud",
    "execution histories, such as those of Step Functions",
    "messages in queues, and whatever was sent before the disaster",
)
"""What no restore of a database brings back (R6); never a claim of any drill."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Subjects that share a reason; the reason is told once."""

    said: str
    subjects: Sequence[str]

    @property
    def shown(self) -> Sequence[str]:
        return self.subjects[:MOST]

    @property
    def left_out(self) -> int:
        return max(0, len(self.subjects) - MOST)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of not having been proven in full."""

    outcome: str
    means: str
    reasons: Sequence[Reason]

    @property
    def tone(self) -> Tone:
        return of_outcome(self.outcome)

    @property
    def title(self) -> str:
        return self.outcome.capitalize()

    @property
    def count(self) -> int:
        return sum(len(reason.subjects) for reason in self.reasons)


_MEANINGS = {
    "interrupted": "It began, and nothing tells how it ended.",
    "not proven": "A tool, a right, a budget or a truth was missing.",
    "not reached": "Something before it failed, or the run ended.",
    "not selected": "The operator ran a part of the drill.",
    "withheld": "It would have touched the source or what is live.",
    "bounded": "Shown to lie between two truths, not to be one of them.",
    "waived": "It differs. A waiver in the settings accepts that until a day.",
    "not applicable": "The settings do not ask for it.",
}


def of(record: DrillRecord) -> Sequence[Kind]:
    """Every kind of which there is something, the gravest first."""
    found: dict[str, dict[str, list[str]]] = {outcome: {} for outcome in _MEANINGS}
    for outcome, said, subject in _lacking(record):
        found[outcome].setdefault(said, []).append(subject)
    return [
        Kind(outcome, means, [Reason(*one) for one in found[outcome].items()])
        for outcome, means in _MEANINGS.items()
        if found[outcome]
    ]


def _lacking(record: DrillRecord) -> Iterator[tuple[str, str, str]]:
    """(outcome, reason, subject) of each thing that was not proven in full."""
    for claim in claims.of(record):
        step = claim.number is not None
        title = f"Step {claim.number}: {claim.title}" if step else claim.title
        listed = list(_of_proof(claim)) if claim.proof is not None else []
        yield from listed
        told = {outcome for outcome, _, _ in listed}
        if claim.outcome in _MEANINGS and claim.outcome not in told:
            yield claim.outcome, claim.reason or "no reason was told", title
    partial = record.verdict.partial if record.verdict is not None else None
    unrun = partial.of - partial.ran if partial is not None else 0
    if unrun > 0:
        said = f"{unrun} of the drill's {partial.of if partial else 0} claims"
        yield "not selected", "the journal names only what was selected", said


def _of_proof(claim: claims.Claim) -> Iterator[tuple[str, str, str]]:
    proof = claim.proof
    assert proof is not None
    for gap in proof.gaps:
        yield "not proven", gap.reason, f"{gap.check}: {gap.subject} ({claim.title})"
    for bound in proof.bounds:
        yield "bounded", bound.bound, f"{bound.check}: {bound.subject}"
    for waived in proof.waived:
        named = f"{waived.subject} ({waived.property})" if waived.property else waived.subject
        sides = f"expected {_text(waived.expected)}, found {_text(waived.actual)}"
        until = f"{waived.reason}: until {waived.expires}, by {waived.by}"
        yield "waived", until, f"{waived.check}: {named}: {sides}"


def _text(value: object) -> str:
    return "nothing" if value is None else side(value, counted=True).striptags()
