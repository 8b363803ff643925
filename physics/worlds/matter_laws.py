"""What soft and granular matter does with strain: jelly, sand, snow, goo.

The state of a piece of matter is its elastic left Cauchy-Green strain b = F F^T (Simo 1992), enough for every
isotropic law, and one number more. Each law first returns b to what the matter can bear, then gives the
Kirchhoff stress:

* jelly: compressible neo-Hookean, tau = mu (b - I) + lambda ln(J) I (Bonet & Wood 2008, eq. 6.28), and the
  viscous stress 2 eta D beside it;
* sand: Drucker-Prager on Hencky strain without dilatancy (Klar et al. 2016, eqs. 21-27), with the volume that
  opening leaves kept in mind (Tampubolon et al. 2017, sec. 4.3.4). The cone meets Mohr and Coulomb's in plane
  shear, 3 alpha / sqrt(2) = tan(phi), so that an endless slope stands at the friction angle;
* snow: singular values held within [1 - squeeze, 1 + stretch], fixed corotated stress that hardens with the
  volume lost (Stomakhin et al. 2013, eqs. 1-2);
* goo: elastic in volume; shear stress above the yield relaxes at the rate mu / eta (a Maxwell element with
  Bingham's yield; after Yue et al. 2015), so that any viscosity is stable.

Arrays are structures of arrays: symmetric tensors (6, N) in the order xx, yy, zz, xy, xz, yz. Moduli are per
density and cell, in 1/s^2. Limits: isotropic; snow's hardening is held below `HARDEST`.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array, lax

SWEEPS = 3  # of Jacobi's eigenvalue iteration
HARDEST = 3.0  # times snow's first stiffness
SOFTEST = 0.1
PAIRS = ((0, 1, 3), (0, 2, 4), (1, 2, 5))  # row, column, place in a symmetric tensor
ORDER = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
UNIT = (1.0, 1.0, 1.0, 0.0, 0.0, 0.0)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Law:
    """Numbers of a matter; stresses over density and cell squared."""

    mu: Array  # () 1/s^2
    lame: Array  # () 1/s^2
    cone: Array  # () alpha of Drucker and Prager
    cohesion: Array  # () strain of opening at which sand lets go
    squeeze: Array  # ()
    stretch: Array  # ()
    hardening: Array  # ()
    bound: Array  # () 1/s^2, yield stress of goo
    relax: Array  # () 1/s, mu / viscosity
    viscous: Array  # () 1/s, viscosity over density and cell squared


def unit(count: int) -> Array:
    """Strain (6, N) of matter at ease."""
    return jnp.repeat(jnp.array(UNIT, jnp.float32)[:, None], count, 1)


def strained(b: Array, slope: Array, dt) -> Array:
    """(I + dt slope) b (I + dt slope)^T for a velocity gradient (3, 3, N)."""
    f = [[dt * slope[i, j] + (1.0 if i == j else 0.0) for j in range(3)] for i in range(3)]
    full = ((0, 3, 4), (3, 1, 5), (4, 5, 2))
    half = [[sum(f[i][k] * b[full[k][j]] for k in range(3)) for j in range(3)] for i in range(3)]
    return jnp.stack([sum(half[i][k] * f[j][k] for k in range(3)) for i, j in ORDER])


def determinant(b: Array) -> Array:
    """Determinants (N,)."""
    xx, yy, zz, xy, xz, yz = b
    return xx * (yy * zz - yz**2) - xy * (xy * zz - xz * yz) + xz * (xy * yz - yy * xz)


def eigen(b: Array) -> tuple[list[Array], list[list[Array]]]:
    """Eigenvalues, 3 of (N,), and eigenvectors v[i][k], component i of the k-th, by Jacobi's rotations."""
    one, zero = jnp.ones_like(b[0]), jnp.zeros_like(b[0])
    turned = tuple(one if i == k else zero for i in range(3) for k in range(3))
    a, v = lax.fori_loop(0, SWEEPS, _sweep, (tuple(b), turned))  # unrolled, each use would run it anew
    return list(a[:3]), [list(v[3 * i : 3 * i + 3]) for i in range(3)]


def _sweep(_, carried):
    """One rotation about each pair of axes."""
    a, v = list(carried[0]), list(carried[1])
    for p, q, pq in PAIRS:
        r = 3 - p - q
        pr, qr = (next(m for i, j, m in PAIRS if {i, j} == {x, r}) for x in (p, q))
        half = 0.5 * (a[q] - a[p])
        t = a[pq] / (jnp.abs(half) + jnp.sqrt(half**2 + a[pq] ** 2) + 1e-20)
        t = jnp.where(half < 0, -t, t)
        c = 1 / jnp.sqrt(t**2 + 1)
        s = t * c
        a[p], a[q] = a[p] - t * a[pq], a[q] + t * a[pq]
        a[pq] = jnp.zeros_like(t)
        a[pr], a[qr] = c * a[pr] - s * a[qr], s * a[pr] + c * a[qr]
        for i in range(0, 9, 3):
            v[i + p], v[i + q] = c * v[i + p] - s * v[i + q], s * v[i + p] + c * v[i + q]
    return tuple(a), tuple(v)


def composed(values: list[Array], v: list[list[Array]]) -> Array:
    """The symmetric tensor (6, N) with those eigenvalues and vectors."""
    return jnp.stack([sum(values[k] * v[i][k] * v[j][k] for k in range(3)) for i, j in ORDER])


def jelly(law: Law, b: Array, extra: Array, slope: Array, dt) -> tuple[Array, Array, Array]:
    """Strain, its number and Kirchhoff stress (6, N) after a step."""
    one = jnp.array(UNIT)[:, None]
    log_j = 0.5 * jnp.log(jnp.maximum(determinant(b), 1e-4))
    rate = jnp.stack([0.5 * (slope[i, j] + slope[j, i]) for i, j in ORDER])
    return b, extra, law.mu * (b - one) + law.lame * log_j * one + 2 * law.viscous * rate


def sand(law: Law, b: Array, extra: Array, slope: Array, dt) -> tuple[Array, Array, Array]:
    """The same; `extra` is the logarithm of the volume by which sand has opened."""
    values, v = eigen(b)
    e = [0.5 * jnp.log(jnp.maximum(x, 1e-4)) for x in values]
    opened = e[0] + e[1] + e[2] + extra
    mean = (e[0] + e[1] + e[2]) / 3
    skew = [x - mean for x in e]
    size = jnp.sqrt(sum(x**2 for x in skew) + 1e-20)
    bulk = law.lame * 3 + law.mu * 2
    allowed = jnp.maximum(law.cone * bulk / (2 * law.mu) * (law.cohesion - opened), 0.0)
    loose = opened >= law.cohesion
    keep = jnp.where(loose, 0.0, jnp.minimum(1.0, allowed / size))
    mean = jnp.where(loose, law.cohesion / 3, mean + extra / 3)
    e = [keep * x + mean for x in skew]
    extra = jnp.where(loose, jnp.minimum(opened - law.cohesion, 1.0), 0.0)
    trace = e[0] + e[1] + e[2]
    stress = [2 * law.mu * x + law.lame * trace for x in e]
    return composed([jnp.exp(2 * x) for x in e], v), extra, composed(stress, v)


def snow(law: Law, b: Array, extra: Array, slope: Array, dt) -> tuple[Array, Array, Array]:
    """The same; `extra` is the logarithm of the volume lost for good."""
    values, v = eigen(b)
    free = [jnp.sqrt(jnp.maximum(x, 1e-4)) for x in values]
    s = [jnp.clip(x, 1 - law.squeeze, 1 + law.stretch) for x in free]
    extra = extra + sum(jnp.log(x / y) for x, y in zip(free, s, strict=True))
    extra = jnp.clip(extra, -1.0, 1.0)
    hard = jnp.clip(jnp.exp(law.hardening * (1 - jnp.exp(extra))), SOFTEST, HARDEST)
    j = s[0] * s[1] * s[2]
    stress = [hard * (2 * law.mu * (x - 1) * x + law.lame * (j - 1) * j) for x in s]
    return composed([x**2 for x in s], v), extra, composed(stress, v)


def goo(law: Law, b: Array, extra: Array, slope: Array, dt) -> tuple[Array, Array, Array]:
    """The same; b keeps its shape only, `extra` is the logarithm of the volume."""
    one = jnp.array(UNIT)[:, None]
    j2 = jnp.maximum(determinant(b), 1e-6)
    extra = jnp.clip(extra + 0.5 * jnp.log(j2), -0.5, 0.02)
    b = b * j2 ** (-1 / 3)
    mean = (b[0] + b[1] + b[2]) / 3
    skew = b - mean * one
    size = law.mu * jnp.sqrt(0.5 * jnp.sum(skew[:3] ** 2, 0) + jnp.sum(skew[3:] ** 2, 0) + 1e-20)
    above = jnp.maximum(size - law.bound, 0.0)
    keep = (size - above * (1 - jnp.exp(-law.relax * dt))) / size
    b = mean * one + keep * skew
    b = b * jnp.maximum(determinant(b), 1e-6) ** (-1 / 3)
    mean = (b[0] + b[1] + b[2]) / 3
    bulk = law.lame + law.mu * 2 / 3
    return b, extra, law.mu * (b - mean * one) + bulk * extra * one


LAWS = {"jelly": jelly, "sand": sand, "snow": snow, "goo": goo}
