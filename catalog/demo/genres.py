"""The genres of the generated catalog: how each one sounds, who plays it, and how its titles read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Genre:
    """One genre.

    `family` is the taste group that listens to it. `tempo` in beats per minute, `energy` and `valence` in [0, 1],
    `duration` in seconds and `years` are closed ranges. `instrumental` and `explicit` are shares in [0, 1], the latter of
    the sung tracks. Every track has the instruments of `core`; some of `colour` join. `names` and `titles` name patterns
    of `demo_words`; a name with `{first}` or `{last}` alone is a person's. `acts` says how many artists play it.
    """

    name: str
    family: str
    broader: tuple[str, ...]
    tempo: tuple[int, int]
    energy: tuple[float, float]
    valence: tuple[float, float]
    duration: tuple[int, int]
    years: tuple[int, int]
    core: tuple[str, ...]
    colour: tuple[str, ...]
    moods: tuple[str, ...]
    tags: tuple[str, ...]
    names: tuple[str, ...]
    titles: str
    countries: tuple[str, ...]
    acts: int
    instrumental: float = 0.0
    explicit: float = 0.0
    language: str = "en"


def _genre(
    name: str,
    family: str,
    broader: str,
    tempo: tuple[int, int],
    energy: tuple[float, float],
    valence: tuple[float, float],
    duration: tuple[int, int],
    years: tuple[int, int],
    core: str,
    colour: str,
    moods: str,
    tags: str,
    names: str,
    titles: str,
    countries: str,
    acts: int,
    instrumental: float = 0.0,
    explicit: float = 0.0,
    language: str = "en",
) -> Genre:
    """Read a row of the table: lists are texts with bars, territories are separated by spaces."""
    broader_, core_, colour_, moods_, tags_, names_ = (
        tuple(part for part in text.split("|") if part) for text in (broader, core, colour, moods, tags, names)
    )
    return Genre(
        name, family, broader_, tempo, energy, valence, duration, years, core_, colour_, moods_, tags_, names_, titles,
        tuple(countries.split()), acts, instrumental, explicit, language,
    )  # fmt: skip


_PERSON = "{first} {last}"

# fmt: off
GENRES: tuple[Genre, ...] = (
    _genre("cool jazz", "jazz", "jazz", (72, 132), (0.10, 0.42), (0.28, 0.65), (190, 420), (1955, 2026),
           "piano|double bass|drums", "trumpet|saxophone|vibraphone|guitar", "mellow|relaxed|reflective",
           "rainy day|late night|sunday morning|dinner|coffee shop|reading|evening",
           f"{_PERSON}|{{first}} {{last}} {{jazz_band}}|{{last}} {{jazz_band}}", "jazz", "US DK PL FR DE SE IT", 13, 0.93),
    _genre("piano trio", "jazz", "jazz", (66, 140), (0.08, 0.45), (0.30, 0.70), (180, 400), (1958, 2026),
           "piano|double bass|drums", "brushes", "mellow|intimate|reflective",
           "rainy day|sunday morning|coffee shop|focus|dinner|reading|quiet evening",
           "{first} {last} Trio|{last} Trio", "jazz", "US NO JP FR CZ GB DE", 13, 1.0),
    _genre("hard bop", "jazz", "jazz|bebop", (140, 250), (0.52, 0.85), (0.45, 0.85), (200, 480), (1954, 2024),
           "saxophone|trumpet|piano|double bass|drums", "trombone|guitar", "lively|cool|restless",
           "cooking|late night|city|party", f"{_PERSON} {{jazz_band}}|{_PERSON}", "bop", "US GB FR JP", 8, 0.97),
    _genre("noir jazz", "jazz", "jazz|dark jazz", (48, 82), (0.05, 0.30), (0.08, 0.32), (220, 520), (1996, 2026),
           "saxophone|piano|double bass", "brushes|trumpet|vibraphone|synthesizer", "melancholic|mysterious|nocturnal",
           "rainy day|late night|night drive|city|writing|november", f"{_PERSON} {{jazz_band}}|{_PERSON}", "noir",
           "DE NO US FR PL", 8, 1.0),
    _genre("vocal jazz", "jazz", "jazz", (60, 140), (0.12, 0.50), (0.30, 0.75), (150, 300), (1956, 2026),
           "vocals|piano|double bass|drums", "trumpet|guitar|strings", "romantic|warm|intimate",
           "dinner|date night|sunday morning|evening|rainy day", _PERSON, "swoon", "US GB CA FR SE", 9),
    _genre("bossa nova", "jazz", "jazz|latin jazz|brazilian", (100, 144), (0.15, 0.45), (0.45, 0.80), (130, 280), (1959, 2025),
           "guitar|double bass|percussion", "piano|flute|saxophone", "mellow|warm|breezy",
           "sunday morning|coffee shop|beach|summer|dinner", f"{_PERSON}|{{bossa_band}}", "pt", "BR PT", 8, 0.4,
           language="pt"),
    _genre("jazz fusion", "jazz", "jazz|fusion", (96, 152), (0.50, 0.82), (0.40, 0.78), (220, 480), (1971, 2025),
           "electric piano|bass|drums|guitar", "synthesizer|saxophone|percussion", "energetic|adventurous|cool",
           "night drive|coding|city", f"{_PERSON}|{_PERSON} {{jazz_band}}", "fusion", "US JP GB IT PL", 7, 0.95),
    _genre("spiritual jazz", "jazz", "jazz", (70, 132), (0.35, 0.70), (0.35, 0.70), (320, 720), (1966, 2025),
           "saxophone|piano|double bass|drums", "harp|flute|percussion", "spiritual|hopeful|searching",
           "meditation|sunday morning|sunrise", f"{_PERSON} {{jazz_band}}|{_PERSON}", "spirit", "US GB ZA GH", 5, 0.94),
    _genre("lo-fi hip hop", "calm", "lo-fi|chillhop|beats", (66, 92), (0.12, 0.38), (0.30, 0.62), (95, 190), (2014, 2026),
           "drum machine|electric piano|sampler", "guitar|vinyl crackle|bass", "mellow|nostalgic|cozy",
           "study|focus|late night|rainy day|coding|coffee shop", "{lofi_name}", "lofi", "US JP DE FR CA", 12, 0.96),
    _genre("jazzhop", "calm", "lo-fi|jazz|beats", (72, 96), (0.15, 0.42), (0.32, 0.66), (110, 210), (2012, 2026),
           "drum machine|piano|double bass", "saxophone|trumpet|vibraphone|vinyl crackle", "mellow|cozy|relaxed",
           "study|rainy day|coffee shop|sunday morning|coding|reading", "{lofi_name}", "lofi", "US JP GB PL DE", 8, 1.0),
    _genre("ambient", "calm", "electronic", (44, 84), (0.02, 0.22), (0.20, 0.55), (200, 620), (1978, 2026),
           "synthesizer", "field recordings|piano|guitar|strings", "peaceful|dreamy|spacious",
           "focus|sleep|meditation|reading|winter|night", f"{{air_name}}|{_PERSON}", "air", "GB NO IS DE US CA", 10, 1.0),
    _genre("drone", "calm", "ambient|experimental", (40, 60), (0.01, 0.14), (0.05, 0.32), (420, 1500), (1985, 2026),
           "synthesizer", "organ|cello|field recordings|guitar", "meditative|somber|spacious",
           "sleep|deep focus|meditation|night", f"{{air_name}}|{_PERSON}", "drone", "DE SE US GB", 6, 1.0),
    _genre("new age", "calm", "ambient|meditation", (48, 76), (0.02, 0.18), (0.40, 0.72), (200, 600), (1984, 2026),
           "synthesizer", "flute|harp|piano|singing bowls|field recordings", "peaceful|soothing|healing",
           "sleep|yoga|meditation|spa|morning", f"{_PERSON}", "rest", "US CA JP IE", 6, 0.95),
    _genre("neoclassical piano", "calm", "modern classical|classical", (52, 104), (0.04, 0.26), (0.15, 0.50), (120, 300),
           (2003, 2026), "piano", "strings|cello|synthesizer|violin", "melancholic|intimate|reflective",
           "focus|reading|rainy day|study|sleep|autumn", _PERSON, "keys", "DE IS NO FR IT JP GB", 9, 1.0),
    _genre("deep house", "electronic", "house|electronic", (116, 126), (0.48, 0.74), (0.42, 0.74), (260, 460), (1992, 2026),
           "synthesizer|drum machine|bass", "electric piano|percussion|sampler", "groovy|warm|hypnotic",
           "party|night drive|rooftop|summer|dancing", f"{{club_name}}|{_PERSON}", "club", "DE GB US ZA FR BE", 8, 0.6),
    _genre("techno", "electronic", "electronic", (126, 144), (0.70, 0.96), (0.15, 0.48), (300, 520), (1990, 2026),
           "synthesizer|drum machine", "sampler|modular synthesizer", "hypnotic|dark|driving",
           "club|warehouse|running|workout|after hours", f"{{club_name}}|{_PERSON}", "machine", "DE US BE GB IT PL", 9, 0.93),
    _genre("drum and bass", "electronic", "jungle|electronic", (166, 178), (0.72, 0.96), (0.28, 0.66), (220, 400), (1993, 2026),
           "drum machine|bass|synthesizer", "sampler|electric piano|strings", "energetic|intense|urgent",
           "running|workout|gaming|club|coding", "{club_name}", "jungle", "GB NZ AT CZ", 6, 0.75),
    _genre("downtempo", "electronic", "trip hop|electronic", (68, 104), (0.20, 0.50), (0.18, 0.52), (200, 360), (1992, 2025),
           "synthesizer|drum machine|bass", "electric piano|strings|sampler|guitar", "moody|sensual|nocturnal",
           "late night|night drive|rainy day|cooking", f"{{club_name}}|{_PERSON}", "trip", "GB FR AT DE US", 8, 0.5),
    _genre("synthwave", "electronic", "electronic|retrowave", (82, 120), (0.48, 0.80), (0.38, 0.72), (180, 330), (2008, 2026),
           "synthesizer|drum machine", "guitar|saxophone|bass", "nostalgic|driving|cool",
           "night drive|gaming|80s|running|coding", "{club_name}", "retro", "US FR SE GB CA", 7, 0.72),
    _genre("electronica", "electronic", "electronic|idm", (92, 142), (0.35, 0.72), (0.25, 0.62), (190, 400), (1994, 2026),
           "synthesizer|drum machine", "sampler|piano|strings|modular synthesizer", "playful|dreamy|intricate",
           "coding|focus|commute|night", f"{{club_name}}|{_PERSON}", "machine", "GB DE US IS CA JP", 7, 0.82),
    _genre("classic rock", "rock", "rock", (88, 148), (0.55, 0.88), (0.40, 0.80), (180, 380), (1967, 2012),
           "vocals|electric guitar|bass|drums", "organ|piano|harmonica", "confident|nostalgic|rebellious",
           "road trip|summer|driving|barbecue", f"{{rock_a}} {{rock_b}}|The {{rock_a}} {{rock_b}}|{_PERSON} Band", "rock",
           "US GB CA AU", 9, 0.02, 0.04),
    _genre("blues rock", "rock", "blues|rock", (68, 132), (0.42, 0.80), (0.28, 0.64), (190, 400), (1966, 2024),
           "vocals|electric guitar|bass|drums", "harmonica|organ|slide guitar|piano", "gritty|longing|confident",
           "road trip|whiskey|late night|bar", f"{_PERSON}|{_PERSON} Band", "blues", "US GB IE CA", 7, 0.06, 0.05),
    _genre("punk rock", "rock", "punk|rock", (150, 210), (0.80, 0.98), (0.35, 0.72), (75, 190), (1976, 2026),
           "vocals|electric guitar|bass|drums", "", "rebellious|angry|restless",
           "skating|workout|running|party", "{punk_name}", "punk", "US GB CA AU", 8, 0.0, 0.45),
    _genre("post-rock", "rock", "instrumental rock|rock", (66, 128), (0.28, 0.78), (0.15, 0.48), (300, 760), (1996, 2026),
           "electric guitar|bass|drums", "strings|piano|glockenspiel|cello", "cinematic|melancholic|epic",
           "focus|winter|writing|night drive|hiking", "{post_name}", "post", "GB US CA IS JP", 7, 0.96),
    _genre("psychedelic rock", "rock", "psychedelia|rock", (82, 138), (0.42, 0.76), (0.38, 0.74), (190, 480), (1966, 2025),
           "vocals|electric guitar|organ|bass|drums", "sitar|flute|synthesizer", "dreamy|playful|trippy",
           "summer|festival|60s revival|road trip", "The {rock_a} {rock_b}|{rock_a} {rock_b}", "psych", "GB US AU FR", 5, 0.08),
    _genre("indie pop", "indie", "indie|pop", (92, 142), (0.40, 0.76), (0.50, 0.88), (150, 260), (1994, 2026),
           "vocals|guitar|bass|drums", "synthesizer|glockenspiel|piano|trumpet", "sweet|hopeful|playful",
           "summer|road trip|commute|picnic|coffee shop", f"{{indie_name}}|{_PERSON}", "indie", "GB SE US AU FR NZ", 9, 0.0, 0.04),
    _genre("indie rock", "indie", "indie|rock", (104, 166), (0.55, 0.88), (0.35, 0.74), (160, 290), (1992, 2026),
           "vocals|electric guitar|bass|drums", "synthesizer|piano|organ", "restless|nostalgic|anthemic",
           "commute|road trip|festival|party|running", "{indie_name}", "indie", "GB US CA IE AU", 9, 0.0, 0.12),
    _genre("dream pop", "indie", "indie|pop", (74, 122), (0.24, 0.56), (0.28, 0.62), (190, 340), (1988, 2026),
           "vocals|electric guitar|synthesizer|drum machine", "bass|strings", "dreamy|wistful|romantic",
           "late night|rainy day|autumn|bedroom|night drive", f"{{dream_name}}|{_PERSON}", "dream", "US GB CA FR JP", 8, 0.03),
    _genre("shoegaze", "indie", "indie|rock|noise pop", (88, 136), (0.52, 0.84), (0.22, 0.54), (200, 400), (1989, 2026),
           "vocals|electric guitar|bass|drums", "synthesizer", "hazy|wistful|intense",
           "autumn|night walk|90s|headphones", "{dream_name}", "dream", "GB US IE JP", 5, 0.06),
    _genre("german indie", "indie", "indie|deutschpop", (94, 152), (0.42, 0.82), (0.35, 0.72), (160, 260), (1999, 2026),
           "vocals|guitar|bass|drums", "synthesizer|piano", "wistful|defiant|hopeful",
           "commute|summer|berlin|party", f"{{de_name}}|{_PERSON}", "de", "DE AT CH", 6, 0.0, 0.08, language="de"),
    _genre("heavy metal", "metal", "metal|rock", (120, 208), (0.84, 0.99), (0.18, 0.48), (200, 420), (1980, 2026),
           "vocals|electric guitar|bass|drums", "keyboards", "aggressive|epic|powerful",
           "workout|gym|gaming|driving", "{metal_name}", "grave", "GB DE SE US FI", 7, 0.02, 0.12),
    _genre("doom metal", "metal", "metal", (46, 82), (0.55, 0.82), (0.04, 0.26), (360, 900), (1985, 2026),
           "vocals|electric guitar|bass|drums", "organ", "crushing|somber|dark",
           "winter|night|candlelight", "{metal_name}", "grave", "GB US FI SE", 6, 0.12, 0.04),
    _genre("black metal", "metal", "metal", (130, 220), (0.88, 1.0), (0.03, 0.22), (260, 620), (1990, 2026),
           "vocals|electric guitar|bass|drums", "synthesizer", "bleak|furious|cold",
           "winter|forest|night", "{metal_name}", "grave", "NO SE FR US", 5, 0.05, 0.08),
    _genre("boom bap", "hip hop", "hip hop|rap", (82, 98), (0.45, 0.74), (0.38, 0.70), (150, 270), (1990, 2026),
           "vocals|drum machine|sampler", "bass|turntables|electric piano", "confident|nostalgic|streetwise",
           "city|commute|90s sound|barbershop|basketball", "{rap_name}", "rap", "US GB CA FR", 10, 0.02, 0.62),
    _genre("trap", "hip hop", "hip hop|rap", (128, 160), (0.55, 0.84), (0.22, 0.56), (130, 220), (2010, 2026),
           "vocals|drum machine|synthesizer", "bass|piano|bells", "dark|boastful|hypnotic",
           "gym|workout|party|night drive", "{trap_name}", "trap", "US CA GB", 8, 0.0, 0.82),
    _genre("jazz rap", "hip hop", "hip hop|rap|jazz", (80, 102), (0.36, 0.62), (0.45, 0.74), (160, 290), (1991, 2026),
           "vocals|drum machine|double bass", "saxophone|piano|trumpet|vibraphone", "thoughtful|warm|cool",
           "coffee shop|commute|sunday morning|cooking", "{rap_name}", "rap", "US GB FR JP", 6, 0.04, 0.38),
    _genre("soul", "soul", "soul|r&b", (66, 126), (0.35, 0.72), (0.45, 0.84), (150, 270), (1962, 2024),
           "vocals|bass|drums|organ", "trumpet|saxophone|strings|guitar|piano", "warm|heartfelt|uplifting",
           "cooking|sunday morning|wedding|60s sound|date night", f"{_PERSON}|{_PERSON} & the {{soul_band}}", "soul", "US GB", 9, 0.02),
    _genre("neo soul", "soul", "soul|r&b", (64, 98), (0.28, 0.56), (0.42, 0.74), (180, 320), (1996, 2026),
           "vocals|electric piano|bass|drums", "guitar|trumpet|flute", "sensual|warm|mellow",
           "late night|date night|coffee shop|cooking", _PERSON, "soul", "US GB CA", 7, 0.03, 0.16),
    _genre("funk", "soul", "funk|soul", (96, 122), (0.64, 0.90), (0.64, 0.95), (180, 400), (1968, 2025),
           "bass|drums|guitar|clavinet", "trumpet|saxophone|trombone|organ", "groovy|joyful|playful",
           "party|dancing|cleaning|barbecue|roller skating", f"{{soul_band}}|{_PERSON} & the {{soul_band}}", "funk", "US GB FR JP", 6,
           0.35),
    _genre("contemporary r&b", "soul", "r&b", (60, 112), (0.30, 0.64), (0.30, 0.66), (160, 260), (1994, 2026),
           "vocals|drum machine|synthesizer|bass", "piano|guitar", "sensual|romantic|vulnerable",
           "late night|date night|bedroom|heartbreak", "{rnb_name}", "rnb", "US GB CA", 7, 0.0, 0.34),
    _genre("folk", "folk", "folk|singer-songwriter", (68, 128), (0.10, 0.42), (0.28, 0.66), (150, 300), (1963, 2026),
           "vocals|acoustic guitar", "fiddle|banjo|harmonica|accordion|cello", "gentle|wistful|earnest",
           "campfire|autumn|sunday morning|hiking|rainy day", f"{_PERSON}|{{folk_group}}", "folk", "GB IE US CA SE", 10, 0.05),
    _genre("americana", "folk", "folk|country|roots", (72, 132), (0.25, 0.60), (0.30, 0.66), (170, 300), (1974, 2026),
           "vocals|acoustic guitar|bass|drums", "pedal steel|fiddle|mandolin|harmonica", "wistful|weathered|longing",
           "road trip|campfire|driving|heartbreak", f"{_PERSON}|{{folk_group}}", "road", "US CA AU", 7, 0.02, 0.03),
    _genre("country", "folk", "country", (84, 148), (0.42, 0.80), (0.48, 0.88), (150, 250), (1965, 2026),
           "vocals|acoustic guitar|electric guitar|bass|drums", "pedal steel|fiddle|piano|banjo", "heartfelt|fun|proud",
           "road trip|barbecue|summer|honky-tonk|driving", _PERSON, "road", "US CA AU", 8, 0.0, 0.02),
    _genre("bluegrass", "folk", "country|folk", (112, 166), (0.52, 0.82), (0.52, 0.88), (120, 240), (1958, 2025),
           "banjo|fiddle|acoustic guitar|double bass", "mandolin|dobro", "lively|joyful|homespun",
           "campfire|hiking|cooking|porch", f"{{grass_group}}|{_PERSON}", "holler", "US CA CZ", 5, 0.45),
    _genre("solo piano", "classical", "classical", (50, 132), (0.05, 0.42), (0.18, 0.64), (110, 420), (1962, 2026),
           "piano", "", "reflective|romantic|elegant",
           "reading|focus|dinner|study|quiet evening", _PERSON, "piano", "DE PL FR JP IT CZ", 6, 1.0),
    _genre("chamber music", "classical", "classical", (58, 142), (0.12, 0.52), (0.22, 0.68), (180, 620), (1960, 2026),
           "violin|viola|cello", "piano|clarinet|double bass", "elegant|intense|reflective",
           "reading|focus|dinner|sunday morning", "{ensemble}", "chamber", "DE AT CZ FR NO IT", 6, 1.0),
    _genre("orchestral", "classical", "classical|symphonic", (56, 152), (0.20, 0.78), (0.20, 0.72), (240, 1100), (1958, 2026),
           "strings|brass|woodwinds|timpani", "piano|harp|violin", "majestic|dramatic|stirring",
           "concentration|concert hall|winter", "{orchestra}", "large", "DE CZ NO PL IT", 5, 1.0),
    _genre("choral", "classical", "classical|sacred", (46, 92), (0.06, 0.34), (0.25, 0.60), (140, 480), (1970, 2025),
           "vocals|choir", "organ", "serene|solemn|luminous",
           "candlelight|winter|meditation|church", "{choir}", "choral", "GB NO IT IS", 3, 0.0, 0.0, "la"),
    _genre("film score", "classical", "soundtrack|cinematic|orchestral", (54, 150), (0.12, 0.86), (0.12, 0.68), (90, 380), (1968, 2026),
           "strings|brass", "piano|synthesizer|percussion|harp|cello", "cinematic|suspenseful|epic",
           "writing|gaming|focus|trailer|adventure", _PERSON, "film", "US GB DE FR IS IT", 8, 1.0),
    _genre("salsa", "latin", "latin|tropical", (164, 216), (0.66, 0.92), (0.66, 0.96), (210, 360), (1967, 2025),
           "vocals|piano|trumpet|congas|bass", "trombone|timbales|guiro", "joyful|passionate|festive",
           "dancing|party|summer|cooking", f"{{salsa_band}}|{_PERSON}", "salsa", "CU CO PR MX", 6, 0.05, language="es"),
    _genre("cumbia", "latin", "latin|tropical", (84, 106), (0.52, 0.82), (0.62, 0.92), (170, 300), (1964, 2026),
           "accordion|bass|guacharaca|congas", "synthesizer|guitar|flute", "festive|playful|groovy",
           "dancing|party|barbecue|summer", f"{{salsa_band}}|{_PERSON}", "salsa", "CO MX AR", 5, 0.3, language="es"),
    _genre("reggaeton", "latin", "latin|urbano", (88, 104), (0.66, 0.90), (0.50, 0.86), (150, 240), (2002, 2026),
           "vocals|drum machine|synthesizer|bass", "guitar|sampler", "sensual|boastful|party",
           "party|dancing|gym|beach|summer", "{urban_es}", "reggaeton", "PR CO DO MX", 6, 0.0, 0.48, "es"),
    _genre("bolero", "latin", "latin|ballad", (58, 92), (0.10, 0.38), (0.18, 0.50), (150, 260), (1955, 2024),
           "vocals|guitar", "strings|maracas|piano|requinto", "romantic|melancholic|longing",
           "date night|heartbreak|late night|dinner", _PERSON, "bolero", "MX CU ES", 4, 0.04, 0.0, "es"),
    _genre("tango", "latin", "latin|argentine", (58, 132), (0.32, 0.66), (0.18, 0.52), (150, 300), (1955, 2023),
           "bandoneon|violin|piano|double bass", "guitar", "dramatic|passionate|melancholic",
           "dancing|late night|dinner|buenos aires", f"{{tango_band}}|{_PERSON}", "bolero", "AR", 3, 0.7, language="es"),
    _genre("afrobeat", "afro", "afrofunk|world", (98, 128), (0.62, 0.90), (0.52, 0.86), (300, 780), (1969, 2026),
           "drums|bass|guitar|saxophone|trumpet", "organ|talking drum|shekere", "groovy|defiant|hypnotic",
           "dancing|party|cooking|festival", f"{{afro_band}}|{_PERSON}", "afro", "NG GH", 6, 0.35),
    _genre("highlife", "afro", "world|african", (96, 128), (0.44, 0.72), (0.66, 0.94), (190, 360), (1957, 2024),
           "vocals|guitar|bass|percussion", "trumpet|saxophone|organ", "joyful|sunny|nostalgic",
           "cooking|sunday morning|wedding|summer", f"{{highlife_band}}|{_PERSON}", "highlife", "GH NG", 4, 0.1),
    _genre("amapiano", "afro", "house|african|electronic", (108, 116), (0.50, 0.78), (0.46, 0.80), (240, 460), (2015, 2026),
           "log drum|synthesizer|drum machine", "piano|percussion|flute", "groovy|hypnotic|celebratory",
           "party|dancing|rooftop|summer", f"{{piano_name}}|{_PERSON}", "amapiano", "ZA", 5, 0.4, 0.05, "zu"),
    _genre("reggae", "afro", "roots reggae|caribbean", (64, 92), (0.38, 0.66), (0.56, 0.86), (170, 310), (1968, 2025),
           "vocals|bass|drums|guitar", "organ|trumpet|melodica|percussion", "laid-back|hopeful|defiant",
           "beach|summer|sunday morning|barbecue", f"{{reggae_name}}|{_PERSON}", "reggae", "JM GB TT", 6, 0.02, 0.03),
    _genre("dub", "afro", "reggae|electronic", (64, 84), (0.28, 0.56), (0.34, 0.62), (200, 400), (1973, 2026),
           "bass|drums|tape echo", "melodica|organ|guitar|sampler", "spacious|hypnotic|laid-back",
           "late night|coding|headphones|beach", "{dub_name}", "dub", "JM GB DE", 4, 0.94),
    _genre("pop", "pop", "dance pop", (94, 134), (0.58, 0.88), (0.50, 0.92), (150, 230), (1998, 2026),
           "vocals|synthesizer|drum machine|bass", "guitar|piano|strings", "uplifting|catchy|romantic",
           "party|commute|summer|running|singalong", f"{{pop_name}}|{_PERSON}", "pop", "US GB SE CA AU", 10, 0.0, 0.10),
    _genre("synth-pop", "pop", "pop|new wave|electronic", (102, 136), (0.52, 0.82), (0.36, 0.76), (180, 290), (1979, 2026),
           "vocals|synthesizer|drum machine", "bass|guitar|saxophone", "cool|nostalgic|yearning",
           "80s|night drive|dancing|commute", "{synth_name}", "synthpop", "GB DE SE US FR", 7, 0.04),
    _genre("chanson", "pop", "french pop|singer-songwriter", (68, 126), (0.18, 0.52), (0.32, 0.70), (150, 260), (1958, 2025),
           "vocals|piano|double bass", "accordion|strings|guitar", "romantic|wistful|witty",
           "dinner|paris|rainy day|sunday morning", _PERSON, "fr", "FR BE", 5, 0.02, 0.0, "fr"),
    _genre("city pop", "pop", "j-pop|pop|funk", (96, 124), (0.52, 0.78), (0.58, 0.88), (210, 320), (1978, 2025),
           "vocals|bass|drums|electric piano|guitar", "saxophone|synthesizer|strings", "nostalgic|breezy|glamorous",
           "summer|night drive|80s|city|beach", f"{{city_name}}|{_PERSON}", "ja", "JP", 5, 0.05, 0.0, "ja"),
    _genre("disco", "pop", "dance|funk|nu-disco", (112, 126), (0.68, 0.92), (0.70, 0.97), (190, 420), (1974, 2026),
           "vocals|bass|drums|strings", "guitar|electric piano|trumpet|synthesizer", "joyful|glamorous|euphoric",
           "party|dancing|70s sound|roller skating|cleaning", f"{{disco_name}}|{_PERSON}", "disco", "US FR IT GB", 6, 0.06),
)
# fmt: on

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(genre.family for genre in GENRES))
"""The taste groups."""
