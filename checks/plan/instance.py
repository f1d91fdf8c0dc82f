"""Rules for instances of the cluster: `aws_rds_cluster_instance`.

A replacement deletes one instance and makes another. In an adoption that is right only where the
source's instance goes, the restored cluster gets one, and the operator named the address.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.plan.attributes import (
    Rule,
    Rules,
    first_set,
    judge_attributes,
    never,
    not_default,
    only_off,
)
from checks.plan.identifiers import same_id
from checks.plan.model import CREATE, NO_OP, UPDATE, ResourceChange
from checks.plan.others import judge_no_op
from checks.plan.providers import check_provider
from checks.plan.values import UNKNOWN

CHECK = "plan.instance"

FREE = frozenset(
    {
        *("tags", "tags_all", "timeouts", "apply_immediately", "promotion_tier", "force_destroy"),
        *("auto_minor_version_upgrade", "ca_cert_identifier", "copy_tags_to_snapshot"),
        *("monitoring_interval", "monitoring_role_arn", "preferred_maintenance_window"),
        *("performance_insights_enabled", "performance_insights_retention_period"),
        *("performance_insights_kms_key_id", "preferred_backup_window", "writer"),
        "engine_version_actual",
    }
)

REST = (
    "Nobody has said that this change is harmless: make the instance such as the configuration "
    "says, or the configuration such as the instance is, and plan again."
)

_MADE_NEW = frozenset({"cluster_identifier", "identifier", "identifier_prefix"})
"""What may make a replacement necessary: the cluster, and the name that comes of it."""

_PUBLIC = Rule(only_off, "Keep publicly_accessible false: the database would face the Internet.")

RULES: Rules = {
    "publicly_accessible": _PUBLIC,
    "instance_class": Rule(never, "Keep the class that the source's instance has."),
    "db_parameter_group_name": Rule(
        not_default, "Name the source's parameter group, not the engine's default."
    ),
    "region": Rule(first_set, REST),
}


def judge_instance(
    row: ResourceChange, *, restored: str, allowed: bool, source: str | None
) -> Iterator[Finding]:
    """In an adoption: as it is, changed in place, or one that the operator allowed by name.

    allowed  whether this address was named
    """
    change = row.change
    yield from check_provider(row, CHECK)
    if change.actions in (NO_OP, UPDATE):
        yield from _changed(row, restored)
    elif change.actions == CREATE or change.replaces:
        yield from _made(row, restored, allowed, source)
    else:
        yield _action(row, "Take the instance's removal out: the cluster would be left without it.")


def judge_new_instance(
    row: ResourceChange, *, restored: str, gone: frozenset[str], allowed: bool
) -> Iterator[Finding]:
    """In a restore from a snapshot: made with the new cluster, which it belongs to.

    gone     identifiers, in lower case, of the cluster that goes: the source's, the replaced one's
    allowed  whether this address was named, which it need not be when it is one of theirs
    """
    change = row.change
    yield from check_provider(row, CHECK)
    if not (change.actions == CREATE or change.replaces):
        yield _action(row, "Every instance of a restored cluster is new: see what this one is of.")
        return
    if not change.unknown("cluster_identifier"):
        yield from _belongs(row, restored)
    owner = change.was("cluster_identifier")
    theirs = isinstance(owner, str) and owner.lower() in gone
    if change.replaces and not (theirs or allowed):
        yield Finding(
            f"{CHECK}.cluster_identifier",
            row.subject,
            "an instance of the cluster that goes",
            owner,
            "Take this instance out of the plan, or allow its address by name.",
        )
    yield from _public(row)


def _changed(row: ResourceChange, restored: str) -> Iterator[Finding]:
    change = row.change
    if change.actions == NO_OP:
        yield from judge_no_op(row)
    elif not change.differs:
        yield _action(row, "It says an update, and nothing differs: show the plan again.")
    owner = change.was("cluster_identifier")
    if not same_id(owner, restored):
        yield Finding(
            f"{CHECK}.cluster_identifier",
            row.subject,
            restored,
            owner,
            "Adopt an instance of the restored cluster at this address, and plan again.",
        )
    yield from judge_attributes(row, check=CHECK, free=FREE, rules=RULES, rest=REST)


def _made(
    row: ResourceChange, restored: str, allowed: bool, source: str | None
) -> Iterator[Finding]:
    change = row.change
    if not allowed:
        yield _action(
            row,
            "Make the instance first and adopt it, or allow this address by name "
            "(--allow-replace), and expect the one that stands there to be deleted.",
        )
        return
    yield from _belongs(row, restored)
    if not change.replaces:
        yield from _public(row)
        return
    owner = change.was("cluster_identifier")
    if source is None or not same_id(owner, source):
        yield Finding(
            f"{CHECK}.cluster_identifier",
            row.subject,
            source,
            owner,
            "Only the source's own instance may go: take this one out of the plan.",
        )
    reasons = {str(path[0]) for path in change.replace_paths or () if path}
    if not reasons or not reasons <= _MADE_NEW:
        yield Finding(
            f"{CHECK}.replace_paths",
            row.subject,
            sorted(_MADE_NEW),
            sorted(reasons) or None,
            "It is replaced for another reason than its cluster: take that out, and plan again.",
        )
    known = {name for name in ("publicly_accessible", "instance_class") if name in change.differing}
    if change.unknown("publicly_accessible"):
        # Computed: the configuration does not say, and the provider then asks RDS for false.
        known -= {"publicly_accessible"}
    yield from judge_attributes(row, check=CHECK, free=FREE, rules=RULES, rest=REST, names=known)


def _belongs(row: ResourceChange, restored: str) -> Iterator[Finding]:
    change = row.change
    belongs = change.becomes("cluster_identifier")
    if change.unknown("cluster_identifier") or not same_id(belongs, restored):
        yield Finding(
            f"{CHECK}.cluster_identifier",
            row.subject,
            restored,
            UNKNOWN if change.unknown("cluster_identifier") else belongs,
            "Let the instance belong to the restored cluster.",
        )


def _public(row: ResourceChange) -> Iterator[Finding]:
    change = row.change
    if change.becomes("publicly_accessible") is True and (
        change.was("publicly_accessible") is not True
    ):
        yield Finding(f"{CHECK}.publicly_accessible", row.subject, False, True, _PUBLIC.remedy)


def _action(row: ResourceChange, remedy: str) -> Finding:
    return Finding(
        f"{CHECK}.action", row.subject, "no-op or update", list(row.change.actions), remedy
    )
