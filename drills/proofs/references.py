"""Settings that refer to the cluster from outside its module equal what the module puts out."""

from __future__ import annotations

from checks.references import check_references
from fixtures.claims import NotApplicable
from fixtures.clients.references import read_references
from fixtures.judging import Judge
from fixtures.planning import Applied, MadePlan
from fixtures.source import Source

NO_REFERENCES = "[[clients.references]] names no setting that refers to the cluster"


def test_settings_that_refer_to_the_cluster_were_current(
    made_plan: MadePlan, source: Source, judge: Judge
) -> None:
    """What refers to the cluster equals the module's outputs, before the plan (R67)."""
    if not source.references:
        raise NotApplicable(NO_REFERENCES)
    referred = read_references(source.references)

    findings = judge(check_references(referred, made_plan.before.outputs(), "before the plan"))

    assert findings == []


def test_settings_that_refer_to_the_cluster_still_hold(
    applied_plan: Applied, source: Source, judge: Judge
) -> None:
    """What refers to the cluster equals the module's outputs, after the apply (R48, R67)."""
    if not source.references:
        raise NotApplicable(NO_REFERENCES)
    referred = read_references(source.references)

    findings = judge(check_references(referred, applied_plan.state.outputs(), "after the apply"))

    assert findings == []
