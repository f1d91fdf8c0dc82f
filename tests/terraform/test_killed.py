"""``kill -9`` between `state rm` and `import`, when nothing manages the cluster any more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures.claims import BadInput
from fixtures.guardian import Guardian
from fixtures.preflight import Preflight
from fixtures.settings import load_settings
from fixtures.terraform.adoption import FOLDER, RECORD
from fixtures.terraform.program import find_program
from fixtures.terraform.state import State
from fixtures.unfinished import put_back_what_was_left
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


@pytest.fixture
def started(guardian: Guardian, tmp_path: Path) -> Iterator[Callable[[Path, str], str | None]]:
    """What a run does first of all, with settings about a system that is or is not rehearsed."""
    made: list[Path] = []

    def start(live: Path, about: str) -> str | None:
        file = tmp_path / "drill.toml"
        file.write_text(f'[terraform]\ndir = "{live}"\ncluster_address = "{CLUSTER}"\n{about}')
        settings = load_settings(file, environ={}, invocation_dir=tmp_path)
        ground = SimpleNamespace(terraform=find_program(os.environ))
        made.append(guardian.folder / "unfinished")
        checked = SimpleNamespace(settings=settings, ground=ground)
        return put_back_what_was_left(cast(Preflight, checked), guardian)

    yield start
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


SOURCE = """
[source]
cluster = "core-1"
account = "123456789012"
region = "us-east-1"
"""
REHEARSED = "[rehearsal]\nscale = 1\n"


def test_the_next_run_puts_the_state_back_and_says_so(
    live: Path, started: Callable[[Path, str], str | None]
) -> None:
    """R43: a plan made now would create an empty cluster."""
    before = identifiers(live)
    kill_between(live)
    assert CLUSTER not in identifiers(live)
    assert (live / FOLDER / "state.json").is_file()

    said = started(live, SOURCE)

    assert before == identifiers(live)
    assert not (live / FOLDER).exists()
    assert said is not None
    assert "the state was put back as it was: " + CLUSTER in said
    assert None is started(live, SOURCE)


def test_what_was_done_since_is_left_and_the_run_refused(
    live: Path, started: Callable[[Path, str], str | None]
) -> None:
    """Before anything is started: the state is somebody's work now."""
    kill_between(live)
    theirs = {**OBJECTS, CLUSTER: {"id": "core-7"}}
    (live / "terraform.tfstate").write_bytes(state_of(theirs, 30).content)

    with pytest.raises(BadInput, match="was changed by somebody else"):
        started(live, SOURCE)

    assert "core-7" == identifiers(live)[CLUSTER]
    assert json.loads((live / FOLDER / "state.json").read_text())["serial"] == 7


def test_a_rehearsal_touches_no_state_and_does_not_keep_quiet(live: Path, drill: Drill) -> None:
    """Exit 4 in one line (DESIGN 6): what is half done stays as it is, for who may finish it."""
    kill_between(live)
    left = identifiers(live)

    result = drill.run(f"--terraform-dir={live}", f"--cluster-address={CLUSTER}")

    assert 4 == result.status, result.out
    assert "a rehearsal touches no state of yours: drill the source" in result.out
    assert left == identifiers(live)
    assert json.loads((live / FOLDER / "state.json").read_text())["serial"] == 7
    assert not list(drill.work.iterdir())


def test_a_rehearsal_takes_no_notice_of_what_is_over(
    live: Path, started: Callable[[Path, str], str | None]
) -> None:
    """The backup alone: a plan has been applied since."""
    kill_between(live)
    (live / FOLDER / RECORD).unlink()
    assert None is started(live, REHEARSED)
