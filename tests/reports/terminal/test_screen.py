"""The rows that are painted again and again, and those that stay above them."""

from __future__ import annotations

import os

import pytest

from reports.terminal.screen import Screen
from tests.reports.terminal.window import Window


def test_what_stays_is_above_what_changes(window: Window, screen: Screen) -> None:
    screen.show(lambda columns: ["running 1"])
    screen.show(lambda columns: ["running 2"], staying=["done 1"])
    screen.show(lambda columns: ["running 3"], staying=["done 2", "done 3"])
    assert ["done 1", "done 2", "done 3", "running 3"] == window.shown
    screen.show(None)
    assert ["done 1", "done 2", "done 3"] == window.shown


def test_a_painting_is_one_write_over_what_was_there(window: Window, screen: Screen) -> None:
    """Nothing is erased that is not written in the same moment: nothing flickers."""
    screen.show(lambda columns: ["one", "two"], staying=["stays"])
    assert window.shown
    expected = b"\rstays\x1b[K\r\none\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[1A\r"
    # The terminal's driver makes \r\n of \n, as it does for everybody.
    assert expected == window.raw.replace(b"\r\r\n", b"\r\n")


def test_what_does_not_change_is_not_painted_again(window: Window, screen: Screen) -> None:
    screen.show(lambda columns: ["running"])
    assert ["running"] == window.shown
    painted = window.raw
    screen.show(lambda columns: ["running"])
    assert ["running"] == window.shown
    assert painted == window.raw


def test_the_cursor_waits_where_the_region_begins_and_is_never_hidden(
    window: Window, screen: Screen
) -> None:
    screen.show(lambda columns: ["one", "two", "three"], staying=["stays"])
    assert (1, 0) == window.cursor
    assert b"\x1b[?25l" not in window.raw


def test_a_region_that_shrinks_leaves_nothing_behind(window: Window, screen: Screen) -> None:
    screen.show(lambda columns: ["a long first row", "second", "third"])
    screen.show(lambda columns: ["short"])
    assert ["short"] == window.shown


def test_a_window_that_is_made_narrower_keeps_what_stays(window: Window, screen: Screen) -> None:
    screen.show(lambda columns: ["x" * (columns - 1)], staying=["done"])
    assert ["done", "x" * 79] == window.shown
    window.resize(40)
    screen.show(lambda columns: ["x" * (columns - 1)], staying=["done too"])
    assert ["done", "done too", "x" * 39] == window.shown


def test_a_region_that_is_taller_than_the_window_is_cut(window: Window, screen: Screen) -> None:
    """What scrolls away could not be erased."""
    window.resize(80, 5)
    rows = [f"row {number}" for number in range(10)]
    screen.show(lambda columns: rows, staying=["done"])
    assert ["done", *rows[:4]] == window.shown
    screen.show(None)
    assert ["done"] == window.shown


@pytest.mark.parametrize(("named", "columns"), [("60", 60), ("", 80), ("0", 80), ("wide", 80)])
def test_columns_can_be_named(
    window: Window,
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    columns: int,
) -> None:
    monkeypatch.setenv("COLUMNS", named)
    assert columns == screen.columns


def test_a_terminal_without_a_size_has_eighty_columns(window: Window, screen: Screen) -> None:
    window.resize(0, 0)
    assert 80 == screen.columns


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    window = Window()
    screen = Screen(os.dup(window.terminal), "utf-8")
    screen.show(lambda columns: ["running"])
    window.close()
    screen.show(lambda columns: ["running"], staying=["done"])
    screen.close()


def test_what_the_terminal_cannot_write_is_replaced(window: Window) -> None:
    screen = Screen(os.dup(window.terminal), "ascii")
    screen.show(None, staying=["→ …"])
    screen.close()
    assert ["? ?"] == window.shown
