"""``--runbook``: a drill's procedure as Markdown, and nothing is started."""

from __future__ import annotations

import pytest

from tests.harness.fix_project import Project

STEPS = '''
@procedure.step("Describe the source", touches="nothing")
def described_source():
    """R29: what must come back is known before anything is done.

    A second paragraph, with a ``name`` in it.
    """
    note("described")
    return "source"

@procedure.step("Fence the source", touches="source")
def fenced_source(described_source):
    """R14 to R20. Limits first.

    Undone: every limit is put back.
    """
    yield described_source

@procedure.step("Halt ingest", touches="source")
def halted(fenced_source):
    """Without a requirement."""
    yield fenced_source

@procedure.step("Restore the cluster", touches="copy")
def writable_copy(halted):
    return halted
'''
PROOFS = '''
"""Every row is there."""
import pytest

@pytest.mark.after_proofs
def test_time():
    """It took no longer than it may (R70)."""

def test_rows(writable_copy):
    """Every table kept its rows (R35 in part)."""

def test_that_has_no_words(writable_copy):
    pass

def test_tools():
    """The tools are there."""
'''
FENCE = '''
"""The fence holds."""
def test_fence_holds(fenced_source):
    """The fence holds (R16)."""
'''
PAGE = """\
# drills/sample: sample

What `pytest drills/sample` does: 4 steps and 5 proofs, in this order. Each step is performed once;
where one fails, nothing behind it is done. A proof is a claim that is tested as soon as the steps
it needs are done. Numbers such as R30 are requirements, listed in `docs/requirements.md`.

It touches the source (steps 2 and 3), the copy (step 4).

<!-- Printed by `pytest drills/sample --runbook`; change the drill, not this page. -->

## Before the first step

It is proven:

- **claims**: Every row is there
  - The tools are there

## 1. Describe the source

What must come back is known before anything is done.

A second paragraph, with a `name` in it.

- touches: nothing
- requirements: R29

## 2. Fence the source

Limits first.

- touches: source
- requirements: R14 to R20
- when the drill ends: every limit is put back

Then it is proven:

- **fence**: The fence holds (R16)

## 3. Halt ingest

Without a requirement.

- touches: source
- when the drill ends: what it did is undone

## 4. Restore the cluster

- touches: copy

Then it is proven:

- **claims**: Every row is there
  - Every table kept its rows (R35 in part)
  - that has no words

## When all else is proven

It is proven:

- **claims**: Every row is there
  - It took no longer than it may (R70)

## When the drill ends, also where a step failed

- What it did is undone (step 3)
- Every limit is put back (step 2)
"""


@pytest.fixture
def drill(project: Project) -> Project:
    """A drill with every kind of step and proof."""
    project.drill(steps=STEPS, proofs="")
    (project.folder / "drills/sample/test_counts.py").unlink()
    project.proofs("claims", PROOFS)
    project.proofs("fence", FENCE)
    return project


@pytest.mark.parametrize(
    "options", [(), ("-q",), ("-v", "-n2"), ("--evidence=/dev/null/none",), ("-s",)], ids=str
)
def test_the_page_is_all_that_is_printed(drill: Project, options: tuple[str, ...]) -> None:
    """Also with options that a performance would refuse: nothing is performed."""
    result = drill.run_bare("drills/sample", "--runbook", *options)
    assert (0, PAGE, "") == (result.status, result.out, result.err)
    assert [] == result.log
    assert not (drill.folder / "evidence").exists()


def test_what_a_locale_cannot_write_is_written_in_utf_8(drill: Project) -> None:
    drill.environ = {"PYTHONIOENCODING": "ascii"}
    title = "Every table kept its rows… → all"
    drill.proofs("claims", f'def test_rows(writable_copy):\n    """{title}."""\n')
    assert f"- {title}" in drill.run_bare("drills/sample", "--runbook").out


def test_every_drill_is_printed_after_the_other(drill: Project) -> None:
    drill.drill("another")
    result = drill.run_bare("drills", "--runbook")
    heads = [line for line in result.out.splitlines() if line.startswith("# ")]
    assert ["# drills/another: another", "# drills/sample: sample"] == heads
    assert result.out.endswith(f"\n{PAGE}")


@pytest.mark.parametrize("named", ["tests", "pyproject.toml", "drills/shared"])
def test_what_is_no_drill_is_refused_in_one_line(drill: Project, named: str) -> None:
    for folder in ("tests", "drills/shared"):
        (drill.folder / folder).mkdir()
        (drill.folder / folder / "test_a.py").write_text("def test_a():\n    pass\n")
    result = drill.run_bare("drills/sample", named, "--runbook")
    line = f"--runbook: {named} is no drill; name one, such as drills/pitr, or all: drills"
    assert (4, "", f"ERROR: {line}\n\n") == (result.status, result.out, result.err)


@pytest.mark.parametrize("part", [("-k", "rows"), ("-x",)], ids=str)
def test_a_part_of_a_drill_is_refused_in_one_line(drill: Project, part: tuple[str, ...]) -> None:
    result = drill.run_bare("drills/sample", "--runbook", *part)
    assert (4, "") == (result.status, result.out)
    assert result.err.startswith("ERROR: --runbook prints whole drills: name their folders, ")


def test_a_proof_that_cannot_be_collected_is_named(drill: Project) -> None:
    drill.proofs("claims", "import no_such_module\n")
    result = drill.run_bare("drills/sample", "--runbook")
    assert (4, "") == (result.status, result.out)
    line = (
        "ERROR: --runbook: drills/sample/test_claims.py cannot be collected: "
        "ModuleNotFoundError: No module named 'no_such_module'\n\n"
    )
    assert line == result.err
