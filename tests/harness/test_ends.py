"""Runs that end otherwise than they should: their folder gone, their disk full, interrupted behind
the last step; and what `--reap` needs to clear away behind them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.fix_project import DEFAULT_STEPS, Project

GONE = """
def test_last(writable_copy):
    import shutil
    from pathlib import Path
    for folder in Path({work!r}).glob("pgd-*"):
        shutil.rmtree(folder)
"""
FULL = """
import errno, os
from reports.journal import Journal

_before = Journal._write

def _write(self, line):
    if b'"event":"verdict"' in line:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _before(self, line)

Journal._write = _write
"""
INTERRUPTS = """
def test_last(writable_copy):
    import os, signal
    os.kill(os.getpid(), signal.SIGINT)
"""

OPENS = """
def test_last(writable_copy):
    import os, signal
    # Opened, and nothing closes it: as between the opening and the `with` block.
    (open(os.devnull, "ab"), os.kill(os.getpid(), signal.SIGINT))
"""
WITHIN_A_HOOK = """
import os, signal, pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item, call):
    if call.when == "call" and "test_last" in item.nodeid:
        os.kill(os.getpid(), signal.SIGTERM)

class OfAnOlderPlugin:
    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self):
        yield

def pytest_configure(config):
    config.pluginmanager.register(OfAnOlderPlugin())
"""


@pytest.mark.parametrize("keep", ["never", "always"])
def test_a_run_folder_that_was_removed_by_hand_is_told_in_one_line(
    project: Project, keep: str
) -> None:
    project.drill(proofs=GONE.format(work=str(project.work)))
    result = project.run(f"--keep-restored={keep}", "drills/sample")

    assert 1 == result.status, result.out
    (line,) = [line for line in result.out.splitlines() if "clean-up not proven" in line]
    assert "was removed while the run went on" in line
    assert "Traceback" not in result.out + result.err
    last = result.events[-1]
    assert ("run_finished", 1) == (last["event"], last["exit_status"])
    assert "PROVEN sample" == result.verdict
    (verdict,) = [one for one in result.events if one["event"] == "verdict"]
    assert 1 == verdict["exit_status"]  # so that no report, history or fleet takes it for a success
    (removed,) = [one for one in result.events if one["event"] in ("removed", "kept")]
    assert ("removed", "files of this run, but not by its clean-up") == (
        removed["event"],
        removed["what"],
    )


def test_a_guardian_that_was_killed_is_told_in_one_line(project: Project) -> None:
    """What it would have removed goes all the same, and the run is no success."""
    project.drill(
        proofs="""
        def test_last(writable_copy, request):
            import os, signal
            from fixtures.guardian import GuardianClient
            from fixtures.run import RUN
            client = GuardianClient(request.config.stash[RUN].guardian_socket)
            os.kill(client.ask("ping")["pid"], signal.SIGKILL)
        """
    )
    result = project.run("drills/sample")

    assert 1 == result.status, result.out
    assert 1 == sum("clean-up not proven" in line for line in result.out.splitlines())
    assert "Traceback" not in result.out + result.err
    assert ("run_finished", 1) == (result.events[-1]["event"], result.events[-1]["exit_status"])
    assert [] == list(project.work.iterdir())


def test_an_interruption_behind_the_last_step_counts_no_step_too_many(project: Project) -> None:
    project.drill(proofs=INTERRUPTS)
    result = project.run("drills/sample")
    assert (2, "INTERRUPTED after step 4 of 4") == (result.status, result.verdict)


def test_a_drill_that_was_over_before_an_interruption_keeps_its_verdict(project: Project) -> None:
    project.drill("a_first")
    project.drill("b_second", proofs=INTERRUPTS)
    result = project.run("drills")
    verdicts = {one["drill"]: one["verdict"] for one in result.events if one["event"] == "verdict"}
    assert 2 == result.status
    assert verdicts["a_first"].startswith("PROVEN")
    assert "INTERRUPTED after step 4 of 4" == verdicts["b_second"]


def test_a_drill_whose_undoing_was_interrupted_is_not_over(project: Project) -> None:
    steps = DEFAULT_STEPS.replace(
        'note("undo restored")', 'note("undo restored"); raise KeyboardInterrupt'
    )
    project.drill(steps=steps)
    result = project.run("drills/sample")
    assert 2 == result.status
    assert result.verdict.startswith("INTERRUPTED")


def test_an_interruption_while_the_session_begins_leaves_nothing(project: Project) -> None:
    """pytest calls no end of a session whose beginning was not over."""
    project.drill()
    conftest = project.folder / "conftest.py"
    conftest.write_text(
        f"{conftest.read_text()}\ndef pytest_sessionstart():\n    raise KeyboardInterrupt\n"
    )
    result = project.run("--keep-restored=never", "drills/sample")

    assert 2 == result.status, result.out
    assert [] == list(project.work.iterdir())
    assert ["run_started", "removed", "run_finished"] == [one["event"] for one in result.events]
    assert 2 == result.events[-1]["exit_status"]


def test_an_interruption_that_leaves_a_file_open_is_an_interruption(project: Project) -> None:
    """What Python closes behind it is no failure, and no traceback is the last that one reads."""
    project.drill(proofs=OPENS)
    result = project.run("drills/sample")

    assert 2 == result.status, result.out + result.err
    assert "Traceback" not in result.out + result.err
    assert "INTERRUPTED after step 4 of 4" == result.verdict


def test_an_interruption_within_another_plugins_hook_is_an_interruption(project: Project) -> None:
    """Hypothesis has such hooks, and `error` for warnings made pluggy's one an internal error."""
    project.drill(proofs="def test_last(writable_copy):\n    pass\n")
    conftest = project.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + WITHIN_A_HOOK)
    result = project.run("drills/sample")

    assert 2 == result.status, result.out
    assert "INTERNALERROR" not in result.out + result.err
    assert "INTERRUPTED after step 4 of 4" == result.verdict
    assert "undo restored" in result.log


@pytest.mark.parametrize("how", [(), ("-n2",)], ids=["plain", "-n2"])
def test_a_verdict_that_the_journal_could_not_take_is_shown(
    project: Project, how: tuple[str, ...]
) -> None:
    project.drill()
    conftest = project.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + FULL)
    result = project.run(*how, "drills/sample")

    assert 1 == result.status, result.out
    assert [] == [event for event in result.events if event["event"] == "verdict"]
    assert 1 == result.out.splitlines().count("sample: PROVEN sample")
    assert "evidence lacks: " in result.out


@pytest.fixture
def reaping(project: Project) -> Project:
    """A project whose pytest finds the folder in which it would look for tests."""
    (project.folder / "tests").mkdir()
    return project


def killed(work: Path) -> Path:
    """What a run that was killed together with its guardian leaves."""
    folder = work / "pgd-killed00"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    return folder


@pytest.mark.parametrize(
    "settings",
    [
        '[dump]\nfiles = ["no/such.dump"]\n',
        '[backup]\nkind = "pgbackrest"\nstanza = "core"\nconfig = "/no/such.conf"\n',
        '[backup]\nkind = "barman"\nserver = "core"\nconfig = "/no/such.conf"\n',
        '[rehearsal]\nendpoint = "http://127.0.0.1:9"\n',
    ],
    ids=["a dump that went", "pgbackrest", "barman", "a cloud that is gone"],
)
def test_reaping_needs_the_work_folder_alone(reaping: Project, settings: str) -> None:
    left = killed(reaping.work)
    file = reaping.folder / "core.toml"
    file.write_text(settings)
    result = reaping.run("--reap", f"--drill-config={file}")
    assert 0 == result.status, result.err
    assert str(left) in result.out
    assert not left.exists()


def test_reaping_refuses_a_work_folder_that_is_not_there(reaping: Project) -> None:
    result = reaping.run_bare("--reap", "--work-dir=/no/such/folder")
    assert 4 == result.status
    assert "--work-dir=/no/such/folder: no such folder" in result.err


def test_reaping_refuses_settings_that_cannot_be_read(reaping: Project) -> None:
    file = reaping.folder / "core.toml"
    file.write_text("[sauce]\n")
    result = reaping.run("--reap", f"--drill-config={file}")
    assert 4 == result.status
    assert "sauce" in result.err


def test_reaping_refuses_what_starts_nothing(reaping: Project) -> None:
    result = reaping.run("--reap", "drills/verify")
    assert 4 == result.status
    assert "leave them out" in result.err
