"""An option that says nothing of what is drilled is refused: none is accepted and ignored."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from fixtures.refusals import (
    OURS,
    READ_BY,
    refuse_a_baseline_that_nothing_reads,
    refuse_another_cloud,
    refuse_options_of_others,
    refuse_options_that_nothing_reads,
    refuse_what_rds_has_not,
)
from fixtures.settings import Settings, load_settings
from tests.drills.fix_drill import ROOT, Drill

SOURCE = """
[source]
cluster = "core-prod"
account = "123456789012"
region = "us-east-1"
"""
DUMP = """
[dump]
files = ["core.dump"]
"""
NOTHING: dict[str, Any] = {
    "engine": "auto",
    "container_image": None,
    "rehearsal_load": None,
    "rehearsal_scale": None,
    "rehearsal_backup": None,
    "rehearsal_source": None,
    "rehearsal_endpoint": None,
}
REHEARSED: dict[str, Any] = {
    "rehearsal_load": ["core.dump"],
    "rehearsal_scale": 2,
    "rehearsal_backup": "tar",
    "rehearsal_source": "instance",
    "rehearsal_endpoint": "http://127.0.0.1:4000",
}
OF_RDS = {
    "--engine": ({"engine": "system"}, ""),
    "--container-image": ({"container_image": "postgres:17.11"}, ""),
    "--snapshot-id": ({}, '[restore]\nsnapshot = "manual"\n'),
}


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "own.toml").write_text(text)
    (folder / "core.dump").touch()
    return load_settings("own.toml", environ={}, invocation_dir=folder)


@pytest.mark.parametrize("name", REHEARSED)
@pytest.mark.parametrize(("text", "table"), [(SOURCE, "[source]"), (DUMP, "[backup] or [dump]")])
def test_what_says_how_to_rehearse_is_refused_beside_what_is_somebodys(
    name: str, text: str, table: str, tmp_path: Path
) -> None:
    """The data of --rehearsal-load would seem to be what was proven."""
    given = Namespace(**{**NOTHING, name: REHEARSED[name]})

    with pytest.raises(pytest.UsageError) as refusal:
        refuse_options_of_others(given, settings_of(tmp_path, text))

    option = "--" + name.replace("_", "-")
    assert str(refusal.value).startswith(f"{option}: is for rehearsals, and ")
    assert f"there is a {table} in " in str(refusal.value)


@pytest.mark.parametrize("text", [SOURCE, DUMP])
def test_none_of_them_is_nothing_to_refuse(text: str, tmp_path: Path) -> None:
    refuse_options_of_others(Namespace(**NOTHING), settings_of(tmp_path, text))


def test_a_rehearsal_takes_them_all(tmp_path: Path) -> None:
    refuse_options_of_others(Namespace(**{**NOTHING, **REHEARSED}), settings_of(tmp_path, ""))


def test_a_cloud_that_no_settings_name_is_told_what_to_do(tmp_path: Path) -> None:
    """Where there is a file, what it lacks; where there is none, that one is needed."""
    with pytest.raises(pytest.UsageError) as with_file:
        refuse_another_cloud("aws", settings_of(tmp_path, DUMP))
    with pytest.raises(pytest.UsageError) as without:
        refuse_another_cloud("aws", load_settings(None, environ={}, invocation_dir=tmp_path))

    assert (
        f"--cloud=aws: there is no [source] in {tmp_path / 'own.toml'}; name its cluster, account "
        "and region there, or leave the option out"
    ) == str(with_file.value)
    assert (
        "--cloud=aws: there is no [source] in the settings; name a file that has one with "
        "--drill-config=FILE, or leave the option out"
    ) == str(without.value)


def test_a_cloud_that_the_settings_name_is_not_refused(tmp_path: Path) -> None:
    for asked in ("aws", None):
        refuse_another_cloud(asked, settings_of(tmp_path, SOURCE))


@pytest.mark.parametrize("option", OF_RDS)
def test_what_rds_has_not_is_refused_beside_a_source(option: str, tmp_path: Path) -> None:
    given, more = OF_RDS[option]

    with pytest.raises(pytest.UsageError, match=f"^{option}="):
        refuse_what_rds_has_not(
            Namespace(**{**NOTHING, **given}),
            settings_of(tmp_path, SOURCE + more),
            frozenset({"pitr"}),
        )


def test_a_source_by_itself_is_not_refused(tmp_path: Path) -> None:
    refuse_what_rds_has_not(
        Namespace(**NOTHING), settings_of(tmp_path, SOURCE), frozenset({"pitr"})
    )


SECRET = "hunter2"
NONE_READ: dict[str, Any] = {**dict.fromkeys(READ_BY), "baseline": None}


def asked_for(*drills: str) -> frozenset[str]:
    return frozenset(drills)


@pytest.mark.parametrize("name", READ_BY)
@pytest.mark.parametrize("beside", ["one other", "all others", "none"])
def test_an_option_of_another_drill_is_refused(name: str, beside: str) -> None:
    """The verdict would seem to be of what it names. Its value may be a password."""
    given = Namespace(**{**NONE_READ, name: SECRET})
    others = sorted(OURS - READ_BY[name])
    asked = {"one other": others[:1], "all others": others, "none": []}[beside]

    with pytest.raises(pytest.UsageError) as refusal:
        refuse_options_that_nothing_reads(given, frozenset(asked))

    said = str(refusal.value)
    assert said.startswith("--" + name.replace("_", "-") + ": drills/")
    assert said.endswith("; name what reads it, or leave the option out")
    assert SECRET not in said
    assert "\n" not in said


@pytest.mark.parametrize("name", READ_BY)
def test_an_option_beside_whoever_reads_it_is_not_refused(name: str) -> None:
    """Nor beside every drill, among which it is, nor beside one that is not of this repository."""
    given = Namespace(**{**NONE_READ, name: SECRET})

    for reader in READ_BY[name]:
        refuse_options_that_nothing_reads(given, asked_for(reader))
        refuse_options_that_nothing_reads(given, asked_for(reader, "pitr"))
    refuse_options_that_nothing_reads(given, OURS)
    refuse_options_that_nothing_reads(given, asked_for("local"))


BACKUP = '[backup]\nkind = "plain"\npath = "."\nwal_archive = "."\n'
BASELINES = {
    "pitr of a rehearsal": ("", "pitr", True),
    "pitr of a source": (SOURCE, "pitr", False),
    "readiness of a source": (SOURCE, "readiness", True),
    "physical": (BACKUP, "physical", False),
    "logical": (DUMP, "logical", False),
    "readiness of dumps": (DUMP, "readiness", False),
    "plan": (DUMP, "plan", True),
    "verify": ("", "verify", False),
    "one of the operator's own": ("", "local", False),
}


@pytest.mark.parametrize("case", BASELINES)
def test_a_baseline_is_refused_where_nothing_is_held_against_it(case: str, tmp_path: Path) -> None:
    """What is somebody's own is compared with it, whichever drill restores that."""
    text, drill, refused = BASELINES[case]
    given = Namespace(**{**NONE_READ, "baseline": ["core.json"]})
    settings = settings_of(tmp_path, text)

    if not refused:
        refuse_a_baseline_that_nothing_reads(given, settings, asked_for(drill))
        return
    with pytest.raises(pytest.UsageError, match=r"^--baseline: .*drills/verify alone read"):
        refuse_a_baseline_that_nothing_reads(given, settings, asked_for(drill))


REFUSED = {
    "a side of verify": (
        ("drills/pitr", f"--restored-dsn=postgresql://boss:{SECRET}@db/core"),
        "--restored-dsn: drills/verify alone reads this, and drills/pitr would ignore it",
    ),
    "a plan": (
        ("drills/readiness", "--plan-for=adopt", "--plan-json=none.json"),
        "--plan-json: drills/plan alone reads this, and drills/readiness would ignore it",
    ),
    "a baseline": (
        ("drills/pitr", "--baseline=none.json"),
        "--baseline: drills/verify alone reads this, and drills/pitr would ignore it",
    ),
    "a way of backing up": (
        ("drills/pitr", "--rehearsal-backup=plain"),
        "--rehearsal-backup: drills/logical and drills/physical alone read this, and drills/pitr",
    ),
    "data of one's own, and two databases": (
        ("drills/verify", "--rehearsal-load=my.sql"),
        "--rehearsal-load: drills/logical, drills/physical, drills/pitr, drills/readiness and "
        "drills/snapshot alone read this, and drills/verify would ignore it",
    ),
    "a cloud that is there, and a server of one's own": (
        ("drills/physical", "--rehearsal-endpoint=http://127.0.0.1:9"),
        "--rehearsal-endpoint: drills/pitr, drills/readiness and drills/snapshot alone read this",
    ),
    "evidence in no folder": (
        ("drills/pitr", "--evidence="),
        "--evidence: is empty; name a folder, or leave the option out",
    ),
    "no settings": (
        ("drills/pitr", "--drill-config="),
        "--drill-config: is empty; name a file, or leave the option out",
    ),
    "a recording without a file": (
        ("--source-dsn=service=core", "--record-baseline="),
        "--record-baseline: is empty; write the path of the file to be written",
    ),
    "a recording": (
        ("drills/pitr", "--source-dsn=service=core", "--record-baseline=none.json"),
        "--record-baseline records a source and performs no drill, and drills/pitr would be",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_ends_with_4_before_anything_is_touched(drill: Drill, case: str) -> None:
    """One line, no password, neither a folder of evidence nor one to work in."""
    options, said = REFUSED[case]

    result = drill.run(*options)

    assert 4 == result.status, result.out
    assert said in result.out
    assert SECRET not in result.out
    assert not drill.evidence.exists()
    assert not list(drill.work.iterdir())


def test_tables_of_other_drills_in_a_file_are_not_refused(drill: Drill, tmp_path: Path) -> None:
    """A file is about a cluster, and for every drill of it."""
    settings = tmp_path / "all.toml"
    settings.write_text(
        '[verify]\nsource = "service=core"\nrestored = "service=core_restored"\n'
        '[plan]\nfile = "plan.json"\npurpose = "adopt"\n'
    )

    # What is refused in its place is the next thing that is looked at.
    result = drill.run("drills/pitr", f"--drill-config={settings}", "--evidence=/dev/null/none")

    assert 4 == result.status, result.out
    assert result.out.startswith("ERROR: --evidence="), result.out


def test_an_option_of_a_drill_beside_no_drill_is_refused(drill: Drill) -> None:
    """`pytest --plan-json=…` would run the tests of this repository, and judge no plan."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--plan-json=none.json"],
        cwd=ROOT,
        env=drill.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 4 == result.returncode, result.stdout
    said = "--plan-json: drills/plan alone reads this, and no drill was named; name what reads it"
    assert said in result.stderr
