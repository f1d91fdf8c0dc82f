"""ALARM RANG and ALARM SILENT (DESIGN 8), with a real pytest around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fixtures.negative_control.alarm import Sabotaged, hear
from fixtures.verdict import Verdict
from tests.daily import daily
from tests.harness.fix_project import DEFAULT_STEPS, Project, Result

SABOTAGED = DEFAULT_STEPS.replace(
    "def writable_copy(restored_cluster):",
    """def writable_copy(restored_cluster, drill_run):
    from fixtures.negative_control.alarm import Sabotaged
    seed = drill_run.run.negative_control
    if seed is not None:
        done = "deleted one row"
        drill_run.sabotaged = Sabotaged(seed, "row gone", "public.t", done, ("counts",))
        drill_run.tell("sabotaged", **drill_run.sabotaged.as_dict())""",
)
NOTICED = """
    def test_rows(writable_copy, judge):
        findings = judge(Judgement((Finding("{check}", "{subject}", 10, 9, "restore again"),)))
        assert findings == []
"""
BLIND = """
    def test_rows(writable_copy, judge):
        assert judge(Judgement()) == []
"""
WAIVER = """
[[waiver]]
check = "counts"
object = "public.t"
property = "counts"
reason = "known"
expires = 2999-01-01
by = "dba@example.org"
"""
everywhere = pytest.mark.parametrize("how", [(), ("-n2",)], ids=["alone", "-n2"])


def notices(check: str = "counts", subject: str = "public.t") -> str:
    return NOTICED.format(check=check, subject=subject)


def sabotaged(project: Project, proofs: str, *options: str, steps: str = SABOTAGED) -> Result:
    project.drill(steps=steps, proofs=proofs)
    return project.run("drills/sample", "--negative-control=7", *options)


def cases(result: Result) -> dict[str, str]:
    """JUnit's colours by the name of the case."""
    (file,) = (result.folder / "evidence").glob("*/junit.xml")
    root = ElementTree.fromstring(file.read_bytes())  # noqa: S314
    colours = {}
    for case in root.iter("testcase"):
        red = [child for child in case if child.tag in ("failure", "error", "skipped")]
        told = f"{red[0].tag}: {red[0].get('message')}" if red else "green"
        colours[str(case.get("name"))] = told
    return colours


def event(result: Result, kind: str) -> dict[str, Any]:
    return next(event for event in result.events if event["event"] == kind)


@everywhere
def test_it_rings_and_is_0_where_a_check_names_what_was_sabotaged(
    project: Project, how: tuple[str, ...]
) -> None:
    result = sabotaged(project, notices(), *how)

    assert 0 == result.status, result.out
    assert (
        "ALARM RANG sample: seed 7 deleted one row (public.t), and counts noticed; "
        "1 claim failed as it must" == result.verdict
    )
    assert "failed as it must" in result.out.partition(" FAILURES ")[0]
    assert "failed" == result.outcomes()["test_rows"]
    assert 7 == event(result, "run_started")["negative_control"]
    assert (7, "public.t") == (
        event(result, "sabotaged")["seed"],
        event(result, "sabotaged")["subject"],
    )
    assert (
        0 == event(result, "verdict")["exit_status"] == event(result, "run_finished")["exit_status"]
    )


def test_a_job_is_green_where_it_rang_and_no_claim_is(project: Project) -> None:
    """What CI servers show: no failure, and what failed on purpose is no proof either."""
    colours = cases(sabotaged(project, notices()))

    assert "green" == colours["verdict"]
    assert "skipped: failed as it must: public.t: expected 10, found 9" in colours.values()
    assert not [told for told in colours.values() if told.startswith(("failure", "error"))]


SILENT = {
    # proofs: what the verdict says
    "nobody noticed": (BLIND, "counts noticed nothing"),
    "another check noticed something": (notices(check="content"), "counts noticed nothing"),
    "another object": (notices(subject="public.t2"), "counts noticed nothing"),
    "it could not look": (
        """
        def test_rows(writable_copy, judge):
            assert judge(Judgement(gaps=(Gap("counts", "public.t", "no right"),))) == []
        """,
        "counts could not look: no right",
    ),
    "a proof broke off": (
        """
        def test_rows(writable_copy):
            raise RuntimeError("public.t counts")
        """,
        "counts noticed nothing",
    ),
}


@pytest.mark.parametrize(
    "proofs", daily(SILENT, "nobody noticed", "another object", "it could not look")
)
def test_it_is_silent_and_1_for_every_other_reason(project: Project, proofs: str) -> None:
    body, why = SILENT[proofs]
    result = sabotaged(project, body)

    assert 1 == result.status, result.out
    assert f"ALARM SILENT sample: seed 7 deleted one row (public.t), and {why}" == result.verdict
    assert cases(result)["verdict"].startswith("failure: ALARM SILENT")


@everywhere
def test_silence_is_1_under_xdist_too(project: Project, how: tuple[str, ...]) -> None:
    assert 1 == sabotaged(project, BLIND, *how).status


def test_a_finding_that_is_waived_does_not_ring(project: Project) -> None:
    (project.folder / "drill.toml").write_text(WAIVER)
    result = sabotaged(project, notices())

    assert 1 == result.status, result.out
    assert result.verdict.endswith("a waiver covers what counts found: waive less")


def test_a_run_that_never_came_to_the_sabotage_is_silent(project: Project) -> None:
    broken = SABOTAGED.replace("{restore}", 'raise RuntimeError("disk full")')
    result = sabotaged(project, notices(), steps=broken)

    assert 1 == result.status, result.out
    assert (
        "ALARM SILENT sample: the copy was never sabotaged: step 3 is failed (disk full)"
        in result.verdict.replace("RuntimeError: ", "")
    )


def test_a_drill_that_never_sabotages_is_told(project: Project) -> None:
    """A drill of one's own (drills/local) that forgot it can never look as if it had rung."""
    result = sabotaged(project, BLIND, steps=DEFAULT_STEPS)

    assert 1 == result.status, result.out
    assert result.verdict.endswith("no step of this drill calls fixtures.negative_control.strike")


def test_what_could_not_be_undone_is_red_whoever_noticed(project: Project) -> None:
    steps = SABOTAGED.replace('note("undo restored")', 'raise RuntimeError("still there")')
    result = sabotaged(project, notices(), steps=steps)

    assert 1 == result.status, result.out
    assert result.verdict.startswith("FAILED sample: undoing a step failed")


def test_a_test_that_failed_beside_the_drill_is_red(project: Project) -> None:
    project.drill(steps=SABOTAGED, proofs=notices())
    (project.folder / "test_other.py").write_text("def test_it():\n    assert False\n")

    result = project.run("drills/sample", "test_other.py", "--negative-control=7")

    assert 1 == result.status, result.out
    assert result.verdict.startswith("ALARM RANG")


def test_every_drill_must_ring(project: Project) -> None:
    project.drill(steps=SABOTAGED, proofs=notices())
    project.drill("other", steps=SABOTAGED, proofs=BLIND)

    result = project.run("drills", "--negative-control=7")

    words = [event["word"] for event in result.events if event["event"] == "verdict"]
    assert {"ALARM RANG", "ALARM SILENT"} == set(words)
    assert 1 == result.status, result.out


def test_the_gate_never_lets_a_sabotaged_copy_pass(project: Project) -> None:
    """Also where nobody noticed: nothing is built on it, and no client is moved to it."""
    gate = """
@procedure.step("Pass the gate", touches="nothing")
def passed_gate(writable_copy, drill_run):
    refuse(drill_run.failed_claims)

@procedure.step("Adopt the copy", touches="state")
def adopted_state(passed_gate):
    note("adopted")
"""
    result = sabotaged(project, BLIND, steps=SABOTAGED + gate)

    assert 1 == result.status, result.out
    assert "failed" == result.outcomes()["passed_gate"]
    assert "adopted" not in result.log
    assert "sabotaged on purpose (--negative-control)" in result.out


@pytest.mark.parametrize(
    "keep",
    [pytest.param((), id="default", marks=pytest.mark.slow), ("--keep-restored=failed",)],
)
def test_nothing_of_a_sabotaged_copy_is_kept(project: Project, keep: tuple[str, ...]) -> None:
    result = sabotaged(project, BLIND, *keep)

    assert 1 == result.status
    assert not [event for event in result.events if event["event"] == "kept"]
    assert [] == list(project.work.iterdir())


def test_without_a_seed_one_is_chosen_and_told(project: Project) -> None:
    project.drill(steps=SABOTAGED, proofs=notices())
    seeds = set()
    for _ in range(2):
        result = project.run("drills/sample", "--negative-control")
        assert 0 == result.status, result.out
        seeds.add(event(result, "run_started")["negative_control"])
        assert f"seed {event(result, 'sabotaged')['seed']} " in result.verdict
    assert 2 == len(seeds)


def test_without_the_option_nothing_is_sabotaged(project: Project) -> None:
    project.drill(steps=SABOTAGED, proofs=BLIND)
    result = project.run("drills/sample")

    assert (0, "PROVEN sample") == (result.status, result.verdict)
    assert event(result, "run_started")["negative_control"] is None


REFUSED = {
    "no number": (("--negative-control=often",), "--negative-control=often: the seed is a whole"),
    "below zero": (("--negative-control=-1",), "--negative-control=-1: the seed is a whole number"),
    "kept": (("--negative-control", "--keep-restored=always"), "is never kept"),
    "-k": (("--negative-control", "-k", "rows"), "only whole drills"),
    "-m": (("--negative-control", "-m", "not after_proofs"), "only whole drills"),
    "-x": (("--negative-control", "-x"), "only whole drills"),
    "--lf": (("--negative-control", "--lf"), "only whole drills"),
    "a single proof": (
        ("drills/sample/test_counts.py::test_rows", "--negative-control"),
        "only whole drills",
    ),
}


@pytest.mark.parametrize("case", daily(REFUSED, "no number", "kept", "-k"))
def test_what_cannot_be_a_negative_control_is_refused_in_one_line(
    project: Project, case: str
) -> None:
    options, told = REFUSED[case]
    project.drill(steps=SABOTAGED, proofs=notices())

    result = project.run(*([] if "::" in options[0] else ["drills/sample"]), *options)

    assert 4 == result.status, result.out
    (line,) = result.err.strip().splitlines()
    assert told in line
    assert [] == result.log
    assert not (project.folder / "evidence").exists() or not list(
        Path(project.folder / "evidence").iterdir()
    )


def test_a_drill_that_was_taken_for_the_seed_is_told(project: Project) -> None:
    """argparse takes the next word: nothing is run in place of the drill that was meant."""
    project.drill(steps=SABOTAGED, proofs=notices())
    (project.folder / "tests").mkdir()
    (project.folder / "tests" / "test_other.py").write_text("def test_it():\n    pass\n")

    result = project.run("--negative-control", "drills/sample")

    assert 4 == result.status, result.out
    assert "--negative-control behind the drill" in result.err
    assert [] == result.log


def test_without_a_drill_it_is_refused(project: Project) -> None:
    (project.folder / "test_other.py").write_text("def test_it():\n    pass\n")

    result = project.run("test_other.py", "--negative-control")

    assert 4 == result.status, result.out
    assert "no drill is asked for" in result.err


DONE = Sabotaged(7, "row gone", "public.t", "deleted one row", ("counts",))
FINDING = {"check": "counts", "subject": "public.t"}
REPORT = {
    "kind": "proof",
    "title": "Rows",
    "outcome": "failed",
    "reason": "1 finding",
    "findings": [FINDING],
    "waived": [],
    "gaps": [],
    "sabotaged": DONE.as_dict(),
}


def heard(word: str, exit_status: int | None, *reports: dict[str, Any]) -> tuple[str, int | None]:
    verdict = hear(Verdict(word, word, exit_status, {}), "core", reports)
    return verdict.word, verdict.exit_status


@pytest.mark.parametrize(("word", "status"), [("INTERRUPTED", 2), ("BAD INPUT", 4)])
def test_what_ended_the_run_is_told_whoever_noticed(word: str, status: int) -> None:
    assert (word, status) == heard(word, status, REPORT)


@pytest.mark.parametrize(
    ("word", "status"), [("FAILED", 1), ("NOT PROVEN", 0), ("NOT PROVEN", 1), ("PROVEN", 0)]
)
def test_only_the_finding_decides(word: str, status: int) -> None:
    assert ("ALARM RANG", 0) == heard(word, status, REPORT)
    assert ("ALARM SILENT", 1) == heard(word, status, {**REPORT, "findings": []})


def test_nothing_to_prove_is_no_alarm() -> None:
    assert ("ALARM SILENT", 1) == heard("NOTHING TO PROVE", 5, {**REPORT, "findings": []})


@pytest.mark.parametrize(
    ("check", "subject", "meant"),
    [
        ("counts", "public.t", True),
        ("counts.rows", "public.t", True),
        ("countsy", "public.t", False),
        ("content", "public.t", False),
        ("counts", "public.t.c", False),
        ("counts", "other: public.t", False),
    ],
)
def test_a_finding_must_be_of_the_check_and_about_the_object(
    check: str, subject: str, meant: bool
) -> None:
    assert meant is DONE.is_met_by({"check": check, "subject": subject})
