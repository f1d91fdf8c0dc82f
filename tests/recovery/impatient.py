"""Makes the minutes of ``--wait`` so short that they are over in the first wait for RDS."""

from __future__ import annotations

import pytest

from fixtures.recovery import asked


def pytest_configure(config: pytest.Config) -> None:
    asked.MINUTE = 0.001
