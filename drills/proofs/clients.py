"""Clients use the copy: their secrets name it, and their login leads there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from checks.clients import (
    check_acknowledged,
    check_login,
    check_where,
    check_writes,
    observe_server,
)
from checks.finding import Finding
from checks.markers import observe_markers
from fixtures.aws.logins import StoredLogin
from fixtures.aws.moved_secrets import MovedSecret
from fixtures.claims import NotApplicable
from fixtures.source import Address, Copy, Login, Source


def test_their_secrets_name_the_copy(
    moved_clients: Sequence[MovedSecret], let_out_copy: Copy, source: Source
) -> None:
    """Each secret of the clients names the copy, as it reads now (R47, R55)."""
    findings: list[Finding] = []
    for login in _logins(source):
        findings += check_where(str(let_out_copy.address), login.where, f"secret {login.secret}")

    assert findings == []


def test_the_application_is_on_the_copy_by_its_own_login(
    moved_clients: Sequence[MovedSecret], let_out_copy: Copy, source: Source
) -> None:
    """The application, logged in through its secret, is on the copy's server (R42, R55)."""
    logins = _logins(source)
    with let_out_copy.connect(source.maintenance) as connection:
        copy = observe_server(connection)
    old = None
    if source.loss is None and not source.gone:
        with source.connect_admin(source.maintenance) as connection:
            old = observe_server(connection)
    findings: list[Finding] = []
    for stored in logins:
        connect = partial(
            Address(stored.host, stored.port).connect,
            Login(stored.user, stored.password),
            stored.database or source.databases[0],
        )
        findings += check_login(stored.secret, connect, copy=[copy], source=old)

    assert findings == []


def test_what_they_write_arrives_in_the_copy(
    resumed_ingest: object, newest_commit: datetime | None, let_out_copy: Copy, source: Source
) -> None:
    """What the clients write arrives in the copy (R55, R57 in part)."""
    ledgers = source.truth.ledgers if source.truth is not None else {}
    if not ledgers:
        raise NotApplicable("only a rehearsal's writers date each commit")
    findings: list[Finding] = []
    for database in ledgers:
        with let_out_copy.connect(database) as connection:
            newest = observe_markers(connection).newest_commit
        findings += check_writes(database, restored=newest_commit, newest=newest)

    assert findings == []


def test_what_they_were_told_is_committed_is_there(
    resumed_ingest: object, let_out_copy: Copy, source: Source
) -> None:
    """What the copy acknowledged to a client that retries is in it, each commit once (R55)."""
    if source.acknowledged is None:
        raise NotApplicable("only a rehearsal's clients keep account of what they were told")
    findings: list[Finding] = []
    for database, numbers in source.acknowledged(let_out_copy.address).items():
        with let_out_copy.connect(database) as connection:
            findings += check_acknowledged(database, numbers, connection)

    assert findings == []


def _logins(source: Source) -> Sequence[StoredLogin]:
    """What the clients' secrets say now; without any there is nothing to be said of them."""
    logins = source.clients.logins() if source.clients is not None else ()
    if not logins:
        raise NotApplicable("[clients] names no secret that clients read")
    return logins
