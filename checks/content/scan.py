"""Every table's rows, counted and fingerprinted in one scan of each.

```
survey        catalog, sizes ─ how each table is divided ─ the plan       expected side
read_content  largest table ▌ next ▌ …   `sessions` at once, one snapshot  both sides at once
```
A table is read by its heap, never by an index, which may be what is broken. Only under
``ranges:P%`` an index leads to the ranges that are read, for otherwise nothing would be saved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from psycopg import Connection

from checks.content.budget import Clock
from checks.content.large_objects import observe_large_objects
from checks.content.moment import Moment, OneConnection
from checks.content.observation import (
    LARGE_OBJECTS,
    ContentObservation,
    LargeObject,
    LeftOut,
    TableContent,
)
from checks.content.plan import Part, Reading, plan_like
from checks.content.ranges import estimated_rows
from checks.content.rows import Relation
from checks.content.survey import Survey, stored, survey
from checks.content.table import Rewritten, read_table
from checks.database import DRILL_SCHEMAS, Limits, RowCursor, snapshot
from checks.shared_snapshot import Read, SharedSnapshot, Unread

OUT_OF_TIME = "time_budget: it ended before this was read"


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
        return _observe(OneConnection(conn, cursor), reading, like, left_out)


def read_content(
    moment: Moment, surveyed: Survey, reading: Reading, clock: Clock
) -> ContentObservation:
    """Read what the survey planned, the largest tables first, until the time budget ends."""
    tables: dict[str, TableContent] = {}
    unreadable = dict(surveyed.unreadable)
    left_out: dict[str, LeftOut] = {}
    plan = surveyed.plan
    there = stored(surveyed.relations)
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
