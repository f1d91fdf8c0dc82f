"""The segments of killed servers go, those of living ones stay."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from fixtures._shared_memory import _segments, remove_leftovers
from fixtures.postgres.server import Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="segments are listed in procfs")


def numbers_of(server: Server) -> set[int]:
    """Segments whose key is the inode of the server's data folder."""
    inode = server.data.stat().st_ino % 2**32
    return {segment.number for segment in _segments() if segment.key == inode}


def test_a_living_servers_segment_stays(server: Server) -> None:
    assert numbers_of(server)
    assert 0 == remove_leftovers(server.folder)
    assert numbers_of(server)


@pytest.mark.parametrize("lock_file", ["kept", "lost"])
def test_a_killed_servers_segment_is_removed(server: Server, lock_file: str) -> None:
    """With the postmaster.pid that names it, and without: killed while it started."""
    pid = server.pid
    assert pid is not None
    server_gone(server, pid)
    assert numbers_of(server)
    if lock_file == "lost":
        (server.data / "postmaster.pid").unlink()

    assert 1 == remove_leftovers(server.folder)

    assert set() == numbers_of(server)


def server_gone(server: Server, pid: int) -> None:
    """Kill the postmaster and wait until its last backend has let go of the segment."""
    os.kill(pid, signal.SIGKILL)
    inode = server.data.stat().st_ino % 2**32
    while any(segment.attached for segment in _segments() if segment.key == inode):
        os.sched_yield()  # backends notice within milliseconds that their postmaster is gone


def test_nothing_is_found_where_no_server_was(tmp_path: Path) -> None:
    assert 0 == remove_leftovers(tmp_path)
