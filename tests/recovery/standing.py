"""How all stands that a recovery may touch: looked at before and after, and compared.

What nobody can put back is left out, and nothing else: dates of rules, which the archive's API sets
with each change, and the ARN of a subscription to a topic, which is a new one each time.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from fixtures.aws.session import RehearsalSession
from fixtures.terraform.backup import FOLDER
from tests.account.fix_account import CLUSTER, Somebody

Standing = dict[str, str]
"""Part → how it stands: "limit of core" → "-1". No row and no password is in it."""

_TABLES = """
    select schemaname, tablename from pg_tables
     where schemaname <> all ('{pg_catalog,information_schema}')
     order by 1, 2
"""
_UNCOMPARED = {"rules": "- 'updated_at' - case when type = 'sns' then 'arn' else '' end"}
_PAGE = 1000


def look(account: Somebody, *, infra: Path | None = None) -> Standing:
    """How everything stands now.

    infra  the folder of Terraform's state and variables, where there is one
    """
    session = account.session
    return {
        **_databases(account),
        **_source(session),
        **_groups(session),
        **_rules(session),
        **_mappings(session),
        **_subscriptions(session),
        **_secrets(session),
        **(_terraform(infra) if infra is not None else {}),
    }


def differing(before: Standing, after: Standing) -> list[str]:
    """Each part that is not as it was, in a line; what came besides is told, too."""
    return [
        f"{part}: was {before.get(part, 'not there')}, is {after.get(part, 'not there')}"
        for part in sorted({*before, *after})
        if before.get(part) != after.get(part)
    ]


def _databases(account: Somebody) -> Standing:
    found = {}
    with account.connect("postgres") as admin:
        rows = admin.execute(
            "select datname, datconnlimit, datallowconn, shobj_description(oid, 'pg_database')"
            "  from pg_database where datname <> 'template0'"
        ).fetchall()
    for name, limit, allowed, comment in rows:
        found[f"limit of {name}"] = str(limit)
        found[f"whether {name} admits"] = str(allowed)
        found[f"comment of {name}"] = str(comment)
        if name not in ("template1", "rdsadmin") and limit != 0:
            with account.connect(name) as connection:
                found |= {f"table {name}.{key}": sum for key, sum in _sums(connection).items()}
    return found


def _sums(connection: Connection[Any]) -> Standing:
    found = {}
    for schema, table in connection.execute(_TABLES).fetchall():
        query = sql.SQL(
            "select count(*), md5(string_agg(md5(row::text), '' order by md5(row::text)))"
            "  from (select to_jsonb(one) {} as row from {} one) rows"
        ).format(sql.SQL(_UNCOMPARED.get(table, "")), sql.Identifier(schema, table))  # type: ignore[arg-type]
        rows, digest = connection.execute(query).fetchone() or (0, None)
        found[f"{schema}.{table}"] = f"{rows} rows, {digest}"
    return found


def _source(session: RehearsalSession) -> Standing:
    (cluster,) = session.client("rds").describe_db_clusters(DBClusterIdentifier=CLUSTER)[
        "DBClusters"
    ]
    kept = ("DeletionProtection", "DBClusterParameterGroup", "VpcSecurityGroups", "Port", "Status")
    return {f"source's {key}": str(cluster.get(key)) for key in kept}


def _groups(session: RehearsalSession) -> Standing:
    """Of the groups that no copy's quarantine is: those are kept with the copy."""
    ec2, found = session.client("ec2"), {}
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        if any(tag["Key"].startswith("restore-drills:") for tag in group.get("Tags", ())):
            continue
        for way in ("IpPermissions", "IpPermissionsEgress"):
            found[f"security group {group['GroupId']}: {way}"] = _said(group[way])
    return found


def _rules(session: RehearsalSession) -> Standing:
    events, found = session.client("events"), {}
    for rule in events.list_rules()["Rules"]:
        tags = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        name = f"EventBridge's {rule['Name']}"
        found[f"{name}: state"] = rule["State"]
        found[f"{name}: tags"] = _said(tags)
        found[f"{name}: rest"] = _said([{**rule, "State": ""}, *targets])
    return found


def _mappings(session: RehearsalSession) -> Standing:
    functions, found = session.client("lambda"), {}
    for one in functions.list_event_source_mappings(MaxItems=_PAGE)["EventSourceMappings"]:
        arn = one["FunctionArn"].replace(":function:", ":event-source-mapping:")
        arn = f"{arn.rpartition(':')[0]}:{one['UUID']}"
        key = f"mapping {one['EventSourceArn']} to {one['FunctionArn'].rpartition(':')[2]}"
        found[f"{key}: state"] = one["State"]
        found[f"{key}: tags"] = _said(functions.list_tags(Resource=arn)["Tags"])
    return found


def _subscriptions(session: RehearsalSession) -> Standing:
    found: dict[str, list[str]] = {}
    for one in session.client("sns").list_subscriptions()["Subscriptions"]:
        found.setdefault(f"subscriptions to {one['TopicArn']}", []).append(one["Endpoint"])
    return {topic: _said(endpoints) for topic, endpoints in found.items()}


def _secrets(session: RehearsalSession) -> Standing:
    """Digests of what they say now, and labels that are not Secrets Manager's own."""
    secrets, found = session.client("secretsmanager"), {}
    for one in secrets.list_secrets(MaxResults=100)["SecretList"]:
        said = secrets.get_secret_value(SecretId=one["ARN"], VersionStage="AWSCURRENT")
        digest = hashlib.sha256(said["SecretString"].encode()).hexdigest()
        versions = secrets.describe_secret(SecretId=one["ARN"])["VersionIdsToStages"]
        labels = [
            label for stages in versions.values() for label in stages if not label.startswith("AWS")
        ]
        found[f"secret {one['Name']}"] = digest
        found[f"labels of secret {one['Name']}"] = _said(labels)
    return found


def _terraform(infra: Path) -> Standing:
    """The state but for its serial number, which rises with each push, and the variables."""
    state = json.loads((infra / "terraform.tfstate").read_text())
    digest = hashlib.sha256((infra / "terraform.tfvars").read_bytes()).hexdigest()
    resources = json.dumps(state["resources"], sort_keys=True).encode()
    return {
        "Terraform's state": hashlib.sha256(resources).hexdigest(),
        "Terraform's variables": digest,
        "Terraform's backup": str((infra / FOLDER).exists()),
    }


def _said(many: Any) -> str:
    if isinstance(many, dict):
        many = many.items()
    return str(sorted(str(one) for one in many))
