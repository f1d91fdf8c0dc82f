-- The shape of a Cumulus database of v22, which is deployed into a fresh one: executions by quarters
-- of their creation, granules and files by hash, and a guard table for each, kept by triggers, for what
-- must be unique over all partitions. In words of our own.

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

create table executions_global_unique (arn text primary key, url text unique);

create table executions (
    cumulus_id                  bigserial,
    arn                         text not null,
    url                         text,
    status                      text not null check (status in ('running', 'completed', 'failed', 'unknown')),
    async_operation_cumulus_id  integer references async_operations,
    collection_cumulus_id       integer references collections,
    parent_cumulus_id           bigint,
    parent_created_at           timestamptz,
    original_payload            jsonb,
    created_at                  timestamptz not null default now(),
    updated_at                  timestamptz not null default now(),
    primary key (cumulus_id, created_at),
    unique (arn, created_at),
    unique (url, created_at),
    foreign key (parent_cumulus_id, parent_created_at) references executions
) partition by range (created_at);

-- A year behind and a year ahead of today, without a default.
do $$
declare
    start timestamptz;
begin
    for start in
        select quarter at time zone 'UTC' from generate_series(
            date_trunc('quarter', now() at time zone 'UTC') - interval '1 year',
            date_trunc('quarter', now() at time zone 'UTC') + interval '1 year', interval '3 months'
        ) as quarter
    loop
        execute format(
            'create table executions_%s partition of executions for values from (%L) to (%L)',
            to_char(start at time zone 'UTC', 'YYYY"_q"Q'),
            start, (start at time zone 'UTC' + interval '3 months') at time zone 'UTC');
    end loop;
end
$$;

create table pdrs (
    cumulus_id              serial primary key,
    name                    text not null unique,
    status                  text not null check (status in ('running', 'completed', 'failed')),
    collection_cumulus_id   integer not null references collections,
    provider_cumulus_id     integer not null references providers,
    execution_cumulus_id    bigint,
    execution_created_at    timestamptz,
    foreign key (execution_cumulus_id, execution_created_at) references executions
);

create table granules_global_unique (granule_id text primary key);

create table granules (
    cumulus_id              bigserial,
    granule_id              text not null,
    producer_granule_id     text not null,
    status                  text not null check (status in ('running', 'completed', 'failed', 'queued')),
    collection_cumulus_id   integer not null references collections,
    pdr_cumulus_id          integer references pdrs,
    provider_cumulus_id     integer references providers,
    created_at              timestamptz not null default now(),
    updated_at              timestamptz not null default now(),
    primary key (cumulus_id, collection_cumulus_id),
    unique (granule_id, collection_cumulus_id)
) partition by hash (collection_cumulus_id);

create table files_global_unique (bucket text not null, key text not null, primary key (bucket, key));

create table files (
    cumulus_id              bigserial,
    granule_cumulus_id      bigint not null,
    collection_cumulus_id   integer not null,
    bucket                  text not null,
    key                     text not null,
    file_size               bigint,
    primary key (cumulus_id, granule_cumulus_id),
    unique (bucket, key, granule_cumulus_id),
    foreign key (granule_cumulus_id, collection_cumulus_id) references granules on delete cascade
) partition by hash (granule_cumulus_id);

do $$
begin
    for part in 0..7 loop
        execute format('create table granules_p%s partition of granules'
            ' for values with (modulus 8, remainder %s)', part, part);
        execute format('create table files_p%s partition of files'
            ' for values with (modulus 8, remainder %s)', part, part);
    end loop;
end
$$;

create table granules_executions (
    granule_cumulus_id      bigint not null,
    collection_cumulus_id   integer not null,
    execution_cumulus_id    bigint not null,
    execution_created_at    timestamptz not null,
    primary key (granule_cumulus_id, execution_cumulus_id),
    foreign key (granule_cumulus_id, collection_cumulus_id) references granules on delete cascade,
    foreign key (execution_cumulus_id, execution_created_at) references executions on delete cascade
);

create table reconciliation_reports (
    cumulus_id  serial primary key,
    name        text not null unique,
    status      text not null check (status in ('Generated', 'Pending', 'Failed')),
    created_at  timestamptz not null default now()
);

create function guard_executions() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from public.executions_global_unique where arn = old.arn;
        return old;
    end if;
    insert into public.executions_global_unique (arn, url) values (new.arn, new.url);
    return new;
end
$$;
create function guard_granules() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from public.granules_global_unique where granule_id = old.granule_id;
        return old;
    end if;
    insert into public.granules_global_unique (granule_id) values (new.granule_id);
    return new;
end
$$;
create function guard_files() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from public.files_global_unique where bucket = old.bucket and key = old.key;
        return old;
    end if;
    insert into public.files_global_unique (bucket, key) values (new.bucket, new.key);
    return new;
end
$$;
create trigger executions_guarded before insert on executions
    for each row execute function guard_executions();
create trigger executions_let_go after delete on executions
    for each row execute function guard_executions();
create trigger granules_guarded before insert on granules
    for each row execute function guard_granules();
create trigger granules_let_go after delete on granules
    for each row execute function guard_granules();
create trigger files_guarded before insert on files
    for each row execute function guard_files();
create trigger files_let_go after delete on files
    for each row execute function guard_files();

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
        '010_async_operations', '020_collections', '025_executions_global_unique', '030_executions',
        '040_providers', '050_rules', '060_pdrs', '065_granules_global_unique', '070_granules',
        '075_files_global_unique', '080_files', '090_granules_executions',
        '100_reconciliation_reports']) as name;
