"""Whether the application can use a copy: a login and a write of its own kind (R42)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from checks.database import reason
from checks.finding import Finding

CHECK = "application"

Connection = psycopg.Connection[Any]


def check_application(
    database: str, login: Callable[[], Connection], write: Callable[[Connection], object]
) -> list[Finding]:
    """Log in as the application and write as it does; the write is rolled back.

    ``login`` returns an autocommit connection. What the server refuses is a finding; it names the
    SQLSTATE and never a value.
    """
    try:
        connection = login()
    except psycopg.OperationalError as refusal:
        return [
            Finding(
                f"{CHECK}.login",
                f"database {database}",
                "the application logs in",
                reason(refusal),
                "R42: a restore rewinds roles and passwords: set the application's password to "
                "that of its current secret, and its right to connect.",
            )
        ]
    with connection:
        try:
            with connection.transaction(force_rollback=True):
                write(connection)
        except psycopg.Error as refusal:
            return [
                Finding(
                    f"{CHECK}.write",
                    f"database {database}",
                    "the application's write is accepted",
                    reason(refusal),
                    "R42: compare the rights of the application's role with the source's.",
                )
            ]
    return []


def write_anything(connection: Connection) -> None:
    """A write that any session may make, where nobody knows the application's own."""
    connection.execute("create temporary table restore_drill_probe on commit drop as select 1")
