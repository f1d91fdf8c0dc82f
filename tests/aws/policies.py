"""What IAM makes of one policy, as far as our policies use its language.

moto's own evaluation leaves out conditions, NotAction and NotResource. Rules: IAM User Guide,
"Policy evaluation logic" and "IAM JSON policy elements". A statement with anything that is not
known here raises, so that no policy is judged by half of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

Decision = Literal["allow", "deny", "implicit"]
"""Deny is by a statement; implicit: nothing allows it."""

_KNOWN = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


def decide(
    policy: Mapping[str, Any],
    action: str,
    resource: str = "*",
    context: Mapping[str, str] | None = None,
) -> Decision:
    """The decision on one action on one resource; a call needs it for each that it names."""
    decision: Decision = "implicit"
    for statement in policy["Statement"]:
        assert set(statement) <= _KNOWN, statement
        if not _applies(statement, action, resource, context or {}):
            continue
        if statement["Effect"] == "Deny":
            return "deny"
        decision = "allow"
    return decision


def _applies(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]
) -> bool:
    if "Action" in statement:
        named = _any(statement["Action"], action, ignore_case=True)
    else:
        named = not _any(statement["NotAction"], action, ignore_case=True)
    if "Resource" in statement:
        on = _any(statement["Resource"], resource)
    else:
        on = not _any(statement["NotResource"], resource)
    return named and on and _holds(statement.get("Condition", {}), context)


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Every operator and key of it; a key that the request lacks does not match."""
    for operator, keys in condition.items():
        assert operator in ("Null", "StringEquals", "StringLike"), operator
        for key, expected in keys.items():
            value = context.get(key)
            if operator == "Null":
                if (value is None) != (expected == "true"):
                    return False
                continue
            if value is None:
                return False
            if operator == "StringEquals" and value not in _many(expected):
                return False
            if operator == "StringLike" and not _any(expected, value):
                return False
    return True


def _any(patterns: Any, value: str, *, ignore_case: bool = False) -> bool:
    return any(_regex(one, ignore_case).fullmatch(value) for one in _many(patterns))


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@cache
def _regex(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    return re.compile(text, re.IGNORECASE if ignore_case else 0)


def trusts(
    document: Mapping[str, Any], principal: str, action: str, context: Mapping[str, str]
) -> bool:
    """Whether a role's trust policy lets that caller do it; one of its account stands for all.

    principal  the caller's ARN
    """
    account = principal.split(":")[4]
    known = {principal, account, f"arn:aws:iam::{account}:root"}
    allowed = False
    for statement in document["Statement"]:
        assert set(statement) <= {"Sid", "Effect", "Action", "Principal", "Condition"}, statement
        if (
            known & set(_many(statement["Principal"]["AWS"]))
            and _any(statement["Action"], action, ignore_case=True)
            and _holds(statement.get("Condition", {}), context)
        ):
            if statement["Effect"] == "Deny":
                return False
            allowed = True
    return allowed
