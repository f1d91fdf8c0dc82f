"""Reading one kind of object: its fingerprint, computed by the server, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import psycopg
from psycopg import sql

from checks.database import (
    PINNED,
    Limits,
    RowCursor,
    UseAnIdleConnection,
    is_damage,
    pin,
    reason,
)
from checks.schema import query
from checks.schema.kind import Kind, Property
from checks.schema.literals import without_literals
from checks.schema.secrets import harmless, held_back
from checks.shared_snapshot import Read, Unread

Item = TypeVar("Item")
Result = TypeVar("Result")


class Snapshot(Protocol):
    """One moment of a database: `checks.shared_snapshot.SharedSnapshot`, or `OneSession`."""

    @property
    def server_version(self) -> int: ...

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]: ...


class OneSession:
    """A transaction that is open already, read on its own connection alone.

    For whoever holds a snapshot of its own (`checks.database.snapshot`), and for what no other
    session can see: changes that are not committed. It leaves the transaction as it was. Raises
    UseAnIdleConnection where no transaction is open.
    """

    def __init__(self, cursor: RowCursor, limits: Limits | None = None) -> None:
        self._cursor = cursor
        self._settings = {**PINNED, **(limits or Limits()).settings()}
        if cursor.connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
            raise UseAnIdleConnection("it has no transaction open to read in")

    @property
    def server_version(self) -> int:
        """As ``server_version_num`` has it."""
        return self._cursor.connection.info.server_version

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]:
        """Do a reading for each item, each in a savepoint, so that a failure ends nothing else."""
        return [self._one(item, reading) for item in items]

    def _one(
        self, item: Item, reading: Callable[[RowCursor, Item], Result]
    ) -> Read[Result] | Unread:
        try:
            with self._cursor.connection.transaction(force_rollback=True):
                pin(self._cursor, self._settings, local=True)
                return Read(reading(self._cursor, item))
        except psycopg.Error as error:
            return Unread(reason(error), error.sqlstate, is_damage(error))


ObjectRows = dict[str, dict[str, str | None]]
"""Object → property → value, without the properties that it has not."""

UNKNOWN = ""
"""The fingerprint of a kind of which only the rows are known: equal to none."""


class TwoUnderOneName(Exception):
    """Two objects that would hide one another's differences: the catalog has lost its uniqueness,
    as it does when its own index is broken."""


class NotSeenWhole(Exception):
    """A right is missing without which the server would show a part and say nothing."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What one side of a comparison is, kind by kind.

    known       kind → ``rendering:objects:sum:sum``. Equal ones mean equal objects; different ones
                mean nothing yet when their renderings differ
    unreadable  kind → why it could not be read
    damaged     kind → the same, where the server could not read its own catalog
    """

    known: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)


def read_fingerprint(cursor: RowCursor, kind: Kind, left_out: Collection[str]) -> str:
    """The fingerprint of one kind; raises NotSeenWhole, and psycopg.Error as the server says it."""
    version, there = _prepare(cursor, kind)
    digest = query.rendering(kind, version)
    if not there:
        return f"{digest}:0:0:0"
    cursor.execute(query.fingerprint(kind, version, left_out))
    ((objects, one, two),) = cursor.fetchall()
    return f"{digest}:{objects}:{one}:{two}"


def read_objects(cursor: RowCursor, kind: Kind, left_out: Collection[str]) -> ObjectRows:
    """The objects of one kind; secrets and literals leave this function as digests only.

    Raises NotSeenWhole, TwoUnderOneName, and psycopg.Error as the server says it.
    """
    version, there = _prepare(cursor, kind)
    if not there:
        return {}
    names = tuple(query.expressions(kind, version))
    kept = {name: keeping(kind, name) for name in names}
    cursor.execute(query.rows(kind, version, left_out))
    objects: ObjectRows = {}
    for object_name, *values in cursor:
        if object_name in objects:
            raise TwoUnderOneName(f"the catalog has {object_name} more than once")
        objects[object_name] = {
            name: kept[name](value)
            for name, value in zip(names, values, strict=True)
            if value is not None
        }
    return objects


def keeping(kind: Kind | None, name: str) -> Callable[[str], str]:
    """How a value of this property leaves the observation; what left it once, comes out as it is.

    kind  None for one that only the harness that recorded it knows
    """
    declared = kind.properties.get(name) if kind is not None else None
    if isinstance(declared, Property) and declared.secret:
        return held_back
    if isinstance(declared, Property) and declared.shown:
        return harmless
    return without_literals


def _prepare(cursor: RowCursor, kind: Kind) -> tuple[int, bool]:
    """The server's version, and whether there may be objects to read."""
    query.prepare(cursor)
    version = cursor.connection.info.server_version
    if version < kind.since:
        return version, False
    if kind.need is not None:
        needs = sql.SQL(", ").join([sql.SQL(kind.need.sql), sql.SQL(kind.need.unless)])
        cursor.execute(sql.SQL("select ") + needs)
        ((enough, nothing),) = cursor.fetchall()
        if not enough:
            if nothing:
                return version, False
            raise NotSeenWhole(kind.need.says)
    return version, True
