# Taichi compiles the source of its kernels and reads annotations as they stand: no `from __future__` here.
# pyright: reportInvalidTypeForm=false
"""MacCormack advection of velocity (twice, half a step) and three fields as Taichi kernels."""

from importlib import import_module

ti = import_module("taichi")


def advection(velocity, fields, dt, detail):
    """A call that moves copies of `velocity` (3, x, y, z) and `fields` (3, X, Y, Z) by a step."""
    coarse, fine = velocity.shape[1:], fields.shape[1:]
    u, u1, u2 = (ti.Vector.field(3, ti.f32, coarse) for _ in range(3))
    f, f1, f2 = (ti.Vector.field(3, ti.f32, fine) for _ in range(3))
    u.from_numpy(velocity.transpose(1, 2, 3, 0).copy())
    f.from_numpy(fields.transpose(1, 2, 3, 0).copy())

    @ti.func
    def at(q: ti.template(), p, n):
        x = ti.math.clamp(p, 0.0, n - 1.001)
        i = ti.cast(ti.floor(x), ti.i32)
        s = x - i
        total, low, high = ti.Vector([0.0] * 3), ti.Vector([1e9] * 3), ti.Vector([-1e9] * 3)
        for c in ti.static(range(8)):
            o = ti.Vector([c & 1, c >> 1 & 1, c >> 2 & 1])
            w = ti.abs(1 - o - s)
            value = q[i + o]
            total += value * w[0] * w[1] * w[2]
            low, high = ti.min(low, value), ti.max(high, value)
        return total, low, high

    @ti.kernel
    def move(q: ti.template(), out: ti.template(), step: ti.f32, scale: ti.f32):
        for i in ti.grouped(q):
            n = ti.Vector([q.shape[0], q.shape[1], q.shape[2]])
            m = ti.Vector([u.shape[0], u.shape[1], u.shape[2]])
            v, _, _ = at(u, (i + 0.5) / scale - 0.5, m)
            out[i] = at(q, i - step * v, n)[0]

    @ti.kernel
    def correct(q: ti.template(), once: ti.template(), out: ti.template(), step: ti.f32, scale: ti.f32):
        for i in ti.grouped(q):
            n = ti.Vector([q.shape[0], q.shape[1], q.shape[2]])
            m = ti.Vector([u.shape[0], u.shape[1], u.shape[2]])
            v, _, _ = at(u, (i + 0.5) / scale - 0.5, m)
            _, low, high = at(q, i - step * v, n)
            back, _, _ = at(once, i + step * v, n)
            out[i] = ti.math.clamp(once[i] + 0.5 * (q[i] - back), low, high)

    def call():
        for _ in range(2):
            move(u, u1, 0.5 * dt, 1.0)
            correct(u, u1, u2, 0.5 * dt, 1.0)
        move(f, f1, dt * detail, float(detail))
        correct(f, f1, f2, dt * detail, float(detail))
        ti.sync()
        return f2[0, 0, 0][0]

    return call
