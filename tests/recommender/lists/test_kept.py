import itertools
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from catalog.consent import Standing
from catalog.tracks import Position
from recommender.lists.kept import numbered, with_kept
from recommender.lists.rules import ListRules

LABELLED, ALONE = int(Standing.LABELLED), int(Standing.NO_AI_NEIGHBOUR)


def positions(*numbers: int) -> list[Position]:
    return list(map(Position, numbers))


def keeps_to(rules: ListRules, chosen: list[Position]) -> bool:
    """Read the rules a second time, slowly."""
    kinds = [rules.kind(one) for one in chosen]
    beside = all(
        not ((one & LABELLED and other & ALONE) or (one & ALONE and other & LABELLED))
        for one, other in itertools.pairwise(kinds)
    )
    share = 1.0 if rules.max_ai_share is None else rules.max_ai_share
    labelled = [sum(bool(kind & LABELLED) for kind in kinds[:size]) for size in range(len(kinds) + 1)]
    return beside and all(count <= share * size + 1e-9 for size, count in enumerate(labelled))


lists = st.integers(0, 12).flatmap(
    lambda others: st.tuples(
        st.permutations(positions(*range(others))),
        st.dictionaries(st.integers(1, 20), st.integers(100, 110).map(Position), max_size=5).filter(
            lambda kept: len(set(kept.values())) == len(kept)
        ),
    )
)


@given(given_=lists)
def test_kept_tracks_stand_in_their_places_and_all_others_around_them(
    given_: tuple[list[Position], Mapping[int, Position]],
) -> None:
    order, kept = given_
    chosen = with_kept(order, kept, ListRules(lambda _: 0))
    places = dict(zip(numbered(chosen, kept), chosen, strict=True))
    assert {place: places[place] for place in kept} == dict(kept)
    assert [one for one in chosen if one not in set(kept.values())] == list(order)
    assert list(places) == sorted(places)
    free = [place for place in places if place not in kept]
    assert free == sorted(set(range(1, 40)) - set(kept))[: len(free)]


@given(
    given_=lists,
    kinds=st.dictionaries(st.integers(0, 110), st.sampled_from((0, 0, LABELLED, ALONE, LABELLED | ALONE))),
    share=st.sampled_from((None, 0.0, 0.3, 0.5, 1.0)),
)
@example(given_=(positions(0, 1), {2: Position(100)}), kinds={0: LABELLED, 100: LABELLED}, share=0.5)
def test_the_rules_of_a_list_hold_whatever_is_kept(
    given_: tuple[list[Position], Mapping[int, Position]], kinds: Mapping[int, int], share: float | None
) -> None:
    order, kept = given_
    rules = ListRules(lambda position: kinds.get(position, 0), share)
    chosen = with_kept(order, kept, rules)
    assert not kept or keeps_to(rules, chosen)
    assert len(set(chosen)) == len(chosen)
    places = dict(zip(chosen, numbered(chosen, kept), strict=True))
    assert all(places[position] == place for place, position in kept.items() if position in places)


def test_others_give_way_to_a_kept_track_that_the_rules_would_keep_out() -> None:
    rules = ListRules(lambda position: LABELLED if position in (0, 100) else 0, 0.5)
    assert with_kept(positions(0, 1), {2: Position(100)}, rules) == positions(1, 100)
