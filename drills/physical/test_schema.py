"""Every object, right and setting is what it was."""

from drills.proofs import schema
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(schema)
