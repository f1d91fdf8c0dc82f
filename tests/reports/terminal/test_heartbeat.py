"""A line each minute of silence: captured, in an xdist worker, never where something is said."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.terminal.heartbeat import Heartbeat, doing_in
from tests.harness.fix_project import Project

QUICK = "\nimport reports.terminal.heartbeat as h\nh.EVERY = 0.2\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def descriptor() -> Iterator[int]:
    reading, writing = os.pipe()
    yield writing
    os.close(reading)


def test_a_line_is_due_each_minute_in_which_nothing_else_was_said(descriptor: int) -> None:
    clock, at = Clock(), ["at step 3 of 9: Restore"]
    heart = Heartbeat(descriptor, lambda: at[0], clock=clock)
    due = []
    for second in range(0, 241, 10):
        clock.now = float(second)
        if second == 150:
            heart.said()
        if (line := heart.beat()) is not None:
            due.append((second, line.strip()))
    assert [
        (60, "still at step 3 of 9: Restore, 1 min on"),
        (120, "still at step 3 of 9: Restore, 2 min on"),
        (210, "still at step 3 of 9: Restore, 4 min on"),
    ] == due
    heart.stop()


def test_nothing_is_due_where_nothing_is_done(descriptor: int) -> None:
    clock = Clock()
    heart = Heartbeat(descriptor, lambda: None, clock=clock)
    clock.now = 600.0
    assert heart.beat() is None
    heart.stop()


def test_what_another_process_does_is_read_in_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    assert doing_in(journal) is None
    events = [
        {"event": "step_started", "number": 9, "of": 19, "title": "Wait"},
        {"event": "step_note", "text": "cluster c is creating after 60 s"},
    ]
    lines = [json.dumps(one) for one in events]
    journal.write_text(lines[0] + "\n")
    assert "at step 9 of 19: Wait" == doing_in(journal)
    journal.write_text("\n".join([*lines, '{"event": "step_fin']))
    assert "cluster c is creating after 60 s" == doing_in(journal)


@pytest.mark.parametrize("how", [(), ("-n2",)], ids=["captured", "-n2"])
def test_a_log_shows_that_a_step_goes_on(project: Project, how: tuple[str, ...]) -> None:
    project.drill(restore="print('captured'); import time; time.sleep(2)  # longer than EVERY")
    with (project.folder / "conftest.py").open("a") as conftest:
        conftest.write(QUICK)
    result = project.run(*how, "drills/sample")
    assert 0 == result.status, result.out
    assert "still at step 3 of 4: Restore the cluster, 0 min on" in result.out
    assert "captured" not in result.out
