"""What the tests of fences share."""

from tests.fencing.fix_cluster import cluster, shared  # noqa: F401
from tests.fencing.fix_estate import endpoint, estate  # noqa: F401
