"""What the tests of fences share."""

from tests.fencing.fix_account import account, endpoint  # noqa: F401
from tests.fencing.fix_cluster import cluster, shared  # noqa: F401
