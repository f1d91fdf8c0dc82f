-- Beside the shop: one object for each thing that a careless dump or restore of it loses. Loaded as
-- a superuser. Roles: store_owner owns, store_app writes.
create role store_owner createrole;
create role store_app login;
create role store_reader;
grant store_reader to store_app;
alter role store_app set statement_timeout = '42s';
alter database store set work_mem = '7MB';
alter database store owner to store_owner;
revoke connect on database store from public;
grant connect on database store to store_app;
alter default privileges for role store_owner in schema public grant select on tables to store_reader;
alter table customers owner to store_owner;
grant select, insert, update on orders to store_app;

-- Row level security (row 29).
alter table parts enable row level security;
alter table parts force row level security;
create policy parts_of_all on parts for select to store_app using ("In Stock" > 10);

-- Large objects, one referred to (row 17).
create table attachments (id int primary key, content oid not null);
insert into attachments select n, lo_from_bytea(0, convert_to('attachment ' || n, 'UTF8'))
    from generate_series(1, 5) n;

-- A guard table that a trigger of another fills (row 24): 20,000 orders, none of them guarded.
create table guard (order_id bigint primary key);
create function remember() returns trigger language plpgsql as
    $$ begin insert into public.guard values (new.id); return new; end $$;
create trigger remembered after insert on orders for each row execute function remember();

create materialized view totals as select customer_id, sum(total) as total from orders group by 1;
create unlogged table sessions (id int primary key, seen_at timestamptz not null);
insert into sessions select n, timestamptz '2026-01-01 00:00+00' from generate_series(1, 500) n;
create sequence tickets start 1000;
select setval('tickets', 4711);
analyze;
