"""Every database came back."""

from drills.proofs import databases
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(databases)
