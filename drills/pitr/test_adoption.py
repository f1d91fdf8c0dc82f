"""Terraform manages the copy in the source's place, and everything else as before."""

from __future__ import annotations

from checks.configuration import compare_clusters
from drills.proofs import adoption
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.quarantine_lift import Lifted
from fixtures.planning import Applied
from fixtures.shared_proofs import SharedProofs
from fixtures.source import Source

proofs = SharedProofs(adoption)


def test_the_adopted_cluster_is_configured_as_the_source(
    applied_plan: Applied,
    lifted_quarantine: Lifted,
    restored_cluster: ClusterDescription,
    described_source: ClusterDescription,
    source: Source,
) -> None:
    """Adopted, the copy is protected and kept as the source was (R31, R48)."""
    adopted = describe(source.rds, restored_cluster.identifier)

    findings = compare_clusters(
        described_source.raw, adopted.raw, mode=source.mode, adopted=True, own_port=source.own_port
    ).findings

    assert findings == []
