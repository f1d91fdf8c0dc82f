-- Rows of every built-in type, in every kind of table, by every kind of key. Small: a copy of it is
-- made for each test.

create schema content;
create schema "Inhalt % ""é""";

-- One column for each built-in type, and one for an array of it: a row of values, one of others,
-- one of nulls. Types that a server does not have are left out.
do $$
declare
    samples text[][] := array[
        ['boolean', 'true', 'false'],
        ['smallint', '-32768', '7'],
        ['integer', '2147483647', '-1'],
        ['bigint', '-9223372036854775808', '4294967300'],
        ['numeric', '1.00', 'NaN'],
        ['real', '1e-45', '-0'],
        ['double precision', '0.1', 'Infinity'],
        ['money', '12.34', '-1'],
        ['text', 'Größe', ''],
        ['character varying', 'blank at the end ', 'é'],
        ['character(5)', 'ab', ''],
        ['bpchar', 'ab  ', 'NULL'],
        ['"char"', 'x', ''],
        ['name', 'a name', 'Ä'],
        ['bytea', '\x00ff', '\x'],
        ['bit(3)', '101', '000'],
        ['bit varying', '1', ''],
        ['date', '2024-02-29', 'infinity'],
        ['time', '24:00', '00:00:00.000001'],
        ['time with time zone', '12:00+02', '10:00+00'],
        ['timestamp', '2024-01-01 00:00:00.000001', '-infinity'],
        ['timestamp with time zone', '2024-07-01 12:00+02', '4713-01-01 00:00+00 BC'],
        ['interval', '1 mon', '30 days 00:00:00.000001'],
        ['uuid', '6f1c7a52-2f4e-4b5a-9d57-0123456789ab', '00000000-0000-0000-0000-000000000000'],
        ['json', '{"b": 1, "a" : 1.0}', 'null'],
        ['jsonb', '{"b": 1, "a": 1.00}', '[]'],
        ['jsonpath', '$.a[*] ? (@ > 1)', 'lax $'],
        ['inet', '10.0.0.1/8', '::1'],
        ['cidr', '10.0.0.0/8', '::/0'],
        ['macaddr', '08:00:2b:01:02:03', '00:00:00:00:00:00'],
        ['macaddr8', '08:00:2b:01:02:03:04:05', '00:00:00:00:00:00:00:00'],
        ['point', '(1,2)', '(-0,0)'],
        ['line', '{1,2,3}', '{0,1,0}'],
        ['lseg', '[(1,2),(3,4)]', '[(3,4),(1,2)]'],
        ['box', '(3,4),(1,2)', '(0,0),(0,0)'],
        ['path', '((1,2),(3,4))', '[(1,2),(3,4)]'],
        ['polygon', '((1,2),(3,4),(5,6))', '((0,0))'],
        ['circle', '<(1,2),3>', '<(0,0),0>'],
        ['tsvector', '''fat'':2A ''cat'':3', ''],
        ['tsquery', '''fat'':A & !''cat''', '''fat'':* <2> ''cat'''],
        ['int4range', '[1,5)', 'empty'],
        ['int8range', '(,5)', '(,)'],
        ['numrange', '[1.0,2.00]', 'empty'],
        ['tsrange', '[2024-01-01,)', '(,)'],
        ['tstzrange', '[2024-01-01 00:00+00,)', '(,)'],
        ['daterange', '[2024-01-01,2024-02-01)', 'empty'],
        ['int4multirange', '{[1,2),[5,9)}', '{}'],
        ['int8multirange', '{[1,2)}', '{}'],
        ['nummultirange', '{[1.0,2.00]}', '{}'],
        ['tsmultirange', '{[2024-01-01,)}', '{}'],
        ['tstzmultirange', '{[2024-01-01 00:00+00,)}', '{}'],
        ['datemultirange', '{[2024-01-01,2024-02-01)}', '{}'],
        ['oid', '4294967295', '0'],
        ['tid', '(1,2)', '(0,0)'],
        ['xid', '3', '4294967295'],
        ['xid8', '4294967300', '0'],
        ['cid', '1', '0'],
        ['pg_lsn', '16/B374D848', '0/0'],
        ['txid_snapshot', '10:20:10,14', '1:1:'],
        ['pg_snapshot', '10:20:10,14', '1:1:'],
        ['regclass', 'pg_catalog.pg_class', '-'],
        ['regcollation', '"C"', '-'],
        ['regconfig', 'simple', 'english'],
        ['regdictionary', 'simple', 'english_stem'],
        ['regnamespace', 'content', '-'],
        ['regoper', '||/', '0'],
        ['regoperator', '+(integer,integer)', '0'],
        ['regproc', 'now', '-'],
        ['regprocedure', 'abs(integer)', '-'],
        ['regrole', 'pg_monitor', '-'],
        ['regtype', 'integer', '-'],
        ['refcursor', 'a cursor', ''],
        ['oidvector', '1 2', ''],
        ['int2vector', '1 2', ''],
        ['aclitem', 'pg_monitor=r/pg_monitor', '=r/pg_monitor']
    ];
    type text;
    value text;
    columns text := '';
    first text := '';
    second text := '';
    number int;
begin
    for number in 1 .. array_length(samples, 1) loop
        type := samples[number][1];
        continue when to_regtype(type) is null;
        columns := columns || format(', %I %s, %I %s[]', type, type, type || '[]', type);
        value := samples[number][2];
        first := first || format(', %L::%s, array[null, %L::%s]', value, type, value, type);
        value := samples[number][3];
        second := second || format(', %L::%s, array[%L::%s]', value, type, value, type);
    end loop;
    execute 'create table content.every_type (id int primary key' || columns || ', xml xml)';
    execute 'insert into content.every_type values (1' || first || ')';
    execute 'insert into content.every_type values (2' || second || ')';
    insert into content.every_type (id) values (3);
end $$;

-- Types of the user's own, whose numbers differ from copy to copy.
create type content.mood as enum ('glad', 'sad');
create type content.pair as (a int, b content.mood);
create type content.span as range (subtype = float8);
create domain content.code as char(5);
create domain content.nested as content.code;
create domain content.flags as bit(5);
create domain content.numbers as int[];
create domain "Inhalt % ""é"""."D""x" as float8;
create table content.own_types (
    id int primary key, mood content.mood, moods content.mood[], pair content.pair,
    pairs content.pair[], span content.span, code content.nested, codes content.code[],
    flags content.flags, numbers content.numbers, d "Inhalt % ""é"""."D""x", relation regclass
);
insert into content.own_types values
    (1, 'glad', '{glad,sad}', '(1,sad)', '{"(1,sad)","(,)"}', '[0.1,0.2)', 'ab', '{ab,NULL}',
     '10100', '{1,2}', 'NaN', 'content.own_types'),
    (2, null, '{}', null, null, 'empty', '', '{}', null, '{}', '-0', null);

-- By an integer, evenly and with gaps; by a uuid; by several columns; by text; by nothing. Of more
-- rows than one range holds, which the server knows of once they are analysed.
create table content.even (id bigint primary key, n int);
insert into content.even select i, i from generate_series(1, 25000) as i;
create table content.gaps (id int primary key, n int);
insert into content.gaps select i * i / 10 + i, i from generate_series(1, 12000) as i;
create table content.uuids (id uuid primary key, n int);
insert into content.uuids select md5(i::text)::uuid, i from generate_series(1, 12000) as i;
create table content.several (tenant int, name text, n int, primary key (tenant, name));
insert into content.several select i % 3, 'n' || i, i from generate_series(1, 12000) as i;
create table content.named (name text primary key, n int);
insert into content.named select 'n' || i, i from generate_series(1, 12000) as i;
create table content.keyless (a int, n int);
insert into content.keyless select i % 5000, i % 5000 from generate_series(1, 12000) as i;
analyze content.even, content.gaps, content.uuids, content.several, content.named, content.keyless;
create table content.unique_key (a int not null, b int, c int not null, unique (c, a), unique (b));
insert into content.unique_key values (1, null, 1), (1, null, 2), (2, 1, 1);

create table content.parent (id int, line text);
create table content.child (more text) inherits (content.parent);
insert into content.parent values (1, 'parent');
insert into content.child values (2, 'child', 'more'), (3, 'child', null);
create table content.divided (id int, region text, primary key (id, region))
    partition by list (region);
create table content.divided_north partition of content.divided for values in ('north')
    partition by hash (id);
create table content.divided_north_0 partition of content.divided_north
    for values with (modulus 2, remainder 0);
create table content.divided_north_1 partition of content.divided_north
    for values with (modulus 2, remainder 1);
create table content.divided_rest partition of content.divided default;
insert into content.divided
    select i, case when i % 3 = 0 then 'south' else 'north' end from generate_series(1, 90) as i;

create unlogged table content.unlogged (id int primary key, line text);
insert into content.unlogged values (1, 'gone after a crash');
create table content.generated (id int primary key, twice int generated always as (id * 2) stored);
insert into content.generated values (1), (2);
create table content.dropped (gone_1 int, id int primary key, gone_2 text, line text);
insert into content.dropped values (1, 1, 'x', 'a'), (2, 2, 'y', 'b');
alter table content.dropped drop gone_1, drop gone_2;
create table content.nothing ();
insert into content.nothing default values;
insert into content.nothing default values;
insert into content.nothing default values;
create table content.large (id int primary key, outside text, inside text);
alter table content.large alter outside set storage external, alter inside set storage main;
insert into content.large
    select i, (select string_agg(md5(i::text || j), '') from generate_series(1, 1000) as j),
           repeat('compressible ', 2000)
    from generate_series(1, 3) as i;
create table "Inhalt % ""é"""."Tafel 100%s ""x"".y" ("Schlüssel %" int primary key, "a.b" text);
insert into "Inhalt % ""é"""."Tafel 100%s ""x"".y" values (1, 'x'), (2, '%s');
create materialized view content.summary as
    select a % 10 as digit, count(*) as rows from content.keyless group by 1;
create unique index on content.summary (digit);
create materialized view content.never_filled as select 1 as one with no data;
create foreign data wrapper content_nowhere;
create server content_elsewhere foreign data wrapper content_nowhere;
create foreign table content.remote (id int) server content_elsewhere;

do $$
begin
    if current_setting('server_version_num')::int >= 180000 then
        execute 'create table content.virtual'
            ' (id int primary key, twice int generated always as (id * 2))';
        execute 'insert into content.virtual values (1), (2)';
    end if;
end $$;
