"""Sequences, the columns that they feed, and how far both can go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, LiteralString

from checks.database import SYSTEM_SCHEMAS, RowCursor

LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The largest value of each whole type; the smallest is one further below zero."""

Reading = Literal["comparable", "other type", "other default", "foreign table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that takes its values from a sequence.

    name      as a report says it: ``core.granules.id``
    only      whether the table is read without its children
    type      ``format_type`` of it, domains resolved
    digits    what a numeric column holds before the point, None where that is not limited
    unique    whether it is a key by itself
    reading   whether its values can be compared with the sequence's, and if not why
    """

    name: str
    schema: str
    table: str
    column: str
    only: bool
    type: str
    digits: int | None
    unique: bool
    reading: Reading

    def limit(self, upward: bool) -> int | None:
        """The last value that fits the column, in the sequence's direction."""
        if self.type in LIMITS:
            return LIMITS[self.type] if upward else -LIMITS[self.type] - 1
        if self.digits is not None:
            largest = int(10**self.digits) - 1
            return largest if upward else -largest
        return None


@dataclass(frozen=True, slots=True)
class SequenceState:
    """One sequence: its definition, and what it feeds."""

    name: str
    schema: str
    sequence: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cycle: bool
    readable: bool
    columns: list[Column] = field(default_factory=list)

    @property
    def upward(self) -> bool:
        """Whether it counts up."""
        return self.increment > 0

    @property
    def limit(self) -> int:
        """The last value that it may give and that all its columns can hold."""
        limits = [column.limit(self.upward) for column in self.columns]
        own = self.maximum if self.upward else self.minimum
        choose = min if self.upward else max
        return choose([own, *(limit for limit in limits if limit is not None)])


# A view's default is a way to the table below it, and no column of its own.
_FEEDS: LiteralString = """
    defaults as (
        select a.adrelid, a.adnum, d.refobjid as sequence,
               -- nextval, and around it casts only: to the column's type, to its domain. Read from
               -- the stored tree, because to render it the server would lock the table.
               a.adbin::text ~ ('^(\\{(FUNCEXPR :funcid \\d+ [^{}]*:funcformat [12] [^{}]*:args \\('
                   '|RELABELTYPE :arg |COERCETODOMAIN :arg ))*\\{FUNCEXPR :funcid '
                   || 'nextval(regclass)'::regprocedure::oid || ' ') as plain
        from pg_attrdef a
        join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
            and d.refclassid = 'pg_class'::regclass and d.deptype = 'n'
        join pg_sequence q on q.seqrelid = d.refobjid
    ),
    owned as (
        select d.refobjid as adrelid, d.refobjsubid::int2 as adnum, d.objid as sequence
        from pg_depend d
        join pg_sequence q on q.seqrelid = d.objid
        where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
          and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    ),
    feeds as (
        select coalesce(f.adrelid, o.adrelid) as tab, coalesce(f.adnum, o.adnum) as col,
               coalesce(f.sequence, o.sequence) as sequence,
               -- One that is owned and does not stand in the default: whoever inserts calls it.
               coalesce(f.plain, not exists (
                   select from pg_attrdef a
                   where a.adrelid = o.adrelid and a.adnum = o.adnum)) as plain
        from defaults f full join owned o using (adrelid, adnum, sequence)
    )"""


def sequences(cursor: RowCursor) -> list[SequenceState]:
    """Every sequence of the database, by name, with the columns that it feeds."""
    cursor.execute(
        """
        select c.oid, format('%%I.%%I', n.nspname, c.relname), n.nspname, c.relname,
               format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmin, q.seqmax,
               q.seqcycle,
               has_sequence_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')
        from pg_sequence q
        join pg_class c on c.oid = q.seqrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ %s and c.relpersistence <> 't'
          and not (c.relpersistence = 'u' and pg_is_in_recovery())
        order by 2
        """,
        [SYSTEM_SCHEMAS],
    )
    states = {oid: SequenceState(*rest) for oid, *rest in cursor}
    for sequence, column in _columns(cursor):
        if sequence in states:
            states[sequence].columns.append(column)
    return list(states.values())


def defaults_at_run_time(cursor: RowCursor) -> list[str]:
    """Columns whose default calls nextval with a name that is looked up only when it runs."""
    cursor.execute(
        f"""
        with {_FEEDS}
        select format('%%I.%%I.%%I', n.nspname, c.relname, t.attname)
        from pg_attrdef a
        join pg_class c on c.oid = a.adrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute t on t.attrelid = a.adrelid and t.attnum = a.adnum
        where c.relkind in ('r', 'p') and n.nspname !~ %s
          and a.adbin::text ~ (':funcid ' || 'nextval(regclass)'::regprocedure::oid || ' ')
          and not exists (select from feeds f where f.tab = a.adrelid and f.col = a.adnum)
        order by 1
        """,  # noqa: S608 # a constant of ours
        [SYSTEM_SCHEMAS],
    )
    return [str(name) for (name,) in cursor]


def _columns(cursor: RowCursor) -> list[tuple[int, Column]]:
    # A partition's column is read with its root, where the same sequence feeds that too.
    cursor.execute(
        f"""
        with recursive {_FEEDS},
        innermost(oid, base, typmod) as (
            select t.oid, t.typbasetype, t.typtypmod from pg_type t where t.typtype = 'd'
            union all
            select i.oid, t.typbasetype, case when i.typmod = -1 then t.typtypmod else i.typmod end
            from innermost i join pg_type t on t.oid = i.base and t.typtype = 'd'
        )
        select f.sequence, format('%I.%I.%I', n.nspname, c.relname, a.attname), n.nspname,
               c.relname, a.attname, c.relkind <> 'p', format_type(ty.base, null),
               case when ty.base = 'numeric'::regtype and ty.typmod >= 0 then
                   ((ty.typmod - 4) >> 16 & 65535) - (((ty.typmod - 4) & 2047 # 1024) - 1024) end,
               exists (select from pg_index i where i.indrelid = c.oid and i.indisunique
                       and i.indnkeyatts = 1 and i.indkey[0] = a.attnum and i.indpred is null),
               case when c.relkind = 'f' then 'foreign table'
                    when ty.base not in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                                         'numeric'::regtype) then 'other type'
                    when not f.plain then 'other default'
                    else 'comparable' end
        from feeds f
        join pg_class c on c.oid = f.tab join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = f.tab and a.attnum = f.col
        cross join lateral (
            select coalesce((select i.base from innermost i join pg_type b on b.oid = i.base
                             where i.oid = a.atttypid and b.typtype <> 'd'), a.atttypid) as base,
                   coalesce((select i.typmod from innermost i join pg_type b on b.oid = i.base
                             where i.oid = a.atttypid and b.typtype <> 'd'), a.atttypmod) as typmod
        ) as ty
        where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't'
          and not (c.relispartition and exists (
              select from feeds r where r.sequence = f.sequence
                and r.tab = pg_partition_root(c.oid)))
        order by 2
        """  # noqa: S608 # a constant of ours
    )
    return [(sequence, Column(*rest)) for sequence, *rest in cursor]


def tables(
    states: Sequence[SequenceState],
) -> dict[tuple[str, str, bool], list[tuple[int, Column]]]:
    """(schema, table, only) → what is to be read of it: the sequence's place in the list, and the
    column."""
    found: dict[tuple[str, str, bool], list[tuple[int, Column]]] = {}
    for place, state in enumerate(states):
        for column in state.columns:
            if column.reading == "comparable":
                key = (column.schema, column.table, column.only)
                found.setdefault(key, []).append((place, column))
    return found
