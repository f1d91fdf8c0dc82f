"""Safe to adopt: the plan after `state rm` and `import` of a restored cluster (R44-R48).

```
cluster          update or no-op, the restored id before and after
its instances    as they are, or changed in place; replaced only from the source's, and only by name
a login's secret a new version, in which only the host changes
everything else  as it is
```
By allow-list. That nothing is destroyed is not enough: without an import the plan is a plain
``create``, with ``-target`` the rest is hidden, and an ``import`` block is ignored where the
address is in the state still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Judgement
from checks.plan.cluster import (
    check_presence,
    clusters_at,
    judge_adopted,
    judge_drift,
    plan_facts,
)
from checks.plan.cluster_rules import NOWHERE, StoodIn
from checks.plan.gates import check_gates
from checks.plan.identifiers import CLUSTER, INSTANCE, SECRET, SECRET_VERSION, same_id
from checks.plan.instance import judge_instance
from checks.plan.model import NO_OP, Plan, ResourceChange
from checks.plan.others import (
    judge_beside,
    judge_deposed,
    judge_no_op,
    judge_other,
    judge_secret,
    judge_whereabouts,
)
from checks.plan.secret import HOSTS, Whereabouts, is_stale, judge_version, stale_finding


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the plan is to do.

    cluster_address  ``module.rds_cluster.aws_rds_cluster.cumulus``
    restored         identifier of the restored copy
    source           identifier of the cluster whose place it takes, the old id
    allow_replace    addresses of instances that may be replaced, as the operator named them
    own_port         in a rehearsal, whose endpoints differ by port: the secret's port may change
    stood_in         what the source stood in, and the copy, in quarantine so far, is to stand in
    """

    cluster_address: str
    restored: str
    source: str
    allow_replace: frozenset[str] = frozenset()
    own_port: bool = False
    stood_in: StoodIn = NOWHERE


def judge_adoption(plan: Plan, wanted: Adoption) -> Judgement:
    """Whether applying the plan leaves the restored cluster whole, and in the source's place."""
    return Judgement((*check_gates(plan), *_judge(plan, wanted)), facts=plan_facts(plan))


def _judge(plan: Plan, wanted: Adoption) -> Iterator[Finding]:
    if same_id(wanted.restored, wanted.source):
        yield Finding(
            "plan.address.same_id",
            wanted.cluster_address,
            f"another id than {wanted.source}",
            wanted.restored,
            "Say which cluster is the restored copy, and which is the source.",
        )
    yield from check_presence(plan, wanted.cluster_address)
    if not clusters_at(plan, wanted.cluster_address):
        # Of a plan that is about something else one thing is to be said, and not everything.
        return
    whereabouts = _whereabouts(plan, wanted)
    for row in plan.rows:
        yield from judge_deposed(row)
        yield from judge_whereabouts(
            row,
            cluster_address=wanted.cluster_address,
            restored=wanted.restored,
            source=wanted.source,
        )
        if row.deposed is None:
            yield from _judge_row(plan, row, wanted, whereabouts)
    for row in plan.resource_drift:
        if row.address == wanted.cluster_address and row.deposed is None:
            yield from judge_drift(plan, row, wanted.stood_in)


def _judge_row(
    plan: Plan, row: ResourceChange, wanted: Adoption, whereabouts: Whereabouts
) -> Iterator[Finding]:
    idle = row.change.actions == NO_OP and row.change.importing is None
    if row.address == wanted.cluster_address:
        yield from judge_adopted(plan, row, wanted.restored, wanted.stood_in)
    elif row.mode != "managed":
        yield from judge_other(row)
    elif row.type == SECRET_VERSION:
        if is_stale(row, wanted.source):
            yield stale_finding(row)
        yield from judge_other(row) if idle else judge_version(row, whereabouts)
    elif row.type == INSTANCE:
        if idle:
            yield from judge_no_op(row)
        else:
            yield from judge_instance(
                row,
                restored=wanted.restored,
                source=wanted.source,
                allowed=row.address in wanted.allow_replace,
            )
    elif row.type == CLUSTER:
        yield from judge_beside(row)
    elif row.type == SECRET:
        yield from judge_secret(row)
    else:
        yield from judge_other(row)


def _whereabouts(plan: Plan, wanted: Adoption) -> Whereabouts:
    endpoints = {
        attribute: row.change.becomes(attribute)
        for row in clusters_at(plan, wanted.cluster_address)
        for attribute in HOSTS.values()
        if not row.change.unknown(attribute)
    }
    return Whereabouts(wanted.restored, endpoints, own_port=wanted.own_port)
