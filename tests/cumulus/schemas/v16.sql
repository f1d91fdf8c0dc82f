-- What came between v16 and v20, after v11.sql: Postgres alone holds what DynamoDB held too, and its
-- shape is the same; a column here, an index there.

alter table collections add column cmr_provider text;
create index granules_granule_id_index on granules (granule_id);
insert into knex_migrations (name, batch, migration_time)
    values ('20230915150154_add_max_download_time_providers.js', 2, now());
