"""Clients use the copy, and nobody uses the old cluster any more."""

from __future__ import annotations

from checks.silence import check_silence
from drills.proofs import clients
from fixtures.fencing.removal import RemovedAccess
from fixtures.judging import Judge
from fixtures.postgres.silence import Silence
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(clients)


def test_the_old_cluster_is_silent_behind_its_fence(
    silent_source: Silence, fenced_source: RemovedAccess, judge: Judge
) -> None:
    """The old cluster has no client and no write, and its fence stands (R56)."""
    silence = check_silence(silent_source, limited=fenced_source.limited)
    findings = judge(silence + fenced_source.still_closed())

    assert findings == []
