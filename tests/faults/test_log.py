"""What the log says was changed, and that it would say so of a source."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from fixtures.aws.session import Client, RehearsalSession
from tests.aws.fix_aws import SOURCE, FakeClock
from tests.faults.conftest import Site
from tests.faults.log import Mutation, entries, mutations

ARN = f"arn:aws:rds:us-east-1:123456789012:cluster:{SOURCE}"


def since(site: Site, begun: int) -> list[Mutation]:
    return mutations(site.log)[begun:]


HARM: dict[str, Callable[[Client], Any]] = {
    "ModifyDBCluster": lambda rds: rds.modify_db_cluster(
        DBClusterIdentifier=SOURCE, DeletionProtection=True
    ),
    "ModifyDBInstance": lambda rds: rds.modify_db_instance(
        DBInstanceIdentifier=f"{SOURCE}-1", ApplyImmediately=True
    ),
    "AddTagsToResource": lambda rds: rds.add_tags_to_resource(
        ResourceName=ARN, Tags=[{"Key": "team", "Value": "archive"}]
    ),
    "CreateDBClusterSnapshot": lambda rds: rds.create_db_cluster_snapshot(
        DBClusterIdentifier=SOURCE, DBClusterSnapshotIdentifier="mine"
    ),
    "CreateDBInstance": lambda rds: rds.create_db_instance(
        DBInstanceIdentifier="one-more",
        DBClusterIdentifier=SOURCE,
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
    ),
}


@pytest.mark.parametrize("operation", HARM)
def test_a_change_to_the_source_is_seen(site: Site, clock: FakeClock, operation: str) -> None:
    begun = len(mutations(site.log))

    HARM[operation](site.client(clock))

    (change,) = since(site, begun)
    assert operation == change.operation
    assert change.touches({SOURCE, f"{SOURCE}-1"})


def test_a_change_that_was_refused_is_seen_too(site: Site, clock: FakeClock) -> None:
    """The source is protected, so that AWS refuses; that somebody asked is what counts."""
    begun = len(mutations(site.log))

    with pytest.raises(Exception, match="Cannot delete protected Cluster"):
        site.client(clock).delete_db_cluster(DBClusterIdentifier=SOURCE, SkipFinalSnapshot=True)

    (change,) = since(site, begun)
    assert ("DeleteDBCluster", "400", True) == (
        change.operation,
        change.status,
        change.touches({SOURCE}),
    )


def test_what_only_reads_or_points_at_the_source_is_no_change_to_it(
    site: Site, clock: FakeClock
) -> None:
    begun, rds = len(mutations(site.log)), site.client(clock)

    rds.describe_db_clusters(DBClusterIdentifier=SOURCE)
    rds.list_tags_for_resource(ResourceName=ARN)
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="copied",
        SourceDBClusterIdentifier=SOURCE,
        UseLatestRestorableTime=True,
        DeletionProtection=False,
    )
    rds.delete_db_cluster(DBClusterIdentifier="copied", SkipFinalSnapshot=True)

    made, deleted = since(site, begun)
    assert (frozenset({"copied"}), frozenset({SOURCE})) == (made.changes, made.refers)
    assert "DeleteDBCluster" == deleted.operation
    assert not made.touches({SOURCE})
    assert not deleted.touches({SOURCE})


@pytest.mark.parametrize(
    ("service", "call", "operation", "touched"),
    [
        (
            "secretsmanager",
            lambda c: c.put_secret_value(SecretId="core/login", SecretString="correct-horse"),
            "PutSecretValue",
            "core/login",
        ),
        (
            "secretsmanager",
            lambda c: c.get_secret_value(SecretId="core/login"),
            None,
            "",
        ),
        ("events", lambda c: c.disable_rule(Name="nightly"), "DisableRule", "nightly"),
        (
            "ec2",
            lambda c: c.revoke_security_group_ingress(GroupId="sg-0core", CidrIp="10.0.0.0/8"),
            "RevokeSecurityGroupIngress",
            "sg-0core",
        ),
        (
            "lambda",
            lambda c: c.update_event_source_mapping(
                UUID="00000000-0000-0000-0000-000000000012", Enabled=False
            ),
            "PUT /2015-03-31/event-source-mappings/00000000-0000-0000-0000-000000000012",
            "00000000-0000-0000-0000-000000000012",
        ),
    ],
)
def test_every_service_s_protocol_is_read(
    site: Site, service: str, call: Callable[[Client], Any], operation: str | None, touched: str
) -> None:
    """None of these things exists; what is asked is what counts, whatever comes of it."""
    begun = len(mutations(site.log))

    with contextlib.suppress(BotoCoreError, ClientError):
        call(RehearsalSession(site.endpoint).client(service))

    found = since(site, begun)
    assert [operation] * len(found) == [change.operation for change in found]
    assert (operation is not None) == bool(found)
    assert all(change.touches({touched}) for change in found)


def test_the_log_holds_no_password(site: Site) -> None:
    """The source was made with one, and a secret was written."""
    text = site.log.read_text()

    assert "CreateDBCluster" in text
    assert "not-a-secret" not in text
    assert "correct-horse" not in text


def test_the_log_says_whose_key_asked(site: Site, clock: FakeClock) -> None:
    site.client(clock).describe_db_clusters()

    last = entries(site.log)[-1]
    assert ("rds", "DescribeDBClusters", "rehearsal", "200") == (
        last.service,
        last.operation,
        last.key,
        last.status,
    )
