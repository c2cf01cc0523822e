"""Who and what a prompt names, in a catalog of our own in which ordinary words are artists too."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.tracks import Track, TrackId
from recommender.indexes.names import CatalogNames
from recommender.indexes.tags import TagIndex
from recommender.prompts.mentions import mentions
from recommender.prompts.reading import normalise
from recommender.prompts.wishes import ALIKE, NAMED, Reading, Wish, WishKind
from tests.homes import WordEncoder
from tests.recommender.prompts.named_catalogs import names_of

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
NAMES = CatalogNames.build(TRACKS, np.zeros(len(TRACKS), np.float32), TagIndex.build([], WordEncoder()))
EVERYDAY = names_of(
    artists="Nina Vale; Harbour; The Hours; Glass Orchard; Juniper Kite; Rain; Sunday; Air; Yes; Love; Jazz; Calm; Drums; "
    "Late Night; No Hurry; The 1962; Velvet 7; Salt, Ash & Ember; K/LM; Of Moss and Men",
    titles="Ocean Floor; Night Ferry; Paper Moons; Summer; Love; Songs; Don't Look Down",
)


def found_in(prompt: str, names: CatalogNames = NAMES) -> list[Wish]:
    return mentions(Reading.of(normalise(prompt)), names, 0)


def named(prompt: str, names: CatalogNames = NAMES) -> list[str]:
    """Return kind, value and words of what a prompt names."""
    return [f"{wish.kind} {_shown(wish.value)}: {wish.text}" for wish in found_in(prompt, names)]


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
        ("nothing by Kiss", ["artist kiss: Kiss"]),
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
def test_a_list_of_names_goes_on_after_a_name_or_title_unknown_to_us(prompt: str, expected: list[str]) -> None:
    assert [wish.value for wish in found_in(prompt) if wish.kind in ALIKE | {WishKind.ARTIST}] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("nina vales ocean floor", ["title ocean floor by nina vale: nina vales ocean floor"]),
        ("i love Mireldas voice", ["artist mirelda: Mireldas"]),
        ("the album The Shallows", ["album shallows: The Shallows"]),
        ("the album 'Lover'", ["album lover: 'Lover'"]),
        ("Lover (album)", ["album lover: Lover"]),
        ("off of The Shallows by Nina Vale", ["album shallows by nina vale: The Shallows by Nina Vale"]),
        ("Nina Vale's album The Shallows", ["album shallows by nina vale: Nina Vale's album The Shallows"]),
        ("songs like the album Kid Blue", ["like_album kid blue: Kid Blue"]),
        ("nothing from the album Kid Blue", ["album kid blue: Kid Blue"]),
        ("lover, come back", []),
        ("an album for my lover", []),
        ("anything on Northlight Records", ["label northlight: Northlight Records"]),
        ("released on northlight", ["label northlight: northlight"]),
        ("artists signed to Black Kettle", ["label black kettle: Black Kettle"]),
        ("nothing from the label Air", ["label air: Air"]),
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
            ["like_artist mirelda: Mirelda", "artist mirelda: Mirelda themselves"],
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
        ("anything but Mirelda", ["artist mirelda: Mirelda"]),
        ("no more Mirelda", ["artist mirelda: Mirelda"]),
        ("none of Mirelda", ["artist mirelda: Mirelda"]),
        ("i hate mirelda", ["artist mirelda: mirelda"]),
        ('anything but "Ocean Floor"', ['title ocean floor: "Ocean Floor"']),
    ],
)
def test_a_name_is_an_example_or_taken_back_by_not_them_or_else_only_named(prompt: str, expected: list[str]) -> None:
    assert named(prompt) == expected


def test_a_wish_against_an_example_must_hold() -> None:
    assert [wish.hard for wish in found_in("like Mirelda but not her")] == [False, True]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("songs like Nina Vale", ["like_artist nina vale"]),
        ("similar to Nina Vale", ["like_artist nina vale"]),
        ("artists similar to harbour or rain", ["like_artist harbour", "like_artist rain"]),
        ("\u00e0 la Nina Vale", ["like_artist nina vale"]),
        ("in the style of harbour", ["like_artist harbour"]),
        ("for fans of The Hours", ["like_artist hours"]),
        ("sounds like rain", ["like_artist rain"]),
        ("songs like Yes", ["like_artist yes"]),
        ("Nina Vale-style ballads", ["like_artist nina vale"]),
        ("musik wie Nina Vale", ["like_artist nina vale"]),
        ("songs like The 1962", ["like_artist 1962"]),
        (
            "like Nina Vale, Harbour and The Hours",
            ["like_artist nina vale", "like_artist harbour", "like_artist hours"],
        ),
        ("like Harbour, Somebody Unknown, Glass Orchard", ["like_artist harbour", "like_artist glass orchard"]),
        ("like A Song We Never Heard by Harbour", ["like_artist harbour"]),
        ("i like Nina Vale and Harbour", ["artist nina vale", "artist harbour"]),
        ("songs by Nina Vale", ["artist nina vale"]),
        ("songs by yes", ["artist yes"]),
        ("songs from Harbour", ["artist harbour"]),
        ("Nina Vale songs", ["artist nina vale"]),
        ("glass orchard", ["artist glass orchard"]),
        ("more glass orchard please", ["artist glass orchard"]),
        ("of moss and men", ["artist of moss and men"]),
        ("I want some Harbour", ["artist harbour"]),
        ("rainy evenings with Harbour", ["artist harbour"]),
        ("Play Harbour", ["artist harbour"]),
        ("Harbour", ["artist harbour"]),
        ('"harbour"', ["artist harbour"]),
        ("harbour, rain, nina vale", ["artist harbour", "artist rain", "artist nina vale"]),
        ("Nina Vale, Harbour and The Hours", ["artist nina vale", "artist harbour", "artist hours"]),
        ("Air, Love and Sunday", ["artist air", "artist love", "artist sunday"]),
        ("Salt, Ash & Ember live", ["artist salt ash and ember"]),
        ("K/LM or Velvet 7", ["artist k lm", "artist velvet 7"]),
        ("like No Hurry", ["like_artist no hurry"]),
        ("not Nina Vale", ["artist nina vale"]),
        ("no harbour please", ["artist harbour"]),
        ("jazz without Harbour", ["artist harbour"]),
        ("anything but rain", ["artist rain"]),
        ("i don't like harbour", ["artist harbour"]),
        ("nothing by Glass Orchard", ["artist glass orchard"]),
        ("nothing like Glass Orchard", ["like_artist glass orchard"]),
        ("Nina Vale, but not Harbour", ["artist nina vale", "artist harbour"]),
        ("not Jazz", ["artist jazz"]),
        (
            "everything except Nina Vale, Harbour and The Hours",
            ["artist nina vale", "artist harbour", "artist hours"],
        ),
        ("jazz, not Nina Vale, Harbour", ["artist nina vale", "artist harbour"]),
    ],
)
def test_artists_are_found_where_words_announce_them_wanted_or_not(prompt: str, expected: list[str]) -> None:
    kinds = (WishKind.ARTIST, WishKind.LIKE_ARTIST)
    found = found_in(prompt, EVERYDAY)
    assert [f"{wish.kind} {wish.value}" for wish in found if wish.kind in kinds] == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "rainy sunday jazz",
        "rain",
        "rain sounds",
        "harbour seals and sea shanties",
        "Sunday morning coffee",
        "feels like sunday morning",
        "love songs",
        "songs about love",
        "late night drives",
        "the hours",
        "Rainy Sunday Jazz For Coding",
        "songs like Pearl Harbour",
        "corrupted by rain",
        "no rain",
        "no love songs",
        "no drums",
        "not jazz",
        "calm",
    ],
)
def test_everyday_words_that_are_also_names_mean_themselves(prompt: str) -> None:
    assert [wish for wish in found_in(prompt, EVERYDAY) if "artist" in wish.kind] == []


@pytest.mark.parametrize(
    ("prompt", "kind", "value"),
    [
        ('"Ocean Floor"', "title", ("ocean floor", None)),
        ("play \u201cOcean Floor\u201d", "title", ("ocean floor", None)),
        ('"Summer"', "title", ("summer", None)),
        ("Ocean Floor by Nina Vale", "title", ("ocean floor", "nina vale")),
        ("Nina Vale - Ocean Floor", "title", ("ocean floor", "nina vale")),
        ("Nina Vale's Ocean Floor", "title", ("ocean floor", "nina vale")),
        ("like Ocean Floor", "like_title", ("ocean floor", None)),
        ('like "Love"', "like_title", ("love", None)),
        ("like night ferry by Harbour", "like_title", ("night ferry", "harbour")),
        ('songs like "Paper Moons" by Juniper Kite', "like_title", ("paper moons", "juniper kite")),
        ("songs like Don\u2019t Look Down", "like_title", ("don t look down", None)),
    ],
)
def test_titles_that_are_named(prompt: str, kind: str, value: tuple[str, str | None]) -> None:
    assert [(wish.kind, wish.value, wish.hard) for wish in found_in(prompt, EVERYDAY)] == [(kind, value, False)]


@pytest.mark.parametrize(
    "prompt", ["summer by the sea", "songs like summer", 'like "Paper Moons Over Water"', "Low Ocean Floor by Somebody"]
)
def test_words_of_titles_are_not_titles(prompt: str) -> None:
    assert [wish for wish in found_in(prompt, EVERYDAY) if "title" in wish.kind] == []


PIECES = """
like by but not them her themselves and , . " ' - ( the album label on off of records Nina Vale vales Mirelda Mirleda Harbour Air
Yes The HTL Somebody Ocean Floor Lover northlight songs similar to movie
"""


@given(st.lists(st.sampled_from(PIECES.split()), max_size=14).map(" ".join), st.integers(0, 40))
def test_whatever_is_named_points_at_its_words_and_is_known(prompt: str, first: int) -> None:
    reading = Reading.of(normalise(prompt))
    for wish in mentions(reading, NAMES, first):
        assert wish.kind in NAMED | ALIKE | {WishKind.NOT_ARTIST}
        assert reading.prompt[wish.start : wish.end] == wish.text != ""
        assert len(NAMES.tracks(wish)) or isinstance(wish.value, tuple)


@pytest.mark.parametrize(
    "piece",
    ["Mirelda, somebody, ", "by Air ", "like x, ", "not them ", "off of Lover ", "a by Air, ", "Xs Ys ", "(air) "],
)
def test_hostile_repetition_is_read_as_well(piece: str) -> None:
    prompt = (piece * 1000)[:2000]
    found = [wish for wish in found_in(prompt) if wish.kind is not WishKind.NOT_ARTIST]
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize("prompt", ["想听mirelda的歌", "mirelda같은 음악", "Nina Valeの曲", "마이크 없이 mirelda 노래"])
def test_a_name_ends_where_its_script_does(prompt: str) -> None:
    assert [wish.value for wish in found_in(prompt)] == ["nina vale" if "Nina" in prompt else "mirelda"]
