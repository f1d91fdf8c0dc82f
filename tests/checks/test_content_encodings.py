"""Databases of other encodings: text is compared by its characters, and bytes of none by bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.scan import observe_content_on
from fixtures.postgres.server import Server
from tests.checks.conftest import Connect, Connection


@pytest.fixture
def create(cluster: Server, connect: Connect) -> Iterator[Connect]:
    """Makes an empty database of an encoding, under its name."""
    made: list[str] = []

    def one(encoding: str = "", user: str = "") -> Connection:
        with cluster.connect() as admin:
            admin.execute(
                f"create database \"{encoding}\" encoding '{encoding}' template template0"
                " lc_collate 'C' lc_ctype 'C'"
            )
        made.append(encoding)
        return connect(encoding)

    yield one
    for encoding in made:
        with cluster.connect() as admin:
            admin.execute(f'drop database "{encoding}" with (force)')


def observe(conn: Connection) -> ContentObservation:
    return observe_content_on(conn, Reading())


def test_text_is_compared_by_its_characters(create: Connect) -> None:
    """A restore into a database of another encoding keeps the text; the schema tells the rest."""
    observations = []
    for encoding in ("UTF8", "LATIN1"):
        conn = create(encoding)
        conn.execute('create table "Größe" (v text, w text[], x json)')
        conn.execute("""insert into "Größe" values ('é', '{é}', '"é"')""")
        observations.append(observe(conn).tables)
    one, other = observations
    assert one == other


def test_bytes_that_are_no_text_are_read_as_they_are(create: Connect) -> None:
    conn = create("SQL_ASCII")
    conn.execute("set client_encoding = SQL_ASCII")
    conn.execute(b"create table t (v text, w text[], n int)")
    conn.execute(b"insert into t values ('\xff', array['\xfe'], 1)")
    before = observe(conn)
    assert {} == before.unreadable
    assert 1 == before.rows
    conn.execute(b"update t set w = array['\xfd']")
    assert before.tables != observe(conn).tables


def test_a_name_of_any_alphabet_is_read_in_a_database_of_bytes(create: Connect) -> None:
    conn = create("SQL_ASCII")
    conn.execute("set client_encoding = UTF8")
    conn.execute('create table "Größe %s" ("é" text primary key)')
    conn.execute("""insert into "Größe %s" values ('é')""")
    observed = observe(conn)
    assert {} == observed.unreadable
    assert ['public."Größe %s"'] == list(observed.tables)
