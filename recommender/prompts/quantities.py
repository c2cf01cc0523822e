"""What a prompt says in numbers: how many tracks, how long, how fast, from when, in figures or in the words of twelve languages."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from recommender.prompts.extents import (
    DURATION_LETTERS,
    FIXED,
    list_minutes,
    place_of,
    said_as,
    song_minutes,
    years_of,
)
from recommender.prompts.quantity_tokens import (
    ARTICLES,
    BOUNDS,
    ORS,
    SIGN_SCRIPT,
    Extent,
    Token,
    bounded,
    figures_of,
    plain_text,
    tokens_of,
)
from recommender.prompts.spans import Polarity, Span


def value_of(what: str, words: str, today: date) -> str | None:
    """Parse the words of a span to a value as the corpus writes it ("20", "3-6", "-1969", "last"), None if nothing.

    `what` is count, minutes, song_minutes, period, tempo, per_artist, per_album or position; durations are in minutes,
    tempos in beats per minute, and "this year" is that of `today`.
    """
    tokens = tokens_of(words)
    if what == "position":
        return place_of(tokens, plain_text(words))
    extent = years_of(tokens, plain_text(words), today) if what == "period" else _EXTENTS[what](tokens)
    return None if extent is None else said_as(extent, single=what != "period")


def _count(tokens: Sequence[Token]) -> Extent | None:
    figures = figures_of(tokens)
    if not figures:
        return None
    low, high, is_range = figures[0]
    kinds = {token.kind for token in tokens}
    if "odd" in kinds:
        return low, low + 5
    if is_range or low != high:
        return low, high
    if "about" in kinds and not kinds & BOUNDS:
        margin = max(1, round(low / 10))
        return max(low - margin, 0), low + margin
    return bounded(low, high, tokens, step=1)


_MEDIUM: Final = re.compile("mid|medi|mittl|moder|modér|andament|umiark|średn|средн|умерен|orta|gemidd|ミド|中")


def _tempo(tokens: Sequence[Token]) -> Extent | None:
    figures = figures_of(tokens)
    if not figures or figures[0][1] < _POSSIBLE["tempo"][0]:
        return (90, 115) if any(_MEDIUM.match(token.text) for token in tokens) else None
    low, high, is_range = figures[0]
    if is_range:
        return low, high
    if any(token.kind == "about" for token in tokens):
        return low * 0.95, high * 1.05
    return bounded(low, high, [replace(t, kind="least") if t.text == "min" else t for t in tokens])


def _per_each(tokens: Sequence[Token]) -> Extent | None:
    """Return how many of one at most; words without a number ("different artists") say one."""
    numbers = [token for token in tokens if token.kind == "number" and token.low == token.high]
    most = max((1.0 if number.text == "once" else number.high for number in numbers), default=1.0)
    kinds = {token.kind for token in tokens}
    return (most - 1,) * 2 if most >= 2 and "not" in kinds and not kinds & BOUNDS else (most,) * 2


_EXTENTS: Final[dict[str, Callable[[Sequence[Token]], Extent | None]]] = {
    "count": _count,
    "minutes": list_minutes,
    "song_minutes": song_minutes,
    "tempo": _tempo,
    "per_artist": _per_each,
    "per_album": _per_each,
}

_OF_EACH: Final = re.compile(
    r"(?<!\d )\b(?:songs?|tracks?|pieces|each|nothing|anything|stuff|lieder|titel|stücke|chansons|morceaux|titres|canciones|temas"
    r"|canzoni|brani|pezzi|músicas|faixas|nummers|utwory|piosenki|песни|треки|şarkılar|parçalar)"
    r"(?: (?:that|which|are|is|be|all|should|not|of|around|about))*[^\w,;]*$|(?:曲|각|곡이)\W*$"
)
_EACH_AFTER: Final = re.compile(
    r"[\s-]*(?:long )?(?:\w+ )?(?:each|apiece|a piece|songs?|tracks?|tunes|jams|pieces|lieder|titel|stücke|chacune?"
    r"|par (?:chanson|morceau|titre)|cada un[ao]|l'un[ao]|per brano|każd\w+|каждая|şarkı\w*|parça\w*)\b|\s*(?:の曲|짜리 곡)"
)
_IN_ALL: Final = re.compile(
    r"(?:\b(?:together|altogether|in total|in all|all in all|zusammen|insgesamt|en tout|au total|en total|in totale|in tutto|no total|ao todo|samen|in totaal|razem|w sumie|łącznie|вместе|в сумме|всего|в общей сложности|toplam(?:da)?)\b"
    r"|合計|全部で|トータル|총|다 합쳐|합쳐서|总共|一共|加起来)"
)
"""What says that a time is of the whole list, right before it or behind it."""
_LONGEST_SONG, _SHORTEST_LIST = 20, 8
"""Minutes: "songs under 4 minutes" says how long each is, "songs under 90 minutes" how long the list; nobody wants a list
of 8, but an upper or a lower side alone may be of either."""

_LINKS: Final = frozenset(
    {"of", "than", "from", "de", "que", "the", "a", "le", "la", "les", "il", "i", "los", "las", "die", "der", "den", "das", "von", "aus", "an", "y", "d", "degli", "dei", "del", "des", "du", "dos", "van"}
)  # fmt: skip
_BEFORE: Final = BOUNDS | {"about", "not", "upto", "between", "early", "mid", "late", "past"}
_SAID_AFTER: Final = frozenset(
    ("ish", "or so", "or thereabouts", "give or take", "o así", "más o menos", "mais ou menos", "o giù di lì", "kadar")
)
_TIMES: Final = frozenset(DURATION_LETTERS) - {"song", "number", "clock", "upto"}
_NOT_LASTING: Final = re.compile(
    r"[\s-]*(?:ago|a day|a week|per day|away|before|later|old|apart|into|late|early|o'clock|vor|her|du mat\w*|par jour)\b"
)
_PLACES: Final = re.compile(r"(?:number|nr|track|nummer|titel|numéro|número|numero|numer|номер|position|platz)$")
_PLACES_AFTER: Final = re.compile("\\s*(?:曲目|番目|번째|번 ?곡)")
_DECADE_WORD: Final = re.compile(r"ties$|ziger|[ыи]х$|ые$|[ąa]tych$|l[ae]r|oughties|aughts|нулев|er[oa]s?$")
_OF_EACH_ARTIST: Final = frozenset({"from each", "by each", "each", "apiece", "a testa"})
_TIMES_WORD: Final = re.compile(r"once|twice|thrice|\w+mal$|дважды|трижды")
_TIMES_WORDS: Final = frozenset(
    {"mal", "fois", "times", "veces", "volte", "vezes", "keer", "раз", "раза", "razy", "kere"}
)
_SHARED: Final = frozenset({"на", "от", "с", "na", "od", "z"})
"""Words that share out in Polish and Russian, "two for a group"."""
_LIMITS: Final = frozenset({"not", "most", "above"})
_OF_ONE: Final = re.compile("(?<=[ぁ-ヿ一-鿿가-힣])[당은는]? ?")
"""What stands between "artist" and a number in Japanese and Korean."""
_NOT_COUNTED: Final = frozenset({"love", "same", "mêmes", "selben", "gleichen", "mismas", "stessi"})
_ALONE: Final = re.compile(
    r"\s*(?:or so|of them|in all|in total|altogether|total|tops|max|please|bitte|en tout|en total|in tutto)?\s*(?:[,.;!?]|$)"
)
_CLAUSE_BEHIND: Final = re.compile(r"[^.,;:!?()\n、。]*\Z")
_CLAUSE: Final = re.compile(r"[^.,;:!?()\n、。]*")
_FAR, _NEAR = 100, 16
"""Characters: words further away have nothing to do with a number."""
_POSSIBLE: Final = {
    "count": (1, 1000),
    "minutes": (1, 6000),
    "song_minutes": (0, 90),
    "tempo": (30, 400),
    "per_artist": (1, 20),
    "per_album": (1, 20),
    "period": (1000, 2100),
    "position": (1, 1000),
}
"""What each can be; other figures are of something else."""

_Place = tuple[str, int, int]
"""What is spoken of, and the first and last token of the words."""


@dataclass(frozen=True)
class _Figure:
    """A number, or a range of two, from token `first` to `last`, where it stands in a plain text."""

    plain: str
    tokens: Sequence[Token]
    first: int
    last: int

    @property
    def token(self) -> Token:
        return self.tokens[self.first]

    @cached_property
    def before(self) -> Token | None:
        return self.tokens[self.first - 1] if self.first and self.together(self.first - 1) else None

    @cached_property
    def behind(self) -> Sequence[Token]:
        """Return the six tokens before it in its clause."""
        start = self.first
        while start and self.first - start < 6 and self.together(start - 1):
            start -= 1
        return self.tokens[start : self.first]

    @cached_property
    def after(self) -> Sequence[Token]:
        """Return the next few tokens in its clause."""
        start = self.tokens[self.last].end
        clause = _CLAUSE.match(self.plain, start, start + _FAR)
        return [t for t in self.tokens[self.last + 1 : self.last + 8] if clause and t.start < clause.end()]

    def follows(self, *kinds: str) -> bool:
        return [token.kind for token in self.after[: len(kinds)]] == list(kinds)

    def follows_on(self, *kinds: str) -> bool:
        return self.before is not None and self.before.kind in kinds

    def together(self, i: int) -> bool:
        """Return whether token `i` and the next stand in one clause."""
        comma = "、" in (self.tokens[i].text, self.tokens[i + 1].text)
        return not comma and bool(_CLAUSE.fullmatch(self.plain, self.tokens[i].end, self.tokens[i + 1].start))


def quantities(text: str, today: date) -> Iterator[Span]:
    """Yield a span for each quantity with a unit in a text, in order and without overlap, each with a value and certainty 1.

    Numbers without a unit (ages, scores, "24/7") say nothing, but for a count that stands alone between commas.
    """
    plain, tokens = plain_text(text), tokens_of(text)
    end = 0
    for i, token in enumerate(tokens):
        if (
            token.start < end
            or token.kind not in ("number", "half", "lasting", *FIXED)
            or (token.ordinal and token.low < 20)
        ):
            continue
        after = [one.kind for one in tokens[i + 1 : i + 3]]
        ranged = after in (["to", "number"], ["upto", "number"]) and not (
            token.low >= 1000 and tokens[i + 1].text in ORS  # 1975 or 1985 are two years
        )
        figure = _Figure(plain, tokens, i, i + 2 if ranged else i)
        spans = (_span(figure, found, text, end, today) for reader in _READERS if (found := reader(figure)))
        if span := next(filter(None, spans), None):
            yield span
            end = span.end


def _span(figure: _Figure, place: _Place, text: str, end: int, today: date) -> Span | None:
    """Return the span of a place, its bounds included, that begins after `end`; None for a value that it cannot have."""
    what, first, last = place[0], *_widened(figure, *place[1:])
    start, stop = max(figure.tokens[first].start, end), figure.tokens[last].end
    value = value_of(what, text[start:stop], today)
    low, high = _POSSIBLE[what]
    if not value or not all(low <= float(side) <= high for side in value.split("-") if side):
        return None
    return Span(start, stop, what, _polarity(what, figure.tokens[first : last + 1]), value)


def _polarity(what: str, tokens: Sequence[Token]) -> Polarity:
    """Return how a value is meant: "no 80s" avoids it, while in "nothing over 120 bpm" it says so itself."""
    kinds = {token.kind for token in tokens}
    avoided = what in ("period", "tempo", "song_minutes") and "not" in kinds and not kinds & BOUNDS
    return Polarity.AVOID if avoided else Polarity.WANT


def _widened(figure: _Figure, first: int, last: int) -> tuple[int, int]:
    """Return the first and last token with the words before and after that bound them."""
    tokens, at = figure.tokens, first
    while at and figure.together(at - 1) and (tokens[at - 1].kind in _BEFORE or tokens[at - 1].text in _LINKS):
        at -= 1
        first = at if tokens[at].kind in _BEFORE else first
    while at and figure.together(at - 1) and (tokens[at - 1].kind == "song" or tokens[at - 1].text in _LINKS):
        at -= 1
    if at and figure.together(at - 1) and tokens[at - 1].kind == "not":
        first = at - 1  # "no songs from the 90s"
    while last + 1 < len(tokens) and figure.together(last):
        after = tokens[last + 1]
        signs = SIGN_SCRIPT.match(after.text) is not None
        if not signs and last + 2 < len(tokens) and tokens[last + 2].kind == "number":
            break  # it bounds the next figure
        bounding = {"least", "most", "below", "above", "about", "upto"} if signs else {"least", "most"}
        if after.text not in _SAID_AFTER and after.kind not in bounding:
            break
        last += 1
    return first, last


def _per(figure: _Figure) -> _Place | None:
    """How many of one artist or album: "two per band", "each artist once", "no more than two by anyone", "가수당 두 곡"."""
    if figure.token.high > 10 or figure.follows("minute") or figure.follows("hour"):
        return None
    ahead, behind = [token.kind for token in figure.after[:6]], [token.kind for token in figure.behind]
    start, around = figure.first - len(behind), {*behind, *ahead}
    limited = "per" in around or (figure.token.text not in ARTICLES and not around.isdisjoint(_LIMITS))
    shared = limited or any(token.text in _SHARED for token in figure.after[:3])
    times = _TIMES_WORD.match(figure.token.text) or (figure.after and figure.after[0].text in _TIMES_WORDS)
    for what in ("artist", "album"):
        if what in ahead["per" not in around :] and shared and "year" not in ahead:
            return f"per_{what}", figure.first, figure.last + 1 + ahead.index(what)
        if what in behind and "number" not in behind:
            of_one = figure.behind[behind.index(what)]
            if limited or times or _OF_ONE.fullmatch(figure.plain, of_one.end, figure.token.start):
                first = min(behind.index(kind) for kind in {what, "per", "not"} & set(behind))
                return f"per_{what}", start + first, figure.last
    skipped = ahead[:1] == ["song"]
    if ahead[skipped : skipped + 1] == ["per"] and figure.after[skipped].text in _OF_EACH_ARTIST:
        return "per_artist", figure.first, figure.last + 1 + skipped
    return None


def _time(figure: _Figure) -> _Place | None:
    """How long the list or each song lasts."""
    tokens = figure.tokens
    if figure.before and (figure.before.kind == "past" or figure.before.ordinal or figure.before.text == "every"):
        return None
    if figure.token.text in ARTICLES and (figure.follows("minute") or figure.follows("second")):
        return None  # "not for a second"
    if figure.before and figure.before.text == "à" and figure.follows("hour"):
        return None  # at eight
    end = figure.first if figure.token.kind in ("lasting", *FIXED) else None
    for k, token in enumerate(figure.after, start=figure.last + 1):
        if token.kind in _TIMES:
            end = k
        elif token.kind == "number":
            of_more = (
                k + 1 < len(tokens)
                and figure.together(k)
                and tokens[k + 1].kind in ("song", "word", "year", "decade", "bpm")
                and tokens[k + 1].text not in _LINKS
            )
            if end == k - 1 and tokens[end].kind in ("hour", "minute") and not of_more:
                end = k
        elif token.kind not in ("to", "upto") and token.text not in _LINKS:
            break
    if end is None or _NOT_LASTING.match(figure.plain, tokens[end].end):
        return None
    if not {"hour", "minute", "second", "lasting", *FIXED} & {token.kind for token in tokens[figure.first : end + 1]}:
        return None
    first, last = _widened(figure, figure.first, end)
    low, high = list_minutes(tokens[first : last + 1]) or (None, None)
    before = _CLAUSE_BEHIND.search(figure.plain, max(0, tokens[first].start - _NEAR), tokens[first].start)
    behind = _CLAUSE.match(figure.plain, tokens[end].end, tokens[end].end + _NEAR)
    if any(_IN_ALL.search(side[0]) for side in (before, behind) if side):
        return "minutes", figure.first, end
    each = _OF_EACH.search(figure.plain[max(0, tokens[first].start - _FAR) : tokens[first].start]) or _EACH_AFTER.match(
        figure.plain, tokens[end].end
    )
    longest = _LONGEST_SONG if each or high is None else _SHORTEST_LIST
    return ("song_minutes" if max(low or 0, high or 0) <= longest else "minutes"), figure.first, end


def _beats(figure: _Figure) -> _Place | None:
    """Beats per minute, named after the figure or before it."""
    if figure.follows("bpm") or (figure.follows("least", "bpm") and figure.after[0].text == "+"):
        return "tempo", figure.first, figure.last + 1 + (figure.after[0].kind != "bpm")
    for back, token in enumerate(reversed(figure.behind), start=1):
        if token.kind == "bpm" and not figure.follows("song"):
            return "tempo", figure.first - back, figure.last
        if token.kind not in (*_BEFORE, "word") or len(token.text) > 12:
            break
    other = figure.tokens[figure.last]
    low, high = figure.token.low, other.high
    a_range = figure.last > figure.first and 90 <= low < high <= 220
    bound = figure.after[0] if figure.after else None
    a_bound = (
        bound
        and 100 <= low <= 220
        and bound.kind in ("above", "below", "least", "most")
        and bound.start - other.end < 2
    )
    if (a_range or a_bound) and not {"song", "minute", "year"} & {token.kind for token in figure.after[:2]}:
        return "tempo", figure.first, figure.last
    return None


def _place(figure: _Figure) -> _Place | None:
    """A place of the list: "number 3", "3曲目"."""
    if figure.before and _PLACES.match(figure.before.text) and figure.token.text.isdecimal() and figure.token.low < 100:
        return "position", figure.first - 1, figure.last
    if _PLACES_AFTER.match(figure.plain, figure.tokens[figure.last].end):
        return "position", figure.first, figure.last
    return None


def _era(figure: _Figure) -> _Place | None:
    """Years, decades, and how far back from today."""
    token, tokens = figure.token, figure.tokens
    if figure.before and figure.before.text.startswith(("over", "under", "über", "unter")) and token.low < 1000:
        return None  # people over sixty
    if figure.follows_on("past") and (figure.follows("year") or figure.follows("month")):
        return "period", figure.first, figure.last + 1
    decade = token.low % 10 == 0 and (figure.follows("decade") or _DECADE_WORD.search(token.text))
    year = token.text.isdecimal() and len(token.text) == 4 and token.low >= 1900
    short = (
        figure.plain[token.start - 1 : token.start] in ("'", "’") and token.text.isdecimal() and len(token.text) == 2
    )
    of_years = figure.follows_on("year", "era") or (figure.before and figure.before.text == "los" and token.low >= 20)
    named = (
        bool(of_years)
        and token.low % 10 == 0
        and token.low < 100
        and not any(t.kind == "song" for t in figure.after[:4])
    )
    if not (decade or year or short or named):
        return None
    end = figure.last + (figure.follows("decade") or figure.follows("year"))
    most = min(figure.last + 8, len(tokens) - 2)
    while (
        end < most
        and tokens[end + 1].kind in ("to", "upto")
        and tokens[end + 1].text not in ORS
        and tokens[end + 2].kind in ("number", "now")
    ):
        end += 2
        end += end + 1 < len(tokens) and tokens[end + 1].kind == "decade"
    end += end + 1 < len(tokens) and tokens[end + 1].kind == "now" and figure.together(end)
    return "period", figure.first - named, end


def _tracks(figure: _Figure) -> _Place | None:
    """How many tracks: a number of songs, or one that stands alone in its clause; a range of high figures is a tempo."""
    token, before = figure.token, figure.before
    one_range = figure.last > figure.first
    if token.kind != "number" or token.ordinal or (token.high <= 1 and not one_range and not token.text.isdecimal()):
        return None
    if before and (before.kind in ("these", "past", "place") or before.ordinal or before.text in _NOT_COUNTED):
        return None
    if token.text.endswith("s worth"):  # of an album or an EP
        return "count", figure.first, figure.last
    if before and before.text == "top" and token.low == 40:
        return None
    if token.high <= 1 and SIGN_SCRIPT.search(figure.plain[token.end : token.end + 2]):
        return None  # 1曲 is mostly "each"
    for k, after in enumerate(figure.after[:4]):
        if after.kind == "song":
            return "count", figure.first, figure.last + 1 + k
        if after.kind != "word" and after.text not in ("more", "new"):
            break
    alone = _ALONE.match(figure.plain, figure.tokens[figure.last].end) and token.start > 0
    if (
        not alone
        or figure.plain[token.start - 1] in "(-/"
        or (before and before.kind not in (*BOUNDS, "about", "between"))
    ):
        return None
    if one_range and token.low >= figure.tokens[figure.last].low:
        return None
    followed = token.text.isdecimal() and figure.plain[figure.tokens[figure.last].end :][:2] == ". "
    aside = figure.follows_on("above", "below", "between") or _TIMES_WORD.match(token.text) or followed
    return None if aside or not 3 <= token.low <= 60 else ("count", figure.first, figure.last)


_READERS: Final = (_per, _time, _beats, _place, _era, _tracks)
