"""The operator's own expectations: a query each, and what it must give in the restored copy (R68).

A query is the operator's own text, so nothing of it is trusted further than it must be: it is
declared as a cursor by the extended protocol, which takes exactly one statement that reads, in a
``READ ONLY`` transaction that is rolled back. At most two rows of it are fetched.

What comes back may be a row's value. A finding says how it differs, and never what it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Protocol

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from checks.database import PINNED, Limits, RowCursor, is_damage, pin, reason
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Connect

CHECK = "expect"
CURSOR = "restore_drill_expectation"

# OIDs of the server's own types are fixed (pg_type.dat). A domain arrives as its base type.
_BOOLEAN = 16
_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})  # int8, int2, int4, oid, float4/8, numeric

# Whose fault a refusal is, by SQLSTATE or its class. What is none of these is the query's own.
_MISSING_RIGHT = ("42501", "28")
_TOO_SLOW = ("57014",)
_LOCKED = ("55P03",)
_LOST = ("08", "57P")
_SHORT_OF = ("53", "40")  # memory, disk, connections; a conflict that another attempt may not have


class Expectation(Protocol):
    """One ``[[expect]]`` table of the settings.

    database           the database it runs in; None: every one
    equals             the value it must give, else
    at_least, at_most  the bounds within which the number that it gives must lie
    """

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def database(self) -> str | None: ...
    @property
    def equals(self) -> bool | int | float | str | None: ...
    @property
    def at_least(self) -> float | None: ...
    @property
    def at_most(self) -> float | None: ...


def judge_expectations(
    connect: Connect, expectations: Sequence[Expectation], limits: Limits | None = None
) -> Judgement:
    """Run in one database of the restored copy the queries that are meant for it.

    Each has a transaction of its own, pinned but for the search path, which is the login's own:
    ``granules`` is found where the application finds it. Never raises psycopg.Error.
    """
    asker = _Asker(connect, limits or Limits())
    try:
        database = asker.database()
    except psycopg.Error as error:
        why = f"cannot connect ({reason(error)}); see that the copy runs and admits the login"
        return Judgement(gaps=tuple(Gap(CHECK, one.name, why) for one in expectations))
    with contextlib.closing(asker):
        meant = [one for one in expectations if one.database in (None, database)]
        judgements = [_judge(asker, one, f"{database}: {one.name}") for one in meant]
    facts = Judgement(facts={f"{database}: expectations": len(meant)})
    return Judgement.all([*judgements, facts])


def judge_unplaced(expectations: Iterable[Expectation], databases: Collection[str]) -> Judgement:
    """Which expectations no call of `judge_expectations` ran, for these are all the databases."""
    known = ", ".join(sorted(databases)) or "none"
    return Judgement(
        gaps=tuple(
            Gap(
                CHECK,
                f"{one.database}: {one.name}",
                f"no database of this name is compared (there are: {known}); correct the "
                "expectation's database",
            )
            for one in expectations
            if one.database is not None and one.database not in databases
        )
    )


class _Asker:
    """A connection for questions, opened again after one by which it was lost."""

    def __init__(self, connect: Connect, limits: Limits) -> None:
        self._connect = connect
        self._limits = limits
        self._connection: Connection[Any] | None = None

    def database(self) -> str:
        return self._open().info.dbname

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextlib.contextmanager
    def question(self) -> Iterator[RowCursor]:
        """A cursor in a transaction that is rolled back at the end. Raises psycopg.Error."""
        connection = self._begin()
        cursor = connection.cursor(row_factory=tuple_row)
        try:
            pin(cursor, {**PINNED, **self._limits.settings()}, local=True)
            cursor.execute("set local search_path to default")
            yield cursor
        finally:
            with contextlib.suppress(psycopg.Error):  # a lost connection rolls back by itself
                connection.execute("rollback")

    def _begin(self) -> Connection[Any]:
        """On a new connection where the one in hand was lost while nothing was asked."""
        begin = "begin transaction isolation level repeatable read, read only"
        try:
            connection = self._open()
            connection.execute(begin)
        except psycopg.OperationalError:
            self.close()
            connection = self._open()
            connection.execute(begin)
        return connection

    def _open(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection


def _judge(asker: _Asker, expectation: Expectation, subject: str) -> Judgement:
    try:
        with asker.question() as cursor:
            rows, columns, kind, value = _answer(cursor, expectation.sql)
    except psycopg.Error as error:
        return _refused(subject, error)
    wanted = _wanted(expectation)
    if columns != 1:
        told = f"{columns} columns"
    elif rows != 1:
        told = "no row" if rows == 0 else "two rows or more"
    else:
        difference = _difference(expectation, kind, value)
        if difference is None:
            return Judgement()
        remedy = (
            "Run the query in the copy and in the source; if the source agrees with the copy, "
            "correct the expectation, else the restore lost or changed what it asks about."
        )
        return Judgement((Finding(f"{CHECK}.value", subject, wanted, difference, remedy),))
    remedy = "Write a query that gives one row with one column, by an aggregate for example."
    return Judgement((Finding(f"{CHECK}.shape", subject, "one row with one column", told, remedy),))


def _answer(cursor: RowCursor, query: str) -> tuple[int, int, int, bytes | None]:
    """Rows (2 stands for more), columns, and of the first value its type's OID and its text."""
    # binary: psycopg then speaks the extended protocol, which refuses a second statement; the
    # simple one would run "select 1; commit; drop table …". encode(): no % is a placeholder.
    cursor.execute(f"declare {CURSOR} no scroll cursor for {query}".encode(), binary=True)
    # Not prepared: the next expectation's rows have another type under the same text.
    cursor.execute(f"fetch forward 2 from {CURSOR}", prepare=False)
    result = cursor.pgresult
    assert result is not None
    if result.nfields != 1 or result.ntuples != 1:
        return result.ntuples, result.nfields, 0, None
    return 1, 1, result.ftype(0), result.get_value(0, 0)


def _wanted(expectation: Expectation) -> object:
    """What is expected, as the finding shows it: it stands in the settings, and is no secret."""
    if expectation.equals is not None:
        return expectation.equals
    low, high = expectation.at_least, expectation.at_most
    bounds = (("at least", low), ("at most", high))
    return ", ".join(
        f"{word} {_number(bound):,f}".removesuffix(".0")
        for word, bound in bounds
        if bound is not None
    )


def _difference(expectation: Expectation, kind: int, value: bytes | None) -> str | None:
    """How the value differs from what is expected, without telling it; None where it does not."""
    if value is None:
        return "NULL"
    text = value.decode(errors="surrogateescape")  # a SQL_ASCII database holds any bytes
    wanted = expectation.equals
    if isinstance(wanted, bool):
        if kind != _BOOLEAN:
            return "no boolean"
        return None if wanted == (text == "t") else "another value"
    if isinstance(wanted, str):
        if kind in _NUMBERS or kind == _BOOLEAN:
            return "no text"
        return None if wanted == text else "another value"
    if kind not in _NUMBERS:
        return "no number"
    number = Decimal(text)
    if number.is_nan():
        return "NaN"
    exact = None if wanted is None else _number(wanted)
    low, high = (
        exact if bound is None else _number(bound)
        for bound in (expectation.at_least, expectation.at_most)
    )
    if low is not None and number < low:
        return "a smaller number"
    if high is not None and number > high:
        return "a greater number"
    return None


def _number(value: float) -> Decimal:
    """As it is written: 0.1 is a tenth, like the server's ``numeric`` and unlike a binary float."""
    return Decimal(repr(value))


def _refused(subject: str, error: psycopg.Error) -> Judgement:
    why = reason(error)
    gap = _what_is_missing(error)
    if gap is not None:
        return Judgement(gaps=(Gap(CHECK, subject, f"{why}; {gap}"),))
    if is_damage(error):
        remedy = "Restore again, from another backup if need be: the copy cannot read its own data."
    else:
        remedy = (
            "Restore what the query needs if the copy lacks it (or the login may not use its "
            "schema); else write one query that reads, and that the source answers."
        )
    return Judgement(
        (Finding(f"{CHECK}.query", subject, "an answer", f"the query fails: {why}", remedy),)
    )


def _what_is_missing(error: psycopg.Error) -> str | None:
    """What would let the query run, where it is not the query that is wrong; else None."""
    state = error.sqlstate
    if state is None or state.startswith(_LOST):
        return "the connection was lost; see why, and prove again"
    if state.startswith(_MISSING_RIGHT):
        return "give the login the right to read this"
    if state.startswith(_TOO_SLOW):
        return "it was cancelled, or ran longer than it may: write a faster query"
    if state.startswith(_LOCKED):
        return "something holds a lock in the copy; see what, and prove again"
    if state.startswith(_SHORT_OF):
        return "see what the copy's server is short of, and prove again"
    return None
