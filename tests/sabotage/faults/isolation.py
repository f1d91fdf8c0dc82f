"""A copy that could touch what its source works with (row 1, 2, 14 and 22; R64).

Those that one statement injects into one database. What needs a server of its own (archiving,
standbys, listening) is in ``tests/checks/test_isolation_cluster.py``.
"""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

SECRET = "hunter2"
NOWHERE = f"host=192.0.2.1 port=5432 dbname=core password={SECRET}"
"""An address for documentation (RFC 5737): nobody answers there."""

SUBSCRIBE = (
    f"create subscription mirror connection '{NOWHERE}' publication p with (connect = false)",
    "alter subscription mirror enable",
)
UNSUBSCRIBE = (
    "alter subscription mirror disable",
    "alter subscription mirror set (slot_name = none)",
    "drop subscription mirror",
)
FDW = (
    "create extension postgres_fdw",
    "create server production foreign data wrapper postgres_fdw options (host '192.0.2.1')",
    "create user mapping for current_user server production"
    f" options (user 'app', password '{SECRET}')",
)
CRON = (
    "create schema cron",
    "create table cron.job (jobid bigint, schedule text, command text, active bool)",
)

ISOLATION: tuple[Fault, ...] = (
    fault(
        "row 1: subscription enabled",
        "isolation.subscriptions",
        "mirror",
        *SUBSCRIBE,
        undo=UNSUBSCRIBE,
    ),
    fault(
        "row 22: foreign server with a user mapping",
        "isolation.foreign_servers",
        "production",
        *FDW,
        needs="postgres_fdw",
    ),
    fault(
        "row 22: foreign server behind a pooler on this host",
        "isolation.foreign_servers",
        "pooler",
        "create extension postgres_fdw",
        "create server pooler foreign data wrapper postgres_fdw"
        " options (host 'localhost', port '6432')",
        "create user mapping for public server pooler",
        needs="postgres_fdw",
    ),
    fault(
        "row 22: server that dblink uses",
        "isolation.foreign_servers",
        '"Produktion ""1"""',
        "create extension dblink",
        'create server "Produktion ""1""" foreign data wrapper dblink_fdw'
        " options (hostaddr '192.0.2.1')",
        'create user mapping for public server "Produktion ""1"""',
        needs="dblink",
    ),
    fault(
        "row 22: server of a wrapper without handler, which dblink uses",
        "isolation.foreign_servers",
        "elsewhere",
        "create extension dblink",
        "create user mapping for public server elsewhere",
        needs="dblink",
    ),
    fault(
        "row 22: function calls dblink",
        "isolation.outward_calls",
        "core.notify_production(n integer)",
        "create extension dblink",
        "create function core.notify_production(n int) returns text language plpgsql as"
        f" $$ begin return public.dblink_exec('{NOWHERE}', 'select 1'); end $$",
        needs="dblink",
    ),
    fault(
        "row 22: view calls dblink",
        "isolation.outward_calls",
        "core.remote_granules",
        "create extension dblink",
        f"create view core.remote_granules as select * from public.dblink('{NOWHERE}',"
        " 'select id from granules') as t(id int)",
        needs="dblink",
    ),
    fault(
        "row 22: body in standard SQL calls dblink",
        "isolation.outward_calls",
        "core.remote_count()",
        "create extension dblink",
        "create function core.remote_count() returns bigint language sql"
        f" return (select n from public.dblink('{NOWHERE}', 'select count(*) from granules')"
        " as t(n bigint))",
        since=140000,
        needs="dblink",
    ),
    fault(
        "row 22: column default calls dblink",
        "isolation.outward_calls",
        "default value for column line of table core.logs",
        "create extension dblink",
        f"alter table core.logs alter line set default public.dblink_exec('{NOWHERE}', 'select 1')",
        needs="dblink",
    ),
    fault(
        "row 22: foreign table runs a program",
        "isolation.programs",
        "core.listing",
        "create extension file_fdw",
        "create server files foreign data wrapper file_fdw",
        "create foreign table core.listing (line text) server files options (program 'ls')",
        needs="file_fdw",
    ),
    fault(
        "row 22: function runs a program",
        "isolation.programs",
        "core.ship()",
        "create function core.ship() returns void language plpgsql as"
        " $$ begin copy core.logs to program 'cat > /dev/null'; end $$",
    ),
    fault(
        "row 22: function in an untrusted language",
        "isolation.untrusted_functions",
        "core.anything()",
        "create language untrusted_lang handler plpgsql_call_handler",
        "create function core.anything() returns void language untrusted_lang"
        " as $$ begin null; end $$",
    ),
    fault(
        "row 22: trigger on login",
        "isolation.event_triggers",
        "greet",
        "create function core.greet() returns event_trigger language plpgsql as"
        " $$ begin null; end $$",
        "create event trigger greet on login execute function core.greet()",
        since=170000,
    ),
)
