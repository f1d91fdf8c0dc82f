"""A pytest plugin that forgets to deploy a drill's clients again.

``-p tests.sabotage.deployments``: their secret names the copy, and what runs keeps its old host.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """They read nothing anew."""
    # Not sooner: what is imported before the conftest is not rewritten.
    from fixtures.rehearsal.clients import SecretClients

    SecretClients.redeploy = lambda *_: ()  # type: ignore[method-assign]
