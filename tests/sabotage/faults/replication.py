"""Publications, subscriptions and slots that are lost or altered (R34, rows 1 and 14).

Subscriptions stand in ``samples/beside.sql``, publications in ``samples/objects.sql``.
"""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import PUBLICATION, in_catalog

PUBLISHED = "part: objects.published"
PUBLICATIONS: tuple[Fault, ...] = (
    in_catalog(
        "all tables",
        PUBLICATION,
        "all tables",
        "pg_publication",
        "puballtables = true",
        "pubname = 'part'",
    ),
    fault(
        "publications: operations",
        PUBLICATION.check("operations"),
        "part",
        "alter publication part set (publish = 'insert')",
    ),
    fault(
        "publications: via root",
        PUBLICATION.check("via root"),
        "part",
        "alter publication part set (publish_via_partition_root = true)",
    ),
    fault(
        "publication tables: lost",
        "schema.publication_tables",
        PUBLISHED,
        "alter publication part drop table objects.published",
    ),
)
PUBLICATIONS_15: tuple[Fault, ...] = (
    fault(
        "publications: schemas",
        PUBLICATION.check("schemas"),
        "part",
        "alter publication part add tables in schema core",
    ),
    fault(
        "publication tables: columns",
        "schema.publication_tables.columns",
        PUBLISHED,
        "alter publication part set table objects.published (id, region)",
    ),
    fault(
        "publication tables: filter",
        "schema.publication_tables.filter",
        PUBLISHED,
        "alter publication part set table objects.published where (id < 7)",
    ),
)
PUBLICATIONS_18: tuple[Fault, ...] = (
    fault(
        "publications: generated columns",
        PUBLICATION.check("generated columns"),
        "part",
        "alter publication part set (publish_generated_columns = stored)",
    ),
)

_SUBSCRIPTION = "update pg_subscription set {} where subname = 'beside'"


def _subscription(prop: str, sql: str) -> Fault:
    return fault(
        f"subscription: {prop}", f"schema.subscriptions.{prop.replace(' ', '_')}", "beside", sql
    )


SUBSCRIPTIONS: tuple[Fault, ...] = (
    fault(
        "subscription lost",
        "schema.subscriptions",
        "beside",
        "alter subscription beside set (slot_name = none)",
        "drop subscription beside",
    ),
    fault(
        "subscription's connection lost with it",
        "schema.subscription_connections",
        "beside",
        "alter subscription beside set (slot_name = none)",
        "drop subscription beside",
    ),
    _subscription("owner", 'alter subscription beside owner to "Beside ""me"""'),
    _subscription("comment", "comment on subscription beside is null"),
    _subscription("enabled", "alter subscription beside enable"),
    _subscription("publications", _SUBSCRIPTION.format("subpublications = '{part}'")),
    _subscription("slot", "alter subscription beside set (slot_name = 'other')"),
    _subscription(
        "synchronous commit", "alter subscription beside set (synchronous_commit = local)"
    ),
    fault(
        "row 22: subscription reads from elsewhere",
        "schema.subscription_connections.connection",
        "beside",
        "alter subscription beside connection 'host=production.invalid password=hunter2'",
    ),
    fault(
        "subscription: table lost",
        "schema.subscription_tables",
        "beside: objects.published",
        "delete from pg_subscription_rel",
    ),
    fault(
        "subscription: table not synchronised",
        "schema.subscription_tables.synchronised",
        "beside: objects.published",
        "update pg_subscription_rel set srsubstate = 'd'",
    ),
    fault(
        "replication origin lost",
        "cluster.replication_origins",
        "beside",
        "select pg_replication_origin_drop('beside')",
    ),
)
SUBSCRIPTIONS_14: tuple[Fault, ...] = (
    _subscription("binary", "alter subscription beside set (binary = true)"),
)
# Parallel is what a subscription starts with from 18 on.
SUBSCRIPTIONS_BEFORE_18: tuple[Fault, ...] = (
    _subscription("streaming", "alter subscription beside set (streaming = on)"),
)
SUBSCRIPTIONS_18: tuple[Fault, ...] = (
    _subscription("streaming", "alter subscription beside set (streaming = off)"),
)
SUBSCRIPTIONS_15: tuple[Fault, ...] = (
    _subscription("two phase", _SUBSCRIPTION.format("subtwophasestate = 'e'")),
    _subscription(
        "disabled on error", _SUBSCRIPTION.format("subdisableonerr = not subdisableonerr")
    ),
)
SUBSCRIPTIONS_16: tuple[Fault, ...] = (
    _subscription("origin", "alter subscription beside set (origin = none)"),
    _subscription("password required", "alter subscription beside set (password_required = false)"),
    _subscription("run as owner", "alter subscription beside set (run_as_owner = true)"),
)
SUBSCRIPTIONS_17: tuple[Fault, ...] = (
    _subscription("failover", _SUBSCRIPTION.format("subfailover = not subfailover")),
)

# Slots are made and dropped at once, whatever becomes of the transaction: these faults need a
# server of their own, with wal_level = logical and both of these slots.

LOGICAL_SLOT = "select pg_create_logical_replication_slot('logical', 'pgoutput')"
PHYSICAL_SLOT = "select pg_create_physical_replication_slot('physical', true)"
_DROP = "select pg_drop_replication_slot('logical')"
SLOTS: tuple[Fault, ...] = (
    fault("row 14: slot lost", "cluster.replication_slots", "logical", _DROP),
    *(
        fault(
            f"slot: {prop}",
            f"cluster.replication_slots.{prop}",
            "logical",
            _DROP,
            "select pg_create_physical_replication_slot('logical')",
        )
        for prop in ("type", "plugin", "database")
    ),
)
SLOTS_14: tuple[Fault, ...] = (
    fault(
        "slot: two phase",
        "cluster.replication_slots.two_phase",
        "logical",
        _DROP,
        "select pg_create_logical_replication_slot('logical', 'pgoutput', false, true)",
    ),
)
SLOTS_17: tuple[Fault, ...] = (
    fault(
        "slot: failover",
        "cluster.replication_slots.failover",
        "logical",
        _DROP,
        "select pg_create_logical_replication_slot('logical', 'pgoutput', false, false, true)",
    ),
)
SLOT_OVERTAKEN = fault(
    "slot: its WAL was removed",
    "cluster.replication_slots.lost",
    "physical",
    *(f"create table written_{n} (); select pg_switch_wal()" for n in range(4)),
    "checkpoint",
)
"""With max_slot_wal_keep_size = 1MB. Nothing brings such a slot back: the last of them."""


def slots(version: int) -> tuple[Fault, ...]:
    """The faults of slots that a server of this version can have; `SLOT_OVERTAKEN` comes last."""
    return (
        SLOTS
        + (SLOTS_14 if version >= 140000 else ())
        + (SLOTS_17 if version >= 170000 else ())
        + (SLOT_OVERTAKEN,)
    )


def publications(version: int) -> tuple[Fault, ...]:
    """The faults of publications that a server of this version can have."""
    return (
        PUBLICATIONS
        + (PUBLICATIONS_15 if version >= 150000 else ())
        + (PUBLICATIONS_18 if version >= 180000 else ())
    )


def subscriptions(version: int) -> tuple[Fault, ...]:
    """The faults of subscriptions that a server of this version can have."""
    return (
        SUBSCRIPTIONS
        + (SUBSCRIPTIONS_14 if version >= 140000 else ())
        + (SUBSCRIPTIONS_BEFORE_18 if 140000 <= version < 180000 else ())
        + (SUBSCRIPTIONS_15 if version >= 150000 else ())
        + (SUBSCRIPTIONS_16 if version >= 160000 else ())
        + (SUBSCRIPTIONS_17 if version >= 170000 else ())
        + (SUBSCRIPTIONS_18 if version >= 180000 else ())
    )
