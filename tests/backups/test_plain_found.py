"""Base backups in a folder: each told by its label and its manifest, whatever wrote them."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.backups.errors import CorrectBackupSettings, InstallBackupTool, RepairRepository
from fixtures.backups.model import Backup
from fixtures.backups.plain import packed
from fixtures.backups.plain.found import find, folders
from fixtures.backups.plain.manifest import Manifest, crc32c
from fixtures.postgres.lsn import Lsn

SEGMENT = "000000010000000000000002"


def label(start: str, increment_of: str | None = None) -> str:
    """As PostgreSQL writes it."""
    since = "" if increment_of is None else f"INCREMENTAL FROM LSN: {increment_of}\n"
    return (
        f"START WAL LOCATION: {start} (file {SEGMENT})\nCHECKPOINT LOCATION: {start}\n"
        "BACKUP METHOD: streamed\nBACKUP FROM: primary\nSTART TIME: 2026-03-01 10:00:00 UTC\n"
        f"LABEL: pg_basebackup base backup\nSTART TIMELINE: 1\n{since}"
    )


def manifest(start: str, end: str, major: int = 18, **more: Any) -> dict[str, Any]:
    """As pg_basebackup writes it, of two files."""
    return {
        "PostgreSQL-Backup-Manifest-Version": 2,
        "System-Identifier": 7,
        "Files": [
            {
                "Path": "PG_VERSION",
                "Size": 3,
                "Last-Modified": "2026-03-01 09:00:00 GMT",
                "Checksum-Algorithm": "CRC32C",
                "Checksum": crc32c(f"{major}\n".encode()),
            },
            {"Path": "base/1/1", "Size": 8192, "Last-Modified": "2026-03-01 10:00:05 GMT"},
        ],
        "WAL-Ranges": [{"Timeline": 1, "Start-LSN": start, "End-LSN": end}],
    } | more


def make(
    shelf: Path, name: str, start: str, end: str, *, increment_of: str | None = None, **more: Any
) -> Path:
    """A base backup as files."""
    folder = shelf / name
    (folder / "global").mkdir(parents=True)
    (folder / "PG_VERSION").write_text("18\n")
    (folder / "backup_label").write_text(label(start, increment_of))
    (folder / "backup_manifest").write_text(json.dumps(manifest(start, end, **more)))
    (folder / "global" / "pg_control").write_bytes((7).to_bytes(8, sys.byteorder) + bytes(100))
    return folder


def make_tar(shelf: Path, name: str, mode: str = "w", end: str = "") -> Path:
    """A base backup as pg_basebackup --format=tar writes it."""
    folder = shelf / name
    folder.mkdir()
    (folder / "backup_manifest").write_text(json.dumps(manifest("0/2000028", "0/2000100")))
    with tarfile.open(folder / f"base.tar{end}", mode) as tar:  # type: ignore[call-overload]
        for file, text in {"backup_label": label("0/2000028"), "PG_VERSION": "18\n"}.items():
            info = tarfile.TarInfo(file)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return folder


def found(shelf: Path, notes: dict[str, str] | None = None) -> list[Backup]:
    return [one.backup for one in find(shelf, notes or {})]


def test_a_backup_is_told_by_its_files(tmp_path: Path) -> None:
    """R62: identity, version, position and time, oldest first."""
    make(tmp_path, "newer", "0/4000028", "0/4000100")
    make(tmp_path, "older", "0/2000028", "0/2000100")
    (tmp_path / "notes").mkdir()  # no backup at all

    older, newer = found(tmp_path)

    assert ("older", "newer") == (older.name, newer.name)
    assert older == Backup(
        name="older",
        kind="full",
        major=18,
        started_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        ended_at=datetime(2026, 3, 1, 10, 0, 5, tzinfo=UTC),
        started=Lsn.parse("0/2000028"),
        ended=Lsn.parse("0/2000100"),
        timeline=1,
        system_identifier=7,
        size=8195,
    )


def test_one_backup_alone_is_named_as_the_folder_itself(tmp_path: Path) -> None:
    """R62."""
    folder = make(tmp_path, "base", "0/2000028", "0/2000100")

    assert ["base"] == [one.name for one in found(folder)]


def test_the_archives_own_note_says_when_it_ended(tmp_path: Path) -> None:
    """R62: no file of the backup does; and another backup's note says nothing of this one."""
    make(tmp_path, "base", "0/2000028", "0/2000100")
    note = f"{label('0/2000028')}STOP TIME: 2026-03-01 10:20:00 UTC\n"
    other = f"{label('0/2000999')}STOP TIME: 2026-03-01 23:00:00 UTC\n"

    (one,) = found(
        tmp_path,
        {f"{SEGMENT}.00000999.backup": other, f"{SEGMENT}.00000028.backup": note},
    )

    assert datetime(2026, 3, 1, 10, 20, tzinfo=UTC) == one.ended_at


def test_before_17_the_control_file_tells_which_cluster_it_is_of(tmp_path: Path) -> None:
    """R65."""
    folder = make(tmp_path, "base", "0/2000028", "0/2000100")
    told = manifest("0/2000028", "0/2000100")
    del told["System-Identifier"]
    (folder / "backup_manifest").write_text(json.dumps(told))

    assert [7] == [one.system_identifier for one in found(tmp_path)]


@pytest.mark.parametrize(("mode", "end"), [("w", ""), ("w:gz", ".gz")])
def test_a_tar_file_tells_the_same(tmp_path: Path, mode: str, end: str) -> None:
    """R62: without being unpacked."""
    make_tar(tmp_path, "packed", mode, end)

    (one,) = found(tmp_path)

    assert (18, Lsn.parse("0/2000028"), 7, None) == (
        one.major,
        one.started,
        one.system_identifier,
        one.damage,
    )


def test_an_increment_stands_on_all_before_it(tmp_path: Path) -> None:
    """R62: the chain, oldest first."""
    make(tmp_path, "full", "0/2000028", "0/2000100")
    make(tmp_path, "tuesday", "0/4000028", "0/4000100", increment_of="0/2000028")
    make(tmp_path, "wednesday", "0/6000028", "0/6000100", increment_of="0/4000028")

    all_of_it = find(tmp_path, {})
    last = all_of_it[-1].backup

    assert ("incremental", ("full", "tuesday")) == (last.kind, last.needs)
    names = [one.backup.name for one in folders(all_of_it, last)]
    assert ["full", "tuesday", "wednesday"] == names


def test_an_increment_whose_link_is_missing_is_damaged(tmp_path: Path) -> None:
    """R62: it says which one is missing; the full backup is sound by itself."""
    make(tmp_path, "full", "0/2000028", "0/2000100")
    make(tmp_path, "wednesday", "0/6000028", "0/6000100", increment_of="0/4000028")

    full, wednesday = found(tmp_path)

    assert full.damage is None
    assert wednesday.damage == "the backup it is an increment of, from 0/4000028, is missing"


def test_an_increment_of_a_damaged_backup_is_damaged(tmp_path: Path) -> None:
    """R62."""
    folder = make(tmp_path, "full", "0/2000028", "0/2000100")
    make(tmp_path, "tuesday", "0/4000028", "0/4000100", increment_of="0/2000028")
    (folder / "backup_manifest").write_text("{}")

    assert all(one.damage is not None for one in found(tmp_path))


DAMAGE = {
    "no manifest": ("backup_manifest", None, "backup_manifest cannot be read"),
    "half a manifest": ("backup_manifest", '{"Files": [', "backup_manifest cannot be read"),
    "no label": ("backup_label", None, "no backup_label"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_listed_as_such(tmp_path: Path, damage: str) -> None:
    """R62: it is not passed over in silence."""
    file, text, said = DAMAGE[damage]
    folder = make(tmp_path, "base", "0/2000028", "0/2000100")
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text)

    (one,) = found(tmp_path)

    assert said in str(one.damage)


def test_what_lies_outside_the_backup_is_damage(tmp_path: Path) -> None:
    """R64: the copy would share it with production."""
    spaces = make(tmp_path, "spaces", "0/2000028", "0/2000100") / "pg_tblspc"
    spaces.mkdir()
    (spaces / "16400").symlink_to("/srv/fast")
    (make(tmp_path, "linked", "0/4000028", "0/4000100") / "pg_wal").symlink_to("/srv/wal")
    (make_tar(tmp_path, "packed") / "16400.tar").touch()

    damage = {one.name: str(one.damage) for one in found(tmp_path)}

    assert "it has tablespaces; take a backup of a cluster without" in damage["spaces"]
    assert "pg_wal is a link to outside the backup" in damage["linked"]
    assert "16400.tar is a tablespace" in damage["packed"]


def test_a_servers_own_folder_is_no_backup(tmp_path: Path) -> None:
    """R62: a copy of it would be torn. A backup may hold a stray postmaster.pid."""
    folder = make(tmp_path, "data", "0/2000028", "0/2000100")
    (folder / "postmaster.pid").touch()
    assert 1 == len(found(tmp_path))
    (folder / "backup_label").unlink()

    with pytest.raises(CorrectBackupSettings, match="data folder of a server, and no backup"):
        find(tmp_path, {})
    with pytest.raises(CorrectBackupSettings, match="data folder of a server, and no backup"):
        find(folder, {})


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    """R62."""
    with pytest.raises(CorrectBackupSettings, match=r"\[backup\] path = .*gone: cannot be listed"):
        find(tmp_path / "gone", {})


def test_a_folder_with_nothing_in_it_holds_no_backup(tmp_path: Path) -> None:
    assert [] == find(tmp_path, {})


@pytest.mark.parametrize("major", [14, 18])
@pytest.mark.parametrize("algorithm", ["CRC32C", "SHA256"])
def test_a_manifest_tells_the_major_version_by_a_checksum(
    tmp_path: Path, major: int, algorithm: str
) -> None:
    """R62: a backup in tar files need not be unpacked for it."""
    told = manifest("0/2000028", "0/2000100", major)
    if algorithm == "SHA256":
        import hashlib

        digest = hashlib.sha256(f"{major}\n".encode()).hexdigest()
        told["Files"][0] |= {"Checksum-Algorithm": "SHA256", "Checksum": digest}
    file = tmp_path / "backup_manifest"
    file.write_text(json.dumps(told))

    assert major == Manifest.read(file).major


def test_a_manifest_without_checksums_tells_no_version(tmp_path: Path) -> None:
    told = manifest("0/2000028", "0/2000100")
    told["Files"] = [{"Path": "PG_VERSION", "Size": 3}]
    file = tmp_path / "backup_manifest"
    file.write_text(json.dumps(told))

    read = Manifest.read(file)

    assert (None, None, 3) == (read.major, read.newest, read.size)


def test_the_checksum_is_castagnolis() -> None:
    """The polynomial's check value, in the byte order of a manifest."""
    assert "839206e3" == crc32c(b"123456789")


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """R62."""
    file = tmp_path / "backup_manifest"
    file.write_text("[]")
    with pytest.raises(RepairRepository, match="take backups with a manifest"):
        Manifest.read(file)


def test_the_program_that_unpacks_is_found_or_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R62: whether it is here is known before anything is copied."""
    assert packed.reading(tmp_path / "base.tar").startswith("cat < ")
    assert "gzip -dc < " in packed.reading(tmp_path / "base.tar.gz")
    assert (".zst", "") == (packed.ending("base.tar.zst"), packed.ending("base.tar"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallBackupTool, match=r"ends in \.zst, and zstd is not on PATH: install"):
        packed.reading(tmp_path / "base.tar.zst")
