"""A pytest plugin that breaks the restored copy just after it was found writable.

``-p tests.sabotage.copy --sabotage=NAME``: what the proofs then say is under test, and nothing in
the harness knows of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

DATABASE = "core"
FAULTS = {
    "dropped-table": "drop table pdrs cascade",
    "lost-row": "delete from files where cumulus_id = (select max(cumulus_id) from files)",
    "lost-index": "drop index granules_collection",
    "good-marker-lost": "delete from restore_drill.marker where kind = 'good'",
    "bad-marker-there": "insert into restore_drill.marker (number, kind) values (999999, 'bad')",
    "application-without-rights": "revoke insert on granules from core_app",
    "fence-restored": f"alter database {DATABASE} connection limit 0",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which fault."""
    parser.addoption("--sabotage", choices=sorted(FAULTS), required=True)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Break the copy once, when the step that hands it on has ended."""
    value = yield
    if fixturedef.argname == "writable_copy":
        with value.connect(DATABASE) as connection:
            connection.execute(FAULTS[request.config.option.sabotage])
    return value
