"""Classification of prompts, for results by kind."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from recommender.prompts.mentions import Names
from recommender.prompts.negations import NEGATOR
from recommender.prompts.reading import Wish, WishKind, parse
from recommender.prompts.spans import NAMES, Polarity, Span
from recommender.prompts.wishes import ALIKE, NAMED, Reading
from recommender.tracks.texts import words

LONG = 20
"""Words from which a prompt counts as long."""

MOODS: Final = frozenset(
    """aggressive angry anxious beautiful bittersweet blue bright brooding calm calming carefree cheerful chill chilled
    chilling chillout cosy cozy dark dramatic dreamy easygoing emotional energetic energising energizing epic ethereal euphoric exciting
    feelgood fun funky gentle gloomy groovy happy haunting heartbreak heartbreaking heavy hopeful hypnotic inspiring
    intense intimate joyful lonely longing mellow melancholic melancholy moody mysterious nostalgic ominous passionate peaceful
    playful powerful quiet rebellious reflective relaxed relaxing romantic sad scary sensual sentimental serene serious
    sexy soft soothing sombre somber soulful spooky sweet tender tense tranquil triumphant upbeat uplifting warm wistful""".split()  # noqa: SIM905 - prose
)
ACTIVITIES: Final = frozenset(
    """bath bedtime birthday bike breakfast brunch cleaning coding commute commuting concentrate concentrating cook cooking
    cycling dance dancing dinner dishes drinking drive driving exercise exercising falling focus focusing gaming gardening gym
    hiking homework housework jog jogging kitchen lunch meditate meditating meditation party partying picnic pregame read reading
    road roadtrip run running shower sleep sleeping studying study swim swimming train training travel travelling
    traveling trip walk walking wedding work working workout writing yoga""".split()  # noqa: SIM905 - prose
)


class PromptKind(StrEnum):
    """What a prompt speaks of; most prompts are of several kinds."""

    NAMES = "names"
    MOOD = "mood"
    ACTIVITY = "activity"
    ERA = "era"
    NEGATION = "negation"
    LONG = "long"
    OTHER = "other"


_NAMED = NAMED | ALIKE
_LEFT_OUT: Final = frozenset({Polarity.AVOID, Polarity.INSTEAD, Polarity.UNLIKE})


def kinds(prompt: str, names: Names) -> tuple[PromptKind, ...]:
    """Return the kinds of a prompt, as the product reads it: names of the catalog's artists or titles, moods, what people do
    meanwhile, years, what to leave out, twenty words or more; OTHER for none of these.
    """
    query = parse(prompt, names)
    said = words(prompt)
    of_wishes = {wish.kind for wish in query.wishes}
    found = {
        PromptKind.NAMES: bool(of_wishes & _NAMED),
        PromptKind.MOOD: WishKind.ENERGY in of_wishes or not MOODS.isdisjoint(said),
        PromptKind.ACTIVITY: not ACTIVITIES.isdisjoint(said),
        PromptKind.ERA: WishKind.YEARS in of_wishes,
        PromptKind.NEGATION: bool(query.excluded_words) or any(map(_is_negated, query.wishes)),
        PromptKind.LONG: len(said) >= LONG,
    }
    return tuple(kind for kind, holds in found.items() if holds) or (PromptKind.OTHER,)


def kinds_of(prompt: str, spans: Iterable[Span]) -> tuple[PromptKind, ...]:
    """Return the kinds of a prompt whose words are marked, as `kinds` does."""
    marks = list(spans)
    whats = {span.what for span in marks}
    found = {
        PromptKind.NAMES: not whats.isdisjoint(NAMES),
        PromptKind.MOOD: not whats.isdisjoint({"mood", "energy"}),
        PromptKind.ACTIVITY: "activity" in whats,
        PromptKind.ERA: "period" in whats,
        PromptKind.NEGATION: any(span.polarity in _LEFT_OUT for span in marks),
        PromptKind.LONG: len(words(prompt)) >= LONG,
    }
    return tuple(kind for kind, holds in found.items() if holds) or (PromptKind.OTHER,)


def _is_negated(wish: Wish) -> bool:
    """Whether a wish's own words begin with a negator: "no vocals" does; "instrumental", "no more than 20 songs" and a band
    that is called "No Hurry" do not.
    """
    negator = NEGATOR.match(Reading.of(wish.text).text)
    return negator is not None and negator["idiom"] is None and wish.kind not in _NAMED
