"""Foreign keys as data, and the question whether all their rows have a parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from checks.database import RowCursor

SHOWABLE = ("smallint", "integer", "bigint", "uuid")
"""Types whose keys may be shown (DESIGN 4)."""


@dataclass(frozen=True, slots=True)
class Side:
    """One table of a foreign key. `only`: a partitioned table is read with its partitions, an
    ordinary one without its inheritance children, which the foreign key knows nothing of."""

    schema: str
    table: str
    only: bool
    columns: tuple[str, ...]

    @property
    def source(self) -> sql.Composed:
        """As it stands in a FROM clause."""
        only = sql.SQL("only " if self.only else "")
        return only + sql.Identifier(self.schema, self.table)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key.

    operators  (schema, name) of each column's equality, parent column on the left
    collations (schema, name) where both columns' collations differ: that of the parent's column
    full       MATCH FULL: a key that is null in part is a violation
    period     the last column is a range, which the parents' ranges must cover together (18)
    types      of the columns of `child`, domains resolved
    """

    name: str
    child: Side
    parent: Side
    operators: tuple[tuple[str, str], ...]
    collations: tuple[tuple[str, str] | None, ...]
    full: bool
    period: bool
    types: tuple[str, ...]

    @property
    def showable(self) -> bool:
        """Whether the keys may be told: whole numbers and uuids only."""
        return all(kind in SHOWABLE for kind in self.types)


def foreign_keys(cursor: RowCursor, version: int) -> list[ForeignKey]:
    """Every foreign key once (those of partitions with their root's), largest child first."""
    period = "k.conperiod" if version >= 180000 else "false"
    cursor.execute(
        f"""
        select format('%I.%I.%I', cn.nspname, c.relname, k.conname),
               cn.nspname, c.relname, c.relkind <> 'p', pn.nspname, p.relname, p.relkind <> 'p',
               keys.child, keys.parent, keys.operators, keys.collations, keys.types,
               k.confmatchtype = 'f', {period}
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid join pg_namespace cn on cn.oid = c.relnamespace
        join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
        cross join lateral (
            select array_agg(ca.attname::text order by u.at) as child,
                   array_agg(pa.attname::text order by u.at) as parent,
                   json_agg(json_build_array(opn.nspname, o.oprname) order by u.at) as operators,
                   json_agg(case when ca.attcollation <> pa.attcollation and pa.attcollation <> 0
                            then json_build_array(con.nspname, co.collname) end order by u.at)
                       as collations,
                   array_agg(format_type(case t.typtype when 'd' then t.typbasetype else t.oid end,
                                         null) order by u.at) as types
            from unnest(k.conkey, k.confkey, k.conpfeqop) with ordinality
                as u(child, parent, operator, at)
            join pg_attribute ca on ca.attrelid = k.conrelid and ca.attnum = u.child
            join pg_attribute pa on pa.attrelid = k.confrelid and pa.attnum = u.parent
            join pg_type t on t.oid = ca.atttypid
            join pg_operator o on o.oid = u.operator
            join pg_namespace opn on opn.oid = o.oprnamespace
            left join pg_collation co on co.oid = pa.attcollation
            left join pg_namespace con on con.oid = co.collnamespace
        ) as keys
        where k.contype = 'f' and k.conparentid = 0
        order by case when c.relkind = 'p' then
                     (select coalesce(sum(greatest(l.relpages, 0)), 0) from pg_class l
                      where l.oid in (select relid from pg_partition_tree(c.oid)))
                 else greatest(c.relpages, 0) end desc, 1
        """  # noqa: S608 # a constant of ours
    )
    return [_foreign_key(*row) for row in cursor]


def _foreign_key(
    name: str,
    child_schema: str,
    child: str,
    child_only: bool,
    parent_schema: str,
    parent: str,
    parent_only: bool,
    columns: Sequence[str],
    parents: Sequence[str],
    operators: Sequence[tuple[str, str]],
    collations: Sequence[tuple[str, str] | None],
    types: Sequence[str],
    full: bool,
    period: bool,
) -> ForeignKey:
    return ForeignKey(
        name,
        Side(child_schema, child, child_only, tuple(columns)),
        Side(parent_schema, parent, parent_only, tuple(parents)),
        tuple((schema, operator) for schema, operator in operators),
        tuple((c[0], c[1]) if c else None for c in collations),
        full,
        period,
        tuple(types),
    )


def orphans(key: ForeignKey) -> sql.Composed:
    """A query of the rows of the child (as ``c``) that have no parent: their key columns.

    An anti-join, which the server hashes: it needs no index, and none may be trusted.
    """
    columns = [sql.Identifier("c", column) for column in key.child.columns]
    selected = sql.SQL(", ").join(columns)
    present = sql.SQL(" and ").join(sql.SQL("{} is not null").format(column) for column in columns)
    query = sql.SQL("select {} from {} as c {} where {} and {}").format(
        selected, key.child.source, _covering(key), present, _unmatched(key)
    )
    if key.full and len(columns) > 1:
        in_part = sql.SQL(
            " union all select {} from {} as c where num_nulls({}) between 1 and {}"
        ).format(selected, key.child.source, selected, sql.Literal(len(columns) - 1))
        return query + in_part
    return query


def _unmatched(key: ForeignKey) -> sql.Composed:
    if key.period:
        return sql.SQL("not coalesce(p.covered operator(pg_catalog.@>) {}, false)").format(
            sql.Identifier("c", key.child.columns[-1])
        )
    matches = [_match(key, i) for i in range(len(key.operators))]
    return sql.SQL("not exists (select from {} as p where {})").format(
        key.parent.source, sql.SQL(" and ").join(matches)
    )


def _covering(key: ForeignKey) -> sql.Composable:
    """For a PERIOD key: what the parents of one key cover together."""
    if not key.period:
        return sql.SQL("")
    scalar = key.parent.columns[:-1]
    matches = [_match(key, i) for i in range(len(scalar))]
    return sql.SQL(
        "left join (select {}, range_agg({}) as covered from {} group by {}) as p on {}"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, scalar)),
        sql.Identifier(key.parent.columns[-1]),
        key.parent.source,
        sql.SQL(", ").join(map(sql.Identifier, scalar)),
        sql.SQL(" and ").join(matches),
    )


def _match(key: ForeignKey, i: int) -> sql.Composed:
    schema, operator = key.operators[i]
    collation = key.collations[i]
    collate = (
        sql.SQL("")
        if collation is None
        else sql.SQL(" collate {}").format(sql.Identifier(*collation))
    )
    return sql.SQL("p.{}{} operator({}.{}) c.{}{}").format(
        sql.Identifier(key.parent.columns[i]),
        collate,
        sql.Identifier(schema),
        sql.SQL(operator),
        sql.Identifier(key.child.columns[i]),
        collate,
    )
