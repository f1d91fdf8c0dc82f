"""Terraform at an operator's desk: one folder, whose configuration and state come and go."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.guardian import GuardianClient
from fixtures.postgres.launcher import wait_for_exit
from tests.plans.recipe import Edit

MODULE_FOLDER = "rds-cluster/"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is laid out: `folder`, in which `root` is where Terraform is run.

    An edit's path is from the root on, unless it begins with the module's own folder, which may
    stand beside the root.
    """

    folder: Path
    root: str


CONFIGURATIONS = {
    "v1": Configuration(Path(__file__).parents[1] / "configurations" / "v1", "."),
    "v2": Configuration(Path(__file__).parents[3] / "examples" / "terraform", "deployment"),
}

# The real provider waits 30 s before it first looks at what it changed.
_TIMEOUT = 300.0
_PLANNED = (0, 2)  # -detailed-exitcode: nothing to do, changes
_FAILED = (1,)


class DeskError(Exception):
    """Terraform ended with another status than it should have."""


class Desk:
    """One generation's folder. The provider is installed once; all else is laid out anew.

    mirror       where Terraform finds the provider
    environment  what the provider needs besides

    Nothing of this machine reaches Terraform, and it reaches nothing beyond loopback.
    """

    def __init__(
        self,
        folder: Path,
        generation: str,
        mirror: Path,
        launcher: GuardianClient,
        environment: Mapping[str, str],
    ) -> None:
        program = shutil.which("terraform")
        if program is None:
            raise DeskError("terraform is not on the PATH: install it, 1.8 or newer")
        self._program = program
        self._launcher = launcher
        self._folder = folder
        self._configuration = CONFIGURATIONS[generation]
        self._laid_out = folder / "configuration"
        self._root = self._laid_out / self._configuration.root
        self._additional = dict(environment)
        self._runs = 0
        (folder / "terraform.rc").write_text(
            "disable_checkpoint = true\n"
            "provider_installation {\n"
            f"  filesystem_mirror {{ path = {json.dumps(str(mirror))} }}\n"
            "}\n"
        )

    def lay_out(
        self,
        variables: Mapping[str, object],
        state: dict[str, Any] | None = None,
        edits: Sequence[Edit] = (),
    ) -> None:
        """Configuration, terraform.tfvars and state as given; whatever was there is gone."""
        if self._laid_out.exists():
            shutil.rmtree(self._laid_out)
        shutil.copytree(self._configuration.folder, self._laid_out)
        for edit in edits:
            self._edit(edit)
        values = self._root / "terraform.tfvars.json"
        values.touch(mode=0o600)
        values.write_text(json.dumps(dict(variables)))
        if state is not None:
            file = self._root / "terraform.tfstate"
            file.touch(mode=0o600)
            file.write_text(json.dumps(state))
        self.run("init")

    def _edit(self, edit: Edit) -> None:
        inside = edit.file.startswith(MODULE_FOLDER)
        file = (self._laid_out if inside else self._root) / edit.file
        text = file.read_text() if file.exists() else ""
        if edit.find is None:
            file.write_text(text + edit.text)
            return
        replaced, times = re.subn(edit.find, edit.text, text)
        if times == 0:
            raise DeskError(f"{edit.file} has nothing that matches {edit.find}")
        file.write_text(replaced)

    def state(self) -> dict[str, Any]:
        """As `terraform state pull` has it."""
        state: dict[str, Any] = json.loads(self.run("state", "pull"))
        return state

    def plan(self, *options: str, fails: bool = False) -> tuple[Path, dict[str, Any]]:
        """The saved plan, and the same as `terraform show -json` has it."""
        file = self._folder / f"plan-{self._runs}"
        allowed = _FAILED if fails else _PLANNED
        self.run("plan", "-detailed-exitcode", f"-out={file}", *options, allowed=allowed)
        return file, json.loads(self.run("show", "-json", str(file)))

    def apply(self, plan: Path) -> None:
        """A saved plan, and nothing else."""
        self.run("apply", str(plan))

    def run(self, *arguments: str, allowed: Sequence[int] = (0,)) -> str:
        """Its output. DeskError with the errors in it for a status that is not allowed."""
        self._runs += 1
        output = self._folder / f"{self._runs:03}-{arguments[0]}.out"
        output.touch(mode=0o600)
        process = self._launcher.launch(
            [self._program, *arguments],
            cwd=self._root,
            env=self._environment(),
            log=output,
            account=None,
        )
        status = wait_for_exit(self._launcher, process, _TIMEOUT)
        said = output.read_text(errors="replace")
        if status is None:
            self._launcher.signal(process, 9)
            raise DeskError(f"terraform {arguments[0]} took longer than {_TIMEOUT:g} s")
        if status not in allowed:
            raise DeskError(f"terraform {' '.join(arguments)} ended with {status}: {_error(said)}")
        return said

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
            **self._additional,
        }


def _error(said: str) -> str:
    """What follows the first `Error:`, which holds no variable; a plan before it would."""
    _, error, rest = said.partition("Error: ")
    return f"{error}{rest}".strip() if error else "it named no error"
