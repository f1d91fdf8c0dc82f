"""What is brought into a drill's copy, and what is read in it before anybody writes to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from checks.integrity.amcheck import find_amcheck
from fixtures.amcheck import bring_amcheck
from fixtures.comparison import hold
from fixtures.live_truth import compare
from fixtures.postgres.server import Server
from fixtures.settings.truths import Heartbeat
from fixtures.source import Copy, Truth
from fixtures.times import newest_beat_in
from tests.checks.baseline.databases import Databases
from tests.truth.stubs import a_record, a_source, notes_of

BEAT = Heartbeat(table="heartbeat", column="beat")


class Reached:
    """A copy that is reached on a socket, as anybody."""

    def __init__(self, server: Server, user: str | None = None) -> None:
        self._server, self._user = server, user

    def connect(self, database: str) -> Any:
        return self._server.connect(database, self._user or self._server.superuser)


def reached(server: Server, user: str | None = None) -> Copy:
    return cast(Copy, Reached(server, user))


def test_the_newest_beat_of_all_databases_is_told(databases: Databases) -> None:
    """R21: how much was lost, by the operator's own clock; one without the table tells nothing."""
    databases.make("shop", "create table heartbeat (beat timestamptz)")
    databases.make("bare")
    copy = reached(databases.server)
    assert datetime(2024, 5, 1, 12, tzinfo=UTC) == newest_beat_in(
        copy, ("bare", "core", "shop"), BEAT
    )
    databases.run("shop", "insert into heartbeat values ('2024-05-01 12:00:09Z'), (null)")
    assert datetime(2024, 5, 1, 12, 0, 9, tzinfo=UTC) == newest_beat_in(
        copy, ("core", "shop"), BEAT
    )
    assert None is newest_beat_in(copy, ("bare",), BEAT)
    assert None is newest_beat_in(copy, ("core",), None)


def test_amcheck_is_brought_into_each_database_and_is_no_difference(
    databases: Databases, tmp_path: Path
) -> None:
    """R34, R38: the source has none. What the drill itself put there is nothing that came back."""
    record = a_record(tmp_path)
    before = databases.record("core")
    databases.make("copy", template="core")
    databases.make("other", template="core")

    bring_amcheck(reached(databases.server), ("copy", "other"), record)

    assert [] == notes_of(record)
    for name in ("copy", "other"):
        with databases.server.connect(name) as connection:
            assert find_amcheck(connection.cursor()) is not None
    with hold(lambda _: databases.server.connect("copy"), ["core"]) as copies:
        compared = compare(copies, a_source(), Truth(before, {}, 0, before), record)
        judged = cast(Any, compared).schema() + cast(Any, compared).counts()
    assert ((), ()) == (judged.findings, judged.gaps)


def test_where_it_may_not_be_brought_that_is_told_and_the_others_get_it(
    databases: Databases, tmp_path: Path
) -> None:
    record = a_record(tmp_path)
    databases.make("mine")
    databases.run("mine", "create role owner login")
    try:
        databases.run("mine", "alter database mine owner to owner")
        bring_amcheck(reached(databases.server, "owner"), ("core", "mine"), record)
        assert ["core", "mine"] == [
            one.removeprefix("amcheck is not in ").partition(":")[0] for one in notes_of(record)
        ]
        assert all("permission denied" in one for one in notes_of(record))
    finally:
        databases.drop("mine")
        databases.run("core", "drop role owner")


def test_a_copy_that_cannot_be_reached_is_not_passed_over(
    databases: Databases, tmp_path: Path
) -> None:
    """It is no matter of amcheck's."""
    with pytest.raises(psycopg.OperationalError):
        bring_amcheck(reached(databases.server), ("nowhere",), a_record(tmp_path))
