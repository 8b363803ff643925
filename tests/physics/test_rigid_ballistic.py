"""The batched, differentiable path: the same motion as the exact solver, and true gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physics import ballistic
from physics.rigid import simulate
from physics.scene import Body, Scene

DENSITY, RADIUS, AIR = 1100.0, 0.11, 1.2


@pytest.mark.parametrize("k", [None, 0.05])
def test_agrees_with_the_exact_solver(k):
    air = 0.0 if k is None else AIR
    cd = 0.47 if k is None else k * (DENSITY + AIR / 2) * RADIUS / (0.375 * AIR)
    body = Body(
        position=(0, 1.5, 0), velocity=(1.5, 1, 0.3), angular_velocity=(3, 2, -5), drag_coefficient=cd
    )
    truth = simulate(Scene(bodies=(body,), fluid_density=air))
    with jax.enable_x64(True):
        moved = DENSITY + air / 2  # with the air that moves along
        world = ballistic.BallWorld(
            drag=k, gravity=9.81 * (DENSITY - air) / moved, inertia_factor=0.4 * DENSITY / moved
        )
        state = ballistic.start(*(jnp.array(a) for a in ([0, 1.5, 0.0], [1.5, 1, 0.3], [3.0, 2, -5])))
        path = ballistic.rollout(world, state, 1 / 24, 96)
    assert np.abs(np.asarray(path.position) - truth.position[:, 0]).max() < 1e-7
    assert np.abs(np.asarray(path.velocity) - truth.velocity[:, 0]).max() < 1e-6


def end_point(p):
    world = ballistic.BallWorld(gravity=p[0], restitution=p[1], friction=p[2], rolling=p[3], drag=p[4])
    state = ballistic.start(p[5] * jnp.array([0.0, 1.0, 0.0]), jnp.array([4.0, 0.7, 0.5]))
    return ballistic.rollout(world, state, 1 / 24, 22, bounces=2).position[-1] @ jnp.array([1.0, 2.0, 0.5])


def test_gradient_through_bounces_matches_finite_differences():
    with jax.enable_x64(True):
        p = jnp.array([9.81, 0.75, 0.06, 0.01, 0.05, 0.6])
        value, both = jax.jit(end_point), jax.jit(jax.value_and_grad(end_point))
        shifts = 1e-6 * jnp.eye(len(p))
        true = [float(value(p + d) - value(p - d)) / 2e-6 for d in shifts]
        gradient = np.asarray(both(p)[1])
    assert gradient == pytest.approx(np.array(true), rel=1e-6, abs=1e-7)
    assert abs(true[1]) > 0.1 and abs(true[2]) > 0.1


def test_gradient_of_impact_time_is_closed_form():
    with jax.enable_x64(True):

        def time(height, g):
            world = ballistic.BallWorld(gravity=g, radius=0.0)
            return ballistic.impact_time(world, jnp.stack([0.0, height, 0.0]), jnp.zeros(3))

        dh, dg = jax.grad(time, (0, 1))(2.0, 9.81)
    assert float(dh) == pytest.approx(1 / np.sqrt(2 * 9.81 * 2.0), rel=1e-12)
    assert float(dg) == pytest.approx(-0.5 * np.sqrt(2 * 2.0 / 9.81**3), rel=1e-12)


def test_batches_and_leaves_the_default_precision_alone():
    assert jnp.zeros(1).dtype == jnp.float32
    place = jnp.zeros((3, 5)).at[1].set(jnp.linspace(0.2, 1.0, 5))
    path = ballistic.rollout(
        ballistic.BallWorld(), ballistic.start(place, jnp.zeros((3, 5))), 1 / 24, 24, bounces=4
    )
    assert path.position.shape == (24, 3, 5) and path.position.dtype == jnp.float32
    assert bool((path.position[:, 1] >= 0.11 - 1e-5).all())
