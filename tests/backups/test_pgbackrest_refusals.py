"""What cannot be used of a pgBackRest repository, and what the operator is told to do about it.

Each fault is one in a copy of a repository that the tests beside these list and restore.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.backups.errors import (
    BackupError,
    CorrectBackupSettings,
    FreeDisk,
    GiveKey,
    InstallBackupTool,
    MakeBackup,
    RepairRepository,
)
from fixtures.backups.pgbackrest.catalogue import entries_of, segment_size
from fixtures.backups.pgbackrest.refusals import quotable, refusal
from fixtures.backups.pgbackrest.repository import PgBackRest
from fixtures.backups.pgbackrest.wal import read_listing
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import RepairArchive
from tests.backups.fix_pgbackrest import KEY, Damaged, made
from tests.fix_postgres import NewServer

pytestmark = pytest.mark.tools


def refused(repository: PgBackRest) -> str:
    """What is said instead of a listing, always in one line and without the key."""
    with pytest.raises(BackupError) as refusal:
        repository.backups()
    text = str(refusal.value)
    assert "\n" not in text
    assert KEY not in text
    assert text.isprintable(), "what a wrong key decrypts to was shown"
    return f"{type(refusal.value).__name__}: {text}"


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    before = stat.S_IMODE(path.stat().st_mode)
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


def test_an_undamaged_copy_lists(damaged: Damaged) -> None:
    """The good input beside all that follow."""
    assert list(damaged.kept.backups.values()) == damaged.open().backups()


def test_an_encrypted_repository_lists_with_its_key(locked: Damaged) -> None:
    assert 1 == len(locked.open().backups())


def without_key(it: Damaged) -> None:
    it.set(repo1_cipher_pass=None)


def wrong_key(it: Damaged) -> None:
    it.set(repo1_cipher_pass="another")


def without_cipher(it: Damaged) -> None:
    it.set(repo1_cipher_pass=None, repo1_cipher_type=None)


@pytest.mark.parametrize("change", [without_key, wrong_key, without_cipher])
def test_an_encrypted_repository_asks_for_its_key(
    locked: Damaged, change: Callable[[Damaged], None]
) -> None:
    change(locked)
    said = refused(locked.open())
    assert said.startswith(f"{GiveKey.__name__}: ")
    assert "repo1-cipher-pass" in said
    assert "[backup] config" in said


def test_a_key_for_a_repository_that_has_none_is_told(damaged: Damaged) -> None:
    damaged.set(repo1_cipher_type="aes-256-cbc", repo1_cipher_pass=KEY)
    assert refused(damaged.open()).startswith(f"{GiveKey.__name__}: ")


def test_a_key_in_a_line_that_cannot_be_parsed_is_not_shown(damaged: Damaged) -> None:
    """pgBackRest itself shows the whole line."""
    damaged.write(f"repo1-cipher-pass={KEY}\n[global]\n")
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: ")
    assert "[029]" in said
    assert "at line 1" in said


@pytest.mark.parametrize(
    "words",
    [
        f"key/value found outside of section at line 1: repo1-cipher-pass={KEY}",
        f"missing '=' in key/value at line 3: repo1-cipher-pass {KEY}",
        f"cannot use repo1-s3-key-secret={KEY}",
        f"cannot use repo1-s3-key: {KEY}",
        f"refused\nAuthorization: {KEY}",
    ],
)
def test_no_message_shows_a_key(words: str) -> None:
    assert KEY not in quotable(words)


def test_a_message_is_shown_as_it_is() -> None:
    words = "unable to open missing file '/srv/key.conf' for read"
    assert words == quotable(f"{words}:\nHINT: no")


def test_another_stanza_is_told_with_those_there_are(damaged: Damaged) -> None:
    said = refused(damaged.open("payroll"))
    assert said.startswith(f"{CorrectBackupSettings.__name__}: ")
    assert "no stanza payroll, it has core" in said


def test_a_repository_that_is_elsewhere_is_told(damaged: Damaged) -> None:
    damaged.set(repo1_path="/nowhere/at/all")
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: ")
    assert "it has none" in said
    assert "mounted" in said


def test_a_stanza_without_a_backup_asks_for_one(damaged: Damaged) -> None:
    """As `stanza-create` leaves it."""
    damaged.set(repo1_path=str(damaged.folder / "new"))
    (damaged.folder / "new").mkdir(mode=0o700)
    damaged.account.own(damaged.folder / "new")
    said = damaged.by_hand("stanza-create", "--no-online")
    assert 0 == said.status, said.complaints
    assert refused(damaged.open()).startswith(f"{MakeBackup.__name__}: ")


def test_a_stanza_that_lost_its_catalogue_is_told(damaged: Damaged) -> None:
    for info in (damaged.repo / "backup/core").glob("backup.info*"):
        info.unlink()
    said = refused(damaged.open())
    assert said.startswith(f"{RepairRepository.__name__}: ")


def test_a_damaged_catalogue_is_told(damaged: Damaged) -> None:
    for info in (damaged.repo / "backup/core").glob("backup.info*"):
        info.write_text(info.read_text().replace("20", "21"))
    said = refused(damaged.open())
    assert said.startswith(f"{RepairRepository.__name__}: ")
    assert "backup.info" in said


def test_a_repository_that_may_not_be_read_is_told(damaged: Damaged, account: Account) -> None:
    with mode(damaged.repo, 0):
        said = refused(damaged.open())
    assert said.startswith(f"{RepairRepository.__name__}: ")
    assert "Permission denied" in said
    assert f"readable for the account {account.name}" in said


def test_one_of_two_repositories_that_cannot_be_read_is_told(damaged: Damaged) -> None:
    """What it holds is not known: it could be the newest backup."""
    other = damaged.folder / "other"
    shutil.copytree(damaged.repo, other)
    damaged.account.own(other, recursive=True)
    damaged.set(repo2_path=str(other))
    assert list(damaged.kept.backups.values()) == damaged.open().backups()
    with mode(other, 0):
        said = refused(damaged.open())
    assert "info, repo2" in said


def test_a_configuration_that_is_not_there_is_told(damaged: Damaged) -> None:
    damaged.config.unlink()
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: [backup] config does not exist")
    assert "[055]" in said


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has files that its server account cannot read"
)
def test_a_configuration_of_another_account_is_told(damaged: Damaged, account: Account) -> None:
    os.chown(damaged.config, 0, 0)
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: [backup] config cannot be read")
    assert account.name in said
    assert "PG_OS_USER" in said


def test_an_option_that_pgbackrest_does_not_take_is_told(damaged: Damaged) -> None:
    damaged.set(io_timeout="many")
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: pgBackRest does not accept")
    assert "[032]" in said


def test_an_option_that_is_missing_is_told(damaged: Damaged) -> None:
    """Here of a repository host: that it is remote is pgBackRest's affair, and works as it says."""
    damaged.set(repo1_host="127.0.0.1", repo1_host_type="tls")
    said = refused(damaged.open())
    assert said.startswith(f"{CorrectBackupSettings.__name__}: ")
    assert "[037] info command requires option: repo1-host-cert-file" in said


@pytest.mark.parametrize(
    ("script", "words", "remedy"),
    [
        ("exit 127", "cannot be run as", "where that account may run it"),
        ("exit 1", "does not run", "install pgBackRest 2.41 or newer"),
        ("echo something else", "does not run", "install pgBackRest 2.41 or newer"),
        ("echo pgBackRest 2.40", "is 2.40", "install pgBackRest 2.41 or newer"),
    ],
)
def test_a_tool_that_is_too_old_or_does_not_run_is_told(
    damaged: Damaged, script: str, words: str, remedy: str
) -> None:
    programs = damaged.folder / "bin"
    programs.mkdir(mode=0o755)
    (programs / "pgbackrest").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "pgbackrest").chmod(0o755)
    with pytest.raises(InstallBackupTool, match=words) as refusal:
        _open_on(damaged, f"{programs}:{os.environ['PATH']}")
    assert remedy in str(refusal.value)


def test_a_missing_tool_is_told(damaged: Damaged) -> None:
    with pytest.raises(InstallBackupTool, match="pgbackrest is not on PATH: install"):
        _open_on(damaged, str(damaged.folder))


def _open_on(damaged: Damaged, path: str) -> PgBackRest:
    return PgBackRest.open(
        damaged.config,
        "core",
        account=damaged.account,
        launcher=damaged.guardian.client(),
        folder=damaged.folder / "drill",
        path=path,
    )


def stanza(changes: dict[str, Any], *, of_full: dict[str, Any] | None = None) -> dict[str, Any]:
    """What info says of a stanza with an incremental backup, changed so, and its full one."""
    full: dict[str, Any] = {
        "archive": {"start": "000000010000000000000002", "stop": "000000010000000000000002"},
        "database": {"id": 1, "repo-key": 1},
        "error": False,
        "info": {"size": 22992519},
        "label": "20261126-180835F",
        "lsn": {"start": "0/2000028", "stop": "0/2000100"},
        "reference": None,
        "timestamp": {"start": 1795716515, "stop": 1795716519},
        "type": "full",
    }
    incremental = {
        **full,
        "label": "20261126-180835F_20261126-180839I",
        "reference": ["20261126-180835F"],
        "type": "incr",
        **changes,
    }
    return {
        "archive": [{"database": {"id": 1, "repo-key": 1}, "id": "15-1"}],
        "backup": [{**full, **(of_full or {})}, incremental],
        "db": [{"id": 1, "repo-key": 1, "system-id": 7712543697772348349, "version": "15"}],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"error": True}, "page checksum errors", id="damaged pages"),
        pytest.param({"reference": ["20261125-180835F"]}, "no longer has", id="base is gone"),
        pytest.param(
            {"lsn": {"start": None, "stop": None}, "archive": {"start": None, "stop": None}},
            "--no-online",
            id="of a stopped server",
        ),
    ],
)
def test_a_backup_that_cannot_be_restored_is_marked(
    changes: dict[str, Any], words: str | None
) -> None:
    full, incremental = entries_of(stanza(changes))
    assert full.backup.damage is None
    damage = incremental.backup.damage
    assert damage is None if words is None else words in str(damage)


def test_a_backup_built_on_a_damaged_one_is_marked() -> None:
    """It restores the same damaged pages, and its own making did not look at them again."""
    full, incremental = entries_of(stanza({}, of_full={"error": True}))
    assert full.backup.name in str(full.backup.damage)
    assert full.backup.name in str(incremental.backup.damage)


def test_page_checksum_errors_that_pgbackrest_met_mark_a_backup(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> None:
    """One byte of one page, on the source's own disk: backups go on, with a warning."""
    with made("torn", guardian, binaries, account) as cluster:
        server = cluster.server
        cluster.commit(1)
        with server.connect() as connection:
            (path,) = connection.execute("select pg_relation_filepath('ledger')").fetchone() or (
                "",
            )
        server.stop()
        with (server.data / str(path)).open("r+b") as file:
            file.seek(8000)
            byte = file.read(1)
            file.seek(8000)
            file.write(bytes([byte[0] ^ 1]))
        server.start()
        backup = cluster.take("full")
        assert f"page checksum errors when it made {backup.name}" in str(backup.damage)


def test_a_full_disk_is_told() -> None:
    """[restore] work_dir names it."""
    words = "unable to write '/srv/drill/copy/data/base/5/2619': [28] No space left on device"
    told = refusal(39, words, "restore", config=None, account="postgres")
    assert isinstance(told, FreeDisk)
    assert "[039]" in str(told)


def test_a_damaged_file_is_found_by_pgbackrests_verification(damaged: Damaged) -> None:
    """It exits with 0: only its words tell. The backups built on this one are invalid, too."""
    full = damaged.kept.backups["full"]
    version = damaged.repo / "backup/core" / full.name / "pg_data/PG_VERSION.gz"
    version.write_bytes(version.read_bytes()[:-4] + b"zaza")
    verdict = damaged.open().verify(full)
    assert verdict.sound is False
    assert any(f"backup: {full.name}, status: invalid" in line for line in verdict.said)


def test_a_damaged_segment_is_found_by_pgbackrests_verification(damaged: Damaged) -> None:
    last = sorted(damaged.repo.glob("archive/core/*/*/*.gz"))[-1]
    os.truncate(last, 100)
    assert damaged.open().verify(damaged.kept.backups["full"]).sound is False


def test_damage_elsewhere_does_not_condemn_a_backup(damaged: Damaged) -> None:
    incremental = damaged.kept.backups["incremental"].name
    control = damaged.repo / "backup/core" / incremental / "pg_data/global/pg_control.gz"
    control.unlink()
    assert damaged.open().verify(damaged.kept.backups["full"]).sound is True
    assert damaged.open().verify(damaged.kept.backups["incremental"]).sound is False


def test_a_segment_with_two_checksums_is_told(damaged: Damaged, new_server: NewServer) -> None:
    """Two servers archive into one stanza, and pgBackRest serves whichever it reads first."""
    backup = damaged.kept.backups["full"]
    wal = damaged.open().wal(new_server("copy"), backup)
    last = max(name for name in wal.names() if len(name) == 24)
    file = damaged.segment(last)
    shutil.copy(file, file.with_name(f"{last}-{'0' * 40}.gz"))
    with pytest.raises(RepairArchive, match=f"{last} twice"):
        damaged.open().wal(new_server("other"), backup).names()


def test_an_archive_that_may_not_be_read_is_told(damaged: Damaged, new_server: NewServer) -> None:
    backup = damaged.kept.backups["full"]
    with mode(damaged.repo / "archive", 0), pytest.raises(RepairRepository, match=r"archive\.info"):
        damaged.open().wal(new_server("copy"), backup)
    wal = damaged.open().wal(new_server("other"), backup)
    (segments,) = damaged.repo.glob("archive/core/*/0000000100000000")
    with mode(segments, 0), pytest.raises(RepairArchive, match=r"cannot be listed.*readable"):
        wal.names()


def test_a_listing_tells_segments_from_what_else_is_there() -> None:
    sha1 = "b152c157da89364446d2acf411f9f5e8b7592110"
    names, sums = read_listing(
        [
            ".",
            "0000000100000000",
            f"0000000100000000/000000010000000000000001-{sha1}.gz",
            f"0000000100000000/000000010000000000000002-{sha1}",
            f"0000000100000000/000000010000000000000003-{sha1}.zst",
            "0000000100000000/000000010000000000000002.00000028.backup",
            f"0000000100000000/000000010000000000000004.partial-{sha1}.gz",
            f"0000000100000000/000000010000000000000005-{sha1}.gz.pgbackrest.tmp",
            "00000002.history",
        ]
    )
    segments = [f"00000001000000000000000{number}" for number in (1, 2, 3)]
    assert [*segments, "00000002.history"] == names
    assert dict.fromkeys(segments, sha1) == sums


@pytest.mark.parametrize(
    ("lsn", "segment", "expected"),
    [
        ("0/2000028", "000000010000000000000002", 16 * 2**20),
        ("1/44000028", "000000010000000100000011", 64 * 2**20),
        ("0/300028", "000000010000000000000003", 2**20),
        ("0/28", "000000010000000000000000", 16 * 2**20),
        ("0/2000028", "000000010000000000000000", None),
    ],
)
def test_the_size_of_a_segment_follows_from_where_backups_lie(
    lsn: str, segment: str, expected: int | None
) -> None:
    assert expected == segment_size([{"lsn": {"start": lsn}, "archive": {"start": segment}}])
