"""The words that reading a prompt rests on, as plain data; all lower case, English first."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _counted(text: str, first: int, step: int = 1) -> dict[str, int]:
    return {word: first + step * i for i, word in enumerate(text.split())}


FUNCTION_WORDS: Final = _words(
    """
    a about above after again all along also although am an and another any anything are around as at away be
    because been before being below between both but by can could did do does doing down during each else etc even
    every everything few for from full get give go going good had has have having he hear her here hers him his how
    i if in into is it its just keep kind kinda know least less let like lot lots made make many may maybe me might
    more most mostly much my need new no none nor not nothing now of off old on once one only or other our out over
    own per play please plus put rather really same she should similar since so some something sort still stuff such
    take than thank thanks that the their them then there these they thing things this those though through till to
    together too toward under until up us use used using very via want was we well were what when where which while
    who whose why will with within without would yeah you your aber als am auch auf aus bei bitte das dem den der
    des die ein eine einen einer für gib ich im ist kein keine mal man mehr mich mir mit nach nicht nur oder ohne
    sehr sind und vom von vor wie zu zum zur au aux avec ce ces comme dans de des du elle en est et je la le les
    leur mais mes moi mon ou par pas pour quelque que qui sans sur un une al con como del el ella en es las los mas
    me mi mis muy para pero por que quiero si sin sobre su sus un una unos y alle allo anche che ci coi dei degli
    del della delle di e gli ho il lo mia mie mio nei nella non per piu più qualche senza sono sul uno vorrei voglio
    ao aos as até com da das do dos e em eu mais meu meus minha minhas na nas não no nos ou pelo pela para por quero sem ser
    só uma umas uns
    """
)

MUSIC_NOUNS: Final = _words(
    """
    album albums anthems artist artists audio band bands beats collection group groups hits kind kinds list lists
    mix mixes mixtape music musicians number numbers one ones piece pieces playlist playlists playlisted recordings
    records selection set sets singles song songs soundtrack stuff thing things tracks track tune tunes type types
    version versions chanson chansons lied lieder morceaux musik musique música musica stücke temas titel titres
    canciones canción brani brano canzone canzoni faixa faixas músicas pezzi liste lista
    """
)

GENRES: Final = _words(
    """
    acid acoustic afrobeat afrobeats alternative ambient americana bachata baroque bebop beat blues bluegrass bossa
    nova bollywood britpop celtic chamber chillhop chillwave choral cinematic classical country crunk cumbia dance
    dancehall darkwave deathcore disco dnb downtempo drill drone drum dub dubstep edm electro electronic electronica
    emo eurodance experimental fado flamenco folk funk fusion garage gospel goth gothic grime grunge hardcore
    hardstyle hip hop hiphop hip-hop house hyperpop idm indie industrial jazz jpop j-pop jungle klezmer kpop k-pop
    latin lofi lo-fi lounge mambo mariachi math merengue metal metalcore minimal motown neoclassical newwave noise
    nu-jazz opera orchestral phonk polka pop post-punk post-rock prog progressive psychedelic psytrance punk ragtime
    rap rave reggae reggaeton rnb r&b rock rockabilly salsa samba shoegaze ska soul soundtracks surf swing symphonic
    synthpop synthwave tango techno thrash trance trap trip-hop vaporwave waltz world zydeco schlager variété
    """
)

EVERYDAY_WORDS: Final = _words(
    """
    afternoon air alone american angry arabic april asleep august autumn baby background bad bass beach beautiful
    bed bedtime best better big birthday black blue body boy boys brazilian breakfast bright british car cello
    chillout christmas city classic classics clean club coding coffee cold color colour concentration cool cooking
    cosy cozy crazy cute daily dark day days december deep dinner dream dreams dreamy drinking drive driving drums
    early easter easy end english epic evening ever eyes fall family favorite favourite february feel feeling
    feelings feels female fire first flute focus french friday friends fun funny garden german girl girls golden
    great green groove groovy guitar guitars halloween happy hard head heart heartbreak heavy high holiday home hot
    hour hours icy italian january japanese july june kids kiss kitchen korean last late life light lights little
    live lonely long lost loud love lovely low lullaby lunch male man march me meditation melancholic melancholy
    melodic memories mexican midnight mind minute minutes monday month mood moody moon morning motivation movie
    moving night nights nostalgia nostalgic november ocean october office old older people perfect piano popular
    power quick quiet rain rainy reading red relaxed relaxation road romance romantic run running sad saturday
    school sea season second seconds september sessions sex sexy short shower sky slow smooth snow soft solo sound
    sounds spanish spring star stars steady storm strings study studying summer sun sunday sunny sunrise sunset
    sunshine sweet synth synths thursday time times today tonight top train travel trip true tuesday uplifting
    vacation vibe vibes vintage violin vocal vocals voice voices walk walking warm water weather wedding wednesday
    week weekend white wild wind winter woman women word words work working world year years yes yoga young
    """
)
"""Words of ordinary prompts that are artists' names as well: alone and in lower case they mean themselves."""

SMALL_WORDS: Final = _words("a and by de for in la le les n of on or the to y")
"""Words that stay small within a name written with capitals."""

NUMBER_WORDS: Final = (
    _counted("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen", 1)
    | _counted("seventeen eighteen nineteen", 17)
    | _counted("twenty thirty forty fifty sixty seventy eighty ninety hundred", 20, 10)
    | {"half a dozen": 6, "dozen": 12, "a dozen": 12, "two dozen": 24, "a hundred": 100}
    | {"zwei": 2, "drei": 3, "fünf": 5, "fünfzehn": 15, **_counted("zehn zwanzig dreißig vierzig", 10, 10)}
    | {"deux": 2, "trois": 3, "cinq": 5, "quinze": 15, **_counted("dix vingt trente quarante", 10, 10)}
    | {"dos": 2, "tres": 3, "cinco": 5, "quince": 15, **_counted("diez veinte treinta cuarenta", 10, 10)}
    | {"due": 2, "cinque": 5, "quindici": 15, **_counted("dieci venti trenta quaranta", 10, 10)}
    | {"duas": 2, "três": 3, "dez": 10, "quinze": 15, "vinte": 20, "trinta": 30, "quarenta": 40}
)

DECADE_WORDS: Final = {
    **_counted("twenties thirties forties fifties sixties seventies eighties nineties noughties", 1920, 10),
    **_counted("fünfziger sechziger siebziger achtziger neunziger", 1950, 10),
    **_counted("fünfzigern sechzigern siebzigern achtzigern neunzigern", 1950, 10),
    **_counted("cincuenta sesenta setenta ochenta noventa", 1950, 10),
    **_counted("cinquanta sessanta settanta ottanta novanta", 1950, 10),
    "aughts": 2000,
}

ENERGY_WORDS: Final = {
    **dict.fromkeys(
        _words(
            """
    calm calming chill chilled chilling chillout gentle laid-back lullabies lullaby meditation meditative mellow
    peaceful quiet relax relaxed relaxing restful serene sleep sleeping sleepy asleep bedtime soothing tranquil
    unwind unwinding low-energy ruhig ruhige ruhiges ruhiger entspannt entspannte einschlafen calme calmes relaxant
    relaxante tranquilo tranquila relajante calma calmo dormir rilassante rilassanti tranquilla tranquille schlafen
    calmer quieter gentler douce doux
    """
        ),
        "low",
    ),
    **dict.fromkeys(_words("moderate moderately medium-energy mid-energy"), "medium"),
    **dict.fromkeys(
        _words(
            """
    aggressive banging bangers danceable energetic energetisch energiegeladen energizing energising exhilarating gym
    high-energy hype intense lively party partying pumped pumping raging rowdy running upbeat workout workouts
    énergique énergiques enérgica enérgico fiesta festa energica energico animada laufen
    livelier
    """
        ),
        "high",
    ),
}

ENERGY_PHRASES: Final = {
    "low energy": "low",
    "laid back": "low",
    "wind down": "low",
    "medium energy": "medium",
    "dinner party": "medium",
    "cocktail party": "medium",
    "high energy": "high",
    "more energy": "high",
    "work out": "high",
    "working out": "high",
}

TEMPO_WORDS: Final = {
    **dict.fromkeys(_words("slow slower langsam langsame langsamer lent lente lento lenta lenti"), (None, 95.0)),
    "largo": (40.0, 60.0),
    "adagio": (55.0, 76.0),
    "andante": (76.0, 108.0),
    "allegro": (120.0, 156.0),
    "presto": (168.0, 200.0),
    **dict.fromkeys(["midtempo", "mid-tempo"], (95.0, 130.0)),
    **dict.fromkeys(
        _words("uptempo up-tempo fast faster fast-paced schnell schnelle schneller rapide rápido rápida veloce veloci"),
        (130.0, None),
    ),
}

TEMPO_PHRASES: Final = {
    "running pace": (150.0, 180.0),
    "running tempo": (150.0, 180.0),
    "jogging pace": (140.0, 165.0),
    "walking pace": (100.0, 120.0),
}
"""Beats per minute; runners take about 160 to 180 steps a minute and walkers 100 to 120."""

VOICE_WORDS: Final = _words(
    """
    lyrics lyric singer singers singing sung vocal vocalist vocalists vocals voice voices gesang stimme stimmen
    paroles voix voz voces voce voci vozes
    """
)

UNSUNG_WORDS: Final = VOICE_WORDS | _words(
    "words word sing text texte texten worte chant letra letras canto parole testo"
)
"""What a prompt says there shall be none of when it means instrumental music."""

SWEAR_WORDS: Final = _words(
    """
    explicit swear swears swearing curse curses cursing cuss cussing profanity profanities profane obscene
    obscenities vulgar vulgarity f-bombs nsfw schimpfwörter schimpfworte explizites explizite expliziten explicite
    explicites grossièretés palabrotas parolacce palavrões
    """
)

SWEAR_PHRASES: Final = frozenset(
    {
        "bad language",
        "bad words",
        "foul language",
        "explicit content",
        "strong language",
        "dirty lyrics",
        "dirty words",
        "gros mots",
        "swear words",
    }
)

DEGREES: Final = _words(
    """
    too very overly really super so that particularly excessively extremely especially quite much many zu sehr trop
    très muy
    """
)

CONNECTORS: Final = _words(
    """
    a about an any anything are being by contain containing feature featuring from have having has in is like made
    more music-like my of on other single some sound sounding sounds such than the their this those these which with
    who von mit aus über der die das den dem des wie du de le la les un une avec par el los las con por
    """
)
"""Words that lead to what is negated ("nothing by ...", "no songs about ...") and end it once it has been named."""

NEGATION_ENDS: Final = _words(
    """
    also although as aber because bitte but during either etc for give however i if im i'm instead just juste keep let lets longer
    mainly mais make maybe mostly nur only over per pero play please plus rather seulement since solo sondern
    shorter thank thanks then though to under until using we whatsoever when where while you
    """
)

POPULAR_WORDS: Final = _words(
    """
    hits hit mainstream popular famous well-known best-known chart charts chart-topper chart-toppers chart-topping overplayed
    bekannte bekannten populäre connus tubes éxitos famosas successi sucessos
    """
)
OBSCURE_WORDS: Final = _words(
    """
    obscure underground lesser-known little-known unknown niche underrated undiscovered overlooked unbekannte unbekannten
    méconnus méconnues desconocidas desconocidos sconosciute desconhecidas
    """
)
"""What a prompt calls tracks that few people play."""

EMOJI_WORDS: Final = {
    "\N{UMBRELLA WITH RAIN DROPS}": "rain",
    "\N{CLOUD WITH RAIN}": "rain",
    "\N{BLACK SUN WITH RAYS}": "sunny",
    "\N{SNOWFLAKE}": "winter",
    "\N{CRESCENT MOON}": "night",
    "\N{WATER WAVE}": "ocean",
    "\N{BEACH WITH UMBRELLA}": "beach",
    "\N{HOT BEVERAGE}": "coffee",
    "\N{AUTOMOBILE}": "driving",
    "\N{BOOKS}": "study",
    "\N{PERSONAL COMPUTER}": "coding",
    "\N{CHRISTMAS TREE}": "christmas",
    "\N{JACK-O-LANTERN}": "halloween",
    "\N{BIRTHDAY CAKE}": "birthday",
    "\N{HEAVY BLACK HEART}": "love",
    "\N{BROKEN HEART}": "heartbreak",
    "\N{CRYING FACE}": "sad",
    "\N{LOUDLY CRYING FACE}": "sad",
    "\N{SMILING FACE WITH SMILING EYES}": "happy",
    "\N{FIRE}": "hype",
    "\N{PARTY POPPER}": "party",
    "\N{FACE WITH PARTY HORN AND PARTY HAT}": "party",
    "\N{DANCER}": "dance",
    "\N{MAN DANCING}": "dance",
    "\N{WEIGHT LIFTER}": "workout",
    "\N{FLEXED BICEPS}": "workout",
    "\N{RUNNER}": "running",
    "\N{SLEEPING FACE}": "sleep",
    "\N{SLEEPING SYMBOL}": "sleep",
    "\N{PERSON IN LOTUS POSITION}": "meditation",
    "\N{MUSICAL KEYBOARD}": "piano",
    "\N{GUITAR}": "guitar",
    "\N{SAXOPHONE}": "saxophone",
    "\N{TRUMPET}": "trumpet",
    "\N{VIOLIN}": "violin",
    "\N{DRUM WITH DRUMSTICKS}": "drums",
    "\N{MICROPHONE}": "vocals",
}
"""What a picture says, as a word."""

NO_SIGNS: Final = (
    "\N{NO ENTRY SIGN}\N{CROSS MARK}\N{NO ENTRY}\N{FACE WITH NO GOOD GESTURE}\N{THUMBS DOWN SIGN}\N{PROHIBITED SIGN}"
)
"""Pictures that negate what follows them."""

LANGUAGE_WORDS: Final = {
    word: code
    for code, names in {
        "af": "afrikaans",
        "am": "amharic",
        "ar": "arabic arabisch arabe árabe arabo",
        "bg": "bulgarian",
        "bn": "bengali",
        "ca": "catalan katalanisch catalán",
        "cs": "czech tschechisch",
        "cy": "welsh",
        "da": "danish dänisch",
        "de": "german deutsch allemand allemande allemands allemandes alemán alemana alemanas tedesco tedesche alemão alemãs",
        "el": "greek griechisch grec griego greco",
        "en": "english englisch anglais anglaise anglaises inglés inglesa inglesas inglese inglesi inglês",
        "es": "spanish spanisch espagnol espagnole espagnoles español española españolas españoles spagnolo spagnole espanhol espanholas castellano",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian farsi",
        "fi": "finnish finnisch",
        "fr": "french französisch français française françaises francés francesa francesas francese francesi francês",
        "ga": "irish",
        "gl": "galician",
        "he": "hebrew hebräisch",
        "hi": "hindi",
        "hr": "croatian",
        "hu": "hungarian ungarisch",
        "hy": "armenian",
        "id": "indonesian",
        "is": "icelandic",
        "it": "italian italienisch italien italienne italiennes italiano italiana italianas italiane",
        "ja": "japanese japanisch japonais japonés giapponese japonês",
        "ka": "georgian",
        "ko": "korean koreanisch coréen coreano",
        "la": "latin latein",
        "lt": "lithuanian",
        "lv": "latvian",
        "mn": "mongolian",
        "ms": "malay",
        "nl": "dutch niederländisch",
        "no": "norwegian norwegisch",
        "pa": "punjabi",
        "pl": "polish polnisch",
        "pt": "portuguese portugiesisch portugais portugaise portugués portuguesa portoghese português portuguesas",
        "ro": "romanian",
        "ru": "russian russisch russe ruso russo",
        "sr": "serbian",
        "sv": "swedish schwedisch",
        "sw": "swahili",
        "ta": "tamil",
        "te": "telugu",
        "th": "thai",
        "tl": "tagalog",
        "tr": "turkish türkisch",
        "uk": "ukrainian",
        "ur": "urdu",
        "vi": "vietnamese",
        "wo": "wolof",
        "yi": "yiddish jiddisch",
        "yo": "yoruba",
        "zh": "chinese mandarin chinesisch chinois chino cinese",
        "zu": "zulu",
    }.items()
    for word in names.split()
}
"""Languages by what English, German, French, Spanish, Italian and Portuguese call them; ISO 639-1."""
