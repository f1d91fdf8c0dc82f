"""What drills left of tables: told, and cleared away when it has expired, by its own id."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.aws import tags as tagging
from fixtures.aws.errors import GuardRefused
from fixtures.aws.guard import Guard
from fixtures.aws.reaping import Survey, leftovers, reap, survey
from fixtures.aws.session import Client, RehearsalSession
from fixtures.aws.tables.describe import find_table
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace
from tests.dynamodb.archive import create_table

ACCOUNT = "123456789012"
PACE = Pace(poll=0.05, deadline=60)
PAST = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
LATER = PAST + timedelta(days=1)
"""When the tests look: nothing else that was made has expired by then."""
_RUNS = itertools.count(1)
Leave = Callable[..., str]


def surveyed(session: RehearsalSession, **known: object) -> Survey:
    return survey(session, ACCOUNT, tables=True, now=LATER, clock=LATER, **known)  # type: ignore[arg-type]


def decisions(session: RehearsalSession, name: str) -> list[tuple[str, str]]:
    found = surveyed(session).found
    return [(one.decision, one.reason) for one in found if one.resource.name == name]


OURS = "core-prod-drill-left"


@pytest.fixture
def leave(dynamodb: Client) -> Iterator[Leave]:
    """Makes a table as a drill leaves a copy of one; its name. All are gone afterwards."""
    made: list[str] = []

    def one(
        name: str | None = None, own: str | None = None, marked: bool = True, **more: str
    ) -> str:
        run = f"left-{next(_RUNS)}"
        name = name or f"core-prod-drill-{run}-core-ThingsTable"
        table = create_table(dynamodb, name, ["id"], recovery=False)
        made.append(name)
        tags = {
            **RunTag(run, "ci@host", PAST).as_dict(),
            tagging.RESOURCE: own or table["TableId"],
            **{tagging.PREFIX + key: value for key, value in more.items()},
        }
        if marked:
            dynamodb.tag_resource(ResourceArn=table["TableArn"], Tags=tagging.as_list(tags))
        return name

    yield one
    for name in made:
        if find_table(dynamodb, name) is not None:
            dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
            dynamodb.delete_table(TableName=name)


def test_an_expired_copy_is_removed_and_nothing_else(
    session: RehearsalSession, dynamodb: Client, leave: Leave
) -> None:
    """DESIGN 7: by its tags, with its own TableId; production's table stays."""
    name, source = leave(), "reap-CoreThingsTable"
    create_table(dynamodb, source, ["id"], recovery=False)
    found = surveyed(session)
    # Other tests of the same cloud restore tables under names of their own.
    assert [f"left behind, --reap removes it: table {name}"] == [
        line.rpartition(": ")[0] for line in leftovers(found) if OURS in line
    ]
    allowed: list[str] = []
    done = reap(session, found, allow=allowed.append, pace=PACE)
    told = [(one.outcome, one.resource.name) for one in done]
    assert [("removed", name)] == [(what, of) for what, of in told if OURS in of]
    assert [name] == [of for what, of in told if what == "removed"]
    assert [name] == allowed
    assert find_table(dynamodb, name) is None
    assert find_table(dynamodb, source) is not None
    dynamodb.delete_table(TableName=source)


def test_tables_are_looked_for_where_settings_name_any(
    session: RehearsalSession, leave: Leave
) -> None:
    """Whoever has none need grant nothing for them."""
    leave()
    assert () == survey(session, ACCOUNT, now=LATER, clock=LATER).found


@pytest.mark.parametrize(
    ("how", "decision", "reason"),
    [
        ({"expires": "2099-01-01T00:00:00Z"}, "keep", "it expires at 2099"),
        ({"own": "another-id"}, "keep", "its tags are inherited from another-id"),
        ({"adopted": "ops"}, "keep", "adopted by ops: it is production"),
        ({"name": "core-prod-drill-renamed"}, "refuse", "it is not called as run"),
        ({"marked": False}, "refuse", "nobody knows whose it is"),
    ],
)
def test_what_is_doubtful_stays(
    session: RehearsalSession, leave: Leave, how: dict[str, str], decision: str, reason: str
) -> None:
    ((found, why),) = decisions(session, leave(**how))
    assert decision == found
    assert reason in why


def test_a_protected_table_stays(session: RehearsalSession, dynamodb: Client, leave: Leave) -> None:
    name = leave()
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    ((found, why),) = decisions(session, name)
    assert ("refuse", True) == (found, "deletion protection" in why)


def test_a_drill_that_renewed_its_own_meanwhile_is_spared(
    session: RehearsalSession, dynamodb: Client, leave: Leave
) -> None:
    """Its tags are read again just before the deletion."""
    name = leave()
    found = surveyed(session)
    arn = (find_table(dynamodb, name) or {})["TableArn"]
    renewed = replace(RunTag("x", "y", PAST), expires=LATER + timedelta(hours=1)).as_dict()
    expiry = {tagging.EXPIRES: renewed[tagging.EXPIRES]}
    dynamodb.tag_resource(ResourceArn=arn, Tags=tagging.as_list(expiry))
    (done,) = [one for one in reap(session, found, pace=PACE) if one.resource.name == name]
    assert "refused" == done.outcome
    assert find_table(dynamodb, name) is not None


def test_the_guard_of_clearing_away_lets_only_that_table_go(
    session: RehearsalSession, leave: Leave
) -> None:
    one, other = leave(), leave()
    client = session.client("dynamodb")
    guard = Guard(mode="reap", account=ACCOUNT, region=session.region, copy=None)
    guard.stand_before(client)
    guard.own(one)
    with pytest.raises(GuardRefused):
        client.delete_table(TableName=other)
    client.delete_table(TableName=one)
