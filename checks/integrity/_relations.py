"""Every relation of a database that has storage or an index, by a name that survives a restore."""

from __future__ import annotations

from typing import LiteralString

RELATIONS: LiteralString = """
    named as (
        select c.oid, c.relkind, c.relpersistence, c.relpages, c.relam,
               c.relfrozenxid, c.relminmxid,
               format('%I.%I', n.nspname, c.relname) as sql_name,
               case when t.oid is null then format('%I.%I', n.nspname, c.relname)
                    else format('%I.%I', tn.nspname, t.relname)
                        || case when c.relkind = 't' then ' (TOAST)' else ' (TOAST index)' end
               end as name
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_index x on x.indexrelid = c.oid
        left join (pg_class t join pg_namespace tn on tn.oid = t.relnamespace)
            on t.reltoastrelid = coalesce(x.indrelid, c.oid)
        where c.relpersistence <> 't'
    )"""
"""A common table expression ``named``. The server's own relations are among them: an index of a
catalog breaks like any other.

name      as a report says it. A TOAST table's own name is made of an object identifier, which a
          logical restore changes; it is named by its table: ``core.granules (TOAST)``
sql_name  as SQL says it. What is looked up by it and was dropped meanwhile is refused as undefined
          (42P01); looked up by its OID it would be an internal error, and taken for damage

Temporary relations are left out: they belong to other sessions. No ``%`` is doubled: pass no
parameters with it.
"""
