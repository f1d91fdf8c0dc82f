-- One of everything around tables, each with a property that a fault can take away: kinds, owners,
-- privileges, comments, options, states. Loaded as a superuser after core.sql.

create schema relations;
comment on schema relations is 'around tables';
grant usage on schema relations to pg_monitor;

create type relations.shape as (a int, b text);
create access method heap2 type table handler heap_tableam_handler;

create table relations.plain (
    id int not null,
    tag text collate "C" not null default 'none',
    code varchar(10),
    amount numeric(12, 2),
    valid int4range,
    big text,
    constraint plain_pkey primary key (id),
    constraint plain_amount_key unique (amount) deferrable initially immediate,
    constraint plain_tag_check check (tag in ('none', 'some', 'all')),
    constraint plain_code_check check (code in ('a', 'b')) no inherit,
    constraint plain_valid_excl exclude using gist (valid with &&)
) with (fillfactor = 80, toast.autovacuum_enabled = off);
comment on table relations.plain is 'a plain table';
comment on column relations.plain.tag is 'a tag';
comment on constraint plain_tag_check on relations.plain is 'known tags';
alter table relations.plain alter big set storage external, alter big set statistics 500,
    alter tag set (n_distinct = 3);
grant select on relations.plain to pg_monitor;
grant update (tag) on relations.plain to pg_monitor;
revoke all on relations.plain from current_user;
grant all on relations.plain to current_user;

create table relations.child (
    id bigint generated always as identity (start 10 increment 2 maxvalue 1000000 cycle) primary key,
    plain_id int constraint child_plain_fkey references relations.plain on delete set null
        deferrable initially deferred,
    self bigint constraint child_self_fkey references relations.child,
    a int,
    b text,
    both_ text generated always as (b || '!') stored
);
create index child_a_idx on relations.child using btree (a desc nulls last) include (b)
    with (fillfactor = 70) where b is not null;
comment on index relations.child_a_idx is 'an index';
create unique index child_b_idx on relations.child (b collate "C" text_pattern_ops);
create index child_lower_idx on relations.child (lower(b), (a + 1));
alter index relations.child_lower_idx alter column 1 set statistics 300;
create index child_hash_idx on relations.child using hash (a);
alter table relations.child cluster on child_lower_idx;
alter table relations.child alter self set not null;
alter table relations.child replica identity using index child_pkey;

create table relations.typed of relations.shape;
create table relations.odd (id int) using heap2;
create table relations.base (id int not null, note text, constraint base_note_check check (note <> ''));
create table relations.derived (extra int) inherits (relations.base);
create table relations.unvalidated (id int);
alter table relations.unvalidated add constraint unvalidated_check check (id > 0) not valid;
create unlogged table relations.volatile (id int);

create table relations.parted (id int not null, at date not null, ref int, primary key (id, at))
    partition by range (at);
comment on table relations.parted is 'partitioned';
create table relations.parted_1 partition of relations.parted for values from ('2023-01-01') to ('2024-01-01')
    with (fillfactor = 60);
create table relations.parted_2 partition of relations.parted for values from ('2024-01-01') to ('2025-01-01')
    partition by hash (id);
create table relations.parted_2_0 partition of relations.parted_2 for values with (modulus 1, remainder 0);
create table relations.parted_rest partition of relations.parted default;
create index parted_ref_idx on relations.parted (ref);
create table relations.listed (id int, kind text) partition by list (kind);
create table relations.listed_a partition of relations.listed for values in ('a') partition by hash (id);
create table relations.refers (id int, at date,
    constraint refers_fkey foreign key (id, at) references relations.parted on update cascade);

create sequence relations.numbers as smallint start 5 increment 5 minvalue 5 maxvalue 500 cache 3 cycle;
comment on sequence relations.numbers is 'numbers';
grant usage on sequence relations.numbers to pg_monitor;
create table relations.numbered (id serial, n int, label text collate "C");

create view relations.narrow with (security_barrier) as
    select id, tag from relations.plain where tag <> 'none' with local check option;
comment on view relations.narrow is 'a view';
comment on column relations.narrow.tag is 'a column of a view';
grant select on relations.narrow to pg_monitor;
alter view relations.narrow alter tag set default 'some';
create view relations.joined as
    select p.id, c.a, sum(c.a) over (partition by p.tag order by c.id) as running
    from relations.plain p join relations.child c on c.plain_id = p.id;
create materialized view relations.kept with (fillfactor = 90, toast.autovacuum_enabled = off) as
    select tag, count(*) as number from relations.plain group by tag;
create unique index kept_tag_idx on relations.kept (tag);
alter materialized view relations.kept cluster on kept_tag_idx;
create materialized view relations.empty as select 1 as one with no data;

create function relations.note() returns trigger language plpgsql as
    $$ begin return new; end $$;
create trigger plain_note before insert or update of tag on relations.plain
    for each row when (new.tag <> 'none') execute function relations.note('a', 'b');
comment on trigger plain_note on relations.plain is 'a trigger';
create trigger plain_replica after insert on relations.plain for each row
    execute function relations.note();
alter table relations.plain enable replica trigger plain_replica;
create constraint trigger plain_late after insert on relations.plain
    deferrable initially deferred for each row execute function relations.note();
create trigger parted_note before insert on relations.parted
    for each row execute function relations.note();
create trigger narrow_instead instead of insert on relations.narrow
    for each row execute function relations.note();

create rule plain_quiet as on delete to relations.plain where old.tag = 'all' do instead nothing;
comment on rule plain_quiet on relations.plain is 'a rule';
create rule narrow_log as on update to relations.narrow do also nothing;

create table relations.guarded (id int, who text, kind text);
alter table relations.guarded enable row level security, force row level security;
create policy guarded_own on relations.guarded as restrictive for update to pg_monitor, pg_read_all_stats
    using (who = current_user) with check (kind <> 'locked');
comment on policy guarded_own on relations.guarded is 'a policy';
create policy guarded_see on relations.guarded for select using (true);

create function relations.watch() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger relations_watch on ddl_command_end when tag in ('DROP TABLE', 'CREATE TABLE')
    execute function relations.watch();
comment on event trigger relations_watch is 'an event trigger';

create table relations."Ünïcode 100%s ""x"".y" ("Größe %" int primary key, "a.b" text default '%');
create index "Ïndex %s" on relations."Ünïcode 100%s ""x"".y" ("a.b");
