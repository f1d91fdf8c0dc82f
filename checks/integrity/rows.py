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
from checks.integrity._user_code import UserCode, user_code
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot, Unread

CHECK = "integrity.rows"

_ARGUMENTS = 90
"""A function takes at most 100 arguments."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule of one table: which rows break it, and what a finding says then.

    lateral  what the condition needs beside the table in FROM
    """

    check: str
    subject: str
    said: str
    condition: sql.Composable
    lateral: sql.Composable | None = None

    def broken_by(self, rows: int) -> Finding:
        """The finding."""
        return Finding(
            self.check,
            self.subject,
            self.said,
            f"{plural(rows, 'row')} breaking it",
            "Mend or delete these rows, or restore again: the catalog calls the rule valid, and"
            " they break it.",
        )


def check_rows(shared: SharedSnapshot) -> Judgement:
    """``integrity.rows.check``, ``.not_null``, ``.partition`` and ``.domain`` (R37), largest table
    first.
    """
    version = shared.server_version
    answer = observed(shared, CHECK, "tables", lambda c: (table_rules(c, version), user_code(c)))
    if isinstance(answer, Judgement):
        return answer
    every, code = answer.result
    tables = [table for table in every if not table.empty]
    answers = shared.each(tables, lambda cursor, table: _scan(cursor, table, code))
    judgements = [
        not_read(CHECK, table.rendered, read) if isinstance(read, Unread) else read.result
        for table, read in zip(tables, answers, strict=True)
    ]
    hidden = tuple(
        Gap(
            f"{CHECK}.domain",
            column,
            "its domain lies inside a composite or a range, where this check does not look: an"
            " [[expect]] query in the settings can",
        )
        for table in every
        for column in table.hidden
    )
    facts = {CHECK: f"rules of {plural(len(tables), 'table')} applied to every row"}
    return Judgement.all([*judgements, Judgement(gaps=hidden, facts=facts)])


def _scan(cursor: RowCursor, table: TableRules, code: UserCode) -> Judgement:
    rules, gaps = _rules(cursor, table, code)  # before indexes are off, which catalogs live by
    scan_tables_only(cursor)
    # Compiled code reads a row in the belief that NOT NULL holds, and misreads one where not.
    pin(cursor, {"jit": "off"}, local=True)
    columns = [column for _, column in table.not_null]
    nulls = [
        _null(table, columns[at : at + _ARGUMENTS]) for at in range(0, len(columns), _ARGUMENTS)
    ]
    laterals = [rule.lateral for rule in rules if rule.lateral is not None]
    row = _count(cursor, table, [*(rule.condition for rule in rules), *nulls], laterals)
    found = [rule.broken_by(rows) for rule, rows in zip(rules, row, strict=False) if rows]
    if any(row[len(rules) :]):
        each = [
            _Rule(f"{CHECK}.not_null", subject, "NOT NULL", _null(table, [column]))
            for subject, column in table.not_null
        ]
        row = _count(cursor, table, [rule.condition for rule in each])
        found += [rule.broken_by(rows) for rule, rows in zip(each, row, strict=True) if rows]
    return Judgement(tuple(found), tuple(gaps))


def _rules(cursor: RowCursor, table: TableRules, code: UserCode) -> tuple[list[_Rule], list[Gap]]:
    """What one scan asks of a table, and what it must not ask."""
    rules: list[_Rule] = []
    gaps: list[Gap] = []
    for oid, constraint, condition in conditions(cursor, table):
        if oid is None or constraint is None:
            reasons = [code.get(("pg_class", ancestor)) for ancestor in table.ancestors]
            said = "rows within the partition's bound"
            rule = _Rule(f"{CHECK}.partition", table.rendered, said, _is_false(condition))
        else:
            reasons = [code.get(("pg_constraint", oid))]
            rule = _Rule(f"{CHECK}.check", constraint, "the CHECK", _is_false(condition))
        _sort(rule, reasons, rules, gaps)
    for number, domain in enumerate(table.domains):
        reasons = [] if domain.oid is None else [code.get(("pg_constraint", domain.oid))]
        rule = _Rule(
            f"{CHECK}.domain",
            domain.subject,
            f"{domain.constraint} of domain {domain.domain}",
            _lateral_name(number),
            _domain_condition(table, domain, number),
        )
        _sort(rule, reasons, rules, gaps)
    return rules, gaps


def _sort(rule: _Rule, reasons: Sequence[str | None], rules: list[_Rule], gaps: list[Gap]) -> None:
    reason = next(filter(None, reasons), None)
    if reason is None:
        rules.append(rule)
    else:
        gaps.append(Gap(rule.check, rule.subject, reason))


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


def _null(table: TableRules, columns: Sequence[str]) -> sql.Composed:
    # Never `is null`: a planner that trusts NOT NULL answers that without looking.
    return sql.SQL("num_nulls({}) > 0").format(
        sql.SQL(", ").join(sql.Identifier(table.name, column) for column in columns)
    )


def _count(
    cursor: RowCursor,
    table: TableRules,
    conditions: Sequence[sql.Composable],
    laterals: Sequence[sql.Composable] = (),
) -> list[int]:
    """How many rows meet each condition, in one scan."""
    if not conditions:
        return []
    cursor.execute(
        sql.SQL("select {} from only {}{}").format(
            sql.SQL(", ").join(
                sql.SQL("count(*) filter (where {})").format(condition) for condition in conditions
            ),
            sql.Identifier(table.schema, table.name),
            sql.SQL("").join(laterals),
        )
    )
    ((*row,),) = cursor.fetchall()
    return row
