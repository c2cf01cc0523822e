"""What changes hands or direction in a prompt: a kind of wish that is lifted, an exchange, and where an arc leads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from recommender.prompts.spans import SUBJECTS, Polarity, Span

_LIFTED: Final = (
    r"forget|never mind|ignore|drop|vergiss|vergesst|ignorier\w*|oublie[rz]?|ignore[rz]?|olvid\w+|ignora\w*|esque[cç]\w+|dimentic\w+|lascia perdere|lascia stare"
    r"|vergeet|laat|zapomnij|odpuść|забудь\w*|забей|unut\w*|boş ?ver"
)
_ALL_ONE: Final = (
    r"(?:does ?n['’]?t|do not|does not|no longer) matter|is irrelevant|(?:ist|sind) (?:mir )?(?:doch )?(?:egal|wurscht|schnuppe)|spielt keine rolle|n['’]a pas d['’]importance|n['’]importe plus"
    r"|m['’]est égale?|da igual|dan igual|no importan?|tanto faz|não importam?|non importa(?:no)?|è indifferente|maakt niet uit|maken niet uit|nie ma znaczenia|bez znaczenia|obojętn\w+"
    r"|nieważn\w+|не ?важ\w+|без разницы|fark etmez|önemli değil|önemsiz"
)
_WHATEVER: Final = (
    r"any|whatever|egal welche[rsmn]?|peu importe|n['’]importe quel(?:le)?s?|qualquer|cualquier|da igual|no importan?|tanto faz|não importam?|non importa|qualsiasi"
    r"|maakt niet uit welke?|obojętn\w+|dowoln\w+|nieważn\w+|люб(?:ой|ая|ое|ые|ого)|не ?важ\w+"
)
_SPOKEN_OF: Final = {
    "period": r"years?|decades?|eras?|jahr(?:e|en|zehnte?)?|années?|décennies?|époques?|años?|décadas?|épocas?|anos?|anni|decenni[oi]?|epoch?e|epoca|jaren|jaar|jaartal(?:len)?|decennia"
    r"|lata(?:ch)?|rok(?:u|iem)?|dekad\w+|год(?:ы|а|ах)?|десятилети\w+|эпох\w+|yıl(?:lar\w*|ı)?|年代|年份|年は?|연도|연대|년도",
    "tempo": r"tempos?|tempi|bpm|темп\w*|テンポ|템포|速度",
    "language": r"languages?|sprachen?|langues?|idiomas?|línguas?|lingu[ae]|taal|talen|język\w*|язык\w*|dil(?:i|ler\w*)?|言語|언어|语言",
    "minutes": r"lengths?|durations?|länge|dauer|durées?|duración|duração|durata|duur|długość|длительност\w+|süre(?:si|yi)?|長さ|길이|时长",
}
_THE: Final = r"(?:[^\s,.;:!?()]{1,5}\s+){0,2}"
_LIFTS: Final = {
    what: re.compile(
        rf"\b(?:{_LIFTED})(?: about| it with)? {_THE}(?P<of>{words})(?!\w)|\b(?P<it>{words}) (?:\w{{1,3}} )?(?:{_ALL_ONE})(?!\w)"
        rf"|\b(?:{_WHATEVER}) {_THE}(?P<any>{words})(?!\w)|(?P<sign>{words})(?:[はも은는도]|에는)? ?(?:気にし|問わ|何でも|どうでも|関係な|忘れ|상관|신경|무관|잊|不限|随便|无所谓|都行|都可以)",
        re.IGNORECASE,
    )
    for what, words in _SPOKEN_OF.items()
}
"""What gives up a kind of wish without a new one: "forget the years", "jahr ist egal", "any tempo"."""

_FOR_IT: Final = re.compile(
    r"\b(?:(?:swap|replace|exchange|trade|switch|change) (?:it|that|this|them|those) (?:out )?(?:for|with|to|by)|(?:tausch|ersetz|wechs[el]+)\w* (?:das|es|die|sie) (?:gegen|durch|mit)"
    r"|remplace[rz]?(?:-l[ae]s?| ça| cela)? par|échange[rz]?(?:-l[ae]s?| ça| cela)? contre|(?:cámbi|cambi|reemplác|sustitúy)\w+l[oae]s? (?:por|con|a)|(?:troc|substitu)\w+ (?:isso|isto|ela?s?) por"
    r"|(?:sostitui|cambia|scambia)\w*l[oaie] con|(?:vervang|ruil|wissel) (?:het|dit|dat|die) (?:in )?(?:door|voor)|(?:zamień|wymień|zmień) (?:to|go|ją|je) na|(?:замени|поменяй|смени)\w* (?:это|его|её|ее|их) на)\s+"
    r"(?:(?:some|die|der|das|de|la|el|les|du|il|lo|het|os?|as?|l['’])\s*){0,2}$",
    re.IGNORECASE,
)
"""What stands before that which takes the place of all before."""
_INSTEAD: Final = re.compile(
    r"\s*(?:の(?:代|か)わりに?|に代えて|じゃな(?:く|い)て?|ではなく|대신에?|말고|yerine|değil)[\s、,]*(?:de |da )?"
)
_INTO: Final = re.compile(r"\s*(?:换成|改成|变成|换为|换|改为)\s*")
_TO_BE: Final = re.compile(r"\s*(?:[をは]|[을를])\s*")
_BECOMES: Final = re.compile(r"(?:に(?:変|替|換|か|チェンジ|差し替)|으?로 ?(?:바꿔|바꾸|변경|교체|갈아)|ile değiş)")
_SUNG_IN: Final = re.compile(
    r"\b(?:sung|sing\w*|lyrics|vocals|gesungen|singen|singt|texte?n?|chant\w+|paroles|cantad[oa]s?|cant[ae]\w*|letras?|cantat\w*|testi|gezongen|zing\w*|teksten|śpiewan\w*|śpiewa\w*|teksty?"
    r"|спет\w*|по[юё]т\w*|поющ\w*|исполня\w*) (?:\w+ )?(?:in|auf|en|em|po|w|на|по)[ -]$",
    re.IGNORECASE,
)
_NEAR: Final = 80
_SHARED: Final = SUBJECTS | {"voice"}
WORDLESS: Final = re.compile("instrument|연주|インスト|инструментал|enstrümantal|纯音乐", re.IGNORECASE)
"""What calls music wordless; a reader marks that as singing that is not wanted."""

_LOW, _HIGH = (
    r"soft|gentl|acalm|calm|quiet|slow|mellow|chill|fade|unwind|wind(?:ing)? down|ausklingen|abkling|aplaca|apaga|apais|éteign|adouci|spegn|sfum|placa|uitdov|afbouw|wycisz|wygasz|uspok|затих|затух|угас|успок|замедл|söner|sön|静ま|おさま|가라앉|平息|sanft|ruhig|leise|langsam|entspannt|dou[cx]|calme|lent|tranquil|suave|relaja|baj|calmin|dolc|piano piano|zacht|rustig|kalm|langza|spokoj|łagod"
    r"|cich|woln|спокой|тих|мягк|медлен|плавн|sakin|yavaş|hafif|sessiz|dingin|静|穏|ゆった|ゆっくり|落ち着|しっとり|잔잔|조용|차분|느리|느린|安静|慢|轻柔|平静|舒缓",
    r"loud|hard|peak|fast|energetic|energy|part(?:y|ies)|wild|intens|heavy|bang|hype|explo|laut|hart|schnell|heftig|kracher|fort|rapid|rápid|énerg|enérg|fête|fuert|fiesta|a tope|caña|animad|agitad|pesad|festa|veloc|forte"
    r"|scaten|energic|snel|knal|feest|dans|ostr|szybk|mocn|głośn|imprez|energicz|энерг|быстр|громк|жестк|жёстк|мощн|тяжел|тяжёл|бодр|вечерин|hızl|sert|coş|enerjik|hareketli|parti|激し|速|盛り上|アップ|爆|신나|빠르|강렬|흥|달리|嗨|快|激烈|燥|炸|热闹|劲",
)
_LEVEL: Final = re.compile(rf"(?:\b|(?<=[^\x00-\u2fff]))(?:(?P<low>{_LOW})|(?P<high>{_HIGH}))", re.IGNORECASE)


def lifted(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return spans with the kinds of wishes that a follow-up gives up as INSTEAD, whatever a reader took their words for."""
    found = list(spans)
    for what, pattern in _LIFTS.items():
        if lifts := pattern.search(text):
            start, end = next(lifts.span(name) for name, words in lifts.groupdict().items() if words)
            found = [span for span in found if span.end <= lifts.start() or lifts.end() <= span.start]
            found.append(Span(start, end, what, Polarity.INSTEAD))
    return sorted(found, key=lambda span: span.start)


def exchanged(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans where of two, one goes and the other comes in its place, meant so: "swap it for B", "AをBに変えて"."""
    found = list(spans)
    spoken = [number for number, span in enumerate(found) if span.what in _SHARED]
    for number in spoken:
        if _FOR_IT.search(text, max(0, found[number].start - _NEAR), found[number].start):
            found[number] = replace(found[number], polarity=Polarity.WANT)
    for old, new in pairwise(spoken):
        gap, one, other = text[found[old].end : found[new].start], found[old], found[new]
        becomes = _TO_BE.fullmatch(gap) and _BECOMES.match(text, other.end)
        if becomes or _INSTEAD.fullmatch(gap) or _INTO.fullmatch(gap):
            wordless = one.what == "voice" and WORDLESS.search(text, one.start, one.end)
            found[old] = replace(one, polarity=Polarity.WANT if wordless else Polarity.INSTEAD)
            found[new] = replace(other, polarity=Polarity.WANT)
    return found


def sung_in(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans with the origins that something is sung in as languages: "sung in Finnish" is of no country."""
    return [
        replace(span, what="language", value=None)
        if span.what == "origin" and _SUNG_IN.search(text, max(0, span.start - _NEAR), span.start)
        else span
        for span in spans
    ]


def directed(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return spans with each arc's value as its words tell it, up from calm to wild, and of more energy or too much which."""
    levels = [match.lastgroup for match in _LEVEL.finditer(text)]
    turns = bool(levels) and levels[0] != levels[-1]
    found = []
    for span in spans:
        level = _LEVEL.match(text, span.start, span.end)
        if span.what == "arc" and turns:
            span = replace(span, value="up" if levels[-1] == "high" else "down")
        elif span.what == "energy" and span.value is None and level and span.polarity in (Polarity.MORE, Polarity.MUCH):
            span = replace(span, value=level.lastgroup)  # "calmer" may be marked as less energy
        found.append(span)
    return found
