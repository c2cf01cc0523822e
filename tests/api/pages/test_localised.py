"""What an answer says, said anew in each language: nothing stays in English that has a code."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from api.experiments.assignment import Assignments
from api.pages.languages import ENGLISH, LANGUAGES, Words, texts_of
from api.pages.localised import in_language, localised, policy_in_language, wish_words
from api.schemas.catalog import PolicyResponse
from api.schemas.lists import UNTITLED
from api.schemas.playlists import PlaylistResponse, ShortfallResponse
from api.wording import AI, EVIDENCE, FACETS, MODELS, POLICY_CHOICES, POLICY_DESCRIPTIONS, SOURCES, WITHHELD
from catalog.tracks import Track, TrackId
from recommender.playlist_recommender import PlaylistRecommender
from recommender.playlists import REASON_CODES, Droppable, Interpretation, NotUnderstood, Relaxation, Shortfall
from recommender.prompts.wishes import WishKind
from recommender.requests import PlaylistRequest
from recommender.sentences import CONTRADICTIONS, NOT_UNDERSTOOD, SHORTFALLS
from tests.homes import recommending

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
TRACKS = [
    Track(
        TrackId(f"t{place}"),
        f"Ferry {place}",
        "Ada Quill",
        year=1990 + place,
        genres=("jazz",),
        tempo_bpm=90.0 + place,
        energy=place / 12,
        instrumental=place % 2 == 0,
        explicit=False,
        language="fr",
        popularity=float(place),
    )
    for place in range(12)
]
SAID: list[dict[str, Any]] = [
    *({"kind": "deal", "track_id": track.track_id, "licensor": "Harbour"} for track in TRACKS),
    {"kind": "disclosure", "track_id": "t1", "level": "none", "source": "ern_message"},
    {"kind": "party", "track_id": "t2", "name": "Ada Quill", "verified_human": True, "source": "registry:isni"},
]
PROMPT = "calm jazz, no vocals, 90 to 110 bpm, nothing explicit, from 1991 or later, in French, by Ada Quill, qawwali, 45 minutes"


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(Path(tmp_path_factory.mktemp("home")), TRACKS, SAID) as made:
        yield made


@pytest.fixture(scope="module")
def answer(recommender: PlaylistRecommender) -> PlaylistResponse:
    request = PlaylistRequest(PROMPT, "DE", length=30, exclude_tracks=(TrackId("gone"),))
    return PlaylistResponse.of(recommender.recommend(request), "p", "r", Assignments())


def test_english_says_exactly_what_the_answer_says(answer: PlaylistResponse) -> None:
    assert answer.tracks
    assert answer.not_understood
    assert answer.contradictions
    assert answer.shortfall is not None
    assert localised(answer, Words.of(ENGLISH)) is answer
    anew = in_language(answer, Words.of(ENGLISH))
    assert anew.sentence == answer.sentence
    assert anew.model_copy(update={"own_sentence": ""}) == answer


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_that_has_a_code_stays_in_english(answer: PlaylistResponse, language: str) -> None:
    told = localised(answer, Words.of(language))
    assert told.shortfall is not None
    assert answer.shortfall is not None
    assert told.shortfall.because != answer.shortfall.because
    for one, other in ((told.not_understood, answer.not_understood), (told.contradictions, answer.contradictions)):
        assert not {said.because for said in one} & {said.because for said in other}
    for track, before in zip(told.tracks, answer.tracks, strict=True):
        assert len(track.reasons) == len(before.reasons)
        assert not set(track.reasons) & set(before.reasons) - {"instrumental"} - {f"{track.tempo_bpm:.0f} bpm"}
        assert not set(track.consent.human_evidence) & set(before.consent.human_evidence)
    assert told.sentence != answer.sentence
    assert told.title == answer.title  # the listener's own words


def test_a_list_that_nobody_named_is_called_so_in_each_language(answer: PlaylistResponse) -> None:
    words = Words.of("de")
    for prompt, title, said in (
        ("", "More like this", "Mehr davon"),
        ("x", UNTITLED, "Eine geteilte Liste"),
        ("x", "More like this", "More like this"),
    ):
        named = answer.model_copy(update={"prompt": prompt, "title": title, "interpretation": []})
        assert localised(named, words).title == said


def test_german_says_years_numbers_and_languages_as_germans_write_them() -> None:
    words = Words.of("de")
    said = [
        wish_words(Interpretation(kind, value, "as typed", True), words)
        for kind, value in (
            ("years", (1960, 1969)),
            ("years", [1981, None]),
            ("not_years", (1980, 1989)),
            ("tempo", (162.45, 179.55)),
            ("song_minutes", (2.5, 3.5)),
            ("length", 1000),
            ("language", "fr"),
            ("not_voice", "choir"),
            ("like_artist", "ada quill"),
            ("tempo_than", True),
            ("energy_than", (None, 0.4)),
        )
    ]
    assert said == [
        "1960 bis 1969",
        "1981 oder später",
        "nicht 1980 bis 1989",
        "162 bis 180 bpm",
        "Titel von 2,5 bis 3,5 Minuten",
        "1.000 Titel",
        "auf Französisch gesungen",
        "ohne Chöre",
        "wie as typed",
        "schneller",
        "ruhiger",
    ]


def test_a_wish_of_another_version_and_words_without_a_code_stay_as_they_were_said(answer: PlaylistResponse) -> None:
    odd = Interpretation("tempo", "quick", "quick", False, said="quick")
    assert wish_words(odd, Words.of("de")) == "quick"
    plain = answer.model_copy(update={"not_understood": [NotUnderstood("x", "an operator's own words")]})
    assert localised(plain, Words.of("de")).not_understood[0].because == "an operator's own words"


def test_a_shortfall_names_the_wishes_as_the_chips_do(answer: PlaylistResponse) -> None:
    wish = Interpretation("years", (1975, 1975), "1975", True, said="1975")
    calm = Interpretation("instrumental", True, "no vocals", True, said="no vocals")
    short = Shortfall.of(3, "tracks", "few_fit", "1200", "no vocals", "1975")
    short = replace(short, relax=(Relaxation((Droppable("instrumental", True, "no vocals"),), 3),))
    shown = answer.model_copy(update={"interpretation": [wish, calm], "shortfall": ShortfallResponse(**asdict(short))})
    told = localised(shown, Words.of("de")).shortfall
    assert told is not None
    assert told.because == "nur 1.200 Titel, die hier und jetzt spielen dürfen, passen zu „ohne Gesang“ und „1975“"
    assert told.relax[0].drop[0].said == "ohne Gesang"


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("policies", POLICY_DESCRIPTIONS),
        ("reason_codes", REASON_CODES),
        ("untold", NOT_UNDERSTOOD),
        ("contradictions", CONTRADICTIONS),
        ("shortfall", SHORTFALLS),
        ("withheld", WITHHELD),
        ("facets", FACETS),
        ("models", MODELS),
        ("evidence", EVIDENCE),
        ("sources", SOURCES),
    ],
)
def test_the_english_file_says_what_the_tables_of_codes_say(section: str, codes: dict[str, str]) -> None:
    texts = texts_of(ENGLISH)
    assert {code: texts[f"{section}.{code}"] for code in codes} == dict(codes)


def test_policies_as_shipped_are_translated_and_an_operators_own_is_not() -> None:
    shipped = PolicyResponse(
        name="strict", description=POLICY_DESCRIPTIONS["strict"], choice="", preset="strict", default=True
    )
    assert policy_in_language(shipped, Words.of(ENGLISH)).choice == POLICY_CHOICES["strict"]
    assert policy_in_language(shipped, Words.of("de")).description.startswith("Nur lizenzierte Musik.")
    own = shipped.model_copy(update={"description": "What our club plays."})
    assert policy_in_language(own, Words.of("de")) == own


def test_every_code_of_a_reason_and_of_ai_and_every_withheld_one_has_words() -> None:
    texts = texts_of(ENGLISH)
    spoken = REASON_CODES.keys() - {"near", "meets"}  # said by rank and by kind of wish
    assert {f"reasons.{code}" for code in spoken} <= texts.keys()
    assert {f"panel.ai_{label}" for label in AI} <= texts.keys()
    assert {f"plain_withheld.{code}" for code in WITHHELD} <= texts.keys()


def test_every_kind_of_wish_is_said_anew() -> None:
    values: dict[str, Any] = {
        "years": (1990, 1999),
        "tempo": (90.0, None),
        "song_minutes": (None, 4.0),
        "language": "fr",
        "arc": "peak",
    }
    values |= {"energy": "low", "popularity": "low", "ai": "none", "voice": "woman", "length": 3, "minutes": 3.0}
    values |= {"per_artist": 2, "per_album": 2, "tag": "jazz"}
    named = {"artist", "title", "album", "label", "tag", "size_than"}
    words = Words.of("de")
    for kind in WishKind:
        plain = kind.value.removeprefix("not_").removeprefix("like_")
        wish = Interpretation(kind, values.get(plain, True), "as typed", True, said="as before")
        assert wish_words(wish, words) != "as before" or plain in named, kind
