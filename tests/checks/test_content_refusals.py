"""What could not be read is told, and the rest is judged all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest

from checks.content import remedies
from checks.content.judge import judge_content
from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.scan import observe_content, observe_content_on
from checks.database import Limits
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, READER, Connect, Connection, Truth
from tests.fix_postgres import NewServer

FULL = Reading()
QUICK = Limits(lock=timedelta(milliseconds=100))


@pytest.fixture(scope="module")
def observed(cluster: Server, truth: Truth) -> ContentObservation:
    with cluster.connect(FAITHFUL) as conn:
        return observe_content_on(conn, FULL)


def judge(
    observed: ContentObservation,
    cluster: Server,
    copy: Connection,
    user: str | None = None,
    reading: Reading = FULL,
    sessions: int = 2,
) -> Judgement:
    connect = partial(cluster.connect, copy.info.dbname, user or cluster.superuser)
    with SharedSnapshot(connect, sessions=sessions, limits=QUICK) as actual:
        return judge_content(observed, actual, reading)


def gaps(judgement: Judgement) -> dict[str, str]:
    """What of the rows was not seen, by table; where one was not, its number was not either."""
    assert {"content", "counts", "content.large_objects"} >= {gap.check for gap in judgement.gaps}
    unseen = {gap.subject: gap.reason for gap in judgement.gaps if gap.check == "content"}
    uncounted = {gap.subject for gap in judgement.gaps if gap.check == "counts"}
    assert {table for table in unseen if "." in table} == uncounted
    return unseen


def test_a_missing_right_is_a_gap_that_names_it(
    observed: ContentObservation, cluster: Server, copy: Connection
) -> None:
    """Without superuser; the tables around it are still judged."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on all tables in schema core to {READER}")
    copy.execute(f"revoke select on core.logs from {READER}")
    copy.execute("delete from core.events where id = 1")
    judgement = judge(observed, cluster, copy, READER)
    assert ["core.events_2023"] == [finding.subject for finding in judgement.findings]
    told = gaps(judgement)
    assert (
        "in the copy: 42501: permission denied for table logs; let the login read every table "
        "(pg_read_all_data; BYPASSRLS where row security applies)"
    ) == told["core.logs"]
    assert "core.granules" not in told
    assert "42501: permission denied for schema content" in told["content.even"]


def test_row_security_never_hides_rows(
    observed: ContentObservation, cluster: Server, copy: Connection
) -> None:
    """Row 29: a policy that filters would make two different tables look the same."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on core.logs to {READER}")
    copy.execute("alter table core.logs enable row level security")
    copy.execute(f"create policy those on core.logs for select to {READER} using (true)")
    told = gaps(judge(observed, cluster, copy, READER))
    assert "row-level security" in told["core.logs"]
    assert "BYPASSRLS" in told["core.logs"]


def test_a_lock_held_on_a_table_is_a_gap(
    observed: ContentObservation, cluster: Server, copy: Connection, connect: Connect
) -> None:
    other = connect(copy.info.dbname)
    with other.transaction():
        other.execute("lock table only core.logs, content.even in access exclusive mode")
        judgement = judge(observed, cluster, copy)
    assert () == judgement.findings
    told = gaps(judgement)
    assert {"core.logs", "content.even"} == told.keys()
    assert "55P03" in told["core.logs"]
    assert "when the lock is given back" in told["core.logs"]


def test_a_lock_on_the_expected_side_is_a_gap_once(
    cluster: Server, copy: Connection, connect: Connect
) -> None:
    """Both live: what the one side could not read is not read on the other."""
    other = connect(copy.info.dbname)
    with (
        other.transaction(),
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), limits=QUICK) as expected,
        SharedSnapshot(partial(cluster.connect, FAITHFUL)) as actual,
    ):
        other.execute("lock table only core.logs, content.even in access exclusive mode")
        judgement = judge_content(expected, actual, FULL)
    assert () == judgement.findings
    told = gaps(judgement)
    assert {"core.logs", "content.even"} == told.keys()
    assert all("on the expected side: 55P03" in reason for reason in told.values())


def test_a_statement_that_takes_too_long_is_a_gap(
    observed: ContentObservation, cluster: Server, copy: Connection, connect: Connect
) -> None:
    """A lock that is waited for as long as the statement may take stands for a slow scan."""
    limits = Limits(statement=timedelta(milliseconds=500), lock=timedelta(minutes=1))
    other = connect(copy.info.dbname)
    with (
        other.transaction(),
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), limits=limits) as actual,
    ):
        other.execute("lock table only core.logs in access exclusive mode")
        told = gaps(judge_content(observed, actual, FULL))
    assert {"core.logs"} == told.keys()
    assert "57014" in told["core.logs"]
    assert "allow a longer statement time" in told["core.logs"]


@contextmanager
def once_waiting(admin: Connection, action: Callable[[int], object]) -> Iterator[None]:
    """Do something with the process that first waits for a lock."""
    ended = threading.Event()

    def watch() -> None:
        waiting = "select pid from pg_locks where not granted limit 1"
        # Polled: the server announces no wait.
        while not ended.wait(0.01):
            if (found := admin.execute(waiting).fetchone()) is not None:
                action(found[0])
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def test_a_session_lost_half_way_is_opened_again(
    observed: ContentObservation, cluster: Server, copy: Connection, connect: Connect
) -> None:
    """The moment is the same as long as its keeper lives."""
    admin, locker = connect(), connect(copy.info.dbname)
    locker.execute("begin")
    locker.execute("lock table only core.logs in access exclusive mode")

    def kill(pid: int) -> None:
        admin.execute("select pg_terminate_backend(%s, 5000)", [pid])
        locker.execute("rollback")

    with (
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), sessions=2) as actual,
        once_waiting(admin, kill),
    ):
        judgement = judge_content(observed, actual, FULL)
    assert ((), ()) == (judgement.findings, judgement.gaps)


def test_a_connection_that_is_lost_for_good_is_never_a_pass(
    observed: ContentObservation, cluster: Server, copy: Connection, connect: Connect
) -> None:
    """On one session the keeper itself reads: with it the moment is lost."""
    admin, locker = connect(), connect(copy.info.dbname)
    locker.execute("begin")
    locker.execute("lock table only content.even in access exclusive mode")
    with (
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), sessions=1) as actual,
        once_waiting(admin, lambda pid: admin.execute("select pg_terminate_backend(%s)", [pid])),
    ):
        told = gaps(judge_content(observed, actual, FULL))
    assert "verify again" in told["content.even"]
    assert "verify again" in told["core.nothing"]  # smaller, so it comes after it


def test_a_database_that_is_gone_is_a_gap(
    observed: ContentObservation, cluster: Server, copy: Connection, connect: Connect
) -> None:
    with SharedSnapshot(partial(cluster.connect, copy.info.dbname)) as actual:
        pid = actual.keeper.connection.info.backend_pid
        connect().execute("select pg_terminate_backend(%s, 5000)", [pid])
        told = gaps(judge_content(observed, actual, FULL))
    assert [copy.info.dbname] == list(told)
    assert "verify again" in told[copy.info.dbname]


@pytest.mark.parametrize(
    "change",
    [
        "drop table core.logs_archived",
        "truncate core.logs_archived",
        "alter table core.logs_archived alter archived_at type timestamp",
        "drop table core.logs_archived; create table core.logs_archived (at date, line text,"
        " archived_at date)",
    ],
)
def test_a_table_that_goes_during_the_scan_is_a_gap(
    change: str, cluster: Server, copy: Connection
) -> None:
    """TRUNCATE and DROP outrun a snapshot: the table would look empty, or be another."""
    with (
        SharedSnapshot(partial(cluster.connect, copy.info.dbname)) as expected,
        SharedSnapshot(partial(cluster.connect, FAITHFUL)) as actual,
    ):
        for one in change.split("; "):
            copy.execute(one.encode())
        judgement = judge_content(expected, actual, FULL)
    assert () == judgement.findings
    told = gaps(judgement)
    assert ["core.logs_archived"] == list(told)
    assert "verify again" in told["core.logs_archived"]


def test_no_temporary_file_is_needed(
    observed: ContentObservation, cluster: Server, copy: Connection
) -> None:
    """A full disk stops sorts, not this: at most a thousand ranges' sums are held, in memory."""
    copy.execute(f"alter database {copy.info.dbname} set temp_file_limit = 0")
    copy.execute(f"alter database {copy.info.dbname} set work_mem = '64kB'")
    judgement = judge(observed, cluster, copy)
    assert ((), ()) == (judgement.findings, judgement.gaps)


@pytest.mark.parametrize("state", ["53100", "53400"])
def test_what_the_server_ran_out_of_is_said(state: str) -> None:
    assert "give the server what it ran out of" in remedies.gap(f"{state}: could not write")


def test_a_damaged_page_is_a_finding(new_server: NewServer) -> None:
    """One flipped byte: the scan reads every page of the heap, and its checksum tells."""
    server = new_server()
    server.initialise()
    server.start()
    with server.connect() as conn:
        conn.execute("create table victim (id int primary key, line text)")
        conn.execute("insert into victim select i, 'line' from generate_series(1, 5000) as i")
        conn.execute("create table bystander (id int)")
        conn.execute("insert into bystander values (1)")
        conn.execute("checkpoint")
        found = conn.execute("select pg_relation_filepath('victim')").fetchone()
        with SharedSnapshot(server.connect) as before:
            expected = observe_content(before, FULL)
    assert found is not None
    server.stop("fast")
    path = server.data / found[0]
    page = bytearray(path.read_bytes())
    page[8192 + 4000] ^= 1
    path.write_bytes(page)
    server.start()
    with server.connect() as conn:
        conn.execute("insert into bystander values (2)")
    with SharedSnapshot(server.connect, sessions=2) as actual:
        judgement = judge_content(expected, actual, FULL)
        as_source = judge_content(actual, actual, FULL)
    damaged, counted = sorted(judgement.findings, key=lambda f: f.check)[::-1]
    assert ("counts", "public.bystander") == (damaged.check, damaged.subject)
    assert ("content.unreadable", "public.victim") == (counted.check, counted.subject)
    assert "in the copy: XX001: invalid page in block 1" in str(counted.actual)
    assert "damaged" in counted.remedy
    assert () == judgement.gaps
    assert {"content.unreadable"} == {finding.check for finding in as_source.findings}
    assert "on the expected side" in str(as_source.findings[0].actual)


def test_an_unlogged_table_that_came_back_empty_is_told_as_such(
    observed: ContentObservation, cluster: Server, copy: Connection
) -> None:
    """Row 13."""
    copy.execute("truncate content.unlogged")
    (finding,) = judge(observed, cluster, copy).findings
    assert ("counts", 1, 0) == (finding.check, finding.expected, finding.actual)
    assert "make it logged" in finding.remedy
