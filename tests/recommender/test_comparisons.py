"""What compares moves from what the list before had, and reaches no further than the catalog does."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.arrays import Column
from catalog.tracks import Position, Track, TrackId
from recommender.comparisons import compared, looks_back, unwanted_places, wanted_places
from recommender.prompts.meanings import FAST, SLOW
from recommender.prompts.reading import PromptQuery
from recommender.prompts.spans import Polarity, Span
from recommender.prompts.wishes import COMPARED, Wish, WishKind
from recommender.tracks.features import TrackFeatures
from tests.examples import examples
from tests.homes import model_of
from tests.marked import read_marked
from tests.positions import positions

TRACKS = [
    Track(
        TrackId(f"t{number}"),
        f"Song {number}",
        f"Singer {number}",
        year=1980 + 2 * number,
        tempo_bpm=60.0 + 6 * number,
        energy=number / 20,
        duration_s=120.0 + 15 * number,
        popularity=float(number),
        tags=("jazz",),
    )
    for number in range(20)
]
FEATURES = TrackFeatures.of(TRACKS, np.zeros(len(TRACKS)))
NAMES = model_of(TRACKS).names
COLUMNS: dict[WishKind, Callable[[TrackFeatures], Column]] = {
    WishKind.ENERGY_THAN: lambda features: features.energy,
    WishKind.TEMPO_THAN: lambda features: features.tempo_bpm,
    WishKind.YEARS_THAN: lambda features: features.year,
    WishKind.POPULARITY_THAN: lambda features: features.popularity,
    WishKind.SONG_MINUTES_THAN: lambda features: features.minutes,
}


def comparing(kind: WishKind, more: bool) -> PromptQuery:
    return PromptQuery("so", wishes=(Wish(kind, more, "so", 0, 2, False),))


def pointing(value: str | None, polarity: Polarity = Polarity.EXAMPLE) -> PromptQuery:
    return PromptQuery("so", places=(Span(0, 2, "position", polarity, value),))


def test_every_kind_that_compares_has_a_column() -> None:
    assert set(COLUMNS) == COMPARED


@examples(1.0)
@given(kind=st.sampled_from(sorted(COMPARED)), more=st.booleans(), before=st.lists(st.integers(0, 19), min_size=1))
def test_a_comparison_is_kept_to_by_a_tenth_of_the_catalog_at_least_and_says_which_side(
    kind: WishKind, more: bool, before: list[int]
) -> None:
    (wish,) = compared(comparing(kind, more), list(map(Position, before)), FEATURES).wishes
    low, high = wish.value
    assert wish.hard
    assert (low is None) != more
    assert (high is None) == more
    met = FEATURES.meets(wish)
    assert met is not None
    assert np.count_nonzero(met == 1) >= 2
    column = COLUMNS[kind](FEATURES)
    mean = float(column[before].mean())
    beyond = column > mean if more else column < mean
    # Where the catalog goes on, only what is beyond the mean keeps to it.
    if np.count_nonzero(beyond) > 2:
        assert not (met == 1)[~beyond].any()


@pytest.mark.parametrize(
    ("kind", "more", "step"),
    [
        (WishKind.TEMPO_THAN, True, 12.0),
        (WishKind.TEMPO_THAN, False, -12.0),
        (WishKind.YEARS_THAN, True, 4.0),
        (WishKind.ENERGY_THAN, False, -0.15),
        (WishKind.POPULARITY_THAN, True, 0.15),
        (WishKind.SONG_MINUTES_THAN, False, -0.5),
    ],
)
def test_a_comparison_reaches_a_step_from_the_mean_of_the_list_before(kind: WishKind, more: bool, step: float) -> None:
    before = positions(8, 12)
    (wish,) = compared(comparing(kind, more), before, FEATURES).wishes
    mean = float(COLUMNS[kind](FEATURES)[before].mean())
    assert wish.value[0 if more else 1] == pytest.approx(mean + step)


def test_what_is_not_known_of_some_of_the_list_before_does_not_count() -> None:
    tracks = [*TRACKS, Track(TrackId("unknown"), "Song", "Nobody")]
    features = TrackFeatures.of(tracks, np.zeros(len(tracks)))
    (one,) = compared(comparing(WishKind.TEMPO_THAN, True), [Position(10)], features).wishes
    (other,) = compared(comparing(WishKind.TEMPO_THAN, True), [Position(10), Position(20)], features).wishes
    assert one == other


@pytest.mark.parametrize("before", [[], [Position(20)]])
@pytest.mark.parametrize(
    ("kind", "more", "plain", "value"),
    [
        (WishKind.ENERGY_THAN, False, WishKind.ENERGY, "low"),
        (WishKind.ENERGY_THAN, True, WishKind.ENERGY, "high"),
        (WishKind.TEMPO_THAN, False, WishKind.TEMPO, SLOW),
        (WishKind.TEMPO_THAN, True, WishKind.TEMPO, FAST),
        (WishKind.YEARS_THAN, False, WishKind.YEARS_THAN, (None, 1999.0)),
        (WishKind.YEARS_THAN, True, WishKind.YEARS_THAN, (1999.0, None)),
    ],
)
def test_without_a_list_before_or_anything_known_of_it_it_is_the_plain_wish(
    before: list[Position], kind: WishKind, more: bool, plain: WishKind, value: object
) -> None:
    tracks = [*TRACKS, Track(TrackId("unknown"), "Song", "Nobody")]
    features = TrackFeatures.of(tracks, np.zeros(len(tracks)))
    (wish,) = compared(comparing(kind, more), before, features).wishes
    assert (wish.kind, wish.value, wish.hard) == (plain, value, False)


def test_in_a_catalog_that_knows_nothing_a_comparison_asks_for_what_nobody_knows() -> None:
    features = TrackFeatures.of([Track(TrackId("unknown"), "Song", "Nobody")], np.zeros(1))
    for kind in COMPARED:
        (wish,) = compared(comparing(kind, True), [Position(0)], features).wishes
        met = features.meets(wish)
        assert met is not None
        assert len(met) == 1


def test_other_wishes_stay_as_they_are() -> None:
    query = read_marked(NAMES, "{calmer|energy:more=low} {jazz|genre}, {after 1990|period=1991-}")
    after = compared(query, positions(20), FEATURES)
    assert [wish for wish in after.wishes if wish.kind not in COMPARED] == [
        wish for wish in query.wishes if wish.kind not in COMPARED
    ]
    assert compared(read_marked(NAMES, "{jazz|genre}"), positions(20), FEATURES).wishes[0].value == "jazz"


@pytest.mark.parametrize(
    ("marked", "back"),
    [
        ("{jazz|genre}", False),
        ("{calm|energy=low} {jazz|genre}", False),
        ("{calmer|energy:more=low}", True),
        ("{older|period:less}", True),
        ("{another list|other}", True),
        ("{drop|cue} {the first one|position:avoid=1}", True),
        ("{more|cue} {piano|instrument:more}", False),
    ],
)
def test_only_what_compares_points_or_asks_for_another_list_looks_back(marked: str, back: bool) -> None:
    assert looks_back(read_marked(NAMES, marked, "{jazz|genre}")) is back


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("1", [0]),
        ("3", [2]),
        ("last", [9]),
        ("1-3", [0, 1, 2]),
        ("-3", [0, 1, 2]),
        ("8-", [7, 8, 9]),
        ("9-20", [8, 9]),
        ("11", []),
        ("0", []),
        ("1.5", []),
    ],
)
def test_places_count_from_one_and_what_the_list_does_not_have_is_none_of_them(value: str, places: list[int]) -> None:
    before = positions(100, 110)
    expected = [before[place] for place in places]
    assert wanted_places(pointing(value), before) == expected
    assert unwanted_places(pointing(value, Polarity.AVOID), before) == expected


@given(
    value=st.from_regex(r"(?:[0-9]{1,3}(?:-(?:[0-9]{1,3})?)?|-[0-9]{1,3}|last)", fullmatch=True),
    polarity=st.sampled_from(Polarity),
    size=st.integers(0, 12),
)
def test_every_place_is_one_of_the_list_and_is_wanted_or_unwanted_never_both(
    value: str, polarity: Polarity, size: int
) -> None:
    before, query = positions(100, 100 + size), pointing(value, polarity)
    wanted, unwanted = wanted_places(query, before), unwanted_places(query, before)
    assert not (wanted and unwanted)
    assert set(wanted) | set(unwanted) <= set(before)


def test_another_list_wants_none_of_the_one_before() -> None:
    query = read_marked(NAMES, "{another list|other}")
    assert unwanted_places(query, positions(5)) == positions(5)
    assert wanted_places(query, positions(5)) == []
    assert unwanted_places(query, []) == []
