"""For any table and any few faults: what differs is told, and nothing else.

The oracle reads both tables row by row, as text, and compares them itself. The copy is made by
``insert … select`` in another order, so that rows lie elsewhere in its files.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql

from checks.content.observation import Buckets, Division, KeyRanges
from checks.finding import Finding
from fixtures.postgres.server import Server
from tests.checks.pair import SECRET, Connection, Pair, made

NUMBERS = st.integers(-3, 3)
TEXTS = st.text(st.sampled_from("aAéëe\N{COMBINING ACUTE ACCENT} \t'\"\\%{},中\x7f"), max_size=4)

TYPES: dict[str, st.SearchStrategy[str]] = {
    "int2": st.integers(-(2**15), 2**15 - 1).map(str),
    "int4": NUMBERS.map(str),
    "int8": st.builds(lambda a, b: str(a + b * 2**32), NUMBERS, NUMBERS),
    "numeric": st.sampled_from(["0", "-0.0", "1", "1.0", "1.00", "NaN", "1e-20", "1e30", "-1"]),
    "float4": st.sampled_from(["0", "-0", "1", "1.0000001", "NaN", "Infinity", "-Infinity"]),
    "float8": st.sampled_from(["0", "-0", "1", "1.0000000000000002", "NaN", "5e-324"]),
    "bool": st.sampled_from(["t", "f"]),
    "text": TEXTS,
    "varchar(5)": TEXTS,
    "char(5)": st.sampled_from(["", "a", "a ", " a", "é"]),
    "bytea": st.binary(max_size=3).map(lambda raw: r"\x" + raw.hex()),
    "date": st.dates().map(str),
    "timestamp": st.datetimes().map(str),
    "timestamptz": st.datetimes().map(lambda moment: f"{moment}+00"),
    "interval": st.sampled_from(["1 day", "24 hours", "1 month", "30 days", "0", "-1 day"]),
    "timetz": st.sampled_from(["00:00+00", "01:00+01", "24:00+00"]),
    "json": st.sampled_from(['{"a":1,"b":2}', '{"b":2,"a":1}', "1.0", "1.00", "null", " 1"]),
    "jsonb": st.sampled_from(['{"a":1}', "1.0", "1.00", "null", "[]", "[null]"]),
    "uuid": st.uuids().map(str),
    "inet": st.sampled_from(["10.0.0.1", "10.0.0.1/8", "::1"]),
    "int4[]": st.sampled_from(["{}", "{1}", "{NULL}", "[2:3]={1,2}", "{1,2}", "{{1},{2}}"]),
    "text[]": st.sampled_from(["{}", '{""}', "{NULL}", '{"NULL"}', '{"a,b"}', "{a,b}"]),
    "int4range": st.sampled_from(["empty", "[1,2)", "[1,)", "(,)"]),
    "numrange": st.sampled_from(["[1,2)", "[1,2]", "[1.0,2)"]),
    "bit varying": st.sampled_from(["0", "00", "1"]),
    "point": st.sampled_from(["(0,0)", "(-0,0)", "(1,NaN)"]),
    "tsvector": st.sampled_from(["'a':1", "'a':2", "'a'", "'a':1A"]),
}

KEY_TYPES = ("int2", "int4", "int8", "uuid", "text", "timestamp", "numeric", "bytea")
SHOWN = {"int2", "int4", "int8", "uuid"}

NAMES = st.text(
    st.sampled_from(string.ascii_lowercase + 'A Ü"%.中{}'), min_size=1, max_size=5
).filter(lambda name: name not in {"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})


@dataclass(frozen=True, slots=True)
class Case:
    """A table, its rows as literals (None: NULL), faults, and how it is divided.

    key     how many of the first columns are its primary key; 0 for none
    faults  what is done to the rows of the copy, one after the other
    """

    columns: tuple[tuple[str, str], ...]
    key: int
    rows: tuple[tuple[str | None, ...], ...]
    faults: tuple[tuple[str, int, int, int, str | None], ...]
    hashed: bool
    bounds: tuple[str, ...]

    @property
    def division(self) -> Division | None:
        if not self.key:
            return Buckets(by="row hash", number=4) if self.hashed else None
        name, type_ = self.columns[0]
        if type_ not in SHOWN or self.hashed:
            return Buckets(by="key hash", number=4)
        return KeyRanges(column=name, type=type_, bounds=self.bounds)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    key = draw(st.integers(0, 2))
    types = [draw(st.sampled_from(KEY_TYPES)) for _ in range(key)]
    types += draw(st.lists(st.sampled_from(sorted(TYPES)), max_size=4))
    names = draw(st.lists(NAMES, min_size=len(types), max_size=len(types), unique=True))
    values = [
        TYPES[type_] if n < key else st.none() | TYPES[type_] for n, type_ in enumerate(types)
    ]
    rows = draw(st.lists(st.tuples(*values), max_size=12))
    faults = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["change", "swap", "delete", "double"]))
        column = draw(st.integers(0, max(0, len(types) - 1)))
        value = draw(values[column]) if types else None
        faults.append((kind, draw(st.integers(0, 11)), draw(st.integers(0, 11)), column, value))
    return Case(
        columns=tuple(zip(names, types, strict=True)),
        key=key,
        rows=tuple(rows),
        faults=tuple(faults),
        hashed=draw(st.booleans()),
        bounds=_bounds(draw, types[0]) if key and types[0] in SHOWN else (),
    )


def _bounds(draw: st.DrawFn, type_: str) -> tuple[str, ...]:
    """Some of the keys themselves, so that rows lie on them."""
    values = draw(st.lists(TYPES[type_], max_size=4, unique=True))
    return tuple(sorted(values) if type_ == "uuid" else sorted(values, key=int))


@pytest.fixture(scope="module")
def pair(cluster: Server) -> Iterator[Pair]:
    with made(cluster) as databases:
        yield databases


DATABASES = st.lists(cases(), min_size=1, max_size=8)

FEW = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # the long one shrinks
)
MANY = settings(
    max_examples=300,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(tables=DATABASES)
@FEW
def test_what_differs_is_told_and_nothing_else(pair: Pair, tables: list[Case]) -> None:
    """R36."""
    check(pair, tables)


@pytest.mark.slow
@given(tables=DATABASES)
@MANY
def test_what_differs_is_told_and_nothing_else_at_length(pair: Pair, tables: list[Case]) -> None:
    """R36."""
    check(pair, tables)


def check(pair: Pair, tables: list[Case]) -> None:
    """Make tables on both sides, break those of one, and compare what is said with what the oracle
    sees.
    """
    pair.both("drop schema public cascade", "create schema public")
    for number, case in enumerate(tables):
        make(pair, f"t{number}", case)
    divisions = {f"public.t{n}": c.division for n, c in enumerate(tables) if c.division}
    findings = pair.findings(divisions, cap=100)

    for number, case in enumerate(tables):
        table = f"t{number}"
        before, after = (read(conn, table, case) for conn in (pair.source, pair.copy))
        expected = keyed(before, after, case) if case.key else keyless(before, after)
        of = {one.check: one for one in findings if one.subject == f"public.{table}"}
        assert {check for check, told in expected.items() if told} == of.keys()
        for name, finding in of.items():
            assert_told(expected[name], finding, case)


Row = tuple[str | None, ...]
Told = dict[str, list[tuple[Row, tuple[str, ...]]]]
"""Check → (key, columns) of each row."""


def keyed(before: Sequence[Row], after: Sequence[Row], case: Case) -> Told:
    """Rows matched by key."""
    one, other = ({row[: case.key]: row for row in rows} for rows in (before, after))
    names = [name for name, _ in case.columns]
    changed = [
        (key, tuple(n for n, a, b in zip(names, one[key], other[key], strict=True) if a != b))
        for key in one.keys() & other.keys()
        if one[key] != other[key]
    ]
    return {
        "content.missing_rows": [(key, ()) for key in one.keys() - other.keys()],
        "content.extra_rows": [(key, ()) for key in other.keys() - one.keys()],
        "content.changed_rows": changed,
    }


def keyless(before: Sequence[Row], after: Sequence[Row]) -> Told:
    """Rows as a multiset."""
    one, other = Counter(before), Counter(after)
    return {
        "content.missing_rows": [(row, ()) for row in (one - other).elements()],
        "content.extra_rows": [(row, ()) for row in (other - one).elements()],
    }


def assert_told(expected: list[tuple[Row, tuple[str, ...]]], finding: Finding, case: Case) -> None:
    """The number of rows is theirs, and each of them is told."""
    text = str(
        finding.actual if finding.expected in (None, "the same values") else finding.expected
    )
    number = len(expected)
    assert text.startswith(f"{number:,} row{'' if number == 1 else 's'}")
    if not case.key:
        return
    for key, columns in expected:
        shown = all(type_ in SHOWN for _, type_ in case.columns[: case.key])
        parts = [
            part if type_ in SHOWN else _hashed(part or "")
            for part, (_, type_) in zip(key, case.columns[: case.key], strict=True)
        ]
        told = str(parts[0]) if len(parts) == 1 else f"({', '.join(map(str, parts))})"
        ctid = "" if shown else r" at ctid \(\d+,\d+\)(?: there)?"
        of = f" ({', '.join(map(_quoted, columns))})" if columns else ""
        assert re.search(rf"(?<=[ ,]){re.escape(told)}{ctid}{re.escape(of)}(?=,|$)", text), text


def make(pair: Pair, table: str, case: Case) -> None:
    """The source by literals, the copy as pg_dump would make it, in another order; then faults."""
    columns = [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in case.columns]
    if case.key:
        key = sql.SQL(", ").join(sql.Identifier(name) for name, _ in case.columns[: case.key])
        columns.append(sql.SQL("primary key ({})").format(key))
    for conn in (pair.source, pair.copy):
        run(
            conn,
            sql.SQL("create table {} ({})").format(
                sql.Identifier(table), sql.SQL(", ").join(columns)
            ),
        )
    for row in case.rows:
        values = [
            sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_))
            for value, (_, type_) in zip(row, case.columns, strict=True)
        ]
        of = sql.SQL("select {} on conflict do nothing").format(sql.SQL(", ").join(values))
        run(pair.source, sql.SQL("insert into {} {}").format(sql.Identifier(table), of))
    with (
        pair.source.cursor().copy(
            f"copy (select * from {table} order by ctid desc) to stdout"
        ) as out,
        pair.copy.cursor().copy(f"copy {table} from stdin") as into,
    ):
        for data in out:
            into.write(data)
    for fault in case.faults:
        break_copy(pair.copy, table, case, *fault)


def break_copy(
    conn: Connection,
    table: str,
    case: Case,
    kind: str,
    row: int,
    other: int,
    column: int,
    value: str | None,
) -> None:
    """One fault; none where there are no such rows, or where the key forbids it."""
    query = f"select ctid::text from {table} order by ctid"
    ctids = [ctid for (ctid,) in conn.execute(query.encode()).fetchall()]
    if not ctids or (not case.columns and kind in {"change", "swap"}):
        return
    name, type_ = case.columns[column] if case.columns else ("", "")
    words = {
        "table": sql.Identifier(table),
        "column": sql.Identifier(name),
        "one": sql.SQL("{}::tid").format(sql.Literal(ctids[row % len(ctids)])),
        "two": sql.SQL("{}::tid").format(sql.Literal(ctids[other % len(ctids)])),
        "value": sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_)),
    }
    statement = {
        "delete": "delete from {table} where ctid = {one}",
        "double": "insert into {table} select * from {table} where ctid = {one}"
        " on conflict do nothing",
        "change": "update {table} set {column} = {value} where ctid = {one}",
        # A key that is there already stays as it is.
        "change key": "update {table} set {column} = {value} where ctid = {one}"
        " and not exists (select from {table} as o where o.{column} = {value})",
        "swap": "update {table} as t set {column} = (select o.{column} from {table} as o"
        " where o.ctid = case t.ctid when {one} then {two} else {one} end)"
        " where ctid in ({one}, {two})",
    }
    if column < case.key and kind in {"change", "swap"}:
        kind = "change key"
    run(conn, sql.SQL(statement[kind]).format(**words))


def read(conn: Connection, table: str, case: Case) -> list[Row]:
    """Every row, as the output functions of its types write it."""
    columns = [
        sql.SQL("case when {0} is not null then format('%s', {0}) end").format(sql.Identifier(name))
        for name, _ in case.columns
    ]
    query = sql.SQL("select {} from {}").format(sql.SQL(", ").join(columns), sql.Identifier(table))
    with conn.transaction():
        conn.execute("set local timezone = 'UTC'")
        return [tuple(row) for row in conn.execute(query.as_bytes(conn)).fetchall()]


def run(conn: Connection, statement: sql.Composed) -> None:
    """Without parameters: a % in a name is only a %."""
    conn.execute(statement.as_bytes(conn))


def _hashed(part: str) -> str:
    return "#" + hmac.new(SECRET, part.encode(), hashlib.sha256).hexdigest()[:16]


def _quoted(name: str) -> str:
    if re.fullmatch("[a-z]+", name):
        return name
    return '"' + name.replace('"', '""') + '"'
