"""Where rows differ: few among many, many, all; by an index and by a scan.

tests/checks/test_content_faults.py has every kind of difference in small tables; here is how they
are found in large ones, of which the limits are made small.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest

from checks.content import locate_search
from checks.content.locate_findings import NOT_LOCATED
from checks.content.locate_side import Side
from checks.content.observation import Buckets, Division, KeyRanges
from fixtures.postgres.server import Server
from tests.checks.pair import Pair, checks, made

MISSING, EXTRA, CHANGED = (f"content.{kind}_rows" for kind in ("missing", "extra", "changed"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousandth of the rows at once, so that a thousandth of the rows is large."""
    monkeypatch.setattr(locate_search, "FETCHED", 100)
    monkeypatch.setattr(locate_search, "GRAIN", 10)
    monkeypatch.setattr(locate_search, "ENOUGH", 50)
    monkeypatch.setattr(locate_search, "PARTS", 300)


def by_key(*bounds: int, type_: str = "int4") -> KeyRanges:
    return KeyRanges(column="id", type=type_, bounds=tuple(map(str, bounds)))


TABLE = "create table t (id int primary key, name text, twice int)"
FILLED = (TABLE, "insert into t select i, 'n' || i, 2 * i from generate_series(1, 3000) as i")
DIVIDED = by_key(501, 1001, 1501, 2001, 2501)

SHAPES: dict[str, tuple[str, str, Division, str]] = {
    "by an index": ("id int primary key", "i", DIVIDED, "id"),
    "by an index of uuids": (
        "id uuid primary key",
        "lpad(to_hex(i), 32, '0')::uuid",
        KeyRanges(
            column="id",
            type="uuid",
            bounds=tuple(f"00000000-0000-0000-0000-{n:012x}" for n in range(501, 3000, 500)),
        ),
        "id",
    ),
    "by an index of a domain": ("id number primary key", "i", DIVIDED, "id"),
    "without an index of a domain": ("id number not null", "i", DIVIDED, "id"),
    "all in one range": ("id int primary key", "i", by_key(), "id"),
    "by keys with gaps": (
        "id bigint primary key",
        "i::int8 * i * i",
        by_key(10**9, type_="int8"),
        "id",
    ),
    "by the first of two, of few values": (
        "id int default 5, part int, primary key (id, part)",
        "5, i",
        by_key(5, 6),
        "(id, part)",
    ),
    "by a hash of the key": (
        "id text primary key",
        "'k' || i",
        Buckets(by="key hash", number=8),
        "id",
    ),
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_few_rows_are_found_among_many(shape: str, pair: Pair) -> None:
    """R36. Two rows lost, one found, three changed, wherever they lie."""
    key, value, division, names = SHAPES[shape]
    pair.both(
        "create domain number as int check (value > 0)",
        f"create table t ({key}, name text, twice int)",
        f"insert into t select {value}, 'n' || i, 2 * i from generate_series(1, 3000) as i",
        "analyze t",
    )
    if "primary key" not in key:  # the source has one, or it would not be divided by it
        pair.source.execute("alter table t add primary key (id)")
    pair.break_copy(
        "delete from t where twice in (2, 5000)",
        "update t set name = 'other' where twice in (4, 3000, 6000)",
        "update t set twice = -1 where twice = 3000",
        f"insert into t select {value}, 'new', 0 from generate_series(3001, 3001) as i",
    )
    findings = pair.findings(division)

    assert [MISSING, EXTRA, CHANGED] == checks(findings)
    missing, extra, changed = (
        str(one.expected if one.actual is None else one.actual) for one in findings
    )
    assert missing.startswith(f"2 rows: {names} ")
    assert extra.startswith(f"1 row: {names} ")
    assert changed.startswith(f"3 rows: {names} ")
    assert 1 == changed.count("(name, twice)")
    assert 2 == changed.count("(name)")


@pytest.mark.usefixtures("small")
def test_a_few_rows_are_found_in_a_table_without_a_key(pair: Pair) -> None:
    pair.both(
        "create table t (a int, b text)",
        "insert into t select i % 900, 'x' from generate_series(1, 3000) as i",
    )
    pair.break_copy(
        "delete from t where ctid in (select min(ctid) from t where a in (1, 2) group by a)",
        "insert into t values (3, 'x'), (4, 'other')",
    )
    findings = pair.findings(Buckets(by="row hash", number=16))

    assert [MISSING, EXTRA] == checks(findings)
    assert str(findings[0].expected).startswith("2 rows, at ctid (")
    assert str(findings[0].expected).endswith(" there")
    assert str(findings[1].actual).startswith("2 rows, at ctid (")


def test_a_pointer_leads_to_the_row_in_the_copy(pair: Pair) -> None:
    pair.both("create table t (a int)", "insert into t select generate_series(1, 100)")
    pair.break_copy("insert into t values (1000)")
    (finding,) = pair.findings()
    ctid = str(finding.actual).rpartition("ctid ")[2]

    assert [(1000,)] == pair.copy.execute("select a from t where ctid = %s::tid", [ctid]).fetchall()


def test_the_same_rows_in_another_order_are_silent(pair: Pair) -> None:
    pair.both(TABLE)
    pair.source.execute("insert into t select i, 'n', i from generate_series(1, 500) as i")
    pair.copy.execute("insert into t select i, 'n', i from generate_series(500, 1, -1) as i")

    assert [] == pair.findings()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "division", [DIVIDED, Buckets(by="key hash", number=8)], ids=["key", "hash"]
)
def test_where_everything_differs_the_search_ends_early(
    division: Division, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how much it did not look into; and it fetches a part of the rows only."""
    fetched = []
    rows = Side.rows

    def counting(side: Side, *args: object, **more: object) -> object:
        sent = rows(side, *args, **more)  # type: ignore[arg-type]
        fetched.append(len(sent))
        return sent

    monkeypatch.setattr(Side, "rows", counting)
    pair.both(*FILLED)
    pair.break_copy("update t set name = name || '!'")
    changed, rest = pair.findings(division)

    assert (CHANGED, NOT_LOCATED) == (changed.check, rest.check)
    assert str(changed.actual).startswith("at least ")
    assert " more" in str(changed.actual)
    assert "not looked into were" in str(rest.actual)
    assert sum(fetched) < 2 * 1000


@pytest.mark.usefixtures("small")
def test_lost_ranges_are_counted_in_full(pair: Pair) -> None:
    """What one side lacks needs no matching: the count is exact, however much it is."""
    pair.both(*FILLED)
    pair.break_copy("delete from t where id > 1000")
    (finding,) = pair.findings(DIVIDED, cap=3)

    assert (MISSING, None) == (finding.check, finding.actual)
    assert "2,000 rows: id 1001, 1002, 1003 and 1,997 more" == finding.expected


@pytest.mark.usefixtures("small")
def test_ranges_too_many_are_counted_in_full(pair: Pair) -> None:
    pair.both(TABLE)
    pair.break_copy("insert into t select i, 'n', i from generate_series(1, 3000) as i")
    (finding,) = pair.findings(DIVIDED, cap=1)

    assert EXTRA == finding.check
    assert "3,000 rows: id 1 and 2,999 more" == finding.actual


def test_keys_are_capped_and_the_smallest_told(pair: Pair) -> None:
    pair.both(*FILLED)
    pair.break_copy("update t set name = 'other' where id between 9 and 999")
    (finding,) = pair.findings(cap=2)

    assert "991 rows: id 9 (name), 10 (name) and 989 more" == finding.actual


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "division", [DIVIDED, Buckets(by="key hash", number=8)], ids=["key", "hash"]
)
def test_rows_scattered_over_all_ranges_are_counted_in_full(division: Division, pair: Pair) -> None:
    """As long as they are not too many, each range is split until they stand alone."""
    pair.both(*FILLED)
    pair.break_copy("update t set name = 'x' where id % 75 = 0")
    (finding,) = pair.findings(division, cap=2)

    assert "40 rows: id 75 (name), 150 (name) and 38 more" == finding.actual


def test_of_many_columns_the_first_are_told(pair: Pair) -> None:
    columns = [f"c{number}" for number in range(12)]
    pair.both(f"create table t (id int primary key, {' int, '.join(columns)} int)")
    pair.both("insert into t values (1)")
    pair.break_copy(f"update t set {', '.join(f'{column} = 1' for column in columns)}")
    (finding,) = pair.findings()

    assert f"1 row: id 1 ({', '.join(columns[:10])} and 2 more)" == finding.actual


def test_a_key_of_the_copy_alone_that_stands_twice_is_not_in_the_source(pair: Pair) -> None:
    pair.both(*FILLED)
    pair.break_copy(
        "alter table t drop constraint t_pkey", "insert into t values (-1, 'a', 1), (-1, 'a', 1)"
    )
    told = {finding.check: finding.actual for finding in pair.findings()}

    assert "2 rows: id -1, -1" == told[EXTRA]
    assert "1 key more than once: -1 (2 rows, 0 in the source)" == told["content.repeated_keys"]


@pytest.mark.usefixtures("small")
def test_counts_alone_are_enough_to_search(pair: Pair) -> None:
    """Where content = counts, nothing was hashed: rows are, once their number differs."""
    pair.both(*FILLED)
    pair.break_copy("delete from t where id = 7")
    (finding,) = pair.findings(mode="counts")

    assert (MISSING, "1 row: id 7") == (finding.check, finding.expected)


def test_an_index_that_lacks_a_row_is_not_believed(pair: Pair) -> None:
    """Row 11: what the index does not lead to is found all the same, and the index is told."""
    pair.both(*FILLED)
    _without_index(pair, "insert into t values (3001, 'hidden', 0)")
    findings = pair.findings(DIVIDED)

    assert [EXTRA, "content.key_index"] == checks(findings)
    assert "1 row: id 3001" == findings[0].actual
    assert "other rows, in the restored copy" == findings[1].actual


def test_a_key_that_stands_twice_is_told(pair: Pair) -> None:
    """A unique index that lost an entry lets it in."""
    pair.both(*FILLED)
    _without_index(pair, "insert into t values (2, 'again', 0), (2, 'and again', 0)")
    findings = {finding.check: finding for finding in pair.findings(DIVIDED)}

    assert {EXTRA, "content.repeated_keys", "content.key_index"} == findings.keys()
    assert "2 rows: id 2, 2" == findings[EXTRA].actual
    assert (
        "1 key more than once: 2 (3 rows, 1 in the source)"
        == findings["content.repeated_keys"].actual
    )


def test_a_lost_index_is_not_needed(pair: Pair) -> None:
    pair.both(*FILLED)
    pair.break_copy("alter table t drop constraint t_pkey", "delete from t where id = 1234")

    assert [(MISSING, "1 row: id 1234")] == [
        (one.check, one.expected) for one in pair.findings(DIVIDED)
    ]


def test_a_key_is_no_key_without_its_index_but_rows_are_matched_by_it(pair: Pair) -> None:
    """Without the constraint the copy may hold a key twice, and says which."""
    pair.both(*FILLED)
    pair.break_copy("alter table t drop constraint t_pkey", "insert into t values (5, 'n5', 10)")

    assert [
        (EXTRA, "1 row: id 5"),
        ("content.repeated_keys", "1 key more than once: 5 (2 rows, 1 in the source)"),
    ] == [(one.check, one.actual) for one in pair.findings(DIVIDED)]


def test_no_key_nor_value_leaves_the_server(pair: Pair) -> None:
    """DESIGN 4: a customer's name is neither told nor told by a hash that others could compute."""
    pair.both(
        "create table t (customer text primary key, secret text)",
        "insert into t select 'Ms Smith ' || i, 'hunter' || i from generate_series(1, 50) as i",
    )
    pair.break_copy(
        "delete from t where customer = 'Ms Smith 7'",
        "update t set secret = 'hunter2' where customer = 'Ms Smith 9'",
        "insert into t values ('Mr Jones', 'swordfish')",
    )
    told = str(pair.findings())

    assert 3 == told.count("#")
    assert not any(word in told for word in ("Smith", "Jones", "hunter", "swordfish"))


def test_bytes_of_no_encoding_are_told_apart(cluster: Server) -> None:
    """A database in SQL_ASCII holds what nobody could convert."""
    options = "encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'"
    with made(cluster, "ascii", options) as pair:
        pair.both(
            "create table t (k text primary key, n int)",
            r"insert into t values (e'\xff\xfe', 1), (e'\xff', 2), (e'\xc3', 3)",
            "create table u (id int primary key, v text)",
            r"insert into u values (1, e'\xff')",
        )
        pair.break_copy(
            r"delete from t where k = e'\xc3'",
            "update t set n = 0 where n = 1",
            r"update u set v = e'\xfe'",
        )
        told = [(one.check, str(one.actual or one.expected)) for one in pair.findings()]

    hashed = [
        hmac.new(b"a secret of this run", key, hashlib.sha256).hexdigest()[:16]
        for key in (b"\xc3", b"\xff\xfe")
    ]
    assert [MISSING, CHANGED, CHANGED] == [check for check, _ in told]
    assert f"1 row: k #{hashed[0]} at ctid (0,3) there" == told[0][1]
    assert f"1 row: k #{hashed[1]} at ctid (0,4) (n)" == told[1][1]
    assert "1 row: id 1 (v)" == told[2][1]


def test_keys_have_other_hashes_in_another_run(pair: Pair) -> None:
    pair.both("create table t (k text primary key)", "insert into t values ('a')")
    pair.break_copy("delete from t")
    with pair.compared() as compared:
        first = compared.findings()
        compared.locator._secret = b"of another run"
        assert first != compared.findings()


def test_reading_everything_is_all_the_right_it_needs(cluster: Server, pair: Pair) -> None:
    with cluster.connect() as conn:
        conn.execute("drop role if exists locating")
        conn.execute("create role locating login in role pg_read_all_data")
    pair.both(*FILLED)
    pair.break_copy("update t set name = 'x' where id = 1")

    assert ["1 row: id 1 (name)"] == [one.actual for one in pair.findings(user="locating")]


def test_a_search_writes_no_files(pair: Pair) -> None:
    """Nor tables, on either side; that it writes no rows is the server's to see to (read only)."""
    pair.both(*FILLED)
    pair.break_copy("update t set name = 'x' where id % 100 = 0")
    files = "select temp_files from pg_stat_database where datname = current_database()"
    before = [conn.execute(files).fetchone() for conn in (pair.source, pair.copy)]
    with pair.compared(DIVIDED) as compared:
        assert [CHANGED] == checks(compared.findings())
        temporary = pair.source.execute("select count(*) from pg_class where relpersistence = 't'")
        assert (0,) == temporary.fetchone()

    assert before == [conn.execute(files).fetchone() for conn in (pair.source, pair.copy)]


def test_a_finding_is_a_sentence(pair: Pair) -> None:
    pair.both("create table t (a int, b uuid, n int, primary key (a, b))")
    pair.both("insert into t select 1, md5('1')::uuid, 1")
    pair.break_copy("update t set n = 2")
    (finding,) = pair.findings()

    assert (
        "content.changed_rows: public.t: expected the same values, found 1 row: (a, b) "
        "(1, c4ca4238-a0b9-2382-0dcc-509a6f75849b) (n). Restore again, and compare the point "
        "reached with T: these rows were changed."
    ) == str(finding)


def _without_index(pair: Pair, statement: str) -> None:
    """Do something to the copy's table that its index never hears of."""
    pair.break_copy(
        "update pg_index set indisready = false where indexrelid = 't_pkey'::regclass",
        statement,
        "update pg_index set indisready = true where indexrelid = 't_pkey'::regclass",
    )
