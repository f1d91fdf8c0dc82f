"""Databases that nobody named: what is rewound with the others is listed, and came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from checks.tenants import Database, Entered, enter, judge_tenants, observe_databases
from fixtures.postgres.server import Server
from tests.checks.conftest import READER

OTHERS = ("atlas", "closed")
OWNER = "atlas_owner"


@pytest.fixture
def tenants(cluster: Server) -> Iterator[Server]:
    """Two databases of others: one in use, and one that admits nobody."""
    with cluster.connect() as conn:
        conn.execute(f"create role {OWNER}".encode())
        conn.execute(f"create database atlas owner {OWNER}".encode())
        conn.execute(f"create database closed owner {OWNER} allow_connections false".encode())
    with cluster.connect("atlas") as conn:
        conn.execute("create table maps (id integer)")
    yield cluster
    with cluster.connect() as conn:
        for name in OTHERS:
            conn.execute(f"drop database if exists {name} with (force)".encode())
        conn.execute(f"drop role {OWNER}".encode())


def others(server: Server) -> tuple[Database, ...]:
    with server.connect() as conn:
        found = observe_databases(conn, ["postgres"])
    return tuple(one for one in found if one.name in OTHERS)


def entered(server: Server, user: str = READER) -> dict[str, Entered | str]:
    return {"atlas": enter(partial(server.connect, "atlas", user))}


def test_every_database_is_listed_with_size_and_owner(tenants: Server) -> None:
    """R60: also one that admits nobody, for it is rewound with the others."""
    atlas, closed = others(tenants)
    assert (atlas.name, atlas.owner, atlas.admits) == ("atlas", OWNER, True)
    assert (closed.name, closed.admits) == ("closed", False)
    assert atlas.size is not None
    assert f"atlas ({atlas.size / 2**20:.1f} MB, owner {OWNER})" == str(atlas)


def test_what_came_back_is_silent(tenants: Server) -> None:
    """R59: with owner, tables and a door that opens."""
    known, inside = others(tenants), entered(tenants)
    judgement = judge_tenants(known, known, inside, inside)
    assert ((), ()) == (judgement.findings, judgement.gaps)
    assert {"tenants: atlas", "tenants: closed"} == set(judgement.facts)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("drop database atlas with (force)", {"tenants": "atlas"}),
        ("drop database closed with (force)", {"tenants": "closed"}),
        ("alter database atlas owner to postgres", {"tenants.owner": "atlas"}),
        ("alter database atlas connection limit 0", {"tenants.connect": "atlas"}),
        ("alter database atlas allow_connections false", {"tenants.connect": "atlas"}),
    ],
)
def test_what_was_forgotten_is_found(
    statement: str, expected: dict[str, str], tenants: Server
) -> None:
    """R59, R60: a tenant's database that is lost, of somebody else, or shut."""
    known, inside = others(tenants), entered(tenants)
    with tenants.connect() as conn:
        conn.execute(statement.replace("postgres", tenants.superuser).encode())
    judgement = judge_tenants(known, others(tenants), entered(tenants), inside)
    assert expected == {one.check: one.subject for one in judgement.findings}


def test_a_database_that_came_back_empty_is_found(tenants: Server) -> None:
    """R59: it is there, and nothing is in it."""
    known, inside = others(tenants), entered(tenants)
    with tenants.connect("atlas") as conn:
        conn.execute("drop table maps")
    judgement = judge_tenants(known, others(tenants), entered(tenants), inside)
    assert {"tenants.tables": "atlas"} == {one.check: one.subject for one in judgement.findings}
    # Of a source that nobody may look into nothing is claimed.
    assert () == judge_tenants(known, others(tenants), entered(tenants)).findings


def test_one_that_nobody_tried_is_not_proven(tenants: Server) -> None:
    known = others(tenants)
    judgement = judge_tenants(known, known, {})
    assert [("tenants.connect", "atlas")] == [(one.check, one.subject) for one in judgement.gaps]


def test_of_one_that_settings_name_alone_the_owner_is_not_judged(tenants: Server) -> None:
    named = [replace(one, owner="", size=None) for one in others(tenants)]
    assert () == judge_tenants(named, others(tenants), entered(tenants)).findings
    assert "atlas (size not known, owner not known)" == str(named[0])


def test_sizes_are_asked_only_where_they_may_be(tenants: Server) -> None:
    with tenants.connect() as conn:
        conn.execute("revoke connect on database atlas from public")
    with tenants.connect("postgres", READER) as conn:
        found = {one.name: one.size for one in observe_databases(conn, [])}
    assert found["atlas"] is None
    assert found["closed"] is not None
