"""What no longer changes by the operator's own word came back as it was."""

from drills.proofs import moments
from fixtures.shared_proofs import SharedProofs

# How exactly RDS tells a snapshot's time is documented nowhere: a heartbeat dates the newest
# commit, and is not judged by that time.
NOT_JUDGED = "test_the_last_heartbeat_before_the_target_is_there"

proofs = SharedProofs(moments, without=frozenset({NOT_JUDGED}))
