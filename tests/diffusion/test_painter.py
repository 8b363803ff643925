"""The painter: repeatable to the byte, any size, 1 to 4 steps, and a memory that carries over."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from diffusion.painter import Painter
from diffusion.weights import DEFAULT
from physics.scene import Light

H, W, KEY = 32, 40, jax.random.key(4)


@pytest.fixture(scope="module")
def painter(network):
    graph, state = network
    return Painter(graph, jax.tree.map(lambda x: 0.3 * x, state))


@pytest.fixture(scope="module")
def first(painter, fake_guide):
    return painter.paint(fake_guide(H, W), Light(), None, KEY)


@pytest.fixture(scope="module")
def second(painter, fake_guide, first):
    return painter.paint(fake_guide(H, W, 1), Light(), first[1], KEY)


def check_frame(frame, h: int = H, w: int = W) -> None:
    assert frame.shape == (h, w, 3) and frame.dtype == jnp.float32
    assert np.all(np.isfinite(frame)) and frame.min() >= 0 and frame.max() <= 1


def test_the_same_key_gives_the_same_bytes(painter, fake_guide, first):
    again, memory = painter.paint(fake_guide(H, W), Light(), None, KEY)
    assert np.asarray(again).tobytes() == np.asarray(first[0]).tobytes()
    for a, b in zip(jax.tree.leaves(memory), jax.tree.leaves(first[1])):
        np.testing.assert_array_equal(a, b)
    other, _ = painter.paint(fake_guide(H, W), Light(), None, jax.random.key(5))
    assert not np.array_equal(other, first[0])


def test_the_light_counts(painter, fake_guide, first):
    dusk = Light(sun_irradiance=(0.9, 0.4, 0.1), sky_zenith=(0.1, 0.1, 0.2))
    assert not np.array_equal(painter.paint(fake_guide(H, W), dusk, None, KEY)[0], first[0])


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_one_to_four_steps(painter, fake_guide, steps):
    check_frame(painter.paint(fake_guide(H, W), Light(), None, KEY, steps)[0])


def test_large_frames_are_painted_in_bands_as_in_one_piece(painter, fake_guide, first, monkeypatch):
    tall = fake_guide(104, W)
    whole, memory = painter.paint(tall, Light(), None, KEY)
    monkeypatch.setattr("diffusion.painter.LARGE", 72 * W)
    monkeypatch.setattr("diffusion.painter.HALO", 24)
    banded, same = painter.paint(tall, Light(), None, KEY)
    check_frame(banded, 104)
    np.testing.assert_allclose(banded, whole, atol=2 / 255)
    np.testing.assert_array_equal(same.noise, memory.noise)
    assert not np.array_equal(banded, whole)  # it was painted in bands


@pytest.mark.parametrize("steps", [0, 5, -1])
def test_other_steps_are_refused(painter, fake_guide, steps):
    with pytest.raises(ValueError, match="steps must be") as error:
        painter.paint(fake_guide(H, W), Light(), None, KEY, steps)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("h", "w"), [(67, 101), (8, 9)])
def test_odd_sizes(painter, fake_guide, h, w):
    frame, memory = painter.paint(fake_guide(h, w), Light(), None, KEY, 1)
    check_frame(frame, h, w)
    assert memory.noise.shape == (h, w, 3) and memory.ident.shape == (h, w)


def test_the_memory_carries_the_noise_over(painter, fake_guide, first, second):
    check_frame(second[0])
    np.testing.assert_array_equal(first[1].ident, fake_guide(H, W).ident)
    other, _ = painter.paint(fake_guide(H, W, 1), Light(), replace(first[1], noise=-first[1].noise), KEY)
    assert float(jnp.abs(other - second[0]).mean()) > 1e-3


def test_a_memory_of_other_things_counts_for_nothing(painter, fake_guide, first):
    """Validity 0 everywhere is the same as no history."""
    guide = fake_guide(H, W)
    strangers = replace(first[1], ident=first[1].ident + 50)
    np.testing.assert_allclose(painter.paint(guide, Light(), strangers, KEY)[0], first[0], atol=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(not DEFAULT.exists(), reason="no weights in this checkout yet")
def test_the_shipped_painter_stays_near_the_prior(fake_guide):
    guide = fake_guide(H, W)
    even = replace(
        guide, **{k: jnp.full((H, W, 3), 0.5) for k in ("rgb", "prior", "base", "mirror", "bleed")}
    )
    frame, _ = Painter.load().paint(even, Light(), None, KEY)
    check_frame(frame)
    assert float(jnp.abs(frame - 0.5).mean()) < 0.2
