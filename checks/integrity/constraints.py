"""Every constraint holds for all rows there are, and for those to come (R37).

A constraint that is NOT VALID, NOT ENFORCED (18) or whose triggers are disabled is carried over by
a restore just as it is (row 18 of docs/restores-that-lie.md); ``session_replication_role =
replica`` left behind by a migration switches off every foreign key in silence. Whether the rows
hold is `checks.integrity.orphans` and `checks.integrity.rows`.
"""

from __future__ import annotations

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.constraints"


def check_constraints(shared: SharedSnapshot) -> Judgement:
    """``integrity.constraints.validated``, ``.enforced``, ``.enabled``, ``.replication_role``."""
    return Judgement.all(
        judged(shared, f"{CHECK}.{name}", "constraints", judge)
        for name, judge in {
            "validated": lambda cursor: _validated(cursor, shared.server_version),
            "enforced": lambda cursor: _enforced(cursor, shared.server_version),
            "enabled": _enabled,
            "replication_role": _replication_role,
        }.items()
    )


_NAMED = """
    select k.*, format('%I.%I.%I', n.nspname, coalesce(c.relname, t.typname), k.conname) as name
    from pg_constraint k
    left join pg_class c on c.oid = k.conrelid
    left join pg_type t on t.oid = k.contypid
    join pg_namespace n on n.oid = coalesce(c.relnamespace, t.typnamespace)
    where n.nspname !~ '^pg_|^information_schema$'
"""


def _validated(cursor: RowCursor, version: int) -> Judgement:
    # What is not enforced is not validated either: it is told once, as not enforced.
    enforced = "and k.conenforced" if version >= 180000 else ""
    cursor.execute(
        f"""
        with named as ({_NAMED})
        select k.name, k.contype = 'f'
        from named k
        where not k.convalidated {enforced}
          and not exists (  -- told with the constraint of the parent that it comes from
            select from pg_inherits h
            join pg_constraint p on p.conrelid = h.inhparent and not p.convalidated
            where h.inhrelid = k.conrelid
              and (p.oid = k.conparentid
                   or k.coninhcount > 0 and p.conname = k.conname and p.contype = k.contype))
        order by 1
        """  # noqa: S608 # constants of ours
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.validated",
                name,
                True,
                False,
                "Delete or mend the orphans, then ALTER TABLE … VALIDATE CONSTRAINT: rows from"
                " before it were never checked."
                if foreign
                else "Mend the rows that violate it, then ALTER … VALIDATE CONSTRAINT: rows from"
                " before it were never checked.",
            )
            for name, foreign in cursor
        )
    )


def _enforced(cursor: RowCursor, version: int) -> Judgement:
    if version < 180000:
        return Judgement()
    cursor.execute(
        f"""
        with named as ({_NAMED})
        select k.name from named k
        where not k.conenforced and k.conparentid = 0 and k.conislocal
        order by 1
        """  # noqa: S608 # a constant of ours
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.enforced",
                name,
                True,
                False,
                "ALTER TABLE … ALTER CONSTRAINT … ENFORCED, or waive it where the application"
                " wants it so.",
            )
            for (name,) in cursor
        )
    )


def _enabled(cursor: RowCursor) -> Judgement:
    # 'O' fires for origin sessions, 'A' always; 'D' never, 'R' only where changes are replicated.
    cursor.execute(
        f"""
        with named as ({_NAMED}),
        silent as (
            select t.tgconstraint as oid,
                   count(*) filter (where t.tgenabled in ('D', 'R')) as disabled
            from pg_trigger t
            where t.tgisinternal and t.tgconstraint <> 0
            group by 1
            having bool_or(t.tgenabled in ('D', 'R'))
        )
        select k.name, sum(s.disabled)::int
        from silent s join named k on k.oid = s.oid
        where not exists (select from silent p where p.oid = k.conparentid)
        group by 1 order by 1
        """  # noqa: S608 # a constant of ours
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.enabled",
                name,
                "every trigger enabled",
                f"{disabled} disabled",
                "ALTER TABLE … ENABLE TRIGGER ALL on both of its tables, then look for the rows"
                " that came in meanwhile: it is not enforced.",
            )
            for name, disabled in cursor
        )
    )


def _replication_role(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select case when s.setdatabase <> 0 then format('database %I', d.datname) else '' end
               || case when s.setdatabase <> 0 and s.setrole <> 0 then ', ' else '' end
               || case when s.setrole <> 0 then format('role %I', r.rolname) else '' end,
               split_part(c, '=', 2)
        from pg_db_role_setting s
        cross join unnest(s.setconfig) as c
        left join pg_database d on d.oid = s.setdatabase
        left join pg_roles r on r.oid = s.setrole
        where c like 'session_replication_role=%' and c <> 'session_replication_role=origin'
          and (s.setdatabase = 0 or d.datname = current_database())
        union all
        select 'server', reset_val from pg_settings
        where name = 'session_replication_role' and reset_val <> 'origin'
          and source in ('configuration file', 'command line')
        order by 1
        """
    )
    return Judgement(
        tuple(
            Finding(
                f"{CHECK}.replication_role",
                subject,
                "origin",
                role,
                "Reset session_replication_role there: foreign keys and triggers are off in every"
                " session that starts with it.",
            )
            for subject, role in cursor
        )
    )
