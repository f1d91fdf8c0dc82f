"""The copy of a drill runs nothing of its source's and reaches nobody, and is never let out."""

from drills.proofs import quarantine
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(
    quarantine,
    without=frozenset(
        {
            "test_the_cluster_that_was_let_out_is_configured_as_the_source",
            "test_its_instances_are_let_out_too",
            "test_its_server_runs_as_the_source_s_did",
        }
    ),
)
