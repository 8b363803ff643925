"""The vocabulary of soft and granular matter: phrases and what each of them says.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> (kind, value). Balls that fall in,
floors, light and camera are described in the words of balls (`prompt_words`).
"""

from __future__ import annotations

from typing import Any

_STUFF = {
    "jelly": "jelly|jello|jell o|gelatin|gelatine|pudding|gummy|gummi|gummies|gelatin dessert|panna cotta|"
    "jellies|gel|aspic|fruit jelly|wine gum|wine gums",
    "sand": "sand|dry sand|golden sand|beach sand|desert sand|grains of sand|sand grains|grains|sandy|"
    "sand dune|gravel",
    "castle": "sandcastle|sand castle|wet sand|damp sand|sand castles|sandcastles",
    "snow": "snowball|snowballs|snow ball|snow balls|pile of snow|heap of snow|lump of snow|block of snow|"
    "snow block|snow pile|powder snow|packed snow|snow drift|snowdrift",
    "goo": "goo|slime|green slime|ooze|goop|gunk|sludge",
    "honey": "honey|syrup|maple syrup|golden syrup|caramel|treacle",
    "chocolate": "chocolate|melted chocolate|molten chocolate|chocolate sauce|liquid chocolate",
    "cream": "cream|yogurt|yoghurt|custard|batter|shampoo|lotion|milk shake|icing|frosting|toothpaste",
    "mud": "mud|wet clay|clay|wet cement|wet concrete|porridge|lava mud",
    "ketchup": "ketchup|tomato sauce|jam|strawberry jam|strawberry sauce|red paint",
}
_SHAPES = {
    "cube": "cube|cubes|block|blocks|box|slab|brick|square",
    "sphere": "ball|balls|sphere|spheres|blob|blobs|bubble|dollop|drop|drops|glob|lump|lumps|bear|bears",
    "cylinder": "column|cylinder|tower|cake|cakes|tube|cup|bucketful|dome|castle|castles|dessert|flan",
    "pile": "pile|heap|mound|cone|hill|dune|dunes|bed|layer|sandbox|pit",
}
_DOES = {
    "pour": "pours|pouring|poured|pour|streams|stream of|stream|trickles|trickling|flows|flowing|runs|"
    "drips|dripping|drizzles|drizzled|oozes|oozing|is poured|are poured|piles up|slides down|spills|spilling",
    "collapse": "collapses|collapsing|collapse|crumbles|crumbling|falls apart|slumps|slumping|breaks down|"
    "falls down|spreads|slides|topples|avalanche|landslide",
    "drop": "lands|landing|falls|falling|drops|dropped|dropping|hits|hitting|smashes|smashing|smash|"
    "splats|splat|splatting|bursts|burst|smashed|shatters|breaks|crashes|explodes|bounces|bouncing|wobbles|wobbling|"
    "wobble|jiggles|jiggling|jiggle|wobbly|jiggly|is dropped|plops|thrown|is thrown|flies|tumbles",
}
_HUES = {  # sRGB of jelly and goo
    (0.84, 0.07, 0.12): "red|strawberry|cherry|raspberry",
    (0.16, 0.62, 0.20): "green|lime|kiwi|apple|slimy",
    (0.95, 0.45, 0.05): "orange|peach|tangerine",
    (0.95, 0.78, 0.12): "yellow|lemon|banana|pineapple",
    (0.10, 0.28, 0.80): "blue|blueberry",
    (0.48, 0.14, 0.62): "purple|violet|grape|blackcurrant",
    (0.93, 0.42, 0.60): "pink|bubblegum",
    (0.90, 0.88, 0.84): "white|vanilla|coconut",
    (0.10, 0.09, 0.09): "black|oil",
    (0.36, 0.20, 0.10): "brown|cola",
    (0.10, 0.62, 0.62): "turquoise|teal|cyan",
}
_SILENT = (
    "onto|into|over|across|in|on|it|through|out|down|apart|against|gently|softly|soft|thick|viscous|"
    "sticky|translucent|transparent|squishy|elastic|dry|wet|fine|freshly|simulation|material|in slow motion "
    "and|plate|dish|spoon|with a splat|gooey|melting|melted|the ground|deep|big splat|slowly|forms|forming|"
    "making|makes|to|from above|above|hourglass|shiny|glossy|its|under its own weight|smoothly|loose|weight|"
    "own|under|powder|powdery|crater|a crater|leaves|leaving|half buried|like"
)
COUNTS = {"two": 2, "three": 3, "a pair of": 2, "several": 3, "four": 4, "some": 3, "few": 3, "a few": 3}


def _table() -> dict[tuple[str, ...], tuple[str, Any]]:
    out: dict[tuple[str, ...], tuple[str, Any]] = {}
    for kind, groups in (("stuff", _STUFF), ("shape", _SHAPES), ("does", _DOES), ("hue", _HUES)):
        for value, phrases in groups.items():
            for phrase in phrases.split("|"):
                out.setdefault(tuple(phrase.split()), (kind, value))
    for phrase, count in COUNTS.items():
        out[tuple(phrase.split())] = ("count", count)
    for phrase in _SILENT.split("|"):
        out.setdefault(tuple(phrase.split()), ("silent", None))
    return out


PHRASES = _table()
LONGEST = max(map(len, PHRASES))
