"""Who and what a prompt names, in a catalog of our own in which ordinary words are artists too."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from recommender.prompts.reading import PromptQuery, parse
from recommender.prompts.wishes import ALIKE, NAMED, SHUNNED
from tests.homes import model_of

ARTISTS = """
Nina Vale; Harbour; Juniper Kite; Glass Orchard; Mirelda; Tall Pines & Nora; Salt 'n' Ember; Hollow Tin Lanterns; The The; Yes; Air
Seal; Low; Kiss; Rush; Chicago; Train; Heart; Live; Coco; Laid Back; Ka/LM; Norrstrand; Quiet Kid; Ten Ivory; Queen; Sólveig; Mountain
"""
WORKS = (
    Track(TrackId("floor"), "Ocean Floor", "Nina Vale", album="The Shallows", label="Northlight Records"),
    Track(TrackId("ferry"), "Night Ferry", "Mirelda", album="Lover", label="Air"),
    *(Track(TrackId(f"lantern-{place}"), f"Lantern {place}", "Hollow Tin Lanterns") for place in range(4)),
    Track(TrackId("drive"), "Slow Drive", "Nina Vale & Harbour", album="Kid Blue", label="Black Kettle"),
)
TRACKS = (
    *WORKS,
    *(
        Track(TrackId(f"by {name}"), f"Untold {place}", name)
        for place, name in enumerate(re.split("; |\n", ARTISTS.strip()))
    ),
)
NAMES = model_of(TRACKS).names


def read(prompt: str) -> PromptQuery:
    return parse(prompt, NAMES)


def named(prompt: str) -> list[str]:
    """Return kind, value and words of what a prompt names."""
    kinds = NAMED | ALIKE | set(SHUNNED.values())
    return [f"{wish.kind} {_shown(wish.value)}: {wish.text}" for wish in read(prompt).wishes if wish.kind in kinds]


def _shown(value: str | tuple[str, str | None]) -> str:
    return value if isinstance(value, str) else " by ".join(name for name in value if name)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("songs like Mirleda", ["like_artist mirelda: Mirleda"]),
        ("songs by nina valle", ["artist nina vale: nina valle"]),
        ("Norstrand, please", []),
        ("more norstrand", ["artist norrstrand: norstrand"]),
        ("junniper kite", ["artist juniper kite: junniper kite"]),
        ("play glassorchard", ["artist glass orchard: glassorchard"]),
        ("something like KaLM", ["like_artist ka lm: KaLM"]),
        ("tall pines nora", ["artist tall pines and nora: tall pines nora"]),
        ("salt and ember", ["artist salt n ember: salt and ember"]),
        ("songs like solveig", ["like_artist solveig: solveig"]),
        ("the nina vale", ["artist nina vale: the nina vale"]),
        ("loud songs by Mirelday, tonight", ["artist mirelda: Mirelday"]),
        ("bands like HTL", ["like_artist hollow tin lanterns: HTL"]),
        ("bands like htl", []),
        ("play my favourite norrstand songs", []),
        ("harbor songs", []),
        ("songs like glass orchids", []),
    ],
)
def test_misspelt_names_are_found_where_something_announces_them_or_they_are_all_there_is(
    prompt: str, expected: list[str]
) -> None:
    assert named(prompt) == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "yes, play something calm",
        "Yes, something calm please",
        "air conditioning hum",
        "Fresh Air for a morning run",
        "seal songs for toddlers",
        "low tempo songs",
        "kiss me again",
        "rush hour traffic",
        "Chicago house",
        "blues from Chicago",
        "a train ride through the snow",
        "heart warming songs",
        "live versions of rock songs",
        "music for a laid back acoustic evening",
        "music like in the movie Coco",
        "the soundtrack of Coco",
        "like the live to tape sound",
        "songs like Pearl Harbour",
        'songs like "Love Like Mountain"',
        "songs like Slow Harbour by Somebody",
        "Somebody Else - Mountain",
        "Matt Harbour",
        "Trudy and the Mountain",
        "queen of hearts",
        "Good hip hop and r&b from the 90s",
    ],
)
def test_words_that_are_names_too_mean_themselves_without_evidence(prompt: str) -> None:
    assert named(prompt) == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("songs by Air", ["artist air: Air"]),
        ("bands like rush and yes", ["like_artist rush: rush", "like_artist yes: yes"]),
        ("bands like The The", ["like_artist the: The The"]),
        ("the band Chicago", ["artist chicago: Chicago"]),
        ("Heart, Kiss and Train", ["artist heart: Heart", "artist kiss: Kiss", "artist train: Train"]),
        ("slow evenings with Seal", ["artist seal: Seal"]),
        ("Seal - A Song Of His", ["artist seal: Seal"]),
        ("anything by Low please", ["artist low: Low"]),
        ("nothing by Kiss", ["not_artist kiss: nothing by Kiss"]),
        ("(quiet kid)", ["artist quiet kid: quiet kid"]),
        ("Mirelda songs", ["artist mirelda: Mirelda"]),
        ("mirelda", ["artist mirelda: mirelda"]),
        ("a song of Harbour", ["artist harbour: Harbour"]),
    ],
)
def test_ordinary_words_are_names_with_evidence(prompt: str, expected: list[str]) -> None:
    assert named(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("if i like somebody, quiet kid, mirelda and nina vale", ["quiet kid", "mirelda", "nina vale"]),
        ("like Harbour, Somebody Unknown, Glass Orchard", ["harbour", "glass orchard"]),
        ("songs like Felix Nobody and Heart", ["heart"]),
        ("similar to Mirelda/Harbour", ["mirelda", "harbour"]),
        ("like Mirelda - A Title, Harbour - Another", ["mirelda", "harbour"]),
        ("like Mirelda - Mountain", ["mirelda"]),
    ],
)
def test_a_list_of_examples_goes_on_after_a_name_or_title_unknown_to_us(prompt: str, expected: list[str]) -> None:
    assert [wish.value for wish in read(prompt).wishes if wish.kind in ALIKE] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("nina vales ocean floor", ["title ocean floor by nina vale: nina vales ocean floor"]),
        ("i love Mireldas voice", ["like_artist mirelda: Mireldas"]),
        ("the album The Shallows", ["album shallows: The Shallows"]),
        ("the album 'Lover'", ["album lover: 'Lover'"]),
        ("Lover (album)", ["album lover: Lover"]),
        ("off of The Shallows by Nina Vale", ["album shallows by nina vale: The Shallows by Nina Vale"]),
        ("Nina Vale's album The Shallows", ["album shallows by nina vale: Nina Vale's album The Shallows"]),
        ("songs like the album Kid Blue", ["like_album kid blue: Kid Blue"]),
        ("nothing from the album Kid Blue", ["not_album kid blue: nothing from the album Kid Blue"]),
        ("lover, come back", []),
        ("an album for my lover", []),
        ("anything on Northlight Records", ["label northlight: Northlight Records"]),
        ("released on northlight", ["label northlight: northlight"]),
        ("artists signed to Black Kettle", ["label black kettle: Black Kettle"]),
        ("nothing from the label Air", ["not_label air: nothing from the label Air"]),
        ("on a black kettle", []),
    ],
)
def test_works_and_labels_are_found_where_they_are_announced(prompt: str, expected: list[str]) -> None:
    assert named(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("similar to Mirelda but less mainstream", ["like_artist mirelda: Mirelda"]),
        (
            "similar to Mirelda but not Mirelda themselves",
            ["like_artist mirelda: Mirelda", "not_artist mirelda: not Mirelda themselves"],
        ),
        ("similar to Mirelda, but not her", ["like_artist mirelda: Mirelda", "not_artist mirelda: but not her"]),
        (
            "like Harbour or Mirelda but nothing by them please",
            [
                "like_artist harbour: Harbour",
                "like_artist mirelda: Mirelda",
                "not_artist harbour: but nothing by them",
                "not_artist mirelda: but nothing by them",
            ],
        ),
        (
            "like Ocean Floor by Nina Vale, without the singer herself",
            [
                "like_title ocean floor by nina vale: Ocean Floor by Nina Vale",
                "not_artist nina vale: without the singer herself",
            ],
        ),
        ("like Mirelda but not her ballads", ["like_artist mirelda: Mirelda"]),
        ("Mirelda but not them", ["artist mirelda: Mirelda"]),
        ("anything but Mirelda", ["not_artist mirelda: anything but Mirelda"]),
        ("no more Mirelda", ["not_artist mirelda: no more Mirelda"]),
        ("none of Mirelda", ["not_artist mirelda: none of Mirelda"]),
        ("i hate mirelda", ["not_artist mirelda: i hate mirelda"]),
        ('anything but "Ocean Floor"', ['not_title ocean floor: anything but "Ocean Floor"']),
    ],
)
def test_a_name_is_wanted_given_as_an_example_or_shunned(prompt: str, expected: list[str]) -> None:
    assert named(prompt) == expected


def test_who_is_only_an_example_does_not_stay_in_the_topic_as_unwanted() -> None:
    assert read("calm songs like Mirelda, but not her").topic == "calm songs like Mirelda"


def test_a_wish_against_an_example_must_hold() -> None:
    assert [wish.hard for wish in read("like Mirelda but not her").wishes] == [False, True]


PIECES = """
like by but not them her themselves and , . " ' - ( the album label on off of records Nina Vale vales Mirelda Mirleda Harbour Air
Yes The HTL Somebody Ocean Floor Lover northlight songs similar to movie
"""


@given(st.lists(st.sampled_from(PIECES.split()), max_size=14).map(" ".join))
def test_whatever_is_named_points_at_its_words_and_is_known(prompt: str) -> None:
    query = read(prompt)
    for wish in query.wishes:
        if wish.kind in NAMED | ALIKE | set(SHUNNED.values()):
            assert query.prompt[wish.start : wish.end] == wish.text != ""
            assert len(NAMES.tracks(wish)) or isinstance(wish.value, tuple)


@pytest.mark.parametrize(
    "piece",
    ["Mirelda, somebody, ", "by Air ", "like x, ", "not them ", "off of Lover ", "a by Air, ", "Xs Ys ", "(air) "],
)
def test_hostile_repetition_is_read_as_well(piece: str) -> None:
    assert read((piece * 1000)[:2000]) == read((piece * 1000)[:2000])
