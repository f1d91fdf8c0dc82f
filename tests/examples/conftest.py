"""A clone of this project as the examples expect it: with an environment, and settings files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.examples.reading import ROOT, Script

CODE = ("checks", "drills", "fixtures", "reports", "conftest.py", "pyproject.toml")
DUMP = '[dump]\nfiles = ["core.dump"]\n'


@dataclass(frozen=True)
class Clone:
    """`folder` is its top: what a job of CI finds itself in after checkout and installation."""

    folder: Path

    def add(self, name: str, settings: str = DUMP) -> None:
        """A settings file of that name, without its suffix."""
        (self.folder / "clusters" / f"{name}.toml").write_text(settings)

    def run(
        self, script: Script, environ: Mapping[str, str] | None = None, patience: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as CI does: a shell that ends at the first error, or Python."""
        strict = ["-e", "-o", "pipefail"] if script.strict else []
        shell = ["bash", *strict, "-c", script.text]
        python = [sys.executable, "-c", script.text]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PG"))}
        return subprocess.run(
            python if script.language == "python" else shell,
            cwd=self.folder,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=patience,
        )

    def runs(self) -> list[Path]:
        """The folders of evidence that drills have left."""
        return sorted(path.parent for path in self.folder.glob("evidence/*/journal.jsonl"))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """With the environment, by the names that the examples use, and without the code."""
    folder = tmp_path / "clone"
    (folder / "clusters").mkdir(parents=True)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program, options in (("python", ""), ("pytest", "-m pytest -p no:cacheprovider ")):
        (programs / program).write_text(f'#!/bin/sh\nexec {sys.executable} {options}"$@"\n')
        (programs / program).chmod(0o755)
    return Clone(folder)


@pytest.fixture
def whole_clone(clone: Clone) -> Clone:
    """With a copy of the code."""
    for name in CODE:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "local")
            shutil.copytree(ROOT / name, clone.folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, clone.folder / name)
    (clone.folder / "tests").mkdir()  # where pytest looks when it is given --reap alone
    return clone
