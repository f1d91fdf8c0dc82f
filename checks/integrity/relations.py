"""Relations that hold nothing until somebody fills them (rows 13 and 20 of the lying restores).

A physical restore empties every unlogged relation, in silence; a logical one brings its rows. That
is told for each of them, whatever it holds now: whether the loss matters only its owner knows, and
a waiver says so. A materialised view that was never refreshed refuses every query.
"""

from __future__ import annotations

from checks.database import DRILL_SCHEMAS, SYSTEM_SCHEMAS, RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.relations"


def check_relations(shared: SharedSnapshot) -> Judgement:
    """``integrity.relations.unlogged`` and ``integrity.relations.populated``."""
    return judged(shared, CHECK, "relations", _judge)


def _judge(cursor: RowCursor) -> Judgement:
    # The sequence of an unlogged table's own column is unlogged too (15), and told with it.
    cursor.execute(
        """
        select format('%%I.%%I', n.nspname, c.relname),
               case c.relkind when 'S' then 'sequence' else 'table' end
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relpersistence = 'u' and c.relkind in ('r', 'm', 'S')
          and n.nspname !~ %(system)s and n.nspname <> all (%(ours)s)
          and not (c.relkind = 'S' and exists (
            select from pg_depend d join pg_class t on t.oid = d.refobjid
            where d.classid = 'pg_class'::regclass and d.objid = c.oid
              and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
              and t.relpersistence = 'u'))
        order by 1
        """,
        {"system": SYSTEM_SCHEMAS, "ours": list(DRILL_SCHEMAS)},
    )
    unlogged = [
        Finding(
            f"{CHECK}.unlogged",
            name,
            f"a logged {kind}",
            "unlogged",
            f"Fill it again, and waive this where that is what it is for; else ALTER {kind.upper()}"
            " … SET LOGGED: a physical restore empties it.",
        )
        for name, kind in cursor
    ]
    cursor.execute(
        """
        select format('%%I.%%I', n.nspname, c.relname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'm' and not c.relispopulated and n.nspname !~ %s
        order by 1
        """,
        [SYSTEM_SCHEMAS],
    )
    unpopulated = [
        Finding(
            f"{CHECK}.populated",
            name,
            True,
            False,
            "REFRESH MATERIALIZED VIEW: every query of it is refused.",
        )
        for (name,) in cursor
    ]
    return Judgement((*unlogged, *unpopulated))
