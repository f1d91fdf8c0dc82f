"""Of all the baselines there are, those nearest to the recovery target on either side."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checks.baseline.file import save
from checks.baseline.model import Baseline
from fixtures.claims import BadInput, Withheld
from fixtures.live_truth import choose_target, named_in, truth_around, whole_second
from fixtures.source import Truth
from tests.checks.baseline import made_up
from tests.truth.stubs import Restorable, a_record, a_source, load

T = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def recorded(*moments: datetime) -> Baseline:
    """Of as many databases as moments."""
    databases = {f"db{n}": made_up.database(taken_at=at) for n, at in enumerate(moments)}
    return made_up.baseline(recorded_at=min(moments), **databases)


OLD = recorded(T - 9 * MINUTE, T - 8 * MINUTE)
BEFORE = recorded(T - 2 * MINUTE, T - MINUTE)
ASTRIDE = recorded(T - MINUTE, T + MINUTE)
AFTER = recorded(T + MINUTE, T + 2 * MINUTE)
LATER = recorded(T + 8 * MINUTE, T + 9 * MINUTE)
NOTHING = Withheld("recorded", "nobody may read it")


def around(*recordings: Baseline | Withheld | None, target: Any = T) -> tuple[Any, Any]:
    truth = truth_around(a_source(), target, recordings)
    return (None, None) if truth is None else (truth.baseline, truth.after)


@pytest.mark.parametrize(
    ("recordings", "nearest"),
    [
        ((OLD, BEFORE, ASTRIDE, AFTER, LATER), (BEFORE, AFTER)),
        ((OLD, BEFORE), (BEFORE, None)),
        ((BEFORE, ASTRIDE), (BEFORE, None)),
        ((OLD, LATER), (OLD, LATER)),
        ((BEFORE, NOTHING, None), (BEFORE, None)),
        ((AFTER, LATER), (None, None)),
        ((ASTRIDE,), (None, None)),
        ((NOTHING, None), (None, None)),
        ((), (None, None)),
    ],
)
def test_in_whatever_order_they_come_the_nearest_on_either_side_are_taken(
    recordings: tuple[Baseline | Withheld | None, ...], nearest: tuple[Any, Any]
) -> None:
    """One of which a part is of before the target and a part of after it is of neither side; with
    none from before it, there is no truth.
    """
    for order in itertools.permutations(recordings):
        assert nearest == around(*order)


def test_one_of_the_very_moment_is_before_it() -> None:
    assert (recorded(T), None) == around(recorded(T))


def test_before_the_latest_there_is_are_all() -> None:
    """Nobody can say of any that it is from after it."""
    assert (LATER, None) == around(OLD, LATER, AFTER, target="latest")


def test_what_a_rehearsal_has_recorded_is_the_truth() -> None:
    staged = Truth(OLD, {}, 3)
    assert staged is truth_around(a_source(truth=staged), T, [BEFORE, AFTER])


@pytest.mark.parametrize(
    ("moment", "second"),
    [(T, T), (T + timedelta(microseconds=1), T + timedelta(seconds=1))],
)
def test_a_whole_second_is_never_before_the_moment(moment: datetime, second: datetime) -> None:
    """RDS restores to seconds: one that was cut off would be a moment too early."""
    assert second == whole_second(moment)


class Clock:
    """A source's server, which says what time it is."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.asked: list[str] = []

    @contextmanager
    def reader(self, database: str) -> Iterator[Any]:
        self.asked.append(database)
        yield SimpleNamespace(execute=lambda _: SimpleNamespace(fetchone=lambda: (self._at,)))


@pytest.mark.parametrize(
    ("restorable", "chosen"),
    [
        pytest.param(T + timedelta(seconds=7.9), T + timedelta(seconds=7), id="by then"),
        pytest.param(T - MINUTE, T + timedelta(seconds=2), id="later only"),
    ],
)
def test_the_latest_becomes_a_whole_second_behind_all_that_was_recorded(
    tmp_path: Path, restorable: datetime, chosen: datetime
) -> None:
    """R22: with a time, what was recorded is from before it beyond doubt. Positions of sequences
    are read after their snapshot, so that it is the source's clock which tells.
    """
    kind, record = Restorable(restorable), a_record(tmp_path)
    clock = Clock(T + timedelta(milliseconds=1))
    # The first of the databases could not be reached.
    source = a_source(kind=kind, reader=clock.reader, databases=("shop", "db0"))

    target = choose_target(source, recorded(T - MINUTE), record)

    assert ["db0"] == clock.asked
    assert [T + timedelta(seconds=2)] == kind.waited_for
    assert chosen == target == record.target_time


def test_without_a_baseline_the_latest_stays_the_latest(tmp_path: Path) -> None:
    kind = Restorable(latest=T)
    record = a_record(tmp_path)
    assert "latest" == choose_target(a_source(kind=kind), NOTHING, record)
    assert ([], None) == (kind.waited_for, record.target_time)


@pytest.mark.parametrize("read", [True, False])
def test_a_time_that_was_asked_for_is_waited_for_and_never_moved(
    tmp_path: Path, *, read: bool
) -> None:
    kind = Restorable(latest=T + MINUTE)
    record = a_record(tmp_path)
    assert T == choose_target(a_source(kind=kind, target=T), BEFORE if read else NOTHING, record)
    assert ([T], T) == (kind.waited_for, record.target_time)


def run_with(folder: Path, *named: Baseline, mode: str = "drill", target: str = "") -> Any:
    written = "".join(
        f'{key} = "{folder / key}.json"\n'
        for key, _ in zip(("baseline", "baseline_after"), named, strict=False)
    )
    for key, one in zip(("baseline", "baseline_after"), named, strict=False):
        save(one, folder / f"{key}.json")
    settings = load(folder, f"[restore]\n{target}\n[proof]\n{written}")
    return cast(Any, SimpleNamespace(settings=settings, mode=mode))


@pytest.mark.parametrize("named", [(), (BEFORE,), (BEFORE, AFTER)])
def test_baselines_that_settings_name_stand_on_either_side(
    tmp_path: Path, named: tuple[Baseline, ...]
) -> None:
    """DESIGN 4: where the source cannot be read, both may be what a night left."""
    assert [*named] == named_in(run_with(tmp_path, *named))


def test_a_rehearsal_names_none(tmp_path: Path) -> None:
    assert [] == named_in(run_with(tmp_path, mode="rehearsal"))


@pytest.mark.parametrize(
    ("named", "target", "why"),
    [
        ((AFTER, BEFORE), "", "[proof] baseline was recorded after baseline_after"),
        ((BEFORE, AFTER), 'target = "2026-01-10T13:00:00Z"', "[restore] target"),
        ((BEFORE, recorded(T + MINUTE)), "", "of other databases than baseline"),
    ],
)
def test_two_that_are_not_around_the_target_are_refused(
    tmp_path: Path, named: tuple[Baseline, ...], target: str, why: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        named_in(run_with(tmp_path, *named, target=target))
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path) -> None:
    run = run_with(tmp_path, BEFORE)
    (tmp_path / "baseline.json").write_text("{}")
    with pytest.raises(BadInput, match=r"\[proof\] baseline: "):
        named_in(run)
