"""How much more training would the rival need?  Straight lines in log-log, with what is not known of them.

error = a C^-b is fitted by least squares to every run and budget of an arm (all seeds); the compute at
which the line meets the product's error is C*, and C* over the product's own compute the factor. The
interval is a bootstrap over seeds and over clips' noise by the residuals. An extrapolation over more than
FAR decades, or by a slope whose interval reaches zero, is called what it is: not meaningful; the largest
factor that was measured and not sufficient remains.
"""

from __future__ import annotations

import numpy as np

FAR, DRAWS = 2.0, 2000  # decades beyond the last measurement; bootstrap draws
FLAT = -0.003  # of the slope: above it nothing falls (2 % in three decades)


def needed(flop: np.ndarray, error: np.ndarray, goal: float, rng: np.random.Generator) -> dict:
    """FLOP at which the power law through (flop, error) reaches `goal`, median and 95 % interval."""
    x, y = np.log10(flop), np.log10(error)
    slope, level = np.polyfit(x, y, 1)
    rest = y - (level + slope * x)
    slopes, meets = [], []
    for _ in range(DRAWS):
        b, a = np.polyfit(
            x, level + slope * x + rng.choice(rest, len(rest)) * np.sqrt(len(x) / (len(x) - 2)), 1
        )
        slopes.append(b)
        meets.append((np.log10(goal) - a) / b if b < FLAT else np.inf)
    low, middle, high = (float(np.quantile(meets, q, method="nearest")) for q in (0.025, 0.5, 0.975))
    steepest, flattest = np.quantile(slopes, [0.025, 0.975])
    beyond = middle - float(x.max())
    return {
        "slope": float(slope),
        "slope_interval": [float(steepest), float(flattest)],
        "log10_flop": [low, middle, high],
        "decades_beyond": beyond,
        "meaningful": bool(flattest < FLAT and beyond <= FAR),
    }


def sentence(name: str, fit: dict, spent: float, reached: float) -> str:
    """What the fit says, in words; `spent` FLOP by the product, `reached` by the rival at most."""
    least = f"at {reached / spent:.3g}x the product's training FLOP the rival has not reached it (measured)"
    if fit["slope_interval"][1] >= FLAT:
        return f"{name}: no fall with compute that is significant, so no factor can be stated; {least}"
    low, middle, high = (v - np.log10(spent) for v in fit["log10_flop"])
    far = f"fit: 10^{middle:.1f}x (95 %: 10^{low:.1f} to 10^{high:.1f})"
    if not fit["meaningful"]:
        return f"{name}: {least}; {far}, {fit['decades_beyond']:.1f} decades beyond the data: not meaningful"
    return f"{name}: {far}; {least}"
