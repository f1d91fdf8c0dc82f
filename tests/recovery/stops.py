"""Ends a run behind a step, as DRILL_TEST_STOP=STEP:HOW says: by a signal, or by a failure."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

STEP, _, HOW = os.environ.get("DRILL_TEST_STOP", ":").partition(":")
FAILURE = "failure"


class Injected(Exception):
    """What made the step behind the named one fail."""


class Stop:
    """Hears of each step that ended."""

    def __init__(self) -> None:
        self._failing: Injected | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_drill_event(self, event: dict[str, Any]) -> None:
        if event["event"] != "step_finished" or event["name"] != STEP:
            return
        if HOW == FAILURE:
            self._failing = Injected(f"whatever comes behind {STEP} fails")
        else:
            os.kill(os.getpid(), signal.Signals[HOW])

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, request: pytest.FixtureRequest) -> None:
        """The next state that is asked for, again and again the same failure, as pytest has it."""
        if self._failing is not None and request.scope == "package":
            raise self._failing


def pytest_configure(config: pytest.Config) -> None:
    if STEP:
        config.pluginmanager.register(Stop())
