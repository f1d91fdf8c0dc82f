"""What is not as it was: two drills beside each other, told in words and capped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reports.history.past import Change, PastDrill
from reports.history.words import duration

MOST = 12
"""Changes of one kind that are told one by one."""
MUCH = 0.2
"""Share of its rows that a table has to gain or lose to be told of …"""
LEAST_ROWS = 100
"""… and rows; one that was emptied is told of in any case."""
SLOWER = 0.25
"""Share by which a time has to differ to be told of, and what it has to differ by in seconds."""
LEAST_SECONDS = 30.0
LEAST_AGE = 3600.0
LONGEST = 200
"""Characters of one side: a setting may be a list of pages."""


def last_green(drills: Sequence[PastDrill], than: PastDrill) -> PastDrill | None:
    """The newest proven one of the same cluster, drill and mode that began before `than`.

    A negative control is green when its checks fail; nothing is compared with that.
    """
    alike = [
        one
        for one in drills
        if (one.cluster, one.drill, one.mode) == (than.cluster, than.drill, than.mode)
        and one.word == "PROVEN"
        and one.is_green
        and one.run != than.run
        and one.began <= than.began
    ]
    return max(alike, key=lambda one: one.began, default=None)


def changes_since(before: PastDrill, after: PastDrill, most: int = MOST) -> list[Change]:
    """What differs, what matters first; of each kind at most `most`, and then how many more."""
    changes: list[Change] = []
    if before.word != after.word:
        changes.append(Change("verdict", before.word, _cut(after.verdict)))
    for kind, told in (
        ("outcomes", _outcomes(before, after)),
        ("tables", _tables(before, after)),
        ("times", _times(before, after)),
        ("versions", _named("version of {}", before.versions, after.versions)),
        ("settings", _named("setting {}", before.settings, after.settings)),
    ):
        changes += _capped(kind, list(told), most)
    return changes


def _outcomes(before: PastDrill, after: PastDrill) -> Iterator[Change]:
    """A drill that was not performed in full is compared as far as it came."""
    short = before.is_partial or after.is_partial
    for title in {**before.outcomes, **after.outcomes}:
        was, now = before.outcomes.get(title), after.outcomes.get(title)
        if was != now and not (short and None in (was, now)):
            yield Change(title, was, now)


def _tables(before: PastDrill, after: PastDrill) -> Iterator[Change]:
    """Tables that went, came, shrank or grew; those that lost rows first."""
    if not before.rows or not after.rows:
        if bool(before.rows) != bool(after.rows):
            yield Change("tables compared", _count(before.rows), _count(after.rows))
        return
    went = [name for name in before.rows if name not in after.rows]
    came = [name for name in after.rows if name not in before.rows]
    yield from (Change(f"table {name}", f"{before.rows[name]:,} rows", None) for name in went)
    both = [name for name in before.rows if name in after.rows]
    for name in sorted(both, key=lambda one: after.rows[one] >= before.rows[one]):
        was, now = before.rows[name], after.rows[name]
        much = abs(now - was) >= max(LEAST_ROWS, MUCH * was)
        if much or (was and not now):
            yield Change(f"rows of {name}", f"{was:,}", f"{now:,}")
    yield from (Change(f"table {name}", None, f"{after.rows[name]:,} rows") for name in came)


def _count(rows: Mapping[str, int]) -> str:
    return f"{len(rows):,}" if rows else "none"


def _times(before: PastDrill, after: PastDrill) -> Iterator[Change]:
    for name in {**before.measured, **after.measured}:
        was, now = before.measured.get(name), after.measured.get(name)
        if _differs(was, now, LEAST_SECONDS):
            yield Change(name, duration(was), duration(now))
    if _differs(before.backup_age, after.backup_age, LEAST_AGE):
        yield Change("age of the backup", duration(before.backup_age), duration(after.backup_age))


def _differs(was: float | None, now: float | None, least: float) -> bool:
    if was is None or now is None:
        return was is not now
    return abs(now - was) >= max(least, SLOWER * abs(was))


def _named(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted({**before, **after}):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield Change(what.format(name), _cut(was), _cut(now))


def _cut(side: str | None) -> str | None:
    if side is None:
        return None
    text = " ".join(side.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _capped(kind: str, changes: list[Change], most: int) -> list[Change]:
    rest = len(changes) - most
    more = [Change(f"and {rest:,} more {kind} that differ", None, None)] if rest > 0 else []
    return [*changes[:most], *more]
