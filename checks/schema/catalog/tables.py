"""Tables: ordinary, partitioned and foreign ones, and the policies on their rows."""

from __future__ import annotations

from checks.schema.catalog._parts import acl, comment_on, member_of, persistence, sorted_array, yes
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

TABLES = Kind(
    "tables",
    object="r.name",
    properties={
        "kind": """case c.relkind when 'r' then 'table' when 'p' then 'partitioned table'
            else 'foreign table' end""",
        "owner": "pg_get_userbyid(c.relowner)::text",
        "acl": acl("c.relacl", "r", "c.relowner"),
        "comment": COMMENT,
        "persistence": persistence("c.relpersistence"),
        # Partitioned tables have one from 17 on, and only where it was named.
        "access method": "method.amname::text",
        "options": Property(sorted_array("c.reloptions"), shown=True),
        "toast options": Property(sorted_array("toast.reloptions"), shown=True),
        # None: the database's own, whatever that is called.
        "tablespace": "quote_ident(place.spcname)",
        "of type": """case when c.reloftype <> 0 then format_type(c.reloftype, null) end""",
        "partition key": "case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end",
        "partition bound": "pg_get_expr(c.relpartbound, c.oid)",
        "parents": """case when c.relispartition or child.inhrelid is not null then (
            select string_agg(parent.name, ', ' order by i.inhseqno)
            from pg_inherits i join relations parent on parent.oid = i.inhparent
            where i.inhrelid = c.oid) end""",
        "row security": yes("c.relrowsecurity"),
        "row security forced": yes("c.relforcerowsecurity"),
        "replica identity": """case c.relreplident when 'd' then 'default' when 'n' then 'nothing'
            when 'f' then 'full' else 'index ' || coalesce(identity.name, 'that is gone') end""",
        "clustered on": "clustered.name",
        EXTENSION: "member.extension",
    },
    source=f"""
    from relations r
    join pg_class c on c.oid = r.oid
    left join pg_am method on method.oid = c.relam
    left join pg_tablespace place on place.oid = c.reltablespace
    left join pg_class toast on toast.oid = c.reltoastrelid and c.reltoastrelid <> 0
    left join (select distinct inhrelid from pg_inherits) child on child.inhrelid = c.oid
    left join (
        select i.indrelid, string_agg(quote_ident(ic.relname), ', ' order by ic.relname) as name
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indisreplident group by i.indrelid
    ) identity on identity.indrelid = c.oid and c.relreplident = 'i'
    left join (
        select i.indrelid, string_agg(quote_ident(ic.relname), ', ' order by ic.relname) as name
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indisclustered group by i.indrelid
    ) clustered on clustered.indrelid = c.oid
    {comment_on("pg_class", "c.oid")}
    {member_of("pg_class", "c.oid")}
    where r.relkind in ('r', 'p', 'f')
    """,
)

POLICIES = Kind(
    "policies",
    object="r.name || '.' || quote_ident(p.polname)",
    properties={
        PARENT: "r.name",
        "command": """case p.polcmd when 'r' then 'select' when 'a' then 'insert'
            when 'w' then 'update' when 'd' then 'delete' else 'all' end""",
        "permissive": yes("p.polpermissive"),
        "roles": """(select string_agg(role.name, ', ' order by role.name collate "C")
            from (select case when oid = 0 then 'public' else quote_ident(pg_get_userbyid(oid)) end
                  as name from unnest(p.polroles) as oid) role)""",
        "using": "pg_get_expr(p.polqual, p.polrelid)",
        "check": "pg_get_expr(p.polwithcheck, p.polrelid)",
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_policy p join relations r on r.oid = p.polrelid
    {comment_on("pg_policy", "p.oid")}
    {member_of("pg_class", "r.oid")}
    """,
)
