"""A whole table by parallel scan: all of it once, whatever DynamoDB answers meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws.session import Client, RehearsalSession
from fixtures.aws.tables import scan as scanning
from fixtures.aws.tables.scan import Meter, ReadBudgetSpent, scan
from tests.dynamodb.archive import create_table

TABLE = "scan-ThingsTable"
ITEMS = 60
Params = dict[str, Any]


@pytest.fixture(scope="module")
def client(session: RehearsalSession) -> Client:
    """Of its own: these tests come between its calls and their answers."""
    return session.client("dynamodb")


@pytest.fixture(scope="module", autouse=True)
def table(client: Client) -> None:
    create_table(client, TABLE, ["id", "part"], recovery=False)
    for n in range(ITEMS):
        item = {"id": {"S": f"id-{n}"}, "part": {"S": "a"}, "at": {"N": str(n)}, "big": {"S": "x"}}
        client.put_item(TableName=TABLE, Item=item)


@pytest.fixture
def calls(client: Client) -> Iterator[list[Params]]:
    """Every scan that is sent, in pages of seven."""
    seen: list[Params] = []

    def note(params: Params, **_: Any) -> Params:
        seen.append(params)
        return {**params, "Limit": 7}

    client.meta.events.register("provide-client-params.dynamodb.Scan", note)
    yield seen
    client.meta.events.unregister("provide-client-params.dynamodb.Scan", note)


@pytest.fixture
def answers(client: Client) -> Iterator[list[Any]]:
    """What is answered in DynamoDB's place, one after the other, then its own answers."""
    given: list[Any] = []

    def answer(**_: Any) -> Any:
        return given.pop(0) if given else None

    client.meta.events.register("before-call.dynamodb.Scan", answer)
    yield given
    client.meta.events.unregister("before-call.dynamodb.Scan", answer)


class Answered:
    status_code = 400


def refusal(code: str) -> Any:
    return Answered(), {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {}}


def read(client: Client, segments: int = 1, meter: Meter | None = None) -> list[Params]:
    with scan(client, TABLE, ("id", "at", "id"), segments=segments, meter=meter) as pages:
        return [dict(item) for page in pages for item in page]


@pytest.mark.parametrize("segments", [1, 3, 8])
def test_every_item_comes_once_with_what_was_asked_of_it(
    client: Client, calls: list[Params], segments: int
) -> None:
    found = read(client, segments)

    assert ITEMS == len(found)
    assert {f"id-{n}" for n in range(ITEMS)} == {item["id"]["S"] for item in found}
    assert all({"id", "at"} == item.keys() for item in found)
    assert all(call["ConsistentRead"] for call in calls)
    # moto's keys of an item are parted by their hash: each segment is asked for, page by page.
    assert segments == len({call.get("Segment", 0) for call in calls})
    assert len(calls) > segments


def test_throttling_is_waited_out(
    client: Client, calls: list[Params], answers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore's own repetitions are over by the time that it is raised; then it is asked again."""
    monkeypatch.setattr(scanning, "LONGEST_PAUSE", 0.01)
    answers += (
        [refusal("ProvisionedThroughputExceededException")] * 3
        + [None]
        + [refusal("ThrottlingException")]
    )

    assert ITEMS == len(read(client))
    assert not answers


def test_what_does_not_pass_ends_the_whole_and_is_raised(
    client: Client, calls: list[Params], answers: list[Any]
) -> None:
    before = threading.active_count()
    answers += [None, None, refusal("AccessDeniedException")]
    with pytest.raises(ClientError, match="AccessDenied"):
        read(client, 4)
    assert before == threading.active_count()


def test_whoever_reads_may_stop_and_no_thread_is_left(client: Client, calls: list[Params]) -> None:
    before = threading.active_count()
    with scan(client, TABLE, ("id",), segments=4) as pages:
        assert next(pages)
    assert before == threading.active_count()


def test_a_budget_ends_the_reading(client: Client, calls: list[Params]) -> None:
    """Each page is booked; the last may be over it, for it was read by then."""
    spent = Meter(most=2)
    with pytest.raises(ReadBudgetSpent, match="2 allowed"):
        read(client, meter=spent)
    pages = len(calls)

    enough = Meter(most=float(spent.used) * ITEMS)
    assert ITEMS == len(read(client, meter=enough))
    assert pages < len(calls) - pages
    assert enough.used > spent.used > 0


def test_a_meter_says_how_long_to_wait() -> None:
    """So many units a second on the whole, whoever reads them."""
    now = [100.0]
    meter = Meter(per_second=10, clock=lambda: now[0])
    assert [2.0, 4.0] == [meter.spend(20), meter.spend(20)]
    now[0] = 104.0
    assert 1.0 == meter.spend(10)
    now[0] = 200.0
    assert 0.0 == meter.spend(10)
    assert 0.0 == Meter().spend(1e9)
