"""Does the application get in? (R16, R18)

A refusal for another reason than the fence proves nothing of it, so each way of removing access has
a refusal of its own:

- a connection limit: SQLSTATE 53300, for this very database;
- a command: any, where the same login was let in before, else one that no open database gives;
- security groups: none. They admit the runner, so that a login from here says nothing of the
  network that the application is in. A probe from there does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from checks.fence_seen import BY_GROUPS, BY_LIMIT, Login, Observation
from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "fence.login"
TOO_MANY_CONNECTIONS = "53300"
NOT_ACCEPTING, MAY_NOT_CONNECT, NOT_ADMITTED = "55000", "42501", "28000"
SHUT = frozenset({TOO_MANY_CONNECTIONS, NOT_ACCEPTING, MAY_NOT_CONNECT, NOT_ADMITTED})
"""What a database that was closed answers: full, ALLOW_CONNECTIONS off, CONNECT revoked, pg_hba."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What came of the operator's own probe, from where the application is.

    before  whether it came in before access was removed; None where that was not asked any more
    after   whether it comes in now
    """

    before: bool | None
    after: bool


def judge_logins(
    seen: Observation, way: str, *, let_in_before: Collection[str], outside: Outside | None
) -> Judgement:
    """Findings where the application gets in; gaps where nobody can say.

    let_in_before  databases into which the same login was let before access was removed
    """
    if outside is not None:
        return Judgement(tuple(_outside(outside)))
    probed = {login.database: login for login in seen.logins}
    findings: list[Finding] = []
    gaps: list[Gap] = []
    for database in seen.databases:
        login = probed.get(database)
        if login is None:
            gaps.append(
                Gap(
                    CHECK,
                    f"database {database}",
                    "R16: no login was tried: name the application's in [proof] application",
                )
            )
        elif way == BY_GROUPS and (login.admitted or database not in let_in_before):
            gaps.append(
                Gap(
                    CHECK,
                    f"database {database}",
                    "R16: security groups go on admitting this machine, so that a login from here "
                    "says nothing of the application's: give [access] probe, which tries from "
                    "there",
                )
            )
        else:
            findings += _of_login(login, way, known=database in let_in_before)
    return Judgement(tuple(findings), tuple(gaps))


def _of_login(login: Login, way: str, *, known: bool) -> Iterator[Finding]:
    if login.wrote:
        actual, remedy = "let in, and could write", f"R18: {_HOW[way == BY_LIMIT]}"
    elif login.admitted:
        actual, remedy = "let in, and could not write", f"R16: {_HOW[way == BY_LIMIT]}"
    elif not _is_the_fence_s(login, way, known=known):
        actual = f"refused with {login.sqlstate or 'an unknown SQLSTATE'}: {login.words}"
        remedy = "R16: correct the probe's login; this refusal is not the fence's."
    else:
        return
    expected = "the application refused"
    if way == BY_LIMIT:
        expected = f"the application refused with {TOO_MANY_CONNECTIONS} for this database"
    yield Finding(CHECK, f"database {login.database}", expected, actual, remedy)


_HOW = {
    True: "set the connection limit to 0; see whether the login is a superuser's.",
    False: "correct [access] remove: it lets the application in.",
}


def _is_the_fence_s(login: Login, way: str, *, known: bool) -> bool:
    if way == BY_LIMIT:
        return login.sqlstate == TOO_MANY_CONNECTIONS and "for database" in login.words
    if known:
        return True
    return login.sqlstate in SHUT and "too many clients" not in login.words


def _outside(outside: Outside) -> Iterator[Finding]:
    if outside.after:
        yield Finding(
            "fence.probe",
            "[access] probe",
            "the application is kept out, where it is",
            "it came in",
            "R16: find out by which way: another network, a proxy, a superuser's login.",
        )
