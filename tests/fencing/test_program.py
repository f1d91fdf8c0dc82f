"""R69: programs of the operator's, which may do anything, and of which no secret is told."""

from __future__ import annotations

import sys

import pytest

from fixtures.claims import BadInput
from fixtures.fencing.command import ByCommand
from fixtures.fencing.program import Program, ProgramFailed

ENVIRON = {"PATH": "/usr/bin:/bin", "RESTORE_DRILLS_CLUSTER": "core-prod"}


def program(source: str, seconds: float = 30.0) -> Program:
    return Program("[access] remove", (sys.executable, "-c", source), seconds, ENVIRON)


def test_it_finds_what_it_is_about() -> None:
    program("import os; assert os.environ['RESTORE_DRILLS_CLUSTER'] == 'core-prod'").run()


def test_of_one_that_fails_nothing_is_told_that_it_wrote() -> None:
    """A password that stands alone is known to no mask, and a row to none at all."""
    said = "import sys; print('secret', file=sys.stdout); sys.exit('no: (7, hunter2) refused')"
    with pytest.raises(ProgramFailed) as failed:
        program(said).run()
    assert "[access] remove ended with 1: run it by hand to see why, then go on" == str(
        failed.value
    )


def test_one_that_does_not_end_is_ended() -> None:
    with pytest.raises(ProgramFailed, match=r"had not ended after 0.5 s"):
        program("import time; time.sleep(60)", 0.5).run()


def test_one_that_leaves_a_child_behind_is_not_waited_for() -> None:
    """It may hold the output open for as long as it likes."""
    child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(3)']"
    program(f"import subprocess; subprocess.Popen({child})", 2.0).run()


def test_one_that_is_not_there_is_refused_before_anything_is_done() -> None:
    away = Program("[access] restore", ("./not-there.sh",), 1.0, ENVIRON)
    with pytest.raises(BadInput, match=r"\[access\] restore: there is no program ./not-there.sh"):
        ByCommand(program("pass"), away).check()
    with pytest.raises(ProgramFailed, match="cannot be run"):
        away.run()


def test_both_ways_are_run() -> None:
    closing = ByCommand(program("pass"), program("raise SystemExit(3)"))
    closing.check()
    closing.close()
    with pytest.raises(ProgramFailed, match="ended with 3"):
        closing.reopen()
    assert "command" == closing.way
