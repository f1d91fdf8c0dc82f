"""Every database that is rewound with the named ones is known, and came back."""

from drills.proofs import tenants
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(tenants)
