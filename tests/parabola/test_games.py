"""Flipbooks: where frames are, what vectors mean, events, where loops start."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from parabola.games import sheet, vectors
from parabola.games.events import events_json
from parabola.loop_start import quiet_start, started, typical_start
from physics.rigid import simulate
from physics.scene import Body, Scene

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("frames, budget, aspect, grid", [
    (64, (2048, 2048), 1.0, (8, 8)), (36, (2048, 2048), 1.0, (8, 8)), (16, (1024, 1024), 1.0, (4, 4)),
    (8, (1024, 512), 1.0, (4, 2)), (1, (256, 256), 1.0, (1, 1)), (32, (1024, 1024), 2.0, (4, 8)),
])  # fmt: skip
def test_a_budget_gives_the_largest_cells_that_divide_it(frames, budget, aspect, grid):
    plan = sheet.plan_sheet(frames, budget, 2, aspect)
    assert (plan.columns, plan.rows) == grid
    assert plan.width % plan.columns == 0 and plan.height % plan.rows == 0


@pytest.mark.parametrize("frames, budget, words", [
    (4, (500, 512), "powers of two"), (4, (512, 32), "powers of two"), (5000, (256, 256), "holds at most"),
])  # fmt: skip
def test_budgets_that_cannot_be_are_refused(frames, budget, words):
    with pytest.raises(ValueError, match=words):
        sheet.plan_sheet(frames, budget, 2)


def test_frames_come_back_and_padding_repeats_their_edge():
    plan = sheet.plan_sheet(5, (128, 128), 2)
    frames = [RNG.integers(1, 255, (*plan.picture[::-1], 4)).astype(np.uint8) for _ in range(5)]
    made = sheet.assemble(frames, plan)
    assert all(np.array_equal(sheet.frame_of(made, plan, k), frames[k]) for k in range(5))
    x, y = plan.corner(1)
    assert np.array_equal(made[y, x - 1, :3], frames[1][0, 0, :3]) and made[y, x - 1, 3] == 0
    assert made[plan.cell[1] * plan.rows - 3, -3, 3] == 0


@pytest.mark.parametrize(
    "dialect", ["aseprite-array", "aseprite-hash", "texturepacker-array", "texturepacker-hash"]
)
def test_json_names_every_cell(dialect):
    plan = sheet.plan_sheet(6, (256, 256), 1)
    page = json.loads(
        sheet.dumped(sheet.sheet_json(plan, "a.png", Fraction(24), dialect, loop=True, more={}))
    )
    entries = list(page["frames"].values()) if dialect.endswith("hash") else page["frames"]
    assert [(e["frame"]["x"], e["frame"]["y"]) for e in entries] == [plan.corner(k) for k in range(6)]
    assert page["meta"]["size"] == {"w": 256, "h": 256}
    if dialect.startswith("aseprite"):
        assert sum(e["duration"] for e in entries) == 250 and page["meta"]["frameTags"][0]["to"] == 5
    else:
        assert entries[0]["pivot"] == {"x": 0.5, "y": 0.5}


@pytest.mark.parametrize("engine, up", [("unity", 1), ("unreal", -1), ("godot", -1)])
def test_vectors_decode_as_a_shader_does(engine, up):
    flow, cell = RNG.normal(0, 5, (8, 8, 2)).astype(np.float32), (64, 32)
    scale = vectors.scale_of([flow], cell)
    texture = vectors.encoded(flow, cell, scale, engine)
    assert 0 < texture[..., :2].min() and texture[..., :2].max() < 65535
    uv = (texture[..., :2] / 65535 * 2 - 1) * scale  # share of a cell, v as the engine counts
    assert np.allclose(uv * [64, -32 * up], flow, atol=2e-3)
    rest = vectors.encoded(np.zeros((1, 1, 2)), cell, scale, engine)[..., :2] / 65535
    assert np.abs((rest * 2 - 1) * scale).max() < 2e-5


def test_vectors_reach_beyond_the_edge():
    known = np.zeros((40, 40), bool)
    known[15:25, 15:25] = True
    plane = np.where(known[..., None], np.float32([3.0, -2.0]), 0)
    assert np.allclose(vectors.spread(plane, known), [3.0, -2.0], atol=1e-3)


def test_sixteen_bits_stay_sixteen(tmp_path):
    oiio = pytest.importorskip("OpenImageIO")
    texture = RNG.integers(0, 65536, (9, 7, 3)).astype(np.uint16)
    (tmp_path / "a.png").write_bytes(vectors.png16(texture))
    assert np.array_equal(oiio.ImageBuf(str(tmp_path / "a.png")).get_pixels(oiio.UINT16), texture)


def test_events_carry_place_time_and_energy():
    scene = Scene(bodies=(Body(position=(0.0, 1.11, 0.0), radius=0.11, restitution=0.5),), fluid_density=0.0,
                  num_frames=48)  # fmt: skip
    hit = next(e for e in events_json(scene, simulate(scene)) if e["kind"] == "bounce")
    assert hit["time_s"] == pytest.approx(np.sqrt(2 / 9.81), abs=1e-4)
    assert hit["energy_j"] == pytest.approx(1100 * 4 / 3 * np.pi * 0.11**3 * 9.81, rel=1e-3)
    assert hit["materials"] == ["rubber", "wood"] and abs(hit["pan"]) < 1e-6 and hit["strength"] == 1.0


def test_a_loop_starts_where_a_step_is_ordinary(tmp_path):
    assert quiet_start([1.0, 1.0, 1.2, 0.9]) == 0
    assert quiet_start([2.0, 1.0, 0.98, 0.2, 1.3]) == 1
    frames = [np.full((4, 4, 3), v, np.uint8) for v in (0, 10, 20, 30, 40, 60)]
    start = typical_start(frames)
    again = list(started(iter(frames), tmp_path))
    assert np.array_equal(np.stack(again), np.stack(frames[start:] + frames[:start]))
    assert start and list(tmp_path.iterdir()) == []
