"""Speed of the rigid world beside pymunk and MuJoCo, in ball-frames per second of processor time.

The same scene for all: n balls of 0.1 m dropped apart from one another on a floor, e = 0.8, 4 s at 24 fps.
The rivals take the fixed steps their manuals advise; the error column is that of the first bounce's apex,
whose true height is e^2 of the drop. pymunk is two-dimensional, so its column of balls moves in a plane.
"""

from __future__ import annotations

import time
from importlib import import_module

import numpy as np

from physics.rigid import simulate
from physics.scene import Body, Scene

FPS, FRAMES, DROP, RADIUS, BOUNCE = 24, 96, 1.0, 0.1, 0.8


def speed_rows(n: int = 6) -> list[tuple[str, float | None, str]]:
    """Rows (name, ball-frames per second or None, note)."""
    rows = []
    for name, run in (
        ("physics.rigid (exact events)", _rigid),
        ("physics.ballistic (JAX, 4096 balls)", _ballistic),
        ("pymunk", _pymunk),
        ("MuJoCo", _mujoco),
    ):
        try:
            frames, seconds, note = run(n)
        except ImportError:
            rows.append((f"speed: {name}, ball-frames/s", None, "not installed"))
        else:
            rows.append((f"speed: {name}, ball-frames/s", frames / seconds, note))
    return rows


def _apex_note(heights: np.ndarray) -> str:
    """heights (T,) above the floor, sampled finely: relative error of the first apex."""
    low = int(heights[: int(0.7 * len(heights) / 4)].argmin())
    apex = float(heights[low : low + int(0.8 * len(heights) / 4)].max())
    return f"apex error {abs(apex / (DROP * BOUNCE**2) - 1):.2g}"


def _positions(n):
    return [(0.5 * k, DROP + RADIUS, 0.0) for k in range(n)]


def _rigid(n):
    balls = tuple(Body(radius=RADIUS, position=p, restitution=BOUNCE) for p in _positions(n))
    scene = Scene(bodies=balls, fluid_density=0.0, num_frames=FRAMES, fps=FPS)
    simulate(scene, 2)
    begin = time.process_time()
    simulate(scene)
    seconds = time.process_time() - begin
    times = [e.time for e in simulate(scene).events if e.bodies == (0,)]
    apex = 9.81 * (times[1] - times[0]) ** 2 / 8
    return n * FRAMES, seconds, f"apex error {abs(apex / (DROP * BOUNCE**2) - 1):.2g}"


def _ballistic(n):
    import jax.numpy as jnp

    from physics import ballistic

    count = 4096
    world = ballistic.BallWorld(radius=RADIUS, restitution=BOUNCE)
    place = jnp.zeros((3, count)).at[1].set(jnp.linspace(0.5, 2.0, count))
    state = ballistic.start(place, jnp.ones((3, count)))
    ballistic.rollout(world, state, 1.0 / FPS, FRAMES, bounces=4).position.block_until_ready()
    begin = time.process_time()
    ballistic.rollout(world, state, 1.0 / FPS, FRAMES, bounces=4).position.block_until_ready()
    return count * FRAMES, time.process_time() - begin, "float32, after compilation"


def _pymunk(n):
    pymunk = import_module("pymunk")

    space = pymunk.Space()
    space.gravity = (0.0, -9.81)
    floor = pymunk.Segment(space.static_body, (-50.0, -1.0), (50.0, -1.0), 1.0)
    floor.elasticity, floor.friction = 1.0, 0.5
    space.add(floor)
    balls = []
    for x, y, _ in _positions(n):
        body = pymunk.Body(1.0, pymunk.moment_for_circle(1.0, 0.0, RADIUS))
        body.position = (x, y)
        shape = pymunk.Circle(body, RADIUS)
        shape.elasticity, shape.friction = BOUNCE, 0.5
        space.add(body, shape)
        balls.append(body)
    steps, heights = 10, []
    begin = time.process_time()
    for _ in range(FRAMES):
        for _ in range(steps):
            space.step(1.0 / FPS / steps)
            heights.append(balls[0].position.y - RADIUS)
    seconds = time.process_time() - begin
    return n * FRAMES, seconds, f"{steps} steps per frame, {_apex_note(np.array(heights))}"


def _mujoco(n):
    mujoco = import_module("mujoco")

    geom = f'<geom type="sphere" size="{RADIUS}" solref="-20000 -30"/>'
    balls = "".join(f'<body pos="{x} {z} {y}"><freejoint/>{geom}</body>' for x, y, z in _positions(n))
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><option timestep="{1.0 / FPS / 40}"/><worldbody>'
        f'<geom type="plane" size="50 50 1" solref="-20000 -30"/>{balls}</worldbody></mujoco>'
    )
    data = mujoco.MjData(model)
    heights, begin = [], time.process_time()
    for _ in range(FRAMES):
        for _ in range(40):
            mujoco.mj_step(model, data)
            heights.append(data.qpos[2] - RADIUS)
    seconds = time.process_time() - begin
    return n * FRAMES, seconds, f"40 steps per frame, no restitution setting, {_apex_note(np.array(heights))}"
