"""A base backup, the facts beside it, and how damage to either is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.postgres.backup import BaseBackup, sidecar_of
from fixtures.postgres.errors import (
    ChooseAnotherFolder,
    MoveTablespaces,
    ReadServerLog,
    RepairBackup,
)
from fixtures.postgres.server import Server
from tests.fix_postgres import NewServer
from tests.postgres.conftest import NewSource, Story


@pytest.fixture
def damaged(story: Story, run_folder: Path) -> BaseBackup:
    """A copy of the story's base backup, yet to be damaged."""
    folder = run_folder / "base"
    subprocess.run(["cp", "-a", story.backup.folder, folder], check=True, cwd=run_folder)
    sidecar_of(folder).write_bytes(story.backup.sidecar.read_bytes())
    return BaseBackup.load(folder)


def test_a_backup_knows_when_it_ended_and_of_which_cluster_it_is(story: Story) -> None:
    """R62: by the server's own clock and snapshot, not ours."""
    backup, commits = story.backup, story.commits
    assert commits[2].lsn <= backup.started < backup.ended <= commits[3].lsn
    assert commits[2].at < backup.ended_at < commits[3].at
    assert commits[2].xid < backup.snapshot_xmax <= commits[3].xid
    with story.source.server.connect() as connection:
        identifier = connection.execute("select system_identifier from pg_control_system()")
        assert identifier.fetchone() == (backup.system_identifier,)
    assert backup.timeline == 1
    assert backup.version == story.source.server.binaries.version


def test_a_backup_is_loaded_as_it_was_taken(story: Story) -> None:
    assert BaseBackup.load(story.backup.folder) == story.backup
    assert story.backup.sidecar.parent == story.backup.folder.parent


def test_a_transaction_that_runs_when_the_backup_ends_is_remembered(new_source: NewSource) -> None:
    source = new_source("a")
    with source.server.connect(autocommit=False) as running:
        (xid,) = running.execute("select pg_current_xact_id()::text::bigint").fetchone() or (0,)
        source.commit(1)
        backup = source.backup("base")
    assert backup.running_xids == (xid,)
    assert xid < backup.snapshot_xmax


def test_a_sound_backup_verifies(story: Story, new_server: NewServer) -> None:
    """R62, R3: against its manifest, its WAL included."""
    story.backup.verify(new_server("other"))


def one_byte_flipped(folder: Path) -> None:
    path = folder / "global/pg_filenode.map"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(one_byte_flipped, "checksum mismatch", id="one byte"),
        pytest.param(lambda at: (at / "PG_VERSION").unlink(), "PG_VERSION", id="a file gone"),
        pytest.param(lambda at: (at / "base/extra").touch(), "extra", id="a file too many"),
        pytest.param(
            lambda at: (at / "backup_manifest").unlink(), "backup_manifest", id="no manifest"
        ),
        pytest.param(
            lambda at: next((at / "pg_wal").glob("0*")).unlink(), "does not match", id="no WAL"
        ),
        pytest.param(
            lambda at: (at / "backup_label").unlink(), "no readable backup_label", id="no label"
        ),
    ],
)
def test_a_damaged_backup_does_not_verify(
    damaged: BaseBackup, damage: Callable[[Path], None], words: str, new_server: NewServer
) -> None:
    """R62: with what differs in the message."""
    damage(damaged.folder)
    with pytest.raises(RepairBackup, match=words):
        damaged.verify(new_server("other"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda at: sidecar_of(at).unlink(), "when the backup ended", id="no sidecar"),
        pytest.param(lambda at: sidecar_of(at).write_text("{"), "ValueError|JSON", id="torn"),
        pytest.param(
            lambda at: sidecar_of(at).write_text(json.dumps({"format": 1})), "KeyError", id="empty"
        ),
        pytest.param(
            lambda at: sidecar_of(at).write_text(json.dumps({"format": 9})), "format 9", id="newer"
        ),
        pytest.param(
            lambda at: (at / "backup_label").unlink(), "no readable backup_label", id="no label"
        ),
        pytest.param(lambda at: (at / "backup_label").write_text("x"), "damaged", id="odd label"),
        pytest.param(
            lambda at: (at / "backup_label").write_text(
                "START WAL LOCATION: 0/1000028 (file 000000010000000000000001)\nSTART TIMELINE: 1\n"
            ),
            "another backup",
            id="another's label",
        ),
    ],
)
def test_a_backup_without_its_facts_is_not_loaded(
    damaged: BaseBackup, damage: Callable[[Path], None], words: str
) -> None:
    damage(damaged.folder)
    with pytest.raises(RepairBackup, match=words):
        BaseBackup.load(damaged.folder)


def test_a_damaged_control_file_is_told(damaged: BaseBackup, new_server: NewServer) -> None:
    control = damaged.folder / "global/pg_control"
    control.write_bytes(control.read_bytes()[:40] + bytes(8192 - 40))
    with pytest.raises(RepairBackup, match="pg_control"):
        damaged.control_file(new_server("other"))


def test_files_of_another_cluster_in_its_place_are_told(
    story: Story, new_server: NewServer
) -> None:
    """Row 26: the sidecar of one, the files of the other."""
    other = replace(story.backup, system_identifier=story.backup.system_identifier + 1)
    with pytest.raises(RepairBackup, match="the folder was replaced"):
        other.control_file(new_server("other"))


def test_a_backup_never_overwrites_another(story: Story) -> None:
    with pytest.raises(ChooseAnotherFolder, match="in use already"):
        story.source.backup(story.backup.folder.name)


def test_a_failing_backup_tells_what_pg_basebackup_said(server: Server, run_folder: Path) -> None:
    server.stop()
    server.configure(wal_level="minimal", max_wal_senders="0")
    server.start()
    with pytest.raises(ReadServerLog, match="pg_basebackup failed"):
        BaseBackup.take(server, run_folder / "base")
    assert not sidecar_of(run_folder / "base").exists()


def test_tablespaces_are_refused(server: Server, run_folder: Path) -> None:
    """A copy of the data folder would share them with its source, and write there."""
    place = run_folder / "elsewhere"
    place.mkdir()
    server.account.own(place)
    with server.connect() as connection:
        connection.execute(f"create tablespace side location '{place}'")
    with pytest.raises(MoveTablespaces, match=r"\(side\)"):
        BaseBackup.take(server, run_folder / "base")
