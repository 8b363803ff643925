"""What changes on cue: film time against simulated time, wind and forces that follow keys.

Between keys everything is linear. Before the first key and after the last, wind stays as it is there, and
time goes on at the rate of the nearest pair. Forces act from their start to their end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physics.rigid_world import RigidWorld
from physics.scene import Scene

CUTS = 4  # parts of a frame in which wind and forces are constant


def simulated_at(scene: Scene, film: float) -> float:
    """Simulated seconds that are shown at `film` seconds of the clip."""
    if not scene.time_keys:
        return film * scene.time_scale
    at, shown = _ends(scene)
    return float(np.interp(film, at, shown))


def film_at(scene: Scene, simulated: float) -> float:
    """Seconds of the clip at which a simulated time is shown; the inverse of `simulated_at`."""
    if not scene.time_keys:
        return simulated / scene.time_scale
    at, shown = _ends(scene)
    return float(np.interp(simulated, shown, at))


def _ends(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The keys, in order, carried on far beyond the clip."""
    keys = sorted((k.film_s, k.simulated_s) for k in scene.time_keys)
    at, shown = (np.array(column, float) for column in zip(*keys, strict=True))
    far = 1e6
    first, last = ((shown[j] - shown[i]) / (at[j] - at[i]) for i, j in ((0, 1), (-2, -1)))
    at = np.concatenate([[at[0] - far], at, [at[-1] + far]])
    return at, np.concatenate([[shown[0] - far * first], shown, [shown[-1] + far * last]])


def is_keyed(scene: Scene) -> bool:
    """Whether wind or forces change during the clip."""
    return bool(scene.wind_keys or scene.forces)


def keyed(world: RigidWorld, scene: Scene, film: float) -> RigidWorld:
    """The world as wind and forces are at `film` seconds of the clip."""
    if scene.wind_keys:
        keys = sorted(scene.wind_keys, key=lambda key: key.at_s)
        at = [key.at_s for key in keys]
        wind = np.array([np.interp(film, at, [key.wind[i] for key in keys]) for i in range(3)])
        world = replace(world, wind=wind)
    gravity = world.gravity.copy()
    for force in scene.forces:
        if force.at_s <= film < force.until_s:
            gravity[force.body] += np.asarray(force.force, float) / world.mass[force.body]
    return replace(world, gravity=gravity)
