"""Runs a real drill of this repository in a pytest of its own, and reads what it left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Outcome:
    """What one run printed and left."""

    status: int
    out: str
    folder: Path
    """The run's own folder of evidence."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its journal."""
        journal = (self.folder / "journal.jsonl").read_text()
        return [json.loads(line) for line in journal.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Events of one kind."""
        return [event for event in self.events if event["event"] == kind]

    @property
    def verdict(self) -> str:
        """The verdict's line."""
        return str(self.of("verdict")[0]["verdict"])

    def claims(self) -> dict[str, str]:
        """Outcome of each step that was performed and each proof, by short name."""
        return {
            event["name"].rpartition("::")[2]: event["outcome"]
            for event in self.of("step_finished") + self.of("proof_finished")
        }

    def failed(self) -> list[str]:
        """What failed, by short name."""
        return [name for name, outcome in self.claims().items() if outcome == "failed"]

    def findings(self) -> list[dict[str, Any]]:
        """All findings of all proofs."""
        return [finding for event in self.of("proof_finished") for finding in event["findings"]]

    def facts(self, subject: str) -> dict[str, Any]:
        """The facts told of one subject."""
        return next(e["facts"] for e in self.of("facts") if e["subject"] == subject)


NAMED = ("drills/", "--record-baseline=")
"""What says which drill is meant, or that none is."""


@dataclass
class Drill:
    """Runs ``pytest drills/pitr`` with its own work and evidence folders."""

    work: Path
    evidence: Path
    environ: dict[str, str] = field(default_factory=dict)

    def command(self, *options: str) -> list[str]:
        """The command line, as a list."""
        return [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
            *(f"--work-dir={self.work}", f"--evidence={self.evidence}"),
            *([] if any(option.startswith(NAMED) for option in options) else ["drills/pitr"]),
            *options,
        ]

    def environment(self) -> Mapping[str, str]:
        """The environment without what pytest and xdist tell their children."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PG"))}
        return kept | self.environ

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a run and return at once."""
        return subprocess.Popen(
            self.command(*options),
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str, patience: float = 300) -> Outcome:
        """Run to the end, of which there is one within ``patience`` seconds."""
        before = self.folders()
        running = self.start(*options)
        out, _ = running.communicate(timeout=patience)
        new = self.folders() - before
        return Outcome(running.returncode, out, new.pop() if new else self.evidence)

    def folders(self) -> set[Path]:
        """The folders of evidence that runs have left so far."""
        return set(self.evidence.iterdir()) if self.evidence.exists() else set()


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """A drill whose folders are gone afterwards."""
    work = Path(tempfile.mkdtemp(prefix="pgt-"))
    work.chmod(0o755)
    try:
        yield Drill(work, tmp_path / "evidence")
    finally:
        shutil.rmtree(work)
