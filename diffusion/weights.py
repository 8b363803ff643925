"""Weights on disk: safetensors, names from the network's own tree, its sizes in the header."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jax
import numpy as np
from flax import nnx
from safetensors import safe_open
from safetensors.numpy import save_file

from diffusion.network import NetworkConfig, PainterNetwork

DEFAULT = Path(__file__).parent / "weights" / "painter.safetensors"


def _named(state) -> dict[str, np.ndarray]:
    leaves = jax.tree_util.tree_flatten_with_path(state)[0]
    return {jax.tree_util.keystr(path): np.asarray(x, np.float32) for path, x in leaves}


def save_weights(path: Path, state, config: dict) -> None:
    """Write `state` (an nnx.State of Params) to `path`, moved into place when complete."""
    part = path.with_suffix(".part")
    save_file(_named(state), part, metadata={"network": json.dumps(config)})
    part.chmod(0o644)  # the writer makes it private
    os.replace(part, path)


def load_network(path: Path = DEFAULT):
    """(graph, state) of the painter's network stored at `path`."""
    with safe_open(path, framework="numpy") as f:
        sizes = json.loads(f.metadata()["network"])
        config = NetworkConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in sizes.items()})
        graph, state = nnx.split(nnx.eval_shape(lambda: PainterNetwork(config, rngs=nnx.Rngs(0))))
        paths, structure = jax.tree_util.tree_flatten_with_path(state)
        values = [f.get_tensor(jax.tree_util.keystr(p)) for p, _ in paths]
    for (name, wanted), value in zip(paths, values, strict=True):
        if wanted.shape != value.shape:
            raise ValueError(
                f"{path}: {jax.tree_util.keystr(name)} has shape {value.shape}, this version's network"
                f" has {wanted.shape}; use weights made with this version"
            )
    return graph, jax.tree.unflatten(structure, values)


def parameter_count(state) -> int:
    """Number of trainable numbers."""
    return sum(int(np.prod(x.shape)) for x in jax.tree.leaves(state))
