"""Types that are lost or altered (R34)."""

from __future__ import annotations

from tests.sabotage.faults.fault import Fault, fault
from tests.sabotage.faults.named import TYPE


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
