"""Spans that whoever read them has left ragged, and what grammar says of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.prompts.labelled import unmarked
from recommender.prompts.repairs import repaired
from recommender.prompts.spans import WHATS, Polarity, Span


def marks(marked: str) -> list[str]:
    """Return the words of a prompt that are marked in the end, with what they speak of, how and with which value."""
    text, spans = unmarked(marked)
    return [_shown(text, span) for span in repaired(text, spans)]


def _shown(text: str, span: Span) -> str:
    how = "" if span.polarity is Polarity.WANT else f":{span.polarity}"
    return f"{text[span.start : span.end]}|{span.what}{how}{'' if span.value is None else f'={span.value}'}"


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("calm gui{tar|instrument}s please", ["guitars|instrument"]),
        ("{sax|instrument}{ophone|instrument} solos", ["saxophone|instrument"]),
        ("der Neunzi{ger|period=1990-1999}", ["Neunziger|period=1990-1999"]),
        ("{deep hou|genre}{se music|activity}", ["deep house|genre", "music|activity"]),
        ("{deep hou|genre}{se|activity}", ["deep house|genre"]),
        ("{grusta|mood}ная песня", ["grustaная|mood"]),
        ("{ジャズ|genre}の曲", ["ジャズ|genre"]),
        ("{재즈|genre}를 틀어줘", ["재즈|genre"]),
        ("{Zé|artist}'s songs", ["Zé|artist"]),
        ("{20 songs, calm|count=20}", ["20 songs|count=20"]),
        ("\N{MUSICAL KEYBOARD} {\N{VIOLIN}|voice=any}", ["\N{VIOLIN}|theme"]),
    ],
)
def test_a_span_holds_whole_words_where_a_script_has_spaces(marked: str, expected: list[str]) -> None:
    assert marks(marked) == expected


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{lo|genre}-{fi|genre}", ["lo-fi|genre"]),
        ("{mid|tempo}-{tempo|tempo=slow}", ["mid-tempo|tempo=slow"]),
        ("{ジャ|genre}{ズ|genre}", ["ジャズ|genre"]),
        ("{lo|genre}-{fi|sound}", ["lo|genre", "fi|sound"]),
        ("{jazz|genre}-{rock|genre:avoid}", ["jazz|genre", "rock|genre:avoid"]),
        ("{low|energy=low}-{high|energy=high}", ["low|energy=low", "high|energy=high"]),
        ("{jazz|genre} {rock|genre}", ["jazz|genre", "rock|genre"]),
        ("{no|cue}-{no|cue}", ["no|cue", "no|cue"]),
        ("{最初|position=1}{次|position=2}", ["最初|position=1", "次|position=2"]),
    ],
)
def test_pieces_of_one_thing_are_joined(marked: str, expected: list[str]) -> None:
    assert marks(marked) == expected


LINKS = """
,_|, |/|&|_and_|, and_|_or_|_nor_|_und_|_oder_|_et_|_ou_|_ni_|_y_|_e_|_en_|_of_|_lub_|_i_|_и_|_или_|_ve_|_veya_|、|や|하고_
"""


@pytest.mark.parametrize("link", LINKS.strip().replace("_", " ").split("|"))
def test_what_is_listed_together_is_meant_alike(link: str) -> None:
    text = f"no aaa{link}bbb{link}ccc"
    first, second, third = (text.index(word) for word in ("aaa", "bbb", "ccc"))
    for polarity in (Polarity.AVOID, Polarity.EXAMPLE, Polarity.UNLIKE, Polarity.ONLY, Polarity.LESS, Polarity.INSTEAD):
        spans = [Span(first, first + 3, "genre", polarity)]
        spans += [Span(start, start + 3, "genre") for start in (second, third)]
        assert {span.polarity for span in repaired(text, spans)} == {polarity}


@pytest.mark.parametrize(
    "marked",
    [
        "no {metal|genre:avoid} but {punk|genre}",
        "no {metal|genre:avoid} {punk|genre}",
        "no {metal|genre:avoid}. {punk|genre}",
        "no {metal|genre:avoid}, just {punk|genre}",
        "no {metal|genre:avoid}, {calm|energy=low}",
        "{metal|genre}, {punk|genre:avoid} and {grunge|genre:less}",
        "more {metal|genre:more}, {punk|genre}",
    ],
)
def test_what_is_no_list_is_meant_as_it_is_marked(marked: str) -> None:
    text, spans = unmarked(marked)
    assert repaired(text, spans) == spans


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("only {jazz|genre}", ["jazz|genre:only"]),
        ("Strictly {jazz|genre}", ["jazz|genre:only"]),
        ("{jazz|genre} only please", ["jazz|genre:only"]),
        ("nothing but {solo piano|instrument}", ["solo piano|instrument:only"]),
        ("nur {Jazz|genre}", ["Jazz|genre:only"]),
        ("uniquement du {jazz|genre}", ["jazz|genre:only"]),
        ("solo {jazz|genre}", ["jazz|genre:only"]),
        ("только {джаз|genre}", ["джаз|genre:only"]),
        ("{ジャズ|genre}だけ", ["ジャズ|genre:only"]),
        ("{재즈|genre}만", ["재즈|genre:only"]),
        ("only {sad|mood} {jazz|genre}", ["sad|mood", "jazz|genre:only"]),
        ("only {jazz|genre} and {blues|genre}", ["jazz|genre:only", "blues|genre:only"]),
        (
            "only {jazz|genre}, {blues|genre} or {folk|genre}",
            ["jazz|genre:only", "blues|genre:only", "folk|genre:only"],
        ),
        ("only {folk|genre}, with {guitar|instrument}", ["folk|genre:only", "guitar|instrument"]),
        ("{folk|genre}, only {slow|tempo=slow} songs", ["folk|genre", "slow|tempo:only=slow"]),
        ("{jazz|genre}, only from the {60s|period=1960-1969}", ["jazz|genre", "60s|period=1960-1969"]),
        ("not only {jazz|genre}", ["jazz|genre"]),
        ("nicht nur {Jazz|genre}", ["Jazz|genre"]),
        ("only {calm|energy:avoid=low} {jazz|genre:avoid}", ["calm|energy=low", "jazz|genre:only"]),
        (
            "songs like {Only Harbour|artist:example} with {piano|instrument}",
            ["Only Harbour|artist:example", "piano|instrument"],
        ),
        ("the only thing that helps is {jazz|genre}", ["jazz|genre"]),
    ],
)
def test_only_holds_of_what_it_stands_beside(marked: str, expected: list[str]) -> None:
    assert marks(marked) == expected


WORDS = "only no and , . jazz blues ジャズ や 재즈 만 lo-fi saxophone не только \N{MUSICAL KEYBOARD} 80s"
TEXTS = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=12).map(" ".join)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """Draw a text and spans in it that lie in order, none over another."""
    text = draw(TEXTS)
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=10)))
    kinds = st.tuples(st.sampled_from(sorted(WHATS)), st.sampled_from(Polarity))
    spans = [Span(*place, *draw(kinds)) for place in zip(places[::2], places[1::2], strict=False)]
    return text, [span for span in spans if not {text[span.start], text[span.end - 1]} & set(" ,.")]


@given(marked_texts())
def test_any_spans_end_up_in_order_none_over_another_and_speak_of_nothing_new(drawn: tuple[str, list[Span]]) -> None:
    text, spans = drawn
    found = repaired(text, spans)
    assert len(found) <= len(spans)
    assert {span.what for span in found} <= {span.what for span in spans} | {"theme"}  # what a picture shows
    end = 0
    for span in found:
        assert end <= span.start < span.end <= len(text)
        for place in (span.start, span.end):
            if 0 < place < len(text) and text[:place].isascii() and text[place:].isascii():
                assert not (text[place - 1].isalnum() and text[place].isalnum())
        end = span.end


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{jazz|genre} {ohne|cue} {Trompete|instrument}", ["jazz|genre", "ohne|cue", "Trompete|instrument:avoid"]),
        ("{rock|genre} exceto {punk|genre} e {ska|genre}", ["rock|genre", "punk|genre:avoid", "ska|genre:avoid"]),
        ("{rock|genre} sans les {guitares|instrument}, et du {piano|instrument}", ["guitares|instrument:avoid"]),
        ("{folk|genre} senza tamburi", ["folk|genre", "tamburi|theme:avoid"]),
        ("{джаз|genre} без саксофона и {рок|genre}", ["саксофона|theme:avoid"]),
        ("{jazz|genre}, {pas de|cue} {calme|energy=low}", ["calme|energy:avoid=low"]),
    ],
)
def test_what_a_word_keeps_out_is_not_wanted_whether_it_was_marked_or_not(marked: str, expected: list[str]) -> None:
    assert set(expected) <= set(marks(marked))


@pytest.mark.parametrize(
    "marked",
    [
        "I can't work without {jazz|genre}",
        "{nicht ohne|cue} {Bass|instrument}",
        "play {Without Me|title} by {Nina Vale|artist}",
        "{keine|cue} Musik mit {Gesang|voice:avoid=any}",
        "{songs about|cue} {sin|theme} and {love|theme}",
    ],
)
def test_a_double_negation_a_name_and_what_is_kept_out_already_stay_as_they_were_marked(marked: str) -> None:
    text, spans = unmarked(marked)
    assert repaired(text, spans) == spans


def test_a_word_that_keeps_out_is_a_cue_where_the_reader_hardly_took_it_for_something() -> None:
    text, (duets, sin, eighties) = unmarked("{duets|voice=duet} {sin|period} {80s|period}")
    read = repaired(text, [duets, replace(sin, certainty=0.4), eighties])
    assert [_shown(text, span) for span in read] == ["duets|voice=duet", "sin|cue", "80s|period:avoid"]
    text, (work, jazz) = unmarked("{work without|activity} {jazz|genre}")
    read = repaired(text, [replace(work, certainty=0.4), jazz])
    assert [_shown(text, span) for span in read] == ["work|activity", "jazz|genre:avoid"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("no {instrumentals|voice:avoid=any}", "instrumentals|voice=any"),
        ("no songs without {vocals|voice:avoid=any}", "vocals|voice=any"),
        ("{can't get enough of|cue} {blues|genre:avoid}", "blues|genre"),
        ("{never get|cue} {tired of|cue} {Queen|artist:avoid}", "Queen|artist"),
        ("why not some {salsa|genre:avoid}", "salsa|genre"),
        ("I'm {sick of|cue} {Nina Vale|artist}, {Ada Quill|artist:example} and the like", "Ada Quill|artist:avoid"),
        ("not in the mood for {sad|mood} songs", "sad|mood:avoid"),
        ("songs like {Ocean Floor|title} by {Nina Vale|artist}", "Nina Vale|artist:example"),
        ("I will like something from {Nina Vale|artist}", "Nina Vale|artist"),
        ("{no|cue} {metal|genre:avoid}, {rock|genre}", "rock|genre"),
        ("{no|cue} {metal|genre:avoid}, {rock|genre} or {ska|genre}", "rock|genre:avoid"),
        ("{folk|genre}, {no|cue} {drums|instrument:avoid}, {horns|instrument}", "horns|instrument:avoid"),
    ],
)
def test_two_denials_are_none_idioms_of_praise_are_none_and_the_last_of_two_is_the_answer(
    marked: str, expected: str
) -> None:
    assert expected in marks(marked)


def test_after_another_prompt_nothing_new_need_be_wanted() -> None:
    text, spans = unmarked("{no|cue} {metal|genre:avoid}, {punk|genre}")
    assert [span.polarity for span in repaired(text, spans, follows=True)[1:]] == [Polarity.AVOID, Polarity.AVOID]


def test_what_is_but_an_article_is_not_kept_out() -> None:
    assert marks("no me gusta {el|genre:avoid} {rock|genre:avoid}") == ["rock|genre:avoid"]


@pytest.mark.parametrize(
    ("marked", "polarity"),
    [
        ("{Elton John|artist} but {sung by a woman|voice=woman}", "example"),
        ("{Radiohead|artist}, aber {ruhiger|energy:less}", "example"),
        ("{Radiohead|artist} mais {plus gai|mood:more}", "example"),
        ("{Metallica|artist} but {live|version=live}", "want"),
        ("{Metallica|artist} but {no|cue} {ballads|genre:avoid}", "want"),
        ("{Metallica|artist} but {only|cue} {the 80s|period:only=1980-1989}", "want"),
        ("{Metallica|artist} and {calm|mood} songs", "want"),
        ("{Nina Simone|artist}, only {sad|mood}", "want"),
        ("a bit of {Queen|artist:much} too please", "more"),
        ("{Queen|artist:much} too much", "much"),
    ],
)
def test_who_is_taken_back_by_but_is_somebody_to_be_like(marked: str, polarity: str) -> None:
    text, spans = unmarked(marked)
    assert repaired(text, spans)[0].polarity == polarity


@pytest.mark.parametrize(
    ("marked", "years"),
    [
        ("{jazz|genre} {without|cue} {vocals|voice:avoid=any} from the {90s|period:avoid=1990-1999}", "want"),
        ("{no|cue} {drums|instrument:avoid}, {from 1985 to 1990|period:avoid=1985-1990}", "want"),
        ("{Jazz|genre} {ohne|cue} {Gesang|voice:avoid=any} aus den {90ern|period:avoid=1990-1999}", "want"),
        ("{Rock|genre} {ohne|cue} {Balladen|genre:avoid} von {1985|period:avoid=1985-1985}", "want"),
        ("{jazz|genre} {sans|cue} {voix|voice:avoid=any} des {années 90|period:avoid=1990-1999}", "want"),
        ("{rock|genre} {sans|cue} {ballades|genre:avoid} de {1985|period:avoid=1985-1985}", "want"),
        ("{rock|genre}, {no|cue} {ballads|genre:avoid} from the {80s|period:avoid=1980-1989}", "avoid"),
        ("{nothing|cue} by {Nina Vale|artist:avoid} from the {80s|period:avoid=1980-1989}", "avoid"),
        ("{nichts|cue} aus den {90ern|period:avoid=1990-1999}", "avoid"),
        ("{no|cue} {vocals|voice:avoid=any}, {nothing|cue} from the {90s|period:avoid=1990-1999}", "avoid"),
        ("{no|cue} {vocals|voice:avoid=any} or {90s|period:avoid=1990-1999}", "avoid"),
        ("{pas de|cue} {rock|genre:avoid} des {années 80|period:avoid=1980-1989}", "avoid"),
    ],
)
def test_a_negation_ends_before_the_time_that_the_music_is_of(marked: str, years: str) -> None:
    text, spans = unmarked(marked)
    found = repaired(text, spans)
    assert [span.polarity for span in found if span.what == "period"] == [years]
    assert [span for span in found if span.what != "period"] == [span for span in spans if span.what != "period"]


@pytest.mark.parametrize(
    ("marked", "last"),
    [
        ("{no|cue} {vocals|voice:avoid=any}/{1990s|period:avoid=1990-1999}", "want"),
        ("{ohne|cue} {Klavier|instrument:avoid}/{traurig|mood:avoid}", "want"),
        ("{jazz|genre}/{sans|cue} {voix|voice:avoid=any}/{calme|mood:avoid}/{lent|tempo:avoid=slow}", "want"),
        ("{no|cue} {piano|instrument:avoid}/{no|cue} {sad|mood:avoid} songs", "avoid"),
        ("{no|cue} {metal|genre:avoid},/{punk|genre:avoid},/{rap|genre:avoid}", "avoid"),
        ("{ohne|cue}:/- {Klavier|instrument:avoid}/- {Geige|instrument:avoid}", "avoid"),
        ("{no|cue}/{vocals|voice:avoid=any}", "avoid"),
    ],
)
def test_a_negation_ends_with_its_line(marked: str, last: str) -> None:
    text, spans = unmarked(marked)
    lines = [place + 1 for place, char in enumerate(text) if char == "/"]
    assert repaired(text.replace("/", " "), spans, lines=lines)[-1].polarity == last


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{not too|cue} {slow|tempo:less=slow}", "slow|tempo=95-"),
        ("{jazz|genre}, {nicht zu|cue} {langsam|tempo:less}", "langsam|tempo=95-"),
        ("{pas trop|cue} {rapide|tempo:much=fast}", "rapide|tempo=-130"),
        ("{too|cue} {slow|tempo:much=slow}", "slow|tempo:much=slow"),
        ("{not|cue} {slow|tempo:avoid=slow}", "slow|tempo:avoid=slow"),
    ],
)
def test_what_shall_not_be_too_slow_need_not_be_fast(marked: str, expected: str) -> None:
    assert marks(marked)[-1] == expected


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{start|arc=up} loud, end {soft|arc=up}", {"down"}),
        ("{d'abord calme puis de plus en plus fort|arc}", {"up"}),
        ("{だんだん|arc}静かにではなく{激しく|arc=down}", {"up"}),
        ("{calm, a peak, calm again|arc=peak}", {"peak"}),
    ],
)
def test_an_arc_leads_where_its_first_and_last_words_say(marked: str, expected: set[str]) -> None:
    text, spans = unmarked(marked)
    assert {span.value for span in repaired(text, spans)} == expected


@pytest.mark.parametrize(
    "marked",
    [
        "{フォーク|genre}を{テクノ|genre}に変えて",
        "{フォーク|genre}の代わりに{テクノ|genre}",
        "{포크|genre} 말고 {테크노|genre:avoid}",
        "{民谣|genre}换成{电子|genre}",
    ],
)
def test_of_two_in_an_exchange_the_first_goes_and_the_second_comes(marked: str) -> None:
    text, spans = unmarked(marked)
    assert [span.polarity for span in repaired(text, spans, follows=True)] == [Polarity.INSTEAD, Polarity.WANT]


def test_what_takes_the_place_of_all_before_is_wanted_and_no_vocals_are_vocals() -> None:
    assert marks("replace it with {techno|genre:instead}") == ["techno|genre"]
    assert marks("zonder gezang graag") == ["gezang|voice:avoid=any"]
    assert marks("poems sung in {Basque|origin}") == ["Basque|language"]


@pytest.mark.parametrize(
    "prompt",
    [
        "calm music where nobody sings",
        "musik, in der niemand singt",
        "muziek waarin niet gezongen wordt",
        "de la musique où personne ne chante",
        "música en la que nadie cante",
        "musica dove nessuno canta",
        "música em que ninguém canta",
        "muzyka, w której nikt nie śpiewa",
        "музыка, где никто не поёт",
        "şarkı söylenmeyen müzik",
        "歌の入っていない曲",
        "没人唱的音乐",
    ],
)
def test_a_verb_says_that_nobody_sings(prompt: str) -> None:
    assert [(span.what, span.polarity, span.value) for span in repaired(prompt, ())] == [
        ("voice", Polarity.AVOID, "any")
    ]


@pytest.mark.parametrize(
    "between", ["instead of", "rather than", "statt", "au lieu de", "en vez de", "em vez de", "invece di", "in plaats van", "zamiast", "вместо"]
)  # fmt: skip
def test_what_something_shall_come_instead_of_is_kept_out(between: str) -> None:
    assert marks(f"{{blues|genre}} {between} {{rock|genre}}") == ["blues|genre", "rock|genre:avoid"]


def test_more_or_less_energy_is_of_the_kind_that_its_word_says() -> None:
    assert marks("something {gentler|energy:more}") == ["gentler|energy:more=low"]
    assert marks("{lauter|energy:more} bitte") == ["lauter|energy:more=high"]


def test_an_article_says_nothing_of_a_voice() -> None:
    assert marks("{jazz|genre}, rien que {des|voice=woman} {femmes|voice=woman}")[-1] == "femmes|voice:only=woman"


@pytest.mark.parametrize(
    "prompt",
    ["songs not sung in English", "canciones que no cantan en inglés", "песни, где не поют на английском", "英語で歌わない曲", "不唱英文的歌"],
)  # fmt: skip
def test_what_is_not_sung_in_a_language_may_be_sung(prompt: str) -> None:
    assert repaired(prompt, ()) == ()


def test_what_takes_place_in_german_keeps_nothing_out() -> None:
    assert repaired("die Feier findet statt und wird laut", ()) == ()
