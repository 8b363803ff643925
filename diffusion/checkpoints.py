"""Checkpoints of a training run, by orbax: written beside their place and moved there when complete.

The last KEPT are kept. A checkpoint says which preset made it; state is stored by its leaves, each in the
layout that it has over devices, and comes back in the layout of whoever asks.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import jax

KEPT = 2


class Checkpoints:
    """The checkpoints in `folder`; `made_by` is told to, and compared with, each."""

    def __init__(self, folder: Path, made_by: dict) -> None:
        try:
            import orbax.checkpoint as ocp
        except ImportError as error:
            raise ValueError(
                "training needs orbax; install it with: pip install 'parabola[train]'"
            ) from error
        logging.getLogger("absl").setLevel(logging.ERROR)  # it reports every save
        options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, enable_async_checkpointing=False)
        self.folder, self.made_by, self._ocp = folder, made_by, ocp
        self._manager = ocp.CheckpointManager(folder.resolve(), options=options)

    @property
    def last(self) -> int | None:
        """Step of the last complete checkpoint."""
        return self._manager.latest_step()

    def save(self, step: int, state: Any, told: dict) -> None:
        """Write `state` (a pytree of arrays) and `told` (numbers)."""
        if step == self.last:
            return
        args = self._ocp.args
        meta = {"made_by": self.made_by, **told}
        self._manager.save(
            step, args=args.Composite(state=args.StandardSave(_leaves(state)), told=args.JsonSave(meta))
        )
        self._manager.wait_until_finished()

    def restore(self, like: Any) -> tuple[Any, dict]:
        """The last state, shaped and laid out as `like`, and what was told with it."""
        step, args = self.last, self._ocp.args
        place = self.folder / str(step)
        try:
            told = self._manager.restore(step, args=args.Composite(told=args.JsonRestore()))["told"]
        except Exception as error:
            raise ValueError(_broken(place, error)) from error
        if told["made_by"] != self.made_by:
            made, mine = told["made_by"]["preset"], self.made_by["preset"]
            other = f"preset {made!r}" if made != mine else "other sizes of the network"
            raise ValueError(
                f"{place}: this checkpoint was made by {other}, not {mine!r}; give another --out"
            )
        wanted = jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding), _leaves(like)
        )
        try:
            found = self._manager.restore(step, args=args.Composite(state=args.StandardRestore(wanted)))[
                "state"
            ]
        except Exception as error:
            raise ValueError(_broken(place, error)) from error
        return jax.tree.unflatten(jax.tree.structure(like), [found[name] for name in _leaves(like)]), told


def _leaves(tree: Any) -> dict[str, Any]:
    return {f"leaf{i:04d}": x for i, x in enumerate(jax.tree.leaves(tree))}


def _broken(place: Path, error: Exception) -> str:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
    return f"{place}: this checkpoint cannot be read ({reason}); delete it to go on from an older one"
