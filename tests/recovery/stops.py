"""Ends a run behind a step, as DRILL_TEST_STOP=STEP:HOW says: by a signal, or by a failure."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fixtures.drill_run import DrillRun, Performance
    from fixtures.procedure import Step

STEP, _, HOW = os.environ.get("DRILL_TEST_STOP", ":").partition(":")
FAILURE = "failure"


class Injected(Exception):
    """What made the step behind the named one fail."""


@pytest.hookimpl(trylast=True)
def pytest_drill_event(event: dict[str, Any]) -> None:
    """A signal comes when the step has ended, and the journal tells of it."""
    if event["event"] == "step_finished" and event["name"] == STEP and HOW != FAILURE:
        os.kill(os.getpid(), signal.Signals[HOW])


def pytest_configure() -> None:
    """A failure is the next step's own."""
    if HOW != FAILURE:
        return
    from fixtures.drill_run import DrillRun  # not before the conftest has it rewritten

    really = DrillRun.performing

    @contextmanager
    def performing(self: DrillRun, step: Step) -> Iterator[Performance]:
        behind = STEP in self.performances
        with really(self, step) as performance:
            if behind:
                raise Injected(f"whatever comes behind {STEP} fails")
            yield performance

    DrillRun.performing = performing  # type: ignore[method-assign]
