"""Any one change of a safe plan's actions, ids or guarded attributes is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.judgement import Judgement
from checks.plan.cluster_rules import cluster_rules
from checks.plan.gates import KNOWN_ACTIONS
from checks.plan.instance import RULES as INSTANCE_RULES
from tests.checks.plan import made_up
from tests.checks.plan.made_up import CLUSTER, COPY, INSTANCE, LOGIN, Document, change

PLANS: dict[str, tuple[Callable[[], Document], Callable[[Document], Judgement]]] = {
    "adopt": (made_up.adopting, made_up.adopt),
    "replace": (made_up.restoring, made_up.restore),
    "create": (made_up.restoring_from_nothing, made_up.restore),
}

ALSO_RIGHT: dict[tuple[str, str], set[tuple[str, ...]]] = {
    ("adopt", LOGIN): {("create", "delete")},
    # Which of the two goes first is the configuration's to say.
    ("replace", CLUSTER): {("create", "delete"), ("create",)},
    ("replace", LOGIN): {("create", "delete")},
    ("replace", INSTANCE): {("create", "delete"), ("create",)},
    ("create", CLUSTER): set(),
    ("create", LOGIN): {("create", "delete")},
    ("create", INSTANCE): {("create", "delete"), ("create",)},
}
"""Actions that are as right as those that the plan has."""

ADDRESSES = [one["address"] for one in made_up.adopting()["resource_changes"]]

WORSE: dict[str, st.SearchStrategy[object]] = {
    "deletion_protection": st.sampled_from([False, None]),
    "backup_retention_period": st.sampled_from([0, None]),
    "skip_final_snapshot": st.just(True),
    "final_snapshot_identifier": st.sampled_from([None, ""]),
    "delete_automated_backups": st.just(True),
    "iam_database_authentication_enabled": st.sampled_from([False, None]),
    "engine_version": st.sampled_from(["17.3", "16.9", "18.0", "x", None, ""]),
    "db_cluster_parameter_group_name": st.sampled_from(["default.x", "", None]),
    "vpc_security_group_ids": st.sampled_from([[], None, ["sg-9"], ["sg-0access", "sg-9"]]),
    "serverlessv2_scaling_configuration": st.sampled_from([[], None, [{"min_capacity": 0}], [{}]]),
    "scaling_configuration": st.just([{"min_capacity": 0}]),
    "enabled_cloudwatch_logs_exports": st.sampled_from([[], None]),
    "manage_master_user_password": st.just(True),
}
"""Guarded attributes some of whose values are right: values that are not. Any other value of all
the rest is wrong."""

OTHER = st.one_of(
    st.text(min_size=1, max_size=8), st.integers(1, 9), st.just(True), st.just([{"x": "y"}])
)


def actions_of(plan: Document, address: str) -> tuple[str, ...]:
    return tuple(change(plan, address)["actions"])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_other_action_of_any_row_is_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(PLANS)))
    make, judge = PLANS[kind]
    plan = make()
    address = data.draw(st.sampled_from(ADDRESSES))
    right = {actions_of(plan, address)} | ALSO_RIGHT.get((kind, address), set())
    known = st.sampled_from(sorted(KNOWN_ACTIONS - right))
    unknown = (
        st.lists(st.text(max_size=6), max_size=3)
        .map(tuple)
        .filter(lambda one: one not in KNOWN_ACTIONS)
    )
    change(plan, address)["actions"] = list(data.draw(known | unknown))

    assert judge(plan).findings


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_other_id_is_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(PLANS)))
    make, judge = PLANS[kind]
    plan = make()
    places = {
        "adopt": [
            *((CLUSTER, when, name) for when in ("before", "after") for name in IDS),
            *((INSTANCE, when, "cluster_identifier") for when in ("before", "after")),
            *((INSTANCE, when, "id") for when in ("before", "after")),
            *((LOGIN, when, "secret_id") for when in ("before", "after")),
        ],
        "replace": [
            (CLUSTER, "before", "cluster_identifier"),
            (CLUSTER, "after", "cluster_identifier"),
            (CLUSTER, "after", "snapshot_identifier"),
            (INSTANCE, "before", "cluster_identifier"),
            (LOGIN, "after", "secret_id"),
        ],
        "create": [
            (CLUSTER, "after", "cluster_identifier"),
            (CLUSTER, "after", "snapshot_identifier"),
            (INSTANCE, "before", "cluster_identifier"),
            (LOGIN, "after", "secret_id"),
        ],
    }[kind]
    address, when, name = data.draw(st.sampled_from(places))
    values = change(plan, address)[when]
    values[name] = data.draw(
        (st.text(max_size=8) | st.none()).filter(lambda one: not same(one, values[name]))
    )

    assert judge(plan).findings


IDS = ("id", "cluster_identifier")


def same(one: Any, other: Any) -> bool:
    return str(one).lower() == str(other).lower()


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_worse_value_of_a_guarded_attribute_is_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["adopt", "replace"]))
    make, judge = PLANS[kind]
    plan = make()
    if kind == "adopt":
        # Already what the configuration says, so that every worse value is a change.
        guarded = cluster_rules()
        change(plan, CLUSTER)["before"] = made_up.cluster(COPY, tags={})
    else:
        guarded = {
            name: rule
            for name, rule in cluster_rules().items()
            if name not in {*IDS, "arn", "cluster_identifier_prefix", "cluster_resource_id"}
        }
        change(plan, CLUSTER)["before"]["snapshot_identifier"] = None
    name = data.draw(st.sampled_from(sorted(guarded)))
    if kind == "replace" and name in ("deletion_protection", "final_snapshot_identifier"):
        return
    after = change(plan, CLUSTER)["after"]
    right = change(plan, CLUSTER)["before"].get(name)
    if name in ("master_password_wo_version", "region"):
        change(plan, CLUSTER)["before"][name] = right = "1"
    worse = WORSE.get(name, OTHER.filter(lambda one: one not in (right, after.get(name))))
    after[name] = data.draw(worse)
    change(plan, CLUSTER)["after_unknown"].pop(name, None)

    assert f"plan.cluster.{name}" in made_up.checks(judge(plan))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_guarded_attribute_that_is_not_known_is_refused(data: st.DataObject) -> None:
    plan = made_up.adopting()
    address, rules = data.draw(
        st.sampled_from([(CLUSTER, cluster_rules()), (INSTANCE, INSTANCE_RULES)])
    )
    name = data.draw(st.sampled_from(sorted(rules)))
    change(plan, address)["after"].pop(name, None)
    change(plan, address)["after_unknown"][name] = data.draw(
        st.sampled_from([True, [True], [{"x": True}], {"x": [False, True]}])
    )

    assert made_up.adopt(plan).findings


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(PLANS)), address=st.sampled_from(ADDRESSES))
def test_any_row_that_is_taken_out_is_missed(kind: str, address: str) -> None:
    make, judge = PLANS[kind]
    plan = make()
    plan["resource_changes"].remove(made_up.at(plan, address))

    assert judge(plan).findings
