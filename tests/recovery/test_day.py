"""The day of a recovery, whole: the archive at work, halted, moved and resumed; and taken back.

The table is `--back-out` behind every step: whatever a recovery had done, all that it may touch
stands as it stood, and the application works on the source again. Once a plan was applied it is
said instead what a person has to do.
"""

from __future__ import annotations

import shutil

import pytest

from checks.clients import check_acknowledged
from fixtures.source import Address
from tests.recovery.fix_day import Day, within
from tests.recovery.standing import differing
from tests.recovery.stops import FAILURE

LAST = "silent_source"
HALTED, FENCED, MOVED = "halted_ingest", "fenced_source", "moved_clients"
STEPS = (
    *(HALTED, FENCED, "chosen_target", "requested_restore", "requested_tables"),
    *("restored_cluster", "verified_quarantine", "created_instances", "given_password"),
    *("writable_copy", "restored_tables", "passed_gate", "lifted_quarantine"),
    *(MOVED, "redeployed_clients", "resumed_ingest", LAST),
)
EVERY_DAY = (HALTED, MOVED)
PLANNED = ("adopted_state", "updated_tfvars", "made_plan", "proven_plan")
APPLIED = ("applied_plan", "lifted_quarantine", MOVED, "redeployed_clients", "resumed_ingest", LAST)


@pytest.mark.slow
def test_the_archive_is_halted_moved_and_resumed(day: Day) -> None:
    """R8 to R12, R55 to R58: with executions under way and messages queued when it is halted; what
    was disabled stays disabled, and the client that retries for ever ends on the copy.
    """
    day.target()
    rules = day.rules()
    assert {True, False} == {enabled for _, enabled in rules}
    mappings = {part: state for part, state in day.look().items() if part.startswith("mapping")}
    day.client.start()
    day.client.wait_for(1)
    day.archive.start()
    assert all(day.archive.under_way().values())

    result = day.recovery.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert rules == day.rules()
    now = {part: state for part, state in day.look().items() if part.startswith("mapping")}
    assert [] == differing(mappings, now)
    (copy,) = day.recovery.copies()
    found = day.recovery.account.rds.describe_db_clusters(DBClusterIdentifier=copy)
    where = Address(found["DBClusters"][0]["Endpoint"], found["DBClusters"][0]["Port"])
    assert within(lambda: day.client.stays[-1].port == where.port)
    day.archive.provider.stop()
    day.client.stop()
    (before, after) = day.client.stays
    assert (day.recovery.account.address.port, where.port) == (before.port, after.port)
    with where.connect(day.recovery.account.admin, "core") as connection:
        # What it was told before is behind the target, and what the operator wanted undone.
        assert [] == check_acknowledged("core", (after.first, after.last), connection)
    claims = result.claims()
    assert "passed" == claims["test_the_old_cluster_is_silent_behind_its_fence"]


def _taken_back(day: Day, step: str, *touched: str) -> None:
    before = day.look()
    stopped = day.recovery.stop(step, "SIGKILL" if step == LAST else FAILURE)
    changed = differing(before, day.look())
    for part in touched:
        assert [one for one in changed if part in one], (part, changed, stopped.out)

    back = day.recovery.command(f"--back-out={stopped.folder.name}")

    assert 0 == back.returncode, back.stdout + back.stderr
    assert [] == differing(before, day.look())
    assert day.works()


@pytest.mark.parametrize(
    "step", [pytest.param(one, marks=[] if one in EVERY_DAY else pytest.mark.slow) for one in STEPS]
)
def test_all_stands_as_it_stood_when_it_is_taken_back(day: Day, step: str) -> None:
    """R21, R55, R57: data, limits, comments, rules, mappings, subscriptions, secrets, groups."""
    touched = ["comment of core", "mapping", "EventBridge's"]
    if STEPS.index(step) >= STEPS.index(FENCED):
        touched += ["limit of core"]
    if STEPS.index(step) >= STEPS.index(MOVED):
        touched += ["secret archive_db_login"]
    if step in ("resumed_ingest", LAST):
        touched = ["comment of core", "limit of core", "secret archive_db_login"]
    _taken_back(day, step, *touched)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["described_source", "checked_backups", "prepared_quarantine"])
def test_before_the_halt_there_is_nothing_to_take_back(day: Day, step: str) -> None:
    """Nothing is touched, and that is said (exit 4)."""
    before = day.look()
    stopped = day.recovery.stop(step, FAILURE)

    back = day.recovery.command(f"--back-out={stopped.folder.name}")

    assert (4, True) == (back.returncode, "nothing is to be taken back" in back.stderr), back.stderr
    assert [] == differing(before, day.look())
    assert day.works()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
@pytest.mark.parametrize("step", PLANNED)
def test_terraform_s_state_and_variables_too(managed_day: Day, step: str) -> None:
    """R43, R45: until a plan is applied."""
    _taken_back(managed_day, step, "Terraform's state", "limit of core", "mapping")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
@pytest.mark.parametrize("step", APPLIED)
def test_behind_an_applied_plan_it_is_said_what_is_to_be_done(managed_day: Day, step: str) -> None:
    """R56: nothing is touched; the copy may be what production writes to. Ingest is in the list."""
    stopped = managed_day.recovery.stop(step, "SIGKILL" if step == LAST else FAILURE)
    before = managed_day.look()

    back = managed_day.recovery.command(f"--back-out={stopped.folder.name}")

    assert 1 == back.returncode, back.stdout + back.stderr
    assert "a plan of recovery" in back.stdout
    assert "terraform import module.rds_cluster.aws_rds_cluster.cumulus core-prod" in back.stdout
    assert "resumes ingest as it was before the halt" in back.stdout
    assert [] == differing(before, managed_day.look())
    assert 0 == managed_day.recovery.fence()[0]


def test_the_comparison_says_which_part_differs() -> None:
    """What changed, what is missing and what came besides; the same is silent."""
    before = {"limit of core": "-1", "secret one": "a", "comment of core": "None"}
    after = {"limit of core": "0", "comment of core": "None", "labels of secret one": "[]"}
    assert [
        "labels of secret one: was not there, is []",
        "limit of core: was -1, is 0",
        "secret one: was a, is not there",
    ] == differing(before, after)
    assert [] == differing(before, dict(before))
