"""The AWS CLI as an operator types it, with nobody's account and one endpoint."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REFUSED = 255
"""Version 1 ends so when the service refuses, or a waiter gives up or meets a terminal state
(https://docs.aws.amazon.com/cli/v1/userguide/cli-usage-returncodes.html)."""
MISUSED = 2
"""A command that could not be parsed: nothing was sent."""


class CliError(Exception):
    """The CLI is not here, is another version, or ended with another status than it should have."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


class Cli:
    """`aws … --endpoint-url ENDPOINT`. Blocks like the program it runs."""

    def __init__(self, endpoint: str, home: Path) -> None:
        self._program = program()
        self._endpoint = endpoint
        self._environment = {
            "HOME": str(home),
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Whatever the endpoint was forgotten for goes to a proxy that is not there.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
        }

    def run(self, line: str) -> Ended:
        """A command line as a shell would split it, without its leading `aws`."""
        ended = subprocess.run(
            [str(self._program), *shlex.split(line), "--endpoint-url", self._endpoint],
            env=self._environment,
            capture_output=True,
            text=True,
            # A waiter of RDS looks every 30 s; none here needs more than two looks.
            timeout=180,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def answer(self, line: str) -> Any:
        """What a command that must succeed printed, read as JSON; None when it printed nothing."""
        ended = self.run(line)
        if ended.status != 0:
            raise CliError(f"aws {line.split()[1]} ended with {ended.status}: {ended.err.strip()}")
        return ended.answer if ended.out.strip() else None

    def text(self, line: str) -> list[list[str]]:
        """The same with --output text: its lines, and their columns."""
        ended = self.run(f"{line} --output text")
        if ended.status != 0:
            raise CliError(f"aws {line.split()[1]} ended with {ended.status}: {ended.err.strip()}")
        return [one.split("\t") for one in ended.out.splitlines()]


def program() -> Path:
    """The CLI beside this Python, as `tox -e cli` has it, else on the PATH; version 1 only."""
    beside = Path(sys.executable).parent / "aws"
    found = str(beside) if beside.exists() else shutil.which("aws")
    if found is None:
        raise CliError("the AWS CLI is not installed: run `tox -e cli`, which brings version 1")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    version = told.stdout or told.stderr  # which of the two changed over time
    if not version.startswith("aws-cli/1."):
        raise CliError(f"{found} is {version.strip()}, and these tests are of version 1")
    return Path(found)
