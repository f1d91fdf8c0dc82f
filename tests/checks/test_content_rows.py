"""A fingerprint sees every difference there is, and none that is not there.

Each pair of tables stands in two schemas of one database, ``a`` and ``b``, and differs in one
thing. The traps are those of facts/parity-and-content.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from checks.content.observation import TableContent
from checks.content.plan import Reading
from checks.content.rows import SEEDS, read_relations, row_bytes, row_hash, statement
from checks.content.scan import observe_content_on
from checks.database import snapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import Connect, Connection

DATABASE = "traps"


@pytest.fixture(scope="module")
def database(cluster: Server) -> Iterator[Connection]:
    with cluster.connect() as admin:
        admin.execute(f"create database {DATABASE}")
        opened = cluster.connect(DATABASE)
        yield opened
        opened.close()
        admin.execute(f"drop database {DATABASE} with (force)")


@pytest.fixture
def traps(database: Connection) -> Iterator[Connection]:
    database.execute("create schema a")
    database.execute("create schema b")
    yield database
    database.execute("drop schema a cascade")
    database.execute("drop schema b cascade")


def both(traps: Connection) -> tuple[TableContent, TableContent]:
    tables = observe_content_on(traps, Reading()).tables
    return tables["a.t"], tables["b.t"]


def load(traps: Connection, schema: str, *statements: str) -> None:
    traps.execute(f"set search_path = {schema}")
    for one in statements:
        traps.execute(one.encode())
    traps.execute("reset search_path")


# name, type, a value, another
DIFFERENT = [
    ("trap 3: integers that share 32 bits", "int8", "5", "4294967300"),
    ("trap 4: scale", "numeric", "1.0", "1.00"),
    ("trap 4: sign of zero", "float8", "-0", "0"),
    ("trap 4: sign of zero, real", "float4", "-0", "0"),
    ("trap 4: blanks at the end, bpchar", "bpchar", "a", "a "),
    ("trap 4: scale in jsonb", "jsonb", "1.0", "1.00"),
    ("trap 4: points", "point", "(1,2)", "(1,3)"),
    ("trap 4: sign of zero in a point", "point", "(0,1)", "(-0,1)"),
    ("trap 4: json white space", "json", '{"a":1}', '{"a": 1}'),
    ("json key order", "json", '{"a":1,"b":2}', '{"b":2,"a":1}'),
    ("blanks at the end, text", "text", "a", "a "),
    ("case", "text", "a", "A"),
    ("composed and decomposed", "text", "é", "e\u0301"),
    ("one character of many", "text", "x" * 9000 + "y", "x" * 9000 + "z"),
    ("empty and null", "text", "", None),
    ("the word null", "text", "null", None),
    ("one bit", "bytea", r"\x00ff", r"\x00fe"),
    ("the last bit of a double", "float8", "0.1", "0.10000000000000002"),
    ("the last bit of a real", "float4", "0.1", "0.10000001"),
    ("not a number", "float8", "NaN", "Infinity"),
    ("numeric not a number", "numeric", "NaN", None),
    ("a microsecond", "timestamptz", "2024-01-01 00:00:00+00", "2024-01-01 00:00:00.000001+00"),
    ("one moment in two zones", "timetz", "12:00+00", "13:00+01"),
    ("the end of a day", "time", "24:00", "00:00"),
    ("equal intervals", "interval", "1 day", "24 hours"),
    ("equal intervals, months", "interval", "1 mon", "30 days"),
    ("bits of another length", "varbit", "1", "10"),
    ("network of another length", "inet", "10.0.0.1/8", "10.0.0.1/32"),
    ("money", "money", "1.00", "1.01"),
    ("direction of a segment", "lseg", "[(1,2),(3,4)]", "[(3,4),(1,2)]"),
    ("open and closed", "path", "[(1,2),(3,4)]", "((1,2),(3,4))"),
    ("weights", "tsvector", "'fat':2A", "'fat':2B"),
    ("positions", "tsvector", "'fat':2", "'fat':3"),
    ("bounds of a range", "numrange", "[1,2]", "[1,2.0]"),
    ("an empty range", "int4range", "empty", None),
    ("lower bound of an array", "int4[]", "[2:3]={1,2}", "{1,2}"),
    ("dimensions of an array", "int4[]", "{{1,2}}", "{1,2}"),
    ("null and the word in an array", "text[]", "{NULL}", '{"NULL"}'),
    ("one element or two", "text[]", '{"a,b"}', "{a,b}"),
    ("an empty array and null", "int4[]", "{}", None),
    ("scale in an array", "numeric[]", "{1.0}", "{1.00}"),
    (
        "uuid",
        "uuid",
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000002",
    ),
    ("xid8 of another epoch", "xid8", "3", "4294967299"),
    ("another object", "regclass", "pg_catalog.pg_class", "pg_catalog.pg_type"),
    ("one letter", '"char"', "a", "b"),
]


@pytest.mark.parametrize(
    ("type_", "one", "other"), [d[1:] for d in DIFFERENT], ids=[d[0] for d in DIFFERENT]
)
def test_two_values_that_are_not_the_same_differ(
    type_: str, one: str | None, other: str | None, traps: Connection
) -> None:
    """R36."""
    for schema, value in (("a", one), ("b", other)):
        load(traps, schema, f"create table t (id int, v {type_})")
        traps.execute(f"insert into {schema}.t values (1, %s)", [value])
    before, after = both(traps)
    assert before.rows == after.rows == 1
    assert before.ranges != after.ranges


# name, the table, the rows here, the rows there
SHUFFLED = [
    ("trap 1: a cell swapped between two rows", "(a int, b int)", "(1,10),(2,20)", "(1,20),(2,10)"),
    ("trap 1: in text", "(a text, b text)", "('x','p'),('y','q')", "('x','q'),('y','p')"),
    ("trap 2: duplicates", "(a int)", "(1),(1)", "(2),(2)"),
    ("trap 2: another duplicate", "(a int)", "(1),(1),(2)", "(1),(2),(2)"),
    ("columns swapped within a row", "(a text, b text)", "('x','y')", "('y','x')"),
    ("null in another column", "(a text, b text)", "('x',null)", "(null,'x')"),
    ("text moved to the next column", "(a text, b text)", "('ab','c')", "('a','bc')"),
    ("a number moved to the next column", "(a int, b int)", "(0,1)", "(1,0)"),
    ("words: null and empty", "(a mood[], b text)", "(null,'')", "(null,null)"),
    ("words: null and no element", "(a mood[], b mood[])", "(null,'{}')", "('{}',null)"),
    ("words: label", "(a mood, b mood)", "('a','b')", "('b','a')"),
    ("words: comma", "(a pair, b pair)", "('(1,\"a,b\")',null)", "('(1,a)','(,b)')"),
    (
        "words: swapped between rows",
        "(a mood, b mood)",
        "('a','a'),('b','b')",
        "('a','b'),('b','a')",
    ),
    ("words: blanks of a domain", "(a code)", "('a')", "('b')"),
    ("no columns", "()", "default", "two"),
]


@pytest.mark.parametrize(
    ("table", "one", "other"), [s[1:] for s in SHUFFLED], ids=[s[0] for s in SHUFFLED]
)
def test_rows_that_are_not_the_same_differ(
    table: str, one: str, other: str, traps: Connection
) -> None:
    """R36."""
    for schema, rows in (("a", one), ("b", other)):
        load(
            traps,
            schema,
            "create type mood as enum ('a', 'b')",
            "create type pair as (n int, line text)",
            "create domain code as char(5)",
            f"create table t {table}",
        )
        match rows:
            case "default" | "two":
                load(traps, schema, *["insert into t default values"] * (1 + (rows == "two")))
            case _:
                load(traps, schema, f"insert into t values {rows}")
    before, after = both(traps)
    assert before.ranges != after.ranges


# What a copy may differ in and still be faithful: how the same is stored.
ALIKE = [
    (
        "bits of a NaN",
        ["create table t (v float8, w float4)", "insert into t values ('NaN', 'NaN')"],
        [
            "create table t (v float8, w float4)",
            "insert into t select 'inf'::float8 - 'inf', 'inf'::float4 - 'inf'",
        ],
    ),
    (
        "an array that once held a null",
        ["create table t (v int[])", "insert into t values ('{1,2}')"],
        ["create table t (v int[])", "insert into t values ('{1,null}')", "update t set v[2] = 2"],
    ),
    (
        "types of other numbers",
        [
            "create type mood as enum ('a')",
            "create domain code as char(4)",
            "create domain few as int[]",
            "create type pair as (a mood, b int)",
            "create table t (v mood, w mood[], x code, y code[], z pair, d few)",
            "insert into t values ('a', '{a}', 'x', '{x}', '(a,1)', '{1}')",
        ],
        [
            "create domain another as int",
            "create type mood as enum ('a')",
            "create domain code as char(4)",
            "create domain few as int[]",
            "create type pair as (a mood, b int)",
            "create table t (v mood, w mood[], x code, y code[], z pair, d few)",
            "insert into t values ('a', '{a}', 'x', '{x}', '(a,1)', '{1}')",
        ],
    ),
    (
        "columns dropped",
        ["create table t (v int, w text)", "insert into t values (1, 'x')"],
        [
            "create table t (gone int, v int, gone_too text, w text)",
            "insert into t values (0, 1, 'y', 'x')",
            "alter table t drop gone, drop gone_too",
        ],
    ),
    (
        "columns added",
        ["create table t (v int, w text)", "insert into t values (1, 'x')"],
        [
            "create table t (v int)",
            "insert into t values (1)",
            "alter table t add w text default 'x'",
        ],
    ),
    (
        "stored outside, uncompressed",
        ["create table t (v text)", "insert into t values (repeat('x', 9999))"],
        [
            "create table t (v text)",
            "alter table t alter v set storage external",
            "insert into t values (repeat('x', 9999))",
        ],
    ),
    (
        "another order of rows",
        ["create table t (v int)", "insert into t values (1), (2)"],
        ["create table t (v int)", "insert into t values (2), (1)"],
    ),
    (
        "dead rows",
        ["create table t (v int)", "insert into t values (1)"],
        [
            "create table t (v int)",
            "insert into t values (0), (2)",
            "delete from t where v = 2",
            "update t set v = 1",
        ],
    ),
    (
        "generated",
        [
            "create table t (v int, w int generated always as (v * 2) stored)",
            "insert into t values (1)",
        ],
        ["create table t (v int, w int)", "insert into t values (1, 2)"],
    ),
]


@pytest.mark.parametrize(("one", "other"), [a[1:] for a in ALIKE], ids=[a[0] for a in ALIKE])
def test_the_same_rows_stored_otherwise_are_the_same(
    one: list[str], other: list[str], traps: Connection
) -> None:
    """R36: a clean restore yields no finding."""
    load(traps, "a", *one)
    load(traps, "b", *other)
    before, after = both(traps)
    assert before.ranges == after.ranges


def test_the_hash_of_every_version_is_the_same_number(traps: Connection) -> None:
    """A baseline recorded on 13 verifies a copy on 18. (13 itself was not run.)"""
    load(traps, "a", "create table t (v int, w text)")
    load(traps, "a", "insert into t select i, i::text from generate_series(1, 1000) as i")
    versions = [130000, 180000] if traps.info.server_version >= 180000 else [130000]
    record = sql.SQL("pg_catalog.hash_record_extended(row({}), {})")
    with snapshot(traps) as cursor:
        (relation,) = read_relations(cursor)
        for seed in SEEDS:
            row = row_bytes(relation.columns)
            hashes = [row_hash(row, seed, version) for version in versions]
            hashes.append(record.format(row, sql.Literal(seed)))
            query = sql.SQL("select {} from only {} as t").format(
                sql.SQL(", ").join(hashes), relation.identifier
            )
            cursor.execute(statement(query))
            rows = cursor.fetchall()
            assert 1000 == len({row[0] for row in rows})
            assert all(1 == len(set(row)) for row in rows)


def test_no_session_setting_changes_a_fingerprint(traps: Connection, connect: Connect) -> None:
    load(
        traps,
        "a",
        "create table t (v timestamptz, w float8[], x interval[], y bytea[], z regclass)",
        "insert into t values (now(), '{0.1}', '{1 day 2 hours}', '{abc}', 'a.t')",
    )
    expected = observe_content_on(traps, Reading()).tables
    other = connect(DATABASE)
    for setting in (
        "TimeZone = 'Pacific/Auckland'",
        "DateStyle = 'German'",
        "IntervalStyle = 'iso_8601'",
        "extra_float_digits = -5",
        "bytea_output = 'escape'",
        "client_encoding = 'LATIN1'",
        "search_path = a",
        "enable_seqscan = off",
        "work_mem = '64kB'",
    ):
        other.execute(f"set {setting}".encode())
    assert expected == observe_content_on(other, Reading()).tables


def test_a_cast_of_the_users_own_never_speaks_for_a_value(traps: Connection) -> None:
    """An enum with a cast to text that calls every value alike is still told by its output."""
    for schema, label in (("a", "x"), ("b", "y")):
        load(
            traps,
            schema,
            "create type mood as enum ('x', 'y')",
            "create function alike(mood) returns text immutable language sql as $$select 'same'$$",
            "create cast (mood as text) with function alike(mood) as implicit",
            "create table t (v mood, w mood[])",
            f"insert into t values ('{label}', null)",
        )
    before, after = both(traps)
    assert before.ranges != after.ranges


def test_a_table_of_as_many_columns_as_there_can_be(traps: Connection) -> None:
    """1,600, half of them of a type that is told in words."""
    for schema, last in (("a", 1), ("b", 2)):
        columns = [f"c{n} {'int' if n % 2 else 'int[]'}" for n in range(1599)]
        load(traps, schema, f"create table t ({', '.join(columns)}, last smallint)")
        load(traps, schema, f"insert into t (c0, c1, last) values ('{{1}}', 2, {last})")
    before, after = both(traps)
    assert 1 == before.rows
    assert before.ranges != after.ranges
