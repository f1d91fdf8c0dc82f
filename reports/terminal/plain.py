"""Plain lines, for CI servers, pipes and logs: nothing that was written is changed again.

Other people's scripts read them, and README shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from reports.terminal.details import Below
from reports.terminal.words import clean

WIDTH = 73
OUTCOME = 22
"""Columns of an outcome and its seconds, and one that stays free."""
_COLOURS = {
    "passed": {"green": True},
    "failed": {"red": True, "bold": True},
    "bounded": {"cyan": True},
    "waived": {"cyan": True},
}
_UNSURE = {"yellow": True}


class Plain:
    """Lines on pytest's own terminal writer; the line of a step stands there while it runs.

    `width`  columns before the outcome; a title that is longer pushes it to the right
    """

    def __init__(self, config: pytest.Config, reporter: Any, width: int = WIDTH) -> None:
        self._config = config
        self._reporter = reporter
        self._width = width
        self._below = Below()
        self._open = False
        self._noted = False

    def heading(self, drill: str) -> None:
        """The drill's folder; the rest of the line says what happened in it."""
        with self._writing():
            self._fresh_line()
            self._line(f"drills/{clean(drill)}", bold=True)

    def broken(self) -> str:
        """What ends the line that stands open, for somebody who writes past this class: the
        outcome then has a line of its own.
        """
        needed = self._open and not self._noted
        self._noted = self._noted or self._open
        return "\n" if needed else ""

    def begin_step(self, step: dict[str, Any]) -> None:
        """The step's title; what became of it follows on the same line."""
        with self._writing():
            self._open_line(step)

    def note(self, text: str, *, alarming: bool = False) -> None:
        """A line below the step's title; the outcome then has a line of its own."""
        with self._writing():
            if self._open and not self._noted:
                self._line("")
            self._noted = True
            self._line(f"           {clean(text)}", **({"red": True} if alarming else {}))

    def end_step(self, step: dict[str, Any]) -> None:
        """The outcome, and the reason where there is one to tell."""
        with self._writing():
            self._close_line(step)

    def step(self, step: dict[str, Any]) -> None:
        """The whole line at once."""
        self._open_line(step)
        self._close_line(step)

    def begin_proof(self, title: str) -> None:
        """Nothing: a proof's line is written when it ended."""

    def proof(self, content: dict[str, Any]) -> None:
        """The proof's line, indented, and what it found below it."""
        self._fresh_line()
        self._write(f"         {clean(content['title'])} ".ljust(self._width, "."))
        self._outcome(content)

    def idle(self) -> None:
        """Nothing, likewise."""

    def begin_elsewhere(self, drill: str, what: str) -> None:
        """Nothing: what happens elsewhere is told when it ended."""

    def interrupt(self) -> None:
        """Nothing: the open line stays as it is, for its step has no outcome."""

    def pause(self) -> None:
        """Nothing: what is written here is never changed."""

    def resume(self) -> None:
        """Nothing, likewise."""

    def close(self) -> None:
        """Nothing, likewise."""

    def _open_line(self, step: dict[str, Any]) -> None:
        self._fresh_line()
        title = clean(step["title"])
        self._write(f"  {step['number']:>2}/{step['of']}  {title} ".ljust(self._width, "."))
        self._open, self._noted = True, False

    def _close_line(self, step: dict[str, Any]) -> None:
        if self._noted:
            self._write(" " * 9 + "".ljust(self._width - 9, "."))
        self._outcome(step)
        self._open = self._noted = False

    def _outcome(self, content: dict[str, Any]) -> None:
        outcome = content["outcome"]
        seconds = f"{content['seconds']:7.2f} s" if outcome != "not reached" else ""
        self._reporter.write(f" {outcome:<11}", **_COLOURS.get(outcome, _UNSURE))
        self._line(seconds)
        for line in self._below.lines(content):
            self._line(f"           {line}")

    def _fresh_line(self) -> None:
        if self._open:
            self._line("")
        self._open = False
        self._reporter.ensure_newline()

    def _write(self, text: str) -> None:
        self._reporter.write(text, flush=True)

    def _line(self, text: str, **markup: bool) -> None:
        self._reporter.line(text, **markup)
        self._reporter.flush()  # what is written past this class stands behind it

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Fixtures run with standard output captured; a live line must pass by that."""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is None:
            yield
            return
        with capture.global_and_fixture_disabled():
            yield
