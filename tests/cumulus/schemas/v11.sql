-- The shape of a Cumulus database of v11: integer keys, enumerations as text with a CHECK, a table of
-- many-to-many without a primary key. In words of our own: what the checks look at, and no more.

create table collections (
    cumulus_id  serial primary key,
    name        text not null,
    version     text not null,
    tags        jsonb,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    unique (name, version)
);

create table providers (
    cumulus_id  serial primary key,
    name        text not null unique,
    protocol    text not null check (protocol in ('http', 'https', 'ftp', 'sftp', 's3')),
    host        text not null
);

create table async_operations (
    cumulus_id  serial primary key,
    id          uuid not null unique,
    status      text not null check (status in ('RUNNING', 'SUCCEEDED', 'RUNNER_FAILED', 'TASK_FAILED'))
);

create table rules (
    cumulus_id              serial primary key,
    name                    text not null unique,
    type                    text not null check (type in ('onetime', 'scheduled', 'sns', 'sqs', 'kinesis')),
    enabled                 boolean not null,
    collection_cumulus_id   integer references collections,
    provider_cumulus_id     integer references providers
);

create table executions (
    cumulus_id                  serial primary key,
    arn                         text not null unique,
    url                         text unique,
    status                      text not null check (status in ('running', 'completed', 'failed', 'unknown')),
    async_operation_cumulus_id  integer references async_operations,
    collection_cumulus_id       integer references collections,
    parent_cumulus_id           integer references executions,
    original_payload            jsonb,
    created_at                  timestamptz not null default now(),
    updated_at                  timestamptz not null default now()
);

create table pdrs (
    cumulus_id              serial primary key,
    name                    text not null unique,
    status                  text not null check (status in ('running', 'completed', 'failed')),
    collection_cumulus_id   integer not null references collections,
    provider_cumulus_id     integer not null references providers,
    execution_cumulus_id    integer references executions
);

create table granules (
    cumulus_id              serial primary key,
    granule_id              text not null,
    status                  text not null check (status in ('running', 'completed', 'failed', 'queued')),
    collection_cumulus_id   integer not null references collections,
    pdr_cumulus_id          integer references pdrs,
    provider_cumulus_id     integer references providers,
    created_at              timestamptz not null default now(),
    updated_at              timestamptz not null default now(),
    unique (granule_id, collection_cumulus_id)
);

create table files (
    cumulus_id          serial primary key,
    granule_cumulus_id  integer not null references granules on delete cascade,
    bucket              text not null,
    key                 text not null,
    file_size           bigint,
    unique (bucket, key)
);

create table granules_executions (
    granule_cumulus_id      integer not null references granules on delete cascade,
    execution_cumulus_id    integer not null references executions on delete cascade,
    unique (granule_cumulus_id, execution_cumulus_id)
);

create table knex_migrations (
    id              serial primary key,
    name            text,
    batch           integer,
    migration_time  timestamptz
);

create table knex_migrations_lock (
    index       serial primary key,
    is_locked   integer
);

insert into knex_migrations_lock (is_locked) values (0);
insert into knex_migrations (name, batch, migration_time)
    select name || '.js', 1, now() from unnest(array[
        '20201014104958_create_collections_table', '20201014105016_create_providers_table',
        '20201014105024_create_rules_table', '20201014105030_create_async_operations_table',
        '20201014105045_create_executions_table', '20201014105054_create_pdrs_table',
        '20201014105058_create_granules_table', '20201014105102_create_files_table',
        '20210909133428_queued_granule_status']) as name;
