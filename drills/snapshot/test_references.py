"""Data persistence and Cumulus go on naming what the module puts out."""

from drills.proofs import references
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(references)
