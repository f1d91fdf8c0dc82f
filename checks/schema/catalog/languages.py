"""Languages, and what turns one type or encoding into another: casts, transforms, conversions."""

from __future__ import annotations

from checks.schema.catalog._parts import acl, comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, OURS, function, owner
from checks.schema.kind import EXTENSION, Kind

LANGUAGES = Kind(
    "languages",
    object="quote_ident(l.lanname)",
    properties={
        "owner": owner("l.lanowner"),
        "acl": acl("l.lanacl", "l", "l.lanowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "trusted": "l.lanpltrusted::text",
        "handler": function("l.lanplcallfoid"),
        "inline handler": function("l.laninline"),
        "validator": function("l.lanvalidator"),
    },
    source=f"""
    from pg_language l {comment_on("pg_language", "l.oid")} {member_of("pg_language", "l.oid")}
    where l.oid >= {OURS} or member.objid is not null -- plpgsql came with initdb
    """,
)

# Casts have no schema, and those between two built-in types change what a database answers most.
CASTS = Kind(
    "casts",
    object="format('(%s as %s)', format_type(c.castsource, null), format_type(c.casttarget, null))",
    properties={
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "function": function("c.castfunc"),
        "method": "case c.castmethod when 'f' then 'function' when 'i' then 'input and output'"
        " else 'binary' end",
        "context": "case c.castcontext when 'e' then 'explicit' when 'a' then 'assignment'"
        " else 'implicit' end",
    },
    source=f"""
    from pg_cast c {comment_on("pg_cast", "c.oid")} {member_of("pg_cast", "c.oid")}
    where c.oid >= {OURS} and not exists (
        -- from a range to its multirange: comes and goes with the type
        select from pg_range r where r.rngtypid = c.castsource
            and to_jsonb(r) ->> 'rngmultitypid' = c.casttarget::text
    )
    """,
)

TRANSFORMS = Kind(
    "transforms",
    object="format('for %s language %I', format_type(t.trftype, null), l.lanname)",
    properties={
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "from sql": function("t.trffromsql"),
        "to sql": function("t.trftosql"),
    },
    source=f"""
    from pg_transform t join pg_language l on l.oid = t.trflang
    {comment_on("pg_transform", "t.oid")} {member_of("pg_transform", "t.oid")}
    where t.oid >= {OURS}
    """,
)

CONVERSIONS = Kind(
    "conversions",
    object="format('%I.%I', s.nspname, c.conname)",
    properties={
        "owner": owner("c.conowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "from": "pg_encoding_to_char(c.conforencoding)::text",
        "to": "pg_encoding_to_char(c.contoencoding)::text",
        "function": function("c.conproc"),
        "default": "c.condefault::text",
    },
    source=f"""
    from pg_conversion c join spaces s on s.oid = c.connamespace
    {comment_on("pg_conversion", "c.oid")} {member_of("pg_conversion", "c.oid")}
    """,
)

KINDS = (LANGUAGES, CASTS, TRANSFORMS, CONVERSIONS)
