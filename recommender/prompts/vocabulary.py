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

COMMON_WORDS: Final = frozenset(
    """
    ability able ad ads lib libs sinister college melancholic evil cover covers abroad absolute accident across act acting action actor actual add adult adventure affair afraid
    africa age agent ago ahead album alien aliens alive alley alone aloud alright always amazing amber america anchor
    ancient angel angels anger animal animals answer anthem anyone anyway apart apartment apple arcade arch area
    arm arms army around arrow art artist artists artwork ash ashes asia ask asking atlas atmosphere attack attention
    attic aunt author authority avalanche average awake aware away awesome awful awkward babe babies bachelor back
    backwards bag ball ballad ballads balloon balloons bang bank banner bar bare barely bark base based baseball basement
    basic basket battery battle bay beach bear bears beast beaten beautiful beauty become becomes becoming bee
    bees beer beg begin beginner beginning begins behind being believe bell bells belly belong below bend beneath bench
    berlin berry best bet between beyond bicycle bike bill bird birds bit bite bitter blade blank blast bleeding bless blind
    bliss block blonde blood bloody bloom blossom blow blur board boat bodies bold bomb bombs bond bone bones bonus
    book books boom boot boots border bored boring born borrow boss boston both bottle bottom bounce bound bow bowl box
    brain brains branch brand brass brave bread break breaker breaking breath breathe breeze brick bricks bride
    bridge bridges brilliant bring bringing broken bronze brother brothers brown bubble bubbles bucket bug bugs build
    building bullet bunch bunny burn burning burst bury bus business busy butter butterfly button buy cab cabin cage cake
    california call called calling calls camera camp canada candle candles candy cape capital captain car card cardinal
    cards care careful carnival carry cars cash castle cat catch cats cause cave celebration cell center century
    chain chains chair champion chance change changes changing channel chaos chapter character charge charm chase
    cheap check cheek cheer cheese cherry chest chicago chicken chief child children china christian chocolate choice choose
    chorus church cigarette cinema circle circles circus cities clap class classroom clear clever cliff climb clock
    close closed closer clothes cloud clouds clover clown coast coat code coin colony comb come comedy comes comfort
    comic coming command common community company complete complex computer concert concrete confused connection
    conscious contact content control cook cookies cop copper copy coral core corner cosmic cotton count counting
    country couple courage course court cousin cover covers cow cowboy crack craft crash cream creation creature creep
    crew crime criminal critical crooked cross crow crowd crown cruel cruise crush cry crying crystal cult culture cup cupid
    curious current curse curve cut cuts cycle dad daddy damage damn danced dancer dancing danger dangerous darling darkness
    date daughter dawn dead deaf deal dear death deaths debut deal decade decision deck deer delicate demon demons dense
    depression desert desire desk despair destiny destroy detail detective device devil diamond diamonds diary die
    died diet difference different difficult dig digital dine direction dirt dirty disaster disease dish distance
    diverse divide divine diy dj dizzy doctor dog dogs doing dollar doom door doors double doubt dove dozen draft dragon
    dragons drama draw drawing dreamer dress drift drink drinks drip driven driver drivers drop drops drown dry duck due
    duet dumb dungeon duo dust duty dying eagle eagles ear earlier ears earth ease east eat eating echo echoes eclipse edge
    effect effects eight elder electric element elements elephant elevator eleven else embrace emergency emotion emotional
    emotions emperor empire empty enemy energy engine england enough enter envy episode equal era erotic error escape
    essence eternal etc ethereal europe eve everybody everyone evil exactly example excited exit experience explore
    explosion express extra extreme eye fabulous face faces fact factor factory fade faded failure faint fair fairy
    faith faithful fake fallen falling false fame familiar famous fan fancy fans fantastic fantasy far farewell
    farm fashion fast fat fate father fault fear fears feather feathers feat fed feed feet fell felt fence festival fever
    few fiction field fields fight fighter fighting figure film final finally find finding fine finger finish fish
    fist fit five fix flag flame flames flash flat flavor flesh flight flip float floating flock flood floor flow flower
    flowers flows fly flying focus fog follow following food fool foolish fools foot football force foreign forest
    forever forget forgotten fork form former forever fort fortune forward found foundation four fox fragile frame
    france freak free freedom freeze fresh friend frog front frost frozen fruit full future gain galaxy gallery game gamers
    games gang gap gas gate gates gather gem generation genius genre genres gentleman gentlemen ghost ghosts giant gift
    gimme girlfriend given glad glass glitter global glory glow goal goat god goddess gods goes gold gone goodbye
    gospel gossip grace grand grandma grass grateful grave gravity gray great greatest greed grey grill grind
    ground grow growing grown guard guess guest guests guide guilty gun guns gut guy guys gym habit hail hair half hall
    hallway halo halloween ham hammer hand handful hands handsome hang happen happened happens happiness harbor harbour
    hardly harmonies harmony hat hate haunted hawk hay hazy head headed headphones heal healing health heap hear heard
    hearts heat heaven heavenly heel held hell hello help helping hence hero heroes hey hidden hide higher highest highway
    hill hills hint hip history hit hits hold holding hole holy honest honey honor hood hook hop hope horizon horn horns
    horror horse horses hospital host hotel hotels house houses howl huge human humans humor hundred hunger hungry hunt
    hunter hurricane hurry hurt hurts husband hush ice idea ideal identity idle idol idols if ill illusion image
    imagine immortal impossible impression incredible indian infinite infinity influence ink inner innocence innocent
    insane insects inside inspiration instead instrument instruments interest interesting interlude internet intro
    invisible iron island islands issue issues item ivory jacket jam jar jealous jelly jet jewel jewels job jockey join
    joke joker journey joy judge juice jump junior junk jupiter just justice kept key keyboard keyboards keys kick kicking
    kidding kill killer killers killing king kingdom kings kit kite kitten knew knife knight knights knock knot known knows
    laid ladder ladies lady lake lamb lamp land lands language large laser lately later latest laugh laughter launch lava
    law lazy lead leader leaf league learn least leather leave leaves leaving led left leg legend legends lemon lemonade
    less lesson letter letters level levels liar liberty library lick lie lies lift lifted lightning likely limit limits
    lion lions lip lips liquid listen literally loaded local lock locked london loner loop loose lord lose loser losing
    loss lots lotus louder lounge lover lovers loves loving lower loyal luck lucky lunar lungs lush lust lyric mad madness
    magazine magic magical magnetic maiden main major maker making mall mama manner many map maps marble march mark
    marriage married mars mask masks mass massive master masters match material maze meal mean means meant
    meat medicine medley meet meeting melody melodies memory mental mention merchandise mercury mercy merry mess message met
    metro mexico miami middle mighty mile miles military milk million mine minimum mirror mirrors misery miss missed
    missing mission mist mistake mistakes mixed mob mode model modern mom moment moments monday money monkey monster monsters
    months monument moods moonlight moonshine moth mother motion motor mountain mountains mouse mouth move movement
    movies moving muse museum mushroom mushrooms mutual myself mystery mystic myth naked named names narrow nation national
    native natural nature naughty near nearly neat necessary neck need needle needs neighbor neighborhood neighbors
    neither neon nerve nerves nervous nest net network neutral never next nice nightmare nine nobody none nonsense noon
    normal north northern nose notes nothing notice novel nowhere numb nurse nuts oak oasis object obscure observe
    obsession obvious odd odds offer office official often oil okay older olive omen online onto opening opposite
    oracle orange orchard orchestra order ordinary organ origin original others outcast outer outlaw outlaws
    outlook outro outside oxygen pace pack page paid pain paint painted painting pair palace pale palm panda panic
    panther paper papers parachute parade paradise parallel paramount paranoid parent parents paris park part particular
    parts pass passage passenger passing passion past patch path patience patient pattern pause pavement pay peace peach
    peaches peak pearl pearls pen pencil penny perfect performance period permanent person pet phantom phase phoenix
    phone photo phrase pick picnic picture pictures pie pig pilgrim pilot pilots pin pine pineapple pink pioneer pirate
    pirates pistol pixel pizza place places plain plan plane planet planets plant plants plastic play player
    players playing pleasant please pleasure plot plug plus pocket poem poet poetry point poison police policy polite
    pool poor pop pope popcorn poppy porn portal portrait pose position positive possible post potato powder practice
    praise pray prayer preacher precious present presents president press pressure pretty price pride priest prime prince
    princess print prison prisoner private prize probably problem problems process product production professional
    profile program progress project projects promise promises proof proper property prophet protest proud proven
    psycho pub public pull pulse pump punch puppet puppets puppy pure purple purpose purse push quarter queen queens queer
    question questions quest quicker quiz rabbit race radar radio rage raging railroad rainbow rainbows raise random range
    rank rare rarely rat rather rats raven ravens raw ray reach react reader ready real reality realize really reason
    reasons rebel rebels recently recipe reckless recommendation recommendations record recorder recover reflection
    regret regular release relationship relatively relief religion remain remedy remember remind remix remixes
    rent repeat replacement reply request rescue resist respect response rest restless result retro return returns
    revenge reverse revival revolution reward rhyme rhymes rhythm rhythms rib rice rich riches ride rider riders
    riff riffs right ring rings riot riots rise rising risk ritual rituals rival river rivers robot robots rocket rockets
    rogue role roll roller rolling roman roof room rooms root roots rope rose roses rotten rough round route row royal
    royalty rubber ruby rude ruin ruins rule rules rumor runaway runner rush russia rust sacred sacrifice sadness safe
    safety said sail sailor sailors saint saints salad sale salt salvation same sample samples sanctuary sand
    sands satellite savage save saved saving savior saw say saying scale scandal scar scare scared scarlet scars scene
    scenes school science scissors scorpion scout scratch scream screaming screams screen sea seal seals search searching
    seat secret secrets section security seed seeds seek seem seemed seen self sell send sense senses sent sentimental
    serenity serious servant service seven several severe sew shade shades shadow shadows shake shaking shallow
    shame shape shapes share shark sharks sharp sheep shelf shell shelter shepherd shift shine shiny ship ships shirt shiver
    shock shoe shoes shoot shop shore shot shots should shoulder shout show shows shut shy sick side sides siege sigh
    sight sign signal signals signs silence silent silk silly silver similarly simple simply sin sinner sins sir
    siren sirens sister sisters sit site sitting situation six sixth size skeleton skill skin skull skulls sky skies slave
    sleeper slice slide slight slip slowly sludge small smart smash smell smile smiles smoke smoking
    smoother snack snake snakes snap sneak soap soar social society sock soda soldier soldiers solid solitude
    somebody someone sometimes somewhere son sonic sons soon sorrow sorry sort soul souls sounding source south southern space
    spaceship spain spare spark sparkle sparks spark speak speaker special species specific speech speed spell spice spider
    spiders spiral spirit spirits splash split spoken spoon sports spot spread sprint squad square squeeze stable stadium
    staff stage stain stairs stamp stand standard standing start started starting state states static station statue status
    stay steal steam steel step steps stereo stick sticky stiff sting stitch stolen stone stones stop stopped
    store stories storms story straight strange stranger strangers straw stream street streets strength stress
    strike string strings stripes strokes strong structure struggle stuck student stupid style styles subject sublime
    submarine suburb suburbs subway success successful sudden suede suffer sugar suggest suggestion suggestions suicide suit
    suite super superior superstar support supreme sure surf surface surfer surprise surrender survival survive survivor
    suspect swallow swan swans swear sweat sweetheart swim swimming swing sword swords symbol sympathy symphony system table
    tail takes taking tale talent tales talk talking tall tame tank tap tape target task taste tattoo tax taxi tea teach
    teacher team tear tears teen teenage teenager teens teeth telephone television tell temper temperature temple
    ten tender tennis tension terrible terror test texas text texture thank theater theme themes theory therapy thick thief
    thieves thin third thirsty thought thoughts thousand thread threat three thrill throat throne throw thumb thunder
    ticket tide tides tiger tigers tight till timber timeless tin tiny tip tired title toast tobacco together toilet told
    toll tomb tomorrow tone tones tongue tool tools tooth torch tornado torture total touch tough tourist tourists
    towel tower towers town toy toys trace tractor trade tradition traffic tragedy trail trains traitor tramp trans
    transit trash travelers treasure treat tree trees trial tribal tribe tribute trick tricks trigger trio triumph
    trouble truck trucks truly trumpet trunk trust truth tube tubes tunnel turbo turn turning turtle turtles tv twelve
    twenty twice twilight twin twins twist twisted typical ugly ultimate ultra umbrella uncle under underground
    understand underwater unicorn unicorns uniform union unique unit unity universe university unknown unsung upset uptown
    upstairs upside urban urge used useful usual vagabond valentine valley value vampire vampires van vanilla
    various vault vegas vein veins velvet vengeance venom venus verb verse verses vessel veteran victim victims
    victory video videos view villain vine violet violence violent viper virgin virtual virtue virus vision visions
    visitor vital vivid void volcano volume voodoo vow voyage wage wagon wait waiting wake waking walker wall walls wander
    wanderer wandering wanted war warlock warm warning warrior warriors wars wash waste watch watching wave waves wax
    way ways weak weakness wealth weapon weapons wear web weed weight weird welcome well went west western wet whale
    whales whatever wheel wheels whip whiskey whisper whispers whistle who whole wicked wide widow wife wildest willow win
    window windows windy wine wing wings winner winning wire wires wisdom wise wish wishes witch witches wizard wolf
    wolves women won wonder wonderful wonderland wonders wood wooden woods woody wool worm worms worn worry worse worship worst
    worth wound wounds wrap wreck wrist write writer writing written wrong yard yeah yell yesterday yet york you youth
    zebra zen zero zombie zombies zone zoo x similarly vs
    """.split()  # noqa: SIM905 - prose, not a column of quotes
)
"""All lower case. What `vocabulary` lists already need not stand here."""

PROPER_WORDS: Final = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december christmas easter halloween french german spanish italian english japanese korean brazilian
    american british arabic mexican i african asian australian canadian caribbean chinese cuban dutch european finnish greek
    hawaiian icelandic indian irish jamaican latin nordic norwegian persian polish portuguese russian scottish swedish turkish
    western africa america brazil china england europe france germany india ireland italy japan korea mexico russia spain
    alabama alaska america argentina arizona asia atlanta austin australia bahamas barcelona belfast berlin birmingham
    boston brighton bristol brooklyn california canada carolina chicago cleveland colorado cuba dallas denver detroit dublin
    egypt florida georgia glasgow greece harlem havana hollywood houston ibiza israel jamaica kansas kenya kingston lisbon
    liverpool london louisiana madrid manchester manhattan melbourne memphis miami milan minneapolis mississippi montreal moscow
    motown munich naples nashville nebraska nevada oakland ohio oslo paris philadelphia phoenix portland portugal rome
    scotland seattle seoul sweden sydney tennessee texas tokyo toronto tulsa vegas venice vienna wales washington
    aesthetic amv bbc bpm cd cds discord dj dnd edm ep eps esl fm fyi imo lgbt lgbtq lp lps mtv netflix nsfw nyc ost osts
    pov radio reddit rpg sfw soundcloud spotify tbh tiktok tldr tv uk usa valentine vhs vst wip wtf youtube
    """.split()  # noqa: SIM905 - prose, not a column of quotes
)
"""Words that people write with capitals anyway, such as days, peoples, places and media: a capital makes them no name."""
