"""What the operator expects of the copy holds."""

from drills.proofs import expectations
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(expectations)
