"""How a row becomes bytes, and bytes become a hash: the same on every server from 13 to 18.

`record_send` takes what typed hashes fold together (1.0 and 1.00, -0 and 0, trailing blanks) and
types that have no hash (json, point). It writes the OID of each column's type, though, and some
types' own OIDs, so only built-in types with fixed OIDs are *sent*; the rest is *told* in the words
of its type's output function, which are what pg_dump would write.

One 64-bit hash of those bytes, summed over rows: a sum and not an exclusive or, which two equal
rows would cancel; of the bytes and not of the columns, whose record hash is linear, so that a cell
swapped between two rows would cancel (facts/parity-and-content.md, content traps 1 to 5).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from checks.database import SYSTEM_SCHEMAS, RowCursor, pin

SEEDS = (0, 1)
"""Of the two row hashes. A baseline depends on them: never changed without changing its version."""

SHOWN_KEYS = ("int2", "int4", "int8", "uuid")
"""Types of key columns whose values may be shown (DESIGN 4), and by which rows may be divided."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it is hashed.

    type   as ``format_type`` says it: ``character varying(20)``
    base   the built-in type under all domains, by its name in ``pg_catalog`` (``int8``); None for
           a type of the user's own
    form   sent: by its type's send function · cast: first to `base`, its domain's
           type · number: sent, with every NaN made one · words: as its output function writes it
    """

    name: str
    type: str
    base: str | None
    form: Literal["sent", "cast", "number", "words"]

    @property
    def may_be_shown(self) -> bool:
        """Whether values of this column may stand in a finding (DESIGN 4)."""
        return self.base in SHOWN_KEYS


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of a database, as the catalog has it.

    oid      to ask the catalog about it again; differs from copy to copy, and is never compared
    table    rendered as ``format('%I.%I')`` does
    kind     table · materialised view · partitioned · foreign
    columns  those that are there, in their order; dropped ones are none
    key      names of the columns that identify a row: see `_KEYS`
    bytes    of heap and TOAST
    rows     as the last VACUUM or ANALYZE estimated; None where there was none
    """

    oid: int
    schema: str
    name: str
    table: str
    kind: Literal["table", "materialised view", "partitioned", "foreign"]
    unlogged: bool
    populated: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    bytes: int
    rows: int | None

    @property
    def identifier(self) -> sql.Identifier:
        """For a statement: schema and name, quoted."""
        return sql.Identifier(self.schema, self.name)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def row_bytes(columns: Sequence[Column], source: str = "t") -> sql.Composed:
    """An expression of type bytea that holds everything of these columns of the table `source`.

    Two rows have the same bytes exactly if pg_dump would write them alike. Names and types are not
    in it: they are compared apart. NULL is not '', and a zero-column row is four zero bytes.
    """
    entries = [_entry(column, source) for column in columns if column.form != "words"]
    if told := [sql.Identifier(source, c.name) for c in columns if c.form == "words"]:
        # All in one row, so that a row() of 1,600 columns has no more entries than it may (1,664).
        # A record's cast to text is its output function: nobody can put another in its place, as
        # an administrator could for a type's own cast; and it keeps NULL apart from ''.
        entries.append(sql.SQL("row({})::pg_catalog.text").format(sql.SQL(", ").join(told)))
    return sql.SQL("pg_catalog.record_send(row({}))").format(sql.SQL(", ").join(entries))


def row_hash(row: sql.Composable, seed: int, server_version: int) -> sql.Composable:
    """An expression of type bigint: a 64-bit hash of `row`, an expression of type bytea."""
    return hash_of(hashable(row, server_version), seed, server_version)


def hashable(row: sql.Composable, server_version: int) -> sql.Composable:
    """What the server can hash of `row`, an expression of type bytea: once for all seeds.

    Before 18 there is no function that hashes a bytea and may be called, but one for arrays. Making
    the array for each seed would cost a fifth of the whole scan [ran: 15].
    """
    return row if server_version >= 180000 else sql.SQL("array[{}]").format(row)


def hash_of(hashed: sql.Composable, seed: int, server_version: int) -> sql.Composable:
    """An expression of type bigint: the hash of what `hashable` made; one number on all versions.

    The hash of an array of one element is that of its element, but that it starts from 31.
    """
    if server_version >= 180000:
        form = sql.SQL("pg_catalog.hashbyteaextended({}, {})")
    else:
        form = sql.SQL("(pg_catalog.hash_array_extended({}, {}) - 31)")
    return form.format(hashed, sql.Literal(seed))


def statement(query: sql.Composable) -> bytes:
    """The query as bytes, whatever the session's encoding: names may be of any alphabet.

    Never passed with parameters, so that a ``%`` in a name is only a ``%``.
    """
    return query.as_bytes(None)


def send_as_stored(cursor: RowCursor) -> None:
    """Make `record_send` work for every text in the database, for the rest of the transaction.

    Text is sent in the client's encoding: pinned to UTF-8, so that two databases of different
    encodings compare by their characters. A database in SQL_ASCII holds bytes of any kind, and the
    server refuses those that are no UTF-8 (22021): they are sent as they are.
    """
    cursor.execute("select pg_catalog.current_setting('server_encoding')")
    ((encoding,),) = cursor.fetchall()
    if encoding in ("SQL_ASCII", b"SQL_ASCII"):
        pin(cursor, {"client_encoding": "SQL_ASCII"}, local=True)


def read_relations(cursor: RowCursor, left_out: Collection[str] = ()) -> list[Relation]:
    """Every relation that stores rows, or stands for others that do, by name; no system schemas.

    Needs no right on the tables. Temporary tables of other sessions are left out.
    """
    columns = _read_columns(cursor, left_out)
    keys = _read_keys(cursor, left_out)
    cursor.execute(_RELATIONS, [SYSTEM_SCHEMAS, list(left_out)])
    return [
        Relation(
            oid=oid,
            schema=schema,
            name=name,
            table=table,
            kind=_KINDS[kind],
            unlogged=persistence == "u",
            populated=populated,
            columns=tuple(columns.get(oid, ())),
            key=keys.get(oid, ()),
            bytes=size,
            rows=rows,
        )
        for oid, schema, name, table, kind, persistence, populated, size, rows in cursor.fetchall()
    ]


_KINDS: dict[str, Literal["table", "materialised view", "partitioned", "foreign"]] = {
    "r": "table",
    "m": "materialised view",
    "p": "partitioned",
    "f": "foreign",
}

# reltuples is -1 where nobody ever looked (14 and later); in 13 it is 0, with relpages 0.
_RELATIONS = """
select c.oid::bigint, n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname),
       c.relkind::text, c.relpersistence::text, c.relispopulated,
       (c.relpages::bigint + coalesce(t.relpages, 0)) * current_setting('block_size')::bigint,
       case when c.reltuples > 0 or c.reltuples = 0 and c.relpages > 0 then c.reltuples::bigint end
from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_class t on t.oid = c.reltoastrelid
where c.relkind in ('r', 'm', 'p', 'f') and c.relpersistence <> 't'
  and n.nspname !~ %s and n.nspname <> all (%s)
order by n.nspname, c.relname
"""

# A type's own OID is the same everywhere below 10000 only: those above were given out by initdb or
# by a CREATE TYPE. reg* types are OIDs of objects, which a logical restore numbers anew. An array's
# send function tells whether it was ever able to hold a NULL, which a dump does not keep; so does
# none that has no send function (aclitem).
_COLUMNS = """
with recursive columns as (
    select a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped
      and c.relkind in ('r', 'm') and c.relpersistence <> 't'
      and n.nspname !~ %s and n.nspname <> all (%s)
),
under (type, base) as (
    select distinct atttypid, atttypid from columns
    union all
    select u.type, t.typbasetype from under u join pg_type t on t.oid = u.base where t.typtype = 'd'
),
types as (
    select u.type, u.base, t.typname as name, u.type <> u.base as of_domain,
           u.base < 10000 as built_in,
           t.typsend <> 0 and t.typcategory <> 'A' and t.typname !~ '^reg' as sent
    from under u join pg_type t on t.oid = u.base
    where t.typtype <> 'd'
)
select c.attrelid::bigint, c.attname, format_type(c.atttypid, c.atttypmod),
       case when t.built_in then t.name end,
       case
         when not (t.built_in and t.sent) then 'words'
         when t.base in ('float4'::regtype, 'float8'::regtype) then 'number'
         when t.of_domain or t.base = 'xml'::regtype then 'cast'
         else 'sent'
       end
from columns c join types t on t.type = c.atttypid
order by c.attrelid, c.attnum
"""

# The primary key, else the unique index with the fewest columns: of columns that are never null,
# whole (no predicate, no expression), valid, and not deferrable. Between equals by its columns, so
# that two databases choose alike, whatever their indexes are called.
_KEYS = """
select distinct on (k.indrelid) k.indrelid::bigint, k.columns
from (
    select i.indrelid, i.indisprimary,
           array_agg(a.attname order by p.position) as columns,
           bool_and(a.attnotnull and not exists (
               select from pg_constraint u where u.conrelid = a.attrelid and u.contype = 'n'
                 and u.conkey = array[a.attnum] and not u.convalidated  -- 18 and later
           )) as never_null
    from pg_index i
      join pg_class c on c.oid = i.indrelid
      join pg_namespace n on n.oid = c.relnamespace
      cross join lateral unnest(i.indkey::int2[]) with ordinality as p (number, position)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.number
    where i.indisunique and i.indisvalid and i.indimmediate
      and i.indpred is null and i.indexprs is null and p.position <= i.indnkeyatts
      and c.relkind in ('r', 'm') and c.relpersistence <> 't'
      and n.nspname !~ %s and n.nspname <> all (%s)
    group by i.indexrelid, i.indrelid, i.indisprimary
) as k
where k.never_null
order by k.indrelid, k.indisprimary desc, cardinality(k.columns), k.columns::text[] collate "C"
"""


def _read_columns(cursor: RowCursor, left_out: Collection[str]) -> dict[int, list[Column]]:
    cursor.execute(_COLUMNS, [SYSTEM_SCHEMAS, list(left_out)])
    columns: dict[int, list[Column]] = {}
    for relation, name, type_, base, form in cursor.fetchall():
        columns.setdefault(relation, []).append(Column(name, type_, base, form))
    return columns


def _read_keys(cursor: RowCursor, left_out: Collection[str]) -> dict[int, tuple[str, ...]]:
    cursor.execute(_KEYS, [SYSTEM_SCHEMAS, list(left_out)])
    return {relation: tuple(columns) for relation, columns in cursor.fetchall()}


def _entry(column: Column, source: str) -> sql.Composable:
    name = sql.Identifier(source, column.name)
    match column.form:
        case "number":
            # The bits of a NaN differ with where it came from ('inf' - 'inf' has the sign bit set
            # on x86); a dump keeps none of them.
            return sql.SQL("case when {0} = 'NaN' then 'NaN' else {0}::{1} end").format(
                name, _built_in(column.base)
            )
        case "cast":
            # A server without libxml sends XML declarations as they are, others write them anew.
            return sql.SQL("{}::{}").format(
                name, _built_in("text" if column.base == "xml" else column.base)
            )
        case _:
            return name


def _built_in(type_: str | None) -> sql.Identifier:
    """By its own name, without length: ``bit`` would mean ``bit(1)``, and cut."""
    assert type_ is not None
    return sql.Identifier("pg_catalog", type_)
