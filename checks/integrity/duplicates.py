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

    terms     what it is over: columns and expressions, with collations where they differ
    nulls     whether two nulls are the same (NULLS NOT DISTINCT, 15)
    classes   operator classes that compare otherwise than GROUP BY does
    """

    name: str
    schema: str
    table: str
    terms: Sequence[str]
    predicate: str | None
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
        select format('%%I.%%I', n.nspname, x.relname), tn.nspname, t.relname, u.terms,
               pg_get_expr(i.indpred, i.indrelid), {nulls}, u.classes
        from pg_index i
        join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = x.relnamespace
        join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
        cross join lateral (
            -- The expression first, then how the index compares it where a column would not say so.
            select array_agg('(' || pg_get_indexdef(i.indexrelid, a.at, false) || ')'
                       || case when i.indcollation[a.at - 1] = 0 then ''
                               else format(' collate %%I.%%I', cn.nspname, co.collname) end
                       order by a.at) as terms,
                   coalesce(array_agg(o.opcname::text order by a.at) filter (
                       where not o.opcdefault and o.opcname !~ '_pattern_ops$'), '{{}}') as classes
            from generate_series(1, i.indnkeyatts) as a(at)
            join pg_opclass o on o.oid = i.indclass[a.at - 1]
            left join pg_collation co on co.oid = i.indcollation[a.at - 1]
            left join pg_namespace cn on cn.oid = co.collnamespace
        ) as u
        where i.indisunique and i.indisvalid and x.relkind = 'i' and x.relpersistence <> 't'
          and tn.nspname !~ %s and (i.indisprimary or %s)
        order by t.relpages desc, 1
        """,  # noqa: S608 # a constant of ours
        [SYSTEM_SCHEMAS, keys == "unique"],
    )
    return [_Key(*row) for row in cursor]


def _count(cursor: RowCursor, key: _Key) -> tuple[int, int]:
    """How many keys occur more than once, in how many rows. Never which."""
    scan_tables_only(cursor)
    terms = [sql.SQL(term) for term in key.terms]
    conditions = [] if key.nulls else [sql.SQL("{} is not null").format(term) for term in terms]
    if key.predicate is not None:
        conditions.append(sql.SQL("({})").format(sql.SQL(key.predicate)))
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
