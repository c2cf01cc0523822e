import re
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.tracks import Track, artist_key
from recommender.explanations import CLOSE_RANK, Evidence, reasons, title_of, wishes_known_met
from recommender.prompts import PromptQuery
from recommender.track_features import TrackFeatures
from recommender.track_texts import content_words, words
from recommender.wishes import Wish, WishKind

TOPICS = ("", "rainy night jazz", "piano by the sea", "dream pop 90s")
TAGS = ("jazz", "night", "dream pop", "sea shanty", "noise")
WISHES: list[tuple[WishKind, Any]] = [
    (WishKind.YEARS, (1990, 1999)),
    (WishKind.TEMPO, (None, 95.0)),
    (WishKind.ENERGY, "low"),
    (WishKind.ENERGY, "high"),
    (WishKind.INSTRUMENTAL, True),
    (WishKind.INSTRUMENTAL, False),
    (WishKind.EXPLICIT, True),
    (WishKind.EXPLICIT, False),
    (WishKind.ARTIST, "ada quill"),
    (WishKind.TITLE, ("night ferry", None)),
    (WishKind.NOT_ARTIST, "ida mole"),
    (WishKind.LENGTH, 10),
]
CHANNELS = ("dense", "lexical", "names", "collaborative", "popularity")

tracks = st.builds(
    Track,
    st.uuids().map(str),
    st.sampled_from(["Night Ferry", "Rain", "Sea Glass (Live)"]),
    st.sampled_from(["Ada Quill", "The Ida Mole"]),
    year=st.sampled_from([None, 1989, 1990, 1999, 2000]),
    genres=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    tempo_bpm=st.sampled_from([None, 80.0, 95.0, 140.0]),
    energy=st.sampled_from([None, 0.1, 0.9]),
    explicit=st.sampled_from([None, True, False]),
    instrumental=st.sampled_from([None, True, False]),
    popularity=st.sampled_from([None, 1.0, 50.0]),
)
queries = st.builds(
    lambda topic, wishes: PromptQuery(topic, topic, tuple(Wish(kind, value, "", 0, 0, True) for kind, value in wishes)),
    st.sampled_from(TOPICS),
    st.lists(st.sampled_from(WISHES), max_size=4),
)
evidence = st.builds(
    Evidence, st.dictionaries(st.sampled_from(CHANNELS), st.integers(1, 99)), st.booleans(), st.just(())
)


def is_true(reason: str, track: Track, catalog: list[Track], query: PromptQuery, found: Evidence) -> bool:
    """Read a reason and check it against the track itself."""
    asked = set(content_words(query.topic))
    wished = [(wish.kind, wish.value) for wish in query.wishes]
    energies = [other.energy for other in catalog if other.energy is not None]
    if match := re.fullmatch(r"by (.+), whom you named", reason):
        return match[1] == track.artist and (WishKind.ARTIST, artist_key(track.artist)) in wished
    if reason == "has the title you named":
        return any(kind is WishKind.TITLE and value[0] == artist_key(track.title) for kind, value in wished)
    if match := re.fullmatch(r"tagged (.+)", reason):
        said = match[1].split(", ")
        return all(tag in (*track.genres, *track.tags) and asked & set(words(tag)) for tag in said)
    if match := re.fullmatch(r"its title says (.+)", reason):
        return set(match[1].split(", ")) <= asked & set(words(track.title))
    if match := re.fullmatch(r"from (\d+)", reason):
        return track.year == int(match[1]) and 1990 <= track.year <= 1999
    if match := re.fullmatch(r"(\d+) bpm", reason):
        return track.tempo_bpm == float(match[1]) and track.tempo_bpm <= 95
    if match := re.fullmatch(r"(low|high) energy", reason):
        less = sum(energy < (track.energy or 0) for energy in energies)
        more = sum(energy > (track.energy or 0) for energy in energies)
        return track.energy is not None and (less < more if match[1] == "low" else less > more)
    if reason in ("instrumental", "with vocals"):
        return track.instrumental is (reason == "instrumental")
    if reason in ("explicit", "clean"):
        return track.explicit is (reason == "explicit")
    if reason == "fits what you have been playing":
        return found.personal and "collaborative" in found.ranks
    if reason == "listeners of what you named play it, or its artist":
        return not found.personal and "collaborative" in found.ranks
    if match := re.fullmatch(r"no\. (\d+) by closeness to your words", reason):
        return found.ranks["dense"] == int(match[1]) <= CLOSE_RANK
    if reason == "among the most played tenth of this catalog":
        above = sum((other.popularity or 0) > (track.popularity or 0) for other in catalog)
        return track.popularity is not None and above / len(catalog) < 0.1
    if match := re.fullmatch(r"of what is permitted and left, among the (closest to your words|most popular)", reason):
        return (match[1] == "closest to your words") == bool({"dense", "lexical"} & set(found.ranks))
    return False


@settings(max_examples=150)
@given(catalog=st.lists(tracks, min_size=1, max_size=12), query=queries, found=evidence)
def test_every_reason_is_true_of_its_track_and_there_is_always_one(
    catalog: list[Track], query: PromptQuery, found: Evidence
) -> None:
    features = TrackFeatures.of(catalog, np.zeros(len(catalog)))
    met = wishes_known_met(query, features)
    for position, track in enumerate(catalog):
        said = reasons(track, position, query, features, replace(found, met=met[position]))
        assert said
        for reason in said:
            assert is_true(reason, track, catalog, query, found), reason


def test_the_most_telling_reason_comes_first() -> None:
    track = Track("night", "Night Ferry", "Ada Quill", year=1994, genres=("jazz",))
    query = PromptQuery(
        "",
        "jazz",
        (Wish(WishKind.YEARS, (1990, 1999), "", 0, 0, True), Wish(WishKind.ARTIST, "ada quill", "", 0, 0, False)),
    )
    features = TrackFeatures.of([track], np.zeros(1))
    (met,) = wishes_known_met(query, features)
    assert reasons(track, 0, query, features, Evidence({"dense": 1}, False, met)) == (
        "by Ada Quill, whom you named",
        "tagged jazz",
        "from 1994",
        "no. 1 by closeness to your words",
    )


def test_a_playlist_is_named_after_the_first_words_of_its_prompt() -> None:
    assert title_of("rainy  sunday jazz") == "Rainy sunday jazz"
    assert title_of("a " * 50, limit=10) == "A a a a a\N{HORIZONTAL ELLIPSIS}"
    assert title_of("x" * 80) == "X" + "x" * 59 + "\N{HORIZONTAL ELLIPSIS}"
