"""A difference that is a canary, in every place of a schema: told, and never shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.database import snapshot
from checks.judgement import Judgement
from checks.schema.catalog import DATABASE_KINDS
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
from fixtures.postgres.server import Server
from tests.leaks.places import PLACES, Place, put, traces


@pytest.fixture(scope="module")
def database(shop_server: Server) -> Iterator[str]:
    """A database with a canary in every place."""
    with shop_server.connect() as connection:
        connection.execute("create database leak_places")
    with shop_server.connect("leak_places") as connection:
        for statement in put(connection.info.server_version):
            connection.execute(statement.encode())
    yield "leak_places"
    with shop_server.connect("leak_places") as connection:
        connection.execute("drop subscription leak_subscribed")
    with shop_server.connect() as connection:
        connection.execute("drop database leak_places with (force)")


@pytest.fixture(scope="module")
def truth(shop_server: Server, database: str) -> SchemaObservation:
    with shop_server.connect(database) as connection, snapshot(connection) as cursor:
        return observe_schema(OneSession(cursor), kinds=DATABASE_KINDS)


def test_no_observation_holds_a_canary(truth: SchemaObservation) -> None:
    """What a baseline keeps of a schema."""
    assert [] == traces(truth.model_dump_json(indent=1))
    assert "leak.cells" in truth.kinds["tables"]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_another_canary_is_told_and_not_shown(
    shop_server: Server, database: str, truth: SchemaObservation, place: Place
) -> None:
    with shop_server.connect(database) as connection:
        if connection.info.server_version < place.since:
            pytest.skip(f"PostgreSQL {connection.info.server_version} has no such place")
        connection.execute("begin")
        connection.execute(place.replace.replace("{c}", "cAnArY-two").encode())
        live = LiveSchema(OneSession(connection.cursor()), kinds=DATABASE_KINDS)
        judged: Judgement = judge_schema(RecordedSchema(truth), live)
        seen = live.observe_all()
        connection.execute("rollback")

    told = "\n".join([*map(str, judged.findings), *(str(f.as_dict()) for f in judged.findings)])
    assert [] == traces(told)
    assert [] == traces(seen.model_dump_json(indent=1))
    if place.check is not None:
        assert any(one.check.startswith(place.check) for one in judged.findings), told
