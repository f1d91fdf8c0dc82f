"""Sequences, those behind serial and identity columns too."""

from __future__ import annotations

from checks.schema.catalog._parts import acl, comment_on, member_of, persistence, yes
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

# What a sequence will give out next is no part of its definition: a physical restore runs ahead,
# which is safe (restores-that-lie 15), so positions are judged by safety, elsewhere.
SEQUENCES = Kind(
    "sequences",
    object="r.name",
    properties={
        PARENT: "holder.name",
        "owned by": "holder.name || '.' || quote_ident(a.attname)",
        "identity": "case when d.deptype = 'i' then 'true' when d.deptype = 'a' then 'false' end",
        "owner": "pg_get_userbyid(c.relowner)::text",
        "acl": acl("c.relacl", "s", "c.relowner"),
        "comment": COMMENT,
        "persistence": persistence("c.relpersistence"),
        "type": "format_type(q.seqtypid, null)",
        "start": Property("q.seqstart::text", shown=True),
        "increment": Property("q.seqincrement::text", shown=True),
        "minimum": Property("q.seqmin::text", shown=True),
        "maximum": Property("q.seqmax::text", shown=True),
        "cache": Property("q.seqcache::text", shown=True),
        "cycle": yes("q.seqcycle"),
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_sequence q
    join pg_class c on c.oid = q.seqrelid
    join relations r on r.oid = q.seqrelid
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join relations holder on holder.oid = d.refobjid
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    {comment_on("pg_class", "c.oid")}
    {member_of("pg_class", "c.oid")}
    """,
)
