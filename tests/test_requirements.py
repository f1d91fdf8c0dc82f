"""Every requirement is cited by a test that proves it, or listed as a gap with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from fixtures.proofs import requirements

ROOT = Path(__file__).parents[1]
ALL = [f"R{number}" for number in range(1, 71)]


def docstrings_of_tests() -> Iterator[str]:
    """Docstrings of test modules and of tests, of drills and of the harness."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "drills").rglob("test_*.py")]
    for file in [*files, *(ROOT / "drills" / "proofs").glob("*.py")]:
        tree = ast.parse(file.read_text())
        yield ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield ast.get_docstring(node) or ""


def gaps() -> dict[str, str]:
    """The table of docs/requirements.md: number to reason, ranges spelt out."""
    rows = re.findall(
        r"^\| (R\d+(?:–R\d+)?) \| [^|]+ \| ([^|]+) \|$",
        (ROOT / "docs" / "requirements.md").read_text(),
        re.MULTILINE,
    )
    return {
        number: reason.strip()
        for numbers, reason in rows
        for number in requirements(numbers.replace("–", " to "))
    }


def test_every_requirement_is_cited_or_listed_as_a_gap() -> None:
    cited = {number for text in docstrings_of_tests() for number in requirements(text)}
    listed = gaps()

    assert [] == [number for number in ALL if number not in cited and number not in listed]
    assert [] == sorted(cited - set(ALL))
    # A gap that was closed is struck from the list.
    assert [] == [
        number for number in listed if number in cited and "in part" not in listed[number]
    ]


def test_a_range_is_spelt_out() -> None:
    assert ["R14", "R15", "R16", "R2"] == requirements("R14 to R16, and R2; not R200")
