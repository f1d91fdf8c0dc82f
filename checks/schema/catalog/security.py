"""Default privileges, security labels, large objects, and what was granted on the server's own."""

from __future__ import annotations

from typing import LiteralString

from checks.schema.catalog._parts import acl, comment_on, sorted_array
from checks.schema.catalog._references import COMMENT, OURS, owner
from checks.schema.kind import Kind, Property

DEFAULT_PRIVILEGES = Kind(
    "default privileges",
    object="format('for role %I%s on %s', pg_get_userbyid(d.defaclrole),"
    " coalesce(' in schema ' || quote_ident(n.nspname), ''), case d.defaclobjtype"
    " when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'"
    " when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects'"
    " else d.defaclobjtype::text end)",
    properties={"acl": sorted_array("d.defaclacl::text[]")},
    source="from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace",
)

# Subscriptions are of one database, although their labels stand among those of the cluster.
_SHARED: LiteralString = "('database', 'role', 'tablespace')"
_LABELLED: LiteralString = "format('%s %s (%s)', l.objtype, l.objname, l.provider)"

SECURITY_LABELS = Kind(
    "security labels",
    object=_LABELLED,
    properties={"label": Property("l.label", secret=True)},
    source=f"from pg_seclabels l where l.objtype not in {_SHARED}",
)

SHARED_SECURITY_LABELS = Kind(
    "shared security labels",
    object=_LABELLED,
    properties={"label": Property("l.label", secret=True)},
    source=f"from pg_seclabels l where l.objtype in {_SHARED}",
    scope="cluster",
)

# Their number is their name: applications keep it in columns. The bytes are judged as content.
LARGE_OBJECTS = Kind(
    "large objects",
    object="l.oid::text",
    properties={
        "owner": owner("l.lomowner"),
        "acl": acl("l.lomacl", "L", "l.lomowner"),
        "comment": COMMENT,
    },
    # Comments on large objects are filed under pg_largeobject, which holds their bytes.
    source=f"from pg_largeobject_metadata l {comment_on('pg_largeobject', 'l.oid')}",
)


def _changed(
    catalog: LiteralString,
    name: LiteralString,
    acl: LiteralString,
    default: LiteralString,
    where: LiteralString = "true",
) -> LiteralString:
    """One catalog's part: objects of the server whose privileges are not those that initdb gave.

    What initdb gives stands in pg_init_privs, but for information_schema: ``GRANT SELECT`` there.
    """
    return f"""
    select {name} as name, coalesce(o.{acl}, {default}) as acl,
           coalesce(i.initprivs, {default}) as initial
    from {catalog} o
    left join pg_init_privs i on i.classoid = '{catalog}'::regclass and i.objoid = o.oid
        and i.objsubid = 0
    where o.oid < {OURS} and o.{acl} is distinct from i.initprivs and {where}
    """


def _everybody(
    letter: LiteralString, owned_by: LiteralString, privilege: LiteralString, where: LiteralString
) -> LiteralString:
    return (
        f"acldefault('{letter}', {owned_by}) || case when {where} then"
        f" array[makeaclitem(0, {owned_by}, '{privilege}', false)] else '{{}}'::aclitem[] end"
    )


_RELATION = _everybody(
    "r", "o.relowner", "SELECT", "o.relnamespace = 'information_schema'::regnamespace"
)
_SCHEMA = _everybody("n", "o.nspowner", "USAGE", "o.nspname = 'information_schema'")
_SYSTEM: LiteralString = " union all ".join(
    [
        _changed(
            "pg_proc",
            "'function ' || o.oid::regprocedure",
            "proacl",
            "acldefault('f', o.proowner)",
        ),
        _changed("pg_class", "'relation ' || o.oid::regclass", "relacl", _RELATION),
        _changed(
            "pg_namespace",
            "'schema ' || quote_ident(o.nspname)",
            "nspacl",
            _SCHEMA,
            "o.nspname <> 'public'",  # compared as any other schema
        ),
        _changed(
            "pg_type",
            "'type ' || format_type(o.oid, null)",
            "typacl",
            "acldefault('T', o.typowner)",
        ),
        _changed(
            "pg_language",
            "'language ' || quote_ident(o.lanname)",
            "lanacl",
            "acldefault('l', o.lanowner)",
            "o.lanname in ('internal', 'c', 'sql')",  # plpgsql is an extension's
        ),
        # Columns that somebody granted, and pg_subscription's, of which conninfo is held back. By
        # the index, catalog by catalog: the server would read the columns of all tables.
        f"""
        select format('column %s.%I', c.oid::regclass, o.attname),
               coalesce(o.attacl, '{{}}'), coalesce(i.initprivs, '{{}}')
        from pg_class c cross join lateral (
            select attname, attnum, attacl from pg_attribute where attrelid = c.oid offset 0
        ) o left join pg_init_privs i on i.classoid = 'pg_class'::regclass
            and i.objoid = c.oid and i.objsubid = o.attnum
        where c.oid < {OURS} and o.attacl is distinct from i.initprivs
        """,
    ]
)


def _items(these: LiteralString, those: LiteralString) -> LiteralString:
    return (
        "(select string_agg(item, ', ' order by item collate \"C\") from"
        f" (select unnest({these})::text except select unnest({those})::text) as one (item))"
    )


# ``GRANT EXECUTE ON FUNCTION pg_ls_dir``, ``REVOKE ALL ON pg_user``: pg_dump brings these too. What
# was changed is told and not all privileges, of which each major version has its own.
SYSTEM_PRIVILEGES = Kind(
    "system privileges",
    object="g.name",
    properties={
        "granted": _items("g.acl", "g.initial"),
        "revoked": _items("g.initial", "g.acl"),
    },
    source=f"from ({_SYSTEM}) g where not (g.acl @> g.initial and g.initial @> g.acl)",
)

KINDS = (
    DEFAULT_PRIVILEGES,
    SECURITY_LABELS,
    LARGE_OBJECTS,
    SYSTEM_PRIVILEGES,
)
CLUSTER_KINDS = (SHARED_SECURITY_LABELS,)
