"""The application can work with the copy as it worked with the source."""

from drills.proofs import application
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(application)
