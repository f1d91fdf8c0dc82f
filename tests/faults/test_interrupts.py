"""Ctrl-C while a request is on its way: what it makes all the same is seen to by whoever asked."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from fixtures.aws.description import describe
from fixtures.aws.names import new_identifier
from fixtures.aws.removal import remove
from fixtures.aws.restore import restore
from fixtures.aws.tags import RESOURCE, as_mapping
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import SOURCE, FakeClock
from tests.faults.conftest import Site
from tests.faults.fault import CLAIM, COPY, CREATE, GROUP, RESTORE, SECURITY
from tests.faults.passage import recover, state_of, tag_of
from tests.faults.rule import Rule

CTRL_C = {"pid": os.getpid(), "signum": int(signal.SIGINT)}

MOMENTS = {
    "the security group is made": Rule(SECURITY, "signal", service="ec2", given=CTRL_C),
    "the security group is marked": Rule("CreateTags", "signal", service="ec2", given=CTRL_C),
    "the security group is opened": Rule(
        "AuthorizeSecurityGroupIngress", "signal", service="ec2", given=CTRL_C
    ),
    "the parameters are set": Rule("ModifyDBClusterParameterGroup", "signal", given=CTRL_C),
    "the copy is asked for": Rule(RESTORE, "signal", given=CTRL_C),
    "the copy is marked": Rule(CLAIM, "signal", given=CTRL_C),
    "the copy is waited for": Rule(
        "DescribeDBClusters", "signal", resource=COPY, skip=1, given=CTRL_C
    ),
    "an instance is asked for": Rule(CREATE, "signal", given=CTRL_C),
    "the second instance is marked": Rule(CLAIM, "signal", skip=2, given=CTRL_C),
    "the password is set": Rule("ModifyDBCluster", "signal", given=CTRL_C),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_leaves_nothing(
    site: Site, clock: FakeClock, pace: Pace, run_id: str, moment: str
) -> None:
    """The server carries the request out: its answer is what nobody waits for."""
    before = state_of(site.faultless, site.faultless_ec2)
    rds, ec2 = site.client(clock), site.client(clock, "ec2")
    site.door.obey([MOMENTS[moment]])
    try:
        with pytest.raises(KeyboardInterrupt):
            recover(rds, ec2, site.source, run_id, pace)
        assert [1] == site.door.struck
    finally:
        site.door.obey([])

    assert before == state_of(site.faultless, site.faultless_ec2)


@pytest.mark.parametrize("moment", ["the copy is asked for", "the copy is marked"])
def test_in_a_recovery_it_leaves_a_copy_that_is_marked(
    site: Site, clock: FakeClock, run_id: str, moment: str
) -> None:
    """Nothing is undone; who goes on with it finds its own."""
    name, tag = new_identifier(SOURCE, run_id), replace(tag_of(run_id), expires=None)
    rds = site.client(clock)
    source: Any = describe(rds, SOURCE)
    site.door.obey([MOMENTS[moment]])
    try:
        with pytest.raises(KeyboardInterrupt):
            restore(rds, source, name, "latest", tag)
    finally:
        site.door.obey([])

    (copy,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    assert copy["DbClusterResourceId"] == as_mapping(copy["TagList"])[RESOURCE]
    remove(rds, name, tag, pace=Pace(poll=0.01))


def test_a_parameter_group_that_nobody_waited_for_can_be_reaped(
    site: Site, clock: FakeClock, pace: Pace, run_id: str
) -> None:
    """It is made with its mark and its expiry, since its name is all the id it has; whether it is
    there already when the run ends is a matter of moments."""
    before = state_of(site.faultless, site.faultless_ec2)
    rds, ec2 = site.client(clock), site.client(clock, "ec2")
    site.door.obey([Rule(GROUP, "signal", given=CTRL_C)])
    try:
        with pytest.raises(KeyboardInterrupt):
            recover(rds, ec2, site.source, run_id, pace)
    finally:
        site.door.obey([])

    name = f"{new_identifier(SOURCE, run_id)}-quarantine"
    for group in rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]:
        if group["DBClusterParameterGroupName"] == name:
            arn = group["DBClusterParameterGroupArn"]
            tags = as_mapping(rds.list_tags_for_resource(ResourceName=arn)["TagList"])
            assert tag_of(run_id).as_dict() | {RESOURCE: name} == tags
            rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)
    assert before == state_of(site.faultless, site.faultless_ec2)
