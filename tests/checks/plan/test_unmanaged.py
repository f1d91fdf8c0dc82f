"""R7: what of a cluster Terraform would not build again."""

from __future__ import annotations

import pytest

from checks.plan.unmanaged import unmanaged
from tests.checks.plan import made_up
from tests.checks.plan.made_up import COPY, INSTANCE, SOURCE, change, read

MANAGED = {
    "cluster": [COPY],
    "instance": [f"{COPY}-1"],
    "subnet group": ["core-subnets"],
    "parameter group": ["core-cluster"],
    "security group": ["sg-0access"],
}


def test_what_stands_at_an_address_is_managed() -> None:
    """R7."""
    assert [] == unmanaged(read(made_up.adopting()), MANAGED)


def test_what_stands_at_none_is_listed_in_the_order_given() -> None:
    """R7."""
    left = {
        "cluster": [SOURCE],
        "instance": [f"{COPY}-1", f"{COPY}-2"],
        "security group": ["sg-0access", "sg-0hand-made"],
    }

    assert [
        ("cluster", SOURCE),
        ("instance", f"{COPY}-2"),
        ("security group", "sg-0hand-made"),
    ] == unmanaged(read(made_up.adopting()), left)


def test_groups_of_aws_are_nobodys_to_manage() -> None:
    found = {"parameter group": ["default.aurora-postgresql17"], "cluster": [COPY.upper()]}

    assert [] == unmanaged(read(made_up.adopting()), found)


@pytest.mark.parametrize("actions", [["delete"], ["forget"]], ids=str)
def test_what_the_plan_would_lose_is_managed_no_more(actions: list[str]) -> None:
    plan = made_up.adopting()
    change(plan, INSTANCE)["actions"] = actions

    assert [("instance", f"{COPY}-1")] == unmanaged(read(plan), MANAGED)


def test_what_the_plan_makes_is_managed() -> None:
    assert [] == unmanaged(read(made_up.restoring_from_nothing()), {"cluster": [COPY]})


def test_a_kind_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match="queue"):
        unmanaged(read(made_up.adopting()), {"queue": ["core"]})
