"""May a plan be judged at all? Gates that fail closed.

What a plan says of itself came with its writers' versions. A key that the writer would have
written and that is not there is a refusal; one that it did not know yet is made up for:

errored              Terraform 1.6, OpenTofu always. Terraform 1.4 and 1.5 save a plan that ended in
                     an error without saying so in JSON, and refuse to apply it (hashicorp/terraform
                     32395, 33372); older ones save none.
complete, applyable  Terraform 1.8 (34642); OpenTofu never. Without them, every object of the prior
                     state must have its row: ``-target`` leaves rows out.
deferred_changes     Terraform 1.9
action_invocations   Terraform 1.14: what a provider would do beside its resources, anything at all

That every object has its row is asked of plans that say `complete`, too. OpenTofu gives its own
version as `terraform_version`, and is known by the registry of the providers that it uses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from checks.finding import Finding
from checks.plan.model import CREATE, NO_OP, READ, REPLACE, UPDATE, Plan

GATE = "plan.gate"
WHOLE = "the plan"

KNOWN_ACTIONS = {
    *(NO_OP, CREATE, READ, UPDATE, ("delete",), ("forget",), ("create", "forget")),
    *REPLACE,
}

_ERRORED_SINCE = (1, 6)
_COMPLETE_SINCE = (1, 8)
_MAJOR = 1
_SHOWN = 5
"""Addresses that one finding names."""


def check_gates(plan: Plan) -> list[Finding]:
    """What keeps the plan from being judged, or from being applied as it was judged."""
    findings = list(_format(plan))
    findings += _said(plan)
    findings += _rows(plan)
    return findings


def _format(plan: Plan) -> Iterator[Finding]:
    major = plan.format_version.partition(".")[0]
    if major != str(_MAJOR):
        yield _closed(
            "format_version",
            f"{_MAJOR}.x",
            plan.format_version,
            "Use a version of Terraform from 1.1 on whose plans these rules know, or newer rules.",
        )


def _said(plan: Plan) -> Iterator[Finding]:
    version = _version(plan.terraform_version)
    if version is None:
        yield _closed(
            "terraform_version",
            "a version, such as 1.11.4",
            plan.terraform_version or None,
            "Show the plan again, whole, with the program that made it.",
        )
    if plan.errored is True or (plan.errored is None and _knows(version, _ERRORED_SINCE)):
        yield _closed(
            "errored",
            False,
            plan.errored,
            "Planning ended in an error, and what it had not come to is missing: mend the error, "
            "plan again.",
        )
    speaks = _knows(version, _COMPLETE_SINCE) and not _of_opentofu(plan)
    if plan.complete is False or (plan.complete is None and speaks):
        yield _closed(
            "complete",
            True,
            plan.complete,
            "Plan again without -target, -exclude and what defers changes: the rest is hidden.",
        )
    elif plan.complete is None and plan.prior_state is None:
        yield _closed(
            "complete",
            "the state that the plan was made from",
            None,
            "This plan cannot say that it is complete, and without its prior_state nobody can "
            "see it: show it again, whole.",
        )
    if plan.applyable is None and speaks:
        yield _closed(
            "applyable", True, None, "Show the plan again, whole, with the program that made it."
        )
    # Terraform says it of a plan with nothing to do, too; one whose rows say so is just that.
    elif plan.applyable is False and any(row.change.actions != NO_OP for row in plan.rows):
        yield _closed(
            "applyable", True, False, "Terraform would not apply this plan: see what it says."
        )


def _rows(plan: Plan) -> Iterator[Finding]:
    if not plan.rows:
        yield _closed(
            "resource_changes",
            "a row for each object",
            None,
            "This plan shows no resource, as one of -refresh-only, or is a state: plan again.",
        )
    for key, listed, remedy in (
        ("deferred_changes", plan.deferred_changes, "Plan again when they can be planned."),
        (
            "action_invocations",
            plan.action_invocations + plan.deferred_action_invocations,
            "Take the actions out of this plan: what they do cannot be seen in it.",
        ),
    ):
        if listed:
            yield _closed(key, 0, len(listed), remedy)
    for row in plan.rows:
        if row.change.actions not in KNOWN_ACTIONS:
            yield Finding(
                check=f"{GATE}.actions",
                subject=row.subject,
                expected="actions that are known",
                actual=list(row.change.actions),
                remedy="Nobody has said what this does: do not apply the plan.",
            )
    twice = Counter((row.address, row.deposed) for row in plan.rows)
    for (address, deposed), times in twice.items():
        if times > 1:
            yield Finding(
                check=f"{GATE}.duplicate",
                subject=f"{address} (deposed {deposed})" if deposed else address,
                expected=1,
                actual=times,
                remedy="One object, one row: show the plan again, this is none of Terraform's.",
            )
    shown = {row.address for row in plan.rows} | {row.previous_address for row in plan.rows}
    hidden = [address for address in plan.state_addresses() if address not in shown]
    if hidden and plan.rows:
        named = ", ".join(hidden[:_SHOWN]) + (", …" if hidden[_SHOWN:] else "")
        yield _closed(
            "coverage",
            "a row for every object of the state",
            f"none for {named}",
            "Plan again without -target and -exclude: what is hidden cannot be judged.",
        )


def _version(said: str) -> tuple[int, int] | None:
    found = re.match(r"(\d+)\.(\d+)\.", said)
    return (int(found[1]), int(found[2])) if found else None


def _knows(version: tuple[int, int] | None, since: tuple[int, int]) -> bool:
    """Whether the plan's writer had that key. One of an unknown version is taken to have it."""
    return version is None or version >= since


def _of_opentofu(plan: Plan) -> bool:
    return any(row.provider_name.startswith("registry.opentofu.org/") for row in plan.rows)


def _closed(key: str, expected: object, actual: object, remedy: str) -> Finding:
    return Finding(f"{GATE}.{key}", WHOLE, expected, actual, remedy)
