"""Replication: publications and subscriptions of a database, slots and origins of a cluster.

Positions (LSNs) are not compared: they move, and a restored copy has others. A base backup brings
no slots (row 14 of docs/restores-that-lie.md), so that they are missing in a copy is a finding
which its owner expects or not.
"""

from __future__ import annotations

from typing import LiteralString

from checks.schema.catalog._parts import comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, owner
from checks.schema.kind import EXTENSION, PARENT, Kind, Need, Property

PUBLICATIONS = Kind(
    "publications",
    object="quote_ident(p.pubname)",
    properties={
        "owner": owner("p.pubowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "all tables": "p.puballtables::text",
        "operations": "concat_ws(', ', case when p.pubinsert then 'insert' end,"
        " case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end,"
        " case when p.pubtruncate then 'truncate' end)",
        "via root": "p.pubviaroot::text",
        "generated columns": Property(
            "case p.pubgencols when 'n' then 'none' when 's' then 'stored'"
            " else p.pubgencols::text end",
            since=180000,
            before="'none'",
        ),
        "schemas": Property(
            "(select string_agg(quote_ident(n.nspname), ', ' order by n.nspname collate \"C\")"
            " from pg_publication_namespace pn join pg_namespace n on n.oid = pn.pnnspid"
            " where pn.pnpubid = p.oid)",
            since=150000,
        ),
    },
    source=f"""
    from pg_publication p {comment_on("pg_publication", "p.oid")}
    {member_of("pg_publication", "p.oid")}
    """,
)

PUBLICATION_TABLES = Kind(
    "publication tables",
    object="format('%I: %I.%I', p.pubname, n.nspname, c.relname)",
    properties={
        PARENT: "format('%I.%I', n.nspname, c.relname)",
        "columns": Property(
            "(select string_agg(quote_ident(a.attname), ', ' order by a.attnum)"
            " from unnest(r.prattrs) as k (number) join pg_attribute a"
            " on a.attrelid = r.prrelid and a.attnum = k.number)",
            since=150000,
        ),
        "filter": Property("pg_get_expr(r.prqual, r.prrelid)", since=150000),
    },
    source="""
    from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
    join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
    """,
)

_NONE_HERE: LiteralString = (
    "not exists (select from pg_subscription where subdbid ="
    " (select oid from pg_database where datname = current_database()))"
)
_THIS_DATABASE: LiteralString = (
    "s.subdbid = (select oid from pg_database where datname = current_database())"
)

# Whether it is enabled is compared although a copy must not run it: what keeps a copy from
# subscribing is a server without workers for it, and the catalog is left as it was (row 1).
SUBSCRIPTIONS = Kind(
    "subscriptions",
    object="quote_ident(s.subname)",
    properties={
        "owner": owner("s.subowner"),
        "comment": COMMENT,
        "enabled": "s.subenabled::text",
        "publications": "(select string_agg(quote_ident(name), ', ' order by name collate \"C\")"
        " from unnest(s.subpublications) as name)",
        "slot": "quote_ident(s.subslotname)",
        "synchronous commit": "s.subsynccommit",
        "binary": Property("s.subbinary::text", since=140000, before="'false'"),
        # A yes or no until 15.
        "streaming": Property(
            "case left(s.substream::text, 1) when 't' then 'on' when 'p' then 'parallel'"
            " else 'off' end",
            since=140000,
            before="'off'",
        ),
        "two phase": Property(
            "case s.subtwophasestate when 'd' then 'off' else 'on' end",
            since=150000,
            before="'off'",
        ),
        "disabled on error": Property("s.subdisableonerr::text", since=150000, before="'false'"),
        "origin": Property("s.suborigin", since=160000, before="'any'"),
        "password required": Property("s.subpasswordrequired::text", since=160000, before="'true'"),
        "run as owner": Property("s.subrunasowner::text", since=160000, before="'true'"),
        "failover": Property("s.subfailover::text", since=170000, before="'false'"),
    },
    source=f"""
    from pg_subscription s {comment_on("pg_subscription", "s.oid")} where {_THIS_DATABASE}
    """,
    need=Need(
        "has_column_privilege('pg_catalog.pg_subscription', 'oid', 'select')"
        " and has_column_privilege('pg_catalog.pg_subscription', 'subsynccommit', 'select')",
        "PostgreSQL 13 shows subscriptions to superusers only: ask as one",
        unless=_NONE_HERE,
    ),
)

SUBSCRIPTION_CONNECTIONS = Kind(
    "subscription connections",
    object="quote_ident(s.subname)",
    properties={"connection": Property("s.subconninfo", secret=True)},
    source=f"from pg_subscription s where {_THIS_DATABASE}",
    need=Need(
        "has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'select')",
        "where a subscription connects to is shown to superusers only: ask as one, or"
        " GRANT SELECT (subconninfo) ON pg_subscription to this login",
        unless=_NONE_HERE,
    ),
)

SUBSCRIPTION_TABLES = Kind(
    "subscription tables",
    object="format('%I: %I.%I', s.subname, n.nspname, c.relname)",
    properties={
        PARENT: "format('%I.%I', n.nspname, c.relname)",
        # Half-way states last for seconds where workers run, and for ever where none do.
        "synchronised": "(r.srsubstate in ('r', 's'))::text",
    },
    source="""
    from pg_subscription_rel r join pg_subscription s on s.oid = r.srsubid
    join pg_class c on c.oid = r.srrelid join pg_namespace n on n.oid = c.relnamespace
    """,
    need=Need(
        "has_column_privilege('pg_catalog.pg_subscription', 'oid', 'select')",
        "PostgreSQL 13 shows subscriptions to superusers only: ask as one",
        unless=_NONE_HERE,
    ),
)

SLOTS = Kind(
    "replication slots",
    object="quote_ident(s.slot_name)",
    properties={
        "type": "s.slot_type",
        "plugin": "s.plugin::text",
        "database": "quote_ident(s.database)",
        "lost": "(s.wal_status is not distinct from 'lost')::text",
        "two phase": Property("s.two_phase::text", since=140000, before="'false'"),
        "failover": Property("s.failover::text", since=170000, before="'false'"),
    },
    source="from pg_replication_slots s where not s.temporary",
    scope="cluster",
)

# Origins named pg_<oid> belong to subscriptions, and are named after their oid. An origin has a
# name and nothing else that could be compared.
ORIGINS = Kind(
    "replication origins",
    object="quote_ident(o.roname)",
    properties={},
    source="from pg_replication_origin o where o.roname !~ '^pg_[0-9]+(_|$)'",
    scope="cluster",
)

KINDS = (
    PUBLICATIONS,
    PUBLICATION_TABLES,
    SUBSCRIPTIONS,
    SUBSCRIPTION_CONNECTIONS,
    SUBSCRIPTION_TABLES,
)
CLUSTER_KINDS = (SLOTS, ORIGINS)
