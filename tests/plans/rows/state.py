"""The state is not what the operator thinks it is."""

from __future__ import annotations

import copy

from tests.plans.recipe import (
    ADOPTED,
    CLUSTER,
    COPY,
    DEPLOYED,
    FORGOTTEN,
    IMPORTED,
    LOGIN,
    MODULE,
    SECRET,
    SOURCE,
    STRAY,
    Document,
)
from tests.plans.row import Row, unsafe


def _deposed(state: Document) -> None:
    """What is left when a replacement made the new object and could not delete the old one."""
    for resource in state["resources"]:
        if resource["type"] == "aws_rds_cluster":
            (current,) = resource["instances"]
            old = copy.deepcopy(current)
            old["deposed"] = "5f0c91be"
            old["attributes"] |= {"id": SOURCE, "cluster_identifier": SOURCE}
            resource["instances"].append(old)


_IMPORT = f'import {{\n  to = {CLUSTER}\n  id = "{COPY}"\n}}\n'
_ELSEWHERE = f"""
resource "aws_rds_cluster" "old" {{
  cluster_identifier = "{SOURCE}"
  lifecycle {{
    ignore_changes = all
  }}
}}
"""
_FORGET_CLUSTER = f"""
removed {{
  from = {CLUSTER}
  lifecycle {{
    destroy = false
  }}
}}
"""
_FORGET_RULE = f"""
removed {{
  from = {MODULE}.aws_security_group_rule.postgres
  lifecycle {{
    destroy = false
  }}
}}
"""
_MOVED = """
moved {
  from = aws_rds_cluster.cumulus
  to   = aws_rds_cluster.core
}
"""

STATE: tuple[Row, ...] = (
    unsafe(
        "not imported",
        "adopt",
        "plan.cluster.action",
        "The copy's name stands in terraform.tfvars, and the source is in the state still.",
        DEPLOYED.where(cluster_identifier=COPY),
    ),
    unsafe(
        "nothing was done",
        "adopt",
        "plan.cluster.id",
        "The plan was made before the recovery began: it changes nothing, of the old cluster.",
        DEPLOYED,
    ),
    unsafe(
        "state rm without import",
        "adopt",
        "plan.cluster.action",
        "The cluster was removed from the state, and the import forgotten.",
        FORGOTTEN,
    ),
    unsafe(
        "state rm without import, old name in tfvars",
        "adopt",
        "plan.cluster.action",
        "The same with the source's name in terraform.tfvars: it exists, the apply would fail.",
        FORGOTTEN.where(cluster_identifier=SOURCE),
    ),
    unsafe(
        "cluster_identifier not updated",
        "adopt",
        "plan.cluster.action",
        "The copy was imported, and terraform.tfvars names the source still.",
        IMPORTED.where(cluster_identifier=SOURCE),
    ),
    unsafe(
        "wrong cluster imported",
        "adopt",
        "plan.cluster.action",
        "The copy of an earlier drill was imported, and terraform.tfvars names the right one.",
        FORGOTTEN.run("import", CLUSTER, STRAY),
    ),
    unsafe(
        "wrong cluster imported and named",
        "adopt",
        "plan.cluster.action",
        "The copy of an earlier drill was imported, and stands in terraform.tfvars, too.",
        FORGOTTEN.run("import", CLUSTER, STRAY).where(cluster_identifier=STRAY),
    ),
    unsafe(
        "the source imported again",
        "adopt",
        "plan.cluster.id",
        "The old id was imported where the new one should have been.",
        FORGOTTEN.run("import", CLUSTER, SOURCE).where(cluster_identifier=SOURCE),
    ),
    unsafe(
        "import block while the address is in the state",
        "adopt",
        "plan.cluster.action",
        "The block is ignored without a word, and the plan replaces the old cluster.",
        DEPLOYED.where(cluster_identifier=COPY).beside(_IMPORT),
    ),
    unsafe(
        "old cluster at another address",
        "adopt",
        "plan.address.old_id",
        "The source was moved to another address, to be kept by Terraform beside the copy.",
        DEPLOYED.where(cluster_identifier=COPY)
        .beside(_ELSEWHERE)
        .run("state", "mv", CLUSTER, "aws_rds_cluster.old")
        .run("import", CLUSTER, COPY),
    ),
    unsafe(
        "replacement asked for",
        "adopt",
        "plan.cluster.action",
        "`-replace` of the cluster, to bring it to what the configuration says.",
        IMPORTED.planned(f"-replace={CLUSTER}"),
    ),
    unsafe(
        "tainted",
        "adopt",
        "plan.cluster.action",
        "`terraform taint` of the cluster, which an older runbook had for a bad one.",
        IMPORTED.run("taint", CLUSTER),
    ),
    unsafe(
        "secret tainted",
        "adopt",
        "plan.other.action",
        "`terraform taint` of the secret: clients know its ARN.",
        IMPORTED.run("taint", SECRET),
    ),
    unsafe(
        "login replaced on request",
        "adopt",
        "plan.secret.replace_paths",
        "`-replace` of the secret's version after the adoption, which nothing asks for.",
        ADOPTED.planned(f"-replace={LOGIN}"),
    ),
    unsafe(
        "cluster forgotten by a removed block",
        "adopt",
        "plan.cluster.action",
        "The cluster's block was deleted and a removed block written, to let go of the source.",
        IMPORTED.without(CLUSTER).without(LOGIN).beside(_FORGET_CLUSTER),
    ),
    unsafe(
        "security group rule forgotten",
        "adopt",
        "plan.other.action",
        "A removed block lets go of the rule that admits clients.",
        IMPORTED.without(f"{MODULE}.aws_security_group_rule.postgres").beside(_FORGET_RULE),
    ),
    unsafe(
        "moved to another name",
        "adopt",
        "plan.cluster.presence",
        "The cluster was renamed in the module by a moved block, and the judge asked of the old.",
        ADOPTED.changed(
            r"\baws_rds_cluster\b([\"]?[. ]\"?)cumulus\b", r"aws_rds_cluster\1core"
        ).beside(_MOVED, "rds-cluster/moved.tf"),
    ),
    unsafe(
        "deposed object",
        "adopt",
        "plan.other.deposed plan.address.old_id",
        "An earlier replacement could not delete the source, which the next apply makes up for.",
        IMPORTED.with_state(_deposed),
    ),
    unsafe(
        "plan to destroy",
        "adopt",
        "plan.cluster.action",
        "`terraform plan -destroy`, to clean up what the drill left.",
        IMPORTED.planned("-destroy"),
    ),
    unsafe(
        "the module taken out",
        "adopt",
        "plan.cluster.action",
        "The call of the module was deleted, and with it everything in it.",
        IMPORTED.changed(r'(?ms)^module "rds_cluster" \{$.*?^\}\n', "", "main.tf").changed(
            r"(?m)^\n  depends_on = .*$", "", "main.tf"
        ),
    ),
)
