"""Every waiver was needed."""

from drills.proofs import waivers
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(waivers)
