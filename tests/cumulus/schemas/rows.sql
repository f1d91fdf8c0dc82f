-- A few rows in any of the generations: every state of work has ended.

insert into collections (name, version) select 'collection-' || n, '006' from generate_series(1, 6) n;
insert into providers (name, protocol, host) values ('archive', 's3', 'archive.example.org');
insert into async_operations (id, status) values ('6f1c5f2e-6ad0-4f0e-9f0b-1f6f1d1b0a01', 'SUCCEEDED');
insert into rules (name, type, enabled, collection_cumulus_id, provider_cumulus_id)
    values ('hourly', 'scheduled', true, 1, 1), ('by-message', 'sqs', false, 2, 1);
insert into executions (arn, url, status, collection_cumulus_id)
    select 'arn:aws:states:us-east-1:123456789012:execution:core-Ingest:' || n,
           'https://console.example.org/' || n,
           case when n % 10 = 0 then 'failed' else 'completed' end, 1 + n % 6
    from generate_series(1, 60) n;
insert into pdrs (name, status, collection_cumulus_id, provider_cumulus_id, execution_cumulus_id)
    select 'pdr-' || n, 'completed', 1 + n % 6, 1, null from generate_series(1, 4) n;
