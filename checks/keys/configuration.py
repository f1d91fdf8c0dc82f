"""A restored table beside its source: what the restore brings along, and what it leaves behind.

Brought along by the request: keys, indexes, encryption, how reads and writes are paid for. Left
behind, whatever is asked: auto scaling, alarms, policies, stream, time to live, deletion
protection, point-in-time recovery, tags; of the table class AWS's page says nothing.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_restores.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.finding import Finding

CHECK = "tables.configuration"
_OWNED_BY_AWS = "a key that AWS owns"


def compare_tables(name: str, source: Mapping[str, Any], copy: Mapping[str, Any]) -> list[Finding]:
    """What of a copy is not as its source's; both as DescribeTable has them."""
    wanted, found = _brought_along(source), _brought_along(copy)
    return [
        Finding(
            f"{CHECK}.{key}",
            name,
            wanted[key],
            found[key],
            "Correct the copy before it is used, or restore it again with that said.",
        )
        for key in wanted
        if wanted[key] != found[key]
    ]


def left_behind(source: Mapping[str, Any], copy: Mapping[str, Any]) -> dict[str, str]:
    """What the source has and its copy has not: what it is → what to do about it.

    Both as DescribeTable has them, with `TimeToLive`, `PointInTimeRecovery` (a boolean) and `Tags`
    (a mapping) added.
    """
    found: dict[str, str] = {}
    if source.get("PointInTimeRecovery") and not copy.get("PointInTimeRecovery"):
        found["point-in-time recovery"] = "turn it on: until then the copy cannot be restored"
    if source.get("DeletionProtectionEnabled") and not copy.get("DeletionProtectionEnabled"):
        found["deletion protection"] = "turn it on"
    if _class(source) != _class(copy):
        found["table class"] = f"make it {_class(source)} again"
    lives, copied = source.get("TimeToLive"), copy.get("TimeToLive")
    if lives and lives != copied:
        found["time to live"] = f"turn it on for {lives} once the copy is proven: items expire then"
    if _stream(source) and _stream(source) != _stream(copy):
        found["stream"] = f"turn it on ({_stream(source)}), and give its new ARN to who reads it"
    missing = sorted(set(source.get("Tags", {})) - set(copy.get("Tags", {})))
    if missing:
        found["tags"] = f"set {', '.join(missing)}"
    if _billing(source) == "PROVISIONED":
        found["auto scaling"] = "register the copy, if the source is: it was not looked at"
    return found


def _brought_along(table: Mapping[str, Any]) -> dict[str, object]:
    return {
        "keys": _schema(table.get("KeySchema")),
        "attributes": sorted(
            f"{one['AttributeName']} {one['AttributeType']}"
            for one in table.get("AttributeDefinitions", ())
        ),
        "global_indexes": _indexes(table, "GlobalSecondaryIndexes"),
        "local_indexes": _indexes(table, "LocalSecondaryIndexes"),
        "encryption": (table.get("SSEDescription") or {}).get("KMSMasterKeyArn") or _OWNED_BY_AWS,
        "billing": _billing(table),
        "capacity": _capacity(table) if _billing(table) == "PROVISIONED" else "on demand",
    }


def _schema(keys: Sequence[Mapping[str, str]] | None) -> str:
    return ", ".join(f"{one['AttributeName']} {one['KeyType']}" for one in keys or ())


def _indexes(table: Mapping[str, Any], kind: str) -> list[str]:
    provisioned = _billing(table) == "PROVISIONED"
    return sorted(
        f"{one['IndexName']} ({_schema(one['KeySchema'])}), "
        f"{one.get('Projection', {}).get('ProjectionType')} "
        f"{sorted(one.get('Projection', {}).get('NonKeyAttributes', ()))}"
        + (f", {_capacity(one)}" if provisioned and "ProvisionedThroughput" in one else "")
        for one in table.get(kind) or ()
    )


def _billing(table: Mapping[str, Any]) -> str:
    return str((table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"))


def _capacity(table: Mapping[str, Any]) -> str:
    units = table.get("ProvisionedThroughput") or {}
    return f"{units.get('ReadCapacityUnits')} read, {units.get('WriteCapacityUnits')} write units"


def _class(table: Mapping[str, Any]) -> str:
    return str((table.get("TableClassSummary") or {}).get("TableClass", "STANDARD"))


def _stream(table: Mapping[str, Any]) -> str | None:
    stream = table.get("StreamSpecification") or {}
    return stream.get("StreamViewType") if stream.get("StreamEnabled") else None
