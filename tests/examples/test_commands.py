"""Every command in the examples is one that this project has, with options that it has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.examples.conftest import Clone
from tests.examples.reading import every_script

SETTINGS = "clusters/core.toml"
# What shells put in the place of these, when they run the commands.
VALUES = {
    "clusters/$CLUSTER.toml": SETTINGS,
    "$file": SETTINGS,
    "$1": SETTINGS,
    "/var/lib/restore-drills": "kept",
    "/work": "kept",
}


def _meant(word: str) -> str:
    for written, meant in VALUES.items():
        word = word.replace(written, meant)
    return word


def commands(program: str) -> dict[str, list[str]]:
    """The distinct command lines of a program, each with the first place that has it."""
    found: dict[tuple[str, ...], str] = {}
    for script in every_script():
        for words in script.commands(program):
            found.setdefault(tuple(map(_meant, words[1:])), script.place)
    return {place: list(words) for words, place in found.items()}


PYTEST = commands("pytest")
PYTHON = {place: words for place, words in commands("python").items() if words[0] == "-m"}


@pytest.fixture
def folder(whole_clone: Clone) -> Path:
    """A clone in which the commands' relative paths mean something."""
    whole_clone.add("core")
    for name in ("evidence", "fleet", "kept/evidence"):
        (whole_clone.folder / name).mkdir(parents=True)
    return whole_clone.folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_there_are_commands_of_every_kind() -> None:
    """The table is not empty because the reading broke."""
    flat = [" ".join(words) for words in PYTEST.values()]

    assert any("--negative-control" in line for line in flat)
    assert any("--reap" in line for line in flat)
    assert any(line.startswith(f"drills --drill-config={SETTINGS}") for line in flat)
    assert {"reports"} == {words[1] for words in PYTHON.values()}


def refusal(words: Iterable[str], folder: Path) -> str:
    """What pytest says of a command line, nothing where it takes it; it only collects."""
    done = run(folder, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", *words)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_pytest_has_every_option(folder: Path) -> None:
    """All of them in one command line, which takes a second. `--reap` is performed elsewhere."""
    every = dict.fromkeys(word for words in PYTEST.values() for word in words)
    named = [word for word in every if word.startswith("drills")]
    assert ["drills", "drills/readiness"] == sorted(named)

    assert "" == refusal((word for word in every if word != "--reap"), folder)


def test_an_option_that_does_not_exist_is_refused(folder: Path) -> None:
    assert "--retry-until-green" in refusal(["drills", "--retry-until-green"], folder)


@pytest.mark.parametrize("words", PYTHON.values(), ids=PYTHON.keys())
def test_reports_has_the_commands(words: list[str], folder: Path) -> None:
    """There is no evidence yet: red, because a cluster is expected, and not refused (4)."""
    done = run(folder, *words)

    assert 1 == done.returncode, done.stdout + done.stderr
    assert "core" in done.stdout
