"""Objects that hang on no table: routines, types, operators, text search, foreign servers … (R34).

All of them stand in ``samples/objects.sql``. Some properties no statement of SQL changes in place;
there the catalog itself is altered, as a superuser may.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.sabotage.faults.fault import Fault, fault

LISTED = "objects.listed(n integer, OUT one integer, OUT two text)"
DIFFER = "objects.<~>(integer, text)"
SMALLEST = "objects.smallest(integer)"
MEAN = "objects.mean(numeric)"


class Named(NamedTuple):
    """An object as a finding names it, and as DDL does."""

    kind: str
    subject: str
    sql: str

    def check(self, prop: str | None = None) -> str:
        """The check that must speak of it, or of one of its properties."""
        parts = ["schema", self.kind, *([prop] if prop else [])]
        return ".".join(part.replace(" ", "_") for part in parts)


FUNCTION = Named("functions", LISTED, "function objects.listed")
AGGREGATE = Named("aggregates", SMALLEST, "aggregate objects.smallest (int)")
TYPE = Named("types", "objects.colour", "type objects.colour")
DOMAIN = Named("types", "objects.word", "domain objects.word")
OPERATOR = Named("operators", DIFFER, "operator objects.<~> (int, text)")
FAMILY = Named(
    "operator families",
    "objects.turned using btree",
    "operator family objects.turned using btree",
)
CLASS = Named(
    "operator classes",
    "objects.backwards using btree",
    "operator class objects.backwards using btree",
)
METHOD = Named("access methods", "sideways", "access method sideways")
LANGUAGE = Named("languages", "internally", "language internally")
CAST = Named("casts", "(boolean as numeric)", "cast (bool as numeric)")
TRANSFORM = Named(
    "transforms",
    "for integer language internally",
    "transform for int language internally",
)
CONVERSION = Named("conversions", "objects.latin", "conversion objects.latin")
PARSER = Named("text search parsers", "objects.parser", "text search parser objects.parser")
TEMPLATE = Named(
    "text search templates", "objects.template", "text search template objects.template"
)
DICTIONARY = Named(
    "text search dictionaries", "objects.plain", "text search dictionary objects.plain"
)
CONFIGURATION = Named(
    "text search configurations", "objects.search", "text search configuration objects.search"
)
COLLATION = Named("collations", "objects.bytes", "collation objects.bytes")
STATISTICS = Named("statistics", "objects.together", "statistics objects.together")
WRAPPER = Named("foreign data wrappers", "faraway", "foreign data wrapper faraway")
SERVER = Named("servers", '"far away"', 'server "far away"')
PUBLICATION = Named("publications", "part", "publication part")
EXTENSION = Named("extensions", "plpgsql", "extension plpgsql")

OWNED = (
    FUNCTION,
    AGGREGATE,
    TYPE,
    OPERATOR,
    FAMILY,
    CLASS,
    LANGUAGE,
    CONVERSION,
    DICTIONARY,
    CONFIGURATION,
    COLLATION,
    STATISTICS,
    WRAPPER,
    SERVER,
    PUBLICATION,
)
UNOWNED = (METHOD, CAST, TRANSFORM, PARSER, TEMPLATE)
GRANTED = (
    Named("functions", LISTED, "function objects.listed"),
    Named("aggregates", SMALLEST, "function objects.smallest (int)"),
    TYPE,
    LANGUAGE,
    WRAPPER,
    Named("servers", '"far away"', 'foreign server "far away"'),
)
NO_MEMBERS = (
    (PUBLICATION, "pg_publication", "pubname = 'part'"),
    (STATISTICS, "pg_statistic_ext", "stxname = 'together'"),
)
"""ALTER EXTENSION takes none of these as a member."""


def _lost(one: Named) -> Fault:
    return fault(f"{one.kind}: lost", one.check(), one.subject, f"drop {one.sql} cascade")


def _comment(one: Named) -> Fault:
    return fault(
        f"{one.kind}: comment",
        one.check("comment"),
        one.subject,
        f"comment on {one.sql} is 'other words'",
    )


def _member(one: Named) -> Fault:
    return fault(
        f"{one.kind}: became an extension's",
        one.check("extension"),
        one.subject,
        f"alter extension plpgsql add {one.sql}",
    )


def _member_by_catalog(one: Named, catalog: str, where: str) -> Fault:
    return fault(
        f"{one.kind}: became an extension's",
        one.check("extension"),
        one.subject,
        f"insert into pg_depend select '{catalog}'::regclass, o.oid, 0, 'pg_extension'::regclass,"
        f" e.oid, 0, 'e' from {catalog} o, pg_extension e where {where} and e.extname = 'plpgsql'",
    )


def _owner(one: Named) -> Fault:
    statement = f"alter {one.sql} owner to pg_monitor"
    if one is WRAPPER:  # only to a superuser, and the server that runs the tests has but one
        statement = (
            "update pg_foreign_data_wrapper set fdwowner = 'pg_monitor'::regrole"
            " where fdwname = 'faraway'"
        )
    return fault(f"{one.kind}: owner", one.check("owner"), one.subject, statement)


def _privileges(one: Named) -> Fault:
    what = "execute" if one.sql.startswith("function") else "usage"
    return fault(
        f"{one.kind}: privileges",
        one.check("acl"),
        one.subject,
        f"grant {what} on {one.sql} to pg_read_all_stats",
    )


def _catalog(name: str, one: Named, prop: str, catalog: str, change: str, where: str) -> Fault:
    return fault(
        f"{one.kind}: {name}",
        one.check(prop),
        one.subject,
        f"update {catalog} set {change} where {where}",
    )


COMMON: tuple[Fault, ...] = (
    *(_lost(one) for one in (*OWNED, *UNOWNED)),
    *(_comment(one) for one in (*OWNED, *UNOWNED, EXTENSION)),
    *(_owner(one) for one in OWNED),
    *(_privileges(one) for one in GRANTED),
    *(_member(one) for one in (*OWNED, *UNOWNED) if one not in (PUBLICATION, STATISTICS)),
    *(_member_by_catalog(*row) for row in NO_MEMBERS),
)

EXTENSIONS: tuple[Fault, ...] = (
    _catalog("version", EXTENSION, "version", "pg_extension", "extversion = '0.9'", "true"),
    _catalog(
        "schema",
        EXTENSION,
        "schema",
        "pg_extension",
        "extnamespace = 'objects'::regnamespace",
        "true",
    ),
    _catalog(
        "owner", EXTENSION, "owner", "pg_extension", "extowner = 'pg_monitor'::regrole", "true"
    ),
    _catalog(
        "relocatable", EXTENSION, "relocatable", "pg_extension", "extrelocatable = true", "true"
    ),
    _catalog(
        "rows that a dump takes along",
        EXTENSION,
        "configuration tables",
        "pg_extension",
        "extconfig = array['objects.measured'::regclass::oid], extcondition = array['where a > 1']",
        "true",
    ),
)


def _listed(what: str, prop: str, change: str) -> Fault:
    return fault(
        f"functions: {what}",
        FUNCTION.check(prop),
        LISTED,
        f"alter function objects.listed {change}",
    )


_IS_LISTED = "proname = 'listed'"
ROUTINES: tuple[Fault, ...] = (
    fault(
        "functions: window function lost",
        "schema.functions",
        "objects.windowed()",
        "drop function objects.windowed",
    ),
    fault(
        "functions: a quoted one lost",
        "schema.functions",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'drop function objects."Weird ""name"" 100%"',
    ),
    fault(
        "functions: procedure became a function",
        "schema.functions.kind",
        "objects.tidy(INOUT n integer)",
        "drop procedure objects.tidy",
        "create function objects.tidy(inout n int default 1) language plpgsql"
        " as $$ begin n := n + 1; end $$",
    ),
    fault(
        "functions: argument's default",
        "schema.functions.arguments",
        "objects.tidy(INOUT n integer)",
        "create or replace procedure objects.tidy(inout n int default 2) language plpgsql"
        " as $$ begin n := n + 1; end $$",
    ),
    fault(
        "functions: result",
        "schema.functions.result",
        "objects.to_sql(internal)",
        "update pg_proc set prorettype = 'bigint'::regtype where proname = 'to_sql'",
    ),
    fault(
        "functions: language",
        "schema.functions.language",
        "objects.same(integer, text)",
        "create or replace function objects.same(int, text) returns bool language plpgsql immutable"
        " as 'begin return $1::text = $2; end'",
    ),
    fault(
        "functions: body",
        "schema.functions.body",
        "objects.same(integer, text)",
        "create or replace function objects.same(int, text) returns bool language sql immutable"
        " as 'select true'",
    ),
    fault(
        "functions: body in standard SQL",
        "schema.functions.body",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'create or replace function objects."Weird ""name"" 100%"("a b" int default 1) returns int'
        ' language sql return "a b" + 1',
    ),
    _catalog("library", FUNCTION, "library", "pg_proc", "probin = '$libdir/other'", _IS_LISTED),
    _listed("volatility", "volatility", "immutable"),
    _listed("security definer", "security definer", "security definer"),
    _listed("strict", "strict", "strict"),
    _listed("leakproof", "leakproof", "leakproof"),
    _listed("parallel", "parallel", "parallel safe"),
    _listed("cost", "cost", "cost 4"),
    _listed("rows", "rows", "rows 8"),
    _listed("setting", "settings", "set work_mem = '2MB'"),
    _listed("setting lost", "settings", "reset all"),
    _listed("an application's own setting", "secret settings", "set \"objects.key\" = 'other'"),
    fault(
        "functions: support function",
        "schema.functions.support_function",
        "objects.same(integer, text)",
        "alter function objects.same support objects.like_support",
    ),
    fault(
        "functions: transforms",
        "schema.functions.transforms",
        "objects.transformed(integer)",
        "create or replace function objects.transformed(int) returns int language internally"
        " as 'begin return $1; end'",
    ),
    fault(
        "functions: goes with an extension",
        "schema.functions.depends_on_extensions",
        'objects."Weird ""name"" 100%"("a b" integer)',
        'alter function objects."Weird ""name"" 100%" no depends on extension plpgsql',
    ),
    fault(
        "functions: execute for everybody",
        "schema.functions.acl",
        LISTED,
        "grant execute on function objects.listed to public",
    ),
)


def _aggregate(prop: str, change: str, of: str = "smallest") -> Fault:
    subject = SMALLEST if of == "smallest" else MEAN
    return fault(
        f"aggregates: {prop}",
        AGGREGATE.check(prop),
        subject,
        f"update pg_aggregate set {change} where aggfnoid = 'objects.{of}'::regproc",
    )


def _aggregate_function(prop: str, change: str) -> Fault:
    return fault(
        f"aggregates: {prop}",
        AGGREGATE.check(prop),
        SMALLEST,
        f"update pg_proc set {change} where oid = 'objects.smallest'::regproc",
    )


AGGREGATES: tuple[Fault, ...] = (
    _aggregate_function("result", "prorettype = 'bigint'::regtype"),
    _aggregate_function("volatility", "provolatile = 'v'"),
    _aggregate_function("security definer", "prosecdef = true"),
    _aggregate_function("strict", "proisstrict = true"),
    _aggregate_function("leakproof", "proleakproof = true"),
    _aggregate_function("parallel", "proparallel = 's'"),
    _aggregate_function("settings", "proconfig = array['work_mem=1MB']"),
    _aggregate_function("secret settings", "proconfig = array['objects.key=hunter2']"),
    fault(
        "aggregates: kind",
        AGGREGATE.check("kind"),
        "objects.middle(double precision ORDER BY anyelement)",
        "update pg_aggregate set aggkind = 'h' where aggfnoid = 'objects.middle'::regproc",
    ),
    _aggregate("direct arguments", "aggnumdirectargs = 1"),
    _aggregate("transition function", "aggtransfn = 'int4larger'::regproc"),
    _aggregate("state type", "aggtranstype = 'bigint'::regtype"),
    _aggregate("state size", "aggtransspace = 99"),
    _aggregate("initial value", "agginitval = '8'"),
    _aggregate("final function", "aggfinalfn = 'int4abs'::regproc"),
    _aggregate("final function extra", "aggfinalextra = true"),
    _aggregate("final function modifies", "aggfinalmodify = 'w'"),
    _aggregate("combine function", "aggcombinefn = 0", "mean"),
    _aggregate("serial function", "aggserialfn = 0", "mean"),
    _aggregate("deserial function", "aggdeserialfn = 0", "mean"),
    _aggregate("moving transition function", "aggmtransfn = 'int4mi'::regproc"),
    _aggregate("moving inverse function", "aggminvtransfn = 'int4pl'::regproc"),
    _aggregate("moving state type", "aggmtranstype = 'bigint'::regtype"),
    _aggregate("moving state size", "aggmtransspace = 99"),
    _aggregate("moving initial value", "aggminitval = '4'"),
    _aggregate("moving final function", "aggmfinalfn = 0", "mean"),
    _aggregate("moving final function extra", "aggmfinalextra = true"),
    _aggregate("moving final function modifies", "aggmfinalmodify = 'w'"),
    _aggregate("sort operator", "aggsortop = '>(int,int)'::regoperator"),
)


def _type(prop: str, change: str, subject: str = "objects.whole") -> Fault:
    return fault(
        f"types: {prop} of {subject}",
        TYPE.check(prop),
        subject,
        f"update pg_type set {change} where oid = '{subject}'::regtype",
    )


def _range(prop: str, change: str, subject: str = "objects.spell") -> Fault:
    return fault(
        f"types: {prop}",
        TYPE.check(prop),
        subject,
        f"update pg_range set {change} where rngtypid = '{subject}'::regtype",
    )


TYPES: tuple[Fault, ...] = (
    fault("types: domain lost", "schema.types", "objects.word", "drop domain objects.word"),
    fault("types: range lost", "schema.types", "objects.words", "drop type objects.words"),
    fault("types: shell lost", "schema.types", "objects.shell", "drop type objects.shell"),
    fault(
        "types: base type lost", "schema.types", "objects.whole", "drop type objects.whole cascade"
    ),
    fault(
        "types: enum became a domain",
        "schema.types.kind",
        "objects.shell",
        "drop type objects.shell",
        "create domain objects.shell as int",
    ),
    fault(
        "types: labels in another order",
        "schema.types.labels",
        "objects.colour",
        "update pg_enum set enumsortorder = 9 where enumlabel = 'red'"
        " and enumtypid = 'objects.colour'::regtype",
    ),
    fault(
        "types: label added",
        "schema.types.labels",
        "objects.colour",
        "insert into pg_enum select 60000, enumtypid, 10, 'violet' from pg_enum"
        " where enumlabel = 'red' and enumtypid = 'objects.colour'::regtype",
    ),
    fault(
        "types: attribute's type",
        "schema.types.attributes",
        "objects.address",
        "alter type objects.address alter attribute number type bigint cascade",
    ),
    fault(
        "types: attribute's collation",
        "schema.types.attributes",
        "objects.address",
        'alter type objects.address alter attribute street type text collate "POSIX" cascade',
    ),
    fault(
        "types: attribute lost",
        "schema.types.attributes",
        "objects.address",
        'alter type objects.address drop attribute "pôst code" cascade',
    ),
    fault(
        "types: attribute's comment",
        "schema.types.attribute_comments",
        "objects.address",
        "comment on column objects.address.number is null",
    ),
    fault(
        "types: domain's base type",
        "schema.types.base_type",
        "objects.word",
        "update pg_type set typbasetype = 'varchar'::regtype, typtypmod = 24"
        " where oid = 'objects.word'::regtype",
    ),
    fault(
        "types: domain's NOT NULL",
        "schema.types.not_null",
        "objects.word",
        "alter domain objects.word drop not null",
    ),
    fault(
        "types: domain's default",
        "schema.types.default",
        "objects.word",
        "alter domain objects.word set default 'some'",
    ),
    fault(
        "types: domain's collation",
        "schema.types.collation",
        "objects.word",
        "update pg_type set typcollation = '\"POSIX\"'::regcollation"
        " where oid = 'objects.word'::regtype",
    ),
    _type("default", "typdefault = '1'"),
    _range("subtype", "rngsubtype = 'real'::regtype"),
    _range(
        "subtype operator class",
        "rngsubopc = (select oid from pg_opclass where opcname = 'float4_ops' limit 1)",
    ),
    _range("subtype collation", "rngcollation = '\"POSIX\"'::regcollation", "objects.words"),
    _range("canonical function", "rngcanonical = 'int4range_canonical'::regproc"),
    _range("difference function", "rngsubdiff = 'float8mi'::regproc"),
    fault(
        "types: multirange",
        "schema.types.multirange",
        "objects.spell",
        "alter type objects.spell_multirange rename to spells",
    ),
    _type("input", "typinput = 'int8in'::regproc"),
    _type("output", "typoutput = 'int8out'::regproc"),
    _type("receive", "typreceive = 0"),
    _type("send", "typsend = 0"),
    _type("modifier input", "typmodin = 'varchartypmodin'::regproc"),
    _type("modifier output", "typmodout = 'varchartypmodout'::regproc"),
    _type("analyze", "typanalyze = 'array_typanalyze'::regproc"),
    _type("subscript", "typsubscript = 'raw_array_subscript_handler'::regproc"),
    _type("length", "typlen = 8"),
    _type("by value", "typbyval = false"),
    _type("alignment", "typalign = 'd'"),
    _type("storage", "typstorage = 'm'"),
    _type("delimiter", "typdelim = ','"),
    _type("category", "typcategory = 'U'"),
    _type("preferred", "typispreferred = true"),
    _type("element", "typelem = 'int'::regtype"),
    _type("collatable", "typcollation = 100"),
)


def _operator(prop: str, change: str) -> Fault:
    return fault(
        f"operators: {prop}",
        OPERATOR.check(prop),
        DIFFER,
        f"update pg_operator set {change} where oid = 'objects.<~>(int,text)'::regoperator",
    )


OPERATORS: tuple[Fault, ...] = (
    fault(
        "operators: prefix operator lost",
        "schema.operators",
        "objects.-(none, objects.address)",
        "drop operator objects.- (none, objects.address)",
    ),
    _operator("function", "oprcode = 'objects.same(int,text)'::regprocedure"),
    _operator("result", "oprresult = 'int'::regtype"),
    _operator("commutator", "oprcom = 0"),
    _operator("negator", "oprnegate = 0"),
    fault(
        "operators: restriction estimator",
        OPERATOR.check("restriction estimator"),
        DIFFER,
        "alter operator objects.<~> (int, text) set (restrict = none)",
    ),
    fault(
        "operators: join estimator",
        OPERATOR.check("join estimator"),
        DIFFER,
        "alter operator objects.<~> (int, text) set (join = none)",
    ),
    _operator("hashes", "oprcanhash = true"),
    _operator("merges", "oprcanmerge = true"),
    fault(
        "operator families: operator added",
        FAMILY.check("operators"),
        FAMILY.subject,
        "alter operator family objects.turned using btree add operator 1 objects.<~> (int, text)",
    ),
    fault(
        "operator families: function lost",
        FAMILY.check("functions"),
        FAMILY.subject,
        "delete from pg_amproc where amproc = 'objects.backwards(int,int)'::regprocedure",
    ),
    fault(
        "operator families: member of the server's own lost",
        "schema.operator_families",
        "pg_catalog.integer_ops using btree",
        "alter operator family pg_catalog.integer_ops using btree drop function 1 (int, text)",
    ),
    _catalog(
        "type",
        CLASS,
        "type",
        "pg_opclass",
        "opcintype = 'bigint'::regtype",
        "opcname = 'backwards'",
    ),
    _catalog(
        "default", CLASS, "default", "pg_opclass", "opcdefault = true", "opcname = 'backwards'"
    ),
    _catalog(
        "stored as",
        CLASS,
        "stored as",
        "pg_opclass",
        "opckeytype = 'bigint'::regtype",
        "opcname = 'backwards'",
    ),
    _catalog(
        "family",
        CLASS,
        "family",
        "pg_opclass",
        "opcfamily = (select oid from pg_opfamily where opfname = 'text_ops' and opfmethod = 403)",
        "opcname = 'backwards'",
    ),
    _catalog("type", METHOD, "type", "pg_am", "amtype = 't'", "amname = 'sideways'"),
    _catalog(
        "handler",
        METHOD,
        "handler",
        "pg_am",
        "amhandler = 'hashhandler'::regproc",
        "amname = 'sideways'",
    ),
)

_INTERNALLY = "lanname = 'internally'"
LANGUAGES: tuple[Fault, ...] = (
    _catalog("trusted", LANGUAGE, "trusted", "pg_language", "lanpltrusted = false", _INTERNALLY),
    _catalog("handler", LANGUAGE, "handler", "pg_language", "lanplcallfoid = 0", _INTERNALLY),
    _catalog(
        "inline handler", LANGUAGE, "inline handler", "pg_language", "laninline = 0", _INTERNALLY
    ),
    _catalog("validator", LANGUAGE, "validator", "pg_language", "lanvalidator = 0", _INTERNALLY),
    fault(
        "casts: between built-in types added",
        "schema.casts",
        "(integer as boolean[])",
        "create cast (int as bool[]) with inout",
    ),
    fault(
        "casts: function",
        "schema.casts.function",
        "(objects.colour as integer)",
        "update pg_cast set castfunc = 'int4abs'::regproc"
        " where castsource = 'objects.colour'::regtype",
    ),
    fault(
        "casts: method",
        "schema.casts.method",
        "(objects.whole as integer)",
        "drop cast (objects.whole as int)",
        "create cast (objects.whole as int) with inout as implicit",
    ),
    fault(
        "casts: context",
        "schema.casts.context",
        "(boolean as numeric)",
        "drop cast (bool as numeric)",
        "create cast (bool as numeric) with inout as implicit",
    ),
    fault(
        "transforms: from SQL",
        "schema.transforms.from_sql",
        TRANSFORM.subject,
        "create or replace transform for int language internally"
        " (to sql with function objects.to_sql(internal))",
    ),
    fault(
        "transforms: to SQL",
        "schema.transforms.to_sql",
        TRANSFORM.subject,
        "create or replace transform for int language internally"
        " (from sql with function objects.from_sql(internal))",
    ),
    _catalog(
        "from", CONVERSION, "from", "pg_conversion", "conforencoding = 16", "conname = 'latin'"
    ),
    _catalog("to", CONVERSION, "to", "pg_conversion", "contoencoding = 9", "conname = 'latin'"),
    _catalog(
        "function",
        CONVERSION,
        "function",
        "pg_conversion",
        "conproc = 'utf8_to_iso8859_1'::regproc",
        "conname = 'latin'",
    ),
    _catalog(
        "default", CONVERSION, "default", "pg_conversion", "condefault = true", "conname = 'latin'"
    ),
)

TEXT_SEARCH: tuple[Fault, ...] = (
    *(
        _catalog(
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
    _catalog(
        "init function",
        TEMPLATE,
        "init function",
        "pg_ts_template",
        "tmplinit = 0",
        "tmplname = 'template'",
    ),
    _catalog(
        "lexize function",
        TEMPLATE,
        "lexize function",
        "pg_ts_template",
        "tmpllexize = 'now'::regproc",
        "tmplname = 'template'",
    ),
    _catalog(
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
    _catalog(
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
    _catalog("provider", COLLATION, "provider", "pg_collation", "collprovider = 'i'", _BYTES),
    _catalog("collate", COLLATION, "collate", "pg_collation", "collcollate = 'POSIX'", _BYTES),
    _catalog("ctype", COLLATION, "ctype", "pg_collation", "collctype = 'C'", _BYTES),
    _catalog(
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

FOREIGN: tuple[Fault, ...] = (
    _catalog(
        "handler",
        WRAPPER,
        "handler",
        "pg_foreign_data_wrapper",
        "fdwhandler = 'bthandler'::regproc",
        "fdwname = 'faraway'",
    ),
    _catalog(
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
    _catalog(
        "wrapper",
        SERVER,
        "wrapper",
        "pg_foreign_server",
        "srvfdw = (select oid from pg_foreign_data_wrapper where fdwname = 'nowhere')",
        "srvname = 'far away'",
    ),
    _catalog(
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

PUBLISHED = "part: objects.published"
PUBLICATIONS: tuple[Fault, ...] = (
    _catalog(
        "all tables",
        PUBLICATION,
        "all tables",
        "pg_publication",
        "puballtables = true",
        "pubname = 'part'",
    ),
    fault(
        "publications: operations",
        PUBLICATION.check("operations"),
        "part",
        "alter publication part set (publish = 'insert')",
    ),
    fault(
        "publications: via root",
        PUBLICATION.check("via root"),
        "part",
        "alter publication part set (publish_via_partition_root = true)",
    ),
    fault(
        "publication tables: lost",
        "schema.publication_tables",
        PUBLISHED,
        "alter publication part drop table objects.published",
    ),
)
BEFORE_15: tuple[Fault, ...] = (
    # Before it had a column of its own, an ICU locale stood in collcollate.
    _catalog("locale", COLLATION, "locale", "pg_collation", "collprovider = 'i'", _BYTES),
)
SINCE_15: tuple[Fault, ...] = (
    fault(
        "collations: locale",
        COLLATION.check("locale"),
        COLLATION.subject,
        # The column was renamed in 17.
        "do $$ begin execute (select format('update pg_collation set %I = %L where collname = %L',"
        " attname, 'de', 'bytes') from pg_attribute where attrelid = 'pg_collation'::regclass"
        " and attname in ('colliculocale', 'colllocale')); end $$",
    ),
    fault(
        "publications: schemas",
        PUBLICATION.check("schemas"),
        "part",
        "alter publication part add tables in schema core",
    ),
    fault(
        "publication tables: columns",
        "schema.publication_tables.columns",
        PUBLISHED,
        "alter publication part set table objects.published (id, region)",
    ),
    fault(
        "publication tables: filter",
        "schema.publication_tables.filter",
        PUBLISHED,
        "alter publication part set table objects.published where (id < 7)",
    ),
)
SINCE_16: tuple[Fault, ...] = (
    _catalog("rules", COLLATION, "rules", "pg_collation", "collicurules = '&V << w <<< W'", _BYTES),
)
SINCE_18: tuple[Fault, ...] = (
    fault(
        "publications: generated columns",
        PUBLICATION.check("generated columns"),
        "part",
        "alter publication part set (publish_generated_columns = stored)",
    ),
)

SECURITY: tuple[Fault, ...] = (
    fault(
        "default privileges: lost",
        "schema.default_privileges",
        "for role pg_monitor on functions",
        "alter default privileges for role pg_monitor grant execute on functions to public",
    ),
    fault(
        "default privileges: added",
        "schema.default_privileges",
        "for role pg_monitor in schema objects on sequences",
        "alter default privileges for role pg_monitor in schema objects"
        " grant usage on sequences to public",
    ),
    fault(
        "default privileges: privilege",
        "schema.default_privileges.acl",
        "for role pg_monitor in schema objects on tables",
        "alter default privileges for role pg_monitor in schema objects"
        " grant insert on tables to pg_read_all_stats",
    ),
    fault(
        "system privileges: granted",
        "schema.system_privileges",
        "function pg_ls_waldir()",
        "grant execute on function pg_catalog.pg_ls_waldir() to public",
    ),
    fault(
        "system privileges: grant lost",
        "schema.system_privileges",
        "function pg_ls_dir(text)",
        "revoke execute on function pg_catalog.pg_ls_dir(text) from pg_monitor",
    ),
    fault(
        "system privileges: granted to another",
        "schema.system_privileges.granted",
        "function pg_ls_dir(text)",
        "grant execute on function pg_catalog.pg_ls_dir(text) to pg_read_all_stats",
    ),
    fault(
        "system privileges: revoked",
        "schema.system_privileges.revoked",
        "relation pg_cursors",
        "grant select on pg_catalog.pg_cursors to public",
        "revoke select on pg_catalog.pg_cursors from current_user",
    ),
    fault(
        "system privileges: information_schema",
        "schema.system_privileges",
        "relation information_schema.tables",
        "revoke select on information_schema.tables from public",
    ),
    fault(
        "system privileges: column",
        "schema.system_privileges",
        "column pg_subscription.subconninfo",
        "grant select (subconninfo) on pg_catalog.pg_subscription to pg_monitor",
    ),
)


def objects(version: int) -> tuple[Fault, ...]:
    """All of these faults that a server of this version (``server_version_num``) can have."""
    return (
        COMMON
        + EXTENSIONS
        + ROUTINES
        + AGGREGATES
        + TYPES
        + OPERATORS
        + LANGUAGES
        + TEXT_SEARCH
        + COLLATIONS
        + FOREIGN
        + PUBLICATIONS
        + SECURITY
        + (SINCE_15 if version >= 150000 else BEFORE_15)
        + (SINCE_16 if version >= 160000 else ())
        + (SINCE_18 if version >= 180000 else ())
    )
