"""Every row is there, and is what it was."""

from drills.proofs import content
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(content)
