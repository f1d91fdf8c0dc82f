"""Many at once: every answer well-formed, one winner for a name, every restore right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import (
    ENGINE,
    MASTER,
    PASSWORD,
    REGION,
    Rds,
    client,
    next_whole_second,
    wait_until,
)

AT_ONCE = 10


@pytest.fixture(scope="module")
def busy(guardian: Guardian, engine: str) -> Iterator[Rds]:
    """A cloud of its own, so that what is left behind shows."""
    with RehearsalCloud.start(guardian, engine=engine) as cloud:
        yield Rds(client("rds", cloud.endpoint), cloud)


def all_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Results, or the codes of refusals, of calls that begin together."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(30)
        try:
            return call()
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_of_many_creations_of_a_name_wins(busy: Rds) -> None:
    def create() -> str:
        # boto3's clients are made one a thread: making them is what is not safe in threads.
        busy.api.create_db_cluster(
            DBClusterIdentifier="wanted",
            Engine=ENGINE,
            MasterUsername=MASTER,
            MasterUserPassword=PASSWORD,
        )
        return "made"

    found = Counter(all_at_once([create] * 8))
    assert {"made": 1, "DBClusterAlreadyExistsFault": 7} == found
    busy.wait_for_cluster("wanted")
    busy.delete("wanted")


def test_ten_restores_at_once_are_all_right(busy: Rds) -> None:
    """Each to a time of its own, from one source that goes on writing and is deleted meanwhile."""
    busy.create("many", BackupRetentionPeriod=7)
    busy.create_instance("many")
    moments = []
    with busy.connect("many") as connection:
        connection.execute("create table marks (mark int)")
        for mark in range(3):
            connection.execute("insert into marks values (%s)", [mark])
            moments.append(next_whole_second(connection))
        connection.execute("insert into marks values (99)")

    def restore(number: int) -> Callable[[], Any]:
        return lambda: busy.api.restore_db_cluster_to_point_in_time(
            SourceDBClusterIdentifier="many",
            DBClusterIdentifier=f"copy-{number}",
            RestoreToTime=moments[number % len(moments)],
        )["DBCluster"]["Status"]

    assert {"creating"} == set(all_at_once([restore(number) for number in range(AT_ONCE)]))
    busy.api.delete_db_instance(DBInstanceIdentifier="many-1", SkipFinalSnapshot=True)
    busy.wait("db_instance_deleted", DBInstanceIdentifier="many-1")
    busy.api.delete_db_cluster(DBClusterIdentifier="many", SkipFinalSnapshot=True)

    for number in range(AT_ONCE):
        busy.wait_for_cluster(f"copy-{number}")
    busy.wait("db_cluster_deleted", DBClusterIdentifier="many")
    ports = {busy.describe(f"copy-{number}")["Port"] for number in range(AT_ONCE)}
    assert AT_ONCE == len(ports)
    for number in range(AT_ONCE):
        facts = busy.cloud.control.cluster(REGION, f"copy-{number}")
        assert not facts.running
    # One of each time is looked into: an instance costs a second.
    for number in range(len(moments)):
        busy.create_instance(f"copy-{number}")
        with busy.connect(f"copy-{number}") as connection:
            found = [mark for (mark,) in connection.execute("select mark from marks order by 1")]
        assert list(range(number + 1)) == found
    folders = [
        busy.cloud.control.cluster(REGION, f"copy-{number}").archive.parent
        for number in range(AT_ONCE)
    ]
    assert AT_ONCE == len({folder for folder in folders if folder.is_dir()})
    for number in range(AT_ONCE):
        busy.delete(f"copy-{number}")
    wait_until(lambda: not any(folder.exists() for folder in folders))


def test_requests_are_answered_while_postgres_works(busy: Rds) -> None:
    """Hundreds of them, from many threads, of which some are refused: none is garbled or lost."""
    busy.api.create_db_cluster(
        DBClusterIdentifier="slow",
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )
    api = busy.api

    def look() -> str:
        for _ in range(15):
            status = api.describe_db_clusters(DBClusterIdentifier="slow")["DBClusters"][0]["Status"]
        return str(status)

    def group(number: int) -> Callable[[], Any]:
        def work() -> str:
            name = f"group-{number}"
            family = api.describe_db_engine_versions(Engine=ENGINE)["DBEngineVersions"][0][
                "DBParameterGroupFamily"
            ]
            for _ in range(5):
                api.create_db_cluster_parameter_group(
                    DBClusterParameterGroupName=name,
                    DBParameterGroupFamily=family,
                    Description="-",
                )
                api.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)
            return "done"

        return work

    def refused() -> str:
        api.delete_db_cluster(DBClusterIdentifier="nobody", SkipFinalSnapshot=True)
        return "deleted nobody"

    found = all_at_once([look] * 12 + [group(number) for number in range(12)] + [refused] * 8)
    assert {"creating", "available"} >= set(found[:12])
    assert ["done"] * 12 == found[12:24]
    assert ["DBClusterNotFoundFault"] * 8 == found[24:]
    busy.wait_for_cluster("slow")
    busy.delete("slow")


def test_threads_and_files_end_with_their_cluster(busy: Rds) -> None:
    """Memory is bounded by what there is, not by what there was."""
    pid = busy.cloud.process.pid

    def count() -> tuple[int, int]:
        process = Path(f"/proc/{pid}")
        return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))

    def cycle() -> None:
        busy.create("passing")
        busy.api.create_db_cluster_snapshot(
            DBClusterIdentifier="passing", DBClusterSnapshotIdentifier="passing"
        )
        busy.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="passing")
        busy.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="passing")
        busy.delete("passing")

    cycle()
    threads, files = count()
    for _ in range(3):
        cycle()
    # The HTTP server's threads come and go with the connections of this very test.
    wait_until(lambda: count()[0] <= threads + 1 and count()[1] <= files + 2)
