"""Names as examples, in languages in which likeness is said before, behind and around them."""

import pytest

from tests.recommender.prompts.named_catalogs import names_of, wishes

NAMES = names_of("Ovelle; Tarn Quartet; Love")


@pytest.mark.parametrize(
    "prompt",
    [
        "bands die klingen wie {Ovelle|artist}",
        "dans le genre de {Ovelle|artist}",
        "grupos parecidos a los {Ovelle|artist}",
        "uma coisa na linha da {Ovelle|artist}",
        "roba tipo {Ovelle|artist}",
        "bandjes die lijken op {Ovelle|artist}",
        "coś w klimacie {Ovelle|artist}",
        "{Ovelle|artist} tarzında şarkılar",
        "что-нибудь в духе {Ovelle|artist}",
        "{Ovelle|artist}っぽいバンド",
        "{Ovelle|artist} 비슷한 노래",
        "类似{Ovelle|artist}的歌",
        "{Ovelle|artist}-ähnliches",
    ],
)
def test_what_stands_beside_a_name_makes_it_an_example_in_any_language(prompt: str) -> None:
    assert wishes(prompt, names=NAMES) == [("like_artist", "ovelle", False)]


@pytest.mark.parametrize(
    "prompt",
    [
        "una via di mezzo tra {Ovelle|artist} e {Tarn Quartet|artist}",
        "{Ovelle|artist} ile {Tarn Quartet|artist} arası",
        "{Ovelle|artist}と{Tarn Quartet|artist}の中間くらい",
        "halfway between {Ovelle|artist} and {Tarn Quartet|artist}",
    ],
)
def test_both_sides_of_a_blend_are_examples(prompt: str) -> None:
    assert wishes(prompt, names=NAMES) == [("like_artist", "ovelle", False), ("like_artist", "tarn quartet", False)]


@pytest.mark.parametrize(
    "prompt",
    [
        "mettimi qualcosa di {Ovelle|artist}",
        "spiel was von {Ovelle|artist}",
        "{Ovelle|artist} çal",
        "поставь {Ovelle|artist}",
        "iets van {Ovelle|artist} graag",
        "{Ovelle|artist}をかけて",
    ],
)
def test_a_name_that_is_asked_for_is_no_example(prompt: str) -> None:
    assert wishes(prompt, names=NAMES) == [("artist", "ovelle", False)]


@pytest.mark.parametrize(
    "prompt",
    ["d'autres groupes dans le style de {Ovelle|artist}", "tipo {Ovelle|artist} ma di altri gruppi"],
)
def test_an_example_does_not_play_where_others_are_asked_for(prompt: str) -> None:
    assert wishes(prompt, "like_artist", "not_artist", names=NAMES) == [
        ("like_artist", "ovelle", False),
        ("not_artist", "ovelle", True),
    ]


def test_who_is_an_example_is_one_wherever_a_prompt_names_them() -> None:
    prompt = "we heard {Ovelle|artist} again, now something like {Ovelle|artist:example}"
    assert wishes(prompt, names=NAMES) == [("like_artist", "ovelle", False)]


@pytest.mark.parametrize(
    "prompt",
    [
        "my husband adores {Ovelle|artist}, find others in that style",
        "ich mag {Ovelle|artist}, bitte etwas in diesem Stil",
        "j'adore {Ovelle|artist}, trouve des trucs dans ce style",
        "{Ovelle|artist} is te gek, doe iets in die stijl",
        "люблю {Ovelle|artist}, хочу что-то в таком духе",
        "{Ovelle|artist}が好き。そんな感じで",
    ],
)
def test_whoever_is_taken_up_as_a_style_is_an_example(prompt: str) -> None:
    assert ("like_artist", "ovelle", False) in wishes(prompt, names=NAMES)


@pytest.mark.parametrize("prompt", ["{Love|artist}の曲をかけて", "{Love|artist} 노래 틀어줘", "{Love|artist}的歌"])
def test_whose_songs_are_asked_for_is_a_name_however_ordinary_the_word(prompt: str) -> None:
    assert wishes(prompt, names=NAMES) == [("artist", "love", False)]
