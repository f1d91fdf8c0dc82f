"""A drill performs its runbook once, in order, and tells one failure from its echoes."""

from __future__ import annotations

import pytest

from tests.harness.fix_project import Project

DISTRIBUTIONS = [
    pytest.param((), id="plain"),
    pytest.param(("-n0",), id="-n0", marks=pytest.mark.slow),
    pytest.param(("-n2",), id="-n2"),
    pytest.param(("-p", "no:xdist"), id="without xdist", marks=pytest.mark.slow),
]
# Reports of steps come from a worker in one way, which the tests of all DISTRIBUTIONS show.
alone_or_at_night = pytest.mark.parametrize(
    "how",
    [
        pytest.param((), id="plain"),
        pytest.param(("-n0",), id="-n0", marks=pytest.mark.slow),
        pytest.param(("-n2",), id="-n2", marks=pytest.mark.slow),
    ],
)


@pytest.mark.parametrize("how", DISTRIBUTIONS)
def test_steps_run_once_in_order_and_are_undone_in_reverse(
    project: Project, how: tuple[str, ...]
) -> None:
    project.drill()

    result = project.run(*how, "drills/sample")

    assert 0 == result.status, result.out
    assert [
        "described",
        "fenced",
        "restored",
        "probed",
        "undo restored",
        "undo fenced",
        "undo described",
    ] == result.log
    assert "PROVEN sample" == result.verdict


def test_rows_come_before_the_proofs_that_need_them_and_the_verdict_last(project: Project) -> None:
    project.drill()

    result = project.run("--collect-only", "-q", "drills/sample")

    names = [line.rpartition("::")[2] for line in result.out.splitlines() if "::" in line]
    assert [
        "1-described_source",
        "2-fenced_source",
        "test_fence_holds",
        "3-restored_cluster",
        "4-writable_copy",
        "test_alphabetically_first_yet_last_in_the_runbook",
        "verdict",
    ] == names
    assert [] == result.log


def test_the_setup_plan_prints_the_runbook_and_starts_nothing(project: Project) -> None:
    project.drill()

    result = project.run("--setup-plan", "drills/sample")

    lines = result.out.splitlines()
    steps = ("described_source", "fenced_source", "restored_cluster", "writable_copy")
    places = [next(i for i, line in enumerate(lines) if f"SETUP    P {s}" in line) for s in steps]
    assert sorted(places) == places
    assert [] == result.log
    assert not (project.folder / "evidence").exists()


@pytest.mark.parametrize("option", ["--fixtures", "--fixtures-per-test", "--markers"])
def test_what_only_prints_is_no_run(project: Project, option: str) -> None:
    """A folder of evidence in which nothing happened is an interrupted run to its history."""
    project.drill()

    result = project.run(option, "drills/sample")

    assert 0 == result.status, result.out + result.err
    assert [] == result.log
    assert not (project.folder / "evidence").exists()


def test_steps_without_proofs_are_refused(project: Project) -> None:
    """pytest would perform them all and end with 0."""
    project.drill()

    result = project.run("--setup-only", "drills/sample")

    assert 4 == result.status
    assert "ERROR: --setup-only: every step would be performed, and nothing proven" in result.err
    assert [] == result.log


@pytest.mark.parametrize("how", DISTRIBUTIONS)
def test_a_failed_step_is_one_failure_and_the_rest_is_not_reached(
    project: Project, how: tuple[str, ...]
) -> None:
    project.drill(restore='raise RuntimeError("pg_basebackup: disk full")')

    result = project.run(*how, "drills/sample")

    assert 1 == result.status, result.out
    assert "FAILED sample: 1 failed, 2 not reached" == result.verdict
    assert "pg_basebackup: disk full" in result.out
    assert "step 3 of 4: Restore the cluster" in result.out
    assert "ERROR at" not in result.out
    outcomes = result.outcomes()
    assert "failed" == outcomes["restored_cluster"]
    assert "not reached" == outcomes["test_alphabetically_first_yet_last_in_the_runbook"]
    assert "passed" == outcomes["test_fence_holds"]
    assert ["described", "fenced", "restored", "undo fenced", "undo described"] == result.log


def test_pytest_raises_the_same_exception_object_for_every_item_behind_a_failure(
    pytester: pytest.Pytester,
) -> None:
    """What telling one failure from its echoes rests on; a pytest that copies breaks it."""
    pytester.makeconftest(
        """
        import pytest
        seen = []
        @pytest.fixture(scope="package")
        def broken():
            raise RuntimeError("once")
        @pytest.fixture(scope="package")
        def behind(broken):
            return broken
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            if call.excinfo:
                seen.append(call.excinfo.value)
            return (yield)
        def pytest_sessionfinish():
            assert len(seen) == 2 and seen[0] is seen[1]
            print("the same object")
        """
    )
    pytester.makepyfile("def test_one(broken): ...\ndef test_two(behind): ...")

    result = pytester.runpytest_inprocess("-p", "no:xdist", "-s")

    result.stdout.fnmatch_lines(["*the same object*"])


@alone_or_at_night
def test_a_proof_selected_alone_carries_the_failure_of_the_step_it_needs(
    project: Project, how: tuple[str, ...]
) -> None:
    project.drill(restore='raise RuntimeError("cloud said failed")')

    result = project.run(*how, "drills/sample", "-k", "alphabetically")

    assert 1 == result.status, result.out
    assert "PARTIAL 1 of 7: 1 failed, 6 not reached" == result.verdict
    assert "cloud said failed" in result.out
    assert "step 3 of 4: Restore the cluster" in result.out


@pytest.mark.parametrize(
    "ending", ['pytest.skip("no time")', 'pytest.fail("no")', 'pytest.xfail("some day")']
)
def test_a_step_that_skips_fails(project: Project, ending: str) -> None:
    project.drill(restore=ending)

    result = project.run("drills/sample")

    assert 1 == result.status, result.out
    assert "StepMustNotSkip" in result.out
    assert "FAILED sample: 1 failed, 2 not reached" == result.verdict


@pytest.mark.parametrize("selected", ["", "/test_runbook.py::1-fenced_source"], ids=["all", "row"])
def test_a_failing_undo_is_red_and_in_the_journal(project: Project, selected: str) -> None:
    project.drill(
        steps="""
        @procedure.step("Fence the source", touches="source")
        def fenced_source():
            yield "fenced"
            raise RuntimeError("the limit could not be put back")
        """,
        proofs="def test_fence(fenced_source): ...",
    )

    result = project.run(f"drills/sample{selected}")

    assert 1 == result.status, result.out
    assert "the limit could not be put back" in result.out
    verdict = "PARTIAL 2 of 3: 1 failed" if selected else "FAILED sample: 1 failed"
    assert result.verdict.startswith(verdict)
    undone = [one for one in result.events if one.get("name", "").endswith(" (teardown)")]
    assert ["failed"] == [one["outcome"] for one in undone]


def test_two_drills_in_one_run_have_a_record_and_a_verdict_each(project: Project) -> None:
    project.drill("first")
    project.drill("second", restore='raise RuntimeError("no")')

    result = project.run("drills")

    assert 1 == result.status
    verdicts = {e["drill"]: e["verdict"] for e in result.events if e["event"] == "verdict"}
    assert {
        "first": "PROVEN first",
        "second": "FAILED second: 1 failed, 2 not reached",
    } == verdicts


@alone_or_at_night
def test_a_withheld_step_withholds_what_needs_it_and_nothing_turns_green(
    project: Project, how: tuple[str, ...]
) -> None:
    project.drill(
        steps="""
        @procedure.step("Describe the source", touches="nothing")
        def described_source():
            return "source"

        @procedure.step("Fence the source", touches="source")
        def fenced_source(described_source):
            yield Withheld("fenced_source", "a drill does not touch its source")

        @procedure.step("Restore", touches="copy", accepts_withheld=True)
        def restored_cluster(described_source, fenced_source):
            note("restored")
            return "copy"

        @procedure.step("Resume", touches="source")
        def resumed(fenced_source):
            note("must not happen")
        """,
        proofs="""
        def test_fence_holds(fenced_source): raise AssertionError("must not run")
        def test_copy(restored_cluster): assert restored_cluster == "copy"
        @accepts_withheld
        def test_copes(fenced_source): assert fenced_source.reason
        """,
    )

    result = project.run(*how, "drills/sample", "--junit-xml=own.xml")

    assert 0 == result.status, result.out
    assert ["restored"] == result.log
    assert {
        "described_source": "passed",
        "fenced_source": "withheld",
        "restored_cluster": "passed",
        "resumed": "withheld",
        "test_fence_holds": "withheld",
        "test_copy": "passed",
        "test_copes": "passed",
    } == result.outcomes()
    assert 'name="drill.outcome" value="withheld"' in (project.folder / "own.xml").read_text()
    assert "PROVEN sample (3 withheld)" == result.verdict


@pytest.mark.parametrize(
    ("outcome", "verdict", "status"),
    [
        ("NOT_PROVEN", "PROVEN (other) · NOT PROVEN (counts): sample", 1),
        ("NOT_APPLICABLE", "PROVEN sample (4 not applicable)", 0),
    ],
)
def test_a_step_that_lacks_something_hands_its_outcome_on(
    project: Project, outcome: str, verdict: str, status: int
) -> None:
    """A tool that is missing is not proven, a table that is absent not applicable; never green."""
    project.drill(
        steps=f"""
        @procedure.step("Describe the source", touches="nothing")
        def described_source():
            return "source"

        @procedure.step("Adopt the state", touches="state")
        def adopted_state(described_source):
            yield Withheld("adopted_state", "there is no terraform", Outcome.{outcome})

        @procedure.fixture
        def judgement(adopted_state):
            note("must not happen either")

        @procedure.step("Plan", touches="state")
        def made_plan(adopted_state):
            note("must not happen")
        """,
        proofs="""
        def test_plan(made_plan): raise AssertionError('must not run')
        def test_judged(judgement): raise AssertionError('must not run')
        """,
    )
    project.proofs("other", "def test_source(described_source): pass")

    result = project.run("drills/sample")

    assert status == result.status, result.out
    said = outcome.replace("_", " ").lower()
    claims = result.outcomes()
    assert {said} == {
        claims[name] for name in ("adopted_state", "made_plan", "test_plan", "test_judged")
    }
    assert verdict == result.verdict


def test_two_steps_of_one_name_are_refused(project: Project) -> None:
    step = '@procedure.step("Again", touches="nothing")\ndef same(): ...\n'
    project.drill(steps=step + step, proofs="")

    result = project.run("drills/sample")

    assert result.status not in (0, 5)
    assert "two steps are called same" in result.out + result.err


GATE = """
@procedure.step("Describe the source", touches="nothing")
def described_source():
    return "source"

@procedure.step("Restore", touches="copy")
def restored_cluster(described_source):
    return "copy"

@procedure.step("Pass the gate", touches="nothing")
def passed_gate(restored_cluster, drill_run):
    refuse(drill_run.failed_claims)

@procedure.step("Adopt the state", touches="state")
def adopted_state(passed_gate):
    note("adopted")
"""


@pytest.mark.parametrize(
    ("proof", "options", "status"),
    [
        ("pass", (), 0),
        ("assert False", (), 1),
        ("raise NotProven('no tool')", ("--unproven=fail",), 1),
        ("raise NotProven('no tool')", ("--unproven=warn",), 0),
        ("raise NotApplicable('not asked for')", (), 0),
    ],
)
@alone_or_at_night
def test_nothing_is_adopted_behind_a_gate_that_something_failed_before(
    project: Project, proof: str, options: tuple[str, ...], status: int, how: tuple[str, ...]
) -> None:
    """R54: the proofs that a gate stands behind are made before it."""
    project.drill(steps=GATE, proofs=f"def test_zz_rows(restored_cluster): {proof}")
    project.proofs("other", "def test_source(described_source): pass")

    result = project.run(*how, *options, "drills/sample")

    assert status == result.status, result.out
    assert ([] if status else ["adopted"]) == result.log
    if status:
        assert "failed" == result.outcomes()["passed_gate"]
        assert "adopted_state" not in result.outcomes()
        assert "test_zz_rows is" in result.out
