"""Post-processing of spans, whoever read them: word boundaries, lists of one polarity, negations and their reach."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from recommender.prompts.likeness import is_likened, is_taken_up
from recommender.prompts.meanings import FAST, SLOW
from recommender.prompts.name_signs import ALIKE, LIKE, NEGATOR
from recommender.prompts.spans import ACTS, CUE, NAMES, RANGED, SUBJECTS, UNCLEAR, Polarity, Span
from recommender.prompts.turning import WORDLESS, directed, exchanged, sung_in
from recommender.prompts.vocabulary import FUNCTION_WORDS, MUSIC_NOUNS

_SCRIPTS_WITHOUT_SPACES: Final = 0x0E00  # Thai, Hangul with its particles, kana and signs begin there
_LINK: Final = re.compile(
    r"\s*[,/&+;、・]?\s*(?:(?:and|or|nor|und|oder|noch|et|ou|ni|y|e|o|en|of|noch|i|lub|ani|и|или|ни|ve|veya|ya da)\s+|[とや]|(?:하고|이나)\s*)?"
)
_BLEND: Final = re.compile(r"\s*(?:['’]?\w{0,2} (?:ile|ve)|x|×|meets|a|和|跟|与|와|과|랑|이랑)\s+")
"""What stands between two examples beside "and"."""

_ONLY: Final = re.compile(
    r"(?<!the )(?<!not )(?<!nicht )(?<!non )(?<!pas )(?<!no )(?<!nie )(?<!не )\b(?:only|strictly|exclusively|purely|solely|nothing (?:but|except|other than)|has to be|must be"
    r"|nur|ausschließlich|nichts (?:außer|als)|uniquement|exclusivement|seulement|rien que|que (?:du|de la|des)|solamente|únicamente|exclusivamente"
    r"|nada más que|solo|sólo|soltanto|solamente|esclusivamente|nient'altro che|apenas|somente|só|alleen(?: maar)?|uitsluitend|niets dan|tylko|wyłącznie"
    r"|sadece|yalnızca|только|исключительно)\b|だけ|のみ|만(?!\w)",
    re.IGNORECASE,
)
"""What says that nothing else shall play, of what it stands beside: grammar, which a tagger learns from few examples."""

_THE: Final = r"(?:(?:an?|any|some|more|the|more|by|of|de|del?|des|du|la|le|les|el|los|las|os?|as?|il|gli|die|den|das|dem|het)\s+)*"
_ARTICLES: Final = re.compile(rf"\s*{_THE}")
_WITHOUT: Final = re.compile(
    r"\b(?:without|except(?: for)?|excluding|anything but|ohne|außer|kein(?:e[nmrs]?)?|sans|sauf|hormis|pas d[e']|sin|excepto|nada de|senza|tranne|eccetto"
    r"|niente|sem|exceto|zonder|behalve|geen|bez|oprócz|без|кроме|instead of|rather than|(?:an)?statt(?! (?:find|fand|und|oder))|anstelle von|au lieu d[eu']|à la place d[eu']|plutôt que"
    r"|en (?:lugar|vez) de|em vez de|ao invés de|invece d(?:i|el|ella)|al posto d(?:i|el|ella)|in plaats van|zamiast|вместо)(?<=')?(?:(?<!')\s+|(?<='))"
    rf"{_THE}|不要(?!太)|别放|去掉",
    re.IGNORECASE,
)
"""What keeps out whatever follows it, in languages where that stands before it; a closed class of words, as "only" is."""

_SUNG: Final = re.compile(
    r"(?:vocals?|voices?|singing|singers?|lyrics|gesang\w*|stimmen?|sänger\w*|chant|chanteu\w+|voix|paroles|voz|voces|vozes|canto|letras?|voc[ei]|vocali|cantat\w+|parole"
    r"|ge?zang|zang|zangers?|stemmen|tekst\w*|śpiew\w*|wokal\w*|słów|пени\w+|вокал\w*|слов|голос\w*|vokal\w*|söz\w*|şarkı söyle\w+)\b",
    re.IGNORECASE,
)
"""What is sung, or sings; where nobody marked it behind a word that keeps it out."""

_UNSUNG: Final = re.compile(
    r"\b(?:no ?(?:body|one) (?:sings?|singing)|without (?:any(?:one|body)|some(?:one|body)) singing|(?:where|in which) (?:they|people|you) (?:don't|do not) sing|(?:not|isn't|aren't) sung"
    r"|(?:nicht|niemand|keiner) (?:dabei )?(?:ge)?s[iu]ng(?:t|en)|(?:niet|niemand) (?:in )?(?:ge)?z[io]ng(?:t|en)|on n'y chante pas|ne chantent? pas|personne (?:ne|qui) chante"
    r"|(?:nadie|no|ninguém|não) (?:se )?cant(?:e|a|an?do|en?|am)|(?:nessuno (?:che )?|non (?:si )?)cant(?:i|a|ano?)|senza (?:nessuno|qualcuno) che cant[ai]|nie śpiewa\w*|не по[юё]т\w*|без того,? чтобы пели"
    r"|şarkı söyle(?:me|nme)\w*)(?!\w)(?! (?:in|by|auf|von|en|par|em|por|da|door|op|w|po|przez|на|о) )|(?<!で)歌(?:わない|われない|が(?:入って(?:い)?|)ない|の(?:入って(?:い)?)?ない|なし|声なし)|노래(?:는|를)? ?(?:안|없)|안 부르는|不唱(?![英中日韩法德西俄粤国])|没(?:有)?人?唱",
    re.IGNORECASE,
)
"""What says by a verb that nobody sings."""

_DOUBLED: Final = re.compile(
    r"(n't|\b(?:cannot|not|never|no|nothing|nicht|nie|niemals|jamais|nunca|non|mai|não|nem|niet|не))\b[^,.;:!?]{0,30}$",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[^\s,.;:!?()]+(?: (?!(?:and|or|but|und|oder|et|ou|y|o|e|en|of|i|и) )[^\s,.;:!?()]+){0,2}")
_OF_A_TIME: Final = re.compile(
    r"[\s,;]*(?:(?:recorded|made|released|enregistrée?s?|aufgenommen) )?"
    r"(?:from|(?:out )?of|in|aus|von|der|im|des?|du|d'|dans|en|del|dagli|degli|dos|uit|z|années)\b",
    re.IGNORECASE,
)
"""What leads from something to the time that it is of, whatever stands before it."""

_OF_THE_SOUND: Final = frozenset({"voice", "instrument", "sound", "mood", "energy", "tempo", "explicit", "ai"})
"""What music has, and is of no time itself: in "no vocals from the 90s" the music is."""

_ATTACHED: Final = re.compile(
    r"[^\s,.;:!?()] (?:without|ohne|sans|sin|senza|sem|zonder|bez|без) (?:any |the |le |la |les )?$", re.IGNORECASE
)
_NOT_TOO: Final = re.compile(r"\b(?:not|nothing|nicht|nichts|pas|rien de) (?:all )?(?:too|zu|trop)$", re.IGNORECASE)
_SLOW: Final = re.compile(r"slow|langsam|lent", re.IGNORECASE)
_FAR: Final = 20  # characters that such a word and its article have
_SURE: Final = 0.7
_CLAUSE: Final = 120  # characters that "only" reaches at most
_BREAK: Final = re.compile(r"[,.;:!?()]")
_DEMANDED: Final = frozenset(
    {"genre", "mood", "instrument", "sound", "energy", "tempo", "popularity", "voice", "language"}
)
_SHARED: Final = frozenset(Polarity) - {Polarity.WANT, Polarity.MORE, Polarity.MUST}
_NO_SUBJECTS: Final = FUNCTION_WORDS | MUSIC_NOUNS
_BUT: Final = re.compile(
    r",? (?:but|aber|mais|sauf que|pero|solo que|ma|però|solo che|mas|só que|maar|alleen dan|ale|tylko że|но|ama)\b"
)
_AS_WELL: Final = re.compile(r",? too\b(?! (?:much|many|loud|fast|slow))")
_OTHERWISE: Final = SUBJECTS | {"voice", "energy", "tempo"}
"""In what something may be like another but different: "Elton John but sung by a woman"."""
_DENIED: Final = frozenset({Polarity.AVOID, Polarity.INSTEAD, Polarity.LESS, Polarity.MUCH})
_WANTED: Final = frozenset({Polarity.WANT, Polarity.MUST, Polarity.MORE})
_EXAMPLES: Final = frozenset({Polarity.EXAMPLE, Polarity.UNLIKE})
_MEASURED: Final = RANGED.keys() - {"period"}  # "drie kwartier" is one, "80s 90s" are two
_ALONE: Final = frozenset({CUE, UNCLEAR}) | ACTS


def repaired(text: str, spans: Iterable[Span], *, follows: bool = False, lines: Sequence[int] = ()) -> tuple[Span, ...]:
    """Return spans that begin and end with whole words, pieces of one joined, and lists meant as their first item is.

    A prompt that `follows` another may want nothing new: "no metal, punk" then denies both. `lines` is where further lines of it
    begin: a negation ends with its own.
    """
    whole: list[Span] = []
    for span in (_whole(text, span) for span in spans):
        before = whole[-1] if whole else None
        if before is not None and span.start < before.end:
            span = replace(span, start=before.end + (text[before.end : before.end + 1] == " "))
            if span.start >= span.end:
                continue
        if before is not None and _is_one(text, before, span):
            whole[-1] = replace(before, end=span.end, value=before.value or span.value)
        else:
            whole.append(span)
    whole = _unsung(text, [span for span in whole if not _says_nothing(text, span)])
    found = _listed(text, _demanded(text, _listed(text, _alike(text, _kept_out(text, whole), follows=follows))))
    found = directed(text, exchanged(text, sung_in(text, _not_too(text, _unreached(text, found, lines)))))
    return tuple(found if follows else _answered(text, found))


def _unsung(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return spans, where a verb says that nobody sings with that instead of what lies over it."""
    said = [Span(*match.span(), "voice", Polarity.AVOID, "any") for match in _UNSUNG.finditer(text)]
    kept = (span for span in spans if not any(one.start < span.end and span.start < one.end for one in said))
    return sorted([*kept, *said], key=lambda span: span.start)


def _says_nothing(text: str, span: Span) -> bool:
    """Return whether a subject that is not wanted, or a voice, is but an article or the like."""
    return (span.what == "voice" or (span.what in SUBJECTS and span.polarity in _DENIED)) and FUNCTION_WORDS.issuperset(
        text[span.start : span.end].lower().split()
    )


def _whole(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    if span.what in RANGED:
        end = start + len(text[start:end].split(", ")[0])
    if end - start == 1 and unicodedata.category(text[start]) == "So" and span.what != CUE:
        return replace(span, what="theme", value=None)
    while start > 0 and _joins(text, start):
        start -= 1
    while end < len(text) and _joins(text, end):
        end += 1
    return span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


def _joins(text: str, place: int) -> bool:
    """Return whether letters on both sides of a place belong to one word."""
    sides = text[place - 1], text[place]
    return all(char.isalnum() and ord(char) < _SCRIPTS_WITHOUT_SPACES for char in sides)


def _is_one(text: str, one: Span, other: Span) -> bool:
    return (
        (one.what, one.polarity) == (other.what, other.polarity)
        and one.what not in _ALONE
        and text[one.end : other.start] in ("", "-", *((" ",) if one.what in _MEASURED else ()))
        and (one.value == other.value or None in (one.value, other.value))
    )


def _listed(text: str, spans: Sequence[Span]) -> list[Span]:
    """Give the items of a list the polarity of the first: "no metal, punk or grunge" is a "no" to all three."""
    found = list(spans[:1])
    for span in spans[1:]:
        first, gap = found[-1], text[found[-1].end : span.start]
        listed = first.what == span.what and bool(gap.strip()) and _LINK.fullmatch(gap) is not None
        plain = span.polarity is Polarity.WANT or (span.polarity, first.polarity) == (Polarity.EXAMPLE, Polarity.AVOID)
        shared = listed and plain and first.polarity in _SHARED
        found.append(replace(span, polarity=first.polarity) if shared else span)
    return found


def _kept_out(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let nothing be wanted that stands behind a word that keeps it out; what is not marked there is kept out all the same.

    Two such words say the opposite ("I can't live without jazz"), and so do idioms ("can't get enough of").
    """
    found, low = list(spans), text.lower() if len(text.lower()) == len(text) else text
    negations = [match for match in NEGATOR.finditer(low) if match["less"] is None]
    idioms = bytearray(len(text) + 1)
    for idiom in (match for match in negations if match["idiom"]):
        idioms[idiom.start() : idiom.end()] = b"\1" * (idiom.end() - idiom.start())
    for match in sorted([*negations, *_WITHOUT.finditer(text)], key=lambda match: match.end()):
        stands_before = match.re is _WITHOUT
        if stands_before and idioms[match.start()]:
            continue
        end = match.end() if stands_before else _ARTICLES.match(low, match.end()).end()  # type: ignore[union-attr]
        number = bisect_left(found, match.start(), key=lambda span: span.end - 1)
        here = found[number] if number < len(found) else None
        if here is not None and here.start < end and (here.what == CUE or here.certainty < _SURE):
            cut = here.end <= end and here.start < match.start() and here.what != CUE
            left = replace(here, end=match.start() - 1)
            cue = not cut or _NO_SUBJECTS.issuperset(text[left.start : left.end].lower().split())
            found[number] = replace(here, what=CUE, value=None, polarity=Polarity.WANT) if cue else left
            number += 1
            while number < len(found) and found[number].what == CUE and found[number].start < end:
                number += 1
            here = found[number] if number < len(found) else None
        if here is not None and here.start <= match.start():
            continue
        last = found[number - 1] if number else None
        if not stands_before and match["sign"] and last and last.polarity in _DENIED and last.end + 2 > match.start():
            continue  # "rap \N{CROSS MARK} jazz"
        beside = here is not None and here.start <= end and here.what != CUE
        doubled = stands_before and _doubled(text, found[:number], match.start())
        if here is not None and beside:
            start = end if here.what not in NAMES and here.start < end < here.end else here.start
            opposite = here.what == "voice" and WORDLESS.search(text, here.start, here.end) is not None
            denied = here.polarity in _DENIED
            if (match.re is NEGATOR and match["idiom"]) or doubled or opposite:
                found[number] = replace(here, polarity=Polarity.WANT if denied else here.polarity)
            elif here.polarity in _WANTED or (stands_before and here.polarity is Polarity.LESS):
                found[number] = replace(here, start=start, polarity=Polarity.AVOID)
        elif (
            stands_before
            and not doubled
            and (here is None or here.polarity in _WANTED or _BREAK.search(text, end, here.start))
        ):
            words = _WORDS.match(text, end, here.start if here else len(text))
            if words and not FUNCTION_WORDS.issuperset(words[0].lower().split()):
                sung = _SUNG.match(text, words.start())
                said = Span(words.start(), words.end(), "theme", Polarity.AVOID, certainty=0.0)
                found.insert(number, replace(said, end=sung.end(), what="voice", value="any") if sung else said)
    return found


def _doubled(text: str, before: Sequence[Span], place: int) -> bool:
    """Return whether the word at a place, which keeps something out, is denied itself, with nothing meant between."""
    no = _DOUBLED.search(text, max(0, place - 40), place)
    return no is not None and not any(span.what not in _ALONE and span.end > no.end(1) for span in before)


def _alike(text: str, spans: Sequence[Span], *, follows: bool) -> list[Span]:
    """Take names that follow "like" in its clause, or are taken back by "but", for examples of which a reader was not sure."""
    low = text.lower() if len(text.lower()) == len(text) else text
    places = [(like.end(), ALIKE.match(low, like.end()).end()) for like in LIKE.finditer(low)]  # type: ignore[union-attr]
    found = list(spans)
    for number, span in enumerate(spans):
        after = next((other for other in spans[number + 1 :] if other.what != CUE), None)
        other = not follows and after is not None and after.what in _OTHERWISE and after.polarity is not Polarity.AVOID
        but = other and _BUT.match(low, span.end)
        like = any(start <= span.start < end for start, end in places) or (
            span.what in NAMES and (is_likened(low, span.start, span.end) or is_taken_up(low, span.end))
        )
        if span.polarity is Polarity.MUCH and _AS_WELL.match(low, span.end):
            found[number] = replace(span, polarity=Polarity.MORE)  # "a bit of Queen too"
        if span.what in NAMES and span.polarity is Polarity.WANT and (but or like):
            found[number] = replace(span, polarity=Polarity.EXAMPLE)
        elif span.what in NAMES and span.polarity is Polarity.AVOID and like and not NEGATOR.search(low, 0, span.start):
            found[number] = replace(span, polarity=Polarity.UNLIKE)  # "like Queen, none of their own"
    return _beside_examples(low, found)


def _beside_examples(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let names be examples that stand before one in a list of both ("A and B gibi")."""
    found = list(spans)
    for number in reversed(range(len(found) - 1)):
        one, after = found[number : number + 2]
        if {one.what, after.what} <= NAMES and after.polarity in _EXAMPLES and one.polarity is Polarity.WANT:
            gap = text[one.end : after.start]
            if _BLEND.fullmatch(gap) or (gap.strip() and _LINK.fullmatch(gap)):
                found[number] = replace(one, polarity=after.polarity)
    return found


def _not_too(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let "not too slow" be whatever is not slow: it need not be fast, and compares with nothing."""
    found = list(spans)
    for number, (cue, span) in enumerate(pairwise(spans), 1):
        beside = cue.what == CUE and text[cue.end : span.start] == " "
        if beside and span.what == "tempo" and span.polarity in _DENIED and _NOT_TOO.search(text, cue.start, cue.end):
            slow = _SLOW.match(text, span.start, span.end) is not None
            value = f"{SLOW[1]:g}-" if slow else f"-{FAST[0]:g}"
            found[number] = replace(span, polarity=Polarity.WANT, value=value)
    return found


def _unreached(text: str, spans: Sequence[Span], lines: Sequence[int]) -> list[Span]:
    """Let be wanted what a negation reaches no more: the next line, and the time behind what it denies ("no vocals from 1990")."""
    found, run, low = list(spans), list[Span](), text.lower() if len(text.lower()) == len(text) else text
    wanting = next((one.end for one in spans if one.polarity in _WANTED and one.what not in _ALONE), len(text))
    for number, span in enumerate(spans):
        if span.polarity is not Polarity.AVOID or span.what == CUE:
            run = []
            continue
        if run and not any(sign.search(low, run[-1].end, span.end) for sign in (NEGATOR, _WITHOUT)):
            after = spans[number + 1 : number + 3]
            cue_behind = bool(after) and after[0].what == CUE and after[-1].polarity is not Polarity.AVOID
            beside = wanting <= run[0].start
            if not cue_behind and (
                _begins_anew(text, run, span, lines) or _is_time_of_another(text, run, span, beside)
            ):
                found[number] = replace(span, polarity=Polarity.WANT)
        run.append(span)
    return found


def _begins_anew(text: str, run: Sequence[Span], span: Span, lines: Sequence[int]) -> bool:
    """Return whether a span stands in a later line than what is denied with its negation, and goes on with no list of it."""
    here = bisect_right(lines, span.start)
    first = bisect_right(lines, run[0].start)
    headed = not any(
        map(str.isalnum, text[lines[first - 1] if first else 0 : run[0].start])
    )  # "without:", and then items
    gap = text[run[-1].end : span.start]
    return here > first and not headed and not (gap.strip() and _LINK.fullmatch(gap))


def _is_time_of_another(text: str, run: Sequence[Span], span: Span, beside: bool) -> bool:
    """Return whether years say of when the music is, and not what is denied, `beside` something wanted, before them."""
    denied = next((one for one in reversed(run) if one.what != "period"), None)
    if span.what != "period" or denied is None or not _OF_A_TIME.match(text, denied.end, span.end):
        return False
    start = run[0].start
    attached = beside and _ATTACHED.search(text, max(0, start - _FAR), start) is not None
    return attached or denied.what in _OF_THE_SOUND


def _answered(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let the last of two things be wanted where nothing else is: "no metal, rock" is rock."""
    meant = [number for number, span in enumerate(spans) if span.what not in _ALONE]
    found = list(spans)
    if len(meant) == 2 and all(spans[number].polarity is Polarity.AVOID for number in meant):
        first, last = meant
        gap, rest = text[spans[first].end : spans[last].start], text[spans[last].end :]
        if last == first + 1 and gap.strip() in (",", ";") and not any(map(str.isalnum, rest)):
            found[last] = replace(spans[last], polarity=Polarity.WANT)
    return found


def _demanded(text: str, spans: Sequence[Span]) -> list[Span]:
    """Let "only" hold of what follows it in its clause, or where nothing does, of what it follows; of several the last."""
    found, starts = list(spans), [span.start for span in spans]
    for only in _ONLY.finditer(text):
        here = bisect_left(starts, only.end())
        if here and found[here - 1].what in NAMES and found[here - 1].end > only.start():
            continue
        stop = _BREAK.search(text, only.end(), only.end() + _CLAUSE)
        clause = stop.start() if stop else only.end() + _CLAUSE
        after = range(here, bisect_left(starts, clause))
        before = [here - 1] if here and not _BREAK.search(text, found[here - 1].end, only.start()) else []
        before = [here - 2] if before and found[here - 1].what == CUE and here > 1 else before
        *leading, last = _side_by_side(text, found, after) or before or [-1]
        for number in leading:  # "only sad jazz" must be jazz
            found[number] = replace(found[number], polarity=Polarity.WANT)
        misread = (
            last >= 0 and found[last].polarity is Polarity.AVOID and found[last].what != "voice"
        )  # "only instrumental"
        if last >= 0 and found[last].what in _DEMANDED and (misread or found[last].polarity is Polarity.WANT):
            found[last] = replace(found[last], polarity=Polarity.ONLY)
    return found


def _side_by_side(text: str, spans: Sequence[Span], numbers: range) -> list[int]:
    """Return the first of some spans that is no cue, and those right beside it."""
    run = [next((number for number in numbers if spans[number].what not in _ALONE), -1)]
    if run == [-1]:
        return []
    while run and run[-1] + 1 in numbers and text[spans[run[-1]].end : spans[run[-1] + 1].start] == " ":
        run.append(run[-1] + 1)
    return run
