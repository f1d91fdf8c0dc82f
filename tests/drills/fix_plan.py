"""Runs ``pytest drills/plan`` on plans made up for it: JSON in a file, no server and no program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checks.plan.made_up import CLUSTER, COPY, SNAPSHOT, SOURCE, Document
from tests.drills.fix_drill import Drill, Outcome

ADOPT = {
    "plan-for": "adopt",
    "cluster-address": CLUSTER,
    "restored-cluster-id": COPY,
    "old-cluster-id": SOURCE,
}
RESTORE = ADOPT | {"plan-for": "snapshot", "snapshot-id": SNAPSHOT}


@dataclass
class PlanDrill:
    """The drill, and a folder for its plans."""

    drill: Drill
    folder: Path

    def file(self, plan: Document | bytes | str, name: str = "plan.json") -> Path:
        """A plan, or what is none, in a file."""
        path = self.folder / name
        if isinstance(plan, dict):
            plan = json.dumps(plan)
        path.write_bytes(plan if isinstance(plan, bytes) else plan.encode())
        return path

    def judge(self, plan: Document | Path, *more: str, options: dict[str, str] = ADOPT) -> Outcome:
        """The drill on one plan."""
        path = plan if isinstance(plan, Path) else self.file(plan)
        given = [f"--{name}={value}" for name, value in options.items()]
        return self.drill.run("drills/plan", f"--plan-json={path}", *given, *more)


@pytest.fixture
def plan_drill(drill: Drill, tmp_path: Path) -> PlanDrill:
    """A drill on plans, which lie where the test may write."""
    return PlanDrill(drill, tmp_path)
