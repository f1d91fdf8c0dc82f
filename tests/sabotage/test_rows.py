"""Every row of docs/restores-that-lie.md is shown by a fault or a test, or by no database."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.sabotage.table import FAULTS, sample

ROOT = Path(__file__).parents[2]
POSTGRES = "tests/postgres/test_restores_that_lie.py"

ELSEWHERE = {
    2: "tests/checks/test_isolation_cluster.py::test_row_2_the_sources_archive",
    5: f"{POSTGRES}::test_row_5_a_paused_copy_is_reported_and_ours_is_promoted",
    6: f"{POSTGRES}::test_row_6_a_time_in_the_future_is_reported",
    7: f"{POSTGRES}::test_row_7_a_time_that_no_commit_follows_is_reported",
    8: f"{POSTGRES}::test_row_8_the_time_that_was_reached_is_told",
    27: "tests/postgres/test_restores_that_do_not_fit.py"
    "::test_row_27_wal_of_another_cluster_is_refused",
}
"""Rows that need more than one statement in one copy: an archive, a recovery, a second cluster."""

BEYOND = {
    9: "the configuration of RDS stands in its API (tests/checks/test_configuration.py)",
    30: "a secret stands outside the database (tests/checks/test_application.py logs in with it)",
}
"""Rows that no database can show."""


def rows() -> set[int]:
    table = (ROOT / "docs" / "restores-that-lie.md").read_text()
    return {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}


def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_is_shown() -> None:
    cited = {number for row in FAULTS for number in row.rows}
    assert rows() == cited | ELSEWHERE.keys() | BEYOND.keys()
    assert set() == cited & BEYOND.keys()
    assert cited == {number for row in sample() for number in row.rows}


def test_the_named_tests_exist() -> None:
    missing = [
        name
        for name in ELSEWHERE.values()
        if name.partition("::")[2] not in functions_in(name.partition("::")[0])
    ]
    assert [] == missing


def test_the_table_is_as_long_as_promised() -> None:
    """Of every family several, and none twice under one name."""
    families = [row.fault.family for row in FAULTS]
    assert 150 <= len(families)
    assert {
        "cluster",
        "content",
        "counts",
        "integrity",
        "isolation",
        "markers",
        "schema",
        "sequences",
        "settings",
    } == set(families)
    assert {row.fault.family for row in sample()} == set(families)
