"""What a prompt says there shall be none of: where a negation starts, how far it reaches, and what it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recommender.prompts.vocabulary import (
    CONNECTORS,
    DEGREES,
    EMOJI_WORDS,
    ENERGY_WORDS,
    GENRES,
    MUSIC_NOUNS,
    NEGATION_ENDS,
    NO_SIGNS,
    SWEAR_WORDS,
    TEMPO_WORDS,
)
from recommender.prompts.wishes import MENTION, TAKEN

NEGATOR: Final = re.compile(
    r"(?<!\w \")(?:\b(?:(?P<idiom>no (?:matter|wait|problem|worries|rush|doubt|idea|one|preference|particular|specific|limits?|pressure|wonder"
    r"|thanks|need|clue|end|more than|less than|fewer than|longer than|shorter than)|no\.? ?[0-9]+"
    r"|not (?:only|just|sure|necessarily|bad|to mention|yet|more than|less than|least|long)|nothing (?:but|except|other than|else)|nichts (?:außer|als)|rien que|nada más que|nient'altro che"
    r"|(?:why|if|or|whether) not|with or without \w+|non-?stop|(?:can't|cannot|can not|cant) (?:get enough(?: of)?|wait|stop))"
    r"|(?P<strong>(?:anything|everything|all|anyone|everyone) (?:but|except)(?: for)?|except(?: for)?|other than|apart from"
    r"|aside from|exclud(?:e|ing)|leave out|skip|avoid|unlike|minus|außer|sauf|excepto|eccetto|exceto)"
    r"|(?P<prefix>non(?=-))"
    r"|(?P<less>(?:less|fewer|weniger|moins(?: de| d')?|menos|meno)(?! (?:than|known)\b))"
    r"|(?P<weak>(?:don't|do not|dont|doesn't|does not|doesnt|didn't|i'd not|not) (?:want|like|need|include|play|add|have|feature|use"
    r"|contain|sound|feel|care for|give me)(?: to hear| to listen to)?|not in the mood for|not a (?:big |huge )?fan of|i hate"
    r"|can't stand|sick of|never (?:any|play)|tired of|neither|no|not|nothing|none|without|w/o|isn't|aren't|free of|ohne|keine?[mnr]?|nichts?|sans|pas(?: de| d')?|aucune?|rien de"
    r"|nada de|no quiero|(?<!of )(?<!about )(?<!the )(?<!my )sin(?! (?:city|of|and|for)\b)|niente|senza|nessuna?|sem|não quero))(?!\w)"
    rf"|(?P<sign>[{NO_SIGNS}]))"
)
"""Where a negation starts. An `idiom` only looks like one; a `strong` negator makes a name of any artist's name after it."""

_UNIT: Final = re.compile(rf"{MENTION}+|{TAKEN}+|'?[^\W_]+(?:['&-][^\W_]+)*|[^\s\w]")
_OR: Final = frozenset({"or", "nor", "/", "oder", "ou", "noch", "ni"})
_AND: Final = frozenset({"and", "&", "+", "und", "et", "y"})
_ITEM: Final = rf"(?: (?!(?:but|just|only|with|for|please)\b)[\w'&{MENTION}-]+){{1,2}}"
_OR_LIST: Final = re.compile(rf",(?:{_ITEM},){{0,6}}(?:{_ITEM})?,? (?:or|nor|oder|ou) [\w'&{MENTION}-]+")
_NAME_LIST: Final = re.compile(rf",(?: {MENTION}+,){{0,20}}(?: {MENTION}+)?,? (?:and|or|nor|&|und|et|y) {MENTION}")
_LAST_WORD: Final = re.compile(r" ?(?:$|[,.;:!?)]|(?:please|but|just)\b)")
_AT_ALL: Final = re.compile(r" (?:at all|whatsoever|of any kind)\b")
_MAX_WORDS: Final = 5
_COMPLETE: Final = frozenset({"vocals", "lyrics", "gesang", "paroles"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing negated: its words with their places, and whether only too much of it is unwanted ("not too sad")."""

    words: tuple[tuple[str, int, int], ...]
    mild: bool

    @property
    def content(self) -> tuple[str, ...]:
        """The words without general nouns ("no sad songs": sad)."""
        return tuple(word for word, _, _ in self.words if word not in MUSIC_NOUNS)


@dataclass(frozen=True, slots=True)
class Negation:
    """A negator with what it reaches, from `start` to `end` in the prompt; `less`: not none of it, only not so much."""

    start: int
    end: int
    items: tuple[Item, ...]
    less: bool = False


def negations(text: str) -> Iterator[Negation]:
    """Yield the negations of a reading's text, left to right; idioms ("no problem", "nothing but jazz") are none.

    A negation reaches over "or" and, where one more thing of the same kind follows, over "and" and the commas of a
    list that "or" closes. It ends at any other comma, at the end of the sentence and at words such as "but" or "just".
    """
    heads = list(NEGATOR.finditer(text))
    stops = [head.start() for head in heads[1:]] + [len(text)]
    for head, stop in zip(heads, stops, strict=False):
        if head["idiom"] is None:
            scope = _Scope(text, head.end() + (head["prefix"] is not None), stop, mild=head["less"] is not None)
            scope.read(limit=1 if head["prefix"] else _MAX_WORDS)
            if scope.items:
                yield Negation(head.start(), scope.end, tuple(scope.items), head["less"] is not None)


class _Scope:
    """Reads items from a negator's end to the end of what it reaches."""

    def __init__(self, text: str, start: int, stop: int, *, mild: bool) -> None:
        self.text, self.end, self.stop = text, start, stop
        self.items: list[Item] = []
        self._start = start
        self._words: list[tuple[str, int, int]] = []
        self._mild = mild

    def read(self, limit: int) -> None:
        """Collect items of at most `limit` words each."""
        listed_until = 0
        for unit in _UNIT.finditer(self.text, self._start, self.stop):
            word = EMOJI_WORDS.get(unit[0], unit[0])
            if self._is_complete(unit[0]):
                break
            if unit[0] in EMOJI_WORDS:
                self._close()
            if (
                word in _OR
                or (word in _AND and self._goes_on(unit.end()))
                or (word == "," and unit.end() <= listed_until)
            ):
                self._close()
            elif word == "," and (listed := self._listed(unit.start())):
                listed_until = listed
                self._close()
            elif word in NEGATION_ENDS or word in _AND or not (word[-1].isalnum() or word[0] == MENTION):
                break
            elif word in DEGREES and not self._words:
                self._mild = self._mild or word not in ("so", "that", "many", "particularly")
            elif word in CONNECTORS or (word in DEGREES and self._words):
                if any(known not in MUSIC_NOUNS for known, _, _ in self._words):
                    break
            elif len(self._words) == limit:
                break
            else:
                self._words.append((word.lstrip("'"), *unit.span()))
                self.end = unit.end()
        self._close()
        if at_all := _AT_ALL.match(self.text, self.end):
            self.end = at_all.end()

    def _close(self) -> None:
        if self._words:
            self.items.append(Item(tuple(self._words), self._mild))
            self._words = []

    def _is_complete(self, following: str) -> bool:
        """Return whether the words so far need no more ("no vocals jazz" asks for jazz), nor do pictures that words follow."""
        if len(self._words) != 1:
            return False
        word, start, end = self._words[0]
        if self.text[start:end] in EMOJI_WORDS:
            return following[0].isalnum()
        return word in _COMPLETE and following[0].isalnum() and following not in _OR | _AND | SWEAR_WORDS

    def _goes_on(self, end: int) -> bool:
        """Return whether the "and" that ends at `end` adds one more negated thing: a name after a name, or a last word."""
        following = _UNIT.search(self.text, end)
        if not self._words or following is None:
            return False
        last, word = self._words[-1][0], following[0]
        if word[0] == MENTION:
            return last[0] == MENTION
        same_kind = (word in GENRES) == (last in GENRES) and word not in ENERGY_WORDS and word not in TEMPO_WORDS
        return word[0].isalpha() and same_kind and _LAST_WORD.match(self.text, following.end()) is not None

    def _listed(self, comma: int) -> int | None:
        """Return how far a list reaches that goes on at `comma` and is closed by "or" (between names also "and")."""
        if not self._words:
            return None
        last = self._words[-1][0]
        if last[0] == MENTION:
            match = _NAME_LIST.match(self.text, comma)
            return match.end() if match else None
        match = _OR_LIST.match(self.text, comma)
        if match is None or match.end() > self.stop:
            return None
        kinds = {word in GENRES for word in re.findall(r"(?:, |(?:or|nor) )([\w'&-]+)", match[0])}
        return match.end() if kinds <= {last in GENRES} else None
