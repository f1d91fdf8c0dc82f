"""The example deployment in a folder of its own, driven by the real Terraform."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from fixtures.guardian import GuardianClient
from fixtures.postgres.launcher import wait_for_exit
from fixtures.rehearsal.terraform.serving import Provider

EXAMPLES = Path(__file__).parents[3] / "examples" / "terraform"
MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
INSTANCES = [f"{MODULE}.aws_rds_cluster_instance.cumulus[{number}]" for number in (0, 1)]
LOGIN = f"{MODULE}.aws_secretsmanager_secret_version.rds_login"


class Deployment:
    """A copy of the examples; every command's output is kept in `said`."""

    def __init__(
        self, folder: Path, launcher: GuardianClient, provider: Provider, variables: dict[str, Any]
    ) -> None:
        self._folder = folder
        self._launcher = launcher
        self._provider = provider
        self._runs = 0
        self.root = folder / "examples" / "deployment"
        shutil.copytree(EXAMPLES, folder / "examples")
        self._variables: dict[str, Any] = {}
        self.said = ""
        self.configure(**variables)

    def configure(self, **variables: Any) -> None:
        self._variables |= variables
        (self.root / "terraform.tfvars.json").write_text(json.dumps(self._variables))

    def override(self, text: str) -> None:
        """Change the module's resources as an override file does; an empty one changes nothing."""
        (self._folder / "examples" / "rds-cluster" / "override.tf").write_text(text)

    def run(self, *arguments: str) -> int:
        """Its exit status."""
        self._runs += 1
        log = self._folder / f"{self._runs:02}.out"
        log.touch(mode=0o600)
        process = self._launcher.launch(
            [str(shutil.which("terraform")), *arguments],
            cwd=self.root,
            env={
                "HOME": str(self._folder),
                "TMPDIR": str(self._folder),
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
                "TF_CLI_ARGS": "-no-color",
                "HTTP_PROXY": "http://127.0.0.1:9",
                "HTTPS_PROXY": "http://127.0.0.1:9",
                **self._provider.environment(),
            },
            log=log,
            account=None,
        )
        status = wait_for_exit(self._launcher, process, 120)
        assert status is not None, f"terraform {arguments[0]} took too long"
        self.said = log.read_text()
        return status

    def do(self, *arguments: str) -> None:
        assert 0 == self.run(*arguments), self.said

    def plan(self) -> dict[str, Any]:
        """The changes by address, those that are none left out."""
        file = self._folder / "plan"
        self.do("plan", f"-out={file}")
        self.do("show", "-json", str(file))
        changes = json.loads(self.said)["resource_changes"]
        return {
            one["address"]: one["change"]
            for one in changes
            if one["change"]["actions"] != ["no-op"]
        }

    def planned(self) -> bytes:
        """The same plan, saved for `apply_plan`, as `terraform show -json` has it."""
        self.plan()
        return self.said.encode()

    def state(self) -> list[dict[str, Any]]:
        """The module's objects, as `terraform show -json` has them."""
        self.do("show", "-json")
        modules = json.loads(self.said)["values"]["root_module"]["child_modules"]
        return [one for module in modules for one in module["resources"]]

    def actions(self) -> dict[str, list[str]]:
        return {address: change["actions"] for address, change in self.plan().items()}

    def apply_plan(self) -> None:
        self.do("apply", str(self._folder / "plan"))
