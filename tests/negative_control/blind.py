"""A pytest plugin that blinds every proof that asks `judge`: nothing that a check says arrives.

``-p tests.negative_control.blind``: a negative control must then be red.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Not sooner: what is imported before the conftest is not rewritten."""
    from checks.judgement import Judgement
    from fixtures.judging import Judge

    faithful = Judge.__call__
    Judge.__call__ = lambda self, judgement: faithful(self, Judgement())  # type: ignore[method-assign]
