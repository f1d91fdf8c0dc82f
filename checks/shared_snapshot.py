"""One moment of one database, read by several read-only sessions at once.

```
keeper      begin, export ─────────────────────────────────────── end
session 1         └ import ─ table a ─ end    import ─ table c ─ end
session 2         └ import ─ table b ─ end    …
```

The keeper only holds the moment; it reads catalogs and takes no lock on a table for longer than a
statement. Each reading is a short transaction of its own on the imported snapshot, so that the lock
on a table is given back as soon as that table has been read (DESIGN 4: the reading budget).

A session that breaks is opened again, and its reading done again, as long as the keeper lives: the
moment is the same. When the keeper is lost, the moment is, and what was not read stays unread.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import Connection, sql
from psycopg.rows import tuple_row

from checks.database import (
    PINNED,
    CheckError,
    Limits,
    RowCursor,
    is_damage,
    pin,
    reason,
    require_idle,
)

Connect = Callable[[], Connection[Any]]
"""Opens an autocommit connection to one database; whoever asked closes it."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class SnapshotLost(CheckError):
    """The session that kept the moment has ended: nothing more can be read of it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the connection that held the snapshot was lost ({why}): verify again; what was read "
            "until then still stands"
        )


@dataclass(frozen=True, slots=True)
class Read(Generic[Result]):
    """What a reading brought."""

    result: Result


@dataclass(frozen=True, slots=True)
class Unread:
    """A reading that the server refused or that was lost on the way.

    why      SQLSTATE and the server's words, in one line; never a value
    damage   whether the server could not read its own data: that is a finding, not a gap
    """

    why: str
    sqlstate: str | None
    damage: bool = False


class SharedSnapshot:
    """A context manager; within it, `keeper` and `reading` see one and the same moment.

    connect   of the database; called once for the keeper and once for each session
    sessions  how many readings run at once, as few as 1, which reads on the keeper itself. Fewer
              than asked for where the server has no connections left, or exports no snapshot

    Raises psycopg.Error on entering, when the database cannot be reached.
    """

    def __init__(
        self, connect: Connect, *, sessions: int = 1, limits: Limits | None = None
    ) -> None:
        self.sessions = max(1, sessions)
        self._connect = connect
        self._limits = limits or Limits()
        # Last in, first out: what is read again after a loss gets the session that was found lost,
        # and opens it anew, not the next one that nobody knows to be lost.
        self._idle: queue.LifoQueue[Connection[Any]] = queue.LifoQueue()
        self._opened: list[Connection[Any]] = []
        self._keeper_in_use = threading.Lock()
        self._snapshot: str | None = None
        self._ending = ExitStack()

    def __enter__(self) -> SharedSnapshot:
        with self._ending:  # a failure half-way closes what is open
            self._keeper = self._open()
            self._ending.callback(self._keeper.close)
            self._cursor = self._begin(self._keeper)
            self._cursor.execute("select 1")  # the first statement takes the snapshot
            if self.sessions > 1:
                self._snapshot = self._export()
                self._open_sessions()
            self._ending = self._ending.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.cancel()
        for connection in self._opened:
            connection.close()
        self._ending.close()

    @property
    def keeper(self) -> RowCursor:
        """A cursor for catalogs, in the keeper's transaction. For one thread only.

        A statement that fails would end the moment: use `attempt` for one that may.
        """
        return self._cursor

    @property
    def server_version(self) -> int:
        """As ``server_version_num`` has it: 150020."""
        return self._keeper.info.server_version

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._keeper.info.dbname

    def export(self) -> str:
        """An identifier by which another session can import the moment, while this block lasts:
        ``pg_dump --snapshot=`` takes it. psycopg.Error where the server exports none, as a standby.
        """
        self._require_keeper()
        self._cursor.execute("select pg_catalog.pg_export_snapshot()")
        ((snapshot,),) = self._cursor.fetchall()
        return str(snapshot)

    @contextmanager
    def attempt(self) -> Iterator[RowCursor]:
        """The keeper's cursor in a savepoint, rolled back at the end: a failure ends nothing else,
        and locks are given back. Raises psycopg.Error as the server says it; SnapshotLost.
        """
        self._require_keeper()
        with self._keeper.transaction(force_rollback=True):
            yield self._cursor

    def read(self, reading: Callable[[RowCursor], Result]) -> Read[Result] | Unread:
        """Do one reading in a short transaction on the snapshot; safe to call from many threads.

        Never raises psycopg.Error: what the server refuses, and what is lost twice, is `Unread`.
        """
        for last in (False, True):
            try:
                with self._session() as cursor:
                    return Read(reading(cursor))
            except SnapshotLost as lost:
                return Unread(str(lost), None)
            except psycopg.OperationalError as error:
                if error.sqlstate is not None and not _ends_session(error):
                    return _unread(error)
                if last:
                    return _unread(error)
            except psycopg.Error as error:
                return _unread(error)
        raise AssertionError("unreachable")

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]:
        """Do a reading for each item, `sessions` at once, begun in the order of the items.

        The results stand in that order too. An exception of the reading itself is raised here.
        """

        def one(item: Item) -> Read[Result] | Unread:
            return self.read(lambda cursor: reading(cursor, item))

        if self.sessions == 1:
            return [one(item) for item in items]
        with ThreadPoolExecutor(self.sessions, thread_name_prefix="snapshot") as pool:
            futures = [pool.submit(one, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.cancel()
                raise

    @contextmanager
    def _session(self) -> Iterator[RowCursor]:
        if self._snapshot is None:
            with self._keeper_in_use, self.attempt() as cursor:
                yield cursor
            return
        connection = self._idle.get()
        try:
            if connection.closed:
                connection = self._open_session()
            yield self._begin(connection, self._snapshot)
        finally:
            # Rolled back, not committed: nothing was written, and a failed one ends the same way.
            if not connection.closed:
                try:
                    connection.execute("rollback")
                except psycopg.Error:
                    connection.close()
            self._idle.put(connection)

    def _open_sessions(self) -> None:
        if self._snapshot is None:
            self.sessions = 1
            return
        for number in range(self.sessions):
            try:
                self._idle.put(self._open_session())
            except psycopg.OperationalError:
                if not number:
                    raise
                self.sessions = number  # the server's connections are spent: make do with these
                return

    def _open_session(self) -> Connection[Any]:
        connection = self._open()
        self._opened.append(connection)
        return connection

    def cancel(self) -> None:
        """Stop what runs: an interruption must not wait for a scan of hours. From any thread."""
        for connection in [*self._opened, self._keeper]:
            if not connection.closed:
                connection.cancel_safe(timeout=2.0)

    def _open(self) -> Connection[Any]:
        connection = self._connect()
        require_idle(connection)
        cursor = connection.cursor(row_factory=tuple_row)
        pin(cursor, {"default_transaction_read_only": "on", **PINNED}, local=False)
        pin(cursor, self._limits.settings(), local=False)
        pin(cursor, _lifetimes(connection.info.server_version), local=False)
        return connection

    @staticmethod
    def _begin(connection: Connection[Any], snapshot: str | None = None) -> RowCursor:
        cursor = connection.cursor(row_factory=tuple_row)
        cursor.execute("begin transaction isolation level repeatable read, read only")
        if snapshot is not None:
            try:
                cursor.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
            except (psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject) as gone:
                raise SnapshotLost(reason(gone)) from None
        return cursor

    def _export(self) -> str | None:
        try:
            self._cursor.execute("select pg_catalog.pg_export_snapshot()")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InsufficientPrivilege):
            self._cursor.execute("rollback")
            self._cursor = self._begin(self._keeper)
            return None
        ((snapshot,),) = self._cursor.fetchall()
        return str(snapshot)

    def _require_keeper(self) -> None:
        if self._keeper.closed or self._keeper.broken:
            raise SnapshotLost("it is closed")


def _lifetimes(version: int) -> dict[str, str]:
    """What ends a session that nobody waits for, and keeps the others from ending ours."""
    settings = {"idle_in_transaction_session_timeout": "0"}
    if version >= 140000:
        # The server notices a client that was killed in the middle of a long scan, and stops it.
        settings |= {"client_connection_check_interval": "5s", "idle_session_timeout": "0"}
    if version >= 170000:
        settings["transaction_timeout"] = "0"
    return settings


def _ends_session(error: psycopg.Error) -> bool:
    """Whether the connection went with the statement: a shutdown, a crash, a lost network."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _unread(error: psycopg.Error) -> Unread:
    return Unread(reason(error), error.sqlstate, is_damage(error))
