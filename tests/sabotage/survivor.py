"""A pytest plugin that lets the source of a snapshot drill survive its loss.

``-p tests.sabotage.survivor``: somebody names a snapshot while the cluster still takes writes.
"""

from __future__ import annotations

import pytest

from fixtures.rehearsal import lost_source
from fixtures.rehearsal.site import Site


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Only ingest is halted; the cluster stays."""

    def lose(site: Site) -> None:
        site.ingest.halt()

    lost_source.lose = lose
