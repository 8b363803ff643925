"""The claim's own parts: worlds that keep the laws, a judge that finds what is wrong, runs that go on."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from benchmarks import _claim_arms as arms
from benchmarks import _claim_data as data
from benchmarks import _claim_train as training
from benchmarks._claim_faults import possible, with_fault
from benchmarks._claim_fit import needed, sentence
from benchmarks._claim_judge import DESIGN, KINDS, look, scores
from benchmarks._claim_laws import LAWS, laws
from benchmarks._claim_measure import flags, record, summary, wilson
from benchmarks._claim_world import FRAMES, GIVEN, SIDE, Worlds, predicted, worlds
from benchmarks.baselines import latents as lt
from benchmarks.baselines import video_transformer as vt
from benchmarks.baselines.video_gan import VideoGan, critic_loss


@pytest.fixture(scope="module")
def some() -> Worlds:
    """Six worlds in range, finely stepped."""
    return worlds(np.random.default_rng(4), 6, "in", 512)


@pytest.fixture(scope="module")
def shots(some) -> np.ndarray:
    return data.film(some)


def judged(w: Worlds, pictures: np.ndarray, k: int) -> dict[str, float]:
    one = w.take(slice(k, k + 1))
    return scores(look(pictures[k], one.hue[0, one.there[0]]), one)


def test_energy_never_grows(some):
    for k in range(len(some)):
        who = some.there[k]
        mass = some.radius[k, 0, who] ** 3
        height, speed2 = some.position[k][:, who, 1], np.sum(some.velocity[k][:, who] ** 2, -1)
        energy = np.sum(mass * (0.5 * speed2 + some.gravity[k] * height), -1)
        assert np.all(np.diff(energy) < 1e-3 * energy[0])


def test_worlds_agree_with_the_products_own_simulator(some):
    apart = np.linalg.norm(predicted(some).position - some.position, axis=-1) * some.there[:, None]
    assert apart.max() * SIDE < 0.5


def test_true_clips_show_nothing_wrong_and_keep_the_law(some, shots):
    for k in range(len(some)):
        found = judged(some, shots, k)
        assert [kind for kind in KINDS if found[kind] > 1.5 * DESIGN[kind]] == []
        one = some.take(slice(k, k + 1))
        errors = laws(look(shots[k], one.hue[0, one.there[0]]).place, one)
        assert errors["velocity"] < 0.1 and errors["momentum"] < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_faults_are_found(some, kind):
    w = some.take(possible(some, kind))
    spoilt = data.film(with_fault(w, kind, np.random.default_rng(0)))
    found = [judged(w, spoilt, k)[kind] > DESIGN[kind] for k in range(len(w))]
    assert len(found) and np.mean(found) >= 0.8


def test_a_blank_clip_has_lost_everything_and_is_counted(some, shots):
    blank = shots.copy()
    blank[:, GIVEN:] = 200
    row = record(blank[0], some.take(slice(0, 1)), shots[0])
    assert "vanished" in flags(row, DESIGN)
    assert all(np.isfinite(row[f"law {k}"]) for k in LAWS if k != "acceleration")
    assert summary([row, {"crash": "x"}], DESIGN)["rate"] == 1.0


def test_wilson_interval_is_the_textbook_one():
    assert wilson(0, 100) == pytest.approx((0.0, 0.0370), abs=1e-4)


def test_patches_come_back_as_frames():
    clip = jax.random.normal(jax.random.key(0), (2, 16, 16, 16, 3))
    np.testing.assert_array_equal(lt.frames(lt.patches(clip), (16, 16, 16)), clip)


def test_latents_keep_what_their_components_span():
    """Patches of rank 3 come back whole from 3 components of unit power."""
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(8, 8, 3)) @ rng.normal(size=(3, 768)) + 0.3
    clips = np.asarray(lt.frames(jnp.asarray(tokens, jnp.float32), (4, 16, 32)))
    latents = lt.fit(clips, 3)
    z = latents.of(jnp.asarray(clips))
    assert float(jnp.mean(z**2)) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(latents.frames(z, (4, 16, 32)), clips, atol=1e-4)


def test_sampler_follows_a_known_flow():
    """With a network that knows the clean latents, the sampler ends there."""
    config = vt.TransformerConfig(width=8, depth=1, shape=(4, 8, 8), latents=768)
    latents = lt.Latents(np.zeros(768, np.float32), *2 * (np.eye(768, dtype=np.float32),))
    clean = jax.random.normal(jax.random.key(1), (1, 1, 768))

    class Knows:
        def __call__(self, x, t, given, words):
            return clean

    known = Knows()
    known.config = config  # type: ignore[attr-defined]
    given, words = jnp.zeros((1, 4, 8, 8, 3)), jnp.zeros((1, 4, 12))
    made = vt.sample(known, latents, given, words, jax.random.key(2), 20)  # type: ignore[arg-type]
    np.testing.assert_allclose(lt.patches(made), clean, atol=1e-4)


@pytest.mark.slow
def test_gradient_penalty_asks_for_slope_one():
    """A critic that is constant pays the whole penalty."""
    model = VideoGan(FRAMES, GIVEN, 48, nnx.Rngs(0))
    model.critic.leave.kernel[...] = jnp.zeros_like(model.critic.leave.kernel[...])
    clip = jnp.zeros((2, FRAMES, SIDE, SIDE, 3))
    loss = critic_loss(model, clip, jnp.zeros((2, *data.WORDS)), jax.random.key(0))
    assert float(loss) == pytest.approx(10.0, abs=1e-3)


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    tiny = replace(arms.ARMS["guided"], size=2)
    monkeypatch.setitem(arms.ARMS, "guided", tiny)
    monkeypatch.setattr(data, "CHUNK", 4)
    data.chunk.cache_clear()
    whole, first = (training.Run("guided", 0, 1e-3, tmp_path / name) for name in ("whole", "cut"))
    for _ in range(3):
        whole.advance()
    first.advance()
    first.save()
    rest = training.Run("guided", 0, 1e-3, tmp_path / "cut")
    assert rest.step == 1
    rest.advance()
    rest.advance()
    data.chunk.cache_clear()
    for a, b in zip(jax.tree.leaves(whole.average), jax.tree.leaves(rest.average)):
        np.testing.assert_array_equal(a, b)


def test_fit_finds_where_a_power_law_meets_the_goal():
    rng, flop = np.random.default_rng(0), np.repeat([1e10, 1e11, 1e12], 3)
    error = (flop / 1e10) ** -0.5 * np.exp(0.01 * rng.standard_normal(9))
    fit = needed(flop, error, 0.03, rng)
    assert fit["meaningful"] and fit["log10_flop"][1] == pytest.approx(10 + 2 * np.log10(1 / 0.03), abs=0.05)
    flat = needed(flop, np.exp(0.01 * rng.standard_normal(9)), 0.03, rng)
    assert not flat["meaningful"] and "no factor" in sentence("x", flat, 1e10, 1e12)
