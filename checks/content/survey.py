"""What there is to read, how each table is divided, and what of it will be read.

On the expected side this is decided; on the other it is taken over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import psycopg

from checks.content.moment import Moment
from checks.content.observation import Division
from checks.content.plan import NOTHING_TO_COMPARE, Plan, Reading, plan_reading, whole_part
from checks.content.ranges import ROWS_A_RANGE, choose_division, estimated_rows, whole
from checks.content.rows import Relation, read_relations
from checks.database import DRILL_SCHEMAS, pin
from checks.shared_snapshot import Read, Unread


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
        new = [r for r in stored(relations) if r.table not in {*like.parts, *like.left_out}]
        extra = {r.table: whole_part(r, whole(r)) for r in new}
        return Survey(tuple(relations), Plan({**like.parts, **extra}, dict(like.left_out)), {})
    divisions, unreadable = _divide(moment, reading, stored(relations))
    plan = plan_reading(reading, stored(relations), divisions)
    return Survey(tuple(relations), plan, unreadable)


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


def stored(relations: Collection[Relation]) -> list[Relation]:
    """Those that have rows of their own."""
    return [r for r in relations if r.kind in ("table", "materialised view") and r.populated]


def _largest_first(relations: Collection[Relation]) -> list[Relation]:
    return sorted(relations, key=lambda r: (-r.bytes, r.table))
