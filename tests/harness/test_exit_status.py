"""Every row of DESIGN 8's table that can occur so far, with a real pytest around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.daily import daily
from tests.harness.fix_project import ROOT, Project

DISTRIBUTIONS = [
    pytest.param((), id="plain"),
    pytest.param(("-n0",), id="-n0", marks=pytest.mark.slow),
    pytest.param(("-n2",), id="-n2"),
]
everywhere = pytest.mark.parametrize("how", DISTRIBUTIONS)
"""How a report comes from the worker to who judges it is the same for every outcome: one that is
green and one that is red are distributed each day, the others at night."""
distributed_at_night = pytest.mark.parametrize(
    "how", [*DISTRIBUTIONS[:2], pytest.param(("-n2",), id="-n2", marks=pytest.mark.slow)]
)


def outcome(body: str) -> str:
    return f"""
    def test_it(writable_copy):
        {body}

    def test_other(writable_copy):
        assert writable_copy
    """


@everywhere
def test_proven_is_0(project: Project, how: tuple[str, ...]) -> None:
    project.drill()
    result = project.run(*how, "drills/sample")
    assert (0, "PROVEN sample") == (result.status, result.verdict)


@everywhere
def test_a_failed_claim_is_1(project: Project, how: tuple[str, ...]) -> None:
    project.drill(proofs=outcome("assert writable_copy == 'other'"))
    result = project.run(*how, "drills/sample")
    assert (1, "FAILED sample: 1 failed, 0 not reached") == (result.status, result.verdict)
    assert "_pytest" not in result.out


@distributed_at_night
@pytest.mark.parametrize(("policy", "status"), [("fail", 1), ("warn", 0)])
def test_not_proven_follows_the_policy(
    project: Project, how: tuple[str, ...], policy: str, status: int
) -> None:
    project.drill(proofs=outcome('raise NotProven("no terraform on this machine")'))
    result = project.run(*how, f"--unproven={policy}", "drills/sample")
    assert (status, "NOT PROVEN (counts): sample") == (result.status, result.verdict)
    assert "no terraform on this machine" in result.out


@distributed_at_night
def test_a_bare_skip_in_a_proof_is_not_proven(project: Project, how: tuple[str, ...]) -> None:
    project.drill(proofs=outcome('pytest.skip("later")'))
    result = project.run(*how, "--unproven=fail", "drills/sample")
    assert 1 == result.status
    assert "not proven" == result.outcomes()["test_it"]


@distributed_at_night
def test_bounded_is_proven_with_its_bound(project: Project, how: tuple[str, ...]) -> None:
    project.drill(proofs=outcome('raise Bounded("between 10 and 12 rows")'))
    result = project.run(*how, "drills/sample")
    assert (0, "PROVEN sample (1 bounded)") == (result.status, result.verdict)
    assert "between 10 and 12 rows" in result.out


@distributed_at_night
def test_only_not_applicable_is_5(project: Project, how: tuple[str, ...]) -> None:
    project.drill(
        proofs="""
        def test_plan(writable_copy):
            raise NotApplicable("[terraform] is absent")
        """
    )
    result = project.run(*how, "drills/sample")
    assert (5, "NOTHING TO PROVE about sample") == (result.status, result.verdict)


@distributed_at_night
@pytest.mark.parametrize(
    "selection",
    [
        ("drills/sample", "-k", "fence"),
        ("drills/sample/test_counts.py::test_fence_holds",),
        ("drills/sample/test_counts.py",),
        ("drills/sample", "--deselect=drills/sample/test_counts.py::test_fence_holds"),
    ],
    ids=["-k", "node id", "file", "--deselect"],
)
def test_a_selection_is_partial_with_pytests_own_status(
    project: Project, how: tuple[str, ...], selection: tuple[str, ...]
) -> None:
    project.drill()
    result = project.run(*how, *selection)
    assert 0 == result.status, result.out
    assert result.verdict.startswith("PARTIAL ")
    assert result.verdict.endswith(" of 7")


def test_stopping_at_the_first_failure_is_partial_and_red(project: Project) -> None:
    project.drill(restore='raise RuntimeError("no")')
    result = project.run("-x", "drills/sample")
    assert 1 == result.status
    assert result.verdict.startswith("PARTIAL 4 of 7: 1 failed")


def test_last_failed_is_partial(project: Project) -> None:
    project.drill(proofs=outcome("assert writable_copy == 'other'"))
    assert 1 == project.run("drills/sample").status
    result = project.run("--lf", "drills/sample")
    assert 1 == result.status
    assert result.verdict.startswith("PARTIAL ")


@distributed_at_night
def test_bad_input_found_by_a_step_is_4_in_one_line(project: Project, how: tuple[str, ...]) -> None:
    line = "[source] retention is 0: enable backups"
    project.drill(restore=f'raise BadInput("{line}")')
    result = project.run(*how, "drills/sample")
    assert 4 == result.status, result.out
    assert line in result.out
    assert "Traceback" not in result.out
    assert "conftest.py:" not in result.out
    assert f"BAD INPUT: {line}" == result.verdict
    assert "not reached" not in result.out


BAD_OPTIONS = {
    "--cloud=aws": "--cloud=aws: there is no [source] in the settings; name a file that has one",
    "--cloud=azure": "invalid choice",
    "--container-image=postgres:17.11": "--container-image=postgres:17.11 is for --engine",
    "--container-image=a name": "--container-image: is not the name of an image",
    "--drill-config=none.toml": "--drill-config",
    "--restore-to-time=2026-01-01T00:00:00": "--restore-to-time",
    "--restore-to-time=yesterday": "--restore-to-time",
    "--restore-to-time=2999-01-01T00:00:00Z": "--restore-to-time",
    "--rehearsal-load=none.sql": "--rehearsal-load",
    "--rehearsal-scale=0": "scale",
    "--rehearsal-endpoint=http://192.0.2.1:80": "endpoint",
    "--rehearsal-endpoint=http://127.0.0.1:9": "does not answer as a rehearsal cloud",
    "--evidence=/proc/evidence": "--evidence=/proc/evidence",
    "--dist=each": "--dist=each",
}


@pytest.mark.parametrize(
    "option",
    daily(
        BAD_OPTIONS,
        *(
            "--cloud=aws",
            "--cloud=azure",
            "--drill-config=none.toml",
            "--restore-to-time=yesterday",
        ),
        *("--rehearsal-endpoint=http://192.0.2.1:80", "--dist=each"),
    ),
)
def test_bad_options_are_4_before_anything_is_started(project: Project, option: str) -> None:
    said = BAD_OPTIONS[option]
    project.drill()
    result = project.run(option, *(("-n2",) if "dist" in option else ()), "drills/sample")
    assert 4 == result.status, result.out + result.err
    assert said in result.err
    assert [] == result.log
    assert "Traceback" not in result.err


def test_a_work_folder_too_long_for_a_socket_is_4(project: Project) -> None:
    project.drill()
    long = project.folder / ("d" * 90)
    long.mkdir()
    result = project.run_bare(f"--work-dir={long}", "drills/sample")
    assert 4 == result.status
    assert "--work-dir" in result.err


def test_an_unknown_settings_key_is_4_and_names_the_nearest(project: Project) -> None:
    project.drill()
    (project.folder / "drill.toml").write_text("[proof]\nmust_have_table = ['x']\n")
    result = project.run("drills/sample")
    assert 4 == result.status
    assert "must_have_tables" in result.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[content]\nproof = "bounded"\n', "[content]"),
        ('[proof]\nbaseline = "core.json"\n', "[proof] baseline"),
        ("[restore]\ninstances = 2\n", "[restore] instances"),
    ],
)
def test_a_claim_that_nothing_tests_yet_is_refused_and_not_ignored(
    project: Project, text: str, said: str
) -> None:
    project.drill()
    (project.folder / "drill.toml").write_text(text)
    result = project.run("drills/sample")
    assert 4 == result.status, result.out
    assert said in result.err
    assert "no rehearsal tests this" in result.err


def test_settings_with_a_source_mean_that_source_and_what_touches_it_is_withheld(
    project: Project,
) -> None:
    """The cloud follows the file (DESIGN 9): a drill of one's own is then no rehearsal either."""
    project.drill()
    (project.folder / "drill.toml").write_text(
        '[source]\ncluster = "core"\naccount = "123456789012"\nregion = "us-east-1"\n'
    )
    result = project.run("drills/sample")
    assert "drill" == result.events[0]["mode"]
    assert "withheld" == result.outcomes()["fenced_source"]
    assert ["described", "undo described"] == result.log


@pytest.mark.parametrize("how", [(), ("-n2",)], ids=" ".join)
def test_an_interrupted_run_is_2_and_says_where(project: Project, how: tuple[str, ...]) -> None:
    project.drill(restore="import time; time.sleep(60)  # until it is interrupted")
    log = project.folder / "performed.log"
    environ = os.environ | {"DRILL_LOG": str(log), "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", f"--work-dir={project.work}", *how, "drills/sample"],
        cwd=project.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (log.exists() and "restored" in log.read_text()):
        assert time.monotonic() < deadline, "the step was never reached"
        time.sleep(0.05)  # between two looks at the log
    os.killpg(running.pid, signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert 2 == running.returncode, out
    assert "INTERRUPTED at step 3 of 4" in out


def test_a_crashed_worker_is_red_and_its_drill_is_not_replayed(project: Project) -> None:
    project.drill(restore="import os; os._exit(9)")
    result = project.run("-n2", "drills/sample")
    assert 1 == result.status, result.out
    assert ["described", "fenced", "restored"] == result.log


@pytest.mark.parametrize(
    "dist",
    daily(["load", "loadscope", "loadfile", "loadgroup", "worksteal"], "loadgroup", "worksteal"),
)
def test_each_distribution_restores_once(project: Project, dist: str) -> None:
    project.drill()
    result = project.run("-n2", f"--dist={dist}", "drills/sample")
    assert (0, 1) == (result.status, result.log.count("restored")), result.out


def test_a_moved_rootdir_is_refused() -> None:
    """A path behind a bare option moves pytest's rootdir, and our ini is not read."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", str(ROOT / "drills" / "pitr")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 4 == result.returncode, result.stdout
    assert "--option=value" in result.stderr
