"""Moving boxes: contacts against a slow reference, sliding, stacks, impacts, hinges, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from physics.mechanics import Block
from physics.rigid_world import rotation_matrix
from physics.scene import Body, Box, Ground, Scene
from physics.worlds import blocks
from physics.worlds.blocks_check import check_blocks
from physics.worlds.blocks_contact import Bodies, find_contacts

FLOOR = Ground(friction=0.5, restitution=0.2)


def run(scene: Scene, seconds: float, dt: float = 1 / 24):
    world, states = blocks.build_world(scene), [blocks.start_state(scene)]
    for _ in range(round(seconds / dt)):
        states.append(blocks.step(world, states[-1], dt))
    return world, states


def pair(place, turn, half=((0.1, 0.05, 0.08), (0.06, 0.07, 0.05))) -> Bodies:
    return Bodies(
        np.array(half), np.zeros(0), np.array([[0.0, 0.0, 0.0], place]),
        np.stack([np.eye(3), rotation_matrix(turn)]), np.ones(2, bool), False,
    )  # fmt: skip


def test_contacts_of_boxes_lie_on_both_surfaces():
    rng = np.random.default_rng(3)
    met = 0
    for _ in range(200):
        b = pair(rng.normal(size=3) * 0.09, rng.normal(size=3))
        c = find_contacts(b, 1e-3)
        met += len(c.first)
        for k in range(len(c.first)):
            for i in (0, 1):  # half the gap away from the surface of either box, not beyond
                q = np.abs(b.turn[i].T @ (c.point[k] - b.place[i])) - b.half[i]
                assert q.max() < 0.5 * abs(c.gap[k]) + 1e-6
            assert c.normal[k] @ (b.place[0] - b.place[1]) > -0.06
    assert met > 100


def test_boxes_that_are_apart_do_not_touch_and_aligned_faces_have_four_points():
    assert len(find_contacts(pair((0.0, 0.1205, 0.0), (0.0, 0.0, 0.0)), 1e-4).first) == 0
    c = find_contacts(pair((0.0, 0.1199, 0.0), (0.0, 0.0, 0.0)), 1e-4)
    assert len(c.first) == 4
    np.testing.assert_allclose(c.gap, -1e-4, atol=1e-9)
    np.testing.assert_allclose(np.abs(c.point[:, [0, 2]]), [[0.06, 0.05]] * 4)


@pytest.mark.parametrize(("degrees", "slides"), [(26.0, False), (27.2, True)])
def test_a_block_slides_where_the_slope_is_steeper_than_its_friction(degrees, slides):
    a = np.radians(degrees)
    out = np.array([-np.sin(a), np.cos(a), 0.0])
    ramp = Box(centre=tuple(np.array([0, 1, 0]) - 0.1 * out), half_size=(2.0, 0.1, 1.0), rotation=(0, 0, a))
    block = Block(
        half_size=(0.1, 0.03, 0.1), position=tuple(np.array([0, 1, 0]) + 0.03 * out), rotation=(0, 0, a)
    )
    _, states = run(Scene(ground=FLOOR, boxes=(ramp,), blocks=(block,)), 0.5)
    assert (np.linalg.norm(states[-1].place[0] - states[0].place[0]) > 1e-3) == slides


def test_a_stack_stays_and_falls_asleep():
    h = 0.05
    tower = tuple(Block(half_size=(h, h, h), position=(0.0, h * (2 * i + 1), 0.0)) for i in range(5))
    world, states = run(Scene(ground=FLOOR, blocks=tower), 1.0)
    assert np.abs(states[-1].place - states[0].place).max() < 5e-4
    assert not states[-1].velocity.any() and (states[-1].still >= blocks.QUIET).all()


def test_a_ball_wakes_and_fells_a_tower_and_energy_only_falls():
    h = 0.05
    tower = tuple(Block(half_size=(h, h, h), position=(0.0, h * (2 * i + 1), 0.0)) for i in range(4))
    ball = Body(radius=0.05, density=3000.0, position=(-1.6, 0.3, 0.0), velocity=(4.0, 1.6, 0.0))
    world, states = run(Scene(ground=FLOOR, blocks=tower, bodies=(ball,)), 1.2)
    energies = np.array([blocks.energy(world, s) for s in states])
    assert np.diff(energies).max() < 1e-3 * energies[0]
    assert states[-1].place[3, 1] < 0.3 and states[-1].place[3, 0] > 0.05


def test_free_collisions_keep_momentum():
    two = (
        Block(position=(0.0, 0.5, 0.0), velocity=(2.0, 0.0, 0.0)),
        Block(position=(0.2, 0.52, 0.01), rotation=(0.3, 0.5, 0.1), density=300.0),
    )
    world, states = run(Scene(ground=None, gravity=(0, 0, 0), blocks=two), 0.25)
    total = [((1 / world.inverse_mass)[:, None] * s.velocity[:, :3]).sum(0) for s in (states[0], states[-1])]
    np.testing.assert_allclose(total[1], total[0], atol=1e-5)
    assert states[-1].velocity[1, 0] > 0.5


def test_a_hinged_plank_turns_about_its_hinge_alone():
    plank = Block(half_size=(0.6, 0.02, 0.1), position=(0, 0.4, 0), hinge=(0, 0, 1))
    ball = Body(radius=0.06, density=1000.0, position=(0.5, 0.6, 0.0))
    _, states = run(Scene(ground=FLOOR, blocks=(plank,), bodies=(ball,)), 0.6)
    np.testing.assert_array_equal(states[-1].place[0], [0.0, 0.4, 0.0])
    assert states[-1].turn[0, 1, 0] < -0.05 and abs(states[-1].turn[0, 2, 0]) < 1e-9


def test_impossible_blocks_are_refused_by_field():
    scene = Scene(ground=FLOOR, blocks=(Block(position=(0, 0.5, 0)),))
    for blocks_, field in (
        ((replace(scene.blocks[0], half_size=(1e-4, 0.1, 0.1)),), r"blocks\[0\].half_size"),
        ((replace(scene.blocks[0], velocity=(100.0, 0, 0)),), r"blocks\[0\].velocity"),
        ((replace(scene.blocks[0], position=(0, 0, 0)),), "into the ground"),
        (scene.blocks * 65, "at most 64"),
    ):
        with pytest.raises(ValueError, match=field):
            check_blocks(replace(scene, blocks=blocks_))
