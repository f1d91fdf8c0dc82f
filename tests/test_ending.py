"""A killed pytest leaves none of the programs that its tests started by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures import _processes
from tests.rehearsal.helpers import wait_until

ROOT = Path(__file__).parents[1]
STARTS = """
import subprocess, sys, time
from tests.ending import ends_with_us
how = ends_with_us() if sys.argv[1] == "with us" else None
print(subprocess.Popen(["sleep", "1000"], preexec_fn=how).pid, flush=True)
time.sleep(1000)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")


@pytest.fixture
def left(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """Id and start time of what a process started that was killed since."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, request.param], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starting:
        assert starting.stdout is not None
        pid = int(starting.stdout.readline())
        started = _processes.start_time(pid)
        assert started is not None
        starting.kill()
    yield pid, started
    if _processes.start_time(pid) == started:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("left", ["with us"], indirect=True)
def test_it_ends_with_whoever_started_it(left: tuple[int, int]) -> None:
    pid, started = left
    wait_until(lambda: _processes.start_time(pid) != started)


@pytest.mark.parametrize("left", ["by itself"], indirect=True)
def test_without_it_it_would_live(left: tuple[int, int]) -> None:
    """So that the test above says something."""
    pid, started = left
    assert started == _processes.start_time(pid)
