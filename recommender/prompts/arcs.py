"""How the energy of a list shall go: rising, falling, or up to a peak and down again."""

import re
from collections.abc import Iterator
from typing import Final

from recommender.prompts.wishes import Reading, Wish, WishKind

_QUIET: Final = (
    r"(?:calm|calmly|slow|slowly|quiet|quietly|soft|softly|gentle|gently|low|mellow|chill|easy|relaxed|down)"
)
_LOUD: Final = r"(?:energetic|intense|fast|loud|high|hard|upbeat|wild|lively|up|hype|danceable)"
_START: Final = r"(?:starts?|starting|begins?|beginning|open(?:s|ing)?|kick off)(?: off| out| with| it)*"
_END: Final = r"(?:ends?|ending|finish(?:es|ing)?|clos(?:e|es|ing))(?: off| out| up| with| on| in| it)*"
_SLOWLY: Final = r"(?:slowly|gradually|steadily|progressively|bit by bit|more and more|getting|gets?|becom(?:es|ing))"
_RISE: Final = (
    rf"(?:build(?:s|ing)?(?:[ -]?up| to| towards?| in| the)|ramp(?:s|ing)?(?: it)? up|pick(?:s|ing)? up|speed(?:s|ing)? up"
    rf"|crescendo|(?:{_SLOWLY} )+(?:getting |becoming |gets? |more )?(?:faster|louder|livelier|wilder|intense|energetic|upbeat|building|increasing|rising))"
)
_FALL: Final = (
    rf"(?:wind(?:s|ing)?[ -]down|cool(?:s|ing)?[ -]?down|calm(?:s|ing)?(?: it)? down|slow(?:s|ing)? down|come(?:s)? (?:back )?down|fade(?:s)?(?: out| away| into)"
    rf"|(?:{_SLOWLY} )+(?:getting |becoming |gets? )?(?:slower|calmer|quieter|softer|gentler|calming|slowing|winding down))"
)
_BETWEEN: Final = r"[^.;!?]{1,40}?"
_ARCS: Final = tuple((value, re.compile(pattern)) for value, pattern in (
    ("peak", rf"\b(?:warm(?:s|ing)?[ -]?up|{_START} {_QUIET}|{_RISE}|ris(?:e|es|ing)){_BETWEEN}\b(?:{_FALL}|{_END} {_QUIET}|fall(?:s|ing)?)\b|\bpeak(?:s|ing)? (?:in|at|around|towards?) the middle\b"),
    ("rising", rf"\b{_START} (?:\w+ )?{_QUIET}(?: and|,)?(?:{_BETWEEN}\b(?:{_RISE}|{_END} (?:\w+ )?{_LOUD}|then (?:\w+ )?(?:faster|louder|{_LOUD})))(?: up)?\b"),
    ("falling", rf"\b{_START} (?:\w+ )?{_LOUD}(?: and|,)?{_BETWEEN}\b(?:{_FALL}|{_END} (?:\w+ )?{_QUIET})\b"),
    ("rising", rf"\bfrom {_QUIET}(?: \w+)? to {_LOUD}\b"),
    ("falling", rf"\bfrom {_LOUD}(?: \w+)? to {_QUIET}\b"),
    ("falling", rf"\b{_END} (?:a |the |some )?(?:\w+ )?(?:{_FALL}|cool-?down|calm(?:er)?|quiet|sleep\w*)\b|\b{_FALL} (?:at|towards?|in|by) the end\b"),
    ("rising", rf"\b{_RISE}(?: slowly| gradually)?\b(?! (?:muscle|a playlist|me|us)\b)"),
    ("falling", rf"\b(?:gets?|getting|becom(?:es|ing)) (?:calmer|slower|quieter|softer)(?: and \w+)?\b|\b(?:slowly|gradually) {_FALL}\b"),
    ("rising", r"\b(?:gets?|getting|becom(?:es|ing)) (?:faster|louder|livelier|wilder|more (?:energetic|intense|upbeat))(?: and \w+)?\b"),
    ("rising", r"\b(?:(?:ruhig|langsam) (?:anfangen|beginnen|starten)(?: und)?(?: dann| sich)? (?:steigern|schneller|lauter)|commencer (?:doucement|calmement) (?:et|puis) (?:monter|accélérer)"
               r"|empezar (?:tranquilo|suave|lento) y (?:subir|acelerar)|iniziare (?:piano|calmo) e (?:crescere|salire)|começar (?:calmo|devagar) e (?:subir|crescer|acelerar))\b"),
    ("falling", r"\b(?:am ende (?:ruhiger|langsamer)|(?:et )?finir (?:doucement|calmement)|terminar (?:tranquilo|suave|calmo)|finire (?:piano|calmo))\b"),
))  # fmt: skip


def arcs(reading: Reading) -> Iterator[Wish]:
    """Yield the arcs that a prompt describes, all soft; what tells more of the whole list is read first."""
    for value, pattern in _ARCS:
        matches = list(pattern.finditer(reading.text))
        reading = reading.without(match.span() for match in matches)
        for match in matches:
            yield reading.wish(WishKind.ARC, value, *match.span(), hard=False)
