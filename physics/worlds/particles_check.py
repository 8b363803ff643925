"""What particles cannot be: refused before a run, with the limit named. NumPy only."""

from __future__ import annotations

from physics.scene import Scene

MOST = 1e6  # particles in a cubic metre
LAYERS = 4
SPRAYED = ("sparks", "embers")


def check_particles(scene: Scene) -> None:
    """ValueError with one line for particles that cannot be shown as asked."""
    if len(scene.particles) > LAYERS:
        raise ValueError(f"particles: {len(scene.particles)} kinds given; a scene has up to {LAYERS}")
    for i, p in enumerate(scene.particles):
        where = f"particles[{i}]"
        if not 0 < p.diameter_m <= 1:
            raise ValueError(f"{where}.diameter_m: {p.diameter_m:g} m; give a size above 0 and up to 1 m")
        if not 0 <= p.per_m3 <= MOST:
            raise ValueError(f"{where}.per_m3: {p.per_m3:g}; give 0 to {MOST:g} in a cubic metre")
        if p.kind in SPRAYED and p.per_s * p.life_s < 1:
            raise ValueError(f"{where}.per_s: {p.kind} come from a source; give per_s and life_s above 0")
        if p.kind not in SPRAYED and scene.fluid_density < 0.01:
            raise ValueError(
                f"{where}: {p.kind} need air to fall through; set fluid_density to 1.2 or leave them out"
            )
        if scene.fluid_density > 50:
            raise ValueError(f"{where}: no {p.kind} under water; set fluid_density to 1.2 or leave them out")
        if p.exposure_s > 1:
            raise ValueError(f"{where}.exposure_s: {p.exposure_s:g} s; a shutter stays open for up to 1 s")
