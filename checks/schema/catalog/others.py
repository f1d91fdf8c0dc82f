# ruff: noqa: E501
"""Kinds that are still in their first form."""

from __future__ import annotations

from checks.schema.kind import Kind

EXTENSIONS = Kind(
    "extensions",
    object="format('%I', e.extname)",
    properties={
        "version": """e.extversion""",
        "schema": """format('%I', n.nspname)""",
        "owner": """pg_get_userbyid(e.extowner)::text""",
    },
    source="""
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    """,
)

TYPES = Kind(
    "types",
    object="format('%I.%I', s.nspname, t.typname)",
    properties={
        "kind": """case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range' when 'm' then 'multirange' when 'b' then 'base' else t.typtype::text end""",
        "owner": """pg_get_userbyid(t.typowner)::text""",
        "labels": """(select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid)""",
        "attributes": """(select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)""",
        "base type": """case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end""",
        "not null": """t.typnotnull::text""",
        "default": """coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault)""",
    },
    source="""
    from pg_type t join spaces s on s.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid
    where t.typtype in ('e', 'd', 'c', 'r')
      and (t.typrelid = 0 or c.relkind = 'c')  -- not the row types that come with every table
    """,
)

FUNCTIONS = Kind(
    "functions",
    object="format('%I.%I(%s)', s.nspname, f.proname, pg_get_function_identity_arguments(f.oid))",
    properties={
        "kind": """case f.prokind when 'f' then 'function' when 'p' then 'procedure' when 'a' then 'aggregate' else 'window function' end""",
        "owner": """pg_get_userbyid(f.proowner)::text""",
        "arguments": """pg_get_function_arguments(f.oid)""",
        "result": """pg_get_function_result(f.oid)""",
        "language": """l.lanname::text""",
        "body": """'sha256 ' || left(encode(sha256(convert_to( case when f.prosrc = '' and f.prokind <> 'a' then pg_get_functiondef(f.oid) else f.prosrc end, 'UTF8')), 'hex'), 16)""",
        "volatility": """case f.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end""",
        "security definer": """f.prosecdef::text""",
        "strict": """f.proisstrict::text""",
        "leakproof": """f.proleakproof::text""",
        "parallel": """case f.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end""",
        "settings": """array_to_string(f.proconfig, ', ')""",
    },
    source="""
    from pg_proc f join spaces s on s.oid = f.pronamespace
    join pg_language l on l.oid = f.prolang
    """,
)
