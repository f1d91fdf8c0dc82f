"""The cluster is in the state, and the plan does to it what must not be done."""

from __future__ import annotations

from tests.plans import canaries
from tests.plans.recipe import ADOPTED, CLUSTER, FORGOTTEN, IMPORTED, STRAY
from tests.plans.row import Row, unsafe

_ROLE = "arn:aws:iam::123456789012:role/loads-from-s3"
_KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000009"
_UNGUARDED = (r"\[engine_version\]", "[]")

REPLACED: tuple[Row, ...] = (
    unsafe(
        "wrong subnet group",
        "adopt",
        "plan.cluster.action",
        "The copy was restored without naming the source's subnet group, and got the default.",
        FORGOTTEN.run("import", CLUSTER, STRAY).where(cluster_identifier=STRAY),
        restored=STRAY,
    ),
    unsafe(
        "another master username",
        "adopt",
        "plan.cluster.action",
        "db_admin_username in terraform.tfvars is that of another deployment.",
        IMPORTED.where(db_admin_username="postgres"),
    ),
    unsafe(
        "storage to be encrypted",
        "adopt",
        "plan.cluster.action",
        "Encryption, which only a new cluster can get, was switched on with the recovery.",
        IMPORTED.with_(CLUSTER, "storage_encrypted = true"),
    ),
    unsafe(
        "another key",
        "adopt",
        "plan.cluster.action",
        "A key of one's own was named for the storage.",
        IMPORTED.with_(CLUSTER, f'storage_encrypted = true\nkms_key_id = "{_KEY}"'),
    ),
    unsafe(
        "another engine",
        "adopt",
        "plan.cluster.action",
        "The configuration of a MySQL deployment was copied.",
        IMPORTED.with_(CLUSTER, 'engine = "aurora-mysql"'),
    ),
    unsafe(
        "another engine mode",
        "adopt",
        "plan.cluster.action",
        "From serverless v1 to provisioned in the same breath as the recovery.",
        IMPORTED.with_(CLUSTER, 'engine_mode = "provisioned"'),
    ),
    unsafe(
        "another database name",
        "adopt",
        "plan.cluster.action",
        "The name of the first database, which the source was created with, was corrected.",
        IMPORTED.with_(CLUSTER, 'database_name = "cumulus"'),
    ),
    unsafe(
        "other availability zones",
        "adopt",
        "plan.cluster.action",
        "Two zones were named, where RDS had chosen three.",
        IMPORTED.with_(CLUSTER, 'availability_zones = ["us-east-1a", "us-east-1b"]'),
    ),
)

WEAKENED: tuple[Row, ...] = (
    unsafe(
        "deletion protection off",
        "adopt",
        "plan.cluster.deletion_protection",
        "Switched off to be able to clean up after the drill.",
        ADOPTED.where(deletion_protection=False),
    ),
    unsafe(
        "retention lowered",
        "adopt",
        "plan.cluster.backup_retention_period",
        "The copy has the source's three days, terraform.tfvars the default of one.",
        IMPORTED.where(backup_retention_period=1),
    ),
    unsafe(
        "no final snapshot any more",
        "adopt",
        "plan.cluster.skip_final_snapshot",
        "skip_final_snapshot was set, because a destroy had failed over the snapshot's name.",
        ADOPTED.with_(CLUSTER, "skip_final_snapshot = true"),
    ),
    unsafe(
        "no final snapshot since the import",
        "adopt",
        "plan.cluster.skip_final_snapshot",
        "The same with the adoption: the import set it in the state, so that nothing changes.",
        IMPORTED.with_(CLUSTER, "skip_final_snapshot = true"),
    ),
    unsafe(
        "no name for a final snapshot",
        "adopt",
        "plan.cluster.final_snapshot_identifier",
        "The argument was taken out: a destroy will fail half-way, or skip the snapshot.",
        ADOPTED.with_(CLUSTER, "final_snapshot_identifier = null"),
    ),
)

CHANGED: tuple[Row, ...] = (
    unsafe(
        "snapshot_identifier added",
        "adopt",
        "plan.cluster.snapshot_identifier",
        "A snapshot is named beside the adoption; this provider restores nothing, 5.x replaces.",
        IMPORTED.where(snapshot_identifier="core-nightly"),
    ),
    unsafe(
        "security groups changed",
        "adopt",
        "plan.cluster.vpc_security_group_ids",
        "The cluster was put into the network's default group: its clients do not reach it.",
        IMPORTED.with_(
            CLUSTER, "vpc_security_group_ids = [data.aws_security_group.default.id]"
        ).beside(
            'data "aws_security_group" "default" {\n'
            "  vpc_id = var.vpc_id\n"
            '  name   = "default"\n'
            "}\n",
            "rds-cluster/beside.tf",
        ),
    ),
    unsafe(
        "security groups emptied",
        "adopt",
        "plan.cluster.vpc_security_group_ids",
        "No group at all: the cluster gets the network's default one, and keeps no client out.",
        ADOPTED.with_(CLUSTER, "vpc_security_group_ids = []"),
    ),
    unsafe(
        "parameter group of the default",
        "adopt",
        "plan.cluster.db_cluster_parameter_group_name",
        "The engine's default group in the place of the deployment's own.",
        ADOPTED.with_(CLUSTER, 'db_cluster_parameter_group_name = "default.${var.family}"'),
    ),
    unsafe(
        "master password changed",
        "adopt",
        "plan.cluster.master_password plan.secret.secret_string",
        "db_admin_password was rotated in terraform.tfvars on the day.",
        ADOPTED.where(db_admin_password=canaries.NEW_MASTER),
    ),
    unsafe(
        "master password changed with the adoption",
        "adopt",
        "plan.secret.secret_string",
        "The same in the adopting plan, where the state knows no password before.",
        IMPORTED.where(db_admin_password=canaries.NEW_MASTER),
    ),
    unsafe(
        "another port",
        "adopt",
        "plan.cluster.port",
        "The port was changed: every client's configuration names the old one.",
        ADOPTED.with_(CLUSTER, "port = 5433"),
    ),
    unsafe(
        "a role of the cluster",
        "adopt",
        "plan.cluster.iam_roles",
        "A role was attached that lets the cluster read and write elsewhere.",
        IMPORTED.with_(CLUSTER, f'iam_roles = ["{_ROLE}"]'),
    ),
    unsafe(
        "into a global cluster",
        "adopt",
        "plan.cluster.global_cluster_identifier",
        "The restored copy is to join a global cluster.",
        IMPORTED.with_(CLUSTER, 'global_cluster_identifier = "everywhere"'),
    ),
    unsafe(
        "scaling down to nothing",
        "adopt",
        "plan.cluster.scaling_configuration",
        "A minimum of 0 in terraform.tfvars: the cluster pauses, and clients meet refusals.",
        IMPORTED.where(min_capacity=0),
    ),
    unsafe(
        "a major version further",
        "adopt",
        "plan.cluster.engine_version",
        "An upgrade in the same breath as the recovery, with the guard against it taken out.",
        IMPORTED.changed(*_UNGUARDED).with_(
            CLUSTER, 'engine_version = "99.4"\nallow_major_version_upgrade = true'
        ),
    ),
    unsafe(
        "a major version back",
        "adopt",
        "plan.cluster.engine_version",
        "The version of the configuration is older than the copy's.",
        IMPORTED.changed(*_UNGUARDED).with_(CLUSTER, 'engine_version = "11.13"'),
    ),
)
CLUSTERS: tuple[Row, ...] = REPLACED + WEAKENED + CHANGED
