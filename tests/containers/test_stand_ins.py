"""A stand-in does what the program would have done, had it been run here."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from fixtures.containers._stand_in import GONE
from fixtures.guardian import Guardian
from fixtures.postgres.launcher import wait_for_exit
from tests.containers.conftest import Tools

pytestmark = pytest.mark.container


@pytest.mark.parametrize("status", [0, 1, 3, 127, 200, 255])
def test_the_exit_status_is_the_programs(tools: Tools, status: int) -> None:
    assert status == tools.run(f"exit {status}").returncode


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGQUIT, signal.SIGSEGV, signal.SIGTERM])
def test_a_program_that_a_signal_ended_looks_like_one(tools: Tools, signum: int) -> None:
    """And leaves no core file of the stand-in."""
    assert -signum == tools.run(f"kill -{int(signum)} $$").returncode
    assert [] == list(tools.shared.glob("core*"))


def test_output_and_errors_arrive_apart_and_whole(tools: Tools) -> None:
    ran = tools.run("echo one; echo two >&2; printf three")

    assert (b"one\nthree", b"two\n", 0) == (ran.stdout, ran.stderr, ran.returncode)


def test_output_and_errors_of_one_pipe_keep_their_order(tools: Tools) -> None:
    """As with 2>&1, though Docker carries two streams."""
    script = "n=0; while [ $n -lt 300 ]; do echo o$n; echo e$n >&2; n=$((n+1)); done"
    ran = tools.run(script, stderr=subprocess.STDOUT)

    assert [f"{side}{n}" for n in range(300) for side in "oe"] == ran.stdout.decode().split()


def test_much_input_comes_back_as_it_went_in(tools: Tools) -> None:
    """More than any buffer on the way, in both directions at once."""
    content = random.Random(11).randbytes(20 * 2**20)  # noqa: S311 - any bytes will do

    ran = tools.run("cat", input=content)

    assert 0 == ran.returncode
    assert content == ran.stdout


def test_input_from_a_file_and_no_input_end_by_themselves(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("row\n")
    with (tmp_path / "script").open() as script:
        assert b"row\n" == tools.run("cat", stdin=script).stdout
    assert b"" == tools.run("cat").stdout


def test_the_environment_is_the_callers_and_no_other(tools: Tools) -> None:
    """Values with blanks, quotes and newlines; nothing of the image's and of Docker's own."""
    given = {
        "PATH": os.defpath,
        "PLAIN": "a",
        "EMPTY": "",
        "BLANKS": " two  words ",
        "LINES": "first\nsecond='quoted' \"$HOME\" \\n",
        "UMLAUT": "Gerät",
    }
    ran = tools.run("env -0", env=given)

    seen = dict(entry.split("=", 1) for entry in ran.stdout.decode().split("\0") if entry)
    # What the shell of the image sets for itself, and the home that runc gives who has none.
    for name in ("PWD", "OLDPWD", "SHLVL", "_", "HOME"):
        seen.pop(name, None)
    assert given == seen


def test_words_are_never_taken_apart(tools: Tools) -> None:
    words = ["a b", "", "it's", "$HOME", "*", "line\nline", "-n", "\\"]

    ran = tools.run('for word in "$@"; do printf "%s\\0" "$word"; done', *words)

    assert words == ran.stdout.decode().split("\0")[:-1]


def test_folder_umask_and_account_are_the_callers(tools: Tools) -> None:
    inner = tools.shared / "inner"
    inner.mkdir()
    tools.account.own(inner)

    ran = tools.run("pwd; umask; id -u; id -g; touch made", cwd=inner, umask=0o027)
    root = tools.run("id -u", as_account=False)

    expected = f"{inner}\n0027\n{tools.account.uid}\n{tools.account.gid}\n"
    assert expected == ran.stdout.decode()
    assert 0o640 == (inner / "made").stat().st_mode & 0o777
    assert str(os.geteuid()) == root.stdout.decode().strip()


@pytest.mark.parametrize("folder", ["/", "/etc", Path(__file__).parent])
def test_a_folder_that_is_not_the_same_inside_is_not_entered(tools: Tools, folder: Path) -> None:
    """Nor is the image's own of that name: a relative path would mean another file."""
    ran = tools.run("pwd; test -e passwd", cwd=folder, as_account=False)

    assert (b"/\n", 1) == (ran.stdout, ran.returncode)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP])
def test_signals_reach_the_program_inside(tools: Tools, signum: signal.Signals) -> None:
    name = signum.name.removeprefix("SIG")
    script = f'trap "echo got {name}; exit 7" {name}; echo up; while :; do sleep 0.05; done'
    with tools.popen(script, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"up\n" == process.stdout.readline()
        process.send_signal(signum)
        assert f"got {name}\n".encode() == process.stdout.readline()
        assert 7 == process.wait(20)


def test_a_stand_in_that_is_killed_takes_its_program_along(tools: Tools) -> None:
    """SIGKILL cannot be passed on by who gets it: the broker sees it go."""
    lock = tools.shared / "held"
    lock.touch()
    lock.chmod(0o666)
    with tools.popen('exec 8>>"$1"; flock 8; echo up; exec sleep 100', str(lock), stdout=-1) as one:
        assert one.stdout is not None
        assert b"up\n" == one.stdout.readline()
        with lock.open() as held, pytest.raises(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        one.kill()
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # waits for the program's end


def test_a_program_whose_reader_has_gone_gets_sigpipe(tools: Tools) -> None:
    """`fixtures.rehearsal.dump_player` reads as much of a dump as it needs, and no more."""
    with tools.popen("while :; do echo line; done", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"line\n" == process.stdout.readline()
        process.stdout.close()
        assert -signal.SIGPIPE == process.wait(20)


def test_a_log_is_written_by_the_program_itself(tools: Tools, guardian: Guardian) -> None:
    """What the guardian appends to, and made as root: written inside, behind what is there."""
    log = tools.shared / "log"
    log.write_text("before\n")
    client = guardian.client()
    process = client.launch(
        tools.command("readlink /proc/$$/fd/1 /proc/$$/fd/2; echo o; echo e >&2"),
        cwd=tools.shared,
        env={"PATH": os.defpath},
        log=log,
        account=tools.account,
    )

    assert 0 == wait_for_exit(client, process, 20)
    assert f"before\n{log}\n{log}\no\ne\n" == log.read_text()


def test_a_stranger_runs_nothing(tools: Tools) -> None:
    """The kernel says who calls; the folder itself is open to all."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    marker = tools.shared / "strange"
    ran = tools.run('touch "$1"', str(marker), as_account=False, user=54321, cwd="/")

    assert GONE == ran.returncode
    assert not marker.exists()


def test_many_at_once_do_not_mix(tools: Tools) -> None:
    running = [tools.popen('echo "$1"; exit "$1"', str(n), stdout=-1) for n in range(12)]
    for number, process in enumerate(running):
        out, _ = process.communicate(timeout=60)
        assert (f"{number}\n".encode(), number) == (out, process.returncode)


def test_ids_are_noted_while_a_program_runs_and_no_longer(tools: Tools) -> None:
    """`postmaster.pid` holds the id inside (fixtures.postgres.stand_in)."""
    with tools.popen("echo $$; read -r line", stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        own = process.stdout.readline()
        noted = [path.read_bytes() for path in (tools.folder / "ids").glob(f"{process.pid}-*")]
        process.communicate(b"go\n", timeout=20)
    assert [own] == noted
    deadline = time.monotonic() + 10
    while list((tools.folder / "ids").glob(f"{process.pid}-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # the broker takes it away
