"""The figures of a prompt: how many tracks, how many minutes, which tempo, which years."""

import re
from collections.abc import Iterator
from typing import Final

from recommender.prompts.vocabulary import DECADE_WORDS, NUMBER_WORDS
from recommender.prompts.wishes import Reading, Wish, WishKind

Range = tuple[int | None, int | None]
"""Years from and to, inclusive; None is an open side."""


def _any_of(words: str) -> str:
    """Return a group that matches any of the words separated by |, longest first."""
    return "(?:" + "|".join(sorted(words.split("|"), key=len, reverse=True)) + ")"


_NUMBER_WORD: Final = (
    r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?:one|two|three|four|five|six|seven|eight|nine)\b|"
    rf"{_any_of('|'.join(NUMBER_WORDS))}(?!\w))"
)
_NUMBER: Final = rf"(?:[0-9]{{1,6}}|{_NUMBER_WORD})"
_START: Final = r"(?<![\w.,/'#-])"
_UP_TO: Final = rf"(?:between )?(?:[0-9]{{1,6}} ?- ?|{_NUMBER} (?:to|or|and|bis|à) )?"
_ABOUT: Final = (
    "(?:"
    + _any_of(
        "about|around|roughly|exactly|at least|at most|up to|under|over|no more than|not more than|no longer than"
        "|no less than|less than|more than|not longer than|max|maximum|mindestens|höchstens|au moins|au plus|almeno|al menos|pelo menos|circa|ca|etwa|environ|unos"
    )
    + r"\.? )?"
)

_SONGS: Final = _any_of(
    "songs|tracks|tunes|pieces|bangers|hits|titles|lieder|titel|stücke|chansons|morceaux|titres|canciones|temas|canzoni|brani|pezzi|músicas|musicas|faixas|canções"
)
_NO_ADJECTIVE: Final = _any_of(
    "minute|minutes|min|mins|hour|hours|hr|hrs|day|days|week|weeks|month|months|year|years|second|seconds|bpm|bit|star"
    "|step|chord|string|piece|inch|person|people|part|of|in|to|and|or|by|like|for|from|the|on|at|a|per|stunden|minuten"
    "|heures|horas|minutos|minuti|ore|ora|hora"
)
_NOT_COUNTED: Final = "".join(
    f"(?<!{word} )"
    for word in ["these", "those", "the", "my", "your", "first", "last", "love", "top", "no", r"no\.", "number"]
)
_LENGTHS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NOT_COUNTED}{_START}{_ABOUT}{_UP_TO}(?!one\b)(?P<n>{_NUMBER})"
        rf"(?: (?:more |other |different )?{_SONGS}\b(?! (?:that )?(?:i|we) (?:love|like|know)\b)|[ -](?:song|track)\b"
        rf"|(?=(?: (?!{_NO_ADJECTIVE}\b)[^\W\d_][\w'&-]{{0,30}}){{1,3}} {_SONGS}\b))",
        rf"\btop (?!40\b)(?P<n>{_NUMBER})\b(?: {_SONGS}\b)?",
        rf"\bthe (?P<n>{_NUMBER})(?= (?:best|greatest|most|biggest|hottest|saddest|top)\b)",
        rf"\b(?:playlist|list|mix|selection|liste)(?: of| with| von| de| mit| avec)? (?P<n>{_NUMBER})"
        r"(?= ?(?:$|[,.;:!?)]|(?:and|but|with|for|from|by|no)\b))",
        rf"\b(?:give me|play me|play|make it|i want|i need|just|only) (?P<n>{_NUMBER})(?= ?(?:$|[,.;:!]))",
    )
)


def _number(text: str) -> float:
    """Return what digits (with . or , before a fraction) or a number's word say."""
    if text[0].isdecimal():
        return float(text.replace(",", "."))
    return float(NUMBER_WORDS[text] if text in NUMBER_WORDS else sum(NUMBER_WORDS[part] for part in text.split("-")))


def lengths(reading: Reading) -> Iterator[Wish]:
    """Yield how many tracks the playlist shall have; a count outside 1 to 1,000 is no wish."""
    for pattern in _LENGTHS:
        for match in pattern.finditer(reading.text):
            count = int(_number(match["n"]))
            if 1 <= count <= 1000:
                yield reading.wish(WishKind.LENGTH, count, *match.span(), hard=True)


_AMOUNT: Final = rf"(?:[0-9]{{1,6}}(?:[.,][0-9]{{1,2}})?|a couple of|an?|eine?|une?|una|uma|un'(?=ora)|{_NUMBER_WORD})"
_HOURS: Final = _any_of("hours|hour|hrs|hr|std|stunden|stunde|heures|heure|horas|hora|ore|ora|h") + r"\b"
_MINUTES: Final = _any_of("minutes|minute|mins|min|minuten|minutos|minuti") + r"\b"
_NOT_LASTING: Final = (
    r"(?! (?:a (?:day|week)|per|each|every|ago|away|before|later|old|apart|into|late|early|earlier|party people)\b)"
)
_NOT_TIMED: Final = "".join(f"(?<!{word} )" for word in ["first", "last", "past", "every", "per"])
_PART_OF_HOUR: Final = re.compile(
    rf"{_START}(?:(?P<hour>hora y)|(?P<quarters>three quarters|(?:a )?quarter) of an"
    r"|half an?|half|1/2|eine halbe|halbe|une demi|demi|media|meia)[ -](?:an )?(?:hour|stunde|heure|hora|media)\b|(?<!\w)mezz'ora\b"
)
_HOURS_AND_MINUTES: Final = re.compile(
    rf"{_NOT_TIMED}{_START}{_ABOUT}{_UP_TO}(?P<h>{_AMOUNT})(?P<half> and a half| 1/2| und eine halbe)?"
    rf"(?:h(?P<hm>[0-5][0-9])(?:m|min)?\b|[ -]?{_HOURS}(?:(?P<half_more> and a half| et demie| y media)"
    rf"|,?(?: and| und| et| y)? ?(?P<m>[0-9]{{1,3}}|{_NUMBER_WORD})[ -]?(?:{_MINUTES}|m\b))?){_NOT_LASTING}"
)
_MINUTES_ONLY: Final = re.compile(rf"{_NOT_TIMED}{_START}{_ABOUT}{_UP_TO}(?P<m>{_AMOUNT})[ -]?{_MINUTES}{_NOT_LASTING}")
_HOUR_LONG: Final = re.compile(r"\bhour[ -]?long\b")
_OF_EACH_BEFORE: Final = re.compile(
    r"\b(?:songs?|tracks?|tunes|pieces|each|nothing|anything)(?: (?:that|which|are|is|be|all|should|not?|being)){0,3}"
    r"(?: (?:under|over|below|above|(?:less|longer|shorter|more) than|at (?:least|most)|around|about|of|up to))? $"
)
_OF_EACH_AFTER: Final = re.compile(
    r"[ -](?:long )?(?:(?!of\b|for\b)[\w-]{1,30} )?(?:songs?|tracks?|tunes|jams|epics|each)\b"
)
_LONGEST_SONG: Final = 20  # "songs under 4 minutes" says how long each is, "songs under 90 minutes" how long the list


def minutes(reading: Reading) -> Iterator[Wish]:
    """Yield how many minutes the playlist shall last; less than 1, more than 6,000, or each song's own are no wish."""
    for pattern in (_PART_OF_HOUR, _HOURS_AND_MINUTES, _MINUTES_ONLY, _HOUR_LONG):
        matches = list(pattern.finditer(reading.text))
        reading = reading.without(match.span() for match in matches)
        for match in matches:
            total = _duration(match)
            of_each = total <= _LONGEST_SONG and _is_of_each(match)
            if 1 <= total <= 6000 and not of_each:
                yield reading.wish(WishKind.MINUTES, total, *match.span(), hard=True)


def _duration(match: re.Match[str]) -> float:
    """Return the minutes that a match of one of the patterns above speaks of."""
    if match.re is _PART_OF_HOUR:
        quarters = {"quarter": 15.0, "a quarter": 15.0, "three quarters": 45.0, None: 30.0}[match["quarters"]]
        return 90.0 if match["hour"] else quarters
    if match.re is _HOUR_LONG:
        return 60.0
    if match.re is _MINUTES_ONLY:
        return _amount(match["m"])
    half = 0.5 if match["half"] or match["half_more"] else 0.0
    return 60 * (_amount(match["h"]) + half) + _number(match["hm"] or match["m"] or "0")


def _amount(text: str) -> float:
    """Return a number that may be an article ("an hour") or a couple."""
    if text in ("a", "an", "ein", "eine", "un", "une", "una", "uma", "un'"):
        return 1.0
    return 2.0 if text == "a couple of" else _number(text)


def _is_of_each(match: re.Match[str]) -> bool:
    """Return whether a duration speaks of single songs ("3 minute songs")."""
    figure = match.start(match.lastindex or 0) if match.re is _MINUTES_ONLY else match.start()
    before = _OF_EACH_BEFORE.search(match.string, max(0, figure - 60), figure)
    return before is not None or _OF_EACH_AFTER.match(match.string, match.end()) is not None


_TEMPO: Final = re.compile(
    r"(?<![\w.,/])(?P<none>(?:nothing|not|no|none)(?: (?:songs?|tracks?|that is|that's|is|goes))* )?(?:(?P<bound>around|about|approximately|circa|ca\.?|roughly|near|at least|mindestens|au moins|al menos|almeno|pelo menos|over|above|more than|faster than"
    r"|minimum|min|under|below|at most|less than|slower than|up to|max|maximum|>=?|<=?|~) ?)?(?:between )?"
    r"(?:(?P<low>[0-9]{2,3}) ?(?:-|to|and|bis|à) ?)?(?P<n>[0-9]{2,3}) ?(?P<plus>\+ ?)?bpm\b(?P<after> ?\+| or (?:more|less))?"
)
_FASTER: Final = frozenset(
    [
        "at least",
        "mindestens",
        "au moins",
        "al menos",
        "almeno",
        "pelo menos",
        "over",
        "above",
        "more than",
        "faster than",
        "minimum",
        "min",
        ">",
        ">=",
    ]
)
_SLOWER: Final = frozenset(
    ["under", "below", "at most", "less than", "slower than", "up to", "max", "maximum", "<", "<="]
)
_TEMPO_MARGIN: Final = 0.05


def tempos(reading: Reading) -> Iterator[Wish]:
    """Yield tempos in beats per minute; a single figure (20 to 400) means itself, 5 % up or down."""
    for match in _TEMPO.finditer(reading.text):
        figure, after = float(match["n"]), (match["after"] or "").strip()
        low: float | None = round(figure * (1 - _TEMPO_MARGIN), 2)
        high: float | None = round(figure * (1 + _TEMPO_MARGIN), 2)
        if match["low"]:
            low, high = sorted((float(match["low"]), figure))
        elif (match["bound"] in (_SLOWER if match["none"] else _FASTER)) or match["plus"] or after in ("+", "or more"):
            low, high = figure, None
        elif (match["bound"] in (_FASTER if match["none"] else _SLOWER)) or after == "or less":
            low, high = None, figure
        if 20 <= figure <= 400:
            yield reading.wish(WishKind.TEMPO, (low, high), *match.span(), hard=True)


_DECADE_WORD: Final = _any_of("|".join(DECADE_WORDS))


def _point(name: str) -> str:
    """Return a pattern of a year, a decade or a part of one, in groups that end in `name`."""
    short = "'?" if name == "_to" else "'"  # "1994-99", but a bare 94 alone is no year
    return (
        rf"(?:(?P<part{name}>early|mid|late|frühe|späte|début|fin)[ -](?:in )?)?(?:(?:the|der|den|los|des|les|gli|degli|dos) )?"
        rf"(?:(?P<decade{name}>'?(?:(?:19|20)?[0-9]0(?:'?s|ern?)|(?:années|annees|años|anni|anos) (?:19)?[0-9]0|(?:(?:años|anni|anos) )?{_DECADE_WORD})\b)"
        rf"|(?P<year{name}>(?:19|20)[0-9]{{2}}|{short}[0-9]{{2}})(?![\w%]|[.,][0-9]| ?(?:bpm|min|kbps|hz)\b))"
    )


_BOUNDS: Final = {
    "before": "before|pre|older than|earlier than|prior to|vor|avant|antes de|prima del",
    "until": "until|till|up to|through|hasta|jusqu'en",
    "after": "after|post|newer than|later than|more recent than|nach|après|después de|dopo il|depois de",
    "since": "since|ab|seit|depuis|desde|dal",
}
_BOUND_OF: Final = {word: bound for bound, words in _BOUNDS.items() for word in words.split("|")}
_OPPOSITE: Final = {"before": "since", "until": "after", "after": "until", "since": "before"}
_NOTHING: Final = r"(?:nothing|not|no|none)(?: (?:songs|music|tracks|stuff|anything|from|that is|that's|they|he|she|made|released|recorded)){0,3}"
_NO_AGE: Final = "".join(
    f"(?<!{word} )" for word in ["my", "his", "her", "their", "your", "our", "early", "mid", "late"]
)
_YEARS: Final = re.compile(
    rf"(?<![\w.,$#-]){_NO_AGE}(?:"
    rf"(?:from |of |von |aus |de )?(?P<between>between )?{_point('_from')}"
    rf" ?(?(between)and|(?:-|to|through|thru|until|till|bis|à)) ?(?:{_point('_to')}|(?P<now>today|now|present|heute)\b)"
    rf"|(?P<none>{_NOTHING} )?(?P<bound>{_any_of('|'.join(_BOUND_OF))})[ -](?:the year )?{_point('_bound')}"
    rf"|(?:from )?{_point('_open')}(?:(?: and| or)? ?(?:\+|(?:on|onwards?|later|newer|up)\b))"
    rf"|(?:around|circa|ca\.?|um|vers) {_point('_about')}"
    rf"|(?:from )?{_point('_one')})"
)
_PARTS: Final = {
    **dict.fromkeys(("early", "frühe", "début"), (0, 3)),
    "mid": (4, 6),
    **dict.fromkeys(("late", "späte", "fin"), (7, 9)),
}
_SOUNDS_LIKE: Final = re.compile(
    r"\b(?:like|similar to|inspired by|influenced by|reminiscent of|reminds me of|style of|vibes? of|feel of|sound of)"
    r"(?: (?:it is|it's|it was|they are|something|music|songs|stuff|straight))?(?: (?:from|of|out of|in))? $"
)
_IN_STYLE: Final = re.compile(
    r"(?:[ -](?:\w{1,20} )?(?:styles?|styled|vibes?|inspired|influenced|sound|sounds|sounding|feel|feeling|aesthetics?"
    r"|nostalgia|revival|throwback|esque|ish|flavou?r|influences?)|-like)\b"
)
_AROUND: Final = 2  # "around 1994" reaches two years each way


def years(reading: Reading) -> list[Wish]:
    """Return ranges of years; hard unless the prompt asks for their sound only ("90s vibes", "around 1994").

    A lower and an upper limit given apart ("after 1990 but before 2000") become one range, and so do decades in a row.
    """
    found: list[Wish] = []
    for match in _YEARS.finditer(reading.text):
        value = _range(match)
        start, end = match.span()
        soft = (
            match["decade_about"]
            or match["year_about"]
            or (match["decade_one"] or "").lstrip("'") in ("20s", "twenties")  # two readings a hundred years apart
            or _SOUNDS_LIKE.search(reading.text, max(0, start - 40), start)
            or _IN_STYLE.match(reading.text, end)
        )
        wish = reading.wish(WishKind.YEARS, value, start, end, hard=not soft)
        joined = _joined(found[-1].value, value) if found else None
        if joined is None:
            found.append(wish)
        else:
            hard = found[-1].hard and wish.hard
            found[-1] = reading.wish(WishKind.YEARS, joined, found[-1].start, end, hard=hard)
    return found


def _range(match: re.Match[str]) -> Range:
    if (first := _years_at(match, "_from")) is not None:
        last = _years_at(match, "_to")
        return (first[0], None) if last is None else (min(first[0], last[0]), max(first[1], last[1]))
    if (limit := _years_at(match, "_bound")) is not None:
        bound = _BOUND_OF[match["bound"]]
        if match["none"]:
            bound = _OPPOSITE[bound]
        ranges: dict[str, Range] = {
            "before": (None, limit[0] - 1),
            "until": (None, limit[1]),
            "after": (limit[1] + 1, None),
            "since": (limit[0], None),
        }
        return ranges[bound]
    if (start := _years_at(match, "_open")) is not None:
        return start[0], None
    if (middle := _years_at(match, "_about")) is not None:
        return middle[0] - _AROUND, middle[1] + _AROUND
    return _years_at(match, "_one") or (None, None)


def _years_at(match: re.Match[str], name: str) -> tuple[int, int] | None:
    """Return the first and last year of the point in the groups that end in `name`, None if they are not there."""
    if year := match["year" + name]:
        number = int(year.lstrip("'"))
        number += _century(number) if number < 100 else 0
        return number, number
    decade = match["decade" + name]
    if decade is None:
        return None
    first = DECADE_WORDS.get(decade.split()[-1])
    if first is None:
        figure = int("".join(filter(str.isdecimal, decade)))
        first = figure if figure >= 100 else _century(figure) + figure
    low, high = _PARTS.get(match["part" + name] or "", (0, 9))
    return first + low, first + high


def _century(two_digits: int) -> int:
    return 2000 if two_digits < 20 else 1900


def _joined(one: Range, other: Range) -> Range | None:
    """Return one range for two limits that meet or two ranges in a row, None if both must stay."""
    (low, high), (other_low, other_high) = one, other
    if high is None and other_low is None and low is not None and other_high is not None and low <= other_high:
        return low, other_high
    if low is None and other_high is None and high is not None and other_low is not None and other_low <= high:
        return other_low, high
    if high is not None and other_low == high + 1:
        return low, other_high
    return None
