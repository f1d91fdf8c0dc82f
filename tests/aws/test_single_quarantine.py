"""DESIGN 5 for a single instance: it starts with the restore, in the quarantine's own groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from fixtures.aws.admission import Admission
from fixtures.aws.errors import CorrectTheRequest, RemoveByHand
from fixtures.aws.master_password import give_password
from fixtures.aws.quarantine import Quarantine, prepare, remove, see
from fixtures.aws.session import Client
from fixtures.aws.single import describe_single
from fixtures.aws.single_lift import lift_single
from fixtures.aws.single_restore import request
from fixtures.aws.tags import RESOURCE, RUN, RunTag
from fixtures.aws.wait import Pace
from fixtures.quarantining import apart, judge
from tests.aws.fix_aws import ACCESS, FakeClock
from tests.aws.samples import DESCRIBED, SINGLE

COPY = "core-alone-drill-1"
TAG = RunTag("run-1", "ops")
RUNNER = Admission(("10.1.2.0/24",), ())


@pytest.fixture
def ec2(rds: Client) -> Client:
    """A client of the same account's networks."""
    return ACCESS.client("ec2")


@pytest.fixture
def quarantine(rds: Client, ec2: Client, single: str, clock: FakeClock) -> Quarantine:
    """That of a copy of the single instance, which has a parameter of its own."""
    rds.modify_db_parameter_group(
        DBParameterGroupName="single-params",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in (("work_mem", "65536"), ("shared_preload_libraries", "pg_cron"))
        ],
    )
    pace = Pace(poll=1, deadline=10, clock=clock, sleep=clock.sleep)
    source = describe_single(rds, single)
    return prepare(rds, ec2, source, COPY, TAG, security_group=None, admit=RUNNER, pace=pace)


def stand(rds: Client, quarantine: Quarantine, **otherwise: Any) -> None:
    """An instance called as the copy, in its quarantine."""
    rds.create_db_instance(
        **{
            "DBInstanceIdentifier": COPY,
            "DBInstanceClass": "db.m6g.large",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "MasterUsername": "root",
            "MasterUserPassword": "not-a-secret",
            "DBSubnetGroupName": "core-net",
            "VpcSecurityGroupIds": [quarantine.security_group],
            "DBParameterGroupName": quarantine.parameter_group,
            **otherwise,
        }
    )


def test_it_has_one_parameter_group_of_instances(
    rds: Client, ec2: Client, single: str, quarantine: Quarantine, clock: FakeClock
) -> None:
    """R64: the source's parameters, but for what reaches out; and it goes again, whole."""
    assert quarantine.alone
    assert {} == quarantine.instance_groups
    found = rds.describe_db_parameters(
        DBParameterGroupName=quarantine.parameter_group, Source="user"
    )["Parameters"]
    assert {"work_mem": "65536", "max_logical_replication_workers": "0"} == {
        one["ParameterName"]: one["ParameterValue"] for one in found
    }
    asked = request(describe_single(rds, single), COPY, "latest", TAG, quarantine=quarantine.asked)
    assert (quarantine.parameter_group, [quarantine.security_group]) == (
        asked["DBParameterGroupName"],
        asked["VpcSecurityGroupIds"],
    )
    assert {
        "DBParameterGroups": [quarantine.parameter_group],
        "VpcSecurityGroups": [quarantine.security_group],
    } == apart(quarantine)
    pace = Pace(poll=1, deadline=10, clock=clock, sleep=clock.sleep)
    assert quarantine.parameter_group in remove(rds, ec2, COPY, TAG, pace=pace)


def test_an_instance_that_stands_in_it_has_no_finding(
    rds: Client, ec2: Client, quarantine: Quarantine
) -> None:
    """R64."""
    stand(rds, quarantine)
    assert () == judge(quarantine, see(rds, ec2, COPY, quarantine)).findings


@pytest.mark.parametrize(
    ("otherwise", "check"),
    [
        ({"DBParameterGroupName": "single-params"}, "quarantine.parameter_group"),
        ({"VpcSecurityGroupIds": ["sg-0other"]}, "quarantine.security_groups"),
    ],
)
def test_an_instance_that_stands_elsewhere_is_a_finding(
    rds: Client, ec2: Client, quarantine: Quarantine, otherwise: dict[str, Any], check: str
) -> None:
    """R64: the alarm rings for each group of its own."""
    if "VpcSecurityGroupIds" in otherwise:
        vpc = rds.describe_db_subnet_groups()["DBSubnetGroups"][0]["VpcId"]
        group = ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc)["GroupId"]
        otherwise = {"VpcSecurityGroupIds": [group]}
    stand(rds, quarantine, **otherwise)
    findings = judge(quarantine, see(rds, ec2, COPY, quarantine)).findings
    assert check in [finding.check for finding in findings]


def entry(**said: Any) -> dict[str, Any]:
    """The copy as AWS describes it, in its quarantine."""
    copy = {
        **SINGLE,
        "DBInstanceIdentifier": COPY,
        "DbiResourceId": "db-COPY",
        "DBParameterGroups": [
            {"DBParameterGroupName": f"{COPY}-quarantine", "ParameterApplyStatus": "in-sync"}
        ],
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-drill", "Status": "active"}],
        "DeletionProtection": False,
        **said,
    }
    return {"DBInstances": [copy]}


def group(status: str) -> dict[str, Any]:
    return {
        "DBParameterGroups": [
            {"DBParameterGroupName": "core-params", "ParameterApplyStatus": status}
        ]
    }


@pytest.mark.parametrize("recovery", [False, True])
def test_let_out_it_gets_the_source_s_groups_and_a_restart(
    stubbed: tuple[Client, Stubber], clock: FakeClock, recovery: bool
) -> None:
    """R27, R31: protection and roles in a recovery alone."""
    client, stub = stubbed
    role = {"RoleArn": "arn:aws:iam::1:role/s3", "FeatureName": "s3Import", "Status": "ACTIVE"}
    source = replace(DESCRIBED, raw={**SINGLE, "AssociatedRoles": [role]})
    stub.add_response("describe_db_instances", entry())
    stub.add_response(
        "modify_db_instance",
        {},
        {
            "DBInstanceIdentifier": COPY,
            "ApplyImmediately": True,
            "VpcSecurityGroupIds": ["sg-a", "sg-b"],
            "DBParameterGroupName": "core-params",
            **({"DeletionProtection": True} if recovery else {}),
        },
    )
    stub.add_response("describe_db_instances", entry())
    if recovery:
        stub.add_response(
            "add_role_to_db_instance",
            {},
            {
                "DBInstanceIdentifier": COPY,
                "RoleArn": role["RoleArn"],
                "FeatureName": "s3Import",
            },
        )
    stub.add_response("describe_db_instances", entry(**group("applying")))
    stub.add_response("describe_db_instances", entry(**group("pending-reboot")))
    stub.add_response("reboot_db_instance", {}, {"DBInstanceIdentifier": COPY})
    stub.add_response("describe_db_instances", entry())
    lifted = lift_single(
        client,
        source,
        COPY,
        resource_id="db-COPY",
        recovery=recovery,
        pace=Pace(poll=5, clock=clock, sleep=clock.sleep),
    )
    assert (COPY,) == lifted.rebooted
    assert ((role["RoleArn"],) if recovery else ()) == lifted.roles


def test_another_instance_of_its_name_is_not_let_out(stubbed: tuple[Client, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("describe_db_instances", entry(DbiResourceId="db-OTHER"))
    with pytest.raises(CorrectTheRequest, match="another instance has its name; nothing was"):
        lift_single(client, DESCRIBED, COPY, resource_id="db-COPY", recovery=False)


def owned(stub: Stubber, resource_id: str) -> None:
    tags = [{"Key": RUN, "Value": "run-1"}, {"Key": RESOURCE, "Value": resource_id}]
    stub.add_response("list_tags_for_resource", {"TagList": tags})


def test_it_gets_a_password_of_its_own(stubbed: tuple[Client, Stubber], clock: FakeClock) -> None:
    client, stub = stubbed
    without = {key: value for key, value in SINGLE.items() if key != "MasterUserSecret"}
    there = {"DBInstances": [{**without, "DbiResourceId": "db-COPY"}]}
    stub.add_response("describe_db_instances", there)
    owned(stub, "db-COPY")
    stub.add_response(
        "modify_db_instance",
        {},
        {"DBInstanceIdentifier": COPY, "ApplyImmediately": True, "MasterUserPassword": ANY},
    )
    stub.add_response("describe_db_instances", there)
    pace = Pace(poll=5, deadline=60, clock=clock, sleep=clock.sleep)
    login = give_password(client, COPY, TAG, lambda _: None, pace=pace, alone=True)
    assert "root" == login.user
    assert login.password not in repr(login)


def test_an_instance_that_is_not_this_run_s_keeps_its_password(
    stubbed: tuple[Client, Stubber],
) -> None:
    """DESIGN 7."""
    client, stub = stubbed
    stub.add_response("describe_db_instances", entry())
    owned(stub, "db-SOMEBODYS")
    with pytest.raises(RemoveByHand, match=f"instance {COPY} is not provably run run-1's own"):
        give_password(client, COPY, TAG, lambda _: None, alone=True)
