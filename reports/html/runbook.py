"""The runbook as it went: each step on the drill's clock, its proofs below it, waiting visible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.drill_record import DrillRecord
from reports.events import Event, ProofFinished, StepNote
from reports.html import claims, timeline
from reports.html.text import plural
from reports.html.timeline import Bar, Clock, Mark
from reports.html.tones import Tone, of_outcome

_WORTH_TELLING = 1.0
"""Seconds of neither step nor proof that a reader wants to know about …"""
_NOTABLE = 0.05
"""… and the part of the whole drill that makes them worth a line."""
_LONG = 0.1
"""The part of the drill from which on a step's share is said."""
_QUIET = frozenset({"passed", "not applicable"})


@dataclass(frozen=True, slots=True)
class Note:
    """Progress that a step told of, with the seconds since the step began."""

    after: float
    text: str
    left: float | None


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One proof below its step."""

    title: str
    proof: ProofFinished
    bar: Bar | None
    repeats: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether it is told on demand only: it passed, or was not asked for."""
        return self.proof.outcome in _QUIET

    @property
    def tone(self) -> Tone:
        return of_outcome(self.proof.outcome)

    @property
    def ran(self) -> bool:
        """Whether its seconds say anything."""
        return self.proof.outcome in ("passed", "failed", "bounded", "waived")

    @property
    def reason(self) -> str | None:
        """Why it did not simply pass; what it found stands with the findings."""
        if self.proof.outcome == "passed" or self.repeats:
            return None
        if self.proof.findings:
            return plural(len(self.proof.findings), "finding") + ", each below with its remedy"
        return self.proof.bound or self.proof.reason


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step. `idle` are the seconds before it in which neither step nor proof ran."""

    number: int
    title: str
    touches: str | None
    outcome: str
    reason: str | None
    seconds: float | None
    bar: Bar | None
    share: str
    notes: Sequence[Note]
    proofs: Sequence[ProofRow]
    idle: float | None

    @property
    def tone(self) -> Tone:
        return of_outcome(self.outcome)

    @property
    def loud(self) -> Sequence[ProofRow]:
        """Proofs that are shown at once, because they did not simply pass."""
        return [row for row in self.proofs if not row.is_quiet]

    @property
    def quiet(self) -> Sequence[ProofRow]:
        return [row for row in self.proofs if row.is_quiet]

    @property
    def quiet_said(self) -> str:
        return said(self.quiet)


@dataclass(frozen=True, slots=True)
class RunbookView:
    """The steps; `before` are notes of the preparation, `first` proofs that needed no step."""

    clock: Clock | None
    marks: Sequence[Mark]
    whole: Sequence[Bar]
    steps: Sequence[StepRow]
    before: Sequence[str]
    first: Sequence[ProofRow]
    prepared: float | None

    @property
    def first_said(self) -> str:
        return said(self.first)


def said(rows: Sequence[ProofRow]) -> str:
    """`31 proofs: 28 passed, 2 failed, 1 not applicable`."""
    outcomes = Counter(row.proof.outcome for row in rows)
    return f"{plural(len(rows), 'proof')}: " + ", ".join(
        f"{number:,} {outcome}" for outcome, number in outcomes.items()
    )


def of(record: DrillRecord, events: Sequence[Event]) -> RunbookView:
    """The runbook of a drill, from its own events and the notes among `events`."""
    last = events[-1].at if events else None
    clock = timeline.clock(record, last)
    notes = [one for one in events if isinstance(one, StepNote) and one.drill == record.drill]
    rows = _Rows(record, clock)
    outcomes = {one.number: one for one in claims.of(record) if one.number is not None}
    known = {step.number for step in record.steps}
    first = [rows.of(proof) for proof in record.proofs if proof.after_step not in known]
    steps = [
        _step(record, clock, last, outcomes[step.number], step.touches, notes, rows)
        for step in record.steps
    ]
    began = record.began
    return RunbookView(
        clock=clock,
        marks=clock.marks if clock is not None else [],
        whole=timeline.whole(record, clock, last) if clock is not None else [],
        steps=steps,
        before=[one.text for one in notes if one.number == 0],
        first=first,
        prepared=(clock.began - began).total_seconds() if clock is not None and began else None,
    )


class _Rows:
    """Makes the rows in the order in which they are read, and knows what was said just before:
    what hangs on one failure has one reason, and it is told once.
    """

    def __init__(self, record: DrillRecord, clock: Clock | None) -> None:
        self._record, self._clock = record, clock
        self._said: str | None = None

    def repeats(self, reason: str | None) -> bool:
        """Whether the row before gave the same reason."""
        before, self._said = self._said, reason
        return reason is not None and reason == before

    def after(self, number: int) -> Sequence[ProofRow]:
        """The proofs below a step, first those that did not simply pass."""
        below = [proof for proof in self._record.proofs if proof.after_step == number]
        return [self.of(one) for one in sorted(below, key=lambda one: one.outcome in _QUIET)]

    def of(self, proof: ProofFinished) -> ProofRow:
        """The row of one proof."""
        clock = self._clock
        bar = timeline.proof_bar(clock, proof) if clock is not None and proof.seconds else None
        reason = proof.bound or proof.reason
        return ProofRow(self._record.name_of(proof), proof, bar, self.repeats(reason))


def _step(
    record: DrillRecord,
    clock: Clock | None,
    last: datetime | None,
    claim: claims.Claim,
    touches: str | None,
    notes: Sequence[StepNote],
    rows: _Rows,
) -> StepRow:
    assert claim.number is not None
    number, done = claim.number, record.finished.get(claim.number)
    begun = record.started.get(number)
    bar = timeline.step_bar(record, clock, number, last) if clock is not None else None
    seconds = done.seconds if done is not None else None
    if done is None and begun is not None and last is not None:
        seconds = (last - begun.at).total_seconds()
    whole = (clock.ended - clock.began).total_seconds() if clock is not None else 0.0
    long = seconds is not None and whole > 0 and seconds / whole >= _LONG
    return StepRow(
        number=number,
        title=claim.title,
        touches=touches,
        outcome=claim.outcome,
        reason=None if rows.repeats(claim.reason) else claim.reason,
        seconds=seconds,
        bar=bar,
        share=f"{100 * (seconds or 0) / whole:.0f} %" if long else "",
        notes=[
            Note(
                after=(one.at - begun.at).total_seconds() if begun is not None else 0.0,
                text=one.text,
                left=clock.share(clock.at(one.at)) if clock is not None else None,
            )
            for one in notes
            if one.number == number
        ],
        proofs=rows.after(number),
        idle=_idle(record, number, whole),
    )


def _idle(record: DrillRecord, number: int, whole: float) -> float | None:
    """Seconds between the step before and this one in which no proof ran, where they matter."""
    before, begun = record.finished.get(number - 1), record.started.get(number)
    if before is None or begun is None:
        return None
    gap = (begun.at - before.at).total_seconds()
    for proof in record.proofs:
        start = max(proof.at - timedelta(seconds=proof.seconds), before.at)
        gap -= max(0.0, (min(proof.at, begun.at) - start).total_seconds())
    return gap if gap >= max(_WORTH_TELLING, _NOTABLE * whole) else None
