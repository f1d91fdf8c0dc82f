"""Every behaviour that a test is marked with."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/rehearsal", "tests/cli", "tests/terraform")


class Behaviour(NamedTuple):
    """One behaviour of AWS, where AWS documents it, and the test that shows it."""

    service: str
    action: str
    rule: str
    source: str
    test: str


def behaviours() -> list[Behaviour]:
    """By service, action and rule. Imports every module of tests that has any."""
    modules = sorted(
        path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("test_*.py")
    )
    return sorted(one for module in modules for one in _of(module))


def _of(path: Path) -> Iterator[Behaviour]:
    name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    for test in vars(import_module(name)).values():
        if getattr(test, "__module__", None) != name:
            continue
        marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
        for mark in marks:
            if mark.name == "documented":
                yield Behaviour(*mark.args, test=f"{path.stem}.{test.__name__}")
