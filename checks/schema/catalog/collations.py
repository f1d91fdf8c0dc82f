"""Collations, and the versions of the libraries that sort by them.

A version is a kind of its own: it is a property of the machine, and differs after a restore onto
another operating system while the definition is the same (row 11 of docs/restores-that-lie.md).
Whether a collation's *own* two versions agree is judged by integrity, on the copy alone.
"""

from __future__ import annotations

from typing import LiteralString

from checks.schema.catalog._parts import comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, owner
from checks.schema.kind import EXTENSION, Kind, Property

# One name may stand for several encodings; a database uses its own.
_USABLE: LiteralString = """
    c.collencoding in (-1, (select encoding from pg_database where datname = current_database()))
"""

# Columns were renamed twice: 13 and 14 keep an ICU locale in collcollate, 15 and 16 in
# colliculocale, 17 in colllocale. The row as JSON has whichever there is.
COLLATIONS = Kind(
    "collations",
    object="format('%I.%I', s.nspname, c.collname)",
    properties={
        "owner": owner("c.collowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        "provider": "case c.collprovider when 'c' then 'libc' when 'i' then 'icu'"
        " when 'b' then 'builtin' else c.collprovider::text end",
        "collate": "case when c.collprovider = 'c' then c.collcollate::text end",
        "ctype": "case when c.collprovider = 'c' then c.collctype::text end",
        "locale": "coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale',"
        " case when c.collprovider = 'i' then c.collcollate::text end)",
        "rules": Property("c.collicurules", since=160000),
        "deterministic": "c.collisdeterministic::text",
    },
    source=f"""
    from pg_collation c join spaces s on s.oid = c.collnamespace
    {comment_on("pg_collation", "c.oid")} {member_of("pg_collation", "c.oid")}
    where {_USABLE}
    """,
)

# Of the server's own collations, of which initdb makes hundreds, those that anything depends on. C
# and POSIX have no version.
COLLATION_VERSIONS = Kind(
    "collation versions",
    object="v.name",
    properties={
        "recorded": "v.recorded",
        "provided": Property(
            "case when v.database is null then pg_collation_actual_version(v.oid)"
            " else pg_database_collation_actual_version(v.database) end",
            since=150000,
            before="pg_collation_actual_version(v.oid)",
        ),
    },
    source=f"""
    from (
        select format('%I.%I', n.nspname, c.collname) as name, c.collversion as recorded,
               c.oid, null::oid as database
        from pg_collation c join pg_namespace n on n.oid = c.collnamespace
        left join spaces s on s.oid = c.collnamespace
        where c.collprovider <> 'd' and {_USABLE} and (s.oid is not null or (
            c.collname not in ('C', 'POSIX') and c.oid in (
                select refobjid from pg_depend where refclassid = 'pg_collation'::regclass)))
        union all
        -- 14 and older record none for a database, and have no function to ask with.
        select 'default of the database', to_jsonb(d) ->> 'datcollversion',
               (select c.oid from pg_collation c
                where c.collprovider = 'c' and c.collcollate = d.datcollate
                  and c.collctype = d.datctype and c.collnamespace = 'pg_catalog'::regnamespace
                  and c.collencoding in (d.encoding, -1)
                order by c.oid limit 1), d.oid
        from pg_database d where d.datname = current_database()
    ) v
    """,
)

KINDS = (COLLATIONS, COLLATION_VERSIONS)
