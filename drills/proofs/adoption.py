"""Terraform manages the copy in the source's place, and everything else as before."""

from __future__ import annotations

from checks.adoption import check_managed
from checks.finding import Finding
from fixtures.aws.logins import read_login
from fixtures.drill_run import DrillRun
from fixtures.leaks import files_that_hold
from fixtures.plan_judging import changes
from fixtures.planning import Applied, Moved
from fixtures.source import Copy, Login, Source


def test_terraform_manages_the_copy_and_the_rest_as_before(
    applied_plan: Applied, moved: Moved, drill_run: DrillRun
) -> None:
    """The copy has the source's address, all else its own (R43, R44)."""
    managed = applied_plan.state.identifiers()
    drill_run.facts("managed by Terraform", ids=[f"{at} is {id}" for at, id in managed.items()])

    findings = check_managed(
        moved.before, managed, cluster_address=moved.cluster_address, moved=moved.moves
    )

    assert findings == []


def test_a_second_plan_is_empty(applied_plan: Applied) -> None:
    """A second plan is empty (R50)."""
    findings = [
        Finding(
            "adoption.second_plan",
            "the second plan",
            "no change",
            change,
            "The configuration and the cluster still differ here: find out in what, before the "
            "next apply does.",
        )
        for change in changes(applied_plan.second.plan)
    ]

    assert findings == []
    assert not applied_plan.second.saved.has_changes


def test_the_login_that_terraform_keeps_reaches_the_copy(
    applied_plan: Applied, writable_copy: Copy, source: Source
) -> None:
    """The login in its secret reaches the copy (R42, R47, R48)."""
    secrets = applied_plan.state.secret_arns()
    logins = [read_login(source.secrets, arn) for arn in secrets]

    findings = [
        Finding(
            "adoption.login",
            login.secret,
            f"{writable_copy.address.host}:{writable_copy.address.port}",
            f"{login.host}:{login.port}",
            "Whoever reads this secret still goes to the old cluster: apply the secret's version.",
        )
        for login in logins
        if (login.host, login.port) != (writable_copy.address.host, writable_copy.address.port)
    ]

    assert findings == []
    assert logins, "the configuration keeps no login in a secret"
    for login in logins:
        with writable_copy.address.connect(
            Login(login.user, login.password), source.maintenance
        ) as connection:
            connection.execute("select 1")


def test_no_password_is_in_the_evidence(applied_plan: Applied, drill_run: DrillRun) -> None:
    """No password of the state is in the evidence (R49)."""
    found = files_that_hold(applied_plan.state.secrets(), drill_run.run.evidence)

    findings = [
        Finding(
            "adoption.leak",
            str(file),
            "no password",
            "a password of the state",
            "Change that password, and report this as a fault of the harness.",
        )
        for file in found
    ]

    assert findings == []
