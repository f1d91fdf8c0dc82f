"""Who performs a run, where, from which commit: told where it can be, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures import introduction
from fixtures.introduction import cluster_of, commit_of, job_of
from fixtures.run import _user
from fixtures.settings import load_settings
from tests.harness.fix_project import ROOT


def git(folder: Path, *command: str) -> str:
    """Git as anybody runs it, with nobody's configuration."""
    answer = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@example.org", *command],
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )
    return answer.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository that holds what looks like this harness, in one commit."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "pyproject.toml").write_text("[project]\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "First")
    return folder


def test_the_commit_of_a_checkout_is_told_and_whether_its_files_are_it(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")[:7]
    assert head == commit_of(checkout)
    (checkout / "evidence").mkdir()
    (checkout / "evidence" / "report.html").touch()
    assert head == commit_of(checkout)
    (checkout / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert f"{head} (changed)" == commit_of(checkout)
    git(checkout, "add", ".")
    assert f"{head} (changed)" == commit_of(checkout)


def test_git_runs_nothing_of_the_operators(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither monitor nor hook nor pager; and no GIT_DIR of a hook that runs us misleads it."""
    head = git(checkout, "rev-parse", "HEAD")[:7]
    trap = checkout.parent / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{trap}-sprung'\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "diff.external"):
        git(checkout, "config", name, str(trap))
    hook = checkout / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(trap)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_PAGER", str(trap))
    os.utime(checkout / "pyproject.toml", (1, 1))  # so that the index would be refreshed

    assert head == commit_of(checkout)
    assert not Path(f"{trap}-sprung").exists()


def test_no_commit_is_told_where_none_is_known(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert None is commit_of(empty)
    git(empty, "init", "-q")
    (empty / "pyproject.toml").touch()
    git(empty, "add", ".")
    assert None is commit_of(empty)  # before the first commit
    unpacked = checkout / "downloads" / "restore-drills"
    unpacked.mkdir(parents=True)
    (unpacked / "pyproject.toml").touch()
    assert None is commit_of(unpacked)  # within somebody's repository, and none of it
    monkeypatch.setenv("PATH", str(empty))
    assert None is commit_of(checkout)


def test_a_git_that_does_not_answer_is_not_waited_for(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(introduction, "GIT_PATIENCE", 0.1)
    assert None is commit_of(checkout)


GITHUB = {
    "GITHUB_SERVER_URL": "https://github.example.org",
    "GITHUB_REPOSITORY": "dba/drills",
    "GITHUB_RUN_ID": "42",
}


@pytest.mark.parametrize(
    ("environ", "job"),
    [
        ({}, None),
        (GITHUB, "https://github.example.org/dba/drills/actions/runs/42"),
        ({**GITHUB, "GITHUB_RUN_ID": ""}, None),
        (
            {"CI_JOB_URL": "https://gitlab.example.org/-/jobs/7"},
            "https://gitlab.example.org/-/jobs/7",
        ),
        ({"BUILD_URL": "http://ci:hunter2@jenkins/job/1"}, "http://ci:***@jenkins/job/1"),
    ],
)
def test_the_job_is_where_the_ci_server_shows_it(
    environ: Mapping[str, str], job: str | None
) -> None:
    assert job == job_of(environ)


OWN = '[backup]\nkind = "pgbackrest"\nstanza = "core"\nconfig = "x"\n'
DUMP = '[dump]\nfiles = ["shop.sql.gz"]\n'


@pytest.mark.parametrize(
    ("file", "text", "drills", "name"),
    [
        ("core-prod.toml", "", {"pitr"}, "core-prod"),
        ("core-prod.toml", OWN, {"physical"}, "core-prod"),
        ("drill.toml", OWN, {"physical"}, "core"),
        ("drill.toml", DUMP, {"logical"}, "shop"),
        ("drill.toml", "", {"pitr"}, "drill"),
        (None, "", {"pitr", "verify"}, "rehearsal"),
        (None, "", {"verify"}, "verify"),
        (None, "", {"plan"}, "plan"),
    ],
)
def test_a_cluster_is_called_as_its_settings_file(
    tmp_path: Path, file: str | None, text: str, drills: set[str], name: str
) -> None:
    if file is not None:
        (tmp_path / file).write_text(text)
    settings = load_settings(file, environ={}, invocation_dir=tmp_path)
    assert name == cluster_of(settings, frozenset(drills))


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a number of the cluster's choosing."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1000770000")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert f"uid-{os.getuid()}" == _user()


def test_what_a_shell_did_before_it_became_this_program_is_no_part_of_a_run() -> None:
    """``sh -c 'pip install … && pytest …'``: a run of 45 s was told as one of two minutes."""
    asks = "from fixtures.run import start_up; print(start_up())"
    script = f'sleep 5 && exec "$0" -c "{asks}"'
    answer = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert 0 < float(answer.stdout) < 5
