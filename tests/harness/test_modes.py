"""What a run may touch is decided in one place: a drill withholds, a recovery undoes nothing."""

from __future__ import annotations

import pytest

from fixtures.mode import withheld_because
from tests.harness.fix_project import Project

EVERY_WAY = ("nothing", "source", "copy", "state", "clients")

BESIDE_A_SOURCE = """
@procedure.step("Describe the source", touches="nothing")
def described_source():
    note("described")
    return "source"

@procedure.step("Halt ingest", touches="source")
def halted_ingest(described_source):
    note("HALTED")
    yield "halted"
    note("RESUMED")

@procedure.step("Fence the source", touches="source", accepts_withheld=True)
def fenced_source(described_source, halted_ingest):
    note("FENCED")
    yield "fenced"
    note("LIFTED")

@procedure.step("Restore", touches="copy", accepts_withheld=True)
def restored_cluster(described_source, fenced_source):
    note("restored")
    yield "copy"
    note("removed")

@procedure.fixture
def census(fenced_source):
    note("CENSUS")
    return 1

@procedure.step("Adopt the state", touches="state")
def adopted_state(restored_cluster):
    note("adopted, in a copy of it")
    return "state"

@procedure.step("Move the clients", touches="clients")
def moved_clients(adopted_state):
    note("MOVED")
    yield "moved"
    note("MOVED BACK")
"""
PROOFS_BESIDE_A_SOURCE = """
def test_the_fence_holds(fenced_source): note("LOOKED AT THE FENCE")
def test_the_census(census): note("COUNTED")
def test_the_copy(restored_cluster): assert "copy" == restored_cluster
def test_the_clients(moved_clients): note("LOOKED AT THE CLIENTS")
@accepts_withheld
def test_copes(fenced_source): assert "a drill never touches" in fenced_source.reason
"""
WITH_NOTE = "from drills.sample.conftest import note\n"


@pytest.mark.parametrize("touches", EVERY_WAY)
def test_only_a_drill_withholds_and_only_what_touches_source_or_clients(touches: str) -> None:
    assert (touches in ("source", "clients")) == (withheld_because("drill", touches) is not None)
    assert None is withheld_because("rehearsal", touches)
    assert None is withheld_because("recovery", touches)


def test_the_reason_says_whose_it_is_and_what_would_do_it() -> None:
    assert "a drill never touches the source; a recovery does (--recover)" == (
        withheld_because("drill", "source")
    )
    assert "clients of the source" in str(withheld_because("drill", "clients"))


@pytest.mark.parametrize("how", [(), pytest.param(("-n2",), marks=pytest.mark.slow)])
def test_in_a_drill_what_touches_source_or_clients_is_never_called(
    project: Project, how: tuple[str, ...]
) -> None:
    """R32: whatever it accepts; neither done nor undone, and nothing that needs it looks at it."""
    project.mode("drill")
    project.drill(steps=BESIDE_A_SOURCE, proofs=WITH_NOTE + PROOFS_BESIDE_A_SOURCE)

    result = project.run(*how, "drills/sample")

    assert 0 == result.status, result.out
    assert ["described", "restored", "adopted, in a copy of it", "removed"] == result.log
    assert {
        "described_source": "passed",
        "halted_ingest": "withheld",
        "fenced_source": "withheld",
        "restored_cluster": "passed",
        "adopted_state": "passed",
        "moved_clients": "withheld",
        "test_the_fence_holds": "withheld",
        "test_the_census": "withheld",
        "test_the_copy": "passed",
        "test_the_clients": "withheld",
        "test_copes": "passed",
    } == result.outcomes()
    assert "PROVEN sample (6 withheld)" == result.verdict


@pytest.mark.parametrize("mode", [pytest.param("rehearsal", marks=pytest.mark.slow), "recovery"])
def test_in_any_other_mode_the_same_runbook_does_all_of_it(project: Project, mode: str) -> None:
    project.mode(mode)
    project.drill(steps=BESIDE_A_SOURCE, proofs="def test_the_clients(moved_clients): pass")

    result = project.run("drills/sample")

    assert 0 == result.status, result.out
    assert {"HALTED", "FENCED", "MOVED"} <= set(result.log)
    undone = {"RESUMED", "LIFTED", "MOVED BACK", "removed"}
    assert (undone if mode == "rehearsal" else set()) == undone & set(result.log)


LETS_GO = """
import contextlib

@contextlib.contextmanager
def connection(name):
    note("open " + name)
    try:
        yield name
    finally:
        note("close " + name)

@procedure.step("Fence the source", touches="source")
def fenced_source():
    with connection("admin"):
        note("fenced")
        yield "fenced"
        note("LIFTED")

@procedure.step("Restore", touches="copy")
def restored_cluster(fenced_source):
    try:
        yield "copy"
        note("REMOVED")
    finally:
        note("file closed")

@procedure.step("Probe", touches="copy")
def writable_copy(restored_cluster):
    {restore}
    return "copy"

@procedure.fixture
def copies(writable_copy):
    with connection("copies"):
        yield "copies"
"""


@pytest.mark.parametrize(
    ("probe", "status"),
    [
        pytest.param("pass", 0, marks=pytest.mark.slow),
        ('raise RuntimeError("it is read-only")', 1),
    ],
)
def test_a_recovery_undoes_nothing_and_lets_go_of_what_it_holds(
    project: Project, probe: str, status: int
) -> None:
    """DESIGN 6: also where it fails. Connections and files are no state of anybody's."""
    project.mode("recovery")
    project.drill(steps=LETS_GO, restore=probe, proofs="def test_copies(copies): pass")

    result = project.run("drills/sample")

    assert status == result.status, result.out
    looked = [] if status else ["open copies", "close copies"]
    assert ["open admin", "fenced", *looked, "file closed", "close admin"] == result.log


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["rehearsal", "drill"])
def test_where_a_step_fails_all_else_undoes_its_own(project: Project, mode: str) -> None:
    """The same runbook without its fence."""
    project.mode(mode)
    steps = LETS_GO.replace('touches="source"', 'touches="copy"')
    project.drill(
        steps=steps, restore='raise RuntimeError("no")', proofs="def test_copies(copies): pass"
    )

    result = project.run("drills/sample")

    assert 1 == result.status, result.out
    assert ["REMOVED", "file closed", "LIFTED", "close admin"] == result.log[-4:]
