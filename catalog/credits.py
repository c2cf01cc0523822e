"""Who performs a recording: a credit is read once into performers with roles, in the forms that people write.

What joins is either certain (`feat.`, `;`) or may as well be part of a name ("Salt & Anchor", "光と影"). A credit that is
an act of its own is not cut: one of several recordings, whose parts are nobody's. Only the catalog can tell, so reading
asks how many recordings it has under a name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from unicodedata import normalize

from catalog.names import identity


class Role(StrEnum):
    """What a performer is on a recording (DDEX MainArtist and FeaturedArtist)."""

    LEAD = "lead"
    FEATURED = "featured"


@dataclass(frozen=True, slots=True)
class Performer:
    """A performer as credited. `ids` name the same artist in several schemes; without any the name has to do."""

    name: str
    role: Role = Role.LEAD
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """The performers of a recording, each once; `within` are the other names that the catalog was asked about.

    They stand inside those of acts, or would be performers if they were somebody. `joined` are the names that were cut:
    whoever is called exactly so is meant too.
    """

    performers: tuple[Performer, ...]
    within: tuple[str, ...] = ()
    joined: tuple[Performer, ...] = ()


Recordings = Callable[[str], int]
"""How many recordings a catalog has under exactly a name, given in its identity form."""

SEVERAL: Final = 2
"""Recordings under one credit from which it may be the name of an act."""


_FEATURING_PHRASES: Final = (
    "feat., feat, ft., ft, f., f/, featuring, part. especial, part. esp., part., partic., participação especial de, participação de, participação, "
    "con la participación de, con la colaboración de, avec la participation de, invités, invitée, invité, gościnnie, "
    "gośc., gäst, gæst, gjest, gast, km., közr., с участието на, при участии, при уч., п.у., п/у, за участю, за участі, "
    "con la partecipazione di, unter mitwirkung von, z udziałem, duet with, duett mit, 피처링, συμμετοχή, با همراهی, بمشاركة, בהשתתפות, フィーチャリング"
)
_WITH_PHRASES: Final = (
    "together with, along with, with, w/, junto a, junto con, junto com, con, com, avec, insieme a, insieme con, "
    "zusammen mit, mit, samen met, met, tillsammans med, sammen med, med, razem z, z, ze, birlikte, ile, с, со, з, із, зі, "
    "μαζί με τον, μαζί με την, μαζί με, με τον, με την, με τη, με τους, με τις, με, مع, עם, cùng với, cùng, với, bersama, dengan"
)
_AND_PHRASES: Final = (
    "and, &, ＆, y, e, ed, et, und, en, og, och, ja, oraz, eta, ir, és, și, ve, и, та, й, і, совместно с, вместе с, και, "
    "κι, و, और, ও, และ, và, dan, და, x, ×, +, ＋, /, ／, vs., vs, versus, gegen, contra, meets, presents, pres., présente, "
    "presenta, apresenta, präsentiert, представляет, 및, と, 和, 与, 與, 跟, "
    "conducted by, ltg., leitung:, unter leitung von, unter der leitung von, sous la direction de, dirigé par, dirigée par, "
    "dirigido por, dirigida por, diretto da, diretta da, под управлением"
)


def _pattern(phrases: str) -> str:
    words = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases.split(", "))
    return words.replace(r"|f\.|", r"|(?-i:f\.)|")  # in upper case it is an initial


_FEATURING, _WITH, _AND = map(_pattern, (_FEATURING_PHRASES, _WITH_PHRASES, _AND_PHRASES))
_NOT_COUNTED: Final = r"(?!\s*(?:\d+|[ivx]+)\b(?!\s\w))"
"""A number alone is no guest: "Paper Boats, Part. 2"."""

_OPEN, _CLOSE = r"[(\[{（［【]", r"[)\]}）］】]"

_LATER_NAME = r"(?!\s*(?:[js]r\b|i{2,3}\b|iv\b|ph\.?d|m\.?d\b|(?-i:the\s)))"
"""What follows a comma that belongs to a name: "Davis, Jr.", "Tyler, the Creator"."""

_JOINER: Final = re.compile(
    rf"(?:\s*[,،，、])?(?:\s+(?P<guest>{_WITH})\s+|\s+(?:{_AND})\s+)"
    rf"|\s*[,،，](?:\s|(?<=，)|(?<=[^\W\d_]{{3}},)(?=[^\W\d_]{{3}})){_LATER_NAME}\s*|\s*、\s*|\s+w/|\s+[|•·]\s+|\s&(?=\w)|(?<=\w)&\s"
    r"|(?<=\S)\s*[＆×／＋]\s*(?=\S)|(?<=\w)&(?=[^\W\d_]{3})|(?<=[^\W\d_]{3})/(?=[^\W\d_]{3})",
    re.IGNORECASE,
)
_SEMICOLON: Final = re.compile(r"\s*[;；]\s*")
_SHY: Final = re.compile(
    r"\s+(?:a|i|na|X)\s+(?=\S)|(?<=\S)[・･](?=\S)|(?<=\S)[と和与與及跟](?=\S)|(?<=[가-힣])[와과]\s+(?=\S)"
    r"|\s+و(?!لد\s)(?=\w)|\s+ו-?(?=\w)"
)
"""What joins names in some languages and is a part of them in others: it counts only where one of the two is somebody."""

_DUET: Final = re.compile(r"\s+合唱$")
_ASIDE: Final = re.compile(r"\s[-–—]\s")
_ONE_LETTER: Final = re.compile(r"\s(?:Y|E|Z|И|Й|І|С|З)\s")
"""Words of one letter join in lower case only: in upper case they are initials."""

_SURNAMES: Final = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖蕭田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任"
    "卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦韋贾賈夏付傅方邹鄒熊白孟秦邱侯江尹薛闫阎段雷龙龍黎史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢戴严嚴莫孔向常汤湯"
)
"""The hundred that most people in China bear, in both ways of writing."""

_UNSPACED: Final = {
    **dict.fromkeys("和与與跟及", re.compile(rf"[{_SURNAMES}]\w{{1,2}}")),
    **dict.fromkeys("와과", re.compile(r"[가-힣]{3}")),
    "と": re.compile(r"[^\W\dぁ-ん][^\Wの]{2,}"),
}
"""What a person's full name looks like beside a word that joins without spaces."""

_PRODUCED: Final = re.compile(
    rf"\s*(?:{_OPEN}\s*|\s)prod(?:\.(?:\s*by\b)?|(?:uced)?\s+by\b)[^)\]}}）］】]*{_CLOSE}?", re.IGNORECASE
)
_WIDE: Final = re.compile(r"[Ａ-Ｚａ-ｚ．／]+")

_BRACKETED: Final = re.compile(
    rf"\s*{_OPEN}\s*(?:(?P<certain>{_FEATURING})|(?P<shy>{_WITH}))[\s:.]\s*{_NOT_COUNTED}(?P<names>[^()\[\]{{}}（）［］【】]+){_CLOSE}",
    re.IGNORECASE,
)
_GUESTS: Final = re.compile(
    rf"\s*[,，(\[（【]?\s*(?<=[\s,，(\[（【])(?:{_FEATURING})(?:\s*:\s*|\s+|(?<=[./])\s*)(?=\S)", re.IGNORECASE
)
_IN_TITLE: Final = re.compile(  # without a bracket "Gast" and its like may tell of something else ("Mein Gast im Haus")
    rf"(?<=[\s(\[（【])(?!(?:invité(?:e|s)?|g[äæa]st|gjest)\s)(?:{_FEATURING})(?:[\s:]\s*|(?<=[./])\s*){_NOT_COUNTED}"
    rf"(?P<names>[^()\[\]{{}}（）［］【】]+?)\s*"
    rf"(?=\s[-–—]\s|{_CLOSE}|{_OPEN}|$)",
    re.IGNORECASE,
)


_FEATURING_WORDS: Final = frozenset(_FEATURING_PHRASES.replace(",", "").split())
_JOINING_WORDS: Final = _FEATURING_WORDS | {
    "a",
    "i",
    "na",
    "prod.",
    *f"{_WITH_PHRASES} {_AND_PHRASES}".replace(",", "").split(),
}
_JOINING_SIGN: Final = re.compile(r"[^\w\s.'!?$-]")


def read_credit(artist: str, title: str, recordings: Recordings) -> Credit:
    """Read a credit, and the guests that a title names, into performers.

    Names are spelled as credited. Who stands behind `feat.` or "with" is a guest; a remixer or producer in a title is none.
    The result depends on nothing but the recordings of the performers and of the names within.
    """
    if _is_plain(artist, _JOINING_WORDS) and names_nobody(title):
        return Credit((Performer(artist.strip()),))
    credit, title = (_PRODUCED.sub("", _in_plain_letters(text)) for text in (artist, title))
    reading = _Reading(recordings)
    bracketed = list(_BRACKETED.finditer(credit))
    lead, *guests = _GUESTS.split(_BRACKETED.sub("", credit) if bracketed else credit)
    if not lead.strip():
        return Credit((Performer(artist.strip()),))
    reading.add(lead, Role.LEAD)
    guests += (found["names"] for found in bracketed)
    for found in _BRACKETED.finditer(title):
        if found["certain"] or reading.names_people(found["names"]):
            guests.append(_ASIDE.split(found["names"])[0])
    guests += (found["names"] for found in _IN_TITLE.finditer(_BRACKETED.sub(" ", title)))
    for named in guests:
        for names in _GUESTS.split(named):
            reading.add(names, Role.FEATURED)
    return reading.credit()


def names_nobody(title: str) -> bool:
    """Whether a title certainly names no guest, so that how a credit is read does not depend on it."""
    return _is_plain(title, _FEATURING_WORDS)


def _is_plain(text: str, joining: frozenset[str]) -> bool:
    """Whether a text of Latin letters holds nothing that could join or name a guest, which nine in ten do not."""
    return (
        text.isascii()
        and not _JOINING_SIGN.search(text)
        and joining.isdisjoint(text.lower().replace(".", ". ").split())
    )


def without_guests(title: str) -> str:
    """Return a title without the guests that it names; "(with a little rain)" names none."""
    if names_nobody(title):
        return title
    nobody = _Reading(lambda _: 0)
    title = _in_plain_letters(title)
    kept = _BRACKETED.sub(
        lambda found: "" if found["certain"] or nobody.names_people(found["names"]) else found[0], title
    )
    return kept if (bare := _IN_TITLE.sub("", kept)) == kept else " ".join(bare.split()).rstrip(" ,-–—")


def _in_plain_letters(text: str) -> str:
    """Return a text with the words that announce guests in plain letters where they were full-width ones."""
    return _WIDE.sub(
        lambda run: plain if (plain := normalize("NFKC", run[0])).lower() in _FEATURING_WORDS else run[0], text
    )


class _Reading:
    """One credit while it is read: the performers by identity, and the names that were asked about."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._performers: dict[str, Performer] = {}
        self._asked: dict[str, str] = {}
        self._joined: dict[str, Performer] = {}

    def credit(self) -> Credit:
        joined = {form: one for form, one in self._joined.items() if form not in self._performers}
        found = self._performers.keys() | joined
        within = (name for form, name in self._asked.items() if form not in found)
        return Credit(tuple(self._performers.values()), tuple(within), tuple(joined.values()))

    def add(self, names: str, role: Role) -> None:
        pieces = [piece for piece in map(_bare, _SEMICOLON.split(_bare(names))) if piece]
        inverted = len(pieces) > 1 and all(piece.count(",") == 1 for piece in pieces)
        for piece in pieces:
            if inverted:  # "Surname, Given; Surname, Given"
                self._perform(piece, role)
            else:
                self._add(piece, role)

    def _add(self, names: str, role: Role) -> None:
        spans = _spans(names)
        place = 0
        while place < len(spans):
            _, start, _, guest = spans[place]
            role = Role.FEATURED if guest else role
            last = next(
                (end for end in range(len(spans) - 1, place, -1) if self._is_act(names, spans[place : end + 1], role)),
                place,
            )
            if last > place:
                self._perform(names[start : spans[last][2]], role)
            else:
                self._add_shyly(spans[place][0], role)
            place = last + 1

    def _add_shyly(self, name: str, role: Role) -> None:
        joints = list(_SHY.finditer(name))
        for joint in joints if joints and self._count(name) < SEVERAL else ():
            left, right = name[: joint.start()].strip(), name[joint.end() :].strip()
            is_full = unspaced.fullmatch if (unspaced := _UNSPACED.get(joint[0].strip())) else _is_full_name
            people = is_full(left) and is_full(right)
            if left and right and (people or self._count(left) or self._count(right)):
                self._joined.setdefault(identity(name), Performer(name, role))
                self._add_shyly(left, role)
                self._add_shyly(right, role)
                return
        self._perform(name, role)

    def _perform(self, name: str, role: Role) -> None:
        if name := _bare(name):
            self._performers.setdefault(identity(name), Performer(name, role))

    def _count(self, name: str) -> int:
        self._asked.setdefault(identity(name), name)
        return self._recordings(identity(name))

    def _is_act(self, names: str, spans: "list[_Span]", role: Role) -> bool:
        """Whether what may be joined is one act: several recordings, and its parts are nobody's.

        A part that is somebody may bear a common word by chance; not one with a full name, nor one with as many recordings.
        """
        whole = names[spans[0][1] : spans[-1][2]].strip()
        self._joined.setdefault(identity(whole), Performer(whole, role))
        count = self._count(whole)
        if count < SEVERAL:
            return False
        known = [(name, found) for name, _, _, _ in spans if (found := self._count(name))]
        return all(found < count and not _is_full_name(name) for name, found in known) and len(known) < len(spans)

    def names_people(self, names: str) -> bool:
        """Whether what follows "with" in a title is people: "(with Ada Brell)" is, "(with a little rain)" is not."""
        spans = _spans(_bare(names))
        return bool(spans) and all(
            _is_full_name(name) or _is_word_without_case(name) or self._count(name) > 0 for name, _, _, _ in spans
        )


_Span = tuple[str, int, int, bool]
"""A name, where it begins and ends, and whether "with" stands before it."""


def _spans(names: str) -> list[_Span]:
    found: list[_Span] = []
    start, guest = 0, False
    for joint in _JOINER.finditer(names):
        if (joint.start() <= start and not names[start : joint.start()].strip()) or _ONE_LETTER.fullmatch(joint[0]):
            continue
        if not names[joint.end() :].strip():
            break
        found.append((names[start : joint.start()].strip(), start, joint.start(), guest))
        start, guest = joint.end(), joint["guest"] is not None
    found.append((names[start:].strip(), start, len(names), guest))
    return [span for span in found if span[0]]


def _is_full_name(name: str) -> bool:
    """Whether a name is one of several words, none of which begins in lower case but for particles."""
    words = name.split()
    return len(words) > 1 and not words[0][0].islower() and not words[-1][0].islower()


def _is_word_without_case(name: str) -> bool:
    """Whether a name is in a script that has no case, where one word often is a full name."""
    return len(name) > 1 and name.isalpha() and name.lower() == name.upper()


def _bare(name: str) -> str:
    """Return a name without spaces around it and without a bracket that nothing closes or opens."""
    name = _DUET.sub("", name.strip(" \t,，、;；&＆:"))
    if len(name) > 2 and name[0] in '"“„«' and name[-1] in '"”“»':
        name = name[1:-1]
    for opening, closing in ("()", "[]", "（）", "【】", "{}"):
        if name.count(closing) > name.count(opening):
            name = name.removesuffix(closing).strip()
        elif name.count(opening) > name.count(closing):
            name = name.removeprefix(opening).strip()
    return name
