"""`python -m fixtures.settings`, as a script calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.settings.helpers import BACKUP, SOURCE

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = "examples/clusters/core-prod.toml"


def run(*arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fixtures.settings", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_valid_file_is_said_to_be_valid_with_its_scope() -> None:
    done = run("check", EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [f"{EXAMPLE}: valid", "cloud: aws", "in scope:"]
    assert "out of scope by configuration:" in lines
    assert "  [proof] baseline: comparison with a recorded one" in lines


def test_a_bad_file_exits_4_with_its_lines_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[proof]\nmust_have_table = []\n[sauce]\n")
    done = run("check", "a.toml", cwd=tmp_path)
    expected = (
        "a.toml: [proof] must_have_table: unknown key; did you mean must_have_tables?\n"
        "a.toml: [sauce]: unknown table; did you mean [source]?\n"
    )
    assert (4, "", expected) == (done.returncode, done.stdout, done.stderr)


def test_one_bad_file_among_good_ones_is_enough(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(BACKUP)
    done = run("check", "good.toml", "missing.toml", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stdout.startswith("good.toml: valid\ncloud: self-managed\n")
    expected = f"missing.toml: no such file; name an existing one, relative to {tmp_path}\n"
    assert expected == done.stderr


def test_a_password_is_warned_about_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f'{SOURCE}login = "postgresql://u:canary@h/d"')
    done = run("check", "a.toml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.startswith("a.toml: warning: [source] login: holds a password;")
    assert "canary" not in done.stdout + done.stderr


def test_the_page_is_printed() -> None:
    done = run("docs")
    assert (done.returncode, done.stderr) == (0, "")
    assert (REPOSITORY / "docs" / "settings.md").read_text() == done.stdout


def test_a_bad_command_line_exits_4() -> None:
    assert run("chekc").returncode == 4
