"""What of a cluster no state address manages, so that Terraform would not build it again (R7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.plan.model import LOSES, Plan, ResourceChange

KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cluster": (("aws_rds_cluster",), ("id", "cluster_identifier")),
    "instance": (("aws_rds_cluster_instance", "aws_db_instance"), ("id", "identifier")),
    "subnet group": (("aws_db_subnet_group",), ("id", "name")),
    "parameter group": (("aws_rds_cluster_parameter_group",), ("id", "name")),
    "instance parameter group": (("aws_db_parameter_group",), ("id", "name")),
    "option group": (("aws_db_option_group",), ("id", "name")),
    "security group": (("aws_security_group", "aws_default_security_group"), ("id",)),
    "key": (("aws_kms_key",), ("id", "key_id", "arn")),
    "secret": (("aws_secretsmanager_secret",), ("id", "arn", "name")),
    "role": (("aws_iam_role",), ("id", "name", "arn")),
}
"""Kind of a resource → the types that manage it, and the attributes that name it."""

_AWS_OWN = "default."
"""AWS's own parameter groups begin with it: there is nothing to manage."""


def unmanaged(plan: Plan, resources: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """(kind, name) of what no address of the plan manages, in the order given.

    resources  kind, one of `KINDS` → names or ARNs that a description of the cluster has

    An object that the plan would lose counts as unmanaged, one that it would make as managed.
    KeyError for a kind that is not known.
    """
    managed: dict[str, set[str]] = {}
    for row in plan.rows:
        if row.mode != "managed" or row.deposed is not None or _lost(row):
            continue
        managed.setdefault(row.type, set()).update(_names(row))
    found = []
    for kind, names in resources.items():
        types, _ = KINDS[kind]
        known = {name for type_ in types for name in managed.get(type_, ())}
        found += [
            (kind, name)
            for name in names
            if name.lower() not in known and not name.startswith(_AWS_OWN)
        ]
    return found


_NAMED_BY = {type_: attributes for types, attributes in KINDS.values() for type_ in types}


def _names(row: ResourceChange) -> set[str]:
    """What the object is called, in lower case: after the plan, or before where that is unknown."""
    values = {**(row.change.before or {}), **(row.change.after or {})}
    named = (values.get(attribute) for attribute in _NAMED_BY.get(row.type, ()))
    return {name.lower() for name in named if isinstance(name, str)}


def _lost(row: ResourceChange) -> bool:
    return bool(set(row.change.actions) & LOSES) and not row.change.replaces
