"""A night's verification of a source that never stops writing, by the operator's own commands.

```
writer      ||||||||||||||||||||||||||||||||||||||||||||||||||||||||||
baselines      [B1]                       [B2]
T                            |
base backup  [====]
restored copy                                  recovered to T, verified
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.checks.baseline.writer import SOURCE, Writer
from tests.drills.fix_drill import Drill, Outcome
from tests.fix_postgres import NewServer
from tests.postgres.conftest import Source

DATABASE = "busy"
SETTINGS = """
[restore]
target = "{t}"

[content]
proof = "bounded"

[content.heartbeat]
table = "heartbeat"
column = "beat"

[[content.frozen]]
table = "audit"
where = "at < :t - interval '1 day'"

[[expect]]
name = "no job goes backwards"
sql = "select count(*) from jobs where turns < 0"
equals = 0
"""

# what breaks the copy: the proof that must be red, the table that it must name
FAULTS = {
    "update providers set name = 'other' where id = 7": (
        "test_every_row_is_what_it_was",
        "public.providers",
    ),
    "update audit set said = 'never' where said = 'was 7'": (
        "test_what_no_longer_changes_came_back_equal",
        "public.audit",
    ),
    "update jobs set turns = -1 where id = 7": (
        "test_the_operators_expectations_hold",
        "busy: no job goes backwards",
    ),
}


@dataclass
class Night:
    """The source that lives on, its copy at T, and the commands of the night."""

    drill: Drill
    source: Server
    restored: Server
    folder: Path

    def run(self, *options: str) -> Outcome:
        return self.drill.run("drills/verify", *options)

    def dsn(self, server: Server) -> str:
        return f"host={server.socket_dir} user={server.superuser} dbname={DATABASE}"

    def record(self, name: str, *options: str) -> str:
        """Record the source; the option that names the file."""
        file = self.folder / name
        result = self.run(
            f"--source-dsn={self.dsn(self.source)}", f"--record-baseline={file}", *options
        )
        assert 0 == result.status, result.out
        assert "not shown to be quiet" in result.out
        return f"--baseline={file}"

    def verify(self, *options: str) -> Outcome:
        return self.run(f"--restored-dsn={self.dsn(self.restored)}", *options)


@pytest.fixture
def archived(
    run_folder: Path, binaries: Binaries, guardian: Guardian, account: Account
) -> Iterator[Source]:
    """A cluster that archives its WAL, with what the writer writes to."""
    source = Source(run_folder / "night", binaries, guardian, account)
    with source.server.connect() as connection:
        connection.execute(f"create database {DATABASE}".encode())
    with source.server.connect(DATABASE) as connection:
        connection.execute("create extension amcheck")
        connection.execute(SOURCE.encode())
        connection.execute("analyze")
    yield source
    source.server.stop("immediate")


def clock(server: Server) -> datetime:
    """The server's own: only that dates its commits."""
    with server.connect() as connection:
        ((now,),) = connection.execute("select clock_timestamp()").fetchall()
    return now


@pytest.mark.slow
def test_what_moved_is_bounded_and_what_did_not_is_exact(
    archived: Source, new_server: NewServer, drill: Drill, tmp_path: Path
) -> None:
    """R36, R41, R68: proven with the moved tables named; red for each single fault."""
    source, restored = archived.server, new_server("restored")
    night = Night(drill, source, restored, tmp_path)
    with Writer(partial(source.connect, DATABASE)) as writer:
        backup = archived.backup("base")
        before = night.record("before.json.gz")
        writer.wait_for_ticks(20)
        t = clock(source)
        writer.wait_for_ticks(20)
        after = night.record("after.json.gz", before)
        archived.archive.flush(source)
        recover(backup, archived.archive, RecoveryTarget.time(t), restored)
        settings = tmp_path / "night.toml"
        settings.write_text(SETTINGS.format(t=t.isoformat()))
        live = f"--source-dsn={night.dsn(source)}"
        proven = night.verify(before, live, f"--drill-config={settings}")
        recorded = night.verify(before, after, f"--drill-config={settings}", "--unproven=warn")
        broken = {}
        for statement in FAULTS:
            with restored.connect(DATABASE) as connection, connection.transaction():
                connection.execute(statement.encode())
            broken[statement] = night.verify(before, live, f"--drill-config={settings}")

    assert 0 == proven.status, proven.out
    assert proven.verdict.startswith("PROVEN restored copy busy at ")
    for proof in ("test_every_table_kept_its_rows", "test_every_row_is_what_it_was"):
        assert "bounded" == proven.claims()[proof]
    for moved in ("public.granules", "public.jobs", "public.audit", "public.heartbeat"):
        assert moved in proven.out
    # Without the source nobody can tell frozen rows of a T that was not known when they were read.
    assert 0 == recorded.status, recorded.out
    assert "not proven" == recorded.claims()["test_what_no_longer_changes_came_back_equal"]
    for statement, (red, named) in FAULTS.items():
        result = broken[statement]
        assert 1 == result.status, result.out
        assert red in result.failed(), result.out
        assert named in {finding["subject"] for finding in result.findings()}
