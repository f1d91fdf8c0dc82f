"""The events of a journal sorted by drill: what any rendering starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reports.events import (
    BackupIdentified,
    DifferencesAllowed,
    Event,
    Facts,
    Measured,
    Moment,
    PlanRead,
    ProcedureDeclared,
    ProofFinished,
    RunFinished,
    RunStarted,
    Sabotaged,
    SourceIdentified,
    StepFinished,
    StepNote,
    StepStarted,
    TablesCompared,
    TargetAsked,
    TargetReached,
    Verdict,
)
from reports.parts import DeclaredStep

KILLED = "the run was killed before it had cleaned up"
"""What is said of a journal that has its verdict and no end."""


@dataclass
class DrillRecord:
    """What the journal holds of one drill. Steps are those declared, else those that began."""

    drill: str
    began: datetime | None = None
    steps: list[DeclaredStep] = field(default_factory=list)
    started: dict[int, StepStarted] = field(default_factory=dict)
    finished: dict[int, StepFinished] = field(default_factory=dict)
    proofs: list[ProofFinished] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    source: SourceIdentified | None = None
    backups: list[BackupIdentified] = field(default_factory=list)
    asked: TargetAsked | None = None
    reached: TargetReached | None = None
    moments: list[Moment] = field(default_factory=list)
    tables: list[TablesCompared] = field(default_factory=list)
    allowed: list[DifferencesAllowed] = field(default_factory=list)
    plans: list[PlanRead] = field(default_factory=list)
    sabotaged: Sabotaged | None = None
    verdict: Verdict | None = None
    run_finished: RunFinished | None = None
    judged_elsewhere: bool = False
    _notes: list[StepNote] = field(default_factory=list)

    def notes(self, number: int) -> list[str]:
        """The progress that a step told of."""
        return [note.text for note in self._notes if note.number == number]

    def name_of(self, proof: ProofFinished) -> str:
        """The proof's title, with its node id where two proofs share one."""
        same = [other for other in self.proofs if other.title == proof.title]
        return f"{proof.title} [{proof.name}]" if len(same) > 1 else proof.title

    @property
    def killed(self) -> bool:
        """Whether it was judged and the run has no end: nothing proves the cleanup."""
        return self.verdict is not None and self.run_finished is None

    @property
    def stopped(self) -> str:
        """Where the drill was when its events end: `interrupted at step 5: Restore the cluster`."""
        if self.run_finished is not None and self.verdict is None:
            return f"no verdict: the run ended with exit status {self.run_finished.exit_status}"
        begun = [step for number, step in self.started.items() if number not in self.finished]
        if begun:
            return f"interrupted at step {begun[-1].number}: {begun[-1].title}"
        if self.finished:
            last = self.finished[max(self.finished)]
            return f"interrupted after step {last.number}: {last.title}"
        return "interrupted before the first step"

    def why_not(self, number: int) -> str:
        """Why a declared step did not begin."""
        for step in self.finished.values():
            if step.outcome == "failed" and step.number < number:
                return f"step {step.number} ({step.title}) failed"
        if self.verdict is None and not self.judged_elsewhere:
            return self.stopped
        if self.verdict is not None and self.verdict.partial is not None:
            return "not selected"
        return "the drill ended before it"

    def take(self, event: Event) -> None:
        """Sort one event of this drill in."""
        self.began = self.began or event.at
        match event:
            case ProcedureDeclared():
                self.steps = list(event.steps)
            case StepStarted():
                self.started[event.number] = event
                if all(step.number != event.number for step in self.steps):
                    self.steps.append(_declared(event))
            case StepFinished():
                self.finished[event.number] = event
                if all(step.number != event.number for step in self.steps):
                    self.steps.append(_declared(event))
            case StepNote():
                self._notes.append(event)
            case ProofFinished():
                self.proofs.append(event)
            case Facts():
                self.facts.append(event)
            case Measured():
                self.measured.append(event)
            case SourceIdentified():
                self.source = event
            case BackupIdentified():
                self.backups.append(event)
            case TargetAsked():
                self.asked = event
            case TargetReached():
                self.reached = event
            case Moment():
                self.moments.append(event)
            case TablesCompared():
                self.tables.append(event)
            case DifferencesAllowed():
                self.allowed.append(event)
            case PlanRead():
                self.plans.append(event)
            case Sabotaged():
                self.sabotaged = event
            case Verdict():
                self.verdict = event


def by_drill(events: Sequence[Event]) -> list[DrillRecord]:
    """A record for each drill of the run, in the order in which they began.

    A verdict on the run is that of its drill where there is one only. A journal that ends before
    it names a drill has one record all the same, so that no rendering of it can be empty and green.
    """
    records = {drill: DrillRecord(drill) for drill in _drills(events)}
    finished = next((event for event in events if isinstance(event, RunFinished)), None)
    for event in events:
        drill = getattr(event, "drill", None)
        if drill is not None:
            records[drill].take(event)
    overall = _overall(events)
    for record in records.values():
        record.run_finished = finished
        if record.verdict is None and overall is not None:
            record.verdict = overall if len(records) == 1 else None
            record.judged_elsewhere = True
    if not records and overall is None:
        records["restore-drills"] = DrillRecord("restore-drills", run_finished=finished)
    return list(records.values())


def in_full(verdict: Verdict, finished: RunFinished | None) -> str:
    """A verdict's line, and that its run was killed after it, where it was."""
    if finished is not None:
        return verdict.verdict
    return f"{verdict.verdict}, {killed(verdict)}"


def killed(verdict: Verdict) -> str:
    """What follows a verdict whose run has no end."""
    return f"{'but' if verdict.exit_status == 0 else 'and'} {KILLED}"


def of_the_run(events: Sequence[Event]) -> Verdict | None:
    """The verdict on the run as a whole, unless it is that of its only drill."""
    drills = _drills(events)
    own = any(isinstance(event, Verdict) and event.drill is not None for event in events)
    return None if len(drills) == 1 and not own else _overall(events)


def _overall(events: Sequence[Event]) -> Verdict | None:
    verdicts = [event for event in events if isinstance(event, Verdict) and event.drill is None]
    return verdicts[-1] if verdicts else None


def _drills(events: Sequence[Event]) -> list[str]:
    """The drills that left events; before the first has, what the run was asked for."""
    named = dict.fromkeys(drill for event in events if (drill := getattr(event, "drill", None)))
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    return list(named) or (list(started.drills) if started is not None else [])


def _declared(event: StepStarted | StepFinished) -> DeclaredStep:
    touches = event.touches if isinstance(event, StepFinished) else None
    return DeclaredStep(number=event.number, name=event.name, title=event.title, touches=touches)
