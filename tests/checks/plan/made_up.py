"""Safe plans as Terraform 1.11 writes them of hashicorp/aws, to be broken by tests.

Their shape is that of plans made by Terraform 1.11.4 and hashicorp/aws 3.39.0 of
tests/terraform/configurations/cluster, with what 5.x adds: serverless v2, a reader endpoint in the
login. A test changes one thing in such a document and judges it.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from checks.judgement import Judgement
from checks.plan.adopt import Adoption, judge_adoption
from checks.plan.model import Plan
from checks.plan.reading import read_plan
from checks.plan.snapshot import SnapshotRestore, judge_snapshot_restore

Document = dict[str, Any]

MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
INSTANCE = f"{MODULE}.aws_rds_cluster_instance.cumulus[0]"
LOGIN = f"{MODULE}.aws_secretsmanager_secret_version.rds_login"
SECRET = f"{MODULE}.aws_secretsmanager_secret.rds_login"
SUBNETS = f"{MODULE}.aws_db_subnet_group.cluster"
PARAMETERS = f"{MODULE}.aws_rds_cluster_parameter_group.cluster"
GROUP = f"{MODULE}.aws_security_group.access"
RULE = f"{MODULE}.aws_security_group_rule.postgres"
AWS = "registry.terraform.io/hashicorp/aws"

SOURCE, COPY, SNAPSHOT = "core-1", "core-2", "core-before-upgrade"
PASSWORD = "canary-7-password"
"""Stands wherever a plan holds the administrator's password."""

ADOPTION = Adoption(CLUSTER, restored=COPY, source=SOURCE)
RESTORE = SnapshotRestore(CLUSTER, restored=COPY, snapshot=SNAPSHOT, source=SOURCE)

_ARN = "arn:aws:{service}:us-east-1:123456789012:{rest}"
_SECRET_ARN = _ARN.format(service="secretsmanager", rest="secret:core-rds-login-AbCdEf")
_OUT_OF_NOWHERE = ("arn", "id", "endpoint", "reader_endpoint", "cluster_resource_id", "port")


def cluster(name: str, **changed: Any) -> dict[str, Any]:
    """Attributes of a cluster as its configuration says, and as a refresh reads it."""
    return {
        "allow_major_version_upgrade": None,
        "apply_immediately": True,
        "arn": _ARN.format(service="rds", rest=f"cluster:{name}"),
        "availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        "backup_retention_period": 7,
        "cluster_identifier": name,
        "cluster_identifier_prefix": None,
        "cluster_members": [f"{name}-1"],
        "cluster_resource_id": f"cluster-{name.upper()}",
        "copy_tags_to_snapshot": False,
        "database_name": "core",
        "db_cluster_parameter_group_name": "core-cluster",
        "db_subnet_group_name": "core-subnets",
        "delete_automated_backups": False,
        "deletion_protection": True,
        "enable_http_endpoint": False,
        "enabled_cloudwatch_logs_exports": ["postgresql"],
        "endpoint": f"{name}.cluster-abc.us-east-1.rds.amazonaws.com",
        "engine": "aurora-postgresql",
        "engine_mode": "provisioned",
        "engine_version": "17.4",
        "final_snapshot_identifier": f"{name}-final-snapshot",
        "global_cluster_identifier": "",
        "iam_database_authentication_enabled": True,
        "iam_roles": [],
        "id": name,
        "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1234",
        "manage_master_user_password": None,
        "master_password": PASSWORD,
        "master_user_secret": [],
        "master_username": "core_admin",
        "port": 5432,
        "preferred_backup_window": "07:00-09:00",
        "preferred_maintenance_window": "sun:05:00-sun:05:30",
        "reader_endpoint": f"{name}.cluster-ro-abc.us-east-1.rds.amazonaws.com",
        "replication_source_identifier": "",
        "restore_to_point_in_time": [],
        "s3_import": [],
        "scaling_configuration": [],
        "serverlessv2_scaling_configuration": [{"max_capacity": 4, "min_capacity": 0.5}],
        "skip_final_snapshot": False,
        "snapshot_identifier": None,
        "source_region": None,
        "storage_encrypted": True,
        "tags": {"team": "core"},
        "tags_all": {"team": "core"},
        "timeouts": None,
        "vpc_security_group_ids": ["sg-0access"],
        **changed,
    }


IMPORTED: dict[str, Any] = {
    "apply_immediately": None,
    "backup_retention_period": 1,
    "db_cluster_parameter_group_name": "default.aurora-postgresql17",
    "delete_automated_backups": True,
    "deletion_protection": False,
    "enabled_cloudwatch_logs_exports": [],
    "final_snapshot_identifier": None,
    "iam_database_authentication_enabled": False,
    "master_password": None,
    "skip_final_snapshot": True,
    "tags": {},
    "tags_all": {},
    "timeouts": {"create": None, "delete": None, "update": None},
}
"""What differs in a restored copy that was imported: reset by the restore, or not to be read."""


def instance(name: str, of: str, **changed: Any) -> dict[str, Any]:
    """Attributes of an instance."""
    return {
        "apply_immediately": None,
        "arn": _ARN.format(service="rds", rest=f"db:{name}"),
        "cluster_identifier": of,
        "db_parameter_group_name": "core-instance",
        "engine": "aurora-postgresql",
        "endpoint": f"{name}.abc.us-east-1.rds.amazonaws.com",
        "id": name,
        "identifier": name,
        "instance_class": "db.serverless",
        "port": 5432,
        "promotion_tier": 0,
        "publicly_accessible": False,
        "tags": {"team": "core"},
        "tags_all": {"team": "core"},
        **changed,
    }


def login(name: str, **changed: Any) -> str:
    """The text of the login's secret for one cluster."""
    return json.dumps(
        {
            "database": "core",
            "dbClusterIdentifier": name,
            "engine": "postgres",
            "host": f"{name}.cluster-abc.us-east-1.rds.amazonaws.com",
            "hostReader": f"{name}.cluster-ro-abc.us-east-1.rds.amazonaws.com",
            "password": PASSWORD,
            "port": 5432,
            "username": "core_admin",
            **changed,
        }
    )


def version(text: str) -> dict[str, Any]:
    """Attributes of a version of the login's secret."""
    return {
        "arn": _SECRET_ARN,
        "id": f"{_SECRET_ARN}|A1",
        "secret_binary": "",
        "secret_id": _SECRET_ARN,
        "secret_string": text,
        "version_id": "A1",
        "version_stages": ["AWSCURRENT"],
    }


def row(
    address: str,
    actions: list[str],
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    **changed: Any,
) -> Document:
    """One row; `changed` are parts of its `change`."""
    type_, _, name = address.removeprefix(f"{MODULE}.").partition(".")
    return {
        "address": address,
        "module_address": MODULE,
        "mode": "managed",
        "type": type_,
        "name": name.partition("[")[0],
        "provider_name": AWS,
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": {"master_password": True, "secret_string": True},
            "after_sensitive": {"master_password": True, "secret_string": True},
            **changed,
        },
    }


def idle(address: str, **values: Any) -> Document:
    """A row of which nothing becomes."""
    return row(address, ["no-op"], values, copy.deepcopy(values))


def replaced(address: str, before: dict[str, Any], after: dict[str, Any], *paths: str) -> Document:
    """A row of a replacement: what AWS makes anew is unknown."""
    unknown = {name for name in before if name in _OUT_OF_NOWHERE} | {
        name for name in after if after[name] is ...
    }
    kept = {name: value for name, value in after.items() if name not in unknown}
    return row(
        address,
        ["delete", "create"],
        before,
        kept,
        after_unknown=dict.fromkeys(sorted(unknown), True),
        replace_paths=[[path] for path in paths],
    )


def _surroundings() -> list[Document]:
    tags = {"tags": {"team": "core"}, "tags_all": {"team": "core"}}
    return [
        idle(SECRET, id=_SECRET_ARN, arn=_SECRET_ARN, recovery_window_in_days=30, **tags),
        idle(SUBNETS, id="core-subnets", name="core-subnets", subnet_ids=["subnet-1"], **tags),
        idle(PARAMETERS, id="core-cluster", name="core-cluster", family="aurora-postgresql17"),
        idle(GROUP, id="sg-0access", name="core-access", ingress=[], **tags),
        idle(RULE, id="sgrule-1", security_group_id="sg-0access", self=True),
    ]


def _plan(rows: list[Document]) -> Document:
    ordered = sorted(rows, key=lambda one: str(one["address"]))
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"db_admin_password": {"value": PASSWORD}},
        "planned_values": {"root_module": {}},
        "resource_changes": ordered,
        "prior_state": {
            "format_version": "1.0",
            "terraform_version": "1.11.4",
            "values": {
                "root_module": {
                    "resources": [
                        {"address": "data.aws_vpc.default", "mode": "data", "values": {}}
                    ],
                    "child_modules": [
                        {
                            "address": MODULE,
                            "resources": [
                                {
                                    "address": one["address"],
                                    "mode": "managed",
                                    "type": one["type"],
                                    "values": one["change"]["before"],
                                }
                                for one in ordered
                                if one["change"]["before"] is not None
                            ],
                        }
                    ],
                }
            },
        },
        "configuration": {},
        "timestamp": "2026-03-07T23:45:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def adopting() -> Document:
    """The plan after `terraform import` of the restored cluster and its instance."""
    copy_before = cluster(COPY, **IMPORTED)
    return _plan(
        [
            row(CLUSTER, ["update"], copy_before, cluster(COPY)),
            row(
                INSTANCE,
                ["update"],
                instance(f"{COPY}-1", COPY, promotion_tier=1, tags={}, tags_all={}),
                instance(f"{COPY}-1", COPY),
            ),
            replaced(
                LOGIN,
                version(login(SOURCE)),
                {**version(login(COPY)), "version_id": ..., "version_stages": ...},
                "secret_string",
            ),
            *_surroundings(),
        ]
    )


def _new(name: str) -> dict[str, Any]:
    """A cluster from the snapshot, of which Terraform knows what the configuration says."""
    unknown = ("availability_zones", "cluster_identifier_prefix", "cluster_members", "kms_key_id")
    return cluster(
        name,
        snapshot_identifier=SNAPSHOT,
        **dict.fromkeys((*unknown, "engine_version", "storage_encrypted"), ...),
    )


def _new_login_and_instance() -> list[Document]:
    return [
        replaced(
            INSTANCE,
            instance(f"{SOURCE}-1", SOURCE),
            instance(f"{COPY}-1", COPY, cluster_identifier=..., identifier=...),
            "identifier",
            "cluster_identifier",
        ),
        replaced(
            LOGIN,
            version(login(SOURCE)),
            {**version(""), "secret_string": ..., "version_id": ..., "version_stages": ...},
            "secret_string",
        ),
    ]


def restoring() -> Document:
    """The plan of a new id and a snapshot while the state has the source, unprotected."""
    return _plan(
        [
            replaced(
                CLUSTER,
                cluster(SOURCE, deletion_protection=False),
                _new(COPY),
                "cluster_identifier",
                "snapshot_identifier",
            ),
            *_new_login_and_instance(),
            *_surroundings(),
        ]
    )


def restoring_from_nothing() -> Document:
    """The same, when a refresh has found that the source is gone."""
    made = replaced(CLUSTER, cluster(SOURCE), _new(COPY))
    made["change"] |= {"actions": ["create"], "before": None, "before_sensitive": False}
    del made["change"]["replace_paths"]
    return _plan([made, *_new_login_and_instance(), *_surroundings()])


def at(plan: Document, address: str) -> Document:
    """The row of an address."""
    (found,) = [one for one in plan["resource_changes"] if one["address"] == address]
    assert isinstance(found, dict)
    return found


def change(plan: Document, address: str) -> Document:
    """The change of an address."""
    found = at(plan, address)["change"]
    assert isinstance(found, dict)
    return found


def read(plan: Document) -> Plan:
    """As it is read from a file."""
    return read_plan(json.dumps(plan).encode())


def adopt(plan: Document, wanted: Adoption = ADOPTION) -> Judgement:
    """The verdict on a plan that adopts."""
    return judge_adoption(read(plan), wanted)


def restore(plan: Document, wanted: SnapshotRestore = RESTORE) -> Judgement:
    """The verdict on a plan that restores from a snapshot."""
    return judge_snapshot_restore(read(plan), wanted)


def checks(judged: Judgement) -> list[str]:
    """Names of the checks that spoke."""
    return [finding.check for finding in judged.findings]
