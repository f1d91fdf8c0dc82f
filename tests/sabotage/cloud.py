"""A rehearsal cloud that lies: `python -m tests.sabotage.cloud --fault NAME`, else as the true one.

Each fault is one that a drill must notice. The cloud itself goes on saying what AWS would say.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from fixtures.postgres.archive import WalArchive
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal.rds.action import Answer
from fixtures.rehearsal.rds.cluster import Cluster
from fixtures.rehearsal.server import leave, main, parser
from fixtures.rehearsal.storage.backups import AutomatedBackups
from fixtures.rehearsal.storage.snapshot import StoredSnapshot
from fixtures.rehearsal.storage.volume import Volume
from fixtures.rehearsal.storage.window import Window


class IgnoresTarget(Volume):
    """Restores to the end of the archive whatever was asked for, and reports success."""

    def target(self, moment: datetime) -> RecoveryTarget:
        return RecoveryTarget.latest()


class RestoreCommandDies(Volume):
    """Its restore command delivers the first segment, and calls every later one missing.

    Exit status 1 means "no such file" to PostgreSQL, which takes it for the end of the WAL (row 3
    of the restores that lie).
    """

    def archive_of(self, source: AutomatedBackups) -> WalArchive:
        true = super().archive_of(source)
        served = shlex.quote(str(self.server.folder / "served"))
        only_one = (
            "case %f in *.history) exit 1;; esac; "
            f"test ! -e {served} || exit 1; touch {served}; {true.restore_command()}"
        )
        return WalArchive(true.folder, fetch=only_one)


class ForgetsWal(Volume):
    """Restores the newest base backup and none of the WAL since, and takes that for the target."""

    def target(self, moment: datetime) -> RecoveryTarget:
        return RecoveryTarget.immediate()


class Spoils(Volume):
    """Restores what was asked for, loses some of it, and reports success.

    what  is done to the database `core` of the copy
    """

    what: ClassVar[str]

    def recover(self, source: AutomatedBackups, moment: datetime) -> None:
        super().recover(source, moment)
        self._spoil()

    def restore_snapshot(self, snapshot: StoredSnapshot) -> None:
        super().restore_snapshot(snapshot)
        self._spoil()

    def _spoil(self) -> None:
        with self.awake(), self.server.connect("core") as connection:
            connection.execute(self.what.encode())


class LosesATable(Spoils):
    """A table that nothing refers to."""

    what = "drop table rules"


class LosesARow(Spoils):
    """The oldest row of the table that is written to all the while, and all that refers to it."""

    what = "delete from granules where cumulus_id = (select min(cumulus_id) from granules)"


class Unknown(AutomatedBackups):
    """Taken, and nobody may know."""

    def window(self, lag: timedelta) -> Window:
        return Window(None, datetime.now(UTC))


class NoBackups(Volume):
    """Takes none that anybody may know of."""

    def new_backups(self) -> AutomatedBackups:
        return Unknown(self.folder, self.engine.account)


class NoBackupsCluster(Cluster):
    """Describes a retention of no days."""

    def describe(self) -> Answer:
        return super().describe() | {"BackupRetentionPeriod": 0}


class Indescribable(Cluster):
    """A fault of the cloud itself, in the middle of a request."""

    def describe(self) -> Answer:
        raise KeyError("a fault on purpose")


FAULTS: Mapping[str, tuple[type[Volume], type[Cluster]]] = {
    "forgets-wal": (ForgetsWal, Cluster),
    "ignores-target": (IgnoresTarget, Cluster),
    "indescribable": (Volume, Indescribable),
    "loses-a-row": (LosesARow, Cluster),
    "loses-a-table": (LosesATable, Cluster),
    "no-backups": (NoBackups, NoBackupsCluster),
    "restore-command-dies": (RestoreCommandDies, Cluster),
}


def run() -> int:
    """The true cloud's options, and --fault."""
    options = parser("python -m tests.sabotage.cloud")
    options.add_argument("--fault", choices=sorted(FAULTS), required=True)
    given = options.parse_args()
    volume_class, cluster_class = FAULTS[given.fault]
    return main(given, volume_class=volume_class, cluster_class=cluster_class)


if __name__ == "__main__":
    leave(run())
