"""A plan may put a copy that is in quarantine into the groups that its source stood in, all of them
and no others (R48).
"""

from __future__ import annotations

import pytest

from checks.plan.cluster_rules import StoodIn, cluster_rules

IN = StoodIn(frozenset({"sg-a", "sg-b"}), "default.aurora-postgresql17")
QUARANTINE = ["sg-0own"]


@pytest.mark.parametrize(
    ("after", "allowed"),
    [
        (["sg-b", "sg-a"], True),
        (["sg-a"], False),
        (["sg-a", "sg-b", "sg-0world"], False),
        (["sg-0world"], False),
        ([], False),
        (None, False),
    ],
)
def test_the_sources_security_groups_and_no_others(after: object, allowed: bool) -> None:
    rule = cluster_rules(stood_in=IN)["vpc_security_group_ids"]

    assert allowed == rule.allows(QUARANTINE, after)
    # Where nobody knows what the source stood in, the state has to manage them.
    assert not cluster_rules()["vpc_security_group_ids"].allows(QUARANTINE, after)


@pytest.mark.parametrize(
    ("after", "allowed"),
    [
        ("default.aurora-postgresql17", True),
        ("default.aurora-postgresql16", False),
        ("", False),
        (None, False),
    ],
)
def test_the_engines_own_parameter_group_only_where_the_source_had_it(
    after: object, allowed: bool
) -> None:
    name = "db_cluster_parameter_group_name"

    assert allowed == cluster_rules(stood_in=IN)[name].allows("core-drill-quarantine", after)
    assert not cluster_rules()[name].allows("core-drill-quarantine", after)
