"""Is there room for a copy: in the account's quotas, on this machine's disk?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Judgement
from checks.readiness.unasked import Unasked, unasked

QUOTA = "readiness.quota"
DISK = "readiness.disk"
MB = 2**20


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota of the account in the region, by RDS's name: ``DBClusters``."""

    name: str
    used: int
    most: int

    @property
    def left(self) -> int:
        """How many more fit."""
        return self.most - self.used


@dataclass(frozen=True, slots=True)
class Disk:
    """A folder, what is free there, and what the copy takes; bytes."""

    folder: str
    free: int
    needed: int


def judge_quotas(quotas: Sequence[Quota] | Unasked, needed: Mapping[str, int]) -> Judgement:
    """What a drill makes fits into every quota; one that RDS does not tell is a gap."""
    if isinstance(quotas, Unasked):
        return unasked(QUOTA, "the account's quotas", quotas)
    told = {one.name: one for one in quotas}
    judgement = Judgement()
    for name, count in needed.items():
        quota = told.get(name)
        if quota is None:
            judgement += unasked(QUOTA, name, Unasked("RDS does not tell this quota"))
        elif quota.left < count:
            judgement += Judgement(
                (
                    Finding(
                        QUOTA,
                        name,
                        f"room for {count} more",
                        f"{quota.used} of {quota.most} used",
                        "Have the quota raised, or remove what is not needed: the restore call "
                        "would be refused, or its instances.",
                    ),
                )
            )
    return judgement


def check_disk(disk: Disk) -> list[Finding]:
    """The restored files have room where they are to lie."""
    if disk.free >= disk.needed:
        return []
    return [
        Finding(
            DISK,
            disk.folder,
            f"{disk.needed // MB:,} MB free",
            f"{disk.free // MB:,} MB free",
            "Name a folder on a larger disk: [restore] work_dir, or --work-dir=DIR.",
        )
    ]
