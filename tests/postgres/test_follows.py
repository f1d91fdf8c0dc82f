"""Whether a segment follows the one before it: told by records, of every length and place."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from fixtures.postgres.wal_segment import follows
from tests.postgres.conftest import NewSource, Source


def segments(source: Source) -> list[Path]:
    archive = source.archive
    return [archive.file(name) for name in sorted(archive.names()) if len(name) == 24]


def broken(paths: list[Path]) -> list[str]:
    """Those that are not taken for the next one."""
    return [b.name for a, b in itertools.pairwise(paths) if not follows(b, a)]


@pytest.mark.parametrize("seed", [1, 2])
def test_records_of_every_length_straddle_a_border_without_an_alarm(
    new_source: NewSource, seed: int
) -> None:
    """Every remainder on every page: a false alarm would refuse a sound archive."""
    source = new_source("many", "--wal-segsize=1")
    lengths = random.Random(seed)  # noqa: S311 - the same records in each run
    with source.server.connect() as connection:
        for _ in range(30):
            sizes = [lengths.choice((100, 8_000, 8_200, 40_000, 300_000)) for _ in range(40)]
            for size in sizes:
                connection.execute(
                    "select pg_logical_emit_message(false, 'x', repeat('y', %s))",
                    [size + lengths.randrange(200)],
                )
        for row in range(3):
            connection.execute("select pg_switch_wal()")
            source.commit(row)
    source.archive.flush(source.server)

    found = segments(source)
    assert len(found) > 40
    assert [] == broken(found)


def test_a_crash_and_a_restart_leave_no_alarm(new_source: NewSource) -> None:
    """What was never finished is written over."""
    source = new_source("crashed", "--wal-segsize=1")
    for row in range(6):
        with source.server.connect() as connection:
            connection.execute(
                "select pg_logical_emit_message(false, 'x', repeat('y', 700000 + %s))", [row * 13]
            )
            source.commit(row)
        source.server.stop("immediate" if row % 2 else "fast")
        source.server.start()
    source.archive.flush(source.server)

    assert [] == broken(segments(source))


def test_a_segment_that_is_not_the_next_one_is_told(new_source: NewSource) -> None:
    """A clone's, in short: another record stood before its first."""
    source = new_source("some", "--wal-segsize=1")
    with source.server.connect() as connection:
        for _ in range(12):
            connection.execute("select pg_logical_emit_message(false, 'x', repeat('y', 600000))")
    source.archive.flush(source.server)

    found = segments(source)
    assert not follows(found[5], found[3])
