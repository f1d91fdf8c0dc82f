"""The summary of a run: the same rows as text and as a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from reports.journal import Events
from reports.run_record import RunRecord
from reports.terminal.closing import Closing
from reports.terminal.summary import BAD, GOOD, UNSURE, rows
from tests.reports import sample


def run_of(events: Iterable[dict[str, Any]]) -> RunRecord:
    return RunRecord(Events(sample.typed_all(events), truncated=False))


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return [line for line, _ in Closing(run_of(events)).lines()]


def table(events: Iterable[dict[str, Any]], columns: int = 80) -> list[str]:
    shown = Closing(run_of(events)).table(columns, coloured=False)
    return [line.rstrip() for line in shown.splitlines()]


def failed() -> list[dict[str, Any]]:
    """Two claims that failed, two reasons for what was not proven, a step that was not reached."""
    lack = "no terraform"
    return [
        sample.run_started(),
        sample.procedure(),
        *sample.step(1),
        *sample.step(2, "not proven", reason=lack),
        *sample.step(3, "failed", reason="pg_basebackup: disk full"),
        sample.proof("rows", "failed", findings=[sample.FINDING] * 3, reason="3 findings"),
        sample.proof("objects", "failed", findings=[sample.FINDING], reason="1 finding"),
        sample.proof("the plan is empty", "not proven", reason=lack),
        sample.proof("roles", "not proven", reason="pg_authid cannot be read"),
        sample.proof("fence", "not reached", reason="step 3 failed"),
        sample.verdict("FAILED core: 3 failed, 2 not reached", 1),
        sample.run_finished(1),
    ]


def test_a_green_run_in_lines() -> None:
    assert [
        "steps:            3 of 4 passed, 1 withheld",
        "proofs:           1 passed",
        "findings:         none",
        "sabotaged:        on purpose, seed 7: deleted one row (public.granules)",
        "time to writable: 8.5 s (objective 7200 s) · fsync on",
        "time to service:  not measured · not measured in a drill",
        "withheld:         Adopt the restored cluster: a drill does not touch the live state",
        "pitr: PROVEN rehearsal of core (1 withheld)",
        "kept: logs in /tmp/pgd-1 until 2026-06-02T12:00:00+00:00; --reap removes it then",
        "removed: files of this run in /tmp/pgd-1",
        "evidence: /home/me/evidence/1",
    ] == lines(sample.green())


def test_a_failed_run_names_what_failed_and_each_reason_once() -> None:
    assert [
        "steps:      1 of 4 passed, 1 failed, 1 not proven, 1 not performed",
        "proofs:     2 failed, 2 not proven, 1 not reached",
        "findings:   4 in 2 proofs",
        "failed:     step 3 (Restore the cluster into quarantine): pg_basebackup: disk full",
        "failed:     rows: 3 findings",
        "failed:     objects: 1 finding",
        "not proven: Fence the source: no new connections, none left open (and 1 more): "
        "no terraform",
        "not proven: roles: pg_authid cannot be read",
        "pitr: FAILED core: 3 failed, 2 not reached",
        "evidence: /home/me/evidence/1",
    ] == lines(failed())


def test_a_run_that_was_interrupted_says_in_how_many_steps() -> None:
    events = [sample.run_started(), sample.procedure(), *sample.step(1), sample.step_started(2)]
    assert "steps:  1 of 4 passed, 1 interrupted, 2 not performed" == lines(events)[0]


def test_the_table_has_what_the_lines_have() -> None:
    for events in (sample.green(), failed()):
        text = " ".join(" ".join(lines(events)).replace(": ", " ").split())
        shown = " ".join(" ".join(table(events, 200)).replace(": ", " ").split())
        for word in set(text.split()):
            assert word in shown


def test_the_table_fits_a_narrow_terminal_and_loses_nothing() -> None:
    rows_of_table = table(failed(), 60)
    grid = rows_of_table[: rows_of_table.index("pitr: FAILED core: 3 failed, 2 not reached")]
    assert max(map(len, grid)) <= 60
    assert "not proven  Fence the source: no new connections, none left" in grid
    assert "            open (and 1 more): no terraform" in grid


def test_several_drills_have_a_block_each_and_their_verdicts_follow() -> None:
    events = [
        sample.run_started(),
        sample.procedure(),
        {**sample.procedure(), "drill": "physical"},
        sample.verdict("PROVEN core", 0),
        sample.verdict("FAILED own", 1, drill="physical"),
    ]
    shown = lines(events)
    assert ["drills/pitr", "drills/physical"] == [one for one in shown if "drills/" in one]
    assert ["pitr: PROVEN core", "physical: FAILED own"] == shown[-3:-1]


def test_a_time_beyond_its_objective_is_red_and_one_within_is_green() -> None:
    objective = {"drill": "pitr", "name": "data loss", "objective_seconds": 10.0, "note": None}
    events = [
        sample.run_started(),
        sample.procedure(),
        sample.event("measured", 1, **objective, seconds=9.0),
        sample.event("measured", 1, **objective, seconds=11.0),
        sample.event("measured", 1, **objective, seconds=None),
    ]
    (drill,) = run_of(events).drills
    assert [GOOD, BAD, ""] == [row.style for row in rows(drill) if row.label == "data loss"]


@pytest.mark.parametrize(
    ("outcomes", "style"),
    [
        ((), UNSURE),
        (("not applicable",), UNSURE),
        (("withheld",), UNSURE),
        (("passed", "not applicable"), GOOD),
        (("passed", "not proven"), UNSURE),
        (("passed", "failed"), BAD),
    ],
)
def test_proofs_are_green_only_where_one_held_and_none_is_in_doubt(
    outcomes: tuple[str, ...], style: str
) -> None:
    proofs = [sample.proof(f"proof {n}", one) for n, one in enumerate(outcomes)]
    (drill,) = run_of([sample.run_started(), sample.procedure(), *proofs]).drills
    shown = {row.label: row for row in rows(drill)}
    assert style == shown["proofs"].style
    assert bool(outcomes) is ("findings" in shown)


def test_steps_that_nobody_declared_are_not_green() -> None:
    (drill,) = run_of([sample.run_started(), sample.proof("it holds")]).drills
    assert ("0 of 0 passed", UNSURE) == next((one.text, one.style) for one in rows(drill))


def test_at_most_ten_lines_of_a_kind_are_shown() -> None:
    proofs = [sample.proof(f"proof {n}", "failed", reason="wrong") for n in range(300)]
    shown = [one for one in lines([sample.run_started(), *proofs]) if one.startswith("failed:")]
    assert 11 == len(shown)
    assert "failed:   … and 290 more, in the journal" == shown[-1]


def test_the_page_is_named_where_it_was_written(tmp_path: Path) -> None:
    folders = {"work": "", "evidence": str(tmp_path)}
    events = [sample.run_started(folders=folders), sample.procedure()]
    assert f"evidence: {tmp_path}" == lines(events)[-1]
    (tmp_path / "report.html").touch()
    assert f"report: {tmp_path / 'report.html'}" == lines(events)[-1]


@pytest.mark.parametrize("title", ["\x1b[2J", "a\nb", "\u202e"])
def test_nothing_in_it_steers_a_terminal(title: str) -> None:
    events = [
        sample.run_started(),
        sample.procedure(),
        sample.proof(title, "failed", reason=title),
        sample.proof(title, "not proven", reason=title, name="other"),
        sample.verdict(f"FAILED {title}", 1),
    ]
    told = "".join(lines(events)) + "".join(table(events))
    assert title not in told
