"""A rehearsal cloud that lies: `python -m tests.sabotage.cloud --fault NAME`, else as the true one.

Each fault is one that a drill must notice. The cloud itself goes on saying what AWS would say.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime

from fixtures.postgres.archive import WalArchive
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal.rds_models import RehearsalCluster
from fixtures.rehearsal.rds_restore import Window
from fixtures.rehearsal.server import leave, main, parser
from fixtures.rehearsal.volume import Volume


class IgnoresTarget(Volume):
    """Restores to the end of the archive whatever was asked for, and reports success."""

    def target(self, moment: datetime) -> RecoveryTarget:
        return RecoveryTarget.latest()


class RestoreCommandDies(Volume):
    """Its restore command delivers the first segment, and calls every later one missing.

    Exit status 1 means "no such file" to PostgreSQL, which takes it for the end of the WAL (row 3
    of the restores that lie).
    """

    def archive_of(self, source: Volume) -> WalArchive:
        true = super().archive_of(source)
        served = shlex.quote(str(self.server.folder / "served"))
        only_one = (
            "case %f in *.history) exit 1;; esac; "
            f"test ! -e {served} || exit 1; touch {served}; {true.restore_command}"
        )
        return WalArchive(true.folder, fetch=only_one)


class NoBackups(Volume):
    """Takes none that anybody may know of."""

    def window(self) -> Window:
        return Window(None, datetime.now(UTC))


class NoBackupsCluster(RehearsalCluster):
    """Describes a retention of no days."""

    __module__ = RehearsalCluster.__module__

    @property
    def backup_retention_period(self) -> int:
        return 0

    @backup_retention_period.setter
    def backup_retention_period(self, value: int) -> None:
        """Accepted, and not done."""


FAULTS: Mapping[str, tuple[type[Volume], type[RehearsalCluster]]] = {
    "ignores-target": (IgnoresTarget, RehearsalCluster),
    "no-backups": (NoBackups, NoBackupsCluster),
    "restore-command-dies": (RestoreCommandDies, RehearsalCluster),
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
