"""Clients use the copy: their own secret names it, and what they write arrives there."""

from __future__ import annotations

from datetime import datetime

from checks.clients import check_where, check_writes
from checks.markers import observe_markers
from fixtures.source import Address, Copy, Source


def test_their_secret_names_the_copy(moved_clients: Address, writable_copy: Copy) -> None:
    """The clients' own secret names the copy (R47, R55)."""
    findings = check_where(str(writable_copy.address), str(moved_clients))

    assert findings == []


def test_what_they_write_arrives_in_the_copy(
    resumed_ingest: datetime,
    newest_commit: datetime | None,
    writable_copy: Copy,
    source: Source,
) -> None:
    """What the clients write arrives in the copy (R57 in part)."""
    findings = []
    assert source.truth is not None
    for database in source.truth.ledgers:
        with writable_copy.connect(database) as connection:
            newest = observe_markers(connection).newest_commit
        findings += check_writes(database, restored=newest_commit, newest=newest)

    assert findings == []
