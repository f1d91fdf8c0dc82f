"""docs/runbooks/cumulus.md: the founding document done right, and what the drills do now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.cumulus.generations import GENERATIONS
from fixtures.cumulus.page import OF, PHASES, PITR, page
from fixtures.cumulus.remarks_snapshot import SNAPSHOT
from fixtures.procedure import Step
from fixtures.runbook_page import Page
from tests.harness.fix_project import ROOT, environment

PAGE = ROOT / "docs/runbooks/cumulus.md"


def printed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_page_is_what_the_drills_print() -> None:
    result = printed(*OF, "--runbook-for=cumulus")
    assert 0 == result.returncode, result.stderr
    is_current = result.stdout == PAGE.read_text()
    assert is_current, "docs/runbooks is not what the drills do any more: run `tox -e runbooks`"


def test_half_of_it_is_refused() -> None:
    result = printed(OF[0], "--runbook-for=cumulus")
    assert 4 == result.returncode
    assert "--runbook-for=cumulus: the page is made of drills/pitr and drills/sn" in result.stderr


@pytest.mark.parametrize(
    "said",
    [
        # Every part of the founding document, as it is headed there, has its place.
        "## Halt ingest",
        "## Remove access",
        "## Restore",
        "## Validate",
        "## Adopt",
        "## Move the clients",
        "## Resume",
        "# Recovery from a snapshot",
        "## Back out",
        "## Your own Postgres",
        "--restore-to-time",
        "terraform state rm",
        "terraform import",
        "snapshot_identifier",
        "cluster_identifier",
        "rds_login",
        "PREFIX_db_login",
        "connection limit 0",
        "pg_terminate_backend",
        "DynamoDB",
        "logs, and the history of executions in Step Functions",
    ],
)
def test_what_the_document_covers_is_covered(said: str) -> None:
    assert said in PAGE.read_text()


def test_every_version_is_in_its_table() -> None:
    text = PAGE.read_text()
    assert all(f"| {one} | {len(one.tables)} tables" in text for one in GENERATIONS)


def test_every_correction_stands_at_its_step_and_in_the_list() -> None:
    text = " ".join(PAGE.read_text().split())
    for remarks in (PITR, SNAPSHOT):
        for remark in remarks.values():
            for wrong in remark.wrong:
                assert f"**Wrong or forgotten in the document**: {wrong.title}." in text
                assert f": {wrong.title} " in f"{text} "


def made(*names: str) -> Page:
    steps = [
        Step(number, name, name, "nothing", False, "R1: why.", False)
        for number, name in enumerate(names, 1)
    ]
    return Page(OF[0], "A drill.", steps, {}, [])


def test_a_remark_of_a_step_that_is_gone_is_refused() -> None:
    """The alarm rings: what is said would else vanish with the step."""
    pages = {OF[0]: made(*{*PITR, *PHASES}), OF[1]: made(*SNAPSHOT)}
    assert "### P1. " in page(pages)
    for gone in ("moved_clients", "recorded_before"):
        names = {*PITR, *PHASES} - {gone}
        with pytest.raises(LookupError, match=gone):
            page({**pages, OF[0]: made(*names)})


def test_the_step_that_a_phase_begins_with_is_there_once() -> None:
    text = PAGE.read_text()
    assert all(1 == text.count(f"\n## {title}\n") for title in PHASES.values())
    assert Path(ROOT, "docs/recovery.md").exists()
