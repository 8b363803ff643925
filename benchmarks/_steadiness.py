"""What should stay from the first frames of a clip to the last: colour, sharpness, place of the texture.

Pictures are sRGB in [0, 1], (H, W, 3). Displacement by phase correlation (Kuglin and Hines 1975), the peak
between pixels from a parabola through three samples.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from benchmarks.metrics import LUMA
from physics.colour import srgb_to_linear

BLUR = 12.0  # px
OCTAVES = tuple((2.0**-n, 2.0 ** (1 - n)) for n in (6, 5, 4, 3, 2))  # cycles per px, up to 1/2
WINDOW, STRIDE, WINDOWS = 64, 16, 8  # px, px, how many of the most textured ones


def level(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean linear light per channel over the reference's, (3,) dB."""
    a, b = (np.asarray(srgb_to_linear(p)).mean((0, 1)) for p in (picture, reference))
    return 10 * np.log10(a / b)


def blurred(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Blurred linear light over the reference's, (H, W, 3) dB."""
    linear = (np.asarray(srgb_to_linear(p)) for p in (picture, reference))
    a, b = (ndimage.gaussian_filter(p, (BLUR, BLUR, 0)) + 1e-3 for p in linear)
    return 10 * np.log10(a / b)


def spectrum(picture: np.ndarray) -> np.ndarray:
    """Power of the luma in OCTAVES, dB."""
    luma = picture @ LUMA
    window = np.outer(np.hanning(luma.shape[0]), np.hanning(luma.shape[1]))
    power = np.abs(np.fft.fft2((luma - luma.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(luma.shape[0])[:, None], np.fft.fftfreq(luma.shape[1]))
    return np.array([10 * np.log10(power[(radius >= a) & (radius < b)].sum() + 1e-9) for a, b in OCTAVES])


def offset(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """How far the texture of `picture` lies beside that of `reference`: median of windows, (2,) px x, y."""
    a, b = picture @ LUMA, reference @ LUMA
    return np.median([shift(a[cut], b[cut]) for cut in textured(b)], axis=0)


def textured(luma: np.ndarray) -> list[tuple[slice, slice]]:
    """The windows with most texture along their poorer direction (Shi and Tomasi 1994)."""
    gy, gx = np.gradient(ndimage.gaussian_filter(luma, 0.7))
    ys, xs = (range(0, n - WINDOW + 1, STRIDE) for n in luma.shape)
    cuts = [(slice(y, y + WINDOW), slice(x, x + WINDOW)) for y in ys for x in xs]

    def poorer(cut: tuple[slice, slice]) -> float:
        tensor = [[np.mean(p[cut] * q[cut]) for p in (gx, gy)] for q in (gx, gy)]
        return float(np.linalg.eigvalsh(tensor)[0])

    return sorted(cuts, key=poorer, reverse=True)[:WINDOWS]


def shift(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Displacement (2,) px x, y of window `a` against `b`: fine detail held back."""
    window = np.outer(np.hanning(a.shape[0]), np.hanning(a.shape[1]))
    fa, fb = (np.fft.fft2((p - ndimage.gaussian_filter(p, 6.0)) * window) for p in (a, b))
    cross = fa * np.conj(fb)
    radius = np.hypot(np.fft.fftfreq(a.shape[0])[:, None], np.fft.fftfreq(a.shape[1]))
    cross = cross / (np.abs(cross) + 1e-3 * np.abs(cross).max()) * np.exp(-((radius / 0.2) ** 2))
    r = np.fft.fftshift(np.real(np.fft.ifft2(cross)))
    y, x = np.unravel_index(np.argmax(r[1:-1, 1:-1]), (r.shape[0] - 2, r.shape[1] - 2))
    y, x = int(y) + 1, int(x) + 1
    fine = [_vertex(r[y, x - 1 : x + 2]), _vertex(r[y - 1 : y + 2, x])]
    return np.array([x - a.shape[1] // 2 + fine[0], y - a.shape[0] // 2 + fine[1]])


def _vertex(v: np.ndarray) -> float:
    """Place of the top of the parabola through three samples around 0."""
    bend = v[0] - 2 * v[1] + v[2]
    return float(0.5 * (v[0] - v[2]) / bend) if bend < 0 else 0.0
