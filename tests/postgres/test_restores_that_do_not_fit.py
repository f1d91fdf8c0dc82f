"""Backup, archive and server that do not belong together: rows 26 to 28 of "Restores that succeed
and are wrong". As in `test_restores_that_lie`, the naive restore is shown to be wrong first.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import (
    ChooseAnotherBackup,
    FixServerSettings,
    RepairArchive,
    RepairBackup,
)
from fixtures.postgres.recovery import recover
from fixtures.postgres.target import RecoveryTarget
from tests.fix_postgres import NewServer
from tests.postgres.conftest import (
    NewSource,
    Source,
    Story,
    last_segment,
    naive,
    naive_end,
    rows,
    session_folder,
)

LATEST = RecoveryTarget.latest()


# Row 26


def test_row_26_another_clusters_backup_is_refused(
    story: Story, new_server: NewServer, new_source: NewSource
) -> None:
    """R65: its data is plausible, its identity is not."""
    other = new_source("other")
    backup = other.backup("base")
    copy = new_server("copy")
    wanted = story.backup.system_identifier
    with pytest.raises(ChooseAnotherBackup, match=f"{backup.system_identifier}, but {wanted} was"):
        recover(backup, None, RecoveryTarget.immediate(), copy, expected_system_identifier=wanted)
    assert not copy.data.exists()
    recover(
        backup,
        None,
        RecoveryTarget.immediate(),
        copy,
        expected_system_identifier=backup.system_identifier,
    )


# Row 27


def test_row_27_wal_of_another_cluster_is_refused(
    story: Story, new_server: NewServer, new_source: NewSource, run_folder: Path
) -> None:
    """R63: PostgreSQL sees the other identifier, takes it for the end of the WAL, and promotes."""
    other = new_source("other")
    for _ in range(4):
        other.archive.flush(other.server)
    archive = story.source.archive_copy(run_folder)
    foreign = archive.folder / last_segment(story)
    foreign.write_bytes((other.archive.folder / foreign.name).read_bytes())
    by_hand = new_server("naive")
    naive(story.backup, archive, by_hand)
    assert rows(by_hand) == [1, 2, 3, 4], "rows 5 and 6 should have been lost"
    copy = new_server("copy")
    with pytest.raises(RepairArchive, match=f"{foreign.name} was written by another cluster"):
        recover(story.backup, archive, LATEST, copy)
    assert not copy.data.exists()
    with pytest.raises(RepairArchive, match=r"reached: .* written by another cluster"):
        recover(story.backup, archive, RecoveryTarget.time(story.commits[5].at), copy)


def test_row_27_wal_of_a_clone_is_refused(
    run_folder: Path, new_source: NewSource, new_server: NewServer
) -> None:
    """R63: identifier and segment names agree; the rows that come back are the other's."""
    source = new_source("a")
    source.server.stop()
    clone = new_server("clone")
    clone.create_folders()
    subprocess.run(["cp", "-a", source.server.data, clone.data], check=True, cwd=run_folder)
    its_archive = WalArchive.create(run_folder / "its", clone.account)
    clone.configure(archive_command=its_archive.archive_command)
    source.server.start()
    clone.start()
    backup = source.backup("base")
    with clone.connect() as connection:
        # Checkpoints hold their time in seconds. Two quiet clones differ in nothing else.
        connection.execute("select pg_sleep(1.1)")
    theirs = BaseBackup.take(clone, run_folder / "theirs")
    assert theirs.system_identifier == backup.system_identifier
    assert theirs.started == backup.started
    with clone.connect() as connection:
        connection.execute("insert into ledger values (77)")
    its_archive.flush(clone)

    by_hand = new_server("naive")
    naive(backup, its_archive, by_hand)
    assert rows(by_hand) == [77], "a row that this cluster never had"
    with pytest.raises(RepairArchive, match="a clone perhaps"):
        recover(backup, its_archive, LATEST, new_server("copy"))


def test_row_27_a_missing_backup_label_is_refused(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """R62: on a quiet cluster PostgreSQL starts as if nothing were the matter."""
    folder = run_folder / "base"
    subprocess.run(["cp", "-a", story.backup.folder, folder], check=True, cwd=run_folder)
    (folder / "backup_label").unlink()
    backup = replace(story.backup, folder=folder)
    by_hand = new_server("naive")
    naive(backup, story.archive, by_hand)
    assert rows(by_hand) == [1, 2, 3, 4, 5, 6], "it starts cleanly, by luck"
    copy = new_server("copy")
    with pytest.raises(RepairBackup, match=r"backup_label .*as a crashed server"):
        recover(backup, story.archive, LATEST, copy)
    assert not copy.data.exists()


# Row 28

FLOORS = [
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
]


@pytest.fixture(scope="session")
def generous(
    guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[tuple[BaseBackup, WalArchive]]:
    """A backup of a source in which each of the five is higher than PostgreSQL's default."""
    with session_folder(guardian, account) as folder:
        source = Source(folder / "generous", binaries, guardian, account)
        source.server.stop()
        source.server.configure(**dict.fromkeys(FLOORS, "130"))
        source.server.start()
        backup = source.backup("base")
        source.archive.flush(source.server)
        source.server.stop()
        yield backup, source.archive


@pytest.mark.parametrize("name", FLOORS)
def test_row_28_lower_settings_than_the_sources_are_refused(
    generous: tuple[BaseBackup, WalArchive], new_server: NewServer, name: str
) -> None:
    """R31: before anything is copied, and all of them at once."""
    copy = new_server("copy", {name: "20"})
    with pytest.raises(FixServerSettings, match=f"{name}=20 is below the source's 130"):
        recover(*generous, LATEST, copy)
    assert not copy.data.exists()


def test_row_28_lower_settings_end_or_pause_the_naive_restore(
    generous: tuple[BaseBackup, WalArchive], new_server: NewServer
) -> None:
    """R31: whether it admits connections already decides which; both are reported."""
    backup, archive = generous
    words = naive_end(backup, archive, new_server("naive"), **dict.fromkeys(FLOORS, "20"))
    assert "insufficient parameter settings" in words


def test_row_28_the_copy_takes_the_sources_settings_over(
    generous: tuple[BaseBackup, WalArchive], new_server: NewServer
) -> None:
    """R31: from the backup, or from the source where that was raised since."""
    copy = new_server("copy", {"max_connections": "200"})
    recover(
        *generous,
        LATEST,
        copy,
        source_settings={"max_worker_processes": "140", "max_wal_senders": "3"},
    )
    with copy.connect() as connection:
        found = connection.execute(
            "select name, setting::int from pg_settings where name = any(%s)", [FLOORS]
        ).fetchall()
    assert dict(found) == {
        "max_connections": 200,
        "max_worker_processes": 140,
        "max_wal_senders": 130,
        "max_prepared_transactions": 130,
        "max_locks_per_transaction": 130,
    }


def test_row_28_settings_raised_after_the_backup_are_reported(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R31: the backup cannot know. PostgreSQL ends, or pauses for ever; ours tells of either."""
    source = new_source("a")
    backup = source.backup("base")
    with source.server.connect() as connection:
        connection.execute("alter system set max_connections = 150")
    source.server.stop()
    source.server.start()
    source.commit(1)
    source.archive.flush(source.server)
    with pytest.raises(FixServerSettings, match=r"insufficient parameter settings|is paused"):
        recover(backup, source.archive, LATEST, new_server("c1"))
    copy = new_server("c2")
    raised = {"max_connections": "150"}
    recover(backup, source.archive, LATEST, copy, source_settings=raised)
    assert rows(copy) == [1]
