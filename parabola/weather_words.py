"""The vocabulary of what is in the air: rain, snow, hail, leaves, confetti, dust, bubbles, sparks, embers.

`NOUNS` name a kind, `MANNERS` say of it how much there is or how it moves and stand beside it; both are
lower case, hyphens opened. `PHRASES` is the table of prompts about nothing else (`weather_prompt`). Add a
phrase here and it is understood.
"""

from __future__ import annotations

from typing import Any

WEATHER_COVERED = (
    "rain, snow, hail, autumn leaves, confetti, dust in the light, soap bubbles, sparks and embers, alone or "
    "with balls, smoke, fire or the sea"
)

_NOUNS = {  # kind -> phrases that name it; "=0.4" is how much of it that is
    "rain": "rain|rainfall|raindrops|rain drops|raining|rainy|rainstorm=1.8|rain storm=1.8|downpour=2.2|"
    "cloudburst=2.2|"
    "drizzle=0.4|drizzling=0.4|rain shower=0.8|rain showers=0.8|showers of rain=0.8|rain falls|rain falling|"
    "falling rain|rain pours=1.8|rain is falling|it rains|it is raining|it's raining|rain comes down|"
    "pouring rain=2|"
    "rain pouring=2|in the rain|in rain|through the rain|through rain|under the rain|during rain|"
    "heavy rain=1.8|"
    "light rain=0.5|gentle rain=0.5|soft rain=0.5|spring rain=0.7|summer rain|night rain|steady rain|"
    "cold rain|"
    "warm rain|autumn rain|torrential rain=2.6|driving rain=1.8|fine rain=0.4|monsoon=2.6|monsoon rain=2.6|"
    "rain drips|hard rain=1.8|rain hits|rain on|rain over|rain against|tropical rain=2.4",
    "snow": "snowfall|snowing|snowflakes|snow flakes|snowflake|snowstorm=2.2|snow storm=2.2|blizzard=3|"
    "snow flurry=0.6|"
    "snow flurries=0.6|flurries=0.6|snow falls|snow falling|falling snow|snow is falling|it snows|"
    "it is snowing|"
    "it's snowing|in the snow|in snow|heavy snow=2|heavy snowfall=2|light snow=0.5|light snowfall=0.5|"
    "gentle snow=0.6|"
    "soft snow=0.6|snow drifts down=0.7|snow drifting down=0.7|snow comes down|driving snow=2.2|"
    "snow shower=0.8|"
    "snow showers=0.8|flakes of snow|swirling snow=1.4|snow swirls=1.4|wet snow|drifting snow=0.8|"
    "first snow=0.6|"
    "snow blows=1.6|blowing snow=1.6|snow dances=0.8|snow tumbles|in falling snow|through falling snow",
    "hail": "hail|hailstones|hail stones|hailstorm=2|hail storm=2|hailing|it hails",
    "leaves": "autumn leaves|falling leaves|leaves fall|leaves falling|fallen leaves|fall leaves|"
    "dead leaves|dry leaves|"
    "maple leaves|oak leaves|leaves drift|leaves drifting|leaves swirl=1.4|leaves swirling=1.4|leaves blow|"
    "leaves blowing|leaves fly|leaves flying|leaves tumble|leaves tumbling|leaves whirl=1.4|leaves dance|"
    "whirling leaves=1.4|swirling leaves=1.4|leaves in the wind|leaves float|leaves|foliage|"
    "leaf fall|blowing leaves",
    "confetti": "confetti|confetti rain|paper confetti|confetti shower|shower of confetti|party confetti|"
    "confetti cannon=1.6|confetti explosion=1.6|paper snippets|paper slips",
    "dust": "dust motes|dust mote|dust particles|dust specks|specks of dust|motes of dust|floating dust|dust|"
    "dust in the air|motes|particles in the air|floating particles|particles of dust|dust in a sunbeam|"
    "dust in the sunlight|dust in the light|dust in a beam of light|dust in a light beam|pollen",
    "bubbles": "soap bubbles|soap bubble|bubbles|bubble machine=1.6|bubbles of soap|iridescent bubbles|"
    "blown bubbles",
    "sparks": "sparks|spark|shower of sparks=1.4|sparks shower=1.4|welding sparks|grinder sparks|"
    "sparks from a grinder|"
    "sparks of a grinder|angle grinder|grinding sparks|sparks from welding|flying sparks|metal sparks|"
    "rain of sparks=1.6|fountain of sparks=1.4|sparks from a grinding wheel|electric sparks|"
    "spark shower=1.4|sparkler=0.7",
    "embers": "embers|ember|glowing embers|fire embers|burning embers|hot embers|floating embers|"
    "flying embers|"
    "firefly like embers|glowing ash|cinders",
}
_MANNERS = {  # words beside the noun: factor on how much, or on the gusts
    "much": {
        0.4: "few|a few|sparse|occasional|scattered|a little|some",
        0.5: "light|gentle|thin|soft|delicate|faint|slight",
        1.0: "steady|falling|flying|floating|drifting|autumn|glowing|bright|hot|big|large|small|tiny|fine|"
        "wet|cold|"
        "colourful|colorful|multicoloured|multicolored|golden|red|yellow|orange|brown|white|orange-red|"
        "iridescent|"
        "fresh|fluffy|silent|quiet|soap|transparent|shiny|rainbow|coloured|colored|paper|dancing|pretty|"
        "glittering|"
        "sparkling|of|winter|summer|spring|tropical|shimmering|slow|crackling|swirling|warm|dry|burning",
        1.8: "heavy|thick|dense|hard|strong|driving|lots of|many|hundreds of|thousands of|a lot of|"
        "massive|intense|"
        "countless|wild|huge",
        2.4: "torrential|pouring|extreme|violent",
    }
}
_VERBS = (  # said after the noun
    "falls|fall|falling|fly|flies|flying|rise|rises|rising|drift|drifts|drifting|float|floats|floating|"
    "swirl|swirls|"
    "swirling|rains|rain|rains down|raining|raining down|rain down|pours|pouring|pour|comes down|"
    "come down|blow|blows|"
    "blowing|tumble|tumbles|tumbling|dance|dances|dancing|glitter|glitters|glittering|whirl|whirls|"
    "whirling|spin|"
    "shower|showers|showering|shoot|shoots|spray|sprays|spraying|hover|hovers|glow|glowing|settle|settles|"
    "bounce|"
    "bounces|bouncing|hit|hits|hitting|splash|splashes|splashing|is falling|are falling|descend|flutter|"
    "flutters|"
    "fluttering|lands|landing|land|gently|softly|slowly|quietly|heavily|wildly|silently|down|from above|"
    "from the sky|"
    "through the air|in the air|all around|everywhere|into the air|up|upwards|around|about|past|twirl|"
    "twirling|"
    "shine|shines|sparkle|sparkles|fills the air|fill the air|away|off|lazily|peacefully|burst|bursting|"
    "scatter|"
    "scatters|over everything|in all directions|beats down|drum|drums|patters|pattering|rushes|rush|"
    "shimmer|shimmers"
)
_LIGHTS = {
    "night": "night|at night|nighttime|midnight|moonlight|moonlit|under the moon|night sky|after dark|"
    "dark night|"
    "street lamp|streetlight|street light|lamplight|under a street lamp|under a streetlight|under a lamp",
    "dark": "dark background|black background|on black|against black|in the dark|darkness|dark|dark room|"
    "dark studio|black|workshop|in a workshop|dark workshop|garage|factory|forge|in a dark room|"
    "black backdrop",
    "overcast": "overcast|cloudy|grey day|gray day|grey sky|gray sky|gloomy|dull day|stormy|storm|"
    "dark clouds|winter day",
    "day": "day|by day|daylight|daytime|sunny|sunny day|sunshine|sunlight|in the sun|bright day|blue sky|"
    "clear sky|noon|"
    "midday|summer day|summer|spring|bright|outdoors|outside|sun",
    "golden": "golden hour|sunset|at sunset|evening|evening light|late afternoon|afternoon|low sun|"
    "golden light|"
    "autumn light|backlit|against the light|warm light|october|evening sun|autumn|autumn day|in autumn",
    "dusk": "dusk|twilight|blue hour|at dusk|after sunset|nightfall",
    "dawn": "dawn|sunrise|morning|early morning|morning light|at dawn|foggy morning",
    "beam": "sunbeam|sunbeams|window|light beam|beam of light|beams of light|window light|through a window|"
    "by a window|"
    "in a sunbeam|in a beam of light|attic|old attic|barn|shaft of light|shafts of light|light rays|"
    "god rays|ray of light|"
    "in the light|room|in a room|living room|library|church",
    "studio": "white background|studio|grey background|gray background|plain background|bright background|"
    "party|"
    "celebration|hall|stage|on stage|new year|birthday|birthday party|wedding|parade",
}  # fmt: skip
_PLACES = {
    "street": "street|road|city street|alley|city|town|pavement|sidewalk|asphalt|parking lot|tarmac|"
    "driveway|village|"
    "wall|brick wall|old town|courtyard|cobblestones",
    "concrete": "concrete|stone|stone floor|terrace|patio|square|plaza|roof|rooftop|floor|ground|"
    "concrete floor|metal|"
    "steel|workbench|anvil",
    "grass": "grass|lawn|meadow|field|park|garden|forest|forest floor|woods|countryside|grassland|clearing",
    "snow": "snowy field|snowfield|snowy ground|winter landscape|white field|snow covered ground|"
    "snowy forest|winter|"
    "snowy landscape|mountain|mountains|snow",
    "wood": "wooden floor|wood floor|deck|wooden deck|table|wooden table|planks|jetty|pier|dance floor|"
    "parquet",
    "sand": "sand|beach|desert|dunes",
}
_WINDS = {
    0.0: "calm|still air|no wind|windless|without wind|calm air|straight down",
    0.6: "breeze|light breeze|gentle breeze|light wind|gentle wind|soft wind|soft breeze",
    2.0: "wind|windy|in the wind|breezy|blown|gusts|gusty|on the wind",
    4.5: "strong wind|strong winds|storm wind|high wind|gale|fierce wind|howling wind|stormy wind|heavy wind",
}
_LOOPS = "looping|seamless loop|loop|looped|seamlessly looping|endless loop|perfect loop"
_SILENT = (
    "background|backdrop|footage|stock|scene|shot|seen|view|empty|quiet|peaceful|cozy|cosy|realistic|"
    "beautiful|"
    "effect|vfx|overlay|loop of|natural|wet|puddles|puddle|shining|glistening|lonely|trees|tree|sky|"
    "clouds|air|"
    "lights|light|lamp|lamps|night time|campfire|over the ground|across|old|weather|atmosphere|slippery|bare|"
    "from trees|from a tree|from the trees|lone|plain|in front of|machine|cannon|grinder|welder|welding|"
    "metal|steel|"
    "colours|colors|many|drops|flakes|reflections|reflecting|splashes|splash|splashing|drop|silence|cold|"
    "warm|"
    "from a fire|from the fire|heat|crisp|fresh|magical|dreamy|festive|christmas|christmas eve|covered|whole|"
    "blizzard conditions|onto|bubble|soapy|water|glow|glowing|hot|children's|party|from a campfire|"
    "of a campfire"
)


def _nouns() -> dict[tuple[str, ...], tuple[str, float]]:
    out = {}
    for kind, phrases in _NOUNS.items():
        for item in phrases.split("|"):
            phrase, _, much = item.partition("=")
            out[tuple(phrase.split())] = (kind, float(much or 1.0))
    return out


def _split(text: str) -> set[tuple[str, ...]]:
    return {tuple(phrase.split()) for phrase in text.split("|")}


NOUNS = _nouns()
MANNERS = {phrase: much for much, text in _MANNERS["much"].items() for phrase in _split(text)}
VERBS = _split(_VERBS)


def _table() -> dict[tuple[str, ...], list[tuple[str, Any]]]:
    out: dict[tuple[str, ...], list[tuple[str, Any]]] = {p: [("loop", True)] for p in _split(_LOOPS)}
    for kind, groups in (("light", _LIGHTS), ("place", _PLACES), ("wind", _WINDS)):
        for value, phrases in groups.items():
            for phrase in _split(phrases):
                out.setdefault(phrase, [(kind, value)])
    for phrase in _split(_SILENT) | VERBS:
        out.setdefault(phrase, [("silent", None)])
    return out


PHRASES = _table()
