"""Generation two: a cluster with two instances, and the rules of hashicorp/aws 5.x."""

from __future__ import annotations

from tests.plans import canaries
from tests.plans.recipe import (
    ADOPTED_2,
    CLUSTER,
    COPY,
    DEPLOYED_2,
    FORGOTTEN_2,
    HALF_IMPORTED_2,
    IMPORTED_2,
    LOGIN,
    NEW,
    READER,
    SNAPSHOT,
    SOURCE,
    UNPROTECTED_2,
    WRITER,
    Document,
)
from tests.plans.row import Row, safe, unsafe

_RESTORE = {"cluster_identifier": NEW, "snapshot_identifier": SNAPSHOT}
_UNGUARDED = (r"\[engine_version\]", "[]")
_STAYS = f'cluster_identifier = "{SOURCE}"\nidentifier = "{SOURCE}-${{count.index + 1}}"'


def _backups_were_kept(state: Document) -> None:
    """What an apply of `delete_automated_backups = false` leaves in the state, and RDS nowhere."""
    for resource in state["resources"]:
        if resource["type"] == "aws_rds_cluster":
            for instance in resource["instances"]:
                instance["attributes"]["delete_automated_backups"] = False


ADOPTIONS: tuple[Row, ...] = (
    safe(
        "v2: adoption",
        "adopt",
        "Cluster and instances were removed from the state, and the copy and its own imported.",
        IMPORTED_2,
    ),
    safe(
        "v2: adoption, the whole document",
        "adopt",
        "The same plan with everything that terraform show -json says.",
        IMPORTED_2.with_whole(),
    ),
    safe(
        "v2: nothing to do after the adoption",
        "adopt",
        "The plan was made once more after it had been applied.",
        ADOPTED_2,
    ),
    safe(
        "v2: tags only",
        "adopt",
        "After the adoption everything was given another tag.",
        ADOPTED_2.where(tags={"team": "core", "restored": "yes"}),
    ),
    safe(
        "v2: backups outlive the cluster",
        "adopt",
        "With the adoption, automated backups are to be kept after a deletion.",
        IMPORTED_2.with_(CLUSTER, "delete_automated_backups = false"),
    ),
    safe(
        "v2: the reader replaced, as allowed",
        "adopt",
        "The copy has no reader yet: the source's goes for it, and the operator named its address.",
        HALF_IMPORTED_2,
        allowing=(READER,),
    ),
    unsafe(
        "v2: the reader replaced, and nobody allowed it",
        "adopt",
        "plan.instance.action",
        "The source's reader is in the state still: the plan deletes it.",
        HALF_IMPORTED_2,
    ),
    unsafe(
        "v2: the reader replaced, the writer allowed",
        "adopt",
        "plan.instance.action",
        "The wrong address was allowed.",
        HALF_IMPORTED_2,
        allowing=(WRITER,),
    ),
    unsafe(
        "v2: the copy's reader replaced, as allowed",
        "adopt",
        "plan.instance.cluster_identifier plan.instance.replace_paths",
        "`-replace` of an instance that is the restored copy's own: there is no reason to.",
        IMPORTED_2.planned(f"-replace={READER}"),
        allowing=(READER,),
    ),
)

STATES: tuple[Row, ...] = (
    unsafe(
        "v2: an instance not imported",
        "adopt",
        "plan.instance.action",
        "The import of the reader was forgotten: another would be made.",
        IMPORTED_2.run("state", "rm", READER),
    ),
    unsafe(
        "v2: an instance more",
        "adopt",
        "plan.instance.action",
        "A third instance was asked for with the recovery.",
        IMPORTED_2.where(instance_classes=["db.serverless"] * 3),
    ),
    unsafe(
        "v2: an instance less",
        "adopt",
        "plan.instance.action",
        "One class in terraform.tfvars, where the copy has two instances.",
        IMPORTED_2.where(instance_classes=["db.serverless"]),
    ),
    unsafe(
        "v2: an instance of the source stays",
        "adopt",
        "plan.address.old_id",
        "The instances keep the source's names in the configuration, and in the state.",
        HALF_IMPORTED_2.run("state", "rm", WRITER)
        .run("import", WRITER, f"{SOURCE}-1")
        .with_(WRITER, _STAYS),
    ),
    unsafe(
        "v2: instances imported the wrong way round",
        "adopt",
        "plan.instance.action",
        "The writer's address got the reader, and the reader's the writer: names force it.",
        IMPORTED_2.run("state", "rm", WRITER, READER)
        .run("import", WRITER, f"{COPY}-2")
        .run("import", READER, f"{COPY}-1"),
    ),
    unsafe(
        "v2: cluster_identifier not updated",
        "adopt",
        "plan.cluster.action plan.instance.action",
        "All was imported, and terraform.tfvars names the source still.",
        IMPORTED_2.where(cluster_identifier=SOURCE),
    ),
    unsafe(
        "v2: state rm without import",
        "adopt",
        "plan.cluster.action plan.instance.action",
        "Cluster and instances were removed from the state, and the imports forgotten.",
        FORGOTTEN_2,
    ),
    unsafe(
        "v2: not imported",
        "adopt",
        "plan.cluster.action plan.instance.action",
        "The copy's name stands in terraform.tfvars, and the source is in the state still.",
        DEPLOYED_2.where(cluster_identifier=COPY),
    ),
)

CHANGES: tuple[Row, ...] = (
    unsafe(
        "v2: a public instance",
        "adopt",
        "plan.instance.publicly_accessible",
        "publicly_accessible was set, to look at the copy from a desk.",
        IMPORTED_2.with_(WRITER, "publicly_accessible = true"),
    ),
    unsafe(
        "v2: another instance class",
        "adopt",
        "plan.instance.instance_class",
        "Provisioned instances in terraform.tfvars, where the copy has such as scale themselves.",
        IMPORTED_2.where(instance_classes=["db.r6g.large", "db.serverless"]),
    ),
    unsafe(
        "v2: an instance's parameter group of the default",
        "adopt",
        "plan.instance.db_parameter_group_name",
        "The instances are given the engine's own parameter group of another version.",
        IMPORTED_2.with_(WRITER, 'db_parameter_group_name = "default.aurora-postgresql99"'),
    ),
    unsafe(
        "v2: backups go with the cluster",
        "adopt",
        "plan.cluster.delete_automated_backups",
        "The argument that kept them was taken out, and the provider's default is true.",
        ADOPTED_2.with_state(_backups_were_kept),
    ),
    unsafe(
        "v2: scaling down to nothing",
        "adopt",
        "plan.cluster.serverlessv2_scaling_configuration",
        "A minimum of 0 in terraform.tfvars: the cluster pauses, and clients wait while it wakes.",
        IMPORTED_2.where(min_capacity=0),
    ),
    unsafe(
        "v2: snapshot_identifier added",
        "adopt",
        "plan.cluster.action",
        "A snapshot is named beside the adoption: since 5.0 that replaces the restored copy.",
        IMPORTED_2.where(snapshot_identifier=SNAPSHOT),
    ),
    unsafe(
        "v2: a login that RDS manages",
        "adopt",
        "plan.cluster.manage_master_user_password",
        "The password is to go to a secret of RDS, where no client looks for it.",
        IMPORTED_2.with_(CLUSTER, "master_password = null\nmanage_master_user_password = true"),
    ),
    unsafe(
        "v2: iam logins off",
        "adopt",
        "plan.cluster.iam_database_authentication_enabled",
        "After the adoption IAM's tokens are refused: who logs in with them is locked out.",
        ADOPTED_2.where(iam_database_authentication_enabled=False),
    ),
    unsafe(
        "v2: logs no longer exported",
        "adopt",
        "plan.cluster.enabled_cloudwatch_logs_exports",
        "The export of Postgres's log was taken out after the adoption.",
        ADOPTED_2.where(enabled_cloudwatch_logs_exports=[]),
    ),
    unsafe(
        "v2: storage to be encrypted",
        "adopt",
        "plan.cluster.action",
        "Encryption, which only a new cluster can get, was switched on with the recovery.",
        IMPORTED_2.where(storage_encrypted=True),
    ),
    unsafe(
        "v2: a major version further",
        "adopt",
        "plan.cluster.engine_version",
        "An upgrade in the same breath as the recovery, with the guard against it taken out.",
        IMPORTED_2.changed(*_UNGUARDED).with_(
            CLUSTER, 'engine_version = "99.4"\nallow_major_version_upgrade = true'
        ),
    ),
    unsafe(
        "v2: deletion protection off",
        "adopt",
        "plan.cluster.deletion_protection",
        "Switched off to be able to clean up after the drill.",
        ADOPTED_2.where(deletion_protection=False),
    ),
    unsafe(
        "v2: master password changed with the adoption",
        "adopt",
        "plan.secret.secret_string",
        "db_admin_password was rotated on the day; the state knows none before.",
        IMPORTED_2.where(db_admin_password=canaries.NEW_MASTER),
    ),
    unsafe(
        "v2: stale cluster in the secret",
        "adopt",
        "plan.secret.dbClusterIdentifier",
        "The login's secret has the source's name written into it.",
        IMPORTED_2.changed(
            r"dbClusterIdentifier = aws_rds_cluster\.cumulus\.id",
            f'dbClusterIdentifier = "{SOURCE}"',
        ),
    ),
)

SNAPSHOTS_2: tuple[Row, ...] = (
    safe(
        "v2: snapshot, created where the cluster was",
        "snapshot",
        "Cluster and instances were removed from the state, their addresses are made anew.",
        FORGOTTEN_2.where(**_RESTORE),
    ),
    safe(
        "v2: snapshot, replaced with a final snapshot",
        "snapshot",
        "A new name and the snapshot replace the source and its instances, unprotected before.",
        UNPROTECTED_2.where(**_RESTORE),
    ),
    unsafe(
        "v2: snapshot, replaced while protected",
        "snapshot",
        "plan.cluster.deletion_protection",
        "The source is protected: the apply fails when its instances are gone.",
        DEPLOYED_2.where(**_RESTORE),
    ),
    unsafe(
        "v2: snapshot, replaced without a final snapshot",
        "snapshot",
        "plan.cluster.skip_final_snapshot",
        "The cluster in the state had been imported, which makes its deletion leave nothing.",
        IMPORTED_2.where(**_RESTORE),
    ),
    unsafe(
        "v2: snapshot, another one",
        "snapshot",
        "plan.cluster.snapshot_identifier",
        "The snapshot of before the upgrade was taken for last night's.",
        FORGOTTEN_2.where(cluster_identifier=NEW, snapshot_identifier="core-before-upgrade"),
    ),
    unsafe(
        "v2: snapshot, the source's name again",
        "snapshot",
        "plan.cluster.cluster_identifier",
        "Only the snapshot was named: this provider deletes the source to make it again.",
        UNPROTECTED_2.where(snapshot_identifier=SNAPSHOT),
    ),
    unsafe(
        "v2: snapshot, an instance stays with the source",
        "snapshot",
        "plan.address.old_id",
        "The instances' configuration names the source, so that they stay with it.",
        UNPROTECTED_2.where(**_RESTORE).with_(WRITER, _STAYS),
    ),
    unsafe(
        "v2: snapshot, a public instance",
        "snapshot",
        "plan.instance.publicly_accessible",
        "The new cluster's instances would face the Internet.",
        FORGOTTEN_2.where(**_RESTORE).with_(WRITER, "publicly_accessible = true"),
    ),
    unsafe(
        "v2: snapshot, target hides the rest",
        "snapshot",
        "plan.gate.complete",
        "The plan was made for the cluster alone: it would have no instance.",
        FORGOTTEN_2.where(**_RESTORE).planned(f"-target={CLUSTER}"),
    ),
    unsafe(
        "v2: snapshot, the login replaced for another reason",
        "snapshot",
        "plan.secret.replace_paths",
        "The version of the secret was tainted when an apply broke off.",
        FORGOTTEN_2.where(**_RESTORE).run("taint", LOGIN),
    ),
)

SECOND_GENERATION: tuple[Row, ...] = ADOPTIONS + STATES + CHANGES + SNAPSHOTS_2
