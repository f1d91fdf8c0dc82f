"""What a server says of itself, and its catalogs of statistics, migrations and the like."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from checks.database import snapshot
from checks.integrity import collations
from checks.integrity.extensions import check_libraries, judge_library
from checks.integrity.large_objects import check_large_objects
from checks.integrity.migrations import check_migrations
from checks.integrity.preflight import Versions, check_preflight, compare_versions
from checks.integrity.statistics import check_statistics
from checks.integrity.transactions import check_transactions
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot, Unread
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connect, Connection
from tests.checks.integrity.conftest import Shared
from tests.fix_postgres import NewServer

# Preflight


@pytest.fixture
def standby(new_server: NewServer) -> Iterator[Server]:
    """A server that was never promoted: it recovers from nowhere, and answers queries."""
    server = new_server()
    server.initialise()
    signal = server.data / "standby.signal"
    signal.touch()
    server.account.own(signal)
    server.start()
    yield server
    server.stop("immediate")


def test_a_server_in_recovery_is_told_paused_or_not(standby: Server) -> None:
    """Row 5: SELECT works, INSERT does not."""

    def judge(*, asked_for: bool = False) -> Judgement:
        with SharedSnapshot(partial(standby.connect, "postgres")) as shared:
            return check_preflight(shared, standby=asked_for)

    (finding,) = judge().findings
    assert ("integrity.preflight.recovery", "server", "promoted") == (
        finding.check,
        finding.subject,
        finding.expected,
    )
    assert str(finding.actual).startswith("in recovery, not paused, at 0/")
    assert "pg_promote()" in finding.remedy
    assert () == judge(asked_for=True).findings

    with standby.connect() as conn:
        conn.execute("select pg_wal_replay_pause()")
    (finding,) = judge(asked_for=True).findings
    assert "recovering" == finding.expected
    assert "pause" in str(finding.actual)
    assert "pg_wal_replay_resume()" in finding.remedy


def test_a_fence_that_nobody_took_away_is_told(copy: Connection, shared: Shared) -> None:
    """R21: row 21, by the copy alone; a source's own limit is not a fence."""
    fence = f"alter database {copy.info.dbname} connection limit"

    def found() -> list[str]:
        with shared() as opened:
            return [finding.check for finding in check_preflight(opened).findings]

    copy.execute(f"{fence} 4".encode())
    assert [] == found()
    copy.execute(f"{fence} 0".encode())
    assert ["integrity.preflight.admission"] == found()


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        (Versions(150018, 150018, "PostgreSQL 15.18 (Debian 15.18-0) on x86_64"), []),
        (Versions(180006, 180006, "PostgreSQL 18.6 on x86_64"), []),
        (Versions(160004, 140011, "PostgreSQL 16.4 on x86_64"), ["announced as 14.11"]),
        (Versions(160004, 160004, "PostgreSQL 16.2 on x86_64"), ["announced as 16.4"]),
    ],
)
def test_a_pooler_that_announces_another_server_is_told(
    versions: Versions, found: list[str]
) -> None:
    assert found == [str(f.actual).split(",")[0] for f in compare_versions(versions)]


def test_a_language_that_the_login_may_not_use_is_a_gap(copy: Connection, shared: Shared) -> None:
    copy.execute("revoke usage on language plpgsql from public")
    with shared(READER) as opened:
        judgement = check_preflight(opened)
    assert () == judgement.findings
    assert [("integrity.preflight.language", "plpgsql")] == [
        (gap.check, gap.subject) for gap in judgement.gaps
    ]


def test_libraries_are_loaded_by_a_login_without_rights_too(shared: Shared) -> None:
    with shared(READER) as opened:
        judgement = check_libraries(opened)
    assert () == judgement.findings
    assert {"$libdir/amcheck"} >= {gap.subject for gap in judgement.gaps}


def test_a_library_that_wants_to_be_preloaded_is_a_gap() -> None:
    """A quarantine leaves pg_cron and its like out on purpose; the server calls it internal."""
    refusal = Unread(
        'XX000: pg_cron can only be loaded via "shared_preload_libraries"', "XX000", True
    )
    judgement = judge_library("integrity.extensions.library", "$libdir/pg_cron", refusal)
    assert () == judgement.findings
    assert ["$libdir/pg_cron"] == [gap.subject for gap in judgement.gaps]


# Collations


@pytest.mark.parametrize(
    ("recorded", "actual", "unversioned", "state"),
    [
        ("2.36", "2.36", False, "same"),
        (None, None, True, "same"),
        ("2.31", "2.36", False, "changed"),
        ("2.31", None, True, "changed"),
        (None, "2.36", False, "unrecorded"),
        (None, None, False, "unrecorded"),
    ],
)
def test_a_version_that_nobody_recorded_proves_nothing(
    recorded: str | None, actual: str | None, unversioned: bool, state: str
) -> None:
    """Row 11. Before PostgreSQL 15 none is recorded of a database's own collation."""
    assert state == collations.compare_versions(recorded, actual, unversioned=unversioned)


# Statistics


def test_a_copy_that_was_never_analysed_is_told_once(copy: Connection, shared: Shared) -> None:
    """Row 19."""
    for number in range(11):
        copy.execute(f"create table integrity.t{number:02} as select generate_series(1, 1000) as i")
    with shared() as opened:
        (finding,) = check_statistics(opened).findings
    assert f"database {copy.info.dbname}" == finding.subject
    assert str(finding.actual).startswith("11 tables without: ")
    assert str(finding.actual).endswith(" and 6 more")


def test_small_tables_and_those_that_want_no_statistics_are_left_alone(
    copy: Connection, shared: Shared
) -> None:
    copy.execute("create table integrity.small as select generate_series(1, 999) as i")
    copy.execute("create table integrity.unwanted as select generate_series(1, 2000) as i")
    copy.execute("alter table integrity.unwanted alter i set statistics 0")
    copy.execute("create table integrity.bare ()")
    with shared() as opened:
        judgement = check_statistics(opened)
        assert Judgement() == judgement
        found = [finding.subject for finding in check_statistics(opened, rows=10).findings]
    assert ["integrity.small"] == found


def test_statistics_that_may_not_be_seen_are_a_gap(copy: Connection, shared: Shared) -> None:
    with shared(READER) as opened:
        judgement = check_statistics(opened)
    assert () == judgement.findings
    assert "core.granules" in {gap.subject for gap in judgement.gaps}


# Large objects


def test_a_table_that_cannot_be_read_may_refer_to_a_large_object(
    copy: Connection, shared: Shared
) -> None:
    with shared(READER) as opened:
        judgement = check_large_objects(opened)
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert "integrity.attachments" in gap.reason


def test_a_domain_over_oid_refers_too(copy: Connection, shared: Shared) -> None:
    copy.execute("create domain integrity.lo as oid")
    copy.execute("create table integrity.blobs (body integrity.lo)")
    copy.execute("insert into integrity.blobs values (lo_from_bytea(0, 'x'))")
    with shared() as opened:
        assert () == check_large_objects(opened).findings


# Transactions


def test_a_prepared_transaction_of_another_database_is_a_fact(
    copy: Connection, shared: Shared, connect: Connect
) -> None:
    other = connect("postgres")
    with other.transaction():
        other.execute("select pg_current_xact_id()")
        other.execute("prepare transaction 'elsewhere'")
    try:
        with shared() as opened:
            judgement = check_transactions(opened)
    finally:
        other.execute("rollback prepared 'elsewhere'")
    assert () == judgement.findings
    assert 1 == judgement.facts["integrity.transactions.prepared in other databases"]


# Migrations


MIGRATIONS, LOCK = "integrity.migrations", "integrity.migrations_lock"


def migrations(
    copy: Connection,
    table: str = MIGRATIONS,
    column: str = "name",
    lock: str | None = LOCK,
    newest: str | None = "0002_second",
) -> list[tuple[str, str, object]]:
    with snapshot(copy) as cursor:
        judgement = check_migrations(cursor, table, column, lock, newest=newest)
    assert () == judgement.gaps
    return [(f.check, f.subject, f.actual) for f in judgement.findings]


def test_the_newest_migration_and_a_free_lock_are_silent(copy: Connection) -> None:
    """R40."""
    for table in (MIGRATIONS, "migrations", '"integrity"."migrations"'):
        assert [] == migrations(copy, table)
        assert [] == migrations(copy, table, lock=None, newest=None)


def test_another_newest_migration_is_a_finding(copy: Connection) -> None:
    """R40."""
    copy.execute("delete from integrity.migrations where name = '0002_second'")
    assert [("integrity.migrations.newest", MIGRATIONS, "0001_first")] == migrations(copy)
    copy.execute("delete from integrity.migrations")
    assert [("integrity.migrations.newest", MIGRATIONS, None)] == migrations(copy, newest=None)


def test_a_lock_that_is_held_is_a_finding(copy: Connection) -> None:
    """R40: whatever a migration tool keeps it in."""
    for type_ in ("int", "boolean", "text"):
        copy.execute("drop table integrity.migrations_lock")
        copy.execute(f"create table integrity.migrations_lock (is_locked {type_})".encode())
        copy.execute(f"insert into integrity.migrations_lock values (0::{type_})".encode())
        assert [] == migrations(copy)
        copy.execute(f"update integrity.migrations_lock set is_locked = 1::{type_}".encode())
        assert [("integrity.migrations.lock", LOCK, "held")] == migrations(copy)


def test_what_the_settings_name_and_nobody_has_is_a_finding(copy: Connection) -> None:
    """R40."""
    assert [("integrity.migrations.newest", "gone", None)] == migrations(copy, "gone")
    assert [("integrity.migrations.lock", "gone", None)] == migrations(copy, lock="gone")
    assert [("integrity.migrations.newest", MIGRATIONS, None)] == migrations(copy, column="gone")
    copy.execute('create table "integrity, too".migrations (name text)')
    (ambiguous,) = migrations(copy, "migrations")
    assert 'integrity.migrations, "integrity, too".migrations' == ambiguous[2]


def test_a_migration_table_that_may_not_be_read_is_a_gap(
    copy: Connection, connect: Connect
) -> None:
    """R40: and the transaction goes on."""
    with snapshot(connect(copy.info.dbname, READER)) as cursor:
        judgement = check_migrations(cursor, MIGRATIONS, "name", LOCK)
        cursor.execute("select 1")
    assert () == judgement.findings
    assert ["integrity.migrations.newest", "integrity.migrations.lock"] == [
        gap.check for gap in judgement.gaps
    ]
