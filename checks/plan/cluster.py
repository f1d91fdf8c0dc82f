"""The cluster of an adoption: changed in place or left, and the restored one before and after."""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding, Scalar
from checks.plan.attributes import Rules, judge_attributes
from checks.plan.cluster_rules import FREE, NOWHERE, REST, StoodIn, cluster_rules
from checks.plan.identifiers import CLUSTER, SECURITY_GROUP, same_id
from checks.plan.model import CREATE, LOSES, NO_OP, UPDATE, Plan, ResourceChange
from checks.plan.others import judge_no_op
from checks.plan.providers import check_provider
from checks.plan.values import UNKNOWN

CHECK = "plan.cluster"

_ALWAYS = frozenset({"skip_final_snapshot", "final_snapshot_identifier"})
"""Judged though they may not differ: an import says true and nothing, whatever they were."""

_NAMES = ("id", "cluster_identifier")


def clusters_at(plan: Plan, address: str) -> list[ResourceChange]:
    """The clusters of one address; one, in a plan that Terraform wrote."""
    return [row for row in _at(plan, address) if row.type == CLUSTER and row.mode == "managed"]


def check_presence(plan: Plan, address: str) -> list[Finding]:
    """A cluster of hashicorp/aws stands at the address."""
    rows = _at(plan, address)
    if not rows:
        others = [row.address for row in plan.rows if row.type == CLUSTER and row.mode == "managed"]
        moved = [row.address for row in plan.rows if row.previous_address == address]
        return [
            Finding(
                f"{CHECK}.presence",
                address,
                "a cluster at this address",
                f"moved to {moved[0]}" if moved else None,
                f"Give the cluster's address; in this plan clusters stand at {', '.join(others)}."
                if others
                else "Give the address of the cluster; there is no cluster in this plan.",
            )
        ]
    findings = []
    for row in rows:
        if row.type != CLUSTER or row.mode != "managed":
            findings.append(
                Finding(
                    f"{CHECK}.type",
                    row.subject,
                    f"a managed {CLUSTER}",
                    f"{row.mode} {row.type}",
                    "Give the address of the cluster itself.",
                )
            )
        findings += check_provider(row, CHECK)
    return findings


def _at(plan: Plan, address: str) -> list[ResourceChange]:
    return [row for row in plan.rows if row.address == address and row.deposed is None]


def judge_adopted(
    plan: Plan, row: ResourceChange, restored: str, stood_in: StoodIn = NOWHERE
) -> Iterator[Finding]:
    """R44 to R46: the restored cluster, updated in place or left as it is."""
    change = row.change
    if change.actions not in (NO_OP, UPDATE):
        yield Finding(
            f"{CHECK}.action",
            row.subject,
            "no-op or update",
            list(change.actions),
            _why_not_in_place(row),
        )
        return
    if change.actions == UPDATE and not change.differs:
        yield Finding(
            f"{CHECK}.action",
            row.subject,
            "an update of something",
            "nothing differs",
            "The plan contradicts itself: show it again, this is none of Terraform's.",
        )
    if change.actions == NO_OP:
        yield from judge_no_op(row)
    yield from _restored_one(row, restored)
    if change.importing is not None and not same_id(change.importing.id, restored):
        yield Finding(
            f"{CHECK}.importing",
            row.subject,
            restored,
            change.importing.id,
            "Let the import block name the restored cluster.",
        )
    names = change.differing - set(_NAMES)
    if change.actions == UPDATE:
        names |= _ALWAYS
        if change.becomes("skip_final_snapshot") is True:
            # No name is needed where none is made; one finding says it.
            names -= {"final_snapshot_identifier"}
    yield from judge_attributes(
        row, check=CHECK, free=FREE, rules=_rules(plan, row, stood_in), rest=REST, names=names
    )


def judge_drift(plan: Plan, row: ResourceChange, stood_in: StoodIn = NOWHERE) -> Iterator[Finding]:
    """What changed on the cluster since the state was last written, outside of Terraform.

    Drift is noisy: only guarded attributes are judged, by the rules of an update.
    """
    if set(row.change.actions) & LOSES:
        yield Finding(
            "plan.drift.action",
            row.subject,
            "the cluster that was adopted",
            "it is gone",
            "Somebody deleted it since it was imported: find out who, and restore again.",
        )
        return
    rules = _rules(plan, row, stood_in)
    names = row.change.differing & rules.keys()
    for found in judge_attributes(
        row, check="plan.drift", free=FREE, rules=rules, rest=REST, names=names
    ):
        yield Finding(
            found.check,
            found.subject,
            found.expected,
            found.actual,
            f"Somebody changed this on the cluster since it was imported: find out who. "
            f"{found.remedy}",
        )


def own_security_groups(plan: Plan) -> frozenset[str]:
    """Ids of the security groups that this state manages and this plan leaves alone."""
    return frozenset(
        row.change.was("id")
        for row in plan.rows
        if row.type == SECURITY_GROUP
        and row.mode == "managed"
        and row.deposed is None
        and row.change.actions == NO_OP
        and isinstance(row.change.was("id"), str)
    )


def plan_facts(plan: Plan) -> dict[str, Scalar]:
    """What is worth keeping beside the outcome: numbers and the version, no values."""
    changing = sum(row.change.actions != NO_OP for row in plan.rows)
    return {
        "plan.resources": len(plan.rows),
        "plan.changes": changing,
        "plan.terraform": plan.terraform_version,
    }


def _restored_one(row: ResourceChange, restored: str) -> Iterator[Finding]:
    change = row.change
    for name in _NAMES:
        unknown = change.unknown(name)
        becomes = UNKNOWN if unknown else change.becomes(name)
        if not same_id(change.was(name), restored):
            when, value = "before", change.was(name)
        elif not same_id(becomes, restored):
            when, value = "after", becomes
        else:
            continue
        yield Finding(
            f"{CHECK}.{name}",
            row.subject,
            restored,
            value,
            f"R44, R45: {when} the plan, {name} is not the restored cluster's: import that at this "
            "address, name it in the variables, and plan again.",
        )


def _why_not_in_place(row: ResourceChange) -> str:
    change = row.change
    if change.actions == CREATE:
        return (
            "R46: an empty cluster would be made: the restored one is not in the state; import it "
            "(terraform import) and plan again."
        )
    if change.replace_paths:
        paths = ", ".join(sorted(".".join(map(str, path)) for path in change.replace_paths))
        return (
            f"R46: a cluster would be deleted, because of {paths}: give the configuration the "
            "restored cluster's values, and plan again."
        )
    return "R46: the database would be lost: take what asks for this out, and plan again."


def _rules(plan: Plan, row: ResourceChange, stood_in: StoodIn) -> Rules:
    return cluster_rules(
        own_security_groups(plan),
        managed_login=bool(row.change.was("master_user_secret")),
        stood_in=stood_in,
    )
