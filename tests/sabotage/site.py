"""Where databases are sabotaged: a source that stays whole, and copies of it that do not.

```
source ── base backup + WAL ──▶ recovered once, promoted, stopped: the faithful copy's files
   │                                   │ cp -a, started in isolation
   └────────── judged against ◀── a copy a fault: broken, judged, thrown away
```
A fault may break roles, catalogs, or pages on disk: the copy is a server of its own, and nothing
has to be taken back.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from checks.integrity.amcheck import install_amcheck
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.sabotage import pages, samples
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.faults.replication import LOGICAL_SLOT, PHYSICAL_SLOT
from tests.sabotage.pages import PAGE_FAULTS, PageFault

SETTINGS = {
    "autovacuum": "off",  # a fault stays as it was made
    "track_commit_timestamp": "on",
    "max_prepared_transactions": "5",
    "min_wal_size": "2MB",
    "wal_recycle": "off",
    "wal_level": "logical",
    "max_logical_replication_workers": "0",  # the samples hold a subscription
}


@dataclass
class Site:
    """A source with the samples in its database `DATABASE`, and a way to copy it."""

    folder: Path
    guardian: Guardian
    binaries: Binaries
    account: Account
    source: Server
    backup: BaseBackup
    archive: WalArchive
    _faithful: Server
    _files: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def copy(self, page: PageFault | None = None) -> Iterator[Server]:
        """A running physical copy to be broken, gone after the block with all its files; with a
        damaged file from the start.
        """
        # As started in quarantine, but for what would hold a subscription that a fault enables.
        settings = {**self._faithful.settings, "max_logical_replication_workers": "4"}
        with self.server(settings) as server:
            server.create_folders()
            subprocess.run(["cp", "-a", self._faithful.data, server.data], check=True)
            if page is not None:
                if not page.checksums:
                    disable = ["--disable", "--no-sync", f"--pgdata={server.data}"]
                    server.run("pg_checksums", *disable, timeout=60)
                page.damage(server.data / self._files[page.relation])
            server.start()
            yield server

    @contextmanager
    def restored(self) -> Iterator[Server]:
        """A base backup, recovered and promoted by the harness itself, as it then stands."""
        with self.server(SETTINGS) as server:
            recover(self.backup, self.archive, RecoveryTarget.latest(), server)
            yield server

    @contextmanager
    def empty(self) -> Iterator[Server]:
        """A running server with nothing in it: an ordinary one, without an archive."""
        with self.server({"autovacuum": "off"}) as server:
            server.initialise()
            server.start()
            yield server

    @contextmanager
    def server(self, settings: Mapping[str, str]) -> Iterator[Server]:
        """A server of the block's, neither initialised nor started."""
        folder = self.folder / f"copy{next(self._numbers)}"
        server = Server(
            folder, self.binaries, self.account, self.guardian.client(), settings=settings
        )
        try:
            yield server
        finally:
            server.stop("immediate")
            shutil.rmtree(folder)


@contextmanager
def open_site(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Site]:
    """Start the source, load the samples, and make the faithful copy."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    archive = WalArchive.create(folder / "wal", account)
    own = {"archive_mode": "on", "archive_command": archive.archive_command}
    source = Server(
        folder / "source", binaries, account, guardian.client(), settings={**SETTINGS, **own}
    )
    faithful = Server(folder / "faithful", binaries, account, guardian.client(), settings=SETTINGS)
    try:
        source.initialise("--wal-segsize=1")  # what is copied for each fault is small
        source.start()
        load(source)
        backup = BaseBackup.take(source, folder / "base")
        archive.flush(source)
        recover(backup, archive, RecoveryTarget.latest(), faithful)
        make_slots(source)
        refill_unlogged(source, faithful)
        make_slots(faithful)
        with faithful.connect(DATABASE) as connection:
            files = {page.relation: file_of(connection, page.relation) for page in PAGE_FAULTS}
            connection.execute("checkpoint")  # and with it the WAL that nobody needs any more goes
        faithful.stop()
        yield Site(folder, guardian, binaries, account, source, backup, archive, faithful, files)
    finally:
        source.stop("immediate")
        faithful.stop("immediate")
        shutil.rmtree(folder)


CHINOOK = os.environ.get("DRILL_TEST_CHINOOK")
"""A psql script of the Chinook sample database, which is not ours to keep in this tree."""

DATABASES = (DATABASE, "chinook") if CHINOOK else (DATABASE,)


def load(source: Server) -> None:
    """The samples, what stands beside them, and amcheck, as an operator would have it ready."""
    with source.connect() as connection:
        connection.execute(f"create database {DATABASE}".encode())
    with source.connect(DATABASE) as connection:
        connection.execute(samples.sql())
        connection.execute(samples.beside())
        for statement in pages.SAMPLE.split(";"):
            connection.execute(statement.encode())
        connection.execute("analyze")
        install_amcheck(connection)
    if CHINOOK:
        psql(source, "postgres", "--command=create database chinook")
        psql(source, "chinook", f"--file={CHINOOK}")
        with source.connect("chinook") as connection:
            connection.execute("analyze")
            install_amcheck(connection)


def psql(server: Server, database: str, *arguments: str, stdin: bytes | None = None) -> None:
    """Run psql as the superuser; subprocess.CalledProcessError with what it said."""
    subprocess.run(
        [server.binaries.program("psql"), "--no-psqlrc", "--quiet", *arguments],
        input=stdin,
        env=server.client_environment(database),
        check=True,
        capture_output=True,
    )


def make_slots(server: Server) -> None:
    """A base backup brings none (row 14): an operator makes the copy's anew."""
    with server.connect(DATABASE) as connection:
        connection.execute(LOGICAL_SLOT)
        connection.execute(PHYSICAL_SLOT)


def refill_unlogged(source: Server, copy: Server) -> None:
    """What an operator does after a physical restore: it empties unlogged tables (row 13)."""
    with source.connect(DATABASE) as whole, copy.connect(DATABASE) as emptied:
        tables = whole.execute(
            "select format('%I.%I', nspname, relname) from pg_class"
            " join pg_namespace n on n.oid = relnamespace"
            " where relkind = 'r' and relpersistence = 'u'"
        ).fetchall()
        for (table,) in tables:
            with (
                whole.cursor().copy(f"copy {table} to stdout (format binary)".encode()) as rows,
                emptied.cursor().copy(f"copy {table} from stdin (format binary)".encode()) as into,
            ):
                for chunk in rows:
                    into.write(chunk)


def file_of(connection: psycopg.Connection[Any], relation: str) -> str:
    """The first file of a relation, below the data folder; named as in `PageFault.relation`."""
    table, is_toast, index = relation.partition("!")
    toast = "(select reltoastrelid from pg_class where oid = %s::regclass)"
    if index:
        toast = f"(select indexrelid from pg_index where indrelid = {toast})"
    oid = toast if is_toast else "%s::regclass"
    ((file,),) = connection.execute(f"select pg_relation_filepath({oid})", [table]).fetchall()
    return str(file)
