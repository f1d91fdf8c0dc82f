"""A server with a database to dump, dumped as its operator would, and drilled from those dumps."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from tests.drills.fix_drill import ROOT, Drill, Outcome

FOLDER = Path(__file__).parent
CANARY = "canary-8f2e1c"
"""The application's password; and a value in a row."""


@dataclass
class Store:
    """The server, where its dumps lie, and a drill of them."""

    server: Server
    folder: Path
    drill: Drill
    database: str = "store"
    dumps: list[Path] = field(default_factory=list)
    globals_: Path | None = None
    baseline: Path | None = None
    more: str = ""
    """TOML that is added to the settings."""
    made: dict[tuple[str, ...], Path] = field(default_factory=dict)
    """Words for pg_dump → the dump of the unchanged store, its baseline beside it."""
    pristine: bool = True

    def connect(self, database: str | None = None) -> psycopg.Connection[Any]:
        """As the superuser."""
        return self.server.connect(database or self.database)

    def program(self, name: str, *words: str) -> None:
        """Run a client program of the server's version."""
        subprocess.run(
            [self.server.binaries.program(name), *words],
            env=self.server.client_environment(self.database),
            check=True,
            capture_output=True,
        )

    def dump(self, *words: str, name: str = "store.dump") -> Path:
        """Dump the database with pg_dump, and record the baseline under the dump's own snapshot."""
        path, baseline = self.folder / name, self.folder / f"{name}.json"
        self.dumps.append(path)
        self.baseline = baseline
        if not self.pristine:
            self._dump(path, baseline, words)
            return path
        made = self.made.get(words)
        if made is None:
            made = Path(tempfile.mkdtemp(dir=self.server.folder)) / "d"
            self._dump(made, made.with_suffix(".json"), words)
            self.made[words] = made
        if made.is_dir():
            shutil.copytree(made, path)
        else:
            shutil.copy2(made, path)
        shutil.copy2(made.with_suffix(".json"), baseline)
        return path

    def _dump(self, path: Path, baseline: Path, words: Sequence[str]) -> None:
        program = self.server.binaries.program("pg_dump")
        where = f"host={self.server.socket_dir} user={self.server.superuser} dbname={self.database}"
        command = [str(program), "--snapshot={snapshot}", f"--file={path}", *words, f"-d {where}"]
        recorded = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
                f"--source-dsn={where}",
                f"--record-baseline={baseline}",
                "--dump-command=" + " ".join(f"'{word}'" for word in command),
            ],
            cwd=ROOT,
            env=self.drill.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == recorded.returncode, recorded.stdout + recorded.stderr

    def dump_globals(self, *words: str) -> Path:
        """Roles, memberships, settings of roles."""
        self.globals_ = self.folder / "globals.sql"
        self.program("pg_dumpall", "--globals-only", *words, f"--file={self.globals_}")
        return self.globals_

    @property
    def settings(self) -> Path:
        """The settings file that names what was dumped."""
        lines = ["[dump]", f"files = {json.dumps([str(path) for path in self.dumps])}"]
        if self.globals_ is not None:
            lines.append(f"globals = {json.dumps(str(self.globals_))}")
        lines.append(self.more)
        if self.baseline is not None:
            lines += ["[proof]", f"baseline = {json.dumps(str(self.baseline))}"]
        path = self.folder / "drill.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def run(self, *options: str) -> Outcome:
        """The drill with these options."""
        return self.drill.run("drills/logical", f"--drill-config={self.settings}", *options)

    def lie(self, naive: str, *options: str) -> Outcome:
        """The drill whose restore was made careless in one way."""
        return self.run("-p", "tests.sabotage.naive", f"--naive={naive}", *options)


def age(path: Path, *, hours: float) -> None:
    """As an older dump: its own head says so, seven integers behind the compression."""
    data = bytearray(path.read_bytes())
    then = time.localtime(time.time() - hours * 3600)
    parts = (then.tm_sec, then.tm_min, then.tm_hour, then.tm_mday, then.tm_mon - 1)
    for number, part in enumerate((*parts, then.tm_year - 1900)):
        start = (12 if data[6] >= 15 else 16) + number * 5
        data[start : start + 5] = b"\0" + part.to_bytes(4, "little")
    path.write_bytes(data)


@pytest.fixture(scope="session")
def store_server(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Server]:
    """A server of an ordinary kind, with a database in it that has something of everything."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(
        folder,
        binaries,
        account,
        guardian.client(),
        superuser="postgres",
        settings={"autovacuum": "off", "wal_level": "logical"},
    )
    server.initialise()
    server.start()
    with server.connect() as connection:
        connection.execute("create database store")
    with server.connect("store") as connection:
        for script in ("shop.sql", "store.sql"):
            connection.execute((FOLDER / script).read_bytes())
        connection.execute(f"alter role store_app password '{CANARY}'".encode())
    yield server
    server.stop("immediate")


@pytest.fixture(scope="session")
def made_dumps() -> dict[tuple[str, ...], Path]:
    """Dumps of the unchanged store: recording each takes seconds."""
    return {}


@pytest.fixture
def store(
    store_server: Server, drill: Drill, made_dumps: dict[tuple[str, ...], Path]
) -> Iterator[Store]:
    """The store, of which a test has no dump yet."""
    folder = Path(tempfile.mkdtemp(prefix="dumps-"))
    folder.chmod(0o755)
    yield Store(store_server, folder, drill, made=made_dumps)
    shutil.rmtree(folder)


@pytest.fixture
def changed(store: Store) -> Iterator[Any]:
    """Changes the store for one test: a statement, and the one that takes it back."""
    back: list[Sequence[str]] = []

    def change(statement: str, undo: str, database: str | None = None) -> None:
        store.pristine = False
        with store.connect(database) as connection:
            connection.execute(statement.encode())
        back.append((undo, database or store.database))

    yield change
    for undo, database in reversed(back):
        with store.connect(database) as connection:
            connection.execute(undo.encode())
