"""The restore command of WAL behind a tool: what it says when something is the matter (row 3)."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from fixtures.backups.fetched_wal import FetchedWal
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.kept_wal import BROKEN
from fixtures.postgres.server import Server

HISTORY = "00000002.history"
SEGMENT = "000000010000000000000001"


@pytest.fixture
def into(run_folder: Path, binaries: Binaries, guardian: Guardian, account: Account) -> Server:
    """A copy's server, of which there is a folder and nothing else."""
    return Server(run_folder / "copy", binaries, account, guardian.client())


def status(wal: FetchedWal, name: str, to: Path) -> int:
    """As PostgreSQL's shell runs it."""
    command = wal.restore_command(0, 16 * 2**20)
    command = command.replace("%f", name).replace("%p", shlex.quote(str(to)))
    return subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.DEVNULL).returncode


def test_what_is_not_in_the_catalogue_is_missing_and_what_is_comes(
    into: Server, tmp_path: Path
) -> None:
    wal = FetchedWal("a repository", lambda: [HISTORY], 'echo 1 >"$2"', into)

    assert 0 == status(wal, HISTORY, tmp_path / "history")
    assert 1 == status(wal, SEGMENT, tmp_path / "segment")


@pytest.mark.parametrize("fetch", ["exit 1", "exit 101", "no-such-program"])
def test_what_is_in_the_catalogue_and_does_not_come_ends_recovery(
    into: Server, tmp_path: Path, fetch: str
) -> None:
    wal = FetchedWal("a repository", lambda: [HISTORY], fetch, into)

    assert BROKEN == status(wal, HISTORY, tmp_path / "history")


def test_a_catalogue_that_is_gone_ends_recovery(into: Server, tmp_path: Path) -> None:
    """It must not look empty: that would be the end of the WAL."""
    wal = FetchedWal("a repository", lambda: [HISTORY], 'echo 1 >"$2"', into)
    assert 0 == status(wal, HISTORY, tmp_path / "history")
    (into.folder / "wal" / "catalogue").unlink()

    assert BROKEN == status(wal, SEGMENT, tmp_path / "segment")


def test_a_short_segment_ends_recovery_and_is_not_left_there(into: Server, tmp_path: Path) -> None:
    wal = FetchedWal("a repository", lambda: [SEGMENT], 'echo short >"$2"', into)

    assert BROKEN == status(wal, SEGMENT, tmp_path / "segment")
    assert not (tmp_path / "segment").exists()
