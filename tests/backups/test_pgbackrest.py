"""A pgBackRest repository, listed, restored and recovered from with the real tool.

The cluster's rows are 1 to 6, a commit each; the full backup holds 1 and 2, the differential one 1
to 4, the incremental one 1 to 5. Which rows came back names the point that was reached.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.backups.errors import ChooseAnotherName
from fixtures.postgres.errors import ChooseAnotherFolder
from fixtures.postgres.target import RecoveryTarget
from tests.backups.fix_pgbackrest import Kept, recover, tree
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows

pytestmark = pytest.mark.tools
MOMENT = timedelta(microseconds=1)


def test_every_backup_is_listed_with_what_it_is(kept: Kept) -> None:
    """R62: as pgBackRest's own info has it."""
    backups = kept.repository.backups()
    full, differential, incremental = backups
    assert ["full", "differential", "incremental"] == [backup.kind for backup in backups]
    assert list(kept.backups.values()) == backups
    assert ((), (full.name,)) == (full.needs, differential.needs)
    assert (full.name, differential.name) == incremental.needs[:2]
    with kept.cluster.server.connect() as connection:
        (identifier,) = connection.execute(
            "select system_identifier from pg_control_system()"
        ).fetchone() or (0,)
    version = kept.cluster.server.binaries.version
    for backup in backups:
        assert (identifier, version.major, 1) == (
            backup.system_identifier,
            backup.major,
            backup.timeline,
        )
        assert backup.started is not None
        assert backup.ended is not None
        assert backup.started < backup.ended
        assert backup.started_at is not None
        assert backup.ended_at is not None
        assert backup.started_at <= backup.ended_at
        assert backup.size is not None
        assert backup.size > 10 * 2**20
        assert backup.damage is None
    assert full.ended_at is not None
    assert full.ended_at < kept.commits[3].at
    for earlier, later in itertools.pairwise(backups):
        assert earlier.ended is not None
        assert later.started is not None
        assert earlier.ended < later.started


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        pytest.param(lambda k: RecoveryTarget.time(k.commits[3].at), [1, 2, 3], id="time"),
        pytest.param(
            lambda k: RecoveryTarget.time(k.commits[4].at - MOMENT), [1, 2, 3], id="between commits"
        ),
        pytest.param(lambda k: RecoveryTarget.xid(k.commits[4].xid), [1, 2, 3, 4], id="xid"),
        pytest.param(lambda k: RecoveryTarget.lsn(k.commits[5].lsn), [1, 2, 3, 4, 5], id="lsn"),
        pytest.param(lambda k: RecoveryTarget.name("noon"), [1, 2, 3], id="name"),
        pytest.param(lambda k: RecoveryTarget.immediate(), [1, 2], id="immediate"),
        pytest.param(lambda k: RecoveryTarget.latest(), [1, 2, 3, 4, 5, 6], id="latest"),
    ],
)
def test_recovery_reaches_its_target(
    kept: Kept, new_server: NewServer, choose: Callable[[Kept], RecoveryTarget], expected: list[int]
) -> None:
    """R65: from the full backup, through the differential and the incremental one's WAL."""
    copy = new_server("copy")
    reached = recover(kept.repository, kept.backups["full"], choose(kept), copy)
    assert expected == rows(copy)
    assert 2 == reached.timeline
    with copy.connect() as connection:
        connection.execute("insert into ledger values (99)")


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("differential", RecoveryTarget.immediate(), [1, 2, 3, 4]),
        ("incremental", RecoveryTarget.immediate(), [1, 2, 3, 4, 5]),
        ("incremental", RecoveryTarget.latest(), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_backup_built_on_others_restores_with_them(
    kept: Kept, new_server: NewServer, name: str, target: RecoveryTarget, expected: list[int]
) -> None:
    copy = new_server("copy")
    recover(kept.repository, kept.backups[name], target, copy)
    assert expected == rows(copy)


def test_an_encrypted_repository_restores(encrypted: Kept, new_server: NewServer) -> None:
    """With the key in the configuration; compressed with lz4, its files in bundles."""
    copy = new_server("copy")
    recover(encrypted.repository, encrypted.backups["full"], RecoveryTarget.latest(), copy)
    assert [1, 2] == rows(copy)


def test_a_restore_brings_files_and_leaves_nothing_of_a_recovery(
    kept: Kept, new_server: NewServer
) -> None:
    """R64: no signal, no restore_command, no target; but the label, and what ALTER SYSTEM set."""
    copy = new_server("copy")
    kept.repository.restore(kept.backups["incremental"], copy, timeout=120)
    left = {path.name for path in copy.data.iterdir()}
    assert "backup_label" in left
    assert not {"recovery.signal", "standby.signal", "backup.manifest", "backup_manifest"} & left
    lines = (copy.data / "postgresql.auto.conf").read_text().splitlines()
    in_force = [line for line in lines if line.strip() and not line.startswith("#")]
    assert ["work_mem = '8MB'"] == in_force
    assert not copy.running


def test_a_drill_changes_nothing_in_the_repository(kept: Kept, new_server: NewServer) -> None:
    """R64: listed, verified, restored, recovered; every size, time and mode is as before."""
    before = tree(kept.repo)
    backup = kept.repository.backups()[-1]
    kept.repository.verify(backup)
    recover(kept.repository, backup, RecoveryTarget.latest(), new_server("copy"))
    assert before == tree(kept.repo)


def test_pgbackrests_own_verification_is_recorded(kept: Kept) -> None:
    backup = kept.backups["incremental"]
    verdict = kept.repository.verify(backup)
    assert verdict.sound is True
    assert "pgbackrest --stanza=core --repo=1 verify --output=text --verbose" == verdict.command
    assert any(f"backup: {backup.name}, status: valid" in line for line in verdict.said)


def test_a_folder_in_use_is_refused(kept: Kept, new_server: NewServer) -> None:
    copy = new_server("copy")
    copy.create_folders()
    copy.data.mkdir()
    with pytest.raises(ChooseAnotherFolder, match="exists"):
        kept.repository.restore(kept.backups["full"], copy, timeout=120)


def test_a_backup_that_is_not_there_is_refused(kept: Kept) -> None:
    with pytest.raises(ChooseAnotherName, match="has no backup 20010101-000000F"):
        kept.repository.verify(replace(kept.backups["full"], name="20010101-000000F"))
