"""Indexes, with the states that make one useless without a word."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, member_of, yes
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind

INDEXES = Kind(
    "indexes",
    object="r.name",
    properties={
        PARENT: "owner.name",
        # Method, columns, operator classes, order, INCLUDE, NULLS NOT DISTINCT, options, predicate.
        "definition": "pg_get_indexdef(i.indexrelid)",
        "valid": yes("i.indisvalid"),
        "ready": yes("i.indisready"),
        "live": yes("i.indislive"),
        "primary": yes("i.indisprimary"),
        "immediate": yes("i.indimmediate"),
        "clustered": yes("i.indisclustered"),
        "replica identity": yes("i.indisreplident"),
        "tablespace": "quote_ident(place.spcname)",
        "partition of": "parent.name",
        # By position: the columns of an index over expressions have no names of their own.
        "statistics targets": "targets.list",
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join relations r on r.oid = i.indexrelid
    join relations owner on owner.oid = i.indrelid
    left join pg_tablespace place on place.oid = c.reltablespace
    left join (
        select h.inhrelid, p.name from pg_inherits h join relations p on p.oid = h.inhparent
    ) parent on parent.inhrelid = i.indexrelid
    left join (
        select attrelid,
               string_agg(attnum || ': ' || attstattarget, ', ' order by attnum) as list
        from pg_attribute where attstattarget >= 0 and attnum > 0 group by attrelid
    ) targets on targets.attrelid = i.indexrelid
    {comment_on("pg_class", "i.indexrelid")}
    {member_of("pg_class", "i.indrelid")}
    """,
)
