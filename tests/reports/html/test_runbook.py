"""The runbook on its clock: each step and proof where and as long as it was, waiting visible."""

from __future__ import annotations

from typing import Any

import pytest

from reports.html import runbook, timeline
from tests.reports import sample
from tests.reports.html.document import Node
from tests.reports.html.runs import (
    GONE,
    document,
    failed,
    green,
    interrupted,
    not_reached,
    record,
    unproven,
)


def at(event: sample.Plain, second: float) -> sample.Plain:
    return {**event, "at": f"2026-06-01T12:00:{second:06.3f}+00:00"}


def drill(*, objective: float | None = None, writable: float | None = 10.0) -> list[sample.Plain]:
    """Steps of 2, 3 and 5 seconds; 4 of nothing between the last two; a proof of 1 at the end."""
    steps = [(1, 0.0, 2.0), (2, 2.0, 5.0), (3, 9.0, 14.0)]
    told: list[sample.Plain] = [sample.run_started(), sample.procedure()]
    for number, start, end in steps:
        told.append(at(sample.step_started(number), start))
        if number == 3:
            note = sample.event("step_note", 0, drill="pitr", number=3, text="creating, 40 %")
            told.append(at(note, 11.0))
        told.append(at(sample.step_finished(number, seconds=end - start), end))
    told.append(at(sample.proof("counts hold", seconds=1.0), 16.0))
    measured: dict[str, Any] = {"seconds": writable, "objective_seconds": objective, "note": None}
    told.append(at(sample.event("measured", drill="pitr", name="time to writable", **measured), 16))
    return [*told, at(sample.verdict("PROVEN rehearsal of core", 0), 17), sample.run_finished()]


def view(events: list[sample.Plain]) -> runbook.RunbookView:
    run = record(events)
    return runbook.of(run.drills[0], run.events)


def clock(**changes: Any) -> timeline.Clock:
    found = view(drill(**changes)).clock
    assert found is not None
    return found


def rows(page: Node) -> list[Node]:
    return page.one("ol", cls="steps").all("li", cls="step")


def test_bars_lie_where_their_steps_were() -> None:
    bars = [step.bar for step in view(drill()).steps[:3]]
    shares = [(bar.left, bar.width) for bar in bars if bar is not None]
    assert [(0.0, 12.5), (12.5, 18.75), (56.25, 31.25)] == shares


def test_a_proof_lies_where_it_ended_below_its_step() -> None:
    (proof,) = view(drill()).steps[2].proofs
    assert proof.bar is not None
    assert (93.75, 6.25, "proof") == (proof.bar.left, proof.bar.width, proof.bar.kind)


def test_what_is_short_can_still_be_seen() -> None:
    events = drill()
    events[2], events[3] = at(events[2], 1.999), {**at(events[3], 2.0), "seconds": 0.001}
    bar = view(events).steps[0].bar
    assert bar is not None
    assert 0 < bar.width


def test_seconds_of_neither_step_nor_proof_are_told() -> None:
    assert [None, None, 4.0] == [step.idle for step in view(drill()).steps[:3]]
    (idle,) = document(drill()).all("li", cls="idle")
    assert "4 s in which neither a step nor a proof ran" == idle.text


def test_progress_is_told_with_the_seconds_since_the_step_began() -> None:
    (note,) = view(drill()).steps[2].notes
    assert (2.0, "creating, 40 %") == (note.after, note.text)
    assert "+2 s creating, 40 %" in rows(document(drill()))[2].text


def test_the_clock_says_in_words_what_it_draws() -> None:
    said = "From the first step to the first write: 10 s, {} the objective of {}"
    assert said.format("within", "12 s.") == clock(objective=12).sentence
    assert said.format("over", "8 s.") == clock(objective=8).sentence
    assert "no objective is set." in clock().sentence
    assert "the recovery clock never stopped" in clock(writable=None).sentence


def test_first_write_and_objective_are_marked() -> None:
    marks = [(mark.kind, mark.left, mark.text) for mark in clock(objective=12).marks]
    assert [("writable", 62.5, "first write 10 s"), ("objective", 75.0, "objective 12 s")] == marks


def test_an_objective_far_away_squeezes_no_bar() -> None:
    far = clock(objective=7200)
    assert 16.0 == far.length
    assert ["writable"] == [mark.kind for mark in far.marks]
    assert "far to the right of this picture" in far.sentence


def test_an_objective_that_is_near_has_room() -> None:
    assert 20 < clock(objective=20).length < 22


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0.4, "0.10 s"), (16, "5 s"), (5400, "15 min"), (86400, "4 h"), (999_999, "2 d")],
)
def test_ticks_are_round(length: float, expected: str) -> None:
    ticks = timeline.Clock(clock().began, clock().ended, length, None, None).ticks
    assert "0 s" == ticks[0].text
    assert expected == ticks[1].text
    assert len(ticks) <= 7


def test_each_step_says_when_it_began_and_how_long_it_took() -> None:
    """The picture is for eyes; this is for ears, and for paper."""
    third = rows(document(drill()))[2]
    assert "begins 9 s into the drill" in third.text
    assert "5 s 31 %" == third.all("span", cls="took")[0].text


def test_every_declared_step_is_there_with_its_outcome() -> None:
    shown = [
        (row.one("span", cls="number").text, row.one("span", cls="badge").text)
        for row in rows(document(not_reached()))
    ]
    expected = [("1", "✓ passed"), ("2", "✓ passed"), ("3", "✗ failed"), ("4", "… not reached")]
    assert expected == shown


def test_a_failed_step_says_why_and_those_behind_it_too() -> None:
    shown = rows(document(not_reached()))
    assert GONE in shown[2].text
    assert "step 3 (Restore the cluster into quarantine) failed" in shown[3].text


def test_an_interrupted_step_has_an_open_end() -> None:
    third = view(interrupted()).steps[2]
    assert third.bar is not None
    assert ("interrupted", "open") == (third.outcome, third.bar.kind)
    shown = rows(document(interrupted()))
    assert ["✓ passed", "✓ passed", "⚡ interrupted", "… not reached"] == [
        row.one("span", cls="badge").text for row in shown
    ]
    assert "none of them was reached" in document(interrupted()).text


def test_proofs_that_did_not_simply_pass_are_not_folded_away() -> None:
    third = rows(document(failed()))[2]
    folded = third.one("details")
    assert "1 proof: 1 passed" == folded.one("summary").text
    assert "roles hold" in folded.text
    loud = third.all("ul", cls="proofs")[0]
    assert ["counts hold", "content holds"] == [
        " ".join(one.all("span", cls="prose")[0].text.split()) for one in loud.all("li")
    ]


def test_a_reason_that_many_share_is_told_once() -> None:
    third, fourth = rows(document(unproven()))[2:4]
    lacking = "there is no terraform on the PATH"
    assert 1 == (third.text + fourth.text).count(lacking) - fourth.text.count(lacking)
    assert lacking in fourth.text


def test_a_proof_cites_its_requirements() -> None:
    assert "requirements R35" in rows(document(green()))[2].text


def test_a_proof_that_needs_no_step_comes_before_the_first() -> None:
    events = [*green()[:-2], sample.proof("the backup is whole", after_step=0), *green()[-2:]]
    said = document(events).one("section", id="d1-runbook").text
    assert "Before the first step: 1 proof: 1 passed" in said


def test_preparation_is_not_on_the_clock() -> None:
    events = drill()
    events[1] = {**events[1], "at": "2026-06-01T11:59:30.000+00:00"}
    assert 30.0 == view(events).prepared
    assert "What was prepared before it took 30 s" in document(events).text
