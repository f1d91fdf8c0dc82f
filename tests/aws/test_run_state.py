"""A run known again by its copy's tags: nothing is restored twice, nothing of others taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.stub import Stubber

from fixtures.aws import tags as tagging
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import (
    ChooseAnotherIdentifier,
    ResumeAnotherRun,
    UseTheSameSettings,
    WaitForTheRun,
)
from fixtures.aws.instances import create_like
from fixtures.aws.names import is_named_by, looks_like_a_copy, new_identifier
from fixtures.aws.restore import restore
from fixtures.aws.run_state import (
    ALIVE,
    STOPPED,
    Process,
    RunState,
    require_dead,
    sign_of_life,
    write_down,
)
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.recovery.memory import Memory
from fixtures.recovery.process import lives, this_process
from fixtures.settings import load_settings
from fixtures.settings.fingerprint import fingerprint
from tests.aws.fix_aws import FakeClock, Recorder

T = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
RUN = "20260301-130000-1a2b"
COPY = new_identifier("core-prod", RUN, recovery=True)
HERE = Process("db-host", "4711/12")
RESTORE = "RestoreDBClusterToPointInTime"


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


@pytest.fixture
def state(described: ClusterDescription) -> RunState:
    return RunState(RUN, "recovery", "0123456789abcdef", T, described.resource_id)


def tag_of(state: RunState) -> RunTag:
    return RunTag(RUN, "dba@host", state=state)


def test_a_restore_is_asked_for_once_however_often_the_run_goes_on(
    rds: Client, described: ClusterDescription, state: RunState, calls: Recorder
) -> None:
    first = restore(rds, described, COPY, T, tag_of(state))
    again = restore(rds, described, COPY, T, tag_of(state))
    assert (1, False, True) == (len(calls.of(RESTORE)), first.found, again.found)
    assert (first.identifier, first.resource_id) == (again.identifier, again.resource_id)


def test_the_request_itself_says_whose_the_copy_is(
    rds: Client, described: ClusterDescription, state: RunState
) -> None:
    """Killed between the request and its answer, a run finds its copy all the same, and marks it;
    nothing of a recovery's tags allows anybody to remove it (R31).
    """
    copy = restore(rds, described, COPY, T, tag_of(state))
    rds.remove_tags_from_resource(ResourceName=copy.arn, TagKeys=[tagging.RESOURCE])
    assert state == RunState.of(tagging.read(rds, copy.arn))
    again = restore(rds, described, COPY, T, tag_of(state))
    tags = tagging.read(rds, copy.arn)
    assert copy.resource_id == tags[tagging.RESOURCE] == again.resource_id
    assert tagging.EXPIRES not in tags


OTHERWISE = {
    "another run": ({"run_id": "20260301-130000-ffff"}, ChooseAnotherIdentifier, "run 20260301"),
    "a drill's": ({"mode": "drill"}, ResumeAnotherRun, "is a recovery, not a drill"),
    "other settings": ({"settings": "f" * 16}, UseTheSameSettings, "began with other settings"),
    "another source": ({"source_id": "cluster-X"}, ResumeAnotherRun, "has taken the name"),
    "another time": (
        {"target": T + timedelta(seconds=1)},
        UseTheSameSettings,
        "restores to 2026-03-01T12:30:15Z, and 2026-03-01T12:30:16Z is asked for",
    ),
}


@pytest.mark.parametrize("case", OTHERWISE)
def test_what_was_begun_otherwise_is_not_taken_over(
    rds: Client, described: ClusterDescription, state: RunState, calls: Recorder, case: str
) -> None:
    changed, error, said = OTHERWISE[case]
    restore(rds, described, COPY, T, tag_of(state))
    other = replace(state, **changed)  # type: ignore[arg-type]
    with pytest.raises(error, match=said):
        restore(rds, described, COPY, T, RunTag(other.run_id, "dba@host", state=other))
    assert 1 == len(calls.of(RESTORE))


def test_a_cluster_of_that_name_without_tags_is_somebody_s(
    rds: Client, described: ClusterDescription, state: RunState
) -> None:
    """R25: also where its tags were copied from this run's copy."""
    rds.create_db_cluster(
        DBClusterIdentifier=COPY,
        Engine="aurora-postgresql",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
    )
    with pytest.raises(ChooseAnotherIdentifier, match="is no run's, by its tags"):
        restore(rds, described, COPY, T, tag_of(state))
    arn = rds.describe_db_clusters(DBClusterIdentifier=COPY)["DBClusters"][0]["DBClusterArn"]
    copied = tag_of(state).copy_tags() | {tagging.RESOURCE: "cluster-OTHER"}
    rds.add_tags_to_resource(ResourceName=arn, Tags=tagging.as_list(copied))
    with pytest.raises(ChooseAnotherIdentifier, match="its tags were copied"):
        restore(rds, described, COPY, T, tag_of(state))


def test_only_the_instances_that_are_missing_are_made(
    rds: Client, described: ClusterDescription, state: RunState, calls: Recorder
) -> None:
    """R33."""
    restore(rds, described, COPY, T, tag_of(state))
    create_like(rds, described, COPY, tag_of(state), count=1)
    made = create_like(rds, described, COPY, tag_of(state))
    assert [True, False] == [one.found for one in made]
    assert 2 == len(calls.of("CreateDBInstance"))


def test_an_instance_of_another_run_is_not_taken_over(
    rds: Client, described: ClusterDescription, state: RunState
) -> None:
    restore(rds, described, COPY, T, tag_of(state))
    create_like(rds, described, COPY, RunTag("another", "ci"), count=1)
    with pytest.raises(ChooseAnotherIdentifier, match=f"is not run {RUN}'s"):
        create_like(rds, described, COPY, tag_of(state))


def test_a_run_that_lives_is_waited_for_and_one_that_died_is_not(
    rds: Client, described: ClusterDescription, state: RunState
) -> None:
    copy = restore(rds, described, COPY, T, tag_of(state))

    def may_go_on(at: datetime = T, here: Process = HERE, *, lives: bool = True) -> str | None:
        try:
            require_dead(tagging.read(rds, copy.arn), here, lambda _: lives, at)
        except WaitForTheRun as refusal:
            return str(refusal)
        return None

    assert may_go_on() is None  # it never gave a sign of life
    write_down(rds, copy.arn, {ALIVE: sign_of_life(HERE, T)})
    elsewhere, successor = Process("laptop", "7/8"), replace(HERE, process="4712/13")
    assert may_go_on() is None  # it is this very process
    assert "still performed by process 4711/12 on db-host" in str(may_go_on(here=successor))
    assert may_go_on(here=successor, lives=False) is None
    assert "go on after 12:40Z" in str(may_go_on(here=elsewhere))
    assert may_go_on(T + timedelta(minutes=10), elsewhere) is None
    write_down(rds, copy.arn, {ALIVE: STOPPED})
    assert may_go_on(here=elsewhere) is None


def test_how_far_it_came_is_written_down(
    rds: Client, described: ClusterDescription, state: RunState, calls: Recorder, clock: FakeClock
) -> None:
    copy = restore(rds, described, COPY, T, tag_of(state))
    told: list[str] = []
    memory = Memory(rds, copy.arn, tell=told.append, clock=clock)
    memory.finished("writable_copy")
    tags = tagging.read(rds, copy.arn)
    assert "writable_copy" == tags["restore-drills:step"]
    assert this_process().process in tags[ALIVE]
    require_dead(tags, this_process(), lives, T)

    written = len(calls.of("AddTagsToResource"))
    for _ in range(4):
        clock.sleep(59)
        memory.keep_alive()
    assert written + 1 == len(calls.of("AddTagsToResource"))

    memory.stopped()
    assert STOPPED == tagging.read(rds, copy.arn)[ALIVE]
    assert [] == told


def test_a_run_that_is_gone_on_with_stands_where_it_stood(
    rds: Client, described: ClusterDescription, state: RunState
) -> None:
    """What is performed again finds what stands: stopped once more, it is no step further back."""
    copy = restore(rds, described, COPY, T, tag_of(state))
    Memory(rds, copy.arn, tell=print).finished("lifted_quarantine")
    again = Memory(rds, copy.arn, tell=print, stood=["writable_copy", "lifted_quarantine"])

    again.finished("writable_copy")
    assert "lifted_quarantine" == tagging.read(rds, copy.arn)["restore-drills:step"]
    again.finished("moved_clients")
    assert "moved_clients" == tagging.read(rds, copy.arn)["restore-drills:step"]


def test_what_aws_answers_to_it_ends_no_run(stubbed: tuple[Client, Stubber]) -> None:
    client, stubber = stubbed
    stubber.add_client_error("add_tags_to_resource", "Throttling", "Rate exceeded")
    told: list[str] = []
    Memory(client, "arn", tell=told.append).finished("writable_copy")
    assert ["how far the run came could not be written on the copy"] == [
        one.partition(":")[0] for one in told
    ]


def test_tags_that_are_not_whole_are_no_state() -> None:
    whole = {tagging.RUN: RUN, **RunState(RUN, "drill", "0" * 16, "latest", "cluster-X").as_dict()}
    assert RunState(RUN, "drill", "0" * 16, "latest", "cluster-X") == RunState.of(whole)
    for key in whole:
        assert RunState.of({one: value for one, value in whole.items() if one != key}) is None
    naive = whole | {"restore-drills:target": "2026-03-01T12:30:15"}
    assert RunState.of(naive) is None


def test_a_recovery_s_copy_is_not_called_a_drill_s() -> None:
    assert "core-prod-restored-20260301-130000-1a2b" == COPY
    assert not is_named_by(COPY, RUN)
    assert not looks_like_a_copy(COPY)


SETTINGS = """
[source]
cluster = "core-prod"
account = "123456789012"
region = "us-east-1"
login = "postgresql://reader:canary-7@core/postgres"
"""


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ("", True),
        ("[restore]\ntarget = 'latest'\nwork_dir = '/srv/drill'\n", True),
        ("[limits]\nexpire_after = '2h'\n", True),
        ("tenants = ['atlas']\n", True),
        ("databases = ['core']\n", False),
        ("[restore]\ninstances = 2\n", False),
        ("[proof]\nmust_have_tables = ['granules']\n", False),
        ("[[clients.redeploy]]\nname = 'a'\ncommand = ['true']\ndir = '.'\n", True),
        ("[clients]\nsecrets = ['core_db_login']\n", False),
    ],
)
def test_settings_that_mean_another_run_have_another_hash(
    tmp_path: Path, more: str, same: bool
) -> None:
    plain, other = tmp_path / "plain.toml", tmp_path / "other.toml"
    plain.write_text(SETTINGS)
    other.write_text(SETTINGS.replace("canary-7", "canary-8") + more)
    first, second = (
        fingerprint(load_settings(str(one), environ={}, invocation_dir=tmp_path))
        for one in (plain, other)
    )
    assert same is (first == second)
    assert 16 == len(first)
