"""Every step and every proof of a drill as one list of claims: what it was, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord
from reports.events import ProofFinished


@dataclass(frozen=True, slots=True)
class Claim:
    """A step or a proof. `outcome` may be `interrupted` or `not selected`, too, for a step."""

    title: str
    outcome: str
    reason: str | None
    number: int | None = None
    proof: ProofFinished | None = None


def of(record: DrillRecord) -> Sequence[Claim]:
    """Steps in their order, then proofs in the order in which they ended."""
    return [*_steps(record), *_proofs(record)]


def _steps(record: DrillRecord) -> Iterator[Claim]:
    for step in record.steps:
        done = record.finished.get(step.number)
        if done is not None:
            yield Claim(step.title, done.outcome, done.reason, step.number)
        elif step.number in record.started:
            yield Claim(step.title, "interrupted", record.stopped, step.number)
        else:
            why = record.why_not(step.number)
            outcome = "not selected" if why == "not selected" else "not reached"
            yield Claim(step.title, outcome, why, step.number)


def _proofs(record: DrillRecord) -> Iterator[Claim]:
    for proof in record.proofs:
        reason = proof.bound or proof.reason
        yield Claim(record.name_of(proof), proof.outcome, reason, proof=proof)
