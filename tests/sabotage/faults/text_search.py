"""Text search objects, collations and statistics that are lost or altered (R34, row 11)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import (
    COLLATION,
    CONFIGURATION,
    DICTIONARY,
    PARSER,
    STATISTICS,
    TEMPLATE,
    in_catalog,
)

TEXT_SEARCH: tuple[Fault, ...] = (
    *(
        in_catalog(
            prop, PARSER, prop, "pg_ts_parser", f"{column} = 'now'::regproc", "prsname = 'parser'"
        )
        for prop, column in (
            ("start function", "prsstart"),
            ("token function", "prstoken"),
            ("end function", "prsend"),
            ("headline function", "prsheadline"),
        )
    ),
    # Nobody may ask this parser for the names of its token types any longer.
    fault(
        "text search parsers: token type function",
        PARSER.check("token type function"),
        PARSER.subject,
        "drop text search configuration objects.search",
        "update pg_ts_parser set prslextype = 'now'::regproc where prsname = 'parser'",
    ),
    in_catalog(
        "init function",
        TEMPLATE,
        "init function",
        "pg_ts_template",
        "tmplinit = 0",
        "tmplname = 'template'",
    ),
    in_catalog(
        "lexize function",
        TEMPLATE,
        "lexize function",
        "pg_ts_template",
        "tmpllexize = 'now'::regproc",
        "tmplname = 'template'",
    ),
    in_catalog(
        "template",
        DICTIONARY,
        "template",
        "pg_ts_dict",
        "dicttemplate = (select oid from pg_ts_template where tmplname = 'simple')",
        "dictname = 'plain'",
    ),
    fault(
        "text search dictionaries: options",
        DICTIONARY.check("options"),
        "objects.plain",
        "alter text search dictionary objects.plain (accept = true)",
    ),
    in_catalog(
        "parser",
        CONFIGURATION,
        "parser",
        "pg_ts_config",
        "cfgparser = (select oid from pg_ts_parser where prsname = 'default')",
        "cfgname = 'search'",
    ),
    fault(
        "text search configurations: mapping lost",
        CONFIGURATION.check("mappings"),
        "objects.search",
        "alter text search configuration objects.search drop mapping for word",
    ),
    fault(
        "text search configurations: dictionary replaced",
        CONFIGURATION.check("mappings"),
        "objects.search",
        "alter text search configuration objects.search"
        " alter mapping replace pg_catalog.simple with pg_catalog.english_stem",
    ),
)

_BYTES = "collname = 'bytes'"
COLLATIONS: tuple[Fault, ...] = (
    in_catalog("provider", COLLATION, "provider", "pg_collation", "collprovider = 'i'", _BYTES),
    in_catalog("collate", COLLATION, "collate", "pg_collation", "collcollate = 'POSIX'", _BYTES),
    in_catalog("ctype", COLLATION, "ctype", "pg_collation", "collctype = 'C'", _BYTES),
    in_catalog(
        "deterministic",
        COLLATION,
        "deterministic",
        "pg_collation",
        "collisdeterministic = false",
        _BYTES,
    ),
    fault(
        "row 11: recorded version of a collation",
        "schema.collation_versions.recorded",
        "objects.bytes",
        "update pg_collation set collversion = '2.28' where collname = 'bytes'",
    ),
    fault(
        "collation versions: lost with its collation",
        "schema.collation_versions",
        "objects.bytes",
        "drop collation objects.bytes cascade",
    ),
    fault(
        "row 11: version that the machine provides",
        "schema.collation_versions.provided",
        "objects.bytes",
        # C and POSIX have none, all else is as old as the C library.
        "update pg_collation set collcollate = 'de_DE.utf8' where collname = 'bytes'",
    ),
    fault(
        "statistics: kinds",
        STATISTICS.check("kinds"),
        STATISTICS.subject,
        "update pg_statistic_ext set stxkind = '{d}' where stxname = 'together'",
    ),
    fault(
        "statistics: columns",
        STATISTICS.check("columns"),
        STATISTICS.subject,
        "update pg_statistic_ext set stxkeys = '1 3' where stxname = 'together'",
    ),
    fault(
        "statistics: of another table",
        STATISTICS.check("table"),
        STATISTICS.subject,
        "update pg_statistic_ext set stxrelid = 'objects.published'::regclass"
        " where stxname = 'together'",
    ),
    fault(
        "statistics: expressions",
        STATISTICS.check("expressions"),
        "objects.of_expression",
        "drop statistics objects.of_expression",
        "create statistics objects.of_expression on (a - b), c from objects.measured",
    ),
    fault(
        "statistics: target",
        STATISTICS.check("target"),
        STATISTICS.subject,
        "alter statistics objects.together set statistics 501",
    ),
)

COLLATIONS_BEFORE_15: tuple[Fault, ...] = (
    # Before it had a column of its own, an ICU locale stood in collcollate.
    in_catalog("locale", COLLATION, "locale", "pg_collation", "collprovider = 'i'", _BYTES),
)
COLLATIONS_15: tuple[Fault, ...] = (
    fault(
        "collations: locale",
        COLLATION.check("locale"),
        COLLATION.subject,
        # The column was renamed in 17.
        "do $$ begin execute (select format('update pg_collation set %I = %L where collname = %L',"
        " attname, 'de', 'bytes') from pg_attribute where attrelid = 'pg_collation'::regclass"
        " and attname in ('colliculocale', 'colllocale')); end $$",
    ),
)
COLLATIONS_16: tuple[Fault, ...] = (
    in_catalog(
        "rules", COLLATION, "rules", "pg_collation", "collicurules = '&V << w <<< W'", _BYTES
    ),
)


def text_search(version: int) -> tuple[Fault, ...]:
    """All of these faults that a server of this version (``server_version_num``) can have."""
    return (
        TEXT_SEARCH
        + COLLATIONS
        + (COLLATIONS_15 if version >= 150000 else COLLATIONS_BEFORE_15)
        + (COLLATIONS_16 if version >= 160000 else ())
    )
