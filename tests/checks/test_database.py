"""Sessions that only observe, and the list of databases that are observed."""

from __future__ import annotations

import psycopg
import pytest

from checks.database import (
    UseAnIdleConnection,
    compare_databases,
    connectable_databases,
    pin_session,
    snapshot,
)
from tests.checks.conftest import FAITHFUL, Connect, Connection, Truth


def test_a_snapshot_leaves_no_trace(copy: Connection) -> None:
    """Read-only throughout, and the caller's session is as it was."""
    state = (
        "select pg_snapshot_xmax(pg_current_snapshot())::text, current_setting('search_path'),"
        " current_setting('row_security'), current_setting('transaction_read_only'),"
        " current_setting('statement_timeout')"
    )
    before = copy.execute(state).fetchone()
    with snapshot(copy) as cursor, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        cursor.execute("create table core.late (id int)")
    assert before == copy.execute(state).fetchone()


def test_an_open_transaction_is_refused(copy: Connection) -> None:
    refused = pytest.raises(UseAnIdleConnection, match="no read-only snapshot")
    with copy.transaction(), refused, snapshot(copy):
        pass
    with snapshot(copy), pytest.raises(UseAnIdleConnection, match="not idle"):
        pin_session(copy)


def test_a_pinned_session_cannot_write_and_speaks_one_language(copy: Connection) -> None:
    pin_session(copy)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        copy.execute("insert into core.empty values (1)")
    spoken = copy.execute(
        "select current_setting('TimeZone'), current_setting('search_path'),"
        " now()::text like '%+00'"
    )
    assert spoken.fetchone() == ("UTC", "", True)


def test_every_connectable_database_is_listed(truth: Truth, connect: Connect) -> None:
    """R59: fenced ones (connection limit 0) too, templates and the provider's own not."""
    admin = connect()
    for name in ("fenced connection limit 0", '"Ünï" ', "closed allow_connections false"):
        admin.execute(f"create database {name}".encode())
    admin.execute("create database rdsadmin")
    try:
        assert connectable_databases(admin) == [FAITHFUL, "fenced", "postgres", "Ünï"]
    finally:
        for name in ("fenced", '"Ünï"', "closed", "rdsadmin"):
            admin.execute(f"drop database {name}".encode())


def test_a_forgotten_database_is_a_finding() -> None:
    """R59."""
    findings = compare_databases(["core", "metrics"], ["core", "other"])
    assert [(f.subject, f.expected, f.actual) for f in findings] == [
        ("metrics", "database", None),
        ("other", None, "database"),
    ]
    assert compare_databases(["core"], ["core"]) == []
