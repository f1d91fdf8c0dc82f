-- Everything that may be unsound in a database by itself: keys of all shapes, constraints of all
-- kinds, sequences that feed columns in every way, indexes of every method.

create schema integrity;
create schema "integrity, too";

-- Foreign keys: composite, MATCH FULL, self-referencing, across schemas, partitioned on either side.
create table integrity.places (
    country int, city int, name text not null, primary key (country, city)
);
create table integrity.visits (
    id int primary key,
    country int,
    city int,
    constraint visits_place_fkey foreign key (country, city) references integrity.places
);
create table integrity.routes (
    id int primary key,
    country int,
    city int,
    constraint routes_place_fkey foreign key (country, city) references integrity.places match full
        deferrable initially deferred
);
create table integrity.staff (
    id int primary key,
    chief int constraint staff_chief_fkey references integrity.staff
);
create table "integrity, too"."Authors" (id bigint primary key);
create table integrity.notes (
    id uuid primary key,
    author int constraint notes_author_fkey references "integrity, too"."Authors"
);
create table integrity.codes (code text primary key);
create table integrity.uses (id int, code text constraint uses_code_fkey references integrity.codes);
create table integrity.tags (
    note uuid constraint tags_note_fkey references integrity.notes, tag text
);
create table integrity.days (
    day date not null, id int not null, primary key (day, id)
) partition by range (day);
create table integrity.days_2023 partition of integrity.days
    for values from ('2023-01-01') to ('2024-01-01');
create table integrity.days_2024 partition of integrity.days
    for values from ('2024-01-01') to ('2025-01-01');
create table integrity.readings (
    id int not null, day date, number int,
    constraint readings_day_fkey foreign key (day, number) references integrity.days
) partition by hash (id);
create table integrity.readings_0 partition of integrity.readings
    for values with (modulus 2, remainder 0);
create table integrity.readings_1 partition of integrity.readings
    for values with (modulus 2, remainder 1);
-- A child of an heir: rows of the heir are no parents, and its own are not asked.
create table integrity.heirs () inherits (integrity.codes);

-- Constraints on rows.
create domain integrity.percent as numeric(5, 2) not null
    constraint percent_low check (value >= 0) constraint percent_high check (value <= 100);
create domain integrity.share as integrity.percent constraint share_part check (value < 100);
create domain integrity.even as int constraint even_check check (value % 2 = 0);
create type integrity.pairs as (part integrity.share, n int);
create table integrity."Ünruly % rows" (
    id int not null,
    bad text,
    "a b" int constraint "a b positive" check ("a b" > 0),
    part integrity.share,
    evens integrity.even[],
    pairs integrity.pairs,
    constraint "whole row" check ("Ünruly % rows".* is not null)
);
create table integrity.shifts (
    id int not null, hours integrity.even, note varchar(10),
    constraint shifts_named check (note <> '' or id < 0)
) partition by list (id);
create table integrity.shifts_1 partition of integrity.shifts for values in (1);

-- Unique in every way.
create table integrity.unique_ones (
    id int constraint unique_ones_pkey primary key,
    name text,
    place int,
    constraint unique_ones_place unique (place) deferrable initially deferred
);
create unique index unique_ones_lower on integrity.unique_ones (lower(name)) where place > 0;

-- Sequences: identity, serial, shared, explicit, descending, small, text, unfed.
create table integrity.counted (
    id bigint generated always as identity primary key,
    small smallserial not null,
    old serial
);
create sequence integrity.shared as bigint;
create table integrity.left_ones (id bigint default nextval('integrity.shared') primary key);
create table integrity.right_ones (id bigint default nextval('integrity.shared') primary key);
create sequence integrity.downward increment -1 minvalue -100000 maxvalue -1 start -1;
create table integrity.below (id int default nextval('integrity.downward') primary key);
create sequence integrity.limited maxvalue 10000;
create table integrity.limits (id numeric(6) default nextval('integrity.limited') primary key);
create table integrity.parted (id serial, at date) partition by range (at);
create table integrity.parted_2024 partition of integrity.parted
    for values from ('2024-01-01') to ('2025-01-01');
create sequence integrity."unfed ""one""";

-- Indexes of every method.
create table integrity.shapes (
    id int primary key, area box, words text[], word text, spot point
);
create index shapes_gist on integrity.shapes using gist (area);
create index shapes_spgist on integrity.shapes using spgist (spot);
create index shapes_brin on integrity.shapes using brin (id);
create index shapes_hash on integrity.shapes using hash (word);
create index shapes_gin on integrity.shapes using gin (words);
create function integrity.reciprocal(int) returns int immutable language plpgsql as
    $$ begin return 1000 / $1; end $$;
create index shapes_expression on integrity.shapes (integrity.reciprocal(id)) where id > 0;
create table integrity.sorted (id int, word text collate "C");
create index sorted_word on integrity.sorted (word);
create table integrity.toasted (id int primary key, long text);
alter table integrity.toasted alter long set storage external;

-- Migrations, and large objects.
create table integrity.migrations (id serial primary key, name text, ran_at timestamptz);
create table integrity.migrations_lock (index int primary key, is_locked int);
create table integrity.attachments (id int primary key, body oid);

insert into integrity.places select i % 10, i, 'place' from generate_series(1, 100) as i;
insert into integrity.visits select i, i % 10, i from generate_series(1, 100) as i;
insert into integrity.visits values (101, null, 7000), (102, 7000, null);
insert into integrity.routes select i, i % 10, i from generate_series(1, 100) as i;
insert into integrity.routes values (101, null, null);
insert into integrity.staff select i, nullif(i / 2, 0) from generate_series(1, 50) as i;
insert into "integrity, too"."Authors" select generate_series(1, 10);
insert into integrity.notes
    select md5(i::text)::uuid, 1 + i % 10 from generate_series(1, 20) as i;
insert into integrity.codes select 'code ' || i from generate_series(1, 20) as i;
insert into integrity.uses select i, 'code ' || i from generate_series(1, 20) as i;
insert into integrity.tags select md5(i::text)::uuid, 'tag' from generate_series(1, 20) as i;
insert into integrity.days select date '2023-12-01' + i, i from generate_series(1, 60) as i;
insert into integrity.readings select i, date '2023-12-01' + i, i from generate_series(1, 60) as i;
insert into integrity."Ünruly % rows"
    select i, 'x', i, 50, array[2, 4], row(50, i)::integrity.pairs
    from generate_series(1, 20) as i;
insert into integrity.shifts values (1, 8, 'early');
insert into integrity.unique_ones select i, 'name ' || i, i from generate_series(1, 20) as i;
insert into integrity.unique_ones values (21, null, null), (22, null, null), (23, 'NAME 1', 0);
insert into integrity.counted (small) select i from generate_series(1, 20) as i;
select setval('integrity.counted_small_seq', 20);
insert into integrity.left_ones select nextval('integrity.shared') from generate_series(1, 20);
insert into integrity.right_ones select nextval('integrity.shared') from generate_series(1, 20);
insert into integrity.below select nextval('integrity.downward') from generate_series(1, 20);
insert into integrity.limits select nextval('integrity.limited') from generate_series(1, 20);
insert into integrity.parted (at) select '2024-05-01' from generate_series(1, 20);
insert into integrity.shapes
    select i, box(point(i, i), point(i + 1, i + 1)), array['a', 'b' || i], 'w' || i,
           point(i, i)
    from generate_series(1, 2000) as i;
insert into integrity.sorted select i, 'word ' || i from generate_series(1, 2000) as i;
insert into integrity.toasted select i, repeat('long ', 2000) from generate_series(1, 20) as i;
insert into integrity.migrations (name, ran_at) values ('0001_first', now()), ('0002_second', now());
insert into integrity.migrations_lock values (1, 0);
insert into integrity.attachments values (1, lo_from_bytea(0, 'a body'));
