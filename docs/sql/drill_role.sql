-- The role as which a drill reads its source: it sees everything that proofs ask about, changes
-- nothing, and is no administrator. A drill never logs in as anybody else.
--
-- Run it with psql as the administrator (on RDS the master user), in any database of the source:
--
--   role         its name, restore_drill unless you say another
--   databases    those it may connect to, with commas between them; all that take connections
--                unless you name some, those of RDS's own left out
--   connections  how many sessions it may have at once, 20 unless you say another number
--
-- Variables are set with psql's -v, as in -v role=drill -v databases=core. It can be run again: after
-- a database was added, say. It sets no password: give it one with \password, or, on RDS, let it log
-- in with tokens (grant rds_iam to it), and name that login in [source] login.

\set ON_ERROR_STOP on
\if :{?role} \else \set role restore_drill \endif
\if :{?databases} \else \set databases '' \endif
\if :{?connections} \else \set connections 20 \endif

select pg_catalog.current_setting('server_version_num')::int < 140000 as too_old \gset
\if :too_old
  \warn 'pg_read_all_data came with PostgreSQL 14: grant select on every table to the role by hand'
  \quit
\endif

select pg_catalog.format('create role %I login', :'role')
where not exists (select from pg_catalog.pg_roles where rolname = :'role') \gexec

-- One that may do more is not made to do less: somebody needs it for something.
select exists (
  select from pg_catalog.pg_roles
  where rolname = :'role'
    and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
) or exists (
  select from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles r on r.oid = m.roleid
  where m.member = (select oid from pg_catalog.pg_roles where rolname = :'role')
    and r.rolname not in ('pg_read_all_data', 'pg_monitor', 'rds_iam')
) as mighty \gset
\if :mighty
  \warn 'the role' :role 'may do more than read: give the drill a role of its own, with -v role=NAME'
  do $$ begin raise exception 'nothing was granted'; end $$;
\endif

begin;
alter role :"role" inherit connection limit :connections;
-- No boundary, for a session can switch it off: that nothing can be written is what the missing
-- rights are for. It stops a slip.
alter role :"role" set default_transaction_read_only = on;
grant pg_read_all_data, pg_monitor to :"role";
select pg_catalog.format('grant connect on database %I to %I', datname, :'role')
from pg_catalog.pg_database
where datallowconn and not datistemplate and datname <> 'rdsadmin'
  and (:'databases' = '' or datname = any (pg_catalog.string_to_array(:'databases', ',')))
order by datname \gexec
commit;

-- Two things to know of pg_read_all_data:
--   It covers the system catalogs, too. This login could read the verifiers of passwords (pg_authid),
--   connection strings of subscriptions and options of user mappings. No check asks for them; keep
--   the login as you would keep those, or grant select table by table in its place.
--   It does not pass row level security. Rows that a policy hides are not read, and a drill says so:
--   they are not proven. (BYPASSRLS would show them, and is yours to give.)
