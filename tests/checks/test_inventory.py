"""The tables that an operator insists on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from checks.inventory import must_have_tables
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Truth


@pytest.fixture
def shared(cluster: Server, truth: Truth) -> Iterator[SharedSnapshot]:
    with SharedSnapshot(partial(cluster.connect, FAITHFUL)) as opened:
        yield opened


def test_a_table_that_is_there_satisfies(shared: SharedSnapshot) -> None:
    """R5: by its name, in any schema or in one, as SQL folds and quotes it."""
    names = [
        "granules",
        "core.granules",
        '"Größe".granules',
        "Größe.granules",
        "CORE.Granules",
        "events",  # partitioned: it is there, though it has no rows of its own
        "core.unpopulated",
        'Größe."Tablé 100%s ""x"".y"',
    ]
    assert () == must_have_tables(shared, names).findings


def test_one_that_is_missing_is_a_finding(shared: SharedSnapshot) -> None:
    """R5."""
    missing = ["nowhere", "Größe.providers", "granule", '"Granules"', "a.core.granules", "", '"']
    findings = must_have_tables(shared, ["granules", *missing]).findings
    assert [("counts.must_have", name) for name in missing] == [
        (finding.check, finding.subject) for finding in findings
    ]
