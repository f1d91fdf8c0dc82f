"""The copy is the cluster that was meant, at the point that was asked for, and harmed nothing."""

from __future__ import annotations

from checks.recovery import check_archive, check_reached
from fixtures.backups.model import Backup
from fixtures.claims import NotApplicable, NotProven
from fixtures.own import physical
from fixtures.own.physical import Kept, Way
from fixtures.postgres.reached import Reached
from fixtures.source import Copy


def test_every_file_is_as_it_was_backed_up(verified_files: str | None) -> None:
    """Every file was compared with its checksum in the backup (R3, R62)."""
    # A file that differed ended the step; here it is told where none could be compared.
    if verified_files is None:
        raise NotProven("the backup has no manifest, and its tool compares no file as it restores")


def test_it_is_the_cluster_and_the_timeline_that_were_meant(
    writable_copy: Copy, recovered_copy: Reached, found_backup: Backup, kept: Kept
) -> None:
    """The copy is of the backup's cluster, on a timeline of its own (R65)."""
    findings = check_reached(
        physical.identity(writable_copy, kept.origin),
        system_identifier=kept.system_identifier or found_backup.system_identifier,
        timeline=found_backup.timeline,
        ended=found_backup.ended,
    )

    assert findings == []


def test_the_archive_is_as_it_was(
    writable_copy: Copy, recovered_copy: Reached, found_way: Way
) -> None:
    """The copy archived nothing into its source's archive (R32)."""
    if found_way.wal is None:
        raise NotApplicable("there is no WAL archive")
    after = found_way.wal.names_now()

    findings = check_archive(found_way.names, after, recovered_copy.timeline, str(found_way.wal))

    assert findings == []
