"""R55, R57: clients that were not moved are told, those that were are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import create_autospec

import psycopg

from checks.clients import check_acknowledged, check_where, check_writes

THEN = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = THEN + timedelta(seconds=1)


def test_a_secret_that_names_the_copy_is_silent_and_another_is_told() -> None:
    assert [] == check_where("copy:5432", "copy:5432")
    (finding,) = check_where("copy:5432", "old:5432")
    assert ("clients.secret", "copy:5432", "old:5432") == (
        finding.check,
        finding.expected,
        finding.actual,
    )


def test_a_commit_since_the_restore_is_silent_and_none_is_told() -> None:
    assert [] == check_writes("core", restored=THEN, newest=LATER)
    assert [] == check_writes("core", restored=None, newest=THEN)
    for newest in (THEN, None):
        (finding,) = check_writes("core", restored=THEN, newest=newest)
        assert "clients.writes" == finding.check
    assert check_writes("core", restored=None, newest=None)


def test_a_client_that_never_came_is_told() -> None:
    """R55. Nothing is asked of a server to which it never wrote."""
    nobody = create_autospec(psycopg.Connection)
    (finding,) = check_acknowledged("core", None, nobody)
    assert ("clients.acknowledged", "core", "none") == (
        finding.check,
        finding.subject,
        finding.actual,
    )
    assert [] == nobody.mock_calls
