"""A plan is safe to apply: every part of the judgement on it, and the rest. None may be waived."""

from __future__ import annotations

from checks.judgement import Judgement
from fixtures.judging import Judge
from fixtures.plan_judging import share


def test_the_plan_is_whole(plan_judgement: Judgement, judge: Judge) -> None:
    """The plan is whole, without errors, and hides nothing (R46)."""
    findings = judge(share(plan_judgement, "gates"))

    assert findings == []


def test_the_cluster_is_the_restored_one_and_stays(plan_judgement: Judgement, judge: Judge) -> None:
    """The cluster is the restored one, and nothing is taken from it (R44 to R46, R52)."""
    findings = judge(share(plan_judgement, "cluster"))

    assert findings == []


def test_instances_serve_the_restored_cluster(plan_judgement: Judgement, judge: Judge) -> None:
    """Instances serve the restored cluster, and none is lost (R46)."""
    findings = judge(share(plan_judgement, "instances"))

    assert findings == []


def test_the_login_changes_its_host_and_nothing_else(
    plan_judgement: Judgement, judge: Judge
) -> None:
    """The login's secret changes its host, and nothing else (R47, R48)."""
    findings = judge(share(plan_judgement, "secret"))

    assert findings == []


def test_the_old_id_is_at_no_address(plan_judgement: Judgement, judge: Judge) -> None:
    """The old id is at no address, the new one at one (R44, R52)."""
    findings = judge(share(plan_judgement, "ids"))

    assert findings == []


def test_everything_else_stays_as_it_is(plan_judgement: Judgement, judge: Judge) -> None:
    """Everything else stays as it is (R46, R48)."""
    findings = judge(share(plan_judgement, "rest"))

    assert findings == []
