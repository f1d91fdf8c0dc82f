"""The plain repository on real backups: what it brings back, and how WAL is fetched from it."""

from __future__ import annotations

import gzip
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.backups.errors import RepairRepository
from fixtures.backups.fetched_wal import FetchedWal
from fixtures.backups.files import files_of, major_of
from fixtures.backups.model import Backup
from fixtures.backups.plain.repository import Plain
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.errors import ChooseAnotherTarget, RepairArchive, RepairBackup
from fixtures.postgres.kept_wal import BROKEN
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.recovery_refusals import require_target_after
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.drills.fix_shelf import Shelf
from tests.fix_postgres import NewServer


@pytest.fixture
def copy(new_server: NewServer) -> Server:
    """A server without a data folder yet."""
    return new_server("copy")


@pytest.fixture
def backup(shelf: Shelf) -> Backup:
    """The newest on the shelf."""
    return Plain(shelf.backups, shelf.wal).backups()[-1]


def brought(shelf: Shelf, backup: Backup, copy: Server) -> None:
    Plain(shelf.backups, shelf.wal).restore(backup, copy, timeout=60)


def test_the_files_are_what_the_catalogue_says(shelf: Shelf, backup: Backup, copy: Server) -> None:
    """R62, R65: label, control file and manifest agree; the archive's note knows when it ended."""
    brought(shelf, backup, copy)

    files = files_of(copy, backup)

    assert (backup.started, backup.ended, backup.ended_at) == (
        files.started,
        files.ended,
        files.ended_at,
    )
    assert (shelf.system_identifier, copy.binaries.version.major) == (
        files.system_identifier,
        files.version.major,
    )
    files.verify(copy)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("system identifier", {"system_identifier": 5}),
        ("start", {"started": Lsn(5)}),
        ("PostgreSQL", {"major": 13}),
    ],
)
def test_files_of_another_backup_than_the_catalogues_are_refused(
    shelf: Shelf, backup: Backup, copy: Server, what: str, other: dict[str, int]
) -> None:
    """R62: they do not belong together."""
    brought(shelf, backup, copy)

    with pytest.raises(RepairRepository, match=f"is listed with {what} (5|13|0/5), but its files"):
        files_of(copy, replace(backup, **other))  # type: ignore[arg-type]


def test_files_that_do_not_say_what_they_are_are_refused(
    shelf: Shelf, backup: Backup, copy: Server
) -> None:
    """R62: no version, no label, no end."""
    brought(shelf, backup, copy)
    (copy.data / "backup_manifest").unlink()
    assert backup.ended == files_of(copy, backup).ended, "the catalogue knows it"
    with pytest.raises(RepairBackup, match="backup_manifest cannot be read"):
        files_of(copy, replace(backup, ended=None))
    (copy.data / "backup_label").unlink()
    with pytest.raises(RepairBackup, match="no readable backup_label"):
        files_of(copy, backup)
    (copy.data / "PG_VERSION").unlink()
    with pytest.raises(RepairBackup, match="PG_VERSION cannot be read"):
        major_of(copy.data)


def test_what_cannot_be_copied_is_told_in_cps_own_words(
    shelf: Shelf, backup: Backup, copy: Server
) -> None:
    """R66: and nobody takes half a backup for a whole one."""
    copy.create_folders()
    copy.data.write_text("in the way")

    with pytest.raises(RepairRepository, match=r"base-2 could not be brought back as \w+: "):
        brought(shelf, backup, copy)


def test_the_tool_of_a_plain_folder_says_nothing(shelf: Shelf, backup: Backup) -> None:
    """R62: pg_verifybackup is the drill's own step."""
    assert Plain(shelf.backups).verify(backup).sound is None


def test_without_an_archive_there_is_no_wal(shelf: Shelf, backup: Backup, copy: Server) -> None:
    assert Plain(shelf.backups).wal(copy, backup) is None
    assert isinstance(Plain(shelf.backups, shelf.wal).wal(copy, backup), WalArchive)


# Compressed segments


@pytest.fixture
def compressed(shelf: Shelf, run_folder: Path) -> Shelf:
    """The shelf with its WAL through gzip, but for one segment that the job has not come to."""
    ours = shelf.copied(run_folder / "shelf")
    *early, _ = segments(ours)
    for segment in early:
        packed = segment.with_name(segment.name + ".gz")
        packed.write_bytes(gzip.compress(segment.read_bytes(), 1))
        shelf.account.own(packed)
        segment.unlink()
    return ours


def segments(shelf: Shelf) -> list[Path]:
    """Oldest first."""
    return sorted(
        p
        for p in shelf.wal.iterdir()
        if len(p.name.split(".")[0]) == 24 and p.suffix in ("", ".gz")
    )


def fetched(wal: FetchedWal, name: str, copy: Server, identifier: int, size: int) -> int:
    """The exit status of its restore_command, as a server would run it."""
    command = wal.restore_command(identifier, size)
    command = command.replace("%f", name).replace("%p", "fetched").replace("%%", "%")
    options = copy.account.popen_options()
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        ["/bin/sh", "-c", command], cwd=copy.folder, stderr=subprocess.DEVNULL, **options
    ).returncode


def test_compressed_segments_are_fetched_beside_plain_ones(
    compressed: Shelf, backup: Backup, copy: Server
) -> None:
    """R63: under PostgreSQL's own names, each looked at as it arrives."""
    wal = Plain(compressed.backups, compressed.wal).wal(copy, backup)
    assert isinstance(wal, FetchedWal)
    size = wal.wal_segment_size()
    assert size is not None
    names = [path.name.removesuffix(".gz") for path in segments(compressed)]
    known = compressed.system_identifier

    assert [0] * len(names) == [fetched(wal, name, copy, known, size) for name in names]
    assert set(names) <= set(wal.names())
    assert 1 == fetched(wal, "0000000100000000000000FF", copy, known, size)


def test_a_segment_that_is_not_whole_ends_recovery(
    compressed: Shelf, backup: Backup, copy: Server
) -> None:
    """R63, R66: row 3; above 125, or PostgreSQL takes it for the end of the WAL."""
    first, second, *_, last = segments(compressed)
    first.write_bytes(first.read_bytes()[:1000])
    second.write_bytes(gzip.compress(b"short"))
    wal = Plain(compressed.backups, compressed.wal).wal(copy, backup)
    assert isinstance(wal, FetchedWal)
    size = last.stat().st_size
    known = compressed.system_identifier

    for broken in (first, second):
        assert BROKEN == fetched(wal, broken.name.removesuffix(".gz"), copy, known, size)
    assert BROKEN == fetched(wal, last.name, copy, known + 1, size), "of another cluster"
    assert 0 == fetched(wal, last.name, copy, known, size)
    with pytest.raises(RepairArchive, match="could not be fetched"):
        wal.file(first.name.removesuffix(".gz"))


def test_where_nobody_wrote_its_end_down_its_beginning_counts(
    shelf: Shelf, backup: Backup, copy: Server
) -> None:
    """R2: row 4; a target before that is then refused, and not overshot in silence."""
    brought(shelf, backup, copy)

    files = files_of(copy, replace(backup, ended_at=None))

    assert backup.started_at == files.ended_at
    with pytest.raises(ChooseAnotherTarget, match="later target, or an older backup"):
        require_target_after(files, RecoveryTarget.time(shelf.eleven), WalArchive(shelf.wal))
    require_target_after(files, RecoveryTarget.latest(), WalArchive(shelf.wal))
