"""Operators, access methods, languages, casts and the like that are lost or altered (R34)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import (
    CLASS,
    CONVERSION,
    DIFFER,
    FAMILY,
    LANGUAGE,
    METHOD,
    OPERATOR,
    TRANSFORM,
    in_catalog,
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
    in_catalog(
        "type",
        CLASS,
        "type",
        "pg_opclass",
        "opcintype = 'bigint'::regtype",
        "opcname = 'backwards'",
    ),
    in_catalog(
        "default", CLASS, "default", "pg_opclass", "opcdefault = true", "opcname = 'backwards'"
    ),
    in_catalog(
        "stored as",
        CLASS,
        "stored as",
        "pg_opclass",
        "opckeytype = 'bigint'::regtype",
        "opcname = 'backwards'",
    ),
    in_catalog(
        "family",
        CLASS,
        "family",
        "pg_opclass",
        "opcfamily = (select oid from pg_opfamily where opfname = 'text_ops' and opfmethod = 403)",
        "opcname = 'backwards'",
    ),
    in_catalog("type", METHOD, "type", "pg_am", "amtype = 't'", "amname = 'sideways'"),
    in_catalog(
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
    in_catalog("trusted", LANGUAGE, "trusted", "pg_language", "lanpltrusted = false", _INTERNALLY),
    in_catalog("handler", LANGUAGE, "handler", "pg_language", "lanplcallfoid = 0", _INTERNALLY),
    in_catalog(
        "inline handler", LANGUAGE, "inline handler", "pg_language", "laninline = 0", _INTERNALLY
    ),
    in_catalog("validator", LANGUAGE, "validator", "pg_language", "lanvalidator = 0", _INTERNALLY),
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
    in_catalog(
        "from", CONVERSION, "from", "pg_conversion", "conforencoding = 16", "conname = 'latin'"
    ),
    in_catalog("to", CONVERSION, "to", "pg_conversion", "contoencoding = 9", "conname = 'latin'"),
    in_catalog(
        "function",
        CONVERSION,
        "function",
        "pg_conversion",
        "conproc = 'utf8_to_iso8859_1'::regproc",
        "conname = 'latin'",
    ),
    in_catalog(
        "default", CONVERSION, "default", "pg_conversion", "condefault = true", "conname = 'latin'"
    ),
)
