"""The fence on a real server: what the founding document asks, and what its own SQL does instead.

The red tests run the document's statements as they are printed, or in an order that one easily
takes, and show that observation and check tell. R13 to R20, R59.
"""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from checks.fence import check_fence
from fixtures.postgres.errors import (
    ChooseDatabases,
    GoOnWithTheOtherRun,
    KeepAWayIn,
    UseTheOwner,
)
from fixtures.postgres.fence import (
    Fence,
    connectable_databases,
    connection_limits,
    lift,
    lift_captured,
    lift_marked,
    observe,
    raise_fence,
)
from fixtures.postgres.fence_mark import FenceMark, Marker, fence_marks
from tests.fencing.fix_cluster import (
    APP,
    CORE,
    FOREIGN,
    MASTER,
    TENANT,
    Cluster,
    Connection,
    is_alive,
)


def test_a_fence_shuts_out_the_application_and_leaves_the_administrator_in(
    cluster: Cluster,
) -> None:
    """R14 to R20, R13, R59: everything at once, judged by the check."""
    inside = [cluster.app(CORE), cluster.app(CORE), cluster.app(TENANT)]
    outside = cluster.app("postgres")
    fence = raise_fence(cluster.master, [CORE, TENANT])
    assert [is_alive(conn) for conn in inside] == [False, False, False]
    assert is_alive(outside)
    assert len(fence.terminated) == 3
    assert fence.survivors == ()
    assert cluster.findings() == []


def test_a_lifted_fence_leaves_every_limit_as_it_was(cluster: Cluster) -> None:
    """R21."""
    before = cluster.limits()
    fence = raise_fence(cluster.master, [CORE, TENANT])
    assert fence.limits == {CORE: -1, TENANT: 7}
    assert cluster.limits() == before | {CORE: 0, TENANT: 0}
    fence.lift()
    assert cluster.limits() == before
    assert is_alive(cluster.app(CORE))


def test_a_fence_that_came_back_with_the_data_is_lifted_and_nothing_else(cluster: Cluster) -> None:
    """R21: the limits from before the fence are put back; what was 0 before stays closed."""
    fence = raise_fence(cluster.as_user(MASTER), [CORE, TENANT])

    lifted = lift_captured(cluster.as_user(MASTER), {**fence.limits, "elsewhere": -1})

    assert {CORE: -1, TENANT: 7} == lifted
    restored = connection_limits(cluster.as_user(MASTER))
    assert (-1, 7) == (restored[CORE], restored[TENANT])
    assert {} == lift_captured(cluster.as_user(MASTER), {CORE: 0, TENANT: 7})


def test_a_fence_can_be_lifted_by_another_process_that_knows_the_limits(cluster: Cluster) -> None:
    before = cluster.limits()
    remembered = dict(raise_fence(cluster.master, [CORE, TENANT]).limits)
    lift(cluster.master, remembered)
    assert cluster.limits() == before


def test_the_default_is_every_connectable_database_but_the_door(cluster: Cluster) -> None:
    """R59."""
    assert connectable_databases(cluster.master) == [TENANT, CORE]
    assert connection_limits(cluster.master) == {TENANT: 7, CORE: -1, "postgres": -1}


def test_a_forgotten_database_is_found(cluster: Cluster) -> None:
    """R59."""
    raise_fence(cluster.master, [CORE])
    assert cluster.findings(CORE) == ["fence.limit R59"]
    assert cluster.findings(CORE, every_database=False) == []


def test_without_a_fence_everything_speaks(cluster: Cluster) -> None:
    """R14, R16, R17, R18: no check is green for want of looking."""
    cluster.app(CORE)
    assert cluster.findings(CORE, every_database=False) == [
        "fence.limit R14",
        "fence.session R15",
        "fence.login R18",
    ]


def test_the_document_s_two_statements_end_nobody(cluster: Cluster) -> None:
    """R14: verbatim, but for the first name: `my_database` is limited, `database` is searched."""
    victim = cluster.app(CORE)
    door = cluster.master("postgres")
    door.execute(f"alter database {CORE} connection limit 0")
    ended = door.execute(
        "select pg_terminate_backend(pg_stat_activity.pid) from pg_stat_activity "
        "where pg_stat_activity.datname = 'database'"
    ).fetchall()
    assert ended == []
    assert is_alive(victim)
    assert cluster.findings(CORE, every_database=False) == ["fence.session R15"]


def test_a_name_that_does_not_exist_is_refused_before_anything_changes(cluster: Cluster) -> None:
    """R14."""
    victim = cluster.app(CORE)
    before = cluster.limits()
    with pytest.raises(ChooseDatabases, match="no database 'Core', 'my_database'"):
        raise_fence(cluster.master, [CORE, "Core", "my_database"])
    assert cluster.limits() == before
    assert is_alive(victim)


def test_ending_sessions_before_limiting_lets_a_client_back(cluster: Cluster) -> None:
    """R15, the wrong order by hand."""
    door = cluster.master("postgres")
    first = cluster.app(CORE)
    door.execute("select pg_terminate_backend(%s)", [first.info.backend_pid])
    while is_alive(first):
        pass  # the server is told; each look is a round trip
    again = cluster.app(CORE)
    door.execute(f"alter database {CORE} connection limit 0")
    assert is_alive(again)
    assert cluster.findings(CORE, every_database=False) == ["fence.session R15"]


def test_a_client_that_keeps_coming_back_does_not_get_in(cluster: Cluster) -> None:
    """R15: the limit comes first."""
    stop = threading.Event()
    came = []

    def come_back() -> None:
        while not stop.is_set():
            try:
                with cluster.server.connect(CORE, APP) as conn:
                    came.append(conn.info.backend_pid)
                    while not stop.is_set():
                        conn.execute("select pg_sleep(0.001)")
            except psycopg.OperationalError:
                continue

    clients = [threading.Thread(target=come_back) for _ in range(3)]
    for thread in clients:
        thread.start()
    try:
        while len(came) < 3:
            stop.wait(0.01)  # until each has been in once
        fence = raise_fence(cluster.master, [CORE])
        came.clear()
        assert len(fence.terminated) >= 3
        assert cluster.findings(CORE, every_database=False, quiet=0.3) == []
        assert came == []
    finally:
        stop.set()
        for thread in clients:
            thread.join()


def test_a_way_in_that_is_fenced_too_is_refused_before_anything_changes(cluster: Cluster) -> None:
    """R19: the document's own warning."""
    before = cluster.limits()
    with pytest.raises(KeepAWayIn, match="'core' is to be fenced and is the administrator's way"):
        raise_fence(cluster.master, [CORE], maintenance=CORE)
    assert cluster.limits() == before


def test_no_way_in_at_all_is_refused_before_anything_changes(cluster: Cluster) -> None:
    """R19."""
    cluster.admin.execute("alter database postgres connection limit 0")
    before = cluster.limits()
    with pytest.raises(KeepAWayIn, match="too many connections for database"):
        raise_fence(cluster.master, [CORE])
    assert cluster.limits() == before


def test_a_door_that_leads_elsewhere_is_refused(cluster: Cluster) -> None:
    """R19: through a pooler one lands in the application's database."""
    with pytest.raises(KeepAWayIn, match="led to 'core'"):
        raise_fence(lambda _: cluster.master(CORE), [TENANT])


def test_a_door_that_falls_shut_behind_us_undoes_the_fence(cluster: Cluster) -> None:
    """R19: one connection was left, and it was ours."""
    cluster.admin.execute("alter database postgres connection limit 1")
    cluster.admin.close()
    cluster.admin = cluster.as_user("rdsadmin")("template1")
    victim = cluster.app(CORE)
    before = cluster.limits()
    with pytest.raises(KeepAWayIn):
        raise_fence(cluster.master, [CORE])
    assert cluster.limits() == before
    assert is_alive(victim)


def test_a_door_that_is_shut_afterwards_is_found(cluster: Cluster) -> None:
    """R19."""
    raise_fence(cluster.master, [CORE, TENANT])
    cluster.admin.execute("alter database postgres connection limit 1")
    cluster.admin.close()
    cluster.admin = cluster.as_user("rdsadmin")("template1")
    assert cluster.findings() == ["fence.door R19"]


def test_the_document_s_statement_ends_the_session_that_runs_it(cluster: Cluster) -> None:
    """R20: without `pid <> pg_backend_pid()`, run in the database itself."""
    own = cluster.master(CORE)
    with pytest.raises(psycopg.OperationalError):
        own.execute(
            # Of clients: autovacuum, a superuser's, may be there, and would end it by an error.
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and backend_type = 'client backend'",
            [CORE],
        )
    assert not is_alive(own)


def test_the_fence_s_own_sessions_live_through_it(cluster: Cluster) -> None:
    """R20: each of the administrator's connections to the door is alive while it is used."""
    lived = []

    class Watched(psycopg.Connection[Any]):
        def close(self) -> None:
            lived.append(is_alive(self))
            super().close()

    def connect(dbname: str) -> Connection:
        return Watched.connect(
            host=str(cluster.server.socket_dir),
            port=cluster.server.port,
            dbname=dbname,
            user=MASTER,
        )

    raise_fence(connect, [CORE, TENANT])
    assert lived
    assert all(lived)


def test_a_superuser_s_session_survives_is_told_and_holds_up_nobody(cluster: Cluster) -> None:
    """R17: `pg_terminate_backend` of it is an error; the document's statement would end there."""
    stays = cluster.as_user("rdsadmin")(CORE)
    goes = [cluster.app(CORE), cluster.app(CORE)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        cluster.master("postgres").execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s "
            "order by backend_start",
            [CORE],
        )
    fence = raise_fence(cluster.master, [CORE])
    assert [is_alive(conn) for conn in goes] == [False, False]
    assert is_alive(stays)
    (survivor,) = fence.survivors
    assert (survivor.session.user, survivor.session.superuser) == ("rdsadmin", True)
    assert "superuser" in survivor.reason.lower()
    assert cluster.findings(CORE, every_database=False) == []
    assert cluster.findings(CORE, every_database=False, tolerated_users=()) == ["fence.session R17"]


def test_a_master_that_may_not_end_sessions_leaves_survivors(cluster: Cluster) -> None:
    """R17: the limit holds, the sessions stay, and both are told."""
    cluster.admin.execute(f"revoke pg_signal_backend from {MASTER}")
    cluster.app(CORE)
    fence = raise_fence(cluster.master, [CORE])
    assert [one.session.user for one in fence.survivors] == [APP]
    assert cluster.findings(CORE, every_database=False) == ["fence.session R15"]


def test_an_idle_transaction_does_not_survive(cluster: Cluster) -> None:
    """R10, R17."""
    stray = cluster.app(CORE)
    stray.autocommit = False
    stray.execute("insert into granules values (1)")
    fence = raise_fence(cluster.master, [CORE])
    assert [one.state for one in fence.terminated] == ["idle in transaction"]
    with pytest.raises(psycopg.OperationalError):
        stray.commit()
    assert cluster.findings(CORE, every_database=False) == []


def test_sessions_are_waited_for_until_they_are_gone(cluster: Cluster) -> None:
    """R17: ending is asynchronous; the first look may still see them."""
    looks = []

    def look(seconds: float) -> None:
        looks.append(seconds)
        threading.Event().wait(0.05)  # give the backends a moment, as a sleep would

    for _ in range(5):
        cluster.app(CORE)
    fence = raise_fence(cluster.master, [CORE], sleep=look)
    assert looks
    assert len(fence.terminated) == 5
    assert fence.survivors == ()


def test_patience_ends_and_what_is_left_is_told(cluster: Cluster) -> None:
    """R17: time stands still, nobody gets to go."""
    cluster.app(CORE)
    fence = raise_fence(cluster.master, [CORE], patience=0)
    assert [one.reason for one in fence.survivors] == ["still there after 0 s"]


def test_another_s_database_is_refused_before_anything_changes(cluster: Cluster) -> None:
    cluster.admin.execute(f"create database {FOREIGN}")
    before = cluster.limits()
    with pytest.raises(UseTheOwner, match="does not own database 'foreign_one'"):
        raise_fence(cluster.master, [CORE, FOREIGN])
    assert cluster.limits() == before


def test_a_database_that_takes_no_connections_is_refused(cluster: Cluster) -> None:
    cluster.admin.execute(f"alter database {CORE} allow_connections false")
    with pytest.raises(ChooseDatabases, match="ALLOW_CONNECTIONS is off"):
        raise_fence(cluster.master, [CORE])


def test_no_database_at_all_is_refused(cluster: Cluster) -> None:
    """R14: a fence around nothing would hold."""
    with pytest.raises(ChooseDatabases, match="no database was named"):
        raise_fence(cluster.master, [])


def test_a_prepared_transaction_is_found(cluster: Cluster) -> None:
    """R13: no session, and it can commit any time."""
    with cluster.server.connect(CORE, APP) as conn:
        conn.execute("begin; insert into granules values (1); prepare transaction 'order-7'")
    raise_fence(cluster.master, [CORE])
    assert cluster.findings(CORE, every_database=False) == ["fence.prepared R13"]
    with cluster.server.connect(CORE) as conn:
        conn.execute("rollback prepared 'order-7'")


def test_a_write_from_outside_the_fence_is_found(cluster: Cluster) -> None:
    """R13: the counter is the whole cluster's."""
    raise_fence(cluster.master, [CORE, TENANT])

    def somebody_writes(_: float) -> None:
        cluster.admin.execute("select pg_current_xact_id()")

    seen = observe(
        cluster.master, [CORE, TENANT], login=cluster.app, patience=0, sleep=somebody_writes
    )
    assert seen.xmax_after == seen.xmax_before + 1
    assert [one.check for one in check_fence(seen)] == ["fence.quiet"]


def test_a_write_that_passes_is_waited_out(cluster: Cluster) -> None:
    """R13: an autovacuum's ANALYZE takes a transaction id too."""
    raise_fence(cluster.master, [CORE, TENANT])
    left = [1, 1]

    def somebody_writes(_: float) -> None:
        if left:
            left.pop()
            cluster.admin.execute("select pg_current_xact_id()")

    seen = observe(cluster.master, [CORE, TENANT], login=cluster.app, sleep=somebody_writes)
    assert seen.xmax_before == seen.xmax_after
    assert not left


def test_a_refusal_for_another_reason_proves_nothing(cluster: Cluster) -> None:
    """R16: a probe with the wrong name is refused too."""
    raise_fence(cluster.master, [CORE, TENANT])
    seen = observe(
        cluster.master, [CORE, TENANT], login=cluster.as_user("nobody_s"), quiet_seconds=0.05
    )
    assert {one.check for one in check_fence(seen)} == {"fence.login"}


def test_what_was_not_tried_is_not_proven(cluster: Cluster) -> None:
    """R16."""
    raise_fence(cluster.master, [CORE, TENANT])
    seen = observe(cluster.master, [CORE, TENANT], quiet_seconds=0.05)
    assert [one.actual for one in check_fence(seen)] == ["not tried", "not tried"]


def test_an_application_that_may_only_read_is_told_from_one_that_may_write(
    cluster: Cluster,
) -> None:
    """R18."""
    cluster.admin.execute(f"alter role {APP} set default_transaction_read_only = on")
    (probe,) = observe(cluster.master, [CORE], login=cluster.app, quiet_seconds=0.05).logins
    assert (probe.admitted, probe.wrote, probe.sqlstate) == (True, False, "25006")


def test_the_write_probe_leaves_nothing_behind(cluster: Cluster) -> None:
    """R18: what the application itself would write, rolled back."""

    def write(conn: Connection) -> None:
        conn.execute("insert into granules values (1)")

    (probe,) = observe(
        cluster.master, [CORE], login=cluster.app, write=write, quiet_seconds=0.05
    ).logins
    assert probe.wrote
    with cluster.server.connect(CORE) as conn:
        assert conn.execute("select count(*) from granules").fetchone() == (0,)


def test_sessions_are_told_by_user_application_and_state(cluster: Cluster) -> None:
    """R10."""
    cluster.app(CORE)
    cluster.app(CORE)
    (clients,) = observe(cluster.master, [CORE], quiet_seconds=0.05).clients
    assert (clients.user, clients.application, clients.backend) == (
        APP,
        "restore-drills",
        "client backend",
    )
    assert (clients.state, clients.count, clients.superuser) == ("idle", 2, False)


def test_no_refusal_shows_a_password(cluster: Cluster) -> None:
    """A failed connection's words are put into messages and findings."""

    def connect(dbname: str) -> Connection:
        return psycopg.connect(
            host=str(cluster.server.socket_dir),
            port=cluster.server.port,
            dbname=dbname,
            user="nobody_s",
            password="hunter2",
        )

    with pytest.raises(KeepAWayIn) as refused:
        raise_fence(connect, [CORE])
    assert "hunter2" not in str(refused.value)
    assert 'role "nobody_s" does not exist' in str(refused.value)


OURS = Marker("20260301-130000-1a2b", "0123456789abcdef")


def marked(cluster: Cluster, **more: Any) -> Fence:
    return raise_fence(cluster.master, [CORE, TENANT], marker=OURS, **more)


def said(cluster: Cluster) -> dict[str, str | None]:
    """The databases' comments."""
    rows = cluster.admin.execute(
        "select datname, shobj_description(oid, 'pg_database') from pg_database"
    ).fetchall()
    return {name: comment for name, comment in rows if name in (CORE, TENANT)}


def test_a_fence_says_whose_it_is_and_how_it_is_lifted(cluster: Cluster) -> None:
    """R19, R21: on the databases that it closes, beside whatever stood there."""
    cluster.admin.execute(f"comment on database {CORE} is 'the archive''s'")
    before = said(cluster)
    marked(cluster)
    assert before != said(cluster)
    assert "the archive's [fenced by restore-drills, run 20260301-130000-1a2b" in str(
        said(cluster)[CORE]
    )
    assert {CORE: FenceMark(OURS, -1), TENANT: FenceMark(OURS, 7)} == fence_marks(
        cluster.master, maintenance="postgres"
    )

    assert {CORE: -1, TENANT: 7} == lift_marked(cluster.master, OURS.run)

    assert (before, -1, 7) == (said(cluster), cluster.limits()[CORE], cluster.limits()[TENANT])
    assert {} == lift_marked(cluster.master, OURS.run)


def test_a_fence_that_stands_is_found_again_with_the_limits_from_before_it(
    cluster: Cluster,
) -> None:
    """The limit that is there when a run goes on is 0: to put that back would lock all out."""
    marked(cluster)
    cluster.admin.execute(f"alter database {CORE} connection limit 5")  # and somebody opened it
    again = marked(cluster)
    assert ({CORE: -1, TENANT: 7}, (CORE, TENANT)) == (dict(again.limits), again.found)
    assert 0 == cluster.limits()[CORE]
    again.lift()
    assert (-1, 7) == (cluster.limits()[CORE], cluster.limits()[TENANT])
    assert {CORE: None, TENANT: None} == said(cluster)


def test_a_limit_that_somebody_has_changed_stays_when_the_fence_is_taken_back(
    cluster: Cluster,
) -> None:
    marked(cluster)
    cluster.admin.execute(f"alter database {CORE} connection limit 5")
    assert {CORE: None, TENANT: 7} == lift_marked(cluster.master, OURS.run)
    assert (5, 7) == (cluster.limits()[CORE], cluster.limits()[TENANT])
    assert {CORE: None, TENANT: None} == said(cluster)


@pytest.mark.parametrize("marker", [None, Marker("20260301-140000-ffff", "0" * 16)])
def test_a_fence_of_another_run_is_neither_taken_over_nor_lifted(
    cluster: Cluster, marker: Marker | None
) -> None:
    marked(cluster)
    with pytest.raises(GoOnWithTheOtherRun, match=f"--resume={OURS.run}"):
        raise_fence(cluster.master, [CORE], marker=marker)
    assert {} == lift_marked(cluster.master, "20260301-140000-ffff")
    assert {CORE, TENANT} == set(fence_marks(cluster.master, maintenance="postgres"))


def test_the_mark_of_a_fence_that_was_restored_with_the_data_goes_with_it(
    cluster: Cluster,
) -> None:
    """R21."""
    fence = marked(cluster)
    assert {CORE: -1, TENANT: 7} == lift_captured(cluster.master, fence.limits)
    assert {CORE: None, TENANT: None} == said(cluster)
