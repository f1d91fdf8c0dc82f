"""A journal as renderings take it: the run, its drills, what is left of it, and what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reports.drill_record import DrillRecord, by_drill, of_the_run
from reports.events import Kept, Removed, RunFinished, RunStarted, Verdict
from reports.history.past import PastDrill
from reports.journal import Events, read
from reports.verdicts import word_of


@dataclass(frozen=True)
class RunRecord:
    """One run. A killed one's is a true beginning: it has no `finished`.

    overall   the verdict on the run as a whole, unless it is that of its only drill
    earlier   drills of runs that began before this one, oldest first, of the same evidence folder
    unread    a line for each journal there that could not be read
    """

    events: Events
    earlier: tuple[PastDrill, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def started(self) -> RunStarted | None:
        """Who, where, with what; None where not even that was written."""
        return next((event for event in self.events if isinstance(event, RunStarted)), None)

    @property
    def finished(self) -> RunFinished | None:
        """How it ended; None where it was killed."""
        return next((event for event in self.events if isinstance(event, RunFinished)), None)

    @cached_property
    def drills(self) -> Sequence[DrillRecord]:
        """Each drill's events; never empty."""
        return by_drill(self.events)

    @property
    def overall(self) -> Verdict | None:
        return of_the_run(self.events)

    def verdict_on(self, drill: DrillRecord) -> Verdict | None:
        """A drill's own verdict; else that on the run, where one was given to all of it."""
        return drill.verdict or (self.overall if drill.judged_elsewhere else None)

    def word_on(self, drill: DrillRecord) -> str:
        """Its word; INTERRUPTED where there is none, or a good one before the run was killed: that
        nothing proves what was made to be gone outweighs whatever was proven.
        """
        verdict = self.verdict_on(drill)
        if verdict is None or (self.finished is None and verdict.exit_status == 0):
            return "INTERRUPTED"
        return word_of(verdict)

    @property
    def left(self) -> Sequence[Kept | Removed]:
        """What outlives the run, and the proof that the rest is gone."""
        return [event for event in self.events if isinstance(event, Kept | Removed)]


def read_run(path: Path, earlier: Sequence[PastDrill] = ()) -> RunRecord:
    """The run of a journal. Raises NameJournal, InspectJournal, UpdateHarness."""
    return RunRecord(read(path), tuple(earlier))
