"""Is a recovered copy the cluster that was meant, and did it leave its source's archive alone?"""

from __future__ import annotations

from collections.abc import Collection

from checks.finding import Finding
from checks.identity import Identity

CLUSTER = "recovery.cluster"
TIMELINE = "recovery.timeline"
POSITION = "recovery.position"
STATE = "recovery.state"
ARCHIVE = "recovery.archive"


def check_reached(
    seen: Identity,
    *,
    system_identifier: int | None,
    timeline: int | None,
    ended: int | None,
) -> list[Finding]:
    """R65. What the running copy says of itself, held against the backup; None: not known.

    ``timeline`` is the one on which the backup ended, ``ended`` the WAL position from which on its
    files are consistent, in bytes.
    """
    findings = []
    if seen.in_recovery is not False:
        findings.append(
            Finding(
                STATE,
                "the restored copy",
                "promoted, out of recovery",
                "in recovery" if seen.in_recovery else "not told",
                "Look at its log: it paused, or is still replaying.",
            )
        )
    if system_identifier is not None and seen.system_identifier != str(system_identifier):
        findings.append(
            Finding(
                CLUSTER,
                "system identifier",
                str(system_identifier),
                seen.system_identifier,
                "This is another cluster than the one that was backed up: do not use it.",
            )
        )
    if timeline is not None and (seen.timeline or 0) <= timeline:
        findings.append(
            Finding(
                TIMELINE,
                "timeline",
                f"a new one, after {timeline}",
                seen.timeline,
                "It was not recovered and promoted: it started as a server that crashed.",
            )
        )
    if ended is not None and _position(seen.lsn) < ended:
        findings.append(
            Finding(
                POSITION,
                "WAL position",
                f"at or after {ended >> 32:X}/{ended & 0xFFFFFFFF:X}, the backup's end",
                seen.lsn,
                "Its files are torn: recovery ended inside the base backup.",
            )
        )
    return findings


def check_archive(
    before: Collection[str], after: Collection[str], timeline: int, archive: str
) -> list[Finding]:
    """Row 2 of docs/restores-that-lie.md: what the copy archived leads the next restore astray.

    The source goes on archiving meanwhile, on timelines of its own; ``timeline`` is the copy's.
    Names are those that the archive holds, before the copy was started and now.
    """
    ours = f"{timeline:08X}"
    written = sorted(name for name in set(after) - set(before) if name.startswith(ours))
    gone = sorted(set(before) - set(after))
    findings = []
    if written:
        findings.append(
            Finding(
                ARCHIVE,
                archive,
                f"nothing of timeline {timeline}, which the copy began",
                f"{len(written)} files of it, the first is {written[0]}",
                "Stop what archives there, and remove these files: the next restore to the latest "
                "would follow that timeline.",
            )
        )
    if gone:
        findings.append(
            Finding(
                ARCHIVE,
                archive,
                "every file that was there before",
                f"{len(gone)} files gone, the first is {gone[0]}",
                "See what expires WAL while it is being restored, and whether it did so.",
            )
        )
    return findings


def _position(lsn: str | None) -> int:
    high, _, low = (lsn or "0/0").partition("/")
    return (int(high, 16) << 32) | int(low, 16)
