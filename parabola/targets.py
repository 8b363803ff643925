"""Be here at this time: the start velocities with which bodies pass their waypoints.

A body's `reach` lists places (metres, or pixels of the picture) and film times. The start velocities of all
such bodies are the unknowns of one least-squares problem (Levenberg-Marquardt, Moré 1978) whose residuals
come from the exact event-driven simulation; derivatives are forward differences of it, which are those of
the true motion between events. Bounces make the map piecewise smooth, so several starts are tried: the
velocity that was given, ballistic arcs, a roll along the ground, and arcs by way of a bounce.

Limits: spins and other starts stay as given; a chain of many impacts is chaotic and may be refused although
a solution exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from parabola.rehearsal import box_distance
from parabola.scene_check import Location, SceneError, path_text
from physics.camera import camera_at, camera_basis, focal_px, project
from physics.rigid import simulate, step
from physics.rigid_world import build_world, start_state
from physics.scene import Scene, Waypoint

NEAR_M, NEAR_PX = 1e-3, 0.1  # what counts as reached
PULL = 1e-4  # weight of staying close to the given velocity, where a pixel leaves the depth open
FASTEST = 1000.0  # m/s
STEP = 1e-6  # m/s, of the differences


def solve_targets(scene: Scene) -> Scene:
    """`scene` with start velocities that reach every waypoint; SceneError that says why there are none.

    Of several solutions the one nearest to the given velocities is taken.
    """
    movers = [i for i, body in enumerate(scene.bodies) if body.reach]
    for i in movers:
        _check(scene, i)
    if not movers or _reached(_misses(scene, movers, _velocities(scene, movers))):
        return scene
    given = _velocities(scene, movers)
    tries = [_solved(scene, movers, guess) for guess in _starts(scene, movers)]
    worst = [float(np.abs(_misses(scene, movers, v)).max()) for v in tries]
    good = [v for v, w in zip(tries, worst, strict=True) if w <= 1.0 and np.abs(v).max() <= FASTEST]
    if not good:
        raise _refusal(scene, movers, tries[int(np.argmin(worst))])
    return _with_velocities(scene, movers, min(good, key=lambda v: float(np.linalg.norm(v - given))))


def _check(scene: Scene, i: int) -> None:
    """Waypoints that no motion can have."""
    body, last = scene.bodies[i], (scene.num_frames - 1) / scene.fps
    for j, point in enumerate(body.reach):
        where: Location = ("bodies", i, "reach", j)
        name = path_text(where)
        if (point.position is None) == (point.pixel is None):
            raise SceneError(f"{name}: give a position in metres or a pixel, one of them", where)
        if not 0 < point.at_s <= last:
            raise SceneError(f"{name}.at_s: {point.at_s:g} s; the clip shows 0 to {last:.4g} s", where)
        if point.position is None:
            continue
        at = np.array([point.position])
        if scene.ground is not None and at[0, 1] < body.radius - NEAR_M:
            raise SceneError(
                f"{name}: the ball would reach into the ground; raise y to {body.radius:g} or more", where
            )
        for box in scene.boxes:
            if box_distance(at, box)[0] < body.radius - NEAR_M:
                raise SceneError(f"{name}: the ball would reach into {box.name!r}; move one of them", where)


def _velocities(scene: Scene, movers: list[int]) -> np.ndarray:
    return np.array([scene.bodies[i].velocity for i in movers], float).ravel()


def _with_velocities(scene: Scene, movers: list[int], velocity: np.ndarray) -> Scene:
    bodies = list(scene.bodies)
    for i, v in zip(movers, velocity.reshape(-1, 3), strict=True):
        bodies[i] = replace(bodies[i], velocity=tuple(float(c) for c in v))
    return replace(scene, bodies=tuple(bodies))


def _misses(scene: Scene, movers: list[int], velocity: np.ndarray) -> np.ndarray:
    """Distances by which waypoints are missed, in units of what counts as reached."""
    scene = _with_velocities(scene, movers, velocity)
    world, state = build_world(scene), start_state(scene)
    misses, due = [], sorted({p.at_s for i in movers for p in scene.bodies[i].reach})
    for at_s in due:
        state = step(world, state, at_s * scene.time_scale - state.time)
        for i in movers:
            for point in scene.bodies[i].reach:
                if point.at_s == at_s:
                    misses.append(_miss(scene, point, state.position[i]))
    return np.concatenate(misses)


def _miss(scene: Scene, point: Waypoint, at: np.ndarray) -> np.ndarray:
    if point.position is not None:
        return (at - np.array(point.position)) / NEAR_M
    pixel, depth = project(scene, point.at_s, at)
    return (pixel - np.array(point.pixel)) / NEAR_PX if depth > 0 else np.full(2, 1e6)


def _reached(misses: np.ndarray) -> bool:
    return bool(np.abs(misses).max() <= 1.0)


def _solved(scene: Scene, movers: list[int], guess: np.ndarray) -> np.ndarray:
    given = _velocities(scene, movers)

    def residual(v: np.ndarray) -> np.ndarray:
        held = np.clip(v, -2 * FASTEST, 2 * FASTEST)
        return np.r_[_misses(scene, movers, held), PULL * (v - given)]

    return least_squares(residual, guess, method="lm", diff_step=STEP, x_scale=1.0, max_nfev=40).x


def _starts(scene: Scene, movers: list[int]) -> Iterator[np.ndarray]:
    """First guesses for all movers at once."""
    yield _velocities(scene, movers)
    for which in {0, max(len(scene.bodies[i].reach) for i in movers) - 1}:
        for kind in ("arc", "roll", "bounce"):
            yield np.concatenate([_guess(scene, i, _nth(scene.bodies[i].reach, which), kind) for i in movers])


def _nth(points: tuple[Waypoint, ...], which: int) -> Waypoint:
    return points[min(which, len(points) - 1)]


def _guess(scene: Scene, i: int, point: Waypoint, kind: str) -> np.ndarray:
    """Without air: x(t) = x0 + v t + g t^2 / 2, straight, along the ground, or off it on the way."""
    body, t = scene.bodies[i], point.at_s * scene.time_scale
    x0, g = np.array(body.position), np.array(scene.gravity)
    way = _place(scene, point, x0) - x0
    if kind == "roll":
        return way * [1.0, 0.0, 1.0] / t
    if kind == "arc":
        return way / t - g * t / 2
    fall = (x0[1] - body.radius) / (t / 2) - abs(g[1]) * t / 4  # thrown down: on the ground at half time
    return np.array([way[0] / t, -max(fall, 0.0), way[2] / t])


def _place(scene: Scene, point: Waypoint, like: np.ndarray) -> np.ndarray:
    """A waypoint in metres; one in pixels is put as deep in the picture as `like` is at that time."""
    if point.position is not None:
        return np.array(point.position)
    eye, look_at = camera_at(scene.camera, point.at_s)
    basis = camera_basis(eye, look_at)
    pixel, depth = project(scene, point.at_s, like)
    offset = (np.array(point.pixel) - pixel) / focal_px(scene) * max(float(depth), 1e-3)
    return like + offset[0] * basis[0] - offset[1] * basis[1]


def _refusal(scene: Scene, movers: list[int], velocity: np.ndarray) -> SceneError:
    """Which waypoint the best try misses, by how much, and what is in the way."""
    scene = _with_velocities(scene, movers, velocity)
    world, worst = build_world(scene), (0.0, "", movers[0], 0)
    for i in movers:
        for j, point in enumerate(scene.bodies[i].reach):
            state = step(world, start_state(scene), point.at_s * scene.time_scale)
            miss = _miss(scene, point, state.position[i])
            far = float(np.linalg.norm(miss))
            by = f"{far * NEAR_M:.3g} m" if point.position is not None else f"{far * NEAR_PX:.3g} px"
            worst = max(worst, (far, by, i, j))
    _, by, i, j = worst
    where: Location = ("bodies", i, "reach", j)
    why = _obstacle(scene, i, scene.bodies[i].reach[j].at_s)
    return SceneError(
        f"{path_text(where)}: no start velocity gets there; the best misses by {by}{why};"
        " move the waypoint, its time, or what stands between",
        where,
    )


def _obstacle(scene: Scene, i: int, at_s: float) -> str:
    """What the ball meets on the way, as words."""
    clip = replace(scene, num_frames=max(round(at_s * scene.fps) + 1, 1))
    met = [e for e in simulate(clip).events if i in e.bodies and e.kind in ("bounce", "collision")]
    if len(scene.bodies[i].reach) > 1 and not met:
        return "; its waypoints do not lie on one path"
    names = list(dict.fromkeys(e.obstacle or "another ball" for e in met))
    return f", having met {' and '.join(map(repr, names[:3]))}" if names else ""
