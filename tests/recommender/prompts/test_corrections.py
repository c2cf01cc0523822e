from dataclasses import replace
from typing import Any

import pytest

from catalog.tracks import Track, TrackId
from recommender.indexes.names import CatalogNames
from recommender.prompts.corrections import KINDS, POLARITIES, Correction, refused
from recommender.prompts.reading import PromptQuery
from recommender.prompts.wishes import WISH_VALUES, WishKind
from tests.homes import model_of
from tests.marked import read_marked

FERRY = Track(TrackId("ferry"), "Night Ferry", "Nina Vale", album="Tides", label="Harbour", genres=("jazz",))
CALM_JAZZ = "{calm|energy=low} {jazz|genre} with {no|cue} {vocals|voice:avoid=any}, {no|cue} {horns|instrument:avoid}"


@pytest.fixture(scope="module")
def names() -> CatalogNames:
    return model_of([replace(FERRY, tags=("jazz", "rock", "piano", "calm", "horns", "energetic"))]).names


def corrected(names: CatalogNames, marked: str, *corrections: Correction, history: tuple[str, ...] = ()) -> PromptQuery:
    return read_marked(names, marked, *history, corrections=corrections)


def wishes(query: PromptQuery) -> dict[str, Any]:
    return {wish.kind.value: wish.value for wish in query.wishes}


def drop(kind: str, value: Any = None, turn: int = 0) -> Correction:
    return Correction(kind, value, drop=True, turn=turn)


def test_a_wish_takes_the_place_of_what_was_read_of_its_kind_and_of_what_was_looked_for_by_it(
    names: CatalogNames,
) -> None:
    read = corrected(names, CALM_JAZZ)
    assert (wishes(read)["energy"], read.subjects) == ("low", ("calm", "jazz"))
    louder = corrected(names, CALM_JAZZ, Correction("energy", "high", hard=True))
    assert wishes(louder)["energy"] == "high"
    assert louder.subjects == ("jazz", "energetic")
    assert [wish.hard for wish in louder.wishes if wish.kind is WishKind.ENERGY] == [True]


def test_what_is_dropped_is_gone_with_all_that_its_words_said(names: CatalogNames) -> None:
    assert {"instrumental", "not_tag"} <= wishes(corrected(names, CALM_JAZZ)).keys()
    without = corrected(names, CALM_JAZZ, drop("instrumental"), drop("not_tag", "horns"), drop("energy"))
    assert wishes(without) == {"tag": "jazz"}
    assert (without.subjects, without.excluded_words, without.not_read) == (("jazz",), (), ())


def test_dropping_what_was_not_read_is_told(names: CatalogNames) -> None:
    told = corrected(names, CALM_JAZZ, drop("tempo"), drop("tag", "rock"), drop("topic", "waltz")).not_read
    assert [one.text for one in told] == ["tempo", "rock", "waltz"]


def test_words_looked_for_and_kept_out_are_dropped_and_added_too(names: CatalogNames) -> None:
    changed = corrected(
        names, CALM_JAZZ, drop("topic", "jazz, calm"), Correction("topic", "rain"), Correction("without", "Bells")
    )
    assert changed.subjects == ("rain",)
    assert changed.excluded_words == ("horns", "bells")


@pytest.mark.parametrize(
    ("correction", "kind", "value"),
    [
        (Correction("tag", "Rock"), "tag", "rock"),
        (Correction("tag", "jazz", "avoid"), "not_tag", "jazz"),
        (Correction("artist", "Nina Vale", "avoid"), "not_artist", "nina vale"),
        (Correction("artist", "NINA VALE", "example"), "like_artist", "nina vale"),
        (Correction("title", ["Night Ferry", "Nina Vale"]), "title", ("night ferry", "nina vale")),
        (Correction("years", [1990, None]), "years", (1990, None)),
        (Correction("years", [1990, 1999], "avoid"), "not_years", (1990, 1999)),
        (Correction("language", "French"), "language", "fr"),
        (Correction("per_artist", 1), "per_artist", 1),
    ],
)
def test_wishes_mean_what_a_prompt_would(names: CatalogNames, correction: Correction, kind: str, value: Any) -> None:
    assert refused(correction) is None
    assert wishes(corrected(names, "{jazz|genre}", correction))[kind] == value


def test_a_wish_against_a_tag_takes_back_the_wish_for_it_and_the_other_way_round(names: CatalogNames) -> None:
    assert wishes(corrected(names, "{jazz|genre}", Correction("tag", "jazz", "avoid"))) == {"not_tag": "jazz"}
    assert "not_tag" not in wishes(corrected(names, "{no|cue} {jazz|genre:avoid}", Correction("tag", "jazz")))


def test_a_name_that_the_catalog_has_not_is_told(names: CatalogNames) -> None:
    read = corrected(names, "{jazz|genre}", Correction("artist", "Nobody At All"), Correction("tag", "qawwali"))
    assert [one.text for one in read.not_read] == ["Nobody At All", "qawwali"]
    assert "qawwali" in read.subjects
    assert [one.code for one in read.not_read] == ["no_artist", "no_tag"]
    assert corrected(names, "{jazz|genre}", Correction("tag", "qawwali", "avoid")).subjects == ("jazz",)


def test_what_was_not_found_is_told_but_once(names: CatalogNames) -> None:
    missed = (drop("tempo"), Correction("artist", "Nobody At All"), Correction("tag", "qawwali"))
    read = corrected(names, "{jazz|genre}", *(replace(one, told=True) for one in missed))
    assert (read.not_read, read.subjects) == ((), ("jazz", "qawwali"))


def test_a_comparison_is_dropped_and_said_again_by_the_range_that_it_came_to(names: CatalogNames) -> None:
    louder, before = "{louder|energy:more}, {shorter songs|song_minutes:less}", ("{jazz|genre}",)
    assert {"energy_than": True}.items() <= wishes(corrected(names, louder, history=before)).items()
    for kind, value in (("energy_than", [0.4, None]), ("energy_than", True), ("energy", "high")):
        assert "energy_than" not in wishes(corrected(names, louder, drop(kind, value, 1), history=before))
    down = Correction("tempo_than", [None, 90.5], "less", turn=1)
    assert refused(down) is None
    assert wishes(corrected(names, louder, down, history=before))["tempo_than"] is False
    assert refused(Correction("tempo_than", [80, 90])) is not None


def test_a_wish_that_was_read_already_stays_as_it_was_said_and_may_become_hard(names: CatalogNames) -> None:
    read = corrected(names, CALM_JAZZ)
    assert corrected(names, CALM_JAZZ, Correction("energy", "low"), Correction("topic", "calm, jazz")) == read
    (calm,) = [
        one for one in corrected(names, CALM_JAZZ, Correction("energy", "low", "must")).wishes if one.value == "low"
    ]
    assert (calm.text, calm.hard) == ("calm", True)


def test_later_words_overrule_an_earlier_wish_as_they_would_earlier_words(names: CatalogNames) -> None:
    wish = Correction("tempo", [60, 80], hard=True, turn=0)
    assert wishes(corrected(names, "more {piano|instrument}", wish, history=("{jazz|genre}",)))["tempo"] == (60, 80)
    assert wishes(corrected(names, "{150 bpm|tempo}", wish, history=("{jazz|genre}",)))["tempo"] != (60, 80)


def test_what_was_dropped_may_be_said_again(names: CatalogNames) -> None:
    once = corrected(names, "{piano|instrument}", drop("tag", "jazz"), history=("{jazz|genre}",))
    assert wishes(once) == {"tag": "piano"}
    again = corrected(names, "{jazz|genre}", drop("tag", "jazz"), history=("{jazz|genre}",))
    assert wishes(again) == {"tag": "jazz"}


def test_a_correction_of_a_turn_that_is_no_longer_read_still_holds(names: CatalogNames) -> None:
    history = ("{jazz|genre}", "{piano|instrument}", "a", "b", "c")
    wish = Correction("language", "fr", hard=True, turn=0)
    assert wishes(corrected(names, "d", wish, history=history))["language"] == "fr"


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        (Correction("colour", "red"), "kind"),
        (Correction("energy", "huge"), "value"),
        (Correction("energy", ["low", None]), "value"),
        (Correction("energy", "low", "avoid"), "polarity"),
        (Correction("tag", "jazz", "maybe"), "polarity"),
        (Correction("tag", ""), "value"),
        (Correction("tag", 3), "value"),
        (Correction("years", [1999, 1990]), "value"),
        (Correction("years", [None, None]), "value"),
        (Correction("years", [float("nan"), 1990]), "value"),
        (Correction("years", [True, 1990]), "value"),
        (Correction("length", True), "value"),
        (Correction("length", 1001), "value"),
        (Correction("minutes", float("inf")), "value"),
        (Correction("instrumental", 1), "value"),
        (Correction("language", "klingonish"), "value"),
        (Correction("title", ["a", "b", "c"]), "value"),
    ],
)
def test_a_correction_that_means_nothing_is_refused_by_its_field(correction: Correction, field: str) -> None:
    wrong = refused(correction)
    assert wrong is not None
    assert wrong[0] == field


def test_every_kind_takes_some_value_and_says_which() -> None:
    values: tuple[Any, ...] = (True, 5, 90.0, [1990, 1999], ["a", None], "low", "peak", "none", "woman", "fr", "jazz")
    for kind in KINDS:
        assert any(refused(Correction(kind, value)) is None for value in values), kind
        assert WISH_VALUES[kind]
    assert all(refused(Correction("topic", "rain", polarity)) is None for polarity in POLARITIES if polarity != "less")


def test_years_that_had_to_hold_move_with_each_wish_for_older_ones(names: CatalogNames) -> None:
    older, newer = (Correction("years_than", up) for up in (False, True))
    for corrections, years in (([older], 1980), ([older, older], 1970), ([older, newer], 1990), ([newer], 2000)):
        read = corrected(names, "{90s|period=1990-1999} {jazz|genre}", *corrections)
        assert wishes(read).items() >= {("years", (years, years + 9))}
        assert "years_than" not in wishes(read)
