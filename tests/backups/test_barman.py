"""A Barman repository: what is listed, what is restored from it, and where recovery ends.

Which rows of the ledger came back names the target that was reached; see `BarmanStory`. Refusals
are in `test_barman_refusals`, what a drill leaves of the repository in `test_barman_untouched`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.backups.barman.repository import Barman
from fixtures.backups.files import files_of
from fixtures.backups.model import Backup
from fixtures.postgres.backup_files import read_end
from fixtures.postgres.errors import ChooseAnotherTarget, RepairArchive, RepairBackup
from fixtures.postgres.isolation import ISOLATION
from fixtures.postgres.lsn import WAL_SEGMENT_SIZE
from fixtures.postgres.recovery import isolate, plan, replay
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal.own.barman import BarmanMaker
from tests.backups.fix_barman import (
    BarmanStory,
    NewBarmanSource,
    named,
    wal_folder,
)
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows

pytestmark = pytest.mark.tools

LATEST = RecoveryTarget.latest()
MOMENT = timedelta(microseconds=1)


def restored(repository: Barman, backup: Backup, copy: Server, target: RecoveryTarget) -> None:
    """Restore, isolate, replay, promote: as a drill does."""
    repository.restore(backup, copy, timeout=120)
    there, archive = files_of(copy, backup), repository.wal(copy)
    chain = plan(there, archive, target)
    replay(isolate(there, archive, chain, target, copy), copy, timeout=120)


def test_a_backup_is_listed_with_what_must_be_known_of_it(barman_story: BarmanStory) -> None:
    """R2: by Barman itself; times in UTC, whatever zone it prints them in (R22)."""
    source = barman_story.source
    full = barman_story.repository.backups()[0]
    with source.server.connect() as connection:
        (identifier,) = connection.execute(
            "select system_identifier from pg_control_system()"
        ).fetchone() or (0,)
    assert full.name == barman_story.full
    assert full.kind == "full"
    assert full.major == source.server.binaries.version.major
    assert full.timeline == 1
    assert identifier == full.system_identifier
    assert full.damage is None
    assert full.needs == ()
    assert full.size is not None
    assert full.size > 20_000_000
    assert full.started is not None
    assert full.ended is not None
    assert full.started < full.ended <= barman_story.commits[3].lsn
    assert full.started_at is not None
    assert full.ended_at is not None
    assert full.started_at.utcoffset() == full.ended_at.utcoffset() == timedelta(0)
    assert barman_story.commits[2].at < full.started_at < full.ended_at
    assert full.ended_at < barman_story.commits[3].at


def test_an_incremental_backup_names_what_it_is_built_on(barman_story: BarmanStory) -> None:
    """Its size is that of the whole cluster, not of the part that it holds itself."""
    if barman_story.incremental is None:
        assert len(barman_story.repository.backups()) == 1
        return
    full, incremental = barman_story.repository.backups()
    assert incremental.name == barman_story.incremental
    assert incremental.kind == "incremental"
    assert incremental.needs == (full.name,)
    assert full.size is not None
    assert incremental.size is not None
    assert incremental.size > full.size * 0.9


def test_the_end_of_a_backup_is_postgresqls_own(
    story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    """Barman's is up to a segment later: where the WAL was when it had waited. The file that
    PostgreSQL archived says it, else (a standby archives none, or it is encrypted) the manifest.
    """
    expected = read_end(story_copy.home / "core" / "base" / barman_story.full / "data")
    assert expected % WAL_SEGMENT_SIZE != 0
    assert expected == story_copy.repository().backups()[0].ended
    for archived in wal_folder(story_copy).glob("*.backup"):
        archived.write_bytes(b"as if encrypted")
    assert expected == story_copy.repository().backups()[0].ended
    for archived in wal_folder(story_copy).glob("*.backup"):
        archived.unlink()
    assert expected == story_copy.repository().backups()[0].ended


Choose = Callable[[BarmanStory], RecoveryTarget]


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        pytest.param(lambda s: RecoveryTarget.time(s.commits[3].at), [1, 2, 3], id="time"),
        pytest.param(
            lambda s: RecoveryTarget.time(s.commits[4].at - MOMENT), [1, 2, 3], id="just before"
        ),
        pytest.param(lambda s: RecoveryTarget.xid(s.commits[4].xid), [1, 2, 3, 4], id="xid"),
        pytest.param(lambda s: RecoveryTarget.lsn(s.commits[5].lsn), [1, 2, 3, 4, 5], id="lsn"),
        pytest.param(lambda s: RecoveryTarget.name("noon"), [1, 2, 3], id="name"),
        pytest.param(lambda s: RecoveryTarget.immediate(), [1, 2], id="immediate"),
        pytest.param(lambda s: LATEST, [1, 2, 3, 4, 5, 6], id="latest"),
    ],
)
def test_every_kind_of_target_is_reached(
    barman_story: BarmanStory, new_server: NewServer, choose: Choose, expected: list[int]
) -> None:
    """R65: from the same backup, with the WAL that Barman hands out."""
    repository = barman_story.repository
    copy = new_server("copy")
    restored(repository, named(repository, barman_story.full), copy, choose(barman_story))
    assert expected == rows(copy)


def test_an_incremental_backup_is_put_together_and_recovered(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    """R62: by pg_combinebackup, in our own folder."""
    repository = barman_story.repository
    copy = new_server("copy")
    restored(repository, repository.backups()[-1], copy, LATEST)
    assert rows(copy) == [1, 2, 3, 4, 5, 6]
    assert list(repository.view.staging.iterdir()) == []


def test_only_the_backups_files_are_brought(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    """R64: nothing of the recovery that Barman configures is left, and nothing it changed."""
    repository = barman_story.repository
    copy = new_server("copy")
    repository.restore(named(repository, barman_story.full), copy, timeout=120)
    kept = repository.settings.base / barman_story.full / "data"
    there = {path.name for path in copy.data.iterdir()}
    assert {path.name for path in kept.iterdir()} == there
    for name in ("postgresql.conf", "postgresql.auto.conf", "backup_manifest", "backup_label"):
        assert (kept / name).read_bytes() == (copy.data / name).read_bytes()
    assert not list(copy.data.glob("pg_wal/0*"))
    assert not copy.running


def test_the_restored_files_match_the_backups_manifest(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    """R62: WAL apart, which Barman keeps elsewhere. A flipped byte is noticed."""
    repository = barman_story.repository
    full, copy = named(repository, barman_story.full), new_server("copy")
    repository.restore(full, copy, timeout=120)
    files_of(copy, full).verify(copy, wal_elsewhere=True)
    damaged = copy.data / "global" / "pg_filenode.map"
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    with pytest.raises(RepairBackup, match="checksum mismatch"):
        files_of(copy, full).verify(copy, wal_elsewhere=True)


def test_what_barman_leaves_out_of_a_restore_is_brought(
    new_barman_source: NewBarmanSource, new_server: NewServer
) -> None:
    """R62: else the manifest, which lists it, would not match. The server's own logs, and files
    named as Barman's of a source that Barman restored once.
    """
    source = new_barman_source()
    (source.server.data / "log").mkdir()
    (source.server.data / "log" / "monday.log").write_text("a line\n")
    (source.server.data / "postgresql.conf.origin").write_text("# of long ago\n")
    source.maker.account.own(source.server.data, recursive=True)
    source.maker.take()
    source.maker.flush()
    copy = new_server("copy")
    repository = source.maker.repository()
    repository.restore(repository.backups()[-1], copy, timeout=120)
    assert (copy.data / "postgresql.conf.origin").read_text() == "# of long ago\n"
    conf = (source.server.data / "postgresql.conf").read_bytes()
    assert conf == (copy.data / "postgresql.conf").read_bytes()
    assert (copy.data / "log" / "monday.log").read_text() == "a line\n"
    files_of(copy, repository.backups()[-1]).verify(copy, wal_elsewhere=True)


def test_the_restored_copy_is_isolated(barman_story: BarmanStory, new_server: NewServer) -> None:
    """R64: whatever the backup and Barman brought."""
    repository = barman_story.repository
    copy = new_server("copy")
    restored(repository, named(repository, barman_story.full), copy, LATEST)
    with copy.connect() as connection:
        found = connection.execute(
            "select name, setting from pg_settings where name = any(%s)", [list(ISOLATION)]
        ).fetchall()
    assert dict(ISOLATION) == dict(found)


def test_packed_backups_and_wal_are_unpacked(
    new_barman_source: NewBarmanSource, new_server: NewServer
) -> None:
    """R63: `backup_compression` and `compression`, both gzip."""
    source = new_barman_source(
        backup_compression="gzip", backup_compression_format="tar", compression="gzip"
    )
    source.commit(1)
    source.maker.take()
    source.commit(2)
    source.maker.flush()
    repository = source.maker.repository()
    segment = next(wal_folder(source.maker).glob("*"))
    assert segment.stat().st_size < WAL_SEGMENT_SIZE
    before = source.listing()
    copy = new_server("copy")
    restored(repository, repository.backups()[-1], copy, LATEST)
    assert rows(copy) == [1, 2]
    assert before == source.listing()


def test_barmans_own_verification_is_recorded(barman_story: BarmanStory) -> None:
    """R62: its words, and that it found nothing wrong."""
    repository = barman_story.repository
    verdict = repository.verify(named(repository, barman_story.full))
    assert verdict.sound is True
    assert barman_story.full in verdict.command
    assert "backup successfully verified" in verdict.said[-1]


def test_barmans_own_verification_of_a_damaged_backup_is_recorded(story_copy: BarmanMaker) -> None:
    """R62: it is not sound; what lacks a manifest is not judged."""
    repository = story_copy.repository()
    full = repository.backups()[0]
    data = repository.settings.base / full.name / "data"
    damaged = data / "global" / "pg_filenode.map"
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    verdict = repository.verify(full)
    assert verdict.sound is False
    assert any("checksum mismatch" in line for line in verdict.said)
    (data / "backup_manifest").unlink()
    assert repository.verify(full).sound is None


def test_the_catalogue_holds_what_is_archived_and_nothing_else(
    story_copy: BarmanMaker, new_server: NewServer
) -> None:
    """R63: neither what lies in `incoming` and `streaming`, nor unfinished or partial segments."""
    wals = wal_folder(story_copy)
    there = {path.name for path in wals.iterdir() if len(path.name) == 24}
    newest = max(there)
    core = story_copy.home / "core"
    for place in (core / "incoming", core / "streaming", wals):
        place.mkdir(exist_ok=True)
    (core / "incoming" / "0000000100000000000000F1").write_bytes(b"")
    (core / "streaming" / "0000000100000000000000F2.partial").write_bytes(b"")
    (wals / f"{newest[:-2]}F3.partial").write_bytes(b"")
    (wals / f"{newest[:-2]}F4.tmp").write_bytes(b"")
    archive = story_copy.repository().wal(new_server("copy"))
    assert there == set(archive.names())


def test_a_segment_is_read_as_it_was_archived(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    wals = wal_folder(barman_story.source.maker)
    newest = max(path for path in wals.iterdir() if len(path.name) == 24)
    archive = barman_story.repository.wal(new_server("copy"))
    assert newest.read_bytes() == archive.file(newest.name).read_bytes()


@pytest.fixture
def damaged(
    story_copy: BarmanMaker, barman_story: BarmanStory, new_server: NewServer
) -> Callable[[RecoveryTarget], None]:
    """Recovers from the copy of the repository, after a test has damaged it."""

    def recover(target: RecoveryTarget) -> None:
        repository = story_copy.repository()
        restored(repository, named(repository, barman_story.full), new_server("copy"), target)

    return recover


Damaged = Callable[[RecoveryTarget], None]


def needed(maker: BarmanMaker, story: BarmanStory) -> Path:
    """The segment with row 5."""
    return wal_folder(maker) / story.commits[5].lsn.segment_name(1)


def test_a_copy_of_the_repository_recovers_as_it_is(damaged: Damaged) -> None:
    """The silent half of the tests below."""
    damaged(LATEST)


def test_a_lost_segment_ends_recovery(
    damaged: Damaged, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    """R63: Barman's list still has it, so it is no end of the WAL, not even as the last one."""
    needed(story_copy, barman_story).unlink()
    with pytest.raises(RepairArchive):
        damaged(LATEST)


def test_a_gap_in_the_list_ends_recovery(
    damaged: Damaged, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    """R63: also when Barman's list was made anew without the segment."""
    gone = barman_story.commits[3].lsn.segment_name(1)
    (wal_folder(story_copy) / gone).unlink()
    for listed in (story_copy.home / "core" / "wals").glob("*xlog.db"):
        lines = listed.read_text().splitlines(keepends=True)
        listed.write_text("".join(line for line in lines if not line.startswith(gone)))
    with pytest.raises(RepairArchive, match=f"{gone} is missing|before the end of the base backup"):
        damaged(LATEST)


def test_a_truncated_segment_ends_recovery(
    damaged: Damaged, story_copy: BarmanMaker, barman_story: BarmanStory
) -> None:
    """R63: to PostgreSQL it would be the end of the WAL."""
    path = needed(story_copy, barman_story)
    path.write_bytes(path.read_bytes()[: WAL_SEGMENT_SIZE // 2])
    with pytest.raises(RepairArchive):
        damaged(LATEST)


def test_a_foreign_segment_ends_recovery(
    damaged: Damaged,
    story_copy: BarmanMaker,
    barman_story: BarmanStory,
    new_barman_source: NewBarmanSource,
) -> None:
    """R63, row 27: of another cluster, under the right name."""
    path = needed(story_copy, barman_story)
    other = new_barman_source()
    foreign = wal_folder(other.maker) / path.name
    while not foreign.exists():
        other.maker.flush()
    path.write_bytes(foreign.read_bytes())
    with pytest.raises(RepairArchive):
        damaged(LATEST)


def test_a_failing_fetch_ends_recovery_half_way(
    barman_story: BarmanStory, story_copy: BarmanMaker, new_server: NewServer
) -> None:
    """Row 3: Barman ends with status 1, which alone would mean the end of the WAL."""
    repository = story_copy.repository()
    full = named(repository, barman_story.full)
    copy = new_server("copy")
    repository.restore(full, copy, timeout=120)
    there, archive = files_of(copy, full), repository.wal(copy)
    ready = isolate(there, archive, plan(there, archive, LATEST), LATEST, copy)
    needed(story_copy, barman_story).unlink()
    with pytest.raises(RepairArchive):
        replay(ready, copy, timeout=120)
    assert not copy.running


def test_a_target_before_the_backups_end_is_refused(
    barman_story: BarmanStory, new_server: NewServer
) -> None:
    """Row 4: by what Barman's catalogue has of the end."""
    repository = barman_story.repository
    full = named(repository, barman_story.full)
    copy = new_server("copy")
    repository.restore(full, copy, timeout=120)
    there = files_of(copy, full)
    for target in (
        RecoveryTarget.time(barman_story.commits[2].at),
        RecoveryTarget.lsn(barman_story.commits[2].lsn),
    ):
        with pytest.raises(ChooseAnotherTarget, match="base backup"):
            plan(there, repository.wal(copy), target)


def test_a_timeline_switch_is_followed(
    new_barman_source: NewBarmanSource, new_server: NewServer, run_folder: Path
) -> None:
    """R65: the history file lies beside the folders of segments, and is fetched like one."""
    source = new_barman_source()
    source.commit(1)
    source.maker.take()
    source.commit(2)
    source.maker.flush()
    source.server.stop()
    (source.server.data / "standby.signal").touch()
    source.maker.account.own(source.server.data / "standby.signal")
    source.server.start()
    subprocess.run(
        [source.server.binaries.program("pg_ctl"), "promote", "-w", "-D", source.server.data],
        check=True,
        cwd=run_folder,
        env=source.server.client_environment(),
        stdout=subprocess.DEVNULL,
        **source.maker.account.popen_options(),
    )
    source.commit(3)
    source.maker.flush()
    repository = source.maker.repository()
    full = repository.backups()[-1]
    copy = new_server("copy")
    repository.restore(full, copy, timeout=120)
    there, archive = files_of(copy, full), repository.wal(copy)
    assert "00000002.history" in archive.names()
    chain = plan(there, archive, LATEST, 2)
    replay(isolate(there, archive, chain, LATEST, copy), copy, timeout=120)
    assert rows(copy) == [1, 2, 3]
