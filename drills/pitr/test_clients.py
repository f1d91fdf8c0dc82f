"""Clients use the copy, and nobody uses the old cluster any more."""

from __future__ import annotations

from checks.silence import check_silence
from drills.proofs import clients
from fixtures.judging import Judge
from fixtures.postgres.fence import Fence
from fixtures.postgres.silence import Silence
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(clients)


def test_the_old_cluster_is_silent_behind_its_fence(
    silent_source: Silence, fenced_source: Fence, judge: Judge
) -> None:
    """Nobody connects to the old cluster, nobody writes to it, and its fence stands (R56)."""
    findings = judge(check_silence(silent_source, limited=fenced_source.limits))

    assert findings == []
