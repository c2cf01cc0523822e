"""How the energy of a list shall go."""

import pytest

from tests.recommender.prompts.named_catalogs import wishes


@pytest.mark.parametrize(
    ("prompt", "value"),
    [
        ("start calm and build up", "rising"),
        ("starting slow, then build to something wild", "rising"),
        ("from calm to energetic", "rising"),
        ("slowly getting faster", "rising"),
        ("ruhig anfangen und steigern", "rising"),
        ("commencer doucement et monter", "rising"),
        ("empezar tranquilo y subir", "rising"),
        ("ending with a wind down", "falling"),
        ("cool down at the end", "falling"),
        ("from energetic to calm", "falling"),
        ("getting calmer and calmer", "falling"),
        ("start fast and end slow", "falling"),
        ("peak in the middle", "peak"),
        ("warm up, then a party, then cool down", "peak"),
        ("start slow, build up and then wind down", "peak"),
    ],
)
def test_an_arc_is_a_soft_wish_and_its_words_are_no_wish_for_an_energy(prompt: str, value: str) -> None:
    assert [wish for wish in wishes(prompt) if wish[0] != "tag"] == [("arc", value, False)]


@pytest.mark.parametrize(
    "prompt", ["music to wind down", "calm piano", "build me a playlist", "slow songs", "start with jazz"]
)
def test_an_energy_alone_is_no_arc(prompt: str) -> None:
    assert wishes(prompt, "arc") == []
