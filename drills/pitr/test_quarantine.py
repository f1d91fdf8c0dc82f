"""The copy runs nothing of its source's and reaches nobody, until it is proven and let out."""

from drills.proofs import quarantine
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(quarantine)
