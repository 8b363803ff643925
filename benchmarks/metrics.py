"""How far a picture is from the truth: PSNR, SSIM, FLIP, flicker, and how light bends at shadow edges.

Pictures are sRGB in [0, 1], (H, W, 3). SSIM: Wang et al., "Image quality assessment", 2004, eqs. 6-16.
FLIP: Andersson et al., "FLIP: a difference evaluator for alternating images", 2020, for displays of low
dynamic range; section numbers below are that paper's. Linear light, XYZ and L*a*b* are those of sRGB, D65.
"""

from __future__ import annotations

from functools import cache

import jax.numpy as jnp
import numpy as np
from scipy import ndimage

from diffusion.sample import warp

PIXELS_PER_DEGREE = 67.0  # 0.7 m from a 0.7 m wide screen of 3840 px
LUMA = np.array([0.2126, 0.7152, 0.0722])
XYZ = np.array(  # linear sRGB to XYZ
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = XYZ.sum(1)
CSF = (  # contrast sensitivity as two Gaussians a, b per channel of YCxCz (section 4.1.1, table 1)
    ((1.0, 0.0047), (0.0, 1e-5)),
    ((1.0, 0.0053), (0.0, 1e-5)),
    ((34.1, 0.04), (13.5, 0.025)),
)
Q_COLOUR, P_CUT, P_TOP = 0.7, 0.4, 0.95  # section 4.1.3
FEATURE_WIDTH, Q_FEATURE = 0.082, 0.5  # degrees, section 4.2


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, peak 1."""
    return float(-10 * np.log10(max(np.mean((np.asarray(picture, float) - truth) ** 2), 1e-12)))


def ssim(picture: np.ndarray, truth: np.ndarray) -> float:
    """Mean structural similarity of the luma: 11 x 11 Gaussian window of sigma 1.5, whole windows only."""
    x, y = (np.asarray(p, float) @ LUMA for p in (picture, truth))
    offset = np.arange(11) - 5.0
    window = np.exp(-(offset**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(a):
        return _separable(a, window, window)[5:-5, 5:-5]

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return float(np.mean((2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))))


def flip(picture: np.ndarray, truth: np.ndarray, ppd: float = PIXELS_PER_DEGREE) -> float:
    """Mean of `flip_map`."""
    return float(flip_map(picture, truth, ppd).mean())


def flip_map(picture: np.ndarray, truth: np.ndarray, ppd: float = PIXELS_PER_DEGREE) -> np.ndarray:
    """Perceived difference per pixel (H, W) in [0, 1]: colour sharpened by features (section 4.3)."""
    seen = [_ycxcz(_linear(np.clip(np.asarray(p, float), 0, 1)) @ XYZ.T) for p in (truth, picture)]
    a, b = (_filtered_lab(p, ppd) for p in seen)
    colour = _colour_difference(a, b)
    a, b = ((p[..., 0] + 16) / 116 for p in seen)
    feature = _feature_difference(a, b, ppd)
    return colour ** (1 - feature)


def _linear(c):
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _ycxcz(xyz):
    """Linearised L*a*b* (section 4.1.1)."""
    x, y, z = np.moveaxis(xyz / WHITE, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _lab(rgb):
    """Linear RGB to L*a*b* with Hunt-adjusted a and b (section 4.1.2)."""
    t, d = rgb @ XYZ.T / WHITE, 6 / 29
    x, y, z = np.moveaxis(np.where(t > d**3, np.cbrt(t), t / (3 * d * d) + 4 / 29), -1, 0)
    lightness = 116 * y - 16
    return np.stack([lightness, 0.01 * lightness * 500 * (x - y), 0.01 * lightness * 200 * (y - z)], -1)


def _filtered_lab(opponent, ppd: float):
    """What is left of YCxCz after the eye's contrast sensitivity, clipped to the display's gamut."""
    radius = int(np.ceil(3 * np.sqrt(0.04 / (2 * np.pi**2)) * ppd))
    x = np.arange(-radius, radius + 1) / ppd
    channels = []
    for i, lobes in enumerate(CSF):
        gaussians = [(a * np.sqrt(np.pi / b), np.exp(-(np.pi**2) * x * x / b)) for a, b in lobes]
        total = sum(w * g.sum() ** 2 for w, g in gaussians)
        channels.append(sum(w / total * _separable(opponent[..., i], g, g) for w, g in gaussians if w))
    y, cx, cz = (channels[0] + 16) / 116, channels[1] / 500, channels[2] / 200
    rgb = (np.stack([y + cx, y, y - cz], -1) * WHITE) @ np.linalg.inv(XYZ).T
    return _lab(np.clip(rgb, 0, 1))


def _hyab(a, b):
    """Distance for large colour differences (Abasi et al. 2020)."""
    d = a - b
    return np.abs(d[..., 0]) + np.hypot(d[..., 1], d[..., 2])


@cache
def _largest() -> float:
    """The largest difference there is, between green and blue."""
    green, blue = _lab(np.eye(3)[1]), _lab(np.eye(3)[2])
    return float(_hyab(green, blue) ** Q_COLOUR)


def _colour_difference(a, b):
    """Differences redistributed to [0, 1]: most of the range for the small ones (section 4.1.3)."""
    d, top = _hyab(a, b) ** Q_COLOUR, _largest()
    cut = P_CUT * top
    return np.where(d < cut, P_TOP / cut * d, P_TOP + (d - cut) / (top - cut) * (1 - P_TOP))


def _feature_difference(a, b, ppd: float):
    """Edges and points that one picture has and the other has not (section 4.2)."""
    sd = 0.5 * FEATURE_WIDTH * ppd
    x = np.arange(-int(np.ceil(3 * sd)), int(np.ceil(3 * sd)) + 1)
    g = np.exp(-x * x / (2 * sd * sd))
    out = []
    for profile in (-x * g, (x * x / sd**2 - 1) * g):
        profile = profile / np.where(profile < 0, -profile[profile < 0].sum(), profile[profile > 0].sum())
        strength = [
            np.hypot(_separable(p, profile, g / g.sum()), _separable(p, g / g.sum(), profile)) for p in (a, b)
        ]
        out.append(np.abs(strength[0] - strength[1]))
    return (np.maximum(*out) / np.sqrt(2)) ** Q_FEATURE


def _separable(a, along_x, along_y):
    """Correlate a plane (H, W) with the product of two profiles; the border repeats."""
    a = ndimage.correlate1d(a, along_y, axis=0, mode="nearest")
    return ndimage.correlate1d(a, along_x, axis=1, mode="nearest")


def change_along(frame: np.ndarray, before: np.ndarray, motion_back: np.ndarray) -> np.ndarray:
    """Difference (H, W, 3) of a frame and the one before, warped along the true motion (H, W, 2), px."""
    return np.asarray(frame, float) - np.asarray(warp(jnp.asarray(before), jnp.asarray(motion_back)))


def flicker(frame: np.ndarray, before: np.ndarray, motion_back: np.ndarray, valid: np.ndarray) -> float:
    """Mean absolute `change_along` the motion over the valid pixels.

    valid (H, W): 1 where the frame before shows the same surface, else 0.
    """
    return mean_over(np.abs(change_along(frame, before, motion_back)), valid)


def mean_over(values: np.ndarray, valid: np.ndarray) -> float:
    """Mean of (H, W, C) over the pixels where `valid` (H, W) is 1."""
    return float((values.mean(-1) * valid).sum() / max(valid.sum(), 1.0))


def bends(picture: np.ndarray, base: np.ndarray, hard: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Second derivatives, per px squared, of the light across hard shadow edges, (n,): large where it rings.

    Light is the luma over that of the base colour (H, W, 3), which takes the texture out. hard (H, W): sun of
    a point light, whose gradient is the direction across; band (H, W) bool: the n pixels to look at.
    """
    light = (np.asarray(picture, float) @ LUMA) / np.maximum(np.asarray(base, float) @ LUMA, 0.05)
    p = ndimage.gaussian_filter(light, 0.7)
    dyy, dxx = (ndimage.correlate1d(p, [1.0, -2.0, 1.0], axis=i) for i in (0, 1))
    dyx = np.gradient(np.gradient(p, axis=0), axis=1)
    ny, nx = np.gradient(ndimage.gaussian_filter(hard.astype(float), 2.0))
    across = (nx * nx * dxx + 2 * nx * ny * dyx + ny * ny * dyy) / (nx * nx + ny * ny + 1e-12)
    return across[band]


def shadow_edges(hard: np.ndarray, ident: np.ndarray, reach: int = 4) -> np.ndarray:
    """Pixels (H, W) within `reach` px of a change of light and shadow on one object, as far from others."""
    square = np.ones((3, 3), bool)
    whole = ndimage.maximum_filter(ident, 3) == ndimage.minimum_filter(ident, 3)
    step = ndimage.maximum_filter(hard, 3) - ndimage.minimum_filter(hard, 3)
    near = ndimage.binary_dilation((step > 0.1) & whole, square, iterations=reach)
    return near & ndimage.binary_erosion(whole, square, iterations=reach, border_value=1)
