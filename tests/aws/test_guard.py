"""DESIGN 6: the guard stops a call on what is not this run's own, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fixtures.aws.errors import GuardRefused
from fixtures.aws.guard import Guard
from fixtures.aws.guard_table import Mode
from fixtures.aws.names import new_identifier
from fixtures.aws.session import Client
from tests.aws.fix_aws import ACCESS, SOURCE

ACCOUNT = "123456789012"
COPY = new_identifier(SOURCE, "run-1")
CLUSTER = f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:core-AbCdEf"


def guard(mode: Mode = "drill", **more: Any) -> Guard:
    return Guard(mode=mode, account=ACCOUNT, region="us-east-1", copy=COPY, **more)


def guarded(service: str, keeper: Guard) -> tuple[Client, list[str]]:
    """A client behind the guard, and the operations that it really sent."""
    client = ACCESS.client(service)
    keeper.stand_before(client)
    sent: list[str] = []
    client.meta.events.register("before-call", lambda model, **_: sent.append(model.name))
    return client, sent


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Client, Guard, list[str]]]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        keeper = guard()
        yield guarded("ec2", keeper)[0], keeper, []


ON_THE_SOURCE: list[tuple[str, dict[str, Any]]] = [
    ("delete_db_cluster", {"DBClusterIdentifier": SOURCE, "SkipFinalSnapshot": True}),
    ("delete_db_cluster", {"DBClusterIdentifier": CLUSTER + SOURCE}),
    ("delete_db_instance", {"DBInstanceIdentifier": f"{SOURCE}-1"}),
    ("modify_db_cluster", {"DBClusterIdentifier": SOURCE, "BackupRetentionPeriod": 1}),
    ("modify_db_cluster", {"DBClusterIdentifier": COPY, "NewDBClusterIdentifier": SOURCE}),
    ("modify_db_instance", {"DBInstanceIdentifier": f"{SOURCE}-1"}),
    ("reboot_db_instance", {"DBInstanceIdentifier": f"{SOURCE}-1"}),
    ("stop_db_cluster", {"DBClusterIdentifier": SOURCE}),
    ("failover_db_cluster", {"DBClusterIdentifier": SOURCE}),
    ("add_tags_to_resource", {"ResourceName": CLUSTER + SOURCE, "Tags": []}),
    (
        "create_db_instance",
        {"DBInstanceIdentifier": COPY, "DBClusterIdentifier": SOURCE},
    ),
    ("modify_db_cluster_parameter_group", {"DBClusterParameterGroupName": "core-params"}),
    ("delete_db_parameter_group", {"DBParameterGroupName": "core-instance"}),
    ("delete_db_subnet_group", {"DBSubnetGroupName": "core-net"}),
    ("modify_db_subnet_group", {"DBSubnetGroupName": "core-net", "SubnetIds": []}),
    (
        "create_db_cluster_snapshot",
        {"DBClusterIdentifier": SOURCE, "DBClusterSnapshotIdentifier": COPY},
    ),
]


def test_each_call_that_would_change_the_source_is_stopped_and_the_source_is_as_it_was(
    rds: Client, source: str
) -> None:
    """R32."""

    def seen() -> list[Any]:
        there = [
            *rds.describe_db_clusters()["DBClusters"],
            *rds.describe_db_instances()["DBInstances"],
        ]
        # moto answers the present moment.
        moments = {"EarliestRestorableTime", "LatestRestorableTime"}
        return [
            [{key: one[key] for key in one.keys() - moments} for one in there],
            rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"],
            rds.describe_db_subnet_groups()["DBSubnetGroups"],
        ]

    before = seen()
    client, sent = guarded("rds", guard())

    for operation, params in ON_THE_SOURCE:
        with pytest.raises(GuardRefused, match="was stopped and nothing was sent"):
            getattr(client, operation)(**params)

    assert [] == sent
    assert before == seen()


def test_without_the_guard_the_first_of_these_calls_reaches_the_source(
    rds: Client, source: str
) -> None:
    """The control: it is the guard that stops them."""
    rds.modify_db_cluster(DBClusterIdentifier=source, DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier=f"{source}-1")
    left = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
    assert [f"{source}-2"] == left


def test_a_refusal_says_operation_resource_and_why() -> None:
    client, _ = guarded("rds", guard())
    with pytest.raises(GuardRefused) as refused:
        client.delete_db_cluster(DBClusterIdentifier=SOURCE)
    assert (
        f"rds:DeleteDBCluster on 'core-prod' was stopped and nothing was sent: that is not this "
        f"run's own, {COPY} or {COPY}-…; it is a defect of this harness, or a name or ARN in the "
        "settings is not what it says"
    ) == str(refused.value)


def test_a_refusal_repeats_no_password() -> None:
    client, _ = guarded("rds", guard())
    with pytest.raises(GuardRefused) as refused:
        client.create_db_cluster(DBClusterIdentifier=SOURCE, MasterUserPassword="hunter2")
    assert "hunter2" not in str(refused.value)


def test_the_copy_is_restored_changed_and_removed(rds: Client, source: str) -> None:
    client, sent = guarded("rds", guard())

    client.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=f"{COPY}-quarantine",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="quarantine",
    )
    made = client.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier=COPY,
        SourceDBClusterIdentifier=source,
        RestoreToTime=datetime(2026, 3, 1, tzinfo=UTC),
        DBSubnetGroupName="core-net",
        DBClusterParameterGroupName=f"{COPY}-quarantine",
    )["DBCluster"]
    client.add_tags_to_resource(
        ResourceName=made["DBClusterArn"], Tags=[{"Key": "a", "Value": "b"}]
    )
    client.create_db_instance(
        DBInstanceIdentifier=f"{COPY}-1",
        DBClusterIdentifier=COPY,
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
    )
    client.modify_db_cluster(DBClusterIdentifier=COPY, DeletionProtection=False)
    client.delete_db_instance(DBInstanceIdentifier=f"{COPY}-1")
    client.delete_db_cluster(DBClusterIdentifier=COPY, SkipFinalSnapshot=True)
    client.delete_db_cluster_parameter_group(DBClusterParameterGroupName=f"{COPY}-quarantine")

    assert len(sent) == 8


def test_the_guard_learns_the_id_of_what_this_run_made(
    ec2: tuple[Client, Guard, list[str]],
) -> None:
    client, keeper, _ = ec2
    group = client.create_security_group(GroupName=f"{COPY}-q", Description="quarantine")["GroupId"]
    rule = client.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "IpRanges": [{"CidrIp": "10.0.0.1/32"}],
            }
        ],
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    client.create_tags(Resources=[group, rule], Tags=[{"Key": "a", "Value": "b"}])

    assert keeper.is_own(group)
    client.delete_security_group(GroupId=group)


def test_the_guard_learns_the_id_of_a_group_whose_answer_was_lost(
    ec2: tuple[Client, Guard, list[str]],
) -> None:
    """By its name, which holds the run; of the others that are listed it learns nothing."""
    client, keeper, _ = ec2
    bare = ACCESS.client("ec2")
    lost = bare.create_security_group(GroupName=f"{COPY}-q", Description="x")["GroupId"]
    other = bare.create_security_group(GroupName=f"{COPY}x", Description="x")["GroupId"]

    client.describe_security_groups()

    assert not keeper.is_own(other)
    assert keeper.is_own(lost)
    client.delete_security_group(GroupId=lost)


def test_what_one_client_learns_another_knows(ec2: tuple[Client, Guard, list[str]]) -> None:
    client, keeper, _ = ec2
    group = client.create_security_group(GroupName=f"{COPY}-q", Description="quarantine")["GroupId"]
    second, _ = guarded("ec2", keeper)
    second.delete_security_group(GroupId=group)


def test_a_group_of_somebody_else_is_spared_until_the_guard_is_told(
    ec2: tuple[Client, Guard, list[str]],
) -> None:
    client, keeper, _ = ec2
    other = ACCESS.client("ec2").create_security_group(GroupName="core", Description="x")["GroupId"]
    for call in (
        lambda: client.delete_security_group(GroupId=other),
        lambda: client.authorize_security_group_ingress(GroupId=other, IpPermissions=[]),
        lambda: client.revoke_security_group_egress(GroupId=other, IpPermissions=[]),
        lambda: client.create_tags(Resources=[other], Tags=[]),
        lambda: client.delete_security_group(GroupName="core"),
    ):
        with pytest.raises(GuardRefused, match="not this run's own"):
            call()
    assert other in {one["GroupId"] for one in client.describe_security_groups()["SecurityGroups"]}

    keeper.own(other)
    client.delete_security_group(GroupId=other)


def test_one_thing_of_somebody_else_among_own_ones_is_enough_to_stop_a_call() -> None:
    keeper = guard()
    keeper.own("sg-0own")
    client, sent = guarded("ec2", keeper)
    with pytest.raises(GuardRefused, match="'sg-0core'"):
        client.create_tags(Resources=["sg-0own", "sg-0core"], Tags=[])
    assert [] == sent


def test_a_call_that_does_not_say_what_it_is_on_is_stopped() -> None:
    client, sent = guarded("ec2", guard())
    with pytest.raises(GuardRefused, match="it does not say what it is on"):
        client.delete_security_group()
    assert [] == sent


def test_an_answer_that_refuses_teaches_nothing(ec2: tuple[Client, Guard, list[str]]) -> None:
    client, keeper, _ = ec2
    client.create_security_group(GroupName=f"{COPY}-q", Description="quarantine")
    before = set(keeper._ids)
    with pytest.raises(client.exceptions.ClientError):
        client.create_security_group(GroupName=f"{COPY}-q", Description="quarantine")
    assert before == keeper._ids


def test_pages_and_presigned_urls_are_guarded_too() -> None:
    client, sent = guarded("rds", guard())
    with pytest.raises(GuardRefused):
        client.generate_presigned_url(
            "copy_db_cluster_snapshot",
            Params={
                "SourceDBClusterSnapshotIdentifier": "a",
                "TargetDBClusterSnapshotIdentifier": "b",
            },
        )
    logs, _ = guarded("logs", guard())
    with pytest.raises(GuardRefused):
        next(iter(logs.get_paginator("filter_log_events").paginate(logGroupName="core")))
    assert [] == sent


def test_a_name_that_a_later_handler_puts_in_is_seen() -> None:
    """What counts is what will be sent, not what was asked of the client."""
    client, sent = guarded("rds", guard())
    client.meta.events.register(
        "provide-client-params", lambda params, **_: {**params, "DBClusterIdentifier": SOURCE}
    )
    client.meta.events.register_first(
        "before-parameter-build", lambda params, **_: params.update(SkipFinalSnapshot=True)
    )
    with pytest.raises(GuardRefused, match="'core-prod'"):
        client.delete_db_cluster(DBClusterIdentifier=COPY)
    assert [] == sent


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("secretsmanager", "get_secret_value", {"SecretId": SECRET}),
        ("secretsmanager", "batch_get_secret_value", {"SecretIdList": [SECRET]}),
        ("rds", "download_db_log_file_portion", {"DBInstanceIdentifier": COPY, "LogFileName": "a"}),
        ("rds-data", "execute_statement", {"resourceArn": CLUSTER + COPY, "sql": "select 1"}),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
        ("ssm", "send_command", {"DocumentName": "AWS-RunShellScript"}),
        ("ssm", "get_parameter", {"Name": "password"}),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {}}),
        ("lambda", "get_function", {"FunctionName": "f"}),
        ("ec2", "describe_instance_attribute", {"Attribute": "userData", "InstanceId": "i-0"}),
        ("ec2", "get_password_data", {"InstanceId": "i-0"}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/x"}),
        # Both are RDS's own API under another name.
        ("neptune", "delete_db_cluster", {"DBClusterIdentifier": COPY}),
        ("docdb", "delete_db_cluster", {"DBClusterIdentifier": COPY}),
    ],
)
@pytest.mark.parametrize("mode", ["drill", "recovery", "back-out", "readiness", "reap"])
def test_reading_that_hands_out_data_or_secrets_is_stopped(
    mode: Mode, service: str, operation: str, params: dict[str, Any]
) -> None:
    client, sent = guarded(service, guard(mode))
    with pytest.raises(GuardRefused):
        getattr(client, operation)(**params)
    assert [] == sent


def test_the_secrets_that_the_settings_name_are_read_and_no_other() -> None:
    with mock_aws():
        plain = ACCESS.client("secretsmanager")
        named = plain.create_secret(Name="named", SecretString="{}")["ARN"]
        other = plain.create_secret(Name="other", SecretString="{}")["ARN"]
        keeper = guard(readable_secrets=[named])
        client, _ = guarded("secretsmanager", keeper)

        assert client.get_secret_value(SecretId=named)["SecretString"] == "{}"
        for secret in (other, "other", named[:-1]):
            with pytest.raises(GuardRefused, match="none of those this run may read"):
                client.get_secret_value(SecretId=secret)
        keeper.may_read_secret(other)
        assert client.get_secret_value(SecretId=other)["SecretString"] == "{}"


def test_a_readiness_changes_nothing_not_even_what_bears_the_copy_s_name() -> None:
    client, sent = guarded("rds", guard("readiness"))
    with pytest.raises(GuardRefused, match="no readiness needs it"):
        client.delete_db_cluster(DBClusterIdentifier=COPY)
    assert [] == sent


def test_a_recovery_does_not_remove_its_copy_and_a_back_out_does() -> None:
    client, sent = guarded("rds", guard("recovery"))
    for call in (
        lambda: client.delete_db_cluster(DBClusterIdentifier=COPY, SkipFinalSnapshot=True),
        lambda: client.delete_db_instance(DBInstanceIdentifier=f"{COPY}-1"),
    ):
        with pytest.raises(GuardRefused, match="no recovery needs it"):
            call()
    assert [] == sent
    with mock_aws():
        client, sent = guarded("rds", guard("back-out"))
        with pytest.raises(client.exceptions.DBClusterNotFoundFault):
            client.delete_db_cluster(DBClusterIdentifier=COPY, SkipFinalSnapshot=True)
    assert ["DeleteDBCluster"] == sent


def test_clearing_away_deletes_what_it_was_told_of_and_changes_nothing() -> None:
    keeper = Guard(mode="reap", account=ACCOUNT, region="us-east-1", copy=None)
    client, sent = guarded("rds", keeper)
    with pytest.raises(GuardRefused):
        client.delete_db_cluster(DBClusterIdentifier=COPY, SkipFinalSnapshot=True)
    keeper.own(COPY)
    with pytest.raises(GuardRefused, match="no reap needs it"):
        client.modify_db_cluster(DBClusterIdentifier=COPY, DeletionProtection=False)
    assert [] == sent
    with mock_aws(), pytest.raises(ClientError, match="NotFound"):
        client.delete_db_cluster(DBClusterIdentifier=COPY, SkipFinalSnapshot=True)
    assert ["DeleteDBCluster"] == sent


def test_a_recovery_moves_the_secret_it_was_told_of_and_a_drill_does_not() -> None:
    """R47."""
    with mock_aws():
        secret = ACCESS.client("secretsmanager").create_secret(Name="s", SecretString="{}")["ARN"]
        for mode in ("recovery", "drill"):
            keeper = guard(mode)
            client, _ = guarded("secretsmanager", keeper)
            with pytest.raises(GuardRefused):
                client.put_secret_value(SecretId=secret, SecretString="{}")
            keeper.own(secret)
            if mode == "recovery":
                client.put_secret_value(SecretId=secret, SecretString='{"host": "copy"}')
            else:
                with pytest.raises(GuardRefused, match="no drill needs it"):
                    client.put_secret_value(SecretId=secret, SecretString="{}")


def test_without_a_copy_nothing_is_own_by_its_name() -> None:
    keeper = Guard(mode="drill", account=ACCOUNT, region="us-east-1", copy=None)
    assert not keeper.is_own("")
    assert not keeper.is_own(COPY)
    assert not keeper.is_own("None")


DOOR, OTHER = "sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2"
ON_A_GROUP: dict[str, dict[str, Any]] = {
    "authorize_security_group_ingress": {},
    "revoke_security_group_ingress": {"SecurityGroupRuleIds": ["sgr-1"]},
    "authorize_security_group_egress": {},
    "revoke_security_group_egress": {},
    "delete_security_group": {},
    "create_tags": {"Tags": []},
    "delete_tags": {"Tags": []},
}


def passed(keeper: Guard, group: str) -> set[str]:
    """What it lets be done to a group; nothing is sent."""
    client, through = ACCESS.client("ec2"), set()
    keeper.stand_before(client)
    client.meta.events.register("before-call", lambda **_: (SimpleNamespace(status_code=200), {}))
    for name, more in ON_A_GROUP.items():
        named = {"Resources": [group]} if name.endswith("tags") else {"GroupId": group}
        try:
            getattr(client, name)(**named, **more)
        except GuardRefused:
            continue
        through.add(name)
    return through


@pytest.mark.parametrize("mode", ["drill", "recovery", "back-out", "reap"])
def test_a_group_that_may_be_closed_has_its_ingress_and_tags_changed_in_a_recovery(
    mode: Mode,
) -> None:
    """R69: by the groups that the run was told of, and nothing else of them."""
    keeper = guard(mode)
    keeper.may_close(DOOR)
    opened = {
        "authorize_security_group_ingress",
        "revoke_security_group_ingress",
        "create_tags",
        "delete_tags",
    }
    assert (opened if mode in ("recovery", "back-out") else set()) == passed(keeper, DOOR)
    assert set() == passed(keeper, OTHER)
