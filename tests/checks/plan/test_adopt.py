"""R44 to R46: the restored cluster, in place, at its address and nowhere else."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import (
    ADOPTION,
    CLUSTER,
    COPY,
    GROUP,
    INSTANCE,
    RULE,
    SOURCE,
    Document,
    adopt,
    at,
    change,
    checks,
    idle,
    row,
)


@pytest.fixture(name="plan")
def _plan() -> Document:
    return made_up.adopting()


def test_the_ordinary_aftermath_of_an_import_is_safe(plan: Document) -> None:
    """R46, R47: what the restore reset and what the import could not read come back."""
    judged = adopt(plan)

    assert () == judged.findings + judged.gaps + judged.bounds
    assert {"plan.resources": 8, "plan.changes": 3, "plan.terraform": "1.11.4"} == judged.facts


@pytest.mark.parametrize(
    "actions",
    [
        ["create"],
        ["delete"],
        ["delete", "create"],
        ["create", "delete"],
        ["forget"],
        ["create", "forget"],
        ["read"],
    ],
    ids="-".join,
)
def test_the_cluster_is_updated_in_place_or_left_alone(plan: Document, actions: list[str]) -> None:
    """R46: anything else loses the database."""
    change(plan, CLUSTER)["actions"] = actions

    (finding,) = [one for one in adopt(plan).findings if one.check == "plan.cluster.action"]
    assert (CLUSTER, actions) == (finding.subject, finding.actual)


def test_a_replacement_is_told_with_what_makes_it_necessary(plan: Document) -> None:
    """R45: the subnet group is not the configuration's, say."""
    change(plan, CLUSTER).update(
        actions=["delete", "create"], replace_paths=[["db_subnet_group_name"]]
    )

    (finding,) = adopt(plan).findings
    assert "db_subnet_group_name" in finding.remedy


def test_an_update_of_nothing_is_a_contradiction(plan: Document) -> None:
    change(plan, CLUSTER)["before"] = copy.deepcopy(change(plan, CLUSTER)["after"])

    assert ["plan.cluster.action"] == checks(adopt(plan))


def test_a_cluster_that_is_as_the_configuration_says_is_safe(plan: Document) -> None:
    change(plan, CLUSTER)["before"] = copy.deepcopy(change(plan, CLUSTER)["after"])
    change(plan, CLUSTER)["actions"] = ["no-op"]

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["id", "cluster_identifier"])
@pytest.mark.parametrize("value", [SOURCE, "core-3", None, ""])
def test_it_is_the_restored_cluster_before_and_after(
    plan: Document, when: str, name: str, value: str | None
) -> None:
    """R44, R45: the import was of another, or the variables name another."""
    change(plan, CLUSTER)[when][name] = value

    assert f"plan.cluster.{name}" in checks(adopt(plan))


def test_an_identifier_is_the_same_in_capitals(plan: Document) -> None:
    """RDS keeps it in lower case, whatever was typed."""
    assert [] == checks(adopt(plan, replace(ADOPTION, restored="Core-2")))


@pytest.mark.parametrize("name", ["id", "cluster_identifier", "deletion_protection", "engine"])
def test_what_is_unknown_is_not_unchanged(plan: Document, name: str) -> None:
    changing = change(plan, CLUSTER)
    del changing["after"][name]
    changing["after_unknown"] = {name: True}

    (finding,) = adopt(plan).findings
    assert (f"plan.cluster.{name}", "known after the apply") == (finding.check, finding.actual)


def test_something_unknown_within_a_block_is_unknown(plan: Document) -> None:
    change(plan, CLUSTER)["after_unknown"] = {
        "serverlessv2_scaling_configuration": [{"min_capacity": True}],
        "vpc_security_group_ids": [False],
    }

    assert ["plan.cluster.serverlessv2_scaling_configuration"] == checks(adopt(plan))


def test_a_wrong_address_is_told_with_those_that_there_are(plan: Document) -> None:
    indexed = replace(ADOPTION, cluster_address=f"{CLUSTER}[0]")

    (finding,) = adopt(plan, indexed).findings
    assert ("plan.cluster.presence", f"{CLUSTER}[0]") == (finding.check, finding.subject)
    assert f"stand at {CLUSTER}." in finding.remedy


def test_an_address_of_something_else_is_refused(plan: Document) -> None:
    assert ["plan.cluster.type"] == checks(adopt(plan, replace(ADOPTION, cluster_address=GROUP)))


def test_a_plan_without_any_cluster_is_refused(plan: Document) -> None:
    plan["resource_changes"].remove(at(plan, CLUSTER))
    del plan["prior_state"]

    assert "there is no cluster" in adopt(plan).findings[0].remedy


def test_the_same_cluster_cannot_be_source_and_copy(plan: Document) -> None:
    assert "plan.address.same_id" in checks(adopt(plan, replace(ADOPTION, source=COPY)))


@pytest.mark.parametrize(
    "provider",
    [
        "registry.terraform.io/someone/aws",
        "registry.example.com/hashicorp/aws",
        "registry.terraform.io/hashicorp/awscc",
        "aws",
        "",
    ],
)
@pytest.mark.parametrize("address", [CLUSTER, INSTANCE, made_up.LOGIN])
def test_another_provider_is_one_of_unknown_behaviour(
    plan: Document, address: str, provider: str
) -> None:
    at(plan, address)["provider_name"] = provider

    (finding,) = adopt(plan).findings
    assert address == finding.subject
    assert finding.check.endswith(".provider")


def test_an_import_block_that_names_the_restored_cluster_is_safe(plan: Document) -> None:
    change(plan, CLUSTER)["importing"] = {"id": COPY}

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize("importing", [{"id": SOURCE}, {"unknown": True}, {}])
def test_an_import_block_that_names_another_is_refused(plan: Document, importing: Document) -> None:
    change(plan, CLUSTER)["importing"] = importing

    assert ["plan.cluster.importing"] == checks(adopt(plan))


def test_an_import_of_anything_else_is_refused(plan: Document) -> None:
    change(plan, RULE)["importing"] = {"id": "sgrule-1"}

    assert ["plan.other.importing"] == checks(adopt(plan))


def test_an_import_of_the_copys_instance_is_safe(plan: Document) -> None:
    change(plan, INSTANCE)["importing"] = {"id": "core-2-1"}

    assert [] == checks(adopt(plan))


def test_a_cluster_that_a_moved_block_brought_here_is_judged_by_its_id(plan: Document) -> None:
    at(plan, CLUSTER)["previous_address"] = "module.rds_cluster.aws_rds_cluster.old"
    assert [] == checks(adopt(plan))

    change(plan, CLUSTER)["before"]["id"] = SOURCE
    assert ["plan.cluster.id"] == checks(adopt(plan))


def test_a_cluster_that_moved_away_is_told(plan: Document) -> None:
    at(plan, CLUSTER).update(address=f"{CLUSTER}_2", previous_address=CLUSTER)

    assert f"moved to {CLUSTER}_2" == adopt(plan).findings[0].actual


def test_of_a_cluster_that_moved_away_nothing_is_said_but_where_to(plan: Document) -> None:
    """Its new address is the restored cluster's only one: to remove it there would lose it."""
    at(plan, CLUSTER).update(address=f"{CLUSTER}_2", previous_address=CLUSTER)

    (finding,) = adopt(plan).findings

    assert "plan.cluster.presence" == finding.check
    assert f"clusters stand at {CLUSTER}_2" in finding.remedy


@pytest.mark.parametrize("actions", [["delete"], ["no-op"], ["forget"]])
@pytest.mark.parametrize("address", [CLUSTER, RULE])
def test_a_deposed_object_is_refused(plan: Document, address: str, actions: list[str]) -> None:
    """Deposed and not: two objects at one address, told apart by the key."""
    left = row(address, actions, made_up.cluster("core-0"), None) | {"deposed": "0a1b2c3d"}
    plan["resource_changes"].append(left)

    (finding,) = adopt(plan).findings
    assert ("plan.other.deposed", f"{address} (deposed 0a1b2c3d)") == (
        finding.check,
        finding.subject,
    )


def test_another_cluster_made_beside_is_refused(plan: Document) -> None:
    beside = f"{CLUSTER}_2"
    plan["resource_changes"].append(row(beside, ["create"], None, made_up.cluster("core-3")))

    (finding,) = adopt(plan).findings
    assert ("plan.cluster.beside", beside) == (finding.check, finding.subject)


def test_another_cluster_that_is_left_alone_is_none_of_ours(plan: Document) -> None:
    plan["resource_changes"].append(idle(f"{CLUSTER}_2", **made_up.cluster("reports")))

    assert [] == checks(adopt(plan))


def test_the_restored_cluster_at_two_addresses_is_refused(plan: Document) -> None:
    plan["resource_changes"].append(idle(f"{CLUSTER}_2", **made_up.cluster(COPY)))

    assert ["plan.address.restored_twice"] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("aws_rds_cluster", {"id": SOURCE}),
        ("aws_rds_cluster", {"cluster_identifier": SOURCE.upper()}),
        ("aws_rds_cluster", {"arn": f"arn:aws:rds:us-east-1:123456789012:cluster:{SOURCE}"}),
        ("aws_rds_cluster_instance", {"id": "x", "cluster_identifier": SOURCE}),
        ("aws_rds_cluster_endpoint", {"cluster_identifier": SOURCE}),
        ("aws_rds_cluster_role_association", {"db_cluster_identifier": SOURCE}),
        ("aws_db_proxy_target", {"db_cluster_identifier": SOURCE}),
        ("aws_rds_global_cluster", {"source_db_cluster_identifier": SOURCE}),
    ],
)
def test_the_old_id_stands_at_no_address(
    plan: Document, type_: str, values: dict[str, str]
) -> None:
    """R45: what still manages the source would go on doing so."""
    plan["resource_changes"].append(idle(f"{type_}.left", **values) | {"type": type_})

    (finding,) = adopt(plan).findings
    assert ("plan.address.old_id", f"{type_}.left") == (finding.check, finding.subject)


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        # A name that happens to be the same, of something that belongs to no cluster.
        ("aws_db_subnet_group", {"id": SOURCE, "name": SOURCE}),
        ("aws_rds_cluster", {"id": "reports", "cluster_members": [SOURCE]}),
        ("aws_rds_cluster", {"id": "reports", "tags": {"restored-from": SOURCE}}),
        # A snapshot stays one of the cluster that it was taken of.
        ("aws_db_cluster_snapshot", {"id": "before", "db_cluster_identifier": SOURCE}),
        ("google_sql_database", {"cluster_identifier": SOURCE}),
    ],
)
def test_the_old_id_elsewhere_is_only_a_word(
    plan: Document, type_: str, values: dict[str, object]
) -> None:
    plan["resource_changes"].append(idle(f"{type_}.left", **values) | {"type": type_})

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("was", "becomes", "check"),
    [
        ({"deletion_protection": True}, {"deletion_protection": False}, "deletion_protection"),
        ({"backup_retention_period": 7}, {"backup_retention_period": 1}, "backup_retention_period"),
        ({"engine_version": "17.4"}, {"engine_version": "18.1"}, "engine_version"),
        (
            {"vpc_security_group_ids": ["sg-0access"]},
            {"vpc_security_group_ids": ["sg-0world"]},
            "vpc_security_group_ids",
        ),
    ],
)
def test_drift_on_the_cluster_that_weakens_it_is_refused(
    plan: Document, was: Document, becomes: Document, check: str
) -> None:
    drift = row(CLUSTER, ["update"], made_up.cluster(COPY, **was), made_up.cluster(COPY, **becomes))
    plan["resource_drift"] = [drift]

    (finding,) = adopt(plan).findings
    assert f"plan.drift.{check}" == finding.check
    assert (next(iter(was.values())), next(iter(becomes.values()))) == (
        finding.expected,
        finding.actual,
    )


def test_a_cluster_that_was_deleted_since_the_import_is_refused(plan: Document) -> None:
    plan["resource_drift"] = [row(CLUSTER, ["delete"], made_up.cluster(COPY), None)]

    assert ["plan.drift.action"] == checks(adopt(plan))


def test_other_drift_is_noise(plan: Document) -> None:
    """Members, empty lists for nothing, other resources."""
    members = made_up.cluster(COPY, cluster_members=[], iam_roles=None)
    plan["resource_drift"] = [
        row(CLUSTER, ["update"], members, made_up.cluster(COPY)),
        row(GROUP, ["update"], {"id": "sg-0access"}, {"id": "sg-0access", "ingress": ["x"]}),
    ]

    assert [] == checks(adopt(plan))
