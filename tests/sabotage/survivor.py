"""A pytest plugin that lets the source of a snapshot drill survive its loss.

``-p tests.sabotage.survivor``: somebody names a snapshot while the cluster still takes writes.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Only ingest is halted; the cluster stays."""
    # Not sooner: what is imported before the conftest is not rewritten.
    from fixtures.rehearsal import lost_source

    def lose(site: Any) -> None:
        site.ingest.halt()

    lost_source.lose = lose
