"""Schedulers that would run the source's jobs in the copy as well, and whose workers do run.

pg_cron and its like start with the server: a job that calls, cleans up or pays does so once more,
from the copy (row 22 of docs/restores-that-lie.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

from checks.asking import Asking
from checks.isolation.danger import Danger, Fact, Quarantine
from checks.isolation.parameters import Parameters

JOBS = "isolation.jobs"
WORKERS = "isolation.workers"


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A program that starts work by itself.

    table    where its jobs, or connections, are kept
    count    how many of them would run
    library  what must be preloaded for it to run in the server; None: a program of its own connects
             from outside, and shows as a session
    outward  whether its work leads to another server by its nature
    """

    name: str
    table: str
    count: LiteralString
    library: str | None
    outward: bool = False


SCHEDULERS = (
    Scheduler("pg_cron", "cron.job", "select count(*) from cron.job where active", "pg_cron"),
    Scheduler(
        "timescaledb",
        "_timescaledb_config.bgw_job",
        "select count(*) from _timescaledb_config.bgw_job where scheduled",
        "timescaledb",
    ),
    Scheduler(
        "pglogical",
        "pglogical.subscription",
        "select count(*) from pglogical.subscription where sub_enabled",
        "pglogical",
        outward=True,
    ),
    Scheduler(
        "spock",
        "spock.subscription",
        "select count(*) from spock.subscription where sub_enabled",
        "spock",
        outward=True,
    ),
    Scheduler(
        "pg_net",
        "net.http_request_queue",
        "select count(*) from net.http_request_queue",
        "pg_net",
        outward=True,
    ),
    Scheduler(
        "citus",
        "pg_catalog.pg_dist_node",
        "select count(*) from pg_catalog.pg_dist_node where groupid <> 0",
        "citus",
        outward=True,
    ),
    Scheduler(
        "pgagent", "pgagent.pga_job", "select count(*) from pgagent.pga_job where jobenabled", None
    ),
    Scheduler(
        "pg_timetable", "timetable.chain", "select count(*) from timetable.chain where live", None
    ),
    Scheduler("pgq", "pgq.queue", "select count(*) from pgq.queue", None),
)

SERVERS_OWN = frozenset(
    {
        "archiver",
        "autovacuum launcher",
        "autovacuum worker",
        "background writer",
        "checkpointer",
        "client backend",
        "io worker",
        "logger",
        "parallel worker",
        "slotsync worker",
        "standalone backend",
        "startup",
        "stats collector",
        "walreceiver",
        "walsender",
        "walsummarizer",
        "walwriter",
    }
)
"""What ``pg_stat_activity.backend_type`` calls PostgreSQL's own processes, 13 to 18."""

OF_LOGICAL_REPLICATION = "logical replication "
"""Its launcher always runs; its workers are judged with their subscriptions."""

STAYS_INSIDE = frozenset({"autoprewarm worker", "pg_wait_sampling collector"})
"""Workers of extensions that only look after the server itself."""

PROVIDERS_OWN = ("aurora", "rds", "azure", "alloydb", "cloudsql")
"""Prefixes of the background processes of a managed service."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """What one scheduler would do in this database."""

    scheduler: Scheduler
    active: int


def observe_jobs(ask: Asking) -> tuple[Jobs, ...]:
    """Of every scheduler whose table is there."""
    found = []
    there = ask.rows(
        JOBS,
        "catalogs",
        # Not to_regclass(): it is refused where this login may not enter the schema.
        "select pg_catalog.format('%%I.%%I', n.nspname, c.relname) as name"
        " from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where pg_catalog.format('%%I.%%I', n.nspname, c.relname) = any(%s)",
        [[scheduler.table for scheduler in SCHEDULERS]],
    )
    present = {str(name) for (name,) in there or ()}
    for scheduler in SCHEDULERS:
        if scheduler.table not in present:
            continue
        rows = ask.rows(
            JOBS,
            scheduler.table,
            scheduler.count,
            remedy="ask again as a role that sees every row of it",
        )
        if rows is not None:
            found.append(Jobs(scheduler, int(rows[0][0])))
    return tuple(found)


def judge_jobs(
    seen: tuple[Jobs, ...], parameters: Parameters, quarantine: Quarantine, database: str
) -> Iterator[Danger | Fact]:
    for jobs in seen:
        scheduler, table = jobs.scheduler, jobs.scheduler.table
        many = "1 active entry" if jobs.active == 1 else f"{jobs.active} active entries"
        if not jobs.active:
            yield Fact(JOBS, table, f"{scheduler.name}: nothing active")
        elif scheduler.library is None:
            yield Fact(
                JOBS, table, f"{scheduler.name}: {many}; runs only where its daemon connects"
            )
        else:
            held = not_running(scheduler, parameters, database)
            yield Danger(
                JOBS,
                table,
                "nothing active, or held",
                f"{scheduler.name}: {many}",
                f"Take {scheduler.library} out of shared_preload_libraries and restart the copy "
                "before its next job is due.",
                # A job that only works inside does its harm behind any firewall.
                held=held or (quarantine.holds if scheduler.outward else None),
            )


def not_running(scheduler: Scheduler, parameters: Parameters, database: str) -> str | None:
    """Why a scheduler within the server cannot run the jobs of this database."""
    preloaded = parameters.preloaded
    if preloaded is not None and scheduler.library not in preloaded:
        return f"{scheduler.library} is not preloaded: its worker does not run"
    if scheduler.name == "pg_cron":
        elsewhere = parameters.get("cron.database_name")
        if elsewhere is not None and elsewhere != database:
            return "cron.database_name is another database: pg_cron reads that one's jobs"
        if parameters.get("cron.launch_active_jobs") == "off":
            return "cron.launch_active_jobs=off"
    if scheduler.name == "timescaledb" and parameters.get("timescaledb.restoring") == "on":
        return "timescaledb.restoring=on" if "timescaledb.restoring" in parameters.wide else None
    return None


def observe_workers(ask: Asking) -> tuple[str, ...]:
    """Every kind of process that runs beside the server's own; each once."""
    rows = ask.rows(
        WORKERS,
        "pg_stat_activity",
        "select distinct backend_type from pg_catalog.pg_stat_activity"
        " where backend_type is not null order by 1",
    )
    return tuple(
        str(kind)
        for (kind,) in rows or ()
        if kind not in SERVERS_OWN and not kind.startswith(OF_LOGICAL_REPLICATION)
    )


def judge_workers(seen: tuple[str, ...], parameters: Parameters) -> Iterator[Danger | Fact]:
    """Workers that are not the server's own, and the libraries that it started with.

    Only a worker that is connected to a database shows in ``pg_stat_activity``; the libraries are
    told because others may hide behind them.
    """
    if parameters.preloaded:
        yield Fact("isolation.preloaded", "", ", ".join(sorted(parameters.preloaded)))
    for worker in seen:
        if worker in STAYS_INSIDE:
            yield Fact(WORKERS, worker, "runs, and looks after the server itself")
        elif worker.lower().startswith(PROVIDERS_OWN):
            yield Fact(WORKERS, worker, "runs; it is the provider's")
        else:
            yield Danger(
                WORKERS,
                worker,
                "no process but the server's own",
                "it runs",
                "Find out whose it is; take its library out of shared_preload_libraries and "
                "restart the copy.",
            )
