"""Whose functions the conditions and indexes of a database call, and whether we may run them.

To apply a CHECK or to compute an index's expression is to run the functions in it, with the rights
of whoever asks. A read-only transaction keeps them from writing to the database; it does not keep
a superuser's from running a program (``COPY … TO PROGRAM``). So a login with such rights runs
nobody's code but its own and that of superusers, and the rest is a gap: another login can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from checks.database import RowCursor
from checks.integrity._judging import listed

Catalog = Literal["pg_constraint", "pg_class"]

UserCode = Mapping[tuple[Catalog, int], str]
"""(catalog, oid) of a constraint, an index or a partitioned table → the functions in it that this
login should not run, as a reason for a gap. Whatever is not in it may be asked."""


def user_code(cursor: RowCursor) -> UserCode:
    """All of them; empty for a login that could do no harm outside the database."""
    cursor.execute(
        """
        select pg_has_role('pg_execute_server_program', 'member')
            or pg_has_role('pg_write_server_files', 'member')
        """
    )
    if cursor.fetchall() != [(True,)]:
        return {}
    cursor.execute(
        """
        select d.classid::regclass::text, d.objid::int8,
               array_agg(distinct format('%I.%I', n.nspname, p.proname))
        from pg_depend d
        left join pg_operator o
            on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
        join pg_proc p on p.oid = case when o.oid is null then d.refobjid else o.oprcode end
        join pg_namespace n on n.oid = p.pronamespace
        join pg_roles r on r.oid = p.proowner
        where d.classid in ('pg_constraint'::regclass, 'pg_class'::regclass)
          and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
          and not r.rolsuper and r.rolname <> current_user
        group by 1, 2
        """
    )
    return {
        (
            catalog,
            oid,
        ): f"it calls {listed(names)}, which is not run with the rights of a superuser:"
        " verify with a login that only reads (pg_read_all_data)"
        for catalog, oid, names in cursor
    }
