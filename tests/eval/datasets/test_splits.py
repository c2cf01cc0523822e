"""No unit's draw depends on another's."""

from hypothesis import given
from hypothesis import strategies as st

from eval.datasets.files import drawn


def test_a_share_of_one_half_is_a_fair_coin() -> None:
    """Of 10,000 throws heads come up 5,000 times, give or take four standard deviations of 50."""
    assert abs(sum(drawn(f"query/t{number}", 0.5) for number in range(10_000)) - 5_000) <= 200


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_who_is_drawn_at_a_share_is_drawn_at_every_larger_one(name: str, one: float, other: float) -> None:
    assert drawn(name, min(one, other)) <= drawn(name, max(one, other))
