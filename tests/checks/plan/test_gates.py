"""Plans that may not be judged: each gate shut, and open beside it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.plan import made_up
from tests.checks.plan.made_up import CLUSTER, LOGIN, RULE, Document, adopt, at, change, checks

PLANS: dict[str, tuple[Callable[[], Document], Callable[[Document], Any]]] = {
    "adopt": (made_up.adopting, made_up.adopt),
    "replace": (made_up.restoring, made_up.restore),
    "create": (made_up.restoring_from_nothing, made_up.restore),
}


@pytest.fixture(params=PLANS, name="good")
def _good(request: pytest.FixtureRequest) -> tuple[Document, Callable[[Document], Any]]:
    make, judge = PLANS[request.param]
    return make(), judge


def test_a_plan_as_terraform_writes_it_passes_every_gate(
    good: tuple[Document, Callable[[Document], Any]],
) -> None:
    plan, judge = good

    assert () == judge(plan).findings


@pytest.mark.parametrize(
    ("key", "value", "check"),
    [
        ("format_version", "2.0", "format_version"),
        ("format_version", "0.2", "format_version"),
        ("format_version", "10.1", "format_version"),
        ("terraform_version", "", "terraform_version"),
        ("errored", True, "errored"),
        ("errored", None, "errored"),
        ("complete", False, "complete"),
        ("complete", None, "complete"),
        ("applyable", False, "applyable"),
        ("applyable", None, "applyable"),
        ("deferred_changes", [{"reason": "unknown"}], "deferred_changes"),
        ("action_invocations", [{"address": "action.aws_lambda_invoke.x"}], "action_invocations"),
        ("deferred_action_invocations", [{}], "action_invocations"),
    ],
)
def test_each_gate_shuts(
    good: tuple[Document, Callable[[Document], Any]], key: str, value: object, check: str
) -> None:
    plan, judge = good
    plan[key] = value

    (finding,) = judge(plan).findings
    assert (f"plan.gate.{check}", "the plan") == (finding.check, finding.subject)


@pytest.mark.parametrize("key", ["errored", "complete", "applyable", "terraform_version"])
def test_what_a_plan_of_this_version_must_say_cannot_be_left_out(key: str) -> None:
    plan = made_up.adopting()
    del plan[key]

    assert [f"plan.gate.{key}"] == checks(adopt(plan))


@pytest.mark.parametrize("without", ["missing", "null", "empty"])
def test_a_plan_without_rows_is_refused(without: str) -> None:
    """As one of -refresh-only, or a state."""
    plan = made_up.adopting()
    plan["resource_changes"] = {"null": None, "empty": []}.get(without)
    if without == "missing":
        del plan["resource_changes"]

    assert ["plan.gate.resource_changes", "plan.cluster.presence"] == checks(adopt(plan))


@pytest.mark.parametrize(
    ("version", "unsaid", "shut"),
    [
        ("1.3.9", ("errored", "complete", "applyable"), []),
        ("1.5.7", ("errored", "complete", "applyable"), []),
        ("1.6.0", ("errored", "complete", "applyable"), ["plan.gate.errored"]),
        ("1.7.5", ("complete", "applyable"), []),
        ("1.8.0", ("complete", "applyable"), ["plan.gate.complete", "plan.gate.applyable"]),
        ("1.8.0-alpha20240214", ("applyable",), ["plan.gate.applyable"]),
        ("2.0.0", ("errored",), ["plan.gate.errored"]),
    ],
)
def test_a_key_may_be_absent_where_the_version_did_not_know_it(
    version: str, unsaid: tuple[str, ...], shut: list[str]
) -> None:
    plan = made_up.adopting() | {"terraform_version": version}
    for key in unsaid:
        del plan[key]

    assert shut == checks(adopt(plan))


@pytest.mark.parametrize("version", ["1.5.7", "1.7.5"])
def test_a_plan_of_an_old_version_shows_by_its_rows_that_it_is_complete(version: str) -> None:
    plan = made_up.adopting() | {"terraform_version": version}
    for key in ("complete", "applyable"):
        del plan[key]
    assert [] == checks(adopt(plan))

    plan["resource_changes"].remove(at(plan, RULE))
    assert ["plan.gate.coverage"] == checks(adopt(plan))
    del plan["prior_state"]
    assert ["plan.gate.complete"] == checks(adopt(plan))


def of_opentofu() -> Document:
    """OpenTofu's plans say whether they errored, and nothing of the other two."""
    plan = made_up.adopting() | {"terraform_version": "1.10.3"}
    for key in ("complete", "applyable"):
        del plan[key]
    for one in plan["resource_changes"]:
        one["provider_name"] = "registry.opentofu.org/hashicorp/aws"
    return plan


def test_a_plan_of_opentofu_is_judged() -> None:
    assert [] == checks(adopt(of_opentofu()))


def test_a_plan_of_opentofu_that_hides_a_row_is_refused() -> None:
    plan = of_opentofu()
    plan["resource_changes"].remove(at(plan, RULE))

    assert ["plan.gate.coverage"] == checks(adopt(plan))


def test_a_plan_of_opentofu_that_errored_is_refused() -> None:
    assert ["plan.gate.errored"] == checks(adopt(of_opentofu() | {"errored": True}))


def test_a_row_that_is_missing_is_noticed_even_if_the_plan_calls_itself_complete() -> None:
    plan = made_up.adopting()
    plan["resource_changes"].remove(at(plan, RULE))

    (finding,) = adopt(plan).findings
    assert ("plan.gate.coverage", f"none for {RULE}") == (finding.check, finding.actual)


def test_an_object_that_a_moved_block_renamed_is_not_missing() -> None:
    plan = made_up.adopting()
    at(plan, RULE)["previous_address"] = RULE
    at(plan, RULE)["address"] = f"{RULE}_renamed"

    assert [] == checks(adopt(plan))


def test_a_plan_with_nothing_to_do_is_not_applyable_and_safe() -> None:
    """Terraform says so of a second plan after an adoption, and of one that is resumed."""
    plan = made_up.adopting() | {"applyable": False}
    for address in (CLUSTER, made_up.INSTANCE, LOGIN):
        settled = change(plan, address)
        settled["actions"] = ["no-op"]
        settled["after_unknown"] = {}
        settled.pop("replace_paths", None)
        after = made_up.version(made_up.login(made_up.COPY)) if address == LOGIN else None
        settled["before"] = after or settled["after"]
        settled["after"] = copy.deepcopy(settled["before"])

    assert [] == checks(adopt(plan))


@pytest.mark.parametrize("deposed", [None, "0a1b2c3d"])
def test_an_object_with_two_rows_is_refused(deposed: str | None) -> None:
    plan = made_up.adopting()
    twin = copy.deepcopy(at(plan, RULE)) | {"deposed": deposed}
    plan["resource_changes"] += [twin] if deposed is None else [twin, copy.deepcopy(twin)]

    assert "plan.gate.duplicate" in checks(adopt(plan))


@pytest.mark.parametrize(
    "actions", [["replace"], ["update", "delete"], ["no-op", "no-op"], [], ["DELETE"]]
)
@pytest.mark.parametrize("address", [CLUSTER, LOGIN, RULE, made_up.INSTANCE])
def test_actions_that_nobody_knows_are_refused(address: str, actions: list[str]) -> None:
    plan = made_up.adopting()
    change(plan, address)["actions"] = actions

    assert "plan.gate.actions" in checks(adopt(plan))


@pytest.mark.parametrize("address", [CLUSTER, made_up.INSTANCE, RULE, made_up.SECRET])
def test_a_row_that_says_nothing_happens_and_shows_that_something_does_is_refused(
    address: str,
) -> None:
    plan = made_up.adopting()
    change(plan, address)["actions"] = ["no-op"]
    change(plan, address)["after"]["anything"] = "else"

    assert "plan.gate.no_op" in checks(adopt(plan))
