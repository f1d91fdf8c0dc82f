"""A recovery whose application is the small Cumulus: at work, or idle and compared."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.cumulus.twins import twin_tables
from fixtures.rehearsal.cumulus.archive import TWINS, Archive
from fixtures.rehearsal.writer import Writer
from fixtures.source import Login
from tests.account.fix_account import CLUSTER, TERRAFORM
from tests.drills.fix_drill import ROOT
from tests.recovery.fix_recovery import Recovery
from tests.recovery.standing import Standing, look

PREFIX = "archive"
DAY = """
[cumulus]
prefix = "{prefix}"
version = "14"
database = "core"

[clients]
silence = "1s"

[[clients.redeploy]]
name = "cumulus"
command = ["{python}", "-m", "tests.recovery.deploy_again", "{prefix}"]
dir = "{root}"
environment = ["DRILL_TEST_AWS_ENDPOINT"]

[ingest]
steady = "1s"
"""
PATIENCE = 60.0
FINISHED = """
    update executions set status = 'completed' where status = 'running';
    update granules set status = 'completed' where status <> 'failed';
    update pdrs set status = 'completed' where status = 'running';
    update async_operations set status = 'SUCCEEDED';
"""


@dataclass
class Day:
    """A recovery, its application, and its client that retries for ever, not started yet."""

    recovery: Recovery
    archive: Archive
    client: Writer
    managed: bool = False

    def look(self) -> Standing:
        """How all stands that the recovery may touch."""
        account = self.recovery.account
        return look(account, infra=account.infra if self.managed else None)

    def target(self) -> None:
        """Record what the source holds, and have the recovery go back to this very moment: nothing
        is at work, and what comes later is what went wrong.
        """
        _record(self.recovery)
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        assert within(lambda: datetime.now(UTC) > moment)
        settings = self.recovery.settings
        said = f'[restore]\ntarget = "{moment:%Y-%m-%dT%H:%M:%SZ}"'
        settings.write_text(settings.read_text().replace("[restore]", said, 1))

    def rules(self) -> list[tuple[str, bool]]:
        """The archive's, as the API has them: name, whether it is enabled."""
        names = self.archive.deployment.names
        answer = self.archive.deployment.invoke(
            names.archive_api,
            {
                "httpMethod": "GET",
                "resource": "/{proxy+}",
                "path": "/rules",
                "headers": {},
                "queryStringParameters": {"limit": "100"},
                "body": None,
            },
        )
        listed = json.loads(answer["body"])["results"]
        return sorted((one["name"], one["state"] == "ENABLED") for one in listed)

    def works(self) -> bool:
        """Whether what a provider sends becomes a completed execution in the source."""

        def count() -> int:
            with self.recovery.account.connect() as connection:
                row = connection.execute(
                    "select count(*) from executions where status = 'completed'"
                ).fetchone()
            assert row is not None
            return int(row[0])

        before = count()
        deployment = self.archive.deployment
        deployment.client("sqs").send_message(
            QueueUrl=deployment.live.queue, MessageBody='{"number": 1000001}'
        )
        return within(lambda: count() > before)


def within(arrived: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it comes to that in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if arrived():
            return True
        time.sleep(0.1)  # between two looks
    return False


def _record(recovery: Recovery) -> None:
    """The baseline of the settings, anew."""
    account = recovery.account
    save(
        record({"core": lambda: account.address.connect(account.reader, "core")}, Reading()),
        recovery.settings.with_name("core.json"),
    )


def _settings(recovery: Recovery, *, managed: bool) -> None:
    text = DAY.format(prefix=PREFIX, python=sys.executable, root=ROOT)
    for one in twin_tables(PREFIX, TWINS, "core"):
        text += "\n[[dynamodb.table]]\n"
        text += "".join(f"{key} = {_toml(value)}\n" for key, value in one.items())
    if managed:
        address = "module.rds_cluster.aws_rds_cluster.cumulus"
        text += TERRAFORM.format(infra=recovery.account.infra, address=address)
    with recovery.settings.open("a") as settings:
        settings.write(text)


def _toml(value: Any) -> str:
    return json.dumps(value)


def _day(recovery: Recovery, *, managed: bool) -> Iterator[Day]:
    account = recovery.account
    _settings(recovery, managed=managed)
    with account.connect() as connection:
        connection.execute(FINISHED.encode())
        schema = (ROOT / "tests" / "cumulus" / "schemas" / "v11.sql").read_text()
        for migrations in re.findall(
            r"^(?:create table|insert into) knex_.*?;$", schema, re.DOTALL | re.MULTILINE
        ):
            connection.execute(migrations.encode())
    login = Login(account.application.user, account.application.password)
    with Archive(account.session, PREFIX) as archive:
        archive.complete(login, account.address, "core", CLUSTER, account.connect)
        archive.wait()
        archive.deployment.client("dynamodb").put_item(
            TableName=archive.deployment.names.semaphores,
            Item={
                "key": {"S": archive.deployment.queue_url(archive.deployment.names.start_queue)},
                "semvalue": {"N": "0"},
            },
        )
        _record(recovery)
        last = account.writer.ledger.last_tick or 0
        yield Day(recovery, archive, archive.writer("core", last + 1), managed)


@pytest.fixture
def day(recovery: Recovery) -> Iterator[Day]:
    """Of a cluster that no Terraform manages."""
    yield from _day(recovery, managed=False)


@pytest.fixture
def managed_day(recovery: Recovery) -> Iterator[Day]:
    """Of one that Terraform manages."""
    yield from _day(recovery, managed=True)
