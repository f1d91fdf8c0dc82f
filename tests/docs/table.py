"""How each command of the documents is exercised. A new command is a new line here.

``Run``        executed here, in a clone with the files that an operator would have
``Elsewhere``  executed by the test that is named, as it stands or with folders of its own
``Tox``        an environment of tox.ini, which the project's own CI runs
``NotHere``    nobody can run it here; the reason stands beside it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """status  the exit status; `says` is to be in the output, `makes` a file that has to be there
    then. `after` names commands without which it has nothing to work on. `instead` replaces words.
    `endless` ones are stopped when they have said it.
    """

    says: str = ""
    makes: str | None = None
    after: tuple[str, ...] = ()
    instead: tuple[tuple[str, str], ...] = ()
    status: int = 0
    slow: bool = False
    endless: bool = False


@dataclass(frozen=True)
class Elsewhere:
    test: str
    """A node id: file::function."""


@dataclass(frozen=True)
class Tox:
    environment: str


@dataclass(frozen=True)
class NotHere:
    reason: str


How = Run | Elsewhere | Tox | NotHere

RECORD = "pytest --source-dsn=service=core --record-baseline=core.json"
VERIFIED = "pytest drills/verify --baseline=core.json --restored-dsn=service=core_restored"
BEFORE = "pytest --source-dsn=service=core --record-baseline=before.json"
AFTER = "pytest --source-dsn=service=core --record-baseline=after.json --baseline=before.json"
FLAGS = "--cluster-address=module.rds_cluster.aws_rds_cluster.cumulus"
HERE = (("host=db.example dbname=core user=reader", "service=core"),)
COPY = (("host=copy.example dbname=core user=reader", "service=core_restored"),)
BACKUP = "tests/drills/fix_shelf.py makes such backups, with the server's own archive command"
NO_ACCOUNT = "it is for an account of AWS; tests/iam makes the same roles in moto"
NO_PLAN = "tests/terraform runs terraform itself; here the plan lies there already"
IMAGE = "tests/examples/test_image.py::test_a_rehearsal_is_proven_without_root_rights_or_a_network"
RECOVER = (
    "pytest drills/pitr --drill-config=clusters/core-prod.toml "
    "--recover=arn:aws:rds:us-east-1:123456789012:cluster:core-prod"
)
RECOVERIES = "tests/recovery/test_recovery.py"
RECOVERED = f"{RECOVERIES}::test_a_recovery_is_performed_and_nothing_of_it_is_undone"
RESUMED = f"{RECOVERIES}::test_what_ends_a_recovery_undoes_nothing_and_it_goes_on"
BACKED_OUT = f"{RECOVERIES}::test_a_recovery_is_taken_back"
WAITED = f"{RECOVERIES}::test_a_drill_that_waits_no_longer_is_gone_on_with"
NODE_EXPORTER = "/var/lib/node_exporter/restore-drill-"
AT_HALF_PAST = "--restore-to-time=2026-03-01T12:30:15Z"
INSTALL = "python3 -m venv .venv && pip install -e '.[dev]' && "

COMMANDS: Mapping[str, How] = {
    # README: two commands
    f"{INSTALL}pytest drills/pitr": Run(
        "PROVEN",
        instead=(("python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' &&", ""),),
        slow=True,
    ),
    f"{INSTALL}tox": Tox("tests"),
    "pytest drills/pitr": Run("PROVEN", slow=True),
    "pytest drills/pitr --rehearsal-load=my-database.sql": Run("PROVEN", slow=True),
    "pytest drills/snapshot": Elsewhere(
        "tests/drills/test_snapshot.py::test_a_lost_cluster_comes_back_from_a_snapshot"
    ),
    "pytest drills/physical": Run("PROVEN", slow=True),
    "pytest drills/logical": Run("PROVEN", slow=True),
    "pytest drills/readiness": Run("PROVEN readiness of core-", slow=True),
    "pytest drills/readiness --drill-config=clusters/core.toml": Elsewhere(
        "tests/drills/test_readiness.py::test_backups_of_ones_own_are_ready"
    ),
    "python -m reports render evidence/RUN": Run(
        "junit.xml",
        after=(VERIFIED,),
        instead=(("evidence/RUN", "$(ls -d evidence/2* | head -n 1)"),),
    ),
    "python -m reports verify evidence/RUN": Run(
        after=(VERIFIED,), instead=(("evidence/RUN", "evidence"),)
    ),
    "python -m reports history evidence": Run("PROVEN", after=(VERIFIED,)),
    # Somebody else restored it
    "pytest drills/verify --source-dsn='host=db.example dbname=core user=reader'"
    " --restored-dsn='host=copy.example dbname=core user=reader'": Run(
        "PROVEN restored copy", instead=HERE + COPY
    ),
    RECORD: Run(makes="core.json"),
    VERIFIED: Run("PROVEN restored copy", after=(RECORD,)),
    BEFORE: Run(makes="before.json"),
    AFTER: Run(makes="after.json", after=(BEFORE,)),
    "pytest drills/verify --baseline=before.json --baseline=after.json"
    " --restored-dsn=service=core_restored --drill-config=core.toml": Run(
        "PROVEN", after=(BEFORE, AFTER)
    ),
    "python -m checks.baseline schema": Run('"$schema"'),
    # Plans
    "terraform plan -out=tfplan && terraform show -json tfplan > plan.json": NotHere(NO_PLAN),
    "terraform plan -out=tfplan": NotHere(NO_PLAN),
    "terraform show -json tfplan > plan.json": NotHere(NO_PLAN),
    "terraform apply tfplan": NotHere(NO_PLAN),
    f"pytest drills/plan --plan-json=plan.json --plan-for=adopt {FLAGS}"
    " --old-cluster-id=core-prod-1 --restored-cluster-id=core-prod-2": Run(
        "PROVEN", instead=(("core-prod-", "core-"),)
    ),
    f"pytest drills/plan --plan-json=plan.json --plan-for=adopt {FLAGS}"
    " --restored-cluster-id=core-restored --old-cluster-id=core": Run(
        "PROVEN",
        instead=(
            (
                "--restored-cluster-id=core-restored --old-cluster-id=core",
                "--restored-cluster-id=core-2 --old-cluster-id=core-1",
            ),
        ),
    ),
    "pytest drills/plan --plan-json=<(terraform show -json tfplan) …": Elsewhere(
        "tests/drills/test_plan.py::test_a_plan_may_come_through_a_pipe"
    ),
    # Dumps and base backups
    f"{RECORD} --dump-command='pg_dump --snapshot={{snapshot}} -Fc -f core.dump core'": Run(
        makes="core.dump"
    ),
    "pg_dumpall --globals-only -f globals.sql": Run(makes="globals.sql"),
    "pg_basebackup -h db.example -U backup -D /srv/backups/core/$(date +%F) -c fast": NotHere(
        BACKUP
    ),
    "pytest --source-dsn='host=db.example dbname=core user=reader' --record-baseline=core.json": (
        Run(makes="core.json", instead=HERE)
    ),
    "psql -h db.example -U admin -c 'select pg_switch_wal()'": Run(
        "pg_switch_wal", instead=(("-h db.example -U admin ", ""),)
    ),
    "pytest drills/physical --drill-config=clusters/core.toml": Elsewhere(
        "tests/drills/test_physical_input.py::test_backups_of_ones_own_are_proven_against_a_baseline"
    ),
    "python -m fixtures.settings check clusters/core.toml": Run("clusters/core.toml"),
    "python -m fixtures.settings docs": Run("[source]"),
    f"{RECOVER} --restore-to-time=2026-03-01T12:30:15Z": Elsewhere(RECOVERED),
    f"{RECOVER} --resume=20260301-123456-1a2b": Elsewhere(RESUMED),
    f"{RECOVER} --back-out=20260301-123456-1a2b": Elsewhere(BACKED_OUT),
    "pytest drills/pitr --drill-config=clusters/core-prod.toml --wait=60": Elsewhere(WAITED),
    "pytest drills/pitr --drill-config=clusters/core-prod.toml": Elsewhere(
        "tests/account/test_drill.py::test_a_drill_beside_a_source_in_use_is_proven"
    ),
    f"pytest drills/pitr --drill-config=clusters/core-prod.toml {AT_HALF_PAST}": Elsewhere(
        "tests/account/test_drill.py::test_a_drill_beside_a_source_in_use_is_proven"
    ),
    "pytest drills/snapshot --drill-config=clusters/core-prod.toml": Elsewhere(
        "tests/account/test_snapshot.py"
        "::test_a_drill_restores_the_newest_snapshot_and_touches_nothing_of_its_source"
    ),
    "pytest drills/readiness --drill-config=clusters/core-prod.toml": Elsewhere(
        "tests/account/test_readiness.py::test_an_account_is_ready"
    ),
    "pytest --reap --drill-config=clusters/core-prod.toml": Elsewhere(
        "tests/account/test_keeping.py::test_a_kept_copy_is_told_with_its_expiry_and_goes_after_it"
    ),
    "python -m fixtures.settings check clusters/core-prod.toml": Run(
        "core-prod.toml", instead=(("clusters/", "examples/clusters/"),)
    ),
    "psql -d core -f docs/sql/drill_role.sql": Elsewhere(
        "tests/docs/test_drill_role.py::test_the_role_records_a_baseline_and_can_write_nothing"
    ),
    # In a container, and the rehearsal cloud
    "pytest drills/pitr --engine=container --container-image=postgres:17.11": Tox("containers"),
    "python -m fixtures.rehearsal": Run("endpoint=http://127.0.0.1:", endless=True),
    "python -m fixtures.rehearsal [--port=N] [--engine=auto|embedded|system|container]": Run(
        "--restorable-lag",
        instead=(("[--port=N] [--engine=auto|embedded|system|container]", "--help"),),
    ),
    "export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=eu-west-1": Tox(
        "cli"
    ),
    "aws iam create-role --role-name restore-drill "
    "--assume-role-policy-document file://trust.json": NotHere(NO_ACCOUNT),
    "aws iam put-role-policy --role-name restore-drill --policy-name rights "
    "--policy-document file://drill.json": NotHere(NO_ACCOUNT),
    "aws --endpoint-url http://127.0.0.1:40123 rds describe-db-clusters": Tox("cli"),
    # CONTRIBUTING
    "python -m tests.plans.make NAME": NotHere("it needs terraform and minutes; tests/plans/make"),
    **{
        f"tox -e {name}": Tox(name)
        for name in ("bench", "cli", "containers", "nightly", "pitr", "provider", "runbooks")
    },
    **{f"tox -e {name}": Tox(name) for name in ("repositories", "versions")},
    "python -m tests.evidence_sample DIR": Elsewhere(
        "tests/test_evidence_sample.py::test_each_kind_of_run_is_made_and_rendered"
    ),
    "tox -e sample-evidence -- DIR": Tox("sample-evidence"),
    "tox -e containers -- -m container": Tox("containers"),
    "tox -e repositories -- -m tools": Tox("repositories"),
    # docs/evidence.md, fleet.md, metrics.md, journal.md
    **{
        f"python -m reports {words}": Run(
            after=(VERIFIED,),
            instead=(("evidence/20261126-230107-f2d2", "$(ls -d evidence/2* | head -n 1)"),),
            # README's own are the same programs; what they print is the matter of tests/reports.
            slow=words != "schema --of=evidence",
        )
        for words in (
            "render evidence/20261126-230107-f2d2",
            "render evidence/",
            "render evidence/ --junit=out.xml --markdown=out.md",
            "verify evidence/20261126-230107-f2d2",
            "verify evidence/",
            "schema",
            "schema --of=evidence",
            "history evidence --html=history.html",
            "history evidence --json",
        )
    },
    "python -m reports JOURNAL": Run(
        "report.html",
        after=(VERIFIED,),
        instead=(("JOURNAL", "$(ls evidence/2*/journal.jsonl | head -n 1)"),),
    ),
    "python -m reports render evidence/ --metrics=/var/lib/node_exporter/restore-drill-core.prom": (
        Run(makes="core.prom", after=(VERIFIED,), instead=((NODE_EXPORTER, ""),))
    ),
    # Red, with evidence of nothing: what else ran here before may be of the cluster, or not.
    **{
        f"python -m reports fleet --expect=clusters/ {words}": Run(
            "red: core: no journal of it was found",
            instead=((" evidence", " $(mktemp -d -p .)"),),
            status=1,
            slow=words != "evidence",
        )
        for words in (
            "evidence",
            "--within=8d --html=fleet.html --junit=fleet.xml evidence",
            "--within=26h --html=fleet.html --junit=fleet.xml evidence",
        )
    },
    'pytest drills --drill-config="$config" --evidence="evidence/$(basename "$config" .toml)"': (
        Elsewhere("tests/examples/test_commands.py::test_pytest_has_every_option")
    ),
    # docs/negative-control.md
    "pytest drills/pitr --negative-control": Run("ALARM RANG", slow=True),
    "pytest drills/pitr --negative-control=12": Run("ALARM RANG", slow=True),
    "python -m fixtures.negative_control": Run("| foreign server |"),
    # docs/running.md: an image and a cluster of Kubernetes
    "git clone … restore-drills && cd restore-drills": NotHere("the clone is what is under test"),
    "python3 -m venv .venv && pip install -e '.[rehearsal]'": Tox("tests"),
    "pytest --reap --drill-config=clusters/core.toml": Run(
        instead=(("core.toml", "core.toml --work-dir=."),)
    ),
    "docker build -f examples/docker/Dockerfile -t restore-drills .": Elsewhere(IMAGE),
    "docker run --rm --read-only --tmpfs=/tmp restore-drills drills/physical": Elsewhere(IMAGE),
    "docker run --rm --read-only --tmpfs=/tmp --network=none --cap-drop=ALL -v"
    ' "$PWD/clusters:/restore-drills/clusters:ro" -v /srv/backups:/srv/backups:ro -v'
    " /srv/drill:/srv/drill -v /srv/evidence:/restore-drills/evidence -e DRILL_APPLICATION_LOGIN"
    " restore-drills drills --drill-config=clusters/core.toml --work-dir=/srv/drill": Elsewhere(
        "tests/examples/test_image.py::test_own_backups_are_drilled_as_the_manifests_say"
    ),
    **{
        f"kubectl {words}": NotHere("it needs a cluster of Kubernetes; tests/examples checks files")
        for words in (
            "create configmap restore-drill-core --from-file=clusters/core.toml",
            "create secret generic restore-drill-core"
            " --from-literal=application='host=… dbname=… user=… password=…'",
            "apply -f examples/kubernetes/evidence.yaml -f examples/kubernetes/drill.yaml",
            "create job --from=cronjob/restore-drill-core restore-drill-core-now",
            "logs --follow job/restore-drill-core-now",
        )
    },
    # The pages of docs/runbooks
    **{
        # tests/drills/test_runbooks.py compares each with its page, every day.
        f"pytest drills/{name} --runbook": Run("# ", slow=name != "plan")
        for name in ("logical", "physical", "pitr", "plan", "readiness", "snapshot", "verify")
    },
    "pytest drills/pitr drills/snapshot --runbook-for=cumulus": Elsewhere(
        "tests/cumulus/test_runbook.py::test_the_page_is_what_the_drills_print"
    ),
    "pytest drills/plan": Run("--plan-json", status=4),
    "pytest drills/verify": Run("--restored-dsn", status=4),
}
"""By the command's text in one line, without ``.venv/bin/``."""
