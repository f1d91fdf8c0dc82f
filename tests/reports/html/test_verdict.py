"""The verdict comes first, in words; only what was proven is green; a sabotage cannot be missed."""

from __future__ import annotations

import pytest

from tests.reports import sample
from tests.reports.html.document import Node
from tests.reports.html.runs import (
    RUNS,
    alarm,
    bad_input,
    document,
    failed,
    green,
    interrupted,
    partial,
    unproven,
    withheld,
)

LOOKS = {
    "green": ("PROVEN", "good"),
    "failed": ("FAILED", "bad"),
    "not reached": ("FAILED", "bad"),
    "unproven": ("NOT PROVEN", "unproven"),
    "unproven, warned": ("NOT PROVEN", "unproven"),
    "withheld": ("PROVEN", "good"),
    "interrupted": ("INTERRUPTED", "interrupted"),
    "partial": ("PARTIAL", "partial"),
    "nothing to prove": ("NOTHING TO PROVE", "nothing-proven"),
    "bad input": ("BAD INPUT", "badinput"),
    "waiting": ("WAITING", "unreached"),
    "alarm rang": ("ALARM RANG", "control"),
    "alarm silent": ("ALARM SILENT", "bad"),
    "several": ("FAILED", "bad"),
    "empty": ("INTERRUPTED", "interrupted"),
}


def verdict(page: Node) -> Node:
    return page.all("div", cls="verdict")[0]


def look(node: Node) -> tuple[str, str]:
    (tone,) = [word for word in node.classes if word.startswith("tone-")]
    return node.attributes["data-word"], tone.removeprefix("tone-")


@pytest.mark.parametrize("name", RUNS)
def test_each_verdict_has_its_own_look(name: str) -> None:
    assert LOOKS[name] == look(verdict(document(RUNS[name]())))


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_stands_before_everything_else(name: str) -> None:
    main = document(RUNS[name]()).one("main")
    headings = [node for node in main.walk() if node.tag in ("h2", "h3", "h4")]
    assert LOOKS[name][0] in headings[0].text
    assert "What was not shown" == headings[1].text


@pytest.mark.parametrize("length", range(len(green()) - 1))
def test_no_beginning_of_a_run_is_green(length: int) -> None:
    """Whenever a run is killed before its verdict, its page says so and is not green."""
    events = green()[:length]
    if any(one["event"] == "verdict" for one in events):
        return
    page = document(events)
    assert [("INTERRUPTED", "interrupted")] == [look(one) for one in page.all("div", cls="verdict")]
    assert "interrupted" in verdict(page).one("p", cls="where").text
    assert "INTERRUPTED" in page.one("title").text


def test_a_run_that_ended_without_a_verdict_proves_nothing() -> None:
    page = document([*interrupted(), sample.run_finished(3)])
    assert ("NO VERDICT", "nothing-proven") == look(verdict(page))
    assert "exit status 3" in verdict(page).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exit_status": 1}, "exit status is 1"),
        ({"word": "SPLENDID", "verdict": "SPLENDID"}, "not known here"),
    ],
)
def test_a_verdict_that_is_not_wholly_proven_is_not_green(
    changed: dict[str, object], said: str
) -> None:
    events = [{**one, **changed} if one["event"] == "verdict" else one for one in green()]
    page = document(events)
    assert "good" != look(verdict(page))[1]
    assert said in verdict(page).text


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (sample.sabotaged(), "broken on purpose, and cannot be proven"),
        (sample.proof("counts hold", "failed", reason="gone"), "1 claim failed"),
        (sample.proof("counts hold", "not reached", reason="gone"), "1 claim not reached"),
        (sample.proof("counts hold", "not proven", reason="gone"), "1 claim not proven"),
    ],
)
def test_a_journal_that_speaks_against_its_verdict_is_heard(event: sample.Plain, said: str) -> None:
    """A report that repeated a wrong PROVEN would be worse than none."""
    page = document([*green()[:-2], event, *green()[-2:]])
    assert ("PROVEN", "bad") == look(verdict(page))
    assert "Do not believe this verdict" in verdict(page).text
    assert said in verdict(page).text


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("PROVEN (content) · NOT PROVEN (plan): rehearsal of core", "NOT PROVEN"),
        ("FAILED rehearsal of core", "FAILED"),
        ("NOTHING TO PROVE about core", "NOTHING TO PROVE"),
        ("wonderful", "NO VERDICT"),
    ],
)
def test_an_older_journal_says_its_word_within_the_line(line: str, word: str) -> None:
    events = unproven()
    events[-2] = {**events[-2], "verdict": line, "word": None}
    assert word == look(verdict(document(events)))[0]


def test_a_rehearsal_is_said_to_prove_no_backup() -> None:
    said = "not for any backup of yours"
    assert said in verdict(document(green())).text
    drill = [{**one, **({"mode": "drill"} if "mode" in one else {})} for one in green()]
    assert said not in verdict(document(drill)).text


def test_beside_the_verdict_stands_what_was_not_proven_right() -> None:
    beside = verdict(document(withheld())).one("div", cls="beside")
    assert [
        "‖ 1 claim held back: it would have touched what is live",
        "≈ 1 claim shown to lie between two truths only",
        "◇ 1 claim not as expected, which a waiver accepts for now",
        "○ 1 claim out of scope by configuration",
    ] == [one.text for one in beside.all("li")]


def test_a_selection_says_how_much_was_not_run() -> None:
    beside = verdict(document(partial())).one("div", cls="beside")
    assert "◐ 3 claims not selected, so not run" in [one.text for one in beside.all("li")]


def test_a_killed_run_says_that_proofs_are_missing_too() -> None:
    """Its steps were declared and can be counted; its proofs were not."""
    untold = "… every proof that had not ended: how many, no journal tells"
    lines = [
        one.text for one in verdict(document(interrupted())).one("div", cls="beside").all("li")
    ]
    assert untold == lines[-1]
    assert untold not in verdict(document(withheld())).text


def test_bad_input_is_told_whole() -> None:
    assert "has no zone; write 2026-06-01T12:00Z" in verdict(document(bad_input())).text


@pytest.mark.parametrize("name", ["alarm rang", "alarm silent"])
def test_a_sabotage_cannot_be_missed(name: str) -> None:
    page = document(RUNS[name]())
    hazard = page.one("aside", cls="hazard")
    assert "This copy was broken on purpose." in hazard.text
    assert "a row is gone: deleted one row (public.granules). The seed 7 chose it." in hazard.text
    assert page.one("article").children.index(hazard) < page.one("article").children.index(
        verdict(page)
    )


def test_a_negative_control_that_broke_nothing_is_no_clean_run() -> None:
    events = [one for one in alarm("ALARM SILENT about core", 1) if one["event"] != "sabotaged"]
    assert "no event tells what was broken" in document(events).one("aside", cls="hazard").text


def test_an_honest_run_has_no_hazard() -> None:
    assert [] == document(failed()).all("aside", cls="hazard")
