"""Terraform manages the copy in the source's place, and everything else as before."""

from __future__ import annotations

from checks.adoption import check_leaks, check_logins, check_managed, check_second_plan
from fixtures.account.secrets import may_read
from fixtures.aws.logins import read_login
from fixtures.claims import NotApplicable, NotProven
from fixtures.drill_run import DrillRun
from fixtures.leaks import files_that_hold
from fixtures.plan_judging import changes
from fixtures.planning import Applied, Moved
from fixtures.source import Address, Copy, Login, Source


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
    findings = check_second_plan(changes(applied_plan.second.plan))

    assert findings == []
    assert not applied_plan.second.saved.has_changes


def test_the_login_that_terraform_keeps_reaches_the_copy(
    applied_plan: Applied, moved: Moved, writable_copy: Copy, source: Source
) -> None:
    """The login in its secret reaches the copy (R42, R47, R48)."""
    clusters = {name for name in moved.moves[moved.cluster_address] if name is not None}
    secrets = applied_plan.state.logins_of(clusters)
    may_read(source.session, secrets)
    logins = [read_login(source.secrets, arn) for arn in secrets]
    if not logins:
        raise NotApplicable("the configuration keeps no login of the cluster in a secret")

    findings = check_logins(
        str(writable_copy.address),
        {login.secret: str(Address(login.host, login.port)) for login in logins},
    )

    assert findings == []
    for login in logins:
        with writable_copy.address.connect(
            Login(login.user, login.password), source.maintenance
        ) as connection:
            connection.execute("select 1")


def test_no_password_is_in_the_evidence(applied_plan: Applied, drill_run: DrillRun) -> None:
    """No password of the state is in the evidence so far (R49)."""
    passwords = applied_plan.state.secrets()
    if not passwords:
        raise NotProven("the state holds no password that could be looked for")
    evidence = drill_run.run.evidence

    findings = check_leaks(
        str(file.relative_to(evidence)) for file in files_that_hold(passwords, evidence)
    )

    assert findings == []
