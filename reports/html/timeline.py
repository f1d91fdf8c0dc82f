"""The clock of a drill: from its first step on, and where on it each step and proof lies.

The recovery-time clock starts with the first step, because that is the decision to restore; what a
rehearsal prepares before it is not on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.drill_record import DrillRecord
from reports.events import ProofFinished
from reports.html.text import spoken

_NICE = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600),
    *(43200, 86400, 172800, 604800, 2592000),
)
_MOST_TICKS = 6
_NEAR = 2.5
"""An objective that is farther than this many times the drill would squeeze all bars to nothing."""
_SEEN = 0.35
"""Per cent of the clock's width below which nobody sees a bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Where something lies on the clock: per cent of its width; seconds since it began."""

    left: float
    width: float
    kind: str
    starts: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the clock, in per cent, and what it is."""

    left: float
    kind: str
    text: str

    @property
    def anchor(self) -> str:
        """On which side of the mark there is room for its text."""
        return "end" if self.left > 60 else "start"


@dataclass(frozen=True)
class Clock:
    """The clock of one drill.

    began, ended  of the drill's own steps and proofs
    length        seconds that the width stands for
    writable      seconds from the first step to the first write, None where there was none
    objective     seconds within which that had to be
    """

    began: datetime
    ended: datetime
    length: float
    writable: float | None
    objective: float | None

    def at(self, moment: datetime) -> float:
        """Seconds since the first step."""
        return (moment - self.began).total_seconds()

    def share(self, seconds: float) -> float:
        """Per cent of the width."""
        return round(min(100.0, max(0.0, 100 * seconds / self.length)), 2)

    def bar(self, kind: str, start: datetime, end: datetime) -> Bar:
        """A bar that can be seen, whatever its length."""
        left = self.share(self.at(start))
        width = max(_SEEN, round(self.share(self.at(end)) - left, 2))
        return Bar(min(left, 100 - _SEEN), width, kind, max(0.0, self.at(start)))

    @property
    def ticks(self) -> Sequence[Mark]:
        """A handful of round times along the width."""
        step = next((nice for nice in _NICE if self.length / nice <= _MOST_TICKS), _NICE[-1])
        number = int(self.length / step)
        return [
            Mark(self.share(step * index), "tick", spoken(step * index))
            for index in range(number + 1)
            if self.share(step * index) <= 96
        ]

    @property
    def marks(self) -> Sequence[Mark]:
        """First write and objective, where they lie within the width."""
        marks = []
        if self.writable is not None and self.writable <= self.length:
            said = f"first write {spoken(self.writable)}"
            marks.append(Mark(self.share(self.writable), "writable", said))
        if self.objective is not None and self.objective <= self.length:
            said = f"objective {spoken(self.objective)}"
            marks.append(Mark(self.share(self.objective), "objective", said))
        return marks

    @property
    def sentence(self) -> str:
        """The recovery-time clock in words."""
        if self.writable is None:
            said = "The copy took no write that was measured, so the recovery clock never stopped"
        else:
            said = f"From the first step to the first write: {spoken(self.writable)}"
        if self.objective is None:
            return f"{said}; no objective is set."
        if self.writable is None:
            return f"{said}; the objective is {spoken(self.objective)}."
        held = "within" if self.writable <= self.objective else "over"
        off = "" if self.objective <= self.length else ", far to the right of this picture"
        return f"{said}, {held} the objective of {spoken(self.objective)}{off}."


def clock(record: DrillRecord, last: datetime | None) -> Clock | None:
    """The clock of a drill, None where no step began. `last` is the journal's last moment."""
    began = [one.at for one in record.started.values()]
    began += [
        one.at - timedelta(seconds=one.seconds)
        for number, one in record.finished.items()
        if number not in record.started
    ]
    if not began:
        return None
    start = min(began)
    ends = [one.at for one in record.finished.values()] + [one.at for one in record.proofs]
    if last is not None and record.verdict is None and not record.judged_elsewhere:
        ends.append(last)
    end = max([*ends, start])
    written = next((one for one in record.measured if one.name == "time to writable"), None)
    objective = written.objective_seconds if written else None
    span = max((end - start).total_seconds(), 0.001)
    writable = written.seconds if written else None
    length = max(span, writable or 0.0)
    if objective is not None and objective <= _NEAR * length:
        length = max(length, objective * 1.04)
    return Clock(start, end, length, writable, objective)


def whole(record: DrillRecord, clock: Clock, last: datetime | None) -> Sequence[Bar]:
    """Everything on one line: steps, the proofs between them, and what is neither."""
    return [*_step_bars(record, clock, last), *(proof_bar(clock, one) for one in record.proofs)]


def proof_bar(clock: Clock, proof: ProofFinished) -> Bar:
    """A proof is told when it ends."""
    kind = "proof lost" if proof.outcome == "failed" else "proof"
    return clock.bar(kind, proof.at - timedelta(seconds=proof.seconds), proof.at)


def _step_bars(record: DrillRecord, clock: Clock, last: datetime | None) -> Iterator[Bar]:
    for step in record.steps:
        bar = step_bar(record, clock, step.number, last)
        if bar is not None:
            yield bar


def step_bar(record: DrillRecord, clock: Clock, number: int, last: datetime | None) -> Bar | None:
    """The bar of a step: open-ended where it never finished, None where it never began."""
    done, begun = record.finished.get(number), record.started.get(number)
    if done is not None:
        if done.outcome in ("not reached", "withheld", "not proven") and not done.seconds:
            return None
        start = begun.at if begun is not None else done.at - timedelta(seconds=done.seconds)
        return clock.bar("failed" if done.outcome == "failed" else "step", start, done.at)
    if begun is not None:
        return clock.bar("open", begun.at, max(last or begun.at, begun.at))
    return None
