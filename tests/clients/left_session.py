"""A pytest plugin that comes back to the old cluster, once everybody was deployed again.

``-p tests.clients.left_session``: as DRILL_TEST_LEFT says, which is a connection string of a role
that no connection limit holds back.
"""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest

_held: list[psycopg.Connection[Any]] = []


@pytest.hookimpl(trylast=True)
def pytest_drill_event(event: dict[str, Any]) -> None:
    if event["event"] == "step_finished" and event["name"] == "redeployed_clients":
        _held.append(psycopg.connect(os.environ["DRILL_TEST_LEFT"], autocommit=True))


def pytest_unconfigure() -> None:
    while _held:
        _held.pop().close()
