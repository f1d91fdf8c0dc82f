"""Access removed by something else than a limit, on a real server: CONNECT is revoked (R69)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import pytest

from checks.fence import judge_fence
from checks.judgement import Judgement
from fixtures.postgres.errors import GoOnWithTheOtherRun, KeepAWayIn
from fixtures.postgres.fence import lift_captured, lift_marked, observe, raise_fence, unmark
from fixtures.postgres.fence_mark import FenceMark, Marker, fence_marks
from tests.fencing.fix_cluster import CORE, MASTER, TENANT, Cluster, is_alive

OURS = Marker("20260301-130000-1a2b", "0123456789abcdef")
COMMAND = "command"


@dataclass
class Revoking:
    """What a command of an operator's could do. `during` is called once nobody gets in any more."""

    cluster: Cluster
    databases: tuple[str, ...] = (CORE,)
    during: Callable[[], None] = lambda: None
    done: list[str] = field(default_factory=list)
    way: str = COMMAND

    def close(self) -> None:
        self._each("revoke connect on database", "from public")
        self.done.append("closed")
        self.during()

    def reopen(self) -> None:
        self._each("grant connect on database", "to public")
        self.done.append("opened")

    def _each(self, before: str, after: str) -> None:
        for name in self.databases:
            self.cluster.admin.execute(f'{before} "{name}" {after}')


def judged(cluster: Cluster, **more: object) -> Judgement:
    seen = observe(cluster.master, [CORE], login=cluster.app, quiet_seconds=0.05)
    return judge_fence(seen, way=COMMAND, every_database=False, **more)  # type: ignore[arg-type]


def test_nobody_gets_in_and_nobody_is_left(cluster: Cluster) -> None:
    """R15, R17, R69: closed first, then ended; no limit is touched."""
    before, victim = cluster.limits(), cluster.app(CORE)
    assert ["fence.login", "fence.session"] == sorted(one.check for one in judged(cluster).findings)

    fence = raise_fence(cluster.master, [CORE], closing=Revoking(cluster), marker=OURS)

    assert not is_alive(victim)
    assert (1, COMMAND, before) == (len(fence.terminated), fence.way, cluster.limits())
    assert () == judged(cluster).findings
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        cluster.app(CORE)
    fence.lift()
    assert is_alive(cluster.app(CORE))
    assert {} == fence_marks(cluster.master, maintenance="postgres")


def test_a_command_that_closes_nothing_is_found(cluster: Cluster) -> None:
    """R16, R18: it said it was done; whoever ended sessions sees them come back."""
    raise_fence(cluster.master, [CORE], closing=Revoking(cluster, databases=()), marker=OURS)
    cluster.app(CORE)
    found = {(one.check, one.remedy[:3]) for one in judged(cluster).findings}
    assert {("fence.login", "R18"), ("fence.session", "R15")} == found
    (session,) = [one for one in judged(cluster).findings if one.check == "fence.session"]
    assert "close the way it comes by first" in session.remedy


def test_the_databases_say_by_what_they_are_closed(cluster: Cluster) -> None:
    """R19, R21: before it is done, so that whoever finds them knows."""
    said: list[dict[str, FenceMark]] = []
    closing = Revoking(cluster)
    closing.during = lambda: said.append(fence_marks(cluster.master, maintenance="postgres"))
    raise_fence(cluster.master, [CORE], closing=closing, marker=OURS)
    assert [{CORE: FenceMark(OURS, -1, COMMAND)}] == said
    assert {} == lift_marked(cluster.master, OURS.run)  # a limit's marks are those it lifts
    assert {CORE: FenceMark(OURS, -1, COMMAND)} == fence_marks(
        cluster.master, maintenance="postgres"
    )
    with pytest.raises(GoOnWithTheOtherRun, match=f"--back-out={OURS.run}"):
        raise_fence(cluster.master, [CORE])
    again = raise_fence(cluster.master, [CORE], closing=closing, marker=OURS)
    assert (["closed", "closed"], (CORE,)) == (closing.done, again.found)
    closing.reopen()
    unmark(cluster.master, [CORE])
    assert {} == fence_marks(cluster.master, maintenance="postgres")


def test_a_door_that_it_shuts_is_opened_again(cluster: Cluster) -> None:
    """R19: it was broader than was thought; everything is put back, and nobody was ended."""
    cluster.admin.execute(f"grant connect on database {CORE} to {MASTER}")
    victim, closing = cluster.app(CORE), Revoking(cluster, databases=(CORE, "postgres"))
    with pytest.raises(KeepAWayIn, match="permission denied for database"):
        raise_fence(cluster.master, [CORE], closing=closing, marker=OURS)
    assert ["closed", "opened"] == closing.done
    assert is_alive(victim)
    assert {} == fence_marks(cluster.master, maintenance="postgres")


def test_a_refusal_counts_where_the_login_came_in_before_or_says_that_it_is_shut(
    cluster: Cluster,
) -> None:
    """R16: a wrong password is a refusal too."""
    raise_fence(cluster.master, [CORE], closing=Revoking(cluster), marker=OURS)
    seen = observe(cluster.master, [CORE], login=cluster.as_user("nobody_s"), quiet_seconds=0.05)
    (finding,) = judge_fence(seen, way=COMMAND).findings
    assert ("fence.login", "R16: correct the probe's login") == (
        finding.check,
        finding.remedy[: len("R16: correct the probe's login")],
    )
    assert () == judge_fence(seen, way=COMMAND, let_in_before=[CORE]).findings


def test_the_mark_goes_from_a_copy_and_no_limit_is_set_there(cluster: Cluster) -> None:
    """R21: closed by a command, the data carries nothing but the mark."""
    fence = raise_fence(cluster.master, [CORE], closing=Revoking(cluster), marker=OURS)
    assert {} == lift_captured(cluster.master, fence.limits)
    assert {} == fence_marks(cluster.master, maintenance="postgres")
    assert (-1, 7) == (cluster.limits()[CORE], cluster.limits()[TENANT])


def test_a_copy_that_takes_no_connections_is_opened(cluster: Cluster) -> None:
    """R21: a command set it, and the target was later; what stayed as it was is left so."""
    fence = raise_fence(cluster.master, [CORE, TENANT], closing=Revoking(cluster), marker=OURS)
    cluster.admin.execute(f"alter database {CORE} allow_connections false")
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        cluster.master(CORE)
    assert {CORE: -1} == lift_captured(cluster.master, fence.limits)
    assert is_alive(cluster.master(CORE))
    assert {} == lift_captured(cluster.master, fence.limits)


def test_a_database_that_the_command_shut_is_gone_on_with(cluster: Cluster) -> None:
    """By then it takes no connections, which a new fence would refuse."""
    closing = Revoking(cluster)

    def shut() -> None:
        cluster.admin.execute(f"alter database {CORE} allow_connections false")

    closing.during = shut
    raise_fence(cluster.master, [CORE], closing=closing, marker=OURS)
    again = raise_fence(cluster.master, [CORE], closing=closing, marker=OURS)
    assert (CORE,) == again.found
    assert () == judged(cluster).findings
