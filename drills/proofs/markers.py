"""The copy is of the moment that was asked for: all of before T, nothing of after."""

from __future__ import annotations

from checks.markers import judge_markers, observe_markers
from fixtures.claims import NotApplicable
from fixtures.source import Copy, Origin


def test_the_last_good_marker_came_back_and_the_first_bad_one_did_not(
    writable_copy: Copy, source: Origin
) -> None:
    """The good marker is there, the bad one not, no tick is missing (R23, R41)."""
    ledgers = source.truth.ledgers if source.truth is not None else {}
    if not ledgers:
        raise NotApplicable("only a rehearsal writes markers; a source has [content.heartbeat]")
    findings = []
    for database, ledger in ledgers.items():
        with writable_copy.connect(database) as connection:
            findings += judge_markers(observe_markers(connection), ledger)

    assert findings == []
