"""Terraform as an operator runs it, in a folder of its own, with nothing of this machine's.

It finds neither a registry nor an account: providers come from a mirror alone, every endpoint that
the configuration names is the rehearsal cloud's, and whatever else would leave this machine is sent
to a proxy that is not there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.guardian import GuardianClient
from fixtures.postgres.launcher import wait_for_exit

CONFIGURATIONS = Path(__file__).parent / "configurations"
CREDENTIAL = "rehearsal"

# The provider waits 30 s before it first looks at what it changed (its source; no setting).
_TIMEOUT = 300.0
_PLAN_HAS_CHANGES = 2


class TerraformError(Exception):
    """Terraform is not here, or ended with another status than it should have."""


def program() -> Path:
    """The terraform on the PATH. TerraformError when there is none."""
    found = shutil.which("terraform")
    if found is None:
        raise TerraformError(
            "terraform is not on the PATH: install it "
            "(https://developer.hashicorp.com/terraform/install), 1.8 or newer"
        )
    return Path(found)


@dataclass(frozen=True)
class Plan:
    """A saved plan, as `terraform show -json` has it."""

    file: Path
    document: dict[str, Any]
    has_changes: bool
    """What -detailed-exitcode said."""

    @property
    def actions(self) -> dict[str, list[str]]:
        """By address, of what would change."""
        return {
            change["address"]: change["change"]["actions"]
            for change in self.document.get("resource_changes", ())
            if change["change"]["actions"] != ["no-op"]
        }

    def change(self, address: str) -> dict[str, Any]:
        """What would happen at an address: actions, before, after, replace_paths …"""
        for change in self.document["resource_changes"]:
            if change["address"] == address:
                found: dict[str, Any] = change["change"]
                return found
        raise LookupError(f"the plan does not mention {address}")


class Workspace:
    """One folder with a configuration, its variables and its state.

    folder         empty, below the run's: everything of Terraform stays in it, and goes with it
    configuration  a root module, a folder of `configurations`
    """

    def __init__(
        self, folder: Path, configuration: str, mirror: Path, launcher: GuardianClient
    ) -> None:
        self._program = program()
        self._launcher = launcher
        self._folder = folder
        self._root = folder / "configurations" / configuration
        shutil.copytree(CONFIGURATIONS, folder / "configurations")
        (folder / "terraform.rc").write_text(
            "disable_checkpoint = true\n"
            "provider_installation {\n"
            f"  filesystem_mirror {{ path = {json.dumps(str(mirror))} }}\n"
            "}\n"
        )
        self._variables: dict[str, Any] = {}
        self._runs = 0

    def configure(self, **variables: Any) -> None:
        """Change variables, as an operator edits terraform.tfvars."""
        self._variables |= variables
        path = self._root / "terraform.tfvars.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(self._variables))

    def init(self) -> None:
        self._run("init")

    def plan(self) -> Plan:
        """Refresh, plan, and save the plan."""
        file = self._folder / f"plan-{self._runs}"
        statuses = (0, _PLAN_HAS_CHANGES)
        status, _ = self._run("plan", "-detailed-exitcode", f"-out={file}", allowed=statuses)
        _, shown = self._run("show", "-json", str(file))
        return Plan(file, json.loads(shown), has_changes=status == _PLAN_HAS_CHANGES)

    def apply(self, plan: Plan) -> None:
        """Apply a saved plan and nothing else."""
        self._run("apply", str(plan.file))

    def create(self) -> None:
        """Plan and apply, of a configuration that has no state yet."""
        self._run("apply", "-auto-approve")

    def destroy(self) -> None:
        self._run("destroy", "-auto-approve")

    def forget(self, address: str) -> None:
        """`terraform state rm`."""
        self._run("state", "rm", address)

    def adopt(self, address: str, identifier: str) -> None:
        """`terraform import`."""
        self._run("import", address, identifier)

    def addresses(self) -> list[str]:
        """Of every resource in the state, data sources left out."""
        _, said = self._run("state", "list")
        return [one for one in said.split() if ".data." not in f".{one}"]

    def _run(self, *arguments: str, allowed: Sequence[int] = (0,)) -> tuple[int, str]:
        """Exit status and output. TerraformError with the output's errors for any other status.

        Launched by the guardian, so that it and the provider end when the run is killed.
        """
        self._runs += 1
        output = self._folder / f"{self._runs:02}-{arguments[0]}.out"
        output.touch(mode=0o600)
        process = self._launcher.launch(
            [str(self._program), *arguments],
            cwd=self._root,
            env=self._environment(),
            log=output,
            account=None,
        )
        status = wait_for_exit(self._launcher, process, _TIMEOUT)
        said = output.read_text(errors="replace")
        if status is None:
            self._launcher.signal(process, 9)
            raise TerraformError(f"terraform {arguments[0]} took longer than {_TIMEOUT:g} s")
        if status not in allowed:
            raise TerraformError(f"terraform {arguments[0]} ended with {status}:\n{_errors(said)}")
        return status, said

    def _environment(self) -> dict[str, str]:
        nowhere = "http://127.0.0.1:9"
        return {
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "TF_CLI_CONFIG_FILE": str(self._folder / "terraform.rc"),
            "TF_DATA_DIR": str(self._folder / "data"),
            "TF_CLI_ARGS": "-no-color",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Go never asks a proxy for loopback (net/http, ProxyFromEnvironment).
            "HTTP_PROXY": nowhere,
            "HTTPS_PROXY": nowhere,
        }


def _errors(said: str) -> str:
    """What follows the first `Error:`, which holds no variable; a plan before it would."""
    _, error, rest = said.partition("Error: ")
    return f"{error}{rest}".strip() if error else "it named no error"
