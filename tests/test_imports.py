"""Imports run one way (DESIGN 1): what may know what, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("checks", "drills", "fixtures", "reports", "tests", "conftest")

# folder: the project's packages that its modules may import, besides their own.
ALLOWED = {
    "checks": (),
    "reports": (),
    "fixtures/postgres": (),
    "fixtures/settings": ("fixtures.cumulus.profile",),
    "fixtures/containers": ("fixtures.postgres", "fixtures.guardian", "fixtures._processes"),
    "fixtures/aws": ("fixtures.postgres",),
    "fixtures/dumps": ("fixtures.postgres", "fixtures.sqlstates"),
    "fixtures/terraform": ("fixtures.postgres", "fixtures.settings"),
    # The incident records the baseline with the very functions that judge the copy later.
    "fixtures/rehearsal": ("fixtures", "checks"),
    "fixtures": ("fixtures", "checks"),
    "drills": ("fixtures", "checks"),
}
OUTSIDE = {
    "checks": ("pydantic", "psycopg", "sqlalchemy"),
    "fixtures/postgres": ("psycopg",),
}
# What a drill may not reach around the public types of fixtures.
HIDDEN_FROM_DRILLS = ("fixtures.rehearsal", "fixtures.guardian", "fixtures.postgres.server")
# Production code does not know that it is rehearsed: only these stand on both sides.
KNOWS_THE_REHEARSAL = {
    f"fixtures/{name}.py" for name in ("ground", "preflight", "refusals", "sources")
}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """Full names of what a module imports, type-checking blocks and relative imports included."""
    package = file.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names)


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def folder_of(file: Path) -> str:
    """The longest rule that covers a file."""
    path = str(file.relative_to(ROOT))
    return max((f for f in ALLOWED if path.startswith(f + "/")), key=len)


@pytest.mark.parametrize("folder", ["checks", "reports", "fixtures", "drills"])
def test_imports_run_one_way(folder: str) -> None:
    wrong = []
    for file in modules(folder):
        rule = folder_of(file)
        own = rule.replace("/", ".")
        for name in imported(file):
            if not within(name, OURS) or within(name, (own,)):
                continue
            if not within(name, ALLOWED[rule]):
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert [] == wrong


@pytest.mark.parametrize("folder", OUTSIDE)
def test_the_inner_packages_need_little(folder: str) -> None:
    import sys

    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules(folder)
        for name in imported(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not within(name, OURS)
        and not within(name, OUTSIDE[folder])
    ]
    assert [] == wrong


def test_production_code_does_not_know_that_it_is_rehearsed() -> None:
    wrong = [
        f"{path} imports {name}"
        for file in modules("fixtures")
        if not (path := str(file.relative_to(ROOT))).startswith("fixtures/rehearsal/")
        and path not in KNOWS_THE_REHEARSAL
        for name in imported(file)
        if within(name, ("fixtures.rehearsal",))
    ]
    assert [] == wrong


def test_drills_use_public_types_only() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules("drills")
        for name in imported(file)
        if within(name, HIDDEN_FROM_DRILLS) or "._" in name
    ]
    assert [] == wrong


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import fixtures.aws.wait", ["fixtures.aws.wait"]),
        ("from reports import journal", ["reports.journal"]),
        ("from . import errors", ["fixtures.aws.errors"]),
        ("from .errors import AwsError", ["fixtures.aws.errors.AwsError"]),
    ],
)
def test_the_reader_of_imports_sees_them(
    source: str, expected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The alarm rings: an import in any form is read as what it is."""
    file = tmp_path / "fixtures" / "aws" / "made_up.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    monkeypatch.setattr("tests.test_imports.ROOT", tmp_path)
    assert expected == list(imported(file))
