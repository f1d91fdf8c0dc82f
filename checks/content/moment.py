"""One moment of one database: shared by many sessions, or on the connection that is inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg import Connection

from checks.database import RowCursor, is_damage, reason
from checks.shared_snapshot import Read, Unread

Item = TypeVar("Item")
Result = TypeVar("Result")


class Moment(Protocol):
    """One moment of one database: a `SharedSnapshot`, or `OneConnection`."""

    sessions: int

    @property
    def server_version(self) -> int: ...

    def attempt(self) -> AbstractContextManager[RowCursor]: ...

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]: ...


class OneConnection:
    """A connection inside a snapshot, read one thing after the other."""

    sessions = 1

    def __init__(self, conn: Connection[Any], cursor: RowCursor) -> None:
        self._conn = conn
        self._cursor = cursor
        self.server_version = conn.info.server_version

    @contextmanager
    def attempt(self) -> Iterator[RowCursor]:
        # Rolled back: only that gives a table's lock back before the snapshot ends.
        with self._conn.transaction(force_rollback=True):
            yield self._cursor

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]:
        return [self._one(item, reading) for item in items]

    def _one(
        self, item: Item, reading: Callable[[RowCursor, Item], Result]
    ) -> Read[Result] | Unread:
        try:
            with self.attempt() as cursor:
                return Read(reading(cursor, item))
        except psycopg.Error as error:
            if self._conn.broken:
                raise
            return Unread(reason(error), error.sqlstate, is_damage(error))
