"""Columns of tables and views."""

from __future__ import annotations

from checks.schema.catalog._parts import member_of, sorted_array
from checks.schema.catalog._references import COMMENT
from checks.schema.catalog.foreign import options, secret_options
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

# A column's place is told by the column before it, not by a number: a number counts dropped
# columns in a physical copy and not in a logical one, and one lost column would move all that
# follow.
#
# From 18 on NOT NULL is a constraint with a name, a comment and options of its own. Older servers
# have the mark alone, so that it is told here, with the column, and not among the constraints.
COLUMNS = Kind(
    "columns",
    object="a.relation || '.' || a.name",
    properties={
        PARENT: "a.relation",
        "after": "a.previous",
        "type": "format_type(a.atttypid, a.atttypmod)",
        "not null": Property(
            "case when needed.convalidated is false then 'not valid' else a.attnotnull::text end",
            since=180000,
            before="a.attnotnull::text",
        ),
        "not null inherited": Property(
            "case when needed.connoinherit then 'never' end", since=180000
        ),
        "not null comment": Property("needed.description", since=180000, secret=True),
        # A default refers to no column: without a table to look names up in, it is written faster.
        "default": "case when a.attgenerated = '' then pg_get_expr(d.adbin, 0) end",
        "generated": """case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid)
            || case a.attgenerated when 's' then ' stored' else ' virtual' end end""",
        # Its options are those of the sequence behind it, among the sequences.
        "identity": "case a.attidentity when 'a' then 'always' when 'd' then 'by default' end",
        "collation": """case when a.attcollation <> t.typcollation then
            quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end""",
        # None: the type's own, for this and the next two.
        "storage": """case when a.attstorage <> t.typstorage then
            case a.attstorage when 'p' then 'plain' when 'e' then 'external'
            when 'm' then 'main' else 'extended' end end""",
        "compression": Property(
            "case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end", since=140000
        ),
        # NULL for the default from 17 on, -1 before.
        "statistics target": "case when a.attstattarget >= 0 then a.attstattarget::text end",
        "options": Property(sorted_array("a.attoptions"), shown=True),
        "foreign options": options("a.attfdwoptions"),
        "secret foreign options": secret_options("a.attfdwoptions"),
        "acl": """case when a.attacl is not null then (
            select string_agg(item::text, ', ' order by item::text collate "C")
            from unnest(a.attacl) as item) end""",
        "comment": COMMENT,
        "inherited": """case when a.attinhcount > 0 then
            case when a.attislocal then 'and declared here' else 'yes' end end""",
        EXTENSION: "member.extension",
    },
    source=f"""
    from (
        select named.*,
               lag(named.name) over (partition by named.attrelid order by named.attnum) as previous
        from (
            select r.name as relation, quote_ident(att.attname) as name, att.*
            from pg_attribute att join relations r on r.oid = att.attrelid
            where r.relkind in ('r', 'p', 'f', 'v', 'm')
              and att.attnum > 0 and not att.attisdropped
            offset 0  -- so that a name is quoted once
        ) named
    ) a
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_collation co on co.oid = a.attcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    left join pg_description remark on remark.objoid = a.attrelid
        and remark.classoid = 'pg_class'::regclass and remark.objsubid = a.attnum
    left join (
        select k.conrelid, k.conkey[1] as attnum, k.convalidated, k.connoinherit, n.description
        from pg_constraint k left join pg_description n
            on n.objoid = k.oid and n.classoid = 'pg_constraint'::regclass
        where k.contype = 'n' and k.conrelid <> 0
    ) needed on needed.conrelid = a.attrelid and needed.attnum = a.attnum
    {member_of("pg_class", "a.attrelid")}
    """,
)
