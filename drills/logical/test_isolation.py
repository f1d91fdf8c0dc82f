"""Nothing in the copy can reach what its source works with."""

from drills.proofs import isolation
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(isolation)
