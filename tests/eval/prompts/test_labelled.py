"""The corpus is what its README says: labelled, in many languages, written afresh each time."""

import re
from collections import Counter, defaultdict
from itertools import chain

import pytest
from scipy.sparse import csr_array

from eval.prompts.labelled import LabelledPrompt, read_corpus, unmarked
from recommender.prompts.spans import Polarity, Span

CORPUS = {part: list(read_corpus(part)) for part in ("training", "confirmation")}
LEFT_OUT = "nl"


def words(prompt: LabelledPrompt) -> list[str]:
    """Return words, or in Japanese pairs of signs, numbered so that the second "no" is another word than the first."""
    said = re.findall(r"\w+", prompt.text.lower())
    if prompt.language == "ja":
        signs = "".join(said)
        said = [signs[place : place + 2] for place in range(len(signs) - 1)]
    seen: Counter[str] = Counter()
    numbered = []
    for word in said:
        seen[word] += 1
        numbered.append(f"{word} {seen[word]}")
    return numbered


def test_a_mark_says_what_its_words_speak_of_and_how_that_is_meant() -> None:
    text, spans = unmarked("{no|cue} {horns|instrument:avoid}, {20|count=20} of {Ida Mole|artist}")
    assert text == "no horns, 20 of Ida Mole"
    assert spans == (
        Span(0, 2, "cue"),
        Span(3, 8, "instrument", Polarity.AVOID),
        Span(10, 12, "count", value="20"),
        Span(16, 24, "artist"),
    )


@pytest.mark.parametrize(
    ("marked", "named"),
    [
        ("{horns|trumpetry}", "trumpetry"),
        ("{horns|instrument:perhaps}", "perhaps"),
        ("{sung|voice=angel}", "angel"),
        ("{a few|count=some}", "some"),
        ("{ horns|instrument}", "space"),
        ("{horns|instrument", "horns"),
        ("horns|instrument}", "horns"),
        ("{horns}", "horns"),
    ],
)
def test_a_mark_that_is_none_or_says_what_there_is_not_is_named(marked: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        unmarked(marked)


def test_the_corpus_has_both_parts_in_every_language_but_one_that_is_never_learned_from() -> None:
    languages = {part: {prompt.language for prompt in prompts} for part, prompts in CORPUS.items()}
    assert languages["training"] == {"de", "en", "es", "fr", "it", "ja", "ko", "pl", "pt", "ru", "tr"}
    assert languages["confirmation"] == languages["training"] | {LEFT_OUT}
    sizes = {part: len(prompts) for part, prompts in CORPUS.items()}
    assert sum(sizes.values()) >= 8_000
    assert sizes["confirmation"] >= 1_350
    assert sum(prompt.language == "en" for prompt in chain(*CORPUS.values())) >= sum(sizes.values()) / 3


def test_every_kind_of_mark_occurs_in_both_parts_often_enough_to_be_learned_and_judged() -> None:
    for part, least in (("training", 15), ("confirmation", 8)):
        spans = [span for prompt in CORPUS[part] for span in prompt.spans]
        whats, polarities = Counter(span.what for span in spans), Counter(span.polarity for span in spans)
        assert min(whats.values()) >= least, whats
        assert len(whats) == 36
        assert set(polarities) == set(Polarity)
        assert min(polarities.values()) >= least, polarities


def test_no_two_prompts_share_more_than_sixty_percent_of_their_words() -> None:
    """Of eight words or more; shorter ones are never equal. Of the words of the shorter one, in one language."""
    by_language = defaultdict(list)
    for prompt in chain(*CORPUS.values()):
        by_language[prompt.language].append(prompt)
    for prompts in by_language.values():
        texts = Counter((prompt.text.lower(), prompt.after) for prompt in prompts)
        assert max(texts.values()) == 1, texts.most_common(3)
        bags = [bag for bag in map(words, prompts) if len(bag) >= 8]
        column: dict[str, int] = {}
        rows = [(row, column.setdefault(word, len(column))) for row, bag in enumerate(bags) for word in bag]
        said = csr_array(([1] * len(rows), tuple(zip(*rows, strict=True))), shape=(len(bags), len(column)))
        shared = (said @ said.T).tocoo()
        close = [
            (bags[one], bags[other])
            for one, other, common in zip(shared.row, shared.col, shared.data, strict=True)
            if one < other and common > 0.6 * min(len(bags[one]), len(bags[other]))
        ]
        assert not close, close[:3]
