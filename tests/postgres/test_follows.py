"""Whether a segment follows the one before it."""

from __future__ import annotations

import itertools
import random

from fixtures.postgres.wal_segment import follows
from tests.postgres.conftest import NewSource


def test_the_segments_of_one_cluster_follow_one_another(new_source: NewSource) -> None:
    """R63: whatever stands at their border: records that run on, over several segments too."""
    source = new_source("a", "--wal-segsize=1")
    sizes = random.Random(1)  # noqa: S311
    with source.server.connect() as connection:
        connection.execute("create table wide (filling text)")
        for number in range(400):
            connection.execute(
                "select pg_logical_emit_message(false, 'a', repeat('x', %s))",
                [sizes.randrange(1, 3_000_000 if number % 40 == 0 else 60_000)],
            )
            if number % 10 == 0:
                connection.execute("select pg_switch_wal()")
    source.archive.flush(source.server)
    paths = sorted(path for path in source.archive.folder.iterdir() if len(path.name) == 24)
    assert len(paths) > 20
    assert [] == [b.name for a, b in itertools.pairwise(paths) if not follows(b, a)]
    assert not follows(paths[5], paths[3])
