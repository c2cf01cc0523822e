"""Names of artists and titles in a prompt, told apart from the everyday words that are also somebody's name."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from recommender.prompts import name_signs as signs
from recommender.prompts.likeness import is_likened
from recommender.prompts.vocabulary import (
    COMMON_WORDS,
    EVERYDAY_WORDS,
    FUNCTION_WORDS,
    GENRES,
    MUSIC_NOUNS,
    NUMBER_WORDS,
    PROPER_WORDS,
    SMALL_WORDS,
    SOUND_WORDS,
)
from recommender.prompts.wishes import ALIKE, LIKE, Reading, Wish, WishKind


class Names(Protocol):
    """The names that a catalog knows."""

    def key(self, kind: WishKind, text: str) -> str | None:
        """Return the key of what has exactly the name `text`: an ARTIST, TITLE, ALBUM or LABEL (`kind`); None if nothing has."""

    def near_artist(self, text: str, *, initials: bool) -> str | None:
        """Return the key of the artist whose name `text` most likely misspells, or has as `initials`, else None."""

    def tag(self, text: str) -> str | None:
        """Return the key of the tag that `text` spells, in the singular or plural, else None."""

    def near_tags(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return for each text the keys of the tags that mean about the same, the nearest first, none where none is near."""

    def in_english(self, texts: Sequence[str]) -> list[str | None]:
        """Return for each text what English prompts call it, None where that is not known."""

    def is_foreign(self, text: str) -> bool:
        """Return whether a text is likelier in another language than English."""


_MAX_WORDS: Final = 7
_LEAST_POSSESSIVE: Final = 5  # letters; what is longer may be a name and an "s"
_LONGEST_LIST: Final = 40
_FIGURE: Final = "0"  # stands for any digits: which figure it is makes no difference to what is a name
_EMPTY_WORDS: Final = FUNCTION_WORDS | MUSIC_NOUNS
_STYLES: Final = GENRES | {_FIGURE}
ORDINARY_WORDS: Final = frozenset(_EMPTY_WORDS | _STYLES | EVERYDAY_WORDS | SOUND_WORDS | NUMBER_WORDS)
"""Words that are somebody's name only where something marks them as one."""
_COMMON_WORDS: Final = ORDINARY_WORDS | COMMON_WORDS
_PLAIN_WORDS: Final = _COMMON_WORDS | PROPER_WORDS
_UNTITLED_WORDS: Final = _EMPTY_WORDS | _STYLES
_VAGUE_WORDS: Final = _EMPTY_WORDS | _STYLES | SOUND_WORDS
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_WORD: Final = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
"""A word also ends where its script does: "Nina Valeの" is a name and a particle."""
_WITHIN_NAME: Final = re.compile(r"[ '&+./!,$*_-]{0,3}")
_ARTISTS: Final = frozenset({WishKind.ARTIST, WishKind.LIKE_ARTIST})
_LEADS: Final = frozenset({"with", "from", "by", "of", "to", "and", "or"})
_COMPANIES: Final = frozenset({"records", "recordings"})


def mentions(reading: Reading, names: Names, first: int) -> list[Wish]:
    """Return the artists, titles, albums and labels that a prompt names, and whom "not them" keeps out.

    First, in the order of the prompt and all soft, ARTIST, TITLE, ALBUM, LABEL, LIKE_ARTIST, LIKE_TITLE and LIKE_ALBUM; then a
    hard NOT_ARTIST for each artist whom "like ..., but not them" takes back, over the words of that "not". The longest name
    wins. A name of ordinary words counts where something marks it as a name: "like", "by" or a negation before it, quotes, a
    list of names, capitals within lower case. A misspelt one needs such a mark, or to be all there is. `first` is where the
    prompt's filler ends. Takes time linear in the length of the prompt.
    """
    found = list(_Finder(reading, names, first).find())
    return [*found, *_not_them(reading, found)]


def _not_them(reading: Reading, found: list[Wish]) -> Iterator[Wish]:
    """Yield the artists whom the prompt gives as examples and then does not want themselves."""
    examples = [
        (wish.end, wish.value if wish.kind is WishKind.LIKE_ARTIST else wish.value[1])
        for wish in found
        if wish.kind in ALIKE
    ]
    for match in signs.NOT_THEM.finditer(reading.text):
        before = [(end, artist) for end, artist in examples if end <= match.start()]
        examples = examples[len(before) :]
        for artist in dict.fromkeys(artist for _, artist in before if artist is not None):
            yield reading.wish(WishKind.NOT_ARTIST, artist, *match.span(), hard=True)


class _Finder:
    """One pass over the words of a prompt."""

    def __init__(self, reading: Reading, names: Names, first: int) -> None:
        self.reading, self.names, self.first = reading, names, first
        text, prompt = reading.text, reading.prompt
        self.ends: dict[int, list[int]] = {}
        self.known: dict[int, int | None] = {}
        self.words = [match.span() for match in _WORD.finditer(text)]
        said = (text[start:end] for start, end in self.words)
        self.said = [_FIGURE if word.isdigit() else word for word in said]
        self.large = [not prompt[start].islower() for start, _ in self.words]
        self.at = {start: i for i, (start, _) in enumerate(self.words)}
        self.quoted = {m.start() + 1: m.end() - 1 for m in signs.QUOTED.finditer(text)}
        self.marks = signs.marks_in(text)
        self.opening = next(
            (i for i, (at, _) in enumerate(self.words) if at >= self.first and self.said[i] not in FUNCTION_WORDS), 0
        )
        self.barred = self._titled() | {match.end() for match in signs.OF_FILM.finditer(text)}
        self.album, self.company = "album" in self.said, not _COMPANIES.isdisjoint(self.said)
        self.albums = {match.end() for match in signs.ALBUM.finditer(text)}
        self.labels = {match.end() for match in signs.LABEL.finditer(text)}
        self.alike = [
            span.span() for match in signs.LIKE.finditer(text) if (span := signs.ALIKE.match(text, match.end()))
        ]
        initials = [
            prompt[start]
            for i, (start, _) in enumerate(self.words)
            if self.said[i] not in _EMPTY_WORDS and not self._starts_sentence(i)
        ]
        self.lower_case = sum(map(str.isupper, initials)) <= sum(map(str.islower, initials)) + 2

    def find(self) -> Iterator[Wish]:
        """Yield the mentions, left to right, without overlap."""
        self._mark_list_of_names()
        i = floor = 0
        while i < len(self.words):
            found = self._mention(i, floor)
            if found is None:
                self._skip_unknown(i)
                start = self.words[i][0]
                i = self._word_from(self.quoted[start]) if self._is_unknown_quote(start) else i + 1
            else:
                yield found
                end = self._end_of_title(found)
                self._continue_list(found, end)
                i = floor = self._word_from(end)

    def _titled(self) -> set[int]:
        """Return where words start that stand before "by" and a name: those of a title, back to where the phrase starts."""
        text, titled = self.reading.text, set[int]()
        for match in signs.BY_NAME.finditer(text):
            by = self._word_from(match.end())
            if by < len(self.words) and (self.large[by] or self._known(by) is not None):
                i = by - 1
                while (
                    i > max(0, by - 2 - _MAX_WORDS)
                    and self.said[i - 1] not in ("and", "or")
                    and text[self.words[i - 1][1]] in " '-"
                ):
                    i -= 1
                    titled.add(self.words[i][0])
                    if self.words[i][0] in self.marks:
                        break
        return titled

    def _word_from(self, position: int) -> int:
        return bisect_left(self.words, (position, 0))

    def _mention(self, i: int, floor: int) -> Wish | None:
        """Return the mention that starts with word `i`; a title may start earlier, down to word `floor`."""
        start = self.words[i][0]
        mark = self.marks.get(start)
        like = mark is not None and mark.like
        if label := self._label(i):
            return self._wish(WishKind.LABEL, label[1], start, label[0], like=False)
        if album := self._album(i):
            return self._work(WishKind.ALBUM, i, album, like=like)
        artist = self._artist(i, mark)
        titled = like or start in self.quoted or (mark is not None and not mark.negated and self._is_headed(i))
        title = self._title(i, mark) if titled else None
        if title and (artist is None or title[0] > artist[0] or start in self.quoted or self._by_artist(title[0])):
            return self._work(WishKind.TITLE, i, title, like=like)
        if artist is None:
            return None
        end, key = artist
        if after := self._work_after(end):
            return self._wish(after[0], (after[2], key), start, after[1], like=like)
        if before := self._title_before(i, floor):
            mark = self.marks.get(before[0])
            return self._wish(WishKind.TITLE, (before[1], key), before[0], end, like=mark is not None and mark.like)
        if themselves := signs.THEMSELVES.match(self.reading.text, end):
            end = themselves.end()
        like = like or is_likened(self.reading.text, start, end)
        return self._wish(WishKind.ARTIST, key, start, end, like=like or any(a <= start < b for a, b in self.alike))

    def _work(self, kind: WishKind, i: int, work: tuple[int, str], *, like: bool) -> Wish:
        """Return the wish for a title or album, by end and key, that starts with word `i`; the artist may follow it."""
        end, key = work
        start = self.words[i][0]
        if by := self._by_artist(end):
            return self._wish(kind, (key, by[1]), start - (start in self.quoted), by[0], like=like)
        return self._wish(kind, (key, None), start, end, like=like)

    def _label(self, i: int) -> tuple[int, str] | None:
        """Return end and key of the record label that starts with word `i`: announced as one, or called "... Records"."""
        announced = self.words[i][0] in self.labels
        if not announced and not self.company:
            return None
        for j in self._spans(i):
            company = j - i > 1 and self.said[j - 1] in _COMPANIES
            if (
                (company or (announced and self._ends_phrase(j)))
                and not _EMPTY_WORDS.issuperset(self.said[i:j])
                and (announced or self._is_capital(i, j))
                and (key := self.names.key(WishKind.LABEL, self._slice(i, j))) is not None
            ):
                return self.words[j - 1][1], key
        return None

    def _album(self, i: int) -> tuple[int, str] | None:
        """Return end and key of the album that starts with word `i`, announced as one or followed by "album"."""
        start = self.words[i][0]
        if start in self.quoted:
            end = self.quoted[start]
            announced = start in self.albums or signs.THEN_ALBUM.match(self.reading.text, end + 1)
            key = self.names.key(WishKind.ALBUM, self.reading.text[start:end]) if announced else None
            return None if key is None else (end, key)
        if start not in self.albums and not self.album:
            return None
        for j in self._spans(i):
            end = self.words[j - 1][1]
            announced = (start in self.albums and self._ends_phrase(j)) or signs.THEN_ALBUM.match(
                self.reading.text, end
            )
            if (
                announced
                and (self._is_capital(i, j) or (j - i > 1 and start in self.albums))
                and not _EMPTY_WORDS.issuperset(self.said[i:j])
                and (key := self.names.key(WishKind.ALBUM, self._slice(i, j))) is not None
            ):
                return end, key
        return None

    def _wish(self, kind: WishKind, value: object, start: int, end: int, *, like: bool) -> Wish:
        if self.quoted.get(start) == end:
            start, end = start - 1, end + 1
        return self.reading.wish(LIKE[kind] if like else kind, value, start, end, hard=False)

    def _spans(self, i: int) -> list[int]:
        """Return where the names that start with word `i` may end, as word numbers (exclusive), longest first."""
        if i in self.ends:
            return self.ends[i]
        ends = [i + 1]
        for j in range(i + 1, min(i + _MAX_WORDS, len(self.words))):
            gap = (self.words[j - 1][1], self.words[j][0])
            if not _WITHIN_NAME.fullmatch(self.reading.text, *gap):
                break
            if "," in self.reading.text[slice(*gap)] and not self._is_capital(j, j + 1):
                break
            ends.append(j + 1)
        self.ends[i] = ends[::-1]
        return self.ends[i]

    def _slice(self, i: int, j: int) -> str:
        return self.reading.text[self.words[i][0] : self.words[j - 1][1]]

    def _artist(self, i: int, mark: signs.Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible artist that starts with word `i`."""
        if self.words[i][0] in self.barred:
            return None
        spans = [j for j in self._spans(i) if not self._is_of_other(i, j)]
        if self._is_unknown_quote(self.words[i][0]):
            spans = [j for j in spans if self.words[j - 1][1] == self.quoted[self.words[i][0]]]
        for j in spans:
            if (
                self._is_credible(i, j, mark)
                and (key := self.names.key(WishKind.ARTIST, self._slice(i, j))) is not None
            ):
                return self.words[j - 1][1], key
        for j in spans:
            initials = j - i == 1 and self._may_abbreviate(i, mark)
            if (
                self._may_be_misspelt(i, j, mark)
                and (key := self.names.near_artist(self._slice(i, j), initials=initials)) is not None
            ):
                return self.words[j - 1][1], key
        return self._possessive(i, spans, mark)

    def _possessive(self, i: int, spans: list[int], mark: signs.Mark | None) -> tuple[int, str] | None:
        """Return end and key of an artist whose possessive lost its apostrophe ("radioheads kid a")."""
        for j in spans:
            said, end = self._slice(i, j), self.words[j - 1][1]
            if not said.endswith("s") or len(said) <= _LEAST_POSSESSIVE or len(self.said[j - 1]) == 1:
                continue
            capital = self._is_capital(i, j)
            plain = _COMMON_WORDS.issuperset([*self._content(i, j)[:-1], self.said[j - 1][:-1]])
            if plain and (mark is None or not capital or self._is_part_of_name(i, j, mark)):
                continue
            if (mark is not None or capital or self._work_after(end)) and (
                key := self.names.key(WishKind.ARTIST, said[:-1])
            ):
                return end, key
        return None

    def _may_be_misspelt(self, i: int, j: int, mark: signs.Mark | None) -> bool:
        """Return whether words `i` to `j` (exclusive) are announced, or stand out, as a name of no ordinary words."""
        content = self._content(i, j)
        if _PLAIN_WORDS.issuperset(content) or not self._ends_phrase(j):
            return False
        announced = self._is_all(i, j) or (mark is not None and (not mark.negated or self._is_capital(i, j)))
        shown = announced or (
            not self._starts_sentence(i) and self._is_capital(i, j) and self._stands_out(i, j, ordinary=False)
        )
        return shown and not self._is_part_of_name(i, j, mark)

    def _ends_phrase(self, j: int) -> bool:
        may_follow = (signs.PHRASE_END, signs.OF_ARTIST, signs.BY_ARTIST)
        return any(pattern.match(self.reading.text, self.words[j - 1][1]) for pattern in may_follow)

    def _may_abbreviate(self, i: int, mark: signs.Mark | None) -> bool:
        """Return whether word `i` is written as initials are: "NIN", or "Soad" where it is announced."""
        word = self.reading.prompt[slice(*self.words[i])]
        return sum(map(str.isupper, word)) > 1 or (mark is not None and self.large[i] and len(word) > 3)

    def _is_unknown_quote(self, start: int) -> bool:
        """Return whether double quotes open at place `start`, around a part of the prompt only."""
        text, end = self.reading.text, self.quoted.get(start)
        return (
            end is not None
            and text[start - 1] == '"'
            and end - start <= len(text) - 4
            and text.find(" - ", start, end) < 0
        )

    def _title(self, i: int, mark: signs.Mark | None) -> tuple[int, str] | None:
        """Return end and key of the longest credible title that starts with word `i`."""
        start = self.words[i][0]
        if start in self.quoted:
            key = self.names.key(WishKind.TITLE, self.reading.text[start : self.quoted[start]])
            return None if key is None else (self.quoted[start], key)
        for j in self._spans(i):
            end = self.words[j - 1][1]
            if (
                (j - i > 1 or (self._is_capital(i, j) and signs.TITLE_END.match(self.reading.text, end)))
                and self._is_credible(i, j, mark)
                and self._may_be_title(i, j)
                and (key := self.names.key(WishKind.TITLE, self._slice(i, j))) is not None
            ):
                return end, key
        return None

    def _may_be_title(self, i: int, j: int) -> bool:
        """Return whether the words can be a title without quotes: not only general ones, and no end of a longer one."""
        if _UNTITLED_WORDS.issuperset(self._content(i, j)):
            return False
        return self.words[i][0] in self.marks or not self._follows_capital(i)

    def _by_artist(self, end: int) -> tuple[int, str] | None:
        """Return end and key of an artist named right after a title that ends at `end` ("... by Nina Vale")."""
        link = signs.BY_ARTIST.match(self.reading.text, end)
        i = self.at.get(link.end()) if link else None
        return None if i is None else self._artist(i, signs.Mark(like=False, strong=True))

    def _work_after(self, end: int) -> tuple[WishKind, int, str] | None:
        """Return kind, end and key of a work that follows its artist, who ends at `end` ("Nina Vale's ...")."""
        link = signs.THEN_TITLE.match(self.reading.text, end)
        i = self.at.get(link.end()) if link else None
        if link is None or i is None:
            return None
        if link["album"] is None and (title := self._title(i, signs.Mark(strong=True))):
            return WishKind.TITLE, *title
        for j in self._spans(i):
            key = self.names.key(WishKind.ALBUM, self._slice(i, j)) if self._ends_phrase(j) else None
            if key is not None and (self._is_capital(i, j) or link["album"] or j - i > 1):
                return WishKind.ALBUM, self.words[j - 1][1], key
        return None

    def _title_before(self, i: int, floor: int) -> tuple[int, str] | None:
        """Return start and key of a title before its artist, who starts with word `i` ("... by Nina Vale")."""
        text, links = self.reading.text, (k for k in (i, i - 1) if k > floor)
        k = next((k for k in links if signs.BY_ARTIST.fullmatch(text, self.words[k - 1][1], self.words[i][0])), floor)
        for start in range(max(floor, k - _MAX_WORDS), k):
            if self.reading.text[self.words[k - 1][1]] == '"' and self.words[start][0] not in self.quoted:
                continue
            key = self.names.key(WishKind.TITLE, self._slice(start, k))
            figure = self.said[start:k] == [_FIGURE] and k < i  # "1999 by ..."
            if key is not None and (
                figure or (self._may_be_title(start, k) and (k - start > 1 or self._is_capital(start, k)))
            ):
                return self.words[start][0], key
        return None

    def _content(self, i: int, j: int) -> list[str]:
        """Return the words of a name in lower case, without a leading "the"."""
        return self.said[i + 1 : j] if j - i > 1 and self.said[i] == "the" else self.said[i:j]

    def _is_headed(self, i: int) -> bool:
        """Return whether three words from `i` on are written as a title is, in a prompt that is written otherwise."""
        return not all(self.large) and all(self.large[i : i + 3]) and not self._follows_capital(i)

    def _is_credible(self, i: int, j: int, mark: signs.Mark | None) -> bool:
        """Return whether words `i` to `j` (exclusive), which are somebody's name, are meant as a name here."""
        end = self.words[j - 1][1]
        if self.quoted.get(self.words[i][0]) == end:
            return True
        content = self._content(i, j)
        if mark is None and not self.large[j - 1] and (len(content) == 1 or content[-1] in FUNCTION_WORDS):
            asked = self._is_all(i, j) or signs.SONGS_OF.match(self.reading.text, end) is not None
            asked = asked or is_likened(self.reading.text, self.words[i][0], end)
            return asked and not _PLAIN_WORDS.issuperset(content)
        capital = self._is_capital(j - len(content), j)
        if _STYLES.issuperset(content):
            return capital and (len(content) < j - i or (mark is not None and mark.negated))
        if mark is not None and mark.negated and self._follows_capital(i):
            return False
        ends = signs.PHRASE_END.match(self.reading.text, end) is not None
        if _EMPTY_WORDS.issuperset(content) and not (capital and ((mark is not None and ends) or len(content) > 1)):
            return False
        ordinary = ORDINARY_WORDS.issuperset(content)
        if len(content) > 1 and not ordinary and not capital and _COMMON_WORDS.issuperset(content):
            led = i <= self.opening or self.said[i - 1] in _LEADS or self.reading.text[self.words[i][0] - 1] == "("
            return (mark is not None or led) and ends
        if len(content) > 1 and not ordinary:
            return True
        if mark is not None and not mark.strong and not mark.like and PROPER_WORDS.issuperset(content):
            return False
        if capital and (mark is not None or self._stands_out(i, j, ordinary=ordinary)):
            return not self._is_part_of_name(i, j, mark)
        if not ordinary and signs.OF_ARTIST.match(self.reading.text, end):
            return mark is not None or not _COMMON_WORDS.issuperset(content)
        return mark is not None and ends and (mark.strong or not ordinary)

    def _is_capital(self, i: int, j: int) -> bool:
        """Return whether the words of a name are written with capitals (or digits, or letters that have no case)."""
        inside = range(i + 1, j - 1)
        large = [
            self.large[n]
            for n in range(i, j)
            if self.said[n] not in SMALL_WORDS and not (n in inside and self.said[n] in FUNCTION_WORDS)
        ]
        return all(large or self.large[i:j])

    def _starts_sentence(self, i: int) -> bool:
        gap = (self.words[i - 1][1], self.words[i][0])
        return i == 0 or signs.SENTENCE_END.search(self.reading.text, *gap) is not None

    def _stands_out(self, i: int, j: int, *, ordinary: bool) -> bool:
        """Return whether capitals mark an unannounced name: within a lower-case prompt, or as all there is."""
        content, end = self._content(i, j), self.words[j - 1][1]
        if self._is_all(i, j):
            return not ordinary
        if self._starts_sentence(i):
            named = not _COMMON_WORDS.issuperset(content) and signs.PHRASE_END.match(self.reading.text, end) is not None
            dash = signs.THEN_DASH.match(self.reading.text, end)  # "Nina Vale - Ocean ..."
            return named or (dash is not None and self.reading.prompt[dash.end() : dash.end() + 1].isupper())
        return self.lower_case and not PROPER_WORDS.issuperset(content)

    def _is_all(self, i: int, j: int) -> bool:
        """Return whether the prompt asks for nothing but words `i` to `j` (exclusive)."""
        return i <= self.opening and signs.LIST_END.match(self.reading.text, self.words[j - 1][1]) is not None

    def _is_of_other(self, i: int, j: int) -> bool:
        """Return whether words `i` to `j` (exclusive) are of a title ("... by Nina Vale", "Nina Vale - ..."), of a longer word
        ("psy-dub"), or of something that is only a part ("the intro to ...").
        """
        text, start, end = self.reading.text, self.words[i][0], self.words[j - 1][1]
        return (
            (self.quoted.get(start) == end and text.startswith(" by ", end + 1))
            or (j < len(self.words) and text[end] == "-" and self.said[j] in _STYLES)
            or (
                _COMMON_WORDS.issuperset(self.said[i:j])
                and (
                    text.startswith(" to ", end)
                    or (
                        j - i == 1
                        and i > 0
                        and self.large[i - 1]
                        and signs.AFTER_DASH.fullmatch(text, self.words[i - 1][1], start) is not None
                    )
                )
            )
        )

    def _is_part_of_name(self, i: int, j: int, mark: signs.Mark | None) -> bool:
        """Return whether capitalised words right beside show that the name is only part of one unknown to us."""
        the = i if self.said[i] == "the" else i - 1
        beside_capital = mark is None and (
            (
                i > 0
                and self._is_beside(i)
                and self.large[i - 1]
                and self.said[i - 1] not in _EMPTY_WORDS
                and _COMMON_WORDS.issuperset(self._content(i, j))
            )
            or self._follows_capital(i)
            or (i > 1 and self.said[i - 1] == "of" and self._follows_capital(i - 1))
        )
        return (
            beside_capital
            or (
                the > 1
                and not self.large[the]
                and self.said[the - 1 : the + 1] == ["and", "the"]
                and self._follows_capital(the - 1)
            )
            or self.reading.text.startswith(" of ", self.words[j - 1][1])
            or (j < len(self.words) - 1 and self.said[j] == "n" and self.large[j + 1])
            or (j < len(self.words) and self._follows_capital(j) and self.large[j] and self.said[j] not in _EMPTY_WORDS)
        )

    def _follows_capital(self, i: int) -> bool:
        """Return whether the word before word `i`, right beside it, has a capital of its own."""
        before = self.said[i - 1]
        return (
            i > 0
            and self._is_beside(i)
            and not (self._starts_sentence(i - 1) and before in _COMMON_WORDS)
            and self.reading.prompt[self.words[i - 1][0]].isupper()
            and (before not in _EMPTY_WORDS or (self.lower_case and before != "i"))
        )

    def _is_beside(self, i: int) -> bool:
        """Return whether word `i` may belong to the name that the word before belongs to."""
        gap = self.reading.text[self.words[i - 1][1] : self.words[i][0]]
        return gap in (" ", "-", "'", ".") or (gap == "&" and len(self.said[i - 1]) == 1)

    def _names_from(self, position: int, *, separated: bool) -> tuple[list[int], bool]:
        """Return where known artists start in a list from `position` on, and whether the list fills its phrase."""
        starts: list[int] = []
        text = self.reading.text
        for place in range(_LONGEST_LIST):
            link = signs.BETWEEN_NAMES.match(text, position) if separated or place else None
            i = self.at.get(link.end() if link else position)
            if (link and not link[0].strip()) or i is None:
                break
            end = self._known(i)
            if end is not None:
                starts.append(self.words[i][0])
            elif separated and (unknown := signs.UNKNOWN_NAME.match(text, self.words[i][0])):
                end = unknown.end()
            else:
                break
            position = end
        return starts, signs.LIST_END.match(text, position) is not None

    def _known(self, i: int) -> int | None:
        """Return where the longest known artist ends that starts with word `i`, genres and moods aside."""
        if i not in self.known:
            spans = (j for j in self._spans(i) if not _VAGUE_WORDS.issuperset(self._content(i, j)))
            end = next((j for j in spans if self.names.key(WishKind.ARTIST, self._slice(i, j)) is not None), None)
            self.known[i] = None if end is None else self.words[end - 1][1]
        return self.known[i]

    def _skip_unknown(self, i: int) -> None:
        """Mark the known names of a list that word `i` starts with a name unknown to us."""
        start = self.words[i][0]
        mark = self.marks.get(start)
        unknown = signs.UNKNOWN_NAME.match(self.reading.text, start) if mark is not None and not mark.negated else None
        if mark is not None and unknown is not None:
            starts, complete = self._names_from(unknown.end(), separated=True)
            if len(starts) > 1 or self.large[i]:
                self.marks.update(dict.fromkeys(starts, signs.Mark(like=mark.like, strong=complete)))

    def _end_of_title(self, found: Wish) -> int:
        """Return where a title unknown to us ends that a dash joins to its artist ("Nina Vale - ..."), or the mention's end."""
        dash = signs.THEN_DASH.match(self.reading.text, found.end) if found.kind in _ARTISTS else None
        i = self.at.get(dash.end()) if dash else None
        if i is None or not self.large[i] or (self._known(i) is not None and self.said[i] not in _COMMON_WORDS):
            return found.end
        end = signs.CLAUSE_END.search(self.reading.text, self.words[i][0])
        return end.start() if end else len(self.reading.text)

    def _mark_list_of_names(self) -> None:
        """Mark the names of a prompt that is nothing but a list of names, in capitals or with one that is no ordinary word."""
        starts, complete = self._names_from(self.first, separated=False)
        ordinary = ORDINARY_WORDS.issuperset(self.said[self.at[start]] for start in starts)
        capital = not any(self.reading.prompt[start].islower() for start in starts)
        if complete and len(starts) > 1 and (capital or not ordinary):
            self.marks.update(dict.fromkeys(starts, signs.Mark(strong=True)))

    def _continue_list(self, found: Wish, end: int) -> None:
        """Mark what follows `found` in a list ("Nina Vale, Harbour and ...") from place `end` on as announced like it."""
        link = signs.BETWEEN_NAMES.match(self.reading.text, end)
        if link is None or not link[0].strip() or link.end() in self.marks:
            return
        like = found.kind in LIKE.values()
        starts, complete = self._names_from(end, separated=True)
        self.marks[link.end()] = signs.Mark(like=like)
        self.marks.update(dict.fromkeys(starts, signs.Mark(like=like, strong=complete)))
