"""The copy is sound in itself, whatever it is a copy of."""

from drills.proofs import integrity
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(integrity)
