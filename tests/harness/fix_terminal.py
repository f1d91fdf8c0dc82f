"""A pytest of the small project at a real terminal: what a person would see, and type."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from tests.harness.fix_project import Project, environment
from tests.reports.terminal.window import Window

PATIENCE = 120.0
"""Seconds after which what a test waits for on the screen will not come."""
WAITS = """import time
    while not pathlib.Path(os.environ["DRILL_GO"]).exists():
        time.sleep(0.02)"""
"""What a step does that waits for `AtTerminal.go`."""
_THEIRS = ("CI", "BUILD_NUMBER", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PY_COLORS")


class AtTerminal:
    """One run; steps that do `WAITS` end when the test says so, and are seen running."""

    def __init__(self, project: Project, arguments: list[str], columns: int, lines: int) -> None:
        self.window = Window(columns, lines)
        self._go = project.folder / "go"
        kept = {name: value for name, value in environment().items() if name not in _THEIRS}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", f"--work-dir={project.work}", *arguments],
            cwd=project.folder,
            env={
                **kept,
                "TERM": "xterm-256color",
                "DRILL_LOG": str(project.folder / "performed.log"),
                "DRILL_GO": str(self._go),
                **project.environ,
            },
            stdin=self.window.terminal,
            stdout=self.window.terminal,
            stderr=self.window.terminal,
            start_new_session=True,
            preexec_fn=_take_terminal,  # so that Ctrl-C is for it
        )

    def until(self, text: str) -> list[str]:
        """What is shown once a row holds a text."""
        deadline = time.monotonic() + PATIENCE
        while not any(text in row for row in self.window.shown):
            if time.monotonic() > deadline or self._process.poll() is not None:
                pytest.fail("\n".join([f"{text!r} was never shown:", *self.window.shown]))
            self.window.read(0.1)
        return self.window.shown

    def go(self) -> None:
        """Let the steps that wait go on."""
        self._go.touch()

    def type(self, keys: str) -> None:
        """As a person at the keyboard."""
        os.write(self.window.master, keys.encode())

    def end(self) -> tuple[int, list[str]]:
        """Exit status, and all that was shown."""
        deadline = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < deadline:
            self.window.read(0.1)
        return self._process.wait(PATIENCE), self.window.shown

    def close(self) -> None:
        """No process outlives its test."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.window.close()


class Terminals:
    """Runs a project at a terminal of a size, and ends what still runs."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._runs: list[AtTerminal] = []

    def run(self, *arguments: str, columns: int = 80, lines: int = 60) -> AtTerminal:
        self._runs.append(AtTerminal(self._project, list(arguments), columns, lines))
        return self._runs[-1]

    def close(self) -> None:
        for run in self._runs:
            run.close()


@pytest.fixture
def terminals(project: Project) -> Iterator[Terminals]:
    """Terminals for the project of the same test."""
    terminals = Terminals(project)
    yield terminals
    terminals.close()


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
