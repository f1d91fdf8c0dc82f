"""A pytest plugin that makes the restore of drills/physical naive, or its copy wrong, in one way.

``-p tests.sabotage.physical --sabotage=NAME``. Each replaces one function of the drill, where it is
looked up: what a hurried operator's script lacks, or what befell the source before the backup. What
the drill then says is under test, and nothing in the harness knows of it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Replace = Callable[[], None]
REPLACEMENTS: dict[str, Replace] = {}
"""By name: what is replaced once the project may be imported."""
OF_THE_SOURCE: dict[str, tuple[str, ...]] = {}
"""By name: statements that run in the source's database before its backup is taken."""


def replacement(name: str) -> Callable[[Replace], Replace]:
    """Register one."""

    def register(replace: Replace) -> Replace:
        REPLACEMENTS[name] = replace
        return replace

    return register


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which sabotage."""
    parser.addoption("--sabotage", required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Not sooner: what is imported before the conftest is not rewritten."""
    name = session.config.option.sabotage
    REPLACEMENTS[name]()


@replacement("full disk")
def _full_disk() -> None:
    """The disk of the work folder has a megabyte left when the copy is to be made."""
    from types import SimpleNamespace

    from fixtures import physical

    def usage(folder: object) -> SimpleNamespace:
        return SimpleNamespace(free=2**20)

    physical.shutil = SimpleNamespace(disk_usage=usage, rmtree=physical.shutil.rmtree)
