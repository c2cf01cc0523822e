import pytest

from api.keys import limits
from api.keys.limits import WINDOW_S, Limits


class Clock:
    """Time that goes by when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(limits, "monotonic", made)
    return made


def test_so_many_as_are_allowed_come_through_at_once_and_not_one_more(clock: Clock) -> None:
    taken = Limits()
    assert [taken.take("ada", 5)[0] for _ in range(6)] == [4, 3, 2, 1, 0, -1]


def test_who_was_one_too_many_is_let_in_when_told(clock: Clock) -> None:
    taken = Limits()
    for _ in range(30):
        taken.take("ada", 30)
    left, seconds = taken.take("ada", 30)
    assert left == -1
    clock.now += seconds
    assert taken.take("ada", 30)[0] >= 0


def test_in_a_long_time_nobody_gets_more_than_their_share_and_one_burst(clock: Clock) -> None:
    taken, through = Limits(), 0
    for _ in range(10 * WINDOW_S * 10):
        clock.now += 0.1
        through += taken.take("ada", 60)[0] >= 0
    assert 60 * 10 <= through <= 60 * 11


def test_one_callers_rush_costs_another_nothing(clock: Clock) -> None:
    taken = Limits()
    for _ in range(100):
        taken.take("ada", 10)
    assert taken.take("bo", 10) == (9, 6)


def test_after_a_minute_all_is_as_ever(clock: Clock) -> None:
    taken = Limits()
    for _ in range(10):
        taken.take("ada", 10)
    clock.now += WINDOW_S
    assert taken.take("ada", 10)[0] == 9


def test_callers_are_forgotten_before_they_fill_the_memory(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 3)
    taken = Limits()
    for number in range(10):
        taken.take(f"address:{number}", 10)
    assert len(taken._due) == 3
