"""A clone of this repository with what an operator has beside it: services, settings, a plan."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fixtures.postgres.server import Server
from tests.checks.plan.made_up import adopting
from tests.docs.found import ROOT
from tests.docs.table import COMMANDS, Run
from tests.ending import ends_with_us

PATIENCE = 300
"""Seconds for one command; a drill on two busy processors."""


@dataclass
class Clone:
    """Runs each command once, with those that have to come before it."""

    folder: Path
    environment: dict[str, str]
    done: dict[str, tuple[int, str]] = field(default_factory=dict)

    def run(self, command: str) -> tuple[int, str]:
        """Exit status and output."""
        if command in self.done:
            return self.done[command]
        how = COMMANDS[command]
        assert isinstance(how, Run)
        for earlier in how.after:
            self.run(earlier)
        text = command
        for before, after in how.instead:
            text = text.replace(before.replace(".venv/bin/", ""), after)
        act = self._until if how.endless else self._to_the_end
        self.done[command] = act(text, how)
        return self.done[command]

    def _to_the_end(self, text: str, how: Run) -> tuple[int, str]:
        ended = subprocess.run(
            ["/bin/bash", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ended.returncode, ended.stdout

    def _until(self, text: str, how: Run) -> tuple[int, str]:
        """What goes on for ever is stopped, as Ctrl-C does it, when it has said what it should."""
        with subprocess.Popen(
            ["/bin/bash", "-c", f"exec {text}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=ends_with_us(),
        ) as running:
            assert running.stdout is not None
            lines = []
            for line in running.stdout:
                lines.append(line)
                if how.says in line:
                    running.terminate()
        return running.returncode, "".join(lines)


@pytest.fixture(scope="session")
def clone(shop_server: Server) -> Iterator[Clone]:
    folder = Path(tempfile.mkdtemp(prefix="pgt-")) / "restore-drills"
    folder.parent.chmod(0o755)  # the account that runs servers works in it
    names = ("checks", "drills", "fixtures", "reports", "examples", "docs", "tests")
    folder.mkdir()
    for name in names:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "tox.ini"):
        shutil.copy2(ROOT / name, folder / name)
    socket, superuser = shop_server.socket_dir, shop_server.superuser
    services = folder.parent / "pg_service.conf"
    services.write_text(
        "".join(
            f"[{name}]\nhost={socket}\nuser={superuser}\ndbname={name}\n"
            for name in ("core", "core_restored")
        )
    )
    with shop_server.connect() as connection:
        for name in ("core", "core_restored"):
            connection.execute(f"create database {name} template shop".encode())
    (folder / "my-database.sql").write_text(
        "create database mine;\n\\c mine\ncreate table t (id int primary key, note text);\n"
        "insert into t select n, 'note ' || n from generate_series(1, 500) n;\n"
    )
    (folder / "core.toml").write_text('[content]\nproof = "bounded"\n')
    (folder / "clusters").mkdir()
    shutil.copy2(ROOT / "examples/clusters/core-selfmanaged.toml", folder / "clusters/core.toml")
    (folder / "plan.json").write_text(json.dumps(adopting()))
    programs = f"{Path(sys.executable).parent}:{shop_server.binaries.bin_dir}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PG"))}
    environment = kept | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PGSERVICEFILE": str(services),
        "PGHOST": str(socket),
        "PGUSER": superuser,
        "PGDATABASE": "core",
    }
    yield Clone(folder, environment)
    with shop_server.connect() as connection:
        for name in ("core", "core_restored"):
            connection.execute(f"drop database {name} with (force)".encode())
    shutil.rmtree(folder.parent)
