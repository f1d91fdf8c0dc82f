"""A recovery of somebody's cluster, run as an operator runs it, and what stands afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.guardian import Guardian
from fixtures.rehearsal.estates import CLUSTER as A_CLUSTER
from fixtures.rehearsal.estates import Estate
from tests.account.fix_account import (
    ACCOUNT,
    CLUSTER,
    DRILL_ROLE,
    REGION,
    Somebody,
    somebody,
)
from tests.drills.fix_drill import ROOT, Drill, Outcome

ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{CLUSTER}"
SETTINGS = """
[source]
cluster = "{cluster}"
account = "{account}"
region = "{region}"
databases = ["core"]
login = "env:CORE_PROD_LOGIN"
admin = "env:CORE_PROD_ADMIN"

[restore]
quarantine_admits = ["127.0.0.1/32"]

[proof]
baseline = "{baseline}"
application = "env:CORE_PROD_APP"
must_have_tables = ["providers", "collections", "granules", "rules", "executions"]

[content]
proof = "bounded"
"""


@dataclass
class Recovery:
    """An account whose cluster is in use, and the command that recovers it."""

    account: Somebody
    drill: Drill
    settings: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--cloud=aws", f"--drill-config={self.settings}", f"--recover={ARN}", "--yes")

    @property
    def drilling(self) -> tuple[str, ...]:
        """The same as a drill, whose credentials are a role's."""
        drilled = self.settings.with_name("drilled.toml")
        text = self.settings.read_text().replace(
            'admin = "env:CORE_PROD_ADMIN"', f'role = "{DRILL_ROLE}"'
        )
        drilled.write_text(text)
        return ("--cloud=aws", f"--drill-config={drilled}")

    def command(self, *options: str) -> subprocess.CompletedProcess[str]:
        """A command that may leave no evidence."""
        return subprocess.run(
            self.drill.command(*self.options, *options),
            cwd=ROOT,
            env=self.drill.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def run(self, *options: str) -> Outcome:
        return self.drill.run(*self.options, *options)

    def stop(self, step: str, how: str) -> Outcome:
        """Begin it, and end it behind that step."""
        self.drill.environ["DRILL_TEST_STOP"] = f"{step}:{how}"
        try:
            return self.run("-p", "tests.recovery.stops")
        finally:
            del self.drill.environ["DRILL_TEST_STOP"]

    def fence(self) -> tuple[int, str | None]:
        """The source's connection limit and its database's comment."""
        with self.account.connect("postgres") as connection:
            row = connection.execute(
                "select datconnlimit, shobj_description(oid, 'pg_database') from pg_database"
                " where datname = 'core'"
            ).fetchone()
        assert row is not None
        return row[0], row[1]

    def copies(self) -> dict[str, str]:
        """Every cluster but the source: name and resource id."""
        found = self.account.rds.describe_db_clusters()["DBClusters"]
        return {
            one["DBClusterIdentifier"]: one["DbClusterResourceId"]
            for one in found
            if one["DBClusterIdentifier"] != CLUSTER
        }

    def tags(self, copy: str) -> dict[str, str]:
        arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{copy}"
        tags: list[dict[str, Any]] = self.account.rds.list_tags_for_resource(ResourceName=arn)[
            "TagList"
        ]
        return {one["Key"]: one["Value"] for one in tags}


@pytest.fixture
def recovery(drill: Drill, tmp_path: Path) -> Iterator[Recovery]:
    """One account a test: what a recovery leaves standing is left."""
    with recovery_of(A_CLUSTER, drill, tmp_path) as recovery:
        yield recovery


@contextmanager
def recovery_of(estate: Estate, drill: Drill, folder: Path) -> Iterator[Recovery]:
    """An account with a source of that kind, its settings and baseline in `folder`."""
    with Guardian.start() as guardian, somebody(guardian, estate=estate) as account:
        admin = account.admin
        drill.environ.update(account.environ)
        drill.environ["CORE_PROD_ADMIN"] = f"user={admin.user} password={admin.password}"
        app = account.application
        drill.environ["CORE_PROD_APP"] = f"user={app.user} password={app.password} dbname=core"
        # Nothing is written between the baseline and the disaster: what came back can be proven.
        account.writer.wait_for(1)
        account.writer.stop()
        baseline = folder / "core.json"
        save(
            record({"core": lambda: account.address.connect(account.reader, "core")}, Reading()),
            baseline,
        )
        yield Recovery(account, drill, account.settings(folder, SETTINGS, baseline=str(baseline)))
