"""Every table's rows, counted and fingerprinted in one scan of each.

```
survey        catalog, sizes ─ how each table is divided ─ the plan       expected side
read_content  largest table ▌ next ▌ …   `sessions` at once, one snapshot  both sides at once
```
A table is read by its heap, never by an index, which may be what is broken. Only under
``ranges:P%`` an index leads to the ranges that are read, for otherwise nothing would be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg import Connection

from checks.content.budget import Clock
from checks.content.large_objects import observe_large_objects
from checks.content.observation import (
    LARGE_OBJECTS,
    ContentObservation,
    Division,
    LargeObject,
    LeftOut,
    TableContent,
)
from checks.content.plan import (
    NOTHING_TO_COMPARE,
    Part,
    Plan,
    Reading,
    plan_like,
    plan_reading,
    whole_part,
)
from checks.content.ranges import ROWS_A_RANGE, choose_division, estimated_rows, whole
from checks.content.rows import Relation, read_relations
from checks.content.table import Rewritten, read_table
from checks.database import (
    DRILL_SCHEMAS,
    Limits,
    RowCursor,
    is_damage,
    pin,
    reason,
    snapshot,
)
from checks.shared_snapshot import Read, SharedSnapshot, Unread

Item = TypeVar("Item")
Result = TypeVar("Result")


class Moment(Protocol):
    """One moment of one database: a `SharedSnapshot`, or a connection that is inside one."""

    sessions: int

    @property
    def server_version(self) -> int: ...

    def attempt(self) -> AbstractContextManager[RowCursor]: ...

    def each(
        self, items: Iterable[Item], reading: Callable[[RowCursor, Item], Result]
    ) -> list[Read[Result] | Unread]: ...


OUT_OF_TIME = "time_budget: it ended before this was read"


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to read, and what of it will be read.

    relations   every relation, the largest first
    unreadable  tables that could not even be divided → SQLSTATE and the server's words
    """

    relations: tuple[Relation, ...]
    plan: Plan
    unreadable: Mapping[str, str]

    @property
    def for_other_side(self) -> Plan:
        """What the other side reads, to be compared."""
        unread = dict.fromkeys(self.unreadable, NOTHING_TO_COMPARE)
        return Plan(self.plan.parts, {**self.plan.left_out, **unread})


def observe_content(
    shared: SharedSnapshot,
    reading: Reading,
    *,
    like: ContentObservation | None = None,
    left_out: Collection[str] = DRILL_SCHEMAS,
) -> ContentObservation:
    """Count and fingerprint the tables of a database (R35, R36), `shared.sessions` at once.

    like      an observation to compare with: its boundaries, and the ranges it read, are read
    left_out  schemas besides the server's own

    Needs SELECT on every table (`pg_read_all_data`, BYPASSRLS where row security is forced); what
    is refused is `unreadable`. Raises psycopg.Error or SnapshotLost where the catalog cannot be
    read: then nothing is known of the database.
    """
    return _observe(shared, reading, like, left_out)


def observe_content_on(
    conn: Connection[Any],
    reading: Reading,
    *,
    like: ContentObservation | None = None,
    left_out: Collection[str] = DRILL_SCHEMAS,
    limits: Limits | None = None,
) -> ContentObservation:
    """The same on one connection: idle, or within a read-only snapshot, which is then the moment.

    A lost connection raises psycopg.OperationalError: half an observation is none.
    """
    with snapshot(conn, limits) as cursor:
        return _observe(_OneConnection(conn, cursor), reading, like, left_out)


def survey(
    moment: Moment,
    reading: Reading,
    *,
    like: Plan | None = None,
    left_out: Collection[str] = DRILL_SCHEMAS,
) -> Survey:
    """Read the catalog and decide what to read of it, or take over what another side decided."""
    with moment.attempt() as cursor:
        pin(cursor, _IN_MEMORY, local=True)
        relations = read_relations(cursor, left_out)
    relations = _largest_first(_measured(moment, relations))
    if like is not None:
        new = [r for r in _stored(relations) if r.table not in {*like.parts, *like.left_out}]
        extra = {r.table: whole_part(r, whole(r)) for r in new}
        return Survey(tuple(relations), Plan({**like.parts, **extra}, dict(like.left_out)), {})
    divisions, unreadable = _divide(moment, reading, _stored(relations))
    plan = plan_reading(reading, _stored(relations), divisions)
    return Survey(tuple(relations), plan, unreadable)


def read_content(
    moment: Moment, surveyed: Survey, reading: Reading, clock: Clock
) -> ContentObservation:
    """Read what the survey planned, the largest tables first, until the time budget ends."""
    tables: dict[str, TableContent] = {}
    unreadable = dict(surveyed.unreadable)
    left_out: dict[str, LeftOut] = {}
    plan = surveyed.plan
    there = _stored(surveyed.relations)
    left_out |= {r.table: plan.left_out[r.table] for r in there if r.table in plan.left_out}
    items = [(r, plan.parts[r.table]) for r in there if r.table in plan.parts]
    items = [item for item in items if item[0].table not in unreadable]
    shares = _workers(items, reading.workers)

    def one(cursor: RowCursor, item: tuple[Relation, Part]) -> TableContent | LeftOut | Rewritten:
        relation, part = item
        if clock.is_over:
            return _out_of_time(relation)
        return read_table(
            cursor,
            relation,
            part,
            counts_only=reading.counts_only,
            server_version=moment.server_version,
            workers=shares[relation.table],
            clock=clock,
        )

    for (relation, part), read in zip(items, moment.each(items, one), strict=True):
        match read:
            case Read(TableContent() as content):
                tables[relation.table] = content
                if _ended_early(content, part):
                    left_out[relation.table] = _out_of_time(relation, content.share_read)
            case Read(LeftOut() as nothing):
                left_out[relation.table] = nothing
            case Read(Rewritten(why)):
                unreadable[relation.table] = why
            case Unread(_, sqlstate) if sqlstate == "57014" and clock.is_over:
                left_out[relation.table] = _out_of_time(relation)
            case Unread(why):
                unreadable[relation.table] = why
    large_objects = None
    match _read_large_objects(moment, reading, clock):
        case LeftOut() as nothing:
            left_out[LARGE_OBJECTS] = nothing
        case Unread(why):
            unreadable[LARGE_OBJECTS] = why
        case Read(seen):
            large_objects = seen
    return ContentObservation(
        mode=reading.mode,
        seed=reading.seed,
        tables=dict(sorted(tables.items())),
        partitioned=_names(r for r in surveyed.relations if r.kind == "partitioned"),
        foreign=_names(r for r in surveyed.relations if r.kind == "foreign"),
        unpopulated=_names(r for r in surveyed.relations if not r.populated),
        unreadable=dict(sorted(unreadable.items())),
        left_out=dict(sorted(left_out.items())),
        large_objects=large_objects,
    )


def _read_large_objects(
    moment: Moment, reading: Reading, clock: Clock
) -> Read[dict[int, LargeObject]] | Unread | LeftOut:
    """The one thing with bytes of its own that is no table; its budget is what the tables left."""
    if reading.counts_only:
        return LeftOut(reason="only rows were counted; choose content = full or ranges:P%")
    if clock.is_over:
        return LeftOut(reason=OUT_OF_TIME)
    (read,) = moment.each([None], lambda cursor, _: observe_large_objects(cursor))
    return read


class _OneConnection:
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


def _observe(
    moment: Moment,
    reading: Reading,
    like: ContentObservation | None,
    left_out: Collection[str],
) -> ContentObservation:
    clock = Clock(reading.time_budget)
    plan = None if like is None else plan_like(like)
    surveyed = survey(moment, reading, like=plan, left_out=left_out)
    return read_content(moment, surveyed, reading, clock)


# A catalog of any size, and no temporary file for it, whatever the login's default.
_IN_MEMORY = {"work_mem": "64MB"}


def _measured(moment: Moment, relations: list[Relation]) -> list[Relation]:
    """With the sizes that the files have now; the catalog's are of the last VACUUM.

    Asking for a file's size waits for a table that is locked exclusively. Such a table is not
    asked about, and where one is locked just now nobody waits for long: the catalog's sizes stand.
    """
    try:
        with moment.attempt() as cursor:
            pin(cursor, {**_IN_MEMORY, "lock_timeout": "100"}, local=True)
            cursor.execute(_SIZES, [[relation.oid for relation in relations]])
            sizes = {oid: (bytes_, rows) for oid, bytes_, rows in cursor.fetchall()}
    except psycopg.errors.LockNotAvailable:
        return relations
    return [
        replace(relation, bytes=sizes[relation.oid][0], rows=sizes[relation.oid][1])
        if relation.oid in sizes
        else relation
        for relation in relations
    ]


# The rows that the last ANALYZE saw a page, times the pages of now, as the planner does it.
_SIZES = """
with locked as materialized (
    select array_agg(relation) as relations from pg_locks
    where mode = 'AccessExclusiveLock' and granted
      and database = (select oid from pg_database where datname = current_database())
),
sizes as materialized (
    select c.oid::bigint, c.reltuples::float8, c.relpages, pg_relation_size(c.oid) as heap,
           coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) as toast
    from pg_class c, locked
    where c.oid = any (%s::bigint[])
      and (c.oid = any (locked.relations) or c.reltoastrelid = any (locked.relations)) is not true
)
select oid, heap + toast,
       case when reltuples > 0 and relpages > 0
         then (reltuples / relpages * heap / current_setting('block_size')::bigint)::bigint end
from sizes
where heap is not null
"""


def _divide(
    moment: Moment, reading: Reading, relations: list[Relation]
) -> tuple[dict[str, Division], dict[str, str]]:
    """Table → how it is divided; table → why that could not be found out."""
    divisions = {r.table: whole(r) for r in relations}
    if reading.counts_only:
        return divisions, {}
    many = [r for r in relations if estimated_rows(r) > ROWS_A_RANGE]
    unreadable = {}
    for relation, read in zip(many, moment.each(many, choose_division), strict=True):
        match read:
            case Read(division):
                divisions[relation.table] = division
            case Unread(why):
                unreadable[relation.table] = why
                del divisions[relation.table]
    return divisions, unreadable


def _stored(relations: Collection[Relation]) -> list[Relation]:
    """Those that have rows of their own."""
    return [r for r in relations if r.kind in ("table", "materialised view") and r.populated]


def _largest_first(relations: Collection[Relation]) -> list[Relation]:
    return sorted(relations, key=lambda r: (-r.bytes, r.table))


def _workers(items: Collection[tuple[Relation, Part]], most: int) -> dict[str, int]:
    """Table → server processes that read it: one, but for a table that holds most of the bytes."""
    total = sum(relation.bytes * part.share for relation, part in items) or 1
    return {
        relation.table: max(1, round(most * relation.bytes * part.share / total))
        for relation, part in items
    }


def _ended_early(content: TableContent, part: Part) -> bool:
    """Whether the time budget cut off some of the ranges that were asked for."""
    asked = len(content.ranges) if part.numbers is None else len(part.numbers)
    read = sum(one is not None for one in content.ranges)
    return content.division == part.division and read < asked


def _out_of_time(relation: Relation, share_read: float = 0.0) -> LeftOut:
    return LeftOut(
        reason=OUT_OF_TIME,
        rows=round(estimated_rows(relation) * (1 - share_read)),
        bytes=round(relation.bytes * (1 - share_read)),
    )


def _names(relations: Iterable[Relation]) -> tuple[str, ...]:
    return tuple(sorted(relation.table for relation in relations))
