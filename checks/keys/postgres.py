"""Keys from Postgres, by the operator's own query: in batches, through a cursor of the server.

As `checks.expectations`: the text is declared as a cursor by the extended protocol, which takes
one statement that reads, in a ``READ ONLY`` transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.database import RowCursor

CURSOR = "restore_drill_keys"
BATCH = 5000


class CorrectTheQuery(Exception):
    """The query gives another number of columns than there are attributes."""


def read_keys(cursor: RowCursor, query: str, columns: int) -> Iterator[tuple[Any, ...]]:
    """Every row of the query, within the caller's snapshot (`checks.database.snapshot`).

    psycopg.Error as the server answers; CorrectTheQuery.
    """
    # In a snapshot nothing but pg_catalog is found by its bare name; the login's own path is.
    cursor.execute("set local search_path to default")
    # binary: psycopg then speaks the extended protocol, which refuses a second statement.
    cursor.execute(f"declare {CURSOR} no scroll cursor for {query}".encode(), binary=True)
    while True:
        # Not prepared: the next query's rows have other types under the same text.
        cursor.execute(f"fetch forward {BATCH} from {CURSOR}", prepare=False)
        found = len(cursor.description or ())
        if found != columns:
            raise CorrectTheQuery(
                f"the query gives {found} columns, and there are {columns} attributes"
            )
        rows = cursor.fetchall()
        if not rows:
            break
        yield from rows
    cursor.execute(f"close {CURSOR}")
