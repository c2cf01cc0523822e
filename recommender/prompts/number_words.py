"""Numbers in the words of twelve languages, without knowing which language it is.

Written by hand: the libraries that read number words know seven of the twelve, one language a call.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_ONES: Final = (
    "one/a/an two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen",
    "ein/eins/eine/einen/einem/einer/nen/ne zwei/zwo/beiden drei vier fünf/fuenf sechs sieben acht neun zehn elf"
    " zwölf/zwoelf dreizehn vierzehn fünfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn",
    "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "uno/un/una/ún dos/dós tres/trés cuatro cinco seis/séis siete ocho nueve diez once doce trece catorce quince"
    " dieciséis/dieciseis diecisiete dieciocho diecinueve",
    "um/uma dois/duas três/tres quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze"
    " dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
    "uno/un/una due tre/tré quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici"
    " diciassette diciotto diciannove",
    "een/één/eén twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien"
    " achttien negentien",
    "jeden/jedn-/raz dwa/dwie/dwóch/dwoma/dwu/dwaj trzy/trzech/trzema/trzem/trójk- cztery/czter-/czwórk- pięć/pięc-"
    " sześć/sześc- siedem/siedm- osiem/ośmi- dziewięć/dziewięc- dziesięć/dziesięc- jedenaście/jedenast-"
    " dwanaście/dwunast- trzynaście/trzynast- czternaście/czternast- piętnaście/piętnast- szesnaście/szesnast-"
    " siedemnaście/siedemnast- osiemnaście/osiemnast- dziewiętnaście/dziewiętnast-",
    "один/одн- два/две/двух/двум-/двое три/трех/трёх/тремя/трем/трое четыр- пят-/пятёр- шест- семь/семи/семью/седьм- восем-/восьм-"
    " девят- десят- одиннадцат- двенадцат- тринадцат- четырнадцат- пятнадцат- шестнадцат- семнадцат- восемнадцат-"
    " девятнадцат-",
    "bir/tek iki- üç- dört/dörd- beş- altı- yedi- sekiz- dokuz- on",
    "하나/한/하나씩 둘/두 셋/세/석 넷/네/넉 다섯 여섯 일곱 여덟 아홉 열",
)
"""What is one, two, ... nineteen; / parts variants, - lets an ending follow."""

_TENS: Final = (
    "twenty/twenties thirty/thirties forty/fourty/forties fifty/fifties sixty/sixties seventy/seventies eighty/eighties"
    " ninety/nineties",
    "zwanzig- dreißig-/dreissig- vierzig- fünfzig-/fuenfzig- sechzig- siebzig- achtzig- neunzig-",
    "vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante",
    "veinte/veinti treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "venti/vent trenta/trent quaranta/quarant cinquanta/cinquant sessanta/sessant settanta/settant ottanta/ottant"
    " novanta/novant",
    "twintig- dertig- veertig- vijftig- zestig- zeventig- tachtig- negentig-",
    "dwadzieścia/dwudziest- trzydzieści/trzydziest- czterdzieści/czterdziest- pięćdziesiąt-/pięćdziesięc-"
    " sześćdziesiąt-/sześćdziesięc- siedemdziesiąt-/siedemdziesięc- osiemdziesiąt-/osiemdziesięc-/ejtis-"
    " dziewięćdziesiąt-/dziewięćdziesięc-/najntis-",
    "двадцат- тридцат- сорок-/сороков- пятьдесят/пятидесят- шестьдесят-/шестидесят- семьдесят-/семидесят-"
    " восемьдесят-/восьмидесят- девяност-",
    "yirmi- otuz- kırk- elli- altmış- yetmiş- seksen- doksan-",
    "스물/스무 서른 마흔 쉰 예순 일흔 여든 아흔",
)
_HIGHER: Final = {
    100: "hundred hundert honderd cent cents cien ciento cientos cem cento centos sto stu ста сто сотн- yüz- centaine",
    200: "dwieście двести",
    300: "trzysta триста",
    500: "quinientos quinhentos pięćset пятьсот",
    900: "novecientos novecentos dziewięćset девятьсот",
    1000: "thousand tausend duizend mille mil mila tysiąc- тысяч-",
    2000: "duemila dos_mil dois_mil deux_mille двухтысячн- двехтысячн- iki_bin",
    10: "dizaine decena decina dezena tiental dziesiątk- десяток десяточек",
    15: "quinzaine quincena quindicina",
    20: "vingtaine veintena ventina vintena twintigtal score двадцаточк-",
    30: "trentaine treintena trentina",
    40: "quarantaine cuarentena quarantina",
    50: "cinquantaine cinquantina",
    60: "soixantaine sessantina sesenter-",
    70: "setenter-",
    80: "ochenter-",
    90: "noventer-",
    0: "noughties oughties aughts nullerjahre nuller нулев-",
    1: "einmal eenmaal",
    2: "twice zweimal tweemaal dwukrotnie дважды",
    3: "thrice dreimal driemaal trzykrotnie трижды",
    1.5: "anderthalb- anderhalf anderhalve półtor- полтор-",
    0.5: "einhalb",
    0.75: "dreiviertel driekwart",
}
_DOZENS: Final = {
    12: "dozen dozens dutzend douzaine douzaines docena docenas dozzina dúzia dozijn tuzin tuzina tuziny дюжина дюжину дюжины düzine"
    " ダース 다스",
    10: "десятка десятков",
}
DOZENS: Final = {word: float(value) for value, words in _DOZENS.items() for word in words.split()}
"""Words that multiply the number before them."""

_ORDINALS: Final = (
    "first/1st second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    "erst- zweit- dritt- viert- fünft- sechst- siebt- acht- neunt- zehnt- elft- zwölft-",
    "premier-/premièr- deuxième-/seconde troisième quatrième cinquième sixième septième huitième neuvième dixième"
    " onzième douzième",
    "primer- segund- tercer- cuart- quint- sext- séptim-/septim- octav- noven- décim-/decim-",
    "primeir- segund- terceir- quart- quint- sext- sétim- oitav- nona/nono décim-",
    "prima/primo/primi/prime second- terz- quart- quint- sest- settim- ottav- nona/nono decim- undicesim- dodicesim-",
    "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde",
    "pierwsz- drug- trzec- czwart- piąt- szóst- siódm- ósm- dziewiąt- dziesiąt-",
    "перв- втор- трет- четверт-/четвёрт-",
    "ilk/birinci ikinci- üçüncü- dördüncü- beşinci- altıncı- yedinci- sekizinci- dokuzuncu- onuncu-",
    "첫/첫째 둘째 셋째 넷째 다섯째 여섯째",
)
KOREAN_PAIRS: Final = {
    "한두": 1,
    "두세": 2,
    "서너": 3,
    "너댓": 4,
    "네댓": 4,
    "대여섯": 5,
    "예닐곱": 6,
    "일고여덟": 7,
    "일곱여덟": 7,
}
"""Two numbers in a row in one word, by the lower."""
_SIGNS: Final = {
    sign: value for signs in ("〇一二三四五六七八九", "영일이삼사오육칠팔구") for value, sign in enumerate(signs)
}
_SIGN_PLACES: Final = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}

_ACCENTS: Final = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_LEAST_PLAIN: Final = 5  # letters

_JOINTS: Final = ("und", "en", "ën", "")
"""What may stand between the parts of one joined number: dreiundzwanzig, tweeëntwintig, ventidue."""

_ENDING: Final = re.compile(
    r"(?:(?<![aeiouyıüö])[aeiouyąęóаеёиоуыьюяıüö]|[ly][aeıiuü]|[dt][ae]|n[ıiuü]n|n?c[ıiuü]|ş[ae]r)[^\W\d_]{0,6}"
)
_ORDINAL_ENDINGS: Final = ("ый", "ой", "ая", "ую", "ое", "ого", "ому", "ым", "ом", "ые", "ых", "ąty", "ąta")


class WordNumber(NamedTuple):
    """What a word says, and whether as a place ("third") rather than an amount."""

    value: float
    ordinal: bool = False


def _table() -> tuple[dict[str, WordNumber], dict[str, WordNumber]]:
    """Return the words that stand as they are, and the stems that an ending may follow."""
    words: dict[str, WordNumber] = {}
    stems: dict[str, WordNumber] = {}

    def add(variants: str, number: WordNumber) -> None:
        for variant in variants.split("/"):
            word = variant.rstrip("-").replace("_", " ")
            words.setdefault(word, number)
            if variant.endswith("-"):
                stems.setdefault(word, number)

    def add_plain(table: dict[str, WordNumber]) -> None:
        """Add what is typed without accents: "zwolf"; a short word would be another one ("dört", "dort")."""
        for word, number in [*table.items()]:
            if len(word) >= _LEAST_PLAIN:
                table.setdefault(_ACCENTS.sub("", unicodedata.normalize("NFD", word)), number)

    for rows, first, step, ordinal in ((_ONES, 1, 1, False), (_TENS, 20, 10, False), (_ORDINALS, 1, 1, True)):
        for row in rows:
            for i, variants in enumerate(row.split()):
                add(variants, WordNumber(first + i * step, ordinal))
    for value, row in _HIGHER.items():
        for variant in row.split():
            add(variant, WordNumber(value))
    add_plain(words)
    add_plain(stems)
    return words, stems


_WORDS, _STEMS = _table()
SPACED: Final = frozenset(word for word in _WORDS if " " in word)
"""Numbers of two words that do not add up: "dos mil"."""


@lru_cache(maxsize=8192)
def word_number(word: str) -> WordNumber | None:
    """Return what a lower-case word says: as it stands, with an ending, or joined from several; None if no number."""
    if word in _WORDS:
        return _WORDS[word]
    for suffix in ("th", "ième"):
        if word.endswith(suffix) and (number := _WORDS.get(word.removesuffix(suffix))):
            return WordNumber(number.value, ordinal=True)
    for end in range(len(word) - 2, 1, -1):
        head = _WORDS.get(word[:end])
        for joint in _JOINTS if head and not head.ordinal else ():
            tail = word[end + len(joint) :] if word.startswith(joint, end) else ""
            rest = word_number(tail) if tail not in ("", "a", "an", "un", "um", "ne") else None
            if head and rest and (value := _joined(head.value, rest.value, joint)) is not None:
                return WordNumber(value, rest.ordinal)
    for end in range(len(word) - 1, 1, -1):
        if (stem := _STEMS.get(word[:end])) and _ENDING.fullmatch(word, end):
            return WordNumber(stem.value, stem.ordinal or word.endswith(_ORDINAL_ENDINGS))
    return None


def _joined(head: float, rest: float, joint: str) -> float | None:
    """Return what two parts of one word are together, None if they are no number."""
    if joint:
        return head + rest if head < 10 and rest in range(20, 100, 10) else None
    if rest == 0.5:
        return head + rest
    for place in (1000, 100):
        if place <= rest < 2 * place and head < place:
            return head * place + rest - place
    return added(head, rest)


def added(number: float, more: float) -> float | None:
    """Combine a number with the part that follows it ("two hundred" and "five"); None where the part begins another number."""
    thousands, below = number // 1000 * 1000, number % 1000
    if more in (100, 1000):
        if 1 <= below < (20 if more == 100 else 1000):
            return thousands + below * more
        return number + more if thousands and not below and more == 100 else None
    if number == 19 and 10 <= more < 100:
        return 1900 + more
    if more == 20 and below % 100 == 4:
        return number + 76  # quatre-vingts; who calls it, knows that it is French
    if more >= 100:
        return number + more if thousands and not below and more < 1000 else None
    if 1 <= more < 10:
        return number + more if number >= 10 and number % 10 == 0 else None
    if more < 20 and number % 100 in (60, 80):
        return number + more
    return number + more if number >= 100 and number % 100 == 0 else None


def sign_number(signs: str) -> int:
    """Return what Chinese or Sino-Korean numerals say, those that count places (二十五) and those in a row (二五)."""
    total, digits = 0, 0
    for sign in signs:
        if sign in _SIGN_PLACES:
            total, digits = total + (digits or 1) * _SIGN_PLACES[sign], 0
        else:
            digits = digits * 10 + _SIGNS[sign]
    return total + digits
