"""Surface: how a thing looks, as plain frozen data. Colours are sRGB in [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass

Vec3 = tuple[float, float, float]

PATTERNS = (
    "plain",  # one colour
    "wood",  # planks with grain
    "tile",  # square tiles with grout
    "checker",  # two-colour squares
    "concrete",  # cast slab, stains and pores
    "marble",  # veined stone
    "grass",  # mown lawn
    "sand",
    "snow",
    "ice",
    "carpet",
    "brick",
    "stripes",  # bands of two colours
    "dots",
    "basketball",  # seams
    "beach_ball",  # six gores
    "tennis",  # one seam curve
    "football",  # truncated icosahedron
    "bowling",  # swirl and finger holes
    "swirl",  # a glass marble's twisted ribbon
    "court",  # plain with one centre line
)


@dataclass(frozen=True, kw_only=True)
class Surface:
    """How a surface looks."""

    colour: Vec3 = (0.8, 0.8, 0.8)  # sRGB base colour
    colour2: Vec3 = (0.1, 0.1, 0.1)  # sRGB, second colour of the pattern (grout, veins, seams, ...)
    pattern: str = "plain"  # one of PATTERNS
    pattern_scale: float = 1.0  # m per period on ground and boxes; multiples of the radius on balls
    roughness: float = 0.5  # GGX alpha = roughness**2
    metallic: float = 0.0  # 0 dielectric, 1 conductor tinted by the base colour
    transmission: float = 0.0  # 0 opaque, 1 clear dielectric tinted by the base colour
    ior: float = 1.5  # index of refraction of the dielectric (coat)
