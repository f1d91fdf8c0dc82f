"""What the tests of recoveries share."""

from tests.recovery.fix_recovery import recovery  # noqa: F401
