"""A pytest plugin that leaves a drill's clients where they were.

``-p tests.sabotage.clients``: the steps that move them say nothing of it.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Their secret stays as it is, and so do they."""
    # Not sooner: what is imported before the conftest is not rewritten.
    from fixtures.clients.moving import MovingClients

    # The clients of every rehearsal, with a Cumulus and without, move their secret by it.
    MovingClients.move = lambda *_: ()  # type: ignore[method-assign]
