"""What a drill shows at a real terminal, and what it writes where there is none."""

from __future__ import annotations

import re

import pytest

from tests.harness.fix_project import DEFAULT_STEPS, Project
from tests.harness.fix_terminal import WAITS, Terminals

NOTED = DEFAULT_STEPS.replace(
    "def restored_cluster(fenced_source):\n",
    'def restored_cluster(fenced_source, drill_run):\n    drill_run.note("creating, 40 %")\n'
    '    print("printed by a step")\n    os.system("echo printed by a program")\n',
)
PROOFS = '''
def test_rows(writable_copy):
    """Every table kept its rows (R35)."""

def test_fence_holds(fenced_source):
    """The fence holds (R16)."""

def test_plan(writable_copy):
    """The plan is empty (R50)."""
    raise NotProven("no terraform")
'''
PAINTED = b"\x1b[J"
"""What only rows need that are painted again."""


def told(shown: list[str]) -> list[str]:
    """The lines of the drill, from its first step on, without what differs from run to run."""
    first = next(number for number, row in enumerate(shown) if row.startswith("   1/4"))
    lines = [re.sub(r"\d+\.\d\d s$", "0.00 s", row) for row in shown[first:]]
    return [re.sub(r"pgd-\w+|\d{8}-\d{6}-\w{4}|in \d+\.\d+s", "…", row) for row in lines if row]


def line(title: str, outcome: str, columns: int = 80) -> str:
    return f"{f'{title} '.ljust(columns - 22, '.')} {outcome:<11}   0.00 s"


def test_the_step_in_hand_runs_and_what_ended_stays(project: Project, terminals: Terminals) -> None:
    project.drill(steps=NOTED, restore=WAITS, proofs=PROOFS)
    run = terminals.run("drills/sample", "--unproven=warn")
    shown = run.until("creating, 40 %")
    assert shown[-2].startswith("   3/4  Restore the cluster .")
    assert re.search(r" running {4,}\d+\.\d s$", shown[-2])
    assert "           creating, 40 %" == shown[-1]
    run.go()
    status, shown = run.end()
    assert [
        line("   1/4  Describe the source", "passed"),
        line("   2/4  Fence the source", "passed"),
        line("         The fence holds", "passed"),
        line("   3/4  Restore the cluster", "passed"),
        "           creating, 40 %",
        line("   4/4  Probe the copy", "passed"),
        line("         Every table kept its rows", "passed"),
        line("         The plan is empty", "not proven"),
        "           no terraform",
        " restore-drills ".center(80, "="),
        "steps       4 of 4 passed",
        "proofs      2 passed, 1 not proven",
        "findings    none",
        "not proven  The plan is empty: no terraform",
        "sample: NOT PROVEN (counts): sample",
        f"removed: files of this run in {project.work}/…",
        "evidence: evidence/…",
        "report: evidence/…/report.html",
    ] == told(shown)[:-1]
    assert 0 == status
    assert PAINTED in run.window.raw


def test_failures_come_below_and_their_findings_below_their_proof(
    project: Project, terminals: Terminals
) -> None:
    found = 'Finding("counts", "public.granules", 3, 2, "restore again")'
    project.drill(proofs=f"def test_rows(writable_copy):\n    assert [{found}] == []\n")
    status, shown = terminals.run("drills/sample", "--tb=short").end()
    place = {text: next(n for n, row in enumerate(shown) if text in row) for text in shown if text}
    proof = next(row for row in shown if row.startswith("         rows ."))
    finding = "           counts: public.granules (counts): expected 3, actual 2"
    failures = " FAILURES ".center(80, "=")
    summary = " restore-drills ".center(80, "=")
    assert [proof, finding, failures, summary] == sorted(
        [proof, finding, failures, summary], key=place.__getitem__
    )
    assert "failed    rows: 1 finding" in shown
    assert 1 == status


def test_ctrl_c_in_a_step_ends_its_line(project: Project, terminals: Terminals) -> None:
    project.drill(steps=NOTED, restore=WAITS)
    run = terminals.run("drills/sample")
    run.until("running")
    run.until("creating, 40 %")
    run.type("\x03")
    status, shown = run.end()
    assert [
        line("   3/4  Restore the cluster", "interrupted"),
        "           creating, 40 %",
        " restore-drills ".center(80, "="),
        "steps     2 of 4 passed, 1 interrupted, 1 not performed",
    ] == told(shown)[3:7]
    assert "sample: INTERRUPTED at step 3 of 4: Restore the cluster" in shown
    assert not any("running" in row for row in shown)
    assert 2 == status


def test_with_v_the_node_id_is_above_each_line(project: Project, terminals: Terminals) -> None:
    project.drill(proofs=PROOFS)
    status, shown = terminals.run("drills/sample", "-vv", "--unproven=warn", columns=120).end()
    for above, begin in (
        ("drills/sample/test_runbook.py::2-fenced_source", "   2/4  Fence the source "),
        ("drills/sample/test_counts.py::test_rows", "         Every table kept its rows "),
    ):
        at = next(number for number, row in enumerate(shown) if row.startswith(above))
        assert shown[at + 1].startswith(begin)
    assert 0 == status


def test_a_window_that_changes_its_size_in_a_step(project: Project, terminals: Terminals) -> None:
    project.drill(steps=NOTED, restore=WAITS, proofs=PROOFS)
    run = terminals.run("drills/sample", "-q", columns=100)
    run.until("creating, 40 %")
    run.window.resize(60, 60)
    run.go()
    _, shown = run.end()
    lines = [row for row in shown if "Restore the cluster" in row]
    assert [line("   3/4  Restore the cluster", "passed", 60)] == told(["   1/4", *lines])[1:]


def test_workers_have_a_line_each_and_the_summary_has_their_times(
    project: Project, terminals: Terminals
) -> None:
    steps = DEFAULT_STEPS.replace(
        "def writable_copy(restored_cluster):\n",
        "def writable_copy(restored_cluster, drill_run):\n"
        '    drill_run.measure("time to writable", 1.5, 10.0, None)\n',
    )
    project.drill("first", steps=steps, restore=WAITS)
    project.drill("second", restore=WAITS)
    run = terminals.run("drills", "-n2", columns=100)
    run.until("first: step 3: restored cluster ...")
    run.until("second: step 3: restored cluster ...")
    run.go()
    status, shown = run.end()
    assert 2 == sum(row.startswith("   4/4  Probe the copy") for row in shown)
    assert "drills/first" in shown
    assert "time to writable  1.5 s (objective 10 s)" in shown
    assert ["first: PROVEN first", "second: PROVEN second"] == sorted(
        row for row in shown if "PROVEN" in row
    )
    assert not any("running" in row for row in shown)
    assert 0 == status


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["-s"], {}),
        (["--log-cli-level=ERROR"], {}),
        ([], {"CI": "true"}),
        ([], {"TERM": "dumb"}),
    ],
    ids=["-s", "live logs", "CI", "dumb"],
)
def test_nothing_is_painted_where_others_write_or_a_log_is_kept(
    project: Project, terminals: Terminals, arguments: list[str], environ: dict[str, str]
) -> None:
    project.drill(steps=NOTED, proofs=PROOFS)
    project.environ = environ
    run = terminals.run("drills/sample", "--unproven=warn", *arguments, columns=100)
    status, shown = run.end()
    assert 0 == status
    assert PAINTED not in run.window.raw
    assert ("-s" in arguments) == ("printed by a step" in shown)
    assert ("-s" in arguments) == ("printed by a program" in shown)
    lines = told(shown)
    at = lines.index("   3/4  Restore the cluster ".ljust(73, "."))
    assert "           creating, 40 %" == lines[at + 1]
    assert f"         {'.' * 64} passed        0.00 s" in lines[at:]


def test_without_colours_nothing_is_coloured(project: Project, terminals: Terminals) -> None:
    project.drill(proofs=PROOFS)
    project.environ = {"NO_COLOR": "1"}
    run = terminals.run("drills/sample")
    run.end()
    assert PAINTED in run.window.raw
    assert b"m" not in {code[-1:] for code in re.findall(rb"\x1b\[[0-9;]*[a-zA-Z]", run.window.raw)}


def test_a_pipe_gets_the_plain_lines(project: Project) -> None:
    """Other people's scripts read them; README shows them."""
    project.drill(steps=NOTED, proofs=PROOFS)
    result = project.run("drills/sample", "--unproven=warn")
    assert [
        f"{'   1/4  Describe the source '.ljust(73, '.')} passed        0.00 s",
        f"{'   2/4  Fence the source '.ljust(73, '.')} passed        0.00 s",
        f"{'         The fence holds '.ljust(73, '.')} passed        0.00 s",
        f"{'   3/4  Restore the cluster '.ljust(73, '.')}",
        "           creating, 40 %",
        f"         {'.' * 64} passed        0.00 s",
        f"{'   4/4  Probe the copy '.ljust(73, '.')} passed        0.00 s",
        f"{'         Every table kept its rows '.ljust(73, '.')} passed        0.00 s",
        f"{'         The plan is empty '.ljust(73, '.')} not proven    0.00 s",
        "           no terraform",
        " restore-drills ".center(80, "="),
        "steps:      4 of 4 passed",
        "proofs:     2 passed, 1 not proven",
        "findings:   none",
        "not proven: The plan is empty: no terraform",
        "sample: NOT PROVEN (counts): sample",
        f"removed: files of this run in {project.work}/…",
        "evidence: evidence/…",
        "report: evidence/…/report.html",
    ] == told(result.out.splitlines())[:-1]


def test_several_drills_are_told_apart(project: Project) -> None:
    project.drill("first")
    project.drill("second")
    out = project.run("drills").out.splitlines()
    first, second = out.index("drills/first"), out.index("drills/second")
    assert out[first + 1].startswith("   1/4  Describe the source ")
    assert out[second + 1].startswith("   1/4  Describe the source ")


def test_one_drill_needs_no_heading(project: Project) -> None:
    project.drill("first")
    assert "drills/first" not in project.run("drills/first").out.splitlines()
