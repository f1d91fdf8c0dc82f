"""JUnit from the journal: every outcome in its colour, totals right, fit for Jenkins' schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest

from reports.journal import Events
from reports.junit import render
from reports.run_record import RunRecord
from tests.reports import sample
from tests.reports.test_journal import NASTY

# Jenkins' xunit plugin, junit-10.xsd: each element's attributes (! required) and children.
SHAPE: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name!", "tests!", "failures!", "errors!", "group", "time", "skipped", "timestamp"}
        | {"hostname", "id", "package", "file", "log", "url", "version"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name!", "value!"}, set()),
    "testcase": (
        {"name!", "time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    **{red: ({"type", "message"}, set()) for red in ("skipped", "error", "failure")},
    **{output: (set(), set()) for output in ("system-out", "system-err")},
}
SUREFIRE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")


def check_shape(element: ElementTree.Element) -> None:
    """Raise AssertionError unless the element is as junit-10.xsd wants it."""
    attributes, children = SHAPE[element.tag]
    required = {name[:-1] for name in attributes if name.endswith("!")}
    assert required <= set(element.attrib), element.tag
    assert set(element.attrib) <= {name.rstrip("!") for name in attributes}, element.tag
    assert {child.tag for child in element} <= children, element.tag
    if "time" in element.attrib:
        assert SUREFIRE_TIME.fullmatch(element.attrib["time"])
    if len(element):
        assert not (element.text or "").strip(), element.tag
    for child in element:
        check_shape(child)


def check_totals(root: ElementTree.Element) -> None:
    """Raise AssertionError unless the counts are those of the cases."""
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for within in [root, *root.findall("testsuite")]:
        cases = list(within.iter("testcase"))
        assert int(within.attrib["tests"]) == len(cases)
        for name, tag in tags.items():
            if name in within.attrib:
                expected = sum(case.find(tag) is not None for case in cases)
                assert int(within.attrib[name]) == expected, (within.tag, name)
        seconds = sum(float(case.attrib["time"]) for case in cases)
        assert float(within.attrib["time"]) == pytest.approx(seconds)


def suites(events: Iterable[Mapping[str, Any]]) -> ElementTree.Element:
    """Render, parse, and check what must hold of every report."""
    run = RunRecord(Events(sample.typed_all(events), truncated=False))
    root = ElementTree.fromstring(render(run))  # noqa: S314
    check_shape(root)
    check_totals(root)
    return root


def rows(root: ElementTree.Element) -> list[tuple[str, str, str]]:
    """(name, colour, message) of every case; the colour of a passed one is "passed"."""
    told = []
    for case in root.iter("testcase"):
        red = next((child for child in case if child.tag in ("skipped", "error", "failure")), None)
        colour, message = ("passed", "") if red is None else (red.tag, red.attrib["message"])
        told.append((case.attrib["name"], colour, message))
    return told


def case(root: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = [one for one in root.iter("testcase") if one.attrib["name"] == name]
    return found


def properties(root: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")}


WITHHELD = "withheld: a drill does not touch the live state"
BEGUN = [sample.run_started(), sample.procedure()]
ONE_AND_TWO = [*sample.step(1), *sample.step(2)]
ALL_STEPS = [*ONE_AND_TWO, *sample.step(3), *sample.step(4)]


def test_a_proven_run_reads_as_its_runbook() -> None:
    root = suites(sample.green())
    assert rows(root) == [
        ("01 Describe the source", "passed", ""),
        ("02 Fence the source: no new connections, none left open", "passed", ""),
        ("03 Restore the cluster into quarantine", "passed", ""),
        ("every table kept its rows", "passed", ""),
        ("04 Adopt the restored cluster", "skipped", WITHHELD),
        ("verdict", "passed", ""),
    ]
    (suite,) = root
    assert suite.attrib["name"] == "pitr"
    assert suite.attrib["timestamp"] == "2026-06-01T12:00:01+00:00"
    groups = Counter(one.attrib["classname"] for one in suite.findall("testcase"))
    assert groups == {"pitr.runbook": 5, "pitr.proofs": 1}
    assert case(root, "03 Restore the cluster into quarantine").findtext("system-out") == (
        "creating, 40 %"
    )
    assert (case(root, "verdict").findtext("system-out") or "").splitlines() == [
        "PROVEN rehearsal of core (1 withheld)",
        "4 passed",
        "1 withheld",
        "withheld: adopted_state",
        "selected: 5 of 5",
    ]


def test_what_a_reader_asks_stands_in_the_properties() -> None:
    assert properties(suites(sample.green())) == {
        "run": "20260601-120000-ab12",
        "cluster": "core-prod",
        "settings file": "clusters/core-prod.toml",
        "mode": "rehearsal",
        "cloud": "rehearsal",
        "engine": "system 15.14 (/usr/lib/postgresql/15/bin)",
        "by": "me@here",
        "platform": "Linux x86_64",
        "commit": "3ebce1d",
        "evidence": "/home/me/evidence/1",
        "version: pytest": "9.2.0",
        "version: moto": "5.2.5",
        "verdict": "PROVEN rehearsal of core (1 withheld)",
        "source": "core (cluster-ABC), cluster, aurora-postgresql 15.14, databases core",
        "backup": "core, continuous, complete at 2026-06-01 11:59:10+00:00, 52 s old, "
        "0/2000028 to 0/2000100, timeline 1, system 7300000000000000001, 10000000 bytes",
        "recovery target asked": "2026-06-01T11:59:21+00:00",
        "recovery target reached": "2026-06-01 11:59:20+00:00, 0/3000060, timeline 2, "
        "system 7300000000000000001",
        "sabotaged on purpose": "a row is gone: deleted one row (public.granules), seed 7; "
        "to be noticed by counts",
        "moment: last good marker": "2026-06-01 11:59:20+00:00",
        "moment: first bad marker": "2026-06-01 11:59:23+00:00",
        "source: arn": "a:b",
        "source: ports": "1, 2",
        "measured: time to writable": "8.500 s, objective 7200 s (fsync on)",
        "measured: time to service": "not measured (not measured in a drill)",
        "requirements: every table kept its rows": "R35",
    }


def test_a_failed_proof_shows_its_findings() -> None:
    missing = {**sample.FINDING, "subject": "public.rules", "actual": None}
    failed = sample.proof(
        "every table kept its rows", "failed", findings=[sample.FINDING, missing], reason="x"
    )
    verdict = sample.verdict("FAILED rehearsal of core: 1 failed, 0 not reached", 1)
    root = suites([*BEGUN, *ALL_STEPS, failed, verdict, sample.run_finished(1)])
    failure = case(root, "every table kept its rows").find("failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "finding",
        "message": "public.granules: expected 50000, found 49999 (and 1 more)",
    }
    assert failure.text == (
        "counts: public.granules\n"
        "  property: counts\n"
        "  expected: 50000\n"
        "  actual:   49999\n"
        "  remedy:   restore again and compare\n"
        "\n"
        "counts: public.rules\n"
        "  property: counts\n"
        "  expected: 50000\n"
        "  actual:   nothing\n"
        "  remedy:   restore again and compare"
    )
    assert rows(root)[-1] == (
        "verdict",
        "failure",
        "FAILED rehearsal of core: 1 failed, 0 not reached",
    )


def test_a_failed_step_leaves_later_ones_not_reached() -> None:
    failed = sample.step(3, "failed", reason="the cluster went to state failed")
    later = sample.proof("every table kept its rows", "not reached", reason="step 3 failed")
    verdict = sample.verdict("FAILED rehearsal of core: 1 failed, 2 not reached", 1)
    root = suites([*BEGUN, *ONE_AND_TWO, *failed, later, verdict, sample.run_finished(1)])
    because = "not reached: step 3 (Restore the cluster into quarantine) failed"
    assert rows(root)[2:] == [
        ("03 Restore the cluster into quarantine", "failure", "the cluster went to state failed"),
        ("every table kept its rows", "skipped", "not reached: step 3 failed"),
        ("04 Adopt the restored cluster", "skipped", because),
        ("verdict", "failure", "FAILED rehearsal of core: 1 failed, 2 not reached"),
    ]


@pytest.mark.parametrize(
    ("outcome", "content", "colour", "message"),
    [
        ("passed", {}, "passed", ""),
        ("failed", {"reason": "assert 1 == 2"}, "failure", "assert 1 == 2"),
        ("failed", {}, "failure", "failed"),
        ("bounded", {"bound": "between 10 and 12 rows"}, "passed", ""),
        ("waived", {"reason": "log_exports until 2027-01-31", "findings": [1]}, "passed", ""),
        ("not proven", {"reason": "no terraform"}, "skipped", "not proven: no terraform"),
        (
            "not applicable",
            {"reason": "no [terraform]"},
            "skipped",
            "not applicable: no [terraform]",
        ),
        ("withheld", {"reason": "live state"}, "skipped", "withheld: live state"),
        ("not reached", {"reason": "step 1 failed"}, "skipped", "not reached: step 1 failed"),
    ],
)
def test_each_outcome_has_its_colour(
    outcome: str, content: dict[str, Any], colour: str, message: str
) -> None:
    """DESIGN 8's eight outcomes: none but passed, bounded and waived is a bare pass."""
    if "findings" in content:
        content = {**content, "findings": [sample.FINDING]}
    end = [sample.verdict("whatever", 0), sample.run_finished()]
    root = suites([*BEGUN, *ALL_STEPS, sample.proof("it holds", outcome, **content), *end])
    assert ("it holds", colour, message) in rows(root)
    told = content.get("bound") or content.get("reason") or ""
    if outcome in ("bounded", "waived"):
        assert properties(root)[f"{outcome}: it holds"] == told
        output = case(root, "it holds").findtext("system-out") or ""
        assert output.startswith(f"{outcome}: {told}")
        assert ("public.granules" in output) is (outcome == "waived")


def test_what_was_not_seen_is_told_beside_the_findings() -> None:
    """A proof that failed may have left things unseen, too."""
    failed = sample.proof("it holds", "failed", findings=[sample.FINDING], gaps=[sample.GAP])
    root = suites([*BEGUN, *ALL_STEPS, failed, sample.verdict("FAILED", 1)])
    failure = case(root, "it holds").find("failure")
    assert failure is not None
    assert (failure.text or "").startswith("counts: public.granules\n")
    assert (failure.text or "").endswith("not seen: schema.roles: roles: pg_authid cannot be read")


def test_a_proof_with_gaps_is_no_bare_pass() -> None:
    gaps = [{**sample.GAP, "subject": f"role {number}"} for number in range(30)]
    unproven = sample.proof("it holds", "not proven", reason="30 roles", gaps=gaps)
    root = suites([*BEGUN, *ALL_STEPS, unproven, sample.verdict("NOT PROVEN", 0)])
    skipped = case(root, "it holds").find("skipped")
    assert skipped is not None
    assert skipped.attrib == {"message": "not proven: 30 roles"}
    assert (skipped.text or "").count("not seen: schema.roles: role ") == 30


def test_bounds_and_waived_findings_are_in_the_output_of_their_case() -> None:
    passed = sample.proof(
        "it holds",
        "bounded",
        bound="content: public.granules: 10 to 12 rows",
        bounds=[sample.BOUND],
        waived=[sample.WAIVED],
    )
    root = suites([*BEGUN, *ALL_STEPS, passed, sample.verdict("PROVEN", 0)])
    assert (case(root, "it holds").findtext("system-out") or "").splitlines() == [
        "bounded: content: public.granules: 10 to 12 rows",
        "waived: counts: public.granules",
        "  property: counts",
        "  expected: 50000",
        "  actual:   49999",
        "  remedy:   restore again and compare",
        "  waived:   until 2027-01-31 by dba@example.org: known",
    ]


@pytest.mark.parametrize(
    ("line", "exit_status", "colour"),
    [
        ("PROVEN rehearsal of core", 0, "passed"),
        ("NOT PROVEN (plan): core", 0, "skipped"),
        ("NOT PROVEN (plan): core", 1, "failure"),
        ("FAILED rehearsal of core", 1, "failure"),
        ("INTERRUPTED at step 3", 2, "failure"),
        ("NOTHING TO PROVE about core", 5, "failure"),
        ("PARTIAL 3 of 9", 0, "skipped"),
        ("WAITING at step 3 of 9: Restore", 75, "skipped"),
        ("PARTIAL 3 of 9: 1 failed", 1, "failure"),
    ],
)
def test_a_verdict_is_red_unless_the_exit_status_is_0_and_green_only_where_it_held(
    line: str, exit_status: int, colour: str
) -> None:
    outcomes = {"not proven": 1}
    verdict = sample.verdict(line, exit_status, word=None, not_proven=["plan"], outcomes=outcomes)
    root = suites([*BEGUN, *ALL_STEPS, verdict, sample.run_finished(exit_status)])
    assert rows(root)[-1] == ("verdict", colour, "" if colour == "passed" else line)
    if colour == "failure":
        failure = case(root, "verdict").find("failure")
        assert failure is not None
        expected = f"1 not proven\nnot proven: plan\nexit status {exit_status}"
        assert failure.text == expected


KILLED = {
    "before anything": ([], "interrupted before the first step"),
    "before the procedure": ([sample.run_started()], "interrupted before the first step"),
    "before the first step": (BEGUN, "interrupted before the first step"),
    "in a step": (
        [*BEGUN, *ONE_AND_TWO, sample.step_started(3)],
        "interrupted at step 3: Restore the cluster into quarantine",
    ),
    "between steps": (
        [*BEGUN, *ONE_AND_TWO],
        "interrupted after step 2: Fence the source: no new connections, none left open",
    ),
    "among proofs": (
        [*BEGUN, *ALL_STEPS, sample.proof("it holds")],
        "interrupted after step 4: Adopt the restored cluster",
    ),
    "before the verdict": (
        [*BEGUN, *ALL_STEPS, sample.run_finished(3)],
        "no verdict: the run ended with exit status 3",
    ),
}


@pytest.mark.parametrize(("events", "where"), KILLED.values(), ids=list(KILLED))
def test_a_run_without_a_verdict_is_an_error_that_says_where(
    events: list[dict[str, Any]], where: str
) -> None:
    root = suites(events)
    assert rows(root)[-1] == ("verdict", "error", where)
    assert int(root.attrib["errors"]) >= 1


def test_the_step_in_hand_is_an_error_and_later_ones_are_not_reached() -> None:
    where = "interrupted at step 3: Restore the cluster into quarantine"
    assert rows(suites([*BEGUN, *ONE_AND_TWO, sample.step_started(3)]))[2:] == [
        ("03 Restore the cluster into quarantine", "error", where),
        ("04 Adopt the restored cluster", "skipped", f"not reached: {where}"),
        ("verdict", "error", where),
    ]


def test_every_prefix_of_a_run_is_red_until_its_end() -> None:
    events = sample.green()
    for count in range(len(events) + 1):
        root = suites(events[:count])
        assert (int(root.attrib["errors"]) > 0) is (count < len(events))


def test_an_interrupted_run_that_could_still_judge_shows_its_step_as_an_error() -> None:
    verdict = sample.verdict("INTERRUPTED at step 3", 2)
    root = suites([*BEGUN, *ONE_AND_TWO, sample.step_started(3), verdict, sample.run_finished(2)])
    assert [colour for _, colour, _ in rows(root)[2:]] == ["error", "skipped", "failure"]


def test_steps_that_were_not_selected_are_told_as_such() -> None:
    verdict = sample.verdict("PARTIAL 1 of 5", 0, partial={"ran": 1, "of": 5})
    root = suites([*BEGUN, *sample.step(1), verdict, sample.run_finished()])
    assert rows(root)[1][1:] == ("skipped", "not reached: not selected")


def test_each_drill_has_a_suite() -> None:
    other = [{**one, "drill": "snapshot"} for one in [sample.procedure(), *sample.step(1)]]
    verdicts = [sample.verdict("PROVEN", 0), sample.verdict("FAILED", 1, drill="snapshot")]
    root = suites([*BEGUN, *ALL_STEPS, *other, *verdicts, sample.run_finished(1)])
    told = [(suite.attrib["name"], suite.attrib["failures"]) for suite in root]
    assert told == [("pitr", "0"), ("snapshot", "1")]


def test_a_verdict_on_the_run_is_that_of_its_only_drill() -> None:
    verdict = sample.verdict("FAILED", 1, drill=None)
    root = suites([*BEGUN, *ALL_STEPS, verdict, sample.run_finished(1)])
    assert [suite.attrib["name"] for suite in root] == ["pitr"]
    assert rows(root)[-1] == ("verdict", "failure", "FAILED")


def test_a_verdict_on_a_run_of_several_drills_has_a_suite_of_its_own() -> None:
    other = {**sample.procedure(), "drill": "snapshot"}
    verdict = sample.verdict("FAILED", 1, drill=None)
    root = suites([*BEGUN, *ALL_STEPS, other, verdict, sample.run_finished(1)])
    assert [suite.attrib["name"] for suite in root] == ["pitr", "snapshot", "run"]
    assert rows(root)[-1] == ("verdict", "failure", "FAILED")


def test_proofs_that_share_a_title_are_told_apart() -> None:
    two = [sample.proof("it holds", name=f"test_x.py::test_x[{name}]") for name in "ab"]
    root = suites([*BEGUN, *ALL_STEPS, *two, sample.verdict("PROVEN", 0)])
    names = [name for name, _, _ in rows(root) if name.startswith("it holds")]
    assert names == ["it holds [test_x.py::test_x[a]]", "it holds [test_x.py::test_x[b]]"]


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_names_of_any_characters_are_shown_as_text(text: str) -> None:
    finding = {**sample.FINDING, "subject": text, "expected": text, "remedy": text}
    events = [
        sample.run_started(),
        sample.event(
            "procedure_declared",
            drill=text,
            steps=[{"number": 1, "name": "x", "title": text, "touches": "nothing"}],
        ),
        sample.event("facts", drill=text, subject=text, facts={text: text}),
        sample.event("step_note", drill=text, number=1, text=text),
        sample.proof(text, "failed", drill=text, findings=[finding]),
        sample.verdict(text, 1, drill=text, not_proven=[text]),
        sample.run_finished(1),
    ]
    root = suites(events)
    shown = re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    line = " ".join(shown.split())
    assert [name for name, _, _ in rows(root)] == [f"01 {line}", line, "verdict"]
    assert properties(root)[f"{line}: {line}"] == shown
    failure = case(root, "verdict").find("failure")
    assert failure is not None
    assert failure.attrib["message"] == shown
    assert {element.tag for element in root.iter()} <= set(SHAPE)


def test_the_check_of_the_shape_notices_what_jenkins_would_refuse() -> None:
    for bad in (
        "<testsuites><testcase name='x'/></testsuites>",
        "<testsuites skipped='1'/>",
        "<testsuite tests='1' failures='0' errors='0'/>",
        "<testcase name='x'><properties/></testcase>",
        "<testcase name='x' time='1.2345'/>",
    ):
        with pytest.raises(AssertionError):
            check_shape(ElementTree.fromstring(bad))  # noqa: S314


# --- what GitLab, Jenkins and GitHub bear ------------------------------------------------------


def test_five_thousand_findings_are_a_hundred_and_a_number() -> None:
    many = [{**sample.FINDING, "subject": f"public.t{number}"} for number in range(5000)]
    lists = {
        "gaps": [sample.GAP] * 5000,
        "bounds": [{**sample.BOUND, "subject": f"b{number}"} for number in range(5000)],
        "waived": [sample.WAIVED] * 5000,
    }
    root = suites([*BEGUN, *ALL_STEPS, sample.proof("it holds", "failed", findings=many, **lists)])
    failure = case(root, "it holds").find("failure")
    assert failure is not None
    assert failure.attrib["message"].endswith("(and 4999 more)")
    assert (failure.text or "").count("counts: public.t") == 100
    assert (failure.text or "").count("… and 4,900 more, in the journal") == 2
    assert (case(root, "it holds").findtext("system-out") or "").count("bounded: ") == 100


def test_a_report_of_the_worst_run_is_one_that_gitlab_reads() -> None:
    """30 MB a file: 70 proofs, each with more findings of greater length than are shown."""
    long = {**sample.FINDING, "expected": "x" * 100_000, "actual": "y" * 100_000}
    proofs = [sample.proof(f"proof {n}", "failed", findings=[long] * 150) for n in range(70)]
    run = RunRecord(Events(sample.typed_all([*BEGUN, *ALL_STEPS, *proofs]), truncated=False))
    content = render(run)
    assert len(content) < 10_000_000
    check_shape(ElementTree.fromstring(content))  # noqa: S314


def test_no_two_cases_have_one_name() -> None:
    """Of two, GitLab keeps the first and drops the second, red or not."""
    twice = [sample.proof("it holds", name="x::same", family=None) for _ in range(2)]
    long = [sample.proof("x" * 300 + str(number)) for number in range(2)]
    root = suites([*BEGUN, *ALL_STEPS, *twice, *long, sample.verdict("PROVEN", 0)])
    keys = [(one.attrib["classname"], one.attrib["name"]) for one in root.iter("testcase")]
    assert len(set(keys)) == len(keys)
    assert max(len(name) for _, name in keys) <= 255


def test_what_is_skipped_says_why_in_its_text_too() -> None:
    """GitLab shows the text, Jenkins the message."""
    root = suites(sample.green())
    skipped = case(root, "04 Adopt the restored cluster").find("skipped")
    assert skipped is not None
    assert (skipped.attrib["message"], skipped.text) == (WITHHELD, WITHHELD)
