"""The call signature that other programs know, and the nodes and scripts for them."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
import types
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from parabola import ParabolaPipeline, pipeline, pipelines

ROOT = Path(__file__).resolve().parents[2]
FRAMES = [np.full((32, 48, 3), 10 * k, np.uint8) for k in range(4)]


@pytest.fixture
def quick(monkeypatch):
    """The pipeline with frames that need no rendering."""

    def frames(scene, **_how):
        yield from FRAMES[: scene.num_frames]

    monkeypatch.setattr(pipeline, "frames", frames)
    return ParabolaPipeline.from_pretrained().to("cuda")


def test_names_are_those_of_diffusers():
    wanted = (
        "prompt negative_prompt height width num_frames num_inference_steps generator image"
        " num_videos_per_prompt output_type return_dict callback_on_step_end"
    )
    assert set(wanted.split()) <= set(inspect.signature(ParabolaPipeline.__call__).parameters)


def test_outputs_are_what_users_index(quick):
    size = {"width": 48, "height": 32, "num_frames": 4}
    made = quick("a ball bounces", **size, guidance_scale=5.0)
    assert made.frames.shape == (1, 4, 32, 48, 3) and made.frames.dtype == np.float32
    assert made.frames[0][3].max() == pytest.approx(30 / 255) and made.scenes[0].width == 48
    pictures = quick(
        ["a ball", "a red ball"], **size, output_type="pil", generator=np.random.default_rng(1)
    ).frames
    assert len(pictures) == 2 and pictures[1][2].size == (48, 32)
    assert isinstance(quick("a ball", **size, return_dict=False), tuple)
    seeds = [
        quick("a ball", **size, generator=g).scenes[0].seed
        for g in (7, SimpleNamespace(initial_seed=lambda: 9))
    ]
    assert seeds == [7, 9]


def test_a_callback_hears_every_frame_and_may_stop(quick):
    heard = []

    def told(pipe, step, _time, kwargs):
        heard.append(step)
        pipe._interrupt = step == 1
        return {"frames": kwargs["frames"] + 1}

    made = quick("a ball", width=48, height=32, num_frames=4, callback_on_step_end=told, output_type="pil")
    assert heard == [0, 1] and len(made.frames[0]) == 2 and np.asarray(made.frames[0][1])[0, 0, 0] == 11


@pytest.mark.parametrize("change, words", [
    ({"prompt": None}, "a prompt or a scene"), ({"output_type": "gif"}, "choose from"),
    ({"sharpness": 3}, "unknown argument 'sharpness'"), ({"width": 5}, "out of range"),
    ({"num_videos_per_prompt": 0}, "1 to 100"),
    ({"negative_prompt": "red", "prompt": "a red ball"}, "in every"),
])  # fmt: skip
def test_what_cannot_be_is_one_line(quick, change, words):
    given = {"prompt": "a ball", "width": 48, "height": 32, "num_frames": 2} | change
    with pytest.raises(ValueError, match=words) as caught:
        quick(**given)
    assert "\n" not in str(caught.value)


class Tensor:
    """Stands for torch.Tensor: what ComfyUI's types ask of one."""

    def __init__(self, array):
        self.array = array


def stand_ins() -> dict[str, types.ModuleType]:
    """`torch` and `comfy_api.latest` with the names that V3 nodes use."""

    class Field:
        def __init__(self, kind, way, args, kw):
            self.kind, self.way, self.name, self.kw = kind, way, args[0] if args else None, kw

    def kind(name):
        ways = {
            way: staticmethod(lambda *a, _w=way, **k: Field(name, _w, a, k)) for way in ("Input", "Output")
        }
        return type(name, (), ways)

    kinds = {n: kind(n) for n in ("Int", "Float", "String", "Boolean", "Image", "Mask", "Video")}
    io = SimpleNamespace(
        **kinds, Schema=lambda **k: SimpleNamespace(**k), ComfyNode=object, NodeOutput=lambda *a: a
    )  # fmt: skip
    comfy, latest, torch = (types.ModuleType(n) for n in ("comfy_api", "comfy_api.latest", "torch"))
    latest.io, latest.ComfyExtension = io, object
    latest.InputImpl = SimpleNamespace(VideoFromComponents=lambda parts: parts)
    latest.Types = SimpleNamespace(VideoComponents=lambda **k: SimpleNamespace(**k))
    torch.from_numpy, torch.Tensor = Tensor, Tensor
    return {"comfy_api": comfy, "comfy_api.latest": latest, "torch": torch}


def test_comfyui_nodes_keep_to_its_types(monkeypatch):
    import parabola.integration

    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    shape = (2, 32, 48)
    planes = {n: np.random.default_rng(0).random((*shape, 3)) for n in ("frames", "normal", "motion")}
    made = {**planes, "depth": np.ones(shape), "things": np.zeros(shape), "rate": Fraction(24000, 1001),
            "trajectories": "{}"}  # fmt: skip
    monkeypatch.setattr(parabola.integration, "render", lambda *_a, **_k: made)
    spec = importlib.util.spec_from_file_location("nodes", ROOT / "integrations" / "comfyui" / "nodes.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (node,) = asyncio.run(asyncio.run(module.comfy_entrypoint()).get_node_list())
    schema = node.define_schema()
    given = {field.name: field.kw["default"] for field in schema.inputs}
    assert set(given) == set(inspect.signature(node.execute).parameters)
    out = node.execute(**given)
    assert len(out) == len(schema.outputs)
    for value, field in zip(out, schema.outputs, strict=True):
        if field.kind in ("Image", "Mask"):
            array = value.array
            assert array.dtype == np.float32 and 0 <= array.min() and array.max() <= 1
            assert array.shape == ((*shape, 3) if field.kind == "Image" else shape)
        elif field.kind == "Video":
            assert value.frame_rate == Fraction(24000, 1001) and value.images.array.shape == (*shape, 3)
    assert node.validate_inputs(prompt=" ") != True and node.validate_inputs(prompt="a ball") is True  # noqa: E712


def test_planes_are_in_range(monkeypatch):
    from parabola import integration

    rng = np.random.default_rng(0)
    planes = {"depth": rng.uniform(1, 1e10, (2, 8, 8)), "normal": rng.uniform(-1, 1, (2, 8, 8, 3)),
              "motion": rng.uniform(-8, 8, (2, 8, 8, 2)), "things": rng.random((2, 8, 8))}  # fmt: skip
    made = SimpleNamespace(frames=rng.random((1, 2, 8, 8, 3)), aovs=[planes], trajectories=[{}])
    monkeypatch.setattr(integration.ParabolaPipeline, "__call__", lambda *_a, **_k: made)
    out = integration.render("a ball", width=8, height=8, num_frames=2, fps=23.976, seed=0)
    assert out["rate"] == Fraction(24000, 1001)
    for name in ("frames", "depth", "normal", "motion", "things"):
        assert 0 <= out[name].min() and out[name].max() <= 1


def test_seeds_are_drawn_where_asked_for():
    assert pipelines._seed(None, None) == 0 and pipelines._seed(3, 4) == 3 and pipelines._seed(-1, None) >= 0
