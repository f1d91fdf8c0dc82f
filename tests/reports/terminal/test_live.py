"""What a person sees of a drill while it runs, and what stays when it has."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from reports.terminal.layout import Layout
from reports.terminal.live import Live
from reports.terminal.screen import Screen
from tests.reports import sample
from tests.reports.terminal.window import Window


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(screen: Screen, clock: Clock) -> Live:
    return Live(screen, Layout(coloured=False), nullcontext, clock)


def proof(title: str, outcome: str = "passed", **changes: Any) -> dict[str, Any]:
    return {**sample.proof(title, outcome, **changes), "kind": "proof"}


def test_the_step_in_hand_has_a_clock_and_its_newest_note(
    window: Window, live: Live, clock: Clock
) -> None:
    live.begin_step(sample.step_started(3))
    live.note("creating, 40 %")
    clock.seconds = 72.25
    live.note("creating, 80 %")
    assert [
        "   3/4  Restore the cluster into quarantine .............. running       72.2 s",
        "           creating, 80 %",
    ] == window.shown


def test_a_step_that_ended_stays_with_its_notes(window: Window, live: Live) -> None:
    live.begin_step(sample.step_started(3))
    live.note("creating, 40 %")
    live.note("creating, 80 %")
    live.end_step(sample.step_finished(3))
    assert [
        "   3/4  Restore the cluster into quarantine .............. passed        0.25 s",
        "           creating, 40 %",
        "           creating, 80 %",
    ] == window.shown


def test_the_last_notes_of_a_long_wait_stay(window: Window, live: Live) -> None:
    live.begin_step(sample.step_started(3))
    for minute in range(60):
        live.note(f"creating after {minute} min")
    live.end_step(sample.step_finished(3))
    assert [
        "           … 55 more before, in the journal",
        *(f"           creating after {minute} min" for minute in range(55, 60)),
    ] == window.shown[1:]


def test_what_is_told_before_the_first_step_stays(window: Window, live: Live) -> None:
    live.note("rehearsal: core on PostgreSQL 18.6")
    live.begin_step(sample.step_started(1))
    live.end_step(sample.step_finished(1))
    assert "           rehearsal: core on PostgreSQL 18.6" == window.shown[0]


def test_a_proof_stands_below_its_step_and_what_it_found_below_it(
    window: Window, live: Live
) -> None:
    live.step(sample.step_finished(3))
    live.begin_proof("every table kept its rows")
    running = "         every table kept its rows ....................... running        0.0 s"
    assert running == window.shown[-1]
    live.proof(proof("every table kept its rows", "failed", findings=[sample.FINDING]))
    assert [
        "         every table kept its rows ....................... failed        0.50 s",
        "           counts: public.granules (counts): expected 50000, actual 49999",
        "             → restore again and compare",
    ] == window.shown[1:]


def test_sabotage_is_told_below_its_step(window: Window, live: Live) -> None:
    live.begin_step(sample.step_started(3))
    live.note("sabotaged on purpose, seed 7: deleted one row", alarming=True)
    live.end_step(sample.step_finished(3))
    assert "           sabotaged on purpose, seed 7: deleted one row" == window.shown[-1]


def test_how_long_it_took_is_not_told_of_what_was_not_done(window: Window, live: Live) -> None:
    reason = "a drill does not touch the live state"
    live.step(sample.step_finished(4, "withheld", reason=reason))
    assert [
        "   4/4  Adopt the restored cluster ....................... withheld",
        f"           {reason}",
    ] == window.shown


@pytest.mark.parametrize("columns", [41, 60, 79, 80, 111, 200])
def test_no_line_is_cut_and_none_reaches_the_last_column(
    window: Window, live: Live, columns: int
) -> None:
    window.resize(columns)
    title = "Fence the source: no new connections, none left open"
    live.step(sample.step_finished(2, "not proven", reason="a right is missing " * 12))
    live.proof(proof(title, "failed", findings=[sample.FINDING]))
    shown = window.shown
    assert max(map(len, shown)) < columns
    text = " ".join(" ".join(shown).replace(".", " ").split())
    for word in (title, "not proven", "a right is missing " * 11, "expected 50000, actual 49999"):
        assert word.strip() in text
    ends = {len(row) for row in shown if row.endswith(" s")}
    assert 1 == len(ends)


def test_each_drill_of_other_processes_has_a_line_until_its_item_ended(
    window: Window, live: Live, clock: Clock
) -> None:
    live.begin_elsewhere("pitr", "step 7: restored cluster")
    live.begin_elsewhere("physical", "every heap is sound")
    clock.seconds = 3.0
    live.step({**sample.step_finished(3), "drill": "pitr"})
    assert [
        "   3/4  Restore the cluster into quarantine .............. passed        0.25 s",
        "         physical: every heap is sound ................... running        3.0 s",
    ] == window.shown


def test_an_interruption_ends_the_line_in_hand(window: Window, live: Live, clock: Clock) -> None:
    live.begin_step(sample.step_started(3))
    live.note("creating, 40 %")
    clock.seconds = 1.5
    live.interrupt()
    assert [
        "   3/4  Restore the cluster into quarantine .............. interrupted   1.50 s",
        "           creating, 40 %",
    ] == window.shown


def test_a_pause_leaves_the_terminal_to_others(window: Window, live: Live) -> None:
    live.step(sample.step_finished(1))
    live.begin_step(sample.step_started(2))
    live.pause()
    assert 1 == len(window.shown)
    live.resume()
    assert "running" in window.shown[-2] + window.shown[-1]


def test_a_title_steers_no_terminal(window: Window, live: Live) -> None:
    live.begin_step({**sample.step_started(1), "title": "Erase \x1b[2J all\r\n"})
    assert window.shown[0].startswith("   1/4  Erase \\x1b[2J all\\x0d\\x0a ")


def test_wide_characters_take_two_columns(window: Window, live: Live) -> None:
    live.step({**sample.step_finished(1), "title": "復元" * 10})
    live.step(sample.step_finished(1))
    first, second = (row.encode("utf-8") for row in window.shown)
    assert first.endswith(b" passed        0.25 s")
    assert second.endswith(b" passed        0.25 s")


def test_colours_are_those_of_the_outcome(
    window: Window, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    live = Live(screen, Layout(coloured=True), nullcontext)
    live.step(sample.step_finished(1))
    assert window.shown
    assert b"\x1b[32m passed" in window.raw
