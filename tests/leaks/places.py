"""Every place of a database in which a password or the value of a row can stand.

Each is a statement that puts a canary there, and one that puts another canary in its place, as a
copy would have it that is not what its source was: the difference *is* the canary, and a finding
has to tell it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

CANARY = "cAnArY"
"""In every secret and every value; long and odd enough to be no word of ours."""

NUMBER = 4929123456781234
"""A canary that is a number: a card of a customer."""


@dataclass(frozen=True)
class Place:
    """One place; in its statements ``{c}`` stands for a canary.

    check  begins the check whose finding tells that the canary is another one; None where the
           content is meant, which other checks compare
    since  ``server_version_num`` from which it exists
    """

    name: str
    check: str | None
    put: str
    replace: str
    since: int = 0


PLACES = (
    Place(
        "a row, its key and what statistics keep of it",
        None,
        "create table leak.cells (id int primary key, note text unique, mood text, card bigint);"
        " insert into leak.cells select n, '{c} cell ' || n, '{c} mood', 4929123456781234"
        "   from generate_series(1, 300) n;"
        " create statistics leak.moods (mcv) on mood, card from leak.cells; analyze leak.cells",
        "update leak.cells set note = '{c} changed', mood = '{c} changed' where id = 7;"
        " analyze leak.cells",
    ),
    Place(
        "a row whose key is text",
        None,
        "create table leak.people (mail text primary key, born date, photo bytea);"
        " insert into leak.people select '{c}-' || n || '@example.org', '1989-11-09', '{c}'::bytea"
        "   from generate_series(1, 50) n",
        "update leak.people set photo = '{c} too' where mail like '%-7@%';"
        " delete from leak.people where mail like '%-8@%'",
    ),
    Place(
        "a body in PL/pgSQL",
        "schema.functions.body",
        "create function leak.body() returns text language plpgsql as"
        " $$ begin /* {c} */ return '{c}'; end $$",
        "create or replace function leak.body() returns text language plpgsql as"
        " $$ begin /* {c} */ return '{c}'; end $$",
    ),
    Place(
        "a body in SQL, with a connection string",
        "schema.functions.body",
        "create function leak.call() returns text language sql as"
        " $$ select 'host=db.example {c}' $$",
        "create or replace function leak.call() returns text language sql as"
        " $$ select 'host=db.example {c}' $$",
    ),
    Place(
        "a body in standard SQL",
        "schema.functions.body",
        "create function leak.atomic() returns text begin atomic select '{c}'::text; end",
        "create or replace function leak.atomic() returns text"
        " begin atomic select '{c}'::text; end",
        since=140000,
    ),
    Place(
        "an argument's default",
        "schema.functions.arguments",
        "create function leak.asked(a text default '{c}') returns text language sql as 'select a'",
        "create or replace function leak.asked(a text default '{c}') returns text language sql as"
        " 'select a'",
    ),
    Place(
        "a function's own setting",
        "schema.functions.secret_settings",
        "create function leak.set() returns int language sql set leak.key = '{c}' as 'select 1'",
        "alter function leak.set() set leak.key = '{c}'",
    ),
    Place(
        "a procedure's comment",
        "schema.functions.comment",
        "create procedure leak.done() language sql as 'select 1';"
        " comment on procedure leak.done() is 'it needs {c}'",
        "comment on procedure leak.done() is 'it needs {c}'",
    ),
    Place(
        "a view",
        "schema.views.definition",
        "create view leak.shown as"
        " select id, '{c}'::text as word from leak.cells where note <> '{c}'",
        "create or replace view leak.shown as"
        " select id, '{c}'::text as word from leak.cells where note <> '{c}'",
    ),
    Place(
        "a materialised view",
        "schema.views",
        "create materialized view leak.kept as select '{c}'::text as word, note from leak.cells",
        "drop materialized view leak.kept;"
        " create materialized view leak.kept as select '{c}'::text as word, note from leak.cells",
    ),
    Place(
        "a column's default, and a number",
        "schema.columns.default",
        "create table leak.columns (id int, word text default '{c}', card numeric"
        " default 4929123456781234)",
        "alter table leak.columns alter word set default '{c}', alter card set default"
        " 4929123456781234000",
    ),
    Place(
        "a generated column",
        "schema.columns.generated",
        "create table leak.generated (word text,"
        " made text generated always as (word || '{c}') stored)",
        "alter table leak.generated drop made, add made text generated always as (word || '{c}')"
        " stored",
    ),
    Place(
        "a CHECK",
        "schema.constraints.definition",
        "alter table leak.columns add constraint said check (word <> '{c}')",
        "alter table leak.columns drop constraint said, add constraint said check (word <> '{c}')",
    ),
    Place(
        "a domain",
        "schema.types.default",
        "create domain leak.word as text default '{c}' constraint said check (value <> '{c}')",
        "alter domain leak.word set default '{c}'; alter domain leak.word drop constraint said;"
        " alter domain leak.word add constraint said check (value <> '{c}')",
    ),
    Place(
        "an exclusion, and what it is for",
        "schema.constraints.definition",
        "create table leak.excluded (n int4range, w text,"
        " constraint said exclude using gist (n with &&) where (w <> '{c}'))",
        "alter table leak.excluded drop constraint said,"
        " add constraint said exclude using gist (n with &&) where (w <> '{c}')",
    ),
    Place(
        "a partition's bound and the key of its table",
        "schema.tables.partition_bound",
        "create table leak.parts (word text, n int) partition by list (word);"
        " create table leak.part partition of leak.parts for values in ('{c}');"
        " insert into leak.parts values ('{c}', 1)",
        "alter table leak.parts detach partition leak.part; truncate leak.part;"
        " alter table leak.parts attach partition leak.part for values in ('{c}');"
        " insert into leak.parts values ('{c}', 1)",
    ),
    Place(
        "an index over an expression, with a predicate",
        "schema.indexes.definition",
        "create index found on leak.cells ((note || '{c}')) where note <> '{c}'",
        "drop index leak.found;"
        " create index found on leak.cells ((note || '{c}')) where note <> '{c}'",
    ),
    Place(
        "statistics over an expression",
        "schema.statistics.expressions",
        "create statistics leak.guessed on (note || '{c}'), id from leak.cells; analyze leak.cells",
        "drop statistics leak.guessed;"
        " create statistics leak.guessed on (note || '{c}'), id from leak.cells",
        since=140000,
    ),
    Place(
        "a rule",
        "schema.rules.definition",
        "create rule also as on insert to leak.columns do also"
        " insert into leak.generated (word) values ('{c}')",
        "create or replace rule also as on insert to leak.columns do also"
        " insert into leak.generated (word) values ('{c}')",
    ),
    Place(
        "a trigger's argument and condition",
        "schema.triggers.definition",
        "create function leak.fired() returns trigger language plpgsql as"
        " 'begin return new; end';"
        " create trigger fires before update on leak.cells for each row when (new.note = '{c}')"
        " execute function leak.fired('{c}')",
        "drop trigger fires on leak.cells;"
        " create trigger fires before update on leak.cells for each row when (new.note = '{c}')"
        " execute function leak.fired('{c}')",
    ),
    Place(
        "an event trigger's function",
        "schema.functions.body",
        "create function leak.happened() returns event_trigger language plpgsql as"
        " $$ begin perform '{c}'; end $$;"
        " create event trigger leak_happens on ddl_command_end execute function leak.happened();"
        " comment on event trigger leak_happens is '{c}'",
        "create or replace function leak.happened() returns event_trigger language plpgsql as"
        " $$ begin perform '{c}'; end $$; comment on event trigger leak_happens is '{c}'",
    ),
    Place(
        "a policy",
        "schema.policies.using",
        "create policy seen on leak.people using (mail <> '{c}') with check (mail <> '{c}')",
        "alter policy seen on leak.people using (mail <> '{c}') with check (mail <> '{c}')",
    ),
    Place(
        "a comment on a table, a column, a type and a schema",
        "schema.tables.comment",
        "comment on table leak.cells is '{c}'; comment on column leak.cells.note is '{c}';"
        " create type leak.pair as (a int, b text); comment on type leak.pair is '{c}';"
        " comment on column leak.pair.b is '{c}'; comment on schema leak is '{c}'",
        "comment on table leak.cells is '{c}'; comment on column leak.cells.note is '{c}';"
        " comment on type leak.pair is '{c}'; comment on column leak.pair.b is '{c}';"
        " comment on schema leak is '{c}'",
    ),
    Place(
        "an aggregate's first value",
        "schema.aggregates.initial_value",
        "create aggregate leak.joined(text) (sfunc = textcat, stype = text, initcond = '{c}')",
        "drop aggregate leak.joined(text);"
        " create aggregate leak.joined(text) (sfunc = textcat, stype = text, initcond = '{c}')",
    ),
    Place(
        "the options of a foreign server, a mapping, a table and its column",
        "schema.user_mapping_options.secret_options",
        "create foreign data wrapper leak_wrapper options (key '{c}');"
        " create server leak_server foreign data wrapper leak_wrapper options (token '{c}');"
        " create user mapping for public server leak_server options (user 'a', password '{c}');"
        " create foreign table leak.far (n int options (as_text '{c}')) server leak_server"
        "   options (query 'select ''{c}''')",
        "alter foreign data wrapper leak_wrapper options (set key '{c}');"
        " alter server leak_server options (set token '{c}');"
        " alter user mapping for public server leak_server options (set password '{c}');"
        " alter foreign table leak.far alter n options (set as_text '{c}');"
        " alter foreign table leak.far options (set query 'select ''{c}''')",
    ),
    Place(
        "a publication's filter",
        "schema.publication_tables.filter",
        "create publication leak_published for table leak.people where (mail <> '{c}')",
        "alter publication leak_published set table leak.people where (mail <> '{c}')",
        since=150000,
    ),
    Place(
        "a subscription's connection",
        "schema.subscription_connections.connection",
        "create subscription leak_subscribed connection 'host=192.0.2.1 password={c}'"
        " publication p with (connect = false, enabled = false, slot_name = none)",
        "alter subscription leak_subscribed connection 'host=192.0.2.1 password={c}'",
    ),
    Place(
        "a setting of the database",
        "schema.settings_of_the_database.secret_value",
        "do $$ begin execute format('alter database %I set leak.key = %L', current_database(),"
        " '{c}'); end $$",
        "do $$ begin execute format('alter database %I set leak.key = %L', current_database(),"
        " '{c}'); end $$",
    ),
    Place(
        "a large object",
        None,
        "create table leak.pictures (id int primary key, picture oid);"
        " insert into leak.pictures values (1, lo_from_bytea(424242, '{c}'));"
        " comment on large object 424242 is '{c}'",
        "select lo_put(424242, 0, 'changed to {c}'); comment on large object 424242 is '{c}'",
    ),
)

ROLES = (
    "create role leak_user login password '{c} of a role'",
    "alter role leak_user set leak.key = '{c}'",
    "comment on role leak_user is '{c}'",
)
"""Of the whole cluster: both databases of one server have them."""

RAISES = (
    "create function leak.fine(note text) returns boolean language plpgsql as"
    " 'begin return true; end'",
    "alter table leak.cells add constraint fine check (leak.fine(note))",
    "create or replace function leak.fine(note text) returns boolean language plpgsql as"
    " $$ begin raise exception 'no: %', note using detail = note, hint = note; end $$",
)
"""A rule that raises with the row in its message, its detail and its hint."""

QUOTES = (
    "create function leak.named(note text) returns boolean language plpgsql as"
    " 'begin return true; end'",
    "alter table leak.people add constraint named check (leak.named(mail))",
    "create or replace function leak.named(note text) returns boolean language plpgsql as"
    " $$ begin execute 'select ' || quote_ident(note); return true; end $$",
)
"""A rule in which the server itself quotes the row: it is no column, SQLSTATE 42703."""

BREAKS = (
    "create function leak.cast(note text) returns boolean language sql as 'select true'",
    "alter table leak.parts add constraint cast_ check (leak.cast(word))",
    "create or replace function leak.cast(note text) returns boolean language sql as"
    " 'select note::int > 0'",
)
"""A rule in which a cast fails: invalid input, SQLSTATE 22P02, quotes the row."""


def put(version: int, canary: str = f"{CANARY}-one") -> list[str]:
    """The statements that put a canary into every place, for a server of this version."""
    statements = ["create schema leak"]
    statements += [place.put for place in PLACES if version >= place.since]
    return [statement.replace("{c}", canary) for statement in statements]


def replaced(version: int, canary: str = f"{CANARY}-two") -> list[str]:
    """The statements that put another canary into every place."""
    return [place.replace.replace("{c}", canary) for place in PLACES if version >= place.since]


def script(version: int, *more: str) -> str:
    """All of it as a psql script for ``--rehearsal-load``, in a database of its own."""
    roles = [statement.replace("{c}", f"{CANARY}-role") for statement in ROLES]
    statements = ["create database leak", *roles, "\\c leak", *put(version), *more]
    return "".join(s + ("\n" if s.startswith("\\") else ";\n") for s in statements)


def traces(text: str | bytes) -> list[str]:
    """Every line in which a canary stands, in whatever form: for the message of an assertion."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    forms = (CANARY.lower(), CANARY.encode().hex(), str(NUMBER), "1989-11-09")
    return [line[:400] for line in text.splitlines() if any(f in line.lower() for f in forms)]
