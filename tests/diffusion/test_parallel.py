"""One device, eight devices, two processes: the same training to rounding."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

RUN = """
import json, sys
import numpy as np
from dataclasses import replace
from pathlib import Path
hosts, data, out = sys.argv[1:4]
from diffusion import parallel
if hosts != "-":
    place, count, mine = hosts.split(",")
    parallel.join(place, int(count), int(mine))
import jax
from diffusion import train
from diffusion.batches import Samples
config = replace(train.PRESETS["tiny"], steps=3, batch=8, side=32, warmup=2)
run = train.Run(config, Path(out), False)
losses = [run.one_step(Samples(Path(data)), run.progress(None)) for _ in range(3)]
run.save()
again = train.Run(config, Path(out), True)
assert again.step == 3
mine, theirs = (jax.tree.leaves(parallel.whole(r.params)) for r in (run, again))
same = all(np.array_equal(a, b) for a, b in zip(mine, theirs))
spread = sum(not x.sharding.is_fully_replicated for x in jax.tree.leaves(run.params))
print(json.dumps({"losses": losses, "devices": len(jax.devices()), "spread": spread, "same": same}))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    from diffusion.condition import LIGHT_SIZE, PLANES

    folder, rng = tmp_path_factory.mktemp("samples"), np.random.default_rng(0)
    for number in range(2):
        planes = rng.random((1, 40, 40, PLANES)).astype(np.float16)
        np.savez(
            folder / f"{number:06d}.npz", planes=planes, truth=planes[0, ..., :3] + np.float16(0.05),
            motion=np.zeros((1, 40, 40, 2), np.float16), light=np.ones(LIGHT_SIZE, np.float32),
            ident=np.ones((1, 40, 40), np.uint8),
        )  # fmt: skip
    return folder


def start(data, out, devices: int, hosts: str = "-") -> subprocess.Popen:
    flags = f"--xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-c", RUN, hosts, str(data), str(out)],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def result(process: subprocess.Popen) -> dict:
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    return result(start(data, tmp_path_factory.mktemp("alone"), 1))


@pytest.mark.slow
def test_eight_devices_give_the_same_numbers(data, alone, tmp_path):
    many = result(start(data, tmp_path, 8))
    assert (alone["devices"], many["devices"]) == (1, 8)
    assert alone["same"] and many["same"]
    assert alone["spread"] == 0 and many["spread"] > 0
    np.testing.assert_allclose(many["losses"], alone["losses"], rtol=2e-4)


@pytest.mark.slow
def test_two_processes_give_the_same_numbers(data, alone, tmp_path):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    both = [start(data, tmp_path, 1, f"127.0.0.1:{port},2,{i}") for i in range(2)]
    for found in map(result, both):
        assert found["devices"] == 2 and found["spread"] > 0 and found["same"]
        np.testing.assert_allclose(found["losses"], alone["losses"], rtol=2e-4)


def test_a_process_that_is_not_one_of_them_is_refused():
    from diffusion.parallel import join

    with pytest.raises(ValueError, match="count them from 0"):
        join("127.0.0.1:1", 2, 2)
    with pytest.raises(ValueError, match="HOST:PORT"):
        join("somewhere", 2, 0)
