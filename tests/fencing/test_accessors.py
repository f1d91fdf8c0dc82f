"""Who uses a server, told before anybody is thrown out; whose pool a survivor is of (R10, R69)."""

from __future__ import annotations

from checks.accessors import in_transaction, told
from checks.fence import judge_fence
from fixtures.aws.access.proxies import Proxy
from fixtures.postgres.fence import observe, raise_fence
from fixtures.postgres.fence_observation import accessors
from tests.fencing.fix_cluster import APP, CORE, TENANT, Cluster

PROXY = Proxy("core-proxy", "core-proxy.proxy-1.example")


def test_accessors_are_counted_by_user_and_application(cluster: Cluster) -> None:
    """R10: with those that left a transaction open."""
    pooled = [cluster.app(CORE) for _ in range(3)]
    for conn in pooled[:2]:
        conn.execute("set application_name = 'pgbouncer'")
    stray = cluster.app(TENANT)
    stray.autocommit = False
    stray.execute("select 1")

    found = accessors(cluster.master, [CORE, TENANT])

    assert {
        f"{CORE}: {APP} (pgbouncer): 2 idle, through PgBouncer",
        f"{CORE}: {APP} (restore-drills): 1 idle",
        f"{TENANT}: {APP} (restore-drills): 1 idle in transaction",
    } == set(told(found, []))
    assert [TENANT] == [one.database for one in in_transaction(found)]


def test_a_proxy_s_session_that_survives_is_a_finding_that_names_it(cluster: Cluster) -> None:
    """R69: the proxy's own user is RDS's, and nobody else's to end."""
    cluster.admin.execute("create role rdsproxyadmin superuser login")
    try:
        session = cluster.as_user("rdsproxyadmin")(CORE)
        fence = raise_fence(cluster.master, [CORE])
        assert ["rdsproxyadmin"] == [one.session.user for one in fence.survivors]
        seen = observe(cluster.master, [CORE], login=cluster.app, quiet_seconds=0.05)
        (finding,) = judge_fence(seen, every_database=False, proxies=[PROXY]).findings
        assert "fence.session" == finding.check
        assert "through RDS Proxy core-proxy" in finding.subject
        session.close()
        seen = observe(cluster.master, [CORE], login=cluster.app, quiet_seconds=0.05)
        assert () == judge_fence(seen, every_database=False, proxies=[PROXY]).findings
    finally:
        cluster.admin.execute("drop role rdsproxyadmin")
