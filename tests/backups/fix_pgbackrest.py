"""A cluster backed up by the real pgBackRest, its repository to be read, copied and damaged."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from fixtures.backups.errors import RepairRepository
from fixtures.backups.files import files_of
from fixtures.backups.model import Backup
from fixtures.backups.pgbackrest.repository import PgBackRest
from fixtures.backups.tool import Said, Tool
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.backup_files import BackupFiles
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.reached import Reached
from fixtures.postgres.recovery import isolate, plan, replay
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal.own.pgbackrest import BackupType, PgBackRestMaker
from tests.postgres.conftest import Commit, session_folder

KEY = "zaza-correct-horse"


class Cluster:
    """A server with one table, `ledger`, a row a commit; and who backs it up.

    `options` are pgBackRest's own, `cipher` its key.
    """

    def __init__(
        self,
        folder: Path,
        binaries: Binaries,
        guardian: Guardian,
        account: Account,
        *,
        options: Mapping[str, str] | None = None,
        cipher: str | None = None,
        initdb: tuple[str, ...] = (),
    ) -> None:
        folder.mkdir(mode=0o711)
        account.own(folder)
        self.folder = folder
        self.maker = PgBackRestMaker(
            folder / "b", account, guardian.client(), cipher=cipher, more=options
        )
        self.server = Server(
            folder / "source",
            binaries,
            account,
            guardian.client(),
            settings={**self.maker.settings(), "track_commit_timestamp": "on"},
        )
        self.server.initialise(*initdb)
        self.server.start()
        try:
            self.maker.prepare(self.server)
        except RepairRepository as refusal:
            if "control version" in str(refusal):
                pytest.skip(f"this pgBackRest does not know {binaries.version}: {refusal}")
            raise
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
        assert isinstance(at, datetime)
        return Commit(row, int(xid), Lsn.parse(lsn), at)

    def take(self, kind: BackupType) -> Backup:
        self.maker.take(kind)
        return self.maker.repository().backups()[-1]


@dataclass(frozen=True)
class Kept:
    """
    ```
    row 1  row 2  ┃full┃  row 3  "noon"  row 4  ┃differential┃  row 5  ┃incremental┃  row 6  ┃flush
                  ┃    ┃                        ┃            ┃         ┃           ┃         ┃
    ```
    Shared by the tests of a session: they read it, and never write to its repository.
    """

    cluster: Cluster
    backups: dict[str, Backup]
    commits: dict[int, Commit] = field(default_factory=dict)

    @property
    def repo(self) -> Path:
        return self.cluster.maker.repo

    @property
    def repository(self) -> PgBackRest:
        return self.cluster.maker.repository()


def recover(
    repository: PgBackRest, backup: Backup, target: RecoveryTarget, into: Server
) -> Reached:
    """As drills/physical does it: planned, brought back, isolated, replayed."""
    wal = repository.wal(into, backup)
    plan(told_of(backup, into), wal, target)
    repository.restore(backup, into, timeout=120)
    files = files_of(into, backup)
    chain = plan(files, wal, target)
    return replay(isolate(files, wal, chain, target, into), into, timeout=120)


def told_of(backup: Backup, into: Server) -> BackupFiles:
    """The backup as the catalogue has it, nothing being restored yet."""
    assert backup.started is not None
    assert backup.ended is not None
    assert backup.timeline is not None
    assert backup.system_identifier is not None
    return BackupFiles(
        folder=into.data,
        started=backup.started,
        ended=backup.ended,
        ended_at=backup.ended_at,
        snapshot_xmax=None,
        running_xids=(),
        timeline=backup.timeline,
        system_identifier=backup.system_identifier,
        wal_segment_size=16 * 2**20,
        version=into.binaries.version,
    )


@contextmanager
def made(
    name: str,
    guardian: Guardian,
    binaries: Binaries,
    account: Account,
    *,
    options: Mapping[str, str] | None = None,
    cipher: str | None = None,
) -> Iterator[Cluster]:
    """A running cluster in a folder of its own, gone afterwards."""
    with session_folder(guardian, account) as folder:
        cluster = Cluster(
            folder / name, binaries, guardian, account, options=options, cipher=cipher
        )
        try:
            yield cluster
        finally:
            cluster.server.stop("immediate")


@pytest.fixture(scope="session")
def pgbackrest() -> None:
    """For every test that runs it."""
    if shutil.which("pgbackrest") is None:
        pytest.skip("pgbackrest is not installed: install the package of that name")


@pytest.fixture(scope="session")
def kept(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[Kept]:
    with made("kept", guardian, binaries, account) as cluster:
        with cluster.server.connect() as connection:
            connection.execute("create database shop")
            connection.execute("alter system set work_mem = '8MB'")
            connection.execute("alter system set recovery_target_name = 'left behind'")
        with cluster.server.connect("shop") as connection:
            connection.execute("create table stock as select 7 as item")
        commits = [cluster.commit(1), cluster.commit(2)]
        backups = {"full": cluster.take("full")}
        commits.append(cluster.commit(3))
        with cluster.server.connect() as connection:
            connection.execute("select pg_create_restore_point('noon')")
        commits.append(cluster.commit(4))
        cluster.maker.flush()
        backups["differential"] = cluster.take("diff")
        commits.append(cluster.commit(5))
        backups["incremental"] = cluster.take("incr")
        commits.append(cluster.commit(6))
        cluster.maker.flush()
        yield Kept(cluster, backups, {commit.row: commit for commit in commits})


@pytest.fixture(scope="session")
def encrypted(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[Kept]:
    """Another cluster, in an encrypted repository, compressed otherwise, its files in bundles."""
    options = {"compress-type": "lz4", "repo1-bundle": "y"}
    with made("enc", guardian, binaries, account, options=options, cipher=KEY) as cluster:
        cluster.commit(1)
        backup = cluster.take("full")
        second = cluster.commit(2)
        cluster.maker.flush()
        yield Kept(cluster, {"full": backup}, {2: second})


class Damaged:
    """A copy of a repository, for one test, and its configuration."""

    def __init__(self, kept: Kept, folder: Path, account: Account, guardian: Guardian) -> None:
        self.kept = kept
        self.account = account
        self.guardian = guardian
        self.folder = folder
        self.repo = folder / "repo"
        self.config = folder / "pgbackrest.conf"
        subprocess.run(["cp", "-a", kept.repo, self.repo], check=True, cwd=folder)
        text = kept.cluster.maker.config.read_text()
        self.write(text.replace(f"repo1-path={kept.repo}", f"repo1-path={self.repo}"))

    def write(self, text: str) -> None:
        self.config.write_text(text)
        self.config.chmod(0o600)
        self.account.own(self.config)

    def set(self, **options: str | None) -> None:
        """Options of [global] changed, or taken out."""
        lines = self.config.read_text().splitlines()
        for name, value in options.items():
            option = name.replace("_", "-")
            lines = [line for line in lines if not line.startswith(f"{option}=")]
            if value is not None:
                lines.insert(1, f"{option}={value}")
        self.write("\n".join(lines) + "\n")

    def open(self, stanza: str = "core", account: Account | None = None) -> PgBackRest:
        return PgBackRest.open(
            self.config,
            stanza,
            account=account or self.account,
            launcher=self.guardian.client(),
            folder=self.folder / "drill",
        )

    def by_hand(self, *arguments: str) -> Said:
        """The tool as an operator runs it, with nothing but the configuration."""
        tool = Tool.find(
            "pgbackrest",
            self.folder / "hand",
            self.account,
            self.guardian.client(),
            remedy="",
            path=os.environ["PATH"],
        )
        return tool.run(f"--config={self.config}", "--stanza=core", *arguments, timeout=120)

    def segment(self, name: str) -> Path:
        """The file in the repository that holds it."""
        (found,) = self.repo.glob(f"archive/core/*/{name[:16]}/{name}-*")
        return found

    def rewrite(self, name: str, change: Callable[[bytearray], None], *, honest: bool) -> None:
        """Another content for a segment; `honest`: under a name with its own checksum."""
        file = self.segment(name)
        content = bytearray(gzip.decompress(file.read_bytes()))
        change(content)
        if honest:
            file.unlink()
            file = file.with_name(f"{name}-{hashlib.sha1(content).hexdigest()}.gz")  # noqa: S324
        file.write_bytes(gzip.compress(content, 1))
        self.account.own(file)


@pytest.fixture
def damaged(kept: Kept, run_folder: Path, account: Account, guardian: Guardian) -> Damaged:
    """Not damaged yet."""
    return Damaged(kept, run_folder, account, guardian)


@pytest.fixture
def locked(encrypted: Kept, run_folder: Path, account: Account, guardian: Guardian) -> Damaged:
    """The encrypted one."""
    return Damaged(encrypted, run_folder, account, guardian)


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Size, time of modification in nanoseconds and mode of all that lies in a folder."""
    found = {path: path.lstat() for path in sorted(folder.rglob("*"))}
    return {
        str(path.relative_to(folder)): (status.st_size, status.st_mtime_ns, status.st_mode)
        for path, status in found.items()
    }
