"""Foreign servers, and what hangs on them, that are lost or altered (R34, row 22)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import SERVER, WRAPPER, in_catalog

FOREIGN: tuple[Fault, ...] = (
    in_catalog(
        "handler",
        WRAPPER,
        "handler",
        "pg_foreign_data_wrapper",
        "fdwhandler = 'bthandler'::regproc",
        "fdwname = 'faraway'",
    ),
    in_catalog(
        "validator",
        WRAPPER,
        "validator",
        "pg_foreign_data_wrapper",
        "fdwvalidator = 'postgresql_fdw_validator'::regproc",
        "fdwname = 'faraway'",
    ),
    fault(
        "foreign data wrappers: option lost",
        WRAPPER.check("options"),
        "faraway",
        "alter foreign data wrapper faraway options (drop library)",
    ),
    fault(
        "foreign data wrappers: secret option",
        WRAPPER.check("secret options"),
        "faraway",
        "alter foreign data wrapper faraway options (set key 'other')",
    ),
    in_catalog(
        "wrapper",
        SERVER,
        "wrapper",
        "pg_foreign_server",
        "srvfdw = (select oid from pg_foreign_data_wrapper where fdwname = 'nowhere')",
        "srvname = 'far away'",
    ),
    in_catalog(
        "type", SERVER, "type", "pg_foreign_server", "srvtype = 'mysql'", "srvname = 'far away'"
    ),
    fault(
        "servers: version",
        SERVER.check("version"),
        SERVER.subject,
        "alter server \"far away\" version '10'",
    ),
    fault(
        "row 22: server leads elsewhere",
        SERVER.check("options"),
        SERVER.subject,
        "alter server \"far away\" options (set host 'production.invalid')",
    ),
    fault(
        "servers: secret option",
        SERVER.check("secret options"),
        SERVER.subject,
        "alter server \"far away\" options (set secret_key 'other')",
    ),
    fault(
        "user mappings: lost",
        "schema.user_mappings",
        '"far away" for public',
        'drop user mapping for public server "far away"',
    ),
    fault(
        "user mapping options: lost with it",
        "schema.user_mapping_options",
        '"far away" for public',
        'drop user mapping for public server "far away"',
    ),
    fault(
        "user mappings: option lost",
        "schema.user_mapping_options.options",
        '"far away" for pg_monitor',
        'alter user mapping for pg_monitor server "far away" options (drop "user")',
    ),
    fault(
        "user mappings: password",
        "schema.user_mapping_options.secret_options",
        '"far away" for pg_monitor',
        "alter user mapping for pg_monitor server \"far away\" options (set password 'other')",
    ),
    fault(
        "foreign tables: became an ordinary table",
        "schema.foreign_tables",
        "objects.remote",
        "drop foreign table objects.remote",
        "create table objects.remote (id int, plain text)",
    ),
    fault(
        "foreign tables: server",
        "schema.foreign_tables.server",
        "objects.remote",
        "update pg_foreign_table set ftserver = (select oid from pg_foreign_server"
        " where srvname = 'elsewhere') where ftrelid = 'objects.remote'::regclass",
    ),
    fault(
        "foreign tables: option",
        "schema.foreign_tables.options",
        "objects.remote",
        "alter foreign table objects.remote options (set table_name 'U')",
    ),
    fault(
        "foreign tables: secret option",
        "schema.foreign_tables.secret_options",
        "objects.remote",
        "alter foreign table objects.remote options (set password 'other')",
    ),
    fault(
        "columns: secret option of a foreign table's",
        "schema.columns.secret_foreign_options",
        "objects.remote.id",
        "alter foreign table objects.remote alter id options (set key 'other')",
    ),
)
