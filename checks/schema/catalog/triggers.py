"""Triggers of tables and views, and event triggers."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, fires, member_of
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind

# The triggers behind constraints are told with those. On a partition, the copy of its parent's
# trigger is marked as internal up to 14, although it can be switched off by itself.
TRIGGERS = Kind(
    "triggers",
    object="r.name || '.' || quote_ident(g.tgname)",
    properties={
        PARENT: "r.name",
        "definition": "pg_get_triggerdef(g.oid)",
        "enabled": fires("g.tgenabled"),
        "partition of": "parent.name",
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_trigger g
    join relations r on r.oid = g.tgrelid
    left join pg_constraint k on k.oid = g.tgconstraint and g.tgconstraint <> 0
    left join (
        select p.oid, pr.name || '.' || quote_ident(p.tgname) as name
        from pg_trigger p join relations pr on pr.oid = p.tgrelid
    ) parent on parent.oid = g.tgparentid and g.tgparentid <> 0
    {comment_on("pg_trigger", "g.oid")}
    {member_of("pg_class", "r.oid")}
    where not g.tgisinternal
       or g.tgparentid <> 0 and coalesce(k.contype, 't') = 't'
    """,
)

EVENT_TRIGGERS = Kind(
    "event triggers",
    object="quote_ident(e.evtname)",
    properties={
        "owner": "pg_get_userbyid(e.evtowner)::text",
        "event": "e.evtevent::text",
        "enabled": fires("e.evtenabled"),
        "tags": """(select string_agg(tag, ', ' order by tag collate "C")
            from unnest(e.evttags) as tag)""",
        "function": "quote_ident(fs.nspname) || '.' || quote_ident(f.proname)",
        "comment": COMMENT,
        EXTENSION: "member.extension",
    },
    source=f"""
    from pg_event_trigger e
    join pg_proc f on f.oid = e.evtfoid
    join pg_namespace fs on fs.oid = f.pronamespace
    {comment_on("pg_event_trigger", "e.oid")}
    {member_of("pg_event_trigger", "e.oid")}
    """,
)
