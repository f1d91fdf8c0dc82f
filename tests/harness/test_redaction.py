"""What a failure shows, and what it must not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from pydantic import TypeAdapter

from checks.database import reason
from fixtures.postgres.server import Server
from fixtures.redaction import database_error, masked, one_line, shown

SECRET = "hunter2-canary"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://boss:{SECRET}@db.example.org:5432/core",
        f"host=db password={SECRET} dbname=core",
        f"host=db password='{SECRET}' dbname=core",
        f"{{'MasterUserPassword': '{SECRET}', 'password': '{SECRET}'}}",
        f"--source-dsn=postgresql://boss:{SECRET}@db/core",
        f"token: {SECRET}",
        f"postgresql://boss:p@ss@{SECRET}@db.example.org/core",
        rf"host=db password=an\ {SECRET} dbname=core",
        rf"host=db password='it\'s {SECRET}' dbname=core",
        f"host=db password=a,b;c&d){SECRET} dbname=core",
        f"CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'u', password '{SECRET}')",
        f"alter role u PASSWORD 'it''s {SECRET}' login",
        f"select f(password => '{SECRET}', x => 1)",
        f"select f(password := '{SECRET}')",
        f"select dblink('host=h password=''a {SECRET}'' dbname=d')",
    ],
)
def test_passwords_are_masked(text: str) -> None:
    assert SECRET not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "the password was refused",
        "CREATE TABLE t (password text, token uuid)",
        "endpoint=http://127.0.0.1:40123/",
        "12:00:01 at a@b",
    ],
)
def test_what_holds_no_password_stays_as_it_is(text: str) -> None:
    assert text == masked(text)


def fail(server: Server, statement: str) -> pytest.ExceptionInfo[BaseException]:
    password = SECRET  # a local, as a DSN would be

    def act(password: str) -> None:
        with server.connect() as connection:
            connection.execute("create table t (name text unique, number int)")
            connection.execute("insert into t values ('canary-value', 1)")
            connection.execute(statement.encode())

    with pytest.raises(psycopg.Error) as caught:
        act(password)
    return caught  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("insert into t values ('canary-value', 2)", "23505"),
        ("insert into t select 'x', name::int from t", "22P02"),
        ("select * from missing", "42P01"),
        ("do $$ begin raise exception '%', (select name from t); end $$", "P0001"),
        ("do $$ begin raise sqlstate '58000' using message = 'canary-value'; end $$", "58000"),
        ("do $$ begin execute 'select ' || quote_ident((select name from t)); end $$", "42703"),
        ("do $$ begin execute 'canary-value'; end $$", "42601"),
    ],
)
def test_a_database_error_shows_its_state_and_no_row(
    server: Server, statement: str, sqlstate: str
) -> None:
    caught = fail(server, statement)

    said = [str(shown(caught)), one_line(caught.value), database_error(caught.value)]  # type: ignore[arg-type]

    assert all(sqlstate in text for text in said)
    assert not any("canary" in text for text in said)


def test_what_the_client_could_not_convert_is_not_shown(server: Server) -> None:
    with server.connect() as connection, pytest.raises(psycopg.DataError) as far:
        connection.execute("select timestamp '20000-11-09'").fetchone()
    with pytest.raises(psycopg.Error) as no_pair:
        psycopg.conninfo.conninfo_to_dict("host=h canary-value")

    for caught in (far, no_pair):
        said = [str(shown(caught)), one_line(caught.value), reason(caught.value)]  # type: ignore[arg-type]
        assert not any("canary" in text or "20000-11" in text for text in said), said


def test_neither_arguments_nor_locals_of_a_failure_are_shown() -> None:
    def act(password: str) -> Any:
        dsn = f"password={password}"
        raise RuntimeError(f"cannot connect with {dsn}")

    with pytest.raises(RuntimeError) as caught:
        act(SECRET)

    assert SECRET not in str(shown(caught))  # type: ignore[arg-type]
    assert SECRET not in one_line(caught.value)
    assert "cannot connect" in str(shown(caught))  # type: ignore[arg-type]


def _parse() -> None:
    int("canary-value")


def _look_up() -> None:
    {"a": 1}["canary-value"]


def _date() -> None:
    datetime.fromisoformat("canary-value")


def _decode() -> None:
    b"\xffcanary-value".decode()


def _model() -> None:
    TypeAdapter(dict[str, int]).validate_python({"n": "canary-value"})


def _numbers() -> None:
    TypeAdapter(dict[str, str]).validate_python({"n": 4929123456781234})


def _after_another() -> None:
    try:
        _parse()
    except ValueError as error:
        raise RuntimeError("it stopped") from error


@pytest.mark.parametrize(
    "act", [_parse, _look_up, _date, _decode, _model, _numbers, _after_another]
)
def test_what_python_could_not_use_is_not_shown(act: Any) -> None:
    """A value of a row that is no number, key or date: where it failed is shown, not on what."""
    with pytest.raises(Exception) as caught:
        act()

    said = [_errors(str(shown(caught))), one_line(caught.value)]
    assert not any("canary" in text or "4929" in text for text in said), said


def _errors(text: str) -> str:
    """Without the lines of source, in which this test's own canaries stand."""
    return "\n".join(line for line in text.splitlines() if line.startswith("E "))
