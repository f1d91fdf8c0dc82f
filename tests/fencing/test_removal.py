"""Access removed from a source, and what is made of it, on a real server and a rehearsal cloud."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from fixtures.claims import BadInput
from fixtures.fencing.removal import RemovedAccess, remove_access
from fixtures.guardian import Guardian
from fixtures.postgres.fence_mark import fence_marks
from fixtures.settings import Settings
from tests.fencing.fix_cluster import CORE, Cluster, is_alive
from tests.fencing.fix_estate import RUN, RUNNER, Estate

SOURCE = {"cluster": "core-prod", "account": "123456789012", "region": "us-east-1"}
GROUPS = {"method": "security-group", "keep": [RUNNER]}


@dataclass
class Told:
    """What a run would tell its reader."""

    run: Any
    notes: list[str] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    standing: list[tuple[str, str]] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def facts(self, subject: str, **facts: Any) -> None:
        self.found[subject] = facts

    def stands(self, what: str, place: str) -> None:
        self.standing.append((what, place))


class Runs:
    """A source, and the run that removes access to it."""

    def __init__(self, cluster: Cluster, estate: Estate, guardian: Guardian) -> None:
        self.cluster, self.estate, self.guardian = cluster, estate, guardian
        self.described: Any = estate.source
        self.described.endpoint = "core-prod.example"
        self.source: Any = SimpleNamespace(
            identifier="core-prod",
            rds=estate.rds,
            ec2=estate.ec2,
            databases=(CORE,),
            tenants=(),
            maintenance="postgres",
            connect_admin=cluster.master,
            connect_application=cluster.app,
            application=True,
        )

    def remove(self, **access: Any) -> tuple[RemovedAccess, Told]:
        return self._remove("recovery", {"source": SOURCE, "access": access})

    def rehearse(self, method: str) -> tuple[RemovedAccess, Told]:
        return self._remove("rehearsal", {"rehearsal": {"access": method}})

    def _remove(self, mode: str, tables: dict[str, Any]) -> tuple[RemovedAccess, Told]:
        settings = Settings.model_validate(tables)
        run = SimpleNamespace(
            id=RUN, mode=mode, settings=settings, guardian_socket=self.guardian.socket
        )
        told: Any = Told(run)
        return remove_access(self.source, self.described, told), told

    def judged(self, removed: RemovedAccess) -> tuple[set[str], set[str]]:
        """Findings and gaps, but of databases that nobody named."""
        judgement = removed.judge(self.source)
        found = {one.check for one in judgement.findings if not one.remedy.startswith("R59")}
        return found, {one.check for one in judgement.gaps}


@pytest.fixture
def runs(cluster: Cluster, estate: Estate, guardian: Guardian) -> Runs:
    return Runs(cluster, estate, guardian)


def test_by_limits(runs: Runs) -> None:
    """R10, R14 to R20: who was there is told, nobody is left."""
    stray = runs.cluster.app(CORE)
    stray.autocommit = False
    stray.execute("select 1")
    removed, told = runs.remove()
    assert (set(), set()) == runs.judged(removed)
    assert ((), (CORE,)) == (removed.still_closed().findings, removed.limited)
    assert not is_alive(stray)
    assert 1 == told.found["accessors"]["idle_in_transaction"]
    assert any("a transaction left open in core-prod: core: app" in one for one in told.notes)
    removed.give_back()
    assert is_alive(runs.cluster.app(CORE))


def test_by_groups(runs: Runs) -> None:
    """R16, R69: what a login from here cannot show is a gap; a rule that comes back a finding."""
    before = runs.estate.rules()
    removed, told = runs.remove(**GROUPS)
    assert (set(), {"fence.login"}) == runs.judged(removed)
    assert all(one in str(told.standing) for one in runs.described.security_groups)
    runs.estate.allow(runs.described.security_groups[0], IpRanges=[{"CidrIp": "198.51.100.0/24"}])
    assert ({"fence.rule"}, {"fence.login"}) == runs.judged(removed)
    assert ["fence.rule"] == [one.check for one in removed.still_closed().findings]
    assert () == removed.limited
    runs.estate.ec2.revoke_security_group_ingress(
        GroupId=runs.described.security_groups[0],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "IpRanges": [{"CidrIp": "198.51.100.0/24"}],
            }
        ],
    )
    removed.give_back()
    assert before == runs.estate.rules()


def test_a_probe_that_never_came_in_is_refused_before_anything_is_done(runs: Runs) -> None:
    """R16: afterwards it would look as if access were removed."""
    before = runs.estate.rules()
    with pytest.raises(BadInput, match=r"\[access\] probe ended with 7 although"):
        runs.remove(**GROUPS, probe=[sys.executable, "-c", "raise SystemExit(7)"])
    assert before == runs.estate.rules()
    assert {} == fence_marks(runs.cluster.master, maintenance="postgres")


def test_a_probe_decides_what_no_login_from_here_can(runs: Runs, tmp_path: Path) -> None:
    """R16, R69: it comes in before; where it still does, the groups keep nobody out."""
    flag = tmp_path / "open"
    flag.touch()
    program = f"import os, sys; sys.exit(not os.path.exists({str(flag)!r}))"
    removed, _ = runs.remove(**GROUPS, probe=[sys.executable, "-c", program])
    assert ({"fence.probe"}, set()) == runs.judged(removed)
    flag.unlink()
    assert (set(), set()) == runs.judged(removed)


def test_proxies_that_aws_will_not_tell_are_a_gap(runs: Runs) -> None:
    """R69: no session can be told from a proxy's then."""

    def refuse(**_: Any) -> None:
        refusal = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
        raise ClientError(refusal, "DescribeDBProxies")  # type: ignore[arg-type]

    event = "before-call.rds.DescribeDBProxies"
    runs.estate.rds.meta.events.register(event, refuse)
    try:
        removed, told = runs.remove()
    finally:
        runs.estate.rds.meta.events.unregister(event, refuse)
    assert (set(), {"fence.proxy"}) == runs.judged(removed)
    assert any("AccessDenied: not authorized" in one for one in told.notes)


def test_what_this_run_had_removed_already_is_found_as_left(runs: Runs) -> None:
    """The application is not asked whether it came in: it did not any more."""
    runs.remove(**GROUPS)
    removed, told = runs.remove(**GROUPS)
    assert frozenset() == removed.let_in_before
    assert "found as left: fenced core" in told.notes
    assert (set(), {"fence.login"}) == runs.judged(removed)


def test_in_a_rehearsal_a_limit_stands_in_and_proves_nothing_of_the_groups(runs: Runs) -> None:
    """R69: a client that retries for ever would write on, and what lies behind not be rehearsed."""
    group = runs.described.security_groups[1]
    runs.estate.allow(group, IpRanges=[{"CidrIp": "127.0.0.1/32"}])
    before, limits, client = runs.estate.rules(), runs.cluster.limits(), runs.cluster.app(CORE)

    removed, told = runs.rehearse("security-group")

    assert (set(), {"fence.login"}) == runs.judged(removed)
    assert "loopback drops no packet: a connection limit stands in for the groups" in told.notes
    assert ("security-group", ()) == (removed.fence.way, removed.limited)
    assert not is_alive(client)
    with pytest.raises(psycopg.OperationalError, match="too many connections for database"):
        runs.cluster.app(CORE)
    runs.estate.allow(group, IpRanges=[{"CidrIp": "198.51.100.0/24"}])
    assert ({"fence.rule"}, {"fence.login"}) == runs.judged(removed)
    removed.give_back()
    assert limits == runs.cluster.limits()
    assert len(before) + 1 == len(runs.estate.rules())
