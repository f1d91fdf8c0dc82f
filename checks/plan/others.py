"""Everything but the cluster, its instances and its login: left as it is.

And the places in which the old cluster may still stand, or another be made.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.finding import Finding
from checks.plan.gates import KNOWN_ACTIONS
from checks.plan.identifiers import CLUSTER, SECRET, arn_names, same_id
from checks.plan.model import CREATE, NO_OP, READ, UPDATE, ResourceChange
from checks.plan.providers import AWS

CHECK = "plan.other"

_TAGS = frozenset({"tags", "tags_all"})

_OWNERS = ("cluster_identifier", "db_cluster_identifier", "source_db_cluster_identifier")
"""Attributes by which a resource belongs to a cluster."""

_KEPT_ALONE = frozenset({"aws_db_cluster_snapshot", "aws_db_snapshot"})
"""A snapshot is of the cluster that it was taken of, wherever that is now."""

_LOST = {
    "aws_db_cluster_snapshot": "a snapshot would be deleted, and what is only in it",
    "aws_kms_key": "a key would go, and everything that only it can decrypt",
    SECRET: "R48: the secret gets another ARN, and those who read it find nothing",
    CLUSTER: "a whole cluster would be deleted",
    "aws_db_subnet_group": "R26: it holds the cluster in its network",
    "aws_rds_cluster_parameter_group": "the cluster's settings would go",
    "aws_security_group": "R48: it guards the cluster, and others name it",
}


def judge_other(row: ResourceChange) -> Iterator[Finding]:
    """A row that must change nothing: no-op, reading data, or tags alone."""
    change = row.change
    if change.importing is not None:
        yield Finding(
            f"{CHECK}.importing",
            row.subject,
            "no import block",
            "an import",
            "Import it in a plan of its own, before or after: this one is for the cluster.",
        )
    if row.mode == "data":
        if change.actions not in (NO_OP, READ):
            yield _action(row)
    elif change.actions == NO_OP:
        yield from judge_no_op(row)
    elif change.actions == UPDATE and row.provider_name in AWS and _only_tags(row):
        return
    elif change.actions in KNOWN_ACTIONS:
        yield _action(row)


def judge_no_op(row: ResourceChange) -> Iterator[Finding]:
    """A row that says that nothing happens, and shows that something does."""
    change = row.change
    if change.before != change.after or (change.after_unknown and change.differing):
        yield Finding(
            "plan.gate.no_op",
            row.subject,
            "before and after alike",
            f"another {', '.join(sorted(change.differing)) or 'value'}",
            "The plan contradicts itself: show it again, this is none of Terraform's.",
        )


def judge_deposed(row: ResourceChange) -> Iterator[Finding]:
    """What an interrupted replacement left: the next apply deletes it, whatever it is by now."""
    if row.deposed is not None:
        yield Finding(
            f"{CHECK}.deposed",
            row.subject,
            "no deposed object",
            list(row.change.actions),
            "See what this object is, and finish that replacement first: any apply deletes it.",
        )


def judge_whereabouts(
    row: ResourceChange, *, cluster_address: str, restored: str, source: str | None
) -> Iterator[Finding]:
    """The old id is at no address, and the new one at one only (R44, R45).

    Of what stands there after the plan; where nothing does, of what stood there before.
    """
    values = row.change.after or row.change.before or {}
    if row.type == CLUSTER:
        named = [values.get("id"), values.get("cluster_identifier")]
        if row.address != cluster_address and any(same_id(one, restored) for one in named):
            yield Finding(
                "plan.address.restored_twice",
                row.subject,
                f"the restored cluster at {cluster_address} only",
                restored,
                "Remove it from this address's state: two addresses would manage one cluster.",
            )
        arn = source is not None and arn_names(values.get("arn"), source)
    else:
        owned = row.mode == "managed" and row.type.startswith("aws_")
        named = [values.get(name) for name in _OWNERS] if owned else []
        if row.type in _KEPT_ALONE:
            named = []
        arn = False
    if source is not None and (arn or any(same_id(one, source) for one in named)):
        yield Finding(
            "plan.address.old_id",
            row.subject,
            "the source at no address",
            source,
            "Remove the source from the state (terraform state rm), adopt the restored cluster, "
            "and plan again.",
        )


def judge_beside(row: ResourceChange) -> Iterator[Finding]:
    """A row of another cluster than the wanted: none is made."""
    if row.change.actions == CREATE:
        yield Finding(
            "plan.cluster.beside",
            row.subject,
            "no other cluster",
            list(CREATE),
            "Another cluster would be made beside the restored one: correct the address, or adopt "
            "it there.",
        )
    else:
        yield from judge_other(row)


def judge_secret(row: ResourceChange) -> Iterator[Finding]:
    """A secret, which is not its version: it stays, with its ARN and its days of grace."""
    name = "recovery_window_in_days"
    if row.change.actions == UPDATE and name in row.change.differing:
        yield Finding(
            f"plan.secret.{name}",
            row.subject,
            row.change.was(name),
            row.change.becomes(name),
            "Keep the days in which a deleted secret can be had back.",
        )
    yield from judge_other(row)


def _only_tags(row: ResourceChange) -> bool:
    return row.change.differs and bool(row.change.differing) and row.change.differing <= _TAGS


def _action(row: ResourceChange) -> Finding:
    change = row.change
    said = " and ".join(change.actions)
    if change.actions == UPDATE:
        said += f" of {', '.join(sorted(change.differing)) or 'nothing'}"
    elif change.replace_paths:
        paths = (".".join(str(step) for step in path) for path in change.replace_paths)
        said += f", because of {', '.join(sorted(paths))}"
    loses = any(part in ("delete", "forget") for part in change.actions)
    why = _LOST.get(row.type, "it would be lost") if loses else "it belongs to no recovery"
    return Finding(
        f"{CHECK}.action",
        row.subject,
        "no-op",
        said,
        f"Take this out of the plan: {why}.",
    )
