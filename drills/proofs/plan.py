"""The plan is safe to apply: judged by allow-list, and no waiver is asked.

What a judgement holds against a plan is told in parts, each by its own proof; what belongs to none
of the parts that are named here is the last one's.
"""

from __future__ import annotations

from checks.finding import Finding
from checks.judgement import Judgement

PARTS = ("gate", "cluster", "drift", "instance", "secret", "address")
"""The second word of a check, ``plan.cluster.deletion_protection``."""


def part(judgement: Judgement, *names: str) -> list[Finding]:
    """What was found of these parts; of no part named above, where none is given."""
    return [
        finding
        for finding in judgement.findings
        if (word := finding.check.split(".")[1]) in names or (not names and word not in PARTS)
    ]


def test_the_plan_is_whole(plan_judgement: Judgement) -> None:
    """The plan is complete, without error, of a known format."""
    findings = part(plan_judgement, "gate")

    assert findings == []


def test_the_cluster_becomes_what_it_should(plan_judgement: Judgement) -> None:
    """The cluster becomes what it should, and nothing weakens it (R46, R52)."""
    findings = part(plan_judgement, "cluster", "drift")

    assert findings == []


def test_the_instances_stay_or_come_with_it(plan_judgement: Judgement) -> None:
    """No instance is lost, and none is opened to the world (R46)."""
    findings = part(plan_judgement, "instance")

    assert findings == []


def test_the_login_changes_its_host_only(plan_judgement: Judgement) -> None:
    """The secret stays, its new version differs in the host (R47, R48)."""
    findings = part(plan_judgement, "secret")

    assert findings == []


def test_the_old_cluster_is_at_no_address(plan_judgement: Judgement) -> None:
    """The old cluster is at no address, the copy at its own (R44, R45)."""
    findings = part(plan_judgement, "address")

    assert findings == []


def test_everything_else_stays_as_it_is(plan_judgement: Judgement) -> None:
    """Nothing else is created, changed, destroyed or forgotten (R43, R48, R67)."""
    findings = part(plan_judgement)

    assert findings == []
