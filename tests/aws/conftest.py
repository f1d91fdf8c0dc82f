"""The AWS tests share one small account in moto."""

from tests.aws.fix_aws import calls, clock, groups, one_loader, rds, source, stubbed

__all__ = ["calls", "clock", "groups", "one_loader", "rds", "source", "stubbed"]
