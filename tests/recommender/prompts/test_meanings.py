"""What a span asks for, by what its words speak of and how that is meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.prompts.labelled import unmarked
from recommender.prompts.meanings import Said, meaning
from recommender.prompts.spans import ACTS, CUE, NAMES, SUBJECTS, UNCLEAR, VALUES, WHATS, Polarity, Span, has_value
from recommender.prompts.wishes import Told, Wish, WishKind
from recommender.sentences import NOT_UNDERSTOOD
from tests.recommender.prompts.named_catalogs import TODAY


def meant(marked: str) -> list[tuple[str, Any, bool]]:
    """Return kind, value and hardness of what a marked prompt wishes; of what counts for nothing its words and why."""
    text, spans = unmarked(marked)
    found = [one for span in spans for one in meaning(Said(span, text[span.start : span.end], TODAY))]
    return [
        ("told", one.text, False) if isinstance(one, Told) else (one.kind.value, one.value, one.hard) for one in found
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{no|cue} {vocals|voice:avoid=any}", ("instrumental", True, True)),
        ("with {vocals|voice=any}", ("instrumental", False, False)),
        ("{vocals|voice}", ("instrumental", False, False)),
        ("it must be {sung|voice:must=any}", ("instrumental", False, True)),
        ("less {singing|voice:less=any}", ("instrumental", True, False)),
        ("too much {singing|voice:much=any}", ("instrumental", True, False)),
        ("{women|voice=woman}", ("voice", "woman", False)),
        ("only {women|voice:only=woman}", ("voice", "woman", True)),
        ("no {choirs|voice:avoid=choir}", ("not_voice", "choir", True)),
        ("fewer {choirs|voice:less=choir}", ("not_voice", "choir", False)),
        ("{karaoke versions|version=instrumental}", ("instrumental", True, True)),
        ("no {instrumentals|version:avoid=instrumental}", ("instrumental", False, True)),
        ("{swearing|explicit=yes}", ("explicit", True, False)),
        ("no {swearing|explicit:avoid=yes}", ("explicit", False, True)),
        ("less {swearing|explicit:less=yes}", ("explicit", False, True)),
        ("for {the kids|audience=children}", ("explicit", False, True)),
        ("{by humans|ai=human}", ("ai", "human", True)),
        ("no {AI|ai:avoid=yes}", ("ai", "none", True)),
        ("{unknown|popularity=low}", ("popularity", "low", False)),
        ("only {hits|popularity:only=high}", ("popularity", "high", True)),
        ("no {hits|popularity:avoid=high}", ("popularity", "low", True)),
        ("too {mainstream|popularity:much=high}", ("popularity_than", False, False)),
        ("too {obscure|popularity:much=low}", ("popularity_than", True, False)),
        ("{more obscure|popularity:more=low}", ("popularity_than", False, False)),
        ("{less known|popularity:less}", ("popularity_than", False, False)),
        ("what {I don't know|novelty=new}", ("novelty", True, True)),
        ("nothing {I know|novelty:avoid=known}", ("novelty", True, True)),
        ("{my favourites|novelty=known}", ("novelty", False, False)),
        ("in {French|language=fr}", ("language", "fr", True)),
        ("not in {English|language:avoid=en}", ("not_language", "en", True)),
        ("{Korean|origin=KR} songs", ("language", "ko", False)),
        ("{building up|arc=up}", ("arc", "rising", False)),
        ("{cooling down|arc=down}", ("arc", "falling", False)),
        ("{peaking|arc=peak}", ("arc", "peak", False)),
    ],
)
def test_voices_words_fame_and_courses(marked: str, expected: tuple[str, Any, bool]) -> None:
    assert expected in meant(marked)
    assert len({kind for kind, _, _ in meant(marked)} - {"instrumental"}) <= 1


def test_who_wants_a_womans_voice_wants_songs_that_are_sung() -> None:
    assert meant("{a woman|voice=woman}") == [("voice", "woman", False), ("instrumental", False, False)]
    assert meant("no {women|voice:avoid=woman}") == [("not_voice", "woman", True)]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{calm|energy=low}", ("energy", "low", False)),
        ("only {calm|energy:only=low}", ("energy", "low", True)),
        ("nothing {calm|energy:avoid=low}", ("energy", "high", False)),
        ("{calmer|energy:less}", ("energy_than", False, False)),
        ("{livelier|energy:more}", ("energy_than", True, False)),
        ("more {calm|energy:more=low}", ("energy_than", False, False)),
        ("less {calm|energy:less=low}", ("energy_than", True, False)),
        ("less {loud|energy:less=high}", ("energy_than", False, False)),
        ("too {loud|energy:much=high}", ("energy_than", False, False)),
        ("too {sleepy|energy:much=low}", ("energy_than", True, False)),
        ("{slow|tempo=slow}", ("tempo", (None, 95.0), False)),
        ("{fast|tempo=fast}", ("tempo", (130.0, None), False)),
        ("only {slow|tempo:only=slow} songs", ("tempo", (None, 95.0), True)),
        ("it must be {slow|tempo:must=slow}", ("tempo", (None, 95.0), True)),
        ("nothing {slow|tempo:avoid=slow}", ("tempo", (130.0, None), False)),
        ("{slower|tempo:less}", ("tempo_than", False, False)),
        ("{faster|tempo:more}", ("tempo_than", True, False)),
        ("more {slow|tempo:more=slow}", ("tempo_than", False, False)),
        ("less {fast|tempo:less=fast}", ("tempo_than", False, False)),
        ("too {fast|tempo:much=fast}", ("tempo_than", False, False)),
        ("too {slow|tempo:much=slow}", ("tempo_than", True, False)),
        ("{mid-tempo|tempo}", ("tempo", (90.0, 115.0), False)),
        ("{120-125 bpm|tempo}", ("tempo", (120.0, 125.0), True)),
        ("{120 bpm|tempo=120}", ("tempo", (114.0, 126.0), True)),
        ("no {120-125 bpm|tempo:avoid=120-125}", ("not_tempo", (120.0, 125.0), True)),
        ("nothing {over 120|tempo:avoid=120-}", ("tempo", (None, 120.0), True)),
        ("nothing {under 90|tempo:avoid=-90}", ("tempo", (90.0, None), True)),
        ("{the 80s|period}", ("years", (1980, 1989), True)),
        ("{the 80s|period=1980-1989}", ("years", (1980, 1989), True)),
        ("{before 1970|period=-1969}", ("years", (None, 1969), True)),
        ("{1994|period=1994}", ("years", (1994, 1994), True)),
        ("like the {80s|period:example=1980-1989}", ("years", (1980, 1989), False)),
        ("no {80s|period:avoid=1980-1989}", ("not_years", (1980, 1989), True)),
        ("less {80s|period:less=1980-1989}", ("not_years", (1980, 1989), False)),
        ("too much {80s|period:much=1980-1989}", ("not_years", (1980, 1989), False)),
        ("nothing {before 1970|period:avoid=-1969}", ("years", (1970, None), True)),
        ("nothing {after 2014|period:avoid=2015-}", ("years", (None, 2014), True)),
        ("{older|period:less}", ("years_than", False, False)),
        ("{newer|period:more}", ("years_than", True, False)),
        ("too {old|period:much}", ("years_than", True, False)),
        ("too {modern|period:much}", ("years_than", False, False)),
        ("too much from {the 80s|period:much=1980-1989}", ("not_years", (1980, 1989), False)),
        ("{under 3 minutes|song_minutes=-3}", ("song_minutes", (None, 3.0), True)),
        ("{four-minute|song_minutes=4} songs", ("song_minutes", (3.5, 4.5), True)),
        ("none {over 6 minutes|song_minutes:avoid=6-}", ("song_minutes", (None, 6.0), True)),
        ("no {4 to 5 minute|song_minutes:avoid=4-5} songs", ("not_song_minutes", (4.0, 5.0), True)),
        ("{shorter|song_minutes:less} songs", ("song_minutes_than", False, False)),
        ("{longer|song_minutes:more} songs", ("song_minutes_than", True, False)),
    ],
)
def test_energies_tempos_and_times(marked: str, expected: tuple[str, Any, bool]) -> None:
    assert meant(marked) == [expected]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{20|count=20} songs", ("length", 20, True)),
        ("{a dozen tracks|count}", ("length", 12, True)),
        ("{10 to 20|count=10-20}", ("length", 15, True)),
        ("{at most 25|count=-25}", ("length", 25, True)),
        ("{at least 40|count=40-}", ("length", 40, True)),
        ("{more|count:more}", ("size_than", True, True)),
        ("{fewer|count:less}", ("size_than", False, True)),
        ("{an hour and a half|minutes}", ("minutes", 90.0, True)),
        ("{45 to 60 minutes|minutes=45-60}", ("minutes", 52.5, True)),
        ("{under 30 minutes|minutes=-30}", ("minutes", 27.0, True)),
        ("{at least 2 hours|minutes=120-}", ("minutes", 120.0, True)),
        ("{longer|minutes:more}", ("size_than", True, True)),
        ("{too long|minutes:much}", ("size_than", False, True)),
        ("{one per artist|per_artist=1}", ("per_artist", 1, True)),
        ("{at most two per band|per_artist=-2}", ("per_artist", 2, True)),
        ("not {two by the same|per_artist:avoid=2}", ("per_artist", 1, True)),
        ("{two per album|per_album=2}", ("per_album", 2, True)),
        ("{varied|variety=high}", ("per_artist", 1, False)),
        ("more {variety|variety:more}", ("per_artist", 1, False)),
        ("{not all the same|variety:avoid=low}", ("per_artist", 1, False)),
        ("too {samey|variety:much=low}", ("per_artist", 1, False)),
    ],
)
def test_how_long_a_list_is_and_how_much_of_one(marked: str, expected: tuple[str, Any, bool]) -> None:
    assert meant(marked) == [expected]


@pytest.mark.parametrize(
    "marked",
    [
        "{1,001 tracks|count=1001}",
        "{no songs|count=0}",
        "{a while|minutes}",
        "{200 hours|minutes=12000}",
        "{some time ago|period}",
        "{at that pace|tempo}",
        "{at 500 bpm|tempo=500}",
        "{the usual length|song_minutes}",
        "no {20|count:avoid=20}",
        "in {Gibberish|language}",
        "in waves {up and down|arc=other}",
        "no {building up|arc:avoid=up}",
        "{made by machines|ai=yes}",
        "not {by humans|ai:avoid=human}",
        "{my bank account|unclear}",
    ],
)
def test_what_counts_for_nothing_is_told(marked: str) -> None:
    (span,) = unmarked(marked)[1]
    assert meant(marked) == [("told", unmarked(marked)[0][span.start : span.end], False)]


@pytest.mark.parametrize(
    "marked",
    [
        "{energy|energy}",
        "nothing {medium|energy:avoid=medium}",
        "for {my grandmother|audience=elderly}",
        "not for {kids|audience:avoid=children}",
        "all {alike|variety=low}",
        "less {variety|variety:less=high}",
        "too {mixed|variety:much=high}",
        "from {Latin America|origin}",
        "from {South Africa|origin=ZA}",
        "not {Korean|origin:avoid=KR}",
        "{live|version=live}",
        *(f"{{Harbour|{what}}}" for what in sorted(NAMES | SUBJECTS | ACTS | {CUE})),
    ],
)
def test_other_spans_wish_for_nothing_by_themselves(marked: str) -> None:
    assert meant(marked) == []


def _values(what: str) -> list[str | None]:
    ranges = ["5", "5-", "-5", "3-6", "0", "999999", "120", "1980-1989", "-0", "last", "en", "children", "slow", "fast"]
    return [None, *(value for value in [*ranges, *VALUES.get(what, ())] if has_value(what, value))]


@given(
    st.sampled_from(sorted(WHATS)).flatmap(lambda what: st.tuples(st.just(what), st.sampled_from(_values(what)))),
    st.sampled_from(Polarity),
    st.one_of(st.text(min_size=1), st.sampled_from(["20 songs", "the 80s", "in French", "slow", "before 1980"])),
)
def test_any_span_means_wishes_over_its_own_words_or_is_told(
    valued: tuple[str, str | None], polarity: Polarity, words: str
) -> None:
    what, value = valued
    span = Span(7, 7 + len(words), what, polarity, value)
    for found in meaning(Said(span, words, TODAY)):
        if isinstance(found, Wish):
            assert (found.text, found.start, found.end) == (words, span.start, span.end)
            assert found.kind not in (WishKind.LENGTH, WishKind.MINUTES) or 1 <= found.value <= 6000
            for low, high in [found.value] if isinstance(found.value, tuple) else []:
                assert None in (low, high) or low <= high
        else:
            assert found.text == words
            assert found.code in NOT_UNDERSTOOD


@given(st.sampled_from(sorted(WHATS - {UNCLEAR, CUE})), st.text(min_size=1, max_size=20))
def test_what_must_hold_is_the_same_wish_as_what_is_wanted(what: str, words: str) -> None:
    """Only that it is hard, unless nothing can hold it."""
    for value in _values(what):
        plain, must = (
            [
                (found.kind, found.value) if isinstance(found, Wish) else found
                for found in meaning(Said(Span(0, len(words), what, polarity, value), words, TODAY))
            ]
            for polarity in (Polarity.WANT, Polarity.MUST)
        )
        assert plain == must
