"""Trajectories against brute force and closed forms, and strict JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parabola.outline import outline, to_camera, to_pixels, visible_fraction
from parabola.trajectories import Trajectories, build
from physics.camera import camera_at, camera_basis, focal_px, project
from physics.scene import Body, Box, Camera, Scene


@dataclass(frozen=True)
class Happening:
    time: float
    kind: str
    bodies: tuple[int, ...]
    obstacle: str | None = None
    restitution: float | None = None


@dataclass(frozen=True)
class Motion:
    """As much of a rollout as trajectories read."""

    position: np.ndarray
    events: tuple[Any, ...] = ()
    blocks: None = None


def scene_of(*bodies: Body, **fields: Any) -> Scene:
    wanted = {
        "width": 320,
        "height": 240,
        "num_frames": 2,
        "camera": Camera(position=(0, 1, 4), look_at=(0, 1, 0)),
    }
    return Scene(bodies=bodies, **(wanted | fields))


def still(scene: Scene, frames: int = 2) -> Motion:
    return Motion(np.repeat(np.array([[b.position for b in scene.bodies]], float), frames, 0))


def mask(scene: Scene, centre, radius: float, scale: int = 4) -> np.ndarray:
    """Which of scale x scale sub-pixels see the sphere: a ray each."""
    h, w, f = scene.height * scale, scene.width * scale, focal_px(scene) * scale
    y, x = np.mgrid[:h, :w] + 0.5
    rays = np.stack([(x - w / 2) / f, -(y - h / 2) / f, np.ones_like(x)], -1)
    c = to_camera(scene, 0.0, np.asarray(centre, float))
    b = rays @ c
    return (b**2 >= (rays**2).sum(-1) * (c @ c - radius**2)) & (b > 0)


@given(st.floats(-1.1, 1.1), st.floats(0.2, 1.8), st.floats(-3, 1.5), st.floats(0.05, 0.4))
@settings(max_examples=15, deadline=None)
def test_outline_is_what_rays_see(x, y, z, radius):
    scene = scene_of(Body(position=(x, y, z), radius=radius), width=160, height=120)
    seen = mask(scene, (x, y, z), radius)
    edge = seen[0].any() or seen[-1].any() or seen[:, 0].any() or seen[:, -1].any()
    thing = build(scene, still(scene)).objects[0]
    if edge or not seen.any():
        return
    area, centroid = seen.sum() / 16, (np.argwhere(seen).mean(0)[::-1] + 0.5) / 4
    assert thing.radius_px[0] == pytest.approx(np.sqrt(area / np.pi), rel=5e-3, abs=0.06)  # of the count
    assert thing.position_px[0] == pytest.approx(centroid, abs=0.1)
    assert thing.visible[0] == 1.0
    assert thing.centre_px[0] == pytest.approx(project(scene, 0.0, np.array([x, y, z]))[0], abs=1e-3)


def test_outline_closed_form():
    """The edges of the ellipse are the tangent rays."""
    centre, r = np.array([[1.5, 0.0, 4.0]]), np.array([0.5])
    shape = outline(centre, r)
    theta, alpha = np.arctan2(1.5, 4.0), np.arcsin(0.5 / np.hypot(1.5, 4.0))
    edges = np.tan(theta + np.array([-alpha, alpha]))
    assert shape.centre[0, 0] == pytest.approx(edges.mean())
    assert shape.long_axis[0] == pytest.approx(np.ptp(edges) / 2)
    assert shape.short_axis[0] < shape.long_axis[0]


def test_out_of_view_and_behind_the_camera_are_null():
    scene = scene_of(Body(position=(9, 1, 0)), Body(position=(0, 1, 9)), Body(position=(0, 1, 3.95)), Body())
    data = build(scene, still(scene)).to_dict()["objects"]
    for thing in data[:3]:
        assert thing["position_px"] == [None, None] == thing["radius_px"] == thing["centre_px"]
        assert thing["visible"] == [0.0, 0.0] and thing["position_m"][0] is not None
    assert data[3]["visible"] == [1.0, 1.0]


def test_half_out_of_the_picture_is_half_visible():
    scene = scene_of(Body(radius=0.2))
    edge = 160 / focal_px(scene) * 4
    scene = replace(scene, bodies=(Body(position=(edge, 1, 0), radius=0.2),))
    assert build(scene, still(scene)).objects[0].visible[0] == pytest.approx(0.5, abs=0.06)


def test_nearer_ball_hides_a_farther_one():
    near, far = Body(position=(0.15, 1, 2), radius=0.15), Body(position=(0.1, 1, 0), radius=0.25)
    scene = scene_of(near, far)
    share = visible_fraction(scene, 0.0, np.array([near.position, far.position]), np.array([0.15, 0.25]))
    behind, front = mask(scene, far.position, 0.25), mask(scene, near.position, 0.15)
    assert share[0] == 1.0
    assert share[1] == pytest.approx((behind & ~front).sum() / behind.sum(), abs=0.04)


def test_box_hides_what_is_behind_it_only():
    wall = Box(centre=(0.5, 1, 1), half_size=(0.5, 0.5, 0.1), rotation=(0, 0, 0))
    scene = scene_of(
        Body(position=(0, 1, 0), radius=0.2), Body(position=(0.5, 1, 2), radius=0.1), boxes=(wall,)
    )
    visible = [o.visible[0] for o in build(scene, still(scene)).objects]
    assert visible[0] == pytest.approx(0.5, abs=0.1) and visible[1] == 1.0
    hidden = replace(scene, boxes=(replace(wall, centre=(0.0, 1, 1), rotation=(0, 0.3, 0)),))
    thing = build(hidden, still(hidden)).objects[0]
    assert thing.visible[0] == 0.0 and thing.position_px[0] is None


def test_camera_move_is_followed():
    camera = Camera(position=(0, 1, 4), look_at=(0, 1, 0), move="orbit", rate=24.0)
    scene = scene_of(Body(position=(0.3, 1, 0.2)), camera=camera, fps=24.0)
    thing = build(scene, still(scene, 12)).objects[0]
    wanted = [project(scene, k / 24, np.array([0.3, 1, 0.2]))[0] for k in range(12)]
    assert np.allclose(thing.centre_px, wanted, atol=1e-3)


def test_gravity_in_pixels_is_what_the_track_shows():
    """A ball that falls parallel to the picture: second difference of its track, also in slow motion."""
    scene = scene_of(Body(position=(0.2, 1.5, 0.5)), fps=30.0, time_scale=0.5, num_frames=12)
    t = np.arange(12) / 30.0 * 0.5
    fall = np.stack([np.full(12, 0.2), 1.5 - 0.5 * 9.81 * t**2, np.full(12, 0.5)], -1)
    result = build(scene, Motion(fall[:, None]))
    steps = np.diff(np.array(result.objects[0].centre_px), n=2, axis=0)
    assert np.allclose(steps, result.gravity_px_per_frame2, atol=1e-3)
    assert result.gravity_m_s2 == pytest.approx(9.81)


def test_events_are_in_film_time():
    scene = scene_of(Body(), Body(position=(1, 1, 0)), fps=24.0, time_scale=0.5)
    happenings = (
        Happening(0.25, "bounce", (0,), "ground", 0.8),
        Happening(0.5, "collision", (0, 1)),
        Happening(9.0, "bounce", (0,)),
    )
    events = build(scene, Motion(still(scene, 96).position, happenings)).to_dict()["events"]
    assert events == [
        {
            "frame": 12.0,
            "time_s": 0.5,
            "kind": "bounce",
            "objects": [1],
            "obstacle": "ground",
            "restitution": 0.8,
        },
        {"frame": 24.0, "time_s": 1.0, "kind": "collision", "objects": [1, 2]},
    ]


def test_json_is_strict_and_comes_back(tmp_path):
    scene = scene_of(Body(name="red ball"), Body(position=(9, 1, 0)))
    result = build(scene, still(scene))
    path = result.save(tmp_path / "deep" / "t.json")
    data = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert data == result.to_dict()
    assert {"version", "fps", "width", "height", "num_frames", "objects", "events", "physics"} == set(data)
    assert Trajectories.from_dict(data).to_dict() == data
    assert [p.name for p in path.parent.iterdir()] == ["t.json"]


def test_nan_never_reaches_the_file(tmp_path):
    scene = scene_of(Body())
    bad = still(scene)
    bad.position[1, 0, 2] = np.nan
    (tmp_path / "t.json").write_text("old")
    with pytest.raises(ValueError, match="not finite"):
        build(scene, bad).save(tmp_path / "t.json")
    assert (tmp_path / "t.json").read_text() == "old"


@pytest.mark.parametrize("data", [{}, {"version": 1}, {"version": 2}, {"version": 1, "objects": 3}, []])
def test_wrong_data_is_refused(data):
    with pytest.raises(ValueError, match="trajectories"):
        Trajectories.from_dict(data)


def test_simulated_scene():
    """The schema holds for a real rollout."""
    from physics.rigid import simulate

    scene = scene_of(Body(position=(0, 1.2, 0)), num_frames=24, fps=24.0)
    result = build(scene, simulate(scene))
    bounce = next(e for e in result.events if e.kind == "bounce")
    assert bounce.time_s == pytest.approx(np.sqrt(2 * (1.2 - 0.11) / 9.81), rel=2e-2)
    assert bounce.objects == [1] and len(result.objects[0].position_px) == 24


def test_to_pixels_matches_the_camera():
    scene = scene_of(Body())
    point = np.array([0.4, 1.3, -1.0])
    local = (point - camera_at(scene.camera, 0)[0]) @ camera_basis(*camera_at(scene.camera, 0)).T
    assert to_pixels(scene, local[:2] / local[2]) == pytest.approx(project(scene, 0, point)[0])
