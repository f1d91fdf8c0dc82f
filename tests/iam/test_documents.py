"""The policies of docs/iam held against what each mode calls, so that they cannot rot."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from botocore.loaders import create_loader

from fixtures.aws.guard_table import CHANGES, ITEM_READS, READS, READS_OF, SECRET_READS, Mode
from fixtures.aws.names import new_identifier
from tests.aws.policies import decide
from tests.iam.asking import EC2, PREFIXES, RDS, RENAMED, Ask, Request, asked
from tests.iam.documents import (
    ACCOUNT,
    CLOSED_GROUP,
    FOLDER,
    INLINE,
    LOGIN,
    MANAGED,
    MODES,
    PLACEHOLDERS,
    PREFIX,
    REGION,
    SOURCE,
    document,
    text,
)

SIGNED = {"service-quotas": "servicequotas", "stepfunctions": "states"}
"""botocore's name of a service: the name that actions have."""
RUN = "20261127-034000-ab12"
COPIES = {mode: new_identifier(SOURCE, RUN, recovery=mode == "recovery") for mode in MODES}
COPY = COPIES["drill"]
TAGGED = {"restore-drills:run": RUN}
BESIDES = {
    # Terraform's provider, for the plan of a cluster that has a secret.
    ("secretsmanager", "GetResourcePolicy"),
}
"""What is allowed and in no table of the guard's: boto3 does not call it."""
NO_API = {
    # An RDS token, with which nothing of AWS's API is called.
    "rds-db:connect",
    # What RDS, Secrets Manager and S3 do with keys for the caller.
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    # What RDS does with a role that it is given.
    "iam:PassRole",
    # Terraform's own backend, and what DynamoDB does to the table that a restore fills.
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    # Terraform's own backend.
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}


class Known:
    """A world in which everything of a run carries its tag."""

    def tags(self, arn: str) -> Mapping[str, str]:
        return TAGGED

    def key_of_source(self, identifier: str) -> str | None:
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"

    def secret(self, name: str) -> tuple[str, str | None]:
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"
        return arn, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/2"

    def key(self, name: str) -> str:
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"

    def group(self, name: str) -> str:
        return "sg-0123456789abcdef0"

    def function_of(self, mapping: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-messageConsumer"


@cache
def operations(service: str) -> dict[str, Any]:
    found: dict[str, Any] = create_loader().load_service_model(service, "service-2")
    return found


def members(service: str, operation: str) -> dict[str, Any]:
    model = operations(service)
    shape = model["operations"][operation].get("input", {}).get("shape")
    found: dict[str, Any] = model["shapes"][shape].get("members", {}) if shape else {}
    return found


SAMPLES = {
    "Resources": {"ResourceId.1": "sg-0123456789abcdef0"},
    "GroupId": {"GroupId": "sg-0123456789abcdef0"},
    "VpcId": {"VpcId": "vpc-1"},
    "TagSpecifications": {
        "TagSpecification.1.Tag.1.Key": "restore-drills:run",
        "TagSpecification.1.Tag.1.Value": "x",
    },
    "Tags": {"Tags.Tag.1.Key": "restore-drills:run", "Tags.Tag.1.Value": "x"},
    "ResourceName": {"ResourceName": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{COPY}"},
    "SnapshotIdentifier": {"SnapshotIdentifier": f"rds:{SOURCE}-2026-11-27"},
    "DBSubnetGroupName": {"DBSubnetGroupName": "core-net"},
    "OptionGroupName": {"OptionGroupName": "default:aurora-postgresql-16"},
    "RoleName": {"RoleName": "restore-drill"},
    "UserName": {"UserName": "operator"},
    "PolicySourceArn": {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:role/restore-drill"},
    "KeyId": {"KeyId": "1"},
    "KmsKeyId": {"KmsKeyId": "1"},
    "RoleArn": {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{PLACEHOLDERS['RDS-ROLE']}"},
}
"""Parameter of the model: what a run gives for it, in the query protocol's words."""
INGEST = {
    "lambda": {
        "FunctionName": f"{PREFIX}-PrivateApiLambda",
        "UUID": "1-2-3",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:1-2-3",
    },
    "events": {
        "Name": f"{PREFIX}-daily",
        "ResourceARN": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{PREFIX}-daily",
    },
    "stepfunctions": {
        "stateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-Ingest",
    },
    "sqs": {"QueueUrl": f"https://sqs/{ACCOUNT}/{PREFIX}-startSF"},
}
"""The same of what halts ingest, and looks at it."""


def sample(service: str, operation: str, copy: str) -> dict[str, str]:
    """Every parameter that names something, as a run would name it: its own, or the source."""
    given: dict[str, str] = {}
    if service in INGEST:
        return {name: one for name, one in INGEST[service].items()
                if name in members(service, operation)}  # fmt: skip
    for name in members(service, operation):
        if name == "ResourceName":
            given[name] = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{copy}"
        elif service == "dynamodb":
            given |= sample_of_table(operation, name, copy)
        elif name in SAMPLES:
            # Rules get tags where a source's group is opened again, and in no quarantine.
            if name != "TagSpecifications" or not operation.startswith("Authorize"):
                given |= SAMPLES[name]
        elif name.startswith("Source") and name in RDS:
            given[name] = SOURCE
        elif name == "SecretId":
            secret = "CLIENT" if operation.startswith(("Put", "Update")) else "LOGIN"
            given[name] = PLACEHOLDERS[secret]
        elif name in RDS or name in ("GroupName", "FinalDBSnapshotIdentifier"):
            given[name] = f"{copy}-1"
    return given


def sample_of_table(operation: str, name: str, copy: str) -> dict[str, str]:
    own, source = f"{copy}-core-GranulesTable", PLACEHOLDERS["TABLE"]
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
    reads = operation in READS["dynamodb"]
    found = {
        "TableName": source if reads else own,
        "SourceTableName": source,
        "TargetTableName": own,
        "ResourceArn": f"{arn}{source if reads else own}",
    }
    return {name: found[name]} if name in found else {}


def calls(mode: Mode) -> Iterator[tuple[str, str]]:
    """What the guard lets through in that mode: botocore's service and operation."""
    for service, patterns in READS_OF[mode].items():
        for name in operations(service)["operations"]:
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                yield service, name
    yield from SECRET_READS if mode != "reap" else ()
    yield from ITEM_READS if mode in ("drill", "recovery") else ()
    yield from CHANGES[mode]


def asks(service: str, operation: str, copy: str) -> list[Ask]:
    signed = SIGNED.get(service, service)
    given = sample(service, operation, copy)
    return asked(Request(signed, operation, given, ACCOUNT, REGION), Known())


NOT_GRANTED = {
    "readiness": {("dynamodb", name) for name in READS["dynamodb"]},
    "reap": {
        *(("iam", name) for name in READS["iam"]),
        ("dynamodb", "DescribeContinuousBackups"),
        ("dynamodb", "DescribeTimeToLive"),
    },
}
"""What the guard lets be read in every mode, and that mode does not read."""


@pytest.mark.parametrize("mode", MODES)
def test_every_call_of_a_mode_is_allowed(mode: Mode) -> None:
    """On everything that it names, and all that it does besides."""
    policy = document(mode)
    refused = [
        (service, name, ask.action, ask.resource)
        for service, name in calls(mode)
        if service != "sts" and (service, name) not in NOT_GRANTED.get(mode, ())
        for ask in asks(service, name, COPIES[mode])
        if decide(policy, ask.action, ask.resource, ask.context) != "allow"
    ]
    assert [] == refused


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_allowed_that_the_mode_does_not_call(mode: Mode) -> None:
    """Each action that the document names is the mode's, one by one."""
    known = {f"{SIGNED.get(s, s)}:{name}" for s, name in {*calls(mode), *BESIDES}}
    known = {RENAMED.get(one, one) for one in known}
    allowed = {
        action
        for statement in document(mode)["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    assert [] == sorted(
        action
        for action in allowed - NO_API
        if not (known & {action} or any(fnmatchcase(one, action) for one in known))
    )
    assert {"rds:Describe*"} == {one for one in allowed if "*" in one}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["cluster", "db"])
def test_every_change_of_the_source_is_denied_by_name(mode: str, kind: str) -> None:
    """RDS's whole model, so that no other policy of the role can allow it. R32."""
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:{kind}:{SOURCE}"
    assert [] == [one for one in changes() if decide(document(mode), one, arn) != "deny"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "name",
    [
        "cluster:another",
        "db:core-prod-1",
        "cluster-endpoint:core",
        "cluster-snapshot:core-final",
        "snapshot:core-final",
        "cluster-pg:core-params",
        "pg:core-instance",
        "og:core",
        "subgrp:core-net",
        "es:core",
        "db-proxy:prx-1",
        "global-cluster:core",
    ],
)
def test_nothing_that_is_no_copy_is_changed(mode: str, name: str) -> None:
    """Explicitly denied but for what a change of a copy may name beside it."""
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:{name}"
    kind = name.partition(":")[0]
    named_beside = {"rds:CreateDBInstance", "rds:ModifyDBCluster", "rds:ModifyDBInstance"}
    if kind in ("cluster-snapshot", "snapshot"):
        named_beside = {"rds:DeleteDBCluster", "rds:DeleteDBInstance"}
    allowed = {one for one in changes() if decide(document(mode), one, arn) == "allow"}
    assert allowed <= (named_beside if kind not in ("cluster", "db") else set())
    denied = {one for one in changes() if decide(document(mode), one, arn) == "deny"}
    if kind in ("cluster", "db", "cluster-endpoint", "es", "db-proxy", "global-cluster"):
        assert set(changes()) == denied


def test_a_change_of_what_is_denied_is_told_from_one_of_a_copy() -> None:
    """The alarm rings: the same changes are allowed of a copy."""
    copy = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{COPY}"
    allowed = {one for one in changes() if decide(document("drill"), one, copy) == "allow"}
    assert {
        "rds:AddTagsToResource",
        "rds:CreateDBInstance",
        "rds:DeleteDBCluster",
        "rds:DeleteDBInstance",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:RebootDBInstance",
    } == allowed
    adopted = {"aws:ResourceTag/restore-drills:adopted": "run-1"}
    assert {"deny"} == {decide(document("drill"), one, copy, adopted) for one in allowed}


def test_a_recovery_opens_and_closes_the_source_s_group_and_does_nothing_else_to_it() -> None:
    """R69: and none of any other group; a drill not even that."""
    mine, other = (
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{one}"
        for one in (CLOSED_GROUP, "sg-6000000000000000")
    )
    operations_of_groups = {
        f"ec2:{name}"
        for name in operations("ec2")["operations"]
        if "SecurityGroup" in name and not name.startswith(("Describe", "Get", "Create"))
    }
    wanted = {"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"}
    tagging = {"ec2:CreateTags", "ec2:DeleteTags"}
    policy = document("recovery")
    asked = operations_of_groups | tagging
    assert wanted | tagging == {one for one in asked if decide(policy, one, mine) == "allow"}
    assert set() == {one for one in asked if decide(policy, one, other) == "allow"}
    assert set() == {one for one in asked if decide(document("drill"), one, mine) == "allow"}


@pytest.mark.parametrize("mode", ["drill", "recovery", "reap"])
def test_no_table_is_changed_that_is_no_copy(mode: str) -> None:
    """Denied by name, so that no other policy of the role can allow it; items are read of copies
    and of the semaphores (R24, R58).
    """
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
    source, policy = f"{table}{PLACEHOLDERS['TABLE']}", document(mode)
    changing = [
        f"dynamodb:{name}"
        for name in operations("dynamodb")["operations"]
        if name.startswith(("BatchWrite", "Create", "Delete", "Put", "Tag", "Untag", "Update"))
    ]
    assert [] == [one for one in changing if decide(policy, one, source) != "deny"]
    assert "allow" != decide(policy, "dynamodb:Scan", source)
    copy = f"{table}{COPIES[mode]}-core-GranulesTable"
    deleted = "deny" if mode == "recovery" else "allow"
    assert deleted == decide(policy, "dynamodb:DeleteTable", copy)
    adopted = {"aws:ResourceTag/restore-drills:adopted": "run-1"}
    assert "deny" == decide(policy, "dynamodb:DeleteTable", copy, adopted)


def test_a_recovery_deletes_no_database_whatever_it_is_called() -> None:
    """R35: its copy is production soon, and no drill or reaping can touch it by its name."""
    for kind, action in (
        ("cluster", "rds:DeleteDBCluster"),
        ("db", "rds:DeleteDBInstance"),
        ("cluster-snapshot", "rds:DeleteDBClusterSnapshot"),
        ("snapshot", "rds:DeleteDBSnapshot"),
    ):
        arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:{kind}:{COPIES['recovery']}"
        decided = {mode: decide(document(mode), action, arn) for mode in MODES}
        assert {"deny"} == set(decided.values())


@cache
def changes() -> list[str]:
    """RDS's operations, but for those that are called reading, and restores."""
    return [
        f"rds:{name}"
        for name in operations("rds")["operations"]
        if not name.startswith(("Describe", "List", "RestoreDB", "Download", "GenerateDB"))
    ]


@pytest.mark.parametrize("name", [*MODES, "trust", "ingest"])
def test_a_document_is_a_policy_that_iam_takes(name: str) -> None:
    """10,240 characters for the inline policies of one role, blanks not counted (IAM quotas), and
    6,144 for a managed one.
    """
    parsed = json.loads(text(name))
    assert "2012-10-17" == parsed["Version"]
    assert len(json.dumps(parsed, separators=(",", ":"))) <= (
        MANAGED if name == "ingest" else INLINE
    )
    sids = [statement["Sid"] for statement in parsed["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


@pytest.mark.parametrize("name", [*MODES, "trust", "ingest"])
def test_a_placeholder_is_one_that_the_page_explains(name: str) -> None:
    words = set(re.findall(r"\b[A-Z][A-Z-]{2,}[A-Z]\b", text(name)))
    assert words <= PLACEHOLDERS.keys()
    page = (FOLDER / "README.md").read_text()
    assert [] == [word for word in words if f"`{word}`" not in page]


def test_a_recovery_switches_nothing_of_another_deployment() -> None:
    """R8: its rules, mappings and functions are told by the prefix."""
    region, policy = f"{REGION}:{ACCOUNT}", document("recovery")
    other = {"lambda:FunctionArn": f"arn:aws:lambda:{region}:function:another-messageConsumer"}
    mine = {"lambda:FunctionArn": f"arn:aws:lambda:{region}:function:{PREFIX}-messageConsumer"}
    mapping = f"arn:aws:lambda:{region}:event-source-mapping:1-2-3"
    for context, decision in ((mine, "allow"), (other, "implicit")):
        assert decision == decide(policy, "lambda:UpdateEventSourceMapping", mapping, context)
    for name, decision in (
        (f"{PREFIX}-PrivateApiLambda", "allow"),
        (f"{PREFIX}-sqs2sf", "implicit"),
        ("another-PrivateApiLambda", "implicit"),
    ):
        function = f"arn:aws:lambda:{region}:function:{name}"
        assert decision == decide(policy, "lambda:InvokeFunction", function)
    for name, decision in ((f"{PREFIX}-daily", "allow"), ("another-daily", "implicit")):
        rule = f"arn:aws:events:{region}:rule/{name}"
        assert decision == decide(policy, "events:DisableRule", rule)


def test_an_unfilled_placeholder_opens_nothing() -> None:
    """A list of secrets that nobody has filled in names no secret."""
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{LOGIN}-AbCdEf"
    unfilled = json.loads(text("drill"))
    assert "allow" == decide(document("drill"), "secretsmanager:GetSecretValue", arn)
    assert "implicit" == decide(unfilled, "secretsmanager:GetSecretValue", arn)


def test_what_the_judge_looks_at_is_in_rds_s_model() -> None:
    """A misspelt parameter would be looked past, and its resource not be judged."""
    model = operations("rds")
    everywhere = {name for one in model["operations"] for name in members("rds", one)}
    assert [] == sorted(RDS.keys() - everywhere)
    assert {"security-group", "vpc"} <= set(EC2.values())
    assert {"monitoring"} == PREFIXES.keys()


@pytest.mark.parametrize("operation", [one for of, one in CHANGES["back-out"] if of == "rds"])
def test_everything_that_a_change_touches_is_judged(operation: str) -> None:
    """The guard's table and the judge's agree on what a change is on."""
    touched = CHANGES["back-out"]["rds", operation].touched
    given = {name: f"{COPY}-1" for name in touched if name != "ResourceName"}
    given |= SAMPLES["ResourceName"] if "ResourceName" in touched else {}
    found = {
        ask.resource for ask in asked(Request("rds", operation, given, ACCOUNT, REGION), Known())
    }
    for name in touched:
        value = given[name].rpartition(":")[2]
        assert any(one.endswith(f":{value}") for one in found), (name, found)


def test_the_page_s_own_line_fills_them_in() -> None:
    """As it stands there, by the shell."""
    page = (FOLDER / "README.md").read_text()
    (fill,) = re.findall(r"^fill\(\) .*$", page, re.MULTILINE)
    for name in ("trust", "drill"):
        done = subprocess.run(
            ["bash", "-c", f"{fill}\nfill {name}"],
            cwd=FOLDER.parents[1],
            check=True,
            capture_output=True,
            text=True,
        )
        json.loads(done.stdout)
        assert not re.search(r"\b(ACCOUNT|REGION|SOURCE|LOGIN|OPERATOR)\b", done.stdout)
