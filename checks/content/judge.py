"""Content parity of a copy, with its source still there or with what was observed of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

from checks.content.budget import Clock
from checks.content.compare import CONTENT, UNREADABLE, Locator, compare_content
from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.remedies import DAMAGED, DAMAGED_SOURCE, gap
from checks.content.scan import observe_content, read_content
from checks.content.survey import survey
from checks.database import DRILL_SCHEMAS, is_damage, reason
from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import SharedSnapshot, SnapshotLost


def judge_content(
    expected: SharedSnapshot | ContentObservation,
    actual: SharedSnapshot,
    reading: Reading,
    locate: Locator | None = None,
    *,
    left_out: Collection[str] = DRILL_SCHEMAS,
) -> Judgement:
    """Whether every table's rows are what the expected side holds (R35, R36).

    Two live sides are read at the same time, table by table. Never raises for what a server refuses
    or a connection that is lost: that is a gap, or where the data is damaged a finding.
    """
    try:
        if isinstance(expected, ContentObservation):
            with _seeing(actual.database, "in the copy", DAMAGED):
                observed = observe_content(actual, reading, like=expected, left_out=left_out)
            return compare_content(expected, observed, locate)
        return compare_content(*_observe_both(expected, actual, reading, left_out), locate)
    except _Unseen as unseen:
        return unseen.judgement


class _Unseen(Exception):
    """Nothing of one side could be read."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement)
        self.judgement = judgement


@contextmanager
def _seeing(database: str, where: str, remedy: str) -> Iterator[None]:
    """What keeps a side from being read at all becomes the judgement of its database."""
    try:
        yield
    except SnapshotLost as lost:
        raise _Unseen(_gap(database, where, str(lost))) from lost
    except psycopg.Error as error:
        why = reason(error)
        if is_damage(error):
            found = Finding(UNREADABLE, database, "readable", f"{where}: {why}", remedy)
            raise _Unseen(Judgement(findings=(found,))) from error
        raise _Unseen(_gap(database, where, gap(why))) from error


def _gap(database: str, where: str, why: str) -> Judgement:
    return Judgement(gaps=(Gap(CONTENT, database, f"{where}: {why}"),))


def _observe_both(
    expected: SharedSnapshot,
    actual: SharedSnapshot,
    reading: Reading,
    left_out: Collection[str],
) -> tuple[ContentObservation, ContentObservation]:
    clock = Clock(reading.time_budget)
    with _seeing(expected.database, "on the expected side", DAMAGED_SOURCE):
        one = survey(expected, reading, left_out=left_out)
    with _seeing(actual.database, "in the copy", DAMAGED):
        other = survey(actual, reading, like=one.for_other_side, left_out=left_out)
    with ThreadPoolExecutor(1, thread_name_prefix="copy") as pool:
        future = pool.submit(read_content, actual, other, reading, clock)
        try:
            return read_content(expected, one, reading, clock), future.result()
        except BaseException:
            expected.cancel()
            actual.cancel()
            raise
