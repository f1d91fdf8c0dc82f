"""Every object and right is what it was.

What the server is set to is not claimed: no dump holds it.
"""

from drills.proofs import schema
from fixtures.shared_proofs import SharedProofs

proofs = SharedProofs(schema, without=frozenset({"test_the_server_is_set_as_it_was"}))
