"""What a database of a running copy could reach, and what provably holds it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from checks.database import snapshot
from checks.finding import Finding
from checks.isolation import (
    DatabaseIsolation,
    Quarantine,
    judge_database,
    observe_database,
)
from checks.isolation.event_triggers import EventTrigger
from checks.isolation.parameters import Parameters
from checks.judgement import Judgement
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connect, Connection
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.isolation import (
    CRON,
    FDW,
    ISOLATION,
    SECRET,
    SUBSCRIBE,
    UNSUBSCRIBE,
)
from tests.sabotage.injection import injected

WALLED_IN = Quarantine(no_egress=True, reason="the security group of the run admits no egress")


def observe(connection: Connection) -> DatabaseIsolation:
    with snapshot(connection) as cursor:
        return observe_database(cursor)


def held(judged: Judgement, name: str) -> str:
    """What a fact says that holds a danger."""
    ((_, said),) = [(key, said) for key, said in judged.facts.items() if key.endswith(f": {name}")]
    _, _, holding = str(said).partition("; held: ")
    assert holding, f"{name} is told, but nothing holds it: {said}"
    return holding


def test_a_faithful_copy_is_silent(copy: Connection) -> None:
    """R64: what the sample has of servers and triggers reaches nothing, and is told."""
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert () == judged.gaps
    assert "nowhere, 0 user mappings" in str(
        judged.facts["isolation.foreign_servers: copied: elsewhere"]
    )


@pytest.mark.parametrize("fault", ISOLATION, ids=lambda fault: fault.name)
def test_every_danger_is_reported(fault: Fault, copy: Connection) -> None:
    """R64: and held by a network of its own, but a trigger on login does its harm inside."""
    with injected(fault, copy):
        seen = observe(copy)
    judged = judge_database(seen)
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in judged.findings}
    assert SECRET not in repr((seen, judged))

    judged = judge_database(asleep(seen), quarantine=WALLED_IN)
    if fault.check == "isolation.event_triggers":
        assert [fault.subject] == [finding.subject for finding in judged.findings]
    else:
        assert () == judged.findings
        assert WALLED_IN.reason == held(judged, fault.subject)


# What holds it, danger by danger


def asleep(seen: DatabaseIsolation) -> DatabaseIsolation:
    """As before a subscription's worker was started, which this server does within a moment."""
    sleeping = tuple(replace(one, running=False) for one in seen.subscriptions)
    return replace(seen, subscriptions=sleeping)


def with_parameters(seen: DatabaseIsolation, **values: str) -> DatabaseIsolation:
    known = seen.parameters
    return replace(
        seen,
        parameters=Parameters({**known.values, **values}, known.wide | values.keys(), known.hidden),
    )


def test_no_room_for_workers_holds_a_subscription(copy: Connection) -> None:
    """Row 1: as `fixtures.postgres.isolation` starts a copy."""
    fault = next(fault for fault in ISOLATION if fault.check == "isolation.subscriptions")
    with injected(fault, copy):
        seen = observe(copy)
    judged = judge_database(with_parameters(asleep(seen), max_logical_replication_workers="0"))
    assert () == judged.findings
    assert "max_logical_replication_workers=0" == held(judged, "mirror")


def test_nothing_holds_a_subscription_whose_worker_runs(copy: Connection) -> None:
    """Row 1: whatever the settings say, it is connected."""
    fault = next(fault for fault in ISOLATION if fault.check == "isolation.subscriptions")
    with injected(fault, copy):
        seen = observe(copy)
    (subscription,) = seen.subscriptions
    running = replace(seen, subscriptions=(replace(subscription, running=True),))
    judged = judge_database(
        with_parameters(running, max_logical_replication_workers="0"), quarantine=WALLED_IN
    )
    assert ["enabled, its worker runs"] == [finding.actual for finding in judged.findings]


def test_a_disabled_subscription_is_told(copy: Connection) -> None:
    copy.execute(SUBSCRIBE[0].encode())
    try:
        judged = judge_database(observe(copy))
    finally:
        for statement in UNSUBSCRIBE:
            copy.execute(statement.encode())
    assert () == judged.findings
    assert "disabled" == judged.facts["isolation.subscriptions: copied: mirror"]


def test_without_a_user_mapping_nobody_connects(copy: Connection) -> None:
    """Row 22: both of PostgreSQL's own wrappers ask for one."""
    for statement in FDW[:2]:
        copy.execute(statement.encode())
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert "no user mapping: nobody can connect through it" == held(judged, "production")


def test_a_server_that_leads_to_the_copy_itself(copy: Connection, cluster: Server) -> None:
    """Row 22: nobody else can listen on that socket; on another port of this host, anybody may."""
    copy.execute("create extension postgres_fdw")
    copy.execute(
        "create server itself foreign data wrapper postgres_fdw"
        f" options (host '{cluster.socket_dir}')".encode()
    )
    copy.execute("create user mapping for public server itself")
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert "it leads to this very server" == held(judged, "itself")
    copy.execute("alter server itself options (add port '5433')")
    assert ["itself"] == [f.subject for f in judge_database(observe(copy)).findings]


def test_a_call_of_dblink_without_dblink(copy: Connection) -> None:
    copy.execute(
        "create function core.lost() returns text language plpgsql as"
        " $$ begin return public.dblink_exec('host=192.0.2.1', 'select 1'); end $$"
    )
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert "the extension dblink is not installed" == held(judged, "core.lost()")


def test_an_extension_that_nothing_calls_is_told(copy: Connection) -> None:
    copy.execute("create extension dblink")
    copy.execute('drop server "far away" cascade')  # of the samples: dblink could use it
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert (
        "can reach out; nothing stored here calls it"
        == judged.facts["isolation.extensions: copied: dblink"]
    )


def test_pg_net_sends_nothing_without_its_worker(copy: Connection) -> None:
    """Row 22. pg_net cannot be had here: what the catalogs would show is put in its place."""
    seen = observe(copy)
    seen = replace(
        seen,
        bodies=replace(seen.bodies, extensions=("pg_net",), calls=(("core.hook()", "pg_net"),)),
    )
    assert "pg_net is not preloaded: its worker does not run" == held(
        judge_database(seen), "core.hook()"
    )
    running = with_parameters(seen, shared_preload_libraries="$libdir/pg_net.so")
    assert ["core.hook()"] == [finding.subject for finding in judge_database(running).findings]


def cron(copy: Connection) -> DatabaseIsolation:
    """pg_cron cannot be had here: a table such as its own stands for it, an active and a dead job.

    Its library is preloaded for real in ``test_isolation_cluster.py``.
    """
    for statement in CRON:
        copy.execute(statement.encode())
    copy.execute("insert into cron.job values (1, '* * * * *', 'select pay()', true)")
    copy.execute("insert into cron.job values (2, '* * * * *', 'select pay()', false)")
    return observe(copy)


def test_jobs_that_run_are_reported(copy: Connection) -> None:
    """Row 22: held by no network, for a job may well pay from within."""
    seen = with_parameters(cron(copy), shared_preload_libraries="pg_stat_statements, pg_cron")
    (finding,) = judge_database(seen, quarantine=WALLED_IN).findings
    assert finding == Finding(
        "isolation.jobs",
        "cron.job",
        "nothing active, or held",
        "pg_cron: 1 active entry",
        "Take pg_cron out of shared_preload_libraries and restart the copy before its next job is "
        "due.",
    )


@pytest.mark.parametrize(
    ("settings", "holding"),
    [
        ({"shared_preload_libraries": ""}, "pg_cron is not preloaded: its worker does not run"),
        (
            {"shared_preload_libraries": "pg_cron", "cron.database_name": "postgres"},
            "cron.database_name is another database: pg_cron reads that one's jobs",
        ),
        (
            {"shared_preload_libraries": "pg_cron", "cron.launch_active_jobs": "off"},
            "cron.launch_active_jobs=off",
        ),
    ],
)
def test_what_holds_the_jobs(copy: Connection, settings: dict[str, str], holding: str) -> None:
    """Row 22."""
    judged = judge_database(with_parameters(cron(copy), **settings))
    assert () == judged.findings
    assert holding == held(judged, "cron.job")


def test_the_jobs_of_a_daemon_are_told(copy: Connection) -> None:
    """Row 22: pgagent and its like connect from outside, and would show as a session."""
    copy.execute("create schema pgagent")
    copy.execute("create table pgagent.pga_job (jobid int, jobenabled bool)")
    copy.execute("insert into pgagent.pga_job values (1, true)")
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert "runs only where its daemon connects" in str(
        judged.facts["isolation.jobs: copied: pgagent.pga_job"]
    )


def test_a_table_that_only_looks_like_a_schedulers_is_a_gap(copy: Connection) -> None:
    copy.execute("create schema cron")
    copy.execute("create table cron.job (id int)")
    judged = judge_database(observe(copy))
    assert ["cron.job"] == [gap.subject for gap in judged.gaps]


def test_an_event_trigger_on_the_schema_is_told(copy: Connection) -> None:
    copy.execute(
        "create function core.guard() returns event_trigger language plpgsql"
        " as $$ begin null; end $$"
    )
    copy.execute("create event trigger guard on ddl_command_end execute function core.guard()")
    judged = judge_database(observe(copy))
    assert () == judged.findings
    assert "enabled, on ddl_command_end" == judged.facts["isolation.event_triggers: copied: guard"]


@pytest.mark.parametrize(
    ("enabled", "settings", "holding"),
    [
        ("O", {"event_triggers": "off"}, "event_triggers=off"),
        ("A", {"event_triggers": "off"}, "event_triggers=off"),
        ("O", {"session_replication_role": "replica"}, "session_replication_role=replica"),
        (
            "R",
            {"session_replication_role": "origin"},
            "session_replication_role=origin, and it fires for replicas only",
        ),
        ("A", {"session_replication_role": "replica"}, None),
        ("O", {}, None),
    ],
)
def test_what_holds_a_trigger_on_login(
    copy: Connection, enabled: str, settings: dict[str, str], holding: str | None
) -> None:
    """Row 22: of 17 and later; on older servers the catalog's row is made up."""
    seen = observe(copy)
    seen = replace(
        seen,
        event_triggers=replace(
            seen.event_triggers, triggers=(EventTrigger("greet", "login", enabled),)
        ),
    )
    judged = judge_database(with_parameters(seen, **settings))
    if holding is None:
        assert ["greet"] == [finding.subject for finding in judged.findings]
    else:
        assert () == judged.findings
        assert holding == held(judged, "greet")


def test_a_setting_of_a_role_may_undo_the_servers(copy: Connection) -> None:
    """The whole server starts with replica, and one role does not: nothing is proven."""
    copy.execute("alter database copied set session_replication_role = 'origin'")
    seen = observe(copy)
    seen = replace(
        seen,
        event_triggers=replace(
            seen.event_triggers, triggers=(EventTrigger("greet", "login", "O"),)
        ),
    )
    judged = judge_database(with_parameters(seen, session_replication_role="replica"))
    assert ["greet"] == [finding.subject for finding in judged.findings]


# Sessions


def test_a_stranger_is_reported(copy: Connection, cluster: Server) -> None:
    """R64: somebody works on the copy, and believes it to be the source."""
    with psycopg.connect(
        host=str(cluster.socket_dir),
        port=cluster.port,
        dbname=copy.info.dbname,
        user=READER,
        application_name="ingest",
    ):
        judged = judge_database(observe(copy))
    assert [("isolation.sessions", f"{READER} (ingest)", "1 session")] == [
        (finding.check, finding.subject, finding.actual) for finding in judged.findings
    ]


def test_our_own_sessions_are_no_strangers(copy: Connection, connect: Connect) -> None:
    connect(copy.info.dbname, READER)
    connect(copy.info.dbname)
    assert () == judge_database(observe(copy)).findings


# Without rights


def test_a_login_without_rights_says_what_it_was_not_shown(
    copy: Connection, connect: Connect
) -> None:
    """R64: the same dangers, and a gap for each thing that is hidden."""
    for statement in (*FDW, *CRON):
        copy.execute(statement.encode())
    copy.execute("insert into cron.job values (1, '* * * * *', 'select 1', true)")
    judged = judge_database(observe(connect(copy.info.dbname, READER)))
    assert ["production"] == [finding.subject for finding in judged.findings]
    gaps = {(gap.check, gap.subject): gap.reason for gap in judged.gaps}
    assert {("isolation.sessions", "pg_stat_activity"), ("isolation.jobs", "cron.job")} == set(gaps)
    assert gaps["isolation.sessions", "pg_stat_activity"] == (
        "hidden from this login: grant it pg_read_all_stats, and ask again"
    )
