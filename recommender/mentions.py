"""Names of artists and titles in a prompt, told apart from the everyday words that are also somebody's name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from recommender.negations import NEGATOR
from recommender.vocabulary import (
    ENERGY_WORDS,
    EVERYDAY_WORDS,
    FUNCTION_WORDS,
    GENRES,
    MUSIC_NOUNS,
    NUMBER_WORDS,
    TEMPO_WORDS,
)
from recommender.wishes import Reading, Wish, WishKind


class Names(Protocol):
    """The names that a catalog knows."""

    def artist(self, text: str) -> str | None:
        """Return the artist key if `text` is exactly an artist's name (after `artist_key`), else None."""

    def title(self, text: str) -> str | None:
        """Return the title key if `text` is exactly a track's title (after `artist_key`), else None."""


class _Mark(NamedTuple):
    """Words that announce a name. A strong one makes a name even of an everyday word ("songs like rain")."""

    like: bool
    strong: bool


_MAX_WORDS: Final = 7
_LONGEST_LIST: Final = 40
_EMPTY_WORDS: Final = FUNCTION_WORDS | MUSIC_NOUNS
_ORDINARY_WORDS: Final = (
    _EMPTY_WORDS | GENRES | EVERYDAY_WORDS | ENERGY_WORDS.keys() | TEMPO_WORDS.keys() | NUMBER_WORDS.keys()
)
_WORD: Final = re.compile(r"[^\W_]+")
_WITHIN_NAME: Final = re.compile(r"[ '&+./!,$*_-]{1,3}")
_QUOTED: Final = re.compile(r'"([^"]{1,100})"|(?<!\w)\'([^\']{1,100})\'(?!\w)')
_LIKE: Final = re.compile(
    r"(?<!would )(?<!'d )(?<!id )\b(?:like|unlike|similar(?: \w{1,12})? to|fans? of|in the (?:style|vein|spirit|manner) of|style of"
    r"|[aà] la|such as|reminiscent of|reminds? me of|along the lines of|inspired by|influenced by|same \w{1,12} as"
    r"|comme|dans le style de|similaires? à|wie|im stil von|ähnlich(?: wie)?|como|al estilo de|parecid[oa]s? a|similar(?:es)? a) "
)
_TASTE: Final = re.compile(r"(?<!would )(?<!'d )(?<!id )\b(?:love|loves|enjoy|adore|i'm into|obsessed with) ")
_BY: Final = re.compile(r"\b(?:by|feat\.?|featuring|the band|the artist|the singer) ")
_FROM: Final = re.compile(r"\b(?:(?:songs|music|tracks|tunes|stuff|something|anything|hits) from|play|listen to|listening to|hear) ")
_BEFORE_NAME: Final = re.compile(
    r"(?:some|the|early|old|older|late|new|classic|more|any|songs?|music|tracks?|stuff|something|anything|the ones"
    r"|bands|artists|singers|albums?|called|by|from|of|like|too much|de|von|der|die|the band|the artist) "
)
_LIKE_AFTER: Final = re.compile(
    r"(?:-| )(?:like|esque|ish|inspired|sounding|styled?|type|vibes?)\b|,? (?:and|or) (?:similar|the like|co\b)"
)
_BETWEEN_NAMES: Final = re.compile(r" ?[,;/&+]? ?(?:\b(?:and|or|nor|und|oder|et|ou|y|o) )?")
_PHRASE_END: Final = re.compile(
    r" ?(?:$|[,.;:!?)/&+\"]|'s\b)| (?:and|or|nor|but|not|no|without|except|songs?|music|tracks?|tunes|hits|albums?|stuff|please"
    r"|with|for|from|in|to|when|while|at|only|und|oder|et|ou|y)\b"
)
_LIST_END: Final = re.compile(r"[ .!?]*(?:please|thanks|thank you)?[ .!?]*$")
_BY_ARTIST: Final = re.compile(r"\"? ?(?:(?:,? by|,? von|,? par|,? por|-|:) )")
_THEN_TITLE: Final = re.compile(r"(?:'s| -|:) \"?")
_SENTENCE_END: Final = re.compile(r"[.!?:]\W*$")


def mentions(reading: Reading, names: Names, first: int) -> list[Wish]:
    """Return the artists and titles that the prompt names, in order: ARTIST, TITLE, LIKE_ARTIST and LIKE_TITLE, all soft.

    The longest name wins. A name of ordinary words counts where something marks it as a name: "like", "by" or a negation
    before it, quotes, a list of names, capitals within lower case. `first` is where the prompt's filler ends.
    """
    return list(_Finder(reading, names).find(first))


@dataclass(slots=True)
class _Finder:
    """One pass over the words of a prompt."""

    reading: Reading
    names: Names
    words: list[tuple[int, int]] = field(init=False)
    at: dict[int, int] = field(init=False)
    marks: dict[int, _Mark] = field(init=False)
    quoted: dict[int, int] = field(init=False)
    lower_case: bool = field(init=False)

    def __post_init__(self) -> None:
        text, prompt = self.reading.text, self.reading.prompt
        self.words = [match.span() for match in _WORD.finditer(text)]
        self.at = {start: i for i, (start, _) in enumerate(self.words)}
        self.quoted = {m.start() + 1: m.end() - 1 for m in _QUOTED.finditer(text)}
        self.marks = _marks(text)
        initials = [prompt[start] for i, (start, _) in enumerate(self.words) if not self._starts_sentence(i)]
        self.lower_case = sum(map(str.islower, initials)) >= sum(map(str.isupper, initials))

    def find(self, first: int) -> Iterator[Wish]:
        """Yield the mentions, left to right, without overlap."""
        i = next((i for i, (start, _) in enumerate(self.words) if start >= first), 0)
        if self._is_list_of_names(i):
            self.marks[self.words[i][0]] = _Mark(like=False, strong=True)
        i = floor = 0
        while i < len(self.words):
            found = self._mention(i, floor)
            if found is None:
                i += 1
                continue
            yield found
            while i < len(self.words) and self.words[i][0] < found.end:
                i += 1
            floor = i
            self._continue_list(found)

    def _mention(self, i: int, floor: int) -> Wish | None:
        """Return the mention that starts with word `i`; a title may start earlier, down to word `floor`."""
        start = self.words[i][0]
        mark = self.marks.get(start)
        like = mark is not None and mark.like
        artist = self._artist(i, mark)
        title = self._title(i, mark) if like or start in self.quoted else None
        if title and (artist is None or title[0] > artist[0] or start in self.quoted or self._by_artist(title[0])):
            end, key = title
            by = self._by_artist(end)
            return self._wish(WishKind.TITLE, (key, by and by[1]), start, by[0] if by else end, like=like)
        if artist is None:
            return None
        end, key = artist
        if after := self._title_after(end):
            return self._wish(WishKind.TITLE, (after[1], key), start, after[0], like=like)
        if before := self._title_before(i, floor):
            mark = self.marks.get(before[0])
            return self._wish(WishKind.TITLE, (before[1], key), before[0], end, like=mark is not None and mark.like)
        return self._wish(WishKind.ARTIST, key, start, end, like=like or self._is_like(start, end))

    def _wish(self, kind: WishKind, value: object, start: int, end: int, *, like: bool) -> Wish:
        kinds = {WishKind.ARTIST: WishKind.LIKE_ARTIST, WishKind.TITLE: WishKind.LIKE_TITLE}
        return self.reading.wish(kinds[kind] if like else kind, value, start, end, hard=False)

    def _is_like(self, start: int, end: int) -> bool:
        """Return whether "-style" follows the name, or "like <a title we do not know> by" precedes it."""
        text = self.reading.text
        if _LIKE_AFTER.match(text, end):
            return True
        clause = re.split(r"[,.;!?]", text[max(0, start - 60) : start])[-1]
        return clause.endswith((" by ", '" by ', " - ")) and _LIKE.search(clause) is not None

    def _spans(self, i: int) -> list[int]:
        """Return where the names that start with word `i` may end, as word numbers (exclusive), longest first."""
        ends = [i + 1]
        for j in range(i + 1, min(i + _MAX_WORDS, len(self.words))):
            gap = (self.words[j - 1][1], self.words[j][0])
            if not _WITHIN_NAME.fullmatch(self.reading.text, *gap):
                break
            if "," in self.reading.text[slice(*gap)] and not self._is_capital(j):
                break
            ends.append(j + 1)
        return ends[::-1]

    def _slice(self, i: int, j: int) -> str:
        return self.reading.prompt[self.words[i][0] : self.words[j - 1][1]]

    def _artist(self, i: int, mark: _Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible artist that starts with word `i`."""
        for j in self._spans(i):
            key = self.names.artist(self._slice(i, j))
            if key is not None and self._is_credible(i, j, mark):
                return self.words[j - 1][1], key
        return None

    def _title(self, i: int, mark: _Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible title that starts with word `i`."""
        start = self.words[i][0]
        if start in self.quoted and (key := self.names.title(self.reading.prompt[start : self.quoted[start]])) is not None:
            return self.quoted[start], key
        for j in self._spans(i):
            key = self.names.title(self._slice(i, j))
            if key is not None and self._is_credible(i, j, mark) and (self._is_capital(i) or j - i > 1):
                return self.words[j - 1][1], key
        return None

    def _by_artist(self, end: int) -> tuple[int, str] | None:
        """Return end and key of an artist named right after a title that ends at `end` ("... by Nina Vale")."""
        link = _BY_ARTIST.match(self.reading.text, end)
        i = self.at.get(link.end()) if link else None
        return None if i is None else self._artist(i, _Mark(like=False, strong=True))

    def _title_after(self, end: int) -> tuple[int, str] | None:
        """Return end and key of a title that follows its artist, who ends at `end` ("Nina Vale's ...")."""
        link = _THEN_TITLE.match(self.reading.text, end)
        i = self.at.get(link.end()) if link else None
        return None if i is None else self._title(i, _Mark(like=False, strong=True))

    def _title_before(self, i: int, floor: int) -> tuple[int, str] | None:
        """Return start and key of a title before its artist, who starts with word `i` ("... by Nina Vale")."""
        k = i
        while k > floor and not _BY_ARTIST.fullmatch(self.reading.text, self.words[k - 1][1], self.words[i][0]):
            k -= 1
            if k < i - 1:
                return None
        for start in range(max(floor, k - _MAX_WORDS), k):
            key = self.names.title(self._slice(start, k))
            ordinary = all(word in _EMPTY_WORDS or word in GENRES for word in self._content(start, k))
            if key is not None and not ordinary and (k - start > 1 or self._is_capital(start)):
                return self.words[start][0], key
        return None

    def _content(self, i: int, j: int) -> list[str]:
        """Return the words of a name in lower case, without a leading "the"."""
        words = [self.reading.text[slice(*self.words[n])] for n in range(i, j)]
        return words[1:] if len(words) > 1 and words[0] == "the" else words

    def _is_credible(self, i: int, j: int, mark: _Mark | None) -> bool:
        """Return whether words `i` to `j` (exclusive), which are somebody's name, are meant as a name here."""
        if self.quoted.get(self.words[i][0]) == self.words[j - 1][1]:
            return True
        content = self._content(i, j)
        capital = self._is_capital(i) and self._is_capital(j - 1)
        negated = mark is not None and not mark.like and self._is_negated(i)
        if all(word in GENRES or word.isdigit() for word in content):
            return capital and (negated or (i + 1 < j and self.words[i][0] in self.marks))
        if all(word in _EMPTY_WORDS for word in content) and not capital:
            return False
        ordinary = all(word in _ORDINARY_WORDS or word.isdigit() for word in content)
        if len(content) > 1 and not ordinary:
            return True
        if capital:
            return not self._is_part_of_name(i, j, mark) and (mark is not None or self._stands_out(i, j, ordinary))
        ends = _PHRASE_END.match(self.reading.text, self.words[j - 1][1])
        return mark is not None and ends is not None and (mark.strong or not ordinary)
