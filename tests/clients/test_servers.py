"""R42, R55: a login says which server it led to, and one that works on the old one is told."""

from __future__ import annotations

import psycopg

from checks.clients import check_login, observe_server
from fixtures.postgres.server import Server


def test_a_login_that_works_and_leads_to_the_old_cluster_is_told(
    pair: list[Server],
) -> None:
    old, copy = pair
    with old.connect() as one, copy.connect() as other:
        there, here = observe_server(one), observe_server(other)
    assert there != here

    assert [] == check_login("core_db_login", copy.connect, copy=[here], source=there)
    (finding,) = check_login("core_db_login", old.connect, copy=[here], source=there)
    assert "clients.server" == finding.check
    assert str(finding.actual).startswith("the old cluster, ")
    # Of a cluster that is gone nobody can say so, and it is the copy none the less.
    (finding,) = check_login("core_db_login", old.connect, copy=[here], source=None)
    assert str(there) == finding.actual


def test_a_server_that_was_started_again_is_another(pair: list[Server]) -> None:
    """Behind one address: what was there before is not there any more."""
    server, _ = pair
    with server.connect() as connection:
        before = observe_server(connection)
    server.stop("fast")
    server.start()
    with server.connect() as connection:
        assert before != observe_server(connection)


def test_a_login_that_is_refused_is_told_without_what_it_held(pair: list[Server]) -> None:
    """R42: passwords rewind with a restore."""
    server, _ = pair

    def login() -> psycopg.Connection:
        raise psycopg.OperationalError('FATAL:  password authentication failed for user "app"')

    with server.connect() as connection:
        here = observe_server(connection)
    (finding,) = check_login("core_db_login", login, copy=[here], source=None)
    assert ("clients.login", "secret core_db_login") == (finding.check, finding.subject)


def test_aurora_names_the_instance(pair: list[Server]) -> None:
    """Its own function, stood in for: https://docs.aws.amazon.com/AmazonRDS/latest/
    AuroraUserGuide/aurora_db_instance_identifier.html
    """
    server, _ = pair
    with server.connect() as connection:
        assert observe_server(connection).instance is None
        connection.execute(
            "create function aurora_db_instance_identifier() returns text language sql "
            "as $$ select 'core-copy-1'::text $$"
        )
        found = observe_server(connection)
        connection.execute("drop function aurora_db_instance_identifier")
    assert "core-copy-1" == found.instance
    assert str(found).startswith("core-copy-1, ")
