"""Views and materialised views, and the rewrite rules on tables and views."""

from __future__ import annotations

from checks.schema.catalog._parts import acl, comment_on, fires, member_of, sorted_array, yes
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

VIEWS = Kind(
    "views",
    object="r.name",
    properties={
        "kind": "case c.relkind when 'v' then 'view' else 'materialised view' end",
        "owner": "pg_get_userbyid(c.relowner)::text",
        "acl": acl("c.relacl", "r", "c.relowner"),
        "comment": COMMENT,
        "definition": "pg_get_viewdef(c.oid)",
        "options": Property(sorted_array("c.reloptions"), shown=True),
        "toast options": Property(sorted_array("toast.reloptions"), shown=True),
        "populated": yes("c.relispopulated"),
        "access method": "method.amname::text",
        "tablespace": "quote_ident(place.spcname)",
        "clustered on": "clustered.name",
        EXTENSION: "member.extension",
    },
    source=f"""
    from relations r
    join pg_class c on c.oid = r.oid
    left join pg_am method on method.oid = c.relam
    left join pg_tablespace place on place.oid = c.reltablespace
    left join pg_class toast on toast.oid = c.reltoastrelid and c.reltoastrelid <> 0
    left join (
        select i.indrelid, string_agg(quote_ident(ic.relname), ', ' order by ic.relname) as name
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indisclustered group by i.indrelid
    ) clustered on clustered.indrelid = c.oid
    {comment_on("pg_class", "c.oid")}
    {member_of("pg_class", "c.oid")}
    where r.relkind in ('v', 'm')
    """,
)

# The rule that makes a view is the view's definition.
RULES = Kind(
    "rules",
    object="r.name || '.' || quote_ident(w.rulename)",
    properties={
        PARENT: "r.name",
        "definition": "pg_get_ruledef(w.oid)",
        "enabled": fires("w.ev_enabled"),
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_rewrite w join relations r on r.oid = w.ev_class
    {comment_on("pg_rewrite", "w.oid")}
    {member_of("pg_class", "r.oid")}
    where w.rulename <> '_RETURN'
    """,
)
