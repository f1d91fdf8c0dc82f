"""What may be cleared away, decided from descriptions alone (DESIGN 7): no AWS, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.aws import tags as tagging
from fixtures.aws.inventory import Resource
from fixtures.aws.reapable import Ground, decide, judge
from fixtures.aws.tags import RunTag

ACCOUNT, REGION = "123456789012", "us-east-1"
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
RUN = "20260314-010000-ab12"
NAME = f"core-prod-drill-{RUN}"
GROUND = Ground(ACCOUNT, REGION, NOW, clock=NOW)
EXPIRED = NOW - timedelta(hours=1)


def tags(expires: datetime | None = EXPIRED, own: str | None = "cluster-OWN") -> dict[str, str]:
    given = RunTag(RUN, "ci@runner-1", expires).as_dict()
    return given if own is None else {**given, tagging.RESOURCE: own}


def cluster(name: str = NAME, own: str = "cluster-OWN", **changes: object) -> Resource:
    """An expired copy that a drill made and marked, unless told otherwise."""
    made = Resource(
        kind="cluster",
        name=name,
        arn=f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{name}",
        own_ids=frozenset({own}),
        deletable=name,
        tags=tags(own=own),
        created=NOW - timedelta(hours=9),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def instance(number: int = 1, of: str = NAME, **changes: object) -> Resource:
    name, own = f"{of}-{number}", f"db-{number}"
    made = Resource(
        kind="instance",
        name=name,
        arn=f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}",
        own_ids=frozenset({own}),
        deletable=name,
        tags=tags(own=own),
        created=NOW - timedelta(hours=9),
        cluster=of,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def group(name: str = NAME, **changes: object) -> Resource:
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-pg:{name}"
    made = Resource(
        kind="cluster parameter group",
        name=name,
        arn=arn,
        own_ids=frozenset({name, arn}),
        deletable=name,
        tags=tags(own=name),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_a_drill_made_goes_once_it_has_expired() -> None:
    decision, reason = judge(cluster(), GROUND)
    assert "reap" == decision
    assert f"it expired at 2026-03-14T11:00:00Z (run {RUN}, ci@runner-1)" == reason


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        pytest.param(
            cluster(tags=tags(NOW + timedelta(seconds=1))),
            f"it expires at 2026-03-14T12:00:01Z (run {RUN}, ci@runner-1)",
            id="a live drill of another host",
        ),
        pytest.param(
            cluster(tags={**tags(), tagging.ADOPTED: "jane"}),
            "adopted by jane: it is production",
            id="adopted",
        ),
        pytest.param(
            cluster(tags=tags(expires=None)),
            "it has no expiry: a recovery's, or somebody's to keep",
            id="a recovery's, which never expires",
        ),
        pytest.param(
            cluster(tags=tags(own="cluster-OTHER")),
            "its tags are inherited from cluster-OTHER: it was made of a copy, not by a drill",
            id="a tag with another's id",
        ),
        pytest.param(
            cluster(
                kind="cluster snapshot",
                own_ids=frozenset({"a-snapshot", "arn:snapshot"}),
            ),
            "its tags are inherited from cluster-OWN: it was made of a copy, not by a drill",
            id="a snapshot of a copy",
        ),
    ],
)
def test_what_is_to_live_is_kept(resource: Resource, reason: str) -> None:
    assert ("keep", reason) == judge(resource, GROUND)


ELSEWHERE = f"arn:aws:rds:{REGION}:999999999999:cluster:{NAME}"


@pytest.mark.parametrize(
    ("resource", "ground", "why"),
    [
        pytest.param(cluster(protected=True), GROUND, "deletion protection", id="protected"),
        pytest.param(
            cluster(replicates=("world",)), GROUND, "world replicates from it", id="replicated"
        ),
        pytest.param(
            cluster(),
            replace(GROUND, sources=frozenset({NAME})),
            "a settings file names it as a source",
            id="a source, by name",
        ),
        pytest.param(
            cluster(),
            replace(GROUND, sources=frozenset({"cluster-own"})),
            "a settings file names it as a source",
            id="a source, by resource id",
        ),
        pytest.param(
            cluster(),
            replace(GROUND, managed=frozenset({NAME})),
            "Terraform manages it",
            id="in a Terraform state",
        ),
        pytest.param(
            cluster(tags={**tags(), "aws:cloudformation:stack-name": "core"}),
            GROUND,
            "CloudFormation manages it",
            id="of a CloudFormation stack",
        ),
        pytest.param(
            cluster(name="core-prod"),
            GROUND,
            "somebody renamed it",
            id="renamed to take production's place",
        ),
        pytest.param(
            cluster(name=f"core-prod-drill-{RUN}9"), GROUND, "somebody renamed it", id="alike"
        ),
        pytest.param(
            cluster(tags=tags(own=None)),
            GROUND,
            "it was never marked with its own id",
            id="killed before it was marked",
        ),
        pytest.param(
            cluster(tags={k: v for k, v in tags().items() if k != tagging.RUN}),
            GROUND,
            "it names no run",
            id="of no run",
        ),
        pytest.param(
            cluster(arn=ELSEWHERE),
            GROUND,
            f"it is in {REGION} of account 999999999999, not in {REGION} of {ACCOUNT}",
            id="another account",
        ),
        pytest.param(
            cluster(tags={**tags(), tagging.EXPIRES: "next week"}),
            GROUND,
            "its expiry 'next week' is no moment with a zone",
            id="no moment",
        ),
        pytest.param(
            cluster(tags={**tags(), tagging.EXPIRES: "2026-03-14T11:00:00"}),
            GROUND,
            "is no moment with a zone",
            id="no zone",
        ),
        pytest.param(
            cluster(created=NOW - timedelta(minutes=30)),
            GROUND,
            "it expired before it was made",
            id="marked by a clock that is slow",
        ),
        pytest.param(
            cluster(created=NOW + timedelta(hours=1), tags=tags(NOW - timedelta(hours=-2))),
            replace(GROUND, now=NOW + timedelta(hours=9), clock=NOW + timedelta(hours=2)),
            "the clock of this machine is 25200 s from AWS's",
            id="this machine's clock is fast",
        ),
        pytest.param(
            cluster(),
            replace(GROUND, doubts=("the state cannot be read",)),
            "the state cannot be read",
            id="something could not be found out",
        ),
    ],
)
def test_any_doubt_is_refused(resource: Resource, ground: Ground, why: str) -> None:
    decision, reason = judge(resource, ground)
    assert "refuse" == decision, reason
    assert why in reason


@pytest.mark.parametrize("fast", ["this machine", "AWS"])
def test_neither_clock_alone_ends_a_run(fast: str) -> None:
    """The earlier of the two counts, also where they are close enough to be trusted."""
    ahead = NOW + timedelta(minutes=4)
    ground = replace(GROUND, **{"now" if fast == "this machine" else "clock": ahead})
    assert "keep" == judge(cluster(tags=tags(NOW + timedelta(minutes=2))), ground)[0]


def decisions(*resources: Resource) -> dict[str, str]:
    return {str(one.resource): one.decision for one in decide(resources, GROUND)}


def test_a_cluster_goes_with_all_of_its_instances_and_its_groups() -> None:
    copy = cluster(uses=frozenset({NAME, "sg-1"}))
    secured = group(
        kind="security group",
        deletable="sg-1",
        arn="arn:aws:ec2:us-east-1:123456789012:security-group/sg-1",
    )
    assert {"reap"} == set(decisions(copy, instance(1), instance(2), group(), secured).values())


def test_somebody_s_instance_keeps_its_cluster_and_all_that_is_of_it() -> None:
    copy = cluster(uses=frozenset({NAME}))
    theirs = instance(2, tags={})
    assert {
        f"cluster {NAME}": "refuse",
        f"instance {NAME}-1": "refuse",
        f"cluster parameter group {NAME}": "refuse",
    } == decisions(copy, instance(1), theirs, group())


@pytest.mark.parametrize("renewed", ["cluster", "instance", "group"])
def test_what_a_live_drill_has_renewed_keeps_the_rest_of_it(renewed: str) -> None:
    """It renews one after the other: nothing of it is refused, which would be an alarm."""
    ahead = tags(NOW + timedelta(hours=1), own="cluster-OWN")
    copy = cluster(uses=frozenset({NAME}), **({"tags": ahead} if renewed == "cluster" else {}))
    member = instance(
        1, **({"tags": {**ahead, tagging.RESOURCE: "db-1"}} if renewed == "instance" else {})
    )
    its_group = group(**({"tags": {**ahead, tagging.RESOURCE: NAME}} if renewed == "group" else {}))
    expected = {
        f"cluster {NAME}": "keep",
        f"instance {NAME}-1": "keep",
        f"cluster parameter group {NAME}": "keep",
    }
    if renewed == "group":  # the last in the row: what stands on it has expired, and goes
        expected |= {f"cluster {NAME}": "reap", f"instance {NAME}-1": "reap"}
    assert expected == decisions(copy, member, its_group)


def test_a_group_that_production_uses_stays() -> None:
    production = cluster("core-prod", "cluster-PROD", tags={}, uses=frozenset({NAME}))
    assert {f"cluster parameter group {NAME}": "refuse"} == decisions(production, group())


def test_groups_that_are_left_of_a_cluster_that_is_gone_go() -> None:
    assert {f"cluster parameter group {NAME}": "reap"} == decisions(group())


def test_an_expired_instance_in_somebody_s_cluster_stays() -> None:
    theirs = cluster("core-prod", "cluster-PROD", tags={})
    assert {f"instance {NAME}-1": "refuse"} == decisions(theirs, instance(1, cluster="core-prod"))


def test_what_carries_no_tag_of_ours_is_not_listed() -> None:
    assert {} == decisions(cluster("core-prod", "cluster-PROD", tags={"team": "core"}))


def test_a_backup_called_like_a_copy_without_a_tag_is_told() -> None:
    left = cluster(kind="cluster backup", tags={}, status="retained")
    assert {f"cluster backup {NAME}": "refuse"} == decisions(left)
