"""Safe to restore from a snapshot: the inverse of safe to adopt (R51, R52).

```
cluster          created, or replaced, with the new id and from the snapshot
its instances    created, or replaced with those of the cluster that goes
a login's secret a new version, whose text is not known yet: the endpoint is not
everything else  as it is
```
An update is a failure: it restores nothing. Everything else stands in the state already; what a
first deployment would create is therefore refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Judgement
from checks.plan.cluster import check_presence, clusters_at, plan_facts
from checks.plan.gates import check_gates
from checks.plan.identifiers import CLUSTER, INSTANCE, SECRET, SECRET_VERSION, same_id
from checks.plan.instance import judge_new_instance
from checks.plan.model import NO_OP, Plan, ResourceChange
from checks.plan.others import (
    judge_beside,
    judge_deposed,
    judge_no_op,
    judge_other,
    judge_secret,
    judge_whereabouts,
)
from checks.plan.restored import judge_restored
from checks.plan.secret import Whereabouts, is_stale, judge_version, stale_finding


@dataclass(frozen=True, slots=True)
class SnapshotRestore:
    """What the plan is to do.

    cluster_address  ``module.rds_cluster.aws_rds_cluster.cumulus``
    restored         the new cluster's identifier, which nothing has yet
    snapshot         identifier of the snapshot, its name or its ARN
    source           identifier of the cluster that was lost, if it is known
    allow_replace    addresses of instances that may be replaced though they are of another cluster
    own_port         as in `Adoption`
    """

    cluster_address: str
    restored: str
    snapshot: str
    source: str | None
    allow_replace: frozenset[str] = frozenset()
    own_port: bool = False


def judge_snapshot_restore(plan: Plan, wanted: SnapshotRestore) -> Judgement:
    """Whether applying the plan makes the cluster from the snapshot, and takes nothing else."""
    return Judgement((*check_gates(plan), *_judge(plan, wanted)), facts=plan_facts(plan))


def _judge(plan: Plan, wanted: SnapshotRestore) -> Iterator[Finding]:
    if wanted.source is not None and same_id(wanted.restored, wanted.source):
        yield Finding(
            "plan.address.same_id",
            wanted.cluster_address,
            f"another id than {wanted.source}",
            wanted.restored,
            "R52: the old id must not be the new one: choose an id that nothing has.",
        )
    yield from check_presence(plan, wanted.cluster_address)
    if not clusters_at(plan, wanted.cluster_address):
        # Of a plan that is about something else one thing is to be said, and not everything.
        return
    gone = _gone(plan, wanted)
    for row in plan.rows:
        yield from judge_deposed(row)
        for old in sorted(gone) or (None,):
            yield from judge_whereabouts(
                row,
                cluster_address=wanted.cluster_address,
                restored=wanted.restored,
                source=old,
            )
        if row.deposed is None:
            yield from _judge_row(plan, row, wanted, gone)


def _judge_row(
    plan: Plan, row: ResourceChange, wanted: SnapshotRestore, gone: frozenset[str]
) -> Iterator[Finding]:
    idle = row.change.actions == NO_OP and row.change.importing is None
    if row.address == wanted.cluster_address:
        yield from judge_restored(
            plan,
            row,
            restored=wanted.restored,
            snapshot=wanted.snapshot,
            source=wanted.source,
        )
    elif row.mode != "managed":
        yield from judge_other(row)
    elif row.type == SECRET_VERSION:
        if any(is_stale(row, old) for old in gone):
            yield stale_finding(row)
        where = Whereabouts(wanted.restored, {}, own_port=wanted.own_port, unknown=True)
        yield from judge_other(row) if idle else judge_version(row, where)
    elif row.type == INSTANCE:
        if idle:
            yield from judge_no_op(row)
        else:
            yield from judge_new_instance(
                row,
                restored=wanted.restored,
                gone=gone,
                allowed=row.address in wanted.allow_replace,
            )
    elif row.type == CLUSTER:
        yield from judge_beside(row)
    elif row.type == SECRET:
        yield from judge_secret(row)
    else:
        yield from judge_other(row)


def _gone(plan: Plan, wanted: SnapshotRestore) -> frozenset[str]:
    """Ids, in lower case, of the cluster that was lost and of the one that is replaced."""
    ids = [wanted.source] + [
        row.change.was("cluster_identifier")
        for row in clusters_at(plan, wanted.cluster_address)
        if row.change.replaces
    ]
    return frozenset(one.lower() for one in ids if isinstance(one, str))
