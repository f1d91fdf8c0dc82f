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
HOW = {"SIGINT": 2, "SIGTERM": -signal.SIGTERM, "SIGKILL": -signal.SIGKILL, FAILURE: 1}
EVERY_DAY = {(RESTORED, "SIGKILL"), ("writable_copy", "SIGINT")}
TABLE = [
    pytest.param(step, how, marks=[] if (step, how) in EVERY_DAY else pytest.mark.slow)
    for step in STEPS
    for how in HOW
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
    assert command in stopped.out or how in ("SIGTERM", "SIGKILL")
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
