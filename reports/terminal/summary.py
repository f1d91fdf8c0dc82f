"""The summary of a drill: what a reader wants to know when all is over, as rows of two columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from reports.drill_record import DrillRecord
from reports.events import Measured, ProofFinished, StepFinished
from reports.parts import Outcome
from reports.terminal.words import clean, sabotage

MOST = 10
"""Lines of one kind; the reports have all."""
GOOD, BAD, UNSURE = "green", "bold red", "yellow"


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what stands beside it; `style` is rich's name of its colour."""

    label: str
    text: str
    style: str = ""


def rows(record: DrillRecord) -> Iterator[Row]:
    """A drill's rows: steps, proofs, findings, what was measured, what is lacking and why."""
    yield _steps(record)
    yield from _proofs(record)
    if record.sabotaged is not None:
        yield Row("sabotaged", clean(sabotage(record.sabotaged)), BAD)
    for measured in record.measured:
        yield Row(measured.name, clean(_measured(measured)), _standing(measured))
    claims: list[StepFinished | ProofFinished] = [*record.finished.values(), *record.proofs]
    failed = [_failed(record, claim) for claim in claims if claim.outcome == "failed"]
    yield from _capped("failed", failed, BAD)
    # A step that was begun and did not reach its end: what it waited for goes on.
    waiting = [one for one in record.finished.values() if one.outcome == "not reached"]
    yield from _capped("waiting", [_failed(record, step) for step in waiting], UNSURE)
    for outcome in ("not proven", "withheld"):
        lacking = [claim for claim in claims if claim.outcome == outcome]
        yield from _capped(outcome, list(_by_reason(record, lacking)), UNSURE)


def plain(drill: Sequence[Row]) -> Iterator[str]:
    """The rows as lines of text, their second column aligned."""
    width = max((len(row.label) for row in drill), default=0) + 1
    for row in drill:
        yield f"{row.label + ':':<{width}} {row.text}"


def _steps(record: DrillRecord) -> Row:
    outcomes = Counter(step.outcome for step in record.finished.values())
    total = len(record.steps)
    passed = outcomes.pop("passed", 0)
    begun = sum(number not in record.finished for number in record.started)
    others = [*_counts(outcomes)]
    if begun:
        others.append(f"{begun} interrupted")
    if rest := total - len(record.finished) - begun:
        others.append(f"{rest} not performed")
    text = f"{passed} of {total} passed{''.join(f', {other}' for other in others)}"
    whole = passed == total and total > 0
    return Row("steps", text, GOOD if whole else BAD if outcomes["failed"] else UNSURE)


def _proofs(record: DrillRecord) -> Iterator[Row]:
    outcomes = Counter(proof.outcome for proof in record.proofs)
    unsure = outcomes["not proven"] or outcomes["not reached"]
    held = outcomes["passed"] or outcomes["bounded"] or outcomes["waived"]
    style = BAD if outcomes["failed"] else GOOD if held and not unsure else UNSURE
    yield Row("proofs", ", ".join(_counts(outcomes)) or "none", style)
    found = [len(proof.findings) for proof in record.proofs if proof.findings]
    if found:
        proofs = "1 proof" if len(found) == 1 else f"{len(found):,} proofs"
        yield Row("findings", f"{sum(found):,} in {proofs}", BAD)
    elif outcomes:
        yield Row("findings", "none")


def _counts(outcomes: Counter[Outcome]) -> Iterator[str]:
    """Outcomes in the order in which the project names them, those that were."""
    for outcome in get_args(Outcome):
        if outcomes[outcome]:
            yield f"{outcomes[outcome]:,} {outcome}"


def _measured(event: Measured) -> str:
    value = "not measured" if event.seconds is None else f"{event.seconds:.1f} s"
    objective = event.objective_seconds
    against = "" if objective is None else f" (objective {objective:.0f} s)"
    return f"{value}{against}{f' · {event.note}' if event.note else ''}"


def _standing(event: Measured) -> str:
    if event.seconds is None or event.objective_seconds is None:
        return ""
    return GOOD if event.seconds <= event.objective_seconds else BAD


def _failed(record: DrillRecord, claim: StepFinished | ProofFinished) -> str:
    if isinstance(claim, StepFinished):
        return clean(f"step {claim.number} ({claim.title}): {claim.reason or 'no reason'}")
    many = len(claim.findings)
    what = f"{many:,} finding{'s' if many > 1 else ''}" if many else claim.reason or "no reason"
    return clean(f"{record.name_of(claim)}: {what}")


def _by_reason(
    record: DrillRecord, claims: Sequence[StepFinished | ProofFinished]
) -> Iterator[str]:
    """Each reason once, with the first claim that has it and how many more do."""
    names: dict[str, list[str]] = {}
    for claim in claims:
        name = claim.title if isinstance(claim, StepFinished) else record.name_of(claim)
        names.setdefault(claim.reason or "no reason", []).append(name)
    for reason, those in names.items():
        more = f" (and {len(those) - 1:,} more)" if those[1:] else ""
        yield clean(f"{those[0]}{more}: {reason}")


def _capped(label: str, texts: Sequence[str], style: str) -> Iterator[Row]:
    for text in texts[:MOST]:
        yield Row(label, text, style)
    if texts[MOST:]:
        yield Row(label, f"… and {len(texts) - MOST:,} more, in the journal", style)
