"""``pytest drills/physical`` from repositories that pgBackRest and Barman made (R3, R62 to R66)."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.backups.fix_barman import barman_path  # noqa: F401 - a fixture
from tests.drills.fix_drill import Drill

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(shutil.which("pgbackrest") is None, reason="needs pgbackrest"),
]
PHYSICAL = "drills/physical"
TARGETS = ["time:before-disaster", "lsn:before-disaster", "name:before-disaster", "latest"]
# What a target does is PostgreSQL's matter and shown by its own tests; here it is what the tool
# fetches: to a moment in the middle, and to the end of what there is.
BY_DAY = {"pgbackrest": "latest", "barman": "time:before-disaster"}
ROWS = [
    pytest.param(kind, target, marks=[] if BY_DAY[kind] == target else pytest.mark.slow)
    for kind in BY_DAY
    for target in TARGETS
]


@pytest.fixture
def reaching(drill: Drill, barman_path: str) -> Drill:  # noqa: F811
    """A drill that finds a Barman which the servers' account can run."""
    drill.environ["PATH"] = os.pathsep.join([barman_path, os.environ["PATH"]])
    return drill


@pytest.mark.parametrize(("kind", "target"), ROWS)
def test_a_repository_of_the_real_tool_is_drilled(reaching: Drill, kind: str, target: str) -> None:
    """Listed, verified by its own tool, restored, recovered to the target, proven."""
    result = reaching.run(
        PHYSICAL, f"--rehearsal-backup={kind}", f"--recovery-target={target}", "--engine=system"
    )

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert kind in result.of("backup_identified")[0]["place"].lower()
    assert "yes" == result.facts("the tool's own verification")["sound"]
    assert not list(reaching.work.iterdir())
