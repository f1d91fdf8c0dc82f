"""``--recover``: performed step by step, undone by nothing, gone on with from anywhere.

The table is what an operator relies on who presses Ctrl-C, or whose machine dies: whatever ends a
recovery, behind whatever step, the fence stands as it stood, the copy is what it was, and
``--resume`` goes on to the same end.
"""

from __future__ import annotations

import signal

import psycopg
import pytest

from tests.recovery.fix_recovery import Recovery
from tests.recovery.stops import FAILURE

FENCED = "fenced_source"
RESTORED = "requested_restore"
STEPS = (
    *("prepared_quarantine", FENCED, "chosen_target", RESTORED, "restored_cluster"),
    *("verified_quarantine", "created_instances", "given_password", "writable_copy"),
    *("passed_gate", "lifted_quarantine"),
)
HOW = {"SIGINT": 2, "SIGTERM": 2, "SIGKILL": -signal.SIGKILL, FAILURE: 1}
EVERY_DAY = {(RESTORED, "SIGKILL"), ("writable_copy", "SIGINT")}
TABLE = [
    pytest.param(step, how, marks=[] if (step, how) in EVERY_DAY else pytest.mark.slow)
    for step in STEPS
    for how in HOW
    if (step, how) != (STEPS[-1], FAILURE)  # nothing comes behind it that could fail
]


def test_a_recovery_is_performed_and_nothing_of_it_is_undone(recovery: Recovery) -> None:
    """R14 to R20, R25, R60: the source stays closed, the copy is let out, and neither expires."""
    recovery.account.rds.modify_db_cluster(
        DBClusterIdentifier="core-prod", DeletionProtection=True, ApplyImmediately=True
    )
    result = recovery.run()
    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    (copy,) = recovery.copies()
    assert f"core-prod-restored-{result.folder.name}" == copy
    tags = recovery.tags(copy)
    assert "restore-drills:expires" not in tags
    assert ("lifted_quarantine", "stopped") == (
        tags["restore-drills:step"],
        tags["restore-drills:alive"],
    )
    _stays_fenced(recovery, result.folder.name)
    kept = {one["what"] for one in result.of("kept")}
    assert {"fence", "restored copy"} <= kept
    assert "to go on with it" not in kept  # there is nothing to go on with


@pytest.mark.parametrize(("step", "how"), TABLE)
def test_what_ends_a_recovery_undoes_nothing_and_it_goes_on(
    recovery: Recovery, step: str, how: str
) -> None:
    """R21, R30, R61: the fence is lifted by no failure, and nothing is restored twice."""
    stopped = recovery.stop(step, how)
    run = stopped.folder.name

    assert HOW[how] == stopped.status, stopped.out
    if STEPS.index(step) >= STEPS.index(FENCED):
        _stays_fenced(recovery, run)
    else:
        assert (-1, None) == recovery.fence()
    copies = recovery.copies()
    assert (STEPS.index(step) >= STEPS.index(RESTORED)) is bool(copies)
    command = f"--resume={run}"
    assert command in stopped.out or how == "SIGKILL"
    assert command in (stopped.folder / "journal.jsonl").read_text()

    result = recovery.run(command)

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert f"{run}-2" == result.folder.name
    assert copies == ({name: one for name, one in recovery.copies().items() if copies})
    assert 1 == len(recovery.copies())
    _stays_fenced(recovery, run)


def _stays_fenced(recovery: Recovery, run: str) -> None:
    """Closed to the application, and saying by whom and what it was."""
    limit, comment = recovery.fence()
    assert (0, True) == (limit, f"run {run}," in str(comment) and "was -1]" in str(comment))
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        recovery.account.address.connect(recovery.account.application, "core")


def test_a_recovery_is_taken_back(recovery: Recovery) -> None:
    """R21: each limit as it was, and the copy is left to somebody's hand."""
    stopped = recovery.stop("writable_copy", FAILURE)
    run = stopped.folder.name
    (copy,) = recovery.copies()

    kept = recovery.command(f"--back-out={run}")
    assert (0, (-1, None)) == (kept.returncode, recovery.fence()), kept.stdout
    assert "lifted: the fence of core, whose connection limit is -1 again" in kept.stdout
    assert [copy] == [*recovery.copies()]

    again = recovery.command(f"--back-out={run}")
    assert (0, [copy]) == (again.returncode, [*recovery.copies()]), again.stdout + again.stderr
    assert "found as it was: no database is fenced by it" in again.stdout

    other = recovery.command("--back-out=20260301-120000-1a2b")
    assert 4 == other.returncode
    assert "nothing of it is known here" in other.stderr
    nobody = recovery.command("--resume=20260301-120000-1a2b")
    assert 4 == nobody.returncode, nobody.stdout
    assert "is not known here" in nobody.stdout


@pytest.mark.slow
def test_a_drill_that_waits_no_longer_is_gone_on_with(recovery: Recovery) -> None:
    """R30: nothing failed, nothing is removed, and nothing is restored twice."""
    options = recovery.drilling
    waiting = recovery.drill.run(*options, "-p", "tests.recovery.impatient", "--wait=1")
    run = waiting.folder.name
    assert 75 == waiting.status, waiting.out
    assert waiting.verdict.startswith("WAITING at step")
    assert f"--resume={run}" in waiting.out
    (copy,) = recovery.copies()
    assert "restore-drills:expires" in recovery.tags(copy)

    result = recovery.drill.run(*options, f"--resume={run}")

    assert "found as left" in result.out
    assert 0 == result.status, result.out
    assert {} == recovery.copies()
