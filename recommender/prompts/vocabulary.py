"""The words that reading a prompt rests on, as plain data; all lower case, English first."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH_FUNCTION_WORDS: Final = _words(
    """
    a about above after again all along also although am an and another any anything are around as at away be
    because been before being below between both but by can could did do does doing down during each else etc even
    every everything few for from full get give go going good had has have having he hear her here hers him his how
    i if in into is it its just keep kind kinda know least less let like lot lots made make many may maybe me might
    more most mostly much my need new no none nor not nothing now of off old on once one only or other our out over
    own per play please plus put rather really same she should similar since so some something sort still stuff such
    take than thank thanks that the their them then there these they thing things this those though through till to
    together too toward under until up us use used using very via want was we well were what when where which while
    who whose why will with within without would yeah you your
    """
)

FUNCTION_WORDS: Final = _ENGLISH_FUNCTION_WORDS | _words(
    """
    aber als am auch auf aus bei bitte das dem den der
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

NUMBER_WORDS: Final = _words(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred dozen zwei drei fünf fünfzehn zehn zwanzig
    dreißig vierzig deux trois cinq quinze dix vingt trente quarante dos tres cinco quince diez veinte treinta cuarenta
    due cinque quindici dieci venti trenta quaranta duas três dez vinte trinta quarenta
    """
)
"""Numbers that are artists' names as well; what they say is read in `number_words`."""


SOUND_WORDS: Final = _words(
    """
    calm calming chill chilled chilling chillout gentle laid-back lullabies lullaby meditation meditative mellow
    peaceful quiet relax relaxed relaxing restful serene sleep sleeping sleepy asleep bedtime soothing tranquil
    unwind unwinding low-energy ruhig ruhige ruhiges ruhiger entspannt entspannte einschlafen calme calmes
    relaxant relaxante tranquilo tranquila relajante calma calmo dormir rilassante rilassanti tranquilla
    tranquille schlafen calmer quieter gentler douce doux aggressive banging bangers danceable energetic
    energetisch energiegeladen energizing energising exhilarating gym high-energy hype intense lively party
    partying pumped pumping raging rowdy running upbeat workout workouts énergique énergiques enérgica enérgico
    fiesta festa energica energico animada laufen livelier moderate moderately medium-energy mid-energy slow
    slower langsam langsame langsamer lent lente lento lenta lenti largo adagio andante allegro presto midtempo
    mid-tempo uptempo up-tempo fast faster fast-paced schnell schnelle schneller rapide rápido rápida veloce
    veloci
    """
)
"""Words of energy and tempo, which are artists' names as well."""

NO_SIGNS: Final = (
    "\N{NO ENTRY SIGN}\N{CROSS MARK}\N{NO ENTRY}\N{FACE WITH NO GOOD GESTURE}\N{THUMBS DOWN SIGN}\N{PROHIBITED SIGN}"
)
"""Pictures that negate what follows them."""

YES_SIGNS: Final = "\N{WHITE HEAVY CHECK MARK}\N{HEAVY CHECK MARK}\N{THUMBS UP SIGN}\N{HEAVY PLUS SIGN}"
"""Pictures that agree, and are of nothing."""
