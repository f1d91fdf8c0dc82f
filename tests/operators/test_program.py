"""R69, R55: programs of the operator's, which may do anything, and of which no secret is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import _processes
from fixtures.claims import BadInput
from fixtures.operators.errors import CorrectTheProgram, ProgramFailed
from fixtures.operators.program import Program

Make = Callable[..., Program]
SLEEPS = (
    "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
)


def within(arrived: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it comes to that in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if arrived():
            return True
        time.sleep(0.02)  # between two looks
    return False


def lives(pid: int) -> bool:
    return _processes.start_time(pid) is not None


def test_it_finds_what_is_named_and_nothing_else(program: Make, tmp_path: Path) -> None:
    """R69: no password that lies about in the environment, and not the run's guardian either."""
    says = (
        "import json, os, pathlib; pathlib.Path('found').write_text(json.dumps(dict(os.environ)))"
    )
    program(says, environment=("AWS_*",), told={"RESTORE_DRILLS_CLUSTER": "core-prod"}).run()
    found = json.loads((tmp_path / "found").read_text())
    assert "canary-of-the-environment" not in found.values()
    assert {
        "PATH": "/usr/bin:/bin",
        "AWS_PROFILE": "closer",
        "AWS_REGION": "us-east-1",
        "RESTORE_DRILLS_CLUSTER": "core-prod",
    } == {name: value for name, value in found.items() if name != "LC_CTYPE"}


def test_the_canary_is_seen_where_it_is_named(program: Make) -> None:
    says = "import os, sys; sys.exit('DATABASE_PASSWORD' in os.environ)"
    assert 0 == program(says).ends()
    assert 1 == program(says, environment=("DATABASE_PASSWORD",)).ends()


def test_of_one_that_fails_nothing_is_told_that_it_wrote(
    program: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A password that stands alone is known to no mask, and a row to none at all."""
    said = "import sys; print('secret', file=sys.stdout); sys.exit('no: (7, hunter2) refused')"
    with pytest.raises(ProgramFailed, match=r"\[access\] remove ended with exit status 1") as met:
        program(said).run()
    assert f"run it by hand in {tmp_path} to see why, then go on" in str(met.value)
    assert "hunter2" not in str(met.value) + "".join(capfd.readouterr())
    assert [] == list(tmp_path.iterdir())


def test_what_it_writes_goes_where_nobody_else_can_read_it(program: Make, tmp_path: Path) -> None:
    output = tmp_path / "apart.log"
    program("import sys; print('one'); print('two', file=sys.stderr)", output=output).run()
    assert {"one", "two"} == set(output.read_text().split())
    assert 0o600 == output.stat().st_mode & 0o777


def test_one_that_does_not_end_is_interrupted_and_told(program: Make) -> None:
    with pytest.raises(ProgramFailed) as met:
        program("import time; time.sleep(60)", 0.5).run()
    assert (
        "[access] remove took longer than 0.5 s, was interrupted and ended with exit status -2 at "
        "SIGINT: see what it did, or raise [access] time_limit"
    ) == str(met.value)


def test_it_may_tidy_up_when_it_is_interrupted(program: Make, tmp_path: Path) -> None:
    tidies = "import time, pathlib\ntry:\n time.sleep(60)\nfinally:\n pathlib.Path('tidy').touch()"
    with pytest.raises(ProgramFailed, match="was interrupted"):
        program(tidies, 0.5).ends()
    assert (tmp_path / "tidy").exists()


def test_what_a_script_waits_for_is_interrupted_with_it(program: Make, tmp_path: Path) -> None:
    """As by Ctrl-C: a shell by itself would wait for its command, or leave it behind."""
    script = "sh -c 'echo $$ >pid; exec sleep 60'; exit 7"
    with pytest.raises(ProgramFailed, match="at SIGINT"):
        program("", 0.5, argv=("sh", "-c", script)).run()
    assert within(lambda: not lives(int((tmp_path / "pid").read_text())))


def test_one_that_leaves_a_child_behind_is_not_waited_for(program: Make) -> None:
    """It may hold the output open for as long as it likes."""
    child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(3)']"
    program(f"import subprocess; subprocess.Popen({child})", 2.0).run()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"argv": ("./not-there.sh",)}, "there is no program ./not-there.sh in /"),
        ({"argv": ("no-such-program",)}, "there is no program no-such-program on PATH"),
        ({"environment": ("NOT_SET",)}, "environment names NOT_SET, which is not set"),
        ({"folder": Path("/nonexistent")}, "/nonexistent is no folder"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_done(
    program: Make, changed: dict[str, object], said: str
) -> None:
    """And does not run where nobody asked beforehand."""
    away = program("pass", **changed)
    with pytest.raises(BadInput, match=said) as refusal:
        away.check()
    assert str(refusal.value).startswith("[access] remove: ")
    with pytest.raises(CorrectTheProgram, match=said):
        away.run()


def test_a_name_with_a_star_may_be_none(program: Make) -> None:
    program("pass", environment=("TF_VAR_*",)).check()


def test_what_is_no_program_after_all_is_told(program: Make, tmp_path: Path) -> None:
    script = tmp_path / "close.sh"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    broken = program("", argv=("./close.sh",))
    broken.check()
    with pytest.raises(ProgramFailed, match=r"\./close\.sh cannot be started: No such file"):
        broken.run()


def test_ctrl_c_interrupts_it_and_goes_on(program: Make, tmp_path: Path) -> None:
    """R69: it is no child of the terminal's, which would have told it."""
    pid = tmp_path / "pid"
    waiting = (
        "import os, pathlib, sys; from fixtures.guardian import GuardianClient\n"
        "from fixtures.operators.program import Program\n"
        f"Program(setting='one', argv=(sys.executable, '-c', {SLEEPS!r}), seconds=60, limit='one',"
        f" folder=pathlib.Path({str(tmp_path)!r}), environ={{}},"
        " launcher=GuardianClient(pathlib.Path(sys.argv[1]))).run()"
    )
    guardian_socket = str(program("").launcher.socket_path)  # type: ignore[attr-defined]
    run = subprocess.Popen(
        [sys.executable, "-c", waiting, guardian_socket], stderr=subprocess.PIPE, text=True
    )
    assert within(lambda: pid.exists() and pid.read_text() != "")
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert "KeyboardInterrupt" in told
    assert not lives(int(pid.read_text()))


def test_it_ends_when_its_run_is_killed(work_dir: Path) -> None:
    """R69, DESIGN 7: by its guardian; a plain child goes on, and would close the source."""
    pid, plain = work_dir / "pid", work_dir / "plain"
    killed = (
        "import os, pathlib, subprocess, sys; from fixtures.guardian import Guardian\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(plain)!r}).write_text(str(child.pid))\n"
        "from fixtures.operators.program import Program\n"
        f"guardian = Guardian.start(pathlib.Path({str(work_dir)!r}), leave_nothing=True)\n"
        f"Program(setting='one', argv=(sys.executable, '-c', {SLEEPS!r}), seconds=60, limit='one',"
        f" folder=pathlib.Path({str(work_dir)!r}), environ={{}},"
        " launcher=guardian.client()).run()"
    )
    run = subprocess.Popen([sys.executable, "-c", killed])
    assert within(lambda: pid.exists() and pid.read_text() != "")
    assert lives(int(pid.read_text()))
    run.kill()
    run.wait()
    try:
        assert within(lambda: not lives(int(pid.read_text())))
        assert lives(int(plain.read_text()))
    finally:
        os.kill(int(plain.read_text()), signal.SIGKILL)
