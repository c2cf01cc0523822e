"""Prompts as tokens: numbers, units, bounds and connectors of twelve languages, told apart without naming the language."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from recommender.prompts.number_words import DOZENS, KOREAN_PAIRS, SPACED, WordNumber, added, sign_number, word_number

_KINDS: Final = {
    "hour": "hour hours hr hrs h std stunde stunden stündchen heure heures hora horas horita* horinha* ora ore oretta"
    " orette uur uren uurtje* godzin* godz час часа часов часу часам часок часик* saat* 時間 시간",
    "minute": "minute minutes min mins minuten minuut minuutje* minuto* minutinho* minutito* minuti minut minuta minuty"
    " minutę minutach минут* мин dakika* dk 分 분",
    "second": "second seconds sec secs sekunde* seconde secondes seconden segundo segundos secondi sekund* секунд*"
    " saniye* 秒 초",
    "quarter_hour": "viertelstunde* kwartier kwartiertje kwadrans*",
    "three_quarters": "dreiviertelstunde*",
    "half_hour": "полчаса полчасик* полчасика",
    "half": "half halbe halben halb halve demi demie media meia mezz mezza mezzo media medio meio pół pol пол yarım"
    " yarim 半 반",
    "plus_half": "and_a_half and_half a_half und_eine_halbe et_demi et_demie y_media y_medio e_meia e_meio e_mezza"
    " e_mezzo en_een_half en_een_halve i_pół i_pol с_половиной buçuk bucuk",
    "quarter": "quartos viertel kwart ćwierć quarter quarters quart quarts cuarto cuartos quarto quarti четверть çeyrek",
    "song": "song songs track tracks tune tunes piece pieces banger bangers hit hits title titles number numbers jam"
    " jams anthem anthems ballad ballads lullaby lullabies cut cuts lied lieder liedern titel titeln stück stücke stücken"
    " nummern chanson chansons morceau morceaux titre titres canción cancion canciones tema temas rola rolas canzone"
    " canzoni brano brani pezzo pezzi traccia tracce música músicas musica musicas faixa faixas canção canções som sons"
    " liedje liedjes nummer nummers plaat platen utwór utworów utwory utworu kawałek kawałków kawałki kawałka piosenk*"
    " piosenek numerów numery sztuk песен песни песню песня трек трека треков композици* вещей штук штуки şarkı* parça*"
    " eser* 曲 곡 곡만 트랙 노래",
    "aside": "半分 自分 気分 十分に 多分 部分 부분 기분 여러분 분위기 충분",
    "bpm": "tempo темп темпе 템포 テンポ bpm beats_per_minute beats_a_minute beats steps_a_minute steps_per_minute steps schläge* schlägen_pro_minute"
    " battements pulsaciones golpes_por_minuto batidas battute slagen uderze* bitów ударов vuruş* 拍 비피엠",
    "artist": "artist artists band bands singer singers act acts group groups performer performers composer composers"
    " rapper rappers producer producers dj musician musicians anyone anybody person künstler* interpret* sänger* gruppe"
    " gruppen person artiste artistes groupe groupes chanteur* interprète interprètes artista* artistas banda bandas"
    " grupo grupos cantante* cantor* autore compositor* compositores gruppo gruppi cantanti artiest* zanger* groep"
    " wykonawc* zespół zespołu kapel* artyst* исполнител* группа группу группы группе артист* sanatçı* şarkıcı* grup"
    " gruptan アーティスト 歌手 組 가수 아티스트 작곡가",
    "album": "album albums lp lps record alben platte platten disque disques disco discos álbum álbumes plaat płyty"
    " albumu płycie альбом* пластинк* albümden albüm アルバム 枚 앨범 음반",
    "per": "per each every apiece from_each by_each pro je jede* par chaque chacun chacune por cada ciascun* ciascuno"
    " ogni a_testa elk* van_elk* od_każdego każd* на_каждого с_каждо* от_каждо* по başına her につき ごと 당 마다",
    "to": "to through thru and or und oder à et ou y o u al e ed ai en of i lub albo и или ile ila ve veya から と"
    " 에서 부터 이랑 - – — ~ 〜 、 ・",
    "upto": "tot_en_met t/m up_to until till bis bis_zu até jusqu'à jusqu'en jusqu hasta fino_a fino_agli fino_al tot do do_roku до"
    " e_kadar a_kadar ye_kadar ya_kadar まで 까지",
    "below": "en_dessous_de en_dessous dessous krócej_niż az sotto_i moins_que under below less_than fewer_than lower_than shorter_than slower_than older_than earlier_than before pre"
    " prior_to sub unter vor weniger_als kürzer_als langsamer_als älter_als sous moins_de moins_d avant plus_vieux_que"
    " antérieur* menos_de por_debajo_de debajo_de antes_de antes_del antes anterior* bajo meno_di sotto prima_del"
    " prima_di prima_dei prima_degli abaixo_de abaixo onder minder_dan korter_dan voor poniżej mniej_niż krótsz* sprzed"
    " starszy_niż przed меньше короче менее быстрее_чем_за раньше ранее старше kısa altında öncesi önce"
    " 未満 より前 以前 前の 미만 이전 안_되는 밑으로 짜리_이하 < short",
    "above": "ponad dłużej_niż upwards au_dessus_de au_dessus sonra aşan fazla over above more_than longer_than faster_than newer_than later_than past_the beyond after post exceed*"
    " upwards_of über mehr_als länger_als nach schneller_als neuer_als neueres_als öfter_als plus_de plus_d plus_long* au-delà_de après plus_récent*"
    " más_de más_larg* por_encima_de encima_de después_de posterior* más_veces pasen pase supere* più_di mais_do_que"
    " più_lung*_di più_lung* sopra dopo_il dopo oltre mais_de acima_de acima depois_de ultrapass* boven meer_dan"
    " langer_dan powyżej więcej_niż dłuższ*_niż dłuższ* nowszego_niż szybszego_niż больше более длиннее дольше"
    " быстрее новее чаще после свыше uzun üstü üstünde üzeri yeni sonrası geçen 超え 超 より後 넘는 넘게 초과 >",
    "least": "najmniej em_diante or_higher beri itibaren tenminste of_langer en_meer начиная_с et_plus y_más e_mais at_least minimum min min. no_less_than or_more or_above or_faster and_up and_more and_over and_above"
    " onwards onward and_later or_later since plus_and_up upward upwards mindestens ab seit aufwärts wenigstens oder_mehr"
    " au_moins à_partir_de à_partir_du depuis dès ou_plus minimum al_menos como_mínimo mínimo desde a_partir_de"
    " para_arriba en_adelante para_acá o_más almeno minimo da_almeno in_su in_poi dal dallo o_più pelo_menos no_mínimo"
    " para_cima pra_cima para_cá pra_cá pra_frente ou_mais minstens minimaal sinds vanaf of_meer co_najmniej przynajmniej"
    " min. od wzwyż minimum lub_więcej не_менее минимум от и_выше и_больше и_позже с en_az ve_üzeri ve_sonrası 以上"
    " 以降 이상 이후 >= ≥ plus up + und_mehr",
    "most": "and_before and_earlier und_davor hooguit hoogstens ten_hoogste at_the_most or_slower or_lower or_under and_under and_below and_less tout_au_plus no_more máximo_de fazla_olmasın at_most max max. maximum maximal* massim* máxim* no_more_than not_more_than no_longer_than tops non_di_più or_less or_fewer"
    " höchstens maximal nicht_mehr_als limit_of au_plus au_maximum como_máximo como_mucho máximo a_lo_sumo al_massimo"
    " massimo non_più_di no_máximo hoogstens maximaal niet_meer_dan najwyżej maksymalnie maks góra nie_więcej_niż"
    " не_более максимум не_больше en_fazla en_çok aşmasın geçmesin geçmeyen geçmesin 以内 以下 まで 弱 이내 이하"
    " 넘지 넘기지 안_넘는 <= ≤"
    " at_the_outside fazla_değil",
    "not": "ohne zonder sin sem senza bez без no not nothing nobody never none don't doesn't without keine kein nicht nichts nie pas jamais aucun* rien sans"
    " nessun* non mai nunca ningun* nadie nada não niet geen niets nie żaden żadn* не ни нет hiçbir kimse* 지_말",
    "about": "rond_de rond rondom een_stuk_of aux_alentours_de alentours 約 およそ so_um sui circa koło mniej_więcej примерно yaklaşık about around roughly approximately approx circa ca ca. ungefähr etwa zirka rund um_die environ vers autour_de autour"
    " à_peu_près unos unas alrededor_de aproximadamente más_o_menos circa intorno* uns umas cerca_de por_volta_de mais_ou_menos"
    " ongeveer zo'n około ok ok. mniej_więcej jakieś около примерно где-то civarı civarında yaklaşık kadar ほど くらい"
    " ぐらい 程度 前後 頃 쯤 정도 안팎 내외 ish or_so or_thereabouts give_or_take o_así u o_giù_di_lì",
    "odd": "odd y_tantos y_tantas e_poucos e_poucas",
    "between": "between zwischen entre tra fra tussen między pomiędzy между",
    "decade": "年代 년대",
    "early": "início inícios begin começo_dos começo inizio inizi na_początku first_half erste_hälfte ersten_hälfte première_moitié primera_mitad prima_metà primeira_metade eerste_helft первой_половины early frühe frühen anfang début début_des inicio* inícios principios_de primi inizio początek początku"
    " vroege начало начала 初頭 前半 초 초반 초중반 başı başları",
    "mid": "mid middle_of mitte mitten milieu mediados_de metà meados_de połowa połowy midden середина середины 半ば 중반"
    " ortası ortaları",
    "late": "final finais final_dos fim_dos fim pod_koniec second_half zweite_hälfte zweiten_hälfte seconde_moitié deuxième_moitié segunda_mitad seconda_metà segunda_metade tweede_helft второй_половины late later ende späte späten fin fin_des finales_de finais_de fine late_jaren koniec końca конец конца 末"
    " 후반 말 後半 sonu sonları eind",
    "past": "last past previous within letzte* letzten vergangene* dernier* dernière* derniers últim* ultim* afgelopen"
    " laatste ostatni* последн* son 最近 ここ 過去 この 최근 지난",
    "now": "now today present nowadays heute jetzt aujourd'hui maintenant hoy ahora oggi adesso hoje agora nu vandaag dziś"
    " teraz сегодня сейчас bugün şimdi 今 지금",
    "year": "década décadas décennie decennio dekada jahrzehnt decade year years jahr jahre jahren jahres ans année années annees año años anni anno ano anos jaar jaren lat lata"
    " latach roku rok год года году годов годы лет yıl* sene* 年 년 年間 년간",
    "month": "month months monat* mois mes meses mesi mês maand maanden miesięcy miesiąc* месяц* ay aydır ヶ月 か月 개월",
    "century": "century centuries jahrhundert* siècle* siglo século secolo eeuw wiek* века век yüzyıl 世紀 세기",
    "era": "昭和 平成 令和",
    "place": "number no no. nr nr. # nummer platz position track title titel stück numéro número numero numer номер"
    " numara 番 번",
    "these": "these those my your our diese dieser ces estas esas queste questi essas deze die te tych эти этих bu"
    " この",
    "age": "old jährig* olds alt 歳 才 살",
}
_VAGUE_WORDS: Final = {
    (2, 2): "парочку|a couple of|a couple|couple of|couple|пару|пары|паре|un paio",
    (2, 3): "un par|um par",
    (2, 4): "parę",
    (3, 5): "birkaç",
    (
        3,
        6,
    ): "a few|few|ein paar|paar|einige|quelques|quelques uns|quelques unes|unos cuantos|unas cuantas|algunos|algunas"
    "|alcuni|alcune|qualche|alguns|algumas|een paar|enkele|kilka|kilku|несколько|何|数|몇",
    (20, 29): "veintitantos|veintitantas|vinte e tantos|vinte e tantas",
    (11, 19): "kilkanaście",
    (14, 16): "열댓",
    (4, 8): "several|mehrere|plusieurs|varias|varios|diverse",
    (6, 6): "half a dozen|half dozen|ein halbes dutzend|halbes dutzend|une demi douzaine|demi douzaine|media docena"
    "|mezza dozzina|meia dúzia|half dozijn|pół tuzina|полдюжины|yarım düzine",
    (6, 10): "a good few",
    (8, 16): "an album s worth|album s worth|albums worth|ein album|album entier|un album|an album",
    (
        4,
        6,
    ): "een handvol|a handful|handful|eine handvoll|une poignée|un puñado|una manciata|um punhado|an ep s worth|ep s worth|eps worth",
    (11, 15): "十数",
    (13, 13): "baker s dozen",
}
_VAGUE: Final = {word: extent for extent, words in _VAGUE_WORDS.items() for word in words.split("|")}

BOUNDS: Final = frozenset({"below", "above", "least", "most"})
ORS: Final = frozenset({"or", "oder", "ou", "o", "of", "lub", "albo", "или", "veya", "ya da", "か"})
SIGN_SCRIPT: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_LETTER: Final = r"[^\W\d_]"


def _phrases() -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the kinds of phrases that stand alone, of those that an ending may follow, and of signs in any place."""
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    for kind, phrases in (*_KINDS.items(), ("vague", " ".join(word.replace(" ", "_") for word in _VAGUE))):
        for phrase in phrases.split():
            table = stems if phrase.endswith("*") else exact
            table.setdefault(re.sub("[_'-](?=.)", " ", phrase.rstrip("*")), kind)
    signs = [phrase for phrase in exact if SIGN_SCRIPT.search(phrase) or not any(map(str.isalpha, phrase))]
    return exact, stems, sorted(signs, key=len, reverse=True)


_EXACT, _STEMS, _SIGNS = _phrases()
_LONGEST: Final[dict[str, int]] = {}
"""How many words the longest phrase has that begins with a word."""
for _known in (*_EXACT, *_STEMS, *SPACED):
    _LONGEST[_known.split(" ")[0]] = max(_LONGEST.get(_known.split(" ")[0], 1), _known.count(" ") + 1)
_COUNTER: Final = "(?:분|곡|년|개|초|시간|번|비피엠|명|장|트랙|세|씩|만|가지)"
_NATIVE: Final = "하나|한|둘|두|셋|세|석|넷|네|다섯|여섯|일곱|여덟|아홉"
_NATIVE_TENS: Final = "열|스물|스무|서른|마흔|쉰|예순|일흔|여든|아흔"
_SINO: Final = "일이삼사오육칠팔구"
_LEXER: Final = re.compile(
    r"(?P<clock>(?<![\d:])\d{1,2}:[0-5]\d(?![\d:]))"
    r"|(?P<fraction>(?<![\d/])[13]/[24](?![\d/])|[½¼¾])"
    r"|(?P<figure>(?<![\d.])\d{1,3}(?:[.,]\d{3})+(?![\d.,])|\d+(?:[.,]\d{1,2}(?![\d.,]))?)"
    rf"|(?P<mark>(?<=\d)['’]?(?:s|er{_LETTER}*|l[ae]r{_LETTER}*|-?х|-?е)(?!{_LETTER}))"
    rf"|(?P<suffix>(?<=\d)['’]{_LETTER}{{1,5}})"
    rf"|(?P<native>(?<![가-힣])(?:{'|'.join(KOREAN_PAIRS)}|(?:{_NATIVE_TENS})\s?(?:{_NATIVE}|몇)?|{_NATIVE})"
    rf"(?=\s?{_COUNTER}|[^가-힣]|$))"
    rf"|(?P<sign>(?!十数)[〇一二三四五六七八九十百千]{{1,9}}|(?<![가-힣])(?=[{_SINO}]*[십백천])[{_SINO}십백천]{{1,9}}(?=\s?{_COUNTER}|[^가-힣]|$)"
    rf"|(?<![가-힣])[{_SINO}](?=\s?[분초년]))"
    rf"|(?P<phrase>-(?=\s*['’]?\d)|(?<=\s)-(?=\s)|{'|'.join(re.escape(sign) for sign in _SIGNS if sign != '-')})"
    r"|(?P<word>[^\W\d_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3])"
)
_GLUE: Final = re.compile(r"[ '’-]?")


@dataclass(frozen=True, slots=True)
class Token:
    """Words `[start, end)` of a text, what they are, and of numbers how much at least and at most."""

    start: int
    end: int
    kind: str
    text: str
    low: float = 0.0
    high: float = 0.0
    ordinal: bool = False


def plain_text(text: str) -> str:
    """Return a text in lower case and with usual figures, every character at its place."""
    return text.lower() if text.isascii() else "".join(map(_plain_sign, text))


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    usual = unicodedata.normalize("NFKC", sign).lower()
    return usual if len(usual) == 1 else {"İ": "i"}.get(sign, sign)


_FRACTIONS: Final = {"1/2": 0.5, "½": 0.5, "1/4": 0.25, "¼": 0.25, "3/4": 0.75, "¾": 0.75}
_LASTING: Final = re.compile(r"(.+?)(stündig|stunden|godzinn|часов|uur|minütig|minutow|минутн|minuten)[^\W\d_]{0,4}")
"""Words that hold both: zweistündig, dwugodzinna, двухчасовой."""
_HALF_OF: Final = frozenset({"halb", "полу", "пол", "pół"})


def _number(match: re.Match[str]) -> tuple[float, float] | None:
    """Return how much a number of the lexer's says at least and at most, None for one that is none."""
    text = match[0]
    match match.lastgroup:
        case "figure":
            grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text)
            value = min(float(re.sub("[.,]", "", text) if grouped else text.replace(",", ".")), 1e9)
        case "fraction":
            value = _FRACTIONS[text]
        case "sign":
            value = float(sign_number(text))
        case "native" if text in KOREAN_PAIRS:
            return KOREAN_PAIRS[text], KOREAN_PAIRS[text] + 1
        case "native" if text.endswith("몇"):
            return 11, 15
        case "native":
            parts = map(word_number, re.findall(f"{_NATIVE_TENS}|{_NATIVE}", text))
            value = sum(part.value for part in parts if part)
        case _:
            return None
    return value, value


def _lexed(text: str) -> list[Token]:
    """Return the tokens of a plain text; of words those that make the longest phrase go together."""
    matches = list(_LEXER.finditer(text))
    tokens: list[Token] = []
    at = 0
    while at < len(matches):
        match = matches[at]
        start, words = match.start(), match[0]
        if match.lastgroup == "word":
            size, token = _phrase(text, matches[at : at + 5])
            tokens.append(token)
            at += size
            continue
        at += 1
        if match.lastgroup == "clock":
            large, small = words.split(":")
            tokens.append(Token(start, match.end(), "clock", words, int(large), int(small)))
        elif numbers := _number(match):
            tokens.append(Token(start, match.end(), "number", words, *numbers))
        else:
            kind = "decade" if match.lastgroup == "mark" else _EXACT.get(words, "word")
            low, high = _VAGUE.get(words, (0, 0))
            tokens.append(Token(start, match.end(), "number" if kind == "vague" else kind, words, low, high))
    return tokens


def _phrase(text: str, matches: Sequence[re.Match[str]]) -> tuple[int, Token]:
    """Return how many of the matches make the longest phrase that begins with the first, and its token."""
    most = 1
    while most < min(_LONGEST.get(matches[0][0], 1), len(matches)):
        if matches[most].lastgroup != "word" or not _GLUE.fullmatch(
            text, matches[most - 1].end(), matches[most].start()
        ):
            break
        most += 1
    for size in range(most, 0, -1):
        phrase = " ".join(match[0] for match in matches[:size])
        if (meaning := _meaning(phrase)) is not None:
            return size, replace(meaning, start=matches[0].start(), end=matches[size - 1].end())
    return 1, Token(matches[0].start(), matches[0].end(), "word", matches[0][0])


_LONGEST_WORD: Final = 60
"""Letters; taking a word apart costs the square of them."""


@lru_cache(maxsize=8192)
def _meaning(phrase: str) -> Token | None:
    """Return what words with one space between them are, as a token that stands nowhere; None for words of no use."""
    if len(phrase) > _LONGEST_WORD:
        return None
    if phrase in _VAGUE:
        return Token(0, 0, "number", phrase, *_VAGUE[phrase])
    if phrase in _EXACT:
        return Token(0, 0, _EXACT[phrase], phrase)
    if phrase in DOZENS:
        return Token(0, 0, "dozen", phrase, DOZENS[phrase])
    if number := word_number(phrase):
        return Token(0, 0, "number", phrase, number.value, number.value, number.ordinal)
    if lasting := _LASTING.fullmatch(phrase):
        head = WordNumber(0.5) if lasting[1] in _HALF_OF else word_number(lasting[1])
        if head:
            value = head.value * (1 if lasting[2].startswith(("min", "мин")) else 60)
            return Token(0, 0, "lasting", phrase, value, value)
    whole = max(phrase.rfind(" "), 2)  # what is cut off is the ending of the last word
    stem = next((phrase[:end] for end in range(len(phrase), whole, -1) if phrase[:end] in _STEMS), None)
    return None if stem is None else Token(0, 0, _STEMS[stem], phrase)


_JOINTS: Final = frozenset({"and", "e", "y", "et", "en", "i"})


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text, the parts of one number ("two hundred and ten", "two dozen") as one."""
    text = plain_text(text)
    tokens: list[Token] = []
    for token in _lexed(text):
        joint = len(tokens) > 1 and tokens[-1].kind == "to" and tokens[-1].text in _JOINTS
        before = tokens[-1 - joint] if tokens else None
        if before and before.kind == "number" and (value := _grown(before, token, joint, text)) is not None:
            del tokens[-1 - joint :]
            token = replace(before, end=token.end, text=text[before.start : token.end], low=value, high=value)
        elif token.kind == "dozen":
            token = replace(token, kind="number", high=token.low)
        if token.text == "altı" and tokens and (tokens[-1].kind in ("bpm", "minute") or tokens[-1].text.isdecimal()):
            token = replace(token, kind="below")  # six, and under
        if token.text.isdecimal() and tokens and (kind := _BEFORE_FIGURES.get((tokens[-1].text, len(token.text)))):
            tokens[-1] = replace(tokens[-1], kind=kind)
        if token.text in ("~", "〜") and (not tokens or tokens[-1].kind != "number"):
            token = replace(token, kind="about")
        if token.text == "on" and not _TURKISH_ON.match(text, token.start):
            token = replace(token, kind="word")
        if token.kind == "number" and len(tokens) > 1 and tokens[-1].text == "a" and tokens[-2].kind in _RANGED:
            tokens[-1] = replace(tokens[-1], kind="to")  # from 1998 to 2004, in Spanish, Portuguese and Italian
        tokens.append(token)
    return tokens


_BEFORE_FIGURES: Final = {(word, 4): "above" for word in ("na", "po", "past")} | {("um", n): "about" for n in (2, 3, 4)}
"""What words with other meanings say before a figure of so many digits, a year or a tempo: after, and German around."""
ARTICLES: Final = frozenset(
    {"a", "an", "ein", "eine", "einen", "einem", "einer", "nen", "ne", "un", "une", "una", "uma", "um", "een"}
)  # fmt: skip
_RANGED: Final = frozenset({"number", "bpm", "hour", "minute", "decade"})
_TURKISH_ON: Final = re.compile(
    r"^on$|(?<=az )on|(?<=çok )on|(?<=fazla )on|on\s*(?:bir|iki|üç|dört|beş|altı|yedi|sekiz|dokuz|dakika|dk|şarkı|parça|saat|tane|eser|yıl)"
)
"""Where "on" is ten."""


def _grown(before: Token, token: Token, joint: bool, text: str) -> float | None:
    """Return what a number is with the token after it, None if they do not go together."""
    if not re.fullmatch(r"[\s-]*\w*[\s-]*", text[before.end : token.start]) or before.low != before.high:
        return None
    if token.kind == "dozen":
        return before.low * token.low
    if token.text in _FRACTIONS:
        return before.low + token.low if before.text.isdecimal() else None
    if token.kind != "number" or token.low != token.high or (joint and before.low < 20):
        return None
    if token.ordinal and not before.ordinal and before.low < 20:
        return None
    if any(one.text[0].isdecimal() or SIGN_SCRIPT.search(one.text) for one in (before, token)):
        return None
    if token.low == 20 and before.low % 100 == 4 and not token.text.startswith("vingt"):
        return None
    return added(before.low, token.low)


Extent = tuple[float | None, float | None]
"""From and to, inclusive; None is an open side."""


def bounded(low: float, high: float, tokens: Sequence[Token], step: float = 0.0) -> Extent:
    """Return the extent of one figure with the bounds among `tokens`; `step` is what "more than" adds at least."""
    bound = next((token.kind for token in tokens if token.kind in BOUNDS), None)
    if bound is None and _reaches(tokens):
        bound = "most"
    if bound in ("below", "above") and any(token.kind == "not" for token in tokens):
        bound, step = ("least" if bound == "below" else "most"), 0.0
    extents: dict[str | None, Extent] = {
        "below": (None, low - step),
        "most": (None, high),
        "above": (high + step, None),
        "least": (low, None),
    }
    return extents.get(bound, (low, high))


def _reaches(tokens: Sequence[Token]) -> bool:
    """Return whether a figure is said to be the end ("until 1990", "bis 20", "7曲目まで")."""
    for i, token in enumerate(tokens):
        if token.kind == "upto":
            after = token.text.endswith("kadar") or SIGN_SCRIPT.match(token.text)
            near = tokens[max(0, i - 3) : i] if after else tokens[i + 1 : i + 3]
            if any(one.kind == "number" for one in near):
                return True
    return False


def figures_of(tokens: Sequence[Token]) -> list[tuple[float, float, bool]]:
    """Return the numbers of a text as (low, high, is a range).

    A lone "one" or article goes where there are others.
    """
    found: list[tuple[float, float, bool]] = []
    linked = False
    last: Token | None = None
    for token in tokens:
        if token.kind == "number":
            if found and last and not found[-1][2] and (linked or _in_a_row(last, token)) and last.low < token.low:
                found[-1] = (last.low, token.high, True)
            else:
                found.append((token.low, token.high, False))
            last, linked = token, False
        elif token.kind in ("to", "upto"):
            linked = True
        elif (token.kind == "word" and len(token.text) > 3) or token.kind in BOUNDS:
            linked = False
    return [one for one in found if one[0] > 1 or one[2]] or found


def _in_a_row(one: Token, other: Token) -> bool:
    """Return whether two numbers with nothing between them mean from one to the other ("üç dört")."""
    return (
        other.start - one.end <= 1
        and (one.low > 1 or (other.low == 2 and one.text not in ARTICLES))
        and not one.text[0].isdecimal()
    )


def as_place(token: Token) -> Token:
    """Return a token of a place in the list, where "second" is no unit of time."""
    if token.kind == "second" and token.text.startswith(("second", "segund")):
        return replace(token, kind="number", low=2, high=2, ordinal=True)
    return token
