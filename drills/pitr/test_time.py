"""The copy is of the time that was asked for, by the operator's own signs."""

from drills.proofs import moments
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(moments)
