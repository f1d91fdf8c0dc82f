"""What an operator keeps of a Postgres of his own: two base backups, its WAL and a baseline.

```
shop ┃base-1┃ order 20001  eleven  order 20002  "noon"  baseline ┃base-2┃ a commit ┃switch┃ stopped
  early                                            recorded late
```
The server is gone when a test reads of it. Tests share it: one that damages something asks for a
copy of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.rehearsal.own.plain import PlainMaker
from tests.drills.fix_drill import ROOT, Drill, Outcome

SHOP = Path(__file__).with_name("shop.sql")
SECRET_ROW = "cAnArY-row-of-the-shop"
"""The value of a row, which no message may show."""
NOON = "noon"
APPLICATION = "shop_app"
PASSWORD = "cAnArY-password-of-the-backup"
ORDER = (
    "insert into orders (customer_id, placed_at, total, note)"
    f" values (1, now(), 1, '{SECRET_ROW} {{number}}')"
)


@dataclass(frozen=True)
class Shelf:
    """`folder` holds the backups, each in a folder of its own, and the WAL beside them."""

    folder: Path
    baseline: Path
    account: Account
    system_identifier: int
    eleven: datetime

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def wal(self) -> Path:
        return self.folder / "wal"

    def copied(self, to: Path) -> Shelf:
        """All of it once more, to be damaged."""
        subprocess.run(["cp", "-a", self.folder, to], check=True)
        return replace(self, folder=to)

    def listing(self) -> list[tuple[str, int, int]]:
        """Every file of it with its size and its time: a drill touches none."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files)


@dataclass
class KeptDrill:
    """Runs ``pytest drills/physical`` on a shelf, with settings that a test may change."""

    shelf: Shelf
    drill: Drill
    tmp_path: Path

    def settings(
        self,
        *,
        backup: str = "",
        superuser: str = "rdsadmin",
        restore: str = 'target = "latest"',
        proof: bool = True,
        application: str | None = None,
        more: str = "",
        path: Path | None = None,
        wal: Path | None = None,
    ) -> str:
        """The option that names a settings file with these lines in its tables."""
        file = self.tmp_path / "drill.toml"
        proofs = "[proof]\n"
        proofs += f'baseline = "{self.shelf.baseline}"\n' if proof else ""
        proofs += f'application = "{application}"\n' if application else ""
        file.write_text(
            f'[backup]\nkind = "plain"\npath = "{path or self.shelf.backups}"\n'
            f'wal_archive = "{wal or self.shelf.wal}"\nsuperuser = "{superuser}"\n{backup}\n'
            f"[restore]\n{restore}\n{proofs}{more}\n"
        )
        return f"--drill-config={file}"

    def run(self, *options: str, **settings: object) -> Outcome:
        """The drill, told to keep nothing."""
        return self.drill.run(
            "drills/physical",
            self.settings(**settings),  # type: ignore[arg-type]
            *options,
        )

    def shows_no_secret(self, result: Outcome) -> None:
        """R49: neither a password nor a row in what was printed or left (canaries). What is refused
        before a run begins leaves nothing.
        """
        files = [path for path in result.folder.rglob("*") if path.is_file()]
        assert "cAnArY" not in result.out
        assert [] == [path for path in files if b"cAnArY" in path.read_bytes()]


def make_shelf(
    folder: Path,
    guardian: Guardian,
    binaries: Binaries,
    account: Account,
    *,
    early: Sequence[str] = (),
    late: Sequence[str] = (),
) -> Shelf:
    """Make all of it, in a new folder; `early` and `late` are statements of a test's own.

    What is early is in the baseline and in both backups, what is late only in the second one.
    """
    (folder / "shelf").mkdir(mode=0o711)
    account.own(folder / "shelf")
    maker = PlainMaker(folder / "shelf", account)
    server = Server(folder / "source", binaries, account, guardian.client(), fsync="on")
    server.initialise()
    server.set_in_data({"wal_level": "logical", "track_commit_timestamp": "on", **maker.settings()})
    server.start()
    try:
        maker.prepare(server)
        with server.connect() as connection:
            connection.execute("create database shop")
        with server.connect("shop") as connection:
            connection.execute(SHOP.read_bytes())
            connection.execute(f"create role {APPLICATION} login password '{PASSWORD}'".encode())
            for statement in early:
                run(connection, statement)
            maker.take()
            run(connection, ORDER.format(number=20001))
            # A whole second in which nothing is committed, by the clock that dates commits.
            (eleven,) = connection.execute("select clock_timestamp() + '0.5 s'").fetchone() or (
                None,
            )
            run(connection, "select pg_sleep(1)")
            run(connection, ORDER.format(number=20002))
            run(connection, f"select pg_create_restore_point('{NOON}')")
            row = connection.execute(
                "select system_identifier from pg_control_system()"
            ).fetchone() or (0,)
        baseline = folder / "shop.json"
        dsn = f"host={server.socket_dir} user={server.superuser} dbname=shop"
        record(dsn, baseline)
        with server.connect("shop") as connection:
            for statement in late:
                run(connection, statement)
        maker.take()
        maker.flush()
        assert isinstance(eleven, datetime)
        return Shelf(folder / "shelf", baseline, account, row[0], eleven)
    finally:
        server.stop("immediate")
        shutil.rmtree(server.folder)


def run(connection: psycopg.Connection[Any], statement: str) -> None:
    """One statement; one that begins with a minus sign fails, as it would have for its operator."""
    try:
        connection.execute(statement.removeprefix("-").encode())
    except psycopg.Error:
        if not statement.startswith("-"):
            raise


def record(dsn: str, into: Path) -> None:
    """As an operator does it after each backup."""
    with tempfile.TemporaryDirectory() as evidence:
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "drills/verify"),
                *(f"--source-dsn={dsn}", f"--record-baseline={into}", f"--evidence={evidence}"),
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture(scope="session")
def shelf(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Shelf]:
    """Shared: read, and never written to."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    yield make_shelf(folder, guardian, binaries, account)
    shutil.rmtree(folder)


@pytest.fixture
def kept_drill(shelf: Shelf, drill: Drill, tmp_path: Path) -> KeptDrill:
    return KeptDrill(shelf, drill, tmp_path)


@pytest.fixture
def own_shelf(kept_drill: KeptDrill, run_folder: Path) -> Shelf:
    """A shelf of the test's own, on which `kept_drill` then runs: it may be damaged."""
    kept_drill.shelf = kept_drill.shelf.copied(run_folder / "shelf")
    return kept_drill.shelf
