"""Makes the minutes of ``--wait`` so short that they are over in the first wait for RDS."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    from fixtures.recovery import asked  # not before the conftest has it rewritten

    asked.MINUTE = 0.001
