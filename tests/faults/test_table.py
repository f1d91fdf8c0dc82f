"""Every fault of AWS is retried or red, leaves nothing, and the source is as it was."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.aws.names import new_identifier
from fixtures.aws.quarantine import remove as remove_quarantine
from fixtures.aws.removal import remove
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import SOURCE, FakeClock
from tests.faults.conftest import Site
from tests.faults.fault import Fault
from tests.faults.log import mutations
from tests.faults.passage import recover, soon, state_of, tag_of
from tests.faults.table import TABLE

OF_THE_SOURCE = {
    SOURCE,
    f"{SOURCE}-1",
    f"{SOURCE}-2",
    "core-net",
    "core-params",
    "core-instance",
    "sg-0core",
    "sg-0bastion",
}


@pytest.fixture(scope="module")
def untouched(site: Site) -> dict[str, Any]:
    """The account before the first of these tests; each leaves it so."""
    return state_of(site.faultless, site.faultless_ec2)


def test_without_a_fault_the_passage_is_made(
    site: Site, clock: FakeClock, pace: Pace, untouched: dict[str, Any]
) -> None:
    """What the faults happen to: a copy like the source is made, found whole, and removed."""
    rds, ec2 = site.client(clock), site.client(clock, "ec2")

    passage = recover(rds, ec2, site.source, "calm", pace, target=soon())

    assert len(passage.source.instances) == len(passage.copy.instances) == 2
    assert untouched == state_of(site.faultless, site.faultless_ec2)


ROWS = [
    pytest.param(fault, id=fault.name, marks=[pytest.mark.slow] if fault.nightly else [])
    for fault in TABLE
]


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_is_retried_or_red_and_nothing_is_left(
    site: Site,
    clock: FakeClock,
    pace: Pace,
    run_id: str,
    fault: Fault,
    untouched: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault.brief:
        monkeypatch.setattr("fixtures.aws.session.READ_SECONDS", 1.0)
    begun = len(mutations(site.log))
    rds, ec2 = site.client(clock), site.client(clock, "ec2")
    site.door.obey(list(fault.rules))
    try:
        if fault.red is None:
            passage = recover(rds, ec2, site.source, run_id, pace, target=_target(fault))
            assert 2 == len(passage.copy.instances)
        else:
            with pytest.raises(fault.red) as told:
                recover(rds, ec2, site.source, run_id, pace, target=_target(fault))
            assert fault.says in str(told.value)
            assert "\n" not in str(told.value)
        assert any(site.door.struck), "the fault never happened"
    finally:
        site.door.obey([])
    _check_what_is_left(site, run_id, fault)
    assert untouched == state_of(site.faultless, site.faultless_ec2)
    changes = mutations(site.log)[begun:]
    assert [] == [change for change in changes if change.touches(OF_THE_SOURCE)]


def _target(fault: Fault):
    return soon() if fault.timed else None


def _check_what_is_left(site: Site, run_id: str, fault: Fault) -> None:
    """As the row says; and what is left can be removed once the fault is over."""
    rds, name = site.faultless, new_identifier(site.source, run_id)
    clusters = [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]]
    instances = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
    left = {
        "": (False, 0),
        "cluster": (True, 0),
        "cluster and instances": (True, 2),
    }[fault.leaves]
    assert left == (name in clusters, sum(one.startswith(name) for one in instances))
    if fault.leaves:
        (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        mark = {"Key": "restore-drills:resource", "Value": cluster["DbClusterResourceId"]}
        rds.add_tags_to_resource(ResourceName=cluster["DBClusterArn"], Tags=[mark])
        remove(rds, name, tag_of(run_id), pace=Pace(poll=0.01))
        remove_quarantine(rds, site.faultless_ec2, name, tag_of(run_id), pace=Pace(poll=0.01))
