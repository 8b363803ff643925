"""The rigid world of a scene: spheres, and oriented boxes that do not move, as plain arrays.

Shapes: n bodies, m obstacles. SI units, world axes, y up. The ground plane is obstacle 0 when the scene has
one: a box without end in x and z whose top is y = 0, so one geometry serves planes, faces, edges and corners.

Contact rules: restitution is the product of body and obstacle, and sqrt(e1 e2) between bodies; friction is
sqrt(mu1 mu2); rolling resistance is the sum of both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physics.scene import Box, Scene

Array = NDArray[np.float64]

MAX_BODIES = 32
GROUND = "ground"
_GROUND_DEPTH = 10.0  # m; half the thickness of the ground box
ADDED_MASS = 0.5  # of the displaced fluid, for a sphere (Lamb 1932, section 92)
_START_OVERLAP = 1e-3  # of a radius: less is rounding in the scene and is pushed apart, more is an error


@dataclass(frozen=True)
class RigidWorld:
    """What does not change during a clip."""

    radius: Array  # (n,) m
    mass: Array  # (n,) kg, with the fluid that the body carries along
    inertia_factor: Array  # (n,) I / (m r^2) with that mass
    drag: Array  # (n,) 1/m: 0.5 rho Cd A / m
    gravity: Array  # (n, 3) m/s^2: (weight - buoyancy) / m
    wind: Array  # (3,) m/s
    centre: Array  # (m, 3) m, box centres
    axes: Array  # (m, 3, 3) rows are the box axes in world coordinates
    half: Array  # (m, 3) m
    restitution: Array  # (n, m)
    friction: Array  # (n, m)
    rolling: Array  # (n, m)
    pair_restitution: Array  # (n, n)
    pair_friction: Array  # (n, n)
    names: tuple[str, ...]  # (m,) obstacle names


@dataclass(frozen=True)
class RigidState:
    """What does change. `mode` is one of rolling.FREE, SLIDE, ROLL, REST, PILE."""

    time: float  # s
    position: Array  # (n, 3) m
    velocity: Array  # (n, 3) m/s
    angular_velocity: Array  # (n, 3) rad/s
    orientation: Array  # (n, 4) unit quaternion w x y z, pattern -> world
    mode: NDArray[np.int64]  # (n,)
    still: Array  # (n,) s since a piled body last moved noticeably
    push: (
        Array  # (n, m, 3) N s, what obstacles gave piled bodies in the last step: a first guess for the next
    )
    pair_push: Array  # (n, n, 3) N s, the same between bodies


def rotation_matrix(vector) -> Array:
    """Rotation vector (3,) rad -> matrix (3, 3), Rodrigues' formula."""
    v = np.asarray(vector, float)
    angle = float(np.linalg.norm(v))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = v / angle
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * k + (1.0 - np.cos(angle)) * (k @ k)


def rotation_quaternion(vectors: Array) -> Array:
    """Rotation vectors (..., 3) rad -> unit quaternions (..., 4), w first."""
    angle = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    scale = 0.5 * np.sinc(angle / (2.0 * np.pi))  # sin(a/2)/a without a division by zero
    return np.concatenate([np.cos(0.5 * angle), scale * vectors], -1)


def quaternion_product(a: Array, b: Array) -> Array:
    """Hamilton product of (..., 4) quaternions, w first."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        -1,
    )


def build_world(scene: Scene) -> RigidWorld:
    """Scene -> arrays. Raises ValueError with one line that names the body or box and the field at fault."""
    _check_scene(scene)
    bodies = scene.bodies

    def column(name: str) -> Array:
        return np.array([getattr(b, name) for b in bodies], float)

    radius, density = column("radius"), column("density")
    moved = density + ADDED_MASS * scene.fluid_density  # kg/m^3, what an acceleration has to move
    obstacles = ([scene.ground] if scene.ground is not None else []) + list(scene.boxes)

    def row(name: str) -> Array:
        return np.array([getattr(o, name) for o in obstacles], float)

    friction, bounce = column("friction"), column("restitution")
    gravity = np.asarray(scene.gravity, float)
    centre, axes, half, names = _obstacles(scene)
    return RigidWorld(
        radius=radius,
        mass=moved * (4.0 / 3.0) * np.pi * radius**3,
        inertia_factor=column("inertia_factor") * density / moved,
        drag=0.375 * scene.fluid_density * column("drag_coefficient") / (moved * radius),
        gravity=((density - scene.fluid_density) / moved)[:, None] * gravity,
        wind=np.asarray(scene.wind, float),
        centre=centre,
        axes=axes,
        half=half,
        restitution=bounce[:, None] * row("restitution")[None],
        friction=np.sqrt(friction[:, None] * row("friction")[None]),
        rolling=column("rolling_resistance")[:, None] + row("rolling_resistance")[None],
        pair_restitution=np.sqrt(bounce[:, None] * bounce[None]),
        pair_friction=np.sqrt(friction[:, None] * friction[None]),
        names=names,
    )


def start_state(scene: Scene) -> RigidState:
    """The state at t = 0. Raises ValueError if two things overlap."""
    from physics.contact import overlap_message  # the geometry needs RigidWorld from this module

    n = len(scene.bodies)
    world = build_world(scene)
    position = np.array([b.position for b in scene.bodies], float).reshape(n, 3)
    message = overlap_message(world, position, [b.name for b in scene.bodies], _START_OVERLAP)
    if message:
        raise ValueError(message)
    return RigidState(
        time=0.0,
        position=position,
        velocity=np.array([b.velocity for b in scene.bodies], float).reshape(n, 3),
        angular_velocity=np.array([b.angular_velocity for b in scene.bodies], float).reshape(n, 3),
        orientation=rotation_quaternion(np.array([b.orientation for b in scene.bodies], float).reshape(n, 3)),
        mode=np.full(n, -1),  # unknown: the first classification is not an event
        still=np.zeros(n),
        push=np.zeros((n, len(world.names), 3)),
        pair_push=np.zeros((n, n, 3)),
    )


def _obstacles(scene: Scene) -> tuple[Array, Array, Array, tuple[str, ...]]:
    centre, axes, half, names = [], [], [], []
    if scene.ground is not None:
        centre.append((0.0, -_GROUND_DEPTH, 0.0))
        axes.append(np.eye(3))
        half.append((np.inf, _GROUND_DEPTH, np.inf))
        names.append(GROUND)
    for box in scene.boxes:
        centre.append(box.centre)
        axes.append(rotation_matrix(box.rotation).T)
        half.append(box.half_size)
        names.append(box.name)
    m = len(names)
    return (
        np.array(centre, float).reshape(m, 3),
        np.array(axes, float).reshape(m, 3, 3),
        np.array(half, float).reshape(m, 3),
        tuple(names),
    )


_POSITIVE = ("radius", "density", "inertia_factor")
_NOT_NEGATIVE = ("friction", "rolling_resistance")


def _check_scene(scene: Scene) -> None:
    if len(scene.bodies) > MAX_BODIES:
        raise ValueError(f"{len(scene.bodies)} bodies; at most {MAX_BODIES} are simulated: remove some")
    _check_finite("scene", scene, ("gravity", "wind", "fluid_density", "fps", "time_scale"))
    for name in ("fps", "time_scale"):
        if not getattr(scene, name) > 0:
            raise ValueError(f"{name} must be above 0, not {getattr(scene, name)}")
    if scene.fluid_density < 0:
        raise ValueError(f"fluid_density must not be below 0, not {scene.fluid_density}")
    if scene.ground is not None:
        _check_surface(GROUND, scene.ground)
    for box in scene.boxes:
        _check_box(box)
    for body in scene.bodies:
        vectors = ("position", "velocity", "angular_velocity", "orientation")
        _check_finite(body.name, body, vectors + _POSITIVE + ("drag_coefficient",))
        for name in _POSITIVE:
            if not getattr(body, name) > 0:
                raise ValueError(f"{body.name}: {name} must be above 0, not {getattr(body, name)}")
        if body.drag_coefficient < 0:
            value = body.drag_coefficient
            raise ValueError(f"{body.name}: drag_coefficient must not be below 0, not {value}")
        _check_surface(body.name, body)


def _check_box(box: Box) -> None:
    _check_finite(box.name, box, ("centre", "half_size", "rotation"))
    if min(box.half_size) <= 0:
        raise ValueError(f"{box.name}: half_size must be above 0 along every axis, not {box.half_size}")
    _check_surface(box.name, box)


def _check_surface(name: str, item) -> None:
    _check_finite(name, item, ("restitution",) + _NOT_NEGATIVE)
    if not 0.0 <= item.restitution <= 1.0:
        raise ValueError(f"{name}: restitution must be between 0 and 1, not {item.restitution}")
    for field in _NOT_NEGATIVE:
        if getattr(item, field) < 0:
            raise ValueError(f"{name}: {field} must not be below 0, not {getattr(item, field)}")


def _check_finite(owner: str, item, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(item, name)
        try:
            fine = bool(np.isfinite(np.asarray(value, float)).all())
        except (TypeError, ValueError):
            fine = False
        if not fine:
            raise ValueError(f"{owner}: {name} must be finite numbers, not {value}")
