"""Names of clusters and snapshots as AWS and Terraform write them."""

from __future__ import annotations

CLUSTER = "aws_rds_cluster"
INSTANCE = "aws_rds_cluster_instance"
SECRET = "aws_secretsmanager_secret"  # noqa: S105 - a type of resource
SECRET_VERSION = "aws_secretsmanager_secret_version"  # noqa: S105
SECURITY_GROUP = "aws_security_group"


def same_id(one: object, other: object) -> bool:
    """Whether two identifiers are one; RDS keeps them in lower case, however they were written."""
    return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower()


def same_snapshot(one: object, other: object) -> bool:
    """Whether two snapshot identifiers, each a name or an ARN, mean one snapshot.

    Two ARNs must be equal; beside a name, an ARN counts by the name at its end. A name means a
    snapshot of one's own account and region, which a plan does not show.
    """
    if not (isinstance(one, str) and isinstance(other, str) and one and other):
        return False
    if one.startswith("arn:") and other.startswith("arn:"):
        return one == other
    return same_id(_snapshot_name(one), _snapshot_name(other))


def _snapshot_name(said: str) -> str:
    """`arn:aws:rds:us-east-1:123456789012:cluster-snapshot:rds:core-…` → `rds:core-…`."""
    if not said.startswith("arn:"):
        return said
    return said.split(":", 6)[-1]


def arn_names(arn: object, cluster: str) -> bool:
    """Whether an ARN is that of a cluster of this name."""
    return (
        isinstance(arn, str)
        and ":rds:" in arn
        and same_id(arn.split(":", 6)[-1], cluster)
        and (":cluster:" in arn)
    )
