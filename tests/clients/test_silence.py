"""R56: the old cluster is watched, on a real server; whoever still uses it is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from checks.finding import Finding
from checks.silence import check_silence
from fixtures.postgres.fence import raise_fence
from fixtures.postgres.server import Server
from fixtures.postgres.silence import Silence, watch

Connection = psycopg.Connection[Any]
CORE = "core"


class Old:
    """The cluster that everybody left, fenced."""

    def __init__(self, server: Server) -> None:
        self.server = server
        with self.connect("postgres") as admin:
            admin.execute("create role app login")
            admin.execute(f"create database {CORE}")
        with self.connect(CORE) as admin:
            admin.execute("create table granules (id int)")

    def connect(self, database: str) -> Connection:
        return self.server.connect(database)

    def as_app(self) -> Connection:
        return self.server.connect(CORE, "app")

    def watch(self, seconds: float = 0.3, **settings: Any) -> Silence:
        return watch(self.connect, [CORE], seconds=seconds, **settings)

    def open(self) -> None:
        """Lift the fence, as somebody would who means well."""
        with self.connect("postgres") as admin:
            admin.execute(f"alter database {CORE} connection limit -1")


@pytest.fixture(scope="module")
def cluster(pair: list[Server]) -> Old:
    return Old(pair[0])


@pytest.fixture
def old(cluster: Old) -> Old:
    """Fenced, whatever the test before it did."""
    raise_fence(cluster.connect, [CORE])
    return cluster


def findings(seen: Silence) -> list[Finding]:
    return list(check_silence(seen, limited=[CORE]).findings)


def checks(seen: Silence) -> set[str]:
    return {finding.check for finding in findings(seen)}


def during(act: Callable[[], object]) -> Callable[[float], None]:
    """Acts in the first pause of a watch, and lets time pass."""
    acts = [act]

    def sleep(seconds: float) -> None:
        if acts:
            acts.pop()()
        pause(seconds)

    return sleep


def pause(seconds: float) -> None:
    time.sleep(seconds)  # the span that is watched


def test_a_cluster_that_everybody_left_is_silent(old: Old) -> None:
    """R56. Whoever is refused at the fence has no session, and is none that is told."""

    def refused() -> None:
        with pytest.raises(psycopg.OperationalError):
            old.as_app()

    seen = old.watch(sleep=during(refused))

    assert [] == findings(seen)
    assert {CORE: 0} == seen.sessions


def test_a_session_that_was_left_is_told_with_its_application(old: Old) -> None:
    """R55, R56: a client of before the fence, which nobody ended."""
    old.open()
    with old.as_app():
        with old.connect("postgres") as admin:
            admin.execute(f"alter database {CORE} connection limit 0")
        (finding,) = findings(old.watch())

    assert "silence.session" == finding.check
    assert "database core: app (restore-drills)" == finding.subject
    assert [] == findings(old.watch())


def test_a_session_between_two_looks_is_counted(old: Old) -> None:
    """R56: a function connects, reads and ends; no look meets it."""
    old.open()

    def briefly() -> None:
        old.as_app().close()

    seen = old.watch(0.6, poll=10.0, sleep=during(briefly))

    if seen.sessions[CORE] is None:
        pytest.skip("this server counts no sessions: PostgreSQL 13")
    assert {"silence.sessions", "silence.fence"} == checks(seen)


def test_a_superuser_between_two_looks_is_a_gap_and_never_silent(old: Old) -> None:
    """A limit of 0 lets nobody else in, and RDS has a superuser of its own."""

    def briefly() -> None:
        old.connect(CORE).close()

    seen = old.watch(0.6, poll=10.0, sleep=during(briefly))

    if seen.sessions[CORE] is None:
        pytest.skip("this server counts no sessions: PostgreSQL 13")
    judged = check_silence(seen, limited=[CORE])
    assert () == judged.findings
    (gap,) = judged.gaps
    assert "past its limit of 0" in gap.reason


def test_a_write_is_told_wherever_it_was(old: Old) -> None:
    """R56: in another database of the cluster, too."""

    def write(seconds: float) -> None:
        with old.connect("postgres") as other:
            other.execute("create temporary table t as select 1")
        pause(seconds)

    assert {"silence.write"} == checks(old.watch(0.2, spans=2, sleep=write))


def test_one_write_that_passes_does_not_count(old: Old) -> None:
    """An autovacuum's ANALYZE takes a transaction id; the next span is quiet."""

    def once() -> None:
        with old.connect("postgres") as other:
            other.execute("create temporary table t as select 1")

    assert [] == findings(old.watch(0.2, sleep=during(once)))


def test_a_fence_that_was_lifted_is_told(old: Old) -> None:
    old.open()

    (finding,) = findings(old.watch())

    assert ("silence.fence", -1) == (finding.check, finding.actual)


def test_a_prepared_transaction_is_told(old: Old) -> None:
    """It outlives its session, and may be committed any time."""
    with old.connect(CORE) as admin:
        admin.autocommit = False
        admin.execute("insert into granules values (1)")
        admin.execute("prepare transaction 'order-7'")
        admin.autocommit = True

    seen = old.watch()

    assert {"silence.prepared"} == checks(seen)
    with old.connect(CORE) as admin:
        admin.execute("rollback prepared 'order-7'")
    assert [] == findings(old.watch())
