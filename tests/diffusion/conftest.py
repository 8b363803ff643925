"""What the painter's tests share: guides that need no rendering, a network that needs no training."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from diffusion.condition import LIGHT_SIZE, PLANES
from diffusion.network import NetworkConfig, PainterNetwork
from physics.guide import Guide

SMALL = NetworkConfig(channels=(16, 32), blocks=(1, 1), embedding=16)


def _guide(h: int, w: int, seed: int = 0, motion: float = 1.5) -> Guide:
    rng = np.random.default_rng(seed)

    def plane(*tail):
        return jnp.asarray(rng.random((h, w, *tail)), jnp.float32)

    shift = jnp.full((h, w, 2), motion, jnp.float32)
    ident = np.ones((h, w), np.int32)
    ident[h // 4 : h // 2, w // 4 : w // 2] = 2
    return Guide(
        rgb=plane(3), prior=plane(3), base=plane(3), normal=plane(3) - 0.5, depth=plane() + 1, motion=shift,
        motion_back=-shift, depth_back=plane() + 1, ident=jnp.asarray(ident), roughness=plane(),
        metallic=plane(), transmission=plane(), sun=plane(), hard=plane(), sky=plane(), bleed=plane(3),
        mirror=plane(3), fresnel=plane(), cover=plane(),
    )  # fmt: skip


def _network(config: NetworkConfig = SMALL, seed: int = 0):
    graph, state = nnx.split(PainterNetwork(config, rngs=nnx.Rngs(seed)))
    leaves, tree = jax.tree.flatten(state)
    keys = jax.random.split(jax.random.key(seed + 1), len(leaves))
    # gains start at zero, so that an untrained network is silent: give them something to say
    awake = [x + 0.5 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys)]
    return graph, jax.tree.unflatten(tree, awake)


def _inputs(h: int, w: int, seed: int = 0) -> dict:
    k = jax.random.split(jax.random.key(seed), 5)
    return {
        "planes": jax.random.normal(k[0], (1, h, w, PLANES)),
        "history": jax.random.normal(k[1], (1, h, w, 4)),
        "light": jax.random.normal(k[2], (1, LIGHT_SIZE)),
        "x": jax.random.normal(k[3], (1, h, w, 3)),
        "sigma": jnp.exp(jax.random.normal(k[4], (1, h, w))),
    }


@pytest.fixture(scope="session")
def fake_guide():
    """`fake_guide(h, w, seed, motion)`: random planes, an object in the middle, even motion."""
    return _guide


@pytest.fixture(scope="session")
def network():
    """(graph, state) of a small network with random weights and random gains."""
    return _network()


@pytest.fixture(scope="session")
def net_inputs():
    """`net_inputs(h, w, seed)`: random arguments of the network."""
    return _inputs
