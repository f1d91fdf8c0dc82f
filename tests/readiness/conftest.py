"""One rehearsal cloud for the tests of this folder, and a source in it that is ready."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.loaders import create_loader

from fixtures.aws.session import RehearsalSession
from fixtures.guardian import Guardian
from fixtures.readiness.aws import AwsSource, InAws
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.readiness import ACCOUNT, grant, quarantine
from fixtures.settings import Settings, load_settings
from tests.rehearsal.helpers import DATABASE, Rds, client, wait_until

SOURCE = "core"
RUN = "20261127-120000-abcd"


@pytest.fixture(scope="package", autouse=True)
def one_loader() -> Iterator[None]:
    """Parse the API models once, not once a client: most of these tests would do little else."""
    loader = create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda *_: loader)
        yield


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


class Recorded:
    """A session that keeps the name of every call that its clients make.

    `also` is given every client, to make it lie.
    """

    def __init__(
        self, session: RehearsalSession, also: Callable[[str, Any], None] | None = None
    ) -> None:
        self._session = session
        self._also = also
        self.calls: list[str] = []

    @property
    def region(self) -> str:
        return self._session.region

    def client(self, service: str) -> Any:
        made = self._session.client(service)
        made.meta.events.register("provide-client-params", self._note)
        if self._also is not None:
            self._also(service, made)
        return made

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}:{model.name}")


@dataclass(frozen=True)
class World:
    """The cloud, and the source in it as `drills/readiness` is told of it."""

    rds: Rds
    session: RehearsalSession
    source: AwsSource

    def asked(self, **changes: Any) -> InAws:
        """The questions, to a source that is told of otherwise."""
        return InAws(replace(self.source, **changes))

    def client(self, service: str) -> Any:
        return client(service, self.rds.cloud.endpoint)


def settings_of(folder: Path, text: str) -> Settings:
    """Settings from the text of a file."""
    file = folder / "readiness.toml"
    file.write_text(text)
    return load_settings(file, environ={}, invocation_dir=folder)


@pytest.fixture(scope="package")
def world(guardian: Guardian, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    engine = os.environ.get("DRILL_TEST_ENGINE", "auto")
    with RehearsalCloud.start(guardian, engine=engine) as cloud, ExitStack() as ending:
        rds = Rds(client("rds", cloud.endpoint), cloud)
        key = client("kms", cloud.endpoint).create_key()["KeyMetadata"]["Arn"]
        rds.create(
            SOURCE,
            BackupRetentionPeriod=7,
            DeletionProtection=True,
            StorageEncrypted=True,
            KmsKeyId=key,
        )
        rds.create_instance(SOURCE)
        with rds.connect(SOURCE) as connection:
            connection.execute("create table granules (id int)")
        # A cluster of a moment ago has nothing to be restored to yet.
        wait_until(lambda: "LatestRestorableTime" in rds.describe(SOURCE))
        session = RehearsalSession(cloud.endpoint)
        grant(session, ending)
        yield World(
            rds,
            session,
            AwsSource(
                session=Lasting(session),
                identifier=SOURCE,
                account=ACCOUNT,
                run_id=RUN,
                settings=settings_of(
                    tmp_path_factory.mktemp("settings"),
                    '[objectives]\nretention = "7d"\ndata_loss = "15m"\n'
                    '[readiness]\nsnapshot_max_age = "26h"\n',
                ),
                target="latest",
                subject="readiness of core",
                login=lambda host, port: lambda database: enter(rds, database),
                databases=(DATABASE,),
                quarantine=quarantine(session, SOURCE, ending),
                must_have=("granules",),
            ),
        )


def enter(rds: Rds, database: str) -> psycopg.Connection[Any]:
    """As the source's administrator."""
    return rds.connect(SOURCE, dbname=database)


def now() -> datetime:
    return datetime.now(UTC)
