"""The vocabulary of smoke and fire: phrases and what each of them says.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> (kind, value). Add a phrase here and
it is understood.
"""

from __future__ import annotations

from typing import Any

SMOKE_COVERED = (
    "smoke, steam and fog, torches, campfires, candles, chimneys, fire and explosions, in any colour and wind"
)

_SUBJECTS = {  # kind -> nouns, separated by |
    "torch": "torch|torches|torch fire|torch flame|burning torch|flaming torch|lit torch|torch fires",
    "campfire": "campfire|campfires|camp fire|bonfire|bon fire|fire pit|firepit|wood fire|log fire|"
    "burning logs|camping fire|burning wood",
    "candle": "candle|candles|candle flame|candle light|candlelight|lit candle|burning candle|candle fire|"
    "tea light|flame of a candle|candle's flame",
    "explosion": "explosion|explosions|explosion puff|fireball|fire ball|blast|detonation|exploding|explodes|"
    "puff of an explosion",
    "chimney": "chimney|smokestack|smoke stack|chimney smoke|smoke from a chimney|chimneys|"
    "smoke out of a chimney|smoke coming from a chimney|smoking chimney|smoke rising from a chimney",
    "steam": "steam|vapor|vapour|water vapor|water vapour|hot steam",
    "fog": "fog|mist|ground fog|low fog|morning fog|morning mist|fog bank|misty|foggy|ground mist|dry ice|"
    "dry ice fog|low lying fog|rolling fog|layer of fog|layer of mist|haze|brume",
    "incense": "incense|incense stick|incense smoke|joss stick|cigarette smoke|wisp of smoke|wisps of smoke|"
    "thread of smoke|smoke trail|curl of smoke",
    "fire": "fire|fires|flame|flames|blaze|inferno|burning fire|wall of fire|open fire|flame of fire",
    "smoke": "smoke|smoke plume|plume|smoke column|column of smoke|plume of smoke|cloud of smoke|smoke cloud|"
    "puff of smoke|puffs of smoke|smoke bomb|fumes|smoke screen|smoky|clouds of smoke|smoke grenade|"
    "smoke effect|smog",
}
_STRENGTHS = {  # factor on how much smoke or fuel there is
    0.45: "thin|faint|wispy|delicate|light wisps of|a little|fine|sparse|weak|subtle",
    1.6: "thick|dense|heavy|billowing|opaque|rich|voluminous",
}
_SIZES = {
    0.6: "small|little|tiny|mini|short",
    1.0: "medium|normal",
    1.6: "big|large|tall|huge|giant|roaring|raging|great|towering|massive|enormous|blazing|wild",
}
_PLACES = {  # ground patterns
    "grass": "grass|lawn|meadow|field|grassland|pasture|grassy field|park",
    "sand": "sand|beach|desert|sandy ground|dunes|sandy beach",
    "snow": "snow|snowy ground|snowfield",
    "concrete": "concrete|street|asphalt|road|pavement|tarmac|parking lot|stone|stone floor|rock|rocks|"
    "concrete floor|dirt|earth|soil",
    "wood": "wooden table|table|wooden floor|wood floor|desk|wooden surface|tabletop|wooden desk",
    "plain": "floor|ground|studio floor|dark floor|black floor|earth|water",
}
_LIGHTS = {
    "dark": "dark background|black background|on black|against black|dark backdrop|black backdrop|darkness|"
    "dark room|in the dark|black|dark|dark studio|against a dark background|against a black background|"
    "plain black background|pitch black|darkened room",
    "bright": "white background|bright background|light background|white backdrop|against a white background|"
    "grey background|gray background|studio|plain background",
    "blue": "blue background|blue sky|clear sky|against the sky|against a blue sky|sky|sunny|sunny day|day|"
    "daylight|by day|daytime|noon|midday|sunlight|in the sun|bright day",
    "night": "night|at night|nighttime|midnight|night sky|moonlight|moonlit|under the stars|by night|evening",
    "dusk": "dusk|twilight|at dusk|blue hour|nightfall",
    "dawn": "dawn|sunrise|daybreak|at dawn|early morning|morning|first light",
    "sunset": "sunset|golden hour|sundown|evening light|backlit",
    "overcast": "overcast|cloudy|grey day|gray day|cloudy sky|grey sky|gray sky|overcast sky",
}
_WINDS = {  # m/s for smoke of a man's height, less for small flames
    0.0: "calm air|still air|no wind|windless|without wind|motionless air",
    0.3: "gently drifting|slowly drifting|light air|draught|draft",
    0.4: "drifts|drifting|drift|breeze|light breeze|gentle breeze|soft breeze|gentle wind|light wind|"
    "drifts away|drifting away|drifting by|drifts by|swaying",
    0.8: "wind|in the wind|windy|blowing|blown|blows|breezy|in a breeze|leaning|carried by the wind|"
    "blown by the wind|blowing away|strong breeze|in a light breeze",
    1.8: "strong wind|strong winds|gale|gusts|gusty|stormy|storm|in a strong wind|fresh wind|high wind",
}
_SWIRLS = {0.12: "smooth|laminar|calm|still|quiet|soft|steady|peaceful|gentle|gently",
           0.5: "swirling|swirls|turbulent|curling|curls|swirl|rolling|whirling|churning|twisting|"
           "billows|eddies|wild|vortices|vortex|restless|chaotic|furiously|roiling"}  # fmt: skip
_SILENT = (
    "rises|rising|rise|risen|burning|burns|flickering|flickers|flicker|lit|glowing|glow|glows|smoking|hot|"
    "warm|column|coming|going|out|hovering|hangs|hanging|floating|floats|covers|covering|creeping|creeps|"
    "moving|moves|spreading|spreads|flowing|flows|bright|brightly|slowly|softly|up|upward|upwards|realistic|"
    "a puff|puff|puffs|puffing|stick|wax|handle|wooden|logs|sticks|stones|ring of stones|crackling|cozy|cosy|"
    "natural|hand|medieval|seen|scene|shot|footage|stock|loop of|simulation|effect|vfx|background|backdrop|"
    "wisps|wisp|wispy wisps|tendrils|clouds|cloud|bank|layer|low|low lying|ground|single|lone|one|air|away|"
    "escaping|escapes|pouring|pours|streaming|streams|emerging|emitting|emits|releases|released|red hot|"
    "fiery|blowing out of|over|fills|filling|drops|early|dancing|dances|dance|licking|leaping|leaps|blaze of|"
    "house|roof|brick|factory|power|smoldering|smouldering|cup|of tea"
)
_LEFT = "to the left|leftwards|leftward|left|from the right|from right to left|right to left"
_RIGHT = "to the right|rightwards|rightward|right|from the left|from left to right|left to right"
FLAME_COLOURS = {"orange", "yellow", "red", "golden", "gold", "amber", "crimson", "scarlet"}


def _table() -> dict[tuple[str, ...], list[tuple[str, Any]]]:
    out: dict[tuple[str, ...], list[tuple[str, Any]]] = {}

    def put(kind: str, value: Any, phrases: str) -> None:
        for phrase in phrases.split("|"):
            out.setdefault(tuple(phrase.split()), [(kind, value)])

    for kind, groups in (
        ("subject", _SUBJECTS),
        ("wind", _WINDS),
        ("light", _LIGHTS),
        ("size", _SIZES),
        ("strength", _STRENGTHS),
        ("swirl", _SWIRLS),
        ("place", _PLACES),
    ):
        for value, phrases in groups.items():
            put(kind, value, phrases)
    put("way", "left", _LEFT)
    put("way", "right", _RIGHT)
    put("silent", None, _SILENT)
    return out


PHRASES = _table()
