"""Is the copy configured as the source is? (R25 to R33)

Clusters, single instances, and the instances of clusters; how entries are compared, and what may
differ, is `checks.comparing` and the two lists of allowances.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from checks.allowances import ALLOWED, REMEDIES
from checks.comparing import (
    CHECK,
    OUR_TAGS,
    Comparison,
    Difference,
    Subject,
    compare,
    plain,
    untouched,
)
from checks.finding import Finding
from checks.single_allowances import ALLOWED_SINGLE, SINGLE_REMEDIES

__all__ = [
    "OUR_TAGS",
    "Comparison",
    "Difference",
    "check_single_untouched",
    "check_untouched",
    "compare_clusters",
    "compare_instances",
    "compare_single",
    "plain",
]

CLUSTER = Subject(
    word="cluster",
    identity=("DBClusterIdentifier", "DBClusterArn", "DbClusterResourceId"),
    created="ClusterCreateTime",
    modify="modify-db-cluster",
    allowed=ALLOWED,
    remedies=REMEDIES,
)
SINGLE = Subject(
    word="instance",
    identity=("DBInstanceIdentifier", "DBInstanceArn", "DbiResourceId"),
    created="InstanceCreateTime",
    modify="modify-db-instance",
    allowed=ALLOWED_SINGLE,
    remedies=SINGLE_REMEDIES,
)

compare_clusters = partial(compare, CLUSTER)
"""Every key of two `DescribeDBClusters` entries; `checks.comparing.compare` tells how."""
compare_single = partial(compare, SINGLE)
"""The same of the `DescribeDBInstances` entries of two single instances."""


def check_untouched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Finding]:
    """R32: two descriptions of the *source*, a cluster, from before and after the restore."""
    return untouched(CLUSTER, before, after)


def check_single_untouched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Finding]:
    """The same of a single instance."""
    return untouched(SINGLE, before, after)


INSTANCE_SETTINGS: tuple[tuple[str, Callable[[Mapping[str, Any]], object]], ...] = (
    ("DBInstanceClass", lambda one: one.get("DBInstanceClass")),
    ("Engine", lambda one: one.get("Engine")),
    (
        "DBParameterGroups",
        lambda one: sorted(
            group["DBParameterGroupName"] for group in one.get("DBParameterGroups") or ()
        ),
    ),
    ("PromotionTier", lambda one: one.get("PromotionTier")),
    ("PubliclyAccessible", lambda one: bool(one.get("PubliclyAccessible"))),
)
"""What makes two instances alike. Names, zones, times and endpoints are their own."""


def compare_instances(
    expected: Sequence[Mapping[str, Any]],
    copies: Sequence[Mapping[str, Any]],
    *,
    instead: Mapping[str, str] | None = None,
) -> list[Finding]:
    """R33: `DescribeDBInstances` entries, as many and such as expected; their order says nothing.

    expected  the source's instances, or what was asked for instead of them
    instead   parameter groups of the source's instances → those that the copy's stand in while it
              is in quarantine (DESIGN 5)
    """
    findings = []
    expected = [_in_quarantine(one, instead or {}) for one in expected]
    if len(expected) != len(copies):
        findings.append(
            Finding(
                check=f"{CHECK}.instances",
                subject="number of instances",
                expected=len(expected),
                actual=len(copies),
                remedy="R33: a restored cluster has no instance until one is created: create those "
                "that are missing, like the source's.",
            )
        )
    left = list(copies)
    unlike = []
    for one in expected:
        twin = next((copy for copy in left if not _unlike(one, copy)), None)
        if twin is None:
            unlike.append(one)
        else:
            left.remove(twin)
    # Each of the rest is held against the copy that is most like it, so that the finding names the
    # one setting that differs and not a whole instance.
    for one in unlike:
        if not left:
            break
        nearest = min(left, key=lambda copy: len(_unlike(one, copy)))
        left.remove(nearest)
        findings += [
            Finding(
                check=f"{CHECK}.instances",
                subject=f"{nearest.get('DBInstanceIdentifier')}.{setting}",
                expected=was,
                actual=now,
                remedy=f"R33: as {one.get('DBInstanceIdentifier')} has it; modify or replace the "
                "instance.",
            )
            for setting, was, now in _unlike(one, nearest)
        ]
    return findings


def _in_quarantine(one: Mapping[str, Any], instead: Mapping[str, str]) -> Mapping[str, Any]:
    groups = [
        {**group, "DBParameterGroupName": instead[group["DBParameterGroupName"]]}
        if group["DBParameterGroupName"] in instead
        else group
        for group in one.get("DBParameterGroups") or ()
    ]
    return {**one, "DBParameterGroups": groups}


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, object, object]]:
    return [
        (setting, read(one), read(other))
        for setting, read in INSTANCE_SETTINGS
        if read(one) != read(other)
    ]
