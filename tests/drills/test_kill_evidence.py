"""``kill -9`` at any moment of a real run: its journal is true, and no report of it is green."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.journal import NAME, read
from reports.renderings import RENDERINGS
from tests.drills.fix_drill import ROOT, Drill, Outcome
from tests.reports.test_interrupted import LOOKS_GREEN, SAYS_WHERE

LOGICAL = "drills/logical"
slow = pytest.mark.slow


def killed(drill: Drill, name: str, moment: str, *options: str) -> Outcome:
    """A run that killed itself, and no process of which is in the way afterwards."""
    result = drill.run(name, "-p", "tests.sabotage.killed", f"--kill-at={moment}", *options)
    assert -9 == result.status, result.out
    return result


def rendered(folder: Path, to: Path) -> dict[str, str]:
    """Every report, made by the command line from the journal alone."""
    options = [f"--{name}={to / one.file}" for name, one in RENDERINGS.items()]
    command = [sys.executable, "-m", "reports", str(folder / NAME), *options]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {name: (to / one.file).read_text() for name, one in RENDERINGS.items()}


def is_interrupted(result: Outcome, tmp_path: Path, where: str) -> None:
    """The journal parses; every report in words says where, and none looks green."""
    assert read(result.folder / NAME)
    for name, text in rendered(result.folder, tmp_path).items():
        assert not LOOKS_GREEN[name](text), text
        if name in SAYS_WHERE:
            said = {*re.findall(r"interrupted (?:at|after) step \d+(?=:)", html.unescape(text))}
            assert {where} == said


PITR = "drills/pitr"
STEPS = {LOGICAL: 7, "drills/physical": 9, PITR: 28}
NEEDS_TERRAFORM = 19
"""From this step of `drills/pitr` on."""
needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


def moments() -> list[object]:
    """Where each step of each drill begins and ends; two of them in the fast tests.

    Of the later half of `drills/pitr`, whose runs are long, only where it begins.
    """
    quick = {(LOGICAL, "step_started", 1), (LOGICAL, "step_started", 5)}
    return [
        pytest.param(
            *moment,
            id=f"{moment[0].removeprefix('drills/')} {moment[1]} {moment[2]}",
            marks=[
                *([] if moment in quick else [slow]),
                *([needs_terraform] if name == PITR and number >= NEEDS_TERRAFORM else []),
            ],
        )
        for name, steps in STEPS.items()
        for number in range(1, steps + 1)
        for moment in ((name, "step_started", number), (name, "step_finished", number))
        if name != PITR or number <= 10 or moment[1] == "step_started"
    ]


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_one_of_the_moments(name: str) -> None:
    """A drill that is given more steps is killed at them, too; its page is what it does."""
    page = (ROOT / "docs/runbooks" / f"{Path(name).name}.md").read_text()

    assert STEPS[name] == len(re.findall(r"^## \d+\. ", page, re.MULTILINE))


@pytest.mark.parametrize(("name", "event", "number"), moments())
def test_a_run_that_is_killed_at_a_step_says_so(
    drill: Drill, tmp_path: Path, name: str, event: str, number: int
) -> None:
    result = killed(drill, name, f"{event}:{number}")

    word = "at" if event == "step_started" else "after"
    is_interrupted(result, tmp_path, f"interrupted {word} step {number}")


def test_a_run_that_is_killed_in_a_proof_says_after_which_step(
    drill: Drill, tmp_path: Path
) -> None:
    result = killed(drill, LOGICAL, "proof:test_every_row_is_what_it_was")

    assert "test_every_row_is_what_it_was" not in result.claims()
    is_interrupted(result, tmp_path, f"interrupted after step {STEPS[LOGICAL]}")


@slow
@pytest.mark.parametrize("moment", ["step_started:4", "proof:test_every_row_is_what_it_was"])
def test_a_run_of_two_workers_that_is_killed_says_so(
    drill: Drill, tmp_path: Path, moment: str
) -> None:
    result = killed(drill, LOGICAL, moment, "-n", "2")

    where = "at step 4" if moment.startswith("step") else f"after step {STEPS[LOGICAL]}"
    is_interrupted(result, tmp_path, f"interrupted {where}")


def test_a_run_whose_worker_is_killed_is_red(drill: Drill) -> None:
    options = ("-p", "tests.sabotage.killed", "--kill-at=worker:test_every_row_is_what_it_was")
    result = drill.run(LOGICAL, *options, "-n", "2")

    assert result.status not in (0, 5), result.out
    for name, one in RENDERINGS.items():
        text = (result.folder / one.file).read_text()
        assert "PROVEN rehearsal" not in text
        assert "restore_drill_proven{" not in text or re.search(r"proven\{.*\} 0\.0", text), name


@pytest.mark.parametrize("name", ["junit", pytest.param("html", marks=slow)])
def test_a_run_that_is_killed_while_it_renders_leaves_no_half_report(
    drill: Drill, tmp_path: Path, name: str
) -> None:
    """Its verdict is in the journal: the reports are made from that, later."""
    result = killed(drill, LOGICAL, f"render:{name}")

    assert result.of("run_finished")
    assert not (result.folder / RENDERINGS[name].file).exists()
    assert [] == list(result.folder.glob("*.part"))
    assert result.verdict in html.unescape(rendered(result.folder, tmp_path)["html"])
