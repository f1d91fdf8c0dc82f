"""A password in a definition is compared, and leaves the server as a digest only."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from checks.database import snapshot
from checks.judgement import Judgement
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.kind import Kind, Property
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
from tests.checks.conftest import Connection, Truth

SOME = Kind("some", "'a'", {"b": "'c'"}, "from pg_class where relname = 'pg_class'")


def against(truth: SchemaObservation, conn: Connection) -> Judgement:
    """What the recorded truth says of the connection's database."""
    with snapshot(conn) as cursor:
        return judge_schema(RecordedSchema(truth), LiveSchema(OneSession(cursor)))


def observed(conn: Connection, kinds: Collection[Kind]) -> SchemaObservation:
    with snapshot(conn) as cursor:
        return observe_schema(OneSession(cursor), kinds=kinds)


SECRET = Property("'of no use without ' || current_database()", secret=True)


def test_what_is_declared_secret_leaves_as_a_digest(copy: Connection) -> None:
    seen = observed(copy, [Kind("some", "'a'", {"b": SECRET}, SOME.source)])
    assert str(seen.kinds["some"]["a"]["b"]).startswith("held back, sha256 ")
    assert "of no use" not in seen.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        "dbname=core password=hunter2",
        "select dblink('host=x user=y Password = ''hunter2''')",
        '\'{"password": "hunter2"}\'::jsonb',
        "options (user 'x', password 'hunter2')",
        "'postgresql://app:hunter2@db.example.org/core'::text",
        "'api_key: \"hunter2\"'",
    ],
)
def test_what_looks_like_a_password_leaves_as_a_digest(
    copy: Connection, truth: Truth, text: str
) -> None:
    copy.execute(b"begin")
    copy.execute(f"comment on view core.failed is $text${text}$text$".encode())
    side = LiveSchema(OneSession(copy.cursor()))
    (finding,) = judge_schema(RecordedSchema(truth.schema), side).findings
    assert "schema.views.comment" == finding.check
    assert "held back, text 1" == finding.actual
    assert "hunter2" not in side.observe_all().model_dump_json()


def test_a_password_in_a_function_is_never_shown(copy: Connection, truth: Truth) -> None:
    copy.execute(
        "create or replace function core.double(n int) returns int immutable strict parallel safe"
        " language sql as 'select n * 2 -- password=hunter2'"
    )
    (finding,) = against(truth.schema, copy).findings
    assert finding.check == "schema.functions.body"
    assert "hunter2" not in str(finding)
