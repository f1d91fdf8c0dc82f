"""Point-in-time recovery of an Aurora cluster or a single RDS instance, from halting ingest to a
writable copy.

The founding document's procedure, top to bottom; what differs between the two kinds, and where the
source is gone, is `source.kind`'s matter. The incident itself happened before the first
step; in a rehearsal the harness has staged it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from checks.baseline.model import Baseline
from checks.ingest.seen import Halted, Resumed
from checks.judgement import Judgement
from checks.plan.adopt import Adoption
from checks.plan.cluster_rules import StoodIn
from checks.window import Window, check_retention, check_target
from fixtures.account.going_on import copy_of
from fixtures.account.remembering import (
    kept_through_the_apply,
    remember,
    remembered,
)
from fixtures.amcheck import bring_amcheck
from fixtures.aws.described import Described
from fixtures.aws.moved_secrets import MovedSecret
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.quarantine import remove as remove_quarantine
from fixtures.aws.quarantine_lift import Lifted
from fixtures.aws.restore import Restored, Target
from fixtures.aws.tags import RunTag
from fixtures.claims import BadInput, Outcome, Withheld, refuse
from fixtures.clients.commands import Redeployed
from fixtures.comparison import Comparison, Copies, hold
from fixtures.drill_run import DrillRun
from fixtures.dynamodb.choosing import require_tables, restore_together
from fixtures.dynamodb.comparing import Comparing
from fixtures.dynamodb.restoring import (
    RequestedTables,
    RestoredTables,
    await_tables,
    requested,
)
from fixtures.events import now
from fixtures.fencing.accessors import tell_accessors
from fixtures.fencing.removal import RemovedAccess, remove_access
from fixtures.ingest.ledger import forget_captured
from fixtures.keeping import settle_copy
from fixtures.limits import Used, bytes_of, check_limits, measure_use
from fixtures.live_truth import choose_target, compare, named_in, record_source, truth_around
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import strike
from fixtures.plan_judging import judge_plan
from fixtures.planning import (
    Applied,
    MadePlan,
    Moved,
    adopted_in_state,
    apply_plan,
    deployment_of,
    make_plan,
    named,
    require_safe,
    unmanaged_of,
)
from fixtures.postgres.fence import lift_captured
from fixtures.postgres.silence import Silence, watch
from fixtures.postgres.write_probe import probe_write
from fixtures.procedure import Procedure
from fixtures.quarantining import given_own_password, listening_in, prepared, secluded, verify
from fixtures.reaching import reached
from fixtures.readiness.first_step import ready
from fixtures.recovery.acceptance import accept_copy
from fixtures.run import Run
from fixtures.seclusion import Seclusion
from fixtures.source import Copy, Source, Truth
from fixtures.sources import open_source
from fixtures.telling import tell_plan
from fixtures.telling_clients import tell_moved, tell_redeployed, tell_silence
from fixtures.telling_rds import tell_restored, tell_window
from fixtures.tenants import unannounced
from fixtures.terraform.adoption import Adopted
from fixtures.times import newest_beat_in, newest_commit_in
from fixtures.wishes import limits_of

GONE = "the source is gone: nothing writes to it, and nobody connects (R61)"
NO_TABLES = "no settings name tables of DynamoDB"
NO_CLIENTS = "no settings say where clients read their login"
NO_DEPLOYMENT = "no settings say how clients are deployed again"
NO_INGEST = "no settings say what writes"
NOT_MOVED = "nothing moved what writes to the copy: it would write to the source again"
HALTED = "ingest halted"
ALONE = "a single instance is not adopted: prove a plan of your own with drills/plan"

procedure = Procedure("pitr")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def source(run: Run, drill_run: DrillRun) -> Iterator[Source]:
    """The cluster that is to be recovered, its incident behind it."""
    with open_source(run, drill_run) as source:
        yield source


@pytest.fixture(scope="package")
def run_tag(run: Run) -> RunTag:
    """The mark on everything this run makes; nothing without it is ever deleted. What a recovery
    makes is production, and never expires (DESIGN 7).
    """
    expires = None if run.mode == "recovery" else run.expires
    return RunTag(run.id, owner=run.owner, expires=expires)


def window_of(source: Described) -> Window:
    """What a source says of its automated backups, or they of it."""
    return Window(source.identifier, source.retention_days, source.earliest, source.latest)


def past(source: Source, step: str) -> bool:
    """Whether the run that is gone on with had ended that step well."""
    names = [one.name for one in procedure.steps]
    return source.earlier is not None and source.earlier.step in names[names.index(step) :]


def past_the_gate(source: Source) -> bool:
    """Whether the run that is gone on with had passed the gate: its copy may have been let out."""
    return past(source, "passed_gate")


@procedure.step("See that a restore is possible at all", touches="nothing")
def possible(source: Source, drill_run: DrillRun) -> Judgement:
    """R2, R61: what would refuse the restore an hour from now is asked first: the source's state,
    its key, quotas, rights, and whether the target lies in its window.
    """
    return ready(source, drill_run, by="window")


@procedure.step("Describe the source in full", touches="nothing")
def described_source(source: Source, drill_run: DrillRun) -> Described:
    """R29: what must come back the same is known before anything is done."""
    description = source.describe()
    drill_run.tell("source_identified", **description.identified(), databases=[*source.databases])
    drill_run.facts("source", **description.facts())
    if source.mode == "drill":
        tell_accessors(source, description, drill_run)
    return description


@procedure.step("Check that its backups reach back far enough", touches="nothing")
def checked_backups(
    described_source: Described, source: Source, run: Run, drill_run: DrillRun
) -> Window:
    """R1: before anything is halted, not when the API refuses an hour later. Its tables of DynamoDB
    need backups that reach as far (R24). What the drill would use is held against its limits, too,
    before anything is paid for.
    """
    window = window_of(described_source)
    if not window.retention_days or window.earliest is None:
        raise BadInput(
            f"[source] {window.source} has no automated backups, so there is no point in time to "
            "restore: set its backup retention period to a day or more"
        )
    refuse(check_retention(window, run.settings.objectives.retention))
    require_tables(source)
    wanted = run.settings
    check_limits(drill_run, described_source, source, wanted.limits, wanted.restore)
    return window


@procedure.step("Set up the quarantine", touches="copy")
def prepared_quarantine(
    described_source: Described,
    checked_backups: Window,
    source: Source,
    run_tag: RunTag,
    run: Run,
    drill_run: DrillRun,
) -> Iterator[Quarantine]:
    """The groups in which the copy starts: it runs no subscription and no job of production's, and
    reaches nobody. Before anything is halted, for AWS may take minutes until they are whole.

    Undone: they are removed, after the copy that stands in them.
    """
    name = copy_of(run, source.known_as or source.identifier)
    quarantine = prepared(source, described_source, name, run_tag, run.settings.restore)
    drill_run.facts("quarantine", **quarantine.facts())
    drill_run.stands("quarantine groups", quarantine.parameter_group)
    yield quarantine
    if not drill_run.keeps_copy:
        remove_quarantine(source.rds, source.ec2, name, run_tag, pace=source.pace.to_the_end())


@procedure.step("Halt ingest", touches="source")
def halted_ingest(source: Source, drill_run: DrillRun) -> Iterator[Halted | Withheld]:
    """R8, R11, R12: what starts work is disabled, what is under way is waited for, and what was
    enabled is written down, before anybody is thrown out.

    Undone: ingest is resumed as it was.
    """
    if source.gone:
        yield Withheld("halted_ingest", GONE, Outcome.NOT_APPLICABLE)
        return
    if source.ingest is None:
        yield Withheld("halted_ingest", NO_INGEST, Outcome.NOT_APPLICABLE)
        return
    drill_run.stands(HALTED, source.identifier)
    halted = source.ingest.halt()
    drill_run.facts("ingest", **halted.facts)
    yield halted
    source.ingest.resume()


@procedure.step(
    "Fence the source: no new connection, none left open", touches="source", accepts_withheld=True
)
def fenced_source(
    described_source: Described, source: Source, drill_run: DrillRun
) -> Iterator[RemovedAccess | Withheld]:
    """R10, R14 to R20, R69: who is there is told; then the way in is closed, by connection limit,
    security group or command, before the sessions are ended. The administrator keeps a way in.

    Undone: every connection limit, every rule is put back exactly as it was.
    """
    if source.gone:
        yield Withheld("fenced_source", GONE, Outcome.NOT_APPLICABLE)
        return
    removed = remove_access(source, described_source, drill_run)
    yield removed
    removed.give_back()


@procedure.step(
    "Record what the source holds, before the recovery target",
    touches="nothing",
    accepts_withheld=True,
)
def recorded_before(source: Source, drill_run: DrillRun) -> Baseline | Withheld:
    """R35: a source that goes on is read on either side of the target, and only read."""
    return record_source(source, drill_run)


@procedure.step(
    "Choose the recovery target and see that it is restorable",
    touches="nothing",
    accepts_withheld=True,
)
def chosen_target(
    recorded_before: Baseline | Withheld, source: Source, drill_run: DrillRun
) -> Target:
    """R2, R22: within the window as the source tells it now, before the call. Together with its
    tables of DynamoDB, which are restored to a time that is as close as possible, and later (R24).
    """
    target = restore_together(source, choose_target(source, recorded_before, drill_run), drill_run)
    window = window_of(source.describe())
    tell_window(drill_run, window, source, target)
    if source.earlier is None or source.earlier.target is None:  # else it was restorable
        refuse(check_target(window, target))
    return target


@procedure.step(
    "Record what the source holds, after the recovery target",
    touches="nothing",
    accepts_withheld=True,
)
def recorded_after(
    recorded_before: Baseline | Withheld, chosen_target: Target, source: Source, drill_run: DrillRun
) -> Baseline | Withheld:
    """R35: what is the same before and after was the same in between."""
    return record_source(source, drill_run, like=recorded_before)


@pytest.fixture(scope="package")
def truth(
    recorded_before: Baseline | Withheld,
    recorded_after: Baseline | Withheld,
    chosen_target: Target,
    source: Source,
    run: Run,
) -> Truth | None:
    """What the copy is held against: what was recorded nearest to the target."""
    return truth_around(source, chosen_target, [recorded_before, recorded_after, *named_in(run)])


@procedure.step("Request the restore, every setting said", touches="copy", accepts_withheld=True)
def requested_restore(
    described_source: Described,
    prepared_quarantine: Quarantine,
    chosen_target: Target,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Iterator[Restored]:
    """R25 to R29: a new name, the quarantine's groups, nothing left to AWS's defaults.

    Undone: the copy is removed with its instances, unless it was adopted or is to be kept
    (``--keep-restored``).
    """
    restored = source.kind.restore(
        source.rds,
        described_source,
        prepared_quarantine.copy,
        chosen_target,
        replace(run_tag, state=remembered(source, described_source, chosen_target, drill_run.run)),
        quarantine=prepared_quarantine.asked,
        # A drill's copy has to go again; a recovery's is production.
        deletion_protection=source.mode == "recovery" and described_source.deletion_protection,
        instance_class=drill_run.run.settings.restore.instance_class,
    )
    remember(drill_run, source, restored, run_tag)
    ids = {source.kind.word: restored.identifier, "resource_id": restored.resource_id}
    drill_run.facts("restored copy", **ids)
    yield restored
    settle_copy(drill_run, source, restored, run_tag)


@procedure.step("Request the tables of DynamoDB as of that time", touches="copy")
def requested_tables(
    requested_restore: Restored,
    chosen_target: Target,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Iterator[RequestedTables | Withheld]:
    """R24, R58: while the cluster is restored, for a table takes as long.

    Undone: the tables are removed, unless they are to be kept (``--keep-restored``).
    """
    if source.tables is None or not source.tables.wanted.table or chosen_target == "latest":
        yield Withheld("requested_tables", NO_TABLES, Outcome.NOT_APPLICABLE)
        return
    name = requested_restore.identifier
    with requested(source, name, chosen_target, run_tag, drill_run) as tables:
        yield tables


@procedure.step("Wait until the copy is restored", touches="copy", accepts_withheld=True)
def restored_cluster(
    described_source: Described,
    requested_restore: Restored,
    prepared_quarantine: Quarantine,
    source: Source,
    drill_run: DrillRun,
) -> Described:
    """R30: a failed or stuck state ends the wait, with the reason. A copy that will run by itself
    is looked at before: it has to stand in its quarantine already (R64).
    """
    if described_source.starts_by_itself and not past_the_gate(source):
        refuse(verify(source, prepared_quarantine).findings)
    restored: Described = source.kind.until_restored(
        source.rds, requested_restore.identifier, pace=source.pace, progress=drill_run.progress
    )
    return restored


@procedure.step("Verify the quarantine, before anything runs", touches="nothing")
def verified_quarantine(
    restored_cluster: Described,
    prepared_quarantine: Quarantine,
    source: Source,
    drill_run: DrillRun,
) -> Quarantine:
    """R64 on RDS: AWS's own word on the copy. Nothing runs in a cluster before its first instance,
    and after that it is too late.
    """
    if past_the_gate(source):
        drill_run.note("found as left: it was verified before the gate, which was passed")
        stands_in = restored_cluster.parameter_group.name
        let_out = stands_in != prepared_quarantine.parameter_group
        return replace(prepared_quarantine, let_out=let_out)
    judgement = verify(source, prepared_quarantine)
    refuse(judgement.findings)
    drill_run.facts("verified quarantine", **judgement.facts)
    return prepared_quarantine


@procedure.step("Create instances like the source's", touches="copy")
def created_instances(
    described_source: Described,
    restored_cluster: Described,
    verified_quarantine: Quarantine,
    chosen_target: Target,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Described:
    """R33: a restored Aurora cluster has none, and nothing listens. They are removed with it. None
    are created where the copy listens by itself: a single instance, serverless v1.
    """
    state = remembered(source, described_source, chosen_target, drill_run.run)
    return listening_in(
        verified_quarantine,
        source,
        described_source,
        restored_cluster.identifier,
        replace(run_tag, state=state),
        drill_run,
    )


@procedure.step("Give the copy a password of its own", touches="copy")
def given_password(
    created_instances: Described,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Copy:
    """A drill knows no password of its source's master user, and needs none. Known to this process
    alone. A recovery logs in with the current secret, which is what the application will do (R42).
    """
    if source.mode == "recovery":
        assert source.admin is not None
        copy = Copy.of(created_instances, source.admin)
        return reached(copy, source.maintenance, source.pace)
    return given_own_password(source, created_instances, run_tag, drill_run)


@procedure.step(
    "Reach the copy, and see that it takes writes", touches="copy", accepts_withheld=True
)
def writable_copy(
    given_password: Copy,
    fenced_source: RemovedAccess | Withheld,
    truth: Truth | None,
    source: Source,
    drill_run: DrillRun,
) -> Copy:
    """R21, R42 in part: available is not usable, and a paused recovery answers every SELECT.

    A fence that came back with the data is lifted first, for it locks the copy's owner out.
    """
    copy = given_password
    if isinstance(fenced_source, RemovedAccess):
        lifted = lift_captured(copy.connect, fenced_source.limits, maintenance=source.maintenance)
        forget_captured(copy.connect, source.maintenance)
        drill_run.facts("fence restored with the data", lifted=sorted(lifted))
    for database in source.databases:
        with copy.connect(database) as connection:
            probe = probe_write(connection)
    drill_run.writable_at = probe.at
    if source.mode == "drill":
        bring_amcheck(copy, source.databases, drill_run)
    tell_restored(drill_run, copy, source)
    strike(copy, Scope.of(source.databases, truth, drill_run.run.settings), drill_run)
    return copy


@procedure.step("Wait until the tables of DynamoDB are restored", touches="copy")
def restored_tables(
    requested_tables: RequestedTables, source: Source, run_tag: RunTag, drill_run: DrillRun
) -> RestoredTables:
    """R58: they are marked as this run's, and their keys are then held against the copy's. In a
    recovery they get the protection that their sources have.
    """
    return await_tables(source, requested_tables, run_tag, drill_run)


@procedure.fixture
def comparing(
    writable_copy: Copy, restored_tables: RestoredTables, source: Source, run: Run
) -> Comparing:
    """How the copy's keys are held against its tables'."""
    assert source.tables is not None
    return Comparing(
        source.tables.client,
        source.tables.wanted,
        writable_copy.connect,
        source.databases[0],
        restored_tables.asked.target,
        limits_of(run.settings),
        run.folder or run.settings.restore.work_dir,
    )


@procedure.fixture
def seclusion(source: Source, verified_quarantine: Quarantine) -> Seclusion:
    """What is known of the copy's surroundings: where the source archives, and the quarantine."""
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


@procedure.fixture
def comparison(
    copies: Copies, truth: Truth | None, source: Source, drill_run: DrillRun
) -> Comparison | Withheld:
    """The copies beside what was recorded around T: in the quiet moment, or on either side."""
    return compare(copies, source, truth, drill_run)


@procedure.fixture
def newest_commit(writable_copy: Copy, source: Source, drill_run: DrillRun) -> datetime | None:
    """The newest commit that came back; the gate reads it, before anything else is done."""
    beat = drill_run.run.settings.content.heartbeat
    return newest_commit_in(writable_copy, source) or newest_beat_in(
        writable_copy, source.databases, beat
    )


@procedure.fixture
def restored_bytes(writable_copy: Copy, source: Source) -> int:
    """How much came back; the gate reads it, while the copy's login is what it was."""
    with writable_copy.connect(source.maintenance) as connection:
        return bytes_of(connection)


@procedure.fixture
def used(writable_copy: Copy, restored_bytes: int, source: Source, run: Run) -> Used:
    """What the drill has used by now, for its limits."""
    copy = source.kind.describe(source.rds, writable_copy.identifier)
    return measure_use(copy, restored_bytes, run.settings.limits)


@procedure.step(
    "Pass the gate: what was proven so far holds", touches="nothing", accepts_withheld=True
)
def passed_gate(
    writable_copy: Copy,
    newest_commit: datetime | None,
    restored_bytes: int,
    source: Source,
    drill_run: DrillRun,
) -> int:
    """R54, R60: what is wrong is not adopted. Where a claim failed, the drill ends here. In a
    recovery the operator takes what came back for what production shall be, by typing the copy's
    name; with it come the databases of others.
    """
    refuse(drill_run.failed_claims)
    if drill_run.run.mode == "recovery":
        rewound = unannounced(writable_copy, source)
        accept_copy(drill_run, writable_copy.identifier, newest_commit, rewound)
    return len(drill_run.claims)


@procedure.step("Back up the state, and put the copy in the source's place", touches="state")
def adopted_state(
    passed_gate: int,
    described_source: Described,
    created_instances: Described,
    source: Source,
    drill_run: DrillRun,
) -> Iterator[Adopted | Withheld]:
    """R43, R44: the cluster's address and its instances' are moved, and no other.

    Undone: Terraform's state is put back as it was, unless the plan was applied.
    """
    deployment = source.deployment
    if source.kind.word == "instance":
        deployment = Withheld("adopted_state", ALONE, Outcome.NOT_APPLICABLE)
    if isinstance(deployment, Withheld):
        yield deployment
        return
    with adopted_in_state(deployment, described_source, created_instances, drill_run) as adopted:
        drill_run.facts("adopted", moved=adopted.told())
        yield adopted


@procedure.fixture
def moved(adopted_state: Adopted, source: Source) -> Moved:
    """What was to change hands, and nothing else."""
    return Moved(
        adopted_state.before.identifiers(),
        deployment_of(source).cluster_address,
        adopted_state.moved,
    )


@procedure.step("Name the copy in the variables file", touches="state")
def updated_tfvars(
    adopted_state: Adopted,
    restored_cluster: Described,
    source: Source,
    drill_run: DrillRun,
) -> Iterator[str]:
    """R45: with the old name there, the plan would replace what was just restored.

    Undone: the variables file is put back, byte for byte, unless the plan was applied.
    """
    deployment = deployment_of(source)
    name = restored_cluster.identifier
    with named(deployment, {deployment.identifier_variable: name}, drill_run):
        yield name


@procedure.step("Make a plan, and save it", touches="nothing")
def made_plan(
    updated_tfvars: str,
    created_instances: Described,
    described_source: Described,
    source: Source,
    drill_run: DrillRun,
) -> MadePlan:
    """R7, R50: what is judged is this file, and it is this file that is applied. What Terraform
    does not manage of the copy is told.
    """
    made = make_plan(deployment_of(source))
    tell_plan(drill_run, made.plan, made.saved.sha256)
    if unmanaged := unmanaged_of(created_instances, made.plan, stood_in=described_source):
        drill_run.note(f"not managed by Terraform: {', '.join(unmanaged)}")
    return made


@procedure.fixture
def plan_judgement(
    made_plan: MadePlan,
    updated_tfvars: str,
    described_source: Described,
    source: Source,
) -> Judgement:
    """What the plan would do, by allow-list: adopt the copy, and nothing else. It may put the copy
    into the groups that the source stood in, for so far it stands in the quarantine's.
    """
    return judge_plan(
        made_plan.plan,
        Adoption(
            cluster_address=deployment_of(source).cluster_address,
            restored=updated_tfvars,
            source=source.identifier,
            # Loopback has one host, so that endpoints differ by port there.
            own_port=source.own_port,
            stood_in=StoodIn(
                frozenset(described_source.security_groups),
                described_source.parameter_group.name,
            ),
        ),
    )


@procedure.step("Prove the plan safe: it adopts the copy, no more", touches="nothing")
def proven_plan(made_plan: MadePlan, plan_judgement: Judgement) -> MadePlan:
    """R46: nothing is deleted, replaced, forgotten or created. No waiver is asked."""
    require_safe(plan_judgement)
    return made_plan


@procedure.step("Apply that very plan, and see that a second one is empty", touches="copy")
def applied_plan(
    proven_plan: MadePlan,
    adopted_state: Adopted,
    created_instances: Described,
    source: Source,
    drill_run: DrillRun,
) -> Applied | Withheld:
    """R50. A drill on somebody's own account proves the plan, and never applies it."""
    deployment = deployment_of(source)
    if source.mode == "drill":
        return Withheld("applied_plan", "a drill proves the plan, and never applies it")
    with kept_through_the_apply(source, created_instances, drill_run) as tags:
        return apply_plan(deployment, proven_plan, drill_run, adopted_state.backup, tags)


@procedure.step(
    "Lift the quarantine: the source's groups, and a restart", touches="copy", accepts_withheld=True
)
def lifted_quarantine(
    passed_gate: int,
    applied_plan: Applied | Withheld,
    described_source: Described,
    requested_restore: Restored,
    verified_quarantine: Quarantine,
    source: Source,
    run_tag: RunTag,
    drill_run: DrillRun,
) -> Lifted | Withheld:
    """R27, R31: what was proven may now do what its source does. Where a plan was applied, it has
    put the groups back, and what is left is the restart. A drill's copy never leaves.
    """
    if source.mode == "drill":
        return Withheld("lifted_quarantine", "a drill's copy never leaves its quarantine")
    lifted: Lifted = source.kind.lift(
        source.rds,
        described_source,
        requested_restore.identifier,
        verified_quarantine,
        resource_id=requested_restore.resource_id,
        recovery=source.mode == "recovery",
        pace=source.pace,
        progress=drill_run.progress,
    )
    drill_run.facts("lifted quarantine", **lifted.facts())
    # Nothing stands in them any more, also where nothing is undone.
    remove_quarantine(source.rds, source.ec2, verified_quarantine.copy, run_tag, pace=source.pace)
    drill_run.is_gone("quarantine groups", verified_quarantine.parameter_group)
    return lifted


@procedure.fixture
def let_out_copy(
    lifted_quarantine: Lifted, writable_copy: Copy, source: Source, drill_run: DrillRun
) -> Copy:
    """The copy as it is reached now: an applied plan gave it the password that Terraform knows."""
    if not drill_run.applied:
        return writable_copy
    assert source.admin is not None
    return Copy(writable_copy.identifier, writable_copy.address, source.admin)


@procedure.step("Move the clients: their secrets name the copy", touches="clients")
def moved_clients(
    let_out_copy: Copy, source: Source, drill_run: DrillRun
) -> Iterator[Sequence[MovedSecret] | Withheld]:
    """R55. Terraform's own secret has moved with the plan; the clients' own is moved here, and what
    it said before is kept under a label of the run.

    Undone: the secrets say again what they said, and are read again, unless the plan was applied.
    """
    clients = source.clients
    if clients is None:
        yield Withheld("moved_clients", NO_CLIENTS, Outcome.NOT_APPLICABLE)
        return
    moved = clients.move(let_out_copy.identifier, let_out_copy.address)
    tell_moved(drill_run, moved)
    yield moved
    if not (drill_run.applied or source.gone):
        clients.put_back(let_out_copy.address)
        clients.redeploy(source.identifier, source.address)
        clients.forget()


@procedure.step(
    "Deploy the clients again: data persistence, then the rest",
    touches="clients",
    accepts_withheld=True,
)
def redeployed_clients(
    moved_clients: Sequence[MovedSecret] | Withheld,
    let_out_copy: Copy,
    source: Source,
    drill_run: DrillRun,
) -> Sequence[Redeployed] | Withheld:
    """R55: what runs keeps its connections, and its old host, until it is deployed again."""
    clients = source.clients
    if clients is None or not clients.deployments:
        return Withheld("redeployed_clients", NO_DEPLOYMENT, Outcome.NOT_APPLICABLE)
    if past(source, "redeployed_clients"):
        drill_run.note("found as left: everything was deployed again before")
        return [Redeployed(name, 0.0) for name in clients.deployments]
    done = clients.redeploy(let_out_copy.identifier, let_out_copy.address)
    tell_redeployed(drill_run, done)
    return done


@procedure.step("Resume ingest as it was", touches="clients", accepts_withheld=True)
def resumed_ingest(
    halted_ingest: Halted | Withheld,
    moved_clients: object,
    redeployed_clients: object,
    let_out_copy: Copy | Withheld,
    source: Source,
    drill_run: DrillRun,
) -> Resumed | Withheld:
    """R57: what was enabled before the halt is enabled again, and what was disabled stays disabled.
    Not before something says that it writes to the copy.
    """
    if source.ingest is None or isinstance(halted_ingest, Withheld):
        return Withheld("resumed_ingest", NO_INGEST, Outcome.NOT_APPLICABLE)
    if all(isinstance(one, Withheld) for one in (moved_clients, redeployed_clients)):
        if source.mode == "recovery":  # which leaves it halted
            return Withheld("resumed_ingest", NOT_MOVED, Outcome.NOT_PROVEN)
        return Withheld("resumed_ingest", NOT_MOVED, Outcome.NOT_APPLICABLE)
    if isinstance(let_out_copy, Withheld):
        return let_out_copy
    resumed = source.ingest.resume(let_out_copy.connect)
    drill_run.in_service_at = now()
    drill_run.is_gone(HALTED, source.identifier)
    drill_run.facts("resumed ingest", **resumed.facts)
    return resumed


@procedure.step("See that the old cluster is silent", touches="nothing", accepts_withheld=True)
def silent_source(
    resumed_ingest: object, source: Source, drill_run: DrillRun
) -> Silence | Withheld:
    """R56: no connection and no write, after everything was moved."""
    if source.gone:
        return Withheld("silent_source", GONE, Outcome.NOT_APPLICABLE)
    if source.mode == "drill":
        return Withheld("silent_source", "a drill's source goes on, and its clients with it")
    if source.clients is None:
        return Withheld("silent_source", NO_CLIENTS, Outcome.NOT_APPLICABLE)
    seen = watch(
        source.connect_admin,
        source.databases,
        seconds=source.silence,
        maintenance=source.maintenance,
    )
    tell_silence(drill_run, seen)
    return seen
