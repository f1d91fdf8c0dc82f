"""The plan is safe to apply."""

from drills.proofs import plan
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(plan)
