"""``kill -9`` of pytest, wherever it stands: ten seconds later no process of that run lives."""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daily import daily
from tests.drills.fix_drill import Drill
from tests.harness.fix_project import Project

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="finds processes through procfs"
)


def processes(*marks: str) -> dict[int, str]:
    """Living processes whose command line or environment holds one of the marks."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            text = command + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if state != "Z" and any(mark.encode() in text for mark in marks):
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def in_base_backup(drill: Drill) -> bool:
    """A base backup is being taken."""
    return any("pg_basebackup" in command for command in processes(str(drill.work)).values())


def at(event: str, name: str) -> Callable[[Drill], bool]:
    """The journal tells of that step."""

    def reached(drill: Drill) -> bool:
        journals = [file.read_text() for file in drill.evidence.rglob("journal.jsonl")]
        lines = [line for journal in journals for line in journal.splitlines(keepends=True)]
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return any(e["event"] == event and e.get("name") == name for e in events)

    return reached


MOMENTS = {
    "base backup": in_base_backup,
    "restore": at("step_started", "restored_cluster"),
    "proofs": at("step_finished", "writable_copy"),
    "adoption": at("step_started", "adopted_state"),
}


@pytest.mark.parametrize(
    "how",
    [pytest.param((), id="alone"), pytest.param(("-n2",), id="-n2", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("moment", daily(MOMENTS, "restore", "adoption"))
def test_a_killed_run_leaves_no_process_and_the_next_start_removes_its_folders(
    drill: Drill, project: Project, moment: str, how: tuple[str, ...]
) -> None:
    drill.environ["DRILL_TEST_MARK"] = mark = f"mark-{secrets.token_hex(8)}"
    running = drill.start(*how)
    deadline = time.monotonic() + 120
    while not MOMENTS[moment](drill):
        assert running.poll() is None, running.communicate()[0]
        assert time.monotonic() < deadline, f"{moment} was never reached"
        time.sleep(0.01)  # between two looks: a base backup takes a tenth of a second

    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    deadline = time.monotonic() + 10
    while left := processes(mark, str(drill.work)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)  # the guardian is ending them
    (folder,) = drill.work.glob("pgd-*")

    project.drill()
    result = project.run_bare(f"--work-dir={drill.work}", "drills/sample")

    assert 0 == result.status
    assert f"removed: {folder}" in result.out
    assert not folder.exists()
