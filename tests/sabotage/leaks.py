"""A pytest plugin that puts another canary into every place of the restored copy (R49).

``-p tests.sabotage.leaks``, with a source that `tests.leaks.places` filled: each difference that
the proofs then find is a canary, and rules of the copy raise with rows in their messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.leaks import places


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Change the copy once it was found writable."""
    value = yield
    if fixturedef.argname == "writable_copy":
        with value.connect("leak") as connection:
            replaced = places.replaced(connection.info.server_version)
            rules = [*places.RAISES, *places.QUOTES, *places.BREAKS]
            for statement in (*replaced, *rules):
                # The administrator of an RDS is no superuser: what he may not do stays as it was.
                with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement.encode())
    return value
