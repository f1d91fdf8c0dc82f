"""The copy is of the moment that was asked for: all of before it, nothing of after."""

from drills.proofs import markers
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(markers)
