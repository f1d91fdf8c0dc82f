"""Recovery of an RDS/Aurora cluster from a snapshot, with no source alive; or a drill beside one.

The founding document's second procedure, top to bottom. In a rehearsal the cluster was lost before
the first step, only a snapshot is left, and Terraform makes the copy. In a drill on somebody's
account the source lives on: the plan that would restore the snapshot is proven as after a loss and
never applied, and the API makes the copy, in a quarantine. Until then both are one procedure, and
from then on again. Access is removed before anything is deployed (R53: what is written after the
snapshot would be lost without a word), and the data is proven before any client is moved to it
(R54).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import pytest

from checks.baseline.model import Baseline
from checks.judgement import Judgement
from checks.plan.snapshot import SnapshotRestore
from fixtures.account.going_on import copy_of
from fixtures.account.remembering import remember
from fixtures.account.snapshot import snapshot_of, tell_origin
from fixtures.amcheck import bring_amcheck
from fixtures.aws.described import Described
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.moved_secrets import MovedSecret
from fixtures.aws.names import cluster_exists, new_identifier
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.quarantine import remove as remove_quarantine
from fixtures.aws.restore import Restored
from fixtures.aws.snapshot_restore import restore
from fixtures.aws.snapshots import SnapshotDescription
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import until_cluster_available, until_instance_available
from fixtures.claims import BadInput, Outcome, Withheld, refuse
from fixtures.clients.commands import Redeployed
from fixtures.comparison import Comparison, Copies, hold
from fixtures.drill_run import DrillRun
from fixtures.events import now
from fixtures.keeping import settle_copy
from fixtures.limits import Used, bytes_of, check_limits, measure_use
from fixtures.live_truth import AFTER, before_of, compare, named_in, record_source, truth_around
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import strike
from fixtures.plan_judging import judge_plan
from fixtures.planning import (
    Applied,
    MadePlan,
    Moved,
    apply_plan,
    deployment_of,
    leave_out_of_state,
    make_plan,
    named,
    require_safe,
)
from fixtures.postgres.write_probe import probe_write
from fixtures.procedure import Procedure
from fixtures.quarantining import given_own_password, listening_in, prepared, secluded, verify
from fixtures.readiness.first_step import ready
from fixtures.run import Run
from fixtures.seclusion import Seclusion
from fixtures.source import Copy, Source, Truth
from fixtures.sources import open_source_of_snapshot
from fixtures.telling import tell_plan
from fixtures.telling_clients import tell_moved, tell_redeployed
from fixtures.telling_rds import tell_restored, tell_snapshot
from fixtures.times import newest_beat_in, newest_commit_in

LOST = "the source is lost: nothing of it is there that could be asked"
LIVES = "a drill's source lives on, and goes on taking writes: nothing is to be recovered of it"
AS_LOST = "Terraform finds that the source is lost by itself"
BY_TERRAFORM = "Terraform makes the copy, and its configuration says where it stands"

procedure = Procedure("snapshot")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def source(run: Run, drill_run: DrillRun) -> Iterator[Source]:
    """The cluster that the snapshot is of: already lost, or somebody's own, which lives on."""
    with open_source_of_snapshot(run, drill_run) as source:
        yield source


@pytest.fixture(scope="package")
def run_tag(run: Run) -> RunTag:
    """The mark on everything a drill makes by the API; nothing without it is ever deleted."""
    return RunTag(run.id, owner=run.owner, expires=run.expires)


@procedure.step("See that a restore is possible at all", touches="nothing")
def possible(source: Source, drill_run: DrillRun) -> Judgement:
    """R61: what would refuse the restore an hour from now is asked first: the source's state,
    its key, quotas, rights, and whether the target lies in what snapshots hold.
    """
    return ready(source, drill_run, by="snapshots")


@procedure.step("Find the snapshot, and see that it is whole", touches="nothing")
def found_snapshot(source: Source, run: Run, drill_run: DrillRun) -> SnapshotDescription:
    """R51, R52: after a loss nothing is asked of the source, which is gone. In a drill it is the
    newest of the source that can be restored, unless one is named, and its age is told.
    """
    snapshot = snapshot_of(source, run.settings.restore.snapshot)
    tell_snapshot(drill_run, snapshot, source)
    if source.mode == "drill":
        drill_run.target_time = snapshot.taken
        tell_origin(drill_run, snapshot)
    return snapshot


@procedure.step("In a drill: describe the source in full", touches="nothing")
def described_source(source: Source, run: Run, drill_run: DrillRun) -> Described | Withheld:
    """R29: what the copy must be like is known before it is asked for. What the drill would use is
    held against its limits, before anything is paid for.
    """
    if source.loss is not None:
        return Withheld("described_source", LOST, Outcome.NOT_APPLICABLE)
    description = source.describe()
    drill_run.facts("source", **description.facts())
    check_limits(drill_run, description, source, run.settings.limits, run.settings.restore)
    return description


@procedure.step(
    "In a drill: record what the source holds, after the snapshot",
    touches="nothing",
    accepts_withheld=True,
)
def recorded_after(
    found_snapshot: SnapshotDescription, source: Source, run: Run, drill_run: DrillRun
) -> Baseline | Withheld:
    """R35: what is the same in a baseline of before the snapshot was the same in it."""
    like = before_of(found_snapshot.taken, named_in(run))
    return record_source(source, drill_run, like, name=AFTER)


@pytest.fixture(scope="package")
def truth(
    recorded_after: Baseline | Withheld,
    found_snapshot: SnapshotDescription,
    source: Source,
    run: Run,
) -> Truth | None:
    """What the copy is held against: what was recorded when the snapshot was taken, or nearest."""
    return truth_around(source, found_snapshot.taken, [recorded_after, *named_in(run)])


@procedure.step(
    "Remove access: see that nothing is left that takes writes",
    touches="nothing",
    accepts_withheld=True,
)
def removed_access(found_snapshot: SnapshotDescription, source: Source) -> str | Withheld:
    """R53, R61: a source that still answers would take writes which the snapshot has not."""
    if source.mode == "drill":
        return Withheld("removed_access", LIVES)
    if cluster_exists(source.rds, source.identifier):
        raise BadInput(
            f"cluster {source.identifier} is still there, and what it takes after the snapshot "
            "would be lost: recover it to a point in time (drills/pitr), or fence and delete it"
        )
    return "gone"


@procedure.step(
    "In a drill: leave the source out of the private state, as after its loss",
    touches="state",
    accepts_withheld=True,
)
def lost_in_state(
    removed_access: str | Withheld, source: Source, drill_run: DrillRun
) -> list[str] | Withheld:
    """R52: beside a source that is there the plan would replace it, which is another plan than the
    one that is made once it is lost. The state is a copy, from which nothing is ever applied.
    """
    if source.mode != "drill":
        return Withheld("lost_in_state", AS_LOST, Outcome.NOT_APPLICABLE)
    if isinstance(source.deployment, Withheld):
        return source.deployment
    return leave_out_of_state(source, drill_run)


@procedure.step(
    "Name the snapshot and a new cluster in the variables file",
    touches="state",
    accepts_withheld=True,
)
def updated_tfvars(
    lost_in_state: list[str] | Withheld,
    found_snapshot: SnapshotDescription,
    source: Source,
    drill_run: DrillRun,
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
def applied_plan(proven_plan: MadePlan, source: Source, drill_run: DrillRun) -> Applied | Withheld:
    """R50. Terraform makes the cluster, and its instances with it. A drill on somebody's own
    account proves the plan, and never applies it.
    """
    if source.mode == "drill":
        return Withheld("applied_plan", "a drill proves the plan, and never applies it")
    return apply_plan(deployment_of(source), proven_plan, drill_run)


@procedure.step("In a drill: set up the quarantine", touches="copy", accepts_withheld=True)
def prepared_quarantine(
    described_source: Described | Withheld,
    source: Source,
    run_tag: RunTag,
    run: Run,
    drill_run: DrillRun,
) -> Iterator[Quarantine | Withheld]:
    """The groups in which the copy starts: it runs no subscription and no job of production's, and
    reaches nobody.

    Undone: they are removed, after the copy that stands in them.
    """
    if isinstance(described_source, Withheld):
        yield Withheld("prepared_quarantine", BY_TERRAFORM, Outcome.NOT_APPLICABLE)
        return
    name = copy_of(run, source.identifier)
    quarantine = prepared(source, described_source, name, run_tag, run.settings.restore)
    drill_run.facts("quarantine", **quarantine.facts())
    drill_run.stands("quarantine groups", quarantine.parameter_group)
    yield quarantine
    if not drill_run.keeps_copy:
        remove_quarantine(source.rds, source.ec2, name, run_tag, pace=source.pace.to_the_end())


@procedure.step("In a drill: request the restore, every setting said", touches="copy")
def requested_restore(
    prepared_quarantine: Quarantine,
    described_source: ClusterDescription,
    found_snapshot: SnapshotDescription,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Iterator[Restored]:
    """R25 to R29, R51: a new name, the quarantine's groups, nothing left to AWS's defaults.

    Undone: the copy is removed with its instances, unless it is to be kept (``--keep-restored``).
    """
    restored = restore(
        source.rds,
        described_source,
        found_snapshot,
        prepared_quarantine.copy,
        run_tag,
        quarantine=prepared_quarantine.asked,
    )
    remember(drill_run, source, restored, run_tag)
    drill_run.facts("restored copy", cluster=restored.identifier, resource_id=restored.resource_id)
    yield restored
    settle_copy(drill_run, source, restored, run_tag)


@procedure.step(
    "Wait until the copy is restored, and what Terraform makes of instances with it",
    touches="copy",
    accepts_withheld=True,
)
def restored_cluster(
    requested_restore: Restored | Withheld,
    applied_plan: Applied | Withheld,
    updated_tfvars: str | Withheld,
    prepared_quarantine: Quarantine | Withheld,
    source: Source,
    drill_run: DrillRun,
) -> ClusterDescription | Withheld:
    """R30, R33: a failed or stuck state ends the wait, with the reason. Without an instance nothing
    listens. A copy that will run by itself has to stand in its quarantine before (R64).
    """
    if isinstance(requested_restore, Withheld) and isinstance(applied_plan, Withheld):
        return applied_plan
    name = updated_tfvars
    if isinstance(requested_restore, Restored):
        assert isinstance(prepared_quarantine, Quarantine)
        name = requested_restore.identifier
        if describe(source.rds, name).starts_by_itself:
            refuse(verify(source, prepared_quarantine).findings)
    assert isinstance(name, str)
    until_cluster_available(source.rds, name, pace=source.pace, progress=drill_run.progress)
    cluster = describe(source.rds, name)
    for instance in cluster.instances:
        until_instance_available(
            source.rds, instance.identifier, pace=source.pace, progress=drill_run.progress
        )
    if isinstance(requested_restore, Withheld):
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


@procedure.step("In a drill: verify the quarantine, before anything runs", touches="nothing")
def verified_quarantine(
    restored_cluster: ClusterDescription,
    prepared_quarantine: Quarantine,
    source: Source,
    drill_run: DrillRun,
) -> Quarantine:
    """R64 on RDS: AWS's own word on the copy. Nothing runs in a cluster before its first instance,
    and after that it is too late.
    """
    judgement = verify(source, prepared_quarantine)
    refuse(judgement.findings)
    drill_run.facts("verified quarantine", **judgement.facts)
    return prepared_quarantine


@procedure.step("In a drill: create instances like the source's", touches="copy")
def created_instances(
    verified_quarantine: Quarantine,
    restored_cluster: ClusterDescription,
    described_source: Described,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Described:
    """R33: a restored Aurora cluster has none, and nothing listens. They are removed with it."""
    name = restored_cluster.identifier
    return listening_in(verified_quarantine, source, described_source, name, run_tag, drill_run)


@procedure.step("In a drill: give the copy a password of its own", touches="copy")
def given_password(
    created_instances: Described, source: Source, run_tag: RunTag, drill_run: DrillRun
) -> Copy:
    """A drill knows no password of its source's master user, and needs none. Known to this process
    alone. After a loss the administrator's login is the module's own.
    """
    return given_own_password(source, created_instances, run_tag, drill_run)


@procedure.step(
    "Reach the copy, and see that it takes writes", touches="copy", accepts_withheld=True
)
def writable_copy(
    given_password: Copy | Withheld,
    restored_cluster: ClusterDescription | Withheld,
    truth: Truth | None,
    source: Source,
    drill_run: DrillRun,
) -> Copy | Withheld:
    """R42 in part: available is not usable."""
    if isinstance(restored_cluster, Withheld):
        return restored_cluster
    copy = given_password
    if isinstance(copy, Withheld):
        assert source.admin is not None
        copy = Copy.of(restored_cluster, source.admin)
    for database in source.databases:
        with copy.connect(database) as connection:
            probe = probe_write(connection)
    drill_run.writable_at = probe.at
    if source.mode == "drill":
        bring_amcheck(copy, source.databases, drill_run)
    tell_restored(drill_run, copy, source)
    strike(copy, Scope.of(source.databases, truth, drill_run.run.settings), drill_run)
    return copy


@pytest.fixture(scope="package")
def seclusion(source: Source, verified_quarantine: Quarantine | Withheld) -> Seclusion:
    """What is known of the copy's surroundings: where its source archives, and the quarantine."""
    if isinstance(verified_quarantine, Withheld):
        return Seclusion(None if source.loss is None else source.loss.archive)
    return secluded(source, verified_quarantine)


@procedure.fixture
def inventory(source: Source) -> Collection[str]:
    """The tables that must be there (R5)."""
    return source.must_have_tables


@procedure.fixture
def copies(writable_copy: Copy, source: Source) -> Iterator[Copies]:
    """The copy's databases, each held at one moment."""
    with hold(writable_copy.connect, source.databases) as copies:
        yield copies


@pytest.fixture(scope="package")
def comparison(
    copies: Copies | Withheld,
    truth: Truth | None,
    recorded_after: Baseline | Withheld,
    source: Source,
    drill_run: DrillRun,
) -> Comparison | Withheld:
    """The copies beside what was recorded when the snapshot was taken, or on either side of it."""
    if isinstance(copies, Withheld):
        return copies
    return compare(copies, source, truth, drill_run, recorded_after)


@procedure.fixture
def newest_commit(writable_copy: Copy, source: Source, run: Run) -> datetime | None:
    """The newest commit that came back; the gate reads it, before clients write again."""
    beat = run.settings.content.heartbeat
    return newest_commit_in(writable_copy, source) or newest_beat_in(
        writable_copy, source.databases, beat
    )


@procedure.fixture
def used(writable_copy: Copy, requested_restore: Restored, source: Source, run: Run) -> Used:
    """What a drill has used by now, for its limits."""
    with writable_copy.connect(source.maintenance) as connection:
        restored = bytes_of(connection)
    copy = source.kind.describe(source.rds, writable_copy.identifier)
    return measure_use(copy, restored, run.settings.limits)


@procedure.step("Pass the gate: what was proven so far holds", touches="nothing")
def passed_gate(writable_copy: Copy, newest_commit: datetime | None, drill_run: DrillRun) -> int:
    """R54: nobody is moved to what is wrong. Where a claim failed, the drill ends here."""
    refuse(drill_run.failed_claims)
    return len(drill_run.claims)


@procedure.fixture
def let_out_copy(writable_copy: Copy) -> Copy:
    """The copy as clients reach it: Terraform made it, and it was in no quarantine. A drill's never
    leaves it, and gets no clients.
    """
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
