"""What may be unsound in a copy by itself (R37 to R40)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault

COPY = "copied"
"""The name of the database that is broken, where a fault is about the database."""

ROWS = 'integrity."Ünruly % rows"'

REPLICA = "set session_replication_role = replica"
"""How data is loaded past foreign keys, and how a restore goes round them."""


def behind_an_index(name: str, index: str, check: str, property_: str, *sql: str) -> Fault:
    """Write while the catalog says that an index is not `property_`, then say it is again."""
    update = f"update pg_index set {property_} = %s where indexrelid = '{index}'::regclass"
    return fault(name, check, index, update % "false", *sql, update % "true")


def marked_valid(name: str, check: str, subject: str, table: str, rule: str, *sql: str) -> Fault:
    """Take a rule away, write what it forbids, put it back and call it valid."""
    constraint, definition = rule.split(" ", 1) if rule[0] != '"' else _quoted(rule)
    kind = "domain" if table.startswith("domain ") else "table"
    of = table.removeprefix("domain ")
    return fault(
        name,
        check,
        subject,
        f"alter {kind} {of} drop constraint {constraint}",
        *sql,
        f"alter {kind} {of} add constraint {constraint} {definition} not valid",
        "update pg_constraint set convalidated = true where not convalidated",
    )


def _quoted(rule: str) -> tuple[str, str]:
    name, _, definition = rule[1:].partition('" ')
    return f'"{name}"', definition


INDEXES = (
    fault(
        "row 10: index invalid",
        "integrity.indexes.valid",
        "core.granules_provider_idx",
        "update pg_index set indisvalid = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "row 10: index not ready",
        "integrity.indexes.ready",
        "core.granules_provider_idx",
        "update pg_index set indisready = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "row 10: index half dropped",
        "integrity.indexes.live",
        "core.granules_provider_idx",
        "update pg_index set indislive = false"
        " where indexrelid = 'core.granules_provider_idx'::regclass",
    ),
    fault(
        "row 10: TOAST index invalid",
        "integrity.indexes.valid",
        "integrity.toasted (TOAST index)",
        "update pg_index set indisvalid = false where indrelid ="
        " (select reltoastrelid from pg_class where oid = 'integrity.toasted'::regclass)",
    ),
    fault(
        "row 10: partition without its index",
        "integrity.indexes.valid",
        "integrity.days_id",
        "create index days_id on only integrity.days (id)",
    ),
)

STRUCTURE = (
    behind_an_index(
        "row 11: row that is not in the index",
        "core.providers_pkey",
        "integrity.indexes.structure",
        "indisready",
        "insert into core.providers (id, name) values (11, 'unindexed')",
    ),
    fault(
        "row 11: index in the order of another collation",
        "integrity.indexes.structure",
        "integrity.sorted_word",
        "update pg_index set indoption = '1' where indexrelid = 'integrity.sorted_word'::regclass",
    ),
    fault(
        "function of an expression changed",
        "integrity.indexes.structure",
        "integrity.shapes_expression",
        "create or replace function integrity.reciprocal(int) returns int immutable"
        " language plpgsql as $$ begin return 2000 / $1; end $$",
    ),
    fault(
        "function of an expression fails for one row",
        "integrity.indexes.structure",
        "integrity.shapes_expression",
        "create or replace function integrity.reciprocal(int) returns int immutable"
        " language plpgsql as $$ begin return 1000 / ($1 - 7); end $$",
    ),
    fault(
        "function of an expression calls what is gone",
        "integrity.indexes.structure",
        "integrity.shapes_expression",
        "create or replace function integrity.reciprocal(int) returns int immutable"
        " language plpgsql as $$ begin return gone($1); end $$",
    ),
    behind_an_index(
        "row that is not in a partial index",
        "integrity.unique_ones_lower",
        "integrity.indexes.structure",
        "indisready",
        "insert into integrity.unique_ones values (30, 'unindexed', 30)",
    ),
    fault(
        "row that is not in the index of a catalog",
        "integrity.indexes.structure",
        "pg_catalog.pg_description_o_c_o_index",
        "update pg_index set indisready = false"
        " where indexrelid = 'pg_description_o_c_o_index'::regclass",
        "insert into pg_description values ('core.logs'::regclass, 'pg_class'::regclass, 0, 'x')",
        "update pg_index set indisready = true"
        " where indexrelid = 'pg_description_o_c_o_index'::regclass",
    ),
)

REACH = (
    behind_an_index(
        "row that is not in a GiST index",
        "integrity.shapes_gist",
        "integrity.indexes.reach",
        "indisready",
        "insert into integrity.shapes (id, area, spot)"
        " values (9001, box(point(1, 1), point(2, 2)), point(1, 1))",
    ),
    behind_an_index(
        "row that is not in an SP-GiST index",
        "integrity.shapes_spgist",
        "integrity.indexes.reach",
        "indisready",
        "insert into integrity.shapes (id, area, spot)"
        " values (9001, box(point(1, 1), point(2, 2)), point(1, 1))",
    ),
)

DUPLICATES = (
    behind_an_index(
        "row 11: primary key twice, neither in the index",
        "integrity.unique_ones_pkey",
        "integrity.duplicates",
        "indisready",
        "insert into integrity.unique_ones values (1, 'again', 100)",
    ),
    behind_an_index(
        "primary key twice, both in the index",
        "integrity.unique_ones_pkey",
        "integrity.duplicates",
        "indisunique",
        "insert into integrity.unique_ones values (1, 'again', 100)",
    ),
    behind_an_index(
        "expression twice under a partial unique index",
        "integrity.unique_ones_lower",
        "integrity.duplicates",
        "indisunique",
        "insert into integrity.unique_ones values (30, 'NAME 1', 100)",
    ),
    behind_an_index(
        "composite key twice",
        "integrity.places_pkey",
        "integrity.duplicates",
        "indisunique",
        "insert into integrity.places values (1, 1, 'again')",
    ),
    behind_an_index(
        "key twice in a partition",
        "integrity.days_2023_pkey",
        "integrity.duplicates",
        "indisunique",
        "insert into integrity.days_2023 select * from integrity.days_2023 limit 1",
    ),
)

CONSTRAINTS = (
    fault(
        "row 18: foreign key not valid",
        "integrity.constraints.validated",
        "core.granules.granules_provider_fkey",
        "update pg_constraint set convalidated = false where conname = 'granules_provider_fkey'",
    ),
    fault(
        "row 18: check not valid",
        "integrity.constraints.validated",
        'core.logs."not ""this"""',
        'alter table core.logs add constraint "not ""this""" check (line <> \'\') not valid',
    ),
    fault(
        "row 18: constraint of a domain not valid",
        "integrity.constraints.validated",
        "integrity.even.even_low",
        "alter domain integrity.even add constraint even_low check (value > 0) not valid",
    ),
    fault(
        "row 18: triggers of a foreign key disabled",
        "integrity.constraints.enabled",
        "core.granules.granules_provider_fkey",
        "alter table core.granules disable trigger all",
    ),
    fault(
        "triggers of a foreign key only where changes are replicated",
        "integrity.constraints.enabled",
        "integrity.visits.visits_place_fkey",
        "update pg_trigger set tgenabled = 'R' where tgrelid = 'integrity.visits'::regclass",
    ),
    fault(
        "triggers of a partition's foreign key disabled",
        "integrity.constraints.enabled",
        "integrity.readings_0.readings_day_fkey",
        "alter table integrity.readings_0 disable trigger all",
    ),
    fault(
        "trigger of a deferrable unique constraint disabled",
        "integrity.constraints.enabled",
        "integrity.unique_ones.unique_ones_place",
        "alter table integrity.unique_ones disable trigger all",
    ),
    fault(
        "foreign keys off in every session",
        "integrity.constraints.replication_role",
        f"database {COPY}",
        f"alter database {COPY} set session_replication_role = replica",
    ),
)

ORPHANS = (
    fault(
        "parent deleted past the foreign key",
        "integrity.orphans",
        "core.granules.granules_provider_fkey",
        REPLICA,
        "delete from core.providers where id = 3",
    ),
    fault(
        "composite key without a parent",
        "integrity.orphans",
        "integrity.visits.visits_place_fkey",
        REPLICA,
        "update integrity.visits set city = 77 where id = 1",
    ),
    fault(
        "MATCH FULL: no parent",
        "integrity.orphans",
        "integrity.routes.routes_place_fkey",
        REPLICA,
        "update integrity.routes set city = 77 where id = 1",
    ),
    fault(
        "MATCH FULL: null in part",
        "integrity.orphans",
        "integrity.routes.routes_place_fkey",
        REPLICA,
        "update integrity.routes set city = null where id = 1",
    ),
    fault(
        "self-reference without a parent",
        "integrity.orphans",
        "integrity.staff.staff_chief_fkey",
        REPLICA,
        "delete from integrity.staff where id = 2",
    ),
    fault(
        "parent in another schema",
        "integrity.orphans",
        "integrity.notes.notes_author_fkey",
        REPLICA,
        'delete from "integrity, too"."Authors" where id = 2',
    ),
    fault(
        "key that is a uuid",
        "integrity.orphans",
        "integrity.tags.tags_note_fkey",
        REPLICA,
        "delete from integrity.notes where id = md5('4')::uuid",
    ),
    fault(
        "parent in an heir of the parent table only",
        "integrity.orphans",
        "integrity.uses.uses_code_fkey",
        REPLICA,
        "insert into integrity.heirs values ('code 5')",
        "delete from only integrity.codes where code = 'code 5'",
    ),
    fault(
        "partitioned on both sides",
        "integrity.orphans",
        "integrity.readings.readings_day_fkey",
        REPLICA,
        "delete from integrity.days_2024 where id = 40",
    ),
    fault(
        "all parents of one partition lost",
        "integrity.orphans",
        "integrity.readings.readings_day_fkey",
        REPLICA,
        "delete from integrity.days_2023",
    ),
    fault(
        "foreign key that was never valid",
        "integrity.orphans",
        "integrity.visits.visits_note_fkey",
        "alter table integrity.visits add constraint visits_note_fkey"
        " foreign key (id) references integrity.staff not valid",
    ),
)

UNRULY = (
    marked_valid(
        "row against a CHECK",
        "integrity.rows.check",
        "core.granules.granules_name_check",
        "core.granules",
        "granules_name_check check (name <> '')",
        "update core.granules set name = '' where id = 500",
    ),
    marked_valid(
        "row against a CHECK with a name to quote",
        "integrity.rows.check",
        f'{ROWS}."a b positive"',
        ROWS,
        '"a b positive" check ("a b" > 0)',
        f'update {ROWS} set "a b" = -1 where id = 5',
    ),
    marked_valid(
        "row against a CHECK of the whole row",
        "integrity.rows.check",
        f'{ROWS}."whole row"',
        ROWS,
        '"whole row" check ("Ünruly % rows".* is not null)',
        f"update {ROWS} set bad = null where id = 5",
    ),
    fault(
        "row against the CHECK of a partition",
        "integrity.rows.check",
        "integrity.shifts_1.shifts_named",
        "alter table integrity.shifts drop constraint shifts_named",
        "insert into integrity.shifts values (1, 2, '')",
        "alter table integrity.shifts add constraint shifts_named check (note <> '' or id < 0)"
        " not valid",
        "update pg_constraint set convalidated = true where not convalidated",
    ),
    fault(
        "null in a column that is NOT NULL",
        "integrity.rows.not_null",
        "core.granules.provider_id",
        "update pg_attribute set attnotnull = false"
        " where attrelid = 'core.granules'::regclass and attname = 'provider_id'",
        "update core.granules set provider_id = null where id = 500",
        "update pg_attribute set attnotnull = true"
        " where attrelid = 'core.granules'::regclass and attname = 'provider_id'",
    ),
    fault(
        "rows of one partition in another",
        "integrity.rows.partition",
        "core.events_2023",
        "create temp table bounds as select oid, relpartbound from pg_class"
        " where oid in ('core.events_2023'::regclass, 'core.events_2024'::regclass)",
        "update pg_class c set relpartbound = b.relpartbound from bounds b"
        " where c.oid in (select oid from bounds) and b.oid <> c.oid",
    ),
    marked_valid(
        "row against a domain",
        "integrity.rows.domain",
        "core.granules.size",
        "domain core.size",
        "size_check check (value >= 0)",
        "update core.granules set size = -1 where id = 500",
    ),
    marked_valid(
        "row against a domain below the column's",
        "integrity.rows.domain",
        f"{ROWS}.part",
        "domain integrity.percent",
        "percent_low check (value >= 0)",
        f"update {ROWS} set part = -1 where id = 5",
    ),
    marked_valid(
        "row against the domain of an array's elements",
        "integrity.rows.domain",
        f"{ROWS}.evens",
        "domain integrity.even",
        "even_check check (value % 2 = 0)",
        f"update {ROWS} set evens = '{{2, 3}}' where id = 5",
    ),
    fault(
        "null in a domain that is NOT NULL",
        "integrity.rows.domain",
        f"{ROWS}.part",
        "alter domain integrity.percent drop not null",
        f'alter table {ROWS} drop constraint "whole row"',
        f"update {ROWS} set part = null where id = 5",
        "update pg_type set typnotnull = true where typname = 'percent'",
    ),
)

SEQUENCES = (
    fault(
        "row 15: sequence behind its column",
        "integrity.sequences.position",
        "core.providers_id_seq",
        "select setval('core.providers_id_seq', 3)",
    ),
    fault(
        "sequence at its column's last value, not yet given",
        "integrity.sequences.position",
        "core.providers_id_seq",
        "select setval('core.providers_id_seq', 10, false)",
    ),
    fault(
        "sequence never used",
        "integrity.sequences.position",
        "core.granules_id_seq",
        "alter sequence core.granules_id_seq restart",
    ),
    fault(
        "identity behind its column",
        "integrity.sequences.position",
        "integrity.counted_id_seq",
        "select setval('integrity.counted_id_seq', 19)",
    ),
    fault(
        "shared sequence behind one of two columns",
        "integrity.sequences.position",
        "integrity.shared",
        "select setval('integrity.shared', 30)",
    ),
    fault(
        "descending sequence above its column",
        "integrity.sequences.position",
        "integrity.downward",
        "select setval('integrity.downward', -5)",
    ),
    fault(
        "sequence turned round",
        "integrity.sequences.position",
        "integrity.counted_id_seq",
        "alter sequence integrity.counted_id_seq increment -1 minvalue 1",
    ),
    fault(
        "sequence behind a partitioned table",
        "integrity.sequences.position",
        "integrity.parted_id_seq",
        "select setval('integrity.parted_id_seq', 1)",
    ),
    fault(
        "row 16: an integer sequence behind a bigint key",
        "integrity.sequences.type",
        "integrity.counted_id_seq",
        "alter sequence integrity.counted_id_seq as int",
    ),
    fault(
        "row 16: the column's type nearly full",
        "integrity.sequences.headroom",
        "core.providers_id_seq",
        "select setval('core.providers_id_seq', 2147483000)",
    ),
    fault(
        "the column's type is narrower than the sequence",
        "integrity.sequences.headroom",
        "integrity.counted_small_seq",
        "alter sequence integrity.counted_small_seq as bigint maxvalue 99999",
        "select setval('integrity.counted_small_seq', 32000)",
    ),
    fault(
        "sequence exhausted",
        "integrity.sequences.headroom",
        "integrity.limited",
        "select setval('integrity.limited', 10000)",
    ),
    fault(
        "descending sequence nearly exhausted",
        "integrity.sequences.headroom",
        "integrity.downward",
        "select setval('integrity.downward', -99999)",
    ),
    fault(
        "sequence of a key cycles",
        "integrity.sequences.cycle",
        "core.providers_id_seq",
        "alter sequence core.providers_id_seq cycle",
    ),
)

REST = (
    fault(
        "row 11: another version of a collation",
        "integrity.collations.version",
        'pg_catalog."C"',
        "update pg_collation set collversion = '0.1' where collname = 'C'",
    ),
    fault(
        "row 13: unlogged table",
        "integrity.relations.unlogged",
        "core.logs",
        "alter table core.logs set unlogged",
    ),
    fault(
        "row 20: materialised view not populated",
        "integrity.relations.populated",
        "core.per_provider",
        "refresh materialized view core.per_provider with no data",
    ),
    fault(
        "prepared transaction",
        "integrity.transactions.prepared",
        "prepared transaction 'left ''behind'''",
        "begin",
        "delete from core.empty",
        "prepare transaction 'left ''behind'''",
    ),
    fault(
        "table near wraparound",
        "integrity.transactions.age",
        "core.logs",
        "update pg_class set relfrozenxid = '2400000000' where oid = 'core.logs'::regclass",
    ),
    fault(
        "multixact ids near wraparound",
        "integrity.transactions.age",
        "core.logs",
        "update pg_class set relminmxid = '2400000000' where oid = 'core.logs'::regclass",
    ),
    fault(
        "database near wraparound",
        "integrity.transactions.age",
        f"database {COPY}",
        f"update pg_database set datfrozenxid = '2400000000' where datname = '{COPY}'",
    ),
    fault(
        "extension with an update pending",
        "integrity.extensions.version",
        "amcheck",
        "update pg_extension set extversion = '1.2' where extname = 'amcheck'",
    ),
    fault(
        "extension of a version that the server does not know",
        "integrity.extensions.version",
        "amcheck",
        "update pg_extension set extversion = '99' where extname = 'amcheck'",
    ),
    fault(
        "extension whose files are missing",
        "integrity.extensions.available",
        "pg_cron",
        "update pg_extension set extname = 'pg_cron' where extname = 'amcheck'",
    ),
    fault(
        "library of a function missing",
        "integrity.extensions.library",
        "$libdir/missing",
        "update pg_proc set probin = '$libdir/missing' where proname = 'verify_heapam'",
    ),
    fault(
        "function not in its library",
        "integrity.extensions.library",
        "$libdir/amcheck",
        "update pg_proc set prosrc = 'no_such_symbol' where probin = '$libdir/amcheck'",
    ),
    fault(
        "row 19: table never analysed",
        "integrity.statistics",
        "core.granules",
        "delete from pg_statistic where starelid = 'core.granules'::regclass",
    ),
    fault(
        "row 17: row of a large object lost",
        "integrity.large_objects",
        "large objects",
        "delete from integrity.attachments",
    ),
    fault(
        "large object that nothing refers to",
        "integrity.large_objects",
        "large objects",
        "select lo_from_bytea(0, 'orphan')",
    ),
    fault(
        "large objects without any column for them",
        "integrity.large_objects",
        "large objects",
        "drop table integrity.attachments",
    ),
    fault(
        "checksums ignored",
        "integrity.checksums.ignore_checksum_failure",
        f"database {COPY}",
        f"alter database {COPY} set ignore_checksum_failure = on",
    ),
    fault(
        "damaged pages read as empty",
        "integrity.checksums.zero_damaged_pages",
        f"database {COPY}",
        f"alter database {COPY} set zero_damaged_pages = on",
    ),
    fault(
        "row 31: PL/pgSQL cannot be loaded",
        "integrity.preflight.language",
        "plpgsql",
        "update pg_proc set probin = '$libdir/missing' where proname = 'plpgsql_inline_handler'",
    ),
    fault(
        "database read-only by default",
        "integrity.preflight.read_only",
        f"database {COPY}",
        f"alter database {COPY} set default_transaction_read_only = on",
    ),
)

SINCE_15 = (
    fault(
        "row 11: database of another C library",
        "integrity.collations.version",
        f"database {COPY}",
        f"update pg_database set datcollversion = '0.1' where datname = '{COPY}'",
    ),
    fault(
        "null twice under NULLS NOT DISTINCT",
        "integrity.duplicates",
        "integrity.only_one_null",
        "create table integrity.nulls (id int)",
        "insert into integrity.nulls values (null)",
        "create unique index only_one_null on integrity.nulls (id) nulls not distinct",
        "update pg_index set indisunique = false"
        " where indexrelid = 'integrity.only_one_null'::regclass",
        "insert into integrity.nulls values (null)",
        "update pg_index set indisunique = true"
        " where indexrelid = 'integrity.only_one_null'::regclass",
    ),
)

SINCE_18 = (
    fault(
        "foreign key not enforced",
        "integrity.constraints.enforced",
        "core.granules.granules_provider_fkey",
        "alter table core.granules alter constraint granules_provider_fkey not enforced",
    ),
    fault(
        "NOT NULL not valid",
        "integrity.constraints.validated",
        "core.logs.line_there",
        "alter table core.logs add constraint line_there not null line not valid",
    ),
    fault(
        "period that its parents do not cover",
        "integrity.orphans",
        "integrity.stays.stays_period",
        # Ranges as keys, so that no extension (btree_gist) is needed.
        "create table integrity.rooms (id int4range, during daterange,"
        " primary key (id, during without overlaps))",
        "create table integrity.stays (room int4range, during daterange, constraint stays_period"
        " foreign key (room, period during) references integrity.rooms (id, period during))",
        "insert into integrity.rooms values ('[1,2)', '[2024-01-01,2024-02-01)'),"
        " ('[1,2)', '[2024-02-01,2024-03-01)')",
        "insert into integrity.stays values ('[1,2)', '[2024-01-15,2024-02-15)')",
        REPLICA,
        "delete from integrity.rooms where during @> date '2024-02-10'",
    ),
)

INTEGRITY: tuple[Fault, ...] = (
    *INDEXES,
    *STRUCTURE,
    *REACH,
    *DUPLICATES,
    *CONSTRAINTS,
    *ORPHANS,
    *UNRULY,
    *SEQUENCES,
    *REST,
)
"""Those that every supported server has. `SINCE_15` and `SINCE_18` need a newer one."""
