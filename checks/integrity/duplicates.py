"""Keys that occur twice under a unique index (R38).

An index that lost entries lets a second row with the same key in, and answers for one of the two
(row 11 of docs/restores-that-lie.md). The rows themselves are grouped by the key, with no help from
any index. That sorts or hashes every key, dozens of times the work of a count, and may need space
for temporary files, so it is for servers whose amcheck does not do it: from PostgreSQL 17 on
`checks.integrity.structure` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._index_terms import index_terms
from checks.integrity._judging import not_read, observed, plural
from checks.integrity._user_code import UserCode, user_code
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
    classes: tuple[str, ...]


def check_duplicates(shared: SharedSnapshot, *, keys: Keys = "unique") -> Judgement:
    """Rows whose key is not theirs alone, for every valid unique index, largest table first."""
    version = shared.server_version
    answer = observed(
        shared, CHECK, "unique indexes", lambda c: (_keys(c, version, keys), user_code(c))
    )
    if isinstance(answer, Judgement):
        return answer
    every, code = answer.result
    reasons = {key: _hindrance(key, code) for key in every}
    comparable = [key for key in every if reasons[key] is None]
    judgements = [
        _answered(key, read)
        for key, read in zip(comparable, shared.each(comparable, _count), strict=True)
    ]
    gaps = tuple(Gap(CHECK, key.name, reason) for key, reason in reasons.items() if reason)
    facts = {CHECK: f"{plural(len(comparable), 'unique index', 'unique indexes')} by their rows"}
    return Judgement.all([*judgements, Judgement(gaps=gaps, facts=facts)])


def _hindrance(key: _Key, code: UserCode) -> str | None:
    if key.classes:
        return (
            f"its operator class {', '.join(key.classes)} compares in a way of its own: amcheck of"
            " PostgreSQL 17 or newer can tell"
        )
    return code.get(("pg_class", key.oid))


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
    return [
        _Key(oid, name, schema, table, no_nulls, tuple(classes))
        for oid, name, schema, table, no_nulls, classes in cursor
    ]


def _count(cursor: RowCursor, key: _Key) -> tuple[int, int] | None:
    """How many keys occur more than once, in how many rows, never which; None where it is gone."""
    terms = index_terms(cursor, key.oid)
    if terms is None:
        return None
    scan_tables_only(cursor)
    no_nulls = [sql.SQL("{} is not null").format(term) for term in terms.expressions]
    cursor.execute(
        sql.SQL(
            "select count(*), coalesce(sum(rows), 0)::bigint from (select count(*) as rows"
            " from only {}{} group by {} having count(*) > 1) as twice"
        ).format(
            sql.Identifier(key.schema, key.table),
            terms.where(*([] if key.nulls else no_nulls)),
            sql.SQL(", ").join(terms.compared),
        )
    )
    ((number, rows),) = cursor.fetchall()
    return number, rows


def _answered(key: _Key, answer: Read[tuple[int, int] | None] | Unread) -> Judgement:
    if isinstance(answer, Unread):
        return not_read(CHECK, key.name, answer)
    if answer.result is None:
        gone = "it was dropped while the copy was verified: verify again"
        return Judgement(gaps=(Gap(CHECK, key.name, gone),))
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
