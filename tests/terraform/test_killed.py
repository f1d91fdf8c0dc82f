"""``kill -9`` between `state rm` and `import`, when nothing manages the cluster any more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures.claims import BadInput
from fixtures.preflight import Preflight
from fixtures.recovery.asked import NOTHING_ASKED
from fixtures.terraform.backup import FOLDER, RECORD
from fixtures.terraform.state import State
from fixtures.unfinished import refuse_what_was_left
from tests.drills.fix_drill import ROOT, Drill
from tests.terraform.states import CLUSTER, OBJECTS, state_of

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")

ADOPTING = """
import os, sys, time
from pathlib import Path
from fixtures.guardian import Guardian
from fixtures.terraform.adoption import adopt_state
from fixtures.terraform.command import Terraform
from fixtures.terraform.deployment import Deployment
from fixtures.terraform.environment import rehearsal_environment
from fixtures.terraform.program import find_program

class Killed(Terraform):
    def adopt(self, address, identifier):
        print("removed", flush=True)
        time.sleep(600)  # until we are killed

folder, address = Path(sys.argv[1]), sys.argv[2]
with Guardian.start() as guardian:
    work = guardian.folder / "terraform"
    work.mkdir(mode=0o700)
    terraform = Killed(
        find_program(os.environ), folder, environment=rehearsal_environment(os.environ, work),
        launcher=guardian.client(), outputs=work,
    )
    adopt_state(
        Deployment(terraform, folder / "terraform.tfvars", address),
        cluster=("core-1", "core-2"), instances={},
    )
"""


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """Somebody's configuration, whose state is a file beside it."""
    folder = tmp_path / "live"
    folder.mkdir()
    (folder / "main.tf").write_text("# what made the state is of no matter here\n")
    (folder / "terraform.tfvars").write_text('cluster_identifier = "core-1"\n')
    (folder / "terraform.tfstate").write_bytes(state_of(OBJECTS).content)
    return folder


def identifiers(live: Path) -> dict[str, str | None]:
    return State.of((live / "terraform.tfstate").read_bytes()).identifiers()


def kill_between(live: Path) -> None:
    """Adopt, and die by SIGKILL when the state has lost the cluster."""
    command = [sys.executable, "-c", ADOPTING, str(live), CLUSTER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        os.kill(running.pid, signal.SIGKILL)
    assert "removed\n" == said


@pytest.mark.parametrize("state_was_changed", [False, True])
def test_the_next_run_goes_on_beside_no_state_that_is_half_done(
    live: Path, drill: Drill, state_was_changed: bool
) -> None:
    """R43: a plan made now would create an empty cluster. Exit 4 in one line, and nothing is
    touched, whoever wrote to the state meanwhile: a rehearsal has no state of the operator's.
    """
    kill_between(live)
    if state_was_changed:
        theirs = {**OBJECTS, CLUSTER: {"id": "core-7"}}
        (live / "terraform.tfstate").write_bytes(state_of(theirs, 30).content)
    left = identifiers(live)

    result = drill.run(f"--terraform-dir={live}", f"--cluster-address={CLUSTER}")

    assert 4 == result.status, result.out
    assert f"a run that was killed left the state half done; compare it with {live}" in result.out
    assert left == identifiers(live)
    assert json.loads((live / FOLDER / "state.json").read_text())["serial"] == 7
    assert not list(drill.work.iterdir())


def test_what_is_over_is_in_nobodys_way(live: Path) -> None:
    """The backup alone: a plan has been applied since."""
    kill_between(live)
    wanted = SimpleNamespace(terraform=SimpleNamespace(dir=live))
    checked = cast(Preflight, SimpleNamespace(settings=wanted, run=NOTHING_ASKED))
    with pytest.raises(BadInput):
        refuse_what_was_left(checked)
    (live / FOLDER / RECORD).unlink()
    refuse_what_was_left(checked)
