"""Materials: what balls and grounds are made of, with measured or rule-book numbers.

Densities are means over the whole sphere (a basketball is mostly air): mass / (4/3 pi r^3) from the
rules of each sport, handbook densities for solids. Restitution is against a hard, massive surface;
grounds multiply it (see `physics.scene`). Rolling resistances of body and ground add up.
Limit: one number each; real restitution falls slowly with speed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from physics.scene import Ground, Surface, Vec3

SHELL = 2.0 / 3.0  # inertia factor of a thin shell; 0.4 is a solid sphere


def rgb(text: str) -> Vec3:
    """'#rrggbb' to sRGB in [0, 1]; the 8-bit values survive a round trip exactly."""
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class Material:
    """A kind of ball."""

    radius: float  # m, of the usual specimen
    density: float  # kg/m^3, mean over the sphere
    restitution: float
    friction: float = 0.5
    rolling: float = 0.005  # c_rr of this side
    inertia_factor: float = 0.4
    drag_coefficient: float = 0.47
    surface: Surface = field(default_factory=Surface)
    free_colour: bool = False  # the colour is open: drawn from the seed when the words do not name it
    free_size: bool = False  # no rule book fixes the radius: it may vary within a scene
    rolls: bool = False  # unless told otherwise it rolls rather than drops


def _look(colour: str, colour2: str = "#1a1a1a", pattern: str = "plain", **kw: float) -> Surface:
    return Surface(colour=rgb(colour), colour2=rgb(colour2), pattern=pattern, **kw)  # type: ignore[arg-type]


def _metal(colour: str, roughness: float = 0.12) -> Surface:
    return _look(colour, roughness=roughness, metallic=1.0)


_OPEN = {"free_colour": True, "free_size": True}
_SOLID = {"free_size": True, "rolls": True}

MATERIALS: dict[str, Material] = {
    # toys and open materials
    "rubber": Material(radius=0.11, density=1100, restitution=0.80, friction=0.8, rolling=0.010,
                       surface=_look("#c8322d", roughness=0.32), **_OPEN),
    "bouncy ball": Material(radius=0.025, density=1050, restitution=0.92, friction=0.8, rolling=0.008,
                            surface=_look("#2a9d8f", roughness=0.2), **_OPEN),
    "plastic": Material(radius=0.07, density=130, restitution=0.70, friction=0.35, inertia_factor=0.6,
                        surface=_look("#2f6fb7", roughness=0.22), **_OPEN),
    "foam": Material(radius=0.08, density=35, restitution=0.55, friction=0.7, rolling=0.02,
                     surface=_look("#e0a43a", roughness=0.85), **_OPEN),
    "balloon": Material(radius=0.14, density=1.6, restitution=0.70, friction=0.6, rolling=0.01,
                        inertia_factor=0.6, surface=_look("#d0435f", roughness=0.18), **_OPEN),
    "beach ball": Material(radius=0.20, density=3.6, restitution=0.72, friction=0.5, rolling=0.01,
                           inertia_factor=0.6, surface=_look("#db2b29", "#1a54bd", "beach_ball",
                                                             roughness=0.3)),
    "clay": Material(radius=0.06, density=1800, restitution=0.10, friction=0.8, rolling=0.03, free_size=True,
                     surface=_look("#a0603f", roughness=0.9)),
    "felt": Material(radius=0.04, density=250, restitution=0.30, friction=0.8, rolling=0.03,
                     surface=_look("#b5533c", roughness=0.98), **_OPEN),
    # solids
    "steel": Material(radius=0.05, density=7850, restitution=0.70, friction=0.25, rolling=0.001,
                      surface=_metal("#b9bcc2"), **_SOLID),
    "iron": Material(radius=0.06, density=7870, restitution=0.55, friction=0.35, rolling=0.002,
                     surface=_metal("#6f6c6a", 0.38), **_SOLID),
    "lead": Material(radius=0.05, density=11340, restitution=0.16, friction=0.45, rolling=0.004,
                     surface=_metal("#5f646b", 0.45), **_SOLID),
    "gold": Material(radius=0.05, density=19300, restitution=0.30, friction=0.35, rolling=0.002,
                     surface=_metal("#f2c46b", 0.14), **_SOLID),
    "silver": Material(radius=0.05, density=10490, restitution=0.40, friction=0.35, rolling=0.002,
                       surface=_metal("#dcdad5", 0.10), **_SOLID),
    "copper": Material(radius=0.05, density=8960, restitution=0.45, friction=0.35, rolling=0.002,
                       surface=_metal("#d98a63", 0.16), **_SOLID),
    "brass": Material(radius=0.05, density=8500, restitution=0.55, friction=0.30, rolling=0.002,
                      surface=_metal("#cfa75a", 0.16), **_SOLID),
    "aluminium": Material(radius=0.05, density=2700, restitution=0.60, friction=0.35, rolling=0.002,
                          surface=_metal("#c6c8ca", 0.22), **_SOLID),
    "glass": Material(radius=0.06, density=2500, restitution=0.70, friction=0.30, rolling=0.001,
                      surface=_look("#f4f7f7", roughness=0.03, transmission=1.0), **_SOLID),
    "glass marble": Material(radius=0.008, density=2500, restitution=0.70, friction=0.30, rolling=0.002,
                             surface=_look("#b8dbeb", "#1a52b8", "swirl", roughness=0.04, transmission=0.75),
                             free_colour=True, rolls=True),
    "ice": Material(radius=0.06, density=917, restitution=0.50, friction=0.05, rolling=0.001,
                    surface=_look("#d9edf4", "#f4fafc", "ice", roughness=0.12, transmission=0.6, ior=1.31),
                    **_SOLID),
    "wood": Material(radius=0.06, density=700, restitution=0.55, friction=0.45, rolling=0.005,
                     surface=_look("#b98352", "#8a5a34", "wood", pattern_scale=0.8, roughness=0.42),
                     **_SOLID),
    "cork": Material(radius=0.05, density=240, restitution=0.60, friction=0.6, rolling=0.01,
                     surface=_look("#c39a6b", "#7d5a38", "sand", pattern_scale=0.3, roughness=0.9),
                     free_size=True),
    "stone": Material(radius=0.07, density=2700, restitution=0.50, friction=0.6, rolling=0.006,
                      surface=_look("#8d8a84", "#5c5a56", "concrete", pattern_scale=0.8, roughness=0.8),
                      **_SOLID),
    "concrete": Material(radius=0.08, density=2300, restitution=0.45, friction=0.6, rolling=0.006,
                         surface=_look("#a5a29b", "#7b7872", "concrete", pattern_scale=0.8, roughness=0.85),
                         **_SOLID),
    "marble": Material(radius=0.06, density=2700, restitution=0.60, friction=0.35, rolling=0.002,
                       surface=_look("#ecebe7", "#7d8188", "marble", pattern_scale=1.0, roughness=0.12),
                       **_SOLID),
    "ceramic": Material(radius=0.06, density=2400, restitution=0.60, friction=0.35, rolling=0.002,
                        surface=_look("#ece8df", roughness=0.15), free_size=True, free_colour=True,
                        rolls=True),
    "snow": Material(radius=0.05, density=450, restitution=0.05, friction=0.5, rolling=0.05, free_size=True,
                     surface=_look("#f2f5f8", "#d7e0ea", "snow", pattern_scale=0.5, roughness=0.9)),
    # sports: mass and diameter from the rules
    "ping-pong": Material(radius=0.020, density=80.6, restitution=0.89, friction=0.35, rolling=0.004,
                          inertia_factor=SHELL, surface=_look("#f1efe8", roughness=0.45)),
    "tennis ball": Material(radius=0.0335, density=368, restitution=0.74, friction=0.65, rolling=0.015,
                            inertia_factor=0.55, drag_coefficient=0.55,
                            surface=_look("#cce03d", "#ebede0", "tennis", roughness=0.95)),
    "basketball": Material(radius=0.121, density=84, restitution=0.80, friction=0.8, rolling=0.006,
                           inertia_factor=SHELL, surface=_look("#cc632b", "#171414", "basketball",
                                                               roughness=0.6)),
    "football": Material(radius=0.110, density=77, restitution=0.78, friction=0.6, rolling=0.008,
                         inertia_factor=SHELL, surface=_look("#ededeb", "#121214", "football",
                                                             roughness=0.35)),
    "volleyball": Material(radius=0.105, density=55.7, restitution=0.75, friction=0.6, rolling=0.008,
                           inertia_factor=SHELL, surface=_look("#f1d34a", "#2a55a5", "beach_ball",
                                                               roughness=0.5)),
    "bowling ball": Material(radius=0.1085, density=1270, restitution=0.60, friction=0.20, rolling=0.002,
                             rolls=True,
                             surface=_look("#1a266b", "#3d75bf", "bowling", roughness=0.08)),
    "golf ball": Material(radius=0.02135, density=1126, restitution=0.80, friction=0.4, rolling=0.006,
                          drag_coefficient=0.25,  # dimples trip the boundary layer
                          surface=_look("#f3f3ef", "#cfcfca", "dots", pattern_scale=0.25, roughness=0.25)),
    "billiard ball": Material(radius=0.0286, density=1735, restitution=0.93, friction=0.15, rolling=0.004,
                              rolls=True,
                              surface=_look("#c22a2a", "#f3efe2", roughness=0.06), free_colour=True),
    "baseball": Material(radius=0.0366, density=706, restitution=0.55, friction=0.5, rolling=0.01,
                         surface=_look("#efece2", "#b3262a", "tennis", roughness=0.7)),
    "cricket ball": Material(radius=0.0362, density=805, restitution=0.55, friction=0.4, rolling=0.008,
                             surface=_look("#8e1b22", "#e8ddc8", "stripes", pattern_scale=2.6,
                                           roughness=0.35)),
    "medicine ball": Material(radius=0.14, density=348, restitution=0.20, friction=0.7, rolling=0.02,
                              surface=_look("#3a3330", roughness=0.8)),
}  # fmt: skip


def _ground(material: str, e: float, mu: float, crr: float, surface: Surface) -> Ground:
    return Ground(material=material, restitution=e, friction=mu, rolling_resistance=crr, surface=surface)


GROUNDS: dict[str, Ground] = {
    "wood": _ground("wood", 0.97, 0.40, 0.004,
                    _look("#a8754a", "#331f12", "wood", roughness=0.38)),
    "tile": _ground("tile", 1.0, 0.40, 0.003,
                    _look("#d1ccc2", "#858078", "tile", roughness=0.22)),
    "checker": _ground("tile", 1.0, 0.40, 0.003,
                       _look("#e0ded6", "#212124", "checker", roughness=0.18)),
    "concrete": _ground("concrete", 1.0, 0.70, 0.008,
                        _look("#9e9c96", "#666361", "concrete", roughness=0.8)),
    "marble": _ground("marble", 1.0, 0.30, 0.002,
                      _look("#ebe8e3", "#66696e", "marble", roughness=0.16)),
    "grass": _ground("grass", 0.70, 0.60, 0.060,
                     _look("#5e7533", "#9e9154", "grass", roughness=0.95)),
    "sand": _ground("sand", 0.30, 0.60, 0.180,
                    _look("#d1bd99", "#6b5440", "sand", roughness=0.95)),
    "snow": _ground("snow", 0.12, 0.15, 0.120,
                    _look("#ebeef4", "#c7d6ed", "snow", roughness=0.85)),
    "ice": _ground("ice", 0.95, 0.02, 0.001,
                   _look("#bdd1db", "#739eb8", "ice", roughness=0.12)),
    "carpet": _ground("carpet", 0.65, 0.70, 0.035,
                      _look("#7a706b", "#b2a899", "carpet", roughness=1.0)),
    "asphalt": _ground("asphalt", 0.97, 0.75, 0.010,
                       _look("#4a4a4c", "#2f2f31", "concrete", pattern_scale=1.5, roughness=0.9)),
    "brick": _ground("brick", 0.98, 0.65, 0.010,
                     _look("#995742", "#999185", "brick", roughness=0.85)),
    "metal": _ground("metal", 0.98, 0.30, 0.002,
                     Surface(colour=rgb("#9ea2a8"), roughness=0.3, metallic=1.0)),
    "court": _ground("court", 1.0, 0.55, 0.004,
                     _look("#296654", "#edede8", "court", roughness=0.55)),
    "cloth": _ground("cloth", 0.85, 0.35, 0.010, _look("#1f6a45", "#184f36", "carpet", pattern_scale=0.1,
                                                       roughness=0.95)),
    "plastic": _ground("plastic", 0.98, 0.40, 0.004, _look("#d4d5d4", roughness=0.3)),
    "glass": _ground("glass", 1.0, 0.25, 0.001, _look("#2b3236", roughness=0.05)),
    "stone": _ground("stone", 1.0, 0.60, 0.006,
                     _look("#8f8a82", "#68645e", "concrete", pattern_scale=1.2, roughness=0.7)),
    "dirt": _ground("dirt", 0.70, 0.65, 0.040,
                    _look("#7b5b3f", "#553d29", "sand", pattern_scale=0.6, roughness=0.95)),
    "studio": _ground("studio", 1.0, 0.50, 0.004, _look("#c9c7c3", roughness=0.42)),
    "dark": _ground("floor", 1.0, 0.40, 0.003, _look("#42464f", roughness=0.18)),
    "regolith": _ground("regolith", 0.45, 0.60, 0.080,
                        _look("#8b8985", "#5d5b58", "sand", pattern_scale=0.8, roughness=0.98)),
    "martian": _ground("martian soil", 0.50, 0.60, 0.080,
                       _look("#a8613c", "#74402a", "sand", pattern_scale=0.8, roughness=0.98)),
}  # fmt: skip

GROUND_OF_MATERIAL = {  # what "on <material>" means when the word is also a ball's material
    "wood": "wood", "marble": "marble", "glass marble": "marble", "concrete": "concrete", "stone": "stone",
    "ice": "ice", "snow": "snow", "glass": "glass", "steel": "metal", "iron": "metal", "aluminium": "metal",
    "copper": "metal", "brass": "metal", "gold": "metal", "silver": "metal", "lead": "metal",
    "plastic": "plastic",
    "ceramic": "tile", "rubber": "court", "felt": "cloth", "foam": "carpet", "clay": "court",
    "cork": "plastic",
}  # fmt: skip
