"""R10, R69: who uses the databases, as a reader is told, and which pooler is recognised."""

from __future__ import annotations

import pytest

from checks.accessors import in_transaction, pooler_of, through, told
from fixtures.aws.access.proxies import Proxy
from fixtures.postgres.fence_observation import SessionCount

PROXY = Proxy("core-proxy", "core-proxy.proxy-1.example", ("10.1.2.3",))


def sessions(user: str | None = "app", application: str = "", state: str = "idle") -> SessionCount:
    return SessionCount("core", user, application, "client backend", state, False, 2, ("10.1.2.9",))


@pytest.mark.parametrize(
    ("user", "application", "pooler"),
    [
        ("rdsproxyadmin", "", "RDS Proxy"),
        ("pgbouncer", "", "PgBouncer"),
        ("app", "pgbouncer - 10.0.0.1:5000", "PgBouncer"),
        ("app", "pgpool", "Pgpool-II"),
        ("app", "odyssey", "Odyssey"),
        ("app", "Supavisor", "Supavisor"),
        ("app", "my pgbouncer dashboard", None),
        ("app", "", None),
        (None, "", None),
    ],
)
def test_a_pooler_is_known_by_what_it_calls_itself(
    user: str | None, application: str, pooler: str | None
) -> None:
    """R69."""
    assert pooler == pooler_of(user, application)


def test_they_are_told_by_user_application_state_and_place() -> None:
    """R10."""
    (line,) = told([sessions(application="lambda")], [PROXY])
    assert "core: app (lambda): 2 idle, from 10.1.2.9" == line
    (line,) = told([sessions("pgbouncer")], [])
    assert line.endswith("from 10.1.2.9, through PgBouncer")


def test_a_proxy_s_own_user_names_every_proxy_where_none_is_known_by_address() -> None:
    """R69."""
    two = [PROXY, Proxy("second", "second.example")]
    assert "RDS Proxy core-proxy or second" == through(sessions("rdsproxyadmin"), two)
    assert "RDS Proxy" == through(sessions("rdsproxyadmin"), [])
    assert None is through(sessions(), two)


def test_transactions_that_were_left_open_are_picked_out() -> None:
    """R10: aborted ones hold their locks too."""
    found = [
        sessions(state=state)
        for state in ("idle", "active", "idle in transaction", "idle in transaction (aborted)")
    ]
    assert found[2:] == in_transaction(found)
