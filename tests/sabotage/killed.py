"""A pytest plugin that ends its own run with ``kill -9``, at exactly one moment.

``-p tests.sabotage.killed --kill-at=EVENT:NUMBER|proof:NAME|render:NAME|worker:NAME``: when the
journal has told of that step, in the middle of that proof, while that report is made; `worker`
kills the worker of xdist alone. Elsewhere the controller goes first, as where memory runs out: a
worker that outlives it would only write on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

WORKER = "PYTEST_XDIST_WORKER"


def pytest_addoption(parser: pytest.Parser) -> None:
    """When."""
    parser.addoption("--kill-at", required=True, metavar="MOMENT:WHICH")


def pytest_configure(config: pytest.Config) -> None:
    """Wait for the moment, behind the plugin that writes the journal."""
    moment, _, which = config.option.kill_at.partition(":")
    if moment == "render":
        _kill_in(which)
    config.pluginmanager.register(Killer(moment, which), "killer")


class Killer:
    def __init__(self, moment: str, which: str) -> None:
        self.moment, self.which = moment, which

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_drill_event(self, event: dict[str, Any]) -> Iterator[Any]:
        told = yield
        if event["event"] == self.moment and str(event.get("number")) == self.which:
            kill_the_run()
        return told

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[Any]:
        result = yield
        if pyfuncitem.originalname == self.which and self.moment == "worker":
            os.kill(os.getpid(), signal.SIGKILL)
        if pyfuncitem.originalname == self.which and self.moment == "proof":
            kill_the_run()
        return result


def kill_the_run() -> NoReturn:
    """The controller, and this process if it is a worker of it."""
    if WORKER in os.environ:
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed")


def _kill_in(name: str) -> None:
    from reports import renderings  # not sooner: the conftest has it rewritten

    before = dict(renderings.RENDERINGS)

    def render(run: object) -> bytes:
        kill_the_run()

    renderings.RENDERINGS = before | {  # type: ignore[misc]
        name: renderings.Rendering(before[name].file, render)
    }
