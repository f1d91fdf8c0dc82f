"""Content parity: every row counted and fingerprinted in one scan, and every difference told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from psycopg import IsolationLevel

from checks.content.compare import Locator, compare_content
from checks.content.judge import judge_content
from checks.content.observation import ContentObservation, TableContent
from checks.content.plan import Reading
from checks.content.scan import observe_content_on
from checks.finding import Finding
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connect, Connection, Truth
from tests.sabotage.faults.counts import COUNTS, UNICODE
from tests.sabotage.faults.fault import Fault


def judge(
    cluster: Server,
    copy: Connection,
    reading: Reading | None = None,
    locate: Locator | None = None,
    sessions: int = 2,
) -> Judgement:
    """The copy against the faithful database, both live."""
    with (
        SharedSnapshot(partial(cluster.connect, FAITHFUL), sessions=sessions) as expected,
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), sessions=sessions) as actual,
    ):
        return judge_content(expected, actual, reading or Reading(), locate)


def compare(observed: ContentObservation, copy: Connection) -> Judgement:
    """The copy against what was observed of the faithful database."""
    return compare_content(observed, observe_content_on(copy, Reading(), like=observed))


@pytest.fixture(scope="module")
def observed(cluster: Server, truth: Truth) -> ContentObservation:
    """What a baseline would hold of the faithful database."""
    with cluster.connect(FAITHFUL) as conn:
        return observe_content_on(conn, Reading())


# A faithful copy


@pytest.mark.parametrize("sessions", [1, 3])
def test_a_faithful_copy_is_silent(sessions: int, cluster: Server, copy: Connection) -> None:
    """R35, R36."""
    judgement = judge(cluster, copy, sessions=sessions)
    assert () == judgement.findings
    assert () == judgement.gaps
    assert {"content_mode": "full", "content_seed": 0} == {
        name: judgement.facts[name] for name in ("content_mode", "content_seed")
    }


def test_a_faithful_copy_is_silent_with_its_source_long_gone(
    observed: ContentObservation, cluster: Server, copy: Connection
) -> None:
    kept = ContentObservation.model_validate_json(observed.model_dump_json())
    assert kept == observed
    with SharedSnapshot(partial(cluster.connect, copy.info.dbname)) as actual:
        judgement = judge_content(kept, actual, Reading())
    assert ((), ()) == (judgement.findings, judgement.gaps)


def test_every_kind_of_table_is_read_by_its_own_rows(observed: ContentObservation) -> None:
    """R35: leaves and inheritance children by themselves, and what has no rows is listed."""
    rows = {name: table.rows for name, table in observed.tables.items()}
    expected = {
        "core.granules": 1000,
        "core.logs": 30,
        "core.logs_archived": 20,
        "core.events_2023": 213,
        "core.nothing": 2,
        "core.empty": 0,
        UNICODE: 5,
        "content.parent": 1,
        "content.child": 2,
        "content.divided_north_0": 31,
        "content.divided_rest": 30,
        "content.even": 25000,
        "content.keyless": 12000,
        "content.nothing": 3,
        "content.summary": 10,
        "content.unlogged": 1,
        "content.generated": 2,
        '"Inhalt % ""é"""."Tafel 100%s ""x"".y"': 2,
    }
    assert expected == {name: rows[name] for name in expected}
    assert "content.remote" in observed.foreign
    assert "content.divided" in observed.partitioned
    assert "content.divided_north" in observed.partitioned
    assert "content.never_filled" in observed.unpopulated
    assert "restore_drill.marker" not in observed.relations
    assert observed.tables["content.unlogged"].unlogged
    assert "materialised view" == observed.tables["content.summary"].kind
    assert {} == observed.unreadable
    assert {} == observed.left_out


def test_every_built_in_type_is_in_the_sample(copy: Connection) -> None:
    """But for those no column may be of, and xml, which not every server can read."""
    missing = copy.execute(
        """
        select format_type(t.oid, null) from pg_type t
        where t.oid < 10000 and t.typtype in ('b', 'r', 'm')
          and t.typcategory not in ('A', 'Z', 'X') and t.typname <> 'gtsvector'
          and not exists (
            select from pg_attribute a
            where a.attrelid = 'content.every_type'::regclass and a.atttypid = t.oid)
        """
    ).fetchall()
    assert [] == missing


def test_tables_are_divided_by_their_keys(observed: ContentObservation) -> None:
    divided = {
        name.removeprefix("content."): (table.division.by, len(table.ranges))
        for name, table in observed.tables.items()
        if len(table.ranges) > 1
    }
    assert {
        "even": ("key", 3),
        "gaps": ("key", 2),
        "uuids": ("key", 2),
        "several": ("key hash", 2),
        "named": ("key hash", 2),
        "keyless": ("row hash", 2),
    } == divided
    for name in divided:
        rows = [one.rows for one in observed.tables[f"content.{name}"].ranges if one is not None]
        assert max(rows) < 2 * min(rows)


def test_a_connection_inside_a_snapshot_serves_too(
    copy: Connection, connect: Connect, observed: ContentObservation
) -> None:
    """The quiet moment of a rehearsal is such a transaction."""
    copy.isolation_level = IsolationLevel.REPEATABLE_READ
    copy.read_only = True
    with copy.transaction():
        copy.execute("select 1")
        connect(copy.info.dbname).execute("delete from core.logs")
        assert observed == observe_content_on(copy, Reading())
    assert 0 == observe_content_on(copy, Reading()).tables["core.logs"].rows


# Rows too few, too many


@pytest.mark.parametrize("fault", COUNTS, ids=lambda fault: fault.name)
def test_every_fault_of_counts_is_reported(fault: Fault, cluster: Server, copy: Connection) -> None:
    """R35."""
    for statement in fault.sql:
        copy.execute(statement.encode())
    findings = judge(cluster, copy).findings
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in findings}


def test_a_difference_of_counts_says_table_counts_and_remedy(
    cluster: Server, copy: Connection
) -> None:
    copy.execute("delete from core.granules where id = 500")
    copy.execute("drop table core.logs_archived")
    assert [
        "counts: core.granules: expected 1,000, found 999. Restore again: rows are missing; "
        "recovery ended early, or a change was not undone.",
        "counts: core.logs_archived: expected a table of 20 rows, found nothing. Restore again: "
        "the table is not in the copy; compare the point reached with T.",
    ] == [str(finding) for finding in judge(cluster, copy).findings]


# Rows that are not the same

CHANGED = [
    ("content.even", "update content.even set n = 0 where id = 9000", "key 8335 to 16668"),
    ("content.gaps", "update content.gaps set n = n + 1 where id = 11", "key below "),
    ("content.uuids", "update content.uuids set n = 0 where n = 7", "key "),
    ("content.several", "update content.several set n = 0 where n = 7", "by key hash"),
    ("content.named", "update content.named set n = 0 where n = 7", "by key hash"),
    (
        "content.keyless",
        "update content.keyless set n = 0 where ctid = '(1,1)'",
        "by row hash",
    ),
    (
        "content.large",
        "update content.large set outside = outside || 'x' where id = 2",
        "fingerprint",
    ),
    ("content.summary", "refresh materialized view content.summary", ""),
    ("content.every_type", "update content.every_type set \"bytea\" = '\\x00fe' where id = 1", ""),
    ("content.own_types", "update content.own_types set mood = 'sad' where id = 1", "fingerprint"),
    ("content.child", "update content.child set line = 'Child' where id = 3", "fingerprint"),
    ("content.divided_rest", "update content.divided set id = 1000 where id = 3", "fingerprint"),
]


@pytest.mark.parametrize(("table", "change", "where"), CHANGED, ids=[c[0] for c in CHANGED])
def test_a_changed_row_is_found_and_said_to_lie_somewhere(
    table: str, change: str, where: str, copy: Connection, observed: ContentObservation
) -> None:
    """R36."""
    if table == "content.summary":
        copy.execute("update content.keyless set a = 1 where ctid = '(1,1)' and a <> 1")
    copy.execute(change.encode())
    judgement = compare(observed, copy)
    (finding,) = [f for f in judgement.findings if f.subject == table]
    assert "content" == finding.check
    assert where in str(finding.actual)
    assert () == judgement.gaps


def test_a_difference_says_in_which_keys(cluster: Server, copy: Connection) -> None:
    copy.execute("update content.even set n = 0 where id in (10, 20000)")
    (finding,) = judge(cluster, copy).findings
    assert (
        "content: content.even: expected the same 25,000 rows, found other rows in 2 of 3 ranges: "
        "key below 8335: 8,334 rows, fingerprint differs; "
        "key from 16669 on: 8,332 rows, fingerprint differs. Restore again: rows were changed; "
        "recovery reached another point than T, or something wrote to the copy."
    ) == str(finding)


def test_a_row_that_moved_is_found_where_it_was_and_where_it_is(
    cluster: Server, copy: Connection
) -> None:
    copy.execute("update content.even set id = 100000 where id = 10")
    (finding,) = judge(cluster, copy).findings
    assert "content" == finding.check
    assert "8,333 rows instead of 8,334" in str(finding.actual)
    assert "8,333 rows instead of 8,332" in str(finding.actual)


def test_a_row_too_few_hides_no_changed_one(cluster: Server, copy: Connection) -> None:
    copy.execute("delete from content.even where id = 10")
    copy.execute("update content.even set n = 0 where id = 20000")
    counts, content = judge(cluster, copy).findings
    assert ("counts", 25000, 24999) == (counts.check, counts.expected, counts.actual)
    assert "content" == content.check
    assert "other rows in 1 of 3 ranges: key from 16669 on" in str(content.actual)


def test_other_columns_are_not_comparable(cluster: Server, copy: Connection) -> None:
    copy.execute("alter table content.even alter n type bigint")
    copy.execute("delete from content.even where id = 1")
    counts, columns = judge(cluster, copy).findings
    assert ("counts", 24999) == (counts.check, counts.actual)
    assert ("content.columns", "n integer", "n bigint") == (
        columns.check,
        columns.expected,
        columns.actual,
    )


def test_columns_in_another_order_are_compared_all_the_same(
    cluster: Server, copy: Connection
) -> None:
    """The order is told by the schema's findings; the rows are still proven."""
    copy.execute("alter table content.even add id_too bigint")
    copy.execute("update content.even set id_too = id")
    copy.execute("alter table content.even drop id")
    copy.execute("alter table content.even rename id_too to id")
    assert () == judge(cluster, copy).findings
    copy.execute("update content.even set n = 0 where id = 20000")
    (finding,) = judge(cluster, copy).findings
    assert ("content", "content.even") == (finding.check, finding.subject)


def test_a_key_that_is_gone_divides_all_the_same(cluster: Server, copy: Connection) -> None:
    """Null keys too: they lie in the first range."""
    copy.execute("alter table content.even drop constraint even_pkey, alter id drop not null")
    assert () == judge(cluster, copy).findings
    copy.execute("update content.even set id = null where id in (9000, 20000)")
    (finding,) = judge(cluster, copy).findings
    assert "key below 8335: 8,336 rows instead of 8,334" in str(finding.actual)


def test_a_table_is_read_by_its_heap_not_by_a_broken_index(
    cluster: Server, copy: Connection
) -> None:
    """Row 11: an index that lost an entry would lose the row with it."""
    key = "'content.even_pkey'::regclass"
    copy.execute(f"update pg_index set indisready = false where indexrelid = {key}")
    copy.execute("insert into content.even values (25001, 1)")
    copy.execute(f"update pg_index set indisready = true where indexrelid = {key}")
    (finding,) = judge(cluster, copy).findings
    assert ("counts", 25000, 25001) == (finding.check, finding.expected, finding.actual)


class Told:
    """A locator that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[int]]] = []

    def locate(
        self, table: str, expected: TableContent, actual: TableContent, ranges: Sequence[int]
    ) -> list[Finding]:
        self.asked.append((table, list(ranges)))
        return [Finding("content.rows", table, None, "located", "Look.")]


def test_a_locator_is_asked_for_the_ranges_that_differ(cluster: Server, copy: Connection) -> None:
    copy.execute("update content.even set n = 0 where id = 20000")
    copy.execute("delete from content.even where id = 10")
    copy.execute("delete from core.empty")
    locator = Told()
    judgement = judge(cluster, copy, locate=locator)
    assert [("content.even", [0, 2])] == locator.asked
    assert "content.rows" in {finding.check for finding in judgement.findings}


# What else an observation is good for


def test_an_observation_equals_itself(observed: ContentObservation) -> None:
    judgement = compare_content(observed, observed)
    assert ((), ()) == (judgement.findings, judgement.gaps)
