"""WAL that is not what it should be, in a pgBackRest repository: recovery stops, and says so.

Row numbers are those of "Restores that succeed and are wrong". Each damage is done to a copy of the
repository from which test_pgbackrest.py recovers to the end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator

import pytest

from fixtures.backups.files import files_of
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import ChooseTimeline, RepairArchive
from fixtures.postgres.recovery import (
    Isolated,
    isolate,
    plan,
    replay,
    wait_until_promoted,
)
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.backups.fix_pgbackrest import (
    KEY,
    Cluster,
    Damaged,
    made,
    recover,
    told_of,
)
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows

pytestmark = pytest.mark.tools
LATEST = RecoveryTarget.latest()


def last_segments(damaged: Damaged, into: Server) -> list[str]:
    """The names of all that were archived since the incremental backup ended, oldest first."""
    backup = damaged.kept.backups["incremental"]
    assert backup.ended is not None
    since = backup.ended.segment_name(1)
    wal = damaged.open().wal(into, backup)
    return sorted(name for name in wal.names() if len(name) == 24 and name >= since)


def test_a_gap_is_told_before_anything_is_restored(damaged: Damaged, new_server: NewServer) -> None:
    """R63: with the segment that is missing, and how far one can go."""
    copy = new_server("copy")
    backup = damaged.kept.backups["full"]
    missing = last_segments(damaged, copy)[0]
    damaged.segment(missing).unlink()
    wal = damaged.open().wal(copy, backup)
    with pytest.raises(RepairArchive, match=f"has a gap: {missing} is missing"):
        plan(told_of(backup, copy), wal, LATEST)
    assert plan(told_of(backup, copy), wal, RecoveryTarget.immediate()) is not None


def cut(damaged: Damaged, name: str) -> None:
    os.truncate(damaged.segment(name), 100)


def alter(damaged: Damaged, name: str) -> None:
    """A byte within the first records: compressed, and of its size."""

    def change(content: bytearray) -> None:
        content[200] ^= 1

    damaged.rewrite(name, change, honest=False)


def shorten(damaged: Damaged, name: str) -> None:
    """Half of it, under a name that says so."""

    def change(content: bytearray) -> None:
        del content[len(content) // 2 :]

    damaged.rewrite(name, change, honest=True)


def replace_with_another_clusters(damaged: Damaged, name: str) -> None:
    """Row 27: the checksum fits, only the system identifier does not."""

    def change(content: bytearray) -> None:
        (identifier,) = struct.unpack_from("=Q", content, 24)
        struct.pack_into("=Q", content, 24, identifier + 1)

    damaged.rewrite(name, change, honest=True)


def lock(damaged: Damaged, name: str) -> None:
    damaged.segment(name).chmod(0)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(cut, "could not be fetched", id="truncated in the repository"),
        pytest.param(alter, "its checksum differs", id="a byte altered"),
        pytest.param(lock, "could not be fetched", id="unreadable"),
        pytest.param(replace_with_another_clusters, "its checksum differs", id="another one now"),
    ],
)
def test_a_segment_that_is_damaged_meanwhile_ends_recovery(
    damaged: Damaged, new_server: NewServer, damage: Callable[[Damaged, str], None], words: str
) -> None:
    """Row 3: half-way, when everything is in place; the copy is never promoted."""
    copy = new_server("copy")
    ready = restored(damaged, copy)
    damage(damaged, last_segments(damaged, copy)[-1])
    assert_that_it_ends(ready, copy, words)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(shorten, "not a whole segment", id="half of it"),
        pytest.param(replace_with_another_clusters, "by another cluster", id="another cluster's"),
    ],
)
def test_a_segment_that_was_archived_wrong_ends_recovery(
    damaged: Damaged, new_server: NewServer, damage: Callable[[Damaged, str], None], words: str
) -> None:
    """R63, row 27: all that pgBackRest knows of it is right."""
    copy = new_server("copy")
    damage(damaged, last_segments(damaged, copy)[-1])
    ready = restored(damaged, copy)
    assert_that_it_ends(ready, copy, words)


def restored(damaged: Damaged, copy: Server) -> Isolated:
    """The incremental backup, about to be recovered to the end of the WAL."""
    repository, backup = damaged.open(), damaged.kept.backups["incremental"]
    wal = repository.wal(copy, backup)
    repository.restore(backup, copy, timeout=120)
    files = files_of(copy, backup)
    return isolate(files, wal, plan(files, wal, LATEST), LATEST, copy)


def assert_that_it_ends(ready: Isolated, copy: Server, words: str) -> None:
    with pytest.raises(RepairArchive, match="from archive"):
        replay(ready, copy, timeout=120)
    assert not copy.running
    log = copy.log.read_text()
    assert words in log
    assert "FATAL" in log
    assert "selected new timeline" not in log


@pytest.fixture(scope="module")
def twice(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[Cluster]:
    """One stanza, as after an upgrade: rows 1 and 2 of one cluster, 7 and 8 of the next."""
    with made("twice", guardian, binaries, account) as cluster:
        cluster.commit(1)
        cluster.take("full")
        cluster.commit(2)
        cluster.maker.flush()
        first = cluster.server
        first.stop()
        cluster.server = Server(
            cluster.folder / "second",
            binaries,
            account,
            guardian.client(),
            settings=first.settings,
        )
        cluster.server.initialise()
        cluster.server.start()
        cluster.maker.upgrade(cluster.server)
        with cluster.server.connect() as connection:
            connection.execute("create table ledger (row int primary key)")
        cluster.commit(7)
        cluster.take("full")
        cluster.commit(8)
        cluster.maker.flush()
        yield cluster


def test_a_stanza_that_went_on_to_another_cluster_keeps_them_apart(
    twice: Cluster, new_server: NewServer
) -> None:
    """Names of segments are the same; WAL of the right one is fetched, by the backup's own id."""
    repository = twice.maker.repository()
    old, new = repository.backups()
    assert old.system_identifier != new.system_identifier
    copies = new_server("old"), new_server("new")
    assert "15-1" in str(repository.wal(copies[0], old))
    assert "15-2" in str(repository.wal(copies[1], new))
    recover(repository, old, LATEST, copies[0])
    recover(repository, new, LATEST, copies[1])
    assert ([1, 2], [7, 8]) == tuple(map(rows, copies))


@pytest.fixture
def branched(
    pgbackrest: None, guardian: Guardian, binaries: Binaries, account: Account
) -> Iterator[Cluster]:
    """Rows 1 and 2, a full backup between them; then a promotion, and row 3. Encrypted."""
    with made("branch", guardian, binaries, account, cipher=KEY) as cluster:
        cluster.commit(1)
        cluster.take("full")
        cluster.commit(2)
        source = cluster.server
        source.stop()
        (source.data / "recovery.signal").touch(mode=0o600)
        source.account.own(source.data / "recovery.signal")
        source.configure(restore_command="exit 1", recovery_target_timeline="current")
        source.start()
        wait_until_promoted(source, timeout=60)
        cluster.commit(3)
        cluster.maker.flush()
        yield cluster


def test_a_branch_is_followed_by_its_history(branched: Cluster, new_server: NewServer) -> None:
    """R65: the history is asked for before there are files, from a repository that is encrypted."""
    copy = new_server("copy")
    repository = branched.maker.repository()
    (backup,) = repository.backups()
    wal = repository.wal(copy, backup)
    assert [2] == list(wal.histories())
    with pytest.raises(ChooseTimeline):
        plan(told_of(backup, copy), wal, LATEST)
    chain = plan(told_of(backup, copy), wal, LATEST, timeline=2)
    repository.restore(backup, copy, timeout=120)
    files = files_of(copy, backup)
    reached = replay(isolate(files, wal, chain, LATEST, copy), copy, timeout=120)
    assert [1, 2, 3] == rows(copy)
    assert 3 == reached.timeline
