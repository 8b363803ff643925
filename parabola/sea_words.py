"""The vocabulary of open water: phrases and what each of them says of a sea.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> every (kind, value) that they say, for
one phrase may speak of wind and foam alike. Add a phrase here and it is understood.
"""

from __future__ import annotations

from typing import Any

STORM = 20.0  # m/s
SEA_COVERED = "open water: oceans, seas and lakes from calm to storm, under any sky"

_PLACES = {  # noun -> kind of water
    "ocean": (
        "ocean sea oceans seas waters seascape atlantic pacific mediterranean baltic wave waves swell swells"
    ),
    "lake": "lake lakes loch reservoir lough tarn fjord",
    "pond": "pond ponds pool",
    "lagoon": "lagoon lagoons atoll caribbean",
    "bay": "bay cove gulf sound harbour harbor estuary",
}
_PHRASE_PLACES = {
    "open sea": "ocean", "open ocean": "ocean", "high seas": "ocean", "north sea": "ocean",
    "water surface": "ocean",
    "surface of the water": "ocean", "surface of the sea": "ocean", "surface of the ocean": "ocean",
    "body of water": "lake", "open water": "ocean", "southern ocean": "ocean", "blue water": "ocean",
    "sheet of water": "lake", "coral reef": "lagoon",
}  # fmt: skip
_WINDS = {  # m/s that a state of the sea stands for
    0.5: (
        "mirror like|mirror flat|glassy|glass like|dead calm|mirror|motionless|still|"
        "perfectly still|windless|flat calm"
    ),
    1.6: "calm|peaceful|serene|tranquil|quiet|smooth|placid|very calm|flat",
    3.0: (
        "gentle|soft|rippled|rippling|ripples|lapping|lightly rippled|light breeze|gentle breeze|"
        "soft breeze|quietly"
    ),
    5.5: "moderate|breeze|breezy|lively|light wind",
    9.0: "choppy|windy|fresh breeze|wavy|chop|wind|winds|small whitecaps|brisk",
    11.0: (
        "whitecaps|white caps|white horses|breaking|crashing|foamy|foaming|strong wind|"
        "strong winds|stiff breeze"
    ),
    13.5: "rough|big|large|high|tall|heaving|turbulent|rough seas|heavy",
    17.0: "gale|heavy seas|heavy sea|wild|huge|high seas in a gale|towering|angry|gusts",
    21.0: (
        "storm|stormy|tempest|raging|violent|giant|massive|gigantic|enormous|thunderstorm|"
        "in a storm|tempestuous"
    ),
    27.0: "violent storm|severe storm|monstrous|huge storm|raging storm|extreme",
    33.0: "hurricane|typhoon|cyclone|hurricane force",
}
_HEIGHTS = {  # where the camera is -> m above the water
    (
        0.5,
        0.8,
    ): (
        "at water level|water level|waterline|at the waterline|sea level|at sea level|swimming|swimmer's view"
    ),
    (
        0.9,
        1.3,
    ): (
        "from a kayak|from a canoe|from a raft|from a surfboard|low angle|low shot|ground level|"
        "from below|low camera"
    ),
    (
        1.7,
        2.3,
    ): (
        "from the shore|from shore|from the beach|from a beach|eye level|from the bank|"
        "from a jetty|from the dock"
    ),
    (
        2.4,
        3.4,
    ): (
        "from a boat|from the boat|from a sailboat|from a small boat|from a dinghy|"
        "from a sailing boat|on a boat"
    ),
    (4.0, 5.5): "from a pier|from a yacht|from the pier|from a bridge|from a fishing boat",
    (
        8.0,
        12.0,
    ): (
        "from a ship|from the deck|from the deck of a ship|from a ferry|on deck|from a cruise ship|"
        "high angle|from above"
    ),
    (22.0, 32.0): "from a lighthouse|from a mast|from a hill|high camera|high angle shot",
    (34.0, 50.0): "from a cliff|from the cliffs|clifftop|from a clifftop|clifftop view",
    (45.0, 70.0): "from a drone|drone|drone shot|drone view|drone footage",
    (90.0, 130.0): (
        "aerial|aerial view|aerial shot|from the air|bird's eye view|birds eye view|bird's eye|"
        "top view|overhead|top down|top down view|overhead shot|from a helicopter|helicopter shot|"
        "helicopter view|flyover"
    ),
    (220.0, 300.0): "from a plane|from an airplane|from an aeroplane",
}
_CLOUDS = {
    0.0: "cloudless|clear sky|clear skies|no clouds|without clouds|blue sky|blue skies|starry sky",
    0.35: "scattered clouds|few clouds|a few clouds|some clouds|light clouds|fair weather",
    0.55: (
        "clouds|partly cloudy|broken clouds|cloudy sky|cloudy skies|dramatic clouds|under clouds|"
        "dramatic sky|dramatic skies"
    ),
    0.8: "cloudy|heavy clouds|mostly cloudy",
    0.97: (
        "overcast|grey sky|gray sky|grey skies|gray skies|dark clouds|leaden sky|storm clouds|"
        "dark sky|dark skies"
    ),
}
_KINDS = {  # what is said of the water itself
    "tropical": "tropical|crystal clear|clear water|turquoise|caribbean|clear|aquamarine|shallow tropical",
    "shallow": "shallow|shallows",
    "murky": "murky|muddy|brown",
    "green": "green|emerald|jade|teal|algae green",
    "dark": "dark|black|inky|deep dark",
    "grey": "grey|gray|steel grey|leaden|steel",
    "blue": "blue|azure|deep blue|deep|navy|sapphire|cobalt",
}
_SWELL = (
    "swell|swells|rolling|long swell|ocean swell|ground swell|groundswell|rolling swell|"
    "rolling waves|undulating|long waves"
)
_LOOPS = "looping|seamless loop|loop|looped|seamlessly looping|endless loop|perfect loop"
_FOAM = "whitecaps|white caps|white horses|foam|foamy|foaming|breaking|crashing|spume|surf"
_LIGHTS = {
    "night": "full moon|moonlight|moonlit|moon|moonrise|under the moon|by moonlight|night|at night|starry",
    "fog": "fog|foggy|mist|misty|haze|hazy|in fog",
    "sunset": "setting sun|sundown|the sun sets|sun sets|sun setting",
    "dawn": "rising sun|the sun rises|sun rises|sun rising|first light",
    "dusk": "after sunset|nightfall",
    "noon": "sun glitter|sunny|bright sun|sunshine|sun",
    "overcast": "grey day|gray day|dull day|gloomy|cold light",
}
_SILENT = (
    "open|vast|endless|wide|horizon|seen|surface|water|view of|background plate|plate|glitter|"
    "glittering|sparkling|sparkle|sparkles|reflections|reflection|reflecting|reflected|shimmering|"
    "moving|move|moves|flowing|natural|realistic|cinematic|beautiful|photorealistic|rolls|roll|rises|"
    "rise|falls|fall|path|moon path|dancing|dances|far|far away|distance|in the distance|state|force|"
    "beaufort|weather|conditions|plain|surrounded|crests|crest|troughs|gently|softly|slowly|knots|"
    "height|across|stretching|stretches|blowing|blows|on the water|empty|lonely|calmly|evening|"
    "sun path|hour"
)


def _phrases() -> dict[tuple[str, ...], list[tuple[str, Any]]]:
    """Phrase -> every (kind, value) that it says; one phrase may speak of wind and foam alike."""
    table: dict[tuple[str, ...], list[tuple[str, Any]]] = {}

    def put(words: str, kind: str, value: Any) -> None:
        table.setdefault(tuple(words.split()), []).append((kind, value))

    for place, words in _PLACES.items():
        for word in words.split():
            put(word, "place", place)
    for words, place in _PHRASE_PLACES.items():
        put(words, "place", place)
    groups = (
        ("wind", _WINDS),
        ("above", _HEIGHTS),
        ("clouds", _CLOUDS),
        ("water", _KINDS),
        ("light", _LIGHTS),
    )
    for kind, group in groups:
        for value, words in group.items():
            for phrase in words.split("|"):
                put(phrase, kind, value)
    for kind, words in (("swell", _SWELL), ("loop", _LOOPS), ("foam", _FOAM), ("silent", _SILENT)):
        for phrase in words.split("|"):
            put(phrase, kind, True)
    return table


PHRASES = _phrases()
