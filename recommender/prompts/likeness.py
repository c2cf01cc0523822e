"""What says that a name is an example ("like X", "X gibi", "between X and Y"): the grammar of likeness in a dozen languages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from recommender.prompts.wishes import ALIKE, LIKE, Wish, WishKind

_FAR: Final = 48  # characters that what stands before a name has at most, with articles

_LIKE: Final = (
    r"such as|similar to|akin to|resembl(?:e|es|ing)|reminiscent of|reminds? (?:me|us) of|fans? of|vein (?:of|as)|style of|spirit of"
    r"|along the lines of|(?:inspired|influenced) by|close to|(?:a|à) la|vibes? of|(?:some|mid)where between|between|meets|(?:mix|blend|cross|mixture) (?:of|between)"
    r"|wie|als|ähnlich\w*(?: wie| zu)?|verwandt mit|vergleichbar\w* mit|(?:im (?:stil|geiste?|sinne)|(?:in|nach) (?:der )?art|fans|stimmung) (?:von|der|des)"
    r"|richtung|erinner\w+ an|klingen nach|zwischen|(?:mi(?:schung|x)|mittelding) (?:aus|zwischen|von)"
    r"|comme|façon|genre|style|vibe|(?:genre|style|esprit|registre|go[uû]t|lignée|veine|ambiance|manière|fans) d(?:es?|u)|ressembl\w+ (?:à|aux?)|(?:semblable|comparable|similaire)s? (?:à|aux?)"
    r"|proches? d(?:es?|u)|inspirée?s? (?:de|par)|rappel(?:le|lent|ant)|entre|mélange (?:de|entre)|(?:même (?:\w+ )?|pareil )que"
    r"|como|tipo|estilo|onda|rollo|a lo|en plan|(?:estilo|onda|línea|linea|vena|rollo|aires?|fans?|mezcla) (?:del?|a)|parecid[oa]s? (?:al?|con)|similar(?:es)? al?|(?:recuerd|parezc)\w+ (?:al?)?"
    r"|suen[ae]n? (?:como|a)|inspirad[oa]s? (?:en|por)|tirando a"
    r"|igual(?: ao?)?|(?:linha|vibe|pegada|onda|pique|naipe|estilo|g[eê]nero|fãs|mistura|maneira|moda|praia) d(?:[eao]s?)|parecid[oa]s? (?:com (?:[ao]s?)?|ao?s?)|semelhantes? (?:a|à|ao)s?|pare[cç]\w+ com|pareça\w*|lembr\w+"
    r"|come|alla|stile|(?:(?:stile|genere|scia|falsariga|linea|umore|gusto|fan|mondo|roba) )d(?:i|ei|egli|elle|el|ella)|simil[ei] a(?:d|i|gli|lle|l|lla)?|(?:as)?somigli\w+ a(?:d|i|gli|lle|l|lla)?|ricord(?:a|ano|ino|i)|(?:vicin|affin)[ioe] a(?:i|gli|lle|l|lla)?"
    r"|tra|fra|mix (?:di|tra|fra)|per chi ama"
    r"|zoals|(?:stijl|trant|geest|sfeer|fans|mix) van|lijk(?:t|en|end)? op|vergelijkbaar met|denken aan|soort|tussen|kruising tussen"
    r"|jak(?: u)?|w (?:styl|klimac|klimat|guści|duch|rodzaj)\w+|typu|podobn\w+ do|zbliżon\w+ do|przypomina\w*|(?:po)?między|mieszank\w+|połączeni\w+|fanów"
    r"|как(?: у)?|вроде|типа|наподобие|в (?:духе|стиле|манере|ключе)|похож\w+ на|напомина\w+|близк\w+ к|ближе к|между|смесь|микс|а-ля|аналоги|(?:фанатов|поклонников|любителей)"
)
"""What stands before an example, articles left out; spelt in lower case."""

_THE: Final = (
    r"(?:(?:an?|the|some|old|early|die|der|den|das|dem|frühen?|alten?|les?|la|los|las|el|os?|as?|gli|il|i|de|het|un[ae]?|ein\w{0,2}|(?:the |the early )?(?:band|group|groupe?|grupp[oe]|"
    r"groep|grupa|zespołu|zespół|группы?|музык[аи]|music of|songs? by|stuff by|von|canciones de|de))\s+|l'|d'|d’|l’)?"
)
_BEFORE: Final = re.compile(
    rf"(?<![\w'])(?:(?:{_LIKE})\s+{_THE}{_THE}|(?:esprit|genre|style|goût|fans|proches?) d['’]|[像似如]|类似于?|介于|跟|和 ?)[\"'“«„「『]?\Z"
)

_AFTER: Final = re.compile(
    r"[\"'”»“」』]?(?:"
    r"[- ](?:like|esque|ish|inspired|sounding|styled?|type|vibes?|adjacent|(?:sound|look)-?alikes?|territory|mäßig\w*|artig\w*|esk\w*|ähnlich\w*|stil|achtige?|stijl|meets)\b"
    r"|,? (?:and|or|und|oder|et|ou|y|o|e|i|lub|en|of|и|или|ve|veya) (?:(?:the|other|im|jemu|им|ему|ей) )?(?:similar\w*|like|co\b|company|ähnlich\w*|konsorten|similaires|compagnie|parecid\w+|compañía"
    r"|simili|dintorni|afins|podobn\w+|spółka|soortgelijke|aanverwant\w*|подобн\w+|похож\w+|benzer\w*)"
    r"|(?:['’]?\w{1,3})?\s+(?:gibi|tarzı\w*|tarzi\w*|stili\w*|benze[rty]\w*|benzi\w*|ayarı\w*|havası\w*|tadı\w*|kafası\w*|kıvamı\w*|çizgisi\w*|vari|misali|aras[ıi]\w*|karışı\w*|andıra\w*|yakın|dinleyen\w*|hayran\w*|seven\w*)\b"
    r"|\s*(?:みたい|っぽ|ぽい|風|系|(?:の|さんの)?よう[なに]|に似|似の|ライク|的な|に近い|に影響|から影響|の影響|を?リスペクト|を彷彿|を思わせ|寄り|好き|が好き|ファン|(?:の|と)?(?:中間|間|あいだ)|の(?:雰囲気|感じ|路線|系統|世界観|ノリ)"
    r"|路線|テイスト|くらいの|ばりの|調の)"
    r"|\s*(?:이랑|랑|하고|와|과|의|이|을|를)?\s*(?:같은|같이|느낌|처럼|비슷|비스무리|스타일|풍|류의?(?= )|사이|중간|스러운|정도의|좋아하|계열|계보|닮은|연상|분위기|삘|감성|팬)"
    r"|\s*(?:这样|那样|那种|这种|一样|似的|之类|之间|类似|差不多|的?风格|的?感觉|味)"
    r")"
)
_IN_THAT_STYLE: Final = re.compile(
    r"\b(?:(?:in|of) (?:that|this|the same|a similar) (?:style|vein|spirit|mould|mold)|(?:similar|close) to (?:them|him|her|that|those)|(?:in|von) (?:diese[mr]|de[mr]selben|de[mr] gleichen|de[mr]|ähnliche[mr]) (?:stil|art|richtung)"
    r"|dans (?:ce|le même|un) (?:style|genre|esprit)(?! d)|du même (?:style|genre)|(?:en|de|por) es[ea] (?:mism[oa] )?(?:estilo|rollo|onda|línea|tipo)|(?:in|di|su) (?:quello|questo|quel|quella) (?:stesso )?(?:stile|genere|scia)"
    r"|ness[ea] (?:mesm[oa] )?(?:estilo|linha|pegada|vibe)|in (?:die|dezelfde|deze) (?:stijl|sfeer|trant|hoek)|w (?:tym|takim|podobnym) (?:samym )?(?:stylu|klimacie|duchu)|в (?:таком|этом|том|похожем) (?:же )?(?:стиле|духе|ключе)"
    r"|(?:bu|o|şu) tarz\w*)(?!\w)|(?:そん|こん|あん)な(?:感じ|風|雰囲気)|그런 (?:느낌|스타일|분위기)|(?:那种|这种|这样的?)(?:风格|感觉)",
)
"""What says of whoever was named before that music shall be like theirs."""
_OTHERS: Final = re.compile(
    r"\bother (?:\w+ )?(?:bands|artists|groups|singers|musicians|acts|people|names|rappers)|\bandere[nr]? (?:\w+ )?(?:bands?|bandjes|künstler|gruppen|sänger|musiker|acts|leute|artiesten|groepen|zangers)"
    r"|\bautres (?:groupes|artistes|chanteu|musiciens|noms)|\botr[oa]s (?:grupos|bandas|artistas|cantantes|músicos)|\boutr[oa]s (?:bandas|artistas|grupos|cantor|músicos)"
    r"|\baltr[ie] (?:gruppi|band|artisti|cantanti|musicisti|nomi)|\binn(?:e|ych|i|ymi) (?:zesp|artyst|wykonawc|kapel|grup)|\b(?:başka|diğer) (?:grup|sanatçı|şarkıcı|isim)"
    r"|\bдруг\w+ (?:групп|исполнител|артист|музыкант|певц|певиц)|(?:他|別|ほか)の(?:バンド|アーティスト|歌手|グループ|人)|다른 (?:밴드|가수|아티스트|그룹|뮤지션|사람)|(?:其他|别的|其它)的?(?:乐队|歌手|艺人|组合|音乐人)"
)
"""What asks for others than those who are examples."""


def is_likened(text: str, start: int, end: int) -> bool:
    """Return whether what stands right beside a name, `text[start:end]` in lower case, makes it an example."""
    return _BEFORE.search(text, max(0, start - _FAR), start) is not None or _AFTER.match(text, end) is not None


def is_taken_up(text: str, end: int) -> bool:
    """Return whether what stands somewhere behind a name that ends at `end` takes it up as an example: "in that style"."""
    return _IN_THAT_STYLE.search(text, end) is not None


def as_examples(text: str, named: Sequence[Wish]) -> Iterator[Wish]:
    """Yield whom a prompt names: who is an example once is one wherever it names them, and is kept out where it asks for others."""
    alike = {(wish.kind, wish.value) for wish in named if wish.kind in ALIKE}
    others = _OTHERS.search(text.lower()) is not None
    for wish in named:
        if (LIKE.get(wish.kind), wish.value) not in alike:
            yield wish
        if others and wish.kind is WishKind.LIKE_ARTIST:
            yield replace(wish, kind=WishKind.NOT_ARTIST, hard=True)
