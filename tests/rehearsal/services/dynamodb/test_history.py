"""The history of a table against a model that keeps everything, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.rehearsal.services.dynamodb.history import DAY, History
from fixtures.rehearsal.services.dynamodb.items import Items, State
from fixtures.rehearsal.services.dynamodb.window import OutsideWindow, Window

BEGAN = 1000.5
# Keys, items and sort keys of any kind will do: nothing here looks into them.
KEYS = st.sampled_from("abc")
SORT_KEYS = st.sampled_from([1, 2])
STEPS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.5])  # whole seconds are hit exactly, too
WRITES = st.lists(st.tuples(STEPS, KEYS, SORT_KEYS, st.none() | st.integers(0, 99)), max_size=40)


class Table:
    """Items that are written at moments, and a history of them."""

    def __init__(self, *, sorted_by_key: bool) -> None:
        self.sorted = sorted_by_key
        self.now = BEGAN
        self.history = History(BEGAN, 35)
        self.items: Any = Items(self._before, sorted_by_key=sorted_by_key)

    def _before(self, key: Any, item: Any) -> None:
        self.history.add(self.now, key, item)

    def write(self, key: str, sort_key: int, value: int | None) -> None:
        """As moto does it: a look, then `[]=` or `pop`."""
        try:
            if self.sorted and value is None:
                self.items[key].pop(sort_key)
            elif self.sorted:
                self.items[key][sort_key] = value
            elif value is None:
                self.items.pop(key)
            else:
                self.items[key] = value
        except KeyError:
            assert value is None

    def state(self) -> State:
        return without_empty(self.items.state())


def without_empty(state: State) -> State:
    """A partition without items is none."""
    return {key: value for key, value in state.items() if value != {}}


@given(WRITES, st.booleans())
def test_every_second_can_be_gone_back_to(
    writes: Sequence[tuple[float, str, int, int | None]], sorted_by_key: bool
) -> None:
    table = Table(sorted_by_key=sorted_by_key)
    seconds: dict[int, State] = {}
    for step, key, sort_key, value in writes:
        for second in range(math.ceil(table.now), math.ceil(table.now + step)):
            seconds[second] = table.state()
        table.now += step
        table.write(key, sort_key, value)
    seconds[math.ceil(table.now)] = table.state()

    for second, known in seconds.items():
        assert known == without_empty(table.history.undo(table.items.state(), second)), second


@given(WRITES)
def test_undoing_every_change_leaves_what_was_there(
    writes: Sequence[tuple[float, str, int, int | None]],
) -> None:
    table = Table(sorted_by_key=True)
    undo: list[tuple[Any, Any]] = []
    for _, key, sort_key, value in writes[: len(writes) // 2]:
        table.write(key, sort_key, value)
    before = table.state()
    table.items.before = lambda key, item: undo.append((key, item))
    for _, key, sort_key, value in writes[len(writes) // 2 :]:
        table.write(key, sort_key, value)
    for key, item in reversed(undo):
        table.items.put_back(key, item)

    assert before == table.state()


def test_a_look_leaves_nothing() -> None:
    table = Table(sorted_by_key=True)
    for key in range(100):
        with pytest.raises(KeyError):
            table.items[key][1]

    assert {} == dict(table.items)


@pytest.mark.parametrize(
    "write",
    [
        lambda items: items.update({"a": 1}),
        lambda items: items.setdefault("a", 1),
        lambda items: items.clear(),
        lambda items: items.popitem(),
        lambda items: items.__delitem__("a"),
        lambda items: items.__ior__({"a": 1}),
    ],
)
def test_another_way_to_write_is_an_error(write: Any) -> None:
    """A moto that takes it must be looked at again: its writes would be in no history."""
    with pytest.raises(TypeError, match="written by"):
        write(Items(lambda _key, _item: None, sorted_by_key=False))


def test_what_the_recovery_period_has_passed_is_forgotten() -> None:
    table = Table(sorted_by_key=False)
    table.history.days = 2
    for day in range(10):
        table.now = BEGAN + day * DAY
        table.write("a", 1, day)
        table.history.forget(table.now)

    assert 2 == len(table.history)
    assert BEGAN + 7 * DAY == table.history.began
    assert {"a": 8} == table.history.undo(table.items.state(), BEGAN + 8.5 * DAY)


def test_a_shorter_period_forgets_and_a_longer_one_does_not_remember() -> None:
    table = Table(sorted_by_key=False)
    table.write("a", 1, 1)
    table.history.days = 1
    table.history.forget(BEGAN + 3 * DAY)
    table.history.days = 35
    table.history.forget(BEGAN + 3 * DAY)

    assert BEGAN + 2 * DAY == table.history.began


def test_an_item_written_often_is_remembered_once_a_second() -> None:
    table = Table(sorted_by_key=False)
    for number in range(1000):
        table.now = BEGAN + number / 200
        table.write("a", 1, number)

    assert 6 == len(table.history)  # the seconds that end at 1001 … 1006


def test_a_table_at_rest_costs_nothing() -> None:
    """The history holds what was overwritten, not what is there."""
    table = Table(sorted_by_key=False)
    table.items = Items(
        table._before, sorted_by_key=False, state=dict.fromkeys(map(str, range(10_000)), 1)
    )
    table.write("5", 1, 2)

    assert 1 == len(table.history)


@pytest.mark.parametrize(
    ("now", "lag", "asked", "chosen"),
    [
        (1010.5, 0, None, 1010.5),
        (1010.5, 300, None, 1001.0),
        (1400.5, 300, None, 1100.0),
        (1010.5, 0, 1001, 1001.0),
        (1010.5, 0, 1000.9, None),
        (1010.5, 0, 1010.9, 1010.0),
        (1010.5, 0, 1011, None),
        (1010.5, 300, 1001, 1001.0),
        (1010.5, 300, 1002, None),
        (1000.5, 0, 1001, None),
        (1000.5, 300, None, 1001.0),
    ],
)
def test_the_window(now: float, lag: float, asked: float | None, chosen: float | None) -> None:
    window = Window(BEGAN, now, lag)

    if chosen is None:
        with pytest.raises(OutsideWindow):
            window.choose(asked)
    else:
        assert chosen == window.choose(asked)
    assert 1001 == window.earliest <= window.latest
