"""Writes the journal as events happen, and renders it when the run has finished."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports import markdown, step_summary
from reports.history.earlier import read_with_earlier
from reports.journal import NAME, Journal, JournalError, UnwritableEvidence
from reports.renderings import rendered, write_all

LOST = "restore_drills_lost"


def pytest_configure(config: pytest.Config) -> None:
    """Open the evidence; an xdist worker appends to the journal of the run it belongs to."""
    evidence = Evidence(config)
    given = getattr(config, "workerinput", {}).get("restore_drills")
    if given is not None:
        evidence.open(Path(given["evidence"]))
    config.pluginmanager.register(evidence, "restore-drills:evidence")


class Evidence:
    """The folder of one run: ``journal.jsonl`` is the record, everything else is rendered from it.

    A line is appended in the process in which the event happened, at once, so that a killed run
    leaves a true beginning. Where a line cannot be written, nothing is written after it, the run
    stops as soon as what is in hand has been undone, and it is no success whatever it proved.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._journal: Journal | None = None
        self._folder: Path | None = None
        self._session: pytest.Session | None = None
        self._lost = False
        self._refusals: list[str] = []
        self._not_shown: str | None = None

    def open(self, folder: Path) -> None:
        """Begin or join the journal in ``folder``."""
        self._folder = folder
        try:
            self._journal = Journal(folder / NAME)
        except UnwritableEvidence as refusal:
            raise pytest.UsageError(str(refusal)) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Iterator[None]:
        """Know what to stop, before the first event."""
        self._session = session
        return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_drill_event(self, event: dict[str, Any]) -> None:
        """Append one event; render when it was the last."""
        if event["event"] == "run_started":
            self.open(Path(event["folders"]["evidence"]))
        if self._journal is None or self._folder is None:
            return
        if not self._lost:
            self._append(self._journal, event)
        if event["event"] == "run_finished":
            self._render(self._folder)

    def _append(self, journal: Journal, event: dict[str, Any]) -> None:
        try:
            journal.append(event)
        except UnwritableEvidence as refusal:
            if event["event"] == "run_started":
                raise pytest.UsageError(str(refusal)) from None
            # Raised here it would end whatever tells, and that may be a clean-up.
            self._lose(str(refusal))
            if self._session is not None:
                self._session.shouldstop = "the evidence cannot be written"

    def _lose(self, refusal: str) -> None:
        self._lost = True
        self._refuse(refusal)
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[LOST] = refusal

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from an xdist worker that it could not write."""
        refusal = getattr(node, "workeroutput", {}).get(LOST)
        if refusal is not None:
            self._refuse(refusal)

    def _refuse(self, refusal: str) -> None:
        if refusal not in self._refusals:  # a worker and this process may say the same
            self._refusals.append(refusal)

    def _render(self, folder: Path) -> None:
        """Every report, and the summary where GitHub shows it; each by itself."""
        try:
            run = read_with_earlier(folder / NAME)
        except JournalError as refusal:
            self._refuse(str(refusal))
            return
        refused = write_all(run, folder).refusals
        if self._lost and refused:
            self._refuse(
                f"{len(refused)} of the reports, for the same reason; make room, and render them: "
                f"python -m reports render {folder}"
            )
        else:
            self._refusals += map(str, refused)
        shown = os.environ.get(step_summary.VARIABLE)
        if shown:
            try:
                summary = rendered("markdown", Path(shown), lambda: markdown.render(run))
                step_summary.append(summary, Path(shown))
            except JournalError as refusal:
                self._not_shown = str(refusal)  # the folder has it: nothing is lost

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Evidence that is not there makes no green run."""
        yield
        if self._refusals and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """What could not be written, below the verdict."""
        for refusal in self._refusals:
            terminalreporter.write_line(f"evidence lacks: {refusal}", red=True, bold=True)
        if self._not_shown is not None:
            terminalreporter.write_line(f"summary not shown: {self._not_shown}", yellow=True)
