"""The words of the generated catalog: names and titles are composed from patterns, none of them a real artist's."""

import re
from collections.abc import Mapping
from random import Random

Banks = Mapping[str, tuple[str, ...]]
"""A slot's name and the words that may fill it."""

_SLOT = re.compile(r"\{(\w+)\}")


def compose(rng: Random, patterns: tuple[str, ...], banks: Banks) -> str:
    """Fill the slots (`{town}`) of one of the patterns with words from the banks; words may have slots again.

    A word that the text has already is avoided where the bank has others.

    Raises KeyError naming a slot that has no bank.
    """
    text = rng.choice(patterns)
    while slot := _SLOT.search(text):
        bank = banks[slot[1]]
        fresh = [word for word in bank if word not in text]
        text = text[: slot.start()] + rng.choice(fresh or bank) + text[slot.end() :]
    return text


def words(text: str) -> tuple[str, ...]:
    """Split a list of words at its bars."""
    return tuple(word.strip() for word in text.split("|"))


WORDS: Banks = {
    slot: words(text)
    for slot, text in {
        # Shared by many genres.
        "girl": "Ines|Marguerite|Odile|Rosa|Thea|Lenka|Salome|Beatriz|Noor|Wilhelmina|Edda|Clarice|Imani|Yuki|Perpetua|"
        "Linnea|Solveig|Magda|Coralie|Tamsin|Agathe|Renata|Delphine|Hester|Ottilie|Mirela|Josephine|Adela|Frida|Zelda",
        "boy": "Anselm|Cosmo|Otis|Leopold|Rufus|Tobias|Emil|Percy|László|Ambrose|Kofi|Mateo|Silas|Hugo|Casimir|Barnaby|"
        "Milo|Enzo|Thaddeus|Ossian|Felix|Jasper|Lorcan|Dimitri|Rafael|Bram|Ignatius|Caspian|Elias|Walter",
        "town": "Lisbon|Ostrava|Galway|Trieste|Duluth|Tromsø|Porto|Malmö|Leith|Gdansk|Halifax|Ghent|Odessa|Valparaíso|"
        "Bergen|Kyoto|Marfa|Tangier|Antwerp|Bristol|Turin|Savannah|Lübeck|Sète|Hobart|Aarhus|Cádiz|Reykjavik|Tulsa|Lviv",
        "us_town": "Tulsa|Duluth|Marfa|Savannah|Natchez|Laredo|Abilene|Cheyenne|Macon|Wichita|Baton Rouge|Youngstown|Toledo|"
        "El Paso|Knoxville|Amarillo|Mobile|Fresno|Gary|Biloxi",
        "gold_coast": "Takoradi|Tema|Elmina|Winneba|Kumasi|Keta",
        "street": "Lenox Street|Ferry Lane|Canal Row|Juniper Street|the Rue des Lilas|Mercer Steps|Half Moon Alley|"
        "Wharf Road|Kastanienallee|Orchard Street|Pearl Court|Bleecker Yard|Saint Ann's|Harp Lane|Tollgate Road|"
        "Mulberry Walk|Quay Street|Bakers Row|the Old Arcade|Linden Square",
        "weather": "Rain|Drizzle|Fog|Snowfall|Mist|Sleet|Thunder|Overcast|Frost|Downpour|Haze|Cloudburst|Northwind",
        "month": "January|February|March|April|May|June|July|August|September|October|November|December",
        "weekday": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "hour": "Two in the Morning|Half Past Four|a Quarter to Three|Midnight|Noon|Dusk|Six Fifteen|First Light",
        "number": "Two|Three|Four|Five|Six|Seven|Nine|Eleven|Twelve|Nineteen|Forty",
        "digit": "1|2|3|4|5|6|7|8|9",
        "roman": "I|II|III|IV|V|VI|VII|VIII",
        "colour": "Blue|Amber|Indigo|Grey|Crimson|Ochre|Violet|Copper|Ivory|Jade|Rust|Silver|Vermilion|Umber",
        "bird": "Heron|Swallow|Kestrel|Nightjar|Magpie|Plover|Wren|Curlew|Starling|Rook|Lapwing|Tern|Linnet",
        "tree": "Willow|Alder|Juniper|Hawthorn|Cedar|Larch|Elm|Rowan|Birch|Sycamore|Poplar|Hazel",
        # Jazz.
        "jazz_thing": "Lantern|Streetcar|Overcoat|Umbrella|Elevator|Matinee|Postcard|Cigarette Case|Staircase|Ashtray|"
        "Fire Escape|Typewriter|Windowpane|Taxi|Nightcap|Corner Booth|Saxophone Case|Ballroom|Alibi|Telegram|Cufflink|"
        "Balcony|Last Train|Piano Stool|Metronome|Velvet Rope|Side Door|Doorman|Sugar Cube|Rooftop",
        "jazz_adj": "Blue|Slow|Borrowed|Tilted|Quiet|Crooked|Patient|Smoky|Minor|Velvet|Late|Unhurried|Half-Lit|"
        "Second-Hand|Sleepless|Tender|Oblique|Rainy|Sunday|Forgotten",
        "jazz_time": "Lullaby|Waltz|Interlude|Reverie|Ballad|Afterthought|Nocturne|Samba|Blues|Stroll|Serenade|Promise",
        "bop": "Scramble|Shuffle|Bounce|Hustle|Sprint|Strut|Dash|Caper|Detour|Quickstep|Sidestep|Romp|Ricochet|Gambit",
        "swoon": "Moonlight|Your Gloves|Paper Roses|the Piano|Yesterday's Hat|a Borrowed Key|Tea for One|the Long Way|"
        "Perfume|Cold Champagne|the Last Dance|Your Shadow|a Foolish Wish|Candle Wax|Small Talk|the Doorbell|Old Letters",
        "spirit": "Ancestor|River|Temple|Sunrise|Desert|Pilgrim|Delta|Mountain|Elder|Comet|Nile|Horizon|Altar|Baobab",
        "fusion": "Prism|Velocity|Quartz|Monorail|Parallax|Gyroscope|Turbine|Solar Sail|Chromium|Catalyst|Vector|Orbit|"
        "Neon Delta|Tectonic|Helix|Cobalt|Zephyr|Mirage|Centrifuge|Refraction",
        "pt_noun": "Onda|Saudade|Janela|Chuva|Manhã|Areia|Varanda|Lua|Maré|Gaivota|Jangada|Rede|Neblina|Flor|Esquina|Vela",
        "pt_adj": "Azul|Mansa|de Abril|de Domingo|Distante|do Sul|de Vidro|Calada|Leve|de Papel|sem Pressa|da Tarde",
        # Calm.
        "lofi_a": "rainy|sleepy|warm|dusty|foggy|slow|lazy|mossy|faded|quiet|soft|paper|velvet|cloudy|blue|borrowed",
        "lofi_b": "cassette|windowsill|notebook|tea|sidewalk|bus stop|houseplant|library|blanket|polaroid|staircase|"
        "umbrella|bookmark|kettle|balcony|sweater|lamplight|laundromat|crossword|rooftop|postcard|vending machine",
        "lofi_c": "at 3am|before class|in october|for two|again|after work|on the last train|with the window open|"
        "(for mom)|while it rains|on repeat|and toast|by the river|in slow motion|at the corner store|for the cat",
        "air": "Glass|Tide|Lichen|Vapour|Snow|Meridian|Salt|Ash|Estuary|Moss|Ozone|Dusk|Marrow|Pollen|Silt|Aurora|"
        "Basalt|Fjord|Lantern|Winter|Halo|Gauze|Ember|Plain|Reservoir|Field|Shoal|Canopy|Ice|Hollow",
        "air_verb": "Drifting|Settling|Unfolding|Receding|Breathing|Thawing|Listening|Hovering|Dissolving|Turning|Waiting",
        "drone": "Monolith|Undertow|Furnace|Long Wave|Standing Tone|Permafrost|Transformer|Hull|Bell Metal|Cistern|"
        "Low Pressure|Harmonic Dust|Carrier|Substation|Silo|Turbine Hall|Foghorn|Organ Pipe|Granite|Mains Hum",
        "rest": "Stillness|Sanctuary|Soft Rain|Deep Breath|Moonbath|Quiet Garden|Still Water|Cedar Bath|Slow Sunrise|"
        "Warm Stone|Feather|Lotus|Sleeping Valley|Gentle Tide|Bamboo|Open Palm|Night Meadow|White Linen|Hushed Forest",
        "keys": "Letter|Window|Attic|Snowdrift|Paper Boat|Orchard|Corridor|Music Box|Photograph|Threshold|Small Room|"
        "Inheritance|Handwriting|Empty Chair|Curtain|Drawer|Staircase|Hinge|Sketch|First Snow|Candle|Postscript",
        # Electronic.
        "club": "Basement|Strobe|Body|Motion|Pulse|Nightbus|Sweat|Afterhours|Mirrorball|Freight|Warehouse|Silhouette|"
        "Undertow|Limbo|Signal|Circuit|Carousel|Contact|Fever|Gravity|Velours|Static|Tunnel|Daybreak|Heatwave",
        "club_adj": "Deep|Analog|Endless|Liquid|Hollow|Concrete|Magnetic|Second|Lost|Solar|Velvet|Inner|Broken|Subsonic|"
        "Northern|Midnight|Floating|Raw|Parallel|Distant",
        "machine": "Lattice|Relay|Oscillator|Kernel|Hexagon|Sequence|Modulus|Aperture|Tessellate|Diode|Grid|Cipher|"
        "Ferrite|Phase|Isotope|Vertex|Synapse|Array|Torque|Filament|Axiom|Node|Spectrum|Reactor",
        "mix": "Club Mix|Dub|Extended|Warehouse Edit|Night Version|Terrace Mix|Live Take|Reprise",
        "jungle": "Rollage|Reload|Pressure|Concrete Jungle Gym|Switchblade Amen|Low Ceiling|Tower Block|Ricochet|Riddim|"
        "Sub Zero Hour|Break Theory|Foghorn Bass|Hackney Downs|Overground|Skyline|Night Vision|Half Step|Liquid State",
        "trip": "Smoke Signal|Velvet Elevator|Slow Elevator|Wax Museum|Undercurrent|Paper Lung|Bad Weather|Tar|Ink|"
        "Half Asleep|Honey Trap|Moth|Black Tea|Cold Spoon|Sable|Gaslight|Hotel Corridor|Rearview|Soft Landing",
        "retro": "Arcade|Chrome|Laser|Highway|Neon|Cassette|Sunset|Turbo|Cobra|Miami|Starfighter|Vector|Afterburner|"
        "Dashboard|Videodrome|Night Drive|Horizon|Turbine Dream|Grid Runner|Palm Tree|Overdrive|Pixel",
        # Rock, indie, metal.
        "rock_thing": "Highway|Gasoline|Whiskey|Thunder|Rattlesnake|Diesel|Matchbook|Jailhouse|Radio|Leather|Freight Train|"
        "Lightning|Dynamite|Motel|Bourbon|Chevrolet|Jukebox|Dust|Fire|Hurricane|Desert|Gold Tooth|Switchyard",
        "rock_verb": "Burn|Run|Ride|Holler|Roll|Shake|Bleed|Howl|Drive|Crawl|Stand|Break|Lie|Pray|Wait|Fall",
        "blues_thing": "Mule|Levee|Landlord|Crossties|Cornbread|Rent|Old Hound|Pawnshop|Bottle|Back Door|Freight|Shoes|"
        "Delta Mud|Payday|Rooster|Skillet|Bad Luck|Grave|Suitcase|Kitchen Light",
        "punk_thing": "Landlord|Curfew|Shopping Mall|Fire Drill|Detention|Parking Lot|Police Horse|Job Interview|Group Chat|"
        "Wallpaper|Dress Code|Supermarket|Suburb|Television|Fax Machine|Traffic Cone|Tuition|Gym Teacher|Car Alarm",
        "post_thing": "Lighthouse|Cartographer|Glacier|Avalanche|Satellite|Cathedral|Whale|Telegraph|Observatory|Comet|"
        "Ship|Engine Room|Archipelago|Signal Fire|Pylon|Wolf|Planetarium|Antarctica|Radio Tower|Sea Wall",
        "psych": "Marmalade|Kaleidoscope|Tangerine|Mushroom|Elephant|Saucer|Paisley|Cosmos|Carousel|Lizard|Incense|Sphinx|"
        "Daffodil|Parade|Sitar|Teacup|Zodiac|Velvet Sun|Walrus Clock|Gramophone",
        "indie_thing": "Bicycle|Swimming Pool|Photobooth|Cardigan|Driveway|Ferris Wheel|Lawn Chair|Mixtape|Milk Teeth|"
        "Postcode|Roommate|Dentist|Houseboat|Goldfish|Passport|Fire Exit|Tennis Court|Bus Ticket|Weekend|Haircut|"
        "Birthday|Balcony|Voicemail|Sleeping Bag|Garage|Windbreaker|Ice Rink|Telescope|Crush|Spare Key",
        "indie_line": "I Forgot to Call|You Were Right About {us_town}|Nobody Told {girl}|We Should Have Stayed|"
        "Don't Look at the Map|All My Friends Are Moving|I Keep Your {indie_thing}|Everything Is on {weekday}|"
        "{boy} Hates Parties|Is This Your {indie_thing}?|Stay for the Credits|{number} Reasons to Leave {us_town}|"
        "It Was Only {month}|Say It in the Car|Learning to Swim at {number}|Same Coat, Different {month}",
        "dream": "Honey|Haze|Opal|Satin|Lilac|Halogen|Swoon|Mirage|Petal|Moonpool|Cotton|Slow Dive Road|Lavender|Glow|"
        "Phosphor|Sugar|Chandelier|Daydream|Milk|Blush|Silk|Undersea|Nectar|Starlit|Feather|Half-Sleep",
        "de_line": "Kein Bock auf {de_noun}|Wir bleiben bis {de_time}|Nachts am {de_noun}|{de_noun} im Regen|Alles auf "
        "{de_noun}|Du und {de_noun}|Zu spät für {de_noun}|{de_time} in Leipzig|Letzte Bahn nach Halle|Halb so "
        "schlimm|Zwischen {de_noun} und Meer|Immer wieder {de_time}|Sag mir Bescheid|Der Sommer war {de_noun}",
        "de_noun": "Beton|Kiosk|Balkon|Plattenbau|Flaschenpfand|Spätkauf|Hinterhof|Baggersee|Neonlicht|Fahrrad|Kanal|"
        "Bahnsteig|Kaffee|Umzugskarton|Fensterbrett|Regenschirm",
        "de_time": "Dienstag|halb vier|Morgen|Oktober|Sonntag|Mitternacht|Silvester|Feierabend|November",
        "grave": "Throne|Ruin|Plague|Iron|Crypt|Serpent|Gallows|Ossuary|Wolf|Obsidian|Tomb|Hammer|Carrion|Leviathan|Pyre|"
        "Scythe|Raven|Witch|Abyss|Anvil|Sepulchre|Dread|Monument|Frost|Bone|Oath",
        "grave_adj": "Black|Endless|Burning|Forsaken|Sunken|Hollow|Crowned|Frozen|Nameless|Pale|Molten|Ancient|Withered",
        # Hip hop, soul.
        "rap_thing": "Corner Store|Receipts|Bus Pass|Gold Fronts|Rent Money|Stoop|Block|Cipher|Barbershop|Payphone|"
        "Fire Hydrant|Turnstile|Sneakers|Blueprint|Landmark|Project Window|Mixing Bowl|Chess Move|Rooftop|Notebook|"
        "Cold Cereal|Loose Change|Hoodie|Overtime|Streetlight|Mama's Kitchen",
        "rap_word": "Gospel|Theory|Diaries|Lessons|Science|Chronicles|Talk|Dreams|Logic|Freestyle|Scriptures|Anthem|Manual",
        "trap_thing": "Drip|Bandz|Cold Chain|Foreign|Smoke|Racks|Plug|Codeine Clouds|Demon Time|Jet Lag|Carats|Opps|"
        "Motion|Lowkey|Penthouse|Maybach Curtains|Ice Bath|Trophy|Spinnin|Fast Lane|Ghost Mode|Tinted",
        "soul_thing": "Honey|Patience|Sunday Dress|Porch Light|Sweet Potato|Sugar|Mercy|Velvet Chair|Old Flame|Grace|"
        "Good Man|Lemonade|Promise|Kitchen Table|Slow Dance|Amen|Morning Glory|Temptation|Sweet Talk|Heartbeat",
        "soul_line": "Lay Your {soul_thing} Down|Can't Hide This {soul_thing}|Give Me Some {soul_thing}|Hold On to "
        "{soul_thing}|Ain't No {soul_thing} Like Yours|Call It {soul_thing}|Bring Back My {soul_thing}|{soul_thing} on a "
        "{weekday}|Too Much {soul_thing}|{girl}, Come Home|Nobody's {soul_thing} but Mine",
        "funk_thing": "Gravy|Strut|Boogie|Hot Sauce|Bassline|Backbone|Chicken Wing|Platform Shoes|Syncopation|Shoeshine|"
        "Groove Tax|Pocket|Cornbread|Velvet Pants|Skillet|Thunder Thumb|Hip Socket|Jelly|Mothership Parking",
        "rnb_thing": "Voicemail|Body Heat|Wine|Silk Sheets|Slow Burn|After Dark|Your Hoodie|Red Light|Candlelight|Text Back|"
        "Deja Vu|Late Checkout|Bad Habit|Satin|Eye Contact|Passenger Seat|Jealous|Undone|Perfume|Two Phones",
        # Folk and country.
        "folk_thing": "Millstone|Wren|Harrow|Lantern|Ferryman|Salt Marsh|Orchard|Hearth|Loom|Shepherd|Weir|Hollow|Barley|"
        "Candle|Fiddle|Kettle|Plough|Thicket|Hedgerow|Mooring|Bell|Sparrow|Drover|Miller|Churchyard",
        "road_thing": "Gravel Road|Pickup|Tailgate|Barn Dance|Front Porch|Whiskey|Truck Stop|Creek|Dirt|Fence Line|"
        "County Fair|Screen Door|Cowboy Boots|Honky-Tonk|Cornfield|Sunday Sermon|Rodeo|Mama's Bible|Blue Jeans|Water Tower",
        "holler": "Hollow|Ridge|Creek|Gap|Mill|Ferry|Fork|Branch|Bottom|Knob",
        # Classical and film.
        "form": "Nocturne|Prelude|Étude|Impromptu|Ballade|Intermezzo|Bagatelle|Barcarolle|Waltz|Mazurka|Romance|Elegy",
        "chamber": "String Quartet|Piano Trio|Clarinet Quintet|Cello Sonata|Violin Sonata|String Sextet|Serenade|Divertimento",
        "large": "Symphony|Overture|Symphonic Dance|Concerto for Orchestra|Tone Poem|Suite|Piano Concerto|Violin Concerto",
        "key": "C Minor|E-flat Major|D Minor|A Major|F-sharp Minor|G Minor|B-flat Major|E Minor|A-flat Major|B Minor|F Major",
        "tempo_word": "Adagio|Allegretto|Andante con moto|Largo|Vivace|Lento|Allegro giusto|Moderato|Presto|Scherzo",
        "latin_text": "Lux in tenebris|Vespera|O lumen|Agnus pacis|Stella vagans|Aqua silens|Noctem quietam|Cantus avium|"
        "Pacem da nobis|Umbra et lux|Vox maris|Sub tuum nomen|Terra mater|Gloria minor|Ave stella|Requies|Ubi sunt nives",
        "film_thing": "Ferry|Interrogation|Border|Letter|Salt Road|Verdict|Homecoming|Chase|Lighthouse Keeper|Confession|"
        "Winter Palace|Telegram|Burial|Rooftop|Escape|Reunion|Expedition|Storm|Orphanage|Dawn Patrol|Cipher|Heist",
        # Spanish, French, Japanese (in Latin letters).
        "es_noun": "Noche|Sal|Luna|Arena|Hoguera|Calle|Guitarra|Palmera|Madrugada|Canela|Caña|Esquina|Sombra|Ola|Lluvia|"
        "Ventana|Candela|Marea|Ceniza|Camisa",
        "es_of": "de Sal|de Abril|sin Ti|de la Abuela|en la Habana Vieja|de Medianoche|del Puerto|de Domingo|Prohibida|"
        "de Barrio|para Dos|del Malecón|de Papel|en Cali|sin Dueño|de Enero|de Terciopelo",
        "es_dance": "Guaracha|Descarga|Rumba|Son|Tumbao|Montuno|Cumbia|Fiesta|Comparsa|Pachanga",
        "es_flirt": "Báilame|Otra Vez|Peligrosa|No Te Creo|Pégate|Sin Freno|Mírame|Te Lo Dije|Bandida|Dale Suave|"
        "Hasta Abajo|Qué Calor|Llámame|Tóxica|Se Fue la Luz|Bajo la Luz|Loca por Mí",
        "fr_noun": "Pluie|Fenêtre|Valise|Rue|Lune|Cerise|Guitare|Ficelle|Plume|Bicyclette|Gare|Chanson|Lettre|Saison|Marée",
        "fr_line": "La {fr_noun} d'en face|Sous la {fr_noun}|Une {fr_noun} pour {girl}|Dis-moi ta {fr_noun}|Plus jamais "
        "{weekday_fr}|Je t'attends {weekday_fr}|Le Café de {girl}|Ma petite {fr_noun}|{weekday_fr}, encore|Rien qu'une "
        "{fr_noun}|Et puis la {fr_noun}|Au revoir, {girl}",
        "weekday_fr": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
        "ja_thing": "Kaze|Yoru|Namida|Umi|Hikari|Ame|Yume|Natsu|Hoshi|Sora|Kisetsu|Shinjuku|Minato|Tsuki|Ginza",
        "ja_place": "Bay Bridge|Telephone|Elevator|Summer Hotel|Midnight Door|Marina|Plastic Rain|Highway|Sparkling Water|"
        "Sunset Lounge|Taxi|Sapphire Street|Crystal Night|Seaside Motel|Monorail",
        # Africa and the Caribbean.
        "afro_thing": "Traffic|Generator|Market|Lagoon|Go-Slow|Danfo|Government|Suya|Area Boy|Minister|Fuel Queue|"
        "Landlord Palaver|Thunder|Harmattan|Big Man|Palm Wine|Drum|Market Woman|Light No Dey|River Niger",
        "highlife_line": "Sweet Mother {girl}|{boy} Comes to Accra|Palm Wine {weekday}|Ɛyɛ Fine|Farmers' Highlife|Good Morning "
        "Cape Coast|Wedding at Kumasi|Teacher {boy}|Cocoa Season|Take Time, {boy}|Yaa {girl}|Coastal Highlife No. {digit}|"
        "Market Day {weekday}|Old Soldier's Highlife|Love Is a Lorry|The Drummer of {gold_coast}|Fisherman {boy}",
        "piano_thing": "Log Drum|Kasi|Umlilo|Ubusuku|Jozi|Isiphithiphithi|Soweto Sunset|Thula|Ngiyakuthanda|Impilo|Mzansi|"
        "Shayela|Imali|Groovist|Pitori Nights|Izolo|Sgija|Khumbula",
        "reggae_thing": "Babylon Gate|Breadfruit|Island Rain|Roots|Zinc Fence|Mango Tree|Lion|River Jordan|Sunshine|"
        "Good Herb|Pressure|Mount Zion Road|Fisherman|Blue Mountain|Sufferation|Conquering|Coconut Grove|Soundman",
        "dub_thing": "Echo|Chamber|Version|Reverb|Pressure|Siren|Tape Delay|Spring Tank|Bassbin|Melodica|Rockers|Fader",
        # Pop.
        "pop_thing": "Champagne|Glitter|Summer|Mirror|Heartbreak|Satellite|Diamonds|Electric|Butterflies|Fireworks|Lipstick|"
        "Weekend|Polaroid|Strawberry|Lightning|Bubblegum|Crush|Golden|Runaway|Ocean|Halo|Confetti|Magnetic|Paradise",
        "pop_line": "Dancing on Your {pop_thing}|Kiss Me Like {weekday}|{pop_thing} Heart|Call Me {pop_thing}|Not Your "
        "{pop_thing}|{pop_thing} Season|One More {pop_thing}|Love Me in {town}|Good at {pop_thing}|{pop_thing} Eyes|All "
        "That {pop_thing}|Blame It on {month}|{number} Missed Calls|Hello, {pop_thing}|{pop_thing} Hotel",
        "synth_thing": "Telephone|Television|Automatic|Berlin|Silhouette|Modern Rain|Photograph|Transmission|Plastic|Robot|"
        "Fascination|Monochrome|Visitor|Airport|Stranger|Mannequin|Computer|Machine|Control|Distance",
        "disco_thing": "Mirrorball|Fever|Boogie|Roller Rink|Saturday|Satin|Hustle|Velvet Rope|Starlight|Glamour|Spotlight|"
        "Champagne|Body Talk|Moonbeam|Celebration|Sequin|Discotheque|Cloud Nine|Dance Floor|Tonight",
    }.items()
}

TITLES: Mapping[str, tuple[str, ...]] = {
    style: words(text)
    for style, text in {
        "jazz": "Waltz for {girl}|{jazz_adj} {jazz_thing}|{jazz_time} on {street}|{weather} over {town}|One for {boy}|"
        "{girl}'s {jazz_time}|The {jazz_thing}|{street} at {hour}|{weekday} {jazz_time}|{jazz_adj} {jazz_time}|"
        "{weather} on {street}|Nobody's {jazz_thing}|{month} in {town}|Leaving {town}",
        "bop": "{boy}'s {bop}|{street} {bop}|{bop} for {number}|Who Took the {jazz_thing}?|{weekday} {bop}|{boy} and "
        "the {jazz_thing}|{number}-Bar {bop}|{bop} in {town}|Blues for {boy}|Up the {jazz_thing}",
        "noir": "The {jazz_thing} on {street}|Black {weather}|{hour}, {street}|{jazz_adj} {weather}|She Left the {jazz_thing}|"
        "Interrogation in {town}|{number} Cigarettes|Dead {jazz_thing}|The {colour} {jazz_thing}|Nobody in {town}",
        "swoon": "You and {swoon}|{swoon}|Not Before {month}|When {month} Forgets|I'll Wait with {swoon}|After {swoon}|Don't "
        "Mention {swoon}|Tell {girl} I'm Sorry|{town} Looks Good on You|Just {swoon} and Me|All for {swoon}|{weekday}'s Fool",
        "spirit": "{spirit} Chant|The {spirit} Speaks|Prayer for the {spirit}|{colour} {spirit}|"
        "{spirit}, Pt. {roman}|Children of the {spirit}|Return to the {spirit}|{girl}'s {spirit}",
        "fusion": "{fusion}|{fusion} {fusion}|{colour} {fusion}|{fusion}, Pt. {roman}|{boy}'s {fusion}|{fusion} over {town}",
        "pt": "{pt_noun} {pt_adj}|{pt_noun} e {pt_noun}|Samba da {pt_noun}|{girl} na {pt_noun}|Cadê a {pt_noun}|Toda "
        "{pt_noun}|{pt_noun} para {girl}|A {pt_noun} do Arpoador",
        "lofi": "{lofi_a} {lofi_b}|{lofi_b} {lofi_c}|{lofi_a} {lofi_b} {lofi_c}|{lofi_a} & {lofi_a}|{month} {lofi_b}|"
        "{lofi_b} study",
        "air": "{air} {air}|{air_verb}|{air_verb} {air}|The {air} Below|{air}, {air_verb}|{air} {roman}|{air} at {hour}|"
        "Slow {air}|North of {town}|{air} and {air}|{month} {air}",
        "drone": "{drone}|{drone} {roman}|{drone} in {key}|For {number} Hours: {drone}|{drone} / {drone}|{air} {drone}|"
        "{drone}, {air_verb}",
        "rest": "{rest}|{rest} at {hour}|Into {rest}|{rest}, {air_verb}|{month} {rest}|{number} Breaths: {rest}|{tree} and "
        "{rest}",
        "keys": "{keys}|{keys} for {girl}|The {keys}|{month} {keys}|{boy}'s {keys}|{keys}, {weather}|{keys} "
        "in {town}|{keys} at {hour}",
        "club": "{club_adj} {club}|{club}|{club} ({mix})|{club_adj} {club} ({mix})|{town} {club}|{club} at {hour}|"
        "Your {club}|{club} & {club}",
        "machine": "{machine}|{machine} {digit}{digit}|{club_adj} {machine}|{machine} ({mix})|{machine}/{machine}|{town} "
        "{machine}|{machine} {roman}|{colour} {machine}",
        "jungle": "{jungle}|{jungle} ({mix})|{town} {jungle}|{club_adj} {jungle}|{weekday} {jungle}|{jungle} {roman}",
        "trip": "{trip}|{trip} for {girl}|{colour} {trip}|{trip} in {town}|{weekday}'s {trip}|{trip}, Slowly|The {trip}",
        "retro": "{retro} {retro}|{retro} '8{digit}|{retro} in {town}|{colour} {retro}|{retro} at {hour}|Beyond the {retro}",
        "rock": "{rock_thing} {rock_thing}|{rock_verb} on {weekday}|{rock_verb} Me, {girl}|{rock_thing} {girl}|Back to "
        "{us_town}|{number} Miles to {us_town}|{rock_thing} in My Hand|{rock_verb} Like {rock_thing}|Old {rock_thing}|{rock_verb} "
        "Away",
        "blues": "{blues_thing} Blues|My {blues_thing} Is Gone|{weekday} {blues_thing}|Don't Touch My {blues_thing}|{girl} "
        "Took the {blues_thing}|{number} Dollar {blues_thing}|{blues_thing} on My Mind|{us_town} {blues_thing} Blues",
        "punk": "{punk_thing}|I Hate Your {punk_thing}|No More {punk_thing}|{punk_thing} Riot|{boy} Is a Cop|My {punk_thing} "
        "Is on Fire|{number} Minutes of {punk_thing}|{punk_thing} vs. {punk_thing}|Kill the {punk_thing}|Dead {punk_thing}",
        "post": "The {post_thing} Remembers|{post_thing} / {post_thing}|We Built the {post_thing} Ourselves|{post_thing} over "
        "{town}|Letters to a {post_thing}|Every {post_thing} Is a {post_thing}|{month}, {post_thing}|The {post_thing} Made of "
        "{weather}",
        "psych": "{psych} {psych}|{colour} {psych}|{girl} in the {psych}|The {psych} Turns|{psych} for "
        "Breakfast|Inside the {psych}|{month} {psych}",
        "indie": "{indie_thing}|{indie_line}|{indie_thing} Song|{girl}'s {indie_thing}|{indie_thing} in {town}|{indie_line}|"
        "{month} {indie_thing}|Your {indie_thing}",
        "dream": "{dream}|{dream} {dream}|{dream} in {month}|{colour} {dream}|{girl}, {dream}|{dream} over {town}|Only "
        "{dream}|{weekday} {dream}",
        "de": "{de_line}|{de_noun}|{de_noun} und {de_noun}|{de_line}",
        "grave": "{grave_adj} {grave}|{grave} of {grave}|Rise of the {grave_adj} {grave}|The {grave} and the {grave}|Beneath the "
        "{grave_adj} {grave}|{grave}born|{grave}, {roman}|By {grave} and {grave}",
        "rap": "{rap_thing} {rap_word}|{rap_thing}|{weekday} {rap_word}|{boy}'s {rap_word}|{number} {rap_thing} {rap_word}|"
        "No {rap_thing}|{us_town} {rap_word}|Letter to {girl}|{rap_word} {roman}",
        "trap": "{trap_thing}|{trap_thing} Pt. {digit}|{trap_thing} {trap_thing}|{number} {trap_thing}|{trap_thing} in {us_town}|"
        "No {trap_thing}|{weekday} {trap_thing}|{girl} ({trap_thing})",
        "soul": "{soul_line}|{soul_thing}|{soul_line}|{girl}'s {soul_thing}|Sweet {soul_thing}|{us_town} {soul_thing}",
        "funk": "{funk_thing}|{funk_thing} Pt. {digit}|Pass the {funk_thing}|{boy}'s {funk_thing}|Get on the {funk_thing}|"
        "{funk_thing} & {funk_thing}|{weekday} {funk_thing}|Do the {funk_thing}",
        "rnb": "{rnb_thing}|{rnb_thing} ({hour})|{rnb_thing} Interlude|Your {rnb_thing}|{weekday} {rnb_thing}|{rnb_thing} in "
        "{us_town}|No {rnb_thing}|{girl}'s {rnb_thing}",
        "folk": "The {folk_thing}|{folk_thing} and {folk_thing}|{girl} of the {folk_thing}|{month} {folk_thing}|{bird} in the "
        "{tree}|The {tree} Carol|Down by the {folk_thing}|{boy} the {folk_thing}|Farewell to {town}|{tree} {folk_thing}|"
        "{number} {bird}s",
        "road": "{road_thing} {weekday}|{girl} on the {road_thing}|My {road_thing}, Your {road_thing}|{road_thing} Heart|Last "
        "{road_thing} in {us_town}|{road_thing} Prayer|{number} Beers and a {road_thing}|{boy}'s {road_thing}|That {road_thing} "
        "Song",
        "holler": "{bird} {holler}|{girl} of {tree} {holler}|{tree} {holler} Breakdown|{boy}'s {bird}|{tree} {holler} Reel|"
        "Cold {weather} on {tree} {holler}|Going Down {tree} {holler}",
        "piano": "{form} No. {digit} in {key}|{form} in {key}|{form} for {girl}|{number} Pieces: No. {digit}, {form}|{form}: "
        "{tempo_word} in {key}",
        "chamber": "{chamber} No. {digit} in {key}: {roman}. {tempo_word}|{chamber} in {key}: {tempo_word}|{chamber}, Op. "
        "{digit}{digit}: {roman}. {tempo_word}",
        "large": "{large} No. {digit} in {key}: {roman}. {tempo_word}|{large} in {key}: {tempo_word}|{large}, Op. "
        "{digit}{digit}: {roman}. {tempo_word}|The {post_thing}: {tempo_word}",
        "choral": "{latin_text}|{latin_text}: {tempo_word}|{roman}. {latin_text}|{latin_text} (for {number} Voices)",
        "film": "The {film_thing}|Main Title: The {film_thing}|The {film_thing} (Reprise)|{girl}'s Theme|{film_thing} in "
        "{town}|{film_thing} at {hour}|{boy} and the {film_thing}|End Credits: {film_thing}|After the {film_thing}",
        "salsa": "{es_dance} {es_of}|{es_noun} {es_of}|{es_dance} para {girl}|{es_noun} y {es_noun}|Mi {es_noun} {es_of}|"
        "{boy} y su {es_dance}",
        "reggaeton": "{es_flirt}|{es_flirt} ({mix})|{es_noun} {es_of}|{es_flirt}, {girl}|{es_flirt} {es_of}|{es_noun}",
        "bolero": "{es_noun} {es_of}|Tu {es_noun}|{es_noun} para {girl}|Adiós, {girl}|La {es_noun} y la {es_noun}|Sin {es_noun}",
        "fr": "{fr_line}|{fr_noun} et {fr_noun}|{fr_line}|{fr_noun}s de {town}",
        "ja": "{ja_thing} no {ja_place}|{ja_place}|{ja_thing}|{weekday} {ja_place}|{ja_place} ni {ja_thing}|{colour} {ja_place}",
        "afro": "{afro_thing} Palaver|{afro_thing} (Parts 1 & 2)|Mr. {afro_thing}|No {afro_thing}, No Peace|{weekday} "
        "{afro_thing}|{afro_thing} Confusion|{boy} and the {afro_thing}|Who Send the {afro_thing}?|{afro_thing} Shuffle",
        "highlife": "{highlife_line}",
        "amapiano": "{piano_thing}|{piano_thing} ({mix})|{piano_thing} {piano_thing}|{weekday} {piano_thing}|{piano_thing} Pt. "
        "{digit}|{girl} ({piano_thing})",
        "reggae": "{reggae_thing}|{reggae_thing} Song|Man of {reggae_thing}|{weekday} {reggae_thing}|{girl} under the "
        "{reggae_thing}|No More {reggae_thing}|{reggae_thing} Road|Sing of {reggae_thing}",
        "dub": "{dub_thing} {dub_thing}|{reggae_thing} {dub_thing}|{boy}'s {dub_thing}|{dub_thing} No. {digit}|{town} "
        "{dub_thing}|{colour} {dub_thing}",
        "pop": "{pop_line}|{pop_line}|{pop_thing}|{girl}, {pop_thing}|{pop_line}",
        "synthpop": "{synth_thing}|{synth_thing} {synth_thing}|{girl} on {synth_thing}|{town} {synth_thing}|{synth_thing} "
        "at {hour}|I Am Your {synth_thing}|{colour} {synth_thing}",
        "disco": "{disco_thing} {disco_thing}|Give Me That {disco_thing}|{girl}'s {disco_thing}|{disco_thing} in {town}|"
        "{disco_thing} ({mix})|{weekday} {disco_thing}|Love Is a {disco_thing}",
    }.items()
}

NAME_WORDS: Banks = {
    slot: words(text)
    for slot, text in {
        "jazz_band": "Quartet|Trio|Quintet|Sextet|Ensemble|Octet",
        "lofi_name": "mossfield|tidepool tapes|kettle & cloud|soft parade ground|sleepy otter|nori lights|paper umbrella club|"
        "window seat no. 9|slow bakery|fernwood|idle bicycle|half moon dorm|oolong state|brown sugar bus|quiet laundry|"
        "dandelion desk|attic weather|pillow fort radio|marble soda|lost glove dept.|hazel kiosk|second breakfast|"
        "plum cassette|night tram 6|corduroy sun|snail mail beats|teacup astronaut|low battery",
        "air_name": "Northern Lamp|Hallam Vere|Salt Index|Ostrem|Pale Atlas|Lumen Weir|Slow Geography|Eventide Bureau|"
        "Vela Marsh|Kaldfjord|Ion Meadow|Tundra Choir|Anselm Grey|The Long Thaw|Oblique Sea|Mirren Hale|Silt & Signal|"
        "Ursa Plain|Far Buoy|Elmwater|Low Cathedral|Null Aurora|Marrowlight|Deep Survey|Gannet Rock|Hushfield",
        "club_name": "Kessel 9|Ada Volt|Nachtwerk Sued|Orbita|DJ Salsify|Mono Lisa Park|Ferric|Tilde|Subterra Union|"
        "Yoko Marble|Parallel Hanna|Delta Vasquez|Rotor|Cleo Current|Unit Bravo|Halcyon Grid|Marek Linn|Obsolete Futures|"
        "Velour Machine|Kilohertz Kids|Sable Motion|Inga Void|Kaltluft Club|Nodalis|Magda Circuit|Brutal Garden|"
        "Lowland Sound|Sleepwalk Police|Tessa Ray Tracer|Ambergrau|Violet Hertz|Zero Meridian|Okto|Grau & Gold|"
        "Skyline Dept.|Rewire Society|Lux Animale|Solid Steam|Cobalt Hotel|Turbo Lagoon|Midnight Arcadian|Laser Botany|"
        "Chrome Orchid|Vice Horizon|Neon Heron|Outrun Kansas|Starline 84|Vector Palms",
        "rock_a": "Copper|Thunder|Dead|Velvet|Static|Rusted|Saint|Wild|Electric|Crooked|Midnight|Iron|Desert|Lucky|Motor",
        "rock_b": "Caravan|Motel|Foxgloves|Hounds|Cathedral|Pistons|Magnolias|Parade|Switchboard|Revivalists|Coyotes|Gamblers|"
        "Telegraph|Sparrowhawks|Mercury|Wreckers|Prophets|Lanterns",
        "punk_name": "Unpaid Interns|The Curfews|Fire Drill Friday|Dad Brakes|Sewer Prom|Knuckle Sandwich Shop|Riot Dolly|"
        "Kneecap Picnic|The Bad Receipts|Spit Valve|Lunch Money Riot|Tin Foil Hats|Rat Bus|Hex Wrench|No Refunds|"
        "Gutter Choir Boys|The Overdues|Nervous Dogs",
        "post_name": "A Map of Small Fires|Our Last Lighthouse|Pylons|Winter Telegraph Company|The Slow Collapse of Bridges|"
        "Sea of Antennas|Hymns for Radar|Tall Grass Observatory|Atlas, Falling|Eleven Quiet Engines|Northbound Whales|"
        "Signal Orchard|We Lit the Harbour",
        "indie_name": "Paper Regatta|Tennis for Ghosts|Swimming Lessons Club|The Understudies|Milk Run|Gentle Bruise|Lemon Bureau|"
        "Second Cousins|The Postcodes|Poor Directions|Cardigan Weather|Loud Aunt|Weekend Dentists|Small Ferries|Bad Camper|"
        "Houseboat Season|Fig & Feather|Loud Honey|Velcro Shoes|Glass Aviary|Night Swim Team|Orchard Boys|"
        "The Lost Deposits|Sister Tangent|Petrol Blue|Maybe Marguerite|Porch Cats|Tall Order|Weather for Geese|"
        "Mild Panic|Ginger Lake|Almost Ohio|Spare Key|The Early Buses",
        "dream_name": "Lilac Engine|Halogen Bloom|Moonpool|Satin Ghost|Opaline|Swan Static|Cotton Veil|Undersea Telephone|"
        "Honeyfog|Silver Nap|Petal Drone|Slow Chandelier|Hazel Eyes Wide|Pearl Diver Club|Blush Response Unit|Sugar Fog|"
        "Vapor Lace|Milk & Mercury",
        "de_name": "Kiosk Romantik|Hinterhof|Baggersee|Die Umzugshelfer|Plattenbau Prinzessin|Spätis|Kanalratten|"
        "Balkonien|Die letzte Bahn|Flaschenpost",
        "metal_name": "Gravemarrow|Obsidian Oath|Thornwake|Carrion Psalm|Ironvesper|Ulvsgard|Pale Gallows|Molten Choir|"
        "Hexenwald|Sunken Crown|Wyrmhollow|Dreadnought Hymn|Ashen Litany|Skarn|Bonecairn|Frostgrav|Nidhald|Black Furrow|"
        "Mournstead|Tomb of Seasons|Anvil Saint|Witherking|Mortal Estuary|Cryptlight",
        "rap_name": "Kilo Verse|Lady Ombra|Prodigal Ray|Ninth Stoop|Sage Cutlass|Deacon Thaw|Mic Alighieri|Rosewood Tee|"
        "Brother Ledger|Tall Simeon|Ms. Parable|Corner Scholars|Dusty Abacus|Verbatim|Nia Cadence|Old Metro|Quill Gates|"
        "The Borough Poets|Halfway Saints|Jupiter Bodega|Elder Mosaic",
        "trap_name": "Yung Carbon|Lil Solstice|Icebox Dre|Kash Meridian|Baby Onyx|21 Lanterns|Trap Vermeer|Montana Slate|"
        "Big Quartz|Novacane Nia|Drakkar Boy|Rich Homily|Ghost Ferrari|Lotto Lex",
        "soul_band": "Velvet Deacons|Honey Street Band|Vestry Street Kids|Sugar Parlor|Golden Hour Revue|Sunday Best|Gravy Train Co.|"
        "Pocket Change|Hot Buttered Brass|Southside Horns|Magnolia Sound|Groove Assembly",
        "rnb_name": "Nalani Rose|Tré Sommers|Jolie Blaine|Amaya Sol|Kendrah|Dion Vale|Sienna Marks|Rico Laurent|Mika Devereaux",
        "folk_group": "The Wren & Barley|Harrow & Loom|Saltmarsh|The Fallow Sisters|Thicket|Hearthstone|Owl & Orchard|"
        "The Mooring Lines|Greyhen|Larkrise Company",
        "grass_group": "{tree} {holler} Boys|{bird} {holler} Ramblers|The {tree} Fork String Band",
        "ensemble": "Havelin Quartet|Camerata Ostrava|Lindenhof Ensemble|Trio Caravel|Quatuor Aubépine|Nordvik Soloists|"
        "Ensemble Tramontane|The Alder Consort|Kammerkreis Sieben|Trio Lumière Basse",
        "orchestra": "Philharmonie Weserland|Tromsdal Symphony|Orchestra da Camera Lario|Vistula Sinfonietta|Halden Philharmonic|"
        "Moravian Festival Orchestra|Bay of Plenty Sinfonia",
        "choir": "Schola Vesperis|Nidelven Vokal|The Evensong Scholars|Coro San Teodoro|Kór Snæfell",
        "salsa_band": "Conjunto Marea|Orquesta La Candela|Sonora del Malecón|Los Soneros de Abril|Típica Esmeralda|"
        "Sexteto Cañaveral|Cumbia Lunar|Los Hijos del Río|Banda Palmar|La Gran Ceniza|Sonido Chapinero|Los Curanderos",
        "urban_es": "Nena Tormenta|El Vatio|Rey Canela|Kali Marea|Dos Orillas|La Chispa RD|Zafiro Boy|MC Palmera",
        "tango_band": "Cuarteto Riachuelo|Orquesta Barracas|Bandoneón Club",
        "bossa_band": "Trio Maré|Quarteto Varanda|Conjunto Guanabara Sul",
        "afro_band": "{last} & the Lagoon Orchestra|{last} & Harmattan 70|Area One International|Orchestra Go-Slow|"
        "{first} {last} & Palm Wine Republic|The Market Kings",
        "highlife_band": "The Cape Coast Stars|{last}'s Guitar Band|Cocoa Season Dance Band|Professional Uncles",
        "piano_name": "Kasba Moreni|DJ Thuliso|Umlilo Deep River|Mama Logdrum|Soweto Piano Union|Sgubhu Sisters",
        "reggae_name": "{first} Lionheart|Zinc Fence Band|Mount Calm|Ras {first}|The Breadfruits|Sister {first}",
        "dub_name": "King Tapeworm|Spring Tank Hi-Fi|Roots Laboratory|Dr. Bassbin|Echo Parish|Scientist of Sound No. 2",
        "pop_name": "Juno Avenue|Clementine Ray|KIKI Montreal|Cassia Bloom|Theo Sparks|Bellamy Rose|Neon Sundays|Ava Corsica|"
        "Lumilee|Dakota Silk|Poppy Marlowe|Kit Valentine|Sabine Starling|Electra Jones",
        "synth_name": "Modern Visitor|Berlin Automatics|Plastic Sonata|Telex Romance|Mannequin Parade|Monochrome Hearts|"
        "Airport Lovers|Vienna Transmission|Soft Computer|Fascination Street Lamp",
        "city_name": "Marina Kisaragi|Sapphire Bay Band|Tetsuya Hoshino|Crystal Harbour 82|Naomi Shirasu|Plastic Taxi|"
        "Hiroko Amagi",
        "disco_name": "Mirrorball Mafia|Sequin Assembly|Bianca & the Boogie Board|Satin Express|Roller Rink Romance|Studio 45|"
        "Gloria Midnight|Velvet Elevator Co.",
    }.items()
}

PEOPLE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    culture: (words(first), words(last))
    for culture, (first, last) in {
        "english": (
            "Nell|Harriet|Wendell|Imogen|Clyde|Maeve|Dorothea|Lyle|Cora|Emmett|Josie|Alden|Birdie|Rufus|Tabitha|Gideon|Opal|"
            "Merritt|Lowell|Della|Augusta|Reuben|Marlowe|Ivy|Thornton",
            "Ashgrove|Pellworth|Hathersage|Quillfeather|Draycott|Marchbanks|Winterbourne|Tolliver|Larkham|Stonecipher|Penhallow|"
            "Bellweather|Cadwell|Farrowby|Oakhurst|Treadgold|Vickery|Loveday|Harkness-Bly|Rookwood|Sumrall|Teasdell|Yarborough",
        ),
        "german": (
            "Anneliese|Jost|Friedel|Ottmar|Liesbeth|Henrike|Wolfram|Traudel|Korbinian|Silke|Eike|Marlis|Thilo|Gesine",
            "Brandvogel|Eichholtz|Habersaat|Kranzfeld|Lindwurm|Morgenroth-Pohl|Nachtigäller|Obermoser|Rabenhorst|Sandkuhl|"
            "Tannhof|Weissdorn",
        ),
        "nordic": (
            "Solveig|Torvald|Ragna|Eskil|Ylva|Håkon|Tuva|Ingvild|Sunniva|Aksel|Birk|Liv-Marit|Jorunn|Elof",
            "Brandvold|Sjøgrim|Kvistdal|Lindhamre|Nordskog|Ravndal|Stenmyr|Tveitane|Åsgrav|Ekelöv|Hvalbye|Fjeldstrup",
        ),
        "french": (
            "Odile|Anatole|Sidonie|Blaise|Capucine|Ghislain|Mélusine|Thibault|Aurore|Célestin|Fleur|Maëlle|Bastien",
            "Aubrac|Lavandier|Marchepied|Delacombe|Fontvieille|Roquelaure|Saintonge|Bellegarrigue|Tournesac|Vauquelin|Chantemerle",
        ),
        "spanish": (
            "Rosalba|Ulises|Marisela|Fermín|Araceli|Leandro|Yolanda|Evelio|Graciela|Nicanor|Ximena|Casimiro|Dulce",
            "Quintero del Mar|Valdespino|Montelongo|Carrizales|Ojeda Luna|Barrenechea|Salvatierra|Urdaneta|Zambrano|Pedregal|"
            "Cienfuegos|Arroyave",
        ),
        "portuguese": (
            "Jacinta|Tomé|Iracema|Benedito|Luzia|Raimundo|Serafina|Caetana|Joaquim|Dalva|Otávio|Marilda",
            "Vasconcelos Lima|Figueirinha|Azambuja|Portela|Carvalhosa|Mirandela|Saboia|Tavora|Guimarães Reis|Belmonte",
        ),
        "italian": (
            "Ludovica|Ezio|Fiammetta|Renzo|Ilaria|Saverio|Donatella|Corrado|Mafalda|Tullio",
            "Bevilaqua|Castelrosso|Montefalco|Serracapriola|Valdobbia|Quaranta|Pietrasanta|Ombroso|Lucchesini|Terranera",
        ),
        "slavic": (
            "Zdenka|Bogumił|Milena|Radek|Jadwiga|Stanimir|Ludmila|Vojtěch|Halina|Przemek|Danica",
            "Wiśnicka|Havránek|Zelenski-Moroz|Kowalczyn|Dobrovský|Jaroszewska|Novotin|Pavelka|Brzezin|Svoboda-Lin",
        ),
        "japanese": (
            "Harue|Itsuki|Sumire|Kenzaburo|Akane|Masanori|Fumiko|Ryohei|Tomoyo|Shigeru",
            "Amagiri|Kisaragi|Shirasu|Uonuma|Tachikaze|Minamoto-Sei|Hoshigaki|Onodera|Yukimura|Asagao",
        ),
        "west african": (
            "Tunde|Abena|Folasade|Kwabena|Adaeze|Olumide|Esi|Chidi|Temitope|Kojo|Ngozi|Babatunde",
            "Akinlabi|Ofosu-Mensah|Adeyinka|Boatengmaa|Okonjo|Asantewa|Ogunlade|Tetteh-Cole|Eziokwu|Danso",
        ),
        "southern african": (
            "Thandeka|Sizwe|Nomvula|Bongani|Lerato|Mandla|Zanele|Kagiso",
            "Mkhwanazi-Dube|Sithebe|Molokwane|Ndabezitha|Phakathi|Zwelibanzi|Maphanga",
        ),
        "caribbean": (
            "Winston|Marcia|Delroy|Precious|Clovis|Ionie|Everton|Sonia|Alphonso|Beverley",
            "Blackheart|Pinnock|Goodison|Merriweather|Hamilton-Bay|Tulloch|Stoneyhill|Gayle-Rowe",
        ),
    }.items()
}

CULTURE_OF = {
    country: culture
    for culture, countries in {
        "english": "US GB CA AU IE NZ",
        "german": "DE AT CH",
        "nordic": "NO SE DK FI IS",
        "french": "FR BE",
        "spanish": "ES MX CO CU PR AR DO",
        "portuguese": "PT BR",
        "italian": "IT",
        "slavic": "PL CZ SI",
        "japanese": "JP",
        "west african": "NG GH",
        "southern african": "ZA",
        "caribbean": "JM TT",
    }.items()
    for country in countries.split()
}

LABELS: Mapping[str, tuple[str, ...]] = {
    family: words(text)
    for family, text in {
        "jazz": "Blue Lantern Records|Corner Booth|Quartier Sonore|Nattlys Jazz|Half-Lit Recordings|Varanda Discos",
        "calm": "Window Seat Tapes|Slow Geography Press|Kaldfjord Editions|Oolong Audio|Hushfield",
        "electronic": "Nachtwerk|Ferrite Recordings|Parallel Lines Berlin|Low Ceiling Audio|Chrome Orchid Systems",
        "rock": "Gasoline Alley Cat|Switchyard Records|Unpaid Wages|Northbound Sound|Gold Tooth",
        "indie": "Paper Regatta Club|Small Ferries|Lawn Chair Records|Kanal 9 Tonträger|Tall Order Music",
        "metal": "Anvil & Oath|Frostgrav Productions|Ossuary Sound",
        "hip hop": "Ninth Stoop Entertainment|Ledger House|Cold Chain Music|Borough Hall Records",
        "soul": "Honey Street|Porch Light Recordings|Southside Wax|Satin Groove",
        "folk": "Millstone|Hedgerow Recordings|Screen Door Nashville|Tree Line Music",
        "classical": "Edition Lindenhof|Camerata Classics|Tramontane|Main Title Music",
        "latin": "Discos Candela|Marea Sur|Malecón Music|Sonido Chapinero Discos",
        "afro": "Lagoon City|Harmattan Sounds|Zinc Fence|Jozi Groove",
        "pop": "Confetti International|Bellamy & Rose|Satellite Pop|Disques Chantemerle|Bay Bridge Tokyo",
    }.items()
}
