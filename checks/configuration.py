"""Is the copy configured as the source is? (R25 to R33)

Two `DescribeDBClusters` entries are compared key by key. What is not on the allow-list is compared,
keys that AWS will only invent next year too: a restore resets settings silently, so an ignored key
is a silent reset. The allow-list is data, each line with its reason, and the lines that were used
are returned to be printed: a difference is either a finding or something that a reader has seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checks.allowances import ALLOWED, DRILLS, QUARANTINE, REMEDIES, STATE, TIME, Allowance, Mode
from checks.evidence import Allowed, AllowedDifferences
from checks.finding import Finding

CHECK = "configuration"

OUR_TAGS = "restore-drills:"
"""Prefix of the tags that a run puts on what it makes; AWS's own begin with `aws:`."""

IDENTITY = ("DBClusterIdentifier", "DBClusterArn", "DbClusterResourceId")
"""Keys that must differ: equal, they say that one cluster was described twice (R25)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference that is allowed, as it occurred, with the reason."""

    key: str
    source: object
    copy: object
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing.

    findings  differences that nobody allowed
    allowed   differences that occurred and are on the allow-list, to be printed
    pending   keys that a cluster still being created does not show yet: nothing is proven of them
    compared  how many keys there are
    """

    findings: list[Finding]
    allowed: list[Difference]
    pending: list[str]
    compared: int = 0

    @property
    def told(self) -> AllowedDifferences:
        """What a reader should see of the differences that are allowed."""
        allowed = [Allowed(one.key, one.source, one.copy, one.reason) for one in self.allowed]
        return AllowedDifferences("cluster", self.compared, allowed)


def compare_clusters(
    source: Mapping[str, Any],
    copy: Mapping[str, Any],
    *,
    mode: Mode,
    creating: bool = False,
    adopted: bool = False,
    apart: Mapping[str, object] | None = None,
) -> Comparison:
    """Every key of the two `DescribeDBClusters` entries.

    creating  the copy is not available yet (R70): what it does not show so far is pending; what it
              shows is compared
    adopted   the copy has taken the source's place: what keeps a drill's copy apart, and lets it go
              again, is then a difference like any other
    apart   key → value that the copy has because it stands in quarantine (DESIGN 5), as `plain`
            leaves it: that one value is allowed and no other
    """
    findings = _check_identity(source, copy)
    allowed: list[Difference] = []
    pending: list[str] = []
    for key in sorted((source.keys() | copy.keys()) - set(IDENTITY)):
        if key == "TagList":
            _compare_tags(source, copy, findings, allowed)
            continue
        was, now = plain(key, source.get(key)), plain(key, copy.get(key))
        if was == now:
            continue
        allowance = _allowance(key, was, now, mode)
        if apart and now == plain(key, apart.get(key)):
            allowed.append(Difference(key, was, now, QUARANTINE))
        elif allowance and not (adopted and allowance.modes == DRILLS):
            allowed.append(Difference(key, was, now, allowance.reason))
        elif creating and now is None:
            pending.append(key)
        else:
            findings.append(_differs("cluster", key, was, now, _remedy(key)))
    return Comparison(findings, allowed, pending, len(source.keys() | copy.keys()))


def check_untouched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Finding]:
    """R32: two descriptions of the *source*, from before and after the restore.

    Only what moves by itself may differ: restorable times, capacity, a backup going on.
    """
    moving = {
        allowance.key
        for allowance in ALLOWED
        if allowance.reason in (TIME, STATE) and allowance.key != "ClusterCreateTime"
    }
    return [
        _differs(
            "source",
            key,
            plain(key, before.get(key)),
            plain(key, after.get(key)),
            "R32: a restore leaves its source alone; find out who changed this, and put it back.",
        )
        for key in sorted((before.keys() | after.keys()) - moving)
        if plain(key, before.get(key)) != plain(key, after.get(key))
    ]


def plain(key: str, value: object) -> object:
    """A value as it is compared: order that AWS does not keep, and states of the moment, taken out.

    Nothing and an empty list are the same answer; Aurora says no storage type where it is `aurora`.
    """
    if isinstance(value, datetime) and value.utcoffset() is not None:
        # boto3 gives times in the runner's own zone, and a report is read elsewhere.
        return value.astimezone(UTC)
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        value = [_without_states(key, member) for member in value]
        value = sorted(value, key=lambda member: json.dumps(member, sort_keys=True, default=str))
    elif isinstance(value, Mapping):
        value = _without_states(key, value)
    if value in (None, "", [], {}):
        return "aurora" if key == "StorageType" else None
    return value


NAMED_BY = {
    "VpcSecurityGroups": "VpcSecurityGroupId",
    "DBClusterOptionGroupMemberships": "DBClusterOptionGroupName",
    "DomainMemberships": "Domain",
}
"""Lists of memberships, each with a state (`adding`, `active`): only the name is a setting (R27).
"""

NO_SETTINGS = {
    "MasterUserSecret": ("SecretArn", "SecretStatus"),
    "CertificateDetails": ("ValidTill",),
}
"""Within these, an identity, a state or a time."""


def _without_states(key: str, member: object) -> object:
    if not isinstance(member, Mapping):
        return member
    if key in NAMED_BY:
        return member.get(NAMED_BY[key])
    return {name: value for name, value in member.items() if name not in NO_SETTINGS.get(key, ())}


def _check_identity(source: Mapping[str, Any], copy: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(
            check=f"{CHECK}.identity",
            subject=key,
            expected=f"another than {source.get(key)}",
            actual=copy.get(key),
            remedy="R25: describe the copy, not the source; without its own id it is no copy.",
        )
        for key in IDENTITY
        if not copy.get(key) or copy.get(key) == source.get(key)
    ]


def _allowance(key: str, was: object, now: object, mode: Mode) -> Allowance | None:
    for allowance in ALLOWED:
        if allowance.key == key and mode in allowance.modes and allowance.only_if(was, now):
            return allowance
    return None


def _compare_tags(
    source: Mapping[str, Any],
    copy: Mapping[str, Any],
    findings: list[Finding],
    allowed: list[Difference],
) -> None:
    """R28, tag by tag. A run's own tags and AWS's are not inherited, and not compared."""
    was, now = _tags(source), _tags(copy)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) == now.get(name):
            continue
        key = f"TagList[{name}]"
        if name.startswith(OUR_TAGS):
            reason = "says whose this one cluster is"
        elif name.startswith("aws:"):
            reason = "only AWS can set it"
        else:
            findings.append(
                _differs("tags", key, was.get(name), now.get(name), REMEDIES["TagList"])
            )
            continue
        allowed.append(Difference(key, was.get(name), now.get(name), reason))


def _tags(description: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in description.get("TagList") or ()}


def _remedy(key: str) -> str:
    return REMEDIES.get(
        key, f"R31: set {key} with modify-db-cluster as the source has it, then compare again."
    )


def _differs(kind: str, key: str, was: object, now: object, remedy: str) -> Finding:
    return Finding(check=f"{CHECK}.{kind}", subject=key, expected=was, actual=now, remedy=remedy)


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
