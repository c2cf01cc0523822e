"""Reading a prompt: what to look for, what must hold, what is excluded."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from recommender.prompts.arcs import arcs
from recommender.prompts.familiarity import novelty, popularity
from recommender.prompts.figures import lengths, minutes, tempos, years
from recommender.prompts.followups import allowed, continued, resets
from recommender.prompts.languages import languages
from recommender.prompts.mentions import Names, mentions
from recommender.prompts.negations import Negation, negations
from recommender.prompts.sounds import explicit, instrumental, moods, unwanted
from recommender.prompts.tags import demanded, tags
from recommender.prompts.vocabulary import EMOJI_WORDS, FUNCTION_WORDS, GENRES, MUSIC_NOUNS, VOICE_WORDS
from recommender.prompts.wishes import ALIKE, MENTION, NAMED, SHUNNED, Reading, Wish, WishKind

__all__ = ["Names", "PromptQuery", "Wish", "WishKind", "normalise", "parse"]


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A prompt, read. `topic` is what is left to look for once the wishes' own words are taken out.

    `prompt` is in its normalised form, which the wishes' places refer to. `wishes` are in the order of the prompt, those
    that hold from earlier turns first, and at most one each of LENGTH, MINUTES, INSTRUMENTAL, EXPLICIT, POPULARITY, NOVELTY
    and ARC; several of another kind are alternatives, but all that are negated (NOT_...) count. `excluded_words` are words
    or phrases in lower case that the prompt negates ("no drums or heavy metal": drums, heavy metal): they must not count
    as wanted. `context` holds the topics of earlier turns that were not given up since, the oldest first, and `mentioned`
    what each of those turns named, wanted or as an example.
    """

    prompt: str
    topic: str
    wishes: tuple[Wish, ...] = ()
    excluded_words: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    mentioned: tuple[tuple[Wish, ...], ...] = ()

    @property
    def named(self) -> tuple[Wish, ...]:
        """What this turn names, wanted or as an example."""
        return tuple(wish for wish in self.wishes if wish.kind in NAMED | ALIKE and wish.start >= 0)


_LAST_COUNTS: Final = frozenset({WishKind.LENGTH, WishKind.MINUTES, WishKind.ARC})
_HARD_COUNTS: Final = frozenset({WishKind.INSTRUMENTAL, WishKind.EXPLICIT, WishKind.POPULARITY, WishKind.NOVELTY})
_TURNS: Final = 3
"""Earlier turns that are remembered: what was said before is seldom still meant."""

_LIST: Final = (
    r"(?:(?:an?|the|my|this|new) ){0,2}(?:(?:great|good|nice|perfect|music|song) )?"
    r"(?:playlist|mixtape|(?:list|mix|set|selection|soundtrack)(?= (?:of|with|for|to|that)\b))"
    r"(?: (?:of|with|for|that (?:is|has)|von|mit|de|avec|con)\b)?"
)
_FILLER: Final = re.compile(
    r"(?:(?:hi|hello|hey)(?: there)?|thanks|thank you|please|ok|okay|bitte|por favor|s'il (?:te|vous) plaît|svp"
    r"|(?:can|could|would|will) (?:you|u|i|we)|(?:i|we) would (?:like|love)|(?:i|we)'d (?:like|love)|(?:i|we) (?:just )?(?:want|need)"
    r"|i wanna|i am|i'm|im|looking for|searching for|in the mood for|let me|let's|help me"
    rf"|to (?:hear|listen to|have|make|create|find|get|build)|hear|listen to|(?:find|give|show|get|make|add|put on)(?= (?:(?:me|us|an?|some|my)\b|{MENTION}))"
    r"|play|create|generate|recommend|suggest|put together"
    r"|spiele?|ich (?:will|möchte|hätte gern|brauche|suche)|mach mir|gib mir|joue|je (?:veux|voudrais|cherche)|quiero|escuchar|ponme|busco"
    rf"|me|us|mir|some|any|{_LIST})(?![\w'-])[ ,:!.]*"
)
_SENTENCE: Final = re.compile(r"(?:^|(?<=[.!?;]))[ \"(-]*")
_ASIDE: Final = re.compile(
    r",? ?\b(?:please|thanks|thank you|preferably|ideally|if possible|with or without \w+|bitte|por favor|svp|s'il (?:te|vous) plaît)\b"
)
_LINK: Final = (
    r"(?:and|or|but|with|of|for|by|plus|that|which|is|are|from|und|oder|aber|mit|et|ou|mais|avec|y|o|pero|con)"
)
_TIDYING: Final = (
    re.compile(r"\( ?\)|\[ ?\]|\" ?\""),
    re.compile(rf"(?: {_LINK}\b){{1,4}}(?= ?[,.;:!?)]| ?$)"),
    re.compile(r" (?=[,.;:!?)])|[ ,;:]{1,4}(?=\"$)"),
    re.compile(r"(?<=[,.;:!?])(?: ?[,.;:!?])+"),
    re.compile(rf"^(?:[ ,.;:!?)\]/&+-]|{_LINK}\b(?!['-]))+"),
    re.compile(r"(?<![ ,.;:!?(\[/&+-])[ ,.;:!?(\[/&+-]+$"),
)
_WORD: Final = re.compile(rf"[^\W_]+|{MENTION}+|[{''.join(EMOJI_WORDS)}]")
_EMOJI: Final = str.maketrans({emoji: f" {word} " for emoji, word in EMOJI_WORDS.items()})
_EMOJI_STYLE: Final = "\ufe0f"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})


def normalise(prompt: str) -> str:
    """Return a prompt in NFKC, its white space single spaces.

    Control and format characters, variation selectors and lone surrogates are left out.
    """
    kept = "".join(c for c in prompt if c.isspace() or not (c == _EMOJI_STYLE or unicodedata.category(c) in _UNSEEN))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def parse(prompt: str, names: Names, history: Sequence[str] = ()) -> PromptQuery:
    """Read a prompt of any content, in time linear in its length; raises nothing.

    Names come first and hide their words from all other readers ("Maroon 5 songs" asks for no five songs), then figures,
    then negations, then what is left. Of two lengths or durations the last counts; of contradicting demands for sung or
    for clean music the last hard one. Of the last three turns in `history` (earlier prompts, oldest first) the hard wishes
    and the tags hold on, see `recommender.prompts.followups.continued`.
    """
    return reduce(_after, (_read(turn, names) for turn in (*history[-_TURNS:], prompt)))


def _after(earlier: PromptQuery, query: PromptQuery) -> PromptQuery:
    """Return a prompt's query with what stays of the turn before."""
    reading = Reading.of(query.prompt)
    if resets(reading):
        return query
    asked = f" {query.topic.lower()} "
    kept = [phrase for phrase in earlier.excluded_words if f" {phrase} " not in asked]
    return replace(
        query,
        wishes=continued(reading, query.wishes, earlier.wishes),
        excluded_words=tuple(dict.fromkeys([*kept, *query.excluded_words])),
        context=(*earlier.context, earlier.topic) if earlier.topic else earlier.context,
        mentioned=(*earlier.mentioned, earlier.named),
    )


def _read(prompt: str, names: Names) -> PromptQuery:
    whole = Reading.of(normalise(prompt))
    named = mentions(whole, names, _filler_end(whole.text, 0))
    unnamed = whole.without(_spans(named), MENTION)
    given_up = [(start, end) for _, start, end in allowed(unnamed)]
    unnamed = unnamed.without(given_up)
    told = [*novelty(unnamed), *arcs(unnamed)]
    reading, figures = unnamed, list[Wish]()
    for figure_reader in (minutes, lengths, tempos):
        found = list(figure_reader(reading))
        reading = reading.without(_spans(found))
        figures += found
    known = list(popularity(unnamed.without(_spans(told))))
    reading = reading.without(_spans(told))
    dated = years(reading)
    limits = [wish for wish in dated if None in wish.value]
    denials = list(negations(reading.without(_spans(limits)).text))
    denied = {place for denial in denials for place in range(denial.start, denial.end)}
    placed = {place: wish for wish in (*named, *dated) for place in range(wish.start, wish.end)}
    unwished, excluded = _denied(reading, denials, placed, names)
    reading = reading.without((denial.start, denial.end) for denial in denials)
    clean, moved, spoken = list(explicit(reading)), list(moods(reading)), list(languages(reading))
    sung = list(instrumental(reading.without(_spans(spoken))))
    said = {wish.kind for wish in moved}  # "chill, but not sleepy" is chill
    unwished = [wish for wish in unwished if wish.kind not in said]
    wishes = [wish for wish in (*named, *dated, *known) if wish.start not in denied]
    free = reading.without(_spans((*dated, *known, *clean, *spoken, *(wish for wish in sung if wish.value))))
    wishes += (*told, *unwished, *figures, *clean, *spoken, *sung, *moved, *tags(free, names))
    wishes = demanded(reading, wishes)
    nothing = [wish for wish in limits if wish.text.lower().startswith("no")]
    obscure = [wish for wish in known if wish.value == "low"]
    shunned = [wish for wish in named if wish.kind is WishKind.NOT_ARTIST]
    taken = [*_spans((*figures, *clean, *nothing, *told, *obscure, *shunned)), *given_up, *resets(unnamed)]
    removed = {place for start, end in taken for place in range(start, end)} | denied
    return PromptQuery(whole.prompt, _topic(unnamed, removed), _settled(wishes), excluded)


def _spans(wishes: Iterable[Wish]) -> Iterator[tuple[int, int]]:
    return ((wish.start, wish.end) for wish in wishes)


def _denied(
    reading: Reading, denials: Iterable[Negation], placed: Mapping[int, Wish], names: Names
) -> tuple[list[Wish], tuple[str, ...]]:
    """Return the wishes that negations amount to, and the words that they exclude.

    `placed` holds mentions and years by every place that they take. Of what is merely to be less, no word is excluded.
    """
    wishes: list[Wish] = []
    excluded: list[str] = []
    for denial in denials:
        for item in denial.items:
            end, hard = item.words[-1][2], not item.mild
            wish = unwanted(reading, item, denial.start)
            said = {place: placed[place] for _, place, _ in item.words if place in placed}
            dated = dict.fromkeys(wish for wish in said.values() if wish.kind is WishKind.YEARS)
            if wish is not None:
                wishes.append(wish)
            elif dated:
                wishes += (reading.wish(WishKind.NOT_YEARS, year.value, denial.start, end, hard=hard) for year in dated)
            elif words := [word for word in item.content if word[0] != MENTION and word not in VOICE_WORDS]:
                phrase = " ".join(words)
                if key := names.tag(phrase):
                    wishes.append(reading.wish(WishKind.NOT_TAG, key, denial.start, end, hard=hard))
                if not denial.less:
                    excluded.append(phrase)
            for _, start, end in item.words:
                if (mention := said.get(start)) and mention.kind in SHUNNED:
                    wishes.append(reading.wish(SHUNNED[mention.kind], mention.value, denial.start, end, hard=hard))
                    excluded += [word for word in (mention.text.lower(),) if word in GENRES]
    return wishes, tuple(dict.fromkeys(excluded))


def _settled(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Return the wishes in the order of the prompt, repetitions and overruled ones left out."""
    chosen: dict[object, Wish] = {}
    for wish in sorted(wishes, key=lambda wish: (wish.start, wish.end)):
        single = wish.kind in _LAST_COUNTS or wish.kind in _HARD_COUNTS
        key = wish.kind if single else (wish.kind, wish.value)
        earlier = chosen.get(key)
        if (
            earlier is None
            or wish.kind in _LAST_COUNTS
            or (
                wish.kind in _HARD_COUNTS
                and (wish.hard > earlier.hard or (wish.hard == earlier.hard and wish.value != earlier.value))
            )
        ):
            chosen[key] = wish
        elif wish.kind not in _HARD_COUNTS and wish.hard:
            chosen[key] = replace(earlier, hard=True)
    return tuple(sorted(chosen.values(), key=lambda wish: (wish.start, wish.end)))


def _filler_end(text: str, position: int) -> int:
    """Return where the words of courtesy and command end that start at `position`."""
    while match := _FILLER.match(text, position):
        position = match.end()
    return position


def _topic(reading: Reading, removed: set[int]) -> str:
    """Return the prompt without the places removed and without filler, tidied; empty if only empty words are left."""
    reading = _cut(reading, removed)
    sentences = [match.end() for match in _SENTENCE.finditer(reading.text)]
    filler = {place for start in sentences for place in range(start, _filler_end(reading.text, start))}
    reading = _cut(reading, filler)
    for pattern in (_ASIDE, *_TIDYING):
        reading = _cut(reading, {place for match in pattern.finditer(reading.text) for place in range(*match.span())})
    words = _WORD.findall(reading.text)
    if all(word in FUNCTION_WORDS or word in MUSIC_NOUNS for word in words):
        return ""
    return " ".join(reading.prompt.translate(_EMOJI).split()) if any(map(EMOJI_WORDS.get, words)) else reading.prompt


def _cut(reading: Reading, places: set[int]) -> Reading:
    """Return a reading without the characters at `places`, and without the doubled spaces that this leaves."""
    if not places:
        return reading
    kept: list[int] = []
    for place, character in enumerate(reading.prompt):
        if place not in places and not (character == " " and kept and reading.prompt[kept[-1]] == " "):
            kept.append(place)
    return Reading("".join(reading.prompt[i] for i in kept), "".join(reading.text[i] for i in kept))
