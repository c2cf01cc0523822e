"""Which tracks a name stands for: our own catalog, of artists and labels that do not exist."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from recommender.indexes.names import CatalogNames, NameIndex
from recommender.prompts.wishes import Wish, WishKind
from tests.homes import model_of

keys = st.lists(st.sampled_from(["", "ada quill", "ferrymen", "beatles", "夜", "a" * 300]), max_size=12)


@settings(max_examples=60)
@given(keys)
def test_a_name_has_the_positions_that_bear_it_in_order(found: list[str]) -> None:
    index = NameIndex.build(enumerate(found))
    for key in {*found, "nobody"} - {""}:
        assert index.positions(key).tolist() == [position for position, other in enumerate(found) if other == key]


def test_an_empty_name_is_nobodys() -> None:
    assert NameIndex.build(enumerate(["", "ada quill", ""])).positions("").tolist() == []


def test_an_index_read_from_its_folder_answers_the_same(tmp_path: Path) -> None:
    NameIndex.build(enumerate(["ada quill", "ferrymen", "ada quill"])).save(tmp_path, "artist")
    again = NameIndex.load(tmp_path, "artist")
    assert again.positions("ada quill").tolist() == [0, 2]
    assert again.positions("nobody").tolist() == []


TRACKS = (
    Track(TrackId("floor"), "Ocean Floor", "Nina Vale", album="The Shallows", label="Northlight Records"),
    Track(TrackId("ferry"), "Night Ferry", "Nina Vale & Harbour", album="The Shallows", label="Northlight"),
    Track(TrackId("moons"), "Paper Moons", "Juniper Kite feat. Nina Vale", album="Juniper Kite"),
    Track(TrackId("down"), "Ocean Floor", "The Ferrymen"),
    Track(TrackId("none"), "[untitled]", "[unknown]", label="[no label]"),
    Track(TrackId("hoehle"), "Höhle & Meer", "Harbour"),
)
NAMES = model_of(TRACKS).names


def held(kind: WishKind, value: object) -> list[str]:
    """Return the ids of the tracks that a wish names."""
    return [TRACKS[position].track_id for position in NAMES.tracks(Wish(kind, value, "", 0, 0, hard=False))]


def test_names_are_known_in_any_spelling_that_normalises_to_them_and_nothing_else() -> None:
    assert NAMES.key(WishKind.ARTIST, "ferrymen!") == "ferrymen"
    assert NAMES.key(WishKind.ARTIST, "Ferryman") is None
    assert NAMES.key(WishKind.TITLE, "HOHLE and meer") == "hohle and meer"
    assert NAMES.key(WishKind.TITLE, "Höhle") is None
    assert NAMES.key(WishKind.ALBUM, "the shallows") == "shallows"
    assert NAMES.key(WishKind.ALBUM, "shallow") is None
    assert (
        NAMES.key(WishKind.ARTIST, "")
        is NAMES.key(WishKind.TITLE, "")
        is NAMES.key(WishKind.ALBUM, "")
        is NAMES.key(WishKind.LABEL, "")
        is None
    )


def test_what_nobody_knows_is_no_name() -> None:
    assert (
        NAMES.key(WishKind.ARTIST, "[unknown]")
        is NAMES.key(WishKind.TITLE, "[untitled]")
        is NAMES.key(WishKind.LABEL, "[no label]")
        is None
    )


def test_a_label_is_known_with_and_without_what_it_calls_its_company() -> None:
    assert (
        NAMES.key(WishKind.LABEL, "Northlight")
        == NAMES.key(WishKind.LABEL, "northlight records")
        == NAMES.key(WishKind.LABEL, "Northlight Recordings")
    )
    assert held(WishKind.LABEL, "northlight") == held(WishKind.NOT_LABEL, "northlight") == ["floor", "ferry"]


def test_an_artists_tracks_are_also_those_with_others() -> None:
    assert held(WishKind.ARTIST, "nina vale") == held(WishKind.NOT_ARTIST, "nina vale") == ["floor", "ferry", "moons"]
    assert held(WishKind.LIKE_ARTIST, "harbour") == ["ferry", "hoehle"]


def test_who_only_ever_came_with_a_guest_is_known_by_name_and_nobody_is_made_of_half_a_name() -> None:
    assert NAMES.key(WishKind.ARTIST, "juniper kite") == "juniper kite"
    assert held(WishKind.ARTIST, "juniper kite") == ["moons"]
    assert model_of([Track(TrackId("t"), "T", "Salt & Ember")]).names.key(WishKind.ARTIST, "salt") is None


def test_a_title_or_album_may_be_narrowed_to_an_artist() -> None:
    assert held(WishKind.TITLE, ("ocean floor", None)) == ["floor", "down"]
    assert held(WishKind.LIKE_TITLE, ("ocean floor", "nina vale")) == ["floor"]
    assert held(WishKind.NOT_ALBUM, ("shallows", None)) == ["floor", "ferry"]
    assert held(WishKind.ALBUM, ("shallows", "harbour")) == ["ferry"]


def test_a_wish_that_names_nothing_holds_no_tracks() -> None:
    assert held(WishKind.TEMPO, (90, None)) == []


def test_names_read_from_their_folder_answer_the_same(tmp_path: Path) -> None:
    NAMES.save(tmp_path)
    again = CatalogNames.load(tmp_path)
    assert again.near_artist("Nina Valle", initials=False) == "nina vale"
    assert again.by("harbour").tolist() == NAMES.by("harbour").tolist() == [1, 5]
    assert again.key(WishKind.LABEL, "northlight records") == "northlight"
