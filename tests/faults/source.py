"""All that a drill must leave as it was in somebody's account, and what it must not leave."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.aws.session import Client
from tests.account.fix_account import CLUSTER, Somebody
from tests.faults.passage import state_of


def source_of(account: Somebody) -> dict[str, Any]:
    """Data, schema, roles and settings of the source's databases, and all that the account holds.

    To be compared with another of the same account, while nobody writes. Without what moves by
    itself: log positions, the clock, the window.
    """
    connects = {name: partial(account.connect, name) for name in ("core", "postgres")}
    baseline = record(connects, Reading()).model_dump()
    return {
        "databases": {
            name: {part: one[part] for part in ("catalog", "content", "sequences")}
            for name, one in baseline["databases"].items()
        },
        "unreached": baseline["unreached"],
        "roles and tablespaces": baseline["cluster"],
        "settings": baseline["settings"],
        "account": account_of(account),
    }


def account_of(account: Somebody) -> dict[str, Any]:
    """What the account holds in RDS, EC2, Secrets Manager and EventBridge."""
    session = account.session
    secrets, events = session.client("secretsmanager"), session.client("events")
    rds: Client = account.rds
    held = state_of(rds, session.client("ec2"))
    held["automated backups"] = [
        one["DbClusterResourceId"]
        for one in rds.describe_db_cluster_automated_backups()["DBClusterAutomatedBackups"]
    ]
    held["secrets"] = {
        one["ARN"]: hashlib.sha256(
            secrets.get_secret_value(SecretId=one["ARN"])["SecretString"].encode()
        ).hexdigest()
        for one in secrets.list_secrets()["SecretList"]
    }
    held["rules"] = {one["Name"]: one["State"] for one in events.list_rules()["Rules"]}
    return held


def names_of(account: Somebody) -> set[str]:
    """Every name, ARN and id by which a request could reach the source or what it stands in."""
    (cluster,) = account.rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    names = {
        CLUSTER,
        cluster["DBClusterArn"],
        cluster["DbClusterResourceId"],
        cluster["DBClusterParameterGroup"],
        cluster["DBSubnetGroup"],
        *(one["VpcSecurityGroupId"] for one in cluster["VpcSecurityGroups"]),
    }
    for one in account.rds.describe_db_instances()["DBInstances"]:
        if one.get("DBClusterIdentifier") == CLUSTER:
            names |= {one["DBInstanceIdentifier"], one["DBInstanceArn"], one["DbiResourceId"]}
            names |= {group["DBParameterGroupName"] for group in one["DBParameterGroups"]}
    return names
