"""What no limit keeps out, because the server itself starts it (R13)."""

from __future__ import annotations

from dataclasses import replace

from psycopg import sql

from checks.fence import check_fence, judge_fence
from checks.finding import Finding
from fixtures.postgres.fence import FenceObservation, observe, raise_fence
from tests.fencing.fix_cluster import APP, CORE, MASTER, Cluster, Connection


def seen(cluster: Cluster, connect: object = None) -> FenceObservation:
    return observe(
        connect or cluster.master,  # type: ignore[arg-type]
        [CORE],
        login=cluster.app,
        quiet_seconds=0.05,
    )


def found(cluster: Cluster, connect: object = None) -> list[str]:
    said = check_fence(seen(cluster, connect), every_database=False)
    return [f"{one.check} {one.remedy[:3]}" for one in said]


def test_a_subscription_that_is_on_is_found_although_its_publisher_is_away(
    cluster: Cluster,
) -> None:
    """R13: its worker starts, fails and starts again; it is rarely there when one looks."""
    with cluster.server.connect(CORE) as conn:
        conn.execute(
            "create subscription pulling connection 'host=/nowhere dbname=none' publication p "
            "with (connect = false, slot_name = 'gone')"
        )
        raise_fence(cluster.master, [CORE])
        assert found(cluster) == []
    cluster.admin.execute(f"alter database {CORE} connection limit -1")
    with cluster.server.connect(CORE) as conn:
        conn.execute("alter subscription pulling enable")
    raise_fence(cluster.master, [CORE])
    said = set(found(cluster))
    with cluster.server.connect(CORE) as conn:
        conn.execute("alter subscription pulling disable")
        conn.execute("alter subscription pulling set (slot_name = none)")
        conn.execute("drop subscription pulling")
    assert "fence.subscription R13" in said
    assert said <= {"fence.subscription R13", "fence.worker R13"}


def test_jobs_of_cron_are_counted_where_its_table_can_be_read(cluster: Cluster) -> None:
    """R13: pg_cron is in no package of these tests; its table and its setting stand in for it."""
    raise_fence(cluster.master, [CORE])

    def with_cron(dbname: str) -> Connection:
        conn = cluster.master(dbname)
        conn.execute("select set_config('cron.database_name', 'postgres', false)")
        return conn

    assert found(cluster, with_cron) == []  # it is loaded, and has no table
    admin = cluster.admin
    admin.execute("create schema cron; create table cron.job (active bool, database text)")
    try:
        assert None is seen(cluster, with_cron).cron_jobs  # which nobody may read
        admin.execute(
            f"grant usage on schema cron to {MASTER}; grant select on cron.job to {MASTER}"
        )
        assert found(cluster, with_cron) == []
        for row in ((True, CORE), (True, "elsewhere"), (False, CORE)):
            admin.execute("insert into cron.job values (%s, %s)", row)
        assert 1 == seen(cluster, with_cron).cron_jobs
        assert found(cluster, with_cron) == ["fence.cron R13"]
        assert found(cluster) == []  # it is not loaded, so that nothing starts them
        admin.execute("create policy own on cron.job using (database = current_user)")
        admin.execute("alter table cron.job enable row level security")
        assert None is seen(cluster, with_cron).cron_jobs  # as pg_cron's own policy has it
    finally:
        admin.execute("drop schema cron cascade")


def test_the_wal_s_position_is_reported_and_proves_nothing(cluster: Cluster) -> None:
    """R13: a checkpoint moves it."""
    raise_fence(cluster.master, [CORE])

    def sleep(_: float) -> None:
        cluster.admin.execute("select pg_switch_wal()")

    observed = observe(cluster.master, [CORE], login=cluster.app, sleep=sleep)
    assert observed.lsn[0] != observed.lsn[1]
    assert check_fence(observed, every_database=False) == []


def test_a_prepared_transaction_outlives_every_way(cluster: Cluster) -> None:
    """R13: it is in no session, and takes COMMIT PREPARED from any database's owner."""
    with cluster.server.connect(CORE, APP) as conn:
        conn.execute("begin; insert into granules values (1); prepare transaction 'order-9'")
    raise_fence(cluster.master, [CORE])
    observed = seen(cluster)
    assert ["order-9"] == [one.name for one in observed.prepared]
    for way in ("connection-limit", "command", "security-group"):
        assert "fence.prepared" in {one.check for one in _judged(observed, way)}
    assert "fence.prepared" not in {
        one.check for one in _judged(replace(observed, prepared=()), "command")
    }
    with cluster.server.connect(CORE) as conn:
        conn.execute(sql.SQL("rollback prepared {}").format("order-9"))


def _judged(observed: FenceObservation, way: str) -> list[Finding]:
    return list(judge_fence(observed, way=way, every_database=False).findings)
