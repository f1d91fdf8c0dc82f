"""The copy is configured as the source is: what AWS resets unless the request says it."""

from drills.proofs import configuration
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(configuration)
