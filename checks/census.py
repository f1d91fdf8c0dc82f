"""The census: how many rows every table had, in one snapshot, and what a comparison of two tells.

Every relation that stores rows of its own is counted exactly, never estimated (row 19 of
docs/restores-that-lie.md):

- ordinary tables, leaves of a partitioned table among them, each with its *own* rows (``ONLY``): an
  inheritance parent is not counted through its children, whose loss would then be blamed on the
  wrong table;
- materialised views.

Partitioned tables store nothing; their leaves are counted and they themselves only listed. Foreign
tables are left alone: their rows are elsewhere, and reading them would reach out of the copy. A
table that cannot be counted is kept as `unreadable` with the server's reason, and is a finding: a
check that could not run is never a pass.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection, sql
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from checks.database import (
    DRILL_SCHEMAS,
    SYSTEM_SCHEMAS,
    Limits,
    RowCursor,
    reason,
    scan_tables_only,
    snapshot,
)
from checks.finding import Finding
from checks.names import is_named, split_name

CHECK = "counts"
MUST_HAVE = "counts.must_have"


class Census(BaseModel):
    """Row counts of one database in one snapshot; tables are named as ``format('%I.%I')`` does.

    xmin, xmax  of the snapshot (64-bit transaction ids of the whole cluster). Equal ones do not
                mean that nobody writes: an open transaction newer than xmax is in neither
    taken_at    the server's clock just after the snapshot was taken
    lsn         WAL position at the same moment (the replayed one on a standby); None where the
                server does not tell
    counts      table → its own rows
    unlogged, unpopulated, partitioned  tables of that kind; the last two have no count
    unreadable  table → why it could not be counted: SQLSTATE and the server's words
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    xmin: int
    xmax: int
    taken_at: AwareDatetime
    lsn: str | None
    counts: dict[str, int]
    unlogged: tuple[str, ...] = ()
    unpopulated: tuple[str, ...] = ()
    partitioned: tuple[str, ...] = ()
    unreadable: dict[str, str] = Field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def tables(self) -> set[str]:
        """Every table the census knows of, counted or not."""
        return {*self.counts, *self.unpopulated, *self.partitioned, *self.unreadable}


def take_census(
    conn: Connection[Any],
    *,
    left_out: Collection[str] = DRILL_SCHEMAS,
    limits: Limits | None = None,
) -> Census:
    """Count every table of the connection's database, largest first, in one snapshot (R35).

    `left_out` names schemas besides the server's own. Needs SELECT on every table
    (`pg_read_all_data` and, where row security is forced, BYPASSRLS); what is refused becomes
    `unreadable`. A lost connection raises psycopg.OperationalError: half a census is none.
    """
    with snapshot(conn, limits) as cursor:
        scan_tables_only(cursor)
        database, xmin, xmax, taken_at = _identify(cursor)
        lsn = _position(conn, cursor)
        counts: dict[str, int] = {}
        unlogged: list[str] = []
        unpopulated: list[str] = []
        partitioned: list[str] = []
        unreadable: dict[str, str] = {}
        for table, schema, name, kind, persistence, populated in _relations(cursor, left_out):
            if kind == "p":
                partitioned.append(table)
                continue
            if persistence == "u":
                unlogged.append(table)
            if not populated:
                unpopulated.append(table)
                continue
            try:
                counts[table] = _count(conn, cursor, schema, name)
            except psycopg.Error as error:
                if conn.broken:
                    raise
                unreadable[table] = reason(error)
        return Census(
            database=database,
            xmin=xmin,
            xmax=xmax,
            taken_at=taken_at,
            lsn=lsn,
            counts=dict(sorted(counts.items())),
            unlogged=tuple(sorted(unlogged)),
            unpopulated=tuple(sorted(unpopulated)),
            partitioned=tuple(sorted(partitioned)),
            unreadable=dict(sorted(unreadable.items())),
        )


def compare_census(baseline: Census, restored: Census) -> list[Finding]:
    """Every table whose rows are not what the baseline counted, by name; an empty list proves
    R35.
    """
    findings = (
        _compare_table(table, baseline, restored)
        for table in sorted(baseline.tables | restored.tables)
    )
    return [finding for finding in findings if finding is not None]


def must_have_tables(census: Census, names: Collection[str]) -> list[Finding]:
    """The tables an operator named that are not there (R5).

    ``granules`` matches a table of that name in any schema, ``core.granules`` only that one.
    Names are taken as written, or as SQL would fold and quote them: ``Granules``, ``"Granules"``,
    ``granules``.
    """
    present = [split_name(table) for table in census.tables]
    return [
        Finding(
            MUST_HAVE,
            name,
            "table present",
            None,
            "Compare with the source: the table was lost, or must_have_tables names it wrongly.",
        )
        for name in names
        if not any(is_named(name, table) for table in present)
    ]


def _identify(cursor: RowCursor) -> tuple[str, int, int, datetime]:
    cursor.execute(
        """
        select current_database(),
               pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
               pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
               clock_timestamp()
        """
    )
    database, xmin, xmax, taken_at = cursor.fetchall()[0]
    return str(database), int(xmin), int(xmax), taken_at


def _position(conn: Connection[Any], cursor: RowCursor) -> str | None:
    try:
        with conn.transaction():
            cursor.execute(
                "select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()"
                " else pg_current_wal_lsn() end::text"
            )
            ((lsn,),) = cursor.fetchall()
    except (
        # A managed service may refuse these functions. The position is a fact to tell, not a proof.
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ObjectNotInPrerequisiteState,
    ):
        return None
    return None if lsn is None else str(lsn)


def _relations(
    cursor: RowCursor, left_out: Collection[str]
) -> list[tuple[str, str, str, str, str, bool]]:
    """(rendered name, schema, name, kind, persistence, populated), largest first.

    The size is the last VACUUM's: good enough for an order, and asking the file system would wait
    for locks. Temporary tables of other sessions live in ``pg_temp_N`` and are left out with the
    server's own.
    """
    cursor.execute(
        """
        select format('%%I.%%I', n.nspname, c.relname), n.nspname, c.relname,
               c.relkind::text, c.relpersistence::text, c.relispopulated
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm', 'p') and n.nspname !~ %s and n.nspname <> all (%s)
        order by c.relpages desc, 1
        """,
        [SYSTEM_SCHEMAS, list(left_out)],
    )
    return cursor.fetchall()


def _count(conn: Connection[Any], cursor: RowCursor, schema: str, name: str) -> int:
    # Rolled back, not released: only that gives the table's lock back before the snapshot ends,
    # and a lock on each of thousands of tables with all their indexes would overflow the lock
    # table.
    with conn.transaction(force_rollback=True):
        cursor.execute(sql.SQL("select count(*) from only {}").format(sql.Identifier(schema, name)))
        ((rows,),) = cursor.fetchall()
    return int(rows)


def _compare_table(table: str, baseline: Census, restored: Census) -> Finding | None:
    expected, actual = _state(table, baseline), _state(table, restored)
    countable = table not in baseline.unreadable and table not in restored.unreadable
    if expected == actual and countable:
        return None
    return Finding(
        CHECK,
        table,
        _told(expected) if actual is None else expected,
        _told(actual) if expected is None else actual,
        _remedy(table, baseline, restored),
    )


def _state(table: str, census: Census) -> int | str | None:
    if table in census.counts:
        return census.counts[table]
    if table in census.unreadable:
        return f"not countable ({census.unreadable[table]})"
    if table in census.unpopulated:
        return "not populated"
    if table in census.partitioned:
        return "a partitioned table"
    return None


def _told(state: int | str | None) -> str | None:
    """A state where its counterpart is no table at all."""
    if isinstance(state, int):
        return f"a table of {state:,} {'row' if state == 1 else 'rows'}"
    return state


def _remedy(table: str, baseline: Census, restored: Census) -> str:
    if table in restored.unreadable or table in baseline.unreadable:
        return (
            "Let the login read every table (pg_read_all_data, BYPASSRLS with row security) or mend"
            " what the server names; then count again."
        )
    if table not in restored.tables:
        return "Restore again: the table is not in the copy; compare the point reached with T."
    if table not in baseline.tables:
        return "Find where it came from: the copy is of another point or another database."
    before, after = baseline.counts.get(table), restored.counts.get(table)
    if table in {*baseline.unpopulated, *restored.unpopulated}:
        return "Refresh the materialised view, then count again: one side was never populated."
    if before is None or after is None:
        return "Find where it came from: under this name stands another kind of table."
    if after == 0 and table in restored.unlogged:
        return "Reload it or make it logged: a physical restore empties unlogged tables."
    if after < before:
        return "Restore again: rows are missing; recovery ended early, or a change was not undone."
    return "Restore again: rows too many; recovery ended late, or something writes to the copy."
