"""What the server of a running copy could reach: each danger on a server that really has it."""

from __future__ import annotations

import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from checks.database import snapshot
from checks.isolation import (
    ClusterIsolation,
    Quarantine,
    archive_digest,
    archive_of,
    judge_cluster,
    judge_database,
    observe_cluster,
    observe_database,
)
from checks.isolation.archiving import Archiving, judge_archiving
from checks.isolation.danger import Danger, Fact
from checks.judgement import Judgement
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.isolation import ISOLATION
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.checks.conftest import READER

WALLED_IN = Quarantine(no_egress=True, reason="a network of its own")

SECRET = "hunter2"


@pytest.fixture(scope="module")
def own(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """A server of this module, whose settings the tests change; a subscription sleeps in it."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(
        folder / "own",
        binaries,
        account,
        guardian.client(),
        settings={"wal_level": "logical", "max_logical_replication_workers": "0"},
    )
    server.initialise()
    server.start()
    with server.connect() as connection:
        connection.execute(f"create role {READER} login")
        connection.execute("create database other")
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


Restarted = Callable[..., ClusterIsolation]


@pytest.fixture
def restarted(own: Server) -> Iterator[Restarted]:
    """The server started with settings, and what it shows then; its own settings afterwards."""
    before = dict(own.settings)
    given: set[str] = set()

    def restart(**settings: str) -> ClusterIsolation:
        own.stop()
        given.update(settings)
        own.configure(**settings)
        own.start()
        return observe(own)

    yield restart
    if given:
        own.stop()
        own.configure(**{name: before.get(name) for name in given})
        own.start()


def observe(server: Server, user: str | None = None) -> ClusterIsolation:
    with server.connect(user=user) as connection, snapshot(connection) as cursor:
        return observe_cluster(cursor)


def told(judged: Judgement) -> list[tuple[str, str, object]]:
    return [(finding.check, finding.subject, finding.actual) for finding in judged.findings]


# The copies of this house


def test_a_copy_that_was_restored_with_isolation_is_silent(
    own: Server, binaries: Binaries, account: Account, guardian: Guardian, run_folder: Path
) -> None:
    """R64: though its source has an archive and an enabled subscription."""
    archive = WalArchive.create(run_folder / "wal", account)
    source = Server(
        run_folder / "source",
        binaries,
        account,
        guardian.client(),
        settings={
            "archive_mode": "on",
            "archive_command": archive.archive_command,
            "wal_level": "logical",
            "max_logical_replication_workers": "0",
        },
    )
    source.initialise()
    source.start()
    copy = Server(run_folder / "copy", binaries, account, guardian.client())
    try:
        with source.connect() as connection:
            subscribe(connection)
        backup = BaseBackup.take(source, run_folder / "base")
        archive.flush(source)
        recover(backup, archive, RecoveryTarget.latest(), copy)
        seen = observe(copy)
        judged = judge_cluster(seen, source_archive=archive_of(observe(source)))
        with copy.connect() as connection, snapshot(connection) as cursor:
            judged += judge_database(observe_database(cursor))
    finally:
        copy.stop("immediate")
        source.stop("immediate")
    assert [] == told(judged)
    assert () == judged.gaps
    assert "archive_mode is off" == judged.facts["isolation.archiving"]
    assert "a Unix socket only" == judged.facts["isolation.listening"]
    assert (
        "enabled, no worker runs yet; held: max_logical_replication_workers=0"
        == judged.facts["isolation.subscriptions: postgres: mirror"]
    )
    assert "off" == ISOLATION["archive_mode"]


def subscribe(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute(
        "create subscription mirror connection 'host=192.0.2.1' publication p"
        " with (connect = false)"
    )
    connection.execute("alter subscription mirror enable")


def unsubscribe(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("alter subscription mirror disable")
    connection.execute("alter subscription mirror set (slot_name = none)")
    connection.execute("drop subscription mirror")


def test_an_ordinary_server_is_silent(restarted: Restarted) -> None:
    """R64: a dump restored by hand onto a server with PostgreSQL's own defaults."""
    judged = judge_cluster(restarted(max_logical_replication_workers="4"))
    assert [] == told(judged)
    assert () == judged.gaps


def test_beside_its_source_nothing_can_be_isolated(restarted: Restarted) -> None:
    """R64: the source's own archive is no danger; that isolation does not apply is told."""
    seen = restarted(archive_mode="on", archive_command="cp %p /backups/%f")
    judged = judge_cluster(seen, source_archive=archive_of(seen), same_server=True)
    assert Judgement(
        facts={
            "isolation.cluster": "not applicable: the copy is a database on the source's own server"
        }
    ) == (judged)


# Archiving

ARCHIVE = f"KEY={SECRET} wal-push %p /backups/core/%f"


@pytest.fixture(scope="module")
def archiving(own: Server) -> ClusterIsolation:
    """What a server that archives shows; nobody knows its command's program, and it fails."""
    own.stop()
    own.configure(archive_mode="on", archive_command=ARCHIVE)
    own.start()
    seen = observe(own)
    own.stop("immediate")  # a fast stop would try to archive once more
    own.configure(archive_mode=None, archive_command=None)
    own.start()
    return seen


def test_row_2_the_sources_archive(archiving: ClusterIsolation) -> None:
    """R64: and never is it shown."""
    for known in (ARCHIVE, archive_digest(ARCHIVE)):
        judged = judge_cluster(archiving, source_archive=known)
        ((check, subject, actual),) = told(judged)
        assert ("isolation.archiving", "archive_command") == (check, subject)
        assert str(actual).startswith("the same command as the source's (0 segments archived")
        assert SECRET not in repr((archiving, judged))


@pytest.mark.parametrize(
    "sources",
    [
        "test ! -f /backups/core/%f && cp %p /backups/core/%f",
        'gzip < "%p" > "/backups/core/%f"',
    ],
)
def test_row_2_another_command_for_the_same_place(
    archiving: ClusterIsolation, sources: str
) -> None:
    """R64."""
    ((_, _, actual),) = told(judge_cluster(archiving, source_archive=sources))
    assert str(actual).startswith(
        "another command than the source's, which names the same place (0 segments archived"
    )


BLANKS = "test -e '/mnt/wal of {0}'/%f || cp %p '/mnt/wal of {0}'/%f"
"""A command as a rehearsal's servers have it, where a folder has blanks in its name."""


@pytest.mark.parametrize(
    "sources",
    [
        'cp "%p" "/mnt/wal of core/%f"',
        r"cp %p /mnt/wal\ of\ core/%f",
        "gzip < %p > '/mnt/wal of core/'%f.gz",
    ],
)
def test_row_2_another_command_for_the_same_place_with_blanks(sources: str) -> None:
    """R64: however the blanks are kept."""
    (said,) = judge_archiving(Archiving("on", BLANKS.format("core")), sources)
    assert isinstance(said, Danger)
    assert said.actual == "another command than the source's, which names the same place"


def test_row_2_another_command_for_the_same_place_within_quotes() -> None:
    """R64: a shell within the shell."""
    (said,) = judge_archiving(Archiving("on", "cp %p /mnt/wal/%f"), "sh -c 'cp %p /mnt/wal/%f'")
    assert isinstance(said, Danger)


@pytest.mark.parametrize(
    "name", ["other", "core (old)", "core's"], ids=["another", "brackets", "an apostrophe"]
)
def test_an_archive_of_its_own_with_blanks_is_told(name: str) -> None:
    """R64: what two folders' names share, or what quotes leave over, is no place of both."""
    sources = f"cp %p {shlex.quote(f'/mnt/wal of {name}')}/%f"
    (said,) = judge_archiving(Archiving("on", BLANKS.format("core")), sources)
    assert isinstance(said, Fact)
    assert said.said == "into another archive than the source's"


@pytest.mark.parametrize("sources", ["", "cp %p /backups/other/%f", archive_digest("cp %p /b/%f")])
def test_an_archive_of_its_own_is_told(archiving: ClusterIsolation, sources: str) -> None:
    """R64: as a copy in the rehearsal cloud has one."""
    judged = judge_cluster(archiving, source_archive=sources)
    assert [] == told(judged)
    assert str(judged.facts["isolation.archiving"]).startswith(
        "into another archive than the source's (0 segments archived"
    )


def test_an_archive_nobody_can_place_is_a_gap(archiving: ClusterIsolation) -> None:
    """R64: neither wrong nor right."""
    judged = judge_cluster(archiving)
    assert [] == told(judged)
    assert [("isolation.archiving", "archive_command")] == [
        (gap.check, gap.subject) for gap in judged.gaps
    ]


def test_archiving_without_a_command_keeps_wal(restarted: Restarted) -> None:
    judged = judge_cluster(restarted(archive_mode="on", archive_command=""))
    assert [] == told(judged)
    assert "without a command: WAL is kept for ever" in str(judged.facts["isolation.archiving"])


@pytest.mark.parametrize("command", ["/bin/true", "true", ":", "exit 0", "(exit 0)"])
def test_archiving_into_nothing_is_told(archiving: ClusterIsolation, command: str) -> None:
    seen = replace(archiving, archiving=replace(archiving.archiving, archive=command))
    judged = judge_cluster(seen, source_archive=command)
    assert [] == told(judged)
    assert "puts WAL nowhere" in str(judged.facts["isolation.archiving"])


def test_rds_shows_one_command_for_all(archiving: ClusterIsolation) -> None:
    """RDS cannot be had here: its command, as AWS's own instances show it."""
    command = "/etc/rds/dbbin/pgscripts/rds_wal_archive %p"
    seen = replace(archiving, archiving=replace(archiving.archiving, archive=command))
    judged = judge_cluster(seen, source_archive=command)
    assert [] == told(judged)
    assert "held: RDS archives each instance" in str(
        judged.facts["isolation.archiving: archive_command"]
    )


def test_row_2_an_archive_library(restarted: Restarted, own: Server, run_folder: Path) -> None:
    """R64: since 15; the folder that basic_archive writes to is part of the archive."""
    with own.connect() as connection:
        if connection.info.server_version < 150000:
            pytest.skip("needs PostgreSQL 15")
    seen = restarted(
        archive_mode="on",
        archive_library="basic_archive",
        **{"basic_archive.archive_directory": str(run_folder)},
    )
    source = archive_of(seen)
    assert f"library basic_archive basic_archive.archive_directory={run_folder}" == source
    ((_, subject, actual),) = told(judge_cluster(seen, source_archive=source))
    assert "archive_library" == subject
    assert str(actual).startswith("the same command as the source's")
    own.stop()
    own.configure(archive_library=None, **{"basic_archive.archive_directory": None})
    own.start()


# Standbys


def test_row_5_a_standby_that_follows_the_source(
    own: Server, binaries: Binaries, account: Account, guardian: Guardian, run_folder: Path
) -> None:
    """R64: both ends of the connection are reported, and nothing holds it."""
    backup = BaseBackup.take(own, run_folder / "base")
    standby = Server(
        run_folder / "standby",
        binaries,
        account,
        guardian.client(),
        settings={
            "primary_conninfo": f"host={own.socket_dir} port={own.port} user=rdsadmin"
            f" application_name=follower password={SECRET}",
            "archive_cleanup_command": f"KEY={SECRET} true",
            "recovery_end_command": "true",
            "restore_command": "false",
        },
    )
    standby.create_folders()
    shutil.copytree(backup.folder, standby.data, symlinks=True)
    for path in (standby.data, *standby.data.rglob("*")):
        account.own(path)
    (standby.data / "standby.signal").touch()
    account.own(standby.data / "standby.signal")
    standby.start()
    try:
        wait_for_receiver(standby)
        seen = observe(standby)
        judged = judge_cluster(seen)
        followed = judge_cluster(observe(own))
    finally:
        standby.stop("immediate")
    assert [
        (
            "isolation.standby",
            "WAL receiver",
            "it receives WAL from another server (streaming)",
        ),
        (
            "isolation.recovery_commands",
            "archive_cleanup_command",
            "set, on a server in recovery, which runs it",
        ),
        (
            "isolation.recovery_commands",
            "recovery_end_command",
            "set, on a server in recovery, which runs it",
        ),
    ] == told(judged)
    assert (
        "set, on a server in recovery: it reads the archive"
        == judged.facts["isolation.recovery_commands: restore_command"]
    )
    assert SECRET not in repr((seen, judged))
    assert [
        ("isolation.followers", "WAL sender follower", "it takes the copy's WAL (streaming)")
    ] == told(followed)

    lost = replace(seen, following=replace(seen.following, receiver=None))
    assert ("isolation.standby", "primary_conninfo", "set, on a server in recovery") == told(
        judge_cluster(lost)
    )[0]
    walled_in = judge_cluster(lost, quarantine=WALLED_IN)
    assert [] == told(walled_in)
    assert str(walled_in.facts["isolation.standby: primary_conninfo"]).endswith(
        "held: a network of its own"
    )


def wait_for_receiver(standby: Server) -> None:
    """Until it streams; it connects in the background, within a moment."""
    deadline = time.monotonic() + 60
    with standby.connect() as connection:
        while True:
            row = connection.execute("select status from pg_stat_wal_receiver").fetchone()
            if row is not None and row[0] == "streaming":
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"the standby does not stream: {row}; see {standby.log}")
            time.sleep(0.02)  # there is no event to wait for


def test_what_a_promoted_server_no_longer_reads_is_told(restarted: Restarted) -> None:
    judged = judge_cluster(
        restarted(
            primary_conninfo="host=192.0.2.1",
            restore_command="false",
            archive_cleanup_command="true",
        )
    )
    assert [] == told(judged)
    assert (
        "set; held: a promoted server does not read it"
        == judged.facts["isolation.standby: primary_conninfo"]
    )
    assert (
        "set; a promoted server does not run it"
        == judged.facts["isolation.recovery_commands: archive_cleanup_command"]
    )


def test_a_standby_to_wait_for(restarted: Restarted, own: Server) -> None:
    """R64: every commit of the copy would hang."""
    seen = restarted(synchronous_standby_names="lost")
    own.configure(synchronous_standby_names=None)
    with own.connect() as connection:
        connection.execute("select pg_reload_conf()")
    assert [
        (
            "isolation.synchronous_standby_names",
            "synchronous_standby_names",
            "commits wait for a standby to confirm them",
        )
    ] == told(judge_cluster(seen))


# Slots and subscriptions


def test_row_14_a_slot_without_a_reader_is_told(own: Server) -> None:
    with own.connect() as connection:
        connection.execute("select pg_create_physical_replication_slot('spare', true)")
        try:
            judged = judge_cluster(observe(own))
        finally:
            connection.execute("select pg_drop_replication_slot('spare')")
    assert [] == told(judged)
    assert (
        "a physical slot without a reader: it keeps WAL" == judged.facts["isolation.slots: spare"]
    )


def test_a_slot_that_somebody_reads(own: Server) -> None:
    """R64: what is confirmed here is not asked of the source."""
    with own.connect() as connection:
        ((position,),) = connection.execute(
            "select lsn::text from pg_create_physical_replication_slot('eaten', true)"
        ).fetchall()
    reading = psycopg.connect(
        host=str(own.socket_dir),
        port=own.port,
        user=own.superuser,
        dbname="postgres",
        autocommit=True,
        application_name="reader",
        options="",
        replication="true",
    )
    try:
        reading.pgconn.send_query(f"START_REPLICATION SLOT eaten PHYSICAL {position}".encode())
        deadline = time.monotonic() + 60
        while not any(slot.active for slot in observe(own).slots):
            assert time.monotonic() < deadline, "the slot is never active"
            time.sleep(0.02)  # its reader starts in the background
        judged = judge_cluster(observe(own))
    finally:
        reading.close()
        drop_slot(own, "eaten")
    assert {
        ("isolation.slots", "eaten", "somebody reads from this physical slot"),
    } <= set(told(judged))
    assert "isolation.followers" in {check for check, _, _ in told(judged)}


def drop_slot(server: Server, name: str) -> None:
    """Once its reader is gone, which takes the server a moment to notice."""
    deadline = time.monotonic() + 60
    with server.connect() as connection:
        while True:
            try:
                connection.execute("select pg_drop_replication_slot(%s)", [name])
            except psycopg.errors.ObjectInUse:
                assert time.monotonic() < deadline, "the reader stays"
                time.sleep(0.02)  # there is no event to wait for
            else:
                return


def test_row_1_a_subscription_of_another_database(own: Server) -> None:
    """R64: it runs whichever database is compared."""
    with own.connect("other") as connection:
        subscribe(connection)
        try:
            seen = observe(own)
        finally:
            unsubscribe(connection)
    judged = judge_cluster(seen)
    assert [] == told(judged)
    name = "isolation.subscriptions: mirror of database other"
    assert str(judged.facts[name]).endswith("held: max_logical_replication_workers=0")
    room = {**seen.parameters.values, "max_logical_replication_workers": "4"}
    running = replace(seen, parameters=replace(seen.parameters, values=room))
    assert [
        (
            "isolation.subscriptions",
            "mirror of database other",
            "enabled, no worker runs yet",
        )
    ] == told(judge_cluster(running))


# Schedulers


def test_row_22_a_scheduler_that_is_preloaded(restarted: Restarted, own: Server) -> None:
    """R64: pg_cron cannot be had here; a library named like it is really preloaded, its table made
    up.
    """
    library = own.folder / "pg_cron.so"
    (found,) = [*pkglibdir(own).glob("auto_explain.so")]
    shutil.copyfile(found, library)
    own.account.own(library)
    library.chmod(0o755)
    restarted(shared_preload_libraries=str(library))
    with own.connect() as connection:
        connection.execute("create schema cron")
        connection.execute("create table cron.job (jobid int, active bool)")
        connection.execute("insert into cron.job values (1, true)")
    try:
        with own.connect() as connection, snapshot(connection) as cursor:
            judged = judge_database(observe_database(cursor), quarantine=WALLED_IN)
    finally:
        with own.connect() as connection:
            connection.execute("drop schema cron cascade")
    assert [("isolation.jobs", "cron.job", "pg_cron: 1 active entry")] == told(judged)


def pkglibdir(server: Server) -> Path:
    with server.connect() as connection:
        row = connection.execute(
            "select setting from pg_config where name = 'PKGLIBDIR'"
        ).fetchone()
    assert row is not None
    return Path(row[0])


def test_a_process_of_an_extension(own: Server) -> None:
    """R64: no worker that shows itself can be had here (only those connected to a database do), so
    what ``pg_stat_activity`` would say of one is put in its place.
    """
    seen = observe(own)
    assert () == seen.workers
    workers = ("Azure watcher", "TimescaleDB Background Worker Launcher", "autoprewarm worker")
    judged = judge_cluster(replace(seen, workers=workers))
    assert [("isolation.workers", workers[1], "it runs")] == told(judged)
    assert {"isolation.workers: Azure watcher", "isolation.workers: autoprewarm worker"} <= set(
        judged.facts
    )


def test_what_is_preloaded_is_told(restarted: Restarted) -> None:
    """R64: a worker without a database does not show in pg_stat_activity, its library does here."""
    judged = judge_cluster(restarted(shared_preload_libraries="pg_prewarm, auto_explain"))
    assert [] == told(judged)
    assert "auto_explain, pg_prewarm" == judged.facts["isolation.preloaded"]


# Without rights


def test_a_login_without_rights_says_what_it_was_not_shown(
    restarted: Restarted, own: Server
) -> None:
    """R64: nothing found is not the same as nothing there. An archive command anybody may see."""
    restarted(archive_mode="on", archive_command=ARCHIVE)
    judged = judge_cluster(observe(own, READER), source_archive=ARCHIVE)
    assert ["archive_command"] == [finding.subject for finding in judged.findings]
    assert {
        ("isolation.standby", "primary_conninfo"),
        ("isolation.workers", "shared_preload_libraries"),
    } <= {(gap.check, gap.subject) for gap in judged.gaps}


def test_a_monitoring_login_is_shown_everything(restarted: Restarted, own: Server) -> None:
    """R64: pg_monitor is enough."""
    restarted(archive_mode="on", archive_command=ARCHIVE)
    with own.connect() as connection:
        connection.execute("create role watcher login in role pg_monitor")
    judged = judge_cluster(observe(own, "watcher"), source_archive=ARCHIVE)
    assert ["archive_command"] == [finding.subject for finding in judged.findings]
    assert () == judged.gaps
