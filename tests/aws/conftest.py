"""The AWS tests share one small account in moto."""

from tests.aws.fix_aws import calls, clock, groups, one_loader, rds, source, stubbed
from tests.aws.fix_single import kept, single

__all__ = ["calls", "clock", "groups", "kept", "one_loader", "rds", "single", "source", "stubbed"]
