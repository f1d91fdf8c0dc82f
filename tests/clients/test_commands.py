"""R55: the operator's commands, run in order, told where the databases are, and nothing shown."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.claims import BadInput
from fixtures.clients.commands import Commands
from fixtures.clients.errors import DeployAgain
from fixtures.guardian import Guardian
from fixtures.settings.clients import Redeploy
from fixtures.source import Address
from tests.clients.conftest import PASSWORD

COPY = Address("copy.example", 5433)


@dataclass
class Deploying:
    """A place in which parts are deployed by scripts."""

    folder: Path
    guardian: Guardian
    environ: Mapping[str, str]
    told: list[str] = field(default_factory=list)

    def part(self, name: str, script: str, **settings: object) -> Redeploy:
        return Redeploy.model_validate(
            {"name": name, "command": ["sh", "-c", script], "dir": self.folder, **settings}
        )

    def commands(self, *parts: Redeploy) -> Commands:
        return Commands(
            parts,
            launcher=self.guardian.client(),
            folder=self.folder / "apart",
            evidence=self.folder / "evidence",
            environ=self.environ,
            hidden=lambda: {PASSWORD},
            tell=self.told.append,
        )

    def kept(self) -> dict[str, str]:
        return {file.name: file.read_text() for file in (self.folder / "evidence").glob("*")}


@pytest.fixture
def deploying(tmp_path: Path, guardian: Guardian) -> Deploying:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_PROFILE": "deployer",
        "TF_VAR_a": "1",
        "TF_VAR_b": "2",
        "DEPLOY_TOKEN": "canary-of-the-environment",
        "PGPASSWORD": PASSWORD,
    }
    return Deploying(tmp_path, guardian, environ)


def test_they_are_run_in_order_and_told_where_the_databases_are(deploying: Deploying) -> None:
    said = 'echo "$0 $RESTORE_DRILLS_CLUSTER $RESTORE_DRILLS_HOST:$RESTORE_DRILLS_PORT" >>ran'
    parts = [deploying.part(name, said.replace("$0", name)) for name in ("persistence", "cumulus")]
    commands = deploying.commands(*parts)
    commands.check()

    done = commands.run("core-copy", COPY)

    assert ["persistence", "cumulus"] == [one.name for one in done]
    assert [None, None] == [one.output for one in done]
    assert [
        "persistence core-copy copy.example:5433",
        "cumulus core-copy copy.example:5433",
    ] == (deploying.folder / "ran").read_text().splitlines()
    assert "deployed again: cumulus, 2 of 2" in deploying.told[1]


def test_the_first_that_fails_ends_it_and_says_what_was_done(deploying: Deploying) -> None:
    commands = deploying.commands(
        deploying.part("persistence", "true"),
        deploying.part("cumulus", f"echo {PASSWORD}; exit 3"),
        deploying.part("the rest", "touch ran"),
    )

    with pytest.raises(DeployAgain, match="cumulus, 2 of 3 ended with exit status 3") as failure:
        commands.run("core-copy", COPY)

    assert ("persistence",) == failure.value.done
    assert "deployed before it: persistence" in str(failure.value)
    assert PASSWORD not in str(failure.value)
    assert not (deploying.folder / "ran").exists()
    assert {} == deploying.kept()
    assert not (deploying.folder / "apart").exists()


def test_one_that_takes_too_long_is_interrupted(deploying: Deploying) -> None:
    slow = deploying.part("cumulus", "trap 'exit 7' INT; while :; do sleep 0.05; done")
    object.__setattr__(slow, "timeout", timedelta(seconds=0.3))

    with pytest.raises(DeployAgain, match=r"longer than 0\.3 s.*exit status 7 at SIGINT"):
        deploying.commands(slow).run("core-copy", COPY)


def test_a_command_is_given_what_is_named_and_nothing_else(deploying: Deploying) -> None:
    part = deploying.part("cumulus", "env >found", environment=["AWS_PROFILE", "TF_VAR_*"])

    deploying.commands(part).run("core-copy", COPY)

    found = dict(
        line.split("=", 1) for line in (deploying.folder / "found").read_text().splitlines()
    )
    ours = {name for name in found if name not in ("PWD", "OLDPWD", "SHLVL", "_")}
    assert {
        *("PATH", "HOME", "AWS_PROFILE", "TF_VAR_a", "TF_VAR_b"),
        *("RESTORE_DRILLS_CLUSTER", "RESTORE_DRILLS_HOST", "RESTORE_DRILLS_PORT"),
    } == ours


def test_what_it_prints_is_kept_where_that_was_asked_for_and_masked(deploying: Deploying) -> None:
    """Known passwords, secrets of its environment, and what looks like one; of a failure, too."""
    script = (
        f"echo plain; echo 'login {PASSWORD}' >&2; echo $DEPLOY_TOKEN; "
        "echo postgresql://app:unknown-to-us@db/core; exit 1"
    )
    part = deploying.part("cumulus", script, environment=["DEPLOY_TOKEN"], keep_output=True)

    with pytest.raises(DeployAgain, match=r"see .*redeploy-01-cumulus\.log"):
        deploying.commands(part).run("core-copy", COPY)

    assert [] == list((deploying.folder / "apart").iterdir())
    (text,) = deploying.kept().values()
    assert ["plain", "login ***", "***", "postgresql://app:***@db/core"] == text.splitlines()


def test_what_could_not_be_masked_is_not_kept(deploying: Deploying) -> None:
    """Written as JSON escapes it, a password is another text."""
    password = 'quoted"canary-of-theirs'
    commands = Commands(
        [deploying.part("cumulus", f"echo '{json.dumps(password)}'", keep_output=True)],
        launcher=deploying.guardian.client(),
        folder=deploying.folder / "apart",
        evidence=deploying.folder / "evidence",
        environ=deploying.environ,
        hidden=lambda: {password},
        tell=deploying.told.append,
    )

    (done,) = commands.run("core-copy", COPY)

    assert (None, {}) == (done.output, deploying.kept())
    assert [] == list((deploying.folder / "apart").iterdir())
    assert any("a password could not be masked" in line for line in deploying.told)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"command": ["no-such-program"]}, "there is no program no-such-program on PATH"),
        ({"command": ["./deploy.sh"]}, "there is no program ./deploy.sh in /"),
        ({"dir": Path("/nonexistent")}, "dir=/nonexistent is no folder"),
        ({"environment": ["NOT_SET"]}, "environment names NOT_SET, which is not set"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is(
    deploying: Deploying, settings: dict[str, object], said: str
) -> None:
    part = deploying.part("cumulus", "true", **settings)

    with pytest.raises(BadInput, match=said):
        deploying.commands(part).check()


def test_a_program_of_its_own_folder_is_found_there(deploying: Deploying) -> None:
    script = deploying.folder / "deploy.sh"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o755)
    part = deploying.part("cumulus", "", command=["./deploy.sh"])
    commands = deploying.commands(part)
    commands.check()

    commands.run("core-copy", COPY)

    assert (deploying.folder / "ran").exists()
