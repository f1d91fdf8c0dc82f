"""Recovery to each kind of target, and what the restored copy is afterwards.

The story's rows are 1 to 6, a commit each; the base backup holds 1 and 2, the restore point "noon"
lies between 3 and 4. Which rows came back names the target that was reached.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.errors import (
    ChooseAnotherFolder,
    ChooseAnotherTarget,
    InstallPostgres,
    MoveTablespaces,
    ReadServerLog,
    RepairArchive,
    RepairBackup,
)
from fixtures.postgres.isolation import ISOLATION
from fixtures.postgres.recovery import recover, wait_until_promoted
from fixtures.postgres.recovery_log import RecoveryLog
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from fixtures.postgres.version import ServerVersion
from tests.fix_postgres import NewServer
from tests.postgres.conftest import NewSource, Story, naive_restore, rows

MOMENT = timedelta(microseconds=1)
Choose = Callable[[Story], RecoveryTarget]


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        pytest.param(lambda s: RecoveryTarget.time(s.commits[3].at), [1, 2, 3], id="time"),
        pytest.param(
            lambda s: RecoveryTarget.time(s.commits[4].at - MOMENT), [1, 2, 3], id="between commits"
        ),
        pytest.param(
            lambda s: RecoveryTarget.time(s.commits[4].at, inclusive=False),
            [1, 2, 3],
            id="time, exclusive",
        ),
        pytest.param(lambda s: RecoveryTarget.xid(s.commits[4].xid), [1, 2, 3, 4], id="xid"),
        pytest.param(
            lambda s: RecoveryTarget.xid(s.commits[4].xid, inclusive=False),
            [1, 2, 3],
            id="xid, exclusive",
        ),
        pytest.param(lambda s: RecoveryTarget.lsn(s.commits[5].lsn), [1, 2, 3, 4, 5], id="lsn"),
        pytest.param(lambda s: RecoveryTarget.name("noon"), [1, 2, 3], id="name"),
        pytest.param(lambda s: RecoveryTarget.immediate(), [1, 2], id="immediate"),
        pytest.param(lambda s: RecoveryTarget.latest(), [1, 2, 3, 4, 5, 6], id="latest"),
    ],
)
def test_recovery_reaches_its_target(
    story: Story, new_server: NewServer, choose: Choose, expected: list[int]
) -> None:
    """R65, R23: promoted, writable, on its own timeline, and told by the rows that came back."""
    copy = new_server("copy")
    target = choose(story)
    reached = recover(story.backup, story.archive, target, copy)
    assert rows(copy) == expected
    assert reached.target == target
    assert reached.timeline == 2
    assert reached.system_identifier == story.backup.system_identifier
    assert story.backup.ended <= reached.lsn
    if target.kind == "immediate":
        assert reached.last_commit_at is None
    elif target.kind != "latest":  # whose last commit is the one that made it reachable
        assert reached.last_commit_at == story.commits[expected[-1]].at
    with copy.connect() as connection:
        connection.execute("insert into ledger values (99)")


def test_a_backup_alone_restores_to_its_end(story: Story, new_server: NewServer) -> None:
    """A snapshot: it brings the WAL it needs, and still begins a timeline of its own."""
    copy = new_server("copy")
    reached = recover(story.backup, None, RecoveryTarget.immediate(), copy)
    assert rows(copy) == [1, 2]
    assert (reached.timeline, reached.lsn) == (2, story.backup.ended)


def test_a_backup_alone_has_no_other_target(story: Story, new_server: NewServer) -> None:
    with pytest.raises(ChooseAnotherTarget, match="needs a WAL archive"):
        recover(story.backup, None, RecoveryTarget.latest(), new_server("copy"))


def test_a_transaction_that_was_running_at_the_backups_end_can_be_the_target(
    new_source: NewSource, new_server: NewServer
) -> None:
    source = new_source("a")
    with source.server.connect(autocommit=False) as running:
        (xid,) = running.execute("select pg_current_xact_id()::text::bigint").fetchone() or (0,)
        running.execute("insert into ledger values (7)")
        source.commit(1)
        backup = source.backup("base")
        source.commit(2)
    source.commit(3)
    source.archive.flush(source.server)
    copy = new_server("copy")
    recover(backup, source.archive, RecoveryTarget.xid(xid), copy)
    assert rows(copy) == [1, 2, 7]


def test_a_copy_starts_isolated(story: Story, new_server: NewServer) -> None:
    """R64: before its first start, whatever the backup's own configuration says."""
    copy = new_server("copy", {"archive_mode": "on", "shared_preload_libraries": "none such"})
    recover(story.backup, story.archive, RecoveryTarget.latest(), copy)
    with copy.connect() as connection:
        found = connection.execute(
            "select name, setting from pg_settings where name = any(%s)",
            [[*ISOLATION, "listen_addresses", "track_commit_timestamp", "max_worker_processes"]],
        ).fetchall()
    settings = dict(found)
    assert settings.pop("listen_addresses") == ""
    assert settings.pop("track_commit_timestamp") == "on", "commit times would be lost"
    assert int(settings.pop("max_worker_processes")) >= 8
    assert settings == dict(ISOLATION)


LEFT_BEHIND = """
recovery_target_xid = '3'
recovery_target_action = 'shutdown'
recovery_target_timeline = 'latest'
recovery_end_command = 'touch {trap}'
archive_cleanup_command = 'touch {trap}'
synchronous_standby_names = 'elsewhere'
log_min_messages = 'panic'
hot_standby = 'off'
timezone = 'Asia/Kathmandu'
lc_messages = 'de_DE.UTF-8'
"""


def test_what_the_source_left_in_its_configuration_does_not_count(
    new_source: NewSource, new_server: NewServer, run_folder: Path
) -> None:
    """R64: an old recovery target, commands that clean the source's archive, a standby's name."""
    source = new_source("a")
    with (source.server.data / "postgresql.conf").open("a") as conf:
        conf.write(LEFT_BEHIND.format(trap=run_folder / "sprung"))
    (source.server.data / "standby.signal").touch()
    source.account.own(source.server.data / "standby.signal")
    backup = source.backup("base")
    third = source.commit(3)
    source.commit(4)
    source.archive.flush(source.server)
    copy = new_server("copy")
    reached = recover(backup, source.archive, RecoveryTarget.time(third.at), copy)
    assert rows(copy) == [3]
    assert reached.last_commit_at == third.at
    assert not (run_folder / "sprung").exists()
    with copy.connect() as connection:
        connection.execute("insert into ledger values (5)")  # waits for no standby


def test_the_next_start_is_a_normal_one(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """The owner chooses settings and an archive, and the copy can itself be restored (R51)."""
    copy = new_server("copy")
    recover(story.backup, story.archive, RecoveryTarget.latest(), copy)
    left = [name for name in copy.settings if "recovery" in name or name == "restore_command"]
    assert left == []
    copy.stop()
    own = WalArchive.create(run_folder / "own", copy.account)
    copy.configure(archive_mode="on", archive_command=own.archive_command)
    copy.start()
    second = BaseBackup.take(copy, run_folder / "second")
    assert second.timeline == 2
    with copy.connect() as connection:
        connection.execute("insert into ledger values (7)")
    own.flush(copy)
    grandchild = new_server("g")
    reached = recover(second, own, RecoveryTarget.latest(), grandchild)
    assert rows(grandchild) == [1, 2, 3, 4, 5, 6, 7]
    assert reached.timeline == 3


def test_a_branch_is_followed_when_it_is_named(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """R65: the source was itself recovered since the backup, and archived on."""
    archive = story.source.archive_copy(run_folder)
    branch = new_server("branch")
    recover(story.backup, archive, RecoveryTarget.xid(story.commits[5].xid), branch)
    branch.stop()
    branch.configure(archive_mode="on", archive_command=archive.archive_command)
    branch.start()
    with branch.connect() as connection:
        connection.execute("insert into ledger values (50)")
    archive.flush(branch)
    # A promotion archives its history itself only when it archives at all.
    history = branch.data / "pg_wal/00000002.history"
    shutil.copy(history, archive.folder)
    branch.account.own(archive.folder / history.name)
    copy = new_server("copy")
    reached = recover(story.backup, archive, RecoveryTarget.latest(), copy, timeline=2)
    assert rows(copy) == [1, 2, 3, 4, 5, 50]
    assert reached.timeline == 3


def test_progress_is_told(story: Story, new_server: NewServer) -> None:
    told: list[str] = []
    recover(
        story.backup,
        story.archive,
        RecoveryTarget.immediate(),
        new_server("copy"),
        progress=told.append,
    )
    assert [text.split()[0] for text in told] == ["copying", "replaying", "promoted"]


def test_the_backup_is_left_as_it_was(story: Story, new_server: NewServer) -> None:
    """Copied, never linked: the copy writes to its files."""
    recover(story.backup, story.archive, RecoveryTarget.latest(), new_server("copy"))
    story.backup.verify(new_server("other"))


def test_wal_that_fills_the_last_segment_is_replayed_to_its_end(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R65: the last record runs on into a segment nobody archived yet, and that is no loss."""
    source = new_source("a")
    backup = source.backup("base")
    size = backup.wal_segment_size
    with source.server.connect() as connection:
        connection.execute("create table wide (filling text)")
        while source.archive.segments(size)[-1].starts(size) < backup.ended:
            connection.execute(
                "insert into wide select repeat('x', 500) from generate_series(1, 999)"
            )
    source.server.stop("immediate")
    copy = new_server("copy")
    reached = recover(backup, source.archive, RecoveryTarget.latest(), copy)
    assert reached.lsn % size != 0, "the last record happened to end with its segment"
    assert reached.stopped is None


@pytest.fixture
def other_backup(story: Story, run_folder: Path) -> BaseBackup:
    """The story's backup, its files copied so that they may be damaged."""
    folder = run_folder / "base"
    shutil.copytree(story.backup.folder, folder, symlinks=True)
    story.source.account.own(folder, recursive=True)
    return replace(story.backup, folder=folder)


def test_a_folder_in_use_is_refused(story: Story, server: Server) -> None:
    with pytest.raises(ChooseAnotherFolder, match="exists"):
        recover(story.backup, story.archive, RecoveryTarget.latest(), server)


def test_another_major_is_refused(story: Story, new_server: NewServer) -> None:
    """With the version that is needed, and what brings it."""
    backup = replace(story.backup, version=ServerVersion.parse("12.3"))
    with pytest.raises(
        InstallPostgres, match=r"PostgreSQL 12 and restores on no other.*postgresql-12.*PG_BIN"
    ):
        recover(backup, story.archive, RecoveryTarget.latest(), new_server("copy"))


def test_a_link_out_of_the_backup_is_refused(
    other_backup: BaseBackup, story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """R64: the copy would write where it points."""
    (other_backup.folder / "pg_tblspc/16400").symlink_to(run_folder)
    with pytest.raises(MoveTablespaces, match="pg_tblspc/16400"):
        recover(other_backup, story.archive, RecoveryTarget.latest(), new_server("copy"))


def test_a_damaged_backup_is_refused_before_it_is_copied(
    other_backup: BaseBackup, story: Story, new_server: NewServer
) -> None:
    """R62: one byte."""
    path = other_backup.folder / "global/pg_filenode.map"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    copy = new_server("copy")
    with pytest.raises(RepairBackup, match="checksum mismatch"):
        recover(other_backup, story.archive, RecoveryTarget.latest(), copy)
    assert not copy.data.exists()


def test_a_copy_that_fails_tells_why(story: Story, new_server: NewServer) -> None:
    """R66: in cp's own words."""
    copy = new_server("copy")
    copy.create_folders()
    copy.data.symlink_to("/proc/nowhere")  # does not exist, and cannot be made
    with pytest.raises(ChooseAnotherFolder, match=r"failed: .*cp: "):
        recover(story.backup, story.archive, RecoveryTarget.latest(), copy)


def test_a_failed_recovery_leaves_no_server(story: Story, new_server: NewServer) -> None:
    """R66: and its files, to be looked at."""
    copy = new_server("copy")
    with pytest.raises(ChooseAnotherTarget):
        recover(story.backup, story.archive, RecoveryTarget.name("no such point"), copy)
    assert not copy.running
    assert copy.data.exists()


def test_recovery_that_takes_too_long_ends_the_wait(story: Story, new_server: NewServer) -> None:
    """R30: with the state it was in."""
    copy = new_server("copy")
    naive_restore(story.backup, copy, archive_mode="off", restore_command="sleep 60")
    with pytest.raises(ReadServerLog, match=r"not over after 1 s .*not yet consistent"):
        wait_until_promoted(copy, timeout=1)


def test_a_server_that_admits_nobody_is_told(story: Story, new_server: NewServer) -> None:
    """Another superuser than the source's: no need to wait an hour for that."""
    copy = new_server("copy")
    copy.superuser = "nobody_of_that_name"
    with pytest.raises(ReadServerLog, match='role "nobody_of_that_name" does not exist'):
        recover(story.backup, story.archive, RecoveryTarget.latest(), copy)


def test_an_archive_that_another_copy_wrote_into_is_told(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """Row 2: files of the timeline that this copy has just begun."""
    archive = story.source.archive_copy(run_folder)
    (archive.folder / "000000020000000000000009").write_bytes(bytes(story.backup.wal_segment_size))
    with pytest.raises(RepairArchive, match="files of timeline 2"):
        recover(story.backup, archive, RecoveryTarget.latest(), new_server("copy"))


def test_an_unreadable_archive_is_told(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    archive = story.source.archive_copy(run_folder)
    for path in archive.folder.iterdir():
        path.rename(run_folder / path.name)
    os.rmdir(archive.folder)
    with pytest.raises(RepairArchive, match="cannot be listed"):
        recover(story.backup, archive, RecoveryTarget.latest(), new_server("copy"))


def test_a_log_is_read_for_where_recovery_stopped() -> None:
    log = RecoveryLog.parse(
        [
            "2024-05-01 12:00:00.1 UTC [7] FATAL:  the database system is starting up",
            "2024-05-01 12:00:00.2 UTC [7] LOG:  redo starts at 0/2000028",
            "2024-05-01 12:00:00.2 UTC [7] LOG:  recovery stopping before commit of transaction"
            " 753, time 2024-05-01 17:45:00.5+05:45",
            "2024-05-01 12:00:00.3 UTC [7] LOG:  last completed transaction was at log time"
            " 2024-05-01 11:59:59+00",
            "2024-05-01 12:00:00.4 UTC [7] LOG:  selected new timeline ID: 12",
        ]
    )
    assert log.fatal is None
    assert log.stopped_xid == 753
    assert log.stopped_at is not None
    assert log.stopped_at.isoformat() == "2024-05-01T17:45:00.500000+05:45"
    assert log.new_timeline == 12
    assert log.last_completed is not None
