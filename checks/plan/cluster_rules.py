"""What may become of a cluster's attributes.

Free ones take nothing away whichever way they go. Those that a restore resets, or that an import
cannot read, have a rule by which the ordinary aftermath passes: an adopting plan of hashicorp/aws
turns `skip_final_snapshot` from true, which is import's own word, to what the configuration says,
and `master_password` from nothing. Names of attributes:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from checks.plan.attributes import (
    Rule,
    Rules,
    first_set,
    never,
    not_default,
    not_lowered,
    only_added,
    only_off,
    only_on,
)
from checks.plan.values import empty
from checks.plan.versions import stays_or_grows_within_major

FREE = frozenset(
    {
        *("tags", "tags_all", "timeouts"),
        # How a change is made, and which are allowed; the changes themselves are judged.
        *("apply_immediately", "allow_major_version_upgrade"),
        *("copy_tags_to_snapshot", "preferred_backup_window", "preferred_maintenance_window"),
        *("performance_insights_enabled", "performance_insights_retention_period"),
        *("performance_insights_kms_key_id", "database_insights_mode"),
        *("monitoring_interval", "monitoring_role_arn"),
        # A restored copy has no Data API, whatever its source had.
        "enable_http_endpoint",
        # What AWS says of a cluster, and no setting of it.
        *("cluster_members", "engine_version_actual"),
    }
)

REST = (
    "Nobody has said that this change is harmless: give the restored cluster that value first, or "
    "the configuration the cluster's, and plan again."
)

_IDENTITY = "This would be another cluster: find out which one stands at the address."
_ADOPTED = "Give the configuration the value that the restored cluster has, and plan again."
_MADE_FROM = "It says what a cluster is made from, and this one is made: take it out again."


@dataclass(frozen=True, slots=True)
class StoodIn:
    """What the source stood in: the plan that adopts a copy out of its quarantine puts it there.

    security_groups  their ids; none: not known
    parameter_group  of the cluster; None: not known
    """

    security_groups: frozenset[str] = frozenset()
    parameter_group: str | None = None


NOWHERE = StoodIn()


def cluster_rules(
    own_groups: Collection[str] = (), *, managed_login: bool = False, stood_in: StoodIn = NOWHERE
) -> Rules:
    """Attribute → rule.

    own_groups     ids of the security groups that the same state manages and this plan leaves alone
    managed_login  whether RDS keeps the cluster's password in a secret already, which an import
                   finds without finding `manage_master_user_password`
    stood_in       what the source stood in, to which the copy may come back
    """
    return {
        **dict.fromkeys(
            ("id", "arn", "cluster_identifier", "cluster_identifier_prefix", "cluster_resource_id"),
            Rule(never, _IDENTITY),
        ),
        **dict.fromkeys(
            ("snapshot_identifier", "restore_to_point_in_time", "s3_import"),
            Rule(_only_taken_out, _MADE_FROM),
        ),
        **dict.fromkeys(
            (
                *("engine", "engine_mode", "db_system_id", "database_name", "master_username"),
                *("db_subnet_group_name", "availability_zones", "source_region"),
                *("storage_encrypted", "kms_key_id", "port"),
            ),
            Rule(never, _ADOPTED),
        ),
        # Since 6.0 of the provider; an import may leave it to the provider's own.
        "region": Rule(first_set, _IDENTITY),
        "engine_version": Rule(
            stays_or_grows_within_major,
            "Keep the version that was restored, and upgrade when the recovery is over.",
        ),
        "deletion_protection": Rule(
            only_on, "Keep deletion_protection true: it is what stands before the next mistake."
        ),
        "backup_retention_period": Rule(
            not_lowered, "Keep backup_retention_period: lowering it deletes backups at once."
        ),
        "skip_final_snapshot": Rule(
            only_off, "Set skip_final_snapshot false: a deletion would leave nothing behind.", False
        ),
        "final_snapshot_identifier": Rule(
            lambda _before, after: isinstance(after, str) and bool(after),
            "Name a final_snapshot_identifier: a deletion would leave nothing behind.",
            "the name of a snapshot",
        ),
        "delete_automated_backups": Rule(
            # An older provider's import leaves it out, and true is the provider's default.
            lambda before, after: after is not True or before is None,
            "Keep delete_automated_backups false: a deletion would take its backups with it.",
        ),
        "db_cluster_parameter_group_name": Rule(
            lambda before, after: (
                not_default(before, after)
                or (after is not None and after == stood_in.parameter_group)
            ),
            "Name the source's parameter group, not the engine's default.",
        ),
        "vpc_security_group_ids": Rule(
            lambda before, after: (
                _own_groups(before, after, own_groups) or _as_before(after, stood_in)
            ),
            "R48: name the groups that the cluster has, its source's, or such as the same state "
            "manages.",
        ),
        "master_password": Rule(
            first_set, "Take the change of the password out: the application logs in with this one."
        ),
        "master_password_wo_version": Rule(
            first_set, "Take the change of the password out: the application logs in with this one."
        ),
        "manage_master_user_password": Rule(
            lambda before, after: managed_login and first_set(before, after),
            "R48: let the login stay in the secret in which the application looks for it.",
        ),
        "master_user_secret": Rule(
            never, "R48: let the login stay in the secret in which the application looks for it."
        ),
        "master_user_secret_kms_key_id": Rule(never, _ADOPTED),
        "iam_database_authentication_enabled": Rule(
            only_on, "Keep it on: those who log in with it would be locked out."
        ),
        "iam_roles": Rule(
            never, "Give the cluster its roles with add-role-to-db-cluster, and plan again."
        ),
        "enabled_cloudwatch_logs_exports": Rule(
            only_added, "Keep the exports that the cluster has: its log would be missed."
        ),
        **dict.fromkeys(
            ("global_cluster_identifier", "replication_source_identifier"),
            Rule(never, "Leave global clusters and replication as they are until it is adopted."),
        ),
        **dict.fromkeys(
            ("serverlessv2_scaling_configuration", "scaling_configuration"),
            Rule(
                _scales,
                "Keep the scaling configuration, and its min_capacity above 0: a cluster that "
                "pauses answers nobody while it wakes.",
                # Computed by the provider, and without a meaning above 0.
                unasked=frozenset({"seconds_until_auto_pause"}),
            ),
        ),
    }


def _only_taken_out(_before: object, after: object) -> bool:
    return empty(after)


def _own_groups(before: object, after: object, own: Collection[str]) -> bool:
    """The same in another order, or only groups of which the state is the keeper."""
    if not isinstance(after, list) or not after:
        return False
    return (isinstance(before, list) and set(before) == set(after)) or set(after) <= set(own)


def _as_before(after: object, stood_in: StoodIn) -> bool:
    """The source's own groups, all of them and no other."""
    return isinstance(after, list) and bool(after) and set(after) == stood_in.security_groups


def _scales(before: object, after: object) -> bool:
    """There, with a minimum above 0, and no pause for a cluster that has none.

    A new one of the first generation pauses unless it is told not to: the provider's default.
    """
    blocks, were = _blocks(after), _blocks(before)
    pauses = not were or any(block.get("auto_pause") is True for block in were)
    return bool(blocks) and all(
        isinstance(block.get("min_capacity"), int | float)
        and block["min_capacity"] > 0
        and (pauses or block.get("auto_pause") is not True)
        for block in blocks
    )


def _blocks(value: object) -> list[dict[str, Any]]:
    return [block for block in value if isinstance(block, dict)] if isinstance(value, list) else []
