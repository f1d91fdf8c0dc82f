"""What the source follows, the copy must not: a real subscription, with the quarantine and without.

```
publisher ──slot──▶ source   (its subscriber)
    ▲                  │ restored to a point in time
    └──────────────── copy   (would take the slot's rows, which the source then never gets)
```
Row 1 of docs/restores-that-lie.md, on RDS's own terms: a parameter group, named in the restore
call. The functions are those with which a drill runs against AWS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from checks.database import snapshot
from checks.isolation import judge_database, observe_database
from checks.judgement import Judgement
from fixtures.aws.admission import LOOPBACK, Admission
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import RemoveByHand
from fixtures.aws.instances import create_like
from fixtures.aws.quarantine import Quarantine, prepare, remove, see
from fixtures.aws.quarantine_lift import lift
from fixtures.aws.removal import remove as remove_cluster
from fixtures.aws.restore import Restored, restore
from fixtures.aws.session import Client, RehearsalSession
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace, until_cluster_available, until_instance_available
from fixtures.quarantining import judge
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import DATABASE, ENGINE, REGION, Rds, refused, wait_until

PACE = Pace(poll=0.05, deadline=120)
TAG = RunTag("run-1", "tests")
FOLLOWER = "follower-not-a-secret"  # a password in a cloud that is gone in a minute
SOURCE, COPY = "followed", "followed-drill-1"


@dataclass(frozen=True)
class Story:
    """A publisher, and a source that is subscribed to it."""

    rds: Rds
    api: Client
    ec2: Client
    source: ClusterDescription

    def superuser(self, cluster: str) -> psycopg.Connection[tuple[Any, ...]]:
        facts = self.rds.cloud.control.cluster(REGION, cluster)
        return psycopg.connect(
            host=str(facts.socket_dir),
            port=facts.socket_port,
            user=facts.superuser,
            dbname=DATABASE,
            autocommit=True,
        )

    def reads_the_slot(self) -> bool:
        """Whether anybody takes from the publisher what its subscriber should get."""
        with self.superuser("publisher") as connection:
            row = connection.execute("select active from pg_replication_slots").fetchone()
        assert row is not None
        return bool(row[0])

    def judged(self) -> Judgement:
        """What the copy's own isolation check says of it."""
        with self.rds.connect(COPY) as connection, snapshot(connection) as cursor:
            return judge_database(observe_database(cursor))

    def restore(self, quarantine: Quarantine | None) -> Restored:
        asked = quarantine.asked if quarantine is not None else None
        made = restore(self.api, self.source, COPY, "latest", TAG, quarantine=asked)
        until_cluster_available(self.api, COPY, pace=PACE)
        return made

    def start(self) -> None:
        """The first instance: from now on a server listens."""
        for created in create_like(self.api, self.source, COPY, TAG):
            until_instance_available(self.api, created.identifier, pace=PACE)

    def prepare(self) -> Quarantine:
        return prepare(
            self.api,
            self.ec2,
            self.source,
            COPY,
            TAG,
            security_group=None,
            admit=Admission((LOOPBACK,)),
            pace=PACE,
        )


@pytest.fixture(scope="module")
def story(cloud: RehearsalCloud, rds: Rds) -> Iterator[Story]:
    session = RehearsalSession(cloud.endpoint)
    api = session.client("rds")
    major = api.describe_db_engine_versions(Engine=ENGINE)["DBEngineVersions"][0]["EngineVersion"]
    api.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="followed-parameters",
        DBParameterGroupFamily=f"{ENGINE}{major.split('.')[0]}",
        Description="of a source that follows another",
    )
    api.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="followed-parameters",
        Parameters=[
            {
                "ParameterName": "max_logical_replication_workers",
                "ParameterValue": "6",
                "ApplyMethod": "pending-reboot",
            }
        ],
    )
    rds.create("publisher")
    rds.create_instance("publisher")
    rds.create(SOURCE, DBClusterParameterGroupName="followed-parameters")
    rds.create_instance(SOURCE)
    found = Story(rds, api, session.client("ec2"), describe(api, SOURCE))
    with found.superuser("publisher") as connection:
        connection.execute(f"create role follower login replication password '{FOLLOWER}'")
        connection.execute("create table news (n int primary key)")
        connection.execute("grant select on news to follower")
        connection.execute("create publication p for table news")
    where = rds.describe("publisher")
    with found.superuser(SOURCE) as connection:
        connection.execute("create table news (n int primary key)")
        connection.execute(
            f"create subscription mirror connection 'host=127.0.0.1 port={where['Port']}"
            f" user=follower password={FOLLOWER} dbname={DATABASE}' publication p"
        )
    yield found
    for cluster in (COPY, SOURCE, "publisher"):
        if cluster in rds.names():
            rds.delete(cluster)
    remove(found.api, found.ec2, COPY, TAG, pace=PACE)
    api.delete_db_cluster_parameter_group(DBClusterParameterGroupName="followed-parameters")


@documented(
    "rds",
    "DeleteDBClusterParameterGroup",
    "A group that a cluster names cannot be deleted, one that a cluster has left can",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBClusterParameterGroup.html",
)
@documented(
    "ec2",
    "DeleteSecurityGroup",
    "A security group in which a cluster stands cannot be deleted",
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html",
)
def test_a_copy_in_quarantine_follows_nobody_until_it_is_let_out(story: Story) -> None:
    """R64: the slot is free, the subscription enabled, and its worker does not run; lifted and
    restarted, the copy does what its source did.
    """
    _follow(story)
    quarantine = story.prepare()
    restored = story.restore(quarantine)
    assert () == judge(quarantine, see(story.api, story.ec2, COPY, quarantine)).findings
    assert "0" == quarantine.overrides["max_logical_replication_workers"]
    _let_go(story)
    story.start()

    held = story.judged()

    assert () == held.findings
    said = {name: fact for name, fact in held.facts.items() if "subscriptions" in name}
    assert ["enabled, no worker runs yet; held: max_logical_replication_workers=0"] == list(
        said.values()
    )
    assert not story.reads_the_slot()
    # Nothing is removed from under a copy that stands in it.
    with pytest.raises(RemoveByHand, match="DependencyViolation"):
        remove(story.api, story.ec2, COPY, TAG, pace=Pace(deadline=0))
    refused(
        "InvalidDBParameterGroupState",
        story.api.delete_db_cluster_parameter_group,
        DBClusterParameterGroupName=quarantine.parameter_group,
    )
    assert quarantine == story.prepare()

    lifted = lift(
        story.api,
        story.source,
        COPY,
        quarantine,
        resource_id=restored.resource_id,
        recovery=False,
        pace=PACE,
    )

    assert ("VpcSecurityGroupIds", "DBClusterParameterGroupName") == lifted.changed
    assert (f"{COPY}-1",) == lifted.rebooted
    with story.rds.connect(COPY) as connection:
        row = connection.execute("show max_logical_replication_workers").fetchone()
    assert ("6",) == row
    wait_until(story.reads_the_slot)
    again = lift(
        story.api,
        story.source,
        COPY,
        quarantine,
        resource_id=restored.resource_id,
        recovery=False,
        pace=PACE,
    )
    assert ((), (), ()) == (again.changed, again.roles, again.rebooted)
    assert 2 == len(remove(story.api, story.ec2, COPY, TAG, pace=PACE))
    remove_cluster(story.api, COPY, TAG, pace=PACE)


def test_without_a_quarantine_the_copy_eats_what_its_source_should_get(story: Story) -> None:
    """Row 1: the same restore, in the source's own groups, is a finding."""
    _follow(story)
    story.restore(None)
    _let_go(story)
    story.start()
    wait_until(story.reads_the_slot)

    found = story.judged().findings

    assert ["isolation.subscriptions"] == [one.check for one in found]
    assert "its worker runs" in str(found[0].actual)


def _follow(story: Story) -> None:
    """The source reads its publisher's slot, and will be restored as one that does."""
    with story.superuser(SOURCE) as connection:
        connection.execute("alter subscription mirror enable")
    wait_until(story.reads_the_slot)


def _let_go(story: Story) -> None:
    """The source is lost: it reads the slot no more."""
    with story.superuser(SOURCE) as connection:
        connection.execute("alter subscription mirror disable")
    wait_until(lambda: not story.reads_the_slot())
