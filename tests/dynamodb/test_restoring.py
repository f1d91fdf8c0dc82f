"""Copies of tables: asked for, marked, protected in a recovery, removed; nothing of others' is."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from checks.keys.configuration import compare_tables, left_behind
from fixtures.aws import tags as tagging
from fixtures.aws.errors import (
    AwsError,
    ChooseAnotherIdentifier,
    ChooseAnotherTarget,
    CorrectTheRequest,
    FindSource,
    RemoveByHand,
    ResumeTheWait,
)
from fixtures.aws.names import is_named_by, looks_like_a_copy, new_identifier
from fixtures.aws.session import Client
from fixtures.aws.tables import restore as restoring
from fixtures.aws.tables.describe import find_table, read_settings, read_tags
from fixtures.aws.tables.removal import remove_table
from fixtures.aws.tables.restore import RestoredTable, copy_name, mark_table, restore_table
from fixtures.aws.tables.wait import until_table_active, until_table_restorable
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace
from fixtures.claims import BadInput, Refused
from fixtures.drill_run import DrillRun
from fixtures.dynamodb.choosing import require_tables, restore_together
from fixtures.dynamodb.comparing import judge_configuration
from fixtures.dynamodb.restoring import await_tables, renew_tables, requested
from fixtures.settings.dynamodb import DynamoDB
from fixtures.source import Source, Tables
from tests.dynamodb.archive import create_table, next_second, put

PACE = Pace(poll=0.05, deadline=60)
EXPIRES = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=8)
_RUNS = itertools.count(1)


@dataclass
class Run:
    expires: datetime = EXPIRES


@dataclass
class Record:
    """What a step tells; in place of a whole run's record."""

    run: Run = field(default_factory=Run)
    keeps_copy: bool = False
    standing: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    target_time: datetime | None = None

    def stands(self, what: str, place: str) -> None:
        self.standing.append(place)

    def is_gone(self, what: str, place: str) -> None:
        self.standing.remove(place)

    def keep(self, what: str, place: str) -> None:
        self.kept.append(place)

    def removed(self, what: str, place: str) -> None:
        assert place.startswith("arn:")

    def note(self, text: str) -> None:
        self.notes.append(text)

    def facts(self, subject: str, /, **facts: Any) -> None:
        assert facts

    progress = None


@dataclass
class Described:
    latest: datetime | None


@dataclass
class Somewhere:
    """What of a `Source` these steps ask for."""

    tables: Tables | None
    mode: str = "drill"
    pace: Pace = PACE
    target: Any = "latest"
    earlier: Any = None
    identifier: str = "core-prod"
    latest: datetime | None = None

    def describe(self) -> Described:
        return Described(self.latest)


@dataclass
class World:
    """A table of its own, a run that restores it, and what that tells."""

    client: Client
    table: str
    moment: datetime
    tag: RunTag
    copy: str
    record: Record = field(default_factory=Record)

    def source(self, mode: str = "drill", *more: str, **changed: Any) -> Source:
        names = [{"name": one} for one in (self.table, *more)]
        wanted = DynamoDB.model_validate({"table": names, **changed})
        return cast(Source, Somewhere(Tables(wanted, self.client), mode))

    @property
    def drill_run(self) -> DrillRun:
        return cast(DrillRun, self.record)

    @property
    def name(self) -> str:
        return copy_name(self.copy, self.table)

    def restore(self) -> RestoredTable:
        source = read_settings(self.client, self.table)
        found = restore_table(self.client, source, self.name, self.moment)
        until_table_active(self.client, found.name, pace=PACE)
        return found


@pytest.fixture
def world(dynamodb: Client) -> World:
    number = next(_RUNS)
    run, table = f"run-{number}", f"res-{number}-ThingsTable"
    create_table(dynamodb, table, ["id"])
    put(dynamodb, table, id="one")
    target = next_second()
    next_second()  # the tables' own time has passed, too
    return World(
        dynamodb,
        table,
        target,
        RunTag(run, "ops@host", EXPIRES),
        new_identifier("core-prod", run),
    )


def test_a_copy_is_called_as_all_that_its_run_makes(world: World) -> None:
    assert f"{world.copy}-{world.table}" == world.name
    assert is_named_by(world.name, world.tag.run_id)
    assert not is_named_by(world.name, "another-run")
    assert looks_like_a_copy(world.name)
    with pytest.raises(ChooseAnotherIdentifier, match="DynamoDB takes 255"):
        copy_name(world.copy, "x" * 240)


def test_a_drill_restores_marks_and_removes(world: World) -> None:
    """R24, R58: the run's own by its TableId, for as long as the run's things last."""
    source = world.source()
    with requested(source, world.copy, world.moment, world.tag, world.drill_run) as asked:
        restored = await_tables(source, asked, world.tag, world.drill_run)
        (one,) = asked.tables
        tags = read_tags(world.client, one.arn)
        assert world.tag.owns(tags, one.table_id)
        assert tagging.expiry_text(EXPIRES) == tags[tagging.EXPIRES]
        assert [one.name] == world.record.standing
        settings = read_settings(world.client, world.table)
        assert [] == compare_tables(world.table, settings, restored.copies[world.table])
        later = replace(world.tag, expires=EXPIRES + timedelta(hours=1))
        assert [one.name] == renew_tables(source.tables, world.copy, later)
        assert (
            tagging.expiry_text(later.expires or EXPIRES)
            == read_tags(world.client, one.arn)[tagging.EXPIRES]
        )
    assert find_table(world.client, world.name) is None
    assert [] == world.record.standing
    assert find_table(world.client, world.table) is not None


def test_a_drill_removes_what_is_still_being_made(world: World) -> None:
    """It has no tag by then, and is this run's by the id that AWS answered with."""
    source = world.source()
    with requested(source, world.copy, world.moment, world.tag, world.drill_run):
        assert "CREATING" == (find_table(world.client, world.name) or {})["TableStatus"]
    assert find_table(world.client, world.name) is None


def test_a_drill_that_fails_half_way_removes_the_first_half(world: World) -> None:
    """A table of the second name has no recovery: it is refused, and the first goes again."""
    create_table(world.client, f"{world.table}-2", ["id"], recovery=False)
    source = world.source("drill", f"{world.table}-2")
    with ExitStack() as stack, pytest.raises(CorrectTheRequest, match="PointInTimeRecovery"):
        stack.enter_context(requested(source, world.copy, world.moment, world.tag, world.drill_run))
    assert find_table(world.client, world.name) is None
    assert [] == world.record.standing


def test_what_is_to_be_kept_is_kept_and_told(world: World) -> None:
    world.record.keeps_copy = True
    source = world.source()
    with requested(source, world.copy, world.moment, world.tag, world.drill_run) as asked:
        await_tables(source, asked, world.tag, world.drill_run)
    assert [one.arn for one in asked.tables] == world.record.kept
    assert find_table(world.client, world.name) is not None


def test_a_recovery_keeps_its_copy_and_protects_it_as_its_source_is(world: World) -> None:
    """Nothing is undone, no tag could end it; what a restore leaves behind is told (R58)."""
    client = world.client
    arn = (find_table(client, world.table) or {})["TableArn"]
    client.update_table(TableName=world.table, DeletionProtectionEnabled=True)
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "archive"}])
    client.update_time_to_live(
        TableName=world.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
    )
    source = world.source("recovery")
    tag = replace(world.tag, expires=None)
    with requested(source, world.copy, world.moment, tag, world.drill_run) as asked:
        restored = await_tables(source, asked, tag, world.drill_run)

    table = read_settings(client, world.name)
    assert table["DeletionProtectionEnabled"]
    assert table["PointInTimeRecovery"]
    assert "archive" == table["Tags"]["team"]
    assert tagging.EXPIRES not in table["Tags"]
    judgement = judge_configuration(restored, to_stay=True)
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert "time to live is not on" in gap.reason
    assert () == judge_configuration(restored, to_stay=False).gaps


def test_what_was_asked_for_before_is_known_again(world: World) -> None:
    """R58: nothing is asked for twice when a run is gone on with; another's table is no copy."""
    first = world.restore()
    source = read_settings(world.client, world.table)
    again = restore_table(world.client, source, world.name, world.moment)
    assert replace(first, found=True) == again
    with pytest.raises(ChooseAnotherIdentifier, match="is there already"):
        restore_table(world.client, source, world.name, world.moment + timedelta(seconds=1))
    with pytest.raises(ChooseAnotherIdentifier, match="is there already"):
        restore_table(world.client, source, world.table, world.moment)


def test_a_copy_whose_answer_was_lost_is_found_by_its_name_source_and_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore repeats the call, and AWS says that the name is taken: it is this run's."""
    first = world.restore()
    answers = iter([None])
    monkeypatch.setattr(restoring, "find_table", lambda *asked: next(answers, find_table(*asked)))
    source = read_settings(world.client, world.table)
    assert first == restore_table(world.client, source, world.name, world.moment)


def test_nothing_is_removed_that_is_not_provably_this_run_s(world: World) -> None:
    """DESIGN 7: another's tag, another table of the name, protection. Then it goes."""
    one, client = world.restore(), world.client
    mark_table(client, one, replace(world.tag, run_id="somebody-s"), pace=PACE)
    with pytest.raises(RemoveByHand, match="not this run's by its tags"):
        remove_table(client, one.name, one.table_id, world.tag, pace=PACE)
    mark_table(client, one, world.tag, pace=PACE)
    with pytest.raises(RemoveByHand, match="is another now"):
        remove_table(client, one.name, "another-id", world.tag, pace=PACE)
    client.update_table(TableName=one.name, DeletionProtectionEnabled=True)
    with pytest.raises(RemoveByHand, match="deletion protection"):
        remove_table(client, one.name, one.table_id, world.tag, pace=PACE)
    client.update_table(TableName=one.name, DeletionProtectionEnabled=False)
    remove_table(client, one.name, one.table_id, world.tag, pace=PACE)
    remove_table(client, one.name, one.table_id, world.tag, pace=PACE)
    assert find_table(client, one.name) is None


def test_a_table_without_recovery_or_none_at_all_is_refused_beforehand(world: World) -> None:
    """R24: bad input, before anything is made."""
    require_tables(world.source())
    world.client.update_continuous_backups(
        TableName=world.table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    with pytest.raises(BadInput, match=rf"\[dynamodb\] tables.recovery: {world.table}"):
        require_tables(world.source())
    with pytest.raises(BadInput, match=r"\[\[dynamodb.table\]\] name: there is no table res-none"):
        require_tables(replace_table(world, "res-none"))


def test_a_role_that_may_not_ask_is_told_so_beforehand(world: World) -> None:
    """Bad input, and no error of AWS's own."""

    def denied(**_: Any) -> Any:
        refusal = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        return Answered(), {**refusal, "ResponseMetadata": {}}

    event = "before-call.dynamodb.DescribeContinuousBackups"
    world.client.meta.events.register(event, denied)
    try:
        with pytest.raises(BadInput, match=r"\[\[dynamodb.table\]\] name: AccessDeniedException"):
            require_tables(world.source())
    finally:
        world.client.meta.events.unregister(event, denied)


class Answered:
    status_code = 400


def replace_table(world: World, name: str) -> Source:
    return replace(world, table=name).source()


def test_a_time_before_the_table_s_own_or_before_the_cluster_s_is_refused(world: World) -> None:
    source = cast(Any, world.source())
    source.target = world.moment - timedelta(days=1)
    with pytest.raises(BadInput, match=f"table {world.table} can be restored to"):
        require_tables(source)
    source = cast(Any, world.source(restore_to_time=world.moment))
    source.target = world.moment + timedelta(seconds=1)
    with pytest.raises(BadInput, match=r"tables\.order"):
        require_tables(source)
    source.target = world.moment - timedelta(hours=1)
    with pytest.raises(BadInput, match=r"tables\.distance"):
        require_tables(source)


def test_both_times_are_chosen_together(world: World) -> None:
    """R24: of the latest that both have, the cluster's is behind, and the tables' is reached."""
    source = cast(Any, world.source())
    source.latest = datetime.now(UTC) + timedelta(hours=1)
    target = restore_together(source, "latest", world.drill_run)
    assert isinstance(target, datetime)
    window = until_table_restorable(world.client, world.table, target, pace=PACE)
    assert window.latest is not None
    assert target <= window.latest - timedelta(seconds=1)
    assert target == world.record.target_time

    source.latest = world.moment + timedelta(milliseconds=700)
    assert world.moment == restore_together(source, "latest", world.drill_run)
    assert world.moment == restore_together(source, world.moment, world.drill_run)
    none = cast(Source, Somewhere(None))
    assert "latest" == restore_together(none, "latest", world.drill_run)


def test_times_that_do_not_fit_are_refused(world: World) -> None:
    source = world.source(restore_to_time=world.moment, tolerance="1s")
    with pytest.raises(Refused, match=r"tables\.order"):
        restore_together(source, world.moment + timedelta(seconds=1), world.drill_run)
    with pytest.raises(Refused, match=r"tables\.distance"):
        restore_together(source, world.moment - timedelta(seconds=2), world.drill_run)
    assert world.moment == restore_together(source, world.moment, world.drill_run)


def test_a_time_that_is_not_there_yet_is_waited_for_and_one_that_never_is_is_refused(
    world: World,
) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    with pytest.raises(ResumeTheWait, match="restorable to"):
        until_table_restorable(world.client, world.table, soon, pace=replace(PACE, deadline=0.1))
    found = until_table_restorable(world.client, world.table, soon, pace=PACE)
    assert found.latest is not None
    assert soon <= found.latest
    for moment, said in (
        (datetime.now(UTC) + timedelta(days=1), "lies in the future"),
        (world.moment - timedelta(days=1), "or later, and not to"),
    ):
        with pytest.raises(ChooseAnotherTarget, match=said):
            until_table_restorable(world.client, world.table, moment, pace=PACE)
    with pytest.raises(FindSource):
        until_table_restorable(world.client, "res-none", soon, pace=PACE)
    assert issubclass(ChooseAnotherTarget, AwsError)


def test_a_copy_is_paid_for_indexed_and_encrypted_as_its_source(dynamodb: Client) -> None:
    """R58: said with the request, for unsaid it is as it was at that time."""
    name = "res-ProvisionedTable"
    create_table(
        dynamodb,
        name,
        ["id"],
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
        AttributeDefinitions=[
            {"AttributeName": one, "AttributeType": "S"} for one in ("id", "collection")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-collection",
                "KeySchema": [{"AttributeName": "collection", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/own"},
    )
    moment = next_second()
    dynamodb.update_table(
        TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 8}
    )
    source = read_settings(dynamodb, name)
    one = restore_table(dynamodb, source, f"core-prod-drill-p-{name}", moment)
    until_table_active(dynamodb, one.name, pace=PACE)
    copy = read_settings(dynamodb, one.name)

    assert [] == compare_tables(name, source, copy)
    assert 9 == copy["ProvisionedThroughput"]["ReadCapacityUnits"]
    assert {"point-in-time recovery", "auto scaling"} == set(left_behind(source, copy))
