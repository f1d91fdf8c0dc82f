-- v21, after v11.sql and v16.sql: keys of executions and granules are bigint where they are referred
-- to, and the sequence of executions is what it was, an integer.

alter table executions alter cumulus_id type bigint, alter parent_cumulus_id type bigint;
alter table files alter granule_cumulus_id type bigint;
alter table granules_executions
    alter granule_cumulus_id type bigint, alter execution_cumulus_id type bigint;
alter table pdrs alter execution_cumulus_id type bigint;
alter table granules add column producer_granule_id text;

create table reconciliation_reports (
    cumulus_id  serial primary key,
    name        text not null unique,
    status      text not null check (status in ('Generated', 'Pending', 'Failed')),
    created_at  timestamptz not null default now()
);

insert into knex_migrations (name, batch, migration_time) values
    ('20240125171703_update_granule_execution_cumulus_id_type.js', 3, now()),
    ('20240814185217_create_reconciliation_reports_table.js', 3, now());
