"""Driving the rehearsal cloud's DynamoDB as a client of AWS would."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from tests.rehearsal.helpers import REGION, wait_until

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_"
HOW_IT_WORKS = f"{GUIDE}PointInTimeRecovery_Howitworks.html"
RESTORES = f"{GUIDE}pointintimerecovery_restores.html"

HASH_ONLY: Mapping[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
HASH_AND_RANGE: Mapping[str, Any] = {
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        # moto's PartiQL knows no numbers in a WHERE.
        {"AttributeName": "at", "AttributeType": "S"},
    ],
}

_NUMBERS = itertools.count(1)


def row(key: str, **values: str) -> dict[str, Any]:
    """An item of strings."""
    return {"id": {"S": key}, **{name: {"S": value} for name, value in values.items()}}


def next_second() -> datetime:
    """The first whole second after now, which has passed at return: the cloud's clock is ours."""
    target = math.floor(time.time()) + 1
    wait_until(lambda: time.time() > target)
    return datetime.fromtimestamp(target, UTC)


@dataclass(frozen=True)
class Dynamo:
    """The DynamoDB API of one cloud and region."""

    api: Any

    def new_name(self) -> str:
        """A name no other test has."""
        return f"table-{next(_NUMBERS)}"

    def create(self, *, recovery: bool = True, **settings: Any) -> str:
        """A table of items by `id`, with point-in-time recovery."""
        name = self.new_name()
        if "ProvisionedThroughput" not in settings:
            settings = {"BillingMode": "PAY_PER_REQUEST", **settings}
        self.api.create_table(TableName=name, **{**HASH_ONLY, **settings})
        if recovery:
            self.recovery(name)
        return name

    def recovery(self, name: str, *, enabled: bool = True, **more: Any) -> dict[str, Any]:
        """Switch point-in-time recovery; its description after that."""
        answer = self.api.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled, **more},
        )
        described: dict[str, Any] = answer["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]
        return described

    def window(self, name: str) -> dict[str, Any]:
        """PointInTimeRecoveryDescription."""
        answer = self.api.describe_continuous_backups(TableName=name)
        described: dict[str, Any] = answer["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]
        return described

    def put(self, name: str, *items: Mapping[str, Any]) -> None:
        """Write items one by one."""
        for item in items:
            self.api.put_item(TableName=name, Item=item)

    def items(self, name: str) -> list[dict[str, Any]]:
        """Everything in a table, in the order of its keys."""
        pages = self.api.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        found = [item for page in pages for item in page["Items"]]
        return sorted(found, key=lambda item: repr((item["id"], item.get("at"))))

    def describe(self, name: str) -> dict[str, Any]:
        """One table as AWS would describe it."""
        described: dict[str, Any] = self.api.describe_table(TableName=name)["Table"]
        return described

    def start_restore(self, source: str, to: datetime | None = None, **more: Any) -> str:
        """The name of a copy that is being restored; to the latest time unless told otherwise."""
        target: dict[str, Any] = (
            {"UseLatestRestorableTime": True} if to is None else {"RestoreDateTime": to}
        )
        name = self.new_name()
        self.api.restore_table_to_point_in_time(
            SourceTableName=source, TargetTableName=name, **target, **more
        )
        return name

    def restore(self, source: str, to: datetime | None = None, **more: Any) -> str:
        """A restored copy, waited for."""
        name = self.start_restore(source, to, **more)
        self.wait(name)
        return name

    def wait(self, name: str) -> None:
        """botocore's own waiter for ACTIVE, asking often."""
        self.api.get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
        )

    def back_up(self, name: str, called: str = "nightly") -> str:
        """A backup's ARN, waited for."""
        answer = self.api.create_backup(TableName=name, BackupName=called)
        arn = str(answer["BackupDetails"]["BackupArn"])
        self.wait_for_backup(arn)
        return arn

    def backup(self, arn: str) -> dict[str, Any]:
        """BackupDetails."""
        answer = self.api.describe_backup(BackupArn=arn)["BackupDescription"]
        described: dict[str, Any] = answer["BackupDetails"]
        return described

    def wait_for_backup(self, arn: str) -> None:
        """Until it can be restored from."""
        wait_until(lambda: self.backup(arn)["BackupStatus"] == "AVAILABLE")

    def restore_backup(self, arn: str, **more: Any) -> str:
        """A table restored from a backup, waited for."""
        name = self.new_name()
        self.api.restore_table_from_backup(BackupArn=arn, TargetTableName=name, **more)
        self.wait(name)
        return name


def ago(**amount: float) -> datetime:
    """A time that long before now."""
    return datetime.now(UTC) - timedelta(**amount)


def post(endpoint: str, action: str, body: bytes) -> Any:
    """The HTTP response to a request that no SDK need have made, signed as AWS has it."""
    request = AWSRequest(
        "POST",
        f"{endpoint}/",
        data=body,
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{action}",
        },
    )
    SigV4Auth(Credentials("rehearsal", "rehearsal"), "dynamodb", REGION).add_auth(request)
    return URLLib3Session().send(request.prepare())
