"""Instances of the restored cluster, in an adoption."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import (
    ADOPTION,
    COPY,
    INSTANCE,
    SOURCE,
    Document,
    adopt,
    at,
    change,
    checks,
    instance,
    replaced,
    row,
)

ALLOWED = replace(ADOPTION, allow_replace=frozenset({INSTANCE}))


def taking_the_sources(*paths: str) -> Document:
    """The cluster imported alone: its instance would take the place of the source's."""
    plan = made_up.adopting()
    at(plan, INSTANCE).update(
        replaced(INSTANCE, instance("core-1-1", SOURCE), instance("core-2-1", COPY), *paths)
    )
    return plan


def test_replacing_the_sources_instance_must_be_allowed_by_name() -> None:
    plan = taking_the_sources("identifier", "cluster_identifier")

    assert ["plan.instance.action"] == checks(adopt(plan))
    other = replace(ADOPTION, allow_replace=frozenset({f"{INSTANCE[:-3]}[1]"}))
    assert ["plan.instance.action"] == checks(adopt(plan, other))
    assert [] == checks(adopt(plan, ALLOWED))


@pytest.mark.parametrize("paths", [(), ("instance_class",), ("cluster_identifier", "engine")])
def test_replacing_it_for_another_reason_is_refused(paths: tuple[str, ...]) -> None:
    assert ["plan.instance.replace_paths"] == checks(adopt(taking_the_sources(*paths), ALLOWED))


@pytest.mark.parametrize("owner", [COPY, "reports", None])
def test_only_the_sources_instance_may_go(owner: str | None) -> None:
    plan = taking_the_sources("cluster_identifier")
    change(plan, INSTANCE)["before"]["cluster_identifier"] = owner

    assert ["plan.instance.cluster_identifier"] == checks(adopt(plan, ALLOWED))


@pytest.mark.parametrize("owner", ["reports", None, ...])
def test_a_new_instance_belongs_to_the_restored_cluster(owner: object) -> None:
    plan = taking_the_sources("cluster_identifier")
    change(plan, INSTANCE)["after"]["cluster_identifier"] = owner
    if owner is ...:
        del change(plan, INSTANCE)["after"]["cluster_identifier"]
        change(plan, INSTANCE)["after_unknown"]["cluster_identifier"] = True

    assert ["plan.instance.cluster_identifier"] == checks(adopt(plan, ALLOWED))


@pytest.mark.parametrize("actions", [["delete"], ["forget"], ["create", "forget"]], ids="-".join)
def test_an_instance_that_goes_is_refused_whatever_was_allowed(actions: list[str]) -> None:
    plan = made_up.adopting()
    change(plan, INSTANCE)["actions"] = actions

    assert ["plan.instance.action"] == checks(adopt(plan, ALLOWED))


def test_a_new_instance_must_be_allowed_by_name() -> None:
    plan = made_up.adopting()
    second = f"{INSTANCE[:-3]}[1]"
    plan["resource_changes"].append(row(second, ["create"], None, instance("core-2-2", COPY)))

    assert ["plan.instance.action"] == checks(adopt(plan))
    assert [] == checks(adopt(plan, replace(ADOPTION, allow_replace=frozenset({second}))))


@pytest.mark.parametrize(
    ("name", "was", "harmless", "danger"),
    [
        ("publicly_accessible", True, False, ...),
        ("publicly_accessible", False, False, True),
        ("instance_class", "db.serverless", "db.serverless", "db.t4g.medium"),
        ("db_parameter_group_name", "quarantine", "core", "default.aurora-postgresql17"),
        ("identifier", "core-2-1", "core-2-1", "core-2-x"),
        ("engine", "aurora-postgresql", "aurora-postgresql", "aurora"),
        ("promotion_tier", 1, 0, ...),
    ],
)
def test_a_danger_inside_an_update_of_an_instance_is_refused(
    name: str, was: object, harmless: object, danger: object
) -> None:
    for becomes, expected in ((harmless, []), (danger, [f"plan.instance.{name}"])):
        if becomes is not ...:
            plan = made_up.adopting()
            change(plan, INSTANCE)["before"][name] = was
            change(plan, INSTANCE)["after"][name] = becomes

            assert expected == checks(adopt(plan))


@pytest.mark.parametrize(
    ("name", "danger"), [("publicly_accessible", True), ("instance_class", "db.t4g.medium")]
)
def test_a_replacement_that_was_allowed_is_like_the_one_that_goes(
    name: str, danger: object
) -> None:
    plan = taking_the_sources("cluster_identifier")
    change(plan, INSTANCE)["after"][name] = danger

    assert [f"plan.instance.{name}"] == checks(adopt(plan, ALLOWED))


def test_an_instance_of_another_cluster_is_not_changed() -> None:
    plan = made_up.adopting()
    for side in ("before", "after"):
        change(plan, INSTANCE)[side]["cluster_identifier"] = "reports"

    assert ["plan.instance.cluster_identifier"] == checks(adopt(plan))


def test_an_update_of_nothing_is_a_contradiction() -> None:
    plan = made_up.adopting()
    change(plan, INSTANCE)["before"] = change(plan, INSTANCE)["after"]

    assert ["plan.instance.action"] == checks(adopt(plan))


def test_whether_a_new_instance_is_public_may_be_left_to_the_provider() -> None:
    """Not in the configuration, it is computed: unknown of every instance that is made."""
    plan = taking_the_sources("cluster_identifier")
    del change(plan, INSTANCE)["after"]["publicly_accessible"]
    change(plan, INSTANCE)["after_unknown"]["publicly_accessible"] = True

    assert [] == checks(adopt(plan, ALLOWED))
