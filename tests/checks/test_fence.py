"""R13 to R21, R59: the judgement alone; tests/fencing breaks real fences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.fence import TOO_MANY_CONNECTIONS, check_fence, check_limits
from fixtures.postgres.fence import FenceObservation, LoginProbe
from fixtures.postgres.fence_observation import PreparedTransaction, SessionCount

WORDS = 'FATAL:  too many connections for database "core"'
HOLDS = FenceObservation(
    databases=("core",),
    maintenance="postgres",
    door_open=True,
    limits={"core": 0, "postgres": -1},
    clients=(),
    workers=(),
    prepared=(),
    logins=(LoginProbe("core", False, TOO_MANY_CONNECTIONS, WORDS, False),),
    xmax_before=1000,
    xmax_after=1000,
    quiet_seconds=2.0,
)


def client(user: str, *, superuser: bool = False, state: str = "idle") -> SessionCount:
    return SessionCount("core", user, "worker", "client backend", state, superuser, 3)


def test_a_fence_that_holds_has_no_finding() -> None:
    assert check_fence(HOLDS) == []


@pytest.mark.parametrize(
    ("fault", "check", "requirement"),
    [
        (replace(HOLDS, limits={"core": -1}), "fence.limit", "R14"),
        (replace(HOLDS, limits={"core": 5}), "fence.limit", "R14"),
        (replace(HOLDS, limits={"core": 0, "tenant": -1}), "fence.limit", "R59"),
        (replace(HOLDS, door_open=False), "fence.door", "R19"),
        (replace(HOLDS, clients=(client("app"),)), "fence.session", "R15"),
        (replace(HOLDS, clients=(client("admin", superuser=True),)), "fence.session", "R17"),
        (replace(HOLDS, clients=(client("rdsadmin"),)), "fence.session", "R15"),
        (
            replace(
                HOLDS,
                workers=(
                    SessionCount("core", None, "", "logical replication worker", "", False, 1),
                ),
            ),
            "fence.worker",
            "R13",
        ),
        (
            replace(HOLDS, prepared=(PreparedTransaction("core", "app", "order-7"),)),
            "fence.prepared",
            "R13",
        ),
        (replace(HOLDS, logins=()), "fence.login", "R16"),
        (replace(HOLDS, xmax_after=1001), "fence.quiet", "R13"),
    ],
    ids=[
        "no limit",
        "some connections",
        "one forgotten",
        "locked out",
        "a client",
        "a superuser",
        "somebody called like rds's",
        "a subscription",
        "a prepared transaction",
        "no login tried",
        "a write",
    ],
)
def test_each_hole_is_one_finding(fault: FenceObservation, check: str, requirement: str) -> None:
    """R13, R14, R15, R16, R17, R19, R59."""
    (finding,) = check_fence(fault)
    assert finding.check == check
    assert finding.remedy.startswith(requirement)


def test_the_wrong_name_is_told_for_both_names() -> None:
    """R14, R59: `Core` is fenced, `core` is meant."""
    found = check_fence(replace(HOLDS, limits={"Core": -1, "core": 0}))
    assert [one.subject for one in found] == ["database Core"]
    found = check_fence(replace(HOLDS, limits={"Core": 0}))
    assert [(one.subject, one.actual) for one in found] == [("database core", "no such database")]


def test_rds_s_own_administrator_may_stay() -> None:
    """R17: nobody can end it."""
    assert check_fence(replace(HOLDS, clients=(client("rdsadmin", superuser=True),))) == []


def test_named_databases_may_be_some_of_them() -> None:
    """R59."""
    some = replace(HOLDS, limits={"core": 0, "tenant": -1, "postgres": -1})
    assert check_fence(some, every_database=False) == []


@pytest.mark.parametrize(
    ("login", "actual"),
    [
        (LoginProbe("core", True, None, "", True), "let in, and could write"),
        (LoginProbe("core", True, "42501", "denied", False), "let in, and could not write"),
        (
            LoginProbe("core", False, "28P01", "password authentication failed", False),
            "refused with 28P01: password authentication failed",
        ),
        (
            LoginProbe("core", False, "53300", "sorry, too many clients already", False),
            "refused with 53300: sorry, too many clients already",
        ),
        (
            LoginProbe("core", False, None, "zu viele Verbindungen", False),
            "refused with an unknown SQLSTATE: zu viele Verbindungen",
        ),
    ],
    ids=["writes", "reads", "wrong password", "server full", "unknown language"],
)
def test_only_the_limit_s_own_refusal_proves_the_fence(login: LoginProbe, actual: str) -> None:
    """R16, R18."""
    (finding,) = check_fence(replace(HOLDS, logins=(login,)))
    assert (finding.check, finding.actual) == ("fence.login", actual)


def test_limits_put_back_have_no_finding() -> None:
    """R21."""
    assert check_limits({"core": -1}, {"core": -1, "postgres": -1}) == []


@pytest.mark.parametrize("actual", [{"core": 0}, {"core": 10}, {}])
def test_a_fence_that_came_along_is_a_finding(actual: dict[str, int]) -> None:
    """R21: the restored database is locked."""
    (finding,) = check_limits({"core": -1}, actual)
    assert finding.check == "fence.lifted"
