"""A small project with drills of its own, run by a pytest of its own.

``project`` writes drills whose steps and proofs only note that they ran; what is under test is the
harness around them, in all of its parts: options, guardian, journal, verdict, exit status.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

CONFTEST = """
import os, pathlib, pytest
from fixtures.claims import BadInput, Outcome, Withheld, refuse
from fixtures.procedure import Procedure

procedure = Procedure("{name}")
drill_run = procedure.run_record()
LOG = pathlib.Path(os.environ["DRILL_LOG"])

def note(text):
    with LOG.open("a") as log:
        log.write(text + "\\n")

{steps}
"""

DEFAULT_STEPS = """
@procedure.step("Describe the source", touches="nothing")
def described_source():
    note("described")
    yield "source"
    note("undo described")

@procedure.step("Fence the source", touches="source")
def fenced_source(described_source):
    note("fenced")
    yield described_source
    note("undo fenced")

@procedure.step("Restore the cluster", touches="copy")
def restored_cluster(fenced_source):
    note("restored")
    {restore}
    yield "copy"
    note("undo restored")

@procedure.step("Probe the copy", touches="copy")
def writable_copy(restored_cluster):
    note("probed")
    return restored_cluster
"""

DEFAULT_PROOFS = '''
def test_alphabetically_first_yet_last_in_the_runbook(writable_copy):
    """Every table kept its rows (R35)."""
    assert writable_copy == "copy"

def test_fence_holds(fenced_source):
    """The fence holds (R16)."""
    assert fenced_source == "source"
'''


@dataclass
class Result:
    """What one run of the project printed and left."""

    status: int
    out: str
    err: str
    log: list[str]
    folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        """The journal of the run, where it left one."""
        journals = sorted((self.folder / "evidence").glob("*/journal.jsonl"))
        return [json.loads(line) for line in journals[-1].read_text().splitlines()]

    def outcomes(self) -> dict[str, str]:
        """Outcome of each step and proof by its short name."""
        return {
            event["name"].rpartition("::")[2]: event["outcome"]
            for event in self.events
            if event["event"] in ("step_finished", "proof_finished")
        }

    @property
    def verdict(self) -> str:
        """The verdict's line."""
        return next(e["verdict"] for e in self.events if e["event"] == "verdict")


class Project:
    """Writes drills and runs pytest on them."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.work = work
        self.folder = folder
        plugins = (ROOT / "conftest.py").read_text()
        (self.folder / "conftest.py").write_text(plugins)
        (self.folder / "pyproject.toml").write_text(
            (ROOT / "pyproject.toml").read_text().partition("[tool.ruff]")[0]
        )
        self._write("drills/__init__.py", "")
        self.environ: dict[str, str] = {}

    def drill(
        self,
        name: str = "sample",
        *,
        restore: str = "pass",
        steps: str = DEFAULT_STEPS,
        proofs: str = DEFAULT_PROOFS,
    ) -> None:
        """Add a drill; ``restore`` is what its restoring step does."""
        body = textwrap.dedent(steps).replace("{restore}", restore)
        self._write(f"drills/{name}/__init__.py", "")
        self._write(f"drills/{name}/conftest.py", CONFTEST.format(name=name, steps=body))
        self._write(
            f"drills/{name}/test_runbook.py",
            f"from drills.{name}.conftest import procedure\n\nrunbook = procedure.runbook()\n",
        )
        preamble = (
            "import pytest\n"
            "from checks.finding import Finding\n"
            "from checks.judgement import Bound, Gap, Judgement\n"
            "from fixtures.claims import Bounded, NotApplicable, NotProven, accepts_withheld\n"
        )
        self._write(f"drills/{name}/test_counts.py", preamble + textwrap.dedent(proofs))

    def mode(self, mode: str) -> None:
        """Let every run of the project be of this mode; else a rehearsal, as without settings."""
        with (self.folder / "conftest.py").open("a") as conftest:
            conftest.write(
                f"\nfrom fixtures.run import Run\n\nRun.mode = property(lambda run: {mode!r})\n"
            )

    def proofs(self, family: str, text: str, name: str = "sample") -> None:
        """Add a module of proofs to a drill."""
        self._write(f"drills/{name}/test_{family}.py", textwrap.dedent(text))

    def run(self, *arguments: str) -> Result:
        """Run pytest in the project, in a short work folder."""
        return self.run_bare(f"--work-dir={self.work}", *arguments)

    def run_bare(self, *arguments: str) -> Result:
        """Run pytest in the project with these arguments and no others."""
        log = self.folder / "performed.log"
        log.unlink(missing_ok=True)
        result = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self.folder,
            env={**environment(), "DRILL_LOG": str(log), **self.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        performed = log.read_text().splitlines() if log.exists() else []
        return Result(result.returncode, result.stdout, result.stderr, performed, self.folder)

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def environment() -> dict[str, str]:
    """Ours without what the surrounding pytest, or tox, says to its own plugins: a project has a
    cache of its own.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TOX_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PY_COLORS": "0"}


@contextmanager
def new_project(folder: Path) -> Iterator[Project]:
    """An empty project with our plugins, and a short work folder that is gone afterwards."""
    work = Path(tempfile.mkdtemp(prefix="pgt-"))
    work.chmod(0o755)
    try:
        yield Project(folder, work)
    finally:
        shutil.rmtree(work)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project for one test."""
    with new_project(tmp_path) as empty:
        yield empty
