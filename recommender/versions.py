"""Which titles name the same song: remarks on a version (live, remastered, sped up, with a guest) are told from the title."""

import re
import unicodedata
from typing import Final

_YEAR: Final = r"(?:19|20)\d\d"
_MADE: Final = (
    r"remaster\w*|remasteri[sz]\w+|remix\w*|re-?mixed|mix|edit|edition|version|versione?|versao|demos?|live|acoustic\w*|acustic[oa]|"
    r"acoustique|akustisch|unplugged|instrumental|karaoke|nightcore|daycore|(?:8|9|16)d(?: audio)?|sped[ -]up|speed[ -]up|"
    r"slowed(?:[ -]down)?|(?:slowed )?(?:and|&|\+|n)? ?reverb(?:ed)?|re-?record\w+|a ?cappella|acapella|dub|bootleg|rework\w*|"
    r"stripped|mono|stereo|explicit|clean|dirty|uncensored|bonus(?: track)?|(?:alternat\w+ |out)?takes?(?: \d+)?|"
    r"sessions?|performances?|edited|extended|short|long|loop(?:able| \w)?|no (?:drums|vocals)|backing track|soundtrack|ao vivo|en vivo|en directo|dal vivo|en concert|in concert|cover|original|"
    r"(?:official |lyrics? |music )+(?:video|audio)|lyrics?|visuali[sz]er|h[dq]|4k"
)
_REMARK: Final = re.compile(
    rf"(?:.*[^\w'])?(?:{_MADE})(?:[ ,.+&(-]*(?:{_YEAR}\)?|no\.? ?\d+|#?\d{{1,2}}))?"
    rf"|(?:{_YEAR} )?(?:digital(?:ly)? )?(?:remaster\w*|re-?record\w+)\b.*"
    rf"|(?:recorded )?live(?: (?:at|in|from|on|@)\b| ?[;:,]).*|live .*{_YEAR}|in the style of .*"
    r"|(?:feat|ft|featuring|with|prod|produced by|con|avec)\b.*"
    r"|(?:taken )?from (?:the (?:vault|film|movie|motion picture|original|series|musical|soundtrack)\b|[\"'\u201c\u2018]).*"
    rf"|(?:demo|take|mix|remix|version),? (?:{_YEAR}|\d{{1,2}})"
)
"""Said in brackets or behind a dash, in lower case: another making of the same song. A part or movement is none."""

_TRAILING: Final = re.compile(
    rf"[ ,:~/|]+(?:{_YEAR} remaster(?:ed)?(?: version)?|remastered(?: (?:in )?{_YEAR})?(?: version)?|radio edit|extended mix|"
    r"(?:live|acoustic|instrumental|karaoke|extended|album|single|demo|sped[ -]up|slowed) version|nightcore|8d audio|"
    r"sped[ -]up|slowed(?: ?(?:and|&|\+|n)? ?reverb(?:ed)?))$"
    r"|[ ,]+(?:feat\.?|ft\.|featuring) (?:(?! - ).)*$"
)
"""Said at the end of a title without a bracket or a dash: only what names nothing else."""

_BRACKETS: Final = re.compile(r"\s*(?:\(((?:[^()]|\([^()]*\))*)\)|\[((?:[^\[\]]|\[[^\[\]]*\])*)\]|\{([^{}]*)\})")
_DASH: Final = re.compile(r"\s+[-\u2013\u2014]+\s+|\s*[\u2013\u2014]\s*")

_NOT_NAMES: Final = re.compile(
    r"(?:intro|outro|interlude|skit|prelude|untitled|introduction|hidden track|bonus track|(?:audio )?track)(?: \d+)?"
)


def song_title(title: str) -> str:
    """Return a title in lower case without accents and without remarks on the version; all of it if it is nothing else.

    Live, remastered, remixed, edited, sped up, slowed, nightcore, 8D, karaoke, instrumental, acoustic, demo and re-recorded
    versions, and those with guests, are versions; parts, movements, subtitles and numbers belong to a song's name.
    """
    plain = "".join(char for char in unicodedata.normalize("NFKD", title).lower() if not unicodedata.combining(char))
    whole = plain = " ".join(plain.replace("\u2019", "'").split())
    plain = _BRACKETS.sub(_unless_remark, plain)
    parts = _DASH.split(plain)
    while len(parts) > 1 and (not parts[-1] or _REMARK.fullmatch(parts[-1].strip(" .,"))):
        parts.pop()
    plain = " - ".join(parts)
    while (shorter := _TRAILING.sub("", plain)) != plain:
        plain = shorter
    return plain.strip() or whole


def names_a_song(title: str) -> bool:
    """Whether a title (of `song_title`) can tell songs by one artist apart; "Intro" or "Untitled 2" cannot across albums."""
    return not _NOT_NAMES.fullmatch(title.strip("[]() "))


def _unless_remark(found: re.Match[str]) -> str:
    inside = next(part for part in found.groups() if part is not None)
    return "" if not inside.strip() or _REMARK.fullmatch(inside.strip(" .,")) else found[0]
