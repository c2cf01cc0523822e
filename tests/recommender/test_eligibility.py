"""Hard wishes decide which tracks may be returned at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consent import ConsentContext, Policy, Preferences
from catalog.consent.presets import AUDIT_ONLY, POLICIES
from catalog.listening import Play
from catalog.stores import CatalogStore
from catalog.tracks import Position, Track, TrackId
from recommender.eligibility import fitting_tracks, heard_about_ai, permitted_tracks
from recommender.playlist_recommender import PlaylistRecommender
from recommender.prompts.reading import PromptQuery, PromptReader
from recommender.prompts.wishes import Wish, WishKind
from recommender.references import References
from recommender.requests import PlaylistRequest
from tests.examples import examples
from tests.homes import licensed, model_of, recommending
from tests.marked import Marked, read_marked
from tests.strategies import NOON, Row

TRACKS = [
    Track(TrackId("a"), "Ash", "Ada Quill", year=1984, genres=("jazz",), language="English"),
    Track(TrackId("b"), "Birch", "Ada Quill", year=1994, genres=("acid jazz",), language="fra"),
    Track(
        TrackId("c"),
        "Cedar",
        "Ida Mole",
        year=2004,
        genres=("jazz rap",),
        tags=("female vocals",),
        language="fr",
        popularity=9.0,
    ),
    Track(TrackId("d"), "Cedar (Live)", "Ida Mole", tags=("folk",), popularity=1.0),
    Track(TrackId("e"), "Elm", "The Ferrymen", genres=("Heavy-Metal",), instrumental=True),
    Track(TrackId("f"), "Fir", "Kestrel Choir"),
]
MODEL = model_of(TRACKS)

Eligibility = Callable[..., str]


@pytest.fixture(scope="module")
def eligible(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eligibility]:
    """Return the ids of the tracks that may be returned."""
    with recommending(tmp_path_factory.mktemp("home"), TRACKS, []) as made:
        with made.catalog.writing() as writer:
            writer.put_plays(
                [
                    Play("cedar", TrackId("c")),
                    Play("quill", artist="Ada Quill"),
                    Play("both", TrackId("c")),
                    Play("both", artist="Ada Quill"),
                ]
            )
        yield partial(eligible_of, made.catalog)


def eligible_of(catalog: CatalogStore, marked: str, user_id: str | None = None) -> str:
    request, query = PlaylistRequest("as marked", "DE", user_id=user_id), read_marked(MODEL.names, marked)
    fitting, verified = fitting_tracks(request, References.of(request, query, MODEL, catalog), MODEL, catalog)
    assert not (verified & ~fitting).any()
    return "".join(track.track_id for track, may in zip(TRACKS, fitting.tolist(), strict=True) if may)


@pytest.mark.parametrize(
    ("marked", "ids"),
    [
        ("{only|cue} {jazz|genre:only}", "ab"),
        ("{only|cue} {jazz|genre:only} or {folk|genre}", "abd"),
        ("some {jazz|genre}", "abcdef"),
        ("{no|cue} {heavy metal|genre:avoid}", "abcdf"),
        ("{no|cue} {jazz|genre:avoid}", "def"),
        ("{less|cue} {jazz|genre:less}", "abcdef"),
        ("{only|cue} {jazz|genre:only}, {no|cue} {jazz|genre:avoid}", ""),
        ("{without|cue} {rap|genre:avoid}", "abdef"),
        ("sung in {French|language}", "bcdf"),
        ("{no|cue} {French|language:avoid} songs", "adef"),
        ("{no|cue} {French|language:avoid} or {English|language} songs", "def"),
        ("in {French|language} or {English|language}", "abcdf"),
        ("{nothing from|cue} {the 80s|period:avoid=1980-1989}", "bcdef"),
        ("nothing from {the 80s|period:avoid=1980-1989}, nothing from {the 90s|period:avoid=1990-1999}", "cdef"),
        ("{60s|period=1960-1969} and {80s|period=1980-1989}", "adef"),
        ("{only|cue} {hits|popularity:only=high}", ""),
        ("{nothing|cue} {mainstream|popularity:avoid=high}", "abdef"),
        ("{must be known to few|popularity:must=low}", "abdef"),
        ("{without|cue} {vocals|voice:avoid=any}", "abdef"),
        ("{with|cue} {vocals|voice:must=any}", "abcdf"),
        ("{sung by women|voice:must=woman}", "abcdef"),
        ("{no|cue} {women|voice:avoid=woman}", "abdef"),
        ("{by|cue} {Ada Quill|artist:avoid}", "cdef"),
    ],
)
def test_a_hard_wish_keeps_what_meets_it_or_may_meet_it(eligible: Eligibility, marked: str, ids: str) -> None:
    assert eligible(marked) == ids


NOTHING_KNOWN = "{nothing I know|novelty=new}"


def test_nothing_i_know_leaves_out_what_was_heard_in_any_version(eligible: Eligibility) -> None:
    assert eligible(NOTHING_KNOWN, "cedar") == "abef"
    assert eligible(NOTHING_KNOWN, "quill") == "abcdef"
    assert eligible(NOTHING_KNOWN) == "abcdef"
    assert eligible("{what I know|novelty=known}", "cedar") == "abcdef"


@pytest.mark.parametrize(
    ("marked", "kept_out"),
    [
        ("about {trees|theme}", 6),
        ("{only|cue} {jazz|genre:only}", 2),
        ("{trees|theme} {before 1960|period=-1959}", 3),
        ("{trees|theme}, {no|cue} {heavy metal|genre:avoid}", 5),
    ],
)
def test_what_wishes_keep_out_is_not_said_to_be_kept_out_by_consent(tmp_path: Path, marked: str, kept_out: int) -> None:
    marks = Marked()
    with recommending(tmp_path, TRACKS, []) as made:
        made.model = replace(made.model, reader=PromptReader(marks, made.model.names))
        playlist = made.recommend(PlaylistRequest(marks.of(marked), "DE"))
    assert playlist.tracks == ()
    assert sum((playlist.withheld or {}).values()) == kept_out


ON_RECORD: list[Row] = [
    {"kind": "disclosure", "level": "none"},
    {"kind": "disclosure", "level": "partly"},
    {"kind": "disclosure", "level": "all"},
    {"kind": "disclosure", "level": "none", "assurance": "verified"},
    {"kind": "flag", "flag": "ai_suspected", "state": "open", "score": 0.95},
    {"kind": "flag", "flag": "ai_suspected", "state": "open", "score": 0.75},
    {"kind": "flag", "flag": "impersonation", "state": "confirmed"},
    {"kind": "derivation", "relation": "voice_of", "source_party": "Ida Mole"},
    {"kind": "takedown", "reason": "the rightsholder asked"},
    {"kind": "grant", "use": "training", "state": "not_allowed"},
]
RECORDED = [
    Track(TrackId(f"{one}-{other}"), f"Song {one} {other}", f"Singer {one} {other}", year=year, tags=("jazz",))
    for one, other in combinations_with_replacement(range(len(ON_RECORD)), 2)
    for year in [1999 if (one + other) % 2 else 2024]
    if one == other or ON_RECORD[one]["kind"] != ON_RECORD[other]["kind"]
]
SAID = [
    *licensed(RECORDED),
    *(
        {**ON_RECORD[number], "track_id": track.track_id}
        for track in RECORDED
        for number in sorted({*map(int, track.track_id.split("-"))})
    ),
]
"""Songs of which every pair of statements is on record that can stand beside each other."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaylistRecommender]:
    with recommending(tmp_path_factory.mktemp("home"), RECORDED, SAID) as made:
        yield made


def let_in(made: PlaylistRecommender, request: PlaylistRequest, policy: Policy) -> set[Position]:
    context = ConsentContext(request.territory, NOON, request.commercial_model)
    permitted = permitted_tracks(context, policy, request.preferences, made.permits, made.model, made.catalog)
    return set(map(Position, np.flatnonzero(permitted.mask).tolist()))


ABOUT_AI = (("none",), ("human",), ("none", "human"), ())


@examples(1.0)
@given(
    said=st.sampled_from(ABOUT_AI),
    policy=st.sampled_from(sorted(POLICIES)),
    cutoff=st.sampled_from([date(1990, 1, 1), date(2022, 1, 1)]),
    hidden=st.booleans(),
)
def test_what_a_prompt_says_of_ai_never_lets_in_what_the_request_without_it_would_not(
    recorded: PlaylistRecommender, said: tuple[str, ...], policy: str, cutoff: date, hidden: bool
) -> None:
    asked = PlaylistRequest("as said", "DE", preferences=Preferences(hide_ai=hidden))
    chosen = replace(POLICIES[policy], human_cutoff=cutoff)
    query = PromptQuery("as said", wishes=tuple(Wish(WishKind.AI, value, "", 0, 0, True) for value in said))
    request, heard = heard_about_ai(asked, chosen, query)
    before, after = let_in(recorded, asked, chosen), let_in(recorded, request, heard)
    assert after <= before
    assert (heard.max_ai_share, heard.audit) == (chosen.max_ai_share, chosen.audit)
    if not said:
        assert (request, heard) == (asked, chosen)
    elif not chosen.audit:
        assert after <= let_in(recorded, replace(asked, preferences=Preferences(hide_ai=True)), chosen)
        if "human" in said:
            assert after <= let_in(recorded, asked, replace(POLICIES["human_only"], human_cutoff=cutoff))


def test_what_a_prompt_says_of_ai_hides_labelled_tracks_and_human_made_asks_for_evidence(
    recorded: PlaylistRecommender,
) -> None:
    """So that the property above is about something: all three differ."""
    asked, policy = PlaylistRequest("as said", "DE"), POLICIES["labelled_ai"]
    found = []
    for said in ((), ("none",), ("human",)):
        query = PromptQuery("as said", wishes=tuple(Wish(WishKind.AI, value, "", 0, 0, True) for value in said))
        found.append(let_in(recorded, *heard_about_ai(asked, policy, query)))
    assert found[0] > found[1] > found[2] > set()


def test_an_audit_withholds_nothing_whatever_is_said_of_ai(recorded: PlaylistRecommender) -> None:
    query = PromptQuery("no AI", wishes=(Wish(WishKind.AI, "none", "AI", 3, 5, True),))
    request, policy = heard_about_ai(PlaylistRequest("no AI", "DE"), AUDIT_ONLY, query)
    assert len(let_in(recorded, request, policy)) == len(RECORDED)
