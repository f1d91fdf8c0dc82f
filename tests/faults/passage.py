"""What a drill asks of AWS, from describing the source to removing the copy, without its database.

The same calls in the same order as `drills/pitr/conftest.py` makes them, so that a fault of the API
can be tried in a tenth of a second instead of ten.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.aws.admission import Admission
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.instances import create_like
from fixtures.aws.master_password import give_password
from fixtures.aws.names import new_identifier
from fixtures.aws.quarantine import prepare, see
from fixtures.aws.quarantine import remove as remove_quarantine
from fixtures.aws.removal import remove
from fixtures.aws.restore import restore
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import (
    Pace,
    until_cluster_available,
    until_instance_available,
    until_restorable,
)
from fixtures.quarantining import judge


@dataclass(frozen=True, slots=True)
class Passage:
    """The source before, and the copy as it stood when everything of it was there."""

    source: ClusterDescription
    copy: ClusterDescription


def tag_of(run_id: str) -> RunTag:
    """How a run marks what it makes."""
    return RunTag(run_id, owner="the tests", expires=datetime(2026, 1, 2, tzinfo=UTC))


def recover(
    rds: Client,
    ec2: Client,
    source_id: str,
    run_id: str,
    pace: Pace,
    *,
    target: datetime | None = None,
) -> Passage:
    """Go through it; whatever happens, what was made is removed as by a drill's teardown."""
    source = describe(rds, source_id)
    name, tag = new_identifier(source_id, run_id), tag_of(run_id)
    with ExitStack() as ending:
        apart = prepare(
            *(rds, ec2, source, name, tag),
            security_group=None,
            admit=Admission(("127.0.0.1/32",)),
            pace=pace,
        )
        ending.callback(remove_quarantine, rds, ec2, name, tag, pace=pace)
        if target is not None:
            until_restorable(rds, source_id, target, pace=pace)
        restore(rds, source, name, target or "latest", tag, quarantine=apart.asked)
        ending.callback(remove, rds, name, tag, pace=pace)
        until_cluster_available(rds, name, pace=pace)
        restored = describe(rds, name)
        findings = judge(apart, see(rds, ec2, name, apart)).findings
        assert [] == list(findings), findings
        made = create_like(rds, source, restored.identifier, tag, instead=apart.instance_groups)
        for created in made:
            until_instance_available(rds, created.identifier, pace=pace)
        give_password(rds, name, tag, lambda _: None, pace=pace)
        return Passage(source, describe(rds, name))


def state_of(rds: Client, ec2: Client) -> dict[str, Any]:
    """All that the account holds, as far as a drill could leave or change something of it.

    Without what the clock moves: the window's ends.
    """
    clusters = rds.describe_db_clusters()["DBClusters"]
    instances = rds.describe_db_instances()["DBInstances"]
    held: dict[str, Any] = {
        "clusters": {one["DBClusterIdentifier"]: _still(one) for one in clusters},
        "instances": {one["DBInstanceIdentifier"]: _still(one) for one in instances},
        "tags": {
            arn: rds.list_tags_for_resource(ResourceName=arn)["TagList"]
            for arn in [
                *(one["DBClusterArn"] for one in clusters),
                *(one["DBInstanceArn"] for one in instances),
            ]
        },
    }
    for kind, call, key in (
        ("subnet groups", rds.describe_db_subnet_groups, "DBSubnetGroups"),
        ("parameter groups", rds.describe_db_parameter_groups, "DBParameterGroups"),
        (
            "cluster parameter groups",
            rds.describe_db_cluster_parameter_groups,
            "DBClusterParameterGroups",
        ),
        ("snapshots", rds.describe_db_cluster_snapshots, "DBClusterSnapshots"),
    ):
        held[kind] = call()[key]
    held["security groups"] = ec2.describe_security_groups()["SecurityGroups"]
    held["parameters"] = {
        group["DBClusterParameterGroupName"]: rds.describe_db_cluster_parameters(
            DBClusterParameterGroupName=group["DBClusterParameterGroupName"], Source="user"
        )["Parameters"]
        for group in held["cluster parameter groups"]
    }
    return held


def _still(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if not k.endswith("RestorableTime")}


def soon() -> datetime:
    """A time that moto says can be restored."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
