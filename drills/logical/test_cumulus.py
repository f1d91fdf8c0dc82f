"""The copy is a database that the Cumulus deployed can work with."""

from drills.proofs import cumulus
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(cumulus)
