"""Databases, and the settings that ``ALTER DATABASE`` and ``ALTER ROLE`` keep for each.

A database belongs to its cluster, and there are two questions. `KINDS` compares every database of
one cluster with those of another, by name. `OF_ONE` is what a verification of *one* database uses
instead: it looks at the database that the connection is in, calls it ``this database``, and so says
nothing of neighbours, nor of the name, which may be another on the copy. The properties are the
same: use one or the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import LiteralString

from checks.schema.catalog._parts import acl
from checks.schema.catalog._references import COMMENT, owner, shared_comment_on
from checks.schema.kind import Kind, Property

_PROPERTIES: Mapping[str, Property | LiteralString] = {
    "owner": owner("d.datdba"),
    "acl": acl("d.datacl", "d", "d.datdba"),
    "comment": COMMENT,
    "encoding": "pg_encoding_to_char(d.encoding)::text",
    # Versions are those of the machine: see `collations`.
    "locale provider": Property(
        "case d.datlocprovider when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin'"
        " else d.datlocprovider::text end",
        since=150000,
        before="'libc'",
    ),
    "collate": "d.datcollate::text",
    "ctype": "d.datctype::text",
    # daticulocale in 15 and 16, datlocale from 17 on: the row as JSON has whichever there is.
    "locale": Property(
        "coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')", since=150000
    ),
    "rules": Property("d.daticurules", since=160000),
    "tablespace": "(select quote_ident(t.spcname) from pg_tablespace t"
    " where t.oid = d.dattablespace)",
    # 0 is a fence that the backup captured (row 21), -2 what an interrupted DROP DATABASE leaves.
    "connection limit": "d.datconnlimit::text",
    "allows connections": "d.datallowconn::text",
    "template": "d.datistemplate::text",
}

# On RDS, rdsadmin is Amazon's own (PROVIDER_DATABASES).
DATABASES = Kind(
    "databases",
    object="quote_ident(d.datname)",
    properties=_PROPERTIES,
    source=f"""
    from pg_database d {shared_comment_on("pg_database", "d.oid")}
    where d.datname <> 'rdsadmin'
    """,
    scope="cluster",
)

DATABASE = Kind(
    "database",
    object="'this database'",
    properties=_PROPERTIES,
    source=f"""
    from pg_database d {shared_comment_on("pg_database", "d.oid")}
    where d.datname = current_database()
    """,
)

# A built-in parameter that may be set for a role or a database holds no secret; what an
# application calls its own (app.key) may.
_VALUES: Mapping[str, Property | LiteralString] = {
    "value": "case when v.name !~ '[.]' then v.value end",
    "secret value": Property("case when v.name ~ '[.]' then v.value end", secret=True),
}
_FROM: LiteralString = """
    from pg_db_role_setting g
    left join pg_database d on d.oid = g.setdatabase
    left join pg_roles r on r.oid = g.setrole
    cross join lateral (
        select split_part(item, '=', 1) as name, substr(item, strpos(item, '=') + 1) as value
        from unnest(g.setconfig) as item
    ) v
"""

ROLE_SETTINGS = Kind(
    "role settings",
    object="format('%s: %s', quote_ident(r.rolname), v.name)",
    properties=_VALUES,
    source=f"{_FROM} where g.setrole <> 0 and g.setdatabase = 0",
    scope="cluster",
)

DATABASE_SETTINGS = Kind(
    "database settings",
    object="format('%I%s: %s', d.datname, coalesce(' for ' || quote_ident(r.rolname), ''), v.name)",
    properties=_VALUES,
    source=f"{_FROM} where g.setdatabase <> 0 and d.datname <> 'rdsadmin'",
    scope="cluster",
)

SETTINGS_HERE = replace(
    DATABASE_SETTINGS,
    name="settings of the database",
    object="format('this database%s: %s', coalesce(' for ' || quote_ident(r.rolname), ''), v.name)",
    source=f"{_FROM} where d.datname = current_database()",
    scope="database",
)

NEIGHBOURS = (DATABASES, DATABASE_SETTINGS)
KINDS = (ROLE_SETTINGS, *NEIGHBOURS)
OF_ONE = (DATABASE, SETTINGS_HERE)
