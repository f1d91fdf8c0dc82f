"""A wait that ends before what it waits for: exit 75, nothing removed, nothing green or red."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.harness.fix_project import DEFAULT_STEPS, Project

STILL = "cluster core-drill-1 is 'creating' after 60 s: it goes on without us"
TIME_IS_UP = f"""raise ResumeTheWait("{STILL}", status="creating", seconds=60)"""
STEPS = f"""
from fixtures.aws.errors import ResumeTheWait

{DEFAULT_STEPS}
"""


def test_a_wait_that_is_over_is_75_and_neither_green_nor_failed(project: Project) -> None:
    project.drill(steps=STEPS, restore=TIME_IS_UP)
    result = project.run("drills/sample")
    assert (75, "WAITING at step 3 of 4: Restore the cluster") == (result.status, result.verdict)
    assert {"described_source": "passed", "fenced_source": "passed"} == {
        name: outcome for name, outcome in result.outcomes().items() if name.endswith("_source")
    }
    assert "not reached" == result.outcomes()["restored_cluster"]
    assert STILL in result.out
    folder = next((project.folder / "evidence").iterdir())
    root = ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314
    assert ("0", "0") == (root.get("failures"), root.get("errors"))
    word = 'restore_drill_verdict{cluster="rehearsal",drill="sample",mode="rehearsal"'
    assert f'{word},word="WAITING"}} 1.0' in (folder / "metrics.prom").read_text()
    assert "WAITING at step 3 of 4" in (folder / "summary.md").read_text()
    assert "exit status 75" not in (folder / "junit.xml").read_text()


def test_what_failed_before_outweighs_the_wait(project: Project) -> None:
    project.drill(
        steps=STEPS,
        restore=TIME_IS_UP,
        proofs="def test_fence_holds(fenced_source):\n    assert fenced_source == 'other'\n",
    )
    result = project.run("drills/sample")
    assert (1, "FAILED sample: 1 failed, 2 not reached") == (result.status, result.verdict)


def test_workers_wait_no_longer_either(project: Project) -> None:
    project.drill(steps=STEPS, restore=TIME_IS_UP)
    result = project.run("-n2", "drills/sample")
    assert (75, "WAITING at step 3 of 4: Restore the cluster") == (result.status, result.verdict)
