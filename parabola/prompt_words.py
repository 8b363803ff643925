"""The vocabulary of prompts: phrases and what each of them means.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> (kind, value). The parser takes
the longest phrase that matches. Add a word here and it is understood; nothing else needs to change
unless it is a new kind of thing.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from parabola.prompt_colours import COLOURS, SHADES
from parabola.prompt_scenery import (
    CAMERA,
    DIRECTIONS,
    GRAVITY,
    LENS,
    LIGHT,
    MOODS,
    SHUTTER,
    SPACE_WORDS,
    SPEEDS,
    SPINS,
    TEMPO,
    WIND,
)

Meaning = tuple[str, Any]

FINISHES = {  # word -> changes to the surface
    "polished": {"roughness": 0.1}, "shiny": {"roughness": 0.1}, "glossy": {"roughness": 0.08},
    "smooth": {"roughness": 0.15}, "mirror": {"roughness": 0.03, "metallic": 1.0},
    "mirrored": {"roughness": 0.03, "metallic": 1.0}, "reflective": {"roughness": 0.06},
    "chrome": {"roughness": 0.04, "metallic": 1.0}, "metallic": {"roughness": 0.2, "metallic": 1.0},
    "brushed": {"roughness": 0.4}, "satin": {"roughness": 0.35}, "matte": {"roughness": 0.85},
    "matt": {"roughness": 0.85}, "rough": {"roughness": 0.9}, "rusty": {"roughness": 0.8},
    "wet": {"roughness": 0.06}, "varnished": {"roughness": 0.14}, "waxed": {"roughness": 0.18},
    "frosted": {"roughness": 0.35, "transmission": 1.0}, "clear": {"roughness": 0.03, "transmission": 1.0},
    "transparent": {"roughness": 0.03, "transmission": 1.0}, "see through": {"roughness": 0.03,
                                                                             "transmission": 1.0},
    "translucent": {"roughness": 0.2, "transmission": 0.8}, "opaque": {"transmission": 0.0},
    "dusty": {"roughness": 0.9}, "worn": {"roughness": 0.7}, "crystal clear": {"roughness": 0.02,
                                                                               "transmission": 1.0},
}  # fmt: skip

PATTERN_WORDS = {
    "striped": "stripes", "stripy": "stripes", "stripes": "stripes", "banded": "stripes", "dotted": "dots",
    "spotted": "dots", "polka dot": "dots", "polka dotted": "dots", "spotty": "dots", "dots": "dots",
    "checkered": "checker", "chequered": "checker", "checked": "checker", "checkerboard": "checker",
    "chessboard": "checker", "swirled": "swirl", "swirly": "swirl", "swirl": "swirl", "veined": "marble",
    "planked": "wood", "two coloured": "stripes", "two colored": "stripes", "two tone": "stripes",
}  # fmt: skip

NUMBERS: dict[str, float] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "a hundred": 100,
    "thousand": 1000,
    "a thousand": 1000, "hundreds": 200, "thousands": 2000, "hundreds of": 200, "thousands of": 2000,
    "million": 1e6, "a million": 1e6, "millions of": 1e6, "dozens of": 24, "dozens": 24, "countless": 1e6,
    "dozen": 12, "a dozen": 12, "half a dozen": 6, "two dozen": 24, "pair": 2, "a pair of": 2, "couple": 2,
    "a couple": 2, "a couple of": 2, "both": 2, "trio": 3, "a trio of": 3, "few": 3, "a few": 3, "some": 4,
    "several": 5, "a handful of": 5, "handful": 5, "many": 9, "lots of": 12, "a lot of": 12, "a bunch of": 8,
    "a group of": 5, "a pile of": 9, "a heap of": 9, "a cluster of": 6, "half": 0.5, "half a": 0.5,
    "quarter": 0.25,
}  # fmt: skip
for (_tens, _t), (_ones, _o) in product(
    [(k, v) for k, v in NUMBERS.items() if v in range(20, 100, 10)],
    [(k, v) for k, v in NUMBERS.items() if v in range(1, 10)],
):
    NUMBERS[f"{_tens} {_ones}"] = _t + _o

SIZES = {
    "tiny": 0.4, "miniature": 0.4, "mini": 0.5, "small": 0.62, "little": 0.62, "smaller": 0.62, "medium": 1.0,
    "medium sized": 1.0, "large": 1.55, "larger": 1.55, "big": 1.55, "bigger": 1.55, "huge": 2.4,
    "giant": 3.2,
    "gigantic": 3.6, "enormous": 3.2, "massive": 2.6, "oversized": 2.0, "very small": 0.45, "very large": 2.2,
    "very big": 2.2, "normal sized": 1.0, "identical": 1.0, "equal": 1.0, "same sized": 1.0, "minuscule": 0.3,
}  # fmt: skip

_FACTORS = {"twice": 2.0, "double": 2.0, "two times": 2.0, "three times": 3.0, "four times": 4.0, "half": 0.5}
RATIOS = {  # "one twice as big as the other": factor on the radius
    f"{one}{times} {as_big} the {other}": factor
    for one, (times, factor), as_big, other in product(
        ("one ", "one is ", "the one is ", "one of them is ", ""), _FACTORS.items(),
        ("as big as", "as large as", "the size of", "as wide as"), ("other", "others", "rest"),
    )
}  # fmt: skip

UNITS: dict[str, tuple[str, float]] = {  # word -> (dimension, SI factor)
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), ("length", 1.0)),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), ("length", 0.01)),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), ("length", 0.001)),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), ("length", 1000.0)),
    **dict.fromkeys(("ft", "foot", "feet"), ("length", 0.3048)),
    **dict.fromkeys(("inch", "inches", '"'), ("length", 0.0254)),
    **dict.fromkeys(("yard", "yards", "yd"), ("length", 0.9144)),
    **dict.fromkeys(("m/s", "mps", "meters per second", "metres per second", "meter per second",
                     "metre per second", "m per second"), ("speed", 1.0)),
    **dict.fromkeys(("cm/s", "centimetres per second", "centimeters per second"), ("speed", 0.01)),
    **dict.fromkeys(("km/h", "kph", "kmh", "kilometres per hour", "kilometers per hour"), ("speed", 1 / 3.6)),
    **dict.fromkeys(("mph", "miles per hour"), ("speed", 0.44704)),
    **dict.fromkeys(("ft/s", "fps", "feet per second"), ("speed", 0.3048)),
    **dict.fromkeys(("m/s²", "m/s^2", "m/s2", "metres per second squared", "meters per second squared"),
                    ("accel", 1.0)),
    **dict.fromkeys(("kg", "kilo", "kilos", "kilogram", "kilograms"), ("mass", 1.0)),
    **dict.fromkeys(("gram", "grams"), ("mass", 0.001)),
    **dict.fromkeys(("pound", "pounds", "lb", "lbs"), ("mass", 0.45359)),
    **dict.fromkeys(("tonne", "tonnes", "ton", "tons"), ("mass", 1000.0)),
    **dict.fromkeys(("°", "deg", "degree", "degrees"), ("angle", math.pi / 180)),
    **dict.fromkeys(("rpm", "revolutions per minute"), ("spin", math.pi / 30)),
    **dict.fromkeys(("rad/s", "radians per second"), ("spin", 1.0)),
    **dict.fromkeys(("rev/s", "revolutions per second", "hz"), ("spin", 2 * math.pi)),
    **dict.fromkeys(("x", "×", "times", "fold"), ("times", 1.0)),
    **dict.fromkeys(("%", "percent", "per cent"), ("percent", 0.01)),
}  # fmt: skip
GRAMS = {"g": ("mass", 0.001), "in": ("length", 0.0254)}  # only when written against the number

BALL_NOUNS: dict[str, str | None] = {  # singular -> material
    "ball": None, "sphere": None, "orb": None, "globe": None, "bead": None, "bubble": None,
    "ball bearing": "steel",
    "bearing": "steel", "ball bearing ball": "steel", "cannonball": "iron", "cannon ball": "iron",
    "shot put": "iron",
    "basketball": "basketball", "basket ball": "basketball", "beach ball": "beach ball",
    "beachball": "beach ball",
    "tennis ball": "tennis ball", "bowling ball": "bowling ball", "football": "football",
    "soccer ball": "football",
    "soccerball": "football", "golf ball": "golf ball", "billiard ball": "billiard ball",
    "pool ball": "billiard ball",
    "snooker ball": "billiard ball", "cue ball": "billiard ball", "billiard": "billiard ball",
    "baseball": "baseball",
    "cricket ball": "cricket ball", "volleyball": "volleyball", "volley ball": "volleyball",
    "ping pong ball": "ping-pong", "pingpong ball": "ping-pong", "table tennis ball": "ping-pong",
    "super ball": "bouncy ball", "superball": "bouncy ball", "bouncy ball": "bouncy ball",
    "bouncing ball": "bouncy ball", "balloon": "balloon", "medicine ball": "medicine ball",
    "snowball": "snow",
    "snow ball": "snow", "glass marble": "glass marble", "toy marble": "glass marble", "boule": "steel",
    "petanque ball": "steel", "pétanque ball": "steel", "exercise ball": "beach ball",
    "yoga ball": "beach ball",
    "pebble": "stone", "boulder": "stone", "pearl": "ceramic", "crystal ball": "glass",
    "gym ball": "beach ball",
}  # fmt: skip
NOUN_TINTS = {"cue ball": "#f2eee0", "8 ball": "#17171a", "eight ball": "#17171a"}
EMOJI = {"🏀": "basketball", "⚽": "football", "🎾": "tennis ball", "🎳": "bowling ball", "⚾": "baseball",
         "🏐": "volleyball", "🎱": "billiard ball", "🏓": "ping pong ball", "🎈": "balloon"}  # fmt: skip

MATERIAL_WORDS = {
    "rubber": "rubber", "rubbery": "rubber", "steel": "steel", "stainless steel": "steel", "metal": "steel",
    "iron": "iron", "cast iron": "iron", "lead": "lead", "gold": "gold", "golden": "gold",
    "solid gold": "gold",
    "silver": "silver", "copper": "copper", "bronze": "brass", "brass": "brass", "aluminium": "aluminium",
    "aluminum": "aluminium", "titanium": "aluminium", "glass": "glass", "crystal": "glass", "ice": "ice",
    "icy": "ice",
    "wood": "wood", "wooden": "wood", "oak": "wood", "pine": "wood", "walnut": "wood", "cork": "cork",
    "stone": "stone", "granite": "stone", "rock": "stone", "concrete": "concrete", "cement": "concrete",
    "marble": "marble", "plastic": "plastic", "acrylic": "plastic", "vinyl": "plastic", "foam": "foam",
    "styrofoam": "foam", "polystyrene": "foam", "sponge": "foam", "clay": "clay", "felt": "felt",
    "wool": "felt",
    "ceramic": "ceramic", "porcelain": "ceramic", "bouncy": "bouncy ball", "ping pong": "ping-pong",
    "billiard": "billiard ball", "snow": "snow", "leather": "medicine ball",
}  # fmt: skip

GROUND_NOUNS = {  # noun -> ground, None: the words before it (or the seed) say which
    "floor": None, "ground": None, "surface": None, "tabletop": "wood", "table top": "wood", "table": "wood",
    "desk": "wood", "slab": None, "countertop": "marble", "counter": "marble", "worktop": "marble",
    "pavement": "concrete",
    "sidewalk": "concrete", "street": "asphalt", "road": "asphalt", "driveway": "asphalt",
    "asphalt": "asphalt",
    "tarmac": "asphalt", "playground": "asphalt", "grass": "grass", "lawn": "grass", "meadow": "grass",
    "field": "grass",
    "pitch": "grass", "garden": "grass", "turf": "grass", "sand": "sand", "beach": "sand", "desert": "sand",
    "dune": "sand", "dunes": "sand", "seashore": "sand", "carpet": "carpet", "rug": "carpet",
    "ice rink": "ice",
    "rink": "ice", "frozen lake": "ice", "tile": "tile", "tiles": "tile", "tiling": "tile",
    "kitchen floor": "tile",
    "bathroom floor": "tile", "parquet": "wood", "planks": "wood", "boards": "wood", "floorboards": "wood",
    "deck": "wood",
    "hardwood": "wood", "gym floor": "wood", "gym": "wood", "court": "court", "tennis court": "court",
    "basketball court": "wood", "ping pong table": "court", "table tennis table": "court",
    "bowling alley": "wood",
    "bowling lane": "wood", "pool table": "cloth", "billiard table": "cloth", "snooker table": "cloth",
    "brick": "brick",
    "bricks": "brick", "cobblestones": "brick", "paving": "concrete", "dirt": "dirt", "soil": "dirt",
    "earth floor": "dirt",
    "mud": "dirt", "chessboard": "checker", "checkerboard": "checker", "checker": "checker",
    "checkered floor": "checker", "studio floor": "studio",
    "parking lot": "asphalt", "tennis lawn": "grass", "snowfield": "snow", "metal plate": "metal",
    "tiled": "tile",
    "carpeted": "carpet", "grassy": "grass", "sandy": "sand", "snowy": "snow", "snow covered": "snow",
    "tatami": "carpet",
    "linoleum": "tile", "mirror floor": "glass", "plate": "metal", "sheet": None, "board": "wood",
}  # fmt: skip
BOX_NOUNS = {"wall": "wall", "walls": "wall", "barrier": "wall", "ramp": "ramp", "slope": "ramp",
             "incline": "ramp",
             "stairs": "stairs", "staircase": "stairs", "steps": "stairs", "stairway": "stairs",
             "flight of stairs": "stairs", "inclined plane": "ramp",
             "hill": "ramp", "chute": "ramp", "wedge": "ramp", "ledge": "table",
             "shelf": "table", "step": "table", "edge": "table", "cliff": "table", "platform": "table",
             "box": "table",
             "block": "table", "crate": "table", "bin": "bin", "container": "bin", "tray": "bin",
             "tub": "bin", "drawer": "bin", "table edge": "table", "bench": "table"}  # fmt: skip

ARRANGEMENTS = {"row": "row", "line up": "row", "lined up": "row", "in a row": "row", "a row of": "row",
                "rows": "row",
                "chain": "row", "in a line": "row", "a line of": "row", "queue": "row",
                "newton's cradle": "cradle",
                "newtons cradle": "cradle", "newton cradle": "cradle", "a newton's cradle": "cradle",
                "rack of": "rack", "a rack of": "rack", "triangle of": "rack", "a triangle of": "rack",
                "racked": "rack", "side by side": "row apart"}  # fmt: skip

_ACTIONS = {  # action -> verb forms
    "drop": "drop drops dropped dropping fall falls fell falling fallen plummet plummets plunge plunges "
    "plunging "
            "tumble tumbles tumbling spill spills spilled spilling scatter scatters scattering "
            "rain rains raining descend descends land lands landing sink sinks "
            "sinking",
    "bounce": "bounce bounces bounced bouncing rebound rebounds rebounding dribble dribbles dribbling hop "
    "hops hopping",
    "throw": "throw throws threw thrown throwing toss tosses tossed tossing launch launches launched "
    "launching fling flings "
             "flung fire fires fired shoot shoots shot lob lobs lobbed lobbing kick kicks kicked kicking "
             "pitch pitches "
             "pitched hurl hurls hurled fly flies flew flying flown serve serves served",
    "up": "jump jumps jumping jumped leap leaps leaping",
    "roll": "roll rolls rolled rolling wander wanders trundle trundles move moves moving travel travels "
    "travelling "
            "drift drifts drifting",
    "slide": "slide slides slid sliding glide glides gliding skid skids skidding slip slips slipping",
    "hit": "hit hits hitting strike strikes struck striking collide collides collided colliding smash "
    "smashes smashing "
           "knock knocks knocking crash crashes crashing meet meets meeting bump bumps bumping touch "
           "touches break breaks",
    "spin": "spin spins spun spinning rotate rotates rotating twirl twirls twirling whirl whirls turning "
    "turns",
    "float": "float floats floated floating hover hovers hovering hovered levitate levitates levitating "
    "levitated",
    "rise": "rise rises rising ascend ascends surface surfaces",
    "rest": "rest rests rested resting sit sits sat sitting lie lies lying lay stand stands standing stay "
    "stays staying "
            "wait waits waiting stationary motionless immobile",
}  # fmt: skip
ACTIONS = {verb: action for action, verbs in _ACTIONS.items() for verb in verbs.split()}
ACTIONS |= {
    "at rest": "rest", "sit still": "rest", "still": "rest", "still life": "rest", "resting still": "rest",
    "lying still": "rest", "in mid air": "bounce", "mid air": "bounce", "in the air": "bounce",
    "mid bounce": "bounce",
    "in flight": "throw", "thrown up": "up", "tossed up": "up", "thrown upwards": "up", "toss up": "up",
    "throw up": "up",
    "flies off": "fly off", "flying off": "fly off", "fly off": "fly off", "flies away": "fly off",
    "flying away": "fly off",
    "shoots off": "fly off", "flies up": "up", "tossed upwards": "up", "thrown straight up": "up",
    "tossed in the air": "up",
    "tossed into the air": "up", "thrown into the air": "up", "roll into": "hit", "rolls into": "hit",
    "rolling into": "hit", "runs into": "hit", "bumps into": "hit", "crashes into": "hit",
    "slams into": "hit",
    "bang into": "hit", "roll off": "roll off", "rolls off": "roll off", "rolling off": "roll off",
    "rolled off": "roll off",
    "falls off": "roll off", "falling off": "roll off", "fall off": "roll off", "drops off": "roll off",
    "roll over the edge": "roll off", "rolls over the edge": "roll off", "roll down": "roll down",
    "rolls down": "roll down", "rolling down": "roll down", "rolled down": "roll down",
    "runs down": "roll down",
    "slides down": "roll down", "sliding down": "roll down", "hit by": "hit by", "struck by": "hit by",
    "knocked by": "hit by", "head on": "head on", "collision": "hit", "head on collision": "head on",
    "floating in the air": "float", "towards each other": "hit", "toward each other": "hit",
    "into each other": "hit", "at each other": "hit", "towards one another": "hit", "into one another": "hit",
    "dribbling": "bounce",
}  # fmt: skip

STOP = set(
    "a an the of and or with on onto in into at to from by for over across under upon off against as is "
    "are was were be been "
    "being it its it's they them their this that these those there then while when after before which who "
    "where each every "
    "all very really quite rather just so also too own first third last scene shot video clip footage film "
    "movie animation "
    "picture image frame view please show shows showing generate make makes making create render made out "
    "some such having "
    "has have had does do get gets being set lit light lights lighting colour color coloured colored "
    "different various "
    "behind beside near next between through along around about above below beneath underneath towards "
    "toward among amid "
    "lone single only until together apart again once twice same time day hour begins begin starts start "
    "comes come goes go "
    "going coming gravity height speed sky diameter radius size sized tall long mass weight weighing "
    "background foreground "
    "condition conditions environment atmosphere i we you my your our let lets us top bottom side but yet "
    "now here solid real "
    "simple single perfectly round ordinary kind type slightly looking look mood feeling direction place "
    "spot horizontally "
    "colourful colorful multicoloured multicolored assorted vertically elastic surface's covered clean "
    "flat empty bare thing things air wide across plus & "
    "them".split()
)  # fmt: skip

OTHER_SUBJECTS = set(
    "smoke fire flame flames ocean sea wave waves waterfall river lake rain raindrop raindrops cloud "
    "clouds cat cats dog dogs "
    "person people man men woman women girl boy child children kid kids human face hand hands robot car "
    "cars truck bus train "
    "plane airplane aeroplane rocket ship boat city building buildings house tree trees forest flower "
    "flowers horse bird birds "
    "fish cloth flag fabric curtain rope explosion explosions splash splashing splashes dragon monster "
    "animal animals dancer "
    "runner landscape mountain mountains volcano lava lightning fireworks galaxy planet planets water "
    "liquid fluid "
    "milk coffee cup cups bottle bottles cube cubes dice die cylinder cone pyramid pendulum spring domino "
    "dominoes dominos "
    "pin pins apple apples orange-fruit egg eggs candle-flame jelly slime honey paint ink dust embers "
    "snowflake snowflakes "
    "leaf leaves feather feathers paper book books phone chair spaceship alien astronaut fountain tornado "
    "wheel bicycle drone "
    "tiger lion elephant bear rabbit monkey butterfly insect crowd soldier warrior castle bridge "
    "skyscraper".split()
)  # fmt: skip

COVERED = (
    "this version covers balls of any kind that drop, bounce, roll, slide, fly, collide or float, with "
    "floors, tables, ramps and walls; pendulums, boxes, dominoes, cloth, ropes; sea, ponds, pouring water; "
    "jelly, sand, snow, honey; smoke, fire, fog; rain, snowfall, sparks, leaves, bubbles"
)


def _plural(noun: str) -> list[str]:
    """The plural spellings of a noun phrase."""
    return [noun + "s"] if not noun.endswith("s") else [noun]


def _phrases() -> dict[tuple[str, ...], Meaning]:
    table: dict[str, Meaning] = {}
    table |= {word: ("stop", word) for word in STOP}
    table |= {word: ("other", word) for word in OTHER_SUBJECTS}
    table |= {word: ("mood", value) for word, value in MOODS.items()}
    table |= {word: ("speed", value) for word, value in SPEEDS.items()}
    table |= {word: ("finish", word) for word in FINISHES}
    table |= {word: ("direction", value) for word, value in DIRECTIONS.items()}
    table |= {name: ("colour", value) for name, value in COLOURS.items()}
    table |= {word: ("shade", word) for word in SHADES}
    table |= {words: ("other", words) for words in ("on fire", "in flames")}
    table |= {word: ("pattern", value) for word, value in PATTERN_WORDS.items()}
    table |= {word: ("ground", (value, word)) for word, value in GROUND_NOUNS.items()}
    table |= {word: ("material", value) for word, value in MATERIAL_WORDS.items()}
    table |= {word: ("size", value) for word, value in SIZES.items()}
    table |= {words: ("ratio", value) for words, value in RATIOS.items()}
    table |= {word: ("action", value) for word, value in ACTIONS.items()}
    table |= {word: ("gravity", (word, value)) for word, value in GRAVITY.items()}
    table |= {word: ("space", word) for word in SPACE_WORDS}
    table |= {word: ("wind", value) for word, value in WIND.items()}
    table |= {word: ("tempo", value) for word, value in TEMPO.items()}
    table |= {word: ("shutter", value) for word, value in SHUTTER.items()}
    table |= {word: ("lens", value) for word, value in LENS.items()}
    table |= {word: ("light", value) for word, value in LIGHT.items()}
    table |= {word: ("camera", value) for word, value in CAMERA.items()}
    table |= {word: ("spin", value) for word, value in SPINS.items()}
    table |= {word: ("box", value) for word, value in BOX_NOUNS.items()}
    table |= {word: ("arrange", value) for word, value in ARRANGEMENTS.items()}
    table |= {word: ("number", value) for word, value in NUMBERS.items()}
    for noun, material in BALL_NOUNS.items():
        table[noun] = ("ball", (noun, material, False))
        table |= {many: ("ball", (noun, material, True)) for many in _plural(noun)}
    table["marbles"] = ("ball", ("marble", "glass marble", True))
    table |= {
        word: ("medium", "water")
        for word in ("under water", "underwater", "submerged", "in water", "in the water")
    }
    table |= {
        word: ("dark ground", None) for word in ("dark floor", "dark polished floor", "dark glossy floor")
    }
    table |= {word: ("line", None) for word in ("line", "centre line", "center line", "lines")}
    table |= {word: ("front", None) for word in ("in front of", "before a")}
    table |= {
        "made of": ("of", None),
        "made from": ("of", None),
        "made out of": ("of", None),
        "of": ("of", None),
    }
    table |= {
        "moon": ("gravity", ("moon", 1.62)),
        "a": ("article", None),
        "an": ("article", None),
        "one": ("number", 1.0),
    }
    table |= {word: ("sky", None) for word in ("sky", "background", "backdrop", "skies")}
    table |= {"camera": ("camera noun", None), "another": ("another", None), "others": ("another", None)}
    table |= {emoji: ("ball", (noun, BALL_NOUNS[noun], False)) for emoji, noun in EMOJI.items()}
    return {tuple(words.split()): meaning for words, meaning in table.items()}


PHRASES = _phrases()
LONGEST = max(map(len, PHRASES))
