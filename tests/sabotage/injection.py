"""Injecting one fault into one copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.checks.conftest import Connection
from tests.sabotage.faults.fault import Fault


@contextmanager
def injected(fault: Fault, copy: Connection) -> Iterator[None]:
    """The fault, within the block; what would outlive the copy is taken back afterwards."""
    why = not_here(fault, copy)
    if why is not None:
        pytest.skip(why)
    try:
        for statement in fault.sql:
            copy.execute(statement.encode())
        yield
    finally:
        for statement in fault.undo:
            copy.execute(statement.encode())


def not_here(fault: Fault, copy: Connection) -> str | None:
    """Why this server cannot have the fault, or None."""
    if copy.info.server_version < fault.since:
        return f"needs PostgreSQL {fault.since // 10000}"
    if fault.needs is not None:
        found = copy.execute(
            "select from pg_available_extensions where name = %s", [fault.needs]
        ).fetchone()
        if found is None:
            return f"needs the extension {fault.needs}"
    return None
