"""A plan that somebody else made, read and judged before anybody applies it.

A gate for any pipeline: nothing is started, nothing but the plan is read, nothing is written.
"""

from __future__ import annotations

import pytest

from checks.judgement import Judgement
from checks.plan.model import Plan
from fixtures.drill_run import DrillRun
from fixtures.judged_plan import PlanToJudge, read
from fixtures.procedure import Procedure
from fixtures.run import Run

procedure = Procedure("plan")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def asked(run: Run) -> PlanToJudge:
    """The plan and what it is for, as the operator named them; preflight has seen that they are."""
    assert run.preflight.plan is not None
    return run.preflight.plan


@procedure.step("Read the plan", touches="nothing")
def made_plan(asked: PlanToJudge, drill_run: DrillRun) -> Plan:
    """R49: it holds passwords, and is told by its hash, its addresses and its actions."""
    given = read(asked)
    drill_run.subject = f"plan {asked.file.name} {asked.aim}"
    drill_run.facts("plan", **given.facts())
    return given.plan


@procedure.fixture
def plan_judgement(made_plan: Plan, asked: PlanToJudge) -> Judgement:
    """What applying the plan would do, held against what it is for."""
    return asked.judge(made_plan)
