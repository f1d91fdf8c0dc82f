"""A folder of evidence of every kind, from runs that were really made.

    python -m tests.evidence_sample DIR [NAME …]

Each run lies in a folder named for how it ended, with every report of it, so that whoever writes or
reads a report sees what it looks like for each. It takes some minutes; names select some of them.

All but one are runs of this repository's drills. No drill withholds a step today: only a change of
somebody's own live state is withheld, and no drill is led up to one yet (a rehearsal applies its
plan). So "withheld" is a run of a drill written for this sample, which restores nothing and says
so in its steps; the harness around it, and what it reports, are the real ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.fix_project import Project, new_project

ROOT = Path(__file__).parents[1]
BAD_INPUT = 4


@dataclass(frozen=True)
class Sample:
    """One run: `options` of pytest, how it exits, and what its reports say of it; `written` names
    the drill that is written for it, where it is none of ours.
    """

    options: tuple[str, ...]
    status: int
    says: str
    environ: Mapping[str, str] = field(default_factory=dict)
    written: str | None = None


WITHHOLDS = """
    @procedure.step("Stand in for a restored copy: this sample restores nothing", touches="nothing")
    def standing_in():
        return "copy"

    @procedure.step("Put the copy in the source's place", touches="state")
    def adopted_state(standing_in):
        return Withheld("adopted_state", "a drill does not touch the live state")
"""
PROOFS = '''
    def test_there_is_something_to_adopt(standing_in):
        """What stands in for a copy is there."""
        assert standing_in == "copy"

    def test_the_copy_is_in_the_sources_place(adopted_state):
        """The copy is in the source's place."""
        raise AssertionError("a proof of a withheld step must not run")
'''


SAMPLES: Mapping[str, Sample] = {
    "green": Sample(("drills/logical",), 0, "PROVEN rehearsal of"),
    "failed": Sample(
        ("drills/physical", "--restore-to-time=after-disaster", "--keep-restored=never"),
        1,
        "FAILED rehearsal of",
    ),
    "not-reached": Sample(
        ("drills/pitr", "--restore-to-time=2020-01-01T00:00:00Z", "--keep-restored=never"),
        1,
        "not reached",
    ),
    # Without terraform nobody can prove a plan: its steps are withheld, its proofs not proven.
    "unproven": Sample(
        ("drills/pitr", "--unproven=fail", "--keep-restored=never"),
        1,
        "NOT PROVEN (",
        {"PATH": "/nonexistent"},
    ),
    "interrupted": Sample(
        ("drills/logical", "-p", "tests.sabotage.killed", "--kill-at=step_started:5"),
        -9,
        "interrupted at step 5",
    ),
    "negative-control": Sample(
        ("drills/logical", "--negative-control=1", "--keep-restored=never"), 0, "ALARM RANG"
    ),
    "withheld": Sample(
        ("drills/withholds",), 0, "PROVEN withholds (2 withheld)", written="withholds"
    ),
}


def make(name: str, folder: Path) -> int:
    """Make one run; its evidence is then in ``folder/NAME``. The exit status of its pytest."""
    sample = SAMPLES[name]
    environ, root = {**_environment(), **sample.environ}, ROOT
    with ExitStack() as until_made:
        if sample.written is not None:
            project = until_made.enter_context(_project())
            project.drill(sample.written, steps=WITHHOLDS, proofs=PROOFS)
            environ |= {"PYTHONPATH": str(ROOT), "DRILL_LOG": str(project.folder / "log")}
            root = project.folder
        work = until_made.enter_context(_folder())
        evidence = folder / f".{name}"
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *sample.options]
        ended = subprocess.run(
            [*command, f"--work-dir={work}", f"--evidence={evidence}"],
            cwd=root,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    (run,) = evidence.iterdir()
    run.rename(folder / name)
    evidence.rmdir()
    (folder / name / "terminal.txt").write_bytes(ended.stdout)
    # What was killed has rendered nothing; of the others all is made again, from here.
    render = [sys.executable, "-m", "reports", "render", str(folder / name)]
    subprocess.run(render, cwd=ROOT, env=_environment(), check=True, stdout=subprocess.DEVNULL)
    return ended.returncode


def _environment() -> dict[str, str]:
    """Ours without what would speak to the run's pytest, its servers or its reports."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PG", "GITHUB_"))}


@contextmanager
def _folder() -> Iterator[Path]:
    """An empty folder, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="pgt-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)  # servers of another account run in it
        yield Path(made)


@contextmanager
def _project() -> Iterator[Project]:
    """A project with our plugins and no drill yet."""
    with _folder() as place, new_project(place) as project:
        yield project


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs that are named; 1 where one did not end as it should, 4 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.evidence_sample", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SAMPLES))
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in SAMPLES]:
        sys.stderr.write(f"{unknown[0]}: no such sample; name one of {', '.join(SAMPLES)}\n")
        return BAD_INPUT
    folder = given.folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        sys.stderr.write(f"{given.folder}: {error.strerror}; name a folder that can be made\n")
        return BAD_INPUT
    if taken:
        sys.stderr.write(f"{given.folder}: has something in it; name a new folder\n")
        return BAD_INPUT
    wrong = 0
    for name in given.names or SAMPLES:
        status = make(name, folder)
        expected = SAMPLES[name].status
        note = "" if status == expected else f", which should have been {expected}"
        wrong += status != expected
        sys.stdout.write(f"{folder / name}: exit status {status}{note}\n")
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
