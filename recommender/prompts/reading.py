"""Reading a prompt: what to look for, what must hold, what is excluded, and what was not understood.

A `SpanReader` marks its words; here names are looked up, figures read, spans turned into wishes, and turns joined.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import Final

from recommender.prompts import name_signs as signs
from recommender.prompts.corrections import Correction, corrected
from recommender.prompts.figures import figures
from recommender.prompts.followups import adds, continued, given_up, kinds_of
from recommender.prompts.likeness import as_examples
from recommender.prompts.meanings import DENIED, FIGURES, WANTED, Said, absolute, meaning
from recommender.prompts.mentions import ORDINARY_WORDS, Names, mentions
from recommender.prompts.repairs import repaired
from recommender.prompts.spans import (
    ACTS,
    CUE,
    NAMES,
    UNCLEAR,
    WISHES,
    Polarity,
    Span,
    SpanReader,
    Turn,
    covered,
    touches,
    uncovered,
)
from recommender.prompts.subjects import (
    Spoken,
    denied_by_minus,
    genres,
    implied,
    looked_for,
    pictures,
    said_in_titles,
    spoken_of,
    tag_wishes,
    unknown,
)
from recommender.prompts.turning import lifted
from recommender.prompts.vocabulary import COMMON_WORDS, FUNCTION_WORDS
from recommender.prompts.wishes import (
    ALIKE,
    COMPARED,
    LIKE,
    MENTION,
    NAMED,
    SHUNNED,
    Reading,
    Told,
    Wish,
    WishKind,
    settled,
)

__all__ = ["Names", "PromptQuery", "PromptReader", "Told", "Wish", "WishKind", "normalise"]


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A prompt, read. `topic` is what is looked for in tags and meaning: the subjects, never a name, a figure or a courtesy.

    `prompt` is in its normalised form, which the places of wishes and `spans` refer to. `wishes` are in the order of the
    prompt, those that hold from earlier turns first, and at most one each of LENGTH, MINUTES, INSTRUMENTAL, EXPLICIT,
    POPULARITY, NOVELTY and ARC; several of another kind are alternatives, but all that are negated (NOT_...) count.
    `subjects` are the words that the topic is made of, in the catalog's own spelling where it has one, and `sentence` is what the
    prompt says of them in its own words, empty where it is in another language than tags are; `titles`, and what songs shall be
    `about`, are words to look for in names. `excluded_words` are what the prompt negates, in lower case. `context` holds the subjects of earlier turns that were not given up since, the oldest first, and `mentioned`
    what each of those turns named, wanted or as an example. `since` counts the turns, this one
    included, that want and name nothing to look for but say how it shall be, so that they weaken nothing. `another`: none of the tracks of the list before. `not_read` is
    what counts for nothing, `said` all that this turn wishes, overruled or not, `reader` the version of what marked the words.
    """

    prompt: str
    subjects: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    excluded_words: tuple[str, ...] = ()
    context: tuple[tuple[str, ...], ...] = ()
    mentioned: tuple[tuple[Wish, ...], ...] = ()
    sentence: str = ""
    titles: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    another: bool = False
    not_read: tuple[Told, ...] = ()
    said: tuple[Wish, ...] = ()
    places: tuple[Span, ...] = ()
    reader: str = ""
    since: int = 0

    @property
    def topic(self) -> str:
        """What this turn looks for, in words."""
        return ", ".join(self.subjects)

    @property
    def named(self) -> tuple[Wish, ...]:
        """What this turn names, wanted or as an example."""
        return tuple(wish for wish in self.wishes if wish.kind in NAMED | ALIKE and wish.start >= 0)


_TURNS: Final = 3
"""Earlier turns that are remembered: what was said before is seldom still meant."""

REMEMBERED: Final = 256
"""Turns whose readings are remembered: a conversation says its earlier ones again with each, and so does whoever relaxes a wish."""

_SURE: Final = 0.7
"""From this certainty on, what is read is said to be missing where the catalog has none of it."""

_LIKELY: Final = 0.5
"""From this certainty on, a single word that the reader takes for something else is nobody's name."""

_SURE_OF_NAME: Final = 0.9
_LIKENED: Final = frozenset({Polarity.EXAMPLE, Polarity.UNLIKE})
_FEW: Final = 8  # words of a prompt in which a name that is sure may be misspelt
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
_EMOJI_STYLE: Final = "\ufe0f"
_WORD: Final = re.compile(r"[\w&'-]+")
_TAG: Final = re.compile(r"[\w&'-]+(?: [\w&'-]+){0,4}")
_UNSEARCHED: Final = NAMES | ACTS | FIGURES - {"period", "tempo"} | {CUE, UNCLEAR}
_FEW_WORDS: Final = 3  # of an answer: "yes", "ok cool"
_SAID_OFTEN: Final = COMMON_WORDS | ORDINARY_WORDS
_KINDS_OF_NAMES: Final = {what: WishKind[what.upper()] for what in sorted(NAMES)}
_ARTISTS: Final = frozenset({WishKind.ARTIST, WishKind.LIKE_ARTIST})


def normalise(prompt: str) -> str:
    """Return a prompt in NFKC, its white space single spaces.

    Control and format characters, variation selectors and lone surrogates are left out.
    """
    kept = "".join(c for c in prompt if c.isspace() or not (c == _EMOJI_STYLE or unicodedata.category(c) in _UNSEEN))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


class PromptReader:
    """Reads prompts for one catalog: with what marks their words, the names that it knows, and its tags by meaning."""

    def __init__(
        self, spans: SpanReader, names: Names, today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self._spans, self._names, self._today = spans, names, today
        self._read = lru_cache(maxsize=REMEMBERED)(self._turn) if spans.steady else self._turn

    @cached_property
    def by_our_own(self) -> "PromptReader":
        """The reader of the same catalog that asks no language model."""
        own = self._spans.own
        return self if own is self._spans else PromptReader(own, self._names, self._today)

    def as_of(self, day: date, read_with: Callable[[SpanReader], SpanReader]) -> "PromptReader":
        """Return a reader for the same catalog as of another day, with another reader in front of our own."""
        return PromptReader(read_with(self._spans.own), self._names, lambda: day)

    def read(self, prompt: str, history: Sequence[str] = (), corrections: Sequence[Correction] = ()) -> PromptQuery:
        """Read a prompt of any content, in time linear in its length; raises nothing.

        Names come first and hide their words from all other readers ("Maroon 5 songs" asks for no five songs), then figures,
        then what is marked. Of two lengths or durations the last counts; of contradicting demands for sung or for clean music
        the last hard one. Of the last three turns in `history` (earlier prompts, oldest first) the hard wishes and the tags
        hold on, see `recommender.prompts.followups.continued`. `corrections` count from their turn on; those of turns that are
        too long ago to be read count from the first that is.
        """
        today = self._today()
        read = [self._read(turn, today) for turn in _turns(prompt, history)]
        return self._conversation(read, len(history), corrections)

    def read_all(self, asked: Sequence[tuple[str, Sequence[str], Sequence[Correction]]]) -> list[PromptQuery]:
        """Read several prompts, each with its history and corrections: faster than one by one, and equal up to rounding.

        What is read together is not remembered, so that a prompt alone has one reading whatever came before.
        """
        if len(asked) == 1:
            return [self.read(*asked[0])]
        turns = [_turns(prompt, history) for prompt, history, _ in asked]
        once, today = [*dict.fromkeys(chain.from_iterable(turns))], self._today()
        marked = self._spans.read_all([*map(_shown, once)])
        read = {turn: self._meant(turn, today, *marks) for turn, marks in zip(once, marked, strict=True)}
        return [
            self._conversation([read[turn] for turn in of], len(history), corrections)
            for of, (_, history, corrections) in zip(turns, asked, strict=True)
        ]

    def _conversation(
        self, read: Sequence[PromptQuery], earlier: int, corrections: Sequence[Correction]
    ) -> PromptQuery:
        """Join the readings of turns, the oldest first; corrections of any of so many `earlier` ones count from theirs on."""
        said: dict[int, list[Correction]] = {}
        for one in corrections:
            said.setdefault(max(0, one.turn - max(0, earlier - _TURNS)), []).append(one)
        query = corrected(read[0], said.get(0, ()), self._names)
        for number, turn in enumerate(read[1:], 1):
            query = corrected(_after(query, turn), said.get(number, ()), self._names)
        return query

    def _turn(self, turn: Turn, today: date) -> PromptQuery:
        return self._meant(turn, today, *self._spans.read(*_shown(turn)))

    def _meant(self, turn: Turn, today: date, read: Sequence[Span], reader: str) -> PromptQuery:
        """Return a prompt's query by itself, from what is marked in it by a `reader` of that version."""
        prompt, after = turn
        whole = Reading.of(normalise(prompt))
        text = whole.prompt
        read = genres(self._names, text, lifted(text, read) if any(map(str.strip, after)) else read)
        first = not any(map(str.strip, after)) or any(span.what == "reset" for span in read)
        marked = denied_by_minus(text, repaired(text, read, follows=not first, lines=_lines(prompt)))
        over = frozenset[str]() if first else given_up(marked)
        named = list(as_examples(text, [*self._named(whole, marked, begins=first)]))
        places = [(wish.start, wish.end) for wish in named]
        said_in_figures = list(figures(whole.without(places, MENTION).text, marked, named, today))
        taken = covered(len(text), named, said_in_figures)
        rest = [span for span in marked if span.what not in over | FIGURES and not touches(span, taken)]
        emoji = list(pictures(text, covered(len(text), named, said_in_figures, rest)))
        wishes, told = [*named, *self._tagged(named), *self._longer(text, marked)], list[Told]()
        for span in sorted([*said_in_figures, *rest], key=lambda span: span.start):
            for found in self._meaning(Said(span, text[span.start : span.end], today)):
                if isinstance(found, Told) and (found.text.lower() in FUNCTION_WORDS or span.what in over):
                    continue  # what a tagger took "from" for
                (told if isinstance(found, Told) else wishes).append(found)  # type: ignore[arg-type]
        wishes = _with_nothing_before(wishes) if first else wishes
        between = uncovered(text, named, (span for span in marked if span.what != CUE))
        foreign = self._names.is_foreign(text) or self._names.is_foreign(between)
        spoken = list(spoken_of(self._names, text, [*rest, *emoji], foreign=foreign))
        subjects = [*implied(wishes), *looked_for(self._names, spoken)]
        subjects = subjects or [one.own for one in spoken if one.span.polarity in WANTED]
        wishes += chain.from_iterable(tag_wishes(one, text) for one in spoken)
        told += chain.from_iterable(map(unknown, spoken))
        excluded = [one.own.lower() for one in spoken if one.span.polarity in DENIED]
        excluded += [text[one.start : one.end].lower() for one in rest if one.what in NAMES and one.polarity in DENIED]
        told += _unnamed(text, rest)
        titles = tuple(
            text[span.start : span.end]
            for span in rest
            if span.what in NAMES and span.polarity in WANTED - {Polarity.EXAMPLE}
        )
        acts = any(span.what in ACTS | NAMES for span in marked)
        if not (first or acts or over or wishes or subjects or told or excluded):
            told.append(Told(text, "no_effect"))
        return PromptQuery(
            text,
            tuple(dict.fromkeys(subjects)),
            settled(wishes),
            tuple(dict.fromkeys(excluded)),
            titles=titles,
            sentence="" if foreign or not subjects else _sentence(text, marked, named),
            about=tuple(said_in_titles(self._names, text, spoken)),
            spans=tuple(marked),
            reader=reader,
            another=any(span.what == "other" for span in rest),
            not_read=tuple(told),
            since=0 if titles or _is_new(named, spoken) else 1,
            said=tuple(wishes),
            places=tuple(
                replace(span, value=value)
                for span in said_in_figures
                if span.what == "position" and (value := Said(span, text[span.start : span.end], today).figures)
            ),
        )

    def _tagged(self, named: Iterable[Wish]) -> Iterator[Wish]:
        """Yield the tags that names spell which are not wanted: "nothing by Love" keeps out what is tagged so."""
        for wish in named:
            if wish.kind in SHUNNED.values() and (key := self._names.tag(wish.text)) is not None:
                yield replace(wish, kind=WishKind.NOT_TAG, value=key)

    def _longer(self, text: str, marked: Sequence[Span]) -> Iterator[Wish]:
        """Yield the tags that begin with what is not wanted and go on behind it: "no singer songwriter" is no "singer" alone."""
        for number, span in enumerate(marked):
            if span.polarity is Polarity.AVOID:
                stop = next((other.start for other in marked[number + 1 :] if other.polarity not in DENIED), len(text))
                said = _TAG.match(text, span.start, stop)
                ends = [word.end() for word in _WORD.finditer(text, span.start, said.end())] if said else []
                for end in (end for end in reversed(ends) if end > span.end or span.what == CUE):
                    if (key := self._names.tag(text[span.start : end])) is not None:
                        yield Wish(WishKind.NOT_TAG, key, text[span.start : end], span.start, end, True)
                        break

    def _meaning(self, said: Said) -> Iterator[Wish | Told]:
        """Yield what a span asks for: "nothing upbeat" is a wish for calm, and keeps out what is tagged so."""
        yield from meaning(said)
        # "Clean" is none of something.
        itself = said.span.what in ("explicit", "ai") or "instrument" in said.words.lower()
        if said.denied and said.span.what in WISHES and not itself:
            last = said.words.split()[-1]  # grammar takes "from" to "80s"
            key = self._names.tag(said.words) or (self._names.tag(last) if said.span.what == "period" else None)
            if key is not None:
                yield said.wish(WishKind.NOT_TAG, key)

    def _named(self, whole: Reading, marked: Sequence[Span], *, begins: bool) -> Iterator[Wish]:
        """Yield what the catalog has of the names in a prompt, meant as they are marked."""
        text = whole.prompt
        acts = any(span.what in ACTS for span in marked)
        answer = text.lower().split() if not begins and not any(span.what in NAMES for span in marked) else []
        if 0 < len(answer) < _FEW_WORDS and _SAID_OFTEN.issuperset(answer):
            return  # "yes" answers, and is no band
        nothing_else = not acts and self._names.tag(text) is None
        if nothing_else and (key := self._names.key(WishKind.ARTIST, text)) is not None:
            yield Wish(WishKind.ARTIST, key, text, 0, len(text), False)
            return
        if nothing_else and " " in text and (key := self._names.key(WishKind.TITLE, text)) is not None:
            yield Wish(WishKind.TITLE, (key, None), text, 0, len(text), False)
            return
        first = min((span.start for span in marked), default=0)
        found = list(self._joined(text, marked, list(mentions(whole, self._names, first))))
        for wish in found:
            if not begins and wish.text.lower() in FUNCTION_WORDS:
                continue  # those whom the turn before named
            over = [span for span in marked if span.start < wish.end and wish.start < span.end]
            # "Smells Like ..." is like nothing.
            itself = wish.kind is WishKind.TITLE and signs.LIKE.search(wish.text.lower())
            as_name = [] if itself else [span for span in over if span.what in NAMES]
            other = not as_name and any(span.certainty >= _LIKELY for span in over)
            if wish.kind in SHUNNED.values() or not (other and " " not in wish.text and wish.text != text):
                yield from _meant(wish, as_name or [span for span in over if span.polarity in DENIED])
        for span in marked:
            words = text[span.start : span.end]
            pronoun = not begins and words.lower() in FUNCTION_WORDS
            if span.what not in NAMES or pronoun or any(w.start < span.end and span.start < w.end for w in found):
                continue
            asked = signs.SONGS_OF.match(text, span.end)
            told = asked or span.polarity in _LIKENED or (span.what != "artist" and " " in words)
            sure = span.certainty >= (_SURE if told else _SURE_OF_NAME) or words == text or span.polarity in DENIED
            kind = _KINDS_OF_NAMES[span.what]
            key = self._names.key(kind, words) if sure else None
            if key is None and sure and span.what == "artist" and len(text.split()) <= _FEW:
                key = self._names.near_artist(words, initials=False)
            if key is not None:
                value = (key, None) if kind in (WishKind.TITLE, WishKind.ALBUM) else key
                yield from _meant(Wish(kind, value, words, span.start, span.end, False), [span])

    def _joined(self, text: str, marked: Sequence[Span], found: Sequence[Wish]) -> Iterator[Wish]:
        """Yield names, those of artists that follow a marked title of theirs ("... by Nina Vale") with the title."""
        ends = {span.end: span for span in marked if span.what == "title"}
        for wish in found:
            link = next((end for end in ends if signs.BY_ARTIST.fullmatch(text, end, wish.start)), None)
            key = None if link is None else self._names.key(WishKind.TITLE, text[ends[link].start : link])
            if key is None or link is None or wish.kind is not WishKind.ARTIST:
                yield wish
            else:
                start = ends[link].start
                yield Wish(WishKind.TITLE, (key, wish.value), text[start : wish.end], start, wish.end, False)


def _turns(prompt: str, history: Sequence[str]) -> list[Turn]:
    """Return the turns that are read of a conversation, the oldest first."""
    turns = (*history[-_TURNS:], prompt)
    return [(turn, turns[:number]) for number, turn in enumerate(turns)]


def _shown(turn: Turn) -> Turn:
    """Return a turn as what marks it is shown it: normalised, and without capitals where all are, which say nothing."""
    text = normalise(turn[0])
    low = text.lower() if text.isupper() else text
    return low if len(low) == len(text) else text, tuple(map(normalise, turn[1]))


def _lines(prompt: str) -> list[int]:
    """Return where the lines of a prompt after its first begin in its normalised form."""
    return [*accumulate(len(line) + 1 for line in map(normalise, prompt.splitlines()) if line)][:-1]


def _is_new(named: Iterable[Wish], spoken: Iterable[Spoken]) -> bool:
    """Return whether a turn wants or names something to look for."""
    wanted = any(one.span.polarity in WANTED and one.span.what != "language" for one in spoken)
    return wanted or any(wish.kind in NAMED | ALIKE for wish in named)


def _sentence(text: str, marked: Iterable[Span], named: Iterable[Wish]) -> str:
    """Return a prompt without names, figures, what is not wanted, and what speaks of the list or of nothing."""
    return uncovered(text, named, (one for one in marked if one.what in _UNSEARCHED or one.polarity not in WANTED))


def _unnamed(text: str, spans: Iterable[Span]) -> Iterator[Told]:
    """Yield whom or what the catalog has not of the names that are surely meant."""
    for span in spans:
        words = text[span.start : span.end]
        if span.what in NAMES and span.certainty >= _SURE and words.lower() not in FUNCTION_WORDS:
            yield Told(words, f"no_{span.what}")


def _with_nothing_before(wishes: Sequence[Wish]) -> list[Wish]:
    """Return the wishes of a first turn: what compares does so with who is named ("Nina Vale but louder" is like Nina Vale)."""
    if not any(wish.kind in COMPARED for wish in wishes):
        return list(wishes)
    if any(wish.kind in NAMED | ALIKE for wish in wishes):
        return [replace(wish, kind=LIKE.get(wish.kind, wish.kind)) for wish in wishes]
    return [absolute(wish) for wish in wishes]


def _meant(wish: Wish, spans: Sequence[Span]) -> Iterator[Wish]:
    """Yield a named thing as it is marked: wanted, as an example, not wanted, or an example that is not wanted itself."""
    polarities = {span.polarity for span in spans}
    if not polarities.isdisjoint({Polarity.AVOID, Polarity.INSTEAD, Polarity.MUCH, Polarity.LESS}):
        yield replace(wish, kind=SHUNNED.get(wish.kind, wish.kind), hard=True)
        return
    like = not polarities.isdisjoint(_LIKENED)
    yield replace(wish, kind=LIKE.get(wish.kind, wish.kind)) if like else wish
    if Polarity.UNLIKE in polarities and wish.kind in SHUNNED:
        yield replace(wish, kind=SHUNNED[wish.kind], hard=True)


def _those_before(earlier: PromptQuery, query: PromptQuery) -> Iterator[Wish]:
    """Yield what a prompt wants of those whom the turn before named: "not by them", "more like her"."""
    for span in query.spans:
        text = query.prompt[span.start : span.end]
        if span.what == "artist" and text.lower() in FUNCTION_WORDS:
            for wish in earlier.named:
                if wish.kind in _ARTISTS:
                    those = Wish(WishKind.ARTIST, wish.value, text, span.start, span.end, False)
                    yield from _meant(those, [span])


def _after(earlier: PromptQuery, query: PromptQuery) -> PromptQuery:
    """Return a prompt's query with what stays of the turn before."""
    if any(span.what == "reset" for span in query.spans):
        return query
    query = replace(query, wishes=(*query.wishes, *_those_before(earlier, query)))
    gone = {*query.excluded_words, *(wish.value for wish in query.wishes if wish.kind is WishKind.NOT_TAG)}
    over = kinds_of(without := given_up(query.spans))
    gone.update(implied(wish for wish in earlier.wishes if wish.kind in over))
    asked = {words.lower() for words in query.subjects}
    context = tuple(
        tuple(words for words in turn if words.lower() not in gone) for turn in (*earlier.context, earlier.subjects)
    )
    return replace(
        query,
        wishes=continued(query.wishes, earlier.wishes, adding=adds(query.prompt, query.spans), without=without),
        excluded_words=tuple(
            dict.fromkeys([*(w for w in earlier.excluded_words if w not in asked), *query.excluded_words])
        ),
        context=context,
        mentioned=(*earlier.mentioned, earlier.named),
        since=0 if query.named else query.since and earlier.since + 1,
        titles=query.titles or earlier.titles,
        about=query.about or earlier.about,
    )
