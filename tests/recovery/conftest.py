"""What the tests of recoveries share."""

from tests.recovery.fix_day import day, managed_day  # noqa: F401
from tests.recovery.fix_recovery import recovery  # noqa: F401
