"""Rows that break a rule which the catalog calls valid (R37).

A CHECK, a NOT NULL, a domain, the bound of a partition: all hold for what was inserted through
them, and a restore goes round them (``session_replication_role``, a data folder put together from
two moments, a constraint that was marked valid by hand). One scan of each table looks at all of its
rules. Rules that are NOT VALID or not enforced are `checks.integrity.constraints`'s; unique ones
`checks.integrity.duplicates`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from checks.database import RowCursor, pin, scan_tables_only
from checks.finding import Finding
from checks.integrity._judging import not_read, observed, plural
from checks.integrity._row_rules import DomainRule, TableRules, conditions, table_rules
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.rows"

_REMEDY = (
    "Mend or delete these rows, or restore again: the catalog calls the rule valid, and they break"
    " it."
)
_ARGUMENTS = 90
"""A function takes at most 100 arguments."""


@dataclass(frozen=True, slots=True)
class _Broken:
    """A rule, and the number of rows that break it."""

    check: str
    subject: str
    rule: str
    rows: int


def check_rows(shared: SharedSnapshot) -> Judgement:
    """``integrity.rows.check``, ``.not_null``, ``.partition`` and ``.domain`` (R37), largest table
    first.
    """
    version = shared.server_version
    answer = observed(shared, CHECK, "tables", lambda cursor: table_rules(cursor, version))
    if isinstance(answer, Judgement):
        return answer
    tables = [table for table in answer.result if not table.empty]
    judgements = [
        _answered(table, read)
        for table, read in zip(tables, shared.each(tables, _scan), strict=True)
    ]
    hidden = [
        Gap(
            f"{CHECK}.domain",
            column,
            "its domain lies inside a composite or a range, where this check does not"
            " look: an [[expect]] query in the settings can",
        )
        for table in answer.result
        for column in table.hidden
    ]
    facts = {CHECK: f"rules of {plural(len(tables), 'table')} applied to every row"}
    return Judgement.all([*judgements, Judgement(gaps=tuple(hidden), facts=facts)])


def _answered(table: TableRules, answer: Read[list[_Broken]] | Unread) -> Judgement:
    if isinstance(answer, Unread):
        return not_read(CHECK, table.rendered, answer)
    return Judgement(
        tuple(
            Finding(b.check, b.subject, b.rule, f"{plural(b.rows, 'row')} breaking it", _REMEDY)
            for b in answer.result
        )
    )


def _scan(cursor: RowCursor, table: TableRules) -> list[_Broken]:
    rules = conditions(cursor, table)  # before indexes are off, which catalogs live by
    scan_tables_only(cursor)
    # Compiled code reads a row in the belief that NOT NULL holds, and misreads one where not.
    pin(cursor, {"jit": "off"}, local=True)
    laterals = [_domain_condition(table, rule, number) for number, rule in enumerate(table.domains)]
    counts = [
        sql.SQL("count(*) filter (where {})").format(_is_false(condition)) for _, condition in rules
    ]
    counts += [
        sql.SQL("count(*) filter (where {})").format(_lateral_name(number))
        for number in range(len(laterals))
    ]
    columns = [column for _, column in table.not_null]
    chunks = [columns[at : at + _ARGUMENTS] for at in range(0, len(columns), _ARGUMENTS)]
    # Never `is null`: a planner that trusts NOT NULL answers that without looking.
    counts += [
        sql.SQL("count(*) filter (where num_nulls({}) > 0)").format(_columns(table, chunk))
        for chunk in chunks
    ]
    row = _count(cursor, table, counts, laterals)
    broken = [
        _Broken(f"{CHECK}.partition", table.rendered, "rows within the partition's bound", rows)
        if constraint is None
        else _Broken(f"{CHECK}.check", constraint, "the CHECK", rows)
        for (constraint, _), rows in zip(rules, row, strict=False)
        if rows
    ]
    in_domains = row[len(rules) : len(rules) + len(laterals)]
    for rule, rows in zip(table.domains, in_domains, strict=True):
        if rows:
            said = f"{rule.constraint} of domain {rule.domain}"
            broken.append(_Broken(f"{CHECK}.domain", rule.subject, said, rows))
    if any(row[len(rules) + len(laterals) :]):
        broken += _nulls(cursor, table)
    return broken


def _is_false(expression: str) -> sql.Composable:
    """As SQL has it: a constraint whose result is unknown holds."""
    return sql.SQL("({}) is false").format(sql.SQL(expression))


def _domain_condition(table: TableRules, rule: DomainRule, number: int) -> sql.Composed:
    """The rule asked of one column, under the name that the domain gives it: ``VALUE``."""
    condition = (
        sql.SQL("num_nulls(value) > 0") if rule.expression is None else _is_false(rule.expression)
    )
    value = sql.SQL("{}::{}").format(
        sql.Identifier(table.name, rule.column), sql.SQL(rule.base + ("[]" if rule.array else ""))
    )
    source = sql.SQL("unnest({})" if rule.array else "(select {})").format(value)
    return sql.SQL(
        " cross join lateral (select coalesce(bool_or({}), false) from {} as {} (value)) as {} ({})"
        if rule.array
        else " cross join lateral (select {} from {} as {} (value)) as {} ({})"
    ).format(
        condition,
        source,
        sql.Identifier("restore_drill value"),
        _lateral_name(number),
        _lateral_name(number),
    )


def _lateral_name(number: int) -> sql.Identifier:
    # Blanks, so that it is no column of theirs: expressions name columns without their table.
    return sql.Identifier(f"restore_drill rule {number}")


def _nulls(cursor: RowCursor, table: TableRules) -> list[_Broken]:
    counts = [
        sql.SQL("count(*) filter (where num_nulls({}) > 0)").format(_columns(table, [column]))
        for _, column in table.not_null
    ]
    row = _count(cursor, table, counts, ())
    return [
        _Broken(f"{CHECK}.not_null", subject, "NOT NULL", rows)
        for (subject, _), rows in zip(table.not_null, row, strict=True)
        if rows
    ]


def _count(
    cursor: RowCursor,
    table: TableRules,
    counts: Sequence[sql.Composable],
    laterals: Sequence[sql.Composable],
) -> tuple[int, ...]:
    cursor.execute(
        sql.SQL("select {} from only {}{}").format(
            sql.SQL(", ").join(counts),
            sql.Identifier(table.schema, table.name),
            sql.SQL("").join(laterals),
        )
    )
    ((*row,),) = cursor.fetchall()
    return tuple(row)


def _columns(table: TableRules, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table.name, column) for column in columns)
