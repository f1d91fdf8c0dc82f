"""DESIGN 6: a session on the source can only read, by whatever the settings refer to."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from moto import mock_aws
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from checks.database import Limits
from fixtures.aws.errors import ReadTheSecret
from fixtures.aws.session import Access
from fixtures.claims import BadInput
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.server import Server
from fixtures.settings import Login
from fixtures.source import Address
from fixtures.source_login import ReadOnly
from tests.aws.fix_aws import ACCESS

ROLE, PASSWORD = "drill", "canary-of-a-source-login"
SESSION: Access = ACCESS


@pytest.fixture(scope="module")
def address(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Address]:
    """A server that asks for passwords, with a table that the role could write to."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    server = Server(folder, binaries, account, guardian.client())
    server.initialise()
    server.start(listen_port=0)
    with server.connect() as conn:
        conn.execute(f"create role {ROLE} login password '{PASSWORD}'")
        conn.execute("create table kept (a int)")
        conn.execute(f"grant all on kept to {ROLE}")
        conn.execute("create database other")
    yield Address("127.0.0.1", server.port)
    server.stop("immediate")


def reader(login: str, address: Address, environ: dict[str, str] | None = None, **more: Any) -> Any:
    return ReadOnly(Login(login), address, SESSION, environ or {}, **more)


def dsn(**changed: str) -> str:
    return make_conninfo("", **{"user": ROLE, "password": PASSWORD, **changed})


def test_a_write_that_tries_is_refused_by_the_server(address: Address) -> None:
    with reader("env:CORE", address, {"CORE": dsn()}).connect("postgres") as session:
        for statement in (
            "insert into kept values (1)",
            "update kept set a = 2",
            "delete from kept",
            "truncate kept",
            "drop table kept",
            "create table made (a int)",
            "create role somebody",
            "alter role drill superuser",
        ):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as refused:
                session.execute(statement)
            assert "25006" == refused.value.sqlstate
        assert (0,) == session.execute("select count(*) from kept").fetchone()


def test_without_it_the_same_role_writes(address: Address) -> None:
    """The control: it is the session that keeps it from writing, not the role."""
    with psycopg.connect(
        make_conninfo(dsn(), host=address.host, port=str(address.port), dbname="postgres")
    ) as session:
        session.execute("insert into kept values (1)")
        session.rollback()


def test_each_session_tells_whose_it_is_and_gives_up_in_time(address: Address) -> None:
    limits = Limits(statement=timedelta(minutes=3), lock=timedelta(seconds=2))
    connect = reader("env:CORE", address, {"CORE": dsn()}, limits=limits).connect
    with connect("other") as session:
        shown = {
            name: session.execute(f"show {name}").fetchone()[0]
            for name in (
                "default_transaction_read_only",
                "transaction_read_only",
                "statement_timeout",
                "lock_timeout",
                "application_name",
            )
        }
        assert {
            "default_transaction_read_only": "on",
            "transaction_read_only": "on",
            "statement_timeout": "3min",
            "lock_timeout": "2s",
            "application_name": "restore-drills",
        } == shown
        assert ("other",) == session.execute("select current_database()").fetchone()
        assert session.autocommit


def test_what_the_login_says_of_the_session_does_not_win(address: Address) -> None:
    written = dsn(
        options="-c default_transaction_read_only=off -c work_mem=8MB", application_name="other"
    )
    with reader("env:CORE", address, {"CORE": written}).connect("postgres") as session:
        assert ("on",) == session.execute("show transaction_read_only").fetchone()
        assert ("8MB",) == session.execute("show work_mem").fetchone()
        assert ("restore-drills",) == session.execute("show application_name").fetchone()


def test_where_the_source_is_aws_says_and_the_login_does_not(
    address: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A login that led elsewhere would have another database's rows recorded as the truth."""
    elsewhere = {"host": "192.0.2.1", "hostaddr": "192.0.2.1", "port": "1", "dbname": "none"}
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    written = {"CORE": dsn(**elsewhere)}
    with reader("env:CORE", address, written).connect("postgres") as session:
        assert address.port == session.info.port

    services = tmp_path / "services"
    lines = {**elsewhere, "user": ROLE, "password": PASSWORD}
    services.write_text("[core]\n" + "".join(f"{key}={lines[key]}\n" for key in lines))
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    with reader("service=core", address).connect("postgres") as session:
        assert (ROLE,) == session.execute("select current_user").fetchone()


def test_a_session_whose_server_did_not_take_it_is_refused(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a pooler does that drops `options`."""
    opened: list[psycopg.Connection[Any]] = []
    connect = psycopg.connect

    def through_a_pooler(conninfo: str, **more: Any) -> psycopg.Connection[Any]:
        kept = {**conninfo_to_dict(conninfo), "options": ""}
        opened.append(connect(make_conninfo("", **kept), **more))
        return opened[-1]

    monkeypatch.setattr("fixtures.source_login.psycopg.connect", through_a_pooler)
    with pytest.raises(BadInput, match=r"\[source\] login: the session is not read-only"):
        reader("env:CORE", address, {"CORE": dsn()}).connect("postgres")
    assert [True] == [session.closed for session in opened]


def test_a_secret_gives_role_and_password_and_is_read_for_each_session(address: Address) -> None:
    """One that RDS manages holds nothing else, and is rotated while a drill goes on."""
    with mock_aws():
        manager = ACCESS.client("secretsmanager")
        content = {"username": ROLE, "password": "of-yesterday"}
        secret = manager.create_secret(Name="core", SecretString=json.dumps(content))["ARN"]
        login = reader(f"secret:{secret}", address)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            login.connect("postgres")
        manager.put_secret_value(
            SecretId=secret, SecretString=json.dumps({**content, "password": PASSWORD})
        )
        with login.connect("postgres") as session:
            assert (ROLE,) == session.execute("select current_user").fetchone()
        assert PASSWORD not in repr(login)

        manager.put_secret_value(SecretId=secret, SecretString=f'["{PASSWORD}"]')
        with pytest.raises(ReadTheSecret, match="no JSON with username and password") as refused:
            login.connect("postgres")
        assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("login", "environ", "role", "sslmode"),
    [
        ("iam:restore_drill", {}, "restore_drill", "require"),
        ("iam:restore_drill", {"PGUSER": "x", "PGSSLMODE": "prefer"}, "restore_drill", "require"),
        ("iam", {"PGUSER": "drill", "PGSSLMODE": "verify-full"}, "drill", "verify-full"),
    ],
)
def test_an_rds_token_is_made_for_each_session_and_sent_encrypted_only(
    monkeypatch: pytest.MonkeyPatch, login: str, environ: dict[str, str], role: str, sslmode: str
) -> None:
    given: list[dict[str, Any]] = []

    def note(conninfo: str, **_: Any) -> None:
        given.append(conninfo_to_dict(conninfo))
        raise psycopg.OperationalError("noted")

    monkeypatch.setattr("fixtures.source_login.psycopg.connect", note)
    place = Address("core.cluster-x.us-east-1.rds.amazonaws.com", 5433)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="noted"):
            reader(login, place, environ).connect("core")
    for one in given:
        assert (role, sslmode, place.host) == (one["user"], one["sslmode"], one["host"])
        token = one["password"]
        assert token.startswith(f"{place.host}:5433/?Action=connect&DBUser={role}&")
        assert "us-east-1%2Frds-db%2Faws4_request" in token


def test_a_token_for_a_server_without_encryption_never_leaves(address: Address) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        reader(f"iam:{ROLE}", address).connect("postgres")


def test_what_cannot_be_followed_is_refused_in_one_line() -> None:
    place = Address("core.example", 5432)
    with pytest.raises(BadInput, match=r"^\[source\] login: iam names no role .*; write iam:ROLE$"):
        reader("iam", place)
    with pytest.raises(BadInput, match=r"^\[source\] login: the variable CORE is not set"):
        reader("env:CORE", place)


def test_a_refused_login_shows_no_password(address: Address) -> None:
    wrong = "canary-of-a-wrong-password"
    with pytest.raises(psycopg.OperationalError) as refused:
        reader("env:CORE", address, {"CORE": dsn(password=wrong)}).connect("postgres")
    assert wrong not in str(refused.value)
