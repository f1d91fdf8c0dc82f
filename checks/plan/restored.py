"""The cluster of a restore from a snapshot: made from it, under a name of its own (R52).

Where another goes for it, that one must leave a final snapshot, and be allowed to go at all: the
deletion of a protected cluster fails after its login and its instances are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.plan.attributes import attribute_finding, judge_attributes
from checks.plan.cluster import own_security_groups
from checks.plan.cluster_rules import FREE, REST, cluster_rules
from checks.plan.identifiers import same_id, same_snapshot
from checks.plan.model import CREATE, UPDATE, Plan, ResourceChange
from checks.plan.values import UNKNOWN, zero

CHECK = "plan.cluster"

_ITS_OWN = frozenset(
    {
        *("id", "arn", "cluster_identifier", "cluster_identifier_prefix", "cluster_resource_id"),
        *("snapshot_identifier", "final_snapshot_identifier", "skip_final_snapshot"),
        *("cluster_members", "endpoint", "reader_endpoint", "hosted_zone_id"),
    }
)
"""Another cluster's are others, or judged by rules of their own."""

_KNOWN = frozenset(
    {
        *("backup_retention_period", "db_cluster_parameter_group_name", "db_subnet_group_name"),
        *("deletion_protection", "engine", "engine_mode", "iam_database_authentication_enabled"),
        *("iam_roles", "master_password", "scaling_configuration"),
        *("serverlessv2_scaling_configuration", "vpc_security_group_ids"),
    }
)
"""What a new cluster does not take from its snapshot, so that it must be in the plan. The rest may
be known after the apply: Terraform does not know it of any cluster that it makes."""

_NOTHING_ELSE = {
    "restore_to_point_in_time": "a time",
    "s3_import": "files in S3",
    "replication_source_identifier": "another cluster's replication",
    "global_cluster_identifier": "a global cluster",
}
"""Attributes by which a cluster would be made from something else."""


def judge_restored(
    plan: Plan, row: ResourceChange, *, restored: str, snapshot: str, source: str | None
) -> Iterator[Finding]:
    """A cluster that is made, or takes another's place, with the new id and from the snapshot."""
    change = row.change
    if change.actions != CREATE and not change.replaces:
        yield Finding(
            f"{CHECK}.action",
            row.subject,
            "create, or delete and create",
            list(change.actions),
            "R52: an update restores nothing, whatever it says of a snapshot: give the cluster a "
            "cluster_identifier of its own, so that it is made anew."
            if change.actions == UPDATE
            else "R52: no cluster is made by this plan: give it a cluster_identifier of its own "
            "and the snapshot_identifier, and plan again.",
        )
        return
    if change.importing is not None:
        yield Finding(
            f"{CHECK}.importing",
            row.subject,
            "no import block",
            change.importing.id,
            "Take the import block out: a restored cluster is made, not found.",
        )
    yield from _made_from(row, restored, snapshot)
    yield from _protected(row)
    if change.replaces:
        yield from _goes(row, restored, snapshot, source)
        yield from _like_the_one_that_goes(plan, row)


def _made_from(row: ResourceChange, restored: str, snapshot: str) -> Iterator[Finding]:
    change = row.change
    for name, expected, right, remedy in (
        (
            "cluster_identifier",
            restored,
            same_id(change.becomes("cluster_identifier"), restored),
            "R52: name the new cluster in the variables, with an id that nothing has.",
        ),
        (
            "snapshot_identifier",
            snapshot,
            same_snapshot(change.becomes("snapshot_identifier"), snapshot),
            "R52: name the snapshot in the variables: without it an empty cluster is made.",
        ),
    ):
        if change.unknown(name) or not right:
            actual = UNKNOWN if change.unknown(name) else change.becomes(name)
            yield Finding(f"{CHECK}.{name}", row.subject, expected, actual, remedy)
    for name, what in _NOTHING_ELSE.items():
        if change.unknown(name) or not zero(change.becomes(name)):
            yield attribute_finding(
                row,
                name,
                check=CHECK,
                remedy=f"Take it out: the cluster would be made from {what}, and no snapshot.",
            )


def _protected(row: ResourceChange) -> Iterator[Finding]:
    """What the new cluster would be without, for good or until somebody looks."""
    change = row.change
    if change.unknown("skip_final_snapshot") or change.becomes("skip_final_snapshot") is True:
        yield attribute_finding(
            row,
            "skip_final_snapshot",
            check=CHECK,
            remedy="Set skip_final_snapshot false: a deletion would leave nothing behind.",
            wanted=False,
        )
    elif zero(change.becomes("final_snapshot_identifier")):
        yield attribute_finding(
            row,
            "final_snapshot_identifier",
            check=CHECK,
            remedy="Name a final_snapshot_identifier: a deletion would leave nothing behind.",
            wanted="the name of a snapshot",
        )
    for name, what, rule in (
        ("vpc_security_group_ids", "security groups", "R27"),
        ("db_subnet_group_name", "subnet group", "R26"),
    ):
        if change.unknown(name) or zero(change.becomes(name)):
            yield attribute_finding(
                row,
                name,
                check=CHECK,
                remedy=f"{rule}: name its {what}: it would get the default one.",
                wanted=f"its {what}",
            )
    if not change.replaces:
        # Where another goes, its own are what the new one's are held against.
        if change.becomes("backup_retention_period") == 0:
            yield attribute_finding(
                row,
                "backup_retention_period",
                check=CHECK,
                remedy="Keep backups of the new cluster for a day at least.",
                wanted="1 or more",
            )
        rules = cluster_rules()
        scaling = {
            name
            for name in ("serverlessv2_scaling_configuration", "scaling_configuration")
            if not zero(change.becomes(name)) or change.unknown(name)
        }
        yield from judge_attributes(
            row, check=CHECK, free=FREE, rules=rules, rest=REST, names=scaling
        )


def _goes(
    row: ResourceChange, restored: str, snapshot: str, source: str | None
) -> Iterator[Finding]:
    """The cluster whose place it takes is deleted: with a final snapshot, or not at all."""
    change = row.change
    gone = change.was("cluster_identifier")
    if same_id(gone, restored):
        yield Finding(
            f"{CHECK}.cluster_identifier",
            row.subject,
            f"another id than {gone}",
            restored,
            "R52: the old id must not be the new one: choose an id that nothing has.",
        )
    elif source is not None and not same_id(gone, source):
        yield Finding(
            f"{CHECK}.replaced",
            row.subject,
            source,
            gone,
            "Another cluster than the source would be deleted: see which one stands here.",
        )
    if change.was("skip_final_snapshot") is not False:
        yield Finding(
            f"{CHECK}.skip_final_snapshot",
            row.subject,
            False,
            change.was("skip_final_snapshot"),
            f"{gone} would be deleted without a final snapshot: apply skip_final_snapshot = false "
            "to it first.",
        )
    final = change.was("final_snapshot_identifier")
    if zero(final) or same_snapshot(final, snapshot):
        yield Finding(
            f"{CHECK}.final_snapshot_identifier",
            row.subject,
            "the name of a snapshot that there is not yet",
            final,
            f"Apply another final_snapshot_identifier to {gone} first: it could not be deleted.",
        )
    if change.was("deletion_protection") is True:
        yield Finding(
            f"{CHECK}.deletion_protection",
            row.subject,
            False,
            True,
            f"{gone} is protected, so that the apply would fail when its login and instances are "
            "gone: apply deletion_protection = false to it first, or remove it from the state.",
        )


def _like_the_one_that_goes(plan: Plan, row: ResourceChange) -> Iterator[Finding]:
    change = row.change
    rules = cluster_rules(
        own_security_groups(plan), managed_login=bool(change.was("master_user_secret"))
    )
    names = {
        name
        for name in change.differing - _ITS_OWN - _NOTHING_ELSE.keys()
        if name in _KNOWN or not change.unknown(name)
    }
    if change.unknown("iam_roles") and zero(change.was("iam_roles")):
        # Computed: the configuration names none, and the one that goes has none to be missed.
        names -= {"iam_roles"}
    yield from judge_attributes(row, check=CHECK, free=FREE, rules=rules, rest=REST, names=names)
