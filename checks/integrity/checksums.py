"""Whether a flipped byte would have been noticed while the copy was read.

With page checksums on, reading a page verifies it: a scan of the whole table verifies its heap and
the TOAST it reads, amcheck the btree (and GIN) indexes. Not read by anybody are indexes of other
kinds, free space and visibility maps; ``pg_checksums --check`` reads those too, on a stopped
server.
"""

from __future__ import annotations

from checks.database import RowCursor
from checks.finding import Finding, Scalar
from checks.integrity._judging import judged
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.checksums"


def check_checksums(shared: SharedSnapshot) -> Judgement:
    """``integrity.checksums``: on, not ignored, and no page has failed. To be called last."""
    return judged(shared, CHECK, f"database {shared.database}", _judge)


def _judge(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select format('database %I', current_database()),
               current_setting('data_checksums') = 'on',
               current_setting('ignore_checksum_failure', true) = 'on',
               current_setting('zero_damaged_pages', true) = 'on',
               (select checksum_failures from pg_stat_database where datname = current_database())
        """
    )
    ((database, on, ignored, zeroed, failures),) = cursor.fetchall()
    findings = [
        Finding(
            f"{CHECK}.{setting}",
            database,
            "off",
            "on",
            f"Reset {setting} and verify again: damaged pages were read as if they were sound.",
        )
        for setting, is_on in (("ignore_checksum_failure", ignored), ("zero_damaged_pages", zeroed))
        if is_on
    ]
    if failures:
        findings.append(
            Finding(
                f"{CHECK}.failures",
                database,
                0,
                int(failures),
                "Restore again, from another backup: pages of this database failed their checksum"
                " since the server's statistics began.",
            )
        )
    if not on:
        return Judgement(
            tuple(findings),
            (
                Gap(
                    CHECK,
                    database,
                    "the cluster has no page checksums, so a byte that was flipped within a value"
                    " is seen only by a comparison of contents: enable them in the source"
                    " (pg_checksums --enable, on a stopped server)",
                ),
            ),
        )
    facts: dict[str, Scalar] = {
        CHECK: "verified for every page that was read: tables scanned whole, indexes by amcheck;"
        " not for other kinds of index, free space and visibility maps",
    }
    return Judgement(tuple(findings), facts=facts)
