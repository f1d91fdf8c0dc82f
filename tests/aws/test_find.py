"""R61: which kind a source is, and what is left of one that is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from fixtures.aws.description import mode_of
from fixtures.aws.errors import (
    ChooseAnotherSource,
    ChooseAnotherTarget,
    CompleteTheDescription,
    CorrectTheRequest,
    FindSource,
)
from fixtures.aws.find import find_source
from fixtures.aws.instances import requests
from fixtures.aws.kinds import AuroraCluster, SingleInstance
from fixtures.aws.restore import request
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.aws.wanted import Wanted
from tests.aws.fix_single import (
    CLUSTER_BACKUPS,
    GONE,
    GONE_ALONE,
    INSTANCE_BACKUPS,
    WANTED,
    WANTED_ALONE,
    Kept,
)
from tests.aws.samples import DESCRIBED

TAG = RunTag("run-1", "ci")
T = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_cluster_is_found_by_its_name(rds: Client, source: str, kept: Kept) -> None:
    found = find_source(rds, source)
    assert ("cluster", source) == (found.kind.word, found.identifier)
    assert "serverless v2" == found.description.facts()["mode"]


def test_an_instance_is_found_by_its_name(rds: Client, single: str) -> None:
    found = find_source(rds, single)
    assert ("instance", single) == (found.kind.word, found.identifier)
    assert found.description.resource_id.startswith("db-")


def test_a_name_of_both_is_refused(rds: Client, source: str, single: str) -> None:
    """Clusters and instances have names of their own; guessing would restore the other one."""
    rds.create_db_cluster(
        DBClusterIdentifier=single,
        Engine="aurora-postgresql",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
    )
    with pytest.raises(ChooseAnotherSource, match="name of a cluster and of an instance"):
        find_source(rds, single)


def test_a_member_s_name_leads_to_its_cluster(rds: Client, source: str, kept: Kept) -> None:
    with pytest.raises(ChooseAnotherSource, match="a member of cluster core-prod"):
        find_source(rds, "core-prod-1")


def test_where_a_living_source_stands_is_not_to_be_said(
    rds: Client, source: str, kept: Kept
) -> None:
    """R26: a setting that nobody heeds would be a lie in the file."""
    assert source == find_source(rds, source, Wanted(instance_class="db.r6g.large")).identifier
    with pytest.raises(
        CorrectTheRequest, match=r"leave out \[restore\] subnet_group, security_groups"
    ):
        find_source(rds, source, Wanted("core-net", ("sg-1",)))


def test_nothing_of_that_name_is_said(rds: Client, groups: dict[str, Any], kept: Kept) -> None:
    with pytest.raises(FindSource, match="no cluster and no instance 'nobody' in us-east-1: check"):
        find_source(rds, "nobody")


def test_the_name_of_what_is_gone_gives_its_resource_id(
    rds: Client, groups: dict[str, Any], kept: Kept
) -> None:
    """R61: whoever lost it knows the name, and AWS wants the id."""
    kept.clusters.append(CLUSTER_BACKUPS)
    kept.instances.append(INSTANCE_BACKUPS)
    with pytest.raises(FindSource, match=f"name its resource id: {GONE}, {GONE_ALONE}"):
        find_source(rds, "core-lost")


def test_a_resource_id_of_what_is_there_finds_it(rds: Client, single: str, kept: Kept) -> None:
    kept.instances[0]["DbiResourceId"] = GONE_ALONE
    living = find_source(rds, GONE_ALONE)
    assert ("core-alone", False) == (living.identifier, living.description.deleted)


def test_a_cluster_that_is_gone_is_described_by_its_backups_and_the_settings(
    rds: Client, groups: dict[str, Any], kept: Kept
) -> None:
    """R61."""
    kept.clusters.append(CLUSTER_BACKUPS)
    found = find_source(rds, GONE, WANTED)
    description = found.description
    assert (AuroraCluster(), GONE) == (found.kind, found.identifier)
    assert description.deleted
    assert "core-lost" == description.identifier
    assert "arn:key" == description.key
    assert datetime(2026, 2, 22, tzinfo=UTC) == description.earliest
    assert ["db.r6g.large"] == [one.instance_class for one in description.instances]
    assert "CopyTagsToSnapshot" in description.unknown
    lost = AuroraCluster().describe(rds, GONE, WANTED)
    asked = request(lost, "core-copy", T, TAG)
    assert GONE == asked["SourceDbClusterResourceId"]
    assert "SourceDBClusterIdentifier" not in asked
    assert {
        "DBSubnetGroupName": "core-net",
        "VpcSecurityGroupIds": ["sg-1"],
        "DBClusterParameterGroupName": "core-params",
        "KmsKeyId": "arn:key",
        "Port": 5433,
        "StorageType": "aurora-iopt1",
        "EnableIAMDatabaseAuthentication": True,
    }.items() <= asked.items()
    (first,) = requests(lost, "core-copy", TAG)
    assert ("db.r6g.large", "default.aurora-postgresql15") == (
        first["DBInstanceClass"],
        first["DBParameterGroupName"],
    )


def test_an_instance_that_is_gone_is_described_by_its_backups_and_the_settings(
    rds: Client, single: str, kept: Kept
) -> None:
    """R61."""
    kept.instances.append(INSTANCE_BACKUPS)
    found = find_source(rds, GONE_ALONE, WANTED_ALONE)
    assert (SingleInstance(), True) == (found.kind, found.description.deleted)
    lost = SingleInstance().describe(rds, GONE_ALONE, WANTED_ALONE)
    assert ("db.m6g.large", "core-options", True) == (
        lost.instance_class,
        lost.option_group,
        lost.encrypted,
    )
    assert "MultiAZ" in lost.unknown


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [
        (Wanted(), "subnet_group, security_groups, parameter_group, instance_class"),
        (replace(WANTED, subnet_group=None), "subnet_group"),
        (replace(WANTED, security_groups=()), "security_groups"),
        (replace(WANTED, parameter_group=None), "parameter_group"),
        (replace(WANTED, instance_class=None), "instance_class"),
    ],
)
def test_what_its_backups_do_not_say_is_asked_for(
    rds: Client, groups: dict[str, Any], kept: Kept, wanted: Wanted, missing: str
) -> None:
    """R26, R27, R31: left out, each becomes a default of AWS's."""
    kept.clusters.append(CLUSTER_BACKUPS)
    kept.instances.append(INSTANCE_BACKUPS)
    for resource_id in (GONE, GONE_ALONE):
        with pytest.raises(
            CompleteTheDescription, match=rf"{resource_id} is gone.*set \[restore\] {missing}$"
        ):
            find_source(rds, resource_id, wanted)


def test_serverless_v1_that_is_gone_needs_no_class(
    rds: Client, groups: dict[str, Any], kept: Kept
) -> None:
    """Of the first generation: no instance, and it listens all the same."""
    kept.clusters.append(CLUSTER_BACKUPS | {"EngineMode": "serverless"})
    lost = AuroraCluster().describe(rds, GONE, replace(WANTED, instance_class=None))
    assert "serverless v1" == mode_of(lost)
    assert [] == requests(lost, "core-copy", TAG)
    assert "serverless" == request(lost, "core-copy", T, TAG)["EngineMode"]


def test_a_group_that_is_not_there_names_the_setting(
    rds: Client, groups: dict[str, Any], kept: Kept
) -> None:
    kept.clusters.append(CLUSTER_BACKUPS)
    with pytest.raises(CompleteTheDescription, match=r"\[restore\] parameter_group: there is no"):
        find_source(rds, GONE, replace(WANTED, parameter_group="nowhere"))


def test_nothing_kept_of_it_is_said(rds: Client, groups: dict[str, Any], kept: Kept) -> None:
    for resource_id in (GONE, GONE_ALONE):
        with pytest.raises(FindSource, match=f"no automated backups are kept of {resource_id}"):
            find_source(rds, resource_id, WANTED)


def test_of_what_is_gone_a_time_beyond_its_backups_is_not_waited_for(
    stubbed: tuple[Client, Stubber],
) -> None:
    """R2: no waiting moves their end."""
    client, _ = stubbed
    gone = replace(DESCRIBED, deleted=True)
    kind = SingleInstance()
    assert DESCRIBED.latest == kind.until_restorable(client, gone, T)
    with pytest.raises(ChooseAnotherTarget, match="not within the backups kept of db-ABC"):
        kind.until_restorable(client, gone, T.replace(day=2))
