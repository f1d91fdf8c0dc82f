"""R69: access removed by a program of the operator's, and given back by another."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.claims import BadInput
from fixtures.fencing.choice import command_of, probe_of
from fixtures.guardian import Guardian
from fixtures.operators.errors import ProgramFailed
from fixtures.settings import Settings
from fixtures.settings.fingerprint import fingerprint

SOURCE = {"cluster": "core-prod", "account": "123456789012", "region": "us-east-1"}
DESCRIBED: Any = SimpleNamespace(identifier="core-prod", endpoint="core-prod.example", port=5433)


def words(source: str) -> list[str]:
    return [sys.executable, "-c", source]


@pytest.fixture
def run_of(guardian: Guardian) -> Any:
    def make(**access: Any) -> Any:
        given = {"method": "command", "remove": words("pass"), "restore": words("pass"), **access}
        settings = Settings.model_validate({"source": SOURCE, "access": given})
        return SimpleNamespace(
            id="run-1", mode="recovery", settings=settings, guardian_socket=guardian.socket
        )

    return make


def test_both_ways_are_run(run_of: Any) -> None:
    closing = command_of(run_of(restore=words("raise SystemExit(3)")), DESCRIBED, ["core"])
    closing.check()
    closing.close()
    with pytest.raises(ProgramFailed, match=r"\[access\] restore ended with exit status 3"):
        closing.reopen()
    assert "command" == closing.way


def test_it_is_told_what_it_is_about_and_finds_what_is_named(
    run_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R69: no canary of the run's own environment."""
    monkeypatch.setenv("CORE_PROD_ADMIN", "canary-of-the-environment")
    monkeypatch.setenv("AWS_PROFILE", "closer")
    monkeypatch.chdir(tmp_path)
    says = "import json, os, sys; json.dump(dict(os.environ), open('found', 'w'))"
    probe = probe_of(run_of(probe=words(says), environment=["AWS_*"]), DESCRIBED, ["core", "b"])
    assert probe is not None
    assert 0 == probe.ends()
    found = json.loads((tmp_path / "found").read_text())
    assert "canary-of-the-environment" not in found.values()
    assert "closer" == found["AWS_PROFILE"]
    assert {
        "RESTORE_DRILLS_CLUSTER": "core-prod",
        "RESTORE_DRILLS_HOST": "core-prod.example",
        "RESTORE_DRILLS_PORT": "5433",
        "RESTORE_DRILLS_DATABASES": '["core", "b"]',
        "RESTORE_DRILLS_RUN": "run-1",
    } == {name: value for name, value in found.items() if name.startswith("RESTORE_DRILLS_")}


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ({"restore": ["./not-there.sh"]}, r"\[access\] restore: there is no program ./not-there"),
        ({"environment": ["NOT_SET"]}, r"\[access\] remove: environment names NOT_SET"),
    ],
)
def test_the_way_back_is_needed_as_well(run_of: Any, access: dict[str, Any], said: str) -> None:
    """Learnt before anything is closed."""
    with pytest.raises(BadInput, match=said):
        command_of(run_of(**access), DESCRIBED, ["core"]).check()


def test_what_another_machine_needs_is_no_other_run(run_of: Any) -> None:
    """R69: time that was too short is given, and the run gone on with."""
    as_it_was = fingerprint(run_of().settings)
    assert as_it_was == fingerprint(run_of(environment=["AWS_PROFILE"], time_limit="1h").settings)
    assert as_it_was != fingerprint(run_of(remove=words("1")).settings)
