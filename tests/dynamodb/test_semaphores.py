"""Semaphores of later versions beside what runs, by pure check and in the rehearsal cloud."""

from __future__ import annotations

from typing import Any

import pytest

from checks.ingest.seen import IngestSeen
from checks.keys.semaphores import check_semaphores
from fixtures.aws.session import Client
from fixtures.dynamodb.semaphores import judge_semaphores
from fixtures.source import Tables
from tests.dynamodb.archive import create_table, wanted

TABLE = "arc-SemaphoresTable"


@pytest.mark.parametrize(
    ("values", "running", "wrong"),
    [
        ({"a": 0, "b": 0}, 0, []),
        ({"a": 2, "b": 1}, 3, []),
        ({"a": 2}, 5, []),  # what has no priority is counted by no semaphore
        ({"a": 2, "b": 0}, 0, ["a"]),
        ({"a": -1}, 0, ["a"]),
        ({"a": -1}, 4, ["a"]),
        ({"a": 2, "b": 2}, 3, ["all semaphores"]),
    ],
)
def test_a_semaphore_counts_what_runs(
    values: dict[str, int | None], running: int, wrong: list[str]
) -> None:
    judgement = check_semaphores(values, running)
    assert wrong == [one.subject for one in judgement.findings]
    assert () == judgement.gaps


def test_what_nobody_can_tell_is_a_gap() -> None:
    assert ["running executions"] == [one.subject for one in check_semaphores({"a": 0}, None).gaps]
    assert ["a"] == [one.subject for one in check_semaphores({"a": None}, 0).gaps]
    assert ["all semaphores"] == [one.subject for one in check_semaphores({}, 0).gaps]


def test_the_live_table_is_read_and_told_by_the_queues_names(dynamodb: Client) -> None:
    """R11, R58: a semaphore that is stuck after the drain is red; it is silent once it is freed."""
    create_table(dynamodb, TABLE, ["key"], recovery=False)
    _set(dynamodb, "startSF", {"N": "0"})
    _set(dynamodb, "backgroundProcessing", {"N": "3"})
    tables = Tables(wanted(semaphores=TABLE), dynamodb)

    stuck = judge_semaphores(tables, IngestSeen(executions={"IngestGranule": 0}))
    _set(dynamodb, "backgroundProcessing", {"N": "0"})
    freed = judge_semaphores(tables, IngestSeen(executions={"IngestGranule": 0}))
    untold = judge_semaphores(tables, IngestSeen())

    assert [("arc-backgroundProcessing", 3)] == [
        (one.subject, one.actual) for one in stuck.findings
    ]
    assert ((), ()) == (freed.findings, freed.gaps)
    assert 1 == len(untold.gaps)


def test_a_table_that_is_not_there_is_a_gap(dynamodb: Client) -> None:
    tables = Tables(wanted(semaphores="arc-NoSuchTable"), dynamodb)
    (gap,) = judge_semaphores(tables, IngestSeen(executions={})).gaps
    assert "arc-NoSuchTable" == gap.subject


def _set(client: Client, queue: str, value: dict[str, Any]) -> None:
    url = f"https://sqs.us-east-1.amazonaws.com/123456789012/arc-{queue}"
    client.put_item(TableName=TABLE, Item={"key": {"S": url}, "semvalue": value})
