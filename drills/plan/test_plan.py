"""Applying the plan loses nothing."""

from drills.proofs import plan
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(plan)
