"""The words around names: what announces one, what follows one, and what shows that a word is none."""

import re
from typing import Final, NamedTuple

from recommender.prompts.vocabulary import NO_SIGNS

NEGATOR: Final = re.compile(
    r"(?<!\w \")(?:\b(?:(?P<idiom>no (?:matter|wait|problem|worries|rush|doubt|idea|one|preference|particular|specific|limits?|pressure|wonder"
    r"|thanks|need|clue|end|more than|less than|fewer than|longer than|shorter than)|no(?:\. ?[0-9]+| [0-9]{1,2}\b)"
    r"|not (?:only|just|sure|necessarily|bad|to mention|yet|more than|less than|least|long)|nothing (?:but|except|other than|else)|nichts (?:außer|als)|rien que|nada más que|nient'altro che"
    r"|(?:why|if|or|whether) not|with or without \w+|non-?stop|(?:can't|cannot|can not|cant) (?:get enough(?: of)?|wait|stop|live without|do without)"
    r"|(?:never|not) (?:get )?tired of|(?:don't|dont|do not|never) (?:forget|stop|miss)|must not miss|(?:there's )?nothing like(?: good)?|not a day without"
    r"|warum nicht|nicht genug|nicht ohne|pas mal de|sans doute|pourquoi pas|ne me lasse pas d[eu']?|puedo vivir sin|nada como|posso vivere senza|perché non"
    r"|vivo sem|posso viver sem|mogę żyć bez|почему бы не|могу жить без)"
    r"|(?P<strong>(?:anything|everything|all|anyone|everyone) (?:but|except)(?: for)?|except(?: for)?|other than|apart from"
    r"|aside from|exclud(?:e|ing)|leave out|skip|avoid|unlike|minus|außer|sauf|excepto|eccetto|exceto)"
    r"|(?P<prefix>non(?=-))"
    r"|(?P<less>(?:less|fewer|weniger|moins(?: de| d')?|menos|meno)(?! (?:than|known)\b))"
    r"|(?P<weak>(?:don't|do not|dont|doesn't|does not|doesnt|didn't|i'd not|not) (?:want|like|need|include|play|add|have|feature|use"
    r"|contain|sound|feel|care for|give me)(?: to hear| to listen to)?|not in the mood for|not a (?:big |huge )?fan of|i hate"
    r"|can't stand|sick of|never (?:any|play)|tired of|neither|no|not|nothing|none|without|w/o|isn't|aren't|free of|ohne|keine?[mnr]?|nichts?|sans|pas(?: de| d')?|aucune?|rien de"
    r"|nada de|no quiero|(?<!of )(?<!about )(?<!the )(?<!my )sin(?! (?:city|of|and|for)\b)|niente|senza|nessuna?|sem|não quero))(?!\w)"
    rf"|(?P<sign>[{NO_SIGNS}]))"
)
"""Where a negation starts. An `idiom` only looks like one; a `strong` negator makes a name of any artist's name after it."""

QUOTED: Final = re.compile(r'"([^"]{1,100})"|(?<!\w)\'([^\']{1,100})\'(?!\w)')
NO_LIKING: Final = r"(?<!would )(?<!will )(?<!'d )(?<!\bid )(?<!n't )(?<!dont )(?<!do not )"
LIKE: Final = re.compile(
    rf"{NO_LIKING}(?<!\bi )(?<!\bwe )\b(?:like|unlike|similar(?: [\w'/-]{{1,15}}){{0,3}} to|fans? of|in the (?:style|vein|spirit|manner) of|style of|comparable to|akin to|resembling|close to"
    r"|[aà] la|such as|reminiscent of|reminds? me of|along the lines of|inspired by|influenced by|same \w{1,12} as"
    r"|comme|dans le style de|similaires? à|wie|im stil von|ähnlich(?: wie)?|como|al estilo de|parecid[oa]s? a|similar(?:es)? a) "
)
ALIKE: Final = re.compile(
    r"(?:(?! (?:but|with|for|that|which|in|while|when|because|please|play|add|give|not?|without|except)\b)[^.;!?()]){0,200}"
)
TASTE: Final = re.compile(rf"{NO_LIKING}\b(?:i like|we like|love|loves|enjoy|adore|i'm into|obsessed with) ")
BY: Final = re.compile(
    r"(?<!ed )(?<!en )\b(?:by(?! (?:the|a|an|my|your) )|feat\.?|featuring|the band|the artist|the singer) "
    r"|(?:\"|\b(?:songs?|music|tracks?|tunes|something|anything|nothing|everything|stuff|ones?|hits|albums?|remix(?:es)?|covers?)) by "
)
FROM: Final = re.compile(
    r"\b(?:(?:songs|music|tracks|tunes|stuff|something|anything|hits|some|more|ones) from|(?:playlist|mix|more|best|lots) of|play|listen to|listening to|hear|spiel(?:e|t)?(?: mir| uns)?|hör(?:e|en)?|(?:mets|joue|passe)(?:[- ]moi|[- ]nous)?|écouter|ponme|pon|toca|escuchar|metti(?:mi)?|suona(?:mi)?|ascoltare"
    r"|speel|draai|zet|puść|zagraj|włącz|включи|поставь|сыграй|послушать) "
)
BEFORE_NAME: Final = re.compile(
    r"(?:some|the|early|old|older|late|new|classic|more|any|songs?|music|tracks?|stuff|something|anything|the ones"
    r"|bands|artists|singers|albums?|called|by|from|of|like|too much|de|von|der|die|the band|the artist) "
)
BETWEEN_NAMES: Final = re.compile(r" ?[,;/&+]? ?(?:\b(?:and|or|nor|und|oder|et|ou|y|o|x|vs\.?) )?")
ENDS: Final = "and|or|nor|but|not|no|just|without|except|please|with|for|from|in|to|when|while|at|only|und|oder|et|ou|y"
# Before these even an unannounced name in lower case means an artist, if it is no plain word ("gorillaz songs").
SONGS_OF: Final = re.compile(
    r"(?:'s)? (?:songs?|albums?|tracks?|tunes|hits|covers?|type beats?)\b|の(?:曲|歌|アルバム)|的(?:歌|曲|专辑)|의? ?(?:노래|곡|앨범)"
)
PHRASE_END: Final = re.compile(rf" -(?= )| ?(?:$|[,.;:!?)/&+\"]|'s\b)| (?:{ENDS})\b")
OF_ARTIST: Final = re.compile(
    r"(?:'s)? (?:songs?|music|tracks?|tunes|hits|albums?|stuff|remix(?:es)?|covers?|vibes?|type|style)\b"
)
LIST_END: Final = re.compile(r"[ .!?]*(?:please|thanks|thank you)?[ .!?]*$")
BY_ARTIST: Final = re.compile(r"\"? ?(?:(?:,? by|,? von|,? par|,? por|-|:) )")
THEN_TITLE: Final = re.compile(
    r"(?:'s?| -|:|(?<=s)) (?:(?:new|first|last|latest|debut|second|third) )?(?:(?P<album>album|record|lp|ep) |(?:song|track|hit) )?\"?"
)
BY_NAME: Final = re.compile(r"(?<=\w) by ")
OF_FILM: Final = re.compile(
    r"\b(?:movie|film|show|series|anime|game|soundtrack (?:of|to|from|for)|ost (?:of|to|from))(?: the)? "
)
AFTER_DASH: Final = re.compile(r" ?- ?")
ALBUM: Final = re.compile(r"\b(?:albums?|lp|ep|record|off of)(?: (?:called|named|like|titled))? [\"']?")
THEN_ALBUM: Final = re.compile(r" \(?album\b")
LABEL: Final = re.compile(
    r"\b(?:(?:released|out|issued|put out|signed) (?:on|by|through|via|to|with)|(?:the |record )?labels?(?: (?:called|like))?)(?: the label)? \"?"
)
THEMSELVES: Final = re.compile(r" (?:themselves|themself|himself|herself|itself)\b")
NOT_THEM: Final = re.compile(
    r"(?:\b(?:but|just|though),? )?\b(?:not|no|nothing|without|except|excluding|minus)(?: (?:any(?:thing|more)?|more|songs?|music|stuff|tracks?)){0,2}"
    r"(?: (?:by|from|of))?(?: actually| really)? (?:them|him|her|(?:them|him|her)sel(?:f|ves)|(?:that|those|these|the(?: original| actual| same)?) (?:bands?|artists?|groups?|singers?)"
    r"(?: (?:them|him|her|it)sel(?:f|ves))?)(?= ?(?:$|[,.;:!?)]| (?:and|but|please|though|either|again)\b))"
)
THEN_DASH: Final = re.compile(r" - |- ")
CLAUSE_END: Final = re.compile(r"[,;.!?()&]| (?:and|or|but) ")
UNKNOWN_NAME: Final = re.compile(r"[\w'.-]+(?: [\w'.-]+){0,3}?(?= ?[,;/&+] | (?:and|or) )")
TITLE_END: Final = re.compile(r" ?(?:$|[,.;:!?)/&+\"-])| (?:and|or|but|by|please|und|et|y)\b")
SENTENCE_END: Final = re.compile(r"[.!?:]")


class Mark(NamedTuple):
    """Words that announce a name. A strong one makes a name even of an ordinary word ("songs like rain")."""

    like: bool = False
    strong: bool = False
    negated: bool = False


def marks_in(text: str) -> dict[int, Mark]:
    """Return where names may start because words before announce them."""
    marks: dict[int, Mark] = {}
    announced = [(match.end(), Mark(like=True, strong=True)) for match in LIKE.finditer(text)]
    announced += [(match.end(), Mark(strong=True)) for match in BY.finditer(text)]
    for match in NEGATOR.finditer(text):
        if match["idiom"] is None:
            announced.append((match.end() + 1, Mark(strong=match["strong"] is not None, negated=True)))
    announced += [(match.end(), Mark()) for match in TASTE.finditer(text)]
    announced += [(match.end(), Mark()) for match in FROM.finditer(text)]
    for position, mark in announced:
        while (name := position + text.startswith(('"', "'"), position)) not in marks:
            marks[name] = mark
            if (more := BEFORE_NAME.match(text, position)) is None:
                break
            position = more.end()
    return marks


ABOUT: Final = re.compile(
    r"\b(?:about|über|sobre|sur|su|over|про|о|об|movies?|films?|filme?|musicals?|soundtracks?|series|shows?|games?|anime)\b",
    re.IGNORECASE,
)
"""What stands before that of which titles may speak."""
