"""Restores from a snapshot, whose plan must say the opposite: a cluster that is made."""

from __future__ import annotations

from tests.plans.recipe import (
    CLUSTER,
    DEPLOYED,
    EMPTY,
    FORGOTTEN,
    IMPORTED,
    NEW,
    SNAPSHOT,
    SOURCE,
    UNPROTECTED,
)
from tests.plans.row import Row, safe, unsafe

_RESTORE = {"cluster_identifier": NEW, "snapshot_identifier": SNAPSHOT}

SNAPSHOTS: tuple[Row, ...] = (
    safe(
        "snapshot: created where the cluster was",
        "snapshot",
        "The source was removed from the state, and its address is made of the snapshot.",
        FORGOTTEN.where(**_RESTORE),
    ),
    safe(
        "snapshot: created, the whole document",
        "snapshot",
        "The same plan with everything that terraform show -json says.",
        FORGOTTEN.where(**_RESTORE).with_whole(),
    ),
    safe(
        "snapshot: replaced with a final snapshot",
        "snapshot",
        "A new name and the snapshot replace the source, which leaves a final snapshot behind.",
        UNPROTECTED.where(**_RESTORE),
    ),
    unsafe(
        "snapshot: the deployment made anew",
        "snapshot",
        "plan.other.action plan.secret.action",
        "The wrong workspace or a lost state: a second deployment, whose secret no client knows.",
        EMPTY.where(**_RESTORE).without("aws_db_cluster_snapshot.before_upgrade"),
    ),
    unsafe(
        "snapshot: replaced while protected",
        "snapshot",
        "plan.cluster.deletion_protection",
        "The source is protected: the apply fails when the login that clients read is gone.",
        DEPLOYED.where(**_RESTORE),
    ),
    unsafe(
        "snapshot: in place",
        "snapshot",
        "plan.cluster.action",
        "Only the snapshot was named: this provider plans an update, and restores nothing.",
        DEPLOYED.where(snapshot_identifier=SNAPSHOT),
    ),
    unsafe(
        "snapshot: nothing to do",
        "snapshot",
        "plan.cluster.action",
        "terraform.tfvars was not saved: the plan is empty.",
        DEPLOYED,
    ),
    unsafe(
        "snapshot: another one",
        "snapshot",
        "plan.cluster.snapshot_identifier",
        "The snapshot of before the upgrade was taken for last night's.",
        FORGOTTEN.where(cluster_identifier=NEW, snapshot_identifier="core-before-upgrade"),
    ),
    unsafe(
        "snapshot: none named",
        "snapshot",
        "plan.cluster.snapshot_identifier",
        "A new name alone makes an empty cluster.",
        FORGOTTEN.where(cluster_identifier=NEW),
    ),
    unsafe(
        "snapshot: the source's name again",
        "snapshot",
        "plan.cluster.cluster_identifier",
        "The old identifier was kept, so that clients need not be told.",
        FORGOTTEN.where(cluster_identifier=SOURCE, snapshot_identifier=SNAPSHOT),
    ),
    unsafe(
        "snapshot: another name",
        "snapshot",
        "plan.cluster.cluster_identifier",
        "A slip of the pen in the new identifier.",
        FORGOTTEN.where(cluster_identifier="core-33", snapshot_identifier=SNAPSHOT),
    ),
    unsafe(
        "snapshot: replaced without a final snapshot",
        "snapshot",
        "plan.cluster.skip_final_snapshot",
        "The cluster in the state had been imported, which makes its deletion leave nothing.",
        IMPORTED.where(**_RESTORE),
    ),
    safe(
        "snapshot: without protection, as it was",
        "snapshot",
        "The configuration protects nothing, neither the cluster that goes nor the new one.",
        UNPROTECTED.where(**_RESTORE, deletion_protection=False),
    ),
    unsafe(
        "snapshot: the new one leaves no final snapshot",
        "snapshot",
        "plan.cluster.skip_final_snapshot",
        "skip_final_snapshot was set for the new cluster.",
        FORGOTTEN.where(**_RESTORE).with_(CLUSTER, "skip_final_snapshot = true"),
    ),
    unsafe(
        "snapshot: target hides the rest",
        "snapshot",
        "plan.gate.complete",
        "The plan was made for the cluster alone: the secret that clients read stays as it was.",
        FORGOTTEN.where(**_RESTORE).planned(f"-target={CLUSTER}"),
    ),
    unsafe(
        "snapshot: another is deleted",
        "snapshot",
        "plan.other.action",
        "A snapshot that Terraform manages is out of the configuration.",
        FORGOTTEN.where(**_RESTORE).without("aws_db_cluster_snapshot.before_upgrade"),
    ),
)
