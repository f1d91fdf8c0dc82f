-- Beside the samples: what belongs to the whole cluster, or to one database and not to its copies
-- by template, or what only some tests can bear. Loaded as a superuser in the database of the
-- samples, in a transaction that is rolled back.

create role "Beside ""me""" login superuser createrole createdb replication bypassrls
    connection limit 3 valid until '2031-01-01 00:00:00+00' password 'hunter2';
create role beside_group nologin;
create role beside_other login;
create role beside_spare;
comment on role beside_group is 'a group';
grant beside_group to "Beside ""me""" with admin option;
grant pg_read_all_settings to beside_group;
alter role "Beside ""me""" set work_mem = '5MB';
alter role "Beside ""me""" set "beside.key" = 'hunter2';

do $$
declare
    here text := quote_ident(current_database());
begin
    execute format('comment on database %s is %L', here, 'this one');
    execute format('alter database %s set work_mem = %L', here, '6MB');
    execute format('alter database %s set "beside.key" = %L', here, 'hunter2');
    execute format('alter role beside_other in database %s set statement_timeout = %L', here, '9s');
    execute format('grant create on database %s to beside_group', here);
end $$;
comment on tablespace pg_default is 'where everything lies';
grant create on tablespace pg_default to beside_group;
alter tablespace pg_default set (random_page_cost = 3);

create subscription beside connection 'host=nobody.invalid user=x password=hunter2'
    publication part, everything with (connect = false, enabled = false, slot_name = 'beside_slot');
comment on subscription beside is 'reads from nobody';
insert into pg_subscription_rel (srsubid, srrelid, srsubstate)
    select oid, 'objects.published'::regclass, 'r' from pg_subscription where subname = 'beside';
select pg_replication_origin_create('beside');

select lo_create(4711), lo_create(4712);
alter large object 4711 owner to beside_other;
grant select on large object 4711 to beside_group;
comment on large object 4711 is 'large';

-- No provider of labels is installed, and none is needed to read them.
insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
    values ('objects.measured'::regclass, 'pg_class'::regclass, 0, 'nobody', 'secret');
insert into pg_shseclabel (objoid, classoid, provider, label)
    values ('beside_group'::regrole, 'pg_authid'::regclass, 'nobody', 'secret');

-- A family of the server's own gets a member, which has no object of its own that could be missed. No
-- dump brings it.
create function objects.compared(int, text) returns int language sql immutable
    as 'select bttextcmp($1::text, $2)';
alter operator family pg_catalog.integer_ops using btree add
    function 1 (int, text) objects.compared(int, text);
