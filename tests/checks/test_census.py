"""The census: every row counted, in one snapshot, by any login, and every difference reported."""

from __future__ import annotations

import threading
from datetime import UTC, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.census import Census, compare_census, must_have_tables, take_census
from checks.database import (
    Limits,
    UseAnIdleConnection,
    compare_databases,
    connectable_databases,
    pin_session,
    snapshot,
)
from checks.names import split_name
from tests.checks.conftest import FAITHFUL, READER, Connect, Connection, Truth
from tests.sabotage.faults.counts import COUNTS, UNICODE
from tests.sabotage.faults.fault import Fault


def test_every_kind_of_table_is_counted_exactly(truth: Truth) -> None:
    """R35: own rows only, leaves of partitioned tables, quoted names, no columns, no rows."""
    core = {t: n for t, n in truth.census.counts.items() if t.startswith(("core.", '"Größe".'))}
    assert core == {
        "core.providers": 10,
        "core.granules": 1000,
        "core.logs": 30,
        "core.logs_archived": 20,
        "core.events_2023": 213,
        "core.events_2024": 187,
        "core.nothing": 2,
        "core.empty": 0,
        "core.reordered": 0,
        "core.scratch": 7,
        UNICODE: 5,
        '"Größe".granules': 1,
        "core.per_provider": 10,
    }
    assert "core.events" in truth.census.partitioned
    assert "core.scratch" in truth.census.unlogged
    assert "core.unpopulated" in truth.census.unpopulated
    assert truth.census.unreadable == {}
    assert truth.census.database == FAITHFUL
    assert truth.census.taken_at.tzinfo is not None


def test_a_faithful_copy_is_silent(copy: Connection, truth: Truth) -> None:
    """R35."""
    assert compare_census(truth.census, take_census(copy)) == []


@pytest.mark.parametrize("fault", COUNTS, ids=lambda fault: fault.name)
def test_every_fault_is_reported(fault: Fault, copy: Connection, truth: Truth) -> None:
    """R35."""
    for statement in fault.sql:
        copy.execute(statement.encode())
    findings = compare_census(truth.census, take_census(copy))
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in findings}


def test_a_difference_says_table_counts_and_remedy(copy: Connection, truth: Truth) -> None:
    copy.execute("delete from core.granules where id = 500")
    copy.execute("drop table core.logs_archived")
    assert [str(finding) for finding in compare_census(truth.census, take_census(copy))] == [
        "counts: core.granules: expected 1,000, found 999. Restore again: rows are missing; "
        "recovery ended early, or a change was not undone.",
        "counts: core.logs_archived: expected a table of 20 rows, found nothing. Restore again: "
        "the table is not in the copy; compare the point reached with T.",
    ]


def test_a_census_survives_json(truth: Truth) -> None:
    assert Census.model_validate_json(truth.census.model_dump_json()) == truth.census


def test_a_table_that_may_not_be_read_is_a_finding(
    copy: Connection, connect: Connect, truth: Truth
) -> None:
    """Never dropped in silence, and the tables around it are still judged."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on all tables in schema core to {READER}")
    copy.execute(f"revoke select on core.logs from {READER}")
    census = take_census(connect(copy.info.dbname, READER))
    assert census.unreadable["core.logs"] == "42501: permission denied for table logs"
    assert census.counts["core.granules"] == 1000
    findings = compare_census(truth.census, census)
    core = [f.subject for f in findings if f.subject.startswith(("core.", '"Größe".'))]
    assert core == [UNICODE, '"Größe".granules', "core.logs"]
    assert "pg_read_all_data" in findings[0].remedy
    # Unreadable on both sides proves nothing either.
    assert len(compare_census(census, census)) == len(census.unreadable)


def test_row_security_never_hides_rows_from_the_count(copy: Connection, connect: Connect) -> None:
    """Row 29: a policy that filters would make two different tables look the same."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on core.logs to {READER}")
    copy.execute("alter table core.logs enable row level security")
    copy.execute("create policy few on core.logs using (at < '2024-01-05')")
    reader = connect(copy.info.dbname, READER)
    assert reader.execute("select count(*) from only core.logs").fetchone() == (3,)
    assert "row-level security" in take_census(reader).unreadable["core.logs"]


def test_rows_are_counted_by_the_heap_not_by_a_broken_index(copy: Connection) -> None:
    """Row 11: an index-only scan of an index that lost entries counts too few."""
    key = "'core.providers_pkey'::regclass"
    copy.execute(f"update pg_index set indisready = false where indexrelid = {key}")
    copy.execute("insert into core.providers (id, name) values (11, 'unindexed')")
    copy.execute(f"update pg_index set indisready = true where indexrelid = {key}")
    copy.execute("vacuum core.providers")
    copy.execute("set enable_seqscan = off")
    copy.execute("set enable_bitmapscan = off")
    lied_to = copy.execute("select count(*) from core.providers where id > 0").fetchone()
    assert lied_to == (10,)
    assert take_census(copy).counts["core.providers"] == 11


def test_a_locked_table_is_unreadable_after_the_limit(copy: Connection, connect: Connect) -> None:
    other = connect(copy.info.dbname)
    with other.transaction():
        other.execute("lock table only core.logs in access exclusive mode")
        census = take_census(copy, limits=Limits(lock=timedelta(milliseconds=50)))
    assert list(census.unreadable) == ["core.logs"]
    assert census.unreadable["core.logs"].startswith("55P03")
    assert census.counts["core.granules"] == 1000


def test_no_lock_outlives_the_count_of_its_table(copy: Connection, connect: Connect) -> None:
    with snapshot(copy):
        take_census(copy)
        held = connect(copy.info.dbname).execute(
            "select count(*) from pg_locks l join pg_class c on c.oid = l.relation"
            " where l.pid = %s and c.relname = 'granules'",
            [copy.info.backend_pid],
        )
        assert held.fetchone() == (0,)


def test_a_lost_connection_is_no_census(copy: Connection, connect: Connect) -> None:
    admin = connect()
    locker = connect(copy.info.dbname)
    with locker.transaction():
        locker.execute("lock table core.granules in access exclusive mode")

        ended = threading.Event()

        def kill_when_waiting() -> None:
            waiting = "select from pg_locks where pid = %s and not granted"
            # Polled until the census stands in the queue for the lock.
            while not ended.wait(0.01):
                if admin.execute(waiting, [copy.info.backend_pid]).fetchone() is not None:
                    admin.execute("select pg_terminate_backend(%s)", [copy.info.backend_pid])
                    return

        killer = threading.Thread(target=kill_when_waiting)
        killer.start()
        try:
            with pytest.raises(psycopg.OperationalError):
                take_census(copy)
        finally:
            ended.set()
            killer.join()


def test_a_server_that_does_not_tell_its_position_is_counted_all_the_same(
    copy: Connection, connect: Connect
) -> None:
    assert take_census(copy).lsn is not None
    copy.execute("revoke execute on function pg_current_wal_lsn() from public")
    assert take_census(connect(copy.info.dbname, READER)).lsn is None


def test_the_census_is_one_snapshot(copy: Connection, connect: Connect) -> None:
    """What commits meanwhile is not seen, in this census or in another of the same snapshot."""
    with snapshot(copy):
        first = take_census(copy)
        connect(copy.info.dbname).execute("delete from core.events")
        second = take_census(copy)
    assert first.counts == second.counts
    assert (first.xmin, first.xmax) == (second.xmin, second.xmax)
    assert take_census(copy).counts["core.events_2023"] == 0


def test_a_census_leaves_no_trace(copy: Connection) -> None:
    """Read-only throughout, and the caller's session is as it was."""
    state = (
        "select pg_snapshot_xmax(pg_current_snapshot())::text, current_setting('search_path'),"
        " current_setting('row_security'), current_setting('transaction_read_only'),"
        " current_setting('enable_indexscan'), current_setting('statement_timeout')"
    )
    before = copy.execute(state).fetchone()
    take_census(copy)
    assert before == copy.execute(state).fetchone()


def test_rows_come_as_the_check_needs_them_whatever_the_connection_makes_of_rows(
    copy: Connection, truth: Truth
) -> None:
    copy.row_factory = psycopg.rows.dict_row
    assert take_census(copy).counts == truth.census.counts


def test_a_connection_without_autocommit_serves_too(
    copy: Connection, connect: Connect, truth: Truth
) -> None:
    conn = connect(copy.info.dbname)
    conn.autocommit = False
    assert take_census(conn).counts == truth.census.counts
    assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_an_open_transaction_is_refused(copy: Connection) -> None:
    with copy.transaction(), pytest.raises(UseAnIdleConnection, match="no read-only snapshot"):
        take_census(copy)
    with snapshot(copy), pytest.raises(UseAnIdleConnection, match="not idle"):
        pin_session(copy)


def test_a_pinned_session_cannot_write_and_speaks_one_language(copy: Connection) -> None:
    pin_session(copy)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        copy.execute("insert into core.empty values (1)")
    spoken = copy.execute(
        "select current_setting('TimeZone'), current_setting('search_path'),"
        " now()::text like '%+00'"
    )
    assert spoken.fetchone() == ("UTC", "", True)


# The list of databases


def test_every_connectable_database_is_listed(truth: Truth, connect: Connect) -> None:
    """R59: fenced ones (connection limit 0) too, templates and the provider's own not."""
    admin = connect()
    for name in ("fenced connection limit 0", '"Ünï" ', "closed allow_connections false"):
        admin.execute(f"create database {name}".encode())
    admin.execute("create database rdsadmin")
    try:
        assert connectable_databases(admin) == [FAITHFUL, "fenced", "postgres", "Ünï"]
    finally:
        for name in ("fenced", '"Ünï"', "closed", "rdsadmin"):
            admin.execute(f"drop database {name}".encode())


def test_a_forgotten_database_is_a_finding() -> None:
    """R59."""
    findings = compare_databases(["core", "metrics"], ["core", "other"])
    assert [(f.subject, f.expected, f.actual) for f in findings] == [
        ("metrics", "database", None),
        ("other", None, "database"),
    ]
    assert compare_databases(["core"], ["core"]) == []


# Tables an operator insists on


@pytest.mark.parametrize(
    "name",
    [
        "granules",
        "core.granules",
        '"Größe".granules',
        "Größe.granules",
        "CORE.Granules",
        "events",  # partitioned: it is there, though it has no count of its own
        "core.unpopulated",
        'Größe."Tablé 100%s ""x"".y"',
    ],
)
def test_a_table_that_is_there_satisfies(name: str, truth: Truth) -> None:
    """R5."""
    assert must_have_tables(truth.census, [name]) == []


@pytest.mark.parametrize(
    "name", ["rules", "Größe.providers", "granule", '"Granules"', "a.core.granules", "", '"']
)
def test_a_must_have_table_that_is_missing_is_a_finding(name: str, truth: Truth) -> None:
    """R5."""
    (finding,) = must_have_tables(truth.census, ["granules", name])
    assert (finding.check, finding.subject) == ("counts.must_have", name)


@given(st.lists(st.text(alphabet='ab".ÄÖ %', min_size=1), min_size=1, max_size=3))
def test_split_name_undoes_quoting(parts: list[str]) -> None:
    rendered = ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    assert split_name(rendered) == tuple(parts)


# Any single change of a census is reported, none is invented

TABLES = st.sampled_from([f"s.t{n}" for n in range(8)])
CENSUSES = st.builds(
    Census,
    database=st.just("d"),
    xmin=st.just(1),
    xmax=st.just(1),
    taken_at=st.datetimes(timezones=st.just(UTC)),
    lsn=st.just("0/1"),
    counts=st.dictionaries(TABLES, st.integers(min_value=0), min_size=1),
)


@given(CENSUSES, st.data())
def test_any_single_change_is_reported(baseline: Census, data: st.DataObject) -> None:
    """R35."""
    assert compare_census(baseline, baseline) == []
    table = data.draw(TABLES)
    before = baseline.counts.get(table)
    after = data.draw(st.none() | st.integers(min_value=0))
    counts = {name: rows for name, rows in baseline.counts.items() if name != table}
    if after is not None:
        counts[table] = after
    restored = baseline.model_copy(update={"counts": counts})
    reported = [finding.subject for finding in compare_census(baseline, restored)]
    assert reported == ([] if before == after else [table])
