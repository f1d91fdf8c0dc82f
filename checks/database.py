"""Sessions that observe a database without touching it, and the list of databases to observe.

Every observation runs in one ``REPEATABLE READ, READ ONLY`` transaction whose settings are
pinned: two servers with different defaults must render the same thing the same way, and a count
must never depend on who asks. The pins last as long as the transaction, so the caller's
connection is left as it was; a session used for nothing but observing is pinned once and for all
with `pin_session`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from checks.finding import Finding

RowCursor = Cursor[tuple[Any, ...]]

PINNED: Mapping[str, str] = {
    "client_encoding": "UTF8",
    "search_path": "",  # nothing but pg_catalog: every other name is rendered with its schema
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",  # it changes format('%I') and what pg_get_indexdef writes
    # With row security on, a policy would silently hide rows from a count; off, the query is
    # refused unless it sees every row (pg_dump does the same).
    "row_security": "off",
}
"""What two sides must agree on before their text can be compared (facts, content trap 7)."""

SYSTEM_SCHEMAS = "^pg_|^information_schema$"
"""Schemas of the server itself, as a POSIX pattern: nobody else may use the prefix ``pg_``."""

DRILL_SCHEMAS = ("restore_drill",)
"""Schemas of the harness itself. Markers go on ticking after T; `checks.markers` judges them."""

PROVIDER_DATABASES = ("rdsadmin",)
"""Databases that belong to the provider: on RDS nobody but Amazon may connect to ``rdsadmin``."""


class CheckError(Exception):
    """A check that could not be made, as opposed to one that found something."""


class UseAnIdleConnection(CheckError):
    """An observation was asked for in the middle of a transaction that is no read-only snapshot."""

    def __init__(self, state: str) -> None:
        super().__init__(
            f"cannot observe on this connection, {state}: "
            "commit or roll back first, or open the transaction with checks.database.snapshot()"
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one statement of an observation may run, and may wait for a lock."""

    statement: timedelta = timedelta(minutes=30)
    lock: timedelta = timedelta(seconds=5)

    def settings(self) -> dict[str, str]:
        return {
            "statement_timeout": _milliseconds(self.statement),
            "lock_timeout": _milliseconds(self.lock),
        }


def pin_session(conn: Connection[Any], limits: Limits | None = None) -> None:
    """Make an idle connection fit for observing only: each later transaction is read-only, pinned.

    Raises UseAnIdleConnection inside a transaction, whose rollback would take the pins away again.
    """
    require_idle(conn)
    with conn.transaction():
        pin(
            conn.cursor(row_factory=tuple_row),
            {"default_transaction_read_only": "on", **PINNED, **(limits or Limits()).settings()},
            local=False,
        )


@contextmanager
def snapshot(conn: Connection[Any], limits: Limits | None = None) -> Iterator[RowCursor]:
    """A cursor in one pinned ``REPEATABLE READ, READ ONLY`` transaction, which ends with the block.

    Within another ``snapshot(conn)`` the outer one's snapshot is used, so that several observations
    (content, schema) see one and the same state. Raises UseAnIdleConnection in any other
    transaction.
    """
    outermost = conn.info.transaction_status == TransactionStatus.IDLE
    if not outermost:
        _require_snapshot(conn)
    with conn.transaction():
        cursor = conn.cursor(row_factory=tuple_row)
        if outermost:
            cursor.execute("set transaction isolation level repeatable read, read only")
        pin(cursor, {**PINNED, **(limits or Limits()).settings()}, local=True)
        yield cursor


def connectable_databases(
    conn: Connection[Any], *, left_out: Collection[str] = PROVIDER_DATABASES
) -> list[str]:
    """The databases that fence, census and parity cover unless settings name fewer (R59), by name.

    Connectable means that the database admits connections and is no template. A connection limit
    of 0 (a fence) and a missing CONNECT privilege do not take a database off the list: what
    cannot be reached must be reported, not forgotten. A limit of -2 marks the ruin of an
    interrupted DROP DATABASE.
    """
    with snapshot(conn) as cursor:
        cursor.execute(
            """
            select datname from pg_catalog.pg_database
            where datallowconn and not datistemplate and datconnlimit <> -2
              and datname <> all (%s)
            order by datname collate "C"
            """,
            [list(left_out)],
        )
        return [str(name) for (name,) in cursor]


def compare_databases(expected: Collection[str], actual: Collection[str]) -> list[Finding]:
    """Which databases did not come back, and which came from elsewhere (R59)."""
    missing = [
        Finding("databases", name, "database", None, "Restore it: the copy lacks this database.")
        for name in sorted(set(expected) - set(actual))
    ]
    extra = [
        Finding(
            "databases",
            name,
            None,
            "database",
            "Find out whose it is: the baseline has no such database; this may be another cluster.",
        )
        for name in sorted(set(actual) - set(expected))
    ]
    return missing + extra


def require_idle(conn: Connection[Any]) -> None:
    """Raise UseAnIdleConnection if a transaction is open: the next one must see the present."""
    status = conn.info.transaction_status
    if status != TransactionStatus.IDLE:
        raise UseAnIdleConnection(f"it is {status.name.lower()}, not idle")


def scan_tables_only(cursor: RowCursor) -> None:
    """Read tables by their heap for the rest of the snapshot, never by an index.

    An index may be the very thing that is broken (row 11 of docs/restores-that-lie.md), and would
    answer ``count(*)`` by itself; a scan of the heap also verifies the checksum of every page it
    reads.
    """
    indexes = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
    # Switched on, too: where a login's default has every way switched off, any may be taken.
    pin(cursor, {**dict.fromkeys(indexes, "off"), "enable_seqscan": "on"}, local=True)


DAMAGE = ("XX", "58")
"""SQLSTATE classes that mean broken data: internal error (a bad page, a corrupt index) and system
error (a file that cannot be read). What is refused for another reason was not seen: a gap."""


def is_damage(error: psycopg.Error) -> bool:
    """Whether the server could not read its own data: a finding, where a refusal is only a gap."""
    return error.sqlstate is not None and error.sqlstate.startswith(DAMAGE)


# Classes whose primary messages name objects and settings. Those of other classes may quote a row:
# 22P02 does, and a function may raise anything.
_SPEAKABLE = ("08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX")


def quotes_no_row(error: psycopg.Error) -> bool:
    """Whether the primary message of this error is made of names, states and nothing else.

    A message that came out of a function may hold anything: PL/pgSQL's RAISE says what it likes,
    and a query that a function puts together has its pieces quoted by the server itself. Of errors
    without SQLSTATE, those of the connection are libpq's; others quote what could not be converted.
    """
    state, said = error.sqlstate, error.diag
    if state is None:
        return not isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
    raised = said.source_function == "exec_stmt_raise" or "function" in (said.context or "")
    return state.startswith(_SPEAKABLE) and not raised


def reason(error: psycopg.Error) -> str:
    """Why the server refused, in one line: SQLSTATE and its primary message, never detail or
    context, and no message that may quote a row.
    """
    state = error.sqlstate or "no SQLSTATE"
    if not quotes_no_row(error):
        return f"{state} ({type(error).__name__}); its message may quote a row and is not shown"
    words = (error.diag.message_primary or str(error)).splitlines()
    return f"{state}: {words[0] if words else type(error).__name__}"


def pin(cursor: RowCursor, settings: Mapping[str, str], *, local: bool) -> None:
    """Set configuration parameters, for the transaction (`local`) or for the session."""
    # Schema-qualified: this runs before the search path is pinned.
    calls = ", ".join(["pg_catalog.set_config(%s, %s, %s)"] * len(settings))
    cursor.execute(
        f"select {calls}",
        [part for name, value in settings.items() for part in (name, value, local)],
    )


def _require_snapshot(conn: Connection[Any]) -> None:
    if conn.info.transaction_status != TransactionStatus.INTRANS:
        require_idle(conn)
    row = (
        conn.cursor(row_factory=tuple_row)
        .execute(
            "select pg_catalog.current_setting('transaction_isolation'),"
            " pg_catalog.current_setting('transaction_read_only')"
        )
        .fetchone()
    )
    if row not in {("repeatable read", "on"), ("serializable", "on")}:
        raise UseAnIdleConnection("it has a transaction open that is no read-only snapshot")


def _milliseconds(time: timedelta) -> str:
    return str(max(1, round(time.total_seconds() * 1000)))  # 0 would mean no limit at all
