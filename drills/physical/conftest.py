"""Recovery of a Postgres that one runs oneself: from a base backup and its WAL to a target.

Nothing is asked of the source, which may be gone; only what is kept of it is read. The copy is
isolated before it is started for the first time, and nothing of it is left when the drill ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

import pytest

from fixtures.backups.model import Backup, ToolVerdict
from fixtures.claims import Outcome, Withheld
from fixtures.comparison import Comparison, Copies
from fixtures.drill_run import DrillRun
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import strike
from fixtures.own import physical
from fixtures.own.copy import copy_on, made_writable
from fixtures.own.physical import CopyServer, Kept, Way
from fixtures.postgres.backup_files import BackupFiles
from fixtures.postgres.reached import Reached
from fixtures.postgres.recovery import Isolated
from fixtures.procedure import Procedure
from fixtures.run import Run
from fixtures.seclusion import Seclusion
from fixtures.source import Copy, SelfManaged
from fixtures.sources import open_kept
from fixtures.times import newest_commit_in

procedure = Procedure("physical")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def kept(run: Run, drill_run: DrillRun) -> Iterator[Kept]:
    """What is kept of the source: its backups and its WAL; and the target that is wanted."""
    with open_kept(run, drill_run) as kept:
        yield kept


@pytest.fixture(scope="package")
def source(kept: Kept) -> SelfManaged:
    """What is known of the source itself."""
    return kept.origin


@procedure.step("Find the backup, and see that it is young enough", touches="nothing")
def found_backup(kept: Kept, drill_run: DrillRun) -> Backup:
    """R62: identified by name, cluster, position and age, before anything is done with it."""
    return physical.find_backup(kept, drill_run)


@procedure.step("Find PostgreSQL of its major version, and room for the copy", touches="nothing")
def ready_server(found_backup: Backup, kept: Kept, drill_run: DrillRun) -> CopyServer:
    """A physical backup restores on its own major alone; a full disk would end it half-way."""
    return physical.ready_server(found_backup, kept, drill_run)


@procedure.step("Have the repository's own tool verify it", touches="nothing")
def verified_backup(
    found_backup: Backup, ready_server: CopyServer, kept: Kept, drill_run: DrillRun
) -> ToolVerdict:
    """R62 in part: it is recorded, and no proof that it restores."""
    return physical.verify_backup(found_backup, kept, drill_run)


@procedure.step("Choose the recovery target, and see that the WAL leads there", touches="nothing")
def found_way(
    found_backup: Backup, ready_server: CopyServer, kept: Kept, drill_run: DrillRun
) -> Way:
    """R22, R63: after the backup's end, on a timeline that is meant, without a gap."""
    return physical.find_way(found_backup, ready_server, kept, drill_run)


@procedure.step("Bring the backup's files back; nothing is started", touches="copy")
def restored_files(
    found_backup: Backup, ready_server: CopyServer, kept: Kept, drill_run: DrillRun
) -> Iterator[BackupFiles]:
    """R26 in a physical sense: a folder of its own, that no server uses.

    Undone: the copy's server is stopped, and its files are removed unless they are to be kept
    (``--keep-restored``).
    """
    with physical.restored(found_backup, ready_server, kept, drill_run) as files:
        yield files


@procedure.step("Compare every file with what was backed up", touches="nothing")
def verified_files(
    restored_files: BackupFiles, ready_server: CopyServer, kept: Kept, drill_run: DrillRun
) -> str | None:
    """R3, R62: as they were taken, before anything of them is changed."""
    verified = physical.verified_files(restored_files, ready_server, kept)
    drill_run.note(verified or "there is nothing to compare the files with")
    return verified


@procedure.step("Isolate the copy, before its first start", touches="copy")
def isolated_copy(
    restored_files: BackupFiles, found_way: Way, ready_server: CopyServer, kept: Kept
) -> Isolated:
    """R64: no archiving, no subscription, no job, no network: it could reach production."""
    return physical.isolated(restored_files, found_way, ready_server, kept)


@procedure.step("Replay the WAL to the target, and promote", touches="copy")
def recovered_copy(
    isolated_copy: Isolated, ready_server: CopyServer, drill_run: DrillRun
) -> Reached:
    """R65: the point that was reached, its timeline and its cluster are asked of the server."""
    return physical.recovered(isolated_copy, ready_server, drill_run)


@procedure.step("Reach the copy, and see that it takes writes", touches="copy")
def writable_copy(
    recovered_copy: Reached, ready_server: CopyServer, source: SelfManaged, drill_run: DrillRun
) -> Copy:
    """R42 in part: a paused recovery answers every SELECT."""
    copy = copy_on(ready_server, source)
    databases = physical.databases_of(copy, source)
    drill_run.writable_at = made_writable(copy, databases, drill_run)
    strike(copy, Scope.of(databases, source.truth, drill_run.run.settings), drill_run)
    return copy


@procedure.fixture
def seclusion(source: SelfManaged) -> Seclusion:
    """What is known of the copy's surroundings: where its source archives."""
    return Seclusion(source.archive)


@procedure.fixture
def inventory(source: SelfManaged) -> Collection[str]:
    """The tables that must be there (R5)."""
    return source.must_have_tables


@procedure.fixture
def copies(writable_copy: Copy, source: SelfManaged, run: Run) -> Iterator[Copies]:
    """The copy's databases, each held at one moment."""
    with physical.held(writable_copy, source, run.settings) as copies:
        yield copies


@procedure.fixture
def comparison(copies: Copies, source: SelfManaged, run: Run) -> Comparison | Withheld:
    """The copies beside what was recorded of their source."""
    compared = physical.compared(copies, source, run.settings)
    if compared is None:
        return Withheld(
            "comparison", "[proof] baseline names no recorded truth", Outcome.NOT_PROVEN
        )
    return compared


@procedure.fixture
def newest_commit(
    writable_copy: Copy, source: SelfManaged, recovered_copy: Reached
) -> datetime | None:
    """The newest commit that came back: by the markers, else by the log of the recovery."""
    return newest_commit_in(writable_copy, source) or recovered_copy.last_commit_at
