"""Two descriptions by AWS, compared key by key.

What is not on the allow-list is compared, keys that AWS will only invent next year too: a restore
resets settings silently, so an ignored key is a silent reset. The allow-list is data, each line
with its reason, and the lines that were used are returned to be printed: a difference is either a
finding or something that a reader has seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from checks.allowances import DRILLS, OWN_PORT, QUARANTINE, STATE, TIME, Allowance, Mode
from checks.evidence import Allowed, AllowedDifferences
from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "configuration"
PORTS = frozenset({"Port", "Endpoint"})
"""Where a description says the port: of a cluster, and of a single instance."""

OUR_TAGS = "restore-drills:"
"""Prefix of the tags that a run puts on what it makes; AWS's own begin with `aws:`."""

SECRET = "MasterUserSecret"  # noqa: S105 - a key of the description
FORGOTTEN = (
    "the source is gone, and its automated backups do not say what it had: compare the copy with "
    "what you know of it"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared: descriptions of clusters, or of single instances.

    identity  keys that must differ: equal, they say that one was described twice (R25)
    created   the key that says when it was made
    modify    the AWS CLI's command that changes it
    """

    word: str
    identity: tuple[str, ...]
    created: str
    modify: str
    allowed: tuple[Allowance, ...]
    remedies: Mapping[str, str]


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
    pending   keys that what is still being created does not show yet: nothing is proven of them
    compared  how many keys there are
    unknown   keys that the copy has and nobody can tell of a source that is gone
    word      what was compared
    """

    findings: list[Finding]
    allowed: list[Difference]
    pending: list[str]
    compared: int = 0
    unknown: list[str] = field(default_factory=list)
    word: str = "cluster"

    @property
    def told(self) -> AllowedDifferences:
        """What a reader should see of the differences that are allowed."""
        allowed = [Allowed(one.key, one.source, one.copy, one.reason) for one in self.allowed]
        return AllowedDifferences(self.word, self.compared, allowed)

    @property
    def unseen(self) -> Judgement:
        """What a proof hands in besides its findings: what differs by rule, and gaps, not proven,
        where nobody can tell what the source had.
        """
        return Judgement(
            gaps=tuple(Gap(f"{CHECK}.{self.word}", key, FORGOTTEN) for key in self.unknown),
            allowed=(self.told,),
        )


def compare(
    subject: Subject,
    source: Mapping[str, Any],
    copy: Mapping[str, Any],
    *,
    mode: Mode,
    creating: bool = False,
    adopted: bool = False,
    gone: bool = False,
    own_port: bool = False,
    apart: Mapping[str, object] | None = None,
) -> Comparison:
    """Every key of two `DescribeDBClusters` or `DescribeDBInstances` entries.

    creating  the copy is not available yet (R70): what it does not show so far is pending; what it
              shows is compared
    adopted   the copy has taken the source's place: what keeps a drill's copy apart, and lets it go
              again, is then a difference like any other
    gone      the source's entry is what is still known of it (R61): what only the copy shows is
              unknown
    own_port  the two stand on one host, and must have ports of their own
    apart     key → value that the copy has because it stands in quarantine (DESIGN 5), as `plain`
              leaves it: that one value is allowed and no other
    """
    findings = [*_check_identity(subject, source, copy), *_check_secret(subject, source, copy)]
    comparison = Comparison(findings, [], [], len(source.keys() | copy.keys()), word=subject.word)
    for key in sorted((source.keys() | copy.keys()) - set(subject.identity)):
        if key == "TagList":
            _compare_tags(subject, source, copy, comparison)
            continue
        was, now = plain(key, source.get(key)), plain(key, copy.get(key))
        if was == now:
            continue
        allowance = _allowance(subject, key, was, now, mode)
        if apart and key in apart and now == plain(key, apart[key]):
            comparison.allowed.append(Difference(key, was, now, QUARANTINE))
        elif own_port and key in PORTS:
            comparison.allowed.append(Difference(key, was, now, OWN_PORT))
        elif allowance and not (adopted and allowance.modes == DRILLS):
            comparison.allowed.append(Difference(key, was, now, allowance.reason))
        elif creating and now is None:
            comparison.pending.append(key)
        elif gone and key not in source:
            comparison.unknown.append(key)
        else:
            remedy = subject.remedies.get(
                key,
                f"R31: set {key} with {subject.modify} as the source has it, then compare again.",
            )
            findings.append(differs(subject.word, key, was, now, remedy))
    return comparison


def untouched(
    subject: Subject, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Finding]:
    """R32: two descriptions of the *source*, from before and after the restore.

    Only what moves by itself may differ: restorable times, capacity, a backup going on.
    """
    moving = {
        allowance.key
        for allowance in subject.allowed
        if allowance.reason in (TIME, STATE) and allowance.key != subject.created
    }
    return [
        differs(
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
    "DBParameterGroups": "DBParameterGroupName",
    "DBSubnetGroup": "DBSubnetGroupName",
    "DomainMemberships": "Domain",
    "OptionGroupMemberships": "OptionGroupName",
}
"""Memberships, each with a state (`adding`, `active`): only the name is a setting (R26, R27)."""

NO_SETTINGS = {
    SECRET: ("SecretArn", "SecretStatus"),
    "CertificateDetails": ("ValidTill",),
}
"""Within these, an identity, a state or a time."""


def _without_states(key: str, member: object) -> object:
    if not isinstance(member, Mapping):
        return member
    if key in NAMED_BY:
        return member.get(NAMED_BY[key])
    return {name: value for name, value in member.items() if name not in NO_SETTINGS.get(key, ())}


def _check_identity(
    subject: Subject, source: Mapping[str, Any], copy: Mapping[str, Any]
) -> list[Finding]:
    return [
        Finding(
            check=f"{CHECK}.identity",
            subject=key,
            expected=f"another than {source.get(key)}",
            actual=copy.get(key),
            remedy="R25: describe the copy, not the source; without its own id it is no copy.",
        )
        for key in subject.identity
        if not copy.get(key) or copy.get(key) == source.get(key)
    ]


def _check_secret(
    subject: Subject, source: Mapping[str, Any], copy: Mapping[str, Any]
) -> list[Finding]:
    """The secret in which RDS keeps a master password is one server's: rotating it for the copy
    would lock production's clients out."""
    was, now = ((one.get(SECRET) or {}).get("SecretArn") for one in (source, copy))
    if was is None or was != now:
        return []
    return [
        Finding(
            check=f"{CHECK}.{subject.word}",
            subject=f"{SECRET}.SecretArn",
            expected=f"another than {was}, or none",
            actual=now,
            remedy=f"R48: the copy shares the source's secret: {subject.modify} "
            "--no-manage-master-user-password for the copy, with a password of its own.",
        )
    ]


def _allowance(
    subject: Subject, key: str, was: object, now: object, mode: Mode
) -> Allowance | None:
    for allowance in subject.allowed:
        if allowance.key == key and mode in allowance.modes and allowance.only_if(was, now):
            return allowance
    return None


def _compare_tags(
    subject: Subject, source: Mapping[str, Any], copy: Mapping[str, Any], comparison: Comparison
) -> None:
    """R28, tag by tag. A run's own tags and AWS's are not inherited, and not compared."""
    was, now = _tags(source), _tags(copy)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) == now.get(name):
            continue
        key = f"TagList[{name}]"
        if name.startswith(OUR_TAGS):
            reason = f"says whose this one {subject.word} is"
        elif name.startswith("aws:"):
            reason = "only AWS can set it"
        else:
            comparison.findings.append(
                differs("tags", key, was.get(name), now.get(name), subject.remedies["TagList"])
            )
            continue
        comparison.allowed.append(Difference(key, was.get(name), now.get(name), reason))


def _tags(description: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in description.get("TagList") or ()}


def differs(kind: str, key: str, was: object, now: object, remedy: str) -> Finding:
    """The finding that two values differ."""
    return Finding(check=f"{CHECK}.{kind}", subject=key, expected=was, actual=now, remedy=remedy)
