"""A pytest plugin that makes every password of a rehearsal a canary.

``-p tests.sabotage.secrets``: what a run prints and leaves is then searched for it.
"""

from __future__ import annotations

import itertools
import secrets

import pytest

CANARY = "cAnArY-"
"""Begins every password of the run; long and odd enough to be no word of ours."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Passwords are made by `secrets.token_urlsafe`; names and tokens of ours are not."""
    numbers = itertools.count(1)

    def canary(nbytes: int | None = None) -> str:
        return f"{CANARY}{next(numbers)}-{secrets.token_hex(nbytes or 16)}"

    secrets.token_urlsafe = canary
