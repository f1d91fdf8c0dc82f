"""The writer: its ledger is the truth, its pause a promise, and its errors reach whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fixtures.rehearsal.application import ROLE, give_password
from fixtures.rehearsal.incident_errors import ReadWriterError
from fixtures.rehearsal.ledger import WriterState
from fixtures.rehearsal.sample import ingest_granule
from fixtures.rehearsal.writer import Writer
from fixtures.sqlstates import sqlstate
from tests.rehearsal.helpers import wait_until
from tests.rehearsal.workload.cluster import Cluster, kill_sessions, value

SNAPSHOT = (
    "select array[pg_snapshot_xmin(s), pg_snapshot_xmax(s)]::text[] from pg_current_snapshot() s"
)


def writer_to(cluster: Cluster, database: str, **wishes: Any) -> Writer:
    return Writer(lambda: cluster.as_application(database), per_second=500, **wishes)


def marked_rows(cluster: Cluster, database: str) -> int:
    """How many ticks are really there, fence or no fence."""
    with cluster.as_superuser(database) as connection:
        return int(value(connection, "select count(*) from restore_drill.marker"))


def test_every_acknowledged_tick_is_there_with_its_rows(cluster: Cluster, sample: str) -> None:
    with writer_to(cluster, sample, work=ingest_granule) as writer:
        writer.wait_for(20)
        ledger = writer.pause()
        with cluster.as_master(sample) as connection:
            ticks = connection.execute(
                "select number from restore_drill.marker where kind = 'tick' order by number"
            ).fetchall()
            live = value(connection, "select count(*) from granules where granule_id like 'LIVE.%'")
            files = value(connection, "select count(*) from files where key like 'live/%'")
    assert [(number,) for number in range(1, ledger.acknowledged + 1)] == ticks
    assert ledger.acknowledged == ledger.last_tick == live
    assert 2 * live == files
    assert ledger.doubtful == ()


def test_a_pause_is_quiet(cluster: Cluster, marked: str) -> None:
    with writer_to(cluster, marked) as writer, cluster.as_superuser() as observer:
        writer.wait_for(5)
        ledger = writer.pause()
        first = value(observer, SNAPSHOT)
        assert (
            value(
                observer,
                "select count(*) from pg_stat_activity where xact_start is not null"
                f" and usename = '{ROLE}'",
            )
            == 0
        )
        # Far longer than the writer's pace, and the only way to see that nothing comes.
        value(observer, "select pg_sleep(0.2)::text")
        second = value(observer, SNAPSHOT)
        assert first == second
        assert first[0] == first[1]
        assert ledger == writer.ledger
        writer.resume()
        writer.wait_for(ledger.acknowledged + 5)
    assert marked_rows(cluster, marked) == writer.ledger.acknowledged


def test_a_pause_waits_for_the_open_transaction(cluster: Cluster, marked: str) -> None:
    """Red without the acknowledgement: the work is in the middle of its transaction when asked."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection[Any], number: int) -> None:
        if number == 3:
            inside.set()
            assert go_on.wait(30)

    with writer_to(cluster, marked, work=slow) as writer, cluster.as_superuser() as observer:
        assert inside.wait(30)
        with pytest.raises(ReadWriterError, match="did not pause within"):
            writer.pause(timeout=0.1)
        assert (
            value(
                observer,
                "select count(*) from pg_stat_activity where state like 'idle in transaction%'",
            )
            == 1
        )
        go_on.set()
        ledger = writer.pause()
    assert ledger.last_tick == 3
    assert marked_rows(cluster, marked) == 3


def test_where_it_is_acknowledged_is_waited_for(cluster: Cluster, marked: str) -> None:
    with writer_to(cluster, marked, first=7) as writer:
        writer.wait_for(1)
        (here,) = writer.stays
        stay = writer.wait_at(here.host, here.port)
        assert stay is not None
        assert (7, True) == (stay.first, stay.last >= here.last)
        assert writer.wait_at(here.host, here.port + 1, timeout=0.1) is None
    assert writer.wait_at(here.host, here.port + 1) is None  # it has ended: nobody waits


def test_numbers_of_others_come_from_the_same_sequence(cluster: Cluster, marked: str) -> None:
    with writer_to(cluster, marked, first=100) as writer:
        writer.wait_for(3)
        with pytest.raises(ReadWriterError, match="paused writer only"):
            writer.take_number()
        ledger = writer.pause()
        assert ledger.last_tick is not None
        assert [writer.take_number(), writer.take_number()] == [
            ledger.last_tick + 1,
            ledger.last_tick + 2,
        ]
        writer.resume()
        after = writer.wait_for(ledger.acknowledged + 1)
    assert after.last_tick == ledger.last_tick + 3
    assert ledger.last_tick == 99 + ledger.acknowledged


def test_a_killed_writer_ends_refused_and_the_pause_says_so(cluster: Cluster, marked: str) -> None:
    """R17: a terminated session is not silently replaced by another."""
    with writer_to(cluster, marked) as writer:
        writer.wait_for(3)
        assert kill_sessions(cluster, marked) == 1
        wait_until(lambda: writer.state is WriterState.REFUSED)
        with pytest.raises(ReadWriterError, match="was refused") as refusal:
            writer.pause()
        ledger = writer.stop()
    assert writer.state is WriterState.REFUSED
    # The server says why, but libpq may meet the closed socket before it reads that.
    assert refusal.value.sqlstate == writer.refusal
    assert writer.refusal in ("57P01", "08006")
    # What was in flight may have been committed; nothing else may.
    assert marked_rows(cluster, marked) - ledger.acknowledged <= len(ledger.doubtful) <= 1


def test_a_kill_during_a_pause_is_seen_by_the_next_tick(cluster: Cluster, marked: str) -> None:
    with writer_to(cluster, marked) as writer:
        ledger = writer.wait_for(3) and writer.pause()
        kill_sessions(cluster, marked)
        writer.resume()
        with pytest.raises(ReadWriterError, match="refused"):
            writer.wait_for(ledger.acknowledged + 1)
    assert marked_rows(cluster, marked) == ledger.acknowledged


def fence(cluster: Cluster, database: str, limit: int) -> None:
    with cluster.as_master() as connection:
        connection.execute(f"alter database {database} connection limit {limit}".encode())


def test_a_fenced_writer_keeps_the_sqlstate(cluster: Cluster, marked: str) -> None:
    """R16, R18: the limit refuses a new connection with 53300."""
    fence(cluster, marked, 0)
    with writer_to(cluster, marked) as writer:
        wait_until(lambda: writer.state is WriterState.REFUSED)
        assert writer.refusal == "53300"
        assert writer.stop().acknowledged == 0


def test_a_persistent_writer_comes_back_when_the_fence_is_lifted(
    cluster: Cluster, marked: str
) -> None:
    """As deployed clients do (writers retry lost connections, so the limit comes first)."""
    with writer_to(cluster, marked, retry=True) as writer:
        before = writer.wait_for(3).acknowledged
        fence(cluster, marked, 0)
        kill_sessions(cluster, marked)
        wait_until(lambda: writer.refusal == "53300")
        fenced = writer.ledger
        assert writer.state is WriterState.REFUSED
        assert marked_rows(cluster, marked) <= fenced.acknowledged + 1
        fence(cluster, marked, -1)
        after = writer.wait_for(fenced.acknowledged + 3)
        assert after.acknowledged > before
        assert writer.ledger.acknowledged >= after.acknowledged


def loses_its_connection(lost: list[int], when: str) -> Callable[[Connection[Any], int], None]:
    """Work whose connection is gone once: before the commit, or on the acknowledgement's way."""

    def work(connection: Connection[Any], number: int) -> None:
        if number != 3 or lost:
            return
        lost.append(number)
        if when == "after the commit":
            connection.execute(
                "insert into restore_drill.marker (number, kind) values (%s, 'tick')", [number]
            )
            connection.execute("commit")
        connection.close()
        raise psycopg.OperationalError("the connection is lost")

    return work


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_a_tick_in_doubt_is_sent_again_under_its_number(
    cluster: Cluster, marked: str, when: str
) -> None:
    """It is committed once, and acknowledged once, whether the commit had happened or not."""
    with writer_to(cluster, marked, retry=True, work=loses_its_connection([], when)) as writer:
        writer.wait_for(5)
        ledger = writer.pause()
        with cluster.as_superuser(marked) as connection:
            rows = connection.execute("select number from restore_drill.marker order by 1")
            numbers = [number for (number,) in rows]
    assert list(range(1, ledger.acknowledged + 1)) == numbers
    assert (ledger.acknowledged, ()) == (ledger.last_tick, ledger.doubtful)
    (stay,) = writer.stays
    assert (1, ledger.last_tick) == (stay.first, stay.last)


def test_a_number_that_is_there_already_is_an_error_when_it_was_never_sent(
    cluster: Cluster, marked: str
) -> None:
    """Somebody else has written it."""
    with cluster.as_superuser(marked) as connection:
        connection.execute("insert into restore_drill.marker (number, kind) values (3, 'tick')")
    writer = writer_to(cluster, marked, retry=True)
    writer.start()
    wait_until(lambda: writer.state is WriterState.BROKEN)
    with pytest.raises(ReadWriterError, match="23505"):
        writer.stop()


def test_a_refused_persistent_writer_can_be_paused_and_stopped(
    cluster: Cluster, marked: str
) -> None:
    fence(cluster, marked, 0)
    with writer_to(cluster, marked, retry=True) as writer:
        wait_until(lambda: writer.refusal is not None)
        assert writer.pause().acknowledged == 0


CANARY = "canary-7f3a"


def fails_with_a_value(connection: Connection[Any], number: int) -> None:
    if number == 3:
        connection.execute("select %s::integer", [CANARY])


def leaves_a_transaction_open(connection: Connection[Any], number: int) -> None:
    connection.execute("set transaction isolation level serializable")
    raise KeyError(number)


@pytest.mark.parametrize(
    ("work", "words"), [(fails_with_a_value, "22P02"), (leaves_a_transaction_open, "KeyError")]
)
@pytest.mark.parametrize("ask", [Writer.pause, Writer.stop, lambda writer: writer.wait_for(100)])
def test_an_error_reaches_whoever_asks_without_its_values(
    cluster: Cluster, marked: str, work: Any, words: str, ask: Callable[[Writer], object]
) -> None:
    writer = writer_to(cluster, marked, work=work)
    writer.start()
    wait_until(lambda: writer.state is WriterState.BROKEN)
    with pytest.raises(ReadWriterError, match=words) as problem:
        ask(writer)
    assert CANARY not in str(problem.value)
    if words == "22P02":
        assert problem.value.__cause__ is None
        assert problem.value.__context__ is None
    with pytest.raises(ReadWriterError, match=words):
        writer.stop()


def test_an_error_is_raised_at_the_end_of_the_block(cluster: Cluster, marked: str) -> None:
    with (
        pytest.raises(ReadWriterError, match="22P02"),
        writer_to(cluster, marked, work=fails_with_a_value) as writer,
    ):
        wait_until(lambda: writer.state is WriterState.BROKEN)


def test_the_blocks_own_error_comes_first(cluster: Cluster, marked: str) -> None:
    with (
        pytest.raises(ZeroDivisionError) as problem,
        writer_to(cluster, marked, work=fails_with_a_value) as writer,
    ):
        wait_until(lambda: writer.state is WriterState.BROKEN)
        raise ZeroDivisionError
    assert ["22P02" in note for note in problem.value.__notes__] == [True]


def test_a_writer_that_was_never_started_stops(cluster: Cluster, marked: str) -> None:
    writer = writer_to(cluster, marked)
    assert writer.stop().acknowledged == 0
    with pytest.raises(ReadWriterError, match="will not pause"):
        writer.pause()


def test_one_that_is_still_connecting_is_stopped_and_never_writes() -> None:
    """It was told to start and has no state yet: on a busy machine that takes a while."""
    begun, go_on = threading.Event(), threading.Event()

    def connect() -> Connection[Any]:
        begun.set()
        go_on.wait(10)
        raise RuntimeError("nobody is there")

    writer = Writer(connect)
    writer.start()
    assert begun.wait(10)
    threading.Timer(0.1, go_on.set).start()

    with pytest.raises(ReadWriterError):  # what it met is told: it was waited for
        writer.stop()


def test_stopping_leaves_no_connection(cluster: Cluster, marked: str) -> None:
    with writer_to(cluster, marked) as writer:
        writer.wait_for(1)
    assert writer.stop() == writer.ledger
    assert not [t for t in threading.enumerate() if t.name == "workload-writer"]
    with cluster.as_superuser() as connection:
        gone = f"select count(*) from pg_stat_activity where datname = '{marked}'"
        wait_until(lambda: value(connection, gone) == 0)


def refused(connect: Callable[[], Connection[Any]]) -> str:
    with pytest.raises(psycopg.OperationalError) as error:
        connect()
    return sqlstate(error.value)


def test_refusals_are_told_apart_by_their_words(cluster: Cluster, marked: str) -> None:
    with cluster.as_superuser() as connection:
        connection.execute(f"create database shut allow_connections false owner {ROLE}".encode())
        connection.execute(f"revoke connect on database {marked} from public".encode())
        connection.execute("create role nologin")
    assert refused(lambda: cluster.as_application("shut")) == "55000"
    assert refused(lambda: cluster.as_application("nowhere")) == "3D000"
    assert refused(lambda: cluster.as_application(marked)) == "42501"
    assert refused(lambda: cluster.server.connect(user="nologin")) == "28000"
    assert refused(lambda: cluster.server.connect(user="nobody_here")) == "28000"
    assert refused(lambda: psycopg.connect("host=/nonexistent dbname=x user=x")) == "08001"
    with cluster.as_master() as connection:
        give_password(connection)
