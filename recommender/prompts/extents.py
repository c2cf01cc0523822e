"""Extents in words and figures: how long a list or a song lasts, which years music is from, and which places of a list are meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

from recommender.prompts.quantity_tokens import (
    ARTICLES,
    BOUNDS,
    SIGN_SCRIPT,
    Extent,
    Token,
    as_place,
    bounded,
    figures_of,
)

DURATION_LETTERS: Final = {
    "number": "n",
    "clock": "c",
    "hour": "h",
    "minute": "m",
    "second": "s",
    "half": "f",
    "plus_half": "p",
    "quarter": "q",
    "lasting": "d",
    "half_hour": "d",
    "quarter_hour": "d",
    "three_quarters": "d",
    "song": "x",
    "upto": "t",
}
FIXED: Final = {"half_hour": 30.0, "quarter_hour": 15.0, "three_quarters": 45.0}
_UNITS: Final = {"h": 60.0, "m": 1.0, "s": 1 / 60}
_PARTS: Final = {"f": 0.5, "p": 0.5, "q": 0.25}
_DURATION: Final = re.compile(
    "(?P<n>n?)(?P<part>[fpq]?)(?P<unit>[hms])(?:(?P<m>n?)(?P<mpart>[fpq])(?![hms])|(?P<more>n)[ms]?(?![hxfpq]))?"
    "|(?P<times>n?)(?P<fixed>d)|(?P<clock>c)|(?P<bare>n)(?P<bpart>p?)(?!x)"
)
_BEFORE_THEIR_NUMBER: Final = frozenset({"часа", "часов", "минут"})
"""Russian says "минут двадцать" for about twenty minutes."""


def list_minutes(tokens: Sequence[Token]) -> Extent | None:
    """Return how many minutes a list lasts; "about" changes nothing, as no list is exact."""
    found = _durations(tokens, clock=(60.0, 1.0))
    if not found:
        return None
    low, high, is_range = found
    if high < 5 and not any(DURATION_LETTERS.get(token.kind, "") in _UNITS for token in tokens):
        low, high = low * 60, high * 60  # "three will do" means hours
    return (low, high) if is_range or low != high else bounded(low, high, tokens)


def song_minutes(tokens: Sequence[Token]) -> Extent | None:
    """Return how many minutes each song lasts; a whole number of them is meant half a minute up or down."""
    found = _durations(tokens, clock=(1.0, 1 / 60))
    if not found:
        words = " ".join(token.text for token in tokens)
        return next((extent for pattern, extent in _LENGTH_WORDS if pattern.search(words)), None)
    low, high, is_range = found
    if is_range or low != high:
        return low, high
    low, high = bounded(low, high, tokens)  # type: ignore[assignment]
    return (low - 0.5, high + 0.5) if low == high and low == round(low) else (low, high)


_LENGTH_WORDS: Final[tuple[tuple[re.Pattern[str], Extent], ...]] = (
    (re.compile(r"\b(?:short(?!er)|kurz(?!er)|court|cort|curt|brev|kort|krótk|коротк|kısa)|短|짧"), (None, 3.0)),
    (re.compile(r"\b(?:long(?!er)|lang|larg|lung|extended|maxi|epic|dług|длинн|uzun)|長|긴"), (6.0, None)),
)
"""What songs that are called short or long last."""


def _durations(tokens: Sequence[Token], clock: tuple[float, float]) -> tuple[float, float, bool] | None:
    """Return the first duration in minutes, at least and at most, or the range that the first two make, and if so.

    `clock` is how many minutes the two figures of "1:30" count.
    """
    coded = _coded(tokens)
    codes = "".join(code for code, _ in coded)
    matches = [  # without "an evening" and "une cinquantaine", but with "ein bis zwei"
        match
        for match in _DURATION.finditer(codes)
        if not (
            match["bare"] and coded[match.start()][1].text in ARTICLES and codes[match.end() : match.end() + 1] != "t"
        )
    ]
    if not matches:
        return None
    unit = next((_UNITS[match["unit"]] for match in matches if match["unit"]), 1.0)
    found = []
    for match in matches:
        numbers = [token for code, token in coded[match.start() : match.end()] if code in "ncd"]
        found.append(
            (
                _duration(match, [one.low for one in numbers], unit, clock, numbers),
                _duration(match, [one.high for one in numbers], unit, clock, numbers),
            )
        )
    if len(found) > 1 and found[0][0] < found[1][1]:
        between = codes[matches[0].end() : matches[1].start()]
        if "t" in between or (not between and matches[0]["bare"]):
            return found[0][0], found[1][1], True
    return *found[0], False


_ANDS: Final = frozenset({"and", "und", "et", "y", "e", "ed", "en", "u", "i", "и", "ve", "of", "o", "al"})


def _coded(tokens: Sequence[Token]) -> list[tuple[str, Token]]:
    """Return the tokens that durations are made of, each with its letter in `_DURATION`."""
    coded: list[tuple[str, Token]] = []
    between = any(token.kind == "between" for token in tokens)
    for token in tokens:
        last = coded[-1] if coded else None
        range_of = token.kind == "to" and (token.text not in _ANDS or between or (last and last[0] == "n"))
        code = "t" if range_of else DURATION_LETTERS.get(token.kind)
        if code is None or (token.kind == "number" and token.high == 1 and last and last[0] in "fqhm"):
            continue
        if token.kind == "quarter_hour" and last and last[0] == "h":
            code = "q"
        coded.append((code, token))
        turned = last and last[1].text in _BEFORE_THEIR_NUMBER and "n" not in [one for one, _ in coded[-3:-2]]
        if code == "n" and turned:
            coded[-2:] = coded[-1], coded[-2]
    return coded


def _duration(
    match: re.Match[str], values: Sequence[float], unit: float, clock: tuple[float, float], tokens: Sequence[Token]
) -> float:
    """Return the minutes of a match of `_DURATION`, whose numbers have these values."""
    if match["clock"]:
        return tokens[0].low * clock[0] + tokens[0].high * clock[1]
    if match["fixed"]:
        return (values[0] if match["times"] else 1) * FIXED.get(tokens[-1].kind, tokens[-1].low)
    if match["bare"]:
        return (values[0] + _PARTS.get(match["bpart"], 0)) * (unit if values[0] < 15 or unit < 60 else 1)
    amount = _part_of(values[0] if match["n"] else 1.0, match["part"], bool(match["n"]))
    rest = values[1:] if match["n"] else values
    more = _part_of(rest[0] if rest else 1.0, match["mpart"], bool(rest)) if match["mpart"] else 0.0
    size = _UNITS[match["unit"]]
    return (amount + more) * size + (rest[0] * size / 60 if match["more"] else 0)


def _part_of(number: float, part: str | None, counted: bool) -> float:
    """Return a number with a fraction of its unit: "two and a half", "three quarters", "half"."""
    if not part:
        return number
    if part == "q":
        return number / 4
    return number + 0.5 if counted and (number > 1 or part == "p") else 0.5


_AROUND: Final = 1  # "around 1994" reaches a year each way
_PART_YEARS: Final = {"early": (0, 3), "mid": (4, 6), "late": (6, 9)}
_HALF: Final = re.compile("half|hälfte|moitié|mitad|metà$|metade|helft|połow|половин|前半|초반|後半|후반")
_HALVES: Final = {"early": (0, 4), "mid": (4, 6), "late": (5, 9)}
_ERAS: Final = {"昭和": 1925, "平成": 1988, "令和": 2018}


def years_of(tokens: Sequence[Token], words: str, today: date) -> Extent | None:
    """Return the years that words speak of, from and to, inclusive."""
    kinds = {token.kind for token in tokens}
    if kinds & {"century", "age"} and "number" in kinds:
        return None
    if ago := _ago(tokens, kinds):
        since = (today.year * 12 + today.month - round(ago * 12)) // 12
        return (None, since) if "below" in kinds and "not" not in kinds else (since, today.year)
    points = _points(tokens, today)
    if not points:
        return _relative(words, today)
    low, high = min(point[0] for point in points[:2]), max(point[1] for point in points[:2])
    if "now" in kinds:
        return low, today.year
    if len(points) > 1:
        return low, high
    if any(token.text == "kadar" or (token.text == "до" and token.kind == "upto") for token in tokens):
        return None, high if "kadar" in words else low - 1
    if "about" in kinds and not kinds & BOUNDS:
        return (low - _AROUND, high + _AROUND) if low == high else (low, high)
    return bounded(low, high, tokens, step=1)


def _ago(tokens: Sequence[Token], kinds: set[str]) -> float | None:
    """Return how many years "the last five years" or "older than 18 months" go back, None where nothing says so."""
    for token, unit in pairwise(token for token in tokens if token.kind in ("number", "year", "month")):
        if token.kind == "number" and token.low <= 30 and unit.kind in ("year", "month") and kinds & {"past", "below"}:
            return token.low / (12 if unit.kind == "month" else 1)
    return None


def _points(tokens: Sequence[Token], today: date) -> list[tuple[int, int]]:
    """Return the first and last year of every year and decade that is named."""
    numbers = [i for i, one in enumerate(tokens) if one.kind == "number" and one.text not in ARTICLES]
    exact = len(numbers) > 1 and any(tokens[i].low % 10 for i in numbers)
    points = []
    for i in numbers:
        token = tokens[i]
        before = next((one for one in reversed(tokens[:i]) if one.text not in _OF), None)
        after = tokens[i + 1].kind if i + 1 < len(tokens) else ""
        era = _ERAS.get(before.text, 0) if before else 0
        if token.low != round(token.low) or (after == "year" and token.low < 30 and not token.ordinal and not era):
            continue
        part = next((one.kind for one in _near(tokens, i) if one.kind in _PART_YEARS), None)
        named = after == "decade" or (before is not None and before.kind == "year")
        several = i > 0 and tokens[i - 1].text in _THE_SEVERAL
        word = not token.text[0].isdecimal() and (token.low < 1000 or token.text.startswith(("дв", "zweitausender")))
        whole = token.low % 100 == 0 and (several or part is not None)
        first = era + int(token.low)
        point = (first, first + 9 * named) if era else _point(token, named or word or whole, exact, today)
        if point and part and point[0] < point[1]:
            half = any(_HALF.search(one.text) for one in _near(tokens, i))
            begins, ends = (_HALVES if half else _PART_YEARS)[part]
            point = point[0] + begins, point[0] + ends
        if point:
            points.append(point)
    return points


_OF: Final = frozenset({"de", "los", "las", "les", "des", "dos", "the", "of", "der", "van"})
_THE_SEVERAL: Final = frozenset({"los", "dos", "os", "nos", "die", "der", "den"})
"""Articles that make 2000 a decade: nobody says "los 2000" of a year."""


def _near(tokens: Sequence[Token], i: int) -> Iterator[Token]:
    """Yield the tokens that say which part of the decade `i` is meant: before it, in some languages after it."""
    for token in reversed(tokens[:i]):
        if token.kind == "number":
            break
        yield token
    for token in tokens[i + 1 :]:
        if token.kind == "number":
            break
        if token.text == "초":  # else a second
            yield replace(token, kind="early")
        elif SIGN_SCRIPT.search(token.text) or token.text.startswith(("son", "baş", "orta")):
            yield token


def _point(token: Token, marked: bool, exact: bool, today: date) -> tuple[int, int] | None:
    """Return the years of one number; `marked` as a decade, or `exact` among years that are no decades."""
    year = int(token.low)
    short = year < 100
    if short and not (year >= 10 or (token.text == "00" or year == 0)):
        return None
    if short:
        year += 2000 if year <= (today.year % 100 if year % 10 else 10) else 1900
    elif not 1000 <= year <= 2100:
        return None
    decade = year % 10 == 0 and (marked or short) and not (exact and not (marked and token.text[0].isdecimal()))
    return (year, year + 9) if decade else (year, year)


_DECADE: Final = (-9, 0)
_RELATIVE: Final = {
    r"(?:去年|작년).*(?:今年|올해)": (-1, 0),
    r"\b(?:this|dies\w*|cette|este|quest|dit|tego|tym|этого|этом|bu|current) (?:year|jahr|année|año|ano|anno|jaar|rok|год|yıl|sene)"
    r"|quest.anno|今年|올해|since january|depuis janvier": (0, 0),
    r"\b(?:last year|letzte\w* jahr|année dernière|an dernier|an passé|año pasado|ano passado|anno scorso|vorig jaar"
    r"|zeszł\w+ rok|прошл\w+ год|geçen (?:yıl|sene))|去年|昨年|작년": (-1, -1),
    r"\b(?:last|past|letzte\w*|dernière|última|ultimo|afgelopen|ostatni\w+|последн\w+|son) (?:decade|jahrzehnt\w*"
    r"|décennie|década|decennio|decennium|dekad\w*|десятилети\w+|on yıl)|década (?:pasad|passad)a|過去十年": (-10, 0),
    r"\b(?:this|dieses|cette|esta|questo|dit|tej|этого) (?:decade|jahrzehnt\w*|décennie|década|decennio|decennium|dekad\w*)": _DECADE,
    r"this century|este siglo|ce siècle|diesem jahrhundert|este século|questo secolo": (2001, None),
    "昭和": (1926, 1989),
    "平成": (1989, 2019),
    "令和": (2019, None),
    r"pre[ -]?war|przedwojen|довоен|vorkriegs|avant.guerre|戦前": (None, 1939),
    r"\b(?:new|newest|latest|neu\w*|nouveau\w*|nouvelle\w*|nuev[oa]s?|nuov[oaie]|nov[oa]s?|novinh\w+|now[eya]\w*|nowości\w*"
    r"|новинк\w*|новы\w*|свеж\w*|yeni\w*|nieuw\w*)\b|新しい|新曲|최신|신곡": (-1, 0),
    r"\b(?:recent\w*|récent\w*|recient\w*|aktuell\w*|actual\w*|actuel\w*|current|nowadays|these days|adesso|agora|ahora"
    r"|jetzt|today|aujourd|современн\w*|ostatni\w*|güncel\w*)|最近|今の|요즘|요새": (-3, 0),
    r"\b(?:modern|contempor|zeitgenössisch|współczesn|çağdaş)": (2010, None),
    r"\b(?:old|oldies|alte\w*|vieux|vieille\w*|ancien\w*|viej\w+|antigu\w+|antig[oa]s?|vecchi\w*|oud\w*|star[yeoa]\w*"
    r"|стар\w+|eski\w*)\b|古い|昔|옛날": (None, 1989),
}
"""Years that words without a figure speak of: as they are, or below 1,000 counted from the year that it is."""


def _relative(words: str, today: date) -> Extent | None:
    found = next((years for pattern, years in _RELATIVE.items() if re.search(pattern, words)), None)
    if found is None or found == _DECADE:
        return found and (today.year - today.year % 10, today.year)
    low, high = (side + today.year if side is not None and side < 1000 else side for side in found)
    return low, high


def said_as(extent: Extent, single: bool = True) -> str:
    """Return an extent as a value: "20", "3-6", "-1969"."""
    low, high = ("" if side is None else f"{round(max(side, 0), 2):.12g}" for side in extent)
    return low if single and low == high else f"{low}-{high}"


_LAST: Final = re.compile(
    r"last\b|letzte|final|clos|\bend|finish|ende\b|dernier|dernière|fin\b|últim|ultim|chiu|fondo|laatste|ostatni|последн"
    r"|\bson\b|\bsona|\bsonda|sonuncu|schlu(?:ss|ß)|slot|einde|koniec|finał|конец|финал|напоследок|fim\b|cierr|cerrar|encerr|fine\b|kapan"
    r"|bitir|bottom|outro|ラスト|締め|엔딩|맨 뒤|마무리|最後|마지막|끝"
)
_OPENING: Final = re.compile(
    "open|start|begin|anfang|beginn|erst|début|entrada|inici|iníci|inizi|начал|początk|başla|最初|처음|맨 앞"
)
_FIRST_FEW: Final = re.compile("처음|앞|最初|頭")


def place_of(tokens: Sequence[Token], words: str) -> str | None:
    """Return what words say of the list's tracks: a place, or a range of places ("first five" is 1-5, "from the third on" 3-)."""
    tokens = [as_place(token) for token in tokens]
    tokens = [token for token in tokens if token.text not in ARTICLES or len(tokens) == 1]
    numbers = [token for token in tokens if token.kind == "number" and token.low >= 1]
    if _LAST.search(words) and not any(token.low > 1 for token in numbers):
        return "last"
    if not numbers:
        return "1" if _OPENING.search(words) else None
    first = next((i for i, token in enumerate(numbers) if token.ordinal and token.low == 1), None)
    others = [token for token in numbers if token.low > 1 and not token.ordinal]
    if first is not None:
        before = re.match("premi|prim", numbers[first].text) is not None  # "les deux premières"
        others = [token for token in others if before or token.start > numbers[first].start]
    if others and (first is not None or _FIRST_FEW.search(words)):
        return said_as((1, others[0].high))
    if first is not None and len(numbers) > 1 and not any(token.kind == "to" for token in tokens):
        return "1"
    low, high, is_range = figures_of(tokens)[0]
    if is_range:
        return said_as((low, high))
    low_side, high_side = bounded(low, high, [token for token in tokens if token.kind != "not"], step=1)
    return said_as((1.0 if low_side is None else low_side, high_side))
