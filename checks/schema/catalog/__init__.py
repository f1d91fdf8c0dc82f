"""The table of object kinds: for each, the query that renders its objects by name.

A query returns rows ``(object, property, value)``, all text: one row per object and property,
always the same properties for every object of the kind, no object identifier (OID) anywhere, for
a restored copy may have other ones. It runs in a snapshot pinned by `checks.database.snapshot`,
may use ``spaces`` (the schemas that are compared: ``oid``, ``nspname``), and needs no privilege
beyond the public catalogs.

An object that belongs to a table says so in a property called ``table``: when the table is
missing, its columns and indexes are told with it instead of one by one.

A new kind is a new row of `KINDS` and a new row of ``tests/sabotage``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

PARENT = "table"
"""The property that names the table an object belongs to."""

SPACES = """
with spaces as (
    select oid, nspname from pg_namespace
    where nspname !~ %(system)s and nspname <> all (%(left_out)s)
)
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: `name` in the plural, as the check ``schema.<name>`` says it."""

    name: str
    sql: LiteralString


SCHEMAS = Kind(
    "schemas",
    """
    select format('%%I', s.nspname), p.property, p.value
    from spaces s join pg_namespace n on n.oid = s.oid,
    lateral (values ('owner', pg_get_userbyid(n.nspowner)::text)) as p (property, value)
    """,
)

EXTENSIONS = Kind(
    "extensions",
    """
    select format('%%I', e.extname), p.property, p.value
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace,
    lateral (values
        ('version', e.extversion),
        ('schema', format('%%I', n.nspname)),
        ('owner', pg_get_userbyid(e.extowner)::text)
    ) as p (property, value)
    """,
)

TYPES = Kind(
    "types",
    """
    select format('%%I.%%I', s.nspname, t.typname), p.property, p.value
    from pg_type t join spaces s on s.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid,
    lateral (values
        ('kind', case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then
                 'composite' when 'r' then 'range' when 'm' then 'multirange' when 'b' then 'base'
                 else t.typtype::text end),
        ('owner', pg_get_userbyid(t.typowner)::text),
        ('labels', (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder)
                    from pg_enum where enumtypid = t.oid)),
        ('attributes', (select string_agg(format('%%I %%s', a.attname,
                                                 format_type(a.atttypid, a.atttypmod)),
                                          ', ' order by a.attnum)
                        from pg_attribute a where a.attrelid = t.typrelid
                        and a.attnum > 0 and not a.attisdropped)),
        ('base type', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end),
        ('not null', t.typnotnull::text),
        ('default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault))
    ) as p (property, value)
    where t.typtype in ('e', 'd', 'c', 'r')
      and (t.typrelid = 0 or c.relkind = 'c')  -- not the row types that come with every table
    """,
)

TABLES = Kind(
    "tables",
    """
    select format('%%I.%%I', s.nspname, c.relname), p.property, p.value
    from pg_class c join spaces s on s.oid = c.relnamespace
    left join pg_am am on am.oid = c.relam,
    lateral (values
        ('kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned table'
                 else 'foreign table' end),
        ('persistence', case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged'
                        else c.relpersistence::text end),
        ('owner', pg_get_userbyid(c.relowner)::text),
        ('access method', am.amname::text),
        ('options', (select string_agg(o, ', ' order by o) from unnest(c.reloptions) as o)),
        ('partition key', pg_get_partkeydef(c.oid)),
        ('partition bound', pg_get_expr(c.relpartbound, c.oid)),
        ('parents', (select string_agg(format('%%I.%%I', pn.nspname, pc.relname), ', '
                                       order by i.inhseqno)
                     from pg_inherits i join pg_class pc on pc.oid = i.inhparent
                     join pg_namespace pn on pn.oid = pc.relnamespace
                     where i.inhrelid = c.oid)),
        ('row security', c.relrowsecurity::text),
        ('row security forced', c.relforcerowsecurity::text),
        ('replica identity', case c.relreplident when 'd' then 'default' when 'n' then 'nothing'
                             when 'f' then 'full' else 'index' end)
    ) as p (property, value)
    where c.relkind in ('r', 'p', 'f')
    """,
)

# A column's place is told by the column before it, not by a number: a number counts dropped
# columns in a physical copy and not in a logical one, and one lost column would move all that
# follow.
COLUMNS = Kind(
    "columns",
    """
    select format('%%I.%%I.%%I', a.nspname, a.relname, a.attname), p.property, p.value
    from (
        select s.nspname, c.relname, att.*,
               lag(att.attname) over (partition by c.oid order by att.attnum) as previous
        from pg_attribute att
        join pg_class c on c.oid = att.attrelid
        join spaces s on s.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'f', 'v', 'm') and att.attnum > 0 and not att.attisdropped
    ) a
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_collation co on co.oid = a.attcollation
    left join pg_namespace cn on cn.oid = co.collnamespace,
    lateral (values
        ('table', format('%%I.%%I', a.nspname, a.relname)),
        ('after', quote_ident(a.previous)),
        ('type', format_type(a.atttypid, a.atttypmod)),
        ('not null', a.attnotnull::text),
        ('default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end),
        ('generated', case when a.attgenerated <> '' then
            pg_get_expr(d.adbin, d.adrelid)
            || case a.attgenerated when 's' then ' stored' else ' virtual' end end),
        ('identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end),
        ('collation', case when a.attcollation <> t.typcollation then
            format('%%I.%%I', cn.nspname, co.collname) end),
        ('inherited', (not a.attislocal)::text)
    ) as p (property, value)
    """,
)

# The suffixes become properties of their own, so that one fault is one finding. A foreign key is
# kept by triggers, which ALTER TABLE … DISABLE TRIGGER ALL switches off while it still says
# "validated".
CONSTRAINTS = Kind(
    "constraints",
    """
    select format('%%I.%%I.%%I', s.nspname, coalesce(c.relname, t.typname), k.conname),
           p.property, p.value
    from pg_constraint k
    left join pg_class c on c.oid = k.conrelid
    left join pg_type t on t.oid = k.contypid
    join spaces s on s.oid = coalesce(c.relnamespace, t.typnamespace),
    lateral (values
        ('table', case when c.oid is not null then format('%%I.%%I', s.nspname, c.relname) end),
        ('definition', regexp_replace(pg_get_constraintdef(k.oid),
                                      '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT VALID)?$', '')),
        ('validated', k.convalidated::text),
        ('deferrable', case when k.condeferred then 'initially deferred'
                       when k.condeferrable then 'initially immediate' else 'no' end),
        ('triggers', (select string_agg(distinct
                          case g.tgenabled when 'O' then 'enabled' when 'D' then 'disabled'
                          when 'R' then 'replica only' when 'A' then 'always' end, ', ')
                      from pg_trigger g where g.tgconstraint = k.oid and g.tgisinternal))
    ) as p (property, value)
    """,
)

INDEXES = Kind(
    "indexes",
    """
    select format('%%I.%%I', s.nspname, c.relname), p.property, p.value
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join spaces s on s.oid = c.relnamespace
    join pg_class tc on tc.oid = i.indrelid
    join pg_namespace tn on tn.oid = tc.relnamespace,
    lateral (values
        ('table', format('%%I.%%I', tn.nspname, tc.relname)),
        ('definition', pg_get_indexdef(i.indexrelid)),
        ('valid', i.indisvalid::text),
        ('ready', i.indisready::text),
        ('live', i.indislive::text),
        ('primary', i.indisprimary::text),
        ('clustered', i.indisclustered::text),
        ('replica identity', i.indisreplident::text),
        ('partition of', (select format('%%I.%%I', pn.nspname, pc.relname)
                          from pg_inherits h join pg_class pc on pc.oid = h.inhparent
                          join pg_namespace pn on pn.oid = pc.relnamespace
                          where h.inhrelid = i.indexrelid))
    ) as p (property, value)
    """,
)

# What a sequence will give out next is no part of its definition: a physical restore runs ahead,
# which is safe (restores-that-lie 15), so positions are judged by safety, elsewhere.
SEQUENCES = Kind(
    "sequences",
    """
    select format('%%I.%%I', s.nspname, c.relname), p.property, p.value
    from pg_sequence q join pg_class c on c.oid = q.seqrelid
    join spaces s on s.oid = c.relnamespace
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class tc on tc.oid = d.refobjid
    left join pg_namespace tn on tn.oid = tc.relnamespace
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid,
    lateral (values
        ('table', case when tc.oid is not null then format('%%I.%%I', tn.nspname, tc.relname) end),
        ('owned by', case when tc.oid is not null then format('%%I.%%I.%%I', tn.nspname, tc.relname,
                                                              a.attname) end),
        ('owner', pg_get_userbyid(c.relowner)::text),
        ('persistence', case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged'
                        else c.relpersistence::text end),
        ('type', format_type(q.seqtypid, null)),
        ('start', q.seqstart::text),
        ('increment', q.seqincrement::text),
        ('minimum', q.seqmin::text),
        ('maximum', q.seqmax::text),
        ('cache', q.seqcache::text),
        ('cycle', q.seqcycle::text)
    ) as p (property, value)
    """,
)

VIEWS = Kind(
    "views",
    """
    select format('%%I.%%I', s.nspname, c.relname), p.property, p.value
    from pg_class c join spaces s on s.oid = c.relnamespace,
    lateral (values
        ('kind', case c.relkind when 'v' then 'view' else 'materialised view' end),
        ('owner', pg_get_userbyid(c.relowner)::text),
        ('definition', pg_get_viewdef(c.oid)),
        ('options', (select string_agg(o, ', ' order by o) from unnest(c.reloptions) as o)),
        ('populated', c.relispopulated::text)
    ) as p (property, value)
    where c.relkind in ('v', 'm')
    """,
)

TRIGGERS = Kind(
    "triggers",
    """
    select format('%%I.%%I.%%I', s.nspname, c.relname, g.tgname), p.property, p.value
    from pg_trigger g join pg_class c on c.oid = g.tgrelid
    join spaces s on s.oid = c.relnamespace,
    lateral (values
        ('table', format('%%I.%%I', s.nspname, c.relname)),
        ('definition', pg_get_triggerdef(g.oid)),
        ('enabled', case g.tgenabled when 'O' then 'enabled' when 'D' then 'disabled'
                    when 'R' then 'replica only' when 'A' then 'always' end)
    ) as p (property, value)
    where not g.tgisinternal
    """,
)

# A function's text is compared, never shown: people write passwords into dblink calls. A body in
# standard SQL (14 and later) leaves prosrc empty and is rendered by pg_get_functiondef.
FUNCTIONS = Kind(
    "functions",
    """
    select format('%%I.%%I(%%s)', s.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
           p.property, p.value
    from pg_proc f join spaces s on s.oid = f.pronamespace
    join pg_language l on l.oid = f.prolang,
    lateral (values
        ('kind', case f.prokind when 'f' then 'function' when 'p' then 'procedure'
                 when 'a' then 'aggregate' else 'window function' end),
        ('owner', pg_get_userbyid(f.proowner)::text),
        ('arguments', pg_get_function_arguments(f.oid)),
        ('result', pg_get_function_result(f.oid)),
        ('language', l.lanname::text),
        ('body', 'sha256 ' || left(encode(sha256(convert_to(
            case when f.prosrc = '' and f.prokind <> 'a' then pg_get_functiondef(f.oid)
            else f.prosrc end, 'UTF8')), 'hex'), 16)),
        ('volatility', case f.provolatile when 'i' then 'immutable' when 's' then 'stable'
                       else 'volatile' end),
        ('security definer', f.prosecdef::text),
        ('strict', f.proisstrict::text),
        ('leakproof', f.proleakproof::text),
        ('parallel', case f.proparallel when 's' then 'safe' when 'r' then 'restricted'
                     else 'unsafe' end),
        ('settings', array_to_string(f.proconfig, ', '))
    ) as p (property, value)
    """,
)

KINDS: tuple[Kind, ...] = (
    SCHEMAS,
    EXTENSIONS,
    TYPES,
    TABLES,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    SEQUENCES,
    VIEWS,
    TRIGGERS,
    FUNCTIONS,
)
"""In the order of findings: what holds others comes first."""
