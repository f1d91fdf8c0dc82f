"""Writes the journal as events happen, and renders it when the run has finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.history.earlier import read_with_earlier
from reports.journal import NAME, Journal, UnwritableEvidence
from reports.renderings import write_all


def pytest_configure(config: pytest.Config) -> None:
    """Open the evidence; an xdist worker appends to the journal of the run it belongs to."""
    evidence = Evidence()
    given = getattr(config, "workerinput", {}).get("restore_drills")
    if given is not None:
        evidence.open(Path(given["evidence"]))
    config.pluginmanager.register(evidence, "restore-drills:evidence")


class Evidence:
    """The folder of one run: ``journal.jsonl`` is the record, everything else is rendered from it.

    A line is appended in the process in which the event happened, at once, so that a killed run
    leaves a true beginning.
    """

    def __init__(self) -> None:
        self._journal: Journal | None = None
        self._folder: Path | None = None

    def open(self, folder: Path) -> None:
        """Begin or join the journal in ``folder``."""
        self._folder = folder
        try:
            self._journal = Journal(folder / NAME)
        except UnwritableEvidence as refusal:
            raise pytest.UsageError(str(refusal)) from None

    @pytest.hookimpl(trylast=True)
    def pytest_drill_event(self, event: dict[str, Any]) -> None:
        """Append one event; render when it was the last."""
        if event["event"] == "run_started":
            self.open(Path(event["folders"]["evidence"]))
        if self._journal is None or self._folder is None:
            return
        self._journal.append(event)
        if event["event"] == "run_finished":
            write_all(read_with_earlier(self._folder / NAME), self._folder)
