"""What counts as a leak: an answer with a track that was taken down for as long as the answer was under way."""

import pytest

from tests.benchmarks.takedowns import Gone, Heard, leaks


def heard(asked: float, answered: float) -> Heard:
    return Heard(b"{}", asked, answered, ("rain", "tide"))


@pytest.mark.parametrize(
    ("asked", "answered", "counts"),
    [
        (1.0, 2.0, 0),  # before
        (2.5, 3.5, 0),  # asked before the take-down was acknowledged
        (3.1, 3.5, 1),
        (6.0, 7.0, 1),
        (7.5, 8.5, 0),  # answered after its lifting had begun
        (9.0, 9.5, 0),
        (11.0, 12.0, 1),  # taken down once more
    ],
)
def test_only_what_was_taken_down_all_the_while_leaks(asked: float, answered: float, counts: int) -> None:
    gone = [Gone("tide", 3.0, 8.0), Gone("moss", 0.0), Gone("tide", 10.0)]
    answer = heard(asked, answered)
    assert leaks([answer], gone) == [(answer, "tide")] * counts


def test_an_answer_with_two_tracks_that_were_gone_leaks_twice() -> None:
    assert len(leaks([heard(2.0, 3.0)], [Gone("rain", 1.0), Gone("tide", 1.0)])) == 2
