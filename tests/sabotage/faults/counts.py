"""Rows that a copy has too few or too many of (R35)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

UNICODE = '"Größe"."Tablé 100%s ""x"".y"'

COUNTS: tuple[Fault, ...] = (
    fault("table dropped", "counts", "core.empty", "drop table core.empty"),
    fault("filled table dropped", "counts", "core.logs_archived", "drop table core.logs_archived"),
    fault("table added", "counts", "core.intruder", "create table core.intruder (id int)"),
    fault("table renamed", "counts", "core.logs", "alter table core.logs rename to journal"),
    fault(
        "table moved to another schema",
        "counts",
        "core.nothing",
        'alter table core.nothing set schema "Größe"',
    ),
    fault("one row missing", "counts", "core.granules", "delete from core.granules where id = 500"),
    fault("one row extra", "counts", "core.logs", "insert into core.logs values (now(), 'x')"),
    fault("table emptied", "counts", "core.events_2023", "truncate core.events_2023"),
    fault(
        "cascade of a lost parent",
        "counts",
        "core.granules",
        "delete from core.providers where id = 3",
    ),
    fault("row in an empty table", "counts", "core.empty", "insert into core.empty values (null)"),
    fault(
        "row of a zero-column table missing",
        "counts",
        "core.nothing",
        "delete from core.nothing where ctid = (select min(ctid) from core.nothing)",
    ),
    fault(
        "row of a quoted, Unicode table",
        "counts",
        UNICODE,
        f"delete from {UNICODE} where \"a.b\" = 'x'",
    ),
    fault(
        "row moved from child to inheritance parent",
        "counts",
        "core.logs",
        "with moved as (delete from core.logs_archived where at = '2023-01-02' returning at, line)"
        " insert into core.logs select * from moved",
    ),
    fault(
        "row moved to another partition",
        "counts",
        "core.events_2024",
        "update core.events set at = '2024-12-31' where at = (select min(at) from core.events)",
    ),
    fault(
        "partition detached and dropped",
        "counts",
        "core.events_2024",
        "drop table core.events_2024",
    ),
    fault("row 13: unlogged table emptied", "counts", "core.scratch", "truncate core.scratch"),
    fault(
        "row 20: materialised view not populated",
        "counts",
        "core.per_provider",
        "refresh materialized view core.per_provider with no data",
    ),
    fault(
        "materialised view populated",
        "counts",
        "core.unpopulated",
        "refresh materialized view core.unpopulated",
    ),
    fault(
        "materialised view stale",
        "counts",
        "core.per_provider",
        "begin",
        "insert into core.providers (id, name) values (99, 'late')",
        "insert into core.granules (provider_id) values (99)",
        "refresh materialized view core.per_provider",
        "delete from core.providers where id = 99",
        "commit",
    ),
    fault(
        "ordinary table became a partitioned one",
        "counts",
        "core.empty",
        "drop table core.empty",
        "create table core.empty (id int) partition by list (id)",
    ),
)
