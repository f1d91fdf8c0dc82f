"""Driving a rehearsal cloud as a client of AWS would: boto3 over HTTP, the master user's login."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fixtures.rehearsal.cloud import RehearsalCloud

REGION = "us-east-1"
MASTER = "core_admin"
PASSWORD = "correct-horse-9-battery"
DATABASE = "core"
ENGINE = "aurora-postgresql"


def client(
    service: str, endpoint: str, region: str = REGION, account: Mapping[str, str] | None = None
) -> Any:
    """A client with dummy credentials that can reach this endpoint alone, and asks once.

    `account` holds STS's Credentials of another account.
    """
    lent = account or {"AccessKeyId": "rehearsal", "SecretAccessKey": "rehearsal"}
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent.get("SessionToken"),
        config=Config(retries={"total_max_attempts": 1}),
    )


@dataclass(frozen=True)
class Rds:
    """The RDS API of one cloud, with the waiting that every caller needs."""

    api: Any
    cloud: RehearsalCloud

    def create(self, name: str, **settings: Any) -> dict[str, Any]:
        """A cluster, waited for."""
        answer = self.api.create_db_cluster(
            **{
                "DBClusterIdentifier": name,
                "Engine": ENGINE,
                "MasterUsername": MASTER,
                "MasterUserPassword": PASSWORD,
                "DatabaseName": DATABASE,
                **settings,
            }
        )
        self.wait_for_cluster(name)
        created: dict[str, Any] = answer["DBCluster"]
        return created

    def restore(self, source: str, name: str, to: datetime | None = None, **settings: Any) -> None:
        """A restored copy, waited for; to the latest restorable time unless told otherwise."""
        target: dict[str, Any] = (
            {"UseLatestRestorableTime": True} if to is None else {"RestoreToTime": to}
        )
        self.api.restore_db_cluster_to_point_in_time(
            SourceDBClusterIdentifier=source, DBClusterIdentifier=name, **target, **settings
        )
        self.wait_for_cluster(name)

    def create_instance(self, cluster: str, name: str | None = None) -> None:
        """An instance, waited for."""
        name = name or f"{cluster}-1"
        self.api.create_db_instance(
            DBInstanceIdentifier=name,
            DBClusterIdentifier=cluster,
            DBInstanceClass="db.r6g.large",
            Engine=ENGINE,
        )
        self.wait("db_instance_available", DBInstanceIdentifier=name)

    def delete(self, name: str) -> None:
        """A cluster and its instances, waited for."""
        for member in self.describe(name)["DBClusterMembers"]:
            self.api.delete_db_instance(
                DBInstanceIdentifier=member["DBInstanceIdentifier"], SkipFinalSnapshot=True
            )
        self.api.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
        self.wait("db_cluster_deleted", DBClusterIdentifier=name)

    def describe(self, name: str) -> dict[str, Any]:
        """One cluster as AWS would describe it."""
        clusters = self.api.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        described: dict[str, Any] = clusters[0]
        return described

    def names(self) -> list[str]:
        """Every cluster there is."""
        clusters = self.api.describe_db_clusters()["DBClusters"]
        return [cluster["DBClusterIdentifier"] for cluster in clusters]

    def wait(self, waiter: str, **identifier: str) -> None:
        """botocore's own waiter, asking ten times a second."""
        self.api.get_waiter(waiter).wait(
            **identifier, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200}
        )

    def wait_for_cluster(self, name: str) -> None:
        """Until it is available; its reason when it is not going to be."""
        wait_until(lambda: self.describe(name)["Status"] != "creating")
        if self.describe(name)["Status"] != "available":
            pytest.fail(f"{name}: {self.cloud.control.cluster(REGION, name).error}")

    def connect(
        self, cluster: str, user: str = MASTER, password: str = PASSWORD, dbname: str = DATABASE
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """A login at the endpoint that is described, as an application would."""
        described = self.describe(cluster)
        return psycopg.connect(
            host=described["Endpoint"],
            port=described["Port"],
            user=user,
            password=password,
            dbname=dbname,
            autocommit=True,
            connect_timeout=10,
        )


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    """The message of a request that must be refused with this code."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    error = refusal.value.response["Error"]
    assert code == error["Code"], error
    return str(error["Message"])


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Poll a condition; the test fails when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s")
        time.sleep(0.05)  # between two looks at another process


def answers(port: int) -> bool:
    """Whether anything accepts a connection on that port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def next_whole_second(connection: psycopg.Connection[tuple[Any, ...]]) -> datetime:
    """The first whole second after now by the server's clock, which has passed at return."""

    def now() -> datetime:
        row = connection.execute("select clock_timestamp()").fetchone()
        assert row is not None
        moment: datetime = row[0].astimezone(UTC)
        return moment

    target = now().replace(microsecond=0) + timedelta(seconds=1)
    wait_until(lambda: now() > target)
    return target
