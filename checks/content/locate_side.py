"""One side of a table that is read again: what it is asked, in short read-only transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from checks.content import locate_keys as keys
from checks.content.locate_difference import Known, Sent
from checks.content.locate_query import Part, Table
from checks.content.observation import KeyRanges
from checks.content.rows import send_as_stored
from checks.database import RowCursor, pin, scan_tables_only
from checks.shared_snapshot import SharedSnapshot, Unread

Result = TypeVar("Result")


class CannotLocate(Exception):  # it says what happened, and is no bug
    """A side could not be read again; `damage` where the server could not read its own data."""

    def __init__(self, why: str, *, damage: bool = False) -> None:
        super().__init__(why)
        self.damage = damage


@dataclass(frozen=True, slots=True)
class Detail:
    """One row: what tells it apart, its key as it may be told, and a hash of each column."""

    identity: bytes
    key: tuple[str, ...]
    columns: tuple[int, ...]


class Side:
    """One side of a table.

    name      as a sentence has it: ``the source``
    by_index  whether it is read by an index on the column that divides; set to False where that
              index was seen to be wrong
    """

    def __init__(self, name: str, snapshot: SharedSnapshot, table: Table) -> None:
        self.name = name
        self.table = table
        self._snapshot = snapshot
        # Without bounds the one range is the whole table, for which a scan is the quickest way.
        division = table.division
        divided = isinstance(division, KeyRanges) and bool(division.bounds)
        self.by_index = divided and self._ask(self._has_index)

    def sums(self, parts: Sequence[Part]) -> list[Known]:
        """The rows of each part and the sums of their two hashes. Raises CannotLocate."""
        query = self.table.sums(parts, by_index=self.by_index)

        def reading(cursor: RowCursor) -> dict[int, Known]:
            self._prepare(cursor)
            return {
                part: (rows, int(first), int(second))
                for part, rows, first, second in cursor.stream(query)
            }

        found = self._ask(reading)
        return [found.get(number, (0, 0, 0)) for number in range(1, len(parts) + 1)]

    def rows(self, parts: Sequence[Part], limit: int | None = None) -> list[Sent]:
        """The rows of all parts, `limit` of them at most. Raises CannotLocate."""
        query = self.table.rows(parts, by_index=self.by_index, limit=limit)

        def reading(cursor: RowCursor) -> list[Sent]:
            self._prepare(cursor)
            return [(times, row) for times, row in cursor.stream(query, binary=True)]

        return self._ask(reading)

    def details(self, places: Iterable[bytes], secret: bytes) -> dict[bytes, Detail]:
        """A few rows by their ctid, without those that are gone. Raises CannotLocate."""
        wanted = sorted(set(places))
        if not wanted:
            return {}
        query = self.table.details(wanted)

        def reading(cursor: RowCursor) -> dict[bytes, Detail]:
            send_as_stored(cursor)
            pin(cursor, {"enable_tidscan": "on", "jit": "off"}, local=True)
            keys.give_secret(cursor, secret)
            return {
                place: Detail(identity, tuple(map(_text, key)), tuple(hashes))
                for place, identity, key, hashes in cursor.stream(query, binary=True)
            }

        return self._ask(reading)

    def _ask(self, reading: Callable[[RowCursor], Result]) -> Result:
        result = self._snapshot.read(reading)
        if isinstance(result, Unread):
            why = f"{self.name} could not be read again: {result.why}"
            raise CannotLocate(why, damage=result.damage)
        return result.result

    def _has_index(self, cursor: RowCursor) -> bool:
        relation, division = self.table.relation, self.table.division
        assert isinstance(division, KeyRanges)
        cursor.execute(_HAS_INDEX, [relation.schema, relation.name, division.column])
        return bool(cursor.fetchall()[0][0])

    def _prepare(self, cursor: RowCursor) -> None:
        send_as_stored(cursor)
        # Sorting costs twice what hashing does. A way that is switched off costs so much in the
        # planner's eyes that the server would compile the statement first.
        settings = {"enable_sort": "off", "enable_hashagg": "on", "jit": "off"}
        # The sums of 20,000 parts must not go to disk, whatever the login's default.
        pin(cursor, {**settings, "work_mem": "32MB"}, local=True)
        if self.by_index:
            pin(cursor, {"enable_seqscan": "off", **dict.fromkeys(_BY_INDEX, "on")}, local=True)
        else:
            scan_tables_only(cursor)
            pin(cursor, {"enable_nestloop": "off", "enable_hashjoin": "on"}, local=True)


_BY_INDEX = ("enable_nestloop", "enable_indexscan", "enable_bitmapscan")

_HAS_INDEX = """
select exists (
    select from pg_index i
      join pg_class x on x.oid = i.indexrelid
      join pg_am m on m.oid = x.relam
      join pg_class t on t.oid = i.indrelid
      join pg_namespace n on n.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    where n.nspname = %s and t.relname = %s and a.attname = %s
      and m.amname = 'btree' and i.indisvalid and i.indpred is null
)
"""


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("utf-8", "backslashreplace")
