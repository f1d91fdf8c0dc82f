-- Granules and what refers to them, where nothing is divided (v11 to v21).

insert into granules (granule_id, status, collection_cumulus_id, provider_cumulus_id)
    select 'granule-' || n, 'completed', 1 + n % 6, 1 from generate_series(1, 40) n;
insert into files (granule_cumulus_id, bucket, key, file_size)
    select n, 'protected', 'collection/' || n || '/' || part, 1000 * n + part
    from generate_series(1, 40) n, generate_series(1, 2) part;
insert into granules_executions select n, n from generate_series(1, 40) n;
