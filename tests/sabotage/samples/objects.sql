-- Every kind of object that does not hang on a table, with owner, privileges and comment where it
-- has them. Nothing here is of the whole cluster: two copies of the sample stand in one server.

create schema objects;

-- Routines

create function objects.windowed() returns bigint language internal window immutable strict
    as 'window_row_number';
create function objects.compiled(cstring) returns int language internal immutable strict
    as 'int4in';
create function objects.listed(n int, out one int, out two text) returns setof record
    language sql stable rows 7 cost 3
    set work_mem = '1MB' set "objects.key" = 'hunter2'
    as $$ select i, 'row ' || i from generate_series(1, n) as i $$;
comment on function objects.listed is 'lists';
grant execute on function objects.listed to pg_monitor;
revoke execute on function objects.listed from public;
create function objects.like_support(internal) returns internal language internal strict immutable
    as 'textlike_support';
create procedure objects.tidy(inout n int default 1) language plpgsql as $$ begin n := n + 1; end $$;
create function objects."Weird ""name"" 100%"("a b" int default 1) returns int
    language sql return "a b";
alter function objects."Weird ""name"" 100%" depends on extension plpgsql;

create aggregate objects.mean (numeric) (
    sfunc = numeric_avg_accum, stype = internal, sspace = 128, finalfunc = numeric_avg,
    combinefunc = numeric_avg_combine, serialfunc = numeric_avg_serialize,
    deserialfunc = numeric_avg_deserialize, msfunc = numeric_avg_accum,
    minvfunc = numeric_accum_inv, mstype = internal, msspace = 64, mfinalfunc = numeric_avg,
    parallel = safe
);
create aggregate objects.smallest (int) (
    sfunc = int4smaller, stype = int, initcond = '7', sortop = operator(pg_catalog.<),
    msfunc = int4pl, minvfunc = int4mi, mstype = int, minitcond = '3'
);
comment on aggregate objects.smallest (int) is 'the smallest';
create aggregate objects.middle (double precision order by anyelement) (
    sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final,
    finalfunc_extra
);

-- Types

create type objects.colour as enum ('red', 'green', 'it''s blue');
comment on type objects.colour is 'colours';
revoke usage on type objects.colour from public;
create type objects.address as (street text collate "C", number int, "pôst code" varchar(9));
comment on column objects.address.number is 'of the house';
create domain objects.word as text collate "C" default 'none' not null;
create function objects.float_difference(float8, float8) returns float8 language sql immutable
    as 'select $1 - $2';
create type objects.spell as range (
    subtype = float8, subtype_diff = objects.float_difference, subtype_opclass = float8_ops
);
create type objects.words as range (subtype = text, collation = "C");
create type objects.shell;
create type objects.whole;
create function objects.whole_in(cstring) returns objects.whole language internal immutable strict
    as 'int4in';
create function objects.whole_out(objects.whole) returns cstring language internal immutable strict
    as 'int4out';
create function objects.whole_receive(internal) returns objects.whole language internal immutable
    strict as 'int4recv';
create function objects.whole_send(objects.whole) returns bytea language internal immutable strict
    as 'int4send';
create type objects.whole (
    input = objects.whole_in, output = objects.whole_out, receive = objects.whole_receive,
    send = objects.whole_send, internallength = 4, passedbyvalue, alignment = int4,
    category = 'N', delimiter = ';', default = '0'
);

-- Operators, classes, families, an access method

create function objects.differ(int, text) returns bool language sql immutable
    as 'select $1::text <> $2';
create function objects.differ(text, int) returns bool language sql immutable
    as 'select $1 <> $2::text';
create function objects.same(int, text) returns bool language sql immutable
    as 'select $1::text = $2';
create operator objects.<~> (leftarg = text, rightarg = int, function = objects.differ);
create operator objects.=~= (leftarg = int, rightarg = text, function = objects.same);
create operator objects.<~> (
    leftarg = int, rightarg = text, function = objects.differ, negator = operator(objects.=~=),
    commutator = operator(objects.<~>), restrict = neqsel, join = neqjoinsel
);
comment on operator objects.<~> (int, text) is 'differ';
create function objects.minus(objects.address) returns int language sql immutable as 'select 1';
create operator objects.- (rightarg = objects.address, function = objects.minus);
create function objects.backwards(int, int) returns int language sql immutable
    as 'select $2 - $1';
create operator family objects.turned using btree;
comment on operator family objects.turned using btree is 'turned';
create operator class objects.backwards for type int using btree family objects.turned as
    operator 1 pg_catalog.>, operator 2 pg_catalog.>=, operator 3 pg_catalog.=,
    operator 4 pg_catalog.<=, operator 5 pg_catalog.<, function 1 objects.backwards(int, int);
comment on operator class objects.backwards using btree is 'the other way round';
create access method sideways type index handler bthandler;
comment on access method sideways is 'a B-tree by another name';

-- Languages, casts, transforms, conversions

-- With functions of its own: of a language whose handler is in pg_catalog, pg_dump only writes the
-- name, and the dump does not load.
create function objects.call_handler() returns language_handler language c
    as '$libdir/plpgsql', 'plpgsql_call_handler';
create function objects.inline_handler(internal) returns void language c strict
    as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function objects.validator(oid) returns void language c strict
    as '$libdir/plpgsql', 'plpgsql_validator';
create trusted language internally handler objects.call_handler inline objects.inline_handler
    validator objects.validator;
comment on language internally is 'PL/pgSQL by another name';
grant usage on language internally to pg_monitor;
create cast (bool as numeric) with inout as assignment;
comment on cast (bool as numeric) is 'between two types of the server''s own';
create function objects.of_colour(objects.colour) returns int language sql immutable strict
    as 'select 1';
create cast (objects.colour as int) with function objects.of_colour(objects.colour);
create cast (objects.whole as int) without function as implicit;
create function objects.to_sql(internal) returns int language internal immutable as 'int4recv';
create function objects.from_sql(internal) returns internal language internal immutable
    as 'textlike_support';
create transform for int language internally (
    from sql with function objects.from_sql(internal), to sql with function objects.to_sql(internal)
);
comment on transform for int language internally is 'transforms';
create function objects.transformed(int) returns int language internally
    transform for type int as 'begin return $1; end';
create conversion objects.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
comment on conversion objects.latin is 'reads Latin';

-- Text search

create text search parser objects.parser (
    start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype,
    headline = prsd_headline
);
comment on text search parser objects.parser is 'parses';
create text search template objects.template (init = dsimple_init, lexize = dsimple_lexize);
comment on text search template objects.template is 'a template';
create text search dictionary objects.plain (template = objects.template, accept = false);
comment on text search dictionary objects.plain is 'a dictionary';
create text search configuration objects.search (parser = objects.parser);
alter text search configuration objects.search add mapping for asciiword, word
    with objects.plain, pg_catalog.simple;
comment on text search configuration objects.search is 'a configuration';

-- Collations, statistics

create collation objects.bytes (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
comment on collation objects.bytes is 'byte by byte';
create table objects.measured (a int, b int, c text collate objects.bytes);
create statistics objects.together (ndistinct, dependencies) on a, b from objects.measured;
create statistics objects.of_expression on (a + b), c from objects.measured;
alter statistics objects.together set statistics 500;
comment on statistics objects.together is 'go together';

-- Foreign servers: nobody can be reached, the wrapper has no handler

create foreign data wrapper faraway options (library 'nowhere', key 'hunter2');
comment on foreign data wrapper faraway is 'leads nowhere';
grant usage on foreign data wrapper faraway to pg_monitor;
create server "far away" type 'oracle' version '9' foreign data wrapper faraway
    options (host 'far.invalid', dbname 'core', secret_key 'hunter2');
comment on server "far away" is 'a server';
grant usage on foreign server "far away" to pg_monitor;
create user mapping for public server "far away" options (user 'guest', password 'hunter2');
create user mapping for pg_monitor server "far away" options (user 'monitor', password 'hunter2');
create foreign table objects.remote (
    id int options (column_name 'ID', key 'hunter2'), plain text
) server "far away" options (table_name 'T', password 'hunter2');

-- Publications

create table objects.published (id int primary key, region text, hidden text);
create publication part for table objects.published with (publish = 'insert, update');
comment on publication part is 'a part';
-- Inserts only: updates of a table without a key would be refused.
create publication everything for all tables with (publish = 'insert');

-- Privileges

alter default privileges for role pg_monitor in schema objects grant select on tables to public;
alter default privileges for role pg_monitor revoke execute on functions from public;
grant execute on function pg_catalog.pg_ls_dir(text) to pg_monitor;
revoke select on pg_catalog.pg_cursors from public;
