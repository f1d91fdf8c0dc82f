"""Done when 3: tables restored later, earlier and to the right time give what R58 names.

Restored by the rehearsal cloud to a real point in time, read by parallel scan; the rows are a real
Postgres'.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from checks.database import Limits
from checks.judgement import Judgement
from fixtures.aws.session import Client
from fixtures.aws.tables.describe import read_settings
from fixtures.aws.tables.restore import RestoredTable, restore_table
from fixtures.aws.tables.wait import until_table_active
from fixtures.aws.wait import Pace
from fixtures.dynamodb.comparing import Comparing, judge_moments
from fixtures.dynamodb.restoring import RequestedTables, RestoredTables
from fixtures.postgres.server import Server
from tests.dynamodb import archive
from tests.dynamodb.archive import DATABASE, TABLES, Archive

PACE = Pace(poll=0.05, deadline=60)


@pytest.fixture(scope="module")
def made(dynamodb: Client, server: Server) -> Archive:
    return archive.make(dynamodb, server)


def restored(client: Client, moment: datetime, target: datetime) -> RestoredTables:
    """All three tables as of that time."""
    sources = {name: read_settings(client, name) for name, _ in TABLES.values()}
    tables: list[RestoredTable] = [
        restore_table(client, source, f"arc-drill-{moment:%H%M%S}-{name}", moment)
        for name, source in sources.items()
    ]
    for one in tables:
        until_table_active(client, one.name, pace=PACE)
    copies = {one.source: read_settings(client, one.name) for one in tables}
    return RestoredTables(RequestedTables(moment, target, tuple(tables), sources), copies)


def compared(
    client: Client,
    server: Server,
    tables: RestoredTables,
    folder: Path,
    target: datetime | None = None,
    **changed: Any,
) -> Judgement:
    comparing = Comparing(
        client,
        archive.wanted(**changed),
        partial(server.connect),
        DATABASE,
        target or tables.asked.target,
        Limits(),
        folder,
    )
    return comparing.keys(lambda name: tables.of(name).name)


def found(judgement: Judgement) -> set[tuple[str, str]]:
    return {(one.check, one.subject) for one in judgement.findings}


def test_tables_of_the_right_time_hold_every_row_and_nothing_older(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """R24, R58: silent, and nothing of it stays on disk."""
    tables = restored(dynamodb, made.right, made.target)
    judgement = compared(dynamodb, server, tables, tmp_path)

    assert ((), ()) == (judgement.findings, judgement.gaps)
    assert Judgement() == judge_moments(tables, archive.wanted())
    assert 8 == judgement.facts["arc-GranulesTable: keys of Postgres"]
    assert 8 == judgement.facts["arc-GranulesTable: in both"]
    assert 5 == judgement.facts["arc-CollectionsTable: in both"]
    assert [] == [*tmp_path.iterdir()]


def test_tables_of_an_earlier_time_lack_rows(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """R24, R58: rows without an item, and the order of the times says why."""
    tables = restored(dynamodb, made.earlier, made.target)
    judgement = compared(dynamodb, server, tables, tmp_path)

    assert {
        ("keys.subset", "arc-GranulesTable"),
        ("keys.subset", "arc-ExecutionsTable"),
    } == found(judgement)
    assert all("without one are 3: #" in str(one) for one in judgement.findings)
    assert {("tables.order", "restore times")} == found(judge_moments(tables, archive.wanted()))


def test_tables_of_a_later_time_hold_what_is_newer_and_lack_what_was_deleted(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """R24, R58: what was put is newer than the target, and no finding; the deletion is one."""
    tables = restored(dynamodb, made.later, made.target)
    judgement = compared(dynamodb, server, tables, tmp_path)

    assert {("keys.subset", "arc-GranulesTable")} == found(judgement)
    assert "without one are 1: #" in str(judgement.findings[0])
    assert 2 == judgement.facts["arc-GranulesTable: only in DynamoDB, newer than the target"]
    strict = archive.wanted(tolerance="1s")
    assert {("tables.distance", "restore times")} == found(judge_moments(tables, strict))
    assert set() == found(judge_moments(tables, archive.wanted()))


def test_a_cluster_of_an_earlier_time_than_it_says_lacks_what_is_no_newer(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """R58: keys of DynamoDB that Postgres lacks are not all newer than T."""
    tables = restored(dynamodb, made.right, made.target)
    with server.connect(DATABASE) as connection:
        connection.execute("create schema kept")
        connection.execute("alter table executions set schema kept")
        connection.execute("create table executions as select * from kept.executions limit 5")
        try:
            judgement = compared(dynamodb, server, tables, tmp_path)
            flying = compared(dynamodb, server, tables, tmp_path, in_flight="1h")
        finally:
            connection.execute("drop table executions")
            connection.execute("alter table kept.executions set schema public")
            connection.execute("drop schema kept")

    assert {("keys.newer", "arc-ExecutionsTable")} == found(judgement)
    assert "written before it are 3: #" in str(judgement.findings[0])
    # Where so much may have been under way, it is told as a bound, and no failure.
    assert set() == found(flying)
    assert ["arc-ExecutionsTable"] == [one.subject for one in flying.bounds]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": "select arn, 1 from executions"}, "gives 2 columns, and there are 1 attributes"),
        ({"query": "select nothing from executions"}, "42703"),
        ({"query": "select arn from executions; drop table executions"}, "42601"),
        ({"query": "select 'secret-of-a-row'::int"}, "22P02 (InvalidTextRepresentation)"),
        ({"query": "select arn is null from executions"}, "a boolean; give it as text"),
        ({"query": "select arn from executions where false"}, "the query gave no key"),
        ({"query": "select nullif(arn, 'arn:exec:1') from executions"}, "1 rows have a null"),
        ({"attributes": ["name"]}, "8 items lack an attribute"),
        ({"database": "elsewhere"}, 'database "elsewhere" does not exist'),
    ],
)
def test_what_cannot_be_compared_is_a_gap_and_never_silent(
    dynamodb: Client,
    server: Server,
    made: Archive,
    tmp_path: Path,
    change: dict[str, Any],
    said: str,
) -> None:
    """R58: not proven, with what to correct; no value of a row is told."""
    tables = restored(dynamodb, made.right, made.target)
    table = {**archive.SETTINGS["table"][2], **change}
    judgement = compared(dynamodb, server, tables, tmp_path, table=[table])

    assert said in " ".join(map(str, judgement.gaps))
    assert "secret-of-a-row" not in str(judgement)


def test_an_item_without_a_date_is_not_proven_to_be_newer(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """R58: neither where no attribute is named, nor where an item lacks it."""
    tables = restored(dynamodb, made.later, made.target)
    granules = dict(archive.SETTINGS["table"][1])
    for timestamp, said in (
        (None, "name the attribute in [[dynamodb.table]] timestamp"),
        ("writtenAt", "their writtenAt is missing or no time"),
        ("granuleId", "their granuleId is missing or no time"),
    ):
        table = {**granules, "timestamp": timestamp}
        judgement = compared(dynamodb, server, tables, tmp_path, table=[table])
        assert any("without a date are 2: #" in one.reason for one in judgement.gaps)
        assert any(said in one.reason for one in judgement.gaps)


def test_a_read_budget_that_is_too_small_proves_nothing(
    dynamodb: Client, server: Server, made: Archive, tmp_path: Path
) -> None:
    """What was not read is a gap, and no finding is made of half a table."""
    tables = restored(dynamodb, made.right, made.target)
    dynamodb.meta.events.register("provide-client-params.dynamodb.Scan", _two_at_a_time)
    try:
        judgement = compared(dynamodb, server, tables, tmp_path, max_read_units=1, segments=1)
    finally:
        dynamodb.meta.events.unregister("provide-client-params.dynamodb.Scan", _two_at_a_time)

    assert set() == found(judgement)
    assert any("raise [dynamodb] max_read_units" in one.reason for one in judgement.gaps)


def test_tables_that_are_no_restored_copies_of_that_time_are_found(
    dynamodb: Client, made: Archive
) -> None:
    """R24: by AWS's own word."""
    tables = restored(dynamodb, made.right, made.target)
    copies = {**tables.copies, "arc-GranulesTable": {"RestoreSummary": None}}
    moved = RequestedTables(
        made.right + timedelta(seconds=1), made.target, tables.asked.tables, tables.asked.sources
    )

    none = judge_moments(RestoredTables(tables.asked, copies), archive.wanted())
    other = judge_moments(RestoredTables(moved, tables.copies), archive.wanted())

    assert {("tables.moment", "arc-GranulesTable")} == found(none)
    assert {("tables.moment", name) for name, _ in TABLES.values()} == found(other)


def _two_at_a_time(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**params, "Limit": 2}
