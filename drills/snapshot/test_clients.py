"""Clients use the copy: their own secret names it, and what they write arrives there."""

from drills.proofs import clients
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(clients)
