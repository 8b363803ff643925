"""The vocabulary of what hangs, swings, topples and flutters: phrases and what each of them says.

One table, `PHRASES`: words (lower case, hyphens opened to spaces) -> [(kind, value)]. Add a phrase here and
it is understood.
"""

from __future__ import annotations

from typing import Any

MECHANICS_COVERED = (
    "pendulums, double pendulums, springs, Newton's cradles, dominoes, towers and walls of blocks, seesaws, "
    "flags, curtains, tablecloths, ropes and chains, in any colour, material and wind"
)

_SUBJECTS = {  # kind -> nouns, separated by |
    "pendulum": "pendulum|pendulums|simple pendulum|foucault pendulum|swinging pendulum|clock pendulum|"
    "plumb bob|wrecking ball",
    "double pendulum": "double pendulum|double pendulums|chaotic pendulum|chaotic double pendulum|"
    "two link pendulum|compound pendulum|triple pendulum",
    "spring": "spring|coil spring|spring and mass|mass on a spring|mass spring system|spring mass system|"
    "weight on a spring|bob on a spring|ball on a spring|steel spring|mass and spring|"
    "spring pendulum|elastic pendulum|metal spring|mass hanging from a spring|"
    "weight hanging from a spring",
    "cradle": "newton's cradle|newtons cradle|newton cradle|a newton's cradle|executive ball clicker|"
    "cradle of balls|swinging steel balls",
    "dominoes": "dominoes|dominos|domino|row of dominoes|row of dominos|line of dominoes|domino row|"
    "domino run|domino chain|domino line|chain of dominoes|domino effect|curve of dominoes|a row of dominoes|"
    "a line of dominoes|dominos in a row|domino bricks",
    "tower": "tower of blocks|block tower|tower of bricks|tower of cubes|tower of wooden blocks|"
    "building blocks|tower made of blocks|wooden block tower|tower of toy blocks|tower of boxes|"
    "stack of blocks|blocks|stack of boxes|stack of cubes|stack of bricks|stack of wooden blocks|"
    "stacked blocks|stacked boxes|jenga|jenga tower|wooden blocks|toy blocks|cubes|boxes|crates|"
    "stack of crates|pile of blocks|tower|pile of boxes|pyramid of blocks|pyramid of boxes|"
    "pyramid of cubes|stack of wooden boxes|cardboard boxes",
    "wall": "wall of blocks|wall of bricks|brick wall of toy blocks|wall of boxes|wall of wooden blocks|"
    "wall of cubes|wall made of blocks|block wall",
    "seesaw": "seesaw|see saw|teeter totter|seesaws|balance beam|plank on a pivot|tipping plank",
    "flag": "flag|flags|banner|pennant|flag on a pole|flag on a flagpole|waving flag|flag pole|flagpole|"
    "fluttering flag",
    "curtain": "curtain|curtains|window drapes|window curtain|window curtains|stage curtain|drapery|"
    "sheer curtain|sheer curtains|veil|hanging cloth|sheet on a line|bedsheet on a clothesline|"
    "laundry on a line|clothesline|washing line",
    "tablecloth": "tablecloth|table cloth|cloth|blanket|sheet of cloth|piece of cloth|piece of fabric|"
    "handkerchief|towel|scarf|silk scarf|fabric|silk cloth|bedsheet|bed sheet|silk|napkin|sheet",
    "rope": "rope|ropes|cord|cable|hanging rope|rope bridge line|string|strings|wire|hemp rope|thick rope",
    "chain": "chain|chains|hanging chain|iron chain|steel chain|metal chain|chain links",
}
_SILENT = (
    "swings|swing|swinging|swung|sways|swaying|sway|topples|topple|toppling|toppled|tips|tipping|"
    "tip|tilts|tilting|tilt|collapses|collapsing|collapse|collapsed|crashes|tumbles|tumbling|"
    "tumble|knocks|knocked|knock|knocking|knocks over|knocked over|knocked down|fall over|"
    "falls over|falling over|fall down|hangs|hang|hanging|hung|suspended|attached|fixed|tied|held|"
    "waves|wave|waving|flutters|fluttering|flutter|flaps|flapping|ripples|rippling|billows|"
    "billowing|blows|blow|blowing|blown|drapes|draping|draped|drape over|settles|settling|lands|"
    "landing|covers|covering|oscillates|oscillating|bobs|bobbing|clacks|clacking|clicking|clicks|"
    "knocking together|back and forth|to and fro|side to side|up and down|one by one|"
    "one after another|one after the other|in turn|over|down|falls|falling|fall|drops|dropping|"
    "dropped|bounces|bouncing|bounce|hit|hits|struck|strikes|is hit|is hit by|hit by|smashes|"
    "smashed|smashes into|crashes into|rolls into|bumps into|pushed|pushes|pushing|push|released|"
    "release|let go|pulled|loose|freely|end|ends|one end|other end|one side|stands|standing|rests|"
    "resting|sits|sitting|stacked|built|made|pole|poles|post|posts|rail|rod|frame|stand|table|"
    "window|open|hinge|pivot|mass|bob|bobs|weight|weights|link|links|rope|cloth|fabric|dancing|"
    "dances|moves|moving|chaotically|chaotic|plank|realistic|motion|pattern|onto|in row|start|"
    "starts|set|setting|chain reaction|cascade|line|curve|curved|row|lined up|hits them|catenary|"
    "top|first|last|rhythm|rhythmically|clack|click|swing back|launches|launching|launch|throws|"
    "catapults|catapult|heavy|light weight|steadily|perfectly|other|opposite|it|them|itself|beam|"
    "stack|stack of|pile|tower of|drapes|drape|ceiling|branch|side view|brick|bricks|"
    "its own weight|gravity|air|still|at rest|indoors|outdoors|outside|inside|room"
)
_FORCES = {  # factor on the amplitude, the speed or the strength of what sets things going
    0.55: "small swing|barely|little swing|slightly|small amplitude",
    1.35: "violently|wildly|hard|strongly|widely|high|large amplitude|far|powerfully|with force|big swing",
}
_WINDS = {
    2.0: "light breeze|gentle breeze|soft breeze|light wind|gentle wind|summer breeze",
    3.0: "breeze|breezy|a breeze",
    6.0: "wind|windy|in the wind|blowing wind|steady wind",
    11.0: "strong wind|strong winds|stormy|storm|gale|strong gusts|gusts|gusty|high wind|heavy wind",
    0.0: "no wind|without wind|calm air|still air|windless",
}
_FORMS = {
    "pyramid": "pyramid of blocks|pyramid of boxes|pyramid of cubes|pyramid",
    "jenga": "jenga|jenga tower",
    "triple": "triple pendulum",
    "wrecking": "wrecking ball",
    "line": "sheet on a line|clothesline|bedsheet on a clothesline|laundry on a line|washing line",
    "curve": "curve of dominoes|curve|curved|spiral|circle|s shape|winding",
    "swinging": "swinging rope|swings|swinging",
    "silk": "silk|silk scarf|silk cloth|scarf|veil|sheer curtain|sheer curtains|handkerchief|sheer",
    "heavy": "blanket|towel|thick|stage curtain|velvet|canvas|wool",
    "box": "boxes|cardboard boxes|crates|box",
    "string": "string|strings|wire|cord|thread",
}
Phrases = dict[tuple[str, ...], list[tuple[str, Any]]]


def _table() -> Phrases:
    table: Phrases = {}
    for kind, groups in (("subject", _SUBJECTS), ("force", _FORCES), ("wind", _WINDS), ("form", _FORMS)):
        for value, names in groups.items():
            for name in names.split("|"):
                table.setdefault(tuple(name.split()), []).append((kind, value))
    for name in _SILENT.split("|"):
        table.setdefault(tuple(name.split()), []).append(("silent", None))
    return table


PHRASES: Phrases = _table()
# words that name a subject only where no ball does, as other worlds or rigid bodies may mean them
SHY = frozenset(
    {"silk", "fabric", "sheet", "string", "strings", "wire", "chain", "chains", "cable", "tower", "spring",
     "boxes", "blocks", "cubes", "cord", "cloth", "veil", "rope", "ropes"}
)  # fmt: skip
