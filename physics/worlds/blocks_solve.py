"""Impulses at contacts: projected Gauss-Seidel with friction cones and conjugate directions, compiled.

Per contact the normal impulse is clamped at zero, the friction impulse to the disc mu times it (Catto 2005,
"Iterative dynamics with temporal coherence", with a round cone). Impulses of the step before are the first
guess. Overlap is mended by a second set of velocities that moves bodies and then is forgotten ("split
impulses"). Contacts are visited in order: what one changes the next sees.

Sweeps alone carry weight down a stack one block at a time. A stack of ten was left so unbalanced that it sank
by .3 mm, and the mending, no better balanced, pumped it up and walked it 46 mm aside in 10 s. So what a sweep
changes is taken as the negative gradient of a nonlinear conjugate gradient method (NNCG; Silcowitz-Hansen,
Niebe & Erleben 2010, "A nonsmooth nonlinear conjugate gradient method for interactive contact force
problems", algorithm 2, Fletcher & Reeves' factor, restarted where it would grow). The last sweep goes
without, so that every bound is kept. Sweeps end when they change hardly anything.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

SWEEPS = 40  # at most
ENOUGH = 1e-4  # change of all impulses in a sweep over their size, from which on no more is gained
SIZES = (8, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024)  # numbers of contacts that programs exist for


def solve(velocity: np.ndarray, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Velocities (N, 6) after the contacts' impulses, the pseudo velocities (N, 6), impulses (C, 3).

    rows: first, second (C,) body index, N for what does not move; jacobian_a, jacobian_b, response_a,
    response_b (C, 3, 6) of normal and tangents; friction, target, mend (C,); guess (C, 3). `target` is the
    least normal velocity, `mend` the least pseudo velocity, m/s.
    """
    count = len(rows["first"])
    size = next((s for s in SIZES if s >= count), None)
    if size is None:
        raise ValueError(f"blocks: {count} contacts at once, at most {SIZES[-1]}; use fewer blocks")
    padded = {k: _pad(v, size, len(velocity) if k in ("first", "second") else 0) for k, v in rows.items()}
    v = np.concatenate([velocity, np.zeros((1, 6))]).astype(np.float32)
    out = _solve(v, padded, jnp.int32(count))
    return tuple(np.asarray(o, float)[:-1] if k < 2 else np.asarray(o, float)[:count]
                 for k, o in enumerate(out))  # type: ignore[return-value]  # fmt: skip


def _pad(a: np.ndarray, size: int, fill: int) -> np.ndarray:
    kind = np.int32 if a.dtype.kind == "i" else np.float32
    return np.concatenate([a, np.full((size - len(a), *a.shape[1:]), fill)]).astype(kind)


@jax.jit
def _solve(v: Array, rows: dict[str, Array], count: Array):
    effective = jnp.sum(rows["jacobian_a"] * rows["response_a"], -1)
    effective = effective + jnp.sum(rows["jacobian_b"] * rows["response_b"], -1)
    rows = {**rows, "inverse": 1.0 / jnp.maximum(effective, 1e-9)}

    def sweep(carry):
        return lax.fori_loop(0, count, partial(_relax, rows), carry)

    guess, none = rows["guess"], jnp.zeros(rows["guess"].shape[0])
    start = (_given(v, guess, rows), jnp.zeros_like(v), guess, none)
    ways = ((jnp.zeros_like(guess), jnp.inf), (none, jnp.inf))

    def going(s):
        (_, _, impulse, mended), ((_, change), (_, push)), k = s
        settled = (change <= ENOUGH**2 * jnp.sum(impulse**2)) & (push <= ENOUGH**2 * jnp.sum(mended**2))
        return (k < SWEEPS - 1) & ~settled

    def turn(s):
        return *_led_on(rows, s[0], sweep(s[0]), s[1]), s[2] + 1

    return sweep(lax.while_loop(going, turn, (start, ways, 0))[0])[:3]


def _led_on(rows, old, new, ways):
    """A sweep's outcome, taken farther along the conjugate directions of impulses and of mending."""
    (v, pseudo, impulse, mended), (main, mend) = new, ways
    step, main = _conjugate(impulse - old[2], *main)
    push, mend = _conjugate(mended - old[3], *mend)
    lift = jnp.zeros_like(impulse).at[:, 0].set(push)
    return (_given(v, step, rows), _given(pseudo, lift, rows), impulse + step, mended + push), (main, mend)


def _conjugate(change: Array, way: Array, size: Array):
    """How much farther to go beyond `change`, and the direction and the squared change to go on with."""
    now = jnp.sum(change * change)
    more = jnp.where(now > size, 0.0, now / jnp.maximum(size, 1e-30)) * way
    return more, (more + change, now)


def _given(v: Array, impulse: Array, rows) -> Array:
    """Velocities after `impulse` (C, 3) at all contacts."""
    v = v.at[rows["first"]].add(jnp.einsum("ck,cki->ci", impulse, rows["response_a"]))
    return v.at[rows["second"]].add(jnp.einsum("ck,cki->ci", impulse, rows["response_b"]))


def _relax(rows, i, carry):
    """One contact."""
    v, pseudo, impulse, mended = carry
    a, b = rows["first"][i], rows["second"][i]
    ja, jb, wa, wb = (rows[k][i] for k in ("jacobian_a", "jacobian_b", "response_a", "response_b"))
    inverse, old = rows["inverse"][i], impulse[i]
    va, vb = v[a], v[b]
    speed = jnp.sum(ja[0] * va) + jnp.sum(jb[0] * vb)
    normal = jnp.maximum(old[0] - (speed - rows["target"][i]) * inverse[0], 0.0)
    va, vb = va + (normal - old[0]) * wa[0], vb + (normal - old[0]) * wb[0]
    slip = jnp.sum(ja[1:] * va, -1) + jnp.sum(jb[1:] * vb, -1)
    drag = old[1:] - slip * inverse[1:]
    size = jnp.sqrt(jnp.sum(drag * drag))
    drag = drag * jnp.minimum(1.0, rows["friction"][i] * normal / jnp.maximum(size, 1e-12))
    more = drag - old[1:]
    va = va + more[0] * wa[1] + more[1] * wa[2]
    vb = vb + more[0] * wb[1] + more[1] * wb[2]
    v = v.at[a].set(va).at[b].set(vb)
    pa, pb = pseudo[a], pseudo[b]
    speed = jnp.sum(ja[0] * pa) + jnp.sum(jb[0] * pb)
    push = jnp.maximum(mended[i] - (speed - rows["mend"][i]) * inverse[0], 0.0)
    pa, pb = pa + (push - mended[i]) * wa[0], pb + (push - mended[i]) * wb[0]
    pseudo = pseudo.at[a].set(pa).at[b].set(pb)
    return v, pseudo, impulse.at[i].set(jnp.concatenate([normal[None], drag])), mended.at[i].set(push)
