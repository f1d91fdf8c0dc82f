"""Enums, composites, domains, ranges and base types.

Left out are the types that come with something else: row types of tables, array types, and the
multirange of a range, which is a property of it. Check constraints of domains are constraints.
"""

from __future__ import annotations

from typing import LiteralString

from checks.schema.catalog._parts import acl, comment_on, member_of
from checks.schema.catalog._references import (
    COMMENT,
    MEMBER,
    collation_name,
    function,
    owner,
    type_name,
)
from checks.schema.kind import EXTENSION, Kind, Property


def _of_base(expression: LiteralString) -> LiteralString:
    """Only base types have it; on others the server fills the column with what it derives."""
    return f"case when t.typtype = 'b' then {expression} end"


TYPES = Kind(
    "types",
    object="format('%I.%I', s.nspname, t.typname)",
    properties={
        "kind": "case when not t.typisdefined then 'shell' else case t.typtype when 'e' then 'enum'"
        " when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'"
        " when 'b' then 'base' else t.typtype::text end end",
        "owner": owner("t.typowner"),
        "acl": acl("t.typacl", "T", "t.typowner"),
        "comment": COMMENT,
        EXTENSION: MEMBER,
        # Which values there are is what an enum is: labels are names, as columns are.
        "labels": Property(
            "(select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder)"
            " from pg_enum where enumtypid = t.oid)",
            shown=True,
        ),
        "attributes": "(select string_agg(format('%I %s', a.attname, format_type(a.atttypid,"
        " a.atttypmod)) || case when a.attcollation <> of.typcollation then ' collate ' ||"
        f" {collation_name('a.attcollation')} else '' end, ', ' order by a.attnum)"
        " from pg_attribute a join pg_type of on of.oid = a.atttypid"
        " where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0"
        " and not a.attisdropped)",
        "attribute comments": Property(
            "(select string_agg(format('%I: %s', a.attname, ac.description),"
            " ', ' order by a.attnum) from pg_attribute a join pg_description ac"
            " on ac.classoid = 'pg_class'::regclass and ac.objoid = a.attrelid"
            " and ac.objsubid = a.attnum where t.typtype = 'c' and a.attrelid = t.typrelid"
            " and not a.attisdropped)",
            secret=True,
        ),
        "base type": "case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end",
        "not null": "t.typnotnull::text",
        "default": "coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault))",
        "collation": "case when t.typtype = 'd' and t.typcollation <> (select b.typcollation"
        f" from pg_type b where b.oid = t.typbasetype) then {collation_name('t.typcollation')} end",
        "subtype": type_name("r.rngsubtype"),
        "subtype operator class": "(select format('%I.%I', n.nspname, o.opcname)"
        " from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace"
        " where o.oid = r.rngsubopc)",
        "subtype collation": collation_name("r.rngcollation"),
        "canonical function": function("r.rngcanonical"),
        "difference function": function("r.rngsubdiff"),
        # Older servers have none: what CREATE TYPE would call it (makeMultirangeTypeName).
        "multirange": Property(
            type_name("r.rngmultitypid"),
            since=140000,
            before="case when t.typtype = 'r' then format('%I.%I', s.nspname,"
            " case when t.typname ~ 'range' then regexp_replace(t.typname, 'range', 'multirange')"
            " else t.typname || '_multirange' end) end",
        ),
        "input": _of_base(function("t.typinput")),
        "output": _of_base(function("t.typoutput")),
        "receive": _of_base(function("t.typreceive")),
        "send": _of_base(function("t.typsend")),
        "modifier input": _of_base(function("t.typmodin")),
        "modifier output": _of_base(function("t.typmodout")),
        "analyze": _of_base(function("t.typanalyze")),
        "subscript": Property(_of_base(function("t.typsubscript")), since=140000),
        "length": _of_base("t.typlen::text"),
        "by value": _of_base("t.typbyval::text"),
        "alignment": _of_base("t.typalign::text"),
        "storage": _of_base("t.typstorage::text"),
        "delimiter": _of_base("t.typdelim::text"),
        "category": _of_base("t.typcategory::text"),
        "preferred": _of_base("t.typispreferred::text"),
        "element": _of_base(type_name("t.typelem")),
        "collatable": _of_base("(t.typcollation <> 0)::text"),
    },
    source=f"""
    from pg_type t join spaces s on s.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid
    left join pg_range r on r.rngtypid = t.oid
    {comment_on("pg_type", "t.oid")} {member_of("pg_type", "t.oid")}
    where t.typtype <> 'm' and (t.typrelid = 0 or c.relkind = 'c')
      and t.typinput <> 'array_in'::regproc
    """,
)

KINDS = (TYPES,)
