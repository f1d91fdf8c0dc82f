"""What no dump brings, whoever restores it: told, and not held against the copy.

| left behind by pg_dump and pg_dumpall | what becomes of it |
|---|---|
| replication slots, positions of origins | gone: consumers must be set up again |
| a subscription that was enabled | comes disabled, and must be enabled by hand |

An invalid index is left behind too, and *is* held against the copy: its source needed it to be
built again, and the copy shows no trace of that (row 10 of docs/restores-that-lie.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from checks.database import DRILL_SCHEMAS, SYSTEM_SCHEMAS, RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged, listed, plural
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

_GONE = ("cluster.replication_slots", "cluster.replication_origins")
_DISABLED = "schema.subscriptions.enabled"

ANALYSED = "statistics"
ROLES = "globals.roles"
LARGE_OBJECTS = "large_objects.count"


def as_dumped(judgement: Judgement) -> Judgement:
    """The same judgement of a copy made of dumps: what no dump brings is among its facts."""
    held: list[Finding] = []
    told: dict[str, str] = {}
    for finding in judgement.findings:
        if finding.check in _GONE and finding.actual is None:
            told[f"no dump brings {finding.subject}"] = "gone: set its consumer up again"
        elif finding.check == _DISABLED and finding.actual == "false":
            told[f"no dump enables {finding.subject}"] = "disabled: enable it by hand"
        else:
            held.append(finding)
    return replace(judgement, findings=tuple(held), facts={**judgement.facts, **told})


def check_analysed(shared: SharedSnapshot) -> Judgement:
    """Every table with rows was analysed since it was restored (row 19).

    The subject is the table, or the database where many were not.
    """
    return judged(shared, ANALYSED, "tables", _not_analysed)


def _not_analysed(cursor: RowCursor) -> Judgement:
    # A restored table is a new one: reltuples is -1 (0 before 14) until somebody looks at it.
    cursor.execute(
        """
        select pg_catalog.format('%%I.%%I', n.nspname, c.relname)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't'
          and n.nspname !~ %s and n.nspname <> all (%s)
          and pg_catalog.pg_relation_size(c.oid) > 0
          and not exists (select from pg_catalog.pg_stat_all_tables s
                          where s.relid = c.oid
                            and (s.last_analyze is not null or s.last_autoanalyze is not null))
        order by 1
        """,
        [SYSTEM_SCHEMAS, list(DRILL_SCHEMAS)],
    )
    names = [str(name) for (name,) in cursor]
    if not names:
        return Judgement()
    cursor.execute("select pg_catalog.quote_ident(pg_catalog.current_database())")
    ((database,),) = cursor.fetchall()
    return Judgement(
        (
            Finding(
                ANALYSED,
                f"database {database}",
                "every table analysed since the restore",
                f"{plural(len(names), 'table')} not: {listed(names)}",
                "Run vacuumdb --analyze-in-stages after a restore: a dump brings no statistics.",
            ),
        )
    )


def compare_roles(dumped: Collection[str], restored: Collection[str]) -> list[Finding]:
    """Which roles of the globals the copy lacks (row 12)."""
    return [
        Finding(
            ROLES,
            role,
            "role",
            None,
            "Restore the globals before the databases: without the role nothing of its own, and no "
            "right given to it, came back.",
        )
        for role in sorted(set(dumped) - set(restored))
    ]


def compare_large_objects(dumped: int, restored: int) -> list[Finding]:
    """Whether as many large objects came back as the dumps hold (row 17)."""
    if dumped == restored:
        return []
    return [
        Finding(
            LARGE_OBJECTS,
            "all large objects",
            dumped,
            restored,
            "Restore the whole dump: -n, -t and their like leave large objects out.",
        )
    ]
