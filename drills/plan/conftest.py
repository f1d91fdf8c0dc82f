"""Judgement of a plan that somebody else made, before anybody applies it.

Nothing is started and nothing is touched: one file is read. No waiver applies here: an unsafe plan
is made safe, or it is not applied.
"""

from __future__ import annotations

import os

import pytest

from checks.judgement import Judgement
from fixtures.drill_run import DrillRun
from fixtures.plan_input import PlanInput, PlanRead, read_input
from fixtures.plan_judging import judge_plan
from fixtures.procedure import Procedure
from fixtures.run import Run
from fixtures.telling_plan import tell_named_plan

procedure = Procedure("plan")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def named_plan(run: Run) -> PlanInput:
    """The plan as the operator named it; preflight has seen that it is named."""
    assert run.preflight.plan is not None
    return run.preflight.plan


@procedure.step("Read the plan", touches="nothing")
def plan_read(named_plan: PlanInput, drill_run: DrillRun) -> PlanRead:
    """R50: the hash says which file was judged; the one that is applied must have it."""
    drill_run.subject = named_plan.aim
    read = read_input(named_plan, os.environ)
    tell_named_plan(drill_run, named_plan, read)
    return read


@procedure.step("Judge what it would do to every address", touches="nothing")
def plan_judgement(plan_read: PlanRead, named_plan: PlanInput) -> Judgement:
    """By allow-list: what nobody has called harmless is refused."""
    return judge_plan(plan_read.plan, named_plan.wanted)
