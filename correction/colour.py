"""Colour differences as seen: sRGB to CIE L*a*b* (D65) and CIEDE2000.

After G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Res. Appl. 30 (2005) 21-30.
"""

from __future__ import annotations

import numpy as np

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_KNEE = (6 / 29) ** 3


def lab(rgb) -> np.ndarray:
    """sRGB (..., 3) in [0, 1] -> L*, a*, b* (..., 3)."""
    c = np.clip(np.asarray(rgb, float), 0.0, 1.0)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    t = linear @ _TO_XYZ.T / _WHITE
    f = np.where(t > _KNEE, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def delta_e(rgb1, rgb2) -> np.ndarray:
    """CIEDE2000 difference (...,) of two sRGB colours (..., 3)."""
    return delta_e_lab(lab(rgb1), lab(rgb2))


def delta_e_lab(lab1, lab2) -> np.ndarray:
    """CIEDE2000 difference (...,) of two L*a*b* colours (..., 3), Sharma et al. eq. 2-22."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(x, float), -1, 0) for x in (lab1, lab2))
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    mean_h = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    weight_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    weight_c, weight_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * _hue_weight(mean_h)
    dl, dc, dh = (l2 - l1) / weight_l, (c2 - c1) / weight_c, dh / weight_h
    return np.sqrt(dl**2 + dc**2 + dh**2 + _rotation(mean_c, mean_h) * dc * dh)


def _hue_weight(h) -> np.ndarray:
    """T of eq. 15."""
    r = np.radians
    return (
        1
        - 0.17 * np.cos(r(h - 30))
        + 0.24 * np.cos(r(2 * h))
        + 0.32 * np.cos(r(3 * h + 6))
        - 0.20 * np.cos(r(4 * h - 63))
    )


def _rotation(c, h) -> np.ndarray:
    """R_T of eq. 16-21: chroma and hue differences are not independent in the blues."""
    return -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
