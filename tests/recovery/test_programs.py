"""Programs of the operator's in a recovery: they end with it, in their time, and see what is named.

One that went on after its run was killed would close a source behind the back of whoever has taken
it over meanwhile, or halt ingest that somebody has resumed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures import _processes
from tests.recovery.fix_day import within
from tests.recovery.fix_recovery import Recovery

PROGRAM = """
import json, os, pathlib, sys, time
name = pathlib.Path(__file__).parent / sys.argv[1]
name.with_suffix(".new").write_text(json.dumps([os.getpid(), dict(os.environ)]))
name.with_suffix(".new").rename(name)
print(os.environ)
while not name.with_suffix(".may-end").exists():
    time.sleep(0.05)
"""
SETTINGS = """
[ingest]
halt = [["{python}", "{program}", "halt"]]
resume = [["{python}", "{program}", "resume"]]
quiet = ["select 0"]
environment = ["TOLD_*"]
steady = "1s"

[access]
method = "command"
remove = ["{python}", "{program}", "remove"]
restore = ["{python}", "{program}", "restore"]
environment = ["TOLD_TO_ALL"]
"""
CANARY = "canary-of-the-programs"


@dataclass
class Programs:
    """A recovery whose programs go on until they may end, and say which process they are."""

    recovery: Recovery
    folder: Path

    def may_end(self, *names: str) -> None:
        for name in names:
            (self.folder / name).with_suffix(".may-end").touch()

    def found(self, name: str) -> tuple[int, dict[str, str]]:
        """Its process, and the environment that it found."""
        pid, environment = json.loads((self.folder / name).read_text())
        return pid, environment

    def killed_in(self, name: str, *options: str) -> tuple[int, dict[str, str], str]:
        """`found` of a program in which its run was killed, and what that run has printed."""
        drill = self.recovery.drill
        run = drill.start(*self.recovery.options, *options)
        try:
            there = (self.folder / name).exists
            # Two minutes: a run that begins beside others on a busy machine.
            assert within(lambda: there() or run.poll() is not None, 120.0)
            assert there(), run.communicate()[0]
            pid, environment = self.found(name)
            assert lives(pid)
        finally:
            run.kill()
            out, _ = run.communicate()
        return pid, environment, out


def lives(pid: int) -> bool:
    return _processes.start_time(pid) is not None


@pytest.fixture
def programs(recovery: Recovery, tmp_path: Path) -> Iterator[Programs]:
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(PROGRAM)
    with recovery.settings.open("a") as settings:
        settings.write(SETTINGS.format(python=sys.executable, program=program))
    recovery.drill.environ |= {"TOLD_TO_ALL": "1", "TOLD_TO_INGEST": "2", "CANARY": CANARY}
    programs = Programs(recovery, folder)
    yield programs
    for said in folder.glob("*"):
        if said.suffix == "" and lives(pid := programs.found(said.name)[0]):
            os.kill(pid, signal.SIGKILL)


def test_they_end_with_their_run_and_find_what_is_named(programs: Programs) -> None:
    """R8, R69, DESIGN 7: killed in each, and gone on with; nothing that they write is told."""
    recovery = programs.recovery
    secrets = {CANARY, recovery.drill.environ["CORE_PROD_ADMIN"]}
    del recovery.drill.environ["TOLD_TO_ALL"]
    refused = recovery.run()
    assert 4 == refused.status, refused.out
    assert "[access] remove: environment names TOLD_TO_ALL, which is not set" in refused.out
    assert not (programs.folder / "halt").exists()
    recovery.drill.environ["TOLD_TO_ALL"] = "1"
    before = recovery.drill.folders()

    halting, seen, out = programs.killed_in("halt")
    assert within(lambda: not lives(halting))
    assert not secrets & set(seen.values())
    assert {"TOLD_TO_ALL", "TOLD_TO_INGEST"} == {one for one in seen if one.startswith("TOLD")}
    (folder,) = recovery.drill.folders() - before

    programs.may_end("halt")
    removing, seen, more = programs.killed_in("remove", f"--resume={folder.name}")
    assert within(lambda: not lives(removing))
    assert not secrets & set(seen.values())
    assert {"TOLD_TO_ALL"} == {one for one in seen if one.startswith("TOLD")}
    assert folder.name == seen["RESTORE_DRILLS_RUN"]
    assert CANARY not in out + more


@pytest.mark.slow
def test_one_that_takes_too_long_is_interrupted_and_the_run_gone_on_with(
    programs: Programs,
) -> None:
    """R69: with more time, which makes no other run of it."""
    recovery = programs.recovery
    whole = recovery.settings.read_text()
    recovery.settings.write_text(whole.replace("[access]\n", '[access]\ntime_limit = "1s"\n'))
    programs.may_end("halt")

    late = recovery.run()

    assert 1 == late.status, late.out
    assert "[access] remove took longer than 1 s, was interrupted and ended with" in late.out
    assert "or raise [access] time_limit" in late.out
    assert CANARY not in late.out
    assert not lives(programs.found("remove")[0])
    recovery.settings.write_text(whole)
    programs.may_end("remove")
    result = recovery.run(f"--resume={late.folder.name}", "--unproven=warn")
    # It closes nothing, which is seen; it was run again, and ended.
    assert "took longer" not in result.out, result.out
    assert "command" == result.facts("fence")["way"]


@pytest.mark.slow
def test_a_back_out_is_refused_beforehand_and_ends_its_programs(programs: Programs) -> None:
    """R69: killed in one, tried again where a variable is not set, and done."""
    recovery = programs.recovery
    programs.may_end("halt", "remove")
    run = recovery.stop("fenced_source", "SIGKILL").folder.name

    restoring, _, _ = programs.killed_in("restore", f"--back-out={run}")
    assert within(lambda: not lives(restoring))
    programs.may_end("restore", "resume")

    del recovery.drill.environ["TOLD_TO_ALL"]
    before = recovery.fence()
    refused = recovery.command(f"--back-out={run}")
    assert 4 == refused.returncode, refused.stdout + refused.stderr
    assert "[access] restore: environment names TOLD_TO_ALL, which is not set" in refused.stderr
    assert before == recovery.fence()

    recovery.drill.environ["TOLD_TO_ALL"] = "1"
    back = recovery.command(f"--back-out={run}")
    assert 0 == back.returncode, back.stdout + back.stderr
    assert "done: [access] restore" in back.stdout
    assert "resumed: ingest, as it was before the halt" in back.stdout
    assert (-1, None) == recovery.fence()
