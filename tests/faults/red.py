"""Faults that do not pass: an error of its family, whose sentence says what to do."""

from __future__ import annotations

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
from tests.faults.fault import (
    ARN,
    CLAIM,
    COPY,
    CREATE,
    GROUP,
    OF_COPY,
    RESTORE,
    SECURITY,
    Fault,
    instance_state,
    state,
    window,
)
from tests.faults.rule import Rule, before, refuse

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
        nightly=True,
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
        nightly=True,
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
        nightly=True,
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
        "there is no cluster",
    ),
    Fault(
        "its parameter group vanished",
        [refuse("DescribeDBClusterParameterGroups", "DBParameterGroupNotFound", times=None)],
        CompleteTheDescription,
        "names the parameter group 'core-",
    ),
    Fault(
        "its subnet group vanished",
        [refuse("DescribeDBSubnetGroups", "DBSubnetGroupNotFoundFault", times=None)],
        CompleteTheDescription,
        "names the subnet group 'core-",
        nightly=True,
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
        Fault(
            f"the restore is refused: {code}",
            [refuse(RESTORE, code, times=None)],
            family,
            says,
            nightly=code not in ("AccessDenied", "DBClusterAlreadyExistsFault"),
        )
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
        Fault(
            f"the copy becomes {status}",
            [state(status)],
            ReadTheEvents,
            f"is {status!r}",
            nightly=status != "failed",
        )
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
            nightly=status != "failed",
        )
        for status in ("failed", "incompatible-parameters", "storage-full")
    ),
    *(
        Fault(
            f"an instance is refused: {code}",
            [refuse(CREATE, code, skip=1, times=None)],
            CorrectTheRequest,
            says,
            nightly=code != "InstanceQuotaExceeded",
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
        "AWS refused to make core-prod-drill-",
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
