"""A copy that is kept is started by hand one day, and must not wake up as its source."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fixtures.postgres.left_behind import leave_isolated
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.fix_postgres import NewServer
from tests.postgres.conftest import Story

ISOLATED = {
    "archive_mode": "off",
    "max_logical_replication_workers": "0",
    "listen_addresses": "",
}


def options(copy: Server) -> dict[str, Any]:
    """How an operator's shell runs a program as the servers' account."""
    return {
        "cwd": copy.folder,
        "env": copy.account.environment(copy.folder),
        "stdin": subprocess.DEVNULL,
        "check": True,
        **copy.account.popen_options(),
    }


def would_run_with(copy: Server, folder: Path, name: str) -> str:
    """A setting as the server would have it, which is not started for that."""
    command = [copy.binaries.program("postgres"), "-D", folder, "-C", name]
    shown = subprocess.run(command, **options(copy), capture_output=True, text=True)
    return str(shown.stdout).strip()


@contextmanager
def started_by_hand(copy: Server, folder: Path) -> Iterator[None]:
    """With nothing on the command line."""
    command = [copy.binaries.program("pg_ctl"), "-D", folder, "-w"]
    silent = {**options(copy), "stdout": subprocess.DEVNULL}
    subprocess.run([*command, "-l", copy.folder / "by hand", "start"], **silent)
    try:
        yield
    finally:
        subprocess.run([*command, "-m", "immediate", "stop"], **silent)


@pytest.mark.parametrize("by", ["folder", "data"])
def test_a_copy_that_was_kept_starts_isolated(story: Story, new_server: NewServer, by: str) -> None:
    """R64: by its folder, and by its data folder; in which the source's own settings still are."""
    copy = new_server("copy")
    recover(story.backup, story.archive, RecoveryTarget.latest(), copy)
    copy.stop()
    assert "on" == would_run_with(copy, copy.data, "archive_mode"), "it would archive by hand"

    command = leave_isolated(copy)

    with started_by_hand(copy, getattr(copy, by)), copy.connect() as connection:
        found = connection.execute(
            "select name, setting from pg_settings where name = any(%s)", [list(ISOLATED)]
        ).fetchall()
    assert ISOLATED == dict(found)
    assert f"pg_ctl -D {copy.folder} start, as {copy.account.name}" == command


def test_before_there_are_files_nothing_is_left(new_server: NewServer) -> None:
    assert leave_isolated(new_server("copy")) is None
