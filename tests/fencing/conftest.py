"""What the tests of fences share."""

from tests.fencing.fix_cluster import cluster, shared  # noqa: F401
