"""Faults that pass: the restore is made, found and removed as if nothing had been."""

from __future__ import annotations

from tests.faults.fault import (
    CLAIM,
    COPY,
    CREATE,
    GROUP,
    LONG,
    RESTORE,
    SECURITY,
    TAKEN,
    Fault,
    instance_state,
    state,
    window,
)
from tests.faults.rule import Rule, refuse, rewrite

RETRIED = [
    Fault("the security group's answer is lost", [Rule(SECURITY, "lose", service="ec2")]),
    Fault(
        "the security group's answer is garbled",
        [Rule(SECURITY, "garble", service="ec2")],
        nightly=True,
    ),
    Fault(
        "the security group is throttled for a minute",
        [refuse(SECURITY, "RequestLimitExceeded", service="ec2", times=LONG)],
        nightly=True,
    ),
    Fault("the security group's mark is lost", [Rule("CreateTags", "lose", service="ec2")]),
    Fault(
        "closing the security group loses its answer",
        [Rule("RevokeSecurityGroupEgress", "lose", service="ec2")],
        nightly=True,
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
        nightly=True,
    ),
    Fault("the parameter group's answer is lost", [Rule(GROUP, "lose")]),
    Fault("the parameter group's answer is garbled", [Rule(GROUP, "garble")], nightly=True),
    Fault(
        "setting the parameters is garbled",
        [Rule("ModifyDBClusterParameterGroup", "garble")],
        nightly=True,
    ),
    Fault(
        "the parameter group's deletion loses its answer",
        [Rule("DeleteDBClusterParameterGroup", "lose")],
    ),
    Fault("the password's answer is lost", [Rule("ModifyDBCluster", "lose")]),
    Fault("the password's answer is garbled", [Rule("ModifyDBCluster", "garble")], nightly=True),
    Fault(
        "the source's description is throttled once",
        [refuse("DescribeDBClusters", "Throttling")],
        nightly=True,
    ),
    Fault(
        "the source's description is throttled for a minute",
        [refuse("DescribeDBClusters", "Throttling", times=LONG)],
    ),
    Fault(
        "parameters are slowed down for a minute",
        [refuse("DescribeDBClusterParameters", "SlowDown", times=LONG)],
        nightly=True,
    ),
    Fault("the restore is throttled for a minute", [refuse(RESTORE, "Throttling", times=LONG)]),
    Fault(
        "AWS fails at the restore", [refuse(RESTORE, "InternalFailure", times=LONG)], nightly=True
    ),
    Fault(
        "AWS is away at an instance",
        [refuse(CREATE, "ServiceUnavailable", times=LONG)],
        nightly=True,
    ),
    Fault("marking the copy is throttled", [refuse(CLAIM, "Throttling", times=LONG)]),
    Fault(
        "marking an instance fails",
        [refuse(CLAIM, "InternalFailure", skip=1, times=LONG)],
        nightly=True,
    ),
    Fault(
        "deleting an instance is throttled",
        [refuse("DeleteDBInstance", "Throttling", times=LONG)],
        nightly=True,
    ),
    Fault(
        "deleting the copy fails",
        [refuse("DeleteDBCluster", "InternalFailure", times=LONG)],
        nightly=True,
    ),
    Fault("reading the mark is throttled", [refuse("ListTagsForResource", "SlowDown", times=LONG)]),
    Fault("the connection breaks before the restore", [Rule(RESTORE, "drop")]),
    Fault("the restore's answer is lost", [Rule(RESTORE, "lose"), TAKEN]),
    Fault("an instance's answer is lost", [Rule(CREATE, "lose")]),
    Fault("the second instance's answer is lost", [Rule(CREATE, "lose", skip=1)], nightly=True),
    Fault("the mark's answer is lost", [Rule(CLAIM, "lose")]),
    Fault("an instance's deletion loses its answer", [Rule("DeleteDBInstance", "lose")]),
    Fault("the copy's deletion loses its answer", [Rule("DeleteDBCluster", "lose")], nightly=True),
    Fault(
        "the restore is answered too late",
        [Rule(RESTORE, "late"), TAKEN],
        brief=True,
    ),
    Fault(
        "a look is answered too late",
        [Rule("DescribeDBClusters", "late", resource=COPY, skip=1)],
        brief=True,
        nightly=True,
    ),
    Fault("a look is garbled", [Rule("DescribeDBClusters", "garble", resource=COPY, skip=1)]),
    Fault("the restore's answer is garbled", [Rule(RESTORE, "garble"), TAKEN]),
    Fault("an instance's answer is garbled", [Rule(CREATE, "garble")], nightly=True),
    Fault("the mark's answer is garbled", [Rule(CLAIM, "garble")]),
    Fault(
        "reading the mark is garbled",
        [Rule("ListTagsForResource", "garble", resource=f"*{COPY}")],
        nightly=True,
    ),
    Fault("a deletion's answer is garbled", [Rule("DeleteDBInstance", "garble")], nightly=True),
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
        nightly=True,
    ),
    Fault(
        "the copy is not known yet",
        [refuse("DescribeDBClusters", "DBClusterNotFoundFault", resource=COPY, skip=1, times=2)],
    ),
    Fault("the copy takes its time", [state("creating", times=5)]),
    Fault(
        "an instance takes its time",
        [instance_state("configuring-log-exports", times=5)],
        nightly=True,
    ),
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
