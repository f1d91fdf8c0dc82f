"""Terraform manages the copy in the source's place, and everything else as before."""

from __future__ import annotations

from drills.proofs import adoption
from fixtures.aws.described import Described
from fixtures.aws.quarantine_lift import Lifted
from fixtures.parity import compare_configuration
from fixtures.planning import Applied
from fixtures.shared_proofs import SharedProofs
from fixtures.source import Source

proofs = SharedProofs(adoption)


def test_the_adopted_cluster_is_configured_as_the_source(
    applied_plan: Applied,
    lifted_quarantine: Lifted,
    restored_cluster: Described,
    described_source: Described,
    source: Source,
) -> None:
    """Adopted, the copy is protected and kept as the source was (R31, R48)."""
    adopted = source.kind.describe(source.rds, restored_cluster.identifier)

    findings = compare_configuration(source, described_source, adopted, adopted=True).findings

    assert findings == []
