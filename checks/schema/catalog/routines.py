"""Functions, window functions and procedures; aggregates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from checks.schema.catalog._parts import acl, comment_on, member_of
from checks.schema.catalog._references import COMMENT, MEMBER, function, operator, owner, type_name
from checks.schema.kind import EXTENSION, Kind, Property

_NAME: LiteralString = (
    "format('%I.%I(%s)', s.nspname, f.proname, pg_get_function_identity_arguments(f.oid))"
)

_COMMON: Mapping[str, Property | LiteralString] = {
    "owner": owner("f.proowner"),
    "acl": acl("f.proacl", "f", "f.proowner"),
    "comment": COMMENT,
    EXTENSION: MEMBER,
    "result": "pg_get_function_result(f.oid)",
    "volatility": "case f.provolatile when 'i' then 'immutable' when 's' then 'stable'"
    " else 'volatile' end",
    "security definer": "f.prosecdef::text",
    "strict": "f.proisstrict::text",
    "leakproof": "f.proleakproof::text",
    "parallel": "case f.proparallel when 's' then 'safe' when 'r' then 'restricted'"
    " else 'unsafe' end",
    # A parameter of the server's own holds no secret; what an application calls its own may.
    "settings": """case when f.proconfig is not null then
        (select string_agg(case when strpos(setting, '.') between 1 and strpos(setting, '=')
            then split_part(setting, '=', 1) else setting end, ', ' order by setting collate "C")
        from unnest(f.proconfig) as setting) end""",
    "secret settings": Property(
        """case when f.proconfig is not null then
            (select string_agg(setting, ', ' order by setting collate "C")
            from unnest(f.proconfig) as setting
            where strpos(setting, '.') between 1 and strpos(setting, '=')) end""",
        secret=True,
    ),
}

FUNCTIONS = Kind(
    "functions",
    object=_NAME,
    properties={
        "kind": "case f.prokind when 'f' then 'function' when 'p' then 'procedure'"
        " else 'window function' end",
        **_COMMON,
        "arguments": "pg_get_function_arguments(f.oid)",  # the name is without their defaults
        "language": "l.lanname::text",
        # Compared, never shown: people write passwords into dblink calls. A body in standard SQL
        # leaves prosrc empty.
        "body": Property(
            "coalesce(pg_get_function_sqlbody(f.oid), f.prosrc)",
            since=140000,
            before="f.prosrc",
            secret=True,
        ),
        "library": "f.probin",
        "cost": "f.procost::text",
        "rows": "f.prorows::text",
        "support function": function("f.prosupport"),
        "transforms": """case when f.protrftypes is not null then
            (select string_agg(format_type(one.type, null), ', ' order by one.place)
            from unnest(f.protrftypes) with ordinality as one (type, place)) end""",
        "depends on extensions": "(select string_agg(quote_ident(e.extname), ', ' order by"
        ' e.extname collate "C") from pg_depend d join pg_extension e on e.oid = d.refobjid'
        " where d.classid = 'pg_proc'::regclass and d.objid = f.oid and d.deptype = 'x'"
        " and d.refclassid = 'pg_extension'::regclass)",
    },
    source=f"""
    from pg_proc f join spaces s on s.oid = f.pronamespace
    join pg_language l on l.oid = f.prolang
    {comment_on("pg_proc", "f.oid")} {member_of("pg_proc", "f.oid")}
    where f.prokind <> 'a' and f.prosrc not in (  -- these come and go with their type
        'range_constructor2', 'range_constructor3', 'multirange_constructor0',
        'multirange_constructor1', 'multirange_constructor2')
    """,
)

_MODIFIES: LiteralString = (
    "when 'r' then 'read only' when 's' then 'shareable' when 'w' then 'read write' end"
)

AGGREGATES = Kind(
    "aggregates",
    object=_NAME,
    properties={
        **_COMMON,
        "kind": "case a.aggkind when 'n' then 'normal' when 'o' then 'ordered set'"
        " when 'h' then 'hypothetical set' end",
        "direct arguments": "a.aggnumdirectargs::text",
        "transition function": function("a.aggtransfn"),
        "state type": type_name("a.aggtranstype"),
        "state size": "a.aggtransspace::text",
        "initial value": "quote_literal(a.agginitval)",
        "final function": function("a.aggfinalfn"),
        "final function extra": "a.aggfinalextra::text",
        "final function modifies": f"case a.aggfinalmodify {_MODIFIES}",
        "combine function": function("a.aggcombinefn"),
        "serial function": function("a.aggserialfn"),
        "deserial function": function("a.aggdeserialfn"),
        "moving transition function": function("a.aggmtransfn"),
        "moving inverse function": function("a.aggminvtransfn"),
        "moving state type": type_name("a.aggmtranstype"),
        "moving state size": "a.aggmtransspace::text",
        "moving initial value": "quote_literal(a.aggminitval)",
        "moving final function": function("a.aggmfinalfn"),
        "moving final function extra": "a.aggmfinalextra::text",
        "moving final function modifies": f"case a.aggmfinalmodify {_MODIFIES}",
        "sort operator": operator("a.aggsortop"),
    },
    source=f"""
    from pg_proc f join spaces s on s.oid = f.pronamespace
    join pg_aggregate a on a.aggfnoid = f.oid
    {comment_on("pg_proc", "f.oid")} {member_of("pg_proc", "f.oid")}
    """,
)

KINDS = (FUNCTIONS, AGGREGATES)
