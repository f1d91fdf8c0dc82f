"""R51, R52: a cluster made from the snapshot, under an id of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from checks.plan.identifiers import same_snapshot
from tests.checks.plan import made_up
from tests.checks.plan.made_up import (
    CLUSTER,
    COPY,
    GROUP,
    INSTANCE,
    LOGIN,
    RESTORE,
    SNAPSHOT,
    SOURCE,
    Document,
    at,
    change,
    checks,
    cluster,
    idle,
    instance,
    login,
    restore,
    row,
)

ARN = f"arn:aws:rds:us-east-1:123456789012:cluster-snapshot:{SNAPSHOT}"
BOTH = pytest.mark.parametrize(
    "make", [made_up.restoring, made_up.restoring_from_nothing], ids=["replaced", "created"]
)
Make = Callable[[], Document]


@BOTH
def test_a_new_cluster_from_the_snapshot_is_safe(make: Make) -> None:
    judged = restore(make())

    assert () == judged.findings + judged.gaps + judged.bounds


@BOTH
def test_the_same_plan_is_no_adoption(make: Make) -> None:
    assert "plan.cluster.action" in checks(made_up.adopt(make()))


def test_a_plan_that_adopts_restores_nothing() -> None:
    assert "plan.cluster.action" in checks(restore(made_up.adopting()))


@BOTH
@pytest.mark.parametrize(
    "actions", [["update"], ["no-op"], ["delete"], ["forget"], ["create", "forget"]], ids="-".join
)
def test_an_update_restores_nothing(make: Make, actions: list[str]) -> None:
    plan = make()
    change(plan, CLUSTER)["actions"] = actions

    assert "plan.cluster.action" in checks(restore(plan))


@BOTH
@pytest.mark.parametrize("value", ["core-3", None, ..., ""])
@pytest.mark.parametrize("name", ["cluster_identifier", "snapshot_identifier"])
def test_it_has_the_new_id_and_the_expected_snapshot(make: Make, name: str, value: object) -> None:
    """R52."""
    plan = make()
    change(plan, CLUSTER)["after"][name] = value
    if value is ...:
        del change(plan, CLUSTER)["after"][name]
        change(plan, CLUSTER)["after_unknown"][name] = True

    assert [f"plan.cluster.{name}"] == checks(restore(plan))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (SNAPSHOT, SNAPSHOT.upper(), True),
        (SNAPSHOT, ARN, True),
        (ARN, ARN, True),
        (ARN, ARN.replace("us-east-1", "eu-west-1"), False),
        ("rds:core-2026-03-07", f"{ARN.rpartition(':')[0]}:rds:core-2026-03-07", True),
        ("core-2026-03-07", "rds:core-2026-03-07", False),
        (SNAPSHOT, "another", False),
        ("", "", False),
        (None, SNAPSHOT, False),
    ],
)
def test_a_snapshot_is_the_same_by_name_and_by_arn(
    one: object, other: object, expected: bool
) -> None:
    assert (expected, expected) == (same_snapshot(one, other), same_snapshot(other, one))


def test_the_old_id_is_not_the_new_one() -> None:
    plan = made_up.restoring()
    change(plan, CLUSTER)["after"]["cluster_identifier"] = SOURCE
    wanted = replace(RESTORE, restored=SOURCE)

    assert {"plan.address.same_id", "plan.cluster.cluster_identifier"} <= set(
        checks(restore(plan, wanted))
    )
    assert "plan.cluster.cluster_identifier" in checks(restore(plan, replace(wanted, source=None)))


def test_the_source_need_not_be_known() -> None:
    assert [] == checks(restore(made_up.restoring(), replace(RESTORE, source=None)))


def test_only_the_source_may_go() -> None:
    plan = made_up.restoring()
    change(plan, CLUSTER)["before"].update(cluster_identifier="reports", id="reports")

    assert ["plan.cluster.replaced"] == checks(restore(plan))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("skip_final_snapshot", True),
        ("skip_final_snapshot", None),
        ("final_snapshot_identifier", None),
        ("final_snapshot_identifier", SNAPSHOT),
        ("deletion_protection", True),
    ],
)
def test_the_cluster_that_goes_can_go_and_leaves_a_final_snapshot(name: str, value: object) -> None:
    """A protected one cannot: the apply would fail when its login and instances are gone."""
    plan = made_up.restoring()
    change(plan, CLUSTER)["before"][name] = value

    assert [f"plan.cluster.{name}"] == checks(restore(plan))


@BOTH
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("skip_final_snapshot", True),
        ("final_snapshot_identifier", None),
        ("restore_to_point_in_time", [{"source_cluster_identifier": SOURCE}]),
        ("s3_import", [{"bucket_name": "dumps"}]),
        ("replication_source_identifier", "arn:aws:rds:eu-west-1:1:cluster:x"),
        ("global_cluster_identifier", "everywhere"),
        ("backup_retention_period", 0),
        ("vpc_security_group_ids", []),
        ("db_subnet_group_name", None),
        (
            "serverlessv2_scaling_configuration",
            [{"min_capacity": 0, "max_capacity": 4}],
        ),
    ],
)
def test_the_new_cluster_is_made_of_nothing_else_and_guarded(
    make: Make, name: str, value: object
) -> None:
    """R26, R27."""
    plan = make()
    change(plan, CLUSTER)["after"][name] = value

    assert f"plan.cluster.{name}" in checks(restore(plan))
    assert {f"plan.cluster.{name}"} == set(checks(restore(plan)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backup_retention_period", 1),
        ("db_cluster_parameter_group_name", "default.aurora-postgresql17"),
        ("engine", "aurora-mysql"),
        ("engine_version", "18.1"),
        ("iam_database_authentication_enabled", None),
        ("master_password", "another-canary"),
        ("port", 5433),
        ("vpc_security_group_ids", ["sg-0world"]),
        ("storage_encrypted", False),
    ],
)
def test_the_new_cluster_is_like_the_one_that_goes(name: str, value: object) -> None:
    plan = made_up.restoring()
    change(plan, CLUSTER)["after_unknown"].pop(name, None)
    change(plan, CLUSTER)["after"][name] = value

    assert [f"plan.cluster.{name}"] == checks(restore(plan))


@pytest.mark.parametrize("actions", [["update"], ["delete"], ["forget"]], ids="-".join)
def test_every_instance_is_new(actions: list[str]) -> None:
    plan = made_up.restoring()
    change(plan, INSTANCE)["actions"] = actions

    assert ["plan.instance.action"] == checks(restore(plan))


@BOTH
def test_an_instance_may_be_created_with_the_cluster(make: Make) -> None:
    plan = make()
    made = row(f"{INSTANCE[:-3]}[1]", ["create"], None, instance("core-2-2", COPY))
    plan["resource_changes"].append(made)
    assert [] == checks(restore(plan))

    made["change"]["after"]["publicly_accessible"] = True
    assert ["plan.instance.publicly_accessible"] == checks(restore(plan))
    made["change"]["after"].update(publicly_accessible=False, cluster_identifier="reports")
    assert ["plan.instance.cluster_identifier"] == checks(restore(plan))


def test_an_instance_of_another_cluster_does_not_go() -> None:
    plan = made_up.restoring()
    change(plan, INSTANCE)["before"]["cluster_identifier"] = "reports"

    assert ["plan.instance.cluster_identifier"] == checks(restore(plan))
    allowed = replace(RESTORE, allow_replace=frozenset({INSTANCE}))
    assert [] == checks(restore(plan, allowed))


def test_an_instance_of_the_source_does_not_stay() -> None:
    plan = made_up.restoring()
    at(plan, INSTANCE).update(idle(INSTANCE, **instance("core-1-1", SOURCE)))

    assert ["plan.address.old_id"] == checks(restore(plan))


def test_a_login_whose_text_is_known_already_changes_nothing_but_the_host() -> None:
    plan = made_up.restoring()
    text = change(plan, LOGIN)
    del text["after_unknown"]["secret_string"]
    text["after"]["secret_string"] = login(SOURCE, dbClusterIdentifier=COPY)
    assert [] == checks(restore(plan))

    text["after"]["secret_string"] = login(SOURCE, dbClusterIdentifier=COPY, username="canary")
    assert ["plan.secret.secret_string"] == checks(restore(plan))


def test_a_login_that_goes_on_naming_the_old_cluster_is_stale() -> None:
    plan = made_up.restoring()
    at(plan, LOGIN).update(idle(LOGIN, secret_id="x", secret_string=login(SOURCE)))

    assert ["plan.secret.dbClusterIdentifier"] == checks(restore(plan))


@BOTH
@pytest.mark.parametrize("actions", [["create"], ["delete"], ["update"]], ids="-".join)
def test_everything_else_stands_already(make: Make, actions: list[str]) -> None:
    plan = make()
    change(plan, GROUP)["actions"] = actions

    assert "plan.other.action" in checks(restore(plan))


def test_another_cluster_made_beside_is_refused() -> None:
    plan = made_up.restoring()
    plan["resource_changes"].append(row(f"{CLUSTER}_2", ["create"], None, cluster("core-3")))

    assert ["plan.cluster.beside"] == checks(restore(plan))


def test_a_wrong_address_is_refused() -> None:
    wanted = replace(RESTORE, cluster_address=f"{CLUSTER}[0]")

    assert ["plan.cluster.presence"] == checks(restore(made_up.restoring(), wanted))


@BOTH
@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("skip_final_snapshot", True, False),
        ("final_snapshot_identifier", None, "the name of a snapshot"),
        ("vpc_security_group_ids", [], "its security groups"),
        ("db_subnet_group_name", None, "its subnet group"),
    ],
)
def test_what_a_new_cluster_lacks_is_told_as_it_is_wanted(
    make: Make, name: str, value: object, wanted: object
) -> None:
    """Not as it was: there was nothing."""
    plan = make()
    change(plan, CLUSTER)["after"][name] = value

    assert wanted == restore(plan).findings[0].expected


@pytest.mark.parametrize(
    ("roles", "expected"),
    [([], []), (["arn:aws:iam::123456789012:role/loads"], ["plan.cluster.iam_roles"])],
)
def test_roles_that_are_not_known_yet_are_refused_only_where_some_would_be_missed(
    roles: list[str], expected: list[str]
) -> None:
    """5.x computes them, so that it knows none of a cluster that it makes."""
    plan = made_up.restoring()
    change(plan, CLUSTER)["before"]["iam_roles"] = roles
    change(plan, CLUSTER)["after"].pop("iam_roles")
    change(plan, CLUSTER)["after_unknown"]["iam_roles"] = True

    assert expected == checks(restore(plan))


@BOTH
def test_scaling_may_leave_the_seconds_until_a_pause_to_the_provider(make: Make) -> None:
    plan = make()
    change(plan, CLUSTER)["after_unknown"]["serverlessv2_scaling_configuration"] = [
        {"seconds_until_auto_pause": True}
    ]

    assert [] == checks(restore(plan))
