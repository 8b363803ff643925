"""Random scenes to train and test the painter on: every material, ground, light and camera we know.

Placement only, no simulation: balls rest on the ground, hang in the air or stand on boxes, and move by a
small rigid step from frame to frame, which is all that a pair of consecutive frames can show.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from physics.patterns import DEFAULT_COLOURS
from physics.scene import Body, Box, Camera, Ground, Light, Scene, Surface

BALL_PATTERNS = (
    "basketball",
    "beach_ball",
    "tennis",
    "football",
    "bowling",
    "swirl",
    "stripes",
    "dots",
    "marble",
    "wood",
)
GROUNDS = {  # pattern: (roughness range, share)
    "wood": (0.12, 0.6, 5),
    "tile": (0.1, 0.5, 3),
    "concrete": (0.4, 0.95, 3),
    "marble": (0.08, 0.4, 3),
    "plain": (0.1, 0.9, 4),
    "court": (0.3, 0.8, 1.5),
    "sand": (0.85, 1.0, 2),
    "grass": (0.8, 1.0, 1.5),
    "carpet": (0.9, 1.0, 1.5),
    "snow": (0.7, 0.95, 1),
    "ice": (0.08, 0.3, 1),
    "checker": (0.1, 0.6, 1.5),
    "brick": (0.7, 0.95, 1),
}
FINISHES = (  # share, roughness range, metallic, transmission
    (6, (0.25, 0.6), 0.0, 0.0),
    (3, (0.08, 0.25), 0.0, 0.0),
    (3, (0.6, 1.0), 0.0, 0.0),
    (2.2, (0.05, 0.2), 1.0, 0.0),
    (0.8, (0.2, 0.5), 1.0, 0.0),
    (1.5, (0.05, 0.05), 0.0, 1.0),
)


@dataclass(frozen=True)
class Stills:
    """A few frames of rigid motion: what `render_guide` reads of a rollout."""

    position: np.ndarray  # (T, n, 3) m
    orientation: np.ndarray  # (T, n, 4) quaternion w x y z


def random_scene(rng: np.random.Generator, frames: int = 1) -> tuple[Scene, Stills]:
    """One scene and `frames` consecutive states of it."""
    size = float(np.exp(rng.uniform(np.log(0.03), np.log(0.4))))  # typical radius, m
    bodies = _balls(rng, size)
    boxes = _boxes(rng, size) if rng.random() < 0.2 else ()
    bodies = tuple(b for b in bodies if not any(_touches(b, box) for box in boxes)) or bodies[:1]
    side = int(rng.choice([256, 384, 512, 512, 512, 768]))
    scene = Scene(
        bodies=bodies,
        boxes=boxes if not any(_touches(bodies[0], box) for box in boxes) else (),
        ground=Ground(surface=ground_surface(rng)) if rng.random() < 0.97 else None,
        camera=_camera(rng, size),
        light=random_light(rng, size),
        width=side,
        height=side,
        num_frames=frames,
    )
    return scene, _motion(rng, scene, size, frames)


def vary(rng: np.random.Generator, scene: Scene) -> Scene:
    """The scene with, now and then, a marble of tinted glass, frosted glass, or a dark polished floor."""
    bodies, ground = list(scene.bodies), scene.ground
    for i, body in enumerate(bodies):
        kind = rng.random()
        if kind < 0.12:
            bodies[i] = replace(body, surface=_glass_marble(rng))
        elif kind < 0.15:
            look = {"pattern": "plain", "metallic": 0.0, "transmission": 1.0}
            bodies[i] = replace(
                body, surface=replace(body.surface, roughness=float(rng.uniform(0.1, 0.45)), **look)
            )
    if ground and rng.random() < 0.12:
        dark = tuple(float(c) for c in rng.uniform(0.05, 0.3) + rng.normal(0, 0.02, 3))
        surface = Surface(colour=dark, roughness=float(rng.uniform(0.08, 0.4)))
        ground = replace(ground, surface=surface)
    return replace(scene, bodies=tuple(bodies), ground=ground)


def _glass_marble(rng) -> Surface:
    light, deep = _any_colour(rng), _any_colour(rng)
    return Surface(
        colour=tuple(float(1 - rng.uniform(0.1, 1) * (1 - c)) for c in light),
        colour2=deep,
        pattern="swirl",
        roughness=float(rng.uniform(0.03, 0.08)),
        transmission=float(rng.uniform(0.5, 0.95)),
    )


def _pick(rng, weighted):
    share = np.array([w[-1] if isinstance(w[-1], (int, float)) else 1.0 for w in weighted.values()], float)
    return list(weighted)[rng.choice(len(share), p=share / share.sum())]


def _any_colour(rng) -> tuple[float, float, float]:
    h, s, v = rng.random(), rng.beta(2, 1.6), rng.uniform(0.15, 0.97)
    return colorsys.hsv_to_rgb(h, s, v)


def _near(rng, colour, spread=0.08):
    return tuple(
        float(c)
        for c in np.clip(np.array(colour) * rng.uniform(0.75, 1.1) + rng.normal(0, spread, 3), 0.01, 0.98)
    )


def ground_surface(rng) -> Surface:
    pattern = _pick(rng, GROUNDS)
    low, high, _ = GROUNDS[pattern]
    c, c2 = DEFAULT_COLOURS[pattern]
    colour = _any_colour(rng) if pattern == "plain" or rng.random() < 0.12 else _near(rng, c, 0.04)
    return Surface(
        colour=colour,
        colour2=_near(rng, c2, 0.04),
        pattern=pattern,
        pattern_scale=float(np.exp(rng.normal(0, 0.25))),
        roughness=float(rng.uniform(low, high)),
    )


def ball_surface(rng) -> Surface:
    share = np.array([f[0] for f in FINISHES])
    _, (low, high), metallic, clear = FINISHES[rng.choice(len(FINISHES), p=share / share.sum())]
    pattern = "plain" if metallic or clear or rng.random() < 0.5 else str(rng.choice(BALL_PATTERNS))
    colour = _any_colour(rng)
    if metallic and rng.random() < 0.7:
        colour = tuple(float(c) for c in np.clip(rng.uniform(0.55, 0.9) + rng.normal(0, 0.02, 3), 0, 1))
    if clear:
        colour = tuple(float(1 - 0.5 * rng.random() * (1 - c)) for c in colour)
    c, c2 = DEFAULT_COLOURS[pattern]
    if pattern != "plain" and rng.random() < 0.6:
        colour = _near(rng, c, 0.03)
    return Surface(
        colour=colour,
        colour2=_near(rng, c2) if pattern != "plain" else (0.1, 0.1, 0.1),
        pattern=pattern,
        roughness=float(rng.uniform(low, high)),
        metallic=metallic,
        transmission=clear,
    )


def _balls(rng, size: float) -> tuple[Body, ...]:
    out: list[Body] = []
    for _ in range(int(rng.choice([1, 2, 3, 4, 6], p=[0.25, 0.25, 0.25, 0.15, 0.1])) * 3):
        r = size * float(np.exp(rng.normal(0, 0.35)))
        x, z = rng.normal(0, 2.2 * size), rng.normal(0, 1.8 * size)
        y = r * 1.0005 + (abs(rng.normal(0, 2.5 * size)) if rng.random() < 0.5 else 0.0)
        if any(np.linalg.norm(np.subtract((x, y, z), b.position)) < r + b.radius + 0.002 * size for b in out):
            continue
        out.append(
            Body(
                radius=r,
                position=(x, y, z),
                orientation=tuple(rng.normal(0, 1.5, 3)),
                surface=ball_surface(rng),
            )
        )
    return tuple(out[: 1 + int(rng.integers(0, 6))])


def _boxes(rng, size: float) -> tuple[Box, ...]:
    pattern = str(rng.choice(["plain", "wood", "brick", "concrete", "marble"]))
    c, c2 = DEFAULT_COLOURS[pattern]
    colour = _any_colour(rng) if pattern == "plain" else _near(rng, c, 0.04)
    surface = Surface(colour=colour, colour2=c2, pattern=pattern, roughness=float(rng.uniform(0.3, 0.9)))
    kind = rng.integers(3)
    if kind == 0:  # wall at the back
        return (
            Box(
                centre=(0, 3 * size, -rng.uniform(5, 9) * size),
                half_size=(9 * size, 3 * size, 0.4 * size),
                surface=surface,
            ),
        )
    if kind == 1:  # block
        h = rng.uniform(0.5, 2.0) * size
        where = (rng.choice([-1, 1]) * rng.uniform(3.5, 6) * size, h, rng.normal(0, 2 * size))
        turn = (0.0, float(rng.uniform(-0.8, 0.8)), 0.0)
        return (
            Box(
                centre=where,
                half_size=(rng.uniform(1, 2.5) * size, h, rng.uniform(1, 2.5) * size),
                rotation=turn,
                surface=surface,
            ),
        )
    tilt = float(rng.uniform(0.15, 0.5))  # ramp
    centre = (-4.5 * size, 2.2 * size * np.sin(tilt), rng.normal(0, size))
    return (
        Box(
            centre=centre,
            half_size=(3 * size, 0.15 * size, 1.5 * size),
            rotation=(0.0, 0.0, -tilt),
            surface=surface,
        ),
    )


def _touches(body: Body, box: Box) -> bool:
    m = Rotation.from_rotvec(box.rotation).as_matrix()
    q = m.T @ (np.subtract(body.position, box.centre))
    gap = np.abs(q) - np.array(box.half_size)
    return bool(np.linalg.norm(np.maximum(gap, 0)) < body.radius * 1.02)


def _camera(rng, size: float) -> Camera:
    fov = float(rng.uniform(22, 48))
    distance = size * rng.uniform(3.0, 6.5) / np.tan(np.radians(fov / 2))
    height, azimuth = size * np.exp(rng.normal(0.9, 0.6)), rng.normal(0, 0.5)
    eye = np.array([distance * np.sin(azimuth), height, distance * np.cos(azimuth)])
    target = np.array([rng.normal(0, 0.6) * size, rng.uniform(0.8, 2.4) * size, 0.0])
    return Camera(position=tuple(eye), look_at=tuple(target), fov_deg=fov)


SKIES = (  # zenith, horizon, glow, sun scale, share
    ((0.30, 0.36, 0.46), (0.62, 0.62, 0.62), (0.5, 0.45, 0.4), 1.0, 3),  # soft studio day
    ((0.22, 0.34, 0.60), (0.62, 0.68, 0.74), (0.6, 0.5, 0.35), 1.2, 3),  # clear day
    ((0.55, 0.57, 0.60), (0.66, 0.67, 0.68), (0.2, 0.2, 0.2), 0.35, 2),  # overcast
    ((0.20, 0.22, 0.34), (0.75, 0.48, 0.28), (0.9, 0.45, 0.15), 0.8, 2),  # sunset
    ((0.05, 0.06, 0.09), (0.12, 0.13, 0.16), (0.35, 0.33, 0.3), 1.0, 2),  # dark studio
    ((0.03, 0.05, 0.11), (0.07, 0.09, 0.15), (0.08, 0.1, 0.16), 0.3, 1),  # night
    ((0.75, 0.75, 0.75), (0.85, 0.85, 0.85), (0.2, 0.2, 0.2), 0.6, 1.5),  # white studio
)


def random_light(rng, size: float) -> Light:
    share = np.array([s[-1] for s in SKIES])
    zenith, horizon, glow, strength, _ = SKIES[rng.choice(len(SKIES), p=share / share.sum())]
    elevation, azimuth = np.radians(rng.uniform(12, 72)), rng.uniform(-np.pi, np.pi)
    warmth = rng.normal(0.05, 0.08) + 0.25 * max(0.0, 0.35 - elevation)
    sun = 2.4 * strength * np.exp(rng.normal(0, 0.25)) * np.array([1 + warmth, 1.0, 1 - warmth])
    gain = float(np.exp(rng.normal(0, 0.2)))

    def jitter(c):
        return tuple(float(x) for x in gain * np.array(c) * np.exp(rng.normal(0, 0.08, 3)))

    direction = (np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth))
    return Light(
        sun_direction=tuple(float(x) for x in direction),
        sun_irradiance=tuple(float(x) for x in np.maximum(sun, 0.01)),
        sun_radius_deg=float(np.exp(rng.uniform(np.log(1.0), np.log(12.0)))),
        sky_zenith=jitter(zenith),
        sky_horizon=jitter(horizon),
        glow=jitter(glow),
        glow_width_deg=float(rng.uniform(18, 50)),
        haze_m=float(size * rng.uniform(25, 90)),
    )


def _motion(rng, scene: Scene, size: float, frames: int) -> Stills:
    n = len(scene.bodies)
    step = rng.normal(0, 0.06 * size, (n, 3)) * (rng.random((n, 1)) < 0.7)
    resting = np.array([b.position[1] < 1.01 * b.radius for b in scene.bodies])
    step[resting, 1] = 0.0
    turn = rng.normal(0, 0.06, (n, 3)) * (rng.random((n, 1)) < 0.7)
    start = np.array([b.position for b in scene.bodies])
    first = Rotation.from_rotvec([b.orientation for b in scene.bodies])
    ahead = np.arange(frames) - (frames - 1)  # the last frame is the scene as stated
    position = start + ahead[:, None, None] * step
    orientation = [(Rotation.from_rotvec(k * turn) * first).as_quat() for k in ahead]
    return Stills(position, np.roll(np.array(orientation), 1, axis=-1))
