"""How long it took and what was lost, against the objectives."""

from drills.proofs import objectives
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(objectives)
