"""Rows that refer to rows which are not there (R37).

Data loaded with triggers off, a table restored from another moment, a half-run migration: the
foreign key is there, valid and enabled, and does not hold. Each one is asked anew, by an anti-join
over the tables themselves: never by an index, which may be the broken one. Constraints that are NOT
VALID, deferrable or not enforced are asked too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from checks.database import RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._foreign_keys import ForeignKey, foreign_keys, orphans
from checks.integrity._judging import NAMES_SHOWN, not_read, observed, plural
from checks.judgement import Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.orphans"


@dataclass(frozen=True, slots=True)
class _Orphans:
    """How many rows have no parent, how many different keys they name, and the first of those."""

    rows: int
    keys: int | None
    first: Sequence[str]


def check_orphans(shared: SharedSnapshot) -> Judgement:
    """The rows of every foreign key that have no parent, largest table first (R37)."""
    version = shared.server_version
    answer = observed(shared, CHECK, "foreign keys", lambda cursor: foreign_keys(cursor, version))
    if isinstance(answer, Judgement):
        return answer
    keys = answer.result
    judgements = [
        _answered(key, read) for key, read in zip(keys, shared.each(keys, _count), strict=True)
    ]
    facts = {CHECK: f"{plural(len(keys), 'foreign key')} followed"}
    return Judgement.all([*judgements, Judgement(facts=facts)])


def _count(cursor: RowCursor, key: ForeignKey) -> _Orphans:
    scan_tables_only(cursor)
    cursor.execute(sql.SQL("select count(*) from ({}) as orphan").format(orphans(key)))
    ((rows,),) = cursor.fetchall()
    if not rows or not key.showable:
        return _Orphans(rows, None, ())
    names = [f"k{i}" for i in range(len(key.child.columns))]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    cursor.execute(
        sql.SQL(
            "select concat_ws(', ', {columns}), count(*) over () from ({orphans}) as o({columns})"
            " group by {columns} order by {columns} limit {limit}"
        ).format(columns=columns, orphans=orphans(key), limit=sql.Literal(NAMES_SHOWN))
    )
    shown = cursor.fetchall()
    return _Orphans(rows, shown[0][1], [text for text, _ in shown])


def _answered(key: ForeignKey, answer: Read[_Orphans] | Unread) -> Judgement:
    if isinstance(answer, Unread):
        return not_read(CHECK, key.name, answer)
    found = answer.result
    if not found.rows:
        return Judgement()
    return Judgement(
        (
            Finding(
                CHECK,
                key.name,
                "a parent for every row",
                f"{plural(found.rows, 'row')} without one{_keys(key, found)}",
                "Restore again, or find where their parents went: rows refer to rows that are not"
                " in the copy.",
            ),
        )
    )


def _keys(key: ForeignKey, found: _Orphans) -> str:
    if found.keys is None:
        return ""
    more = found.keys - len(found.first)
    columns = ", ".join(key.child.columns)
    shown = "; ".join(found.first) + (f" and {more:,} more" if more else "")
    return f", ({columns}) = {shown}"
