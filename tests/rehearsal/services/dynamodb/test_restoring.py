"""A table while it is being restored, and what others do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import wait_until
from tests.rehearsal.services.dynamodb.dynamo import API, Dynamo, next_second, row

RESTORE = "RestoreTableToPointInTime"


def while_creating(dynamo: Dynamo, act: Callable[[str], object]) -> str:
    """The code with which something is refused on a table that is being restored.

    The table is there after a moment: where that was too soon for this machine, another is begun.
    """
    name = dynamo.create()
    for _ in range(20):
        target = dynamo.start_restore(name)
        code = ""
        try:
            act(target)
        except ClientError as refusal:
            code = str(refusal.response["Error"]["Code"])
        if code and dynamo.describe(target)["TableStatus"] == "CREATING":
            dynamo.wait(target)
            return code
    pytest.fail("no table was seen being created")


@documented(
    "dynamodb", RESTORE, "The restored table is CREATING, then ACTIVE.", API + "CreateTable"
)
def test_a_restored_table_is_creating_first(dynamo: Dynamo) -> None:
    source = dynamo.create()
    name = dynamo.new_name()
    answer = dynamo.api.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=name, UseLatestRestorableTime=True
    )["TableDescription"]

    assert "CREATING" == answer["TableStatus"]
    assert answer["RestoreSummary"]["RestoreInProgress"]
    wait_until(lambda: dynamo.describe(name)["TableStatus"] == "ACTIVE")
    assert not dynamo.describe(name)["RestoreSummary"]["RestoreInProgress"]


BUSY: dict[str, tuple[str, Callable[[Any, str], object]]] = {
    "GetItem": (
        "ResourceNotFoundException",
        lambda api, name: api.get_item(TableName=name, Key=row("one")),
    ),
    "PutItem": (
        "ResourceNotFoundException",
        lambda api, name: api.put_item(TableName=name, Item=row("one")),
    ),
    "Scan": ("ResourceNotFoundException", lambda api, name: api.scan(TableName=name)),
    "DeleteTable": ("ResourceInUseException", lambda api, name: api.delete_table(TableName=name)),
    "UpdateTable": (
        "ResourceInUseException",
        lambda api, name: api.update_table(TableName=name, DeletionProtectionEnabled=True),
    ),
    "UpdateTimeToLive": (
        "ResourceInUseException",
        lambda api, name: api.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        ),
    ),
    "UpdateContinuousBackups": (
        "ContinuousBackupsUnavailableException",
        lambda api, name: api.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        ),
    ),
    "CreateBackup": (
        "ContinuousBackupsUnavailableException",
        lambda api, name: api.create_backup(TableName=name, BackupName="early"),
    ),
}


@documented("dynamodb", "CreateTable", "A table is used once it is ACTIVE.", API + "CreateTable")
@pytest.mark.parametrize("action", BUSY)
def test_a_table_that_is_being_restored_is_not_used(dynamo: Dynamo, action: str) -> None:
    code, act = BUSY[action]

    assert code == while_creating(dynamo, lambda name: act(dynamo.api, name))


@documented(
    "dynamodb", RESTORE, "A target that is being created is refused as in use.", API + RESTORE
)
def test_a_target_that_is_being_restored_is_in_use(dynamo: Dynamo) -> None:
    source = dynamo.create()

    def again(target: str) -> None:
        dynamo.api.restore_table_to_point_in_time(
            SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
        )

    assert "TableInUseException" == while_creating(dynamo, again)


def test_of_many_restores_to_one_name_one_wins(dynamo: Dynamo) -> None:
    source = dynamo.create()
    name = dynamo.new_name()

    def restore(_: int) -> str:
        try:
            dynamo.api.restore_table_to_point_in_time(
                SourceTableName=source, TargetTableName=name, UseLatestRestorableTime=True
            )
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "restored"

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(restore, range(8)))
    assert 1 == answers.count("restored")
    assert {"restored", "TableInUseException"} >= set(answers)


def test_writers_neither_disturb_a_restore_nor_are_in_it(dynamo: Dynamo) -> None:
    """Each writer moves a pair of items on together: a restored copy has both or neither."""
    name = dynamo.create()
    writers = 4

    def write(writer: int, value: int) -> None:
        dynamo.api.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": name, "Item": row(f"{writer}-{half}", value=str(value))}}
                for half in ("a", "b")
            ]
        )

    for writer in range(writers):
        write(writer, 0)
    quiet = next_second()

    def keep_writing(writer: int) -> None:
        for value in range(1, 40):
            write(writer, value)

    with ThreadPoolExecutor(writers) as together:
        busy = [together.submit(keep_writing, writer) for writer in range(writers)]
        copies = [dynamo.start_restore(name, to) for to in (quiet, None, quiet, None, None)]
        for one in busy:
            one.result()
    for copy in copies:
        dynamo.wait(copy)
    states = [
        {item["id"]["S"]: item["value"]["S"] for item in dynamo.items(copy)} for copy in copies
    ]

    for state in states:
        for writer in range(writers):
            assert state[f"{writer}-a"] == state[f"{writer}-b"]
    assert {"0"} == set(states[0].values()) == set(states[2].values())
    assert {"39"} == {item["value"]["S"] for item in dynamo.items(name)}
