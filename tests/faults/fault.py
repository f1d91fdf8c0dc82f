"""What a row of the table is, and the rules that its rows are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.rule import Rule, refuse, rewrite

GROUP = "CreateDBClusterParameterGroup"
SECURITY = "CreateSecurityGroup"
COPY = "*-drill-*"
ARN = "arn:aws:rds:us-east-1:123456789012:cluster:"
RESTORE = "RestoreDBClusterToPointInTime"
CREATE = "CreateDBInstance"
CLAIM = "AddTagsToResource"
OF_COPY = {"DBClusterIdentifier": "{resource}", "SkipFinalSnapshot": "true"}
LONG = 12
"""More failures in a row than botocore repeats a call for by itself."""
TAKEN = refuse(RESTORE, "DBClusterAlreadyExistsFault", skip=1)
"""AWS of a request that it has carried out before; moto makes the cluster anew."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row.

    red      the family of the error; None: retried
    says     a part of its sentence
    timed    whether the recovery target is a time, else the latest
    brief    whether an answer is waited for a second, else half a minute
    nightly  whether it is left to the night, being much like another row
    leaves   what is still there afterwards, because nobody may or can remove it: "cluster",
             "cluster and instances"
    """

    name: str
    rules: Sequence[Rule]
    red: type[Exception] | None = None
    says: str = ""
    timed: bool = False
    brief: bool = False
    nightly: bool = False
    leaves: str = ""


def state(status: str, *, times: int | None = None, skip: int = 0) -> Rule:
    """The copy is described in that state."""
    return rewrite(
        "DescribeDBClusters",
        (r"<Status>[\w-]+</Status>", f"<Status>{status}</Status>"),
        resource=COPY,
        times=times,
        # The first look is whether the name is free.
        skip=skip + 1,
    )


def instance_state(status: str, *, times: int | None = None) -> Rule:
    """The same of an instance of the copy."""
    replaced = (
        r"<DBInstanceStatus>[\w-]+</DBInstanceStatus>",
        f"<DBInstanceStatus>{status}</DBInstanceStatus>",
    )
    return rewrite("DescribeDBInstances", replaced, resource=f"{COPY}-[0-9]", times=times)


def window(key: str, moment: str, *, times: int | None = None) -> Rule:
    """One end of the source's window lies somewhere else."""
    replaced = (rf"<{key}>[^<]*</{key}>", f"<{key}>{moment}</{key}>")
    return rewrite("DescribeDBClusters", replaced, resource="core-prod", times=times)
