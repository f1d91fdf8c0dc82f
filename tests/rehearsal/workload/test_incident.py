"""The incident: what DESIGN 3 promises about the order of things, kept, and noticed when broken.

```
ticks 1 … n | base backup | ticks … m | pause | good | baseline | T | T+1s | bad | ticks | disaster
```
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import Connection

from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal import incident as incident_module
from fixtures.rehearsal.disaster import Harm, clean_up_badly
from fixtures.rehearsal.incident import (
    Incident,
    Scene,
    first_whole_second_after,
    stage_incident,
)
from fixtures.rehearsal.incident_errors import (
    LoadOtherData,
    ReadWriterError,
    RunTheRehearsalAgain,
    StopOtherWriters,
    TurnOnCommitTimestamps,
)
from fixtures.rehearsal.ledger import WriterState
from fixtures.rehearsal.quiet import observe_quietly
from fixtures.rehearsal.sample import create_sample, ingest_granule
from fixtures.rehearsal.storage import roles
from fixtures.rehearsal.storage.roles import Master
from fixtures.rehearsal.writer import Work, Writer, only_ticks
from tests.fix_postgres import NewServer
from tests.rehearsal.workload.cluster import OWNER, Cluster, kill_sessions, value

MARKERS = "select number, kind from restore_drill.marker order by number"


def spoil(connection: Connection[Any]) -> Harm:
    """A disaster for a database with nothing but markers."""
    spoilt = connection.execute("update restore_drill.marker set written_at = now()")
    return Harm(updated={"restore_drill.marker": spoilt.rowcount})


def markers(connection: Connection[Any]) -> list[tuple[int, str]]:
    return connection.execute(MARKERS).fetchall()


def slow_backup(writers: list[Writer]) -> None:
    """Stands for a base backup: it ends when every writer has written through it."""
    for writer in writers:
        writer.wait_for(writer.ledger.acknowledged + 3)


@contextmanager
def writing(cluster: Cluster, *databases: str, work: Work = only_ticks) -> Iterator[list[Writer]]:
    def connecting(database: str) -> Callable[[], Connection[Any]]:
        return lambda: cluster.as_application(database)

    with ExitStack() as stack:
        yield [
            stack.enter_context(Writer(connecting(database), work, per_second=200))
            for database in databases
        ]


def stage(
    cluster: Cluster, databases: list[str], writers: list[Writer], **other: Any
) -> Incident[list[tuple[int, str]]]:
    disaster = other.pop("disaster", spoil)
    return stage_incident(
        [
            Scene(database, writer, disaster)
            for database, writer in zip(databases, writers, strict=True)
        ],
        **{
            "connect": cluster.as_master,
            "superuser_connect": cluster.as_superuser,
            "observe": markers,
            "take_base_backup": lambda: slow_backup(writers),
            **other,
        },
    )


def committed_at(connection: Connection[Any], number: int) -> datetime:
    at: datetime = value(
        connection,
        f"select pg_xact_commit_timestamp(xmin) from restore_drill.marker where number = {number}",
    )
    return at


def test_the_protocol_keeps_its_promises(cluster: Cluster, marked: str) -> None:
    """DESIGN 3: T lies after the last good commit, and over a second before the first bad one."""
    with (
        writing(cluster, marked) as [writer],
        cluster.as_superuser(marked) as connection,
    ):
        happened = stage(cluster, [marked], [writer], disaster=only_delete_bad)
        ledger = writer.pause()
        written = markers(connection)
        moments = {n: committed_at(connection, n) for n, _ in written}
    [one] = happened.databases
    t = happened.before_disaster

    assert t.microsecond == 0
    assert t.utcoffset() == timedelta(0)
    assert one.good.committed_at == moments[one.good.number]
    assert one.good.committed_at < t <= one.good.committed_at + timedelta(seconds=1)
    assert t + timedelta(seconds=1) < one.bad.committed_at
    assert one.good.lsn < one.bad.lsn
    assert one.good.xid < one.bad.xid

    before = [(number, "tick") for number in range(1, one.good.number)]
    assert one.ledger.acknowledged == one.ledger.last_tick == one.good.number - 1
    assert one.bad.number == one.good.number + 1
    assert one.baseline == [*before, (one.good.number, "good")]
    assert one.during_backup >= 3
    assert one.during_backup < one.ledger.acknowledged

    # Silence in between, and the writer at work again after the bad marker.
    assert {n for n, at in moments.items() if at < t} == {n for n, _ in one.baseline}
    assert ledger.last_tick is not None
    assert ledger.last_tick > one.bad.number
    assert happened.after_disaster > t
    assert writer.state is WriterState.STOPPED


def only_delete_bad(connection: Connection[Any]) -> Harm:
    """Harms a row of its own, so that every marker's own xmin stays to be looked at."""
    connection.execute("create table public.lost (x int)")
    return Harm(deleted={"public.lost": 1})


def test_after_disaster_is_after_it(cluster: Cluster, marked: str) -> None:
    with writing(cluster, marked) as [writer]:
        happened = stage(cluster, [marked], [writer])
    with cluster.as_superuser(marked) as connection:
        spoilt = value(
            connection,
            "select max(pg_xact_commit_timestamp(xmin)) from restore_drill.marker"
            f" where number = {happened.databases[0].bad.number}",
        )
    assert spoilt < happened.after_disaster <= spoilt + timedelta(seconds=1)
    assert happened.after_disaster.microsecond == 0


def test_several_databases_share_one_t_and_one_quiet_moment(cluster: Cluster, marked: str) -> None:
    second = cluster.new_database(marked)
    seen: dict[str, str] = {}

    def observe(connection: Connection[Any]) -> list[tuple[int, str]]:
        seen[connection.info.dbname] = value(connection, "select pg_current_snapshot()::text")
        return markers(connection)

    with writing(cluster, marked, second) as writers:
        happened = stage(cluster, [marked, second], writers, observe=observe)
    assert [one.database for one in happened.databases] == [marked, second]
    assert len(set(seen.values())) == 1
    for one in happened.databases:
        assert one.good.committed_at < happened.before_disaster < one.bad.committed_at
        assert one.baseline[-1] == (one.good.number, "good")


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))
def test_t_is_the_first_whole_second_strictly_after(moment: datetime) -> None:
    second = first_whole_second_after(moment)
    assert second.microsecond == 0
    assert second.tzinfo is UTC
    assert timedelta(0) < second - moment <= timedelta(seconds=1)


def test_a_whole_second_gives_the_next() -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert first_whole_second_after(moment) == moment + timedelta(seconds=1)


# What must not pass


def test_a_backup_that_nobody_wrote_through_is_taken_again_and_then_refused(
    cluster: Cluster, marked: str
) -> None:
    taken: list[int] = []
    rare = Writer(lambda: cluster.as_application(marked), per_second=3)
    with rare as writer, pytest.raises(RunTheRehearsalAgain, match="no row was written"):
        stage(cluster, [marked], [writer], take_base_backup=lambda: taken.append(1))
    assert len(taken) == 3


def test_a_failing_backup_is_the_callers_error(cluster: Cluster, marked: str) -> None:
    def fail() -> None:
        raise ConnectionError("the control API is gone")

    with writing(cluster, marked) as [writer]:
        with pytest.raises(ConnectionError, match="is gone"):
            stage(cluster, [marked], [writer], take_base_backup=fail)
        assert writer.state is WriterState.WRITING


def test_a_killed_writer_ends_the_incident(cluster: Cluster, marked: str) -> None:
    with writing(cluster, marked) as [writer], pytest.raises(ReadWriterError, match="refused"):
        stage(
            cluster,
            [marked],
            [writer],
            take_base_backup=lambda: kill_sessions(cluster, marked),
        )


def test_a_source_without_commit_timestamps_is_refused_first(
    cluster: Cluster, marked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = incident_module._one
    monkeypatch.setattr(
        incident_module,
        "_one",
        lambda connection, query: "off" if query.startswith("show") else real(connection, query),
    )
    with (
        writing(cluster, marked) as [writer],
        pytest.raises(TurnOnCommitTimestamps, match="track_commit_timestamp = on"),
    ):
        stage(cluster, [marked], [writer], take_base_backup=lambda: pytest.fail("too late"))


def test_a_disaster_that_harms_nothing_is_refused(cluster: Cluster, marked: str) -> None:
    with (
        writing(cluster, marked) as [writer],
        pytest.raises(LoadOtherData, match=f"harmed no row of database {marked}"),
    ):
        stage(cluster, [marked], [writer], disaster=lambda connection: Harm())


@pytest.mark.parametrize("ahead", [True, False])
def test_a_clock_that_was_set_back_is_noticed(
    cluster: Cluster, marked: str, monkeypatch: pytest.MonkeyPatch, ahead: bool
) -> None:
    """Commits are dated by a clock that may be set: acknowledged before is not dated before."""
    real = incident_module._committed_at

    def told(connection: Connection[Any], xid: int) -> datetime:
        newest = "select kind from restore_drill.marker order by number desc limit 1"
        kind = value(connection, newest)
        shift = timedelta(minutes=10)
        at = real(connection, xid)
        if ahead and kind == "good":
            return at - shift  # as if everything before it had been dated ten minutes ahead
        return at - shift if not ahead and kind == "bad" else at

    monkeypatch.setattr(incident_module, "_committed_at", told)
    with (
        writing(cluster, marked) as [writer],
        pytest.raises(RunTheRehearsalAgain, match="clock went back"),
    ):
        stage(cluster, [marked], [writer])


# The quiet moment


def test_an_open_transaction_is_waited_for(cluster: Cluster, marked: str) -> None:
    """Red with xmin = xmax alone: the newest id stands outside the snapshot while it is open."""
    with cluster.as_superuser(marked) as other, cluster.as_superuser(marked) as admin:
        other.execute("begin")
        other.execute("insert into restore_drill.marker (number, kind) values (7, 'tick')")
        bounds = "select pg_snapshot_xmin(s) = pg_snapshot_xmax(s) from pg_current_snapshot() s"
        assert value(admin, bounds) is True
        with pytest.raises(StopOtherWriters, match=r"\(client backend in " + marked + r"\)"):
            observe_quietly([marked], cluster.as_master, markers, patience=0.1)
        asked = threading.Event()

        def commit_soon() -> None:
            asked.wait(30)
            other.execute("commit")

        def connect(database: str) -> Connection[Any]:
            asked.set()
            return cluster.as_master(database)

        with ending(threading.Thread(target=commit_soon)):
            seen = observe_quietly([marked], connect, markers)
        assert seen == {marked: [(7, "tick")]}
        assert value(admin, "select count(*) from restore_drill.marker") == 1


@contextmanager
def ending(thread: threading.Thread) -> Iterator[None]:
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize(("disturbed", "attempts"), [(1, 2), (4, 5)])
def test_an_observation_that_was_overtaken_is_made_again(
    cluster: Cluster, marked: str, disturbed: int, attempts: int
) -> None:
    made = 0

    def observe(connection: Connection[Any]) -> list[tuple[int, str]]:
        nonlocal made
        made += 1
        seen = markers(connection)
        if made <= disturbed:
            with cluster.as_application(marked) as other:
                other.execute(
                    "insert into restore_drill.marker (number, kind) values (%s, 'tick')", [made]
                )
        return seen

    seen = observe_quietly([marked], cluster.as_master, observe)
    assert made == attempts
    assert seen == {marked: [(n, "tick") for n in range(1, disturbed + 1)]}


def test_a_source_that_others_write_to_has_no_baseline(cluster: Cluster, marked: str) -> None:
    def observe(connection: Connection[Any]) -> None:
        with cluster.as_superuser() as other:
            other.execute("select pg_current_xact_id()")  # in another database of the cluster

    with pytest.raises(StopOtherWriters, match="each of 3 observations"):
        observe_quietly([marked], cluster.as_master, observe, attempts=3)


def test_an_observation_cannot_write(cluster: Cluster, marked: str) -> None:
    def observe(connection: Connection[Any]) -> None:
        connection.execute("insert into restore_drill.marker (number, kind) values (1, 'tick')")

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        observe_quietly([marked], cluster.as_superuser, observe)


# And with a real restore


def test_a_restore_to_t_brings_back_the_baseline_and_none_of_the_disaster(
    run_folder: Path, binaries: Binaries, account: Account, new_server: NewServer
) -> None:
    """The whole promise, on a real archive; and at the bad marker, no longer."""
    archive = WalArchive.create(run_folder / "wal", account)
    source = new_server(
        "source",
        {
            "archive_mode": "on",
            "archive_command": archive.archive_command,
            "track_commit_timestamp": "on",
            "fsync": "off",
        },
    )
    source.initialise()
    source.start()
    cluster = Cluster(source)
    with source.connect() as connection:
        roles.create(connection, Master(OWNER, "unused", database="core"))
    with cluster.as_master("core") as connection:
        create_sample(connection)
    backups: list[BaseBackup] = []

    def observe(connection: Connection[Any]) -> tuple[Any, ...]:
        return (
            markers(connection),
            value(connection, "select count(*) from granules"),
            value(
                connection,
                "select md5(string_agg(t::text, '' order by cumulus_id)) from granules t",
            ),
            value(connection, "select count(*) from files"),
        )

    with writing(cluster, "core", work=ingest_granule) as [writer]:
        happened = stage_incident(
            [Scene("core", writer, clean_up_badly)],
            connect=cluster.as_master,
            superuser_connect=cluster.as_superuser,
            observe=observe,
            take_base_backup=lambda: backups.append(
                BaseBackup.take(source, run_folder / f"backup-{len(backups)}")
            ),
        )
    archive.flush(source)
    [one] = happened.databases
    assert one.during_backup > 0
    assert backups[-1].ended_at < happened.before_disaster
    for target, bad in [
        (RecoveryTarget.time(happened.before_disaster), False),
        (RecoveryTarget.lsn(one.good.lsn, inclusive=False), False),
        (RecoveryTarget.time(one.bad.committed_at), True),
    ]:
        copy: Server = new_server(f"copy-{target.kind}-{bad}", {"fsync": "off"})
        recover(backups[-1], archive, target, copy, verify=False)
        with copy.connect("core") as connection:
            found = observe(connection)
        copy.stop("immediate")
        if bad:
            assert found[0] == [*one.baseline[0], (one.bad.number, "bad")]
            assert found[1:] == one.baseline[1:]
        else:
            assert found == one.baseline
