"""What a linkage cannot be, and where its bodies hang. NumPy only, for scene files and composers alike.

Each refusal is a ValueError of one line that begins with the field.
"""

from __future__ import annotations

import numpy as np

from physics.mechanics import Linkage
from physics.scene import Scene

MOST = {"pendulum": 8, "spring": 1, "cradle": 12}  # bodies
STIFFEST = 2e3  # rad/s, own frequency of a spring
NEAR = 1e-3  # m


def swing_axis(link: Linkage) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (3,) along the swing, level, and across it."""
    a = np.radians(link.heading_deg)
    along = np.array([np.cos(a), 0.0, -np.sin(a)])
    return along, np.cross(along, [0.0, 1.0, 0.0])


def hung_positions(scene: Scene, place: np.ndarray) -> np.ndarray:
    """Middles (T, n, 3) m of the bodies for coordinates (T, n), or (T, 3) of a spring."""
    link = scene.linkage
    assert link is not None
    along, across = swing_axis(link)
    up, pivot = np.array([0.0, 1.0, 0.0]), np.asarray(link.pivot, float)
    if link.kind == "spring":
        return pivot + (place @ np.stack([along, up, across]))[:, None]
    length = np.array(link.lengths if link.kind == "pendulum" else link.lengths * place.shape[1])
    arm = length[:, None] * (np.sin(place)[..., None] * along - np.cos(place)[..., None] * up)
    if link.kind == "pendulum":
        return pivot + np.cumsum(arm, axis=1)
    return cradle_pivots(scene) + arm


def cradle_pivots(scene: Scene) -> np.ndarray:
    """Where the balls of a cradle hang (n, 3) m: side by side, just touching."""
    link = scene.linkage
    assert link is not None
    width = np.array([b.radius for b in scene.bodies]) * 2
    x = np.cumsum(width) - 0.5 * width - 0.5 * width.sum()
    return np.asarray(link.pivot, float) + x[:, None] * swing_axis(link)[0]


def hung_at_start(scene: Scene) -> np.ndarray:
    """Middles (n, 3) m of the bodies at t = 0."""
    link = scene.linkage
    assert link is not None
    angle = np.radians(np.array(link.angles_deg, float))
    if link.kind == "spring":
        reach = link.lengths[0] + link.stretch_m
        return hung_positions(scene, reach * np.array([[np.sin(angle[0]), -np.cos(angle[0]), 0.0]]))[0]
    return hung_positions(scene, angle[None])[0]


def check_linkage(scene: Scene) -> None:
    """ValueError with one line for a linkage that cannot be simulated as asked."""
    link, count = scene.linkage, len(scene.bodies)
    assert link is not None
    if not 1 <= count <= MOST[link.kind]:
        raise ValueError(f"linkage: a {link.kind} holds 1 to {MOST[link.kind]} bodies, got {count}")
    rods = count if link.kind == "pendulum" else 1
    if len(link.lengths) != rods:
        raise ValueError(f"linkage.lengths: give {rods} for this {link.kind}, got {len(link.lengths)}")
    if len(link.angles_deg) != count:
        raise ValueError(f"linkage.angles_deg: give one per body ({count}), got {len(link.angles_deg)}")
    if any(scene.gravity[i] for i in (0, 2)) or scene.gravity[1] > 0:
        raise ValueError("gravity: a linkage hangs straight down; give [0, -g, 0]")
    if link.kind == "cradle":
        _check_cradle(scene, link)
    if link.kind == "spring":
        _check_spring(scene, link)
    _check_places(scene, link)


def _check_cradle(scene: Scene, link: Linkage) -> None:
    if len({round(b.radius, 9) for b in scene.bodies}) > 1:
        raise ValueError("bodies: the balls of a cradle need one radius; give all the same")
    if any(b < a - 1e-9 for a, b in zip(link.angles_deg, link.angles_deg[1:], strict=False)):
        raise ValueError("linkage.angles_deg: balls of a cradle would overlap; give angles that do not fall")
    if max(map(abs, link.angles_deg)) > 90:
        raise ValueError("linkage.angles_deg: strings of a cradle stay taut up to 90 degrees; give less")


def _check_spring(scene: Scene, link: Linkage) -> None:
    body = scene.bodies[0]
    mass = body.density * 4 / 3 * np.pi * body.radius**3
    rate = float(np.sqrt(link.stiffness / mass))
    if rate > STIFFEST:
        raise ValueError(
            f"linkage.stiffness: {link.stiffness:g} N/m under {mass:.3g} kg swings at {rate:.3g} rad/s, "
            f"at most {STIFFEST:g}; soften the spring or use a heavier body"
        )
    sag = mass * abs(scene.gravity[1]) / link.stiffness
    low = link.lengths[0] + sag + abs(link.stretch_m - sag)
    if scene.ground is not None and link.pivot[1] - low < body.radius:
        raise ValueError(
            f"linkage.pivot: the spring stretches to {low:.3g} m and would reach the ground; hang it higher"
        )


def _check_places(scene: Scene, link: Linkage) -> None:
    for i, (body, place) in enumerate(zip(scene.bodies, hung_at_start(scene), strict=True)):
        if np.linalg.norm(place - np.asarray(body.position)) > NEAR:
            told = ", ".join(f"{x:.4f}" for x in place)
            raise ValueError(
                f"bodies[{i}].position: it hangs at [{told}] as the linkage says; give that place"
            )
    low = link.pivot[1] - sum(link.lengths) - max(b.radius for b in scene.bodies)
    if scene.ground is not None and link.kind != "spring" and low < 0:
        raise ValueError(
            f"linkage.pivot: the lowest body would reach {-low:.3g} m into the ground; hang it higher"
        )
