"""A plugin that takes two guards away, so that a test shows what they are good for:
``-p tests.sandbox.unguarded``.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import psycopg


def pytest_configure() -> None:
    """The environment stays as it is, and libpq's variables beat the host that it is given."""
    # Not sooner: conftest.py has our packages' assertions rewritten first.
    from fixtures.rehearsal import lost_source, staging

    staging.sandboxed = lost_source.sandboxed = nullcontext  # type: ignore[assignment,attr-defined]
    connect = psycopg.connect

    def as_libpq_would(*given: Any, hostaddr: str = "", **named: Any) -> Any:
        return connect(*given, **named)

    psycopg.connect = as_libpq_would  # type: ignore[assignment]
