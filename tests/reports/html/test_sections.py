"""The other sections: each there for every run, with what the journal has, or honestly absent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reports.history.past import PastDrill
from reports.html import target, untested
from tests.reports import sample
from tests.reports.html.document import Node
from tests.reports.html.runs import (
    RUNS,
    document,
    failed,
    green,
    interrupted,
    not_reached,
    record,
    unproven,
    with_tables,
    withheld,
)

SECTIONS = (
    *("runbook", "target", "findings", "tables", "schema", "configuration", "plan", "untested"),
    *("before", "requirements", "facts"),
)


def section(events: list[sample.Plain], name: str, earlier: tuple[PastDrill, ...] = ()) -> Node:
    return document(events, earlier).one("section", id=f"d1-{name}")


def without(*kinds: str) -> list[sample.Plain]:
    return [one for one in green() if one["event"] not in kinds]


@pytest.mark.parametrize("name", RUNS)
def test_every_section_is_in_every_page_and_says_something(name: str) -> None:
    page = document(RUNS[name]())
    for number in range(1, len(page.all("article")) + 1):
        for one in SECTIONS:
            shown = page.one("section", id=f"d{number}-{one}")
            assert len(shown.text) > len(shown.one("h3").text) + 10
    assert ["Controls", "Cleanup", "Environment", "Settings"] == [
        node.text for node in page.one("section", id="run").all("h3")
    ]


@pytest.mark.parametrize(
    ("kinds", "name", "said"),
    [
        (("target_asked", "target_reached", "moment", "backup_identified"), "target", "No event"),
        (("tables_compared",), "tables", "No event tells of a table that was compared."),
        (("differences_allowed",), "configuration", "No event tells of a difference"),
        (("plan_read",), "plan", "No event tells of a plan"),
        (("facts",), "facts", "No facts were noted."),
        (("proof_finished",), "findings", "None, because no proof was made."),
        (("proof_finished",), "requirements", "No proof that left an event cites one."),
    ],
)
def test_what_the_journal_does_not_tell_is_said_to_be_untold(
    kinds: tuple[str, ...], name: str, said: str
) -> None:
    assert said in section(without(*kinds), name).text


def stops(events: list[sample.Plain]) -> list[tuple[str, str, str]]:
    return [(one.name, one.later, one.span) for one in target.of(record(events).drills[0]).stops]


def test_moments_stand_in_their_order_with_the_time_between() -> None:
    assert [
        ("backup ended", "", "plain"),
        ("last good marker", "10 s", "plain"),
        ("target reached", "0 s", "plain"),
        ("target asked", "1 s", "plain"),
        ("first bad marker", "2 s", "harm"),
    ] == stops(green())


def test_the_restorable_window_is_drawn() -> None:
    def moment(name: str, second: int) -> sample.Plain:
        when = f"2026-06-01T11:59:{second:02}+00:00"
        return sample.event("moment", 2, drill="pitr", name=name, moment=when, position=None)

    events = without("moment", "backup_identified", "target_reached")
    window = [moment("restorable from", 5), moment("restorable to", 50)]
    assert [
        ("restorable from", "", "window"),
        ("target asked", "16 s", "window"),
        ("restorable to", "29 s", "plain"),
    ] == stops([*events[:5], *window, *events[5:]])


def test_a_continuous_backup_that_ends_with_its_window_has_no_dot_beside_that() -> None:
    def told(at: str, kind: str) -> list[str]:
        moment = {"name": "restorable to", "moment": at, "position": None}
        events = [
            {**one, "kind": kind} if one["event"] == "backup_identified" else one
            for one in without("moment")
        ]
        events[5:5] = [sample.event("moment", 2, drill="pitr", **moment)]
        return [name for name, _, _ in stops(events)]

    ended = "2026-06-01T11:59:10+00:00"  # as the sample's backup
    assert "backup ended" not in told(ended, "continuous")
    assert "restorable to" in told(ended, "continuous")
    assert "backup ended" in told(ended, "base")
    assert "backup ended" in told("2026-06-01T11:59:11+00:00", "continuous")


def sentences(**reached: Any) -> list[tuple[str, bool]]:
    events = [{**one, **reached} if one["event"] == "target_reached" else one for one in green()]
    return list(target.of(record(events).drills[0]).sentences)


def test_where_the_copy_ended_is_held_against_the_markers() -> None:
    assert [
        ("The newest commit that came back is 1 s older than the target.", False),
        ("Where the copy ended lies not before the last good marker.", False),
        ("Where the copy ended lies before the first bad marker.", False),
    ] == sentences()


def test_a_copy_that_goes_too_far_or_not_far_enough_is_called_so() -> None:
    late = sentences(moment="2026-06-01T11:59:30+00:00")
    assert ("A commit came back that is 9 s newer than the target.", True) in late
    assert ("Where the copy ended lies not before the first bad marker.", True) in late
    early = sentences(moment="2026-06-01T11:59:15+00:00")
    assert ("Where the copy ended lies before the last good marker.", True) in early


def test_a_target_that_nobody_saw_reached_is_called_so() -> None:
    said = section(without("target_reached"), "target").text
    assert "no event says what was reached" in said


def test_findings_say_what_was_expected_found_and_is_to_be_done() -> None:
    (finding,) = [
        one for one in section(failed(), "findings").all("div", cls="finding") if one.all("dl")
    ]
    assert ["50,000", "49,999", "restore again and compare"] == [
        one.text for one in finding.all("dd")
    ]
    assert "public.granules" in finding.one("p", cls="head").text


def test_a_proof_or_step_that_broke_off_is_among_the_findings() -> None:
    assert "content holds failed the connection was lost" in section(failed(), "findings").text
    shown = section(not_reached(), "findings").text
    assert "Runbook 1 step broken off" in shown
    assert "Step 3: Restore the cluster into quarantine failed" in shown


def test_findings_of_families_that_take_turns_have_places_of_their_own() -> None:
    told = [
        sample.proof(f"proof {at}", "failed", family=name, findings=[sample.FINDING] * 2)
        for at, name in enumerate(["content", "schema", "content", "schema"])
    ]
    shown = section([*green()[:-2], *told, *green()[-2:]], "findings")
    assert 8 == len({one.attributes["id"] for one in shown.all("div", cls="finding")})


def test_differences_of_the_schema_lead_to_their_findings() -> None:
    events = failed()
    finding = {**sample.FINDING, "subject": "table public.granules", "property": "owner"}
    proof = sample.proof("objects hold", "failed", family="schema", findings=[finding])
    schema = section([*events[:-3], proof, *events[-3:]], "schema")
    assert "2 proofs: 1 passed, 1 failed." in schema.text
    (row,) = schema.one("tbody").all("tr")
    cells = [cell.text for cell in row.all("td")]
    assert ["owner", "50000", "49999", "what to do"] == cells


def test_tables_that_differ_come_first_and_are_marked() -> None:
    table = section(with_tables(10), "tables").one("table", cls="rows")
    assert [True] * 3 + [False] * 7 == [
        "differs" in row.classes for row in table.one("tbody").all("tr")
    ]
    assert "−1" == table.one("tbody").all("tr")[0].all("td")[3].text


def told_tables(*tables: dict[str, Any]) -> list[sample.Plain]:
    told = [
        sample.event("tables_compared", 20, drill="pitr", database="core", tables=[one])
        for one in tables
    ]
    return [*without("tables_compared")[:-2], *told, *green()[-2:]]


def test_rows_that_do_not_add_up_differ_whatever_the_word_beside_them() -> None:
    one = {"table": "t", "expected": 10, "actual": 9, "bytes": None, "content": "equal"}
    shown = section(told_tables(one), "tables").one("tbody")
    assert "differs" in shown.one("tr").classes
    assert ["tone-bad"] == shown.all("td")[-1].classes


def test_a_table_that_once_differed_still_does() -> None:
    wrong = {"table": "t", "expected": 10, "actual": 9, "bytes": None, "content": "differs"}
    right = {**wrong, "actual": 10, "content": "counted"}
    assert ["differs"] == section(told_tables(wrong, right), "tables").one(
        "tr", cls="differs"
    ).classes


def test_a_bounded_count_and_one_that_was_not_made_are_shown_as_such() -> None:
    one = {"table": "t", "expected": "10 to 12", "actual": None, "content": "not read"}
    cells = [cell.text for cell in section(told_tables(one), "tables").one("tbody").all("td")]
    assert ["core", "10 to 12", "–", "–", "–", "… not read"] == cells


@pytest.mark.parametrize(
    ("contents", "tone", "said"),
    [
        (("equal", "bounded"), "good", "tables compared 2 none differs"),
        (("equal", "counted"), "idle", "tables compared 2 none differs, 1 counted only"),
        (("equal", "not read"), "unproven", "tables compared 1 none differs, 1 not read"),
        (("not read", "not read"), "unproven", "tables compared 0 none differs, 2 not read"),
        (("differs", "not read"), "bad", "tables compared 1 1 differs, 1 not read"),
    ],
)
def test_tables_are_green_only_where_the_content_of_each_was_seen(
    contents: tuple[str, ...], tone: str, said: str
) -> None:
    rows = [
        {"table": f"t{number}", "expected": 1, "actual": 1, "bytes": None, "content": content}
        for number, content in enumerate(contents)
    ]
    figures = document(told_tables(*rows)).one("ul", cls="figures").all("li")
    (figure,) = [one for one in figures if one.text.startswith("tables compared")]
    assert ([f"tone-{tone}"], said) == (figure.classes, " ".join(figure.text.split()))


@pytest.mark.parametrize(
    ("seconds", "tone", "said"),
    [
        (10.0, "good", "within the objective of 10 s"),
        (10.1, "bad", "over the objective of 10 s"),
        (None, "unproven", "objective 10 s, not held against it"),
    ],
)
def test_a_time_is_green_only_within_its_objective(
    seconds: float | None, tone: str, said: str
) -> None:
    taken = sample.event(
        "measured",
        21,
        drill="pitr",
        name="time to proven",
        seconds=seconds,
        objective_seconds=10,
        note=None,
    )
    figures = document([*green(), taken]).one("ul", cls="figures").all("li")
    (figure,) = [one for one in figures if one.text.startswith("time to proven")]
    assert f"tone-{tone}" in figure.classes
    assert said in " ".join(figure.text.split())


def test_no_finding_is_claimed_where_nothing_was_looked_at() -> None:
    figures = document(without("proof_finished")).one("ul", cls="figures").all("li")
    (figure,) = [one for one in figures if one.text.startswith("findings")]
    assert "findings none told no proof was made" == " ".join(figure.text.split())


def test_allowed_differences_say_why() -> None:
    said = section(green(), "configuration").text
    assert "40 compared, 1 may differ" in said
    assert "DeletionProtection True False a drill's copy has to go again" in said


def test_a_plan_is_told_in_words() -> None:
    said = section(green(), "plan").text
    assert "updates aws_rds_cluster.core in place: 3 attributes" in said
    assert "Terraform 1.11.4, file sha256 c37b" in said


def kinds(events: list[sample.Plain]) -> dict[str, list[tuple[str, list[str]]]]:
    return {
        kind.outcome: [(reason.said, list(reason.subjects)) for reason in kind.reasons]
        for kind in untested.of(record(events).drills[0])
    }


def test_what_was_not_tested_is_sorted_by_reason() -> None:
    assert {
        "not proven": [
            (
                "there is no terraform on the PATH",
                ["Step 4: Adopt the restored cluster", "plan is safe"],
            ),
            ("pg_authid cannot be read", ["schema.roles: roles (roles hold)"]),
        ]
    } == kinds(unproven())


def test_what_was_withheld_bounded_and_waived_says_why() -> None:
    found = kinds(withheld())
    assert [("10 to 12 rows", ["content: public.granules"])] == found["bounded"]
    assert [
        (
            "known: until 2027-01-31, by dba@example.org",
            ["counts: public.granules (counts): expected 50,000, found 49,999"],
        )
    ] == found["waived"]
    assert ["a drill does not touch the live state"] == [said for said, _ in found["withheld"]]
    assert ["there is no [[expect]]"] == [said for said, _ in found["not applicable"]]


def test_what_no_restore_brings_back_is_declared() -> None:
    """R6: logs and Step Functions' history are never claimed."""
    for name in RUNS:
        said = section(RUNS[name](), "untested").text
        assert "logs kept by the cloud" in said
        assert "Step Functions" in said


def test_an_interrupted_run_reached_nothing_behind_its_step() -> None:
    found = kinds(interrupted())
    assert ["Step 3: Restore the cluster into quarantine"] == found["interrupted"][0][1]
    assert ["Step 4: Adopt the restored cluster"] == found["not reached"][0][1]


def past(day: int, word: str = "PROVEN", **changes: Any) -> PastDrill:
    content: dict[str, Any] = {
        "run": f"202605{day:02}-120000-ab12",
        "drill": "pitr",
        "cluster": "core-prod",
        "mode": "rehearsal",
        "began": datetime(2026, 5, day, 12, tzinfo=UTC),
        "word": word,
        "verdict": f"{word} rehearsal of core",
        "counts": False,
        "measured": {"time to writable": 5.0 + day},
        "outcomes": {},
        "rows": {"core: public.granules": 50000},
        "versions": {"moto": "5.2.4"},
        "exit_status": 0 if word == "PROVEN" else 1,
    }
    return PastDrill(**{**content, **changes})


def test_the_first_run_says_that_there_is_nothing_to_compare() -> None:
    assert "holds no earlier run" in section(green(), "before").text


def test_what_changed_since_the_last_green_run_is_told() -> None:
    shown = section(green(), "before", (past(1), past(2), past(3, "FAILED")))
    assert "The last green run before this one began 2026-05-02 12:00:00 UTC" in shown.text
    assert "version of moto: 5.2.4 →became 5.2.5" in shown.text


def test_a_trend_has_a_point_a_run_and_a_table_for_those_who_do_not_see_it() -> None:
    shown = section(green(), "before", (past(1), past(2), past(3, "FAILED")))
    assert (3, 1) == (len(shown.all("circle", cls="past")), len(shown.all("circle", cls="now")))
    assert ["6 s", "7 s", "8 s", "8.5 s"] == [
        row.all("td")[1].text for row in shown.one("tbody").all("tr")
    ]


def test_a_trend_begins_at_nought() -> None:
    """Half the time is half as high: no axis makes much of little."""
    shown = section(green(), "before", (past(1, measured={"time to writable": 4.25}),))
    tops = [float(one.attributes["cy"].rstrip("%")) for one in shown.all("circle")]
    assert [51.0, 12.0] == tops


def test_runs_of_another_cluster_drill_or_mode_are_not_compared_with() -> None:
    others = (past(1, cluster="other"), past(2, drill="snapshot"), past(3, mode="drill"))
    assert "holds no earlier run" in section(green(), "before", others).text


def test_requirements_are_worth_what_their_worst_proof_is() -> None:
    events = failed()
    rows = section(events, "requirements").one("tbody").all("tr")
    assert [("R35", "✗ failed")] == [(row.one("th").text, row.all("td")[0].text) for row in rows]


def run_section(events: list[sample.Plain]) -> str:
    return document(events).one("section", id="run").text


def test_every_control_is_told_with_how_far_the_run_speaks_to_it() -> None:
    said = run_section(green())
    for control in ("CP-4", "CP-9(1)", "A.8.13", "A1.3", "DORA article 12"):
        assert control in said


def test_cleanup_is_proven_or_said_not_to_be() -> None:
    assert "Removed: the proof of cleanup" in run_section(green())
    assert "logs /tmp/pgd-1 2026-06-02 12:00:00 UTC" in run_section(green())
    assert "There is no proof that everything was removed" in run_section(interrupted())
    assert "Nothing was kept." in run_section(without("kept"))


def test_settings_read_like_their_file() -> None:
    said = run_section(green())
    assert "source.login host=db password=***" in said
    assert "1 setting left unset" in said
