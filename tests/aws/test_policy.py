"""DESIGN 6: under the session policy of a drill AWS itself refuses what would change the source."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.aws.errors import CorrectTheRequest
from fixtures.aws.guard_table import DRILL, READS
from fixtures.aws.limited import compact
from fixtures.aws.names import new_identifier
from fixtures.aws.policy import FREE, LONGEST, session_policy
from tests.aws.fix_aws import ACCESS
from tests.aws.policies import decide

RUN, SOURCE = "20261127-034000-ab12", "core-prod"
COPY = new_identifier(SOURCE, RUN)
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:core-drill-AbCdEf"
POLICY = session_policy(run_id=RUN, source=SOURCE, copy=COPY, secrets=[SECRET])

OWN_TAG = {"aws:ResourceTag/restore-drills:run": RUN}
OTHER_TAG = {"aws:ResourceTag/restore-drills:run": "20261127-034000-cd34"}
NAMED = {
    "pg": "core-instance",
    "cluster-pg": "core-params",
    "og": "core",
    "subgrp": "core-net",
    "secgrp": "core",
    "snapshot": f"rds:{SOURCE}-2026-11-27",
    "cluster-snapshot": f"{SOURCE}-final",
    "auto-backup": "ab-1",
    "cluster-auto-backup": "ab-2",
}


def rds(kind: str, name: str) -> str:
    return f"arn:aws:rds:us-east-1:123456789012:{kind}:{name}"


def changes(service: str) -> list[str]:
    """All of the service's operations but those that are called reading."""
    model = ACCESS.client(service).meta.service_model
    return [
        f"{service}:{name}"
        for name in model.operation_names
        if not name.startswith(("Describe", "List"))
    ]


@pytest.mark.parametrize("kind", ["cluster", "db"])
def test_every_change_of_the_source_is_denied_by_name(kind: str) -> None:
    """RDS's whole model. A restore names the source too, and changes nothing of it."""
    decisions = {one: decide(POLICY, one, rds(kind, SOURCE)) for one in changes("rds")}
    restores = {one for one, decision in decisions.items() if decision == "allow"}
    assert {one for one in decisions if one.startswith("rds:RestoreDB")} == restores
    assert {"allow", "deny"} == set(decisions.values())


@pytest.mark.parametrize(
    "arn",
    [
        rds("db", f"{SOURCE}-1"),
        rds("cluster", "another"),
        rds("cluster", f"{COPY}x"),
        rds("cluster", new_identifier(SOURCE, "20261127-034000-cd34")),
        rds("cluster-endpoint", SOURCE),
        "arn:aws:rds::123456789012:global-cluster:core",
    ],
)
def test_no_change_of_anything_else_is_allowed(arn: str) -> None:
    """The source's instances among it, whose names are not known when the session is opened."""
    allowed = [
        one
        for one in changes("rds")
        if decide(POLICY, one, arn) == "allow"
        # Of neither kind, and named by these at most.
        and not (":cluster:" not in arn and ":db:" not in arn and is_naming(one))
    ]
    assert [] == allowed


def is_naming(action: str) -> bool:
    """Whether it is on a cluster or an instance, which has to be allowed as well."""
    return action.endswith(("DBCluster", "DBInstance")) or action.startswith("rds:RestoreDB")


@pytest.mark.parametrize("kind", NAMED)
def test_groups_and_snapshots_may_be_named_in_changes_of_the_copy_and_not_changed(
    kind: str,
) -> None:
    allowed = [
        one for one in changes("rds") if decide(POLICY, one, rds(kind, NAMED[kind])) == "allow"
    ]
    assert [one for one in changes("rds") if is_naming(one)] == allowed
    model = ACCESS.client("rds").meta.service_model
    for action in allowed:
        asked = model.operation_model(action.removeprefix("rds:")).input_shape.members
        assert {"DBClusterIdentifier", "DBInstanceIdentifier", "TargetDBInstanceIdentifier"} & set(
            asked
        ), action


@pytest.mark.parametrize("name", [COPY, f"{COPY}-1", f"{COPY}-quarantine"])
def test_what_the_guard_lets_through_for_the_copy_is_allowed(name: str) -> None:
    """One table is the other's: a drill that AWS refused half-way would leave things behind."""
    backups = {one for one in DRILL if one[1].endswith("AutomatedBackup")}
    refused = [
        operation
        for service, operation in DRILL.keys() - backups
        if service == "rds"
        for kind in ("cluster", "db", "pg", "cluster-pg", "snapshot", "cluster-snapshot")
        if decide(POLICY, f"rds:{operation}", rds(kind, name)) != "allow"
    ]
    assert [] == refused


def test_what_the_guard_lets_be_read_is_allowed() -> None:
    prefixes = {"service-quotas": "servicequotas"}
    refused = [
        f"{service}:{name}"
        for service, names in READS.items()
        for name in names
        # GetCallerIdentity needs no right.
        if service not in ("sts", "dynamodb")
        and decide(POLICY, f"{prefixes.get(service, service)}:{name}") != "allow"
    ]
    assert [] == refused


def test_tables_of_dynamodb_are_read_and_restored_and_only_copies_are_changed() -> None:
    """R24, R58: where settings name any; else nothing of DynamoDB is allowed."""
    policy = session_policy(run_id=RUN, source=SOURCE, copy=COPY, secrets=[SECRET], tables=True)
    table = "arn:aws:dynamodb:us-east-1:123456789012:table/"
    own, source = f"{table}{COPY}-core-GranulesTable", f"{table}core-GranulesTable"
    for name in READS["dynamodb"]:
        assert "allow" == decide(policy, f"dynamodb:{name}", source)
        assert "implicit" == decide(POLICY, f"dynamodb:{name}", source)
    allowed = {one for one in changes("dynamodb") if decide(policy, one, source) == "allow"}
    assert {"dynamodb:RestoreTableToPointInTime"} == allowed
    for other in (f"{table}{COPY}X", f"{table}x-{COPY}-core-GranulesTable"):
        assert {"implicit"} == {
            decide(policy, one, other) for one in set(changes("dynamodb")) - allowed
        }
    assert {"allow"} == {decide(policy, one, own) for one in changes("dynamodb")}
    assert {"implicit"} == {decide(POLICY, one, own) for one in changes("dynamodb")}
    assert len(compact(policy)) <= LONGEST - 100


def test_a_security_group_is_this_run_s_by_the_tag_that_it_was_made_with() -> None:
    group = "arn:aws:ec2:us-east-1:123456789012:security-group/sg-0core"
    assert "allow" == decide(POLICY, "ec2:CreateSecurityGroup", group)
    assert "allow" == decide(
        POLICY, "ec2:CreateTags", group, {"ec2:CreateAction": "CreateSecurityGroup"}
    )
    for service, operation in DRILL:
        if service != "ec2" or operation == "CreateSecurityGroup":
            continue
        action = f"ec2:{operation}"
        assert "allow" == decide(POLICY, action, group, OWN_TAG)
        assert "implicit" == decide(POLICY, action, group, OTHER_TAG)
        assert "implicit" == decide(POLICY, action, group)


def test_of_ec2_s_whole_model_nothing_else_is_allowed_on_what_has_no_tag_of_the_run() -> None:
    group = "arn:aws:ec2:us-east-1:123456789012:security-group/sg-0core"
    allowed = [one for one in changes("ec2") if decide(POLICY, one, group) == "allow"]
    assert ["ec2:CreateSecurityGroup"] == allowed


def test_an_automated_backup_is_deleted_by_the_run_s_tag_only() -> None:
    for kind, action in (
        ("cluster-auto-backup", "rds:DeleteDBClusterAutomatedBackup"),
        ("auto-backup", "rds:DeleteDBInstanceAutomatedBackup"),
    ):
        assert "allow" == decide(POLICY, action, rds(kind, "ab-1"), OWN_TAG)
        assert "implicit" == decide(POLICY, action, rds(kind, "ab-1"), OTHER_TAG)
        assert "implicit" == decide(POLICY, action, rds(kind, "ab-1"))


def test_the_named_secret_is_read_no_other_and_none_is_changed() -> None:
    read = "secretsmanager:GetSecretValue"
    assert "allow" == decide(POLICY, read, SECRET)
    assert "implicit" == decide(POLICY, read, SECRET.replace("core-drill", "core-admin"))
    for action in changes("secretsmanager"):
        if not action.startswith("secretsmanager:Get"):
            assert "deny" == decide(POLICY, action, SECRET), action


def test_a_secret_may_be_named_without_the_letters_that_aws_puts_behind_it() -> None:
    short = session_policy(
        run_id=RUN, source=SOURCE, copy=COPY, secrets=[SECRET.removesuffix("-AbCdEf")]
    )
    assert "allow" == decide(short, "secretsmanager:GetSecretValue", SECRET)
    assert "implicit" == decide(
        short, "secretsmanager:GetSecretValue", SECRET.replace("-AbCdEf", "-2-AbCdEf")
    )


def test_keys_are_used_through_aws_s_services_and_not_by_the_caller() -> None:
    for action in ("kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"):
        via = {"kms:ViaService": "rds.us-east-1.amazonaws.com"}
        assert "allow" == decide(POLICY, action, "key", via)
        assert "implicit" == decide(POLICY, action, "key")


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "lambda:InvokeFunction",
        "rds-data:ExecuteStatement",
        "rds:DownloadDBLogFilePortion",
        "s3:GetObject",
        "s3:PutObject",
        "ssm:SendCommand",
        "sts:AssumeRole",
    ],
)
def test_what_no_drill_needs_is_not_allowed(action: str) -> None:
    assert "implicit" == decide(POLICY, action)


def test_terraform_s_state_and_the_role_of_a_token_are_allowed_where_they_are_named() -> None:
    state = "arn:aws:s3:::states/core.tfstate"
    policy = session_policy(
        run_id=RUN, source=SOURCE, copy=COPY, objects=[state], database_role="restore_drill"
    )
    user = "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABC/"
    assert "allow" == decide(policy, "s3:GetObject", state)
    assert "implicit" == decide(policy, "s3:GetObject", state + ".backup")
    assert "implicit" == decide(policy, "s3:PutObject", state)
    assert "allow" == decide(policy, "rds-db:connect", user + "restore_drill")
    assert "implicit" == decide(policy, "rds-db:connect", user + "root")


def test_reading_is_called_like_it() -> None:
    """The alarm rings should a change stand among what is allowed on anything."""
    reads = ("Describe", "Get", "List", "Simulate")
    assert ["ec2:CreateSecurityGroup"] == [
        one for one in FREE if not one.partition(":")[2].startswith(reads)
    ]
    assert not [one for one in FREE if "GetSecretValue" in one or one.endswith(":*")]


def longest() -> dict[str, Any]:
    source = "c" * 63
    return {
        "run_id": RUN,
        "source": source,
        "copy": new_identifier(source, RUN),
        "secrets": [SECRET, SECRET.replace("drill", "admin")],
    }


def test_the_policy_fits_with_the_longest_names(record_property: Any) -> None:
    """2,048 characters is what STS takes; it is sent without a blank."""
    size, most = len(compact(POLICY)), len(compact(session_policy(**longest())))
    record_property("characters", f"{size}, {most} at most")
    assert size < most <= LONGEST
    assert " " not in compact(POLICY)
    assert POLICY == json.loads(compact(POLICY))


def test_a_policy_that_sts_would_not_take_is_refused_before_it_is_asked() -> None:
    many = {**longest(), "secrets": [f"{SECRET[:-7]}{number}-AbCdEf" for number in range(9)]}
    with pytest.raises(CorrectTheRequest, match=r"name fewer or shorter secrets \(9\)"):
        session_policy(**many)


def test_a_source_is_named_as_rds_keeps_it() -> None:
    assert POLICY == session_policy(run_id=RUN, source=SOURCE.upper(), copy=COPY, secrets=[SECRET])


def test_a_source_that_is_called_as_the_copy_is_is_refused() -> None:
    for source in (COPY, f"{COPY}-1"):
        with pytest.raises(ValueError, match="is called as the copy is"):
            session_policy(run_id=RUN, source=source, copy=COPY)


def test_the_judge_of_these_tests_knows_what_it_judges() -> None:
    """The alarm rings: an element or operator that is not evaluated is no decision."""
    for statement in (
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": "true"}}},
    ):
        with pytest.raises(AssertionError):
            decide({"Statement": [statement]}, "rds:DeleteDBCluster")
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert "allow" == decide(everything, "rds:DeleteDBCluster", rds("cluster", SOURCE))
