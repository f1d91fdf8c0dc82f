"""What the drill used, against its limits."""

from drills.proofs import limits
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(limits)
