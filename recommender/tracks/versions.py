"""Which titles name the same song: remarks on a version (live, remastered, sped up, with a guest) are told from the title.

What is compared with a title is written here as `catalog.names.fold` leaves it: "acustica" stands for "acústica" too.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from catalog.credits import without_guests
from catalog.names import fold

_YEAR: Final = r"(?:19|20)\d\d"
_NUMBER: Final = rf"(?:[ ,.+&(-]*(?:{_YEAR}\)?|no\.? ?\d+|#?\d{{1,2}}))?"

_LAST: Final = (
    # English, and what others took from it
    r"remaster\w*|remasteri[sz]\w+|remix\w*|re-?mixed|mix|edit|edition|version|demos?|acoustic\w*|unplugged|instrumental\w*|"
    r"instr?|karaoke|nightcore|daycore|(?:8|9|16)d(?: audio)?|spee?d[ -]up|slowed(?:[ -]down)?|"
    r"(?:slowed )?(?:and|&|\+|n)? ?reverb(?:ed)?|re-?record\w+|a ?cappella|acapella|dub|bootleg|rework\w*|bonus track|"
    r"sessions?|performances?|live|no (?:drums|vocals)|backing track|extended|bonus|minus one|off[ -]?vocal|tv[ -]size|soundtrack|ost|cover|"
    r"(?:official |lyrics? |music )+(?:video|audio)|lyrics?|visuali[sz]er|reissue|"
    # Spanish, Portuguese, Italian, French, Romanian
    r"versione|versao|versiune|acustic[oa]|acoustique|strumentale|rimasterizzat[oa]|remasterizad[oa]|remasterise\w*|"
    r"edicion|edicao|edizione|sesion(?:es)?|sessao|ao vivo|en vivo|en directo|en direct|dal vivo|en concert|in concert|"
    r"en public|bande originale|banda sonora|"
    # German, Dutch, the Nordic languages, Finnish, Hungarian
    r"(?:live|radio|album|single|instrumental|akusti[ks]+|original|studio|klavier|orchester|lang|kurz|demo|konzert)?"
    r"(?:version|fassung|aufnahme|mitschnitt)|neuaufnahme|akusti\w*|akoestisch|versie|versjon|(?:live|instrumentaali)?versio|"
    r"akusztikus|valtozat|eloben|koncertfelvetel|"
    # Polish, Czech, Serbian and Croatian, Turkish, Indonesian, Vietnamese
    r"wersja|akustycznie|na zywo|nazivo|verze|uzivo|verzija|canli|versiyonu?|enstrumantal|enstrumental|langsung|truc tiep|"
    # Russian, Ukrainian, Bulgarian, Serbian
    r"(?:радио|кавер|демо)?верс[иі]я|концертная запись|ремикс|ремікс|минус(?:овка)?|мінус(?:івка|овка)?|"
    r"акустика|акустическ\w+|акустичн\w+|[иі]нструментал\w*|караоке|вживую|наживо|на живо|уживо|верзија|живая запись|"
    r"ремастер\w*|кавер|демо|лайв|саундтрек|"
    # Greek, Arabic, Persian, Hebrew, Hindi, Bengali, Thai
    r"ζωντανα|ζωντανη ηχογραφηση|ορχηστρικο|ακουστικ\w+|εκτελεση|ρεμιξ|διασκευη|"
    r"حفلة|مباشر|لايف|ريمكس|نسخة|كاريوكي|اكوستيك|أكوستيك|بدون موسيقى|موسيقى فقط|"
    r"زنده|ریمیکس|بی کلام|نسخه|آکوستیک|هופעה|"
    r"הופעה חיה|בהופעה|לייב|גרסה|אקוסטי|אקוסטית|רמיקס|קריוקי|אינסטרומנטלי|"
    r"लाइव|रीमिक्स|संस्करण|अनप्लग्ड|कराओके|লাইভ|แสดงสด|คาราโอเกะ"
)
"""The last word of a remark on how a recording was made, whatever stands before it."""

_UNSPACED: Final = (  # the same in scripts that part no words
    r"[^\x00-\x7f]ver|バージョン|ヴァージョン|リミックス|リマスター|(?<!ド)ライ[ブヴ]|カラオケ|アコースティック|インスト(?:[ゥル]+メンタル)?|"
    r"弾き語り|伴奏|生演奏|(?<![ァ-ヶー])(?:カバー|カヴァー|デモ)|主題歌|"
    r"版|现场|現場|演唱会|演唱會|纯音乐|純音樂|混音|翻唱|清唱|主题曲|主題曲|插曲|片尾曲|片头曲|片頭曲|"
    r"라이브|버전|리믹스|리마스터|리마스터링|어쿠스틱|인스트루멘탈|연주곡?|반주|노래방|커버|เวอร์ชั่น|เวอร์ชัน"
)
_ALONE: Final = (
    r"explicit|clean|dirty|(?:un)?censored|mono|stereo|stripped|edited|short|long|loop(?:able| \w)?|original|radio|club|"
    r"vip|mr|deluxe|super deluxe|expanded|single|album|studio|vocals?|(?:\d+\S* )?(?:years? )?anniversary|full|"
    r"(?:alternat\w+ |out)?takes?(?: \d+)?|extract|excerpt|snippet|teaser|preview|\d+ ?bpm|\d+ ?(?:s|secs?|seconds?)|h[dq]|4k"
)
"""Words that make a remark among themselves; behind others they are a subtitle ("So Long", "On the Radio")."""


_REMARK: Final = re.compile(
    rf"(?!.*\b(?:we|i|you|to|they|long|people|can|will|not|don't|and|or|who|that) live$)(?:.*[^\w'])?(?:{_LAST}){_NUMBER}"
    rf"|.*(?:{_UNSPACED}){_NUMBER}|(?:tv[ -]size |off[ -]vocal |\w+ )?ver(?:\.? ?\d)?"
    rf"|(?:(?:{_ALONE}|{_LAST})[ ,/&+-]+)*(?:{_ALONE}){_NUMBER}"
    rf"|(?:{_YEAR} )?(?:digital(?:ly)? )?(?:remaster\w*|re-?record\w+)\b.*"
    r"|(?:recorded )?(?:live|ao vivo|en vivo|en directo|en direct|dal vivo|en concert|in concert|en public|na zywo|nazivo|uzivo|"
    r"canli|ζωντανα|ζωντανη|вживую|наживо|на живо|уживо|концерт|حفلة|من حفلة|مباشر من|اجرای زنده|בהופעה|מתוך ההופעה)"
    r"(?:(?: (?:at|in|from|on|@|im|aus|bei|auf|an der|en|em|desde|dal|alla|al|au|aux|chez|fra|fran|uit|z|ze|w|v|из|в|на|с|"
    rf"απο|στο|στη|στην|στον)(?!\w)| ?[;:,]).*| .*{_YEAR})"
    r"|(?:ao vivo|en vivo|en directo|dal vivo|na zywo|canli|ζωντανα|вживую|наживо|حفلة|من حفلة|בהופעה|מתוך ההופעה) .*"
    r"|(?:versi(?:on|one|o|une|yon|e)?|versao|wersja|verze|verzija|верс[иі]я|верзија|نسخة|نسخه|גרסת|phien ban) (?!of ).*"
    r"|in the style of .*|(?:feat|ft|featuring|with|prod|produced by|con|avec)\b.*"
    r"|(?:taken )?from (?:the (?:vault|film|movie|motion picture|original|series|musical|soundtrack)\b|[\"'\u201c\u2018]).*"
    rf"|(?:demo|take|mix|remix|version),? (?:{_YEAR}|\d{{1,2}})"
)
"""Said in brackets or behind a dash: another making of the same song. A part or movement is none."""

_TRAILING: Final = re.compile(
    rf"[ ,:~/|]+(?:{_YEAR} remaster(?:ed)?(?: version)?|remastered(?: (?:in )?{_YEAR})?(?: version)?|radio edit|extended mix|"
    r"(?:live|acoustic|instrumental|karaoke|extended|album|single|demo|sped[ -]up|slowed|piano)[ -](?:version|ver\.?)|"
    r"nightcore|8d audio|sped[ -]up|slowed(?: ?(?:and|&|\+|n)? ?reverb(?:ed)?)|"
    r"концертная версия|カラオケ|インストゥルメンタル|off vocal|ライブバージョン|伴奏|现场版|現場版|纯音乐|純音樂|라이브 버전|어쿠스틱 버전)$"
    r"|[ ,]+(?:feat|ft\.?|featuring) (?:(?! - ).)*$"
)
"""Said at the end of a title without a bracket or a dash: only what names nothing else."""

_BRACKETS: Final = re.compile(
    r"\(((?:[^()]|\([^()]*\))*)\)|\[((?:[^\[\]]|\[[^\[\]]*\])*)\]|\{([^{}]*)\}|【([^【】]*)】|〔([^〔〕]*)〕"
    r"|[~〜]([^~〜]+)[~〜]|-(?<= -)(?=\S)([^-]+)(?<=\S)-$"
)
_DASH: Final = re.compile(r" [-\u2013\u2014]+ |[\u2013\u2014]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOTHING: Final = _words(
    # what stands around songs, and what a title says that says nothing
    """intro outro interlude skit prelude untitled introduction
    introduccion introducao introduzione einleitung vorspiel zwischenspiel nachspiel intermede interludio preludio preludium
    praeludium praludium postludium titre titulo titolo titel названия intermission
    вступление интро аутро интерлюдия прелюдия прелюд ιντρο εισαγωγη πρελουδιο مقدمة הקדמה
    イントロ アウトロ インタールード プレリュード 前奏曲 前奏 间奏 間奏 尾奏 序曲 序章 無題 无题 인트로 아웃트로 인터루드 서곡 무제
    """
    # what movements are called, most of all by their tempo
    """allegro allegretto allegrissimo andante andantino adagio adagietto adagissimo presto prestissimo largo larghetto lento
    lentement vivace vivacissimo moderato grave scherzo scherzando menuetto minuetto menuet menuett minuet rondo rondeau finale
    trio fuga fugue fuge toccata sarabande sarabanda allemande allemanda courante corrente gigue giga bourree gavotte gavotta
    passepied siciliana siciliano intermezzo cadenza recitativo recitative rezitativ coda overture ouverture obertura
    langsam schnell lebhaft bewegt massig lent vif modere
    аллегро аллегретто анданте андантино адажио престо ларго ларгетто виваче модерато скерцо менуэт рондо финал фуга увертюра
    アレグロ アレグレット アンダンテ アダージョ プレスト ラルゴ レント モデラート スケルツォ メヌエット ロンド フィナーレ フーガ
    快板 慢板 行板 柔板 急板 广板 廣板 中板 小快板 谐谑曲 諧謔曲 小步舞曲 알레그로 안단테 아다지오 프레스토 라르고 스케르초 미뉴에트 피날레
    """
)
_MOVEMENT: Final = _words(  # its number stands before it or behind it: "1. Satz", "Satz 1"
    """movement mvt movt satz mouvement movimento movimiento часть ч частина μεροσ 楽章 乐章 樂章 악장 الحركة حركة
    partie parte teil deel osa resz bolum bagian الجزء جزء פרק חלק भाग 部 章 曲 集 回 부 장 акт действие сцена"""
)
_NUMBERED: Final = _MOVEMENT | _words(
    """track № mov part pt pts del cast dio phan ภาค ตอน piste pista spur traccia faixa трек дорожка トラック 曲目 트랙
    side seite lado lato сторона disc disk cd disque volume vol chapter kapitel chapitre capitolo capitulo глава act akt acte
    atto acto scene szene scena episode folge episodio эпизод variation variatio variazione variacion вариация 変奏 变奏
    section session loop demo mix version instrumental sketch skizze piece stuck exercise ubung"""
)
"""What needs a number or a letter behind it to name nothing: "Part II" and "Side A", but not "Movement" or "One Side"."""
_KNOWN: Final = (
    _NOTHING
    | _NUMBERED
    | _words(
        """con moto ma non molto poco po un una e ed et assai troppo tanto piu meno mosso quasi di alla al in en brio fuoco spirito
    espressione espressivo cantabile maestoso sostenuto vivo grazioso giusto energico appassionato spiritoso tempo attacca
    sehr nicht zu und etwas ruhig tres assez bien anime gai slow slowly fast lively quick moderately very not too and
    major minor dur moll majeur mineur maggiore minore mayor menor sharp flat sostenido bemol diese bemolle мажор минор 長調 短調
    do re mi fa sol la si as es is cis dis fis gis ais b bonus hidden audio sans ohne sin sem senza без 第 제
    st nd rd th er eme first second third fourth erster zweiter dritter vierter premier deuxieme troisieme quatrieme
    primo secondo terzo quarto primer segundo tercer cuarto первая вторая третья четвертая"""
    )
)
_NUMERAL: Final = re.compile(
    r"\d{1,3}|[ivx]+|[a-h]|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|fourth|"
    r"eins|zwei|drei|vier|deux|trois|quatre|due|tre|quattro|dos|tres|cuatro|erster|zweiter|dritter|vierter|premier|deuxieme|"
    r"troisieme|quatrieme|primo|secondo|terzo|quarto|primer|segundo|tercer|cuarto|первая|вторая|третья|четвертая|"
    r"[一二三四五六七八九十]"
)
_TOKEN: Final = re.compile(
    r"[第제一二三四五六七八九十]|\d+|[^\s\d.,:;()\[\]#'\"/°\-\u2013\u2014第제一二三四五六七八九十]+"
)
_NUMBER_SIGN: Final = re.compile(r"\b(?:(?:no|nr)\.? ?|n° ?)(?=\d)|\b(?:no|nr)\. ?(?=[ivx]+$)")
_PLACE: Final = re.compile(
    r"(?:\d{1,3}|[ivx]+)[.):](?!\d)|0\d{1,2}$|x{0,2}(?:ix|iv|vi{1,3}|i{2,3})$|x{1,2}[iv]$|(?:hidden |bonus |audio )?track$"
)
"""A place on an album and nothing else: "3. Fast", "04", "III"; "22" and "4:44" are names."""


def song_title(title: str) -> str:
    """Return a title as `fold` leaves it, without guests and remarks on the version; all of it if it is nothing else.

    Live, remastered, remixed, edited, sped up, slowed, nightcore, 8D, karaoke, instrumental, acoustic, demo and re-recorded
    versions, and those with guests, are versions; parts, movements, subtitles and numbers belong to a song's name.
    """
    plain = _BRACKETS.sub(_unless_remark, _even(without_guests(title)))
    parts = [" ".join(part.split()) for part in _DASH.split(plain)]
    while len(parts) > 1 and (not parts[-1] or _REMARK.fullmatch(parts[-1].strip(" .,"))):
        parts.pop()
    plain = " - ".join(parts)
    while (shorter := _TRAILING.sub("", plain)) != plain:
        plain = shorter
    return plain.strip() or _even(title)


@lru_cache(10_000)
def names_a_version(word: str) -> bool:
    """Return whether a word (as `fold` leaves it) is a remark on a version: "karaoke", "live", "remix"."""
    return song_title(f"song ({word})") == "song"


def names_a_song(title: str) -> bool:
    """Whether a title (of `song_title`) can tell songs by one performer apart wherever they are.

    "Intro", "II. Andante con moto", "Part II" and "Track 04" cannot: a performer may have many, and one on an album.
    """
    bare = _NUMBER_SIGN.sub("№ ", title.strip("[]() "))
    said = _TOKEN.findall(bare)
    if said[:1] in (["a"], ["la"]) or not all(word in _KNOWN or _NUMERAL.fullmatch(word) for word in said):
        return True
    numbered = any(
        (one in _NUMBERED and _NUMERAL.fullmatch(other)) or (other in _MOVEMENT and _NUMERAL.fullmatch(one))
        for one, other in pairwise(said)
    )
    return not (numbered or _NOTHING.intersection(said) or _PLACE.match(bare))


def _even(title: str) -> str:
    return " ".join(fold(title).replace("\u2019", "'").split())


def _unless_remark(found: re.Match[str]) -> str:
    inside = next(part for part in found.groups() if part is not None)
    return "" if not inside.strip() or _REMARK.fullmatch(inside.strip(" .,")) else found[0]
