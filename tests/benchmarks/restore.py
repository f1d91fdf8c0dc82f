"""A restore as `drills/physical` performs it, proofs apart, beside the same commands in a script.

``python -m tests.benchmarks.restore [--gigabytes=1] [--runs=5] [--engine=auto]``

A table of that size is backed up, a tenth of it is updated and archived, and then, in turn:

- a shell script: ``cp -a``, ``pg_verifybackup``, settings, ``pg_ctl start``, a loop around
  ``pg_is_in_recovery()``, a write;
- the drill's own steps, from listing the repository to the write probe.

Both recover to the latest, with fsync off, from the same files in the page cache. Prints the median
of the pairs' ratios. Aim: 1.1 or less. A warm-up of each is not counted.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import statistics
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from fixtures.backups.files import files_of
from fixtures.backups.pick import pick
from fixtures.backups.plain.repository import Plain
from fixtures.guardian import Guardian
from fixtures.postgres import binaries
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup_files import BackupFiles
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.isolation import ISOLATION
from fixtures.postgres.recovery import isolate, plan, replay
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from fixtures.postgres.write_probe import probe_write

ROWS_PER_GIGABYTE = 7_600_000

_SCRIPT = """
set -e
cd {folder}
cp -a {backup} data
{bin}/pg_verifybackup --quiet {plain} data
cat settings >>data/postgresql.auto.conf
touch data/recovery.signal
{bin}/pg_ctl -D data -l log -w -t 600 start >/dev/null
ask() {{ {bin}/psql -h {folder} -p 5432 -U rdsadmin -d postgres -qAtc "$1"; }}
until test "$(ask 'select pg_is_in_recovery()')" = f; do sleep 0.05; done
ask 'begin; create table probe (written int); insert into probe values (1); rollback'
"""


class Bench:
    """A backup and its WAL, and a folder for each restore."""

    def __init__(self, guardian: Guardian, programs: Binaries, account: Account) -> None:
        self.guardian, self.binaries, self.account = guardian, programs, account
        self.folder = guardian.folder
        self.backups = self.folder / "backups"
        self.backups.mkdir(mode=0o711)
        account.own(self.backups)
        self.archive = WalArchive.create(self.folder / "wal", account)

    def fill(self, gigabytes: float) -> None:
        """The source: made, backed up, changed, archived, gone."""
        server = Server(
            self.folder / "source",
            self.binaries,
            self.account,
            self.guardian.client(),
            settings={
                "archive_mode": "on",
                "archive_command": self.archive.archive_command,
                "max_wal_size": "8GB",
                "autovacuum": "off",
            },
        )
        server.initialise()
        server.start()
        with server.connect() as connection:
            connection.execute("create table large (id bigint, filler text)")
            connection.execute(
                "insert into large select i, md5(i::text) || md5((-i)::text)"
                f" from generate_series(1, {int(gigabytes * ROWS_PER_GIGABYTE)}) i".encode()
            )
            connection.execute("checkpoint")
        server.run(
            "pg_basebackup",
            f"--pgdata={self.backups / 'base'}",
            "--checkpoint=fast",
            "--no-sync",
            timeout=600,
        )
        with server.connect() as connection:
            connection.execute("update large set filler = 'changed' where id % 10 = 0")
        self.archive.flush(server, timeout=600)
        server.stop("immediate")
        shutil.rmtree(server.folder)

    def by_script(self) -> float:
        """Seconds."""
        folder = self.folder / "script"
        folder.mkdir(mode=0o700)
        settings = {
            **ISOLATION,
            "restore_command": self.archive.restore_command(),
            "unix_socket_directories": str(folder),
            "listen_addresses": "",
            "archive_command": "",
            "fsync": "off",
            "shared_buffers": "32MB",
        }
        lines = [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()
        ]
        (folder / "settings").write_text("\n".join(lines) + "\n")
        self.account.own(folder, recursive=True)
        script = _SCRIPT.format(
            folder=shlex.quote(str(folder)),
            backup=shlex.quote(str(self.backups / "base")),
            bin=shlex.quote(str(self.binaries.bin_dir)),
            plain="--format=plain" if self.binaries.version.major >= 18 else "",
        )
        began = time.perf_counter()
        self._shell(script, folder)
        taken = time.perf_counter() - began
        stop = f"{self.binaries.bin_dir}/pg_ctl -D {folder}/data -m immediate stop >/dev/null"
        self._shell(stop, folder)
        shutil.rmtree(folder)
        return taken

    def _shell(self, script: str, folder: Path) -> None:
        subprocess.run(
            ["/bin/sh", "-c", script],
            check=True,
            cwd=folder,
            env=self.account.environment(folder),
            **self.account.popen_options(),
        )

    def by_drill(self) -> float:
        """Seconds."""
        began = time.perf_counter()
        into = Server(self.folder / "copy", self.binaries, self.account, self.guardian.client())
        target = RecoveryTarget.latest()
        repository = Plain(self.backups, self.archive.folder)
        backup = pick(repository.backups(), "latest", target, datetime.now(UTC)).backup
        wal = repository.wal(into, backup)
        repository.restore(backup, into, timeout=600)
        files: BackupFiles = files_of(into, backup)
        chain = plan(files, wal, target)
        files.verify(into)
        replay(isolate(files, wal, chain, target, into), into)
        with into.connect() as connection:
            probe_write(connection)
        taken = time.perf_counter() - began
        into.stop("immediate")
        shutil.rmtree(into.folder)
        return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default="auto", choices=("auto", "system", "embedded"))
    given = parser.parse_args()
    account = Account.for_servers()
    with Guardian.start(min_free_bytes=int(given.gigabytes * 5 * 2**30)) as guardian:
        found = binaries.find(given.engine, account=account)
        bench = Bench(guardian, found.reachable_for(account, guardian.folder), account)
        bench.fill(given.gigabytes)
        size = sum(path.stat().st_size for path in bench.backups.rglob("*") if path.is_file())
        segments = len(bench.archive.names())
        print(f"{size / 2**30:.2f} GiB, {segments} segments of WAL, PostgreSQL {found.version}")
        pairs = []
        for number in range(given.runs + 1):
            pair = bench.by_script(), bench.by_drill()
            if number:  # the first warms caches
                pairs.append(pair)
                print(f"script {pair[0]:6.2f} s   drill {pair[1]:6.2f} s   {pair[1] / pair[0]:.3f}")
    ratio = statistics.median(drill / script for script, drill in pairs)
    print(f"{ratio:.3f} times the script (aim: 1.1 or less)")


if __name__ == "__main__":
    main()
