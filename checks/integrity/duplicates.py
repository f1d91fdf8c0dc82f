"""Keys that occur twice under a unique index (R38).

An index that lost entries lets a second row with the same key in, and answers for one of the two
(row 11 of docs/restores-that-lie.md). The rows themselves are grouped by the key, with no help from
any index. That sorts or hashes every key, ten times the work of a count, so it is for servers
whose amcheck does not do it: `checks.integrity.amcheck` does from PostgreSQL 17 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._judging import not_read, observed, plural
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.duplicates"

Keys = Literal["primary", "unique"]
"""Which keys: primary ones only, or those of every unique index."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One unique index.

    nulls     whether two nulls are the same (NULLS NOT DISTINCT, 15)
    classes   operator classes that compare otherwise than GROUP BY does
    """

    oid: int
    name: str
    schema: str
    table: str
    nulls: bool
    classes: Sequence[str]


def check_duplicates(shared: SharedSnapshot, *, keys: Keys = "unique") -> Judgement:
    """Rows whose key is not theirs alone, for every valid unique index, largest table first."""
    version = shared.server_version
    answer = observed(shared, CHECK, "unique indexes", lambda cursor: _keys(cursor, version, keys))
    if isinstance(answer, Judgement):
        return answer
    comparable = [key for key in answer.result if not key.classes]
    judgements = [
        _answered(key, read)
        for key, read in zip(comparable, shared.each(comparable, _count), strict=True)
    ]
    gaps = tuple(
        Gap(
            CHECK,
            key.name,
            f"its operator class {', '.join(key.classes)} compares in a way of its own: amcheck of"
            " PostgreSQL 17 or newer can tell",
        )
        for key in answer.result
        if key.classes
    )
    facts = {CHECK: f"{plural(len(comparable), 'unique index', 'unique indexes')} by their rows"}
    return Judgement.all([*judgements, Judgement(gaps=gaps, facts=facts)])


def _keys(cursor: RowCursor, version: int, keys: Keys) -> list[_Key]:
    nulls = "i.indnullsnotdistinct" if version >= 150000 else "false"
    cursor.execute(
        f"""
        select i.indexrelid::int8, format('%%I.%%I', n.nspname, x.relname), tn.nspname, t.relname,
               {nulls},
               array(select o.opcname::text from unnest(i.indclass) as c(oid)
                     join pg_opclass o on o.oid = c.oid
                     where not o.opcdefault and o.opcname !~ '_pattern_ops$')
        from pg_index i
        join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = x.relnamespace
        join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
        where i.indisunique and i.indisvalid and x.relkind = 'i' and x.relpersistence <> 't'
          and tn.nspname !~ %s and (i.indisprimary or %s)
        order by t.relpages desc, 2
        """,  # noqa: S608 # a constant of ours
        [SYSTEM_SCHEMAS, keys == "unique"],
    )
    return [_Key(*row) for row in cursor]


def _definition(cursor: RowCursor, key: _Key) -> tuple[list[sql.SQL], sql.SQL | None]:
    """What the index is over, and its predicate. Asked for one index at a time: to render them the
    server locks the table, and would wait for whoever has it locked."""
    cursor.execute(
        """
        -- The expression first, then how the index compares it where a column would not say so.
        select '(' || pg_get_indexdef(i.indexrelid, a.at, false) || ')'
                   || case when i.indcollation[a.at - 1] = 0 then ''
                           else format(' collate %%I.%%I', n.nspname, c.collname) end,
               pg_get_expr(i.indpred, i.indrelid)
        from pg_index i
        cross join generate_series(1, i.indnkeyatts) as a(at)
        left join pg_collation c on c.oid = i.indcollation[a.at - 1]
        left join pg_namespace n on n.oid = c.collnamespace
        where i.indexrelid = %s
        order by a.at
        """,
        [key.oid],
    )
    rows = cursor.fetchall()
    predicate = rows[0][1]
    return [sql.SQL(term) for term, _ in rows], None if predicate is None else sql.SQL(predicate)


def _count(cursor: RowCursor, key: _Key) -> tuple[int, int]:
    """How many keys occur more than once, in how many rows. Never which."""
    terms, predicate = _definition(cursor, key)
    scan_tables_only(cursor)
    conditions = [] if key.nulls else [sql.SQL("{} is not null").format(term) for term in terms]
    if predicate is not None:
        conditions.append(sql.SQL("({})").format(predicate))
    cursor.execute(
        sql.SQL(
            "select count(*), coalesce(sum(rows), 0)::bigint from (select count(*) as rows"
            " from only {} {} group by {} having count(*) > 1) as twice"
        ).format(
            sql.Identifier(key.schema, key.table),
            sql.SQL("where {}").format(sql.SQL(" and ").join(conditions))
            if conditions
            else sql.SQL(""),
            sql.SQL(", ").join(terms),
        )
    )
    ((number, rows),) = cursor.fetchall()
    return number, rows


def _answered(key: _Key, answer: Read[tuple[int, int]] | Unread) -> Judgement:
    if isinstance(answer, Unread):
        return not_read(CHECK, key.name, answer)
    number, rows = answer.result
    if not number:
        return Judgement()
    return Judgement(
        (
            Finding(
                CHECK,
                key.name,
                "every key once",
                f"{plural(number, 'key')} in {plural(rows, 'row')}",
                "Decide which row of each is the true one, delete the others, then REINDEX: the"
                " index let them in, so it is broken too.",
            ),
        )
    )
