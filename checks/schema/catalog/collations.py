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

# Of the server's own collations, of which initdb makes hundreds, those that a column or an index
# sorts by.
COLLATION_VERSIONS = Kind(
    "collation versions",
    object="v.name",
    properties={"recorded": "v.recorded", "provided": "v.provided"},
    source=f"""
    from (
        select format('%I.%I', n.nspname, c.collname) as name,
               c.collversion as recorded, pg_collation_actual_version(c.oid) as provided
        from pg_collation c join pg_namespace n on n.oid = c.collnamespace
        left join spaces s on s.oid = c.collnamespace
        where c.collprovider <> 'd' and {_USABLE} and (s.oid is not null or c.oid in (
            select attcollation from pg_attribute where attrelid >= 16384 and attcollation <> 0))
        union all
        -- 14 and older record none for a database.
        select 'default of the database', to_jsonb(d) ->> 'datcollversion',
               (select pg_collation_actual_version(c.oid) from pg_collation c
                where c.collprovider = 'c' and c.collcollate = d.datcollate
                  and c.collctype = d.datctype and c.collnamespace = 'pg_catalog'::regnamespace
                  and c.collencoding in (d.encoding, -1)
                  and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c'
                order by c.oid limit 1)
        from pg_database d where d.datname = current_database()
    ) v
    """,
)

KINDS = (COLLATIONS, COLLATION_VERSIONS)
