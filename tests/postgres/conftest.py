"""A source with a history, for every test that restores; and the restore nobody should make."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import ReadServerLog
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.recovery import wait_until_promoted
from fixtures.postgres.server import Server


@dataclass(frozen=True)
class Commit:
    """One row's transaction: its id, the WAL position after it, its commit time."""

    row: int
    xid: int
    lsn: Lsn
    at: datetime


class Source:
    """A self-managed cluster: its archiving is configured in its own postgresql.conf, as a backup
    of it will be. One table, `ledger`; a row a commit, numbered. `initdb` are options for that.
    """

    def __init__(
        self, folder: Path, binaries: Binaries, guardian: Guardian, account: Account, *initdb: str
    ):
        folder.mkdir(mode=0o711)
        account.own(folder)
        self.folder = folder
        self.account = account
        self.archive = WalArchive.create(folder / "archive", account)
        self.server = Server(folder / "source", binaries, account, guardian.client())
        self.server.initialise(*initdb)
        command = self.archive.archive_command.replace("'", "''")
        with (self.server.data / "postgresql.conf").open("a") as conf:
            conf.write("archive_mode = on\nwal_level = logical\ntrack_commit_timestamp = on\n")
            conf.write(f"archive_command = '{command}'\n")
        self.server.start()
        with self.server.connect() as connection:
            connection.execute("create table ledger (row int primary key)")

    def commit(self, row: int) -> Commit:
        with self.server.connect() as connection:
            with connection.transaction():
                connection.execute("insert into ledger values (%s)", [row])
                (xid,) = connection.execute("select pg_current_xact_id()::text").fetchone() or ("",)
            lsn, at = connection.execute(
                "select pg_current_wal_lsn()::text, pg_xact_commit_timestamp(%s::xid)", [xid]
            ).fetchone() or ("", None)
        assert at is not None
        return Commit(row, int(xid), Lsn.parse(lsn), at)

    def restore_point(self, name: str) -> None:
        with self.server.connect() as connection:
            connection.execute("select pg_create_restore_point(%s)", [name])

    def backup(self, name: str) -> BaseBackup:
        return BaseBackup.take(self.server, self.folder / name)

    def archive_copy(self, into: Path) -> WalArchive:
        """What the archive holds now, to be damaged."""
        folder = into / "archive"
        subprocess.run(["cp", "-a", self.archive.folder, folder], check=True, cwd=into)
        return WalArchive(folder)


class NewSource(Protocol):
    """Makes a running source; `initdb` are options for that."""

    def __call__(self, name: str, *initdb: str) -> Source: ...


@pytest.fixture
def new_source(
    run_folder: Path, binaries: Binaries, guardian: Guardian, account: Account
) -> Iterator[NewSource]:
    """Makes a running source of the test's own."""
    made: list[Source] = []

    def make(name: str, *initdb: str) -> Source:
        made.append(Source(run_folder / name, binaries, guardian, account, *initdb))
        return made[-1]

    yield make
    for source in made:
        source.server.stop("immediate")


@dataclass(frozen=True)
class Story:
    """
    ```
    row 1   row 2   ┃base┃   row 3   "noon"   row 4   ┃switch┃   row 5   row 6   ┃switch┃
                    ┃backup                                                  everything archived
    ```
    Shared by the tests of a session: they read it, and never write to its source or archive.
    """

    source: Source
    backup: BaseBackup
    commits: dict[int, Commit]

    @property
    def archive(self) -> WalArchive:
        return self.source.archive


@contextmanager
def session_folder(guardian: Guardian, account: Account) -> Iterator[Path]:
    """A short, empty folder for what the tests of a session share."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def story(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Story]:
    with session_folder(guardian, account) as folder:
        source = Source(folder / "story", binaries, guardian, account)
        before = [source.commit(1), source.commit(2)]
        backup = source.backup("base")
        third = source.commit(3)
        source.restore_point("noon")
        fourth = source.commit(4)
        source.archive.flush(source.server)
        after = [source.commit(5), source.commit(6)]
        source.archive.flush(source.server)
        commits = {commit.row: commit for commit in [*before, third, fourth, *after]}
        yield Story(source, backup, commits)
        source.server.stop("immediate")


def rows(server: Server) -> list[int]:
    """The rows of the ledger, in order."""
    with server.connect() as connection:
        found = connection.execute("select row from ledger order by row").fetchall()
    return [row for (row,) in found]


def naive_restore(backup: BaseBackup, into: Server, **settings: str) -> None:
    """Copy the base backup, ask for recovery, start: what a hurried operator does. Not waited for.

    Only names what a manual would: the source's own configuration, archiving included, comes along.
    """
    into.create_folders()
    subprocess.run(["cp", "-a", backup.folder, into.data], check=True, cwd=into.folder)
    (into.data / "recovery.signal").touch(mode=0o600)
    into.account.own(into.data / "recovery.signal")
    into.configure(**settings)
    into.start(wait_ready=False)


def plain_restore_command(archive: WalArchive) -> str:
    """The one in PostgreSQL's manual."""
    return f"cp {archive.folder}/%f %p 2>/dev/null"


def naive(
    backup: BaseBackup, archive: WalArchive, into: Server, *, isolated: bool = True, **more: str
) -> None:
    """Restored by hand and promoted: exit status 0, it answers, everybody goes home."""
    settings = {"recovery_target_action": "promote"}
    settings |= {"archive_mode": "off"} if isolated else {}
    settings["restore_command"] = plain_restore_command(archive)
    naive_restore(backup, into, **(settings | more))
    wait_until_promoted(into, timeout=60)


def naive_end(backup: BaseBackup, archive: WalArchive, into: Server, **more: str) -> str:
    """Restored by hand, and ended by itself: the log's last FATAL."""
    settings = {"archive_mode": "off", "recovery_target_action": "promote"}
    settings["restore_command"] = plain_restore_command(archive)
    naive_restore(backup, into, **(settings | more))
    with pytest.raises(ReadServerLog) as ended:
        wait_until_promoted(into, timeout=60)
    return str(ended.value)


def last_segment(story: Story) -> str:
    size = story.backup.wal_segment_size
    return story.archive.segments(size)[-1].name(size)
