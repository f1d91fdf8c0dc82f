"""Every row can be reached by the indexes that amcheck does not know: GiST and SP-GiST (R38).

The rows are counted twice in one snapshot: by the table, and by the index from end to end, over
the one condition that any such index can be walked for: that its first column is not null. The
plan is looked at first, so that no other index answers. Rows that are missing from the index, and
pages of it that cannot be read, are found; whether the keys within lead every search to its rows is
not, so the gap that `checks.integrity.structure` tells of these indexes stands. Hash, GIN and BRIN
indexes cannot be walked so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from checks.database import RowCursor, pin, scan_tables_only
from checks.finding import Finding
from checks.integrity._index_terms import index_terms
from checks.integrity._judging import not_read, observed, plural
from checks.integrity._relations import RELATIONS
from checks.integrity._user_code import user_code
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.indexes.reach"


@dataclass(frozen=True, slots=True)
class _Index:
    oid: int
    name: str
    bare: str
    schema: str
    table: str


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows by the table, and by the index; None where the planner would not walk it."""

    table: int
    index: int | None


def check_reach(shared: SharedSnapshot) -> Judgement:
    """``integrity.indexes.reach`` of every valid GiST and SP-GiST index, largest first (R38)."""
    seen = observed(shared, CHECK, "indexes", lambda c: (_indexes(c), user_code(c)))
    if isinstance(seen, Judgement):
        return seen
    indexes, code = seen.result
    walked = [index for index in indexes if ("pg_class", index.oid) not in code]
    answers = shared.each(walked, _count)
    judgements = [_answered(i, a) for i, a in zip(walked, answers, strict=True)]
    gaps = tuple(
        Gap(CHECK, index.name, code["pg_class", index.oid])
        for index in indexes
        if ("pg_class", index.oid) in code
    )
    return Judgement.all([*judgements, Judgement(gaps=gaps)])


def _indexes(cursor: RowCursor) -> list[_Index]:
    cursor.execute(
        f"""
        with {RELATIONS}
        select r.oid::int8, r.name, x.relname, tn.nspname, t.relname
        from named r
        join pg_class x on x.oid = r.oid
        join pg_index i on i.indexrelid = r.oid
        join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
        join pg_am a on a.oid = r.relam
        where r.relkind = 'i' and a.amname in ('gist', 'spgist')
          and i.indisvalid and i.indisready and i.indislive
          and not (r.relpersistence = 'u' and pg_is_in_recovery())
        order by t.relpages desc, r.name
        """.encode()  # noqa: S608 # a constant of ours
    )
    return [_Index(*row) for row in cursor]


def _count(cursor: RowCursor, index: _Index) -> _Counts | None:
    terms = index_terms(cursor, index.oid)
    if terms is None:
        return None
    first = sql.SQL("{} is not null").format(terms.expressions[0])
    question = sql.SQL("select count(*) from only {}{}").format(
        sql.Identifier(index.schema, index.table), terms.where(first)
    )
    scan_tables_only(cursor)
    cursor.execute(question)
    ((by_table,),) = cursor.fetchall()
    indexes = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
    pin(cursor, {**dict.fromkeys(indexes, "on"), "enable_seqscan": "off"}, local=True)
    cursor.execute(sql.SQL("explain (format json) {}").format(question))
    ((plan,),) = cursor.fetchall()
    if _scanned(plan) != {index.bare}:
        return _Counts(by_table, None)
    cursor.execute(question)
    ((by_index,),) = cursor.fetchall()
    return _Counts(by_table, by_index)


def _scanned(plan: Any) -> set[str | None]:
    """The indexes that a plan scans; None among them for a table that is scanned itself."""
    if isinstance(plan, list):
        return set().union(*map(_scanned, plan))
    if "Plan" in plan:
        return _scanned(plan["Plan"])
    found = _scanned(plan.get("Plans", []))
    kind = str(plan["Node Type"])
    if kind.endswith("Scan") and kind != "Bitmap Heap Scan":
        found.add(plan.get("Index Name"))
    return found


def _answered(index: _Index, answer: Read[_Counts | None] | Unread) -> Judgement:
    if isinstance(answer, Unread):
        return not_read(CHECK, index.name, answer)
    if answer.result is None:
        gone = "it was dropped while the copy was verified: verify again"
        return Judgement(gaps=(Gap(CHECK, index.name, gone),))
    counts = answer.result
    if counts.index is None:
        reason = "the planner would not walk it from end to end: REINDEX it in the copy to be sure"
        return Judgement(gaps=(Gap(CHECK, index.name, reason),))
    if counts.index == counts.table:
        return Judgement()
    return Judgement(
        (
            Finding(
                CHECK,
                index.name,
                plural(counts.table, "row"),
                plural(counts.index, "row"),
                "Rebuild it with REINDEX INDEX and look for what broke it: queries that use it miss"
                " rows.",
            ),
        )
    )
