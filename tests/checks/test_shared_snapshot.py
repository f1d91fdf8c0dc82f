"""One moment read by many sessions: what is lost is told, what can be read again is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from checks.database import Limits, RowCursor
from checks.shared_snapshot import Read, SharedSnapshot, SnapshotLost, Unread
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connection


@pytest.fixture(params=[1, 2], ids=["on the keeper", "two sessions"])
def shared(
    request: pytest.FixtureRequest, copy: Connection, cluster: Server
) -> Iterator[SharedSnapshot]:
    connect = partial(cluster.connect, copy.info.dbname)
    with SharedSnapshot(
        connect, sessions=request.param, limits=Limits(lock=timedelta(seconds=0.2))
    ) as opened:
        yield opened


def count(cursor: RowCursor, table: str = "core.providers") -> int:
    cursor.execute(f"select count(*) from {table}".encode())
    ((rows,),) = cursor.fetchall()
    return int(rows)


def test_every_session_sees_the_same_moment(shared: SharedSnapshot, copy: Connection) -> None:
    copy.execute("insert into core.providers (name) values ('late')")
    assert [Read(10)] * 4 == shared.each(["core.providers"] * 4, count)


def test_results_stand_in_the_order_of_the_items(shared: SharedSnapshot) -> None:
    assert [Read(n) for n in range(20)] == shared.each(range(20), lambda _cursor, n: n)


def test_it_reads_and_nothing_else(shared: SharedSnapshot) -> None:
    (unread,) = shared.each(["delete from core.logs"], lambda c, sql: c.execute(sql.encode()))
    assert isinstance(unread, Unread)
    assert "25006" == unread.sqlstate


def test_a_lock_on_one_table_leaves_the_others_readable(
    shared: SharedSnapshot, copy: Connection
) -> None:
    with copy.transaction():
        copy.execute("lock table core.granules in access exclusive mode")
        refused, read = shared.each(["core.granules", "core.providers"], count)
    assert isinstance(refused, Unread)
    assert refused.why.startswith("55P03: ")
    assert not refused.damage
    assert Read(10) == read


def test_no_lock_outlives_its_reading(shared: SharedSnapshot, copy: Connection) -> None:
    shared.each(["core.granules"], count)
    held = copy.execute(
        "select count(*) from pg_locks where relation = 'core.granules'::regclass"
    ).fetchone()
    assert (0,) == held


def test_a_broken_session_is_replaced_and_its_reading_done_again(
    copy: Connection, cluster: Server
) -> None:
    connect = partial(cluster.connect, copy.info.dbname)
    killed = threading.Event()

    def once_killed(cursor: RowCursor, table: str) -> int:
        if not killed.is_set():
            killed.set()
            copy.execute(
                "select pg_terminate_backend(%s, 5000)", [cursor.connection.info.backend_pid]
            )
        return count(cursor, table)

    with SharedSnapshot(connect, sessions=2) as shared:
        copy.execute("insert into core.providers (name) values ('late')")
        assert [Read(10)] == shared.each(["core.providers"], once_killed)


def test_when_the_keeper_is_lost_so_is_the_moment(copy: Connection, cluster: Server) -> None:
    connect = partial(cluster.connect, copy.info.dbname)
    with SharedSnapshot(connect, sessions=2) as shared:
        pid = shared.keeper.connection.info.backend_pid
        copy.execute("select pg_terminate_backend(%s, 5000)", [pid])
        (unread,) = shared.each(["core.providers"], count)
        assert isinstance(unread, Unread)
        assert "verify again" in unread.why
        with pytest.raises((SnapshotLost, psycopg.OperationalError)), shared.attempt() as cursor:
            count(cursor)


def test_it_makes_do_with_the_connections_there_are(copy: Connection, cluster: Server) -> None:
    copy.execute(f"alter role {READER} connection limit 2")
    try:
        connect = partial(cluster.connect, copy.info.dbname, READER)
        with SharedSnapshot(connect, sessions=8) as shared:
            assert 1 == shared.sessions
            assert [Read(1)] * 3 == shared.each([1, 1, 1], lambda _cursor, n: n)
    finally:
        copy.execute(f"alter role {READER} connection limit -1")


def test_an_exception_of_the_reading_itself_is_raised(shared: SharedSnapshot) -> None:
    with pytest.raises(ZeroDivisionError):
        shared.each([1], lambda _cursor, n: n / 0)
    assert [Read(10)] == shared.each(["core.providers"], count)


def test_a_client_that_was_killed_is_noticed_in_the_middle_of_a_scan(
    shared: SharedSnapshot,
) -> None:
    """14 and later: what a verification started on somebody's server is gone after ``kill -9``."""
    if shared.server_version < 140000:
        pytest.skip("PostgreSQL 13 notices it when the scan ends")
    query = "select current_setting('client_connection_check_interval')"
    (read,) = shared.each([query], lambda cursor, sql: cursor.execute(sql.encode()).fetchall())
    assert Read([("5s",)]) == read
