"""docs/runbooks: what an operator reads is what the drills do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.harness.fix_project import ROOT, environment

PAGES = ROOT / "docs/runbooks"
DRILLS = ("pitr", "snapshot", "physical", "logical", "verify", "plan", "readiness")


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """The page of each drill, as it is printed now."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--runbook"),
            *(f"drills/{drill}" for drill in DRILLS),
        ],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    _, *pages = f"\n{result.stdout}".split("\n# drills/")
    return {page.partition(":")[0]: f"# drills/{page}" for page in pages}


@pytest.mark.parametrize("drill", DRILLS)
def test_a_page_is_what_its_drill_prints(drill: str, printed: dict[str, str]) -> None:
    is_current = printed[drill] == (PAGES / f"{drill}.md").read_text()
    assert is_current, "docs/runbooks is not what the drills do any more: run `tox -e runbooks`"


def test_every_drill_has_a_page_and_no_page_is_without_its_drill() -> None:
    drills = {path.parent.name for path in (ROOT / "drills").glob("*/test_runbook.py")}
    pages = {path.stem for path in PAGES.glob("*.md")}
    assert set(DRILLS) == drills - {"local"} == pages - {"cumulus"}  # made of two, tests/cumulus


def test_tox_writes_a_page_for_each() -> None:
    assert f"for drill in {' '.join(DRILLS)}; do" in (ROOT / "tox.ini").read_text()


@pytest.mark.parametrize("drill", DRILLS)
def test_what_a_step_undoes_is_said(drill: str) -> None:
    assert "what it did is undone" not in (PAGES / f"{drill}.md").read_text().lower()
