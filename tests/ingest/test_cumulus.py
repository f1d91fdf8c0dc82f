"""The ingest of an archive, halted and resumed in a cloud that has all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from checks.ingest.drained import check_dead_letters, check_drained
from checks.ingest.halted import check_agreement, check_halted, check_write_probe
from checks.ingest.resumed import check_resumed
from fixtures.aws.errors import GuardRefused, ResumeTheWait
from fixtures.aws.guard import Guard
from fixtures.aws.ingest.errors import AskTheArchive, DrainTheRest, GoOnWithThatRun
from fixtures.aws.session import RehearsalSession
from fixtures.ingest.cumulus import CumulusIngest
from fixtures.ingest.ledger import CLOSED
from fixtures.ingest.waiting import Patience
from fixtures.postgres.fence import raise_fence
from fixtures.postgres.fence_mark import Marker
from tests.ingest.conftest import ENABLED, PACE, RUN, World
from tests.rehearsal.helpers import wait_until

New = Callable[..., World]
IMPATIENT = Patience(within=0.5, steady=0.1)


def test_it_is_halted_and_resumed_exactly_as_it_was(world: World) -> None:
    """R8, R11, R12, R57: rules of every type; two that were disabled stay so; a mapping that two
    rules share, which the archive leaves on, is off and comes back.
    """
    before = world.ingest().look()
    ingest = world.ingest()

    halted = ingest.halt()

    assert [] == world.enabled()
    assert ("DISABLED", "DISABLED") == (world.schedule("daily"), world.schedule("weekly"))
    for judgement in (
        check_halted(halted.seen),
        check_agreement(halted.seen),
        check_drained(halted.seen),
        check_dead_letters(*(halted.dead or ({}, {"none": 1}))),
    ):
        assert (judgement.findings, judgement.gaps) == ((), ())
    assert any("told" in line and "lost" in line for line in world.told)

    resumed = ingest.resume()

    assert ENABLED == world.enabled()
    assert ("ENABLED", "DISABLED") == (world.schedule("daily"), world.schedule("weekly"))
    assert before.before() == resumed.seen.before()
    assert resumed.before is not None
    assert check_resumed(resumed.before, resumed.seen).findings == ()
    assert check_agreement(resumed.seen).findings == ()
    assert "the archive's" == world.comment()
    assert ingest.resume().before is None


def test_an_archive_before_v14_is_switched_by_whole_rules(new_world: New) -> None:
    """R8, R57: it knows no PATCH."""
    world = new_world(patches=False)
    ingest = world.ingest()
    ingest.halt()
    assert [] == world.enabled()
    ingest.resume()
    assert ENABLED == world.enabled()
    assert not [one for one in world.archive.requests if one.startswith("PATCH")]


def test_another_process_resumes_what_one_has_halted(world: World) -> None:
    """R57: after `kill -9`, on another machine; halting again does not forget what was enabled."""
    world.ingest().halt()
    assert RUN in (world.comment() or "")
    world.ingest().halt()

    resumed = world.ingest().resume()

    assert ENABLED == world.enabled()
    assert resumed.before is not None
    assert check_resumed(resumed.before, resumed.seen).findings == ()


def test_one_that_was_killed_half_way_is_gone_on_with(world: World) -> None:
    """R57: the ledger was written, and one rule of many was off."""
    states = world.ingest().look().before()
    world.ledger.write(RUN, states)
    world.looking.api.set_state("once", "DISABLED")

    world.ingest().halt()
    assert [] == world.enabled()
    world.ingest().resume()

    assert ENABLED == world.enabled()


def test_a_ledger_that_is_lost_leaves_the_marks(world: World) -> None:
    """R57: what was switched by hand says itself what it was."""
    world.ingest().halt()
    world.ledger.wipe()
    halted = world.ingest().halt()
    assert {True} == set(halted.before.mappings.values())
    with pytest.raises(GoOnWithThatRun, match=RUN):
        world.ledger.wipe()
        world.ingest("20261127-130000-cd34").halt()


def test_the_restored_archive_gets_the_states_from_before_the_halt(world: World) -> None:
    """R57: its rules are as they were at T, and one was disabled between T and the halt."""
    world.ingest().halt()
    # As restored: the rows of a time at which `queued` was not there yet, and `idle` was enabled.
    world.execute("update rules set enabled = name <> 'weekly'")

    resumed = world.ingest().resume(world.connect)

    assert ENABLED == world.enabled()
    assert resumed.before is not None
    assert check_resumed(resumed.before, resumed.seen).findings == ()


def test_a_rule_that_did_not_come_back_is_told(world: World) -> None:
    """R57: it was made after T. The ledger stays, so that it can be resumed again."""
    world.ingest().halt()
    world.execute("delete from rules where name = 'queued'")
    resumed = world.ingest().resume()
    assert resumed.before is not None
    (finding,) = check_resumed(resumed.before, resumed.seen).findings
    assert ("rule queued", "ENABLED", None) == (finding.subject, finding.expected, finding.actual)
    assert RUN in (world.comment() or "")


def test_a_mapping_that_the_archive_deleted_is_told(world: World) -> None:
    """R8, R57: enabling its rule does not bring it back."""
    stream = world.stream("alone")
    mapping = world.map(stream)
    world.execute("insert into rules values ('alone', 'Ingest', 'kinesis', true, %s, %s)",
                  stream, mapping)  # fmt: skip
    ingest = world.ingest()
    ingest.halt()

    resumed = ingest.resume()

    assert resumed.before is not None
    (finding,) = check_resumed(resumed.before, resumed.seen).findings
    assert stream in finding.subject
    assert "make it again" in finding.remedy
    (finding,) = check_agreement(resumed.seen).findings
    assert stream in finding.subject


def test_what_the_archive_forgot_to_switch_is_switched(world: World) -> None:
    """R8: a rule of EventBridge's whose rule is gone from the database still starts work."""
    world.client("events").put_rule(
        Name=f"{world.prefix}-deleted",
        ScheduleExpression="rate(1 day)",
        Description="Rule created by cumulus-api",
    )
    world.client("events").put_rule(
        Name=f"{world.prefix}-watcher", ScheduleExpression="rate(1 minute)"
    )
    (finding,) = check_agreement(world.ingest().look()).findings
    assert f"EventBridge rule {world.prefix}-deleted" == finding.subject

    ingest = world.ingest()
    ingest.halt()
    assert ("DISABLED", "ENABLED") == (world.schedule("deleted"), world.schedule("watcher"))
    ingest.resume()
    assert "ENABLED" == world.schedule("deleted")


def test_what_was_under_way_is_waited_for(world: World) -> None:
    """R11: an execution that runs, and a row that says so."""
    states = world.client("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Wait", "Seconds": 4, "End": True}}}
    machine = states.create_state_machine(
        name=f"{world.prefix}-Ingest",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/tests",
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    seen: list[str] = []

    halted = world.ingest(progress=lambda look: seen.append(look.status)).halt()

    assert "SUCCEEDED" == states.describe_execution(executionArn=execution)["status"]
    assert {f"{world.prefix}-Ingest": 0} == halted.seen.executions
    assert any("1 running" in status for status in seen)


def test_a_drain_that_is_stuck_names_what_is_left(world: World) -> None:
    """R11, R12: every status, and messages that are visible, in flight and delayed. The rules are
    off, and nothing is green.
    """
    for table, status in (
        ("executions", "running"),
        ("granules", "running"),
        ("granules", "queued"),
        ("pdrs", "running"),
        ("async_operations", "RUNNING"),
    ):
        world.execute(f"insert into {table} values ('1', %s)", status)
        patience = replace(IMPATIENT, within=0.0)
        with pytest.raises(DrainTheRest, match=f"{table}: {status}: 1 rows"):
            world.ingest(patience=patience).halt()
        world.execute(f"truncate {table}")
    assert [] == world.enabled()

    sqs = world.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{world.prefix}-startSF")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=60)
    sqs.send_message(QueueUrl=queue, MessageBody="y")
    sqs.send_message(QueueUrl=queue, MessageBody="z", DelaySeconds=60)
    with pytest.raises(DrainTheRest, match="startSF: 1 visible, 1 in flight, 1 delayed"):
        world.ingest(patience=IMPATIENT).halt()


def test_an_operator_s_own_patience_ends_the_wait_and_not_the_drain(world: World) -> None:
    """R11: `--wait`."""
    world.execute("insert into executions values ('1', 'running')")
    with pytest.raises(ResumeTheWait, match="left after"):
        world.ingest(pace=replace(PACE, deadline=0.3)).halt()


def test_dead_letters_have_to_be_as_many_in_two_looks(world: World) -> None:
    """R12: one comes between them, and is waited out."""
    sqs = world.client("sqs")
    dead = sqs.get_queue_url(QueueName=f"{world.prefix}-startSF-failed")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody="from long ago")
    looks: list[str] = []

    def look(progress: Any) -> None:
        looks.append(progress.status)
        if progress.status == "quiet" and looks.count("quiet") == 1:
            sqs.send_message(QueueUrl=dead, MessageBody="x")

    halted = world.ingest(progress=look).halt()

    name = f"{world.prefix}-startSF-failed"
    assert ({name: 2}, {name: 2}) == halted.dead
    assert {name: 1} == halted.at_first
    assert any("1 more dead letters" in line for line in world.told)
    assert any("startSF-failed: 1, then 2" in one for one in looks)


def test_dead_letters_that_go_on_growing_are_told(world: World) -> None:
    """R12: something still fails to be written, each time that one looks."""
    sqs = world.client("sqs")
    dead = sqs.get_queue_url(QueueName=f"{world.prefix}-startSF-failed")["QueueUrl"]

    def look(_: Any) -> None:
        sqs.send_message(QueueUrl=dead, MessageBody="x")

    with pytest.raises(DrainTheRest, match=f"dead-letter queue {world.prefix}-startSF-failed"):
        world.ingest(patience=replace(IMPATIENT, within=2.0), progress=look).halt()


def test_nothing_is_switched_while_it_is_not_known_what_is_enabled(world: World) -> None:
    """R57: the archive's API does not answer; and what it says is not shown."""
    world.archive.broken = 403
    with pytest.raises(AskTheArchive, match="403") as refusal:
        world.ingest().halt()
    assert "a row's value" not in str(refusal.value)
    assert ENABLED == world.enabled()
    assert "the archive's" == world.comment()


def test_another_run_s_halt_is_left_alone(world: World) -> None:
    """R57: it knows what was enabled, and this one does not."""
    world.ingest("20261127-130000-cd34").halt()
    for act in (world.ingest().halt, world.ingest().resume):
        with pytest.raises(GoOnWithThatRun, match="20261127-130000-cd34"):
            act()


def test_a_closed_database_takes_no_write_of_the_api_s(world: World) -> None:
    """R9: and an open one does."""
    ingest = world.ingest()
    ingest.halt()
    assert check_write_probe(ingest.probe_write()).findings != ()
    with world.connect("postgres") as connection:
        connection.execute(f"alter database {world.database} connection limit 0".encode())
        judgement = check_write_probe(ingest.probe_write())
        connection.execute(f"alter database {world.database} connection limit -1".encode())
    assert (judgement.findings, judgement.gaps) == ((), ())
    world.archive.broken = 404
    assert len(check_write_probe(ingest.probe_write()).gaps) == 1


def test_a_look_says_who_is_connected(world: World) -> None:
    """R10: by user and application."""
    with world.connect(world.database) as connection:
        connection.execute("set application_name = 'a client'")
        seen = world.ingest().look()
    assert any(one.application == "a client" for one in seen.accessors or ())


def test_the_mapping_is_told_to_have_settled(world: World) -> None:
    """R8: Lambda says Disabling first; a halt ends when it says Disabled."""
    halted = world.ingest().halt()
    assert {"Disabled"} == {one.state for one in halted.seen.mappings or ()}
    wait_until(lambda: all(one.settled for one in world.looking.mapped()), seconds=5)


def test_behind_its_own_fence_it_is_left_as_it_was_found(world: World) -> None:
    """R57, R61: a recovery that is gone on with cannot ask the archive any more; what AWS tells is
    looked at again, and what somebody has enabled since is disabled again.
    """
    world.ingest().halt()
    marker = Marker(RUN, "settings")
    fence = raise_fence(world.connect, [world.database], maintenance="postgres", marker=marker)
    world.client("events").enable_rule(Name=f"{world.prefix}-daily")

    halted = world.ingest().halt()

    assert CLOSED == halted.found
    assert "DISABLED" == world.schedule("daily")
    assert (None, None) == (halted.seen.rules, halted.seen.rows)
    assert {"Disabled"} == {one.state for one in halted.seen.mappings or ()}
    judgement = check_drained(halted.seen)
    assert (judgement.findings, judgement.gaps) == ((), ())
    fence.lift()
    world.ingest().resume()
    assert ENABLED == world.enabled()
    assert "ENABLED" == world.schedule("daily")


def test_a_guard_lets_through_what_it_was_told_of_and_nothing_else(world: World) -> None:
    """R8, R57: as a recovery's does; without a word it stops what the run does itself."""
    kept = Guard(mode="recovery", account="123456789012", region="us-east-1", copy="copy")
    session = RehearsalSession(world.rds.cloud.endpoint)
    fresh = {name: session.client(name) for name in ("events", "lambda")}
    for client in fresh.values():
        kept.stand_before(client)

    def ingest(**settings: Any) -> CumulusIngest:
        looking = world.looking
        looking.events, looking.functions = fresh["events"], fresh["lambda"]
        given = {"patience": Patience(30.0, 0.1), "pace": PACE, **settings}
        return CumulusIngest(looking, world.ledger, run=RUN, **given)

    with pytest.raises(GuardRefused, match="that is not this run's own"):
        ingest().halt()
    assert "Enabled" == world.looking.mapped()[0].state

    def own(names: Iterable[str]) -> None:
        for name in names:
            kept.own(name)

    ingest(own=own).halt()
    assert {"Disabled"} == {one.state for one in world.looking.mapped()}
    ingest(own=own).resume()
    assert ENABLED == world.enabled()
    with pytest.raises(GuardRefused):
        fresh["events"].disable_rule(Name="another-daily")
    with pytest.raises(GuardRefused):
        fresh["lambda"].invoke(FunctionName=f"{world.prefix}-messageConsumer")
