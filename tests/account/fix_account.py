"""Somebody's account, as far as one machine has it: a cloud with a cluster that lives and is used.

Drills reach it with ``--cloud=aws`` and the test-only switch: the code is that of production, and
what it asks is answered on loopback.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from fixtures.aws.endpoint import VARIABLE
from fixtures.aws.session import RehearsalSession
from fixtures.guardian import Guardian
from fixtures.rehearsal.application import ROLE, give_password
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.deploy import EXAMPLE_ADDRESS, example_with, variables
from fixtures.rehearsal.estates import CLUSTER as A_CLUSTER
from fixtures.rehearsal.estates import Estate
from fixtures.rehearsal.sample import DATABASE, create_sample, ingest_granule
from fixtures.rehearsal.site import PACE
from fixtures.rehearsal.storage.roles import set_password
from fixtures.rehearsal.terraform.serving import Provider
from fixtures.rehearsal.truth import bring_amcheck
from fixtures.rehearsal.writer import Writer
from fixtures.source import Address, Login

CLUSTER = "core-prod"
ACCOUNT = "123456789012"
REGION = "us-east-1"
READER = "drill_reader"
DRILL_ROLE = f"arn:aws:iam::{ACCOUNT}:role/restore-drill"

SETTINGS = """
[source]
cluster = "{cluster}"
account = "{account}"
region = "{region}"
databases = ["core"]
login = "env:CORE_PROD_LOGIN"
{role}

[restore]
quarantine_admits = ["127.0.0.1/32"]

[proof]
must_have_tables = ["providers", "collections", "granules", "rules", "executions"]

[content]
proof = "bounded"
"""
TERRAFORM = """
[terraform]
dir = "{infra}"
cluster_address = "{address}"
"""


@dataclass
class Somebody:
    """An account with one cluster in use.

    writer  the application, which goes on writing while drills run
    infra   the folder of the Terraform configuration that made the cluster
    """

    cloud: RehearsalCloud
    session: RehearsalSession
    address: Address
    admin: Login
    reader: Login
    application: Login
    writer: Writer
    infra: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def rds(self) -> Any:
        """A client without guard or policy: what a test looks with."""
        return self.session.client("rds")

    def connect(self, database: str = DATABASE) -> psycopg.Connection[Any]:
        """As the administrator of the source."""
        return self.address.connect(self.admin, database)

    def settings(self, folder: Path, text: str = SETTINGS, **values: str) -> Path:
        """A settings file of it."""
        role = values.pop("role", DRILL_ROLE)
        given = {
            "cluster": CLUSTER,
            "account": ACCOUNT,
            "region": REGION,
            "role": f'role = "{role}"' if role else "",
            "infra": str(self.infra),
            "address": EXAMPLE_ADDRESS,
        }
        path = folder / "core-prod.toml"
        path.write_text(text.format(**{**given, **values}))
        return path


def deploy(
    session: RehearsalSession, guardian: Guardian, major: int, admin: Login, estate: Estate
) -> tuple[Path, dict[str, str]]:
    """The source as its owner deploys it: the configuration's folder, and what Terraform needs in
    its environment to find the provider. By hand, and no folder, where there is no Terraform, or
    none that knows such a source.
    """
    if shutil.which("terraform") is None or not estate.adopted_by_terraform:
        estate.make(session, CLUSTER, major, admin, PACE)
        return guardian.folder / "no-terraform", {}
    provider = Provider.start(guardian.client(), session.endpoint, guardian.folder / "provider")
    infra = example_with(guardian.folder / "infra", variables(session, CLUSTER, major, admin))
    for words in (["init"], ["apply", "-auto-approve"]):
        subprocess.run(
            ["terraform", *words, "-input=false", "-no-color"],
            cwd=infra,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(guardian.folder),
                "AWS_ACCESS_KEY_ID": "rehearsal",
                "AWS_SECRET_ACCESS_KEY": "rehearsal",
                **provider.environment(),
            },
            check=True,
            capture_output=True,
        )
    return infra, provider.environment()


@contextmanager
def somebody(
    guardian: Guardian,
    *,
    module: str = "fixtures.rehearsal",
    arguments: Sequence[str] = (),
    estate: Estate = A_CLUSTER,
) -> Iterator[Somebody]:
    """An account whose source is written to all the while. `module` is another cloud to run, and
    takes the `arguments`; `estate` is what kind the source is.
    """
    with RehearsalCloud.start(guardian, module=module, arguments=arguments) as cloud:
        session = RehearsalSession(cloud.endpoint, region=REGION)
        version = cloud.control.cloud().version
        admin = Login("core_admin", secrets.token_urlsafe(24))
        major = int(version.partition(".")[0])
        infra, provider = deploy(session, guardian, major, admin, estate)
        address = estate.address(session.client("rds"), CLUSTER)
        reader = Login(READER, secrets.token_urlsafe(24))
        with address.connect(admin, "postgres") as connection:
            connection.execute(f"create database {DATABASE}")
            connection.execute(f"create role {READER} login")
            connection.execute(f"grant pg_monitor, pg_read_all_data to {READER}")
            set_password(connection, READER, reader.password)
        with address.connect(admin, DATABASE) as connection:
            create_sample(connection)
            application = Login(ROLE, give_password(connection))
        # On RDS the master user creates it in the copy; here only the superuser can, beforehand.
        look = cloud.control.instance if estate.control == "instances" else cloud.control.cluster
        facts = look(REGION, CLUSTER)
        with psycopg.connect(
            host=str(facts.socket_dir),
            port=facts.socket_port,
            user=facts.superuser,
            dbname=DATABASE,
            autocommit=True,
        ) as connection:
            bring_amcheck(connection, reader=admin.user)
        with Writer(
            partial(address.connect, application, DATABASE), ingest_granule, per_second=20
        ) as writer:
            yield Somebody(
                cloud,
                session,
                address,
                admin,
                reader,
                application,
                writer,
                infra,
                {
                    **provider,
                    VARIABLE: cloud.endpoint,
                    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "testing",
                    "CORE_PROD_LOGIN": f"user={READER} password={reader.password}",
                },
            )
