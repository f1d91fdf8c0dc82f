"""Baselines made up, for what needs no server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.baseline.model import Baseline
from tests.checks.baseline import made_up


@pytest.fixture
def baseline() -> Baseline:
    return made_up.baseline(recorded_at=datetime(2024, 5, 1, 12, tzinfo=UTC))
