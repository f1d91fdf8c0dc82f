"""A guardian of its own for what is launched here, and programs in Python."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.operators.program import Program

ENVIRON = {
    "PATH": "/usr/bin:/bin",
    "AWS_PROFILE": "closer",
    "AWS_REGION": "us-east-1",
    "DATABASE_PASSWORD": "canary-of-the-environment",
}


@pytest.fixture
def program(guardian: Guardian, tmp_path: Path) -> Callable[..., Program]:
    def make(source: str, seconds: float = 30.0, **changed: Any) -> Program:
        given: dict[str, Any] = {
            "setting": "[access] remove",
            "argv": (sys.executable, "-c", source),
            "folder": tmp_path,
            "seconds": seconds,
            "limit": "[access] time_limit",
            "launcher": guardian.client(),
            "environ": ENVIRON,
        }
        return Program(**{**given, **changed})

    return make
