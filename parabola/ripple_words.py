"""The vocabulary of still water: phrases and what each of them says of a pool or a pond.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> (kind, value). What is dropped into
the water is described in the words of balls (`prompt_words`); stones are named here.
"""

from __future__ import annotations

from typing import Any

PLACES = {  # kind of water -> nouns
    "pool": "pool|swimming pool|pool water|pools|swimming pools|outdoor pool|pool of water|swimming bath",
    "pond": "pond|ponds|garden pond|forest pond|village pond|duck pond|pond water",
    "lake": "lake|lakes|loch|tarn|reservoir|mountain lake|forest lake|quiet water|still water|calm water|"
    "water|"
    "river|lake water|surface of a lake|surface of the lake|smooth water|open water|the water",
    "puddle": "puddle|puddles|puddle of water|puddles of water",
}
_RAINS = {  # mm/h
    0.8: "a few raindrops|a few drops of rain|first drops|first raindrops|single raindrops|drops of rain|"
    "few raindrops|slow rain",
    1.8: "light rain|drizzle|gentle rain|soft rain|fine rain|drizzling|raindrops|raindrop|rain drops|"
    "rain drop|"
    "drops of water|water drops|waterdrops|drips",
    5.0: "rain|rains|raining|it rains|it is raining|rainfall|rainy|in the rain|spring rain|summer rain",
    14.0: "heavy rain|downpour|pouring rain|hard rain|rainstorm|torrential rain|strong rain|cloudburst",
}
_STONES = {  # radius m
    0.030: "pebble|pebbles|small stone|small stones|little stone|small rock|little pebble",
    0.055: "stone|stones|rock|rocks|skipping stone",
    0.110: "big stone|large stone|big rock|large rock|boulder|heavy stone|heavy rock|huge stone",
}
_AGITATION = {  # rms slope of the waves that are there already
    0.004: "mirror like|glassy|perfectly still|motionless|mirror|dead calm|glass like|perfectly calm|"
    "mirror smooth",
    0.010: "calm|still|quiet|peaceful|tranquil|serene|smooth|placid|undisturbed",
    0.030: "rippled|gently rippled|rippling|gentle waves|small waves|breeze|light breeze|"
    "gentle breeze|shimmering|"
    "shimmers|sparkling|glittering",
    0.060: "choppy|wavy|wind|windy|wind ruffled|agitated|moving water|waves",
}
_WATERS = {
    "clear": "clear|crystal clear|transparent|clean|pure|clear water",
    "murky": "murky|muddy|brown|cloudy water",
    "green": "green water|mossy|algae|emerald",
    "turquoise": "turquoise|tropical|blue water|blue pool|azure",
    "dark": "dark water|black water|deep dark",
}
_SILENT = (
    "ripples|ripple|ring|rings|circles|circle|concentric rings|concentric circles|ripples spread|"
    "rings spread|"
    "spreading|spread|spreads|expanding|expand|outward|outwards|splash|splashes|splashing|with a splash|"
    "makes ripples|making ripples|makes rings|making rings|makes waves|plunges|plunging|plops|plop|dive|"
    "dives|"
    "caustics|light patterns|dancing light|sunlight dances|light dances|reflections|reflection|reflecting|"
    "reflects|tiled|tiles|blue tiles|tiled bottom|surface|surface of|bottom|edge|across|onto|into|in|on|over|"
    "realistic|view of|natural|sinks|sink|sinking|disturbs|disturb|disturbing|breaks|breaking|water surface|"
    "drops fall|falling|falls|fall|fall on|patter|patters|pattering|hit|hits|hitting|lands|landing|land|"
    "drop by drop|"
    "seen|floor|backyard|garden|forest|in the forest|woods|slowly|gently|softly|quietly|sunlit|sparkle|it"
)


def _table() -> dict[tuple[str, ...], list[tuple[str, Any]]]:
    out: dict[tuple[str, ...], list[tuple[str, Any]]] = {}

    def put(kind: str, value: Any, phrases: str) -> None:
        for phrase in phrases.split("|"):
            out.setdefault(tuple(phrase.split()), [(kind, value)])

    for kind, groups in (("rain", _RAINS), ("stone", _STONES), ("place", PLACES), ("chop", _AGITATION),
                         ("water", _WATERS)):  # fmt: skip
        for value, phrases in groups.items():
            put(kind, value, phrases)
    put("silent", None, _SILENT)
    return out


PHRASES = _table()
