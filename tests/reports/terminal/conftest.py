"""A window of a terminal for a test, and what paints on it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from reports.terminal.screen import Screen
from tests.reports.terminal.window import Window


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """80 columns by 24 lines, whatever the terminal of the tests is."""
    monkeypatch.delenv("COLUMNS", raising=False)
    window = Window()
    yield window
    window.close()


@pytest.fixture
def screen(window: Window) -> Iterator[Screen]:
    """What paints on the window."""
    screen = Screen(os.dup(window.terminal), "utf-8")
    yield screen
    screen.close()
