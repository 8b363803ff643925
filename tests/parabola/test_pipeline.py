"""The whole flow on a tiny clip: the same bytes twice, frames in order, exact passes, trajectories."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diffusion.weights import DEFAULT
from parabola import pipeline
from parabola.media import read_clip
from parabola.passes import PASSES, PassWriters, pass_path
from physics.guide import render_guide
from physics.raycast import FAR, FIRST, GROUND, SKY
from physics.rigid import simulate
from physics.scene import Body, Camera, Ground, Scene, Surface

SIDE, FRAMES = 64, 4
SCENE = Scene(
    prompt="a ball falls",
    bodies=(Body(position=(0.0, 0.5, 0.0), radius=0.2, surface=Surface(colour=(0.8, 0.2, 0.1))),),
    ground=Ground(surface=Surface(pattern="checker", pattern_scale=0.5)),
    camera=Camera(position=(0.0, 0.6, 2.0), look_at=(0.0, 0.4, 0.0), fov_deg=40.0),
    width=SIDE,
    height=SIDE,
    num_frames=FRAMES,
)
pytestmark = pytest.mark.slow
painted = pytest.mark.skipif(not DEFAULT.exists(), reason="no weights in this checkout yet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A clip with everything beside it: folder, summary, and what the callback was told."""
    folder, told = tmp_path_factory.mktemp("clip"), []
    summary = pipeline.generate(
        SCENE,
        out=folder / "clip.mp4",
        trajectories=folder / "clip.json",
        passes=PASSES,
        progress=lambda k, frame: told.append((k, frame.copy())),
    )
    return folder, summary, told


@pytest.fixture(scope="module")
def predicted():
    return list(pipeline.frames(SCENE, guide_only=True))


@painted
def test_the_same_scene_gives_the_same_bytes(made):
    _, _, told = made
    again = list(pipeline.frames(SCENE))
    assert [f.tobytes() for f in again] == [f.tobytes() for _, f in told]


@painted
def test_another_seed_gives_another_picture(made):
    other = next(iter(pipeline.frames(replace(SCENE, seed=1))))
    assert other.tobytes() != made[2][0][1].tobytes()


@painted
def test_the_callback_is_told_in_order(made):
    assert [k for k, _ in made[2]] == list(range(FRAMES))
    assert all(f.shape == (SIDE, SIDE, 3) and f.dtype == np.uint8 for _, f in made[2])


def test_frames_are_made_as_they_are_asked_for():
    told = []
    stream = pipeline.frames(SCENE, guide_only=True, callback=lambda k, _: told.append(k))
    assert told == []
    first = next(stream)
    assert told == [0] and first.shape == (SIDE, SIDE, 3)


def test_guide_only_is_the_prediction_itself(predicted):
    rollout = simulate(SCENE)
    for k, frame in enumerate(predicted):
        want = np.asarray(render_guide(SCENE, rollout, k).rgb) * 255
        assert np.abs(frame - want).max() <= 0.5 + 1e-3
    assert not np.array_equal(predicted[0], predicted[-1])  # the ball falls


@painted
def test_painting_changes_the_picture_but_not_what_it_shows(made, predicted):
    for (_, frame), guide in zip(made[2], predicted):
        assert not np.array_equal(frame, guide)
        assert np.abs(frame.astype(float) - guide).mean() < 40


@painted
def test_the_file_holds_the_frames(made):
    folder, summary, told = made
    clip = read_clip(folder / "clip.mp4")
    assert clip.fps == pytest.approx(SCENE.fps)
    frames = list(clip)
    assert len(frames) == FRAMES == summary["num_frames"]
    for read, (_, frame) in zip(frames, told):
        assert np.abs(read.astype(float) - frame).mean() < 6  # lossy
    assert summary["out"] == str(folder / "clip.mp4") and summary["prompt"] == "a ball falls"
    assert summary["correction"] is not None


@painted
@pytest.mark.parametrize(("name", "kind", "tail"), [
    ("depth", np.float32, ()), ("normal", np.float32, (3,)), ("motion", np.float32, (2,)),
    ("id", np.uint8, ()),
])  # fmt: skip
def test_passes_are_exact(made, name, kind, tail):
    planes = np.load(made[0] / f"clip_{name}.npy")
    assert planes.shape == (FRAMES, SIDE, SIDE, *tail) and planes.dtype == kind
    rollout = simulate(SCENE)
    for k in range(FRAMES):
        guide = render_guide(SCENE, rollout, k)
        want = np.asarray(guide.ident if name == "id" else getattr(guide, name))
        if name == "depth":
            want = np.where(want >= FAR, np.inf, want)
        np.testing.assert_array_equal(planes[k], want)


@painted
def test_ids_and_depths_make_sense(made):
    ident, depth = (np.load(made[0] / f"clip_{name}.npy") for name in ("id", "depth"))
    assert set(np.unique(ident)) == {SKY, GROUND, FIRST}
    np.testing.assert_array_equal(np.isinf(depth), ident == SKY)
    assert depth[ident == FIRST].min() > 1.7


@painted
def test_the_guide_pass_is_a_clip(made, predicted):
    frames = list(read_clip(made[0] / "clip_guide.mp4"))
    assert len(frames) == FRAMES
    assert np.abs(frames[0].astype(float) - predicted[0]).mean() < 6


@painted
def test_trajectories_are_written(made):
    data = json.loads((made[0] / "clip.json").read_text())
    assert data["num_frames"] == FRAMES and (data["width"], data["height"]) == (SIDE, SIDE)
    path = np.array(data["objects"][0]["position_px"])
    assert path.shape == (FRAMES, 2) and np.all(np.diff(path[:, 1]) > 0)  # falls: y grows downwards


@painted
def test_nothing_half_written_stays(made):
    names = {p.name for p in made[0].iterdir()}
    assert names == {
        "clip.mp4",
        "clip.json",
        "clip_guide.mp4",
        *(f"clip_{n}.npy" for n in PASSES if n != "guide"),
    }


def test_an_error_leaves_no_file(tmp_path):
    def fails(k, _):
        if k == 1:
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        pipeline.generate(
            SCENE, out=tmp_path / "clip.mp4", guide_only=True, passes=("depth", "guide"), progress=fails
        )
    assert not list(tmp_path.iterdir())


def test_guide_only_is_not_corrected(tmp_path):
    summary = pipeline.generate(SCENE, out=tmp_path / "clip.mp4", guide_only=True)
    assert summary["correction"] is None and summary["guide_only"] is True


@painted
@pytest.mark.parametrize("steps", [0, 5])
def test_other_steps_are_refused(steps):
    with pytest.raises(ValueError, match="steps must be"):
        next(iter(pipeline.frames(SCENE, steps=steps, correct=False)))


def test_an_unknown_pass_is_refused():
    with pytest.raises(ValueError, match="unknown pass 'heat'") as error:
        PassWriters(Path("clip.mp4"), ("depth", "heat"), width=8, height=8, fps=24, num_frames=1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("out", "name", "path"), [
    ("a/clip.mp4", "depth", "a/clip_depth.npy"),
    ("clip.mp4", "guide", "clip_guide.mp4"),
    ("clip.%04d.png", "guide", "clip_guide.%04d.png"),
    ("clip.%04d.png", "id", "clip_id.npy"),
])  # fmt: skip
def test_names_of_passes(out, name, path):
    assert pass_path(Path(out), name) == Path(path)
