"""Objects of a copy that are lost, added or changed (R34)."""

from __future__ import annotations

from tests.sabotage.faults.counts import UNICODE
from tests.sabotage.faults.fault import Fault, fault

SCHEMA: tuple[Fault, ...] = (
    fault("schema lost", "schema.schemas", "spare", "drop schema spare"),
    fault("schema added", "schema.schemas", "extra", "create schema extra"),
    fault("schema owner", "schema.schemas.owner", "core", "alter schema core owner to pg_monitor"),
    fault("extension lost", "schema.extensions", "plpgsql", "drop extension plpgsql cascade"),
    fault(
        "enum label added",
        "schema.types.labels",
        "core.status",
        "alter type core.status add value 'x'",
    ),
    fault(
        "enum label renamed",
        "schema.types.labels",
        "core.status",
        "alter type core.status rename value 'failed' to 'broken'",
    ),
    fault(
        "domain default", "schema.types.default", "core.size", "alter domain core.size drop default"
    ),
    fault(
        "domain not null",
        "schema.types.not_null",
        "core.size",
        "alter domain core.size set not null",
    ),
    fault(
        "domain constraint lost",
        "schema.constraints",
        "core.size.size_check",
        "alter domain core.size drop constraint size_check",
    ),
    fault("type lost", "schema.types", "core.pair", "drop type core.pair"),
    fault(
        "composite attribute",
        "schema.types.attributes",
        "core.pair",
        "alter type core.pair alter attribute b type varchar(9)",
    ),
    fault("table lost", "schema.tables", "core.granules", "drop table core.granules cascade"),
    fault("zero-column table lost", "schema.tables", "core.nothing", "drop table core.nothing"),
    fault("partitioned table lost", "schema.tables", "core.events", "drop table core.events"),
    fault("foreign table lost", "schema.tables", "core.remote", "drop foreign table core.remote"),
    fault("table added", "schema.tables", "core.intruder", "create table core.intruder (id int)"),
    fault(
        "table owner",
        "schema.tables.owner",
        "core.logs",
        "alter table core.logs owner to pg_monitor",
    ),
    fault(
        "row 13: table became unlogged",
        "schema.tables.persistence",
        "core.empty",
        "alter table core.empty set unlogged",
    ),
    fault(
        "storage options",
        "schema.tables.options",
        "core.granules",
        "alter table core.granules set (fillfactor = 70)",
    ),
    fault(
        "partition detached",
        "schema.tables.parents",
        "core.events_2023",
        "alter table core.events detach partition core.events_2023",
    ),
    fault(
        "partition bound",
        "schema.tables.partition_bound",
        "core.events_2024",
        "begin",
        "alter table core.events detach partition core.events_2024",
        "alter table core.events attach partition core.events_2024"
        " for values from ('2024-01-01') to ('2026-01-01')",
        "commit",
    ),
    fault(
        "inheritance cut",
        "schema.tables.parents",
        "core.logs_archived",
        "alter table core.logs_archived no inherit core.logs",
    ),
    fault(
        "row 29: row security on",
        "schema.tables.row_security",
        "core.logs",
        "alter table core.logs enable row level security",
    ),
    fault(
        "row 29: row security forced",
        "schema.tables.row_security_forced",
        "core.logs",
        "alter table core.logs force row level security",
    ),
    fault(
        "replica identity",
        "schema.tables.replica_identity",
        "core.logs",
        "alter table core.logs replica identity full",
    ),
    fault(
        "column lost",
        "schema.columns",
        "core.granules.name",
        "alter table core.granules drop name cascade",
    ),
    fault(
        "column added", "schema.columns", "core.logs.extra", "alter table core.logs add extra int"
    ),
    fault(
        "column renamed",
        "schema.columns",
        "core.providers.host",
        "alter table core.providers rename host to hostname",
    ),
    fault(
        "column order",
        "schema.columns.after",
        "core.reordered.id",
        "drop table core.reordered",
        "create table core.reordered (name text, id int)",
    ),
    fault(
        "type changed",
        "schema.columns.type",
        "core.providers.id",
        "alter table core.providers alter id type bigint",
    ),
    fault(
        "type modifier changed",
        "schema.columns.type",
        "core.providers.name",
        "alter table core.providers alter name type varchar(21)",
    ),
    fault(
        "type modifier lost",
        "schema.columns.type",
        "core.providers.name",
        "alter table core.providers alter name type varchar",
    ),
    fault(
        "NOT NULL dropped",
        "schema.columns.not_null",
        "core.providers.host",
        "alter table core.providers alter host drop not null",
    ),
    fault(
        "default dropped",
        "schema.columns.default",
        "core.granules.status",
        "alter table core.granules alter status drop default",
    ),
    fault(
        "default changed",
        "schema.columns.default",
        "core.providers.host",
        "alter table core.providers alter host set default 'elsewhere'",
    ),
    fault(
        "generated column became ordinary",
        "schema.columns.generated",
        "core.granules.doubled",
        "alter table core.granules alter doubled drop expression",
    ),
    fault(
        "identity kind",
        "schema.columns.identity",
        "core.granules.id",
        "alter table core.granules alter id set generated always",
    ),
    fault(
        "identity lost",
        "schema.columns.identity",
        "core.granules.id",
        "alter table core.granules alter id drop identity",
    ),
    fault(
        "collation",
        "schema.columns.collation",
        "core.providers.host",
        'alter table core.providers alter host type text collate "POSIX"',
    ),
    fault(
        "quoted, Unicode column renamed",
        "schema.columns",
        f'{UNICODE}."Spalte ÄÖ"',
        f'alter table {UNICODE} rename "Spalte ÄÖ" to "Spalte AO"',
    ),
    fault(
        "foreign key lost",
        "schema.constraints",
        "core.granules.granules_provider_fkey",
        "alter table core.granules drop constraint granules_provider_fkey",
    ),
    fault(
        "foreign key's action",
        "schema.constraints.definition",
        "core.granules.granules_provider_fkey",
        "begin",
        "alter table core.granules drop constraint granules_provider_fkey",
        "alter table core.granules add constraint granules_provider_fkey"
        " foreign key (provider_id) references core.providers deferrable",
        "commit",
    ),
    fault(
        "foreign key deferred",
        "schema.constraints.deferrable",
        "core.granules.granules_provider_fkey",
        "alter table core.granules alter constraint granules_provider_fkey"
        " deferrable initially deferred",
    ),
    fault(
        "row 18: foreign key's triggers disabled",
        "schema.constraints.triggers",
        "core.granules.granules_provider_fkey",
        "alter table core.granules disable trigger all",
    ),
    fault(
        "row 18: check NOT VALID",
        "schema.constraints.validated",
        "core.granules.granules_name_check",
        "begin",
        "alter table core.granules drop constraint granules_name_check",
        "alter table core.granules add constraint granules_name_check check (name <> '') not valid",
        "commit",
    ),
    fault(
        "check weakened",
        "schema.constraints.definition",
        "core.granules.granules_name_check",
        "begin",
        "alter table core.granules drop constraint granules_name_check",
        "alter table core.granules add constraint granules_name_check"
        " check (name is not null or true)",
        "commit",
    ),
    fault(
        "unique constraint lost",
        "schema.constraints",
        "core.providers.providers_name_key",
        "alter table core.providers drop constraint providers_name_key",
    ),
    fault(
        "index lost",
        "schema.indexes",
        "core.granules_provider_idx",
        "drop index core.granules_provider_idx",
    ),
    fault("index added", "schema.indexes", "core.logs_at_idx", "create index on core.logs (at)"),
    fault(
        "row 10: index invalid",
        "schema.indexes.valid",
        "core.granules_provider_idx",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "row 10: index not ready",
        "schema.indexes.ready",
        "core.granules_provider_idx",
        "update pg_index set indisready = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "row 10: index half dropped",
        "schema.indexes.live",
        "core.granules_provider_idx",
        "update pg_index set indislive = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "index predicate lost",
        "schema.indexes.definition",
        "core.granules_failed_idx",
        "drop index core.granules_failed_idx",
        "create index granules_failed_idx on core.granules (lower(name))",
    ),
    fault(
        "index method",
        "schema.indexes.definition",
        "core.granules_provider_idx",
        "drop index core.granules_provider_idx",
        "create index granules_provider_idx on core.granules using hash (provider_id)",
    ),
    fault("sequence lost", "schema.sequences", "core.tickets", "drop sequence core.tickets"),
    fault(
        "sequence increment",
        "schema.sequences.increment",
        "core.tickets",
        "alter sequence core.tickets increment 1",
    ),
    fault(
        "sequence type",
        "schema.sequences.type",
        "core.tickets",
        "alter sequence core.tickets as bigint",
    ),
    fault(
        "sequence cycles",
        "schema.sequences.cycle",
        "core.tickets",
        "alter sequence core.tickets cycle",
    ),
    fault(
        "sequence no longer owned",
        "schema.sequences.owned_by",
        "core.providers_id_seq",
        "alter sequence core.providers_id_seq owned by none",
    ),
    fault("view lost", "schema.views", "core.failed", "drop view core.failed"),
    fault(
        "view changed",
        "schema.views.definition",
        "core.failed",
        "create or replace view core.failed as select id, name from core.granules",
    ),
    fault(
        "view's options",
        "schema.views.options",
        "core.failed",
        "alter view core.failed set (security_barrier)",
    ),
    fault(
        "row 20: materialised view not populated",
        "schema.views.populated",
        "core.per_provider",
        "refresh materialized view core.per_provider with no data",
    ),
    fault(
        "trigger lost",
        "schema.triggers",
        "core.granules.granules_touch",
        "drop trigger granules_touch on core.granules",
    ),
    fault(
        "trigger disabled",
        "schema.triggers.enabled",
        "core.granules.granules_touch",
        "alter table core.granules disable trigger granules_touch",
    ),
    fault(
        "trigger fires at other times",
        "schema.triggers.definition",
        "core.granules.granules_touch",
        "create or replace trigger granules_touch before insert or update on core.granules"
        " for each row execute function core.touch()",
    ),
    fault(
        "function lost",
        "schema.functions",
        "core.double(n integer)",
        "drop function core.double(int)",
    ),
    fault("procedure lost", "schema.functions", "core.tidy()", "drop procedure core.tidy"),
    fault(
        "aggregate lost",
        "schema.aggregates",
        "core.total(integer)",
        "drop aggregate core.total(int)",
    ),
    fault(
        "function body",
        "schema.functions.body",
        "core.double(n numeric)",
        "create or replace function core.double(n numeric) returns numeric immutable language sql"
        " as 'select n + n'",
    ),
    fault(
        "body in standard SQL",
        "schema.functions.body",
        "core.triple(n integer)",
        "create or replace function core.triple(n int) returns int language sql return n * 4",
    ),
    fault(
        "volatility",
        "schema.functions.volatility",
        "core.double(n integer)",
        "alter function core.double(int) volatile",
    ),
    fault(
        "security definer",
        "schema.functions.security_definer",
        "core.touch()",
        "alter function core.touch() security definer",
    ),
    fault(
        "function setting",
        "schema.functions.settings",
        "core.touch()",
        "alter function core.touch() set search_path = core",
    ),
)
