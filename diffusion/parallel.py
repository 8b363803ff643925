"""Several devices, several hosts: one mesh, batches spread over it, state sharded where its sizes allow.

Data parallelism with sharded state by XLA's own partitioner (Xu et al. 2021, "GSPMD"): arrays carry their
layout, programs stay as they are, sums over the batch become collectives. Random numbers do not depend on
the layout, so the same run on one device and on eight differs by rounding only. Every host draws the whole
batch from the same seed and keeps its own rows: simple, exact, and cheap beside the network.
"""

from __future__ import annotations

from typing import TypeVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

Tree = TypeVar("Tree")
AXIS = "data"
SMALLEST = 4096  # numbers: what is smaller lies whole on every device


def join(coordinator: str, processes: int, process: int) -> None:
    """Become process `process` of `processes`; `coordinator` is HOST:PORT of process 0."""
    if not 0 <= process < processes:
        raise ValueError(f"process {process} is not one of {processes}; count them from 0")
    if ":" not in coordinator:
        raise ValueError(f"coordinator {coordinator!r} needs a port; give HOST:PORT of process 0")
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(coordinator, processes, process)


def mesh() -> Mesh:
    """All devices of all hosts in one row."""
    return Mesh(np.array(jax.devices()), (AXIS,))


def leads() -> bool:
    """Whether this process writes logs and weights."""
    return jax.process_index() == 0


def check_batch(size: int) -> None:
    """Refuse a batch that cannot be spread evenly."""
    count = len(jax.devices())
    if size % count:
        raise ValueError(
            f"a batch of {size} cannot be spread over {count} devices; use a number that divides it"
        )


def spread(batch: Tree) -> Tree:
    """Host arrays with their first axis over all devices."""
    layout = NamedSharding(mesh(), PartitionSpec(AXIS))
    return jax.tree.map(
        lambda x: jax.make_array_from_callback(x.shape, layout, lambda i: np.asarray(x[i])), batch
    )


def layout_of(x) -> NamedSharding:
    """Over the largest axis that the devices divide; whole on each where there is none or it is small."""
    count = len(jax.devices())
    axes = [i for i in np.argsort(x.shape)[::-1] if x.shape[i] % count == 0]
    if x.size < SMALLEST or not axes:
        return NamedSharding(mesh(), PartitionSpec())
    spec: list[str | None] = [None] * x.ndim
    spec[axes[0]] = AXIS
    return NamedSharding(mesh(), PartitionSpec(*spec))


def shard(tree: Tree) -> Tree:
    """The state in its layout; equal on all hosts before."""

    def place(x):
        if isinstance(x, jax.Array) and x.sharding == layout_of(x):
            return x
        if isinstance(x, jax.Array) and not x.is_fully_addressable:
            return jax.jit(lambda y: y, out_shardings=layout_of(x))(x)
        host = np.asarray(x)
        return jax.make_array_from_callback(host.shape, layout_of(host), lambda i: host[i])

    return jax.tree.map(place, tree)


def whole(tree: Tree) -> Tree:
    """The state as host arrays, on every host."""
    everywhere = NamedSharding(mesh(), PartitionSpec())
    return jax.tree.map(lambda x: np.asarray(jax.jit(lambda y: y, out_shardings=everywhere)(x)), tree)
