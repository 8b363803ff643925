"""Weights on disk: what is written is what is read, and what is shipped fits the network."""

from __future__ import annotations

from dataclasses import asdict

import jax
import numpy as np
import pytest
from flax import nnx
from safetensors import safe_open

from diffusion.network import NetworkConfig, PainterNetwork
from diffusion.weights import DEFAULT, load_network, parameter_count, save_weights

CONFIG = NetworkConfig(channels=(16, 32), blocks=(1, 1), embedding=16)  # the one of the fixture `network`


def test_round_trip(tmp_path, network):
    graph, state = network
    path = tmp_path / "painter.safetensors"
    save_weights(path, state, asdict(CONFIG))
    graph_again, state_again = load_network(path)
    assert graph_again == graph
    assert jax.tree.structure(state_again) == jax.tree.structure(state)
    for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(state_again)):
        np.testing.assert_array_equal(a, b)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]  # no part file stays


def test_saving_replaces_the_older_file(tmp_path, network):
    path = tmp_path / "painter.safetensors"
    for scale in (1.0, 2.0):
        save_weights(path, jax.tree.map(lambda x, s=scale: s * x, network[1]), asdict(CONFIG))
    for a, b in zip(jax.tree.leaves(network[1]), jax.tree.leaves(load_network(path)[1])):
        np.testing.assert_array_equal(2.0 * np.asarray(a), b)


def test_parameter_count(network):
    assert parameter_count(network[1]) == sum(x.size for x in jax.tree.leaves(network[1]))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "none.safetensors")


@pytest.mark.skipif(not DEFAULT.exists(), reason="no weights in this checkout yet")
def test_shipped_weights():
    assert DEFAULT.stat().st_size <= 32e6
    _, state = load_network()
    with safe_open(DEFAULT, framework="numpy") as f:
        assert "network" in f.metadata()
    shapes = nnx.eval_shape(lambda: PainterNetwork(NetworkConfig(), rngs=nnx.Rngs(0)))
    want = [x.shape for x in jax.tree.leaves(nnx.split(shapes)[1])]
    leaves = jax.tree.leaves(state)
    assert [x.shape for x in leaves] == want
    assert all(np.all(np.isfinite(x)) for x in leaves)
    assert parameter_count(state) * 4 <= 32e6
