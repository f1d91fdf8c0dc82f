"""Rows and large objects that are not what they were (R36): each kind of change, alone.

What a type's equality, its hash or its text does not see is here on purpose: docs, content traps.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.sabotage.faults.fault import Fault, fault

MISSING = "content.missing_rows"
EXTRA = "content.extra_rows"
CHANGED = "content.changed_rows"
LARGE = "content.large_objects"


@dataclass(frozen=True, slots=True)
class Ring:
    """One finding that locates rows.

    keys     of the rows, as SQL would write them in a row: ``3`` or ``(3,code)``; for a table
             without a key, how many rows there are
    columns  that were changed, in their order
    """

    check: str
    subject: str
    keys: tuple[str, ...] | int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowFault(Fault):
    """A fault of rows: all that must be said of their places, and nothing else; its `check` and
    `subject` are those of the first.
    """

    rings: tuple[Ring, ...] = ()


def rows(name: str, *parts: Ring | str) -> RowFault:
    """A fault from its rings and its statements."""
    rings = tuple(part for part in parts if isinstance(part, Ring))
    sql = tuple(part for part in parts if isinstance(part, str))
    return RowFault(name, rings[0].check, rings[0].subject, sql, rings=rings)


def changed(subject: str, keys: str, columns: str) -> Ring:
    """Rows with other values; keys and columns separated by blanks."""
    return Ring(CHANGED, subject, tuple(keys.split()), tuple(columns.split()))


def missing(subject: str, keys: str | int) -> Ring:
    """Rows that did not come back."""
    return Ring(MISSING, subject, keys if isinstance(keys, int) else tuple(keys.split()))


def extra(subject: str, keys: str | int) -> Ring:
    """Rows that came from elsewhere."""
    return Ring(EXTRA, subject, keys if isinstance(keys, int) else tuple(keys.split()))


def update(name: str, table: str, key: str, column: str, value: str) -> RowFault:
    """One cell of the row ``id = key`` of ``rows.table`` gets another value."""
    subject = f"rows.{table}"
    sql = f"update {subject} set {column} = {value} where id = {key}"
    return rows(name, changed(subject, key, column), sql)


QUOTED = '"Zeilen ""x"" 100%s"'

TEXTS = (
    update("one byte of a text", "texts", "1", "t", "'café 7'"),
    update("one letter's case", "texts", "2", "t", "'Café 2'"),
    update("a letter decomposed", "texts", "3", "t", "normalize(t, nfd)"),
    update("a text read as Latin-1", "texts", "4", "t", "'cafÃ© 4'"),
    update("a trailing blank in text", "texts", "5", "t", "t || ' '"),
    update("a line ending", "texts", "6", "t", r"t || e'\r'"),
    update("NULL became ''", "texts", "7", "t", "''"),
    update("'' became NULL", "texts", "8", "t", "null"),
    update("a trailing blank in varchar", "labels", "1", "v", "'abc '"),
    update("a letter that looks the same", "labels", "2", "v", "'аbc'"),
    update("NULL became '' in char(n)", "labels", "5", "c", "''"),
    update("a no-break space in char(n)", "labels", "3", "c", r"e'abc\u00a0'"),
    update("one byte of a bytea", "blobs", "1", "b", "set_byte(b, 3, (get_byte(b, 3) + 1) % 256)"),
    update("one bit of a bytea", "blobs", "2", "b", "set_bit(b, 77, 1 - get_bit(b, 77))"),
    update("a NUL byte at the end", "blobs", "3", "b", r"b || '\x00'"),
    update("bytea emptied", "blobs", "4", "b", "''"),
    update(
        "one byte of a text out of line",
        "toasted",
        "1",
        "body",
        "overlay(body placing '!' from 9999)",
    ),
    update(
        "one bit of a bytea out of line",
        "toasted",
        "2",
        "bytes",
        "set_bit(bytes, 70001, 1 - get_bit(bytes, 70001))",
    ),
    update("a text out of line cut off", "toasted", "3", "body", "left(body, 8000)"),
    update("a text out of line lost", "toasted", "4", "body", "null"),
)

NUMBERS = (
    update("smallint", "integers", "1", "i2", "-i2"),
    update("integer, one more", "integers", "2", "i4", "i4 + 1"),
    update("bigint 2^32 away", "integers", "3", "i8", "i8 + 4294967296"),
    update("bigint's bits inverted", "integers", "4", "i8", "~i8"),
    update("oid", "integers", "5", "o", "4294967295"),
    update("zero against NULL", "integers", "6", "i4", "null"),
    update("real: -0", "floats", "1", "f4", "'-0'"),
    update("double: -0", "floats", "2", "f8", "'-0'"),
    update("real's last bit", "floats", "3", "f4", "'1e-45'"),
    update("double's last bit", "floats", "4", "f8", "'5e-324'"),
    update("NaN became NULL", "floats", "5", "f8", "null"),
    update("infinity's sign", "floats", "6", "f8", "'-Infinity'"),
    update("infinity became NaN", "floats", "6", "f4", "'NaN'"),
    update("numeric 1.0 became 1.00", "numerics", "1", "n", "1.00"),
    update("numeric 1.0 became 1", "numerics", "2", "n", "1"),
    update("numeric's 40th digit", "numerics", "3", "n", "1.0 + 1e-40"),
    update("numeric NaN became 0", "numerics", "5", "n", "0"),
    update("a cent", "numerics", "4", "m", "m + '0.01'::money"),
)

TIMES = (
    update("a microsecond", "moments", "1", "t", "t + interval '1 microsecond'"),
    update("precision lost", "moments", "2", "tz", "tz + interval '0.4 seconds'"),
    update("another zone's hour", "moments", "3", "tz", "tz - interval '1 hour'"),
    update("a day", "moments", "4", "d", "d + 1"),
    update("the end of time", "moments", "5", "t", "'infinity'"),
    update("24:00 for 00:00", "hours", "1", "c", "'24:00'"),
    update("the same moment in another zone", "hours", "2", "ctz", "'02:30+01'"),
    update("24 hours for 1 day", "hours", "3", "iv", "'24 hours'"),
    update("30 days for 1 month", "hours", "4", "iv", "'1 month -29 days'"),
)

DOCUMENTS = (
    update("order of keys in json", "documents", "1", "j", """'{"b": 1.0, "a": 1}'"""),
    update("blanks in json", "documents", "2", "j", """'{"a":1,"b":1.0}'"""),
    update("a number in json", "documents", "3", "j", """'{"a": 1, "b": 1.00}'"""),
    update("a key twice in json", "documents", "4", "j", """'{"a": 1, "a": 1, "b": 1.0}'"""),
    update("a number in jsonb", "binary_documents", "1", "b", """'{"a": 1, "b": 1.00}'"""),
    update("null in jsonb", "binary_documents", "2", "b", """'{"a": 1, "b": null}'"""),
    update(
        "a number became text in jsonb", "binary_documents", "3", "b", """'{"a": "1", "b": 1.0}'"""
    ),
    update("JSON null for NULL", "binary_documents", "5", "b", "'null'"),
)

SHAPES = (
    update("a point's -0", "shapes", "1", "p", "'(-0,1)'"),
    update("a segment's ends swapped", "shapes", "2", "l", "'((1,1),(0,0))'"),
    update("a box", "shapes", "3", "b", "'((1,1.0000001),(0,0))'"),
    update("a path closed", "shapes", "4", "w", "'[(0,0),(1,1)]'"),
    update("a polygon's first corner", "shapes", "1", "g", "'((0,0),(1,0),(1,1))'"),
    update("a circle", "shapes", "2", "c", "'<(0,0),1.0000001>'"),
)

OTHER_TYPES = (
    update("an inet's mask", "addresses", "1", "i", "'10.1.2.3/16'"),
    update("a cidr's mask", "addresses", "2", "c", "'10.1.0.0/17'"),
    update("a macaddr", "addresses", "3", "m", "'08:00:2b:01:02:04'"),
    update("a macaddr8", "addresses", "4", "m8", "'08:00:2b:01:02:03:04:06'"),
    update("one bit", "bits", "1", "f", "b'00001110'"),
    update("a bit string longer by a zero", "bits", "2", "v", "b'00010'"),
    rows(
        "a uuid",
        changed("rows.identified", "c4ca4238-a0b9-2382-0dcc-509a6f75849b", "other"),
        "update rows.identified set other = md5('other')::uuid where id = md5('1')::uuid",
    ),
    update("a position in a tsvector", "searched", "1", "v", "'fat:1 cat:3'"),
    update("a weight in a tsvector", "searched", "2", "v", "'fat:1A cat:2'"),
    update("an operator in a tsquery", "searched", "3", "q", "'fat | cat'"),
    update("an element of an array", "arrays", "1", "a", "'{1,3,2}'"),
    update("an array's lower bound", "arrays", "2", "a", "'[0:2]={1,2,3}'"),
    update("NULL in an array", "arrays", "3", "a", "'{1,2,NULL}'"),
    update("'NULL' in an array", "arrays", "4", "t", """'{a,"NULL"}'"""),
    update("an array's dimensions", "arrays", "5", "m", "'{{1,2,3,4}}'"),
    update("an empty array for NULL", "arrays", "6", "a", "'{}'"),
    update("a range's bound", "ranges", "1", "r", "'[1,6)'"),
    update("a range's bound included", "ranges", "2", "n", "'[1.0,5.0]'"),
    update("a range's number", "ranges", "3", "n", "'[1.0,5.00)'"),
    update("a range without end", "ranges", "4", "t", "'[2024-01-01,)'"),
    update("a range that ends at infinity", "ranges", "1", "t", "'[2024-01-01,infinity)'"),
    update("a multirange", "ranges", "2", "m", "'{[1,2),[3,5)}'"),
    update("an enum's label", "own_types", "1", "e", "'even'"),
    update("an enum's label in an array", "own_types", "2", "es", "'{low,even}'"),
    update("a field of a composite", "own_types", "3", "a", "row('Main Street', 2)::rows.address"),
    update("NULL in a composite", "own_types", "4", "a", "row('Main Street', null)::rows.address"),
    update("a domain over numeric", "own_types", "5", "p", "10.0"),
    update("a range of one's own", "own_types", "6", "s", "'[-0,1)'"),
    rows(
        "a cell among 400",
        changed("rows.wide", "2", "c399"),
        "update rows.wide set c399 = 'V399' where id = 2",
    ),
    rows(
        "two cells swapped within a row, among 400",
        changed("rows.wide", "3", "c17 c18"),
        "update rows.wide set c17 = c18, c18 = c17 where id = 3",
    ),
)

KEYS = (
    rows(
        "two cells swapped between rows",
        changed("rows.many", "700 7000", "value"),
        "update rows.many m set value = o.value from rows.many o"
        " where m.id in (700, 7000) and o.id in (700, 7000) and m.id <> o.id",
    ),
    rows(
        "two rows changed keys",
        changed("rows.many", "7 21000", "value"),
        "begin",
        "update rows.many set id = -1 where id = 7",
        "update rows.many set id = 7 where id = 21000",
        "update rows.many set id = 21000 where id = -1",
        "commit",
    ),
    rows(
        "a row lost and another found",
        missing("rows.many", "14"),
        extra("rows.many", "15"),
        "update rows.many set id = 15 where id = 14",
    ),
    rows(
        "a row beyond the last",
        extra("rows.numbered", "9223372036854775807"),
        "insert into rows.numbered values (9223372036854775807, 'beyond')",
    ),
    rows(
        "a row before the first",
        extra("rows.numbered", "-9223372036854775808"),
        "insert into rows.numbered values (-9223372036854775808, 'before')",
    ),
    rows(
        "rows here and there",
        missing("rows.many", "2800 2807"),
        changed("rows.many", "7007", "value"),
        extra("rows.many", "3 20999"),
        "delete from rows.many where id in (2800, 2807)",
        "update rows.many set value = upper(value) where id = 7007",
        "insert into rows.many values (3, 'x'), (20999, 'x')",
    ),
    rows(
        "keys 2^32 apart changed places",
        changed("rows.numbered", "0 4294967296", "value"),
        "update rows.numbered n set value = o.value from rows.numbered o"
        " where n.n in (0, 4294967296) and o.n in (0, 4294967296) and n.n <> o.n",
    ),
    rows(
        "a uuid for a key",
        missing("rows.identified", "c81e728d-9d4c-2f63-6f06-7f89cc14862c"),
        extra("rows.identified", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        "update rows.identified set id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
        " where id = md5('2')::uuid",
    ),
    rows(
        "a key of two parts",
        changed("rows.pairs", "(1,c81e728d-9d4c-2f63-6f06-7f89cc14862c)", "value"),
        "update rows.pairs set value = 'x' where b = md5('2')::uuid",
    ),
    rows(
        "one part of a key",
        missing("rows.pairs", "(2,a87ff679-a2f3-e71d-9181-a67b7542122c)"),
        extra("rows.pairs", "(3,a87ff679-a2f3-e71d-9181-a67b7542122c)"),
        "update rows.pairs set a = 3 where b = md5('4')::uuid",
    ),
    rows(
        "a key half of which is hidden",
        Ring(CHANGED, "rows.half_hidden", ("(2,code 2)",), ("value",)),
        "update rows.half_hidden set value = 0 where a = 2",
    ),
    rows(
        "a hidden key",
        Ring(CHANGED, "rows.hidden", ("customer 3",), ("value",)),
        "update rows.hidden set value = 0 where name = 'customer 3'",
    ),
    rows(
        "a hidden key lost",
        Ring(MISSING, "rows.hidden", ("customer 4",)),
        "delete from rows.hidden where name = 'customer 4'",
    ),
    rows(
        "a key of time",
        Ring(CHANGED, "rows.by_moment", ("2024-01-03 00:00:00+00",), ("value",)),
        "update rows.by_moment set value = 0 where value = 2",
    ),
    rows(
        "names that need quoting",
        Ring(CHANGED, f"rows.{QUOTED}", ("3",), ('"a.b"', '"naïve 中"')),
        f"""update rows.{QUOTED} set "a.b" = 'y', "naïve 中" = 0 where "Schlüssel %" = 3""",
    ),
)

KEYLESS = (
    rows(
        "a keyless row lost", missing("rows.keyless", 1), "delete from rows.keyless where b = 'y'"
    ),
    rows(
        "one of two equal rows lost",
        missing("rows.keyless", 1),
        "delete from rows.keyless where ctid = (select min(ctid) from rows.keyless where b = 'x')",
    ),
    rows(
        "a keyless row twice", extra("rows.keyless", 1), "insert into rows.keyless values (3, 'z')"
    ),
    rows(
        "a keyless row changed",
        missing("rows.keyless", 1),
        extra("rows.keyless", 1),
        "update rows.keyless set b = 'Z' where b = 'z'",
    ),
    rows(
        "{1, 1} became {2, 2}",
        missing("rows.doubled", 2),
        extra("rows.doubled", 2),
        "update rows.doubled set a = 2 where a = 1",
    ),
    rows(
        "a row duplicated and another lost",
        missing("rows.doubled", 1),
        extra("rows.doubled", 1),
        "delete from rows.doubled where a = 3",
        "insert into rows.doubled values (1)",
    ),
    rows(
        "a row without columns lost",
        missing("rows.columnless", 1),
        "delete from rows.columnless where ctid = (select max(ctid) from rows.columnless)",
    ),
    rows(
        "a row without columns too many",
        extra("rows.columnless", 2),
        "insert into rows.columnless select from generate_series(1, 2)",
    ),
)

RELATIONS = (
    rows(
        "a row in another partition",
        Ring(MISSING, "rows.parted_north", ("(3,north)",)),
        Ring(EXTRA, "rows.parted_south", ("(3,south)",)),
        "update rows.parted set region = 'south' where id = 3",
    ),
    rows(
        "a row moved from parent to child",
        missing("rows.ancestor", "3"),
        extra("rows.descendant", "3"),
        "insert into rows.descendant select * from only rows.ancestor where id = 3",
        "delete from only rows.ancestor where id = 3",
    ),
    rows(
        "a row moved from child to parent",
        missing("rows.descendant", "4"),
        extra("rows.ancestor", "4"),
        "insert into rows.ancestor select * from rows.descendant where id = 4",
        "delete from rows.descendant where id = 4",
    ),
    rows(
        "a generated column that was not computed",
        changed("rows.computed", "2", "b"),
        "update pg_attribute set attgenerated = ''"
        " where attrelid = 'rows.computed'::regclass and attname = 'b'",
        "update rows.computed set b = 0 where id = 2",
        "update pg_attribute set attgenerated = 's'"
        " where attrelid = 'rows.computed'::regclass and attname = 'b'",
    ),
    rows(
        "a materialised view of another day",
        missing("rows.summary", 1),
        extra("rows.summary", 1),
        "begin",
        "update rows.base set amount = 0 where id = 1",
        "refresh materialized view rows.summary",
        "update rows.base set amount = 1 where id = 1",
        "commit",
    ),
    rows(
        "row 13: an unlogged table emptied",
        missing("rows.lost_in_a_crash", "1 2 3"),
        "truncate rows.lost_in_a_crash",
    ),
    rows(
        "a table emptied",
        missing(
            "rows.identified",
            "1679091c-5a88-0faf-6fb5-e6087eb1b2dc"
            " a87ff679-a2f3-e71d-9181-a67b7542122c c4ca4238-a0b9-2382-0dcc-509a6f75849b"
            " c81e728d-9d4c-2f63-6f06-7f89cc14862c e4da3b7f-bbce-2345-d777-2b0674a318d5"
            " eccbc87e-4b5c-e2fe-2830-8fd9f2a7baf3",
        ),
        "truncate rows.identified",
    ),
    rows(
        "a table filled twice",
        extra("rows.keyless", 6),
        "insert into rows.keyless select * from rows.keyless",
    ),
)

ROWS: tuple[RowFault, ...] = (
    *TEXTS,
    *NUMBERS,
    *TIMES,
    *DOCUMENTS,
    *SHAPES,
    *OTHER_TYPES,
    *KEYS,
    *KEYLESS,
    *RELATIONS,
)

LARGE_OBJECTS: tuple[Fault, ...] = (
    fault(
        "row 17: a large object lost",
        LARGE,
        "large object 4000000001",
        "select lo_unlink(4000000001)",
    ),
    fault(
        "an empty large object lost",
        LARGE,
        "large object 4000000003",
        "select lo_unlink(4000000003)",
    ),
    fault(
        "a large object too many",
        LARGE,
        "large object 4000000005",
        "select lo_create(4000000005)",
    ),
    fault(
        "one byte of a large object",
        "content.large_objects.bytes",
        "large object 4000000002",
        r"select lo_put(4000000002, 9999, '\x00')",
    ),
    fault(
        "two pages of a large object swapped",
        "content.large_objects.bytes",
        "large object 4000000002",
        "select lo_put(4000000002, 0, second), lo_put(4000000002, 2048, first) from"
        " (select lo_get(4000000002, 0, 2048) as first, lo_get(4000000002, 2048, 2048) as second"
        " offset 0) as pages",
    ),
    fault(
        "a byte at the end of a large object",
        "content.large_objects.length",
        "large object 4000000001",
        r"select lo_put(4000000001, 11, '\x00')",
    ),
    fault(
        "a large object cut off",
        "content.large_objects.length",
        "large object 4000000002",
        "begin",
        "select lo_truncate(lo_open(4000000002, 131072), 5000)",
        "commit",
    ),
    fault(
        "a large object of zeros for an empty one",
        "content.large_objects.length",
        "large object 4000000003",
        r"select lo_put(4000000003, 0, '\x000000')",
    ),
    fault(
        "a large object's owner",
        "content.large_objects.owner",
        "large object 4000000001",
        "alter large object 4000000001 owner to pg_monitor",
    ),
    fault(
        "a large object open to all",
        "content.large_objects.acl",
        "large object 4000000001",
        "grant select on large object 4000000001 to public",
    ),
    fault(
        "a large object's rights lost",
        "content.large_objects.acl",
        "large object 4000000002",
        "revoke all on large object 4000000002 from public",
    ),
)

CONTENT: tuple[Fault, ...] = (*ROWS, *LARGE_OBJECTS)

OPTIONAL = {
    "select exists (select from pg_type where typname = 'hstore')": (
        update("a key in hstore", "extended", "1", "h", "'a=>1,b=>NULL'"),
        update("'NULL' in hstore", "extended", "2", "h", """'a=>"NULL"'"""),
        update("case in citext", "extended", "3", "c", "'aBC'"),
    ),
    "select exists (select from rows.markup)": (
        update("order of attributes in xml", "markup", "1", "x", """'<a c="2" b="1"/>'"""),
        update("an empty element in xml", "markup", "2", "x", """'<a b="1" c="2"></a>'"""),
    ),
}
"""Faults that need what some servers lack: the query that tells whether the sample has it."""
