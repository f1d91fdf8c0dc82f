"""The application's login and write are refused when they are refused, and silent when not."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg
import pytest

from checks.application import check_application
from fixtures.postgres.server import Server


@pytest.fixture
def application(server: Server) -> str:
    """A role that may insert into one table."""
    with server.connect() as connection:
        connection.execute("create role app login")
        connection.execute("create table things (name text)")
        connection.execute("grant insert on things to app")
    return "app"


def write(connection: psycopg.Connection[Any]) -> None:
    connection.execute("insert into things values (%s)", [secrets.token_hex()])


def test_a_copy_that_takes_the_applications_write_is_silent_and_keeps_nothing(
    server: Server, application: str
) -> None:
    """R42: the write is rolled back."""
    findings = check_application("postgres", lambda: server.connect(user=application), write)

    assert [] == findings
    with server.connect() as connection:
        assert (0,) == connection.execute("select count(*) from things").fetchone()


def test_a_missing_right_is_named(server: Server, application: str) -> None:
    """R42: permission error."""
    with server.connect() as connection:
        connection.execute("revoke insert on things from app")

    (finding,) = check_application("postgres", lambda: server.connect(user=application), write)

    assert "application.write" == finding.check
    assert "42501" in str(finding.actual)


def test_a_refused_login_is_named(server: Server, application: str) -> None:
    """R42: the role of the application may no longer log in."""
    with server.connect() as connection:
        connection.execute("alter role app nologin")

    (finding,) = check_application("postgres", lambda: server.connect(user=application), write)

    assert "application.login" == finding.check


def test_a_refused_value_is_not_shown(server: Server, application: str) -> None:
    """The refusal of a write quotes rows; the finding does not."""
    with server.connect() as connection:
        connection.execute("alter table things add check (name <> name)")

    (finding,) = check_application("postgres", lambda: server.connect(user=application), write)

    assert "23514" in str(finding.actual)
    assert "Failing row" not in str(finding)
