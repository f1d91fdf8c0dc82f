-- The same, where each refers to its partition too (v22).

insert into granules (granule_id, producer_granule_id, status, collection_cumulus_id, provider_cumulus_id)
    select 'granule-' || n, 'granule-' || n, 'completed', 1 + n % 6, 1 from generate_series(1, 40) n;
insert into files (granule_cumulus_id, collection_cumulus_id, bucket, key, file_size)
    select g.cumulus_id, g.collection_cumulus_id, 'protected',
           'collection/' || g.cumulus_id || '/' || part, 1000 + part
    from granules g, generate_series(1, 2) part;
insert into granules_executions
    select g.cumulus_id, g.collection_cumulus_id, e.cumulus_id, e.created_at
    from granules g join executions e on e.cumulus_id = g.cumulus_id;
