"""Numbers, durations, years and tempos in the words of twelve languages."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from recommender.prompts.quantities import quantities, value_of
from recommender.prompts.spans import Polarity

TODAY = date(2026, 5, 20)

MINUTES = {
    "en": " minutes",
    "de": " Minuten",
    "fr": " minutes",
    "es": " minutos",
    "pt": " minutos",
    "it": " minuti",
    "nl": " minuten",
    "pl": " minut",
    "tr": " dakika",
    "ru": " минут",
    "ja": "分",
    "ko": "분",
}


@pytest.mark.parametrize("language", MINUTES)
def test_every_number_in_words_reads_as_itself(language: str) -> None:
    """The words are somebody else's (num2words), which misspells one of them in Italian."""
    written = {n: num2words(n, lang=language).replace("centodicotto", "centodiciotto") for n in range(1, 200)}
    read = {n: value_of("minutes", words + MINUTES[language], TODAY) for n, words in written.items()}
    assert {n: (written[n], value) for n, value in read.items() if value != str(n)} == {}


@pytest.mark.parametrize("language", MINUTES)
def test_every_number_in_figures_reads_as_itself(language: str) -> None:
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    for n in range(1, 200):
        assert value_of("minutes", f"{n}{MINUTES[language]}", TODAY) == str(n)
        assert value_of("minutes", f"{n}{MINUTES[language]}".translate(full_width), TODAY) == str(n)


VALUES = {
    "count": """
        20 = twenty / 20 tracks / zwanzig Lieder / vingt titres / veinte canciones / vinte faixas / venti brani
        20 = twintig nummers / dwadzieścia utworów / двадцать песен / yirmi şarkı / 二十曲 / ２０曲 / 스무 곡 / 이십 곡 / 20개
        12 = a dozen / ein Dutzend / une douzaine / una docena / uma dúzia / una dozzina / een dozijn / tuzin / дюжину / bir düzine
        24 = two dozen / zwei Dutzend / deux douzaines
        6 = half a dozen / media docena / une demi-douzaine / meia dúzia / pół tuzina / yarım düzine
        25 = fünfundzwanzig / vijfentwintig / venticinque / veinticinco / vingt-cinq / двадцать пять / yirmi beş / 스물다섯 곡
        99 = quatre-vingt-dix-neuf / ninety-nine / neunundneunzig / noventa e nove / 九十九曲
        2 = a couple of / un paio / пару
        3-6 = a few / ein paar / quelques / unos cuantos / alguns / qualche / een paar / kilka / несколько / 何曲か / 몇 곡
        4-6 = a handful / eine Handvoll / une poignée / un puñado
        8-16 = an album's worth
        4-6 = an EP's worth
        13-17 = about 15 / 15 or so / etwa fünfzehn / environ quinze / 15ish / около пятнадцати
        9-11 = around ten / 10曲前後 / 열 곡쯤 / ongeveer tien
        30-35 = thirty-odd
        7-8 = seven or eight / sieben oder acht / sette o otto / 7、8曲 / 일곱여덟 곡 / yedi sekiz
        10-15 = ten to fifteen / zehn bis fünfzehn / od dziesięciu do piętnastu / 10-15
        -25 = at most 25 / höchstens 25 / 25 max / no more than 25 / en fazla 25 / 25曲以内 / 25곡 이내
        40- = at least forty / mindestens vierzig / al menos cuarenta / não menos de 40 / не менее сорока / 40曲以上
        -5 = fewer than six / weniger als sechs
    """,
    "minutes": """
        90 = an hour and a half / 1h30 / 1:30 / 90 min / anderthalb Stunden / eineinhalb Stunden / une heure et demie / una hora y media
        90 = uma hora e meia / un'ora e mezza / anderhalf uur / półtorej godziny / полтора часа / bir buçuk saat / 1時間半 / 한 시간 반
        30 = half an hour / eine halbe Stunde / une demi-heure / media hora / meia hora / mezz'ora / een half uur / pół godziny
        30 = полчаса / yarım saat / 半時間 / 30分 / 삼십 분
        120 = zweistündig / dwugodzinna / двухчасовой / 2-hour
        150 = 2½ hours / 2 1/2 hours / 2,5 uur
        45 = eine dreiviertel Stunde / three quarters of an hour / eine Dreiviertelstunde / trois quarts d'heure / tre quarti d'ora / trzy kwadranse
        15 = a quarter of an hour / eine Viertelstunde / un quart d'heure / un quarto d'ora / een kwartier
        120 = ~2 hours / two hours / 2h / zwei Stunden / un paio d'ore / часа два / 2時間 / 두 시간
        150 = two and a half hours / zweieinhalb Stunden / два с половиной часа / 2시간 반 / dwie i pół godziny
        80 = an hour and twenty / one hour twenty minutes / une heure vingt / un'ora e venti / 1시간 20분
        -30 = under 30 minutes / weniger als 30 Minuten / moins d'une demi-heure / sotto i 30 minuti
        45-60 = 45 to 60 minutes / 45 bis 60 Minuten / entre 45 et 60 minutes / between 45 and 60 minutes
        60-120 = one or two hours / ein bis zwei Stunden
        120- = at least two hours / mindestens zwei Stunden / 2時間以上
    """,
    "song_minutes": """
        -3 = under 3 minutes / unter drei Minuten / moins de trois minutes / menos de tres minutos / sotto i tre minuti
        -3 = no longer than three minutes / nicht länger als drei Minuten / não mais de três minutos / не длиннее трёх минут
        -3 = 3分以内 / 3분 이내 / do trzech minut / üç dakikayı geçmeyen / onder de drie minuten
        6- = longer than six minutes / länger als sechs Minuten / plus de six minutes / più di sei minuti / 6分以上 / altı dakikadan uzun
        3.5 = 3 min 30 / 3:30 / three and a half minutes / dreieinhalb Minuten
        3.5-4.5 = four-minute / four minutes / vier Minuten
        -1.5 = shorter than ninety seconds
        4-7 = four to seven minutes / zwischen vier und sieben Minuten
    """,
    "period": """
        1980-1989 = 80s / the eighties / '80s / die Achtziger / 80er / années 80 / années quatre-vingt / los años ochenta / anos 80
        1980-1989 = gli anni ottanta / de jaren tachtig / lata 80 / lata osiemdziesiąte / восьмидесятые / 80-х / 80'ler / seksenler
        1980-1989 = 80年代 / 八十年代 / 80년대 / 팔십년대 / 1980s
        1990-1993 = early 90s / frühe Neunziger / début des années 90 / początek lat 90 / начало девяностых
        1994-1996 = mid nineties / Mitte der Neunziger
        1966-1969 = late sixties / späte Sechziger / fin des années soixante / конец шестидесятых
        1965-1969 = 60年代後半 / 60년대 후반
        1960-1979 = sixties and seventies / шестидесятые и семидесятые / los sesenta y setenta
        1994-1999 = 1994-99 / 1994 to 1999 / von 1994 bis 1999 / '94 to '99 / с 1994 по 1999
        1973-1973 = '73 / 1973 / nineteen seventy-three / mille neuf cent soixante-treize
        -1969 = before 1970 / vor 1970 / avant 1970 / antes de 1970 / prima del 1970 / voor 1970 / sprzed 1970 / 1970 öncesi / 1970년 이전
        2016- = after 2015 / nach 2015 / après 2015 / dopo il 2015 / na 2015 / после 2015 / 2015 sonrası
        2015- = since 2015 / seit 2015 / depuis 2015 / desde 2015 / dal 2015 / sinds 2015 / 2015 onwards / 2015年以降 / 2015년 이후
        -2005 = until 2005 / bis 2005 / jusqu'en 2005 / até 2005 / 2005'e kadar
        2026-2026 = this year / dieses Jahr / cette année / este año / este ano / quest'anno / dit jaar / этого года / bu yıl / 今年 / 올해
        2025-2025 = last year / letztes Jahr / l'année dernière / el año pasado / 去年 / 작년
        2021-2026 = the last five years / de los últimos cinco años / les cinq dernières années / последних пяти лет / 最近五年 / 최근 5년
        2024-2026 = the past 24 months / nichts älter als zwei Jahre
        2016-2026 = the past decade
        2020-2026 = this decade
        2023-2026 = recent / aktuelle / récents
        1955-1964 = 昭和30年代
    """,
    "tempo": """
        120 = 120 bpm / 120 beats per minute / 120 Schläge / BPM 120 / сто двадцать ударов
        120-130 = 120-130 / between 120 and 130 beats per minute / von 120 bis 130 bpm / 120から130 / 120에서 130 / de 120 a 130
        140- = over 140 / bpm over 140 / 140+ / über 140 bpm / 140 bpm or more / 140以上 / min. 140 bpm
        -60 = under 60 bpm / unter 60 / sous les 60 bpm / 60 이하
        85.5-94.5 = around 90 / um 90 / um die 90 / autour de 90
    """,
    "per_artist": """
        1 = one song per artist / no artist twice / jeder nur einmal / jamais deux fois le même artiste / nessun artista due volte
        1 = 一組一曲 / 가수 한 명당 한 곡 / ни один артист дважды / different bands / una por banda / her gruptan bir şarkı
        2 = max 2 by each / no artist more than twice / zwei pro Band / 1グループ2曲まで / не больше двух от группы
        3 = at most three per singer / drei pro Künstler / três de cada
    """,
    "per_album": """
        1 = one track per album / un titre par disque / アルバムごとに一曲
    """,
    "position": """
        1 = the first one / first / der erste / la première / la prima / первую / birinci / 1番目
        2 = the second one / zweite / deuxième / segunda / вторую / 두 번째 / 2曲目
        3 = number 3 / number three / Nummer drei / track 3 / trzecia / üçüncüyü / 3번
        last = the last / last one / der letzte / la dernière / la última / ostatni / последнюю / son şarkı / 最後の曲 / 마지막 곡
        2-3 = second and third / zweite und dritte
        1-5 = the first five / die ersten fünf / les cinq premières / le prime cinque / первые пять / ilk beşi / 처음 다섯 곡
        5- = ab dem fünften / 5 onwards
        8-12 = tracks 8 to 12
    """,
}


def _cases() -> list[tuple[str, str, str]]:
    return [
        (what, words.strip(), value.strip())
        for what, table in VALUES.items()
        for value, _, row in (line.partition(" = ") for line in table.strip().splitlines())
        for words in re.split(" / ", row)
    ]


@pytest.mark.parametrize(("what", "words", "value"), _cases())
def test_words_of_any_language_have_their_value(what: str, words: str, value: str) -> None:
    found = value_of(what, words, TODAY)
    assert found == value


@pytest.mark.parametrize("words", ["songs", "", "the usual", "19th century", "siglo veinte"])
def test_words_without_a_number_have_no_value(words: str) -> None:
    assert value_of("period", words, TODAY) is None
    assert value_of("count", "some songs", TODAY) is None


def _found(text: str) -> list[tuple[str, str | None]]:
    return [(span.what, span.value) for span in quantities(text, TODAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 songs for a long drive", [("count", "20")]),
        ("45 minutes of jazz from the 90s", [("minutes", "45"), ("period", "1990-1999")]),
        ("punk songs under 3 minutes, 1 per artist", [("song_minutes", "-3"), ("per_artist", "1")]),
        ("techno, bpm over 140, an hour and a half", [("tempo", "140-"), ("minutes", "90")]),
        (
            "zwei Stunden Schlager aus den Siebzigern, höchstens drei pro Band",
            [("minutes", "120"), ("period", "1970-1979"), ("per_artist", "3")],
        ),
        ("vingt chansons de 1960 à 1975", [("count", "20"), ("period", "1960-1975")]),
        ("una hora y media de salsa, veinte temas", [("minutes", "90"), ("count", "20")]),
        ("двадцать песен восьмидесятых", [("count", "20"), ("period", "1980-1989")]),
        ("90年代の曲を20曲、1時間半", [("period", "1990-1999"), ("count", "20"), ("minutes", "90")]),
        ("80년대 노래 스무 곡", [("period", "1980-1989"), ("count", "20")]),
        ("yirmi şarkı, 120-130 bpm", [("count", "20"), ("tempo", "120-130")]),
        ("movements of four to seven minutes", [("song_minutes", "4-7")]),
        ("music of the last five years", [("period", "2021-2026")]),
        ("soul, fifteen, no duets", [("count", "15")]),
    ],
)
def test_figures_with_a_unit_are_found_in_a_whole_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert _found(text) == expected


def test_a_no_before_years_avoids_them_and_one_before_a_bound_turns_it() -> None:
    spans = quantities("nothing from the 80s, nothing over 120 bpm", TODAY)
    assert [(span.what, span.polarity, span.value) for span in spans] == [
        ("period", Polarity.AVOID, "1980-1989"),
        ("tempo", Polarity.WANT, "-120"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "songs for my 5 year old",
        "she is turning 40",
        "open 24/7",
        "we won 3-1 today",
        "the first dance",
        "one for the road",
        "these three songs are boring",
        "music for women over 60",
        "I want to forget the last 30 minutes",
        "the fifth song",
        "top 40 hits",
        "eight years ago my dog died",
        "meet me at 7",
    ],
)
def test_ages_scores_and_places_are_no_counts(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    "form",
    [
        "{h} hours and {m} minutes",
        "{h}h{m:02}",
        "{h} h {m} min",
        "{h}:{m:02}",
        "{h} Stunden und {m} Minuten",
        "{h} heures {m}",
        "{h} horas y {m} minutos",
        "{h} horas e {m} minutos",
        "{h} ore e {m} minuti",
        "{h} uur en {m} minuten",
        "{h} godziny i {m} minut",
        "{h} часа {m} минут",
        "{h} saat {m} dakika",
        "{h}時間{m}分",
        "{h}시간 {m}분",
    ],
)
@given(hours=st.integers(1, 12), minutes=st.integers(2, 59))
def test_hours_and_minutes_add_up(form: str, hours: int, minutes: int) -> None:
    assert value_of("minutes", form.format(h=hours, m=minutes), TODAY) == str(60 * hours + minutes)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an album's worth of soul", [("count", "8-16")]),
        ("drie kwartier soul", [("minutes", "45")]),
        ("3 songs, 10 minutes", [("count", "3"), ("minutes", "10")]),
        ("songs: 3 minutes each", [("song_minutes", "2.5-3.5")]),
        ("from 1975 or 1985", [("period", "1975-1975"), ("period", "1985-1985")]),
        ("von 1975 bis 1985", [("period", "1975-1985")]),
        ("5 or 6 songs", [("count", "5-6")]),
    ],
)
def test_what_stands_beside_a_figure_says_what_it_counts(text: str, found: list[tuple[str, str]]) -> None:
    assert _found(text) == found


FROM_TO = [
    "{}-{}",
    "from {} to {}",
    "zwischen {} und {}",
    "de {} à {}",
    "{} a {}",
    "с {} по {}",
    "{}から{}",
    "{}에서 {}",
]


@given(form=st.sampled_from(FROM_TO), first=st.integers(1920, 2025), years=st.integers(1, 60))
def test_years_from_and_to_are_a_range(form: str, first: int, years: int) -> None:
    last = min(first + years, 2026)
    assert value_of("period", form.format(first, last), TODAY) == f"{first}-{last}"


_RANGE = re.compile(r"(?:\d+(?:\.\d+)?)?(?:-(?:\d+(?:\.\d+)?)?)?")
WHATS = ["count", "minutes", "song_minutes", "period", "tempo", "per_artist", "per_album", "position"]


@given(
    what=st.sampled_from(WHATS),
    words=st.text(max_size=40) | st.from_regex(r"[0-9 .,:'s十百日hmk-]{0,30}", fullmatch=True),
)
def test_whatever_the_words_the_value_has_the_form_of_the_corpus(what: str, words: str) -> None:
    value = value_of(what, words, TODAY)
    assert value is None or value == "last" or _RANGE.fullmatch(value), value


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "twenty",
                "songs",
                "under",
                "3",
                "minutes",
                "1994",
                "to",
                "90s",
                "half",
                "an",
                "hour",
                "per",
                "artist",
                "über",
                "二十",
                "曲",
                "스무",
                "곡",
                "-",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_spans_lie_in_the_text_in_order_and_none_over_another(text: str) -> None:
    end = 0
    for span in quantities(text, TODAY):
        assert end <= span.start < span.end <= len(text)
        assert span.certainty == 1
        assert span.value == value_of(span.what, text[span.start : span.end], TODAY)
        end = span.end


def test_numbers_are_read_without_their_accents_and_minutes_behind_hours_where_a_clause_ends() -> None:
    assert value_of("count", "funfzehn lieder", TODAY) == value_of("count", "pietnascie piosenek", TODAY) == "15"
    assert value_of("count", "dort", TODAY) is None
    found = [(span.what, span.value) for span in quantities("flug von 2 std 20, dazu folk", TODAY)]
    assert found == [("minutes", "140")]


@pytest.mark.parametrize(
    "prompt", ["5 songs, 3 minutes altogether", "zusammen 3 Minuten", "samen drie minuten", "łącznie 3 minuty", "всего 3 минуты"]
)  # fmt: skip
def test_a_time_of_all_together_is_of_the_list_however_short(prompt: str) -> None:
    assert ("minutes", "3") in [(span.what, span.value) for span in quantities(prompt, TODAY)]


def test_what_people_do_together_says_nothing_of_a_time_in_another_clause() -> None:
    found = quantities("tracks to sing together, songs under 4 minutes", TODAY)
    assert [(span.what, span.value) for span in found] == [("song_minutes", "-4")]
