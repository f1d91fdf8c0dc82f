"""Terraform manages the copy in the source's place, and everything else as before."""

from drills.proofs import adoption
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(adoption)
