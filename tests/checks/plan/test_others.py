"""Everything but the cluster, its instances and its login is left as it is."""

from __future__ import annotations

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import (
    GROUP,
    PARAMETERS,
    PASSWORD,
    RULE,
    SECRET,
    SUBNETS,
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


@pytest.mark.parametrize("address", [GROUP, PARAMETERS, RULE, SECRET, SUBNETS])
@pytest.mark.parametrize(
    "actions",
    [
        ["create"],
        ["read"],
        ["update"],
        ["delete"],
        ["delete", "create"],
        ["create", "delete"],
        ["forget"],
        ["create", "forget"],
    ],
    ids="-".join,
)
def test_no_other_resource_is_touched(plan: Document, address: str, actions: list[str]) -> None:
    """R48: the security group and the secret above all."""
    change(plan, address)["actions"] = actions

    (finding,) = adopt(plan).findings
    assert ("plan.other.action", address, "no-op") == (
        finding.check,
        finding.subject,
        finding.expected,
    )


@pytest.mark.parametrize(
    ("type_", "why"),
    [
        ("aws_db_cluster_snapshot", "a snapshot would be deleted"),
        ("aws_kms_key", "a key would go"),
        ("aws_rds_cluster", "a whole cluster would be deleted"),
        ("aws_sqs_queue", "it would be lost"),
    ],
)
def test_what_would_be_lost_is_told(plan: Document, type_: str, why: str) -> None:
    plan["resource_changes"].append(
        row(f"{type_}.kept", ["delete"], {"id": "x"}, None) | {"type": type_}
    )

    (finding,) = adopt(plan).findings
    assert f"{type_}.kept" == finding.subject
    assert why in finding.remedy


def test_an_update_is_told_by_the_attributes_that_differ_and_no_value(plan: Document) -> None:
    change(plan, RULE)["actions"] = ["update"]
    change(plan, RULE)["after"]["description"] = PASSWORD

    (finding,) = adopt(plan).findings
    assert "update of description" == finding.actual


@pytest.mark.parametrize("address", [GROUP, SECRET, SUBNETS])
def test_tags_may_change_on_anything(plan: Document, address: str) -> None:
    change(plan, address)["actions"] = ["update"]
    change(plan, address)["after"]["tags_all"] = {"release": "12"}

    assert [] == checks(adopt(plan))


def test_tags_of_another_providers_resource_may_not(plan: Document) -> None:
    """Nobody has said what they mean to it."""
    change(plan, GROUP)["actions"] = ["update"]
    change(plan, GROUP)["after"]["tags"] = {"release": "12"}
    at(plan, GROUP)["provider_name"] = "registry.terraform.io/someone/else"

    assert ["plan.other.action"] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("actions", "expected"),
    [(["read"], []), (["no-op"], []), (["delete"], ["plan.other.action"])],
    ids=str,
)
def test_data_is_only_read(plan: Document, actions: list[str], expected: list[str]) -> None:
    data = row("data.aws_vpc.default", actions, None, {"id": "vpc-1"}) | {"mode": "data"}
    if actions == ["no-op"]:
        data["change"]["before"] = {"id": "vpc-1"}
    plan["resource_changes"].append(data)

    assert expected == checks(adopt(plan))


def test_a_resource_of_another_provider_that_is_left_alone_is_none_of_ours(plan: Document) -> None:
    plan["resource_changes"].append(
        idle("terraform_data.note", input="x")
        | {"provider_name": "terraform.io/builtin/terraform", "type": "terraform_data"}
    )

    assert [] == checks(adopt(plan))
