"""What a request asks of IAM: each action on each resource that it names, and what is known of it.

AWS authorises a call on every resource that it names, on those that it needs although it does not
name them (`og:default`), and on what it does besides: tags at a creation, a role that is passed, a
key that is used. Service Authorization Reference, of RDS, EC2, Secrets Manager, KMS, IAM, STS,
Lambda, EventBridge, Step Functions and SQS:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html

Where the reference leaves open whether a resource counts, it counts here: a policy that passes is
never narrower than AWS wants it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

PREFIXES = {"monitoring": "cloudwatch"}
"""Of actions, where the name that requests are signed for is another."""
RENAMED = {"lambda:Invoke": "lambda:InvokeFunction"}
"""Actions that are called otherwise than their operations."""

RDS = {
    "DBClusterIdentifier": "cluster",
    "SourceDBClusterIdentifier": "cluster",
    "NewDBClusterIdentifier": "cluster",
    "DBInstanceIdentifier": "db",
    "SourceDBInstanceIdentifier": "db",
    "TargetDBInstanceIdentifier": "db",
    "NewDBInstanceIdentifier": "db",
    "DBClusterParameterGroupName": "cluster-pg",
    "SourceDBClusterParameterGroupIdentifier": "cluster-pg",
    "TargetDBClusterParameterGroupIdentifier": "cluster-pg",
    "DBParameterGroupName": "pg",
    "DBInstanceParameterGroupName": "pg",
    "SourceDBParameterGroupIdentifier": "pg",
    "TargetDBParameterGroupIdentifier": "pg",
    "DBSubnetGroupName": "subgrp",
    "OptionGroupName": "og",
    "SnapshotIdentifier": "cluster-snapshot",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "SourceDBClusterSnapshotIdentifier": "cluster-snapshot",
    "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
    "DBSnapshotIdentifier": "snapshot",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
    "DbClusterResourceId": "cluster-auto-backup",
    "SourceDbClusterResourceId": "cluster-auto-backup",
    "DbiResourceId": "auto-backup",
    "SourceDbiResourceId": "auto-backup",
    "DBInstanceAutomatedBackupsArn": "auto-backup",
    "SourceDBInstanceAutomatedBackupsArn": "auto-backup",
    "DBClusterEndpointIdentifier": "cluster-endpoint",
    "GlobalClusterIdentifier": "global-cluster",
    "ResourceName": "",
}
"""Parameter of an RDS operation: the type of the resource that it names, "" for an ARN of any."""
_FINAL = {"DeleteDBCluster": "cluster-snapshot", "DeleteDBInstance": "snapshot"}
_NEEDED = {
    "RestoreDBClusterToPointInTime": ("cluster-pg", "og", "subgrp"),
    "RestoreDBClusterFromSnapshot": ("cluster-pg", "og", "subgrp"),
    "RestoreDBInstanceToPointInTime": ("pg", "og", "subgrp"),
    "RestoreDBInstanceFromDBSnapshot": ("pg", "og", "subgrp"),
    "DeleteDBCluster": ("cluster-snapshot",),
}
"""Types of which RDS takes a default where none is named."""
_MADE = {
    "RestoreDBClusterToPointInTime": "DBClusterIdentifier",
    "RestoreDBClusterFromSnapshot": "DBClusterIdentifier",
    "RestoreDBInstanceToPointInTime": "TargetDBInstanceIdentifier",
    "RestoreDBInstanceFromDBSnapshot": "DBInstanceIdentifier",
    "CreateDBCluster": "DBClusterIdentifier",
    "CreateDBInstance": "DBInstanceIdentifier",
    "CreateDBClusterParameterGroup": "DBClusterParameterGroupName",
    "CreateDBParameterGroup": "DBParameterGroupName",
}
"""What is made: its tags are a call of AddTagsToResource besides."""
_KEY_USERS = ("Restore", "CreateDBInstance", "CreateDBCluster")
_KEY_USES = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
_PASSED = {
    "RoleArn": "rds.amazonaws.com",
    "MonitoringRoleArn": "monitoring.rds.amazonaws.com",
}
TABLES = ("TableName", "SourceTableName", "TargetTableName", "ResourceArn")
"""Parameters of a DynamoDB operation that name a table."""
FILLING = (*("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),)
"""What a restore needs on the table that it fills (Developer Guide, "Using IAM with DynamoDB
backup and restore").
"""
EC2 = {
    "sg": "security-group",
    "sgr": "security-group-rule",
    "vpc": "vpc",
    "subnet": "subnet",
    "i": "instance",
}
"""How an id begins: the type of the resource."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One action on one resource; `context` holds what conditions may ask for."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


class World(Protocol):
    """What the cloud knows of the resources that requests name."""

    def tags(self, arn: str) -> Mapping[str, str]:
        """Those of a resource, none of one that is not there."""
        ...

    def key_of_source(self, identifier: str) -> str | None:
        """The ARN of the key that a cluster or instance is encrypted with."""
        ...

    def secret(self, name: str) -> tuple[str, str | None]:
        """The ARN of a secret by any of its names, and the customer's own key of it."""
        ...

    def key(self, name: str) -> str:
        """The ARN of a key by any of its names."""
        ...

    def group(self, name: str) -> str:
        """The id of a security group by its name."""
        ...

    def function_of(self, mapping: str) -> str:
        """The ARN of the function that an event source mapping gives to."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """service as requests are signed for; parameters flat, as the query protocol has them."""

    service: str
    operation: str
    parameters: Mapping[str, str]
    account: str
    region: str

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        region = self.region if regional else ""
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"


def asked(request: Request, world: World) -> list[Ask]:
    """All that has to be allowed for the call to be."""
    by_service = {
        "rds": _of_rds,
        "ec2": _of_ec2,
        "secretsmanager": _of_secrets,
        "kms": _of_keys,
        "iam": _of_iam,
        "sts": _of_sts,
        "dynamodb": _of_dynamodb,
        "lambda": _of_functions,
        "events": _of_events,
        "states": _of_executions,
        "sqs": _of_queues,
    }
    prefix = PREFIXES.get(request.service, request.service)
    action = f"{prefix}:{request.operation}"
    action = RENAMED.get(action, action)
    if request.service not in by_service:
        return [Ask(action, "*")]
    found = list(by_service[request.service](request, action, world))
    return found or [Ask(action, "*")]


def _of_rds(request: Request, action: str, world: World) -> Iterator[Ask]:
    given, added = request.parameters, _request_tags(request.parameters, "Tags")
    named = {arn: kind for name, value in given.items() if (kind := RDS.get(name)) is not None
             for arn in [_rds_arn(request, kind, value)]}  # fmt: skip
    if "FinalDBSnapshotIdentifier" in given:
        kind = _FINAL.get(request.operation, "snapshot")
        named[_rds_arn(request, kind, given["FinalDBSnapshotIdentifier"])] = kind
    for kind in _NEEDED.get(request.operation, ()):
        if kind not in named.values():
            named[_rds_arn(request, kind, "default")] = kind
    for arn in named:
        yield Ask(action, arn, {**_resource_tags(world, arn), **added})
    made = _MADE.get(request.operation)
    if made is not None and made in given and added:
        yield Ask("rds:AddTagsToResource", _rds_arn(request, RDS[made], given[made]), added)
    for name, service in _PASSED.items():
        if name in given:
            yield Ask("iam:PassRole", given[name], {"iam:PassedToService": service})
    if request.operation.startswith(_KEY_USERS):
        for key in _keys_used(request, world):
            via = f"rds.{request.region}.amazonaws.com"
            for use in _KEY_USES:
                yield Ask(use, key, {"kms:ViaService": via, "kms:GrantIsForAWSResource": "true"})


def _keys_used(request: Request, world: World) -> set[str]:
    given = request.parameters
    if "KmsKeyId" in given:
        return {world.key(given["KmsKeyId"])}
    sources = [value for name, value in given.items() if RDS.get(name) in ("cluster", "db")]
    return {key for one in sources if (key := world.key_of_source(one)) is not None}


def _rds_arn(request: Request, kind: str, value: str) -> str:
    """RDS keeps names in lower case, and an ARN names what it names."""
    if value.startswith("arn:"):
        return value
    name = value if kind.endswith("auto-backup") else value.lower()
    return request.arn("rds", f"{kind}:{name}", regional=kind != "global-cluster")


def _of_ec2(request: Request, action: str, world: World) -> Iterator[Ask]:
    if request.operation.startswith("Describe"):
        return  # no resource-level rights
    given = request.parameters
    tags = _request_tags(given, "TagSpecification.1.Tag") | _request_tags(given, "Tag")
    if request.operation == "CreateSecurityGroup":
        group = request.arn("ec2", "security-group/*")
        yield Ask(action, group, tags)
        if "VpcId" in given:
            vpc = request.arn("ec2", f"vpc/{given['VpcId']}")
            yield Ask(action, vpc, {**_resource_tags(world, vpc), **tags})
        if tags:
            yield Ask("ec2:CreateTags", group, {**tags, "ec2:CreateAction": request.operation})
        return
    ids = [v for k, v in given.items() if re.fullmatch(r"(GroupId|ResourceId)(\.\d+)?", k)]
    if "GroupName" in given:
        ids.append(world.group(given["GroupName"]))
    for one in ids:
        kind = EC2.get(one.partition("-")[0], "resource")
        arn = request.arn("ec2", f"{kind}/{one}")
        yield Ask(action, arn, {**_resource_tags(world, arn), **tags})
    if request.operation.startswith("AuthorizeSecurityGroup") and tags:
        made = request.arn("ec2", "security-group-rule/*")
        yield Ask("ec2:CreateTags", made, {**tags, "ec2:CreateAction": request.operation})


def _of_secrets(request: Request, action: str, world: World) -> Iterator[Ask]:
    name = request.parameters.get("SecretId")
    if name is None:
        return
    arn, key = world.secret(name)
    yield Ask(action, arn, _resource_tags(world, arn))
    if key is not None and request.operation in ("GetSecretValue", "PutSecretValue"):
        use = "kms:Decrypt" if request.operation == "GetSecretValue" else "kms:GenerateDataKey"
        yield Ask(use, key, {"kms:ViaService": f"secretsmanager.{request.region}.amazonaws.com"})


def _of_keys(request: Request, action: str, world: World) -> Iterator[Ask]:
    if "KeyId" in request.parameters:
        yield Ask(action, world.key(request.parameters["KeyId"]))


def _of_iam(request: Request, action: str, world: World) -> Iterator[Ask]:
    given = request.parameters
    for name, kind in (("RoleName", "role"), ("UserName", "user")):
        if name in given:
            yield Ask(action, request.arn("iam", f"{kind}/{given[name]}", regional=False))
    if "PolicySourceArn" in given:
        yield Ask(action, given["PolicySourceArn"])


def _of_sts(request: Request, action: str, world: World) -> Iterator[Ask]:
    if "RoleArn" in request.parameters:
        name = request.parameters.get("RoleSessionName", "")
        yield Ask(action, request.parameters["RoleArn"], {"sts:RoleSessionName": name})


def _of_dynamodb(request: Request, action: str, world: World) -> Iterator[Ask]:
    given = request.parameters
    for name in TABLES:
        if name in given:
            arn = _table_arn(request, given[name])
            yield Ask(action, arn, _resource_tags(world, arn))
    if request.operation == "RestoreTableToPointInTime":
        arn = _table_arn(request, given["TargetTableName"])
        for one in FILLING:
            yield Ask(f"dynamodb:{one}", arn)


def _table_arn(request: Request, value: str) -> str:
    return value if value.startswith("arn:") else request.arn("dynamodb", f"table/{value}")


def _of_functions(request: Request, action: str, world: World) -> Iterator[Ask]:
    given = request.parameters
    if request.operation == "Invoke":
        yield Ask(action, request.arn("lambda", f"function:{given['FunctionName']}"))
    if "UUID" in given:
        mapping = request.arn("lambda", f"event-source-mapping:{given['UUID']}")
        yield Ask(action, mapping, {"lambda:FunctionArn": world.function_of(given["UUID"])})
    if "Resource" in given:
        yield Ask(action, given["Resource"])


def _of_events(request: Request, action: str, world: World) -> Iterator[Ask]:
    given = request.parameters
    if "Name" in given:
        yield Ask(action, request.arn("events", f"rule/{given['Name']}"))
    if "ResourceARN" in given:
        yield Ask(action, given["ResourceARN"])


def _of_executions(request: Request, action: str, world: World) -> Iterator[Ask]:
    if "stateMachineArn" in request.parameters:
        yield Ask(action, request.parameters["stateMachineArn"])


def _of_queues(request: Request, action: str, world: World) -> Iterator[Ask]:
    url = request.parameters.get("QueueUrl")
    if url is not None:
        yield Ask(action, request.arn("sqs", url.rpartition("/")[2]))


def _resource_tags(world: World, arn: str) -> dict[str, str]:
    return {f"aws:ResourceTag/{key}": value for key, value in world.tags(arn).items()}


def _request_tags(given: Mapping[str, str], at: str) -> dict[str, str]:
    """`Tags.Tag.1.Key` of RDS, `TagSpecification.1.Tag.1.Key` and `Tag.1.Key` of EC2."""
    found = {}
    for name, key in given.items():
        if name.startswith(f"{at}.") and name.endswith(".Key"):
            value = given.get(f"{name.removesuffix('.Key')}.Value", "")
            found[f"aws:RequestTag/{key}"] = value
    return found
