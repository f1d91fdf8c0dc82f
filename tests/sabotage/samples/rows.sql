-- A row of every type that two rows can be told apart by, and every way in which rows are kept.
-- Small: what counts is that each value has a neighbour that is almost the same.

create schema rows;

create type rows.mood as enum ('low', 'even', 'high');
create type rows.address as (street text, number int);
create domain rows.percent as numeric check (value between 0 and 100);
create type rows.span as range (subtype = float8);

create table rows.texts (id int primary key, t text);
insert into rows.texts select i, 'café ' || i from generate_series(1, 6) as i;
insert into rows.texts values (7, null), (8, '');

create table rows.labels (id int primary key, v varchar(20), c char(10));
insert into rows.labels select i, 'abc', 'abc' from generate_series(1, 4) as i;
insert into rows.labels values (5, null, null);

create table rows.blobs (id int primary key, b bytea);
insert into rows.blobs select i, decode(md5(i::text), 'hex') from generate_series(1, 6) as i;

-- External: kept out of line and uncompressed, in some ten chunks a value.
create table rows.toasted (id int primary key, body text, bytes bytea);
alter table rows.toasted alter body set storage external, alter bytes set storage external;
insert into rows.toasted
    select i, repeat(md5(i::text), 600), decode(repeat(md5(i::text), 600), 'hex')
    from generate_series(1, 4) as i;

create table rows.integers (id int primary key, i2 int2, i4 int4, i8 int8, o oid);
insert into rows.integers select i, i, i, i, i from generate_series(1, 6) as i;

create table rows.floats (id int primary key, f4 float4, f8 float8);
insert into rows.floats select i, 0, 0 from generate_series(1, 4) as i;
insert into rows.floats values (5, 'NaN', 'NaN'), (6, 'Infinity', 'Infinity');

create table rows.numerics (id int primary key, n numeric, m money);
insert into rows.numerics select i, 1.0, 1 from generate_series(1, 4) as i;
insert into rows.numerics values (5, 'NaN', 0);

create table rows.moments (id int primary key, t timestamp, tz timestamptz, d date);
insert into rows.moments
    select i, '2024-03-31 01:30:00', '2024-03-31 01:30:00+00', '2024-03-31'
    from generate_series(1, 6) as i;

create table rows.hours (id int primary key, c time, ctz timetz, iv interval);
insert into rows.hours select i, '01:30', '01:30+00', '1 day' from generate_series(1, 4) as i;

create table rows.documents (id int primary key, j json);
insert into rows.documents select i, '{"a": 1, "b": 1.0}' from generate_series(1, 4) as i;

create table rows.binary_documents (id int primary key, b jsonb);
insert into rows.binary_documents select i, '{"a": 1, "b": 1.0}' from generate_series(1, 4) as i;
insert into rows.binary_documents values (5, null);

create table rows.markup (id int primary key, x xml);
do $$ begin
    insert into rows.markup select i, '<a b="1" c="2"/>' from generate_series(1, 3) as i;
exception when feature_not_supported then null;  -- a server without libxml
end $$;

create table rows.shapes (id int primary key, p point, l lseg, b box, w path, g polygon, c circle);
insert into rows.shapes
    select i, '(0,1)', '((0,0),(1,1))', '((1,1),(0,0))', '((0,0),(1,1))', '((0,0),(1,1),(1,0))',
           '<(0,0),1>'
    from generate_series(1, 4) as i;

create table rows.addresses (id int primary key, i inet, c cidr, m macaddr, m8 macaddr8);
insert into rows.addresses
    select i, '10.1.2.3/8', '10.1.0.0/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'
    from generate_series(1, 4) as i;

create table rows.bits (id int primary key, f bit(8), v bit varying);
insert into rows.bits select i, b'00001111', b'0001' from generate_series(1, 4) as i;

create table rows.identified (id uuid primary key, other uuid, name text);
insert into rows.identified
    select md5(i::text)::uuid, md5((i + 10)::text)::uuid, 'name ' || i
    from generate_series(1, 6) as i;

create table rows.searched (id int primary key, v tsvector, q tsquery);
insert into rows.searched select i, 'fat:1 cat:2', 'fat & cat' from generate_series(1, 4) as i;

create table rows.arrays (id int primary key, a int[], t text[], m int[][]);
insert into rows.arrays
    select i, '{1,2,3}', '{a,b}', '{{1,2},{3,4}}' from generate_series(1, 6) as i;

create table rows.ranges (id int primary key, r int4range, n numrange, t tsrange, m nummultirange);
insert into rows.ranges
    select i, '[1,5)', '[1.0,5.0)', '[2024-01-01,2024-01-02)', '{[1,2),[3,4)}'
    from generate_series(1, 4) as i;

create table rows.own_types (
    id int primary key, e rows.mood, es rows.mood[], a rows.address, p rows.percent, s rows.span
);
insert into rows.own_types
    select i, 'low', '{low,high}', row('Main Street', 1)::rows.address, 10, '[0,1)' from generate_series(1, 6) as i;

-- Kept in pairs that differ in what an equality or a hash of their type does not see.
create table rows.pairs (a int, b uuid, value text, primary key (a, b));
insert into rows.pairs
    select i / 2, md5(i::text)::uuid, 'value ' || i from generate_series(1, 6) as i;

create table rows.half_hidden (a int, code text, value int, primary key (a, code));
insert into rows.half_hidden select i, 'code ' || i, i from generate_series(1, 4) as i;

create table rows.hidden (name text primary key, value int);
insert into rows.hidden select 'customer ' || i, i from generate_series(1, 6) as i;

create table rows.by_moment (at timestamptz not null unique, value int);
insert into rows.by_moment
    select '2024-01-01 00:00+00'::timestamptz + make_interval(days => i), i
    from generate_series(1, 4) as i;

create table rows.numbered (n bigint primary key, value text);
insert into rows.numbered select i * 4294967296, 'value ' || i from generate_series(-2, 3) as i;

create table rows.keyless (a int, b text);
insert into rows.keyless values (1, 'x'), (1, 'x'), (2, 'y'), (3, 'z'), (3, null), (null, null);

create table rows.doubled (a int);
insert into rows.doubled values (1), (1), (3);

create table rows.columnless ();
insert into rows.columnless select from generate_series(1, 3);

create table rows.parted (id int, region text, primary key (id, region)) partition by list (region);
create table rows.parted_north partition of rows.parted for values in ('north', 'arctic');
create table rows.parted_south partition of rows.parted for values in ('south');
create table rows.parted_rest partition of rows.parted default;
insert into rows.parted
    select i, (array['north', 'south', 'west'])[1 + i % 3] from generate_series(1, 9) as i;

create table rows.ancestor (id int primary key, name text);
create table rows.descendant (primary key (id)) inherits (rows.ancestor);
insert into rows.ancestor select i, 'ancestor ' || i from generate_series(1, 3) as i;
insert into rows.descendant select i, 'descendant ' || i from generate_series(4, 6) as i;

create table rows.computed (id int primary key, a int, b int generated always as (a * 2) stored);
insert into rows.computed (id, a) select i, i from generate_series(1, 4) as i;

create table rows.base (id int primary key, amount int);
insert into rows.base select i, i from generate_series(1, 4) as i;
create materialized view rows.summary as select id, amount * 2 as twice from rows.base;

create unlogged table rows.lost_in_a_crash (id int primary key);
insert into rows.lost_in_a_crash select generate_series(1, 3);

create table rows."Zeilen ""x"" 100%s" ("Schlüssel %" int primary key, "a.b" text, "naïve 中" int);
insert into rows."Zeilen ""x"" 100%s" select i, 'x', i from generate_series(1, 4) as i;

do $$ begin
    execute (
        select format('create table rows.wide (id int primary key, %s)',
                      string_agg(format('c%s text', i), ', ' order by i))
        from generate_series(1, 400) as i
    );
    execute (
        select format('insert into rows.wide select i, %s from generate_series(1, 3) as i',
                      string_agg(format('''v%s''', i), ', ' order by i))
        from generate_series(1, 400) as i
    );
end $$;

-- Enough rows that they are divided, with gaps between their keys.
create table rows.many (id bigint primary key, value text);
insert into rows.many select i * 7, md5(i::text) from generate_series(1, 3000) as i;

create table rows.attached (id int primary key, content oid);
select lo_from_bytea(4000000001, 'a short one');
select lo_from_bytea(4000000002, decode(string_agg(md5(i::text), ''), 'hex'))
    from generate_series(1, 1000) as i;
select lo_create(4000000003);
select lo_from_bytea(4000000004, '');
grant select on large object 4000000002 to public;
insert into rows.attached select i, 4000000000 + i from generate_series(1, 4) as i;

do $$ begin
    if (select count(*) = 2 from pg_available_extensions where name in ('hstore', 'citext')) then
        create extension hstore schema rows;
        create extension citext schema rows;
        create table rows.extended (id int primary key, h rows.hstore, c rows.citext);
        insert into rows.extended select i, 'a=>1', 'Abc' from generate_series(1, 4) as i;
    end if;
end $$;
