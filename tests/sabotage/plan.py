"""A pytest plugin that makes a drill's plan unsafe, after the copy was named and before the plan.

``-p tests.sabotage.plan --unsafe=NAME`` edits the drill's own variables file as a hurried operator
would. What the judge, the steps behind it and the state become is under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EDITS = {
    "retention-lowered": ("backup_retention_period", "1"),
    "another-name": ("cluster_identifier", '"core-again"'),
}
UNPROTECTED = "unprotected"
"""No plan shows it: the copy is restored without protection, and stays so."""
_ALL = {**EDITS, UNPROTECTED: ("deletion_protection", "false")}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which edit."""
    parser.addoption("--unsafe", choices=sorted(_ALL), required=True)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Edit once, when the step that names the copy has ended."""
    value = yield
    if fixturedef.argname == "updated_tfvars":
        name, text = _ALL[request.config.option.unsafe]
        edit(request.getfixturevalue("source").deployment.tfvars, name, text)
    return value


def edit(tfvars: Path, name: str, text: str) -> None:
    """One variable of a variables file, one a line."""
    lines = tfvars.read_text().splitlines()
    kept = [line for line in lines if line.partition("=")[0].strip() != name]
    tfvars.write_text("\n".join([*kept, f"{name} = {text}", ""]))
