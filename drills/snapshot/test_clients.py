"""Clients use the copy: their own secret names it, and what they write arrives there."""

from __future__ import annotations

from datetime import datetime

from checks.finding import Finding
from checks.markers import observe_markers
from fixtures.source import Address, Copy, Source


def test_their_secret_names_the_copy(moved_clients: Address, writable_copy: Copy) -> None:
    """The clients' own secret names the copy (R47, R55)."""
    findings = [
        Finding(
            "clients.secret",
            "the application's secret",
            f"{expected.host}:{expected.port}",
            f"{moved_clients.host}:{moved_clients.port}",
            "Name the copy in the secret that the application reads, and restart it.",
        )
        for expected in [writable_copy.address]
        if expected != moved_clients
    ]

    assert findings == []


def test_what_they_write_arrives_in_the_copy(
    resumed_ingest: datetime,
    newest_commit: datetime | None,
    writable_copy: Copy,
    source: Source,
) -> None:
    """What the clients write arrives in the copy (R57 in part)."""
    findings = []
    for database in source.truth.ledgers:
        with writable_copy.connect(database) as connection:
            newest = observe_markers(connection).newest_commit
        if newest is None or (newest_commit is not None and newest <= newest_commit):
            findings.append(
                Finding(
                    "clients.writes",
                    database,
                    f"a commit after {newest_commit}",
                    newest,
                    "Find out where the clients write, and stop them there.",
                )
            )

    assert findings == []
