"""Evidence that cannot be written: refused before anything starts, told once later, never green.

The size of files is limited where a disk would be full: the kernel then refuses the write half-way,
as it does on a full disk, and no right to mount one is needed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.journal import read
from reports.renderings import RENDERINGS
from tests.harness.fix_project import Project, Result

everywhere = pytest.mark.parametrize(
    "how", [pytest.param((), id="plain"), pytest.param(("-n2",), id="-n2")]
)
ENDING = ("verdict", "kept", "removed", "run_finished")
REPORTS = {"evidence.json", *(one.file for one in RENDERINGS.values())}
FULL = """
import pathlib, resource, sys

def fill_up():
    sys.dont_write_bytecode = True  # half a file would be imported by whoever comes next
    (journal,) = pathlib.Path("evidence").glob("*/journal.jsonl")
    size = journal.stat().st_size + 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""


@pytest.fixture(autouse=True)
def no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may run in a job of GitHub's themselves."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def hooks(project: Project, text: str) -> None:
    """Add hooks to the project's conftest."""
    conftest = project.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + FULL + text)


def run_folder(result: Result) -> Path:
    (folder,) = (result.folder / "evidence").iterdir()
    return folder


def told(result: Result) -> list[str]:
    """What the terminal says of evidence that is not there."""
    assert "INTERNALERROR" not in result.out + result.err
    assert "Traceback" not in result.out + result.err
    return [line for line in result.out.splitlines() if line.startswith("evidence lacks: ")]


# --- before anything starts -------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize(
    ("evidence", "why"),
    [("a-file", "File exists"), ("a-file/below", "Not a directory"), ("/proc/x", "No such file")],
)
def test_a_folder_that_cannot_be_written_is_refused(
    evidence: str, why: str, how: tuple[str, ...], project: Project
) -> None:
    project.drill()
    (project.folder / "a-file").touch()
    result = project.run(*how, f"--evidence={evidence}", "drills/sample")
    where = project.folder / evidence
    assert (result.status, result.log) == (4, [])
    (line,) = [one for one in result.err.splitlines() if one.startswith("ERROR: ")]
    assert line.startswith(f"ERROR: --evidence={where}: cannot be written ({why}")
    assert line.endswith("; name a folder that can be")
    assert list(project.work.iterdir()) == []


@everywhere
def test_a_disk_without_room_for_the_first_line_is_refused(
    how: tuple[str, ...], project: Project
) -> None:
    project.drill()
    hooks(
        project,
        """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_drill_event(event):
    if event["event"] == "run_started":
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
""",
    )
    result = project.run(*how, "drills/sample")
    assert (result.status, result.log) == (4, [])
    journal = run_folder(result) / "journal.jsonl"
    assert f"ERROR: {journal} cannot be written: File too large; make room there" in result.err
    assert journal.read_bytes() == b""
    assert "Traceback" not in result.err


# --- later ------------------------------------------------------------------------------------


@everywhere
def test_a_disk_that_fills_up_ends_the_run_after_the_step_in_hand(
    how: tuple[str, ...], project: Project
) -> None:
    """What was begun is undone, and no step is performed that cannot be recorded."""
    project.drill(restore="import conftest; conftest.fill_up()")
    hooks(project, "")
    result = project.run(*how, "drills/sample")
    assert result.status == 2, result.out + result.err
    journal = run_folder(result) / "journal.jsonl"
    expected = f"evidence lacks: {journal} cannot be written: File too large; make room there"
    (line,) = [one for one in told(result) if "journal.jsonl" in one]
    assert line.startswith(expected)
    performed = [*("described", "fenced", "restored")]
    undone = ["undo restored", "undo fenced", "undo described"]
    assert result.log == performed + undone
    events = read(journal)
    assert not events.truncated
    kinds = [(one.event, getattr(one, "name", "")) for one in events]
    assert ("step_started", "restored_cluster") in kinds
    assert ("step_finished", "restored_cluster") not in kinds


@everywhere
def test_a_cache_that_cannot_be_written_is_told_and_fails_nothing(
    how: tuple[str, ...], project: Project
) -> None:
    """pytest's own cache is no evidence: a restore that was proven stays so."""
    project.drill()
    (project.folder / "a-file").touch()
    result = project.run(*how, "-ocache_dir=a-file", "drills/sample")
    assert (0, []) == (result.status, told(result)), result.out + result.err
    assert "PytestCacheWarning: could not create cache path" in result.out
    assert result.verdict.startswith("PROVEN")


@everywhere
def test_a_plugin_that_fails_at_the_end_leaves_a_verdict_and_nothing_else(
    how: tuple[str, ...], project: Project
) -> None:
    """Its failure ends pytest with 1, and everything that the run had started is ended all the
    same.
    """
    project.drill()
    hooks(
        project,
        """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        raise RuntimeError("somebody's plugin")
""",
    )
    result = project.run(*how, "drills/sample")
    assert result.status == 1
    assert "RuntimeError: somebody's plugin" in result.err
    kinds = [one.event for one in read(run_folder(result) / "journal.jsonl")]
    # Its files are kept, as those of every run that failed; it is the guardian that was told so.
    assert ["kept", "verdict", "run_finished"] == [one for one in kinds if one in ENDING]
    assert 1 == result.events[-1]["exit_status"]


def test_nothing_is_written_behind_a_gap(project: Project) -> None:
    """With room again: what came between is not there, so what comes after would not be true."""
    project.drill(restore="import conftest; conftest.fill_up()")
    hooks(
        project,
        """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
""",
    )
    result = project.run("drills/sample")
    folder = run_folder(result)
    assert result.status == 2
    assert read(folder / "journal.jsonl")[-1].event == "step_started"
    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", *REPORTS}
    summary = (folder / "summary.md").read_text()
    assert summary.startswith("# interrupted at step 3: Restore the cluster\n")


@everywhere
def test_a_green_run_whose_last_words_are_lost_is_not_green(
    how: tuple[str, ...], project: Project
) -> None:
    project.drill()
    hooks(
        project,
        """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_drill_event(event):
    if event["event"] == "verdict":
        fill_up()
""",
    )
    result = project.run(*how, "drills/sample")
    assert result.status == 1
    lines = told(result)
    assert lines[0].startswith(f"evidence lacks: {run_folder(result) / 'journal.jsonl'} cannot ")
    assert {path.name for path in run_folder(result).iterdir()} <= {"journal.jsonl", *REPORTS}


def test_a_worker_that_cannot_write_its_last_line_is_heard(project: Project) -> None:
    """The controller writes lines of its own, and would not know."""
    project.drill(
        proofs="""
        def test_it(writable_copy):
            import conftest
            conftest.fill_up()
        """
    )
    hooks(project, "")
    result = project.run("-n1", "drills/sample")
    assert result.status != 0
    assert len(told(result)) >= 1


# --- reports ----------------------------------------------------------------------------------


@everywhere
def test_a_report_that_cannot_be_written_loses_no_other(
    how: tuple[str, ...], project: Project
) -> None:
    project.drill()
    hooks(
        project,
        """
def pytest_drill_event(event):
    if event["event"] == "run_started":
        (pathlib.Path(event["folders"]["evidence"]) / "junit.xml").mkdir(parents=True)
""",
    )
    result = project.run(*how, "drills/sample")
    assert result.status == 1
    (line,) = told(result)
    folder = run_folder(result)
    assert line.startswith(
        f"evidence lacks: {folder / 'junit.xml'} cannot be written: Is a directory"
    )
    assert all((folder / name).is_file() for name in REPORTS - {"junit.xml"})


def test_a_report_that_cannot_be_rendered_loses_no_other(project: Project) -> None:
    project.drill()
    hooks(
        project,
        """
from reports import renderings

def broken(run):
    raise LookupError("hunter2-canary")

faulty = renderings.Rendering("junit.xml", broken)
renderings.RENDERINGS = {**renderings.RENDERINGS, "junit": faulty}
""",
    )
    result = project.run("drills/sample")
    assert result.status == 1
    (line,) = told(result)
    assert "junit.xml cannot be rendered: LookupError in conftest.py:" in line
    assert "hunter2-canary" not in result.out + result.err
    names = {path.name for path in run_folder(result).iterdir()}
    assert names == {"journal.jsonl", *REPORTS} - {"junit.xml"}


def test_a_failed_run_keeps_its_own_exit_status(project: Project) -> None:
    """5 here: nothing of it applied."""
    nothing = 'raise NotApplicable("there is no such table")'
    project.drill(proofs=f"def test_it(writable_copy):\n    {nothing}\n")
    hooks(
        project,
        """
def pytest_drill_event(event):
    if event["event"] == "run_started":
        (pathlib.Path(event["folders"]["evidence"]) / "junit.xml").mkdir(parents=True)
""",
    )
    result = project.run("drills/sample")
    assert (result.status, len(told(result))) == (5, 1)


# --- GitHub's summary -------------------------------------------------------------------------


@everywhere
def test_the_summary_is_shown_by_github_once(how: tuple[str, ...], project: Project) -> None:
    project.drill()
    shown = project.folder / "shown.md"
    shown.write_text("# of another command\n")
    project.environ["GITHUB_STEP_SUMMARY"] = str(shown)
    result = project.run(*how, "drills/sample")
    assert result.status == 0
    summary = (run_folder(result) / "summary.md").read_text()
    assert shown.read_text() == f"# of another command\n\n\n{summary}"


def test_a_summary_that_github_cannot_show_is_told_and_loses_nothing(project: Project) -> None:
    project.drill()
    project.environ["GITHUB_STEP_SUMMARY"] = str(project.folder)
    result = project.run("drills/sample")
    assert (result.status, told(result)) == (0, [])
    assert f"summary not shown: {project.folder} cannot be written: Is a directory" in result.out
    assert {path.name for path in run_folder(result).iterdir()} == {"journal.jsonl", *REPORTS}


def test_a_summary_that_cannot_be_rendered_is_told_and_ends_nothing(project: Project) -> None:
    project.drill()
    hooks(
        project,
        """
from reports import markdown, renderings

def broken(run):
    raise LookupError("hunter2-canary")

markdown.render = broken
renderings.RENDERINGS = {
    **renderings.RENDERINGS, "markdown": renderings.Rendering("summary.md", broken)
}
""",
    )
    shown = project.folder / "shown.md"
    project.environ["GITHUB_STEP_SUMMARY"] = str(shown)
    result = project.run("drills/sample")
    assert (result.status, len(told(result))) == (1, 1)
    assert f"summary not shown: {shown} cannot be rendered: LookupError in " in result.out
    assert "hunter2-canary" not in result.out + result.err


def test_rendering_again_appends_to_no_summary(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.drill()
    result = project.run("drills/sample")
    shown = project.folder / "shown.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(shown))
    assert main(["render", str(run_folder(result))]) == 0
    assert not shown.exists()


def test_the_sums_of_a_run_hold_when_it_has_ended(project: Project) -> None:
    """Nothing is written after them: neither a report nor a line of the journal."""
    project.drill()
    result = project.run("-n2", "drills/sample")
    assert main(["verify", str(run_folder(result))]) == 0
    files = json.loads((run_folder(result) / "evidence.json").read_text())["files"]
    assert {one["path"] for one in files} == {"journal.jsonl", *REPORTS} - {"evidence.json"}
