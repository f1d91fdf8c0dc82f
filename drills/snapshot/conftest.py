"""Recovery of an RDS/Aurora cluster from a snapshot, through Terraform, with no source alive.

The founding document's second procedure, top to bottom. The cluster was lost before the first step;
in a rehearsal the harness has staged that, and only a snapshot is left. Access is removed before
anything is deployed (R53: what is written after the snapshot would be lost without a word), and the
data is proven before any client is moved to it (R54).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import pytest

from checks.judgement import Judgement
from checks.plan.snapshot import SnapshotRestore
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.moved_secrets import MovedSecret
from fixtures.aws.names import cluster_exists, new_identifier
from fixtures.aws.snapshots import SnapshotDescription, find_snapshot
from fixtures.aws.wait import until_cluster_available, until_instance_available
from fixtures.claims import BadInput, Withheld, refuse
from fixtures.clients.commands import Redeployed
from fixtures.comparison import Comparison, Copies, hold
from fixtures.drill_run import DrillRun
from fixtures.events import now
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import strike
from fixtures.plan_judging import judge_plan
from fixtures.planning import (
    Applied,
    MadePlan,
    Moved,
    apply_plan,
    deployment_of,
    make_plan,
    named,
    require_safe,
)
from fixtures.postgres.write_probe import probe_write
from fixtures.procedure import Procedure
from fixtures.readiness.first_step import ready
from fixtures.run import Run
from fixtures.seclusion import Seclusion
from fixtures.source import Copy, Loss, Source
from fixtures.sources import open_lost_source
from fixtures.telling import tell_plan
from fixtures.telling_clients import tell_moved, tell_redeployed
from fixtures.telling_rds import tell_restored, tell_snapshot
from fixtures.times import newest_commit_in
from fixtures.truths import recorded
from fixtures.wishes import wishes_of

procedure = Procedure("snapshot")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def source(run: Run, drill_run: DrillRun) -> Iterator[Source]:
    """The cluster that is to be recovered, already lost."""
    with open_lost_source(run, drill_run) as source:
        yield source


@pytest.fixture(scope="package")
def loss(source: Source) -> Loss:
    """What is left of it."""
    assert source.loss is not None
    return source.loss


@procedure.step("See that a restore is possible at all", touches="nothing")
def possible(source: Source, drill_run: DrillRun) -> Judgement:
    """R61: what would refuse the restore an hour from now is asked first: the source's state,
    its key, quotas, rights, and whether the target lies in what snapshots hold.
    """
    return ready(source, drill_run, by="snapshots")


@procedure.step("Find the snapshot, and see that it is whole", touches="nothing")
def found_snapshot(source: Source, loss: Loss, drill_run: DrillRun) -> SnapshotDescription:
    """R51, R52: nothing is asked of the source, which is gone."""
    snapshot = find_snapshot(source.rds, loss.snapshot, of=source.identifier)
    tell_snapshot(drill_run, snapshot, source)
    return snapshot


@procedure.step("Remove access: see that nothing is left that takes writes", touches="nothing")
def removed_access(found_snapshot: SnapshotDescription, source: Source) -> str:
    """R53, R61: a source that still answers would take writes which the snapshot has not."""
    if cluster_exists(source.rds, source.identifier):
        raise BadInput(
            f"cluster {source.identifier} is still there, and what it takes after the snapshot "
            "would be lost: recover it to a point in time (drills/pitr), or fence and delete it"
        )
    return "gone"


@procedure.step("Name the snapshot and a new cluster in the variables file", touches="state")
def updated_tfvars(
    removed_access: str, found_snapshot: SnapshotDescription, source: Source, drill_run: DrillRun
) -> Iterator[str | Withheld]:
    """R45, R52: the old identifier would make the plan an update, which restores nothing.

    Undone: the variables file is put back, byte for byte, unless the plan was applied.
    """
    deployment = source.deployment
    if isinstance(deployment, Withheld):
        yield deployment
        return
    name = new_identifier(source.identifier, drill_run.run.id)
    values = {
        deployment.identifier_variable: name,
        deployment.snapshot_variable: found_snapshot.identifier,
    }
    with named(deployment, values, drill_run):
        yield name


@procedure.step("Make a plan, and save it", touches="nothing")
def made_plan(updated_tfvars: str, source: Source, drill_run: DrillRun) -> MadePlan:
    """R50: what is judged is this file, and it is this file that is applied."""
    made = make_plan(deployment_of(source))
    tell_plan(drill_run, made.plan, made.saved.sha256)
    return made


@procedure.fixture
def plan_judgement(
    made_plan: MadePlan, updated_tfvars: str, found_snapshot: SnapshotDescription, source: Source
) -> Judgement:
    """The inverse of an adoption: the cluster must be made anew, from that snapshot."""
    return judge_plan(
        made_plan.plan,
        SnapshotRestore(
            cluster_address=deployment_of(source).cluster_address,
            restored=updated_tfvars,
            snapshot=found_snapshot.identifier,
            source=source.identifier,
            own_port=source.own_port,
        ),
    )


@procedure.step("Prove the plan safe: it restores the snapshot, no more", touches="nothing")
def proven_plan(made_plan: MadePlan, plan_judgement: Judgement) -> MadePlan:
    """R46, R52: an update in place restores nothing, and is refused like a deletion."""
    require_safe(plan_judgement)
    return made_plan


@procedure.step("Apply that very plan", touches="copy")
def applied_plan(proven_plan: MadePlan, source: Source, drill_run: DrillRun) -> Applied:
    """R50. Terraform makes the cluster, and its instances with it."""
    return apply_plan(deployment_of(source), proven_plan, drill_run)


@procedure.step("Wait until the cluster and its instances are there", touches="copy")
def restored_cluster(
    applied_plan: Applied, updated_tfvars: str, source: Source, drill_run: DrillRun
) -> ClusterDescription:
    """R30, R33: without an instance nothing listens, and nothing is proven."""
    name = updated_tfvars
    until_cluster_available(source.rds, name, pace=source.pace, progress=drill_run.progress)
    cluster = describe(source.rds, name)
    for instance in cluster.instances:
        until_instance_available(
            source.rds, instance.identifier, pace=source.pace, progress=drill_run.progress
        )
    ids = {"cluster": cluster.identifier, "resource_id": cluster.resource_id}
    drill_run.facts("restored copy", **ids, **cluster.facts())
    return describe(source.rds, name)


@procedure.fixture
def moved(
    made_plan: MadePlan,
    applied_plan: Applied,
    restored_cluster: ClusterDescription,
    source: Source,
) -> Moved:
    """What was to change hands, and nothing else: the lost cluster and its instances."""
    address, before = deployment_of(source).cluster_address, made_plan.before
    mine = {instance.identifier for instance in restored_cluster.instances}
    new = {at: applied_plan.state.at(at) for at in before.instances_of(source.identifier)}
    return Moved(
        before.identifiers(),
        address,
        {
            address: (source.identifier, restored_cluster.identifier),
            **{
                at: (held, new[at] if new[at] in mine else None)
                for at, held in before.instances_of(source.identifier).items()
            },
        },
    )


@procedure.step("Reach the copy, and see that it takes writes", touches="copy")
def writable_copy(
    restored_cluster: ClusterDescription, source: Source, drill_run: DrillRun
) -> Copy:
    """R42 in part: available is not usable. The administrator's login is the module's own."""
    assert source.admin is not None
    copy = Copy.of(restored_cluster, source.admin)
    for database in source.databases:
        with copy.connect(database) as connection:
            probe = probe_write(connection)
    drill_run.writable_at = probe.at
    tell_restored(drill_run, copy, source)
    strike(copy, Scope.of(source.databases, source.truth, drill_run.run.settings), drill_run)
    return copy


@procedure.fixture
def seclusion(loss: Loss) -> Seclusion:
    """What is known of the copy's surroundings: where its source archived."""
    return Seclusion(loss.archive)


@procedure.fixture
def inventory(source: Source) -> Collection[str]:
    """The tables that must be there (R5)."""
    return source.must_have_tables


@procedure.fixture
def copies(writable_copy: Copy, source: Source) -> Iterator[Copies]:
    """The copy's databases, each held at one moment."""
    with hold(writable_copy.connect, source.databases) as copies:
        yield copies


@procedure.fixture
def comparison(copies: Copies, source: Source, run: Run) -> Comparison:
    """The copies beside what was recorded when the snapshot was taken."""
    assert source.truth is not None
    return recorded(copies, source.truth.baseline, wishes_of(run.settings))


@procedure.fixture
def newest_commit(writable_copy: Copy, source: Source) -> datetime | None:
    """The newest commit that came back; the gate reads it, before clients write again."""
    return newest_commit_in(writable_copy, source)


@procedure.step("Pass the gate: what was proven so far holds", touches="nothing")
def passed_gate(writable_copy: Copy, newest_commit: datetime | None, drill_run: DrillRun) -> int:
    """R54: nobody is moved to what is wrong. Where a claim failed, the drill ends here."""
    refuse(drill_run.failed_claims)
    return len(drill_run.claims)


@procedure.fixture
def let_out_copy(writable_copy: Copy) -> Copy:
    """The copy as clients reach it: Terraform made it, and it was in no quarantine."""
    return writable_copy


@procedure.step("Move the clients: their secret names the copy", touches="clients")
def moved_clients(
    passed_gate: int,
    restored_cluster: ClusterDescription,
    let_out_copy: Copy,
    source: Source,
    drill_run: DrillRun,
) -> Sequence[MovedSecret]:
    """R55. Terraform's own secret has moved with the plan; the clients' own is moved here."""
    assert source.clients is not None
    moved = source.clients.move(restored_cluster.identifier, let_out_copy.address)
    tell_moved(drill_run, moved)
    return moved


@procedure.step("Deploy the clients again: data persistence, then the rest", touches="clients")
def redeployed_clients(
    moved_clients: Sequence[MovedSecret],
    restored_cluster: ClusterDescription,
    let_out_copy: Copy,
    source: Source,
    drill_run: DrillRun,
) -> Sequence[Redeployed]:
    """R55: what runs keeps its connections, and its old host, until it is deployed again."""
    assert source.clients is not None
    done = source.clients.redeploy(restored_cluster.identifier, let_out_copy.address)
    tell_redeployed(drill_run, done)
    return done


@procedure.step("Resume ingest, and see that it writes to the copy", touches="clients")
def resumed_ingest(
    redeployed_clients: Sequence[Redeployed], source: Source, drill_run: DrillRun
) -> datetime:
    """R57: nothing is over before the service is there again."""
    assert source.ingest is not None
    source.ingest.resume()
    drill_run.in_service_at = now()
    return drill_run.in_service_at
