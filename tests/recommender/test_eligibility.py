"""Hard wishes decide which tracks may be returned at all."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from catalog.listening import Play
from catalog.stores import CatalogStore
from catalog.tracks import Track, TrackId
from recommender.eligibility import fitting_tracks
from recommender.prompts.reading import parse
from recommender.references import References
from recommender.requests import PlaylistRequest
from tests.homes import model_of, recommending

TRACKS = [
    Track(TrackId("a"), "Ash", "Ada Quill", year=1984, genres=("jazz",), language="English"),
    Track(TrackId("b"), "Birch", "Ada Quill", year=1994, genres=("acid jazz",), language="fra"),
    Track(TrackId("c"), "Cedar", "Ida Mole", year=2004, genres=("jazz rap",), language="fr", popularity=9.0),
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


def eligible_of(catalog: CatalogStore, prompt: str, user_id: str | None = None) -> str:
    request = PlaylistRequest(prompt, "DE", user_id=user_id)
    fitting, verified = fitting_tracks(
        request, References.of(request, parse(prompt, MODEL.names), MODEL, catalog), MODEL, catalog, timed=False
    )
    assert not (verified & ~fitting).any()
    return "".join(track.track_id for track, may in zip(TRACKS, fitting.tolist(), strict=True) if may)


@pytest.mark.parametrize(
    ("prompt", "ids"),
    [
        ("only jazz", "ab"),
        ("only jazz or folk", "abd"),
        ("some jazz", "abcdef"),
        ("no heavy metal", "abcdf"),
        ("no jazz", "def"),
        ("only jazz, no jazz", ""),
        ("sung in French", "bcdf"),
        ("no French songs", "adef"),
        ("no French or English songs", "def"),
        ("in French or English", "abcdf"),
        ("nothing from the 80s", "bcdef"),
        ("nothing from the 80s, nothing from the 90s", "cdef"),
        ("60s and 80s", "adef"),
        ("only hits", ""),
        ("nothing mainstream", "abdef"),
    ],
)
def test_a_hard_wish_keeps_what_meets_it_or_may_meet_it(eligible: Eligibility, prompt: str, ids: str) -> None:
    assert eligible(prompt) == ids


def test_nothing_i_know_leaves_out_what_was_heard_in_any_version(eligible: Eligibility) -> None:
    assert eligible("nothing I know", "cedar") == "abef"
    assert eligible("nothing I know", "quill") == "abcdef"
    assert eligible("nothing I know") == "abcdef"
    assert eligible("preferably songs I don't know", "cedar") == "abcdef"


def test_artists_i_do_not_know_are_none_of_whom_anything_was_heard(eligible: Eligibility) -> None:
    assert eligible("artists I don't know", "both") == "ef"


@pytest.mark.parametrize(
    ("prompt", "kept_out"),
    [("about trees", 6), ("only jazz", 2), ("trees before 1960", 3), ("trees, no heavy metal", 5)],
)
def test_what_wishes_keep_out_is_not_said_to_be_kept_out_by_consent(tmp_path: Path, prompt: str, kept_out: int) -> None:
    with recommending(tmp_path, TRACKS, []) as made:
        playlist = made.recommend(PlaylistRequest(prompt, "DE"))
    assert playlist.tracks == ()
    assert sum((playlist.withheld or {}).values()) == kept_out
