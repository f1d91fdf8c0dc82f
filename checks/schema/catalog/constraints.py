"""Constraints of tables and domains; NOT NULL is told with the columns."""

from __future__ import annotations

from checks.schema.catalog._parts import comment_on, fires, yes
from checks.schema.catalog._references import COMMENT
from checks.schema.kind import EXTENSION, PARENT, Kind, Property

STATES = f"""case when min({fires("g.tgenabled")}) = max({fires("g.tgenabled")})
    then min({fires("g.tgenabled")})
    else string_agg(f.proname || ' ' || {fires("g.tgenabled")}, ', ' order by f.proname) end"""
"""What the triggers of a constraint do: one word for all of them, or each by its function."""

# The suffixes of a definition are properties of their own, so that one fault is one finding.
#
# A foreign key is kept by triggers, which ALTER TABLE … DISABLE TRIGGER ALL switches off while it
# still says "validated": those of the table that refers check what is written there, those of the
# table that is referred to check what is deleted or changed there. Where that one is partitioned
# the server makes a constraint more for each partition, under a name of its own choice; they follow
# from the first (conparentid), but their triggers can be switched off one by one.
CONSTRAINTS = Kind(
    "constraints",
    object="k.owner || '.' || quote_ident(k.conname)",
    properties={
        PARENT: "k.relation",
        "definition": """regexp_replace(pg_get_constraintdef(k.oid),
            '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT ENFORCED)?( NOT VALID)?$', '')""",
        "validated": yes("k.convalidated"),
        "enforced": Property(yes("k.conenforced"), since=180000, before="'true'"),
        "deferrable": """case when k.condeferred then 'initially deferred'
            when k.condeferrable then 'initially immediate' else 'no' end""",
        "inherited": """case when k.coninhcount > 0 then
            case when k.conislocal then 'and declared here' else 'yes' end end""",
        "triggers": "own.states",
        "referenced triggers": "referenced.states",
        "comment": COMMENT,
        EXTENSION: "coalesce(of_table.extension, of_type.extension)",
    },
    source=f"""
    from (
        select r.name as owner, r.name as relation, k.*
        from pg_constraint k join relations r on r.oid = k.conrelid
        where k.contype <> 'n'
          and not exists (select from pg_constraint parent where k.contype = 'f'
                          and parent.oid = k.conparentid and parent.conrelid = k.conrelid)
        union all
        select s.name || '.' || quote_ident(t.typname), null, k.*
        from pg_constraint k join pg_type t on t.oid = k.contypid
        join spaces s on s.oid = t.typnamespace
        where k.contype <> 'n'
    ) k
    left join (
        select g.tgconstraint, {STATES} as states
        from pg_trigger g join pg_proc f on f.oid = g.tgfoid
        where g.tgisinternal and f.proname !~ '^RI_FKey_.*_(del|upd)$'
           or g.tgisinternal and f.proname = 'RI_FKey_check_upd'
        group by g.tgconstraint
    ) own on own.tgconstraint = k.oid
    left join (
        select kin.root, {STATES} as states
        from (
            with recursive kin as (
                select oid as root, oid, conrelid from pg_constraint where contype = 'f'
                union all
                select kin.root, part.oid, part.conrelid
                from kin join pg_constraint part on part.conparentid = kin.oid
                    and part.conrelid = kin.conrelid and part.contype = 'f'
            )
            select root, oid from kin
        ) kin
        join pg_trigger g on g.tgconstraint = kin.oid and g.tgisinternal
        join pg_proc f on f.oid = g.tgfoid
        where f.proname ~ '^RI_FKey_.*_(del|upd)$' and f.proname <> 'RI_FKey_check_upd'
        group by kin.root
    ) referenced on referenced.root = k.oid
    {comment_on("pg_constraint", "k.oid")}
    left join members of_table on of_table.objid = k.conrelid
        and of_table.classid = 'pg_class'::regclass and k.conrelid <> 0
    left join members of_type on of_type.objid = k.contypid
        and of_type.classid = 'pg_type'::regclass and k.contypid <> 0
    """,
)
