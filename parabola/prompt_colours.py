"""Colour words: every CSS name, the everyday paints, and shades such as "dark" and "pale"."""

from __future__ import annotations

import colorsys

from PIL import ImageColor

from physics.scene import Vec3


def hex_rgb(text: str) -> Vec3:
    """'#rgb' or '#rrggbb' to sRGB in [0, 1]."""
    r, g, b = ImageColor.getrgb(text)[:3]
    return r / 255, g / 255, b / 255


# Everyday colour words as paints rather than as full-power phosphors: '#ff0000' stays exact when asked for.
PAINTS = {
    "red": "#cc2420", "green": "#2e8b3d", "blue": "#2456b8", "yellow": "#efc11f", "orange": "#ee7d1d",
    "purple": "#6f3aa0", "violet": "#7b45b5", "pink": "#ee8fae", "white": "#f0efeb", "black": "#17171a",
    "brown": "#73482b", "grey": "#85868a", "gray": "#85868a", "teal": "#159488", "turquoise": "#2cb9b0",
    "cyan": "#27b4cf", "magenta": "#c92a8c", "lime": "#9ccb2d", "navy": "#1c2a56", "maroon": "#6d1a24",
    "beige": "#dccfb2", "amber": "#e79a1c", "cream": "#efe6cf", "scarlet": "#d02818", "burgundy": "#661a2b",
    "mint": "#a5dcc0", "peach": "#f3b892", "lilac": "#b79bd1", "lemon": "#f0dc4e", "charcoal": "#36383c",
    "emerald": "#1d9a63", "ruby": "#b01632", "sapphire": "#1c46a3", "jade": "#2f9d76", "mustard": "#cf9d26",
    "rose": "#d9627d", "tinted blue": "#4fb9d8", "sky blue": "#7fbbe3", "rust": "#a1492a",
    "apricot": "#f0a86b",
    "cobalt": "#1f4aa8", "ochre": "#c18a35", "golden yellow": "#f0b429", "off white": "#ebe7dc",
    "terracotta": "#c0643f",
}  # fmt: skip


def _paint(name: str) -> Vec3:
    """A CSS colour pulled in from the corners of the cube, so that no surface is a perfect reflector."""
    if name in PAINTS:
        return hex_rgb(PAINTS[name])
    r, g, b = ImageColor.getrgb(name)[:3]
    return tuple(round(10 + 0.88 * c) / 255 for c in (r, g, b))  # type: ignore[return-value]


_CSS_SPLIT = ("alice", "antique", "cadet", "cornflower", "corn", "dark", "deep", "dim", "dodger", "fire",
              "floral",
              "forest", "ghost", "green", "hot", "indian", "lavender", "lawn", "lemon", "light", "lime",
              "medium",
              "midnight", "mint", "misty", "navajo", "old", "olive", "orange", "pale", "papaya", "peach",
              "powder",
              "rebecca", "rosy", "royal", "saddle", "sandy", "sea", "sky", "slate", "spring", "steel",
              "violet",
              "white", "yellow")  # fmt: skip


def _split_css(name: str) -> list[str]:
    """The spellings of a CSS name with its parts apart: 'darkslategray' -> 'dark slate gray', ..."""
    found = [name]
    for head in _CSS_SPLIT:
        rest = name[len(head) :]
        if name.startswith(head) and len(rest) > 2:
            found += [f"{head} {tail}" for tail in _split_css(rest)]
    return found


COLOURS: dict[str, Vec3] = {part: _paint(name) for name in ImageColor.colormap for part in _split_css(name)}
COLOURS |= {name: hex_rgb(value) for name, value in PAINTS.items()}
for _ball_metal in ("gold", "silver"):  # metals first; as a tint they come back through METAL_TINTS
    COLOURS.pop(_ball_metal)
for _other in ("snow", "whitesmoke", "white smoke", "seashell", "sea shell", "dark gray", "dark grey"):
    COLOURS.pop(_other, None)  # words that mean something else, or (dark grey) a lighter grey than "grey"
COLOURS |= {"whitesmoke": _paint("whitesmoke"), "seashell": _paint("seashell")}
METAL_TINTS = {
    "gold": "#d9a93a",
    "silver": "#c4c6c9",
    "copper": "#b87047",
    "brass": "#c39a4e",
    "ice": "#d9edf4",
}

SHADES = {  # word -> (towards white, towards black, saturation factor)
    "dark": (0, 0.45, 1.0), "darker": (0, 0.5, 1.0), "deep": (0, 0.3, 1.15), "light": (0.45, 0, 0.95),
    "lighter": (0.5, 0, 0.95), "pale": (0.6, 0, 0.8), "pastel": (0.5, 0, 0.8), "bright": (0.1, 0, 1.2),
    "vivid": (0, 0, 1.3), "vibrant": (0, 0, 1.3), "neon": (0.1, 0, 1.5), "dull": (0, 0.1, 0.55),
    "muted": (0.08, 0.08, 0.6), "tinted": (0.15, 0, 0.9), "faded": (0.25, 0, 0.6), "rich": (0, 0.12, 1.2),
}  # fmt: skip


def shaded(colour: Vec3, shades: list[str]) -> Vec3:
    """`colour` after shade words, to the nearest 8-bit value."""
    for word in shades:
        white, black, saturation = SHADES[word]
        h, s, v = colorsys.rgb_to_hsv(*colour)
        r, g, b = colorsys.hsv_to_rgb(h, min(1.0, s * saturation), v)
        colour = tuple((c + (1 - c) * white) * (1 - black) for c in (r, g, b))  # type: ignore[assignment]
    return tuple(round(255 * c) / 255 for c in colour)  # type: ignore[return-value]
