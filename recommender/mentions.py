"""Names of artists and titles in a prompt, told apart from the everyday words that are also somebody's name."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from recommender.negations import NEGATOR
from recommender.vocabulary import (
    CAPITALISED_WORDS,
    ENERGY_WORDS,
    EVERYDAY_WORDS,
    FUNCTION_WORDS,
    GENRES,
    MUSIC_NOUNS,
    NUMBER_WORDS,
    SMALL_WORDS,
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
    """Words that announce a name. A strong one makes a name even of an ordinary word ("songs like rain")."""

    like: bool = False
    strong: bool = False
    negated: bool = False


_MAX_WORDS: Final = 7
_LONGEST_LIST: Final = 40
_FIGURE: Final = "0"  # stands for any digits: which figure it is makes no difference to what is a name
_EMPTY_WORDS: Final = FUNCTION_WORDS | MUSIC_NOUNS
_STYLES: Final = GENRES | {_FIGURE}
_ORDINARY_WORDS: Final = (
    _EMPTY_WORDS | _STYLES | EVERYDAY_WORDS | ENERGY_WORDS.keys() | TEMPO_WORDS.keys() | NUMBER_WORDS.keys()
)
_UNTITLED_WORDS: Final = _EMPTY_WORDS | _STYLES
_VAGUE_WORDS: Final = _EMPTY_WORDS | _STYLES | ENERGY_WORDS.keys() | TEMPO_WORDS.keys()
_WORD: Final = re.compile(r"[^\W_]+")
_WITHIN_NAME: Final = re.compile(r"[ '&+./!,$*_-]{1,3}")
_QUOTED: Final = re.compile(r'"([^"]{1,100})"|(?<!\w)\'([^\']{1,100})\'(?!\w)')
_NO_LIKING: Final = r"(?<!would )(?<!'d )(?<!\bid )(?<!n't )(?<!dont )(?<!do not )"
_LIKE: Final = re.compile(
    rf"{_NO_LIKING}(?<!\bi )(?<!\bwe )\b(?:like|unlike|similar(?: [\w'/-]{{1,15}}){{0,3}} to|fans? of|in the (?:style|vein|spirit|manner) of|style of"
    r"|[aà] la|such as|reminiscent of|reminds? me of|along the lines of|inspired by|influenced by|same \w{1,12} as"
    r"|comme|dans le style de|similaires? à|wie|im stil von|ähnlich(?: wie)?|como|al estilo de|parecid[oa]s? a|similar(?:es)? a) "
)
_ALIKE: Final = re.compile(
    r"(?:(?! (?:but|with|for|that|which|in|while|when|because|please|play|add|give|not?|without|except)\b)[^.;!?()]){0,200}"
)
_TASTE: Final = re.compile(rf"{_NO_LIKING}\b(?:i like|we like|love|loves|enjoy|adore|i'm into|obsessed with) ")
_BY: Final = re.compile(r"(?<!ed )(?<!en )\b(?:by|feat\.?|featuring|the band|the artist|the singer) ")
_FROM: Final = re.compile(
    r"\b(?:(?:songs|music|tracks|tunes|stuff|something|anything|hits) from|(?:playlist|mix|more|best|lots) of|play|listen to|listening to|hear) "
)
_BEFORE_NAME: Final = re.compile(
    r"(?:some|the|early|old|older|late|new|classic|more|any|songs?|music|tracks?|stuff|something|anything|the ones"
    r"|bands|artists|singers|albums?|called|by|from|of|like|too much|de|von|der|die|the band|the artist) "
)
_QUOTES: Final = ('"', "'")
_LIKE_AFTER: Final = re.compile(
    r"(?:-| )(?:like|esque|ish|inspired|sounding|styled?|type|vibes?)\b|,? (?:and|or) (?:similar|the like|co\b)"
)
_BETWEEN_NAMES: Final = re.compile(r" ?[,;/&+]? ?(?:\b(?:and|or|nor|und|oder|et|ou|y|o|x|vs\.?) )?")
_ENDS: Final = "and|or|nor|but|not|no|without|except|please|with|for|from|in|to|when|while|at|only|und|oder|et|ou|y"
_PHRASE_END: Final = re.compile(rf" ?(?:$|[,.;:!?)/&+\"]|'s\b)| (?:{_ENDS})\b")
_MUSIC_AFTER: Final = re.compile(r" (?:songs?|music|tracks?|tunes|hits|albums?|stuff)\b")
_LIST_END: Final = re.compile(r"[ .!?]*(?:please|thanks|thank you)?[ .!?]*$")
_BY_ARTIST: Final = re.compile(r"\"? ?(?:(?:,? by|,? von|,? par|,? por|-|:) )")
_THEN_TITLE: Final = re.compile(r"(?:'s| -|:) \"?")
_TITLE_END: Final = re.compile(r" ?(?:$|[,.;:!?)/&+\"-])| (?:and|or|but|by|please|und|et|y)\b")
_SENTENCE_END: Final = re.compile(r"[.!?:]")


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
    said: list[str] = field(init=False)
    large: list[bool] = field(init=False)
    at: dict[int, int] = field(init=False)
    marks: dict[int, _Mark] = field(init=False)
    quoted: dict[int, int] = field(init=False)
    alike: list[tuple[int, int]] = field(init=False)
    lower_case: bool = field(init=False)

    def __post_init__(self) -> None:
        text, prompt = self.reading.text, self.reading.prompt
        self.words = [match.span() for match in _WORD.finditer(text)]
        said = (text[start:end] for start, end in self.words)
        self.said = [_FIGURE if word.isdigit() else word for word in said]
        self.large = [not prompt[start].islower() for start, _ in self.words]
        self.at = {start: i for i, (start, _) in enumerate(self.words)}
        self.quoted = {m.start() + 1: m.end() - 1 for m in _QUOTED.finditer(text)}
        self.marks = _marks(text)
        self.alike = [span.span() for match in _LIKE.finditer(text) if (span := _ALIKE.match(text, match.end()))]
        initials = [
            prompt[start]
            for i, (start, _) in enumerate(self.words)
            if self.said[i] not in _EMPTY_WORDS and not self._starts_sentence(i)
        ]
        self.lower_case = sum(map(str.isupper, initials)) <= sum(map(str.islower, initials)) + 2

    def find(self, first: int) -> Iterator[Wish]:
        """Yield the mentions, left to right, without overlap."""
        self._mark_list_of_names(first)
        i = floor = 0
        while i < len(self.words):
            found = self._mention(i, floor)
            if found is None:
                i = self._next(i)
            else:
                yield found
                self._continue_list(found)
                i = floor = self._word_from(found.end)

    def _next(self, i: int) -> int:
        """Return the word after word `i`, which starts no mention; what unknown quotes hold is passed over."""
        start = self.words[i][0]
        end = self.quoted.get(start)
        whole = end is not None and end - start > len(self.reading.text) - 4
        return i + 1 if end is None or whole or self.reading.text[start - 1] != '"' else self._word_from(end)

    def _word_from(self, position: int) -> int:
        return bisect_left(self.words, (position, 0))

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
            if by:
                return self._wish(WishKind.TITLE, (key, by[1]), start - (start in self.quoted), by[0], like=like)
            return self._wish(WishKind.TITLE, (key, None), start, end, like=like)
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

    def _spans(self, i: int) -> list[int]:
        """Return where the names that start with word `i` may end, as word numbers (exclusive), longest first."""
        ends = [i + 1]
        for j in range(i + 1, min(i + _MAX_WORDS, len(self.words))):
            gap = (self.words[j - 1][1], self.words[j][0])
            if not _WITHIN_NAME.fullmatch(self.reading.text, *gap):
                break
            if "," in self.reading.text[slice(*gap)] and not self._is_capital(j, j + 1):
                break
            ends.append(j + 1)
        return ends[::-1]

    def _slice(self, i: int, j: int) -> str:
        return self.reading.text[self.words[i][0] : self.words[j - 1][1]]

    def _artist(self, i: int, mark: _Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible artist that starts with word `i`."""
        for j in self._spans(i):
            if self._is_credible(i, j, mark) and (key := self.names.artist(self._slice(i, j))) is not None:
                return self.words[j - 1][1], key
        return None

    def _title(self, i: int, mark: _Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible title that starts with word `i`."""
        start = self.words[i][0]
        if start in self.quoted:
            key = self.names.title(self.reading.text[start : self.quoted[start]])
            return None if key is None else (self.quoted[start], key)
        for j in self._spans(i):
            end = self.words[j - 1][1]
            whole = j - i > 1 or self._is_capital(i, j)
            if whole and self._is_credible(i, j, mark) and self._may_be_title(i, j):
                key = self.names.title(self._slice(i, j))
                if key is not None and (j - i > 1 or _TITLE_END.match(self.reading.text, end)):
                    return end, key
        return None

    def _may_be_title(self, i: int, j: int) -> bool:
        """Return whether the words can be a title without quotes: not only general ones, and no end of a longer one."""
        if _UNTITLED_WORDS.issuperset(self._content(i, j)):
            return False
        return self.words[i][0] in self.marks or not self._follows_capital(i)

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
        k = next((k for k in (i, i - 1) if k > floor and self._is_by(self.words[k - 1][1], self.words[i][0])), floor)
        for start in range(max(floor, k - _MAX_WORDS), k):
            if self.reading.text[self.words[k - 1][1]] == '"' and self.words[start][0] not in self.quoted:
                continue
            key = self.names.title(self._slice(start, k))
            if key is not None and self._may_be_title(start, k) and (k - start > 1 or self._is_capital(start, k)):
                return self.words[start][0], key
        return None

    def _is_by(self, start: int, end: int) -> bool:
        return _BY_ARTIST.fullmatch(self.reading.text, start, end) is not None

    def _content(self, i: int, j: int) -> list[str]:
        """Return the words of a name in lower case, without a leading "the"."""
        return self.said[i + 1 : j] if j - i > 1 and self.said[i] == "the" else self.said[i:j]

    def _is_credible(self, i: int, j: int, mark: _Mark | None) -> bool:
        """Return whether words `i` to `j` (exclusive), which are somebody's name, are meant as a name here."""
        if self.quoted.get(self.words[i][0]) == self.words[j - 1][1]:
            return True
        content = self._content(i, j)
        if mark is None and not self.large[j - 1] and (len(content) == 1 or content[-1] in FUNCTION_WORDS):
            return False
        capital = self._is_capital(j - len(content), j)
        if _STYLES.issuperset(content):
            return capital and (len(content) < j - i or (mark is not None and mark.negated))
        ends = _PHRASE_END.match(self.reading.text, self.words[j - 1][1]) is not None
        if _EMPTY_WORDS.issuperset(content) and not (capital and ((mark is not None and ends) or len(content) > 1)):
            return False
        ordinary = _ORDINARY_WORDS.issuperset(content)
        if len(content) > 1 and not ordinary:
            return True
        if capital and (mark is not None or self._stands_out(i, j, ordinary=ordinary)):
            return not self._is_part_of_name(i, j, mark)
        if not ordinary and _MUSIC_AFTER.match(self.reading.text, self.words[j - 1][1]):
            return mark is not None
        return mark is not None and ends and (mark.strong or not ordinary)

    def _is_capital(self, i: int, j: int) -> bool:
        """Return whether the words of a name are written with capitals (or digits, or letters that have no case)."""
        large = [self.large[n] for n in range(i, j) if self.said[n] not in SMALL_WORDS]
        return bool(large) and all(large)

    def _starts_sentence(self, i: int) -> bool:
        gap_start = self.words[i - 1][1] if i else 0
        return i == 0 or _SENTENCE_END.search(self.reading.text, gap_start, self.words[i][0]) is not None

    def _stands_out(self, i: int, j: int, *, ordinary: bool) -> bool:
        """Return whether capitals mark an unannounced name: within a lower-case prompt, or as all there is."""
        if i == 0 and j == len(self.words):
            return not ordinary
        return (
            self.lower_case and not self._starts_sentence(i) and not CAPITALISED_WORDS.issuperset(self._content(i, j))
        )

    def _is_part_of_name(self, i: int, j: int, mark: _Mark | None) -> bool:
        """Return whether capitalised words right beside show that the name is only part of one unknown to us."""
        if mark is None and (self._follows_capital(i) or (i > 0 and self.said[i - 1] == "of")):
            return True
        if self.reading.text.startswith(" of ", self.words[j - 1][1]):
            return True
        return j < len(self.words) and self._follows_capital(j) and self.large[j] and self.said[j] not in _EMPTY_WORDS

    def _follows_capital(self, i: int) -> bool:
        """Return whether the word before word `i`, right beside it, has a capital of its own."""
        if i == 0 or self.words[i][0] - self.words[i - 1][1] != 1 or self._starts_sentence(i - 1):
            return False
        return self.reading.prompt[self.words[i - 1][0]].isupper() and self.said[i - 1] not in _EMPTY_WORDS

    def _is_like(self, start: int, end: int) -> bool:
        """Return whether "-style" follows the name, or it stands further on in what "like" began."""
        return _LIKE_AFTER.match(self.reading.text, end) is not None or any(a <= start < b for a, b in self.alike)

    def _names_from(self, position: int, *, separated: bool) -> tuple[list[int], bool]:
        """Return where known artists start in a list from `position` on, and whether the list fills its phrase."""
        starts: list[int] = []
        text = self.reading.text
        while len(starts) < _LONGEST_LIST:
            link = _BETWEEN_NAMES.match(text, position) if separated or starts else None
            i = self.at.get(link.end() if link else position)
            if (link and not link[0].strip()) or i is None or (end := self._known(i)) is None:
                break
            starts.append(self.words[i][0])
            position = end
        return starts, _LIST_END.match(text, position) is not None

    def _known(self, i: int) -> int | None:
        """Return where the longest known artist ends that starts with word `i`, genres and moods aside."""
        for j in self._spans(i):
            if not _VAGUE_WORDS.issuperset(self._content(i, j)) and self.names.artist(self._slice(i, j)) is not None:
                return self.words[j - 1][1]
        return None

    def _mark_list_of_names(self, first: int) -> None:
        """Mark the names of a prompt that is nothing but a list of names, in capitals or with one that is no ordinary word."""
        starts, complete = self._names_from(first, separated=False)
        ordinary = _ORDINARY_WORDS.issuperset(self.said[self.at[start]] for start in starts)
        capital = not any(self.reading.prompt[start].islower() for start in starts)
        if complete and len(starts) > 1 and (capital or not ordinary):
            self.marks.update(dict.fromkeys(starts, _Mark(strong=True)))

    def _continue_list(self, found: Wish) -> None:
        """Mark what follows `found` in a list ("Nina Vale, Harbour and ...") as announced in the same way."""
        link = _BETWEEN_NAMES.match(self.reading.text, found.end)
        if link is None or not link[0].strip() or link.end() in self.marks:
            return
        like = found.kind in (WishKind.LIKE_ARTIST, WishKind.LIKE_TITLE)
        starts, complete = self._names_from(found.end, separated=True)
        self.marks[link.end()] = _Mark(like=like)
        self.marks.update(dict.fromkeys(starts, _Mark(like=like, strong=complete)))


def _marks(text: str) -> dict[int, _Mark]:
    """Return where names may start because words before announce them."""
    marks: dict[int, _Mark] = {}
    announced = [(match.end(), _Mark(like=True, strong=True)) for match in _LIKE.finditer(text)]
    announced += [(match.end(), _Mark(strong=True)) for match in _BY.finditer(text)]
    for match in NEGATOR.finditer(text):
        if match["idiom"] is None:
            announced.append((match.end() + 1, _Mark(strong=match["strong"] is not None, negated=True)))
    announced += [(match.end(), _Mark(like=True)) for match in _TASTE.finditer(text)]
    announced += [(match.end(), _Mark()) for match in _FROM.finditer(text)]
    for position, mark in announced:
        while (name := position + text.startswith(_QUOTES, position)) not in marks:
            marks[name] = mark
            if (more := _BEFORE_NAME.match(text, position)) is None:
                break
            position = more.end()
    return marks
