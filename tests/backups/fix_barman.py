"""Barman itself, wherever it is installed, and a server that it backs up."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from fixtures.backups.barman.repository import Barman
from fixtures.backups.model import Backup
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.server import Server
from fixtures.rehearsal.own.barman import SERVER, BarmanMaker
from tests.postgres.conftest import Commit, session_folder

Listing = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class BarmanSource:
    """A running server with one table, `ledger`, and the Barman that backs it up."""

    server: Server
    maker: BarmanMaker

    @classmethod
    def make(
        cls,
        folder: Path,
        binaries: Binaries,
        guardian: Guardian,
        account: Account,
        path: str,
        options: Mapping[str, str] | None = None,
    ) -> BarmanSource:
        folder.mkdir(mode=0o711)
        account.own(folder)
        maker = BarmanMaker(folder, account, guardian.client(), path, options or {})
        server = Server(
            folder / "source",
            binaries,
            account,
            guardian.client(),
            settings={
                **maker.settings(),
                "track_commit_timestamp": "on",
                **({"summarize_wal": "on"} if binaries.version.major >= 17 else {}),
            },
        )
        server.initialise()
        server.start()
        maker.prepare(server)
        with server.connect() as connection:
            connection.execute("create table ledger (row int primary key)")
        return cls(server, maker)

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

    def listing(self) -> Listing:
        """Size and time of modification of all below barman_home, folders too."""
        home = self.maker.home
        found = {str(path.relative_to(home)): path.lstat() for path in home.rglob("*")}
        return {name: (one.st_size, one.st_mtime_ns) for name, one in found.items()}


@dataclass(frozen=True)
class BarmanStory:
    """
    ```
    row 1   row 2   ┃full┃   row 3   "noon"   row 4   ┃switch┃   row 5   row 6   ┃switch┃
                    ┃backup                                               everything archived
    ```
    Shared by the tests of a session, which read it. `incremental` is of the same state as `full`,
    on it, where PostgreSQL can make one.
    """

    source: BarmanSource
    commits: dict[int, Commit]
    full: str
    incremental: str | None

    @property
    def repository(self) -> Barman:
        return self.source.maker.repository()


class NewBarmanSource(Protocol):
    """Makes a source of the test's own, `options` in the server's section of its configuration."""

    def __call__(self, **options: str) -> BarmanSource: ...


@pytest.fixture(scope="session")
def barman_path(guardian: Guardian, account: Account) -> Iterator[str]:
    """A PATH on which there is a Barman that the servers' account may execute.

    DRILL_TEST_BARMAN names the folder of another one. Else the one beside our Python, where it may;
    else its packages, copied to where it may, with the system's own Python, which must be of the
    same version. Never a test that is passed over.
    """
    if named := os.environ.get("DRILL_TEST_BARMAN"):
        yield named
        return
    beside = Path(sys.executable).parent
    if shutil.which("barman", path=str(beside)) is None:
        found = shutil.which("barman")
        assert found is not None, "these tests need Barman: pip install barman"
        yield str(Path(found).parent)
        return
    python = Path(sys.executable).resolve().parent
    if account.can_enter(beside) and account.can_enter(python):
        yield str(beside)
        return
    with session_folder(guardian, account) as folder:
        yield str(_copied(folder, account))


def _copied(folder: Path, account: Account) -> Path:
    name = f"python3.{sys.version_info.minor}"
    python = shutil.which(name, path=os.defpath)
    assert python is not None, f"{account.name} may not execute {sys.executable}, nor any {name}"
    for package in ("barman", "psycopg2", "dateutil", "six"):
        spec = importlib.util.find_spec(package)
        assert spec is not None, f"{package} is missing beside Barman"
        assert spec.origin is not None
        there = Path(spec.origin)
        if there.name != "__init__.py":
            shutil.copy2(there, folder)
            continue
        shutil.copytree(there.parent, folder / package)
        for libraries in there.parent.parent.glob(f"{package}*.libs"):
            shutil.copytree(libraries, folder / libraries.name)
    program = folder / "bin" / "barman"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\nPYTHONDONTWRITEBYTECODE=1 PYTHONPATH={folder} "
        f'exec {python} -m barman.cli "$@"\n'
    )
    program.chmod(0o755)
    account.own(folder, recursive=True)
    return program.parent


@pytest.fixture(scope="session")
def barman_story(
    guardian: Guardian, binaries: Binaries, account: Account, barman_path: str
) -> Iterator[BarmanStory]:
    with session_folder(guardian, account) as folder:
        source = BarmanSource.make(folder / "b", binaries, guardian, account, barman_path)
        commits = [source.commit(1), source.commit(2)]
        source.maker.take()
        if binaries.version.major >= 17:
            source.maker.take(incremental=True)
        full, incremental = source.maker.taken[0], (*source.maker.taken, None)[1]
        commits.append(source.commit(3))
        with source.server.connect() as connection:
            connection.execute("select pg_create_restore_point('noon')")
        commits.append(source.commit(4))
        source.maker.flush()
        commits += [source.commit(5), source.commit(6)]
        source.maker.flush()
        yield BarmanStory(source, {one.row: one for one in commits}, full, incremental)
        source.server.stop("immediate")


@pytest.fixture
def new_barman_source(
    run_folder: Path, binaries: Binaries, guardian: Guardian, account: Account, barman_path: str
) -> Iterator[NewBarmanSource]:
    made: list[BarmanSource] = []

    def make(**options: str) -> BarmanSource:
        folder = run_folder / f"b{len(made)}"
        made.append(BarmanSource.make(folder, binaries, guardian, account, barman_path, options))
        return made[-1]

    yield make
    for source in made:
        source.server.stop("immediate")


@pytest.fixture
def story_copy(barman_story: BarmanStory, run_folder: Path, account: Account) -> BarmanMaker:
    """The story's repository, to be damaged; its source is not running."""
    folder = run_folder / "repository"
    folder.mkdir(mode=0o711)
    account.own(folder)
    there = barman_story.source.maker
    copy = BarmanMaker(folder, account, there.launcher, there.path)
    shutil.copytree(there.home, copy.home, symlinks=True)
    copy.config.write_text(there.config.read_text().replace(str(there.folder), str(folder)))
    account.own(folder, recursive=True)
    return copy


def wal_folder(maker: BarmanMaker) -> Path:
    """Where the segments lie of the first 4 GB of WAL on timeline 1."""
    return maker.home / SERVER / "wals" / "0000000100000000"


def named(repository: Barman, name: str) -> Backup:
    return next(one for one in repository.backups() if one.name == name)
