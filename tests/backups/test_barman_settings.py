"""A Barman configuration, read as Barman reads it. No Barman is needed here."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.backups.barman.catalogue import (
    BarmanBackup,
    ended_at,
    of_cluster,
    stop_of,
    with_parents,
)
from fixtures.backups.barman.settings import BarmanSettings
from fixtures.backups.errors import CorrectBackupSettings, RepairRepository
from fixtures.postgres.lsn import Lsn


@pytest.fixture
def main(tmp_path: Path) -> Path:
    file = tmp_path / "barman.conf"
    file.write_text(
        f"[barman]\nbarman_home = {tmp_path}/home\nbarman_user = keeper\n"
        "bandwidth_limit = 4000\n"
        "[core]\nconninfo = host=db password=100%secret\n"
        "compression = 'gzip'\npre_recovery_script = /bin/false\n"
    )
    return file


def test_folders_are_where_barman_has_them_by_default(main: Path, tmp_path: Path) -> None:
    """Beside a connection string whose `%` Barman itself would choke on: nobody looks at it."""
    found = BarmanSettings.read(main, "core")
    home = tmp_path / "home" / "core"
    assert (home / "base", home / "meta", home / "wals", home / "wals") == (
        found.base,
        found.meta,
        found.wals,
        found.catalogue,
    )
    assert found.user == "keeper"
    assert found.options == {"bandwidth_limit": "4000", "compression": "gzip"}


def test_a_folder_may_be_given_by_another(main: Path, tmp_path: Path) -> None:
    with main.open("a") as config:
        config.write(f"backup_directory = {tmp_path}/own\n")
        config.write("wals_directory = %(backup_directory)s/log\n")
        config.write("basebackups_directory = %(barman_home)s/%(name)s-base\n")
        config.write("xlogdb_directory = /elsewhere\n")
    found = BarmanSettings.read(main, "core")
    assert found.base == tmp_path / "home" / "core-base"
    assert found.meta == tmp_path / "own" / "meta"
    assert found.wals == tmp_path / "own" / "log"
    assert found.catalogue == Path("/elsewhere")


def test_servers_of_other_files_are_known(main: Path, tmp_path: Path) -> None:
    """`configuration_files_directory`, then what `barman config-update` wrote."""
    more = tmp_path / "more"
    more.mkdir()
    (more / "shop.conf").write_text("[shop]\nwals_directory = /first\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".barman.auto.conf").write_text("[shop]\nwals_directory = /second\n")
    text = main.read_text().replace(
        "[barman]\n", f"[barman]\nconfiguration_files_directory = {more}\n"
    )
    main.write_text(text)
    assert BarmanSettings.read(main, "shop").wals == Path("/second")


def test_the_active_model_wins_over_the_server(main: Path, tmp_path: Path) -> None:
    with main.open("a") as config:
        config.write("wals_directory = /own\n[core:moved]\nmodel = true\nwals_directory = /model\n")
    assert BarmanSettings.read(main, "core").wals == Path("/own")
    (tmp_path / "home" / "core").mkdir(parents=True)
    (tmp_path / "home" / "core" / ".active-model.auto").write_text("core:moved\n")
    assert BarmanSettings.read(main, "core").wals == Path("/model")


def test_the_first_default_file_that_is_there_is_taken(main: Path, tmp_path: Path) -> None:
    found = BarmanSettings.read(None, "core", [str(tmp_path / "none.conf"), str(main)])
    assert found.file == main
    with pytest.raises(CorrectBackupSettings, match=r"no configuration here .*\[backup\] config"):
        BarmanSettings.read(None, "core", [str(tmp_path / "none.conf")])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[core]\n", "sets no barman_home"),
        ("conninfo = password=secret\n", "is not a configuration that Barman reads"),
        ("[barman]\nbarman_home = /h\n[shop]\n", "knows no such server, only shop"),
        ("[barman]\nbarman_home = /h\n", "knows no such server, only none at all"),
        ("[barman]\nbarman_home = /h\n[core]\nwals_directory = %(none)s/x\n", "wals_directory in"),
        ("[barman]\nbarman_home = /h\n[core]\nwals_directory = s3://b/c\n", "object storage"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """In one line that names the setting, and quotes none of theirs."""
    file = tmp_path / "wrong.conf"
    file.write_text(text)
    with pytest.raises(CorrectBackupSettings, match=words) as problem:
        BarmanSettings.read(file, "core")
    assert "[backup]" in str(problem.value)
    assert "secret" not in str(problem.value)
    assert "\n" not in str(problem.value)


def shown(name: str, **more: Any) -> dict[str, Any]:
    return {
        "backup_id": name,
        "status": "DONE",
        "system_id": "7712544726222378113",
        "postgresql_version": 150004,
        "cluster_size_bytes": 23063649,
        "tablespaces": [],
        "base_backup_information": {
            "backup_method": "postgres",
            "compression": None,
            "begin_time": "2026-11-26 20:12:44.5+02:00",
            "end_time": "2026-11-26 18:12:46",
            "begin_lsn": "0/3000028",
            "end_lsn": "0/4000000",
            "begin_wal": "000000010000000000000003",
            "begin_offset": 40,
            "timeline": 1,
        },
        **more,
    }


def built_on(parent: str) -> dict[str, Any]:
    return {"catalog_information": {"parent_backup_id": parent}}


def test_times_are_told_in_utc() -> None:
    """R22: whatever zone they carry, and ours where they carry none: Barman ran in it."""
    backup = BarmanBackup.parse(shown("1")).backup
    assert backup.started_at == datetime(2026, 11, 26, 18, 12, 44, 500000, UTC)
    assert backup.ended_at == datetime(2026, 11, 26, 18, 12, 46, tzinfo=UTC)


def test_a_backup_that_never_got_far_is_listed() -> None:
    """Barman says nothing of it but its name and status."""
    backup = BarmanBackup.parse({"backup_id": "1", "status": "EMPTY"}).backup
    assert backup.damage == "EMPTY"
    assert backup.started is None


def test_a_chain_is_followed_to_its_root() -> None:
    one, two, three = with_parents(
        map(
            BarmanBackup.parse,
            [shown("3", **built_on("2")), shown("1"), shown("2", **built_on("1"))],
        )
    )
    assert [one.backup.needs, two.backup.needs, three.backup.needs] == [(), ("1",), ("1", "2")]
    assert three.backup.damage is None


@pytest.mark.parametrize("between", [[], [shown("2", status="FAILED", **built_on("1"))]])
def test_a_broken_chain_is_damage(between: list[dict[str, Any]]) -> None:
    found = [shown("1"), *between, shown("3", **built_on("2"))]
    newest = with_parents(map(BarmanBackup.parse, found))[-1].backup
    assert newest.damage is not None
    assert newest.damage.startswith("it is built on 2")


def test_a_snapshot_of_disks_is_damage() -> None:
    more = {"base_backup_information": {"backup_method": "snapshot"}}
    assert "snapshot" in str(BarmanBackup.parse(shown("1", **more)).backup.damage)


def test_what_is_not_barmans_is_refused() -> None:
    answers: list[Any] = [None, [], {"backup_id": "1"}, shown("1", postgresql_version="new")]
    for answer in answers:
        with pytest.raises(RepairRepository, match="barman show-backup"):
            BarmanBackup.parse(answer)


def test_the_cluster_is_read_where_barman_does_not_say_it() -> None:
    """3.4 does not; what it says wins."""
    silent = BarmanBackup.parse(shown("1", system_id=None))
    assert of_cluster(silent, "status=DONE\nsystemid=77\n").backup.system_identifier == 77
    assert of_cluster(silent, "systemid=None\n").backup.system_identifier is None
    said = BarmanBackup.parse(shown("1"))
    assert of_cluster(said, "systemid=77\n") == said


def test_the_true_end_replaces_barmans() -> None:
    """Never a later one, and nothing when the file says none."""
    one = BarmanBackup.parse(shown("1"))
    said = b"STOP WAL LOCATION: 0/3000100 (file 000000010000000000000003)\n"
    assert ended_at(one, stop_of(said)).backup.ended == Lsn.parse("0/3000100")
    assert ended_at(one, stop_of(b"START")).backup.ended == Lsn.parse("0/4000000")
    assert ended_at(one, Lsn.parse("0/5000000")).backup.ended == Lsn.parse("0/4000000")
