"""R13 to R21, R59: the judgement alone; tests/fencing breaks real fences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.fence import TOO_MANY_CONNECTIONS, check_fence, check_limits, judge_fence
from checks.fence_logins import Outside
from checks.fence_seen import BY_COMMAND, BY_GROUPS, BY_LIMIT
from fixtures.aws.access.proxies import Proxy
from fixtures.postgres.fence import FenceObservation, LoginProbe
from fixtures.postgres.fence_observation import PreparedTransaction, SessionCount, Subscribed

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
        (replace(HOLDS, subscriptions=(Subscribed("core", "s"),)), "fence.subscription", "R13"),
        (replace(HOLDS, cron_jobs=2), "fence.cron", "R13"),
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
        "a subscription that is on",
        "jobs of cron",
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


IN = LoginProbe("core", True, None, "", True)
REVOKED = LoginProbe("core", False, "42501", 'permission denied for database "core"', False)
WRONG = LoginProbe("core", False, "28P01", "password authentication failed", False)


def outcome(way: str, login: LoginProbe, *before: str, outside: Outside | None = None) -> str:
    """What is made of a login: a finding, a gap or nothing."""
    judged = judge_fence(
        replace(HOLDS, logins=(login,)), way=way, let_in_before=before, outside=outside
    )
    return " ".join([*(one.check for one in judged.findings), *("gap" for _ in judged.gaps)])


@pytest.mark.parametrize(
    ("way", "login", "before", "expected"),
    [
        (BY_LIMIT, IN, ["core"], "fence.login"),
        (BY_LIMIT, REVOKED, ["core"], "fence.login"),
        (BY_COMMAND, IN, ["core"], "fence.login"),
        (BY_COMMAND, REVOKED, [], ""),
        (BY_COMMAND, WRONG, [], "fence.login"),
        (BY_COMMAND, WRONG, ["core"], ""),
        (BY_COMMAND, replace(WRONG, sqlstate="53300", words="too many clients"), [], "fence.login"),
        (BY_GROUPS, IN, ["core"], "gap"),
        (BY_GROUPS, WRONG, [], "gap"),
        (BY_GROUPS, REVOKED, ["core"], ""),
    ],
)
def test_each_way_has_a_refusal_of_its_own(
    way: str, login: LoginProbe, before: list[str], expected: str
) -> None:
    """R16, R18, R69: security groups admit whoever asks from here, so that it says nothing."""
    assert expected == outcome(way, login, *before)


@pytest.mark.parametrize("way", [BY_COMMAND, BY_GROUPS])
def test_a_probe_from_where_the_application_is_decides(way: str) -> None:
    """R16, R69."""
    assert "" == outcome(way, IN, outside=Outside(True, False))
    assert "" == outcome(way, IN, outside=Outside(None, False))
    assert "fence.probe" == outcome(way, REVOKED, outside=Outside(True, True))


def test_no_limit_is_asked_for_where_something_else_closes() -> None:
    """R69."""
    open_limits = replace(HOLDS, limits={"core": -1}, logins=(REVOKED,))
    assert () == judge_fence(open_limits, way=BY_COMMAND).findings
    assert ["fence.limit"] == [
        one.check for one in judge_fence(replace(HOLDS, limits={"core": -1})).findings
    ]


def test_jobs_that_nobody_can_see_are_a_gap() -> None:
    """R13: none that are seen is not none."""
    judged = judge_fence(replace(HOLDS, cron_jobs=None))
    assert ((), ["fence.cron"]) == (judged.findings, [one.check for one in judged.gaps])


PROXY = Proxy("core-proxy", "core-proxy.proxy-1.example", ("10.1.2.3",))


@pytest.mark.parametrize(
    ("session", "by", "may"),
    [
        (replace(client("app"), addresses=("10.1.2.3",)), "RDS Proxy core-proxy", False),
        (client("rdsproxyadmin"), "RDS Proxy core-proxy", False),
        (replace(client("app"), application="PgBouncer"), "PgBouncer", False),
        (replace(client("app"), addresses=("10.9.9.9",)), None, True),
    ],
    ids=["by its address", "by its user", "a pooler", "unknown"],
)
def test_a_session_that_survives_names_what_it_came_through(
    session: SessionCount, by: str | None, may: bool
) -> None:
    """R69: whose pool it is in is where it is stopped."""
    (finding,) = judge_fence(replace(HOLDS, clients=(session,)), proxies=[PROXY]).findings
    assert "fence.session" == finding.check
    assert (by is None) or (f"through {by}" in finding.subject and by in finding.remedy)
    assert may is ("may have come through RDS Proxy core-proxy" in finding.remedy)
    (alone,) = judge_fence(replace(HOLDS, clients=(client("app"),))).findings
    assert "R69" not in alone.remedy
