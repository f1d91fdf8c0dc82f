"""A copy let out: what its source stands in, a reboot of whoever waits for one, and no more."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import CorrectTheRequest
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.quarantine_lift import Lifted, lift
from fixtures.aws.session import Client
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import FakeClock, Recorder

COPY, ROLE = "core-prod-drill-1", "arn:aws:iam::123456789012:role/export"
OWN = f"{COPY}-quarantine"
QUARANTINE = Quarantine(
    copy=COPY,
    parameter_group=OWN,
    security_group="sg-0own",
    port=5433,
    admits=frozenset({"10.1.2.0/24"}),
    instance_groups={"core-instance": OWN},
)


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    """A source with a role, by which it exports."""
    found = describe(rds, source)
    roles = [{"RoleArn": ROLE, "FeatureName": "s3Export", "Status": "ACTIVE"}]
    return replace(found, raw=MappingProxyType({**found.raw, "AssociatedRoles": roles}))


def cluster(*states: str, groups: tuple[str, ...] = ("sg-0own",), **said: Any) -> dict[str, Any]:
    """As it is described; `states` of its members' cluster parameter group, the reader first."""
    return {
        "DBClusters": [
            {
                "DBClusterIdentifier": COPY,
                "DbClusterResourceId": "cluster-COPY",
                "Status": "available",
                "DBClusterParameterGroup": OWN,
                "VpcSecurityGroups": [{"VpcSecurityGroupId": one} for one in groups],
                "DeletionProtection": False,
                "DBClusterMembers": [
                    {
                        "DBInstanceIdentifier": f"{COPY}-{number}",
                        "IsClusterWriter": number == 2,
                        "DBClusterParameterGroupStatus": state,
                    }
                    for number, state in enumerate(states, 1)
                ],
                **said,
            }
        ]
    }


def instance(number: int, group: str = "core-instance", state: str = "in-sync") -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": f"{COPY}-{number}",
        "DBInstanceStatus": "available",
        "DBParameterGroups": [{"DBParameterGroupName": group, "ParameterApplyStatus": state}],
    }


def lifted(
    client: Client, described: ClusterDescription, clock: FakeClock, *, recovery: bool
) -> Lifted:
    pace = Pace(poll=1, deadline=60, clock=clock, sleep=clock.sleep)
    return lift(
        client,
        described,
        COPY,
        QUARANTINE,
        resource_id="cluster-COPY",
        recovery=recovery,
        pace=pace,
    )


def test_a_recovered_copy_gets_all_that_its_source_has(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    """R31: groups, protection, roles; the writer is rebooted, and who does not wait is not."""
    client, stub = stubbed
    calls = Recorder(client)

    def members(*found: dict[str, Any]) -> None:
        stub.add_response("describe_db_instances", {"DBInstances": list(found)})

    stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("modify_db_cluster", {})
    stub.add_response("describe_db_clusters", cluster("applying", "applying"))
    members(instance(1), instance(2, OWN))
    stub.add_response("modify_db_instance", {})
    members(instance(2))
    stub.add_response("add_role_to_db_cluster", {})
    # AWS still applies the group to somebody: nobody is rebooted yet.
    stub.add_response("describe_db_clusters", cluster("pending-reboot", "applying"))
    members(instance(1), instance(2))
    stub.add_response("describe_db_clusters", cluster("pending-reboot", "pending-reboot"))
    members(instance(1), instance(2, state="pending-reboot"))
    stub.add_response("reboot_db_instance", {})
    members(instance(2))
    # The reader was restarted with its writer.
    for _ in range(2):
        stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    members(instance(1), instance(2))

    done = lifted(client, described, clock, recovery=True)

    (asked,) = calls.of("ModifyDBCluster")
    assert {
        "DBClusterIdentifier": COPY,
        "ApplyImmediately": True,
        "VpcSecurityGroupIds": list(described.security_groups),
        "DBClusterParameterGroupName": "core-params",
        "DeletionProtection": True,
    } == asked
    (changed,) = calls.of("ModifyDBInstance")
    assert (f"{COPY}-2", "core-instance") == (
        changed["DBInstanceIdentifier"],
        changed["DBParameterGroupName"],
    )
    assert [{"DBClusterIdentifier": COPY, "RoleArn": ROLE, "FeatureName": "s3Export"}] == calls.of(
        "AddRoleToDBCluster"
    )
    assert (f"{COPY}-2",) == done.rebooted
    assert (ROLE,) == done.roles


def test_the_writer_is_rebooted_though_aws_does_not_tell_yet_that_it_waits(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    """A description lags behind: without a reboot the copy would go on as in quarantine."""
    client, stub = stubbed
    stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("modify_db_cluster", {})
    stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("describe_db_instances", {"DBInstances": [instance(1), instance(2)]})
    stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("describe_db_instances", {"DBInstances": [instance(1), instance(2)]})
    stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("reboot_db_instance", {}, {"DBInstanceIdentifier": f"{COPY}-2"})
    stub.add_response("describe_db_instances", {"DBInstances": [instance(2)]})
    for _ in range(2):
        stub.add_response("describe_db_clusters", cluster("in-sync", "in-sync"))
    stub.add_response("describe_db_instances", {"DBInstances": [instance(1), instance(2)]})

    assert (f"{COPY}-2",) == lifted(client, described, clock, recovery=False).rebooted


def test_what_was_put_back_already_is_left_alone_and_a_rehearsals_copy_gets_no_more(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    """Terraform has been there: neither role nor protection is given in a rehearsal."""
    client, stub = stubbed
    calls = Recorder(client)
    there = {"groups": described.security_groups, "DBClusterParameterGroup": "core-params"}
    for _ in range(2):
        stub.add_response("describe_db_clusters", cluster("in-sync", **there))
    stub.add_response("describe_db_instances", {"DBInstances": [instance(1)]})
    stub.add_response("describe_db_clusters", cluster("in-sync", **there))
    stub.add_response("describe_db_instances", {"DBInstances": [instance(1)]})

    done = lifted(client, described, clock, recovery=False)

    assert ((), (), ()) == (done.changed, done.roles, done.rebooted)
    assert {"DescribeDBClusters", "DescribeDBInstances"} == set(calls.names)


def test_another_cluster_of_that_name_is_not_touched(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    calls = Recorder(client)
    stub.add_response(
        "describe_db_clusters", cluster("in-sync", DbClusterResourceId="cluster-ANOTHER")
    )

    with pytest.raises(CorrectTheRequest, match="another cluster has its name"):
        lifted(client, described, clock, recovery=True)

    assert ["DescribeDBClusters"] == calls.names


def test_a_refusal_says_that_the_quarantine_is_not_lifted_whole(
    described: ClusterDescription, stubbed: tuple[Client, Stubber], clock: FakeClock
) -> None:
    client, stub = stubbed
    stub.add_response("describe_db_clusters", cluster("in-sync"))
    stub.add_client_error("modify_db_cluster", "InvalidVPCNetworkStateFault", "not in this VPC")

    with pytest.raises(CorrectTheRequest, match="not lifted whole"):
        lifted(client, described, clock, recovery=False)
