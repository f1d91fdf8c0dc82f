"""Faults of AWS, and what must come of each. The source is as it was after every one of them, and
nothing is left of the copy unless the row says what.

`retried`  the restore is made, found and removed as if nothing had been
`red`      it ends with an error of that family, whose sentence says that
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixtures.aws.errors import (
    CheckTheConnection,
    ChooseAnotherIdentifier,
    ChooseAnotherTarget,
    CompleteTheDescription,
    CorrectTheRequest,
    FindSource,
    ReadTheEvents,
    RemoveByHand,
    ResumeTheWait,
)
from fixtures.aws.tags import RESOURCE
from tests.faults.rule import Rule, before, refuse, rewrite

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
    leaves   what is still there afterwards, because nobody may or can remove it: "cluster",
             "cluster and instances"
    """

    name: str
    rules: Sequence[Rule]
    red: type[Exception] | None = None
    says: str = ""
    timed: bool = False
    brief: bool = False
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


GROUP = "CreateDBClusterParameterGroup"
SECURITY = "CreateSecurityGroup"

RETRIED = [
    Fault("the security group's answer is lost", [Rule(SECURITY, "lose", service="ec2")]),
    Fault("the security group's answer is garbled", [Rule(SECURITY, "garble", service="ec2")]),
    Fault(
        "the security group is throttled for a minute",
        [refuse(SECURITY, "RequestLimitExceeded", service="ec2", times=LONG)],
    ),
    Fault("the security group's mark is lost", [Rule("CreateTags", "lose", service="ec2")]),
    Fault(
        "closing the security group loses its answer",
        [Rule("RevokeSecurityGroupEgress", "lose", service="ec2")],
    ),
    Fault(
        "opening the security group loses its answer",
        [Rule("AuthorizeSecurityGroupIngress", "lose", service="ec2")],
    ),
    Fault(
        "the security group is still held",
        [refuse("DeleteSecurityGroup", "DependencyViolation", service="ec2", times=3)],
    ),
    Fault(
        "the security group's deletion loses its answer",
        [Rule("DeleteSecurityGroup", "lose", service="ec2")],
    ),
    Fault("the parameter group's answer is lost", [Rule(GROUP, "lose")]),
    Fault("the parameter group's answer is garbled", [Rule(GROUP, "garble")]),
    Fault("setting the parameters is garbled", [Rule("ModifyDBClusterParameterGroup", "garble")]),
    Fault(
        "the parameter group's deletion loses its answer",
        [Rule("DeleteDBClusterParameterGroup", "lose")],
    ),
    Fault("the password's answer is lost", [Rule("ModifyDBCluster", "lose")]),
    Fault("the password's answer is garbled", [Rule("ModifyDBCluster", "garble")]),
    Fault(
        "the source's description is throttled once", [refuse("DescribeDBClusters", "Throttling")]
    ),
    Fault(
        "the source's description is throttled for a minute",
        [refuse("DescribeDBClusters", "Throttling", times=LONG)],
    ),
    Fault(
        "parameters are slowed down for a minute",
        [refuse("DescribeDBClusterParameters", "SlowDown", times=LONG)],
    ),
    Fault("the restore is throttled for a minute", [refuse(RESTORE, "Throttling", times=LONG)]),
    Fault("AWS fails at the restore", [refuse(RESTORE, "InternalFailure", times=LONG)]),
    Fault("AWS is away at an instance", [refuse(CREATE, "ServiceUnavailable", times=LONG)]),
    Fault("marking the copy is throttled", [refuse(CLAIM, "Throttling", times=LONG)]),
    Fault("marking an instance fails", [refuse(CLAIM, "InternalFailure", skip=1, times=LONG)]),
    Fault(
        "deleting an instance is throttled", [refuse("DeleteDBInstance", "Throttling", times=LONG)]
    ),
    Fault("deleting the copy fails", [refuse("DeleteDBCluster", "InternalFailure", times=LONG)]),
    Fault("reading the mark is throttled", [refuse("ListTagsForResource", "SlowDown", times=LONG)]),
    Fault("the connection breaks before the restore", [Rule(RESTORE, "drop")]),
    Fault("the restore's answer is lost", [Rule(RESTORE, "lose"), TAKEN]),
    Fault("an instance's answer is lost", [Rule(CREATE, "lose")]),
    Fault("the second instance's answer is lost", [Rule(CREATE, "lose", skip=1)]),
    Fault("the mark's answer is lost", [Rule(CLAIM, "lose")]),
    Fault("an instance's deletion loses its answer", [Rule("DeleteDBInstance", "lose")]),
    Fault("the copy's deletion loses its answer", [Rule("DeleteDBCluster", "lose")]),
    Fault(
        "the restore is answered too late",
        [Rule(RESTORE, "late"), TAKEN],
        brief=True,
    ),
    Fault(
        "a look is answered too late",
        [Rule("DescribeDBClusters", "late", resource=COPY, skip=1)],
        brief=True,
    ),
    Fault("a look is garbled", [Rule("DescribeDBClusters", "garble", resource=COPY, skip=1)]),
    Fault("the restore's answer is garbled", [Rule(RESTORE, "garble"), TAKEN]),
    Fault("an instance's answer is garbled", [Rule(CREATE, "garble")]),
    Fault("the mark's answer is garbled", [Rule(CLAIM, "garble")]),
    Fault(
        "reading the mark is garbled", [Rule("ListTagsForResource", "garble", resource=f"*{COPY}")]
    ),
    Fault("a deletion's answer is garbled", [Rule("DeleteDBInstance", "garble")]),
    Fault(
        "credentials run out in the wait and are renewed",
        [refuse("DescribeDBClusters", "ExpiredToken", resource=COPY, skip=1, times=3)],
    ),
    Fault(
        "credentials run out at the deletion and are renewed",
        [refuse("DeleteDBInstance", "ExpiredToken", times=3)],
    ),
    Fault(
        "the copy is busy at first",
        [refuse("DeleteDBCluster", "InvalidDBClusterStateFault", times=3)],
    ),
    Fault(
        "an instance is busy at first",
        [refuse("DeleteDBInstance", "InvalidDBInstanceState", times=3)],
    ),
    Fault(
        "the copy is not known yet",
        [refuse("DescribeDBClusters", "DBClusterNotFoundFault", resource=COPY, skip=1, times=2)],
    ),
    Fault("the copy takes its time", [state("creating", times=5)]),
    Fault("an instance takes its time", [instance_state("configuring-log-exports", times=5)]),
    Fault(
        "the answers have keys that nobody knows",
        [
            rewrite(
                "Describe*",
                (r"<(DBCluster|DBInstance)>", r"<\1><Novelty><A>1</A></Novelty>"),
                times=None,
            )
        ],
    ),
    Fault(
        "T becomes restorable late",
        [window("LatestRestorableTime", "2001-01-01T00:00:00Z", times=4)],
        timed=True,
    ),
]

REFUSED_RESTORES = {
    "AccessDenied": (CorrectTheRequest, "have this call granted"),
    "DBClusterQuotaExceededFault": (CorrectTheRequest, "have the quota raised"),
    "StorageQuotaExceeded": (CorrectTheRequest, "have the quota raised"),
    "InsufficientDBClusterCapacityFault": (CorrectTheRequest, "try later"),
    "InsufficientStorageClusterCapacity": (CorrectTheRequest, "try later"),
    "KMSKeyNotAccessibleFault": (CorrectTheRequest, "enable the source's key"),
    "InvalidDBClusterStateFault": (CorrectTheRequest, "wait until it is available"),
    "DBClusterParameterGroupNotFound": (CorrectTheRequest, "it went after the source was"),
    "DBSubnetGroupNotFoundFault": (CorrectTheRequest, "it went after the source was described"),
    "DBClusterAlreadyExistsFault": (ChooseAnotherIdentifier, "its tags are not this run's"),
    "DBClusterNotFoundFault": (FindSource, "it went after it was described"),
    "InvalidRestoreFault": (ChooseAnotherTarget, "choose a time within its window"),
    "RequestTimeTooSkewed": (CorrectTheRequest, "set this machine's clock"),
}

STUCK = (
    "failed",
    "incompatible-parameters",
    "incompatible-network",
    "inaccessible-encryption-credentials",
    "storage-full",
)

AT_THE_START = (
    "the source may not be described",
    "the clock is wrong from the start",
    "the source is gone",
    "its parameter group vanished",
    "its subnet group vanished",
)
"""Rows that a whole drill calls bad input: it has begun nothing."""

RED = [
    Fault(
        "no security group may be made",
        [refuse(SECURITY, "UnauthorizedOperation", service="ec2", times=None)],
        CorrectTheRequest,
        "AWS refused to make the security group core-prod-drill-",
    ),
    Fault(
        "the security group may not be marked",
        [refuse("CreateTags", "UnauthorizedOperation", service="ec2", times=None)],
        CorrectTheRequest,
        "it is deleted again",
    ),
    Fault(
        "no answer ever comes to the security group",
        [Rule(SECURITY, "drop", service="ec2", times=None)],
        CheckTheConnection,
        "no answer to the request to make the security group",
    ),
    Fault(
        "the parameter groups are used up",
        [refuse(GROUP, "DBParameterGroupQuotaExceeded", times=None)],
        CorrectTheRequest,
        "have the quota raised",
    ),
    Fault(
        "its parameters may not be set",
        [refuse("ModifyDBClusterParameterGroup", "AccessDenied", times=None)],
        CorrectTheRequest,
        "AWS refused to make the parameter group",
    ),
    Fault(
        "the password may not be set",
        [refuse("ModifyDBCluster", "AccessDenied", times=None)],
        CorrectTheRequest,
        "a password of its own (AccessDenied",
    ),
    Fault(
        "the source may not be described",
        [refuse("DescribeDBClusters", "AccessDenied", times=None)],
        Exception,
        "have this call granted",
    ),
    Fault(
        "credentials stay expired",
        [refuse("DescribeDBClusters", "ExpiredToken", times=None)],
        Exception,
        "renew them",
    ),
    Fault(
        "the clock is wrong from the start",
        [refuse("*", "RequestTimeTooSkewed", times=None)],
        Exception,
        "set this machine's clock",
    ),
    Fault(
        "the source is gone",
        [refuse("DescribeDBClusters", "DBClusterNotFoundFault", resource="core-prod", times=None)],
        FindSource,
        "there is no cluster 'core-prod'",
    ),
    Fault(
        "its parameter group vanished",
        [refuse("DescribeDBClusterParameterGroups", "DBParameterGroupNotFound", times=None)],
        CompleteTheDescription,
        "names the parameter group 'core-params'",
    ),
    Fault(
        "its subnet group vanished",
        [refuse("DescribeDBSubnetGroups", "DBSubnetGroupNotFoundFault", times=None)],
        CompleteTheDescription,
        "names the subnet group 'core-net'",
    ),
    Fault(
        "the window has moved past T",
        [window("EarliestRestorableTime", "2099-01-01T00:00:00Z")],
        ChooseAnotherTarget,
        "the earliest that core-prod can be restored to",
        timed=True,
    ),
    Fault(
        "T never becomes restorable",
        [window("LatestRestorableTime", "2001-01-01T00:00:00Z")],
        ResumeTheWait,
        "nothing failed, it goes on without us",
        timed=True,
    ),
    *(
        Fault(f"the restore is refused: {code}", [refuse(RESTORE, code, times=None)], family, says)
        for code, (family, says) in REFUSED_RESTORES.items()
    ),
    Fault(
        "no answer ever comes to the restore",
        [Rule(RESTORE, "drop", times=None)],
        CheckTheConnection,
        "no answer to the request to restore core-prod",
    ),
    Fault(
        "the copy may not be marked",
        [refuse(CLAIM, "AccessDenied", times=None)],
        CorrectTheRequest,
        "it is deleted again",
    ),
    Fault(
        "an instance may not be marked",
        [refuse(CLAIM, "AccessDenied", skip=1, times=None)],
        CorrectTheRequest,
        "it is deleted again",
    ),
    *(
        Fault(f"the copy becomes {status}", [state(status)], ReadTheEvents, f"is {status!r}")
        for status in STUCK
    ),
    Fault(
        "the copy stays creating",
        [state("creating")],
        ResumeTheWait,
        "is 'creating' after 600 s",
    ),
    *(
        Fault(
            f"an instance becomes {status}",
            [instance_state(status)],
            ReadTheEvents,
            f"is {status!r}",
        )
        for status in ("failed", "incompatible-parameters", "storage-full")
    ),
    *(
        Fault(
            f"an instance is refused: {code}",
            [refuse(CREATE, code, skip=1, times=None)],
            CorrectTheRequest,
            says,
        )
        for code, says in (
            ("InstanceQuotaExceeded", "have the quota raised"),
            ("InsufficientDBInstanceCapacity", "choose another instance class"),
            ("AccessDenied", "made so far: core-prod-drill-"),
        )
    ),
    Fault(
        "nobody answers about the copy any more",
        [Rule("DescribeDBClusters", "drop", resource=COPY, skip=1, times=150)],
        ResumeTheWait,
        "is 'no answer' after",
    ),
    Fault(
        "the copy is deleted under our feet",
        [
            state("creating", times=1),
            before("DescribeDBClusters", "DeleteDBCluster", OF_COPY, resource=COPY, skip=2),
        ],
        FindSource,
        "does not exist any more: somebody removed it",
    ),
    Fault(
        "the copy is deleted before it has instances",
        [before(CREATE, "DeleteDBCluster", OF_COPY, resource=COPY)],
        CorrectTheRequest,
        "DBClusterNotFound",
    ),
    Fault(
        "an instance is deleted under our feet",
        [
            instance_state("creating", times=1),
            before(
                "DescribeDBInstances",
                "DeleteDBInstance",
                {"DBInstanceIdentifier": "{resource}", "SkipFinalSnapshot": "true"},
                resource=f"{COPY}-[0-9]",
                skip=1,
            ),
        ],
        FindSource,
        "does not exist any more: somebody removed it",
    ),
    Fault(
        "the copy's mark is lost",
        [
            before(
                "CreateDBInstance",
                "RemoveTagsFromResource",
                {"ResourceName": f"{ARN}{{resource}}", "TagKeys.member.1": RESOURCE},
                resource=COPY,
            )
        ],
        RemoveByHand,
        "is not provably run",
        leaves="cluster and instances",
    ),
    Fault(
        "the copy may not be deleted",
        [refuse("DeleteDBCluster", "AccessDenied", times=None)],
        RemoveByHand,
        "AWS will not delete core-prod-drill-",
        leaves="cluster",
    ),
    Fault(
        "credentials stay expired in the wait",
        [refuse("*", "ExpiredToken", skip=14, times=None)],
        Exception,
        "renew them",
        leaves="cluster",
    ),
]
