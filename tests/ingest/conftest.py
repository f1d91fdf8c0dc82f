"""One cloud with a cluster for the tests of this folder, and an archive of its own for each."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.aws.ingest.archive_api import ArchiveApi
from fixtures.aws.session import RehearsalSession
from fixtures.aws.wait import Pace
from fixtures.guardian import Guardian
from fixtures.ingest.cumulus import CumulusIngest
from fixtures.ingest.ledger import Ledger
from fixtures.ingest.looking import Looking
from fixtures.ingest.waiting import Patience
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.ingest.archive import Archive, WithArchive
from tests.rehearsal.helpers import Rds, client, wait_until

CLUSTER = "core"
PACE = Pace(poll=0.1, deadline=60.0)
PATIENCE = Patience(within=30.0, steady=0.1)
RUN = "20261127-120000-ab12"
ROLE = "arn:aws:iam::123456789012:role/tests"
_NUMBERS = itertools.count(1)

SCHEMA = """
    create table rules (name text, workflow text, type text, enabled bool, value text, arn text);
    create table executions (arn text, status text);
    create table granules (id text, status text);
    create table pdrs (name text, status text);
    create table async_operations (id text, status text);
"""


@pytest.fixture(scope="session")
def shared_server(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(folder, binaries, account, guardian.client())
    server.initialise()
    server.start()
    yield server
    server.stop("immediate")


@pytest.fixture
def core(shared_server: Server) -> Iterator[Server]:
    """A server with an empty database `core`, which goes again with its comment."""
    with shared_server.connect() as connection:
        connection.execute("create database core")
    yield shared_server
    with shared_server.connect() as connection:
        connection.execute("drop database core with (force)")


@pytest.fixture(scope="session")
def cloud(guardian: Guardian) -> Iterator[RehearsalCloud]:
    engine = os.environ.get("DRILL_TEST_ENGINE", "auto")
    with RehearsalCloud.start(guardian, engine=engine) as started:
        yield started


@pytest.fixture(scope="session")
def rds(cloud: RehearsalCloud) -> Rds:
    made = Rds(client("rds", cloud.endpoint), cloud)
    made.create(CLUSTER)
    made.create_instance(CLUSTER)
    return made


@pytest.fixture(scope="session")
def role(cloud: RehearsalCloud) -> str:
    iam = client("iam", cloud.endpoint)
    made = iam.create_role(RoleName="tests", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


class Lasting:
    """A session whose clients are made once."""

    def __init__(self, session: RehearsalSession) -> None:
        self._session = session
        self._made: dict[str, Any] = {}

    @property
    def region(self) -> str:
        return self._session.region

    def client(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(service)
        return self._made[service]


@pytest.fixture(scope="session")
def lasting(cloud: RehearsalCloud) -> Lasting:
    return Lasting(RehearsalSession(cloud.endpoint))


@dataclass
class World:
    """An archive with rules of every type: two of them disabled, two that share a stream.

    told  what ingest told its reader
    """

    rds: Rds
    session: Lasting
    prefix: str
    database: str
    archive: Archive
    told: list[str] = field(default_factory=list)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return self.rds.connect(CLUSTER, dbname=database)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        with self.connect(self.database) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @property
    def looking(self) -> Looking:
        session = WithArchive(self.session, self.archive)
        api = ArchiveApi(session.client("lambda"), self.prefix, patches=self.archive.patches)
        return Looking(session, self.prefix, api, self.connect, self.database)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.connect, "postgres", self.database)

    def ingest(self, run: str = RUN, **settings: Any) -> CumulusIngest:
        """As a process has it that begins, or goes on with a run."""
        given = {"patience": PATIENCE, "pace": PACE, "tell": self.told.append, **settings}
        return CumulusIngest(self.looking, self.ledger, run=run, **given)

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def queue(self, name: str, **attributes: str) -> str:
        made = self.client("sqs").create_queue(
            QueueName=f"{self.prefix}-{name}", Attributes=attributes
        )
        return str(made["QueueUrl"])

    def stream(self, name: str) -> str:
        """The ARN of a new one."""
        kinesis = self.client("kinesis")
        kinesis.create_stream(StreamName=f"{name}-{self.prefix}", ShardCount=1)
        found = kinesis.describe_stream(StreamName=f"{name}-{self.prefix}")
        return str(found["StreamDescription"]["StreamARN"])

    def map(self, source: str, *, enabled: bool = True) -> str:
        """The UUID of a new mapping of it to the message consumer."""
        functions = self.client("lambda")
        made = functions.create_event_source_mapping(
            EventSourceArn=source,
            FunctionName=f"{self.prefix}-messageConsumer",
            Enabled=enabled,
            StartingPosition="TRIM_HORIZON",
        )
        uuid = str(made["UUID"])
        wait_until(lambda: self.state(uuid) in ("Enabled", "Disabled"))
        return uuid

    def state(self, mapping: str) -> str:
        found = self.client("lambda").get_event_source_mapping(UUID=mapping)
        return str(found["State"])

    def schedule(self, name: str) -> str:
        found = self.client("events").describe_rule(Name=f"{self.prefix}-{name}")
        return str(found["State"])

    def enabled(self) -> list[str]:
        """The rules that are, by the database."""
        found = self.execute("select name from rules where enabled order by name")
        return [name for (name,) in found]

    def comment(self) -> str | None:
        (row,) = self.execute(
            "select shobj_description(oid, 'pg_database') from pg_database"
            " where datname = current_database()"
        )
        found: str | None = row[0]
        return found


ENABLED = ["daily", "once", "queued", "shared_1", "shared_2", "told"]
"""The rules of a `World` that are enabled when it begins; besides, `weekly` and `idle` are not."""


@pytest.fixture
def new_world(lasting: Lasting, rds: Rds, role: str) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(**archive: Any) -> World:
        number = next(_NUMBERS)
        prefix, database = f"core{number}", f"core_{number}"
        with rds.connect(CLUSTER, dbname="postgres") as connection:
            connection.execute(f"create database {database}".encode())
            connection.execute(f"comment on database {database} is 'the archive''s'".encode())
        world = World(
            rds,
            lasting,
            prefix,
            database,
            Archive(lasting, prefix, lambda: rds.connect(CLUSTER, dbname=database), **archive),
        )
        made.append(world)
        _fill(world, role)
        return world

    yield make
    for world in made:
        with rds.connect(CLUSTER, dbname="postgres") as connection:
            connection.execute(f"drop database {world.database} with (force)".encode())
        events, functions = world.client("events"), world.client("lambda")
        for rule in events.list_rules(NamePrefix=world.prefix)["Rules"]:
            events.delete_rule(Name=rule["Name"])
        functions.delete_function(FunctionName=f"{world.prefix}-messageConsumer")


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world()


def _fill(world: World, role: str) -> None:
    world.execute(SCHEMA)
    world.client("lambda").create_function(
        FunctionName=f"{world.prefix}-messageConsumer",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
    )
    stream = world.stream("shared")
    shared = world.map(stream)
    dead = world.queue("startSF-failed")
    arn = world.client("sqs").get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 3}
    world.queue("startSF", RedrivePolicy=json.dumps(policy))
    for name, kind, enabled, value, trigger in (
        ("daily", "scheduled", True, "rate(1 day)", None),
        ("weekly", "scheduled", False, "rate(7 days)", None),
        ("once", "onetime", True, None, None),
        ("queued", "sqs", True, "https://queue", None),
        ("idle", "sqs", False, "https://idle", None),
        ("told", "sns", True, "arn:topic", "arn:subscription"),
        ("shared_1", "kinesis", True, stream, shared),
        ("shared_2", "kinesis", True, stream, shared),
    ):
        world.execute(
            "insert into rules values (%s, 'Ingest', %s, %s, %s, %s)",
            name, kind, enabled, value, trigger,
        )  # fmt: skip
        if kind == "scheduled":
            world.client("events").put_rule(
                Name=f"{world.prefix}-{name}",
                ScheduleExpression=value,
                State="ENABLED" if enabled else "DISABLED",
                Description="Rule created by cumulus-api",
            )
