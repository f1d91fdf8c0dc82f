"""One measured comparison of keys: seconds, the most memory, and what lay on disk.

``python -m tests.benchmarks.keys_child URL WAY KEYS`` prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from checks.database import snapshot
from checks.keys.compare import Claim, Unread, compare_keys
from checks.keys.digests import Digester, item_parts, milliseconds, row_parts
from checks.keys.postgres import read_keys
from checks.keys.spill import Spill

T = datetime(2026, 11, 27, 9, 0, 0, tzinfo=UTC)
PAGE = 1000
ATTRIBUTES = ("granuleId", "collectionId")
QUERY = """
    select 'MOD09GQ.A2017025.h21v00.006.' || n, 'MOD09GQ___' || n % 40
    from generate_series(1, {keys}) n
"""


def main() -> None:
    """Compare, and print what it took."""
    url, way, keys = sys.argv[1], sys.argv[2], int(sys.argv[3])
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        disk = {"nothing": nothing, "compare_keys": on_disk, "sets": in_sets}[way](connection, keys)
    seconds = time.monotonic() - began
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "megabytes": kilobytes / 1024, "disk": disk}))


def nothing(connection: psycopg.Connection[Any], keys: int) -> int:
    """An idle process with the same imports and a session."""
    return 0


def on_disk(connection: psycopg.Connection[Any], keys: int) -> int:
    """As a drill does it."""
    digester = Digester(b"x" * 32)
    with tempfile.TemporaryDirectory() as folder:
        rows, items = Spill(Path(folder, "rows")), Spill(Path(folder, "items"))
        with snapshot(connection) as cursor:
            for row in read_keys(cursor, query(keys), 2):
                rows.add(digester.of(row_parts(row) or ()))
        for page in pages(keys):
            for item in page:
                parts = item_parts(item, ATTRIBUTES)
                items.add(digester.of(parts or ()), milliseconds(item, "updatedAt", "ms"))
        judgement = compare_keys(
            Claim("granules", T, "updatedAt", timedelta(0)), rows, items, Unread()
        )
        assert ["keys.subset", "keys.newer"] == [one.check for one in judgement.findings], judgement
        assert judgement.facts["granules: in both"] == keys - 1
        return sum(one.stat().st_size for one in Path(folder).rglob("*") if one.is_file())


def in_sets(connection: psycopg.Connection[Any], keys: int) -> int:
    """What it replaces: all keys of both sides in memory."""
    with snapshot(connection) as cursor:
        rows = {row_parts(row) for row in read_keys(cursor, query(keys), 2)}
    items = {
        item_parts(item, ATTRIBUTES): milliseconds(item, "updatedAt", "ms")
        for page in pages(keys)
        for item in page
    }
    assert 1 == len(rows - items.keys())
    t = int(T.timestamp() * 1000)
    assert 1 == sum(1 for key, date in items.items() if key not in rows and (date or 0) <= t)
    return 0


def query(keys: int) -> str:
    """All keys of Postgres."""
    return QUERY.format(keys=keys)


def pages(keys: int) -> Iterator[Sequence[dict[str, dict[str, str]]]]:
    """The items of DynamoDB: the first key's is missing, and one is there alone, and old."""
    before, after = (str(int((T + timedelta(seconds=s)).timestamp() * 1000)) for s in (-60, 60))
    yield [item(0, before)]
    for first in range(2, keys + 1, PAGE):
        yield [item(n, before) for n in range(first, min(first + PAGE, keys + 1))]
    yield [item(n, after) for n in range(keys + 1, keys + 1 + PAGE)]


def item(n: int, date: str) -> dict[str, dict[str, str]]:
    """One, as boto3 hands it over."""
    return {
        "granuleId": {"S": f"MOD09GQ.A2017025.h21v00.006.{n}"},
        "collectionId": {"S": f"MOD09GQ___{n % 40}"},
        "updatedAt": {"N": date},
    }


if __name__ == "__main__":
    main()
