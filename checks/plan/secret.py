"""Rules for versions of secrets: `aws_secretsmanager_secret_version` (R47, R48).

A login's secret names the host, so that it gets a new version with the restored cluster, and the
provider replaces a version whose text changes. Only where the database is may differ in it. The
text is decoded in memory, and no part of it is ever in a finding: names of its keys are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.finding import Finding
from checks.plan.identifiers import same_id
from checks.plan.model import ResourceChange
from checks.plan.providers import check_provider
from checks.plan.values import CHANGED, SENSITIVE, UNKNOWN, zero

CHECK = "plan.secret"
TEXT = "secret_string"

HOSTS = {"host": "endpoint", "hostReader": "reader_endpoint"}
"""Key of a login's secret → attribute of the cluster that it must be."""

CLUSTER_KEY = "dbClusterIdentifier"

_OWN = frozenset({TEXT, "id", "arn", "version_id", "version_stages", "has_secret_string_wo"})
"""Attributes in which a new version is another one, or that are found out when it is made. A text
that is write-only has none in the plan, and is refused for that.
"""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a login leads after the apply.

    restored   identifier of the restored cluster
    endpoints  of its endpoint and its reader endpoint, those that are known
    own_port   whether the port may differ (rehearsal: clusters differ by port there)
    unknown    whether they are known after the apply only: the cluster is made by it
    """

    restored: str
    endpoints: dict[str, Any]
    own_port: bool = False
    unknown: bool = False


def judge_version(row: ResourceChange, whereabouts: Whereabouts) -> Iterator[Finding]:
    """A version that is not left as it is."""
    change = row.change
    yield from check_provider(row, CHECK)
    if not change.replaces:
        yield _finding(
            row,
            "action",
            "no-op or a replacement",
            list(change.actions),
            "Let the login's secret only get a new version: take what else happens to it out.",
        )
        return
    reasons = [list(path) for path in change.replace_paths or ()]
    if reasons != [[TEXT]]:
        yield _finding(
            row,
            "replace_paths",
            [[TEXT]],
            reasons or None,
            "It is replaced for another reason than its text: take that out, and plan again.",
        )
    for name in sorted(change.differing - _OWN):
        yield _finding(
            row,
            name,
            SENSITIVE,
            CHANGED,
            "R48: let only the text of the login's secret change; take this out, and plan again.",
        )
    if change.unknown(TEXT):
        if not whereabouts.unknown:
            yield _finding(
                row,
                TEXT,
                "a text that is known",
                UNKNOWN,
                "Nobody can see what the login becomes: plan again when nothing of it is unknown.",
            )
        return
    yield from _judge_text(row, whereabouts)


def is_stale(row: ResourceChange, source: str) -> bool:
    """Whether the version's text, after the plan, still names that cluster as its own."""
    text = (row.change.after or row.change.before or {}).get(TEXT)
    if not isinstance(text, str) or CLUSTER_KEY not in text or row.change.unknown(TEXT):
        return False
    decoded = _decoded(text)
    return decoded is not None and same_id(decoded.get(CLUSTER_KEY), source)


def stale_finding(row: ResourceChange) -> Finding:
    """R47: the application would go on with the old cluster."""
    return _finding(
        row,
        CLUSTER_KEY,
        "the restored cluster's identifier",
        "still the source's",
        "R47: let the secret's text come from the cluster's attributes, and plan the whole again.",
    )


def _judge_text(row: ResourceChange, whereabouts: Whereabouts) -> Iterator[Finding]:
    was, becomes = _decoded(row.change.was(TEXT)), _decoded(row.change.becomes(TEXT))
    if was is None or becomes is None:
        yield _finding(
            row,
            TEXT,
            "a JSON object before and after",
            SENSITIVE,
            "Only a login whose text is a JSON object can be judged: leave any other as it is.",
        )
        return
    movable = {*HOSTS, CLUSTER_KEY} | ({"port"} if whereabouts.own_port else set())
    for key in sorted(was.keys() | becomes.keys()):
        kept = key in was and key in becomes
        if kept and was[key] == becomes[key]:
            continue
        if not kept or key not in movable:
            yield _finding(
                row,
                TEXT,
                f"{key} as it is" if key in was else f"no {key}",
                CHANGED,
                f"R47: only {', '.join(sorted(movable))} may change in a login's secret: take the "
                "change of any other key out.",
            )
    if CLUSTER_KEY in becomes and not same_id(becomes[CLUSTER_KEY], whereabouts.restored):
        yield _finding(
            row,
            TEXT,
            f"{CLUSTER_KEY} of the restored cluster",
            "another one's",
            "R47: let it name the restored cluster.",
        )
    moves = not same_id(was.get(CLUSTER_KEY), becomes.get(CLUSTER_KEY))
    for key, attribute in HOSTS.items():
        endpoint = whereabouts.endpoints.get(attribute)
        # A host that stays may be anybody's name for the database, unless the login moves: then it
        # would lead to the old cluster still.
        stays = key in becomes and becomes[key] == was.get(key)
        if key not in becomes or (stays and (not moves or endpoint in (None, becomes[key]))):
            continue
        if zero(becomes[key]) or becomes[key] != endpoint:
            yield _finding(
                row,
                TEXT,
                f"{key} is the restored cluster's {attribute}",
                "it is another",
                f"R47: let {key} come from the cluster's {attribute}.",
            )


def _decoded(text: object) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _finding(
    row: ResourceChange, what: str, expected: object, actual: object, remedy: str
) -> Finding:
    return Finding(f"{CHECK}.{what}", row.subject, expected, actual, remedy)
