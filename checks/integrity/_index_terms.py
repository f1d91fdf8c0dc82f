"""What an index is over, as SQL to be asked of its table."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from checks.database import RowCursor


@dataclass(frozen=True, slots=True)
class IndexTerms:
    """The key of an index, and which rows it holds.

    expressions  its columns and expressions, in parentheses, without INCLUDE
    compared     the same with the collation that the index compares by
    predicate    of a partial index
    """

    expressions: tuple[sql.Composed, ...]
    compared: tuple[sql.Composed, ...]
    predicate: sql.SQL | None

    def where(self, *conditions: sql.Composable) -> sql.Composed:
        """A WHERE clause with these conditions and the predicate; empty where there is none."""
        all_of = [*conditions]
        if self.predicate is not None:
            all_of.append(sql.SQL("({})").format(self.predicate))
        if not all_of:
            return sql.Composed([])
        return sql.SQL(" where ") + sql.SQL(" and ").join(all_of)


def index_terms(cursor: RowCursor, oid: int) -> IndexTerms | None:
    """Of one index; None where it is gone. To render them the server locks the table, and would
    wait for whoever has it locked: so they are asked for where the table is read, one at a time."""
    cursor.execute(
        """
        select pg_get_indexdef(i.indexrelid, a.at, false), n.nspname, c.collname,
               pg_get_expr(i.indpred, i.indrelid)
        from pg_index i
        cross join generate_series(1, i.indnkeyatts) as a(at)
        left join pg_collation c on c.oid = i.indcollation[a.at - 1]
        left join pg_namespace n on n.oid = c.collnamespace
        where i.indexrelid = %s
        order by a.at
        """,
        [oid],
    )
    rows = cursor.fetchall()
    if not rows:
        return None
    expressions = tuple(sql.SQL("({})").format(sql.SQL(term)) for term, *_ in rows)
    compared = tuple(
        expression
        if collation is None
        else sql.SQL("{} collate {}").format(expression, sql.Identifier(schema, collation))
        for expression, (_, schema, collation, _) in zip(expressions, rows, strict=True)
    )
    predicate = rows[0][3]
    return IndexTerms(expressions, compared, None if predicate is None else sql.SQL(predicate))
