"""The event simulator as a law: which numbers describe a world, and how a vector of them becomes one.

Layout of theta for N bodies and S lines: per body x, y, u, v; then the shared gx, gy, drag, wind_x, wind_y,
resistance, restitution, keep, bounce, swell (px added to every radius); per body give (added to the
restitution); the logarithm of each further body's mass against the first's; per line angle, offset. The
angle is that of the normal, which points to the free side: a floor below has normal (0, -1), angle -pi/2.
"""

from __future__ import annotations

import numpy as np

from physics.motion.arcs import Arcs
from physics.motion.fit import Law
from physics.motion.world import World, simulate

SHARED = ("gx", "gy", "drag", "wind_x", "wind_y", "resistance", "restitution", "keep", "bounce", "swell")
DEFAULT = {"restitution": 1.0, "keep": 1.0, "bounce": 1.0}
SCALE = {"gx": 1e-3, "gy": 1e-3, "drag": 1e-5, "wind_x": 0.1, "wind_y": 0.1, "resistance": 1e-3, "swell": 0.1}
LOW = {"drag": 0.0, "resistance": 0.0, "restitution": 0.0, "keep": -1.0, "bounce": 0.0}
HIGH = {"drag": 0.2, "resistance": 50.0, "restitution": 1.0, "keep": 1.0, "bounce": 1.0}


class WorldLaw:
    """N bodies and S lines from the time `first` on. radius (N,) px. Times before `first` run the first
    arc backwards.
    """

    def __init__(self, bodies: int, lines: int, radius, first: float, falls=None, meets=None):
        self.bodies, self.lines, self.radius, self.first = bodies, lines, np.asarray(radius, float), first
        self.falls = np.ones(bodies) if falls is None else np.asarray(falls, float)
        self.meets = np.ones(bodies * (bodies - 1) // 2, bool) if meets is None else np.asarray(meets, bool)
        names = [f"{n}{i}" for i in range(bodies) for n in "xyuv"] + list(SHARED)
        names += [f"give{i}" for i in range(bodies)] + [f"mass{i}" for i in range(1, bodies)]
        names += [f"{n}{s}" for s in range(lines) for n in ("angle", "offset")]
        self.names = tuple(names)
        self.index = {name: i for i, name in enumerate(names)}

    def law(self, model: str) -> Law:
        scale = np.array([self.scale_of(name) for name in self.names])
        low = np.array([LOW.get(name, -np.inf) for name in self.names])
        high = np.array([HIGH.get(name, np.inf) for name in self.names])
        return Law(model, self.names, scale, low, high, self.path)

    def scale_of(self, name: str) -> float:
        if name[0] in "uv":
            return 0.05
        if (
            name.startswith("angle")
            or name in ("restitution", "keep", "bounce")
            or name[:4] in ("mass", "give")
        ):
            return 0.01
        return SCALE.get(name, 1.0)

    def theta(self, **values: float) -> np.ndarray:
        """A vector with the values named and the defaults elsewhere."""
        return np.array([values.get(name, DEFAULT.get(name, 0.0)) for name in self.names])

    def world(self, theta: np.ndarray) -> World:
        rows, bodies = len(theta), self.bodies
        state = theta[:, : 4 * bodies].reshape(rows, bodies, 4)
        shared = {name: theta[:, self.index[name]] for name in SHARED}
        start = 4 * bodies + len(SHARED)
        give, mass = theta[:, start : start + bodies], np.ones((rows, bodies))
        mass[:, 1:] = np.exp(theta[:, start + bodies : start + 2 * bodies - 1])
        lines = theta[:, start + 2 * bodies - 1 :].reshape(rows, self.lines, 2)
        normal = np.stack((np.cos(lines[..., 0]), np.sin(lines[..., 0])), -1)
        gravity = np.stack((shared["gx"], shared["gy"]), -1)[:, None] * self.falls[:, None]
        return World(
            place=state[..., :2], velocity=state[..., 2:], gravity=gravity,
            drag=shared["drag"], wind=np.stack((shared["wind_x"], shared["wind_y"]), -1), normal=normal,
            offset=lines[..., 1], restitution=np.clip(shared["restitution"][:, None] + give, 0.0, 1.0),
            keep=shared["keep"][:, None] * np.ones((1, bodies)), resistance=shared["resistance"],
            bounce=shared["bounce"], radius=np.maximum(self.radius + shared["swell"][:, None], 0.0),
            mass=mass, meets=self.meets,
        )  # fmt: skip

    def arcs(self, theta: np.ndarray, last: float) -> Arcs:
        return simulate(self.world(theta), self.first, max(last, self.first))

    def path(self, theta: np.ndarray, time: np.ndarray) -> np.ndarray:
        """(B, n, N, 2) px."""
        return self.arcs(theta, float(np.max(time))).at(time)
