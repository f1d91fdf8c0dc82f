"""The source is reached from here, and its copy will be, and by nobody else."""

from __future__ import annotations

from checks.judgement import Judgement
from checks.readiness.network import (
    check_reach,
    judge_databases,
    judge_inventory,
    judge_login,
)
from checks.readiness.quarantine import judge_admittance, judge_egress
from fixtures.claims import NotApplicable
from fixtures.judging import Judge
from fixtures.readiness.model import Place, Road


def test_its_name_resolves_and_its_port_answers(gone_road: Road, judge: Judge) -> None:
    """The source's name resolves, and its port answers."""
    findings = judge(Judgement(tuple(check_reach(gone_road.reach))))

    assert findings == []


def test_the_login_is_let_in(gone_road: Road, judge: Judge) -> None:
    """The login that reads the source is let in."""
    _require_login(gone_road)

    findings = judge(judge_login(gone_road.reach))

    assert findings == []


def test_every_database_that_is_meant_is_there(gone_road: Road, judge: Judge) -> None:
    """Every database that is meant can be entered (R59)."""
    _require_login(gone_road)

    findings = judge(judge_databases(gone_road.reach, gone_road.databases))

    assert findings == []


def test_the_inventory_is_in_the_source(gone_road: Road, judge: Judge) -> None:
    """The tables that a copy must hold are in the source (R5)."""
    _require_login(gone_road)
    if not gone_road.must_have:
        raise NotApplicable("there is no [proof] must_have_tables")

    findings = judge(judge_inventory(gone_road.reach, gone_road.must_have))

    assert findings == []


def test_the_quarantine_lets_this_machine_in(seen_place: Place, judge: Judge) -> None:
    """The copy's security group lets this machine in."""
    findings = judge(
        judge_admittance(seen_place.group, seen_place.runner, seen_place.port, seen_place.vpc)
    )

    assert findings == []


def test_the_quarantine_lets_nothing_out(seen_place: Place, judge: Judge) -> None:
    """The copy's security group has no outbound rule."""
    findings = judge(judge_egress(seen_place.group))

    assert findings == []


def _require_login(road: Road) -> None:
    if not road.logs_in:
        raise NotApplicable("there is no [source] login")
