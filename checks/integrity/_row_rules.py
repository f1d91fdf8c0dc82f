"""What the rows of each table have promised to be: CHECK, NOT NULL, partition bounds, domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from checks.database import SYSTEM_SCHEMAS, RowCursor


@dataclass(frozen=True, slots=True)
class DomainRule:
    """One constraint of the domain of a column.

    oid         of the constraint, None for NOT NULL
    subject     the column as a report says it
    array       whether the column is an array of the domain
    base        the type below all domains
    expression  about ``VALUE``; None for NOT NULL
    """

    oid: int | None
    subject: str
    column: str
    array: bool
    base: str
    domain: str
    constraint: str
    expression: str | None


@dataclass(slots=True)
class TableRules:
    """One table that holds rows of its own, and its validated rules.

    rendered   the table as a report says it
    checks     how many CHECKs it has
    partition  whether it is one, and so has a bound
    ancestors  the partitioned tables whose keys the bound is of
    not_null   (column as a report says it, its bare name)
    hidden     columns whose domain lies inside another type (composite, range)
    """

    oid: int
    schema: str
    name: str
    rendered: str
    partition: bool
    checks: int
    ancestors: list[int]
    not_null: list[tuple[str, str]] = field(default_factory=list)
    domains: list[DomainRule] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.checks or self.not_null or self.partition or self.domains)


_COLUMNS: LiteralString = """
    columns as (
        select a.attrelid, a.attname, a.attnum, a.atttypid, a.attnotnull,
               (select t.typelem from pg_type t
                where t.oid = a.atttypid and t.typtype = 'b' and t.typcategory = 'A') as element
        from pg_attribute a
        where a.attnum > 0 and not a.attisdropped
    )"""

_DOMAINS: LiteralString = """
    domains(oid, layer, base) as (  -- each domain with itself and every domain below it
        select t.oid, t.oid, t.typbasetype from pg_type t where t.typtype = 'd'
        union all
        select d.oid, t.oid, t.typbasetype
        from domains d join pg_type t on t.oid = d.base and t.typtype = 'd'
    ),
    ruled as (  -- a domain, its innermost type, and the rules of all its layers
        select d.oid, d.layer,
               (select format_type(i.base, -1) from domains i join pg_type b on b.oid = i.base
                where i.oid = d.oid and b.typtype <> 'd') as base
        from domains d
    ),
    rules as (
        select r.oid, r.base, r.layer, k.oid::int8 as rule_oid, k.conname::text as rule,
               pg_get_expr(k.conbin, 0) as expression
        from ruled r join pg_constraint k on k.contypid = r.layer
        where k.contype = 'c' and k.convalidated
        union all
        select r.oid, r.base, r.layer, null, 'not null', null
        from ruled r join pg_type t on t.oid = r.layer and t.typnotnull
    )"""


def table_rules(cursor: RowCursor, version: int) -> list[TableRules]:
    """Every table with rows of its own, largest first."""
    cursor.execute(
        """
        select c.oid, n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname),
               c.relispartition,
               (select count(*) from pg_constraint k
                where k.conrelid = c.oid and k.contype = 'c' and k.convalidated)::int,
               array(select a.relid::oid::int8 from pg_partition_ancestors(c.oid) as a)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ %s
        order by c.relpages desc, 4
        """,
        [SYSTEM_SCHEMAS],
    )
    tables = {row[0]: TableRules(*row) for row in cursor}
    oids = list(tables)
    for oid, column, bare in _not_null(cursor, oids, version):
        tables[oid].not_null.append((f"{tables[oid].rendered}.{column}", bare))
    for oid, rule_oid, column, *rule in _domain_rules(cursor, oids):
        subject = f"{tables[oid].rendered}.{column}"
        tables[oid].domains.append(DomainRule(rule_oid, subject, *rule))
    for oid, column in _hidden(cursor, oids):
        tables[oid].hidden.append(f"{tables[oid].rendered}.{column}")
    return list(tables.values())


def conditions(cursor: RowCursor, table: TableRules) -> list[tuple[int | None, str | None, str]]:
    """(oid, constraint as a report says it, condition) of its CHECKs and, under None, of its bound.

    Columns stand in them without their table. Asked for one table at a time: to render a condition
    the server locks the table, and would wait for whoever has it locked.
    """
    if not (table.checks or table.partition):
        return []
    # Constraints that are not enforced (18) are never validated.
    cursor.execute(
        """
        select oid::int8, format('%%I', conname), pg_get_expr(conbin, conrelid)
        from pg_constraint
        where contype = 'c' and convalidated and conrelid = %(oid)s
        union all
        select null, null, pg_get_partition_constraintdef(%(oid)s) where %(partition)s
        order by 2
        """,
        {"oid": table.oid, "partition": table.partition},
    )
    return [
        (oid, None if constraint is None else f"{table.rendered}.{constraint}", condition)
        for oid, constraint, condition in cursor
        if condition is not None  # an only partition that is the default one takes every row
    ]


def _not_null(cursor: RowCursor, oids: Sequence[int], version: int) -> list[tuple[Any, ...]]:
    # Since 18 attnotnull also says so of a NOT NULL that is NOT VALID.
    valid = (
        "and not exists (select from pg_constraint k where k.conrelid = c.attrelid"
        " and k.contype = 'n' and k.conkey[1] = c.attnum and not k.convalidated)"
        if version >= 180000
        else ""
    )
    cursor.execute(
        f"""
        with {_COLUMNS}
        select c.attrelid, format('%%I', c.attname), c.attname from columns c
        where c.attnotnull and c.attrelid = any (%s) {valid}
        order by c.attrelid, c.attnum
        """,  # noqa: S608 # constants of ours
        [oids],
    )
    return cursor.fetchall()


def _domain_rules(cursor: RowCursor, oids: Sequence[int]) -> list[tuple[Any, ...]]:
    cursor.execute(
        f"""
        with recursive {_DOMAINS}, {_COLUMNS}
        select c.attrelid, r.rule_oid, format('%%I', c.attname), c.attname,
               c.element is not null, r.base, format('%%I.%%I', n.nspname, t.typname), r.rule,
               r.expression
        from columns c
        join rules r on r.oid = coalesce(c.element, c.atttypid)
        join pg_type t on t.oid = r.layer join pg_namespace n on n.oid = t.typnamespace
        where c.attrelid = any (%s)
        order by c.attrelid, c.attnum, 7, r.rule
        """,  # noqa: S608 # constants of ours
        [oids],
    )
    return cursor.fetchall()


def _hidden(cursor: RowCursor, oids: Sequence[int]) -> list[tuple[Any, ...]]:
    cursor.execute(
        f"""
        with recursive {_DOMAINS}, {_COLUMNS},
        parts(part, whole) as materialized (
            select typelem, oid from pg_type where typcategory = 'A'
            union all select typbasetype, oid from pg_type where typtype = 'd'
            union all select rngsubtype, rngtypid from pg_range
            union all select a.atttypid, t.oid
            from pg_attribute a join pg_type t on t.typrelid = a.attrelid and t.typtype = 'c'
            where a.attnum > 0 and not a.attisdropped
        ),
        holding(oid) as (
            select oid from rules
            union
            select p.whole from holding h join parts p on p.part = h.oid
        )
        select c.attrelid, format('%%I', c.attname) from columns c
        where c.attrelid = any (%s)
          and c.atttypid in (select oid from holding)
          and (coalesce(c.element, c.atttypid) not in (select oid from rules)
               or exists (select from domains d join holding h on h.oid = d.base
                          join pg_type b on b.oid = d.base and b.typtype <> 'd'
                          where d.oid = coalesce(c.element, c.atttypid)))
        order by c.attrelid, c.attnum
        """,  # noqa: S608 # constants of ours
        [oids],
    )
    return cursor.fetchall()
