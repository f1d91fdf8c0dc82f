"""The tables that must exist do."""

from drills.proofs import inventory
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(inventory)
