"""``pytest drills/pitr`` as an operator runs it: proven when the restore is right, red when not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fixtures.aws.session import RehearsalSession
from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_drill import ROOT, Drill
from tests.harness.test_exit_status import DISTRIBUTIONS


# The other engine is proven by each drill that names none (test_adoption).
@pytest.mark.parametrize("engine", daily(["embedded", "system"], "embedded"))
def test_a_rehearsal_is_proven(drill: Drill, engine: str) -> None:
    """Every step performed, the rows those of T and none of the disaster's (R23, R35)."""
    result = drill.run(f"--engine={engine}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    # What the settings do not ask for is not claimed: expectations, migrations, waivers.
    assert {"passed", "not applicable"} == set(result.claims().values())
    incident = result.facts("incident")
    assert incident["core: rows harmed"] > 1000
    journal.holds_what_is_asked(result, "pitr")
    assert "rehearsal" == result.of("run_started")[0]["cluster"]
    source, backup = (
        journal.only(result, "source_identified"),
        journal.only(result, "backup_identified"),
    )
    assert result.verdict.startswith(f"PROVEN rehearsal of {source['name']}")
    assert ("cluster", ["core"]) == (source["kind"], source["databases"])
    assert ("continuous", True) == (backup["kind"], 0 <= backup["age_seconds"] < 300)
    told, reached = journal.moments(result), journal.only(result, "target_reached")
    asked = journal.at(journal.only(result, "target_asked"))
    assert told["restorable from"] < told["last good marker"] < asked < told["first bad marker"]
    assert told["first bad marker"] < told["disaster"]
    assert asked <= told["restorable to"]
    assert told["last good marker"] == journal.at(reached)
    assert 2 == reached["timeline"]
    # R11: what is halted is really under way; R55: who retries for ever ends on the copy.
    assert all(result.facts("under way when ingest was halted").values())
    client = result.facts("the client that retries, in core")
    assert "53300" == client["refused"]
    assert 2 == len([told for told in client if told.startswith("told at ")])
    journal.every_table_is_equal(result, incident["core: rows at T"])
    declared = [step["name"] for step in result.of("procedure_declared")[0]["steps"]]
    assert declared == [event["name"] for event in result.of("step_finished")]
    assert not list(drill.work.iterdir())


@pytest.mark.parametrize("how", DISTRIBUTIONS[1:])
def test_it_restores_once_however_it_is_distributed(drill: Drill, how: tuple[str, ...]) -> None:
    result = drill.run(*how, "--rehearsal-scale=1")

    assert 0 == result.status, result.out
    assert 1 == len([e for e in result.of("step_finished") if e["name"] == "requested_restore"])
    journal.holds_what_is_asked(result, "pitr")


@pytest.mark.slow
def test_access_is_removed_by_security_groups(drill: Drill, tmp_path: Path) -> None:
    """R69: rules are revoked and put back; that loopback drops nothing is told as not proven."""
    settings = tmp_path / "groups.toml"
    settings.write_text('[rehearsal]\naccess = "security-group"\n')

    result = drill.run(f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert "NOT PROVEN (fence)" in result.verdict
    told = [one["facts"] for one in result.of("facts") if one["subject"] == "fence"]
    assert {"security-group"} == {one["way"] for one in told if "way" in one}
    assert "passed" == result.claims()["fenced_source"]


@pytest.mark.slow
def test_two_runs_at_once_and_one_more_in_the_same_minute_are_proven(drill: Drill) -> None:
    """Names, ports and folders of runs never collide."""
    first, second = drill.start(), drill.start()
    for running in (first, second):
        out, _ = running.communicate(timeout=300)
        assert 0 == running.returncode, out
    assert 0 == drill.run().status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hours", "status"), [(100, 0), (10, 4)], ids=["within its limits", "more than its limits"]
)
def test_a_drill_is_held_against_its_limits(drill: Drill, hours: int, status: int) -> None:
    """More than it may use is refused before anything is halted, or paid for."""
    settings = drill.evidence.parent / "limited.toml"
    settings.write_text(
        f'[limits]\ninstance_hours = {hours}\nrestored_bytes = "10GB"\n'
        '[limits.prices]\n"db.r6g.large" = 0.25\n"db.r6g.xlarge" = 0.5\n'
    )
    result = drill.run(f"--drill-config={settings}")

    assert status == result.status, result.out
    most = result.facts("limits: what it will use at most")
    assert (16, 6) == (most["instance-hours"], most["cost of the instances, at most"])
    if status:
        assert "[limits] instance_hours = 10: the drill may take 16" in result.verdict
        assert "checked_backups" == result.of("step_finished")[-1]["name"]
        return
    assert "passed" == result.claims()["test_what_the_drill_used_is_within_its_limits"]
    used = result.facts("limits: what it has used, until its proofs were made")
    assert 0 < used["instance-hours"] < 16
    assert most["restored bytes"] / 2 < used["restored bytes"] < most["restored bytes"] * 2


# fault of the copy: (proofs that must be red, what a finding must name)
BROKEN_COPIES = {
    "dropped-table": (
        {"test_every_table_kept_its_rows", "test_every_object_is_what_it_was"},
        "public.pdrs",
    ),
    "lost-row": ({"test_every_table_kept_its_rows"}, "public.files"),
    "lost-index": ({"test_every_object_is_what_it_was"}, "granules_collection"),
    "good-marker-lost": (
        {"test_the_last_good_marker_came_back_and_the_first_bad_one_did_not"},
        "good marker",
    ),
    "bad-marker-there": (
        {"test_the_last_good_marker_came_back_and_the_first_bad_one_did_not"},
        "bad marker",
    ),
    "application-without-rights": ({"test_the_application_logs_in_and_writes"}, "42501"),
    "fence-restored": ({"test_the_fence_is_not_in_the_copy"}, "core"),
}


# A whole drill each: the others are left to the night.
@pytest.mark.parametrize("fault", daily(BROKEN_COPIES, "lost-row", "application-without-rights"))
def test_a_broken_copy_is_red(drill: Drill, fault: str) -> None:
    """The alarm rings for the check that should ring it (R5, R21, R34, R35, R41)."""
    red, named = BROKEN_COPIES[fault]
    result = drill.run("-p", "tests.sabotage.copy", f"--sabotage={fault}")

    assert 1 == result.status, result.out
    assert red <= set(result.failed())
    assert result.verdict.startswith("FAILED rehearsal of core-")
    assert any(named in json.dumps(finding) for finding in result.findings()), result.out
    # R54: the gate stands between the proofs and the state.
    assert "failed" == result.claims()["passed_gate"]
    assert "adopted_state" not in result.claims()
    wrong = {
        table["table"]: table
        for table in journal.tables(result).values()
        if table["content"] != "equal"
    }
    lost = {"lost-row": {"public.files": 1}, "dropped-table": {"public.pdrs": None}}.get(fault, {})
    assert lost == {
        name: None if table["actual"] is None else table["expected"] - table["actual"]
        for name, table in wrong.items()
    }


def archive_of(session: RehearsalSession) -> dict[str, list[object]]:
    """What there is of the archive that a rehearsal deploys, and of its sources."""
    asked = (
        ("lambda", "list_functions", "Functions"),
        ("lambda", "list_event_source_mappings", "EventSourceMappings"),
        ("sqs", "list_queues", "QueueUrls"),
        ("sns", "list_topics", "Topics"),
        ("sns", "list_subscriptions", "Subscriptions"),
        ("kinesis", "list_streams", "StreamNames"),
        ("events", "list_rules", "Rules"),
        ("stepfunctions", "list_state_machines", "stateMachines"),
        ("dynamodb", "list_tables", "TableNames"),
        ("secretsmanager", "list_secrets", "SecretList"),
        ("iam", "list_roles", "Roles"),
    )
    return {
        f"{service} {listed}": getattr(session.client(service), call)().get(listed, [])
        for service, call, listed in asked
    }


@contextmanager
def lying_cloud(fault: str) -> Iterator[str]:
    """The endpoint of a rehearsal cloud that has a fault."""
    with Guardian.start() as guardian:
        yield RehearsalCloud.start(
            guardian, module="tests.sabotage.cloud", arguments=[f"--fault={fault}"]
        ).endpoint


def test_a_restore_that_ignores_t_is_red(drill: Drill) -> None:
    """The cloud says available; the markers and the counts say otherwise (R23, R35)."""
    with lying_cloud("ignores-target") as endpoint:
        result = drill.run(f"--rehearsal-endpoint={endpoint}")

    assert 1 == result.status, result.out
    assert {
        "test_every_table_kept_its_rows",
        "test_the_last_good_marker_came_back_and_the_first_bad_one_did_not",
    } <= set(result.failed())
    # The end of the archive lies behind the fence, which came back too and was lifted (R21).
    assert result.facts("fence restored with the data") == {"lifted": ["core"]}
    assert "passed" == result.claims()["test_the_fence_is_not_in_the_copy"]


@pytest.mark.slow
def test_a_restore_command_that_dies_half_way_is_red_and_nothing_is_reached_behind_it(
    drill: Drill,
) -> None:
    """The cluster ends in state failed, and the wait with it (R30)."""
    with lying_cloud("restore-command-dies") as endpoint:
        result = drill.run(f"--rehearsal-endpoint={endpoint}")
        selected = drill.run(f"--rehearsal-endpoint={endpoint}", "-k", "kept_its_rows")

    assert 1 == result.status, result.out
    assert ["restored_cluster"] == result.failed()
    assert "not reached" == result.claims()["test_every_table_kept_its_rows"]
    assert "failed" in result.of("step_finished")[-1]["reason"]
    assert "step 10 of 21: Wait until the cluster is restored" in result.out
    # A proof that is asked for alone carries the failure of the step it needs.
    assert 1 == selected.status, selected.out
    assert selected.verdict.startswith("PARTIAL ")


def test_a_target_after_the_disaster_is_red(drill: Drill) -> None:
    """What was asked for came back, and it is the disaster (R23)."""
    result = drill.run("--restore-to-time=after-disaster")

    assert 1 == result.status, result.out
    assert {
        "test_every_table_kept_its_rows",
        "test_the_last_good_marker_came_back_and_the_first_bad_one_did_not",
    } <= set(result.failed())


def test_a_time_before_the_earliest_fails_its_step(drill: Drill) -> None:
    """R2: refused by the step, before the restore is called."""
    result = drill.run("--restore-to-time=2020-01-01T00:00:00Z")

    assert 1 == result.status, result.out
    assert ["possible"] == result.failed()
    assert "2020-01-01" in result.of("step_finished")[-1]["reason"]


def test_somebodys_cloud_is_left_as_it_was_found(drill: Drill) -> None:
    """A cloud that was only attached to goes on without us, and without what we made in it."""
    with Guardian.start() as guardian:
        cloud = RehearsalCloud.start(guardian)
        session = RehearsalSession(cloud.endpoint)

        def holds() -> list[int]:
            rds, ec2 = session.client("rds"), session.client("ec2")
            groups = rds.describe_db_subnet_groups()["DBSubnetGroups"]
            return [
                len(rds.describe_db_clusters()["DBClusters"]),
                len(rds.describe_db_instances()["DBInstances"]),
                # The account's own default comes with the first restore, and stays.
                len([group for group in groups if group["DBSubnetGroupName"] != "default"]),
                len(rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]),
                len(ec2.describe_security_groups()["SecurityGroups"]),
                *(len(found) for found in archive_of(session).values()),
            ]

        before = holds()
        assert 0 == drill.run(f"--rehearsal-endpoint={cloud.endpoint}").status
        assert before == holds()
        failed = drill.run(
            f"--rehearsal-endpoint={cloud.endpoint}", "--restore-to-time=after-disaster"
        )
        assert 2 == holds()[0]
        assert cloud.endpoint in {event["place"] for event in failed.of("kept")}


def test_a_source_without_backups_is_4(drill: Drill) -> None:
    """R1: one line, before anything was touched that must be undone."""
    with lying_cloud("no-backups") as endpoint:
        result = drill.run(f"--rehearsal-endpoint={endpoint}")
        rds = RehearsalSession(endpoint).client("rds")
        assert [] == rds.describe_db_clusters()["DBClusters"]

    assert 4 == result.status, result.out
    assert "has no automated backups" in result.out
    assert "halted_ingest" not in result.claims()


def test_somebodys_own_dump_is_loaded_and_proven(drill: Drill, tmp_path: Path) -> None:
    """A psql script that makes its own database, as many public samples do."""
    script = tmp_path / "shop.sql"
    script.write_text(
        "create database shop;\n\\c shop\n"
        "create table orders (id int primary key, placed timestamptz, note text);\n"
        "insert into orders select n, now(), 'order ' || n from generate_series(1, 3000) n;\n"
        'create table "Order Lines" (order_id int references orders, line int, sku text);\n'
        "insert into \"Order Lines\" select n, 1, 'sku' from generate_series(1, 3000) n;\n"
    )

    result = drill.run(f"--rehearsal-load={script}")

    assert 0 == result.status, result.out
    assert 6000 == result.facts("incident")["shop: rows at T"]
    assert result.facts("incident")["shop: rows harmed"] > 0


def test_a_dump_that_does_not_load_is_4_and_shows_no_row(drill: Drill, tmp_path: Path) -> None:
    """The option, the place and the SQLSTATE; never the value that broke it."""
    script = tmp_path / "broken.sql"
    script.write_text(
        "create table t (n int);\ninsert into t values (1);\n"
        "insert into t values ('canary-4711');\n"
    )

    result = drill.run(f"--rehearsal-load={script}")

    assert 4 == result.status, result.out
    assert "--rehearsal-load" in result.out
    assert "22P02" in result.out
    assert "canary-4711" not in result.out
    assert "canary-4711" not in (result.folder / "journal.jsonl").read_text()


def test_the_password_of_no_login_is_printed_or_stored(drill: Drill) -> None:
    """A connection that fails in the middle shows neither arguments nor locals, also with -l."""
    result = drill.run("-l", "-vv", "-p", "tests.sabotage.login")

    assert 1 == result.status, result.out
    password = (drill.work / "password").read_text()
    assert len(password) > 20
    files = [file for file in drill.evidence.rglob("*") if file.is_file()]
    assert files
    assert all(password not in text for text in [result.out, *(f.read_text() for f in files)])


def test_no_postgres_anywhere_is_4(drill: Drill, tmp_path: Path) -> None:
    """PG_BIN that holds none is an error, not a reason to look elsewhere."""
    drill.environ["PG_BIN"] = str(tmp_path)

    result = drill.run()

    assert 4 == result.status, result.out
    assert "PG_BIN" in result.out


def test_a_failed_run_keeps_its_files_and_the_next_start_clears_them_when_they_expire(
    drill: Drill,
) -> None:
    settings = drill.work / "brief.toml"
    settings.write_text('[limits]\nexpire_after = "1s"\n')
    failed = drill.run("--restore-to-time=after-disaster", f"--drill-config={settings}")
    kept = failed.of("kept")[0]

    assert Path(kept["place"]).is_dir()
    assert kept["place"] in failed.out
    again = subprocess.run(
        [sys.executable, "-m", "pytest", "--reap", f"--work-dir={drill.work}"],
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == again.returncode, again.stderr
    assert kept["place"] in again.stdout
    assert not Path(kept["place"]).exists()
