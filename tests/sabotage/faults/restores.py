"""Restores that went wrong as a whole, as the copy then shows it (rows 23 to 25), and settings that
the copy runs with (row 28).
"""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

RESTORES: tuple[Fault, ...] = (
    fault(
        "row 23: truncated dump, loaded with exit status 0",
        "counts",
        "core.granules",
        "alter table core.granules drop constraint granules_provider_fkey",
        "drop index core.granules_provider_idx",
        "delete from core.granules where id > 485",
    ),
    fault(
        "row 23: what stands behind the cut of a dump",
        "schema.indexes",
        "core.granules_failed_idx",
        "drop index core.granules_failed_idx",
    ),
    fault(
        "row 24: rows loaded into live triggers",
        "counts",
        "core.granules",
        "create function core.swallow() returns trigger language plpgsql as"
        " $$ begin insert into core.logs values (now(), 'swallowed'); return null; end $$",
        "create trigger swallow before insert on core.granules"
        " for each row execute function core.swallow()",
        "create temporary table loaded as select * from core.granules",
        "truncate core.granules cascade",
        "insert into core.granules (id, provider_id) select id, provider_id from loaded",
        "drop trigger swallow on core.granules",
        "drop function core.swallow",
    ),
    fault(
        "row 24: rows that a live trigger wrote",
        "counts",
        "core.logs",
        "insert into core.logs select current_date, 'swallowed' from core.granules",
    ),
    fault(
        "row 25: migration interrupted, its source dropped",
        "counts",
        "core.events_2023",
        "create table core.events_new as select * from core.events where id <= 20",
        "drop table core.events",
        "alter table core.events_new rename to events",
    ),
)


SEQUENCES: tuple[Fault, ...] = (
    fault(
        "row 15: sequence set back",
        "sequences.behind",
        "core.providers_id_seq",
        "select setval('core.providers_id_seq', 3)",
    ),
    fault(
        "sequence of an identity set back",
        "sequences.behind",
        "core.granules_id_seq",
        "select setval('core.granules_id_seq', 1)",
    ),
)


def altered(name: str, parameter: str, value: str) -> Fault:
    """A server that ALTER SYSTEM gave another value; where it needs a restart, after the next."""
    return fault(
        name,
        f"settings.{parameter}",
        parameter,
        f"alter system set {parameter} = '{value}'",
        "select pg_reload_conf()",
    )


SETTINGS: tuple[Fault, ...] = (
    altered("row 28: fewer connections", "max_connections", "20"),
    altered("row 28: fewer locks", "max_locks_per_transaction", "10"),
    altered("isolation of transactions", "default_transaction_isolation", "serializable"),
    altered("time zone", "TimeZone", "Asia/Tokyo"),
    altered("lock time-out", "lock_timeout", "1s"),
    altered("full page writes off", "full_page_writes", "off"),
    altered("statistics target", "default_statistics_target", "7"),
)
