from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.tracks import artist_key
from recommender.name_index import CatalogNames, NameIndex

keys = st.lists(st.sampled_from(["", "ada quill", "ferrymen", "beatles", "夜", "a" * 300]), max_size=12)


@settings(max_examples=60)
@given(keys)
def test_a_name_has_the_positions_that_bear_it_in_order(found: list[str]) -> None:
    index = NameIndex.build(found)
    for key in {*found, "nobody"} - {""}:
        assert index.positions(key).tolist() == [position for position, other in enumerate(found) if other == key]


def test_an_empty_name_is_nobodys() -> None:
    assert NameIndex.build(["", "ada quill", ""]).positions("").tolist() == []


def test_an_index_read_from_its_folder_answers_the_same(tmp_path: Path) -> None:
    NameIndex.build(["ada quill", "ferrymen", "ada quill"]).save(tmp_path, "artist")
    again = NameIndex.load(tmp_path, "artist")
    assert again.positions("ada quill").tolist() == [0, 2]
    assert again.positions("nobody").tolist() == []


def test_names_are_known_in_any_spelling_that_normalises_to_them_and_nothing_else() -> None:
    names = CatalogNames(NameIndex.build([artist_key("The Ferrymen")]), NameIndex.build([artist_key("Höhle & Meer")]))
    assert names.artist("ferrymen!") == "ferrymen"
    assert names.artist("Ferryman") is None
    assert names.title("HOHLE and meer") == "hohle and meer"
    assert names.title("Höhle") is None
    assert names.artist("") is None
