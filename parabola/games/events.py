"""Events for sound and effects: what happened, where in the picture, how hard.

Impacts carry closing speed, energy and the bodies' materials; `pan` is -1 at the left edge of the picture and
1 at the right, `distance_m` from the camera, `strength` the square root of the energy's share of the loudest.
Energy is that of the two bodies' closing motion, m v^2 / 2 with the reduced mass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physics.camera import camera_at, project
from physics.rigid import Event, Rollout
from physics.scene import Scene
from physics.timing import film_at


def events_json(scene: Scene, rollout: Rollout) -> list[dict[str, Any]]:
    """One dictionary per event, in time order."""
    made = [_event(scene, rollout, event) for event in rollout.events if event.bodies]
    made = [event for event in made if event["frame"] < scene.num_frames]
    loudest = max((e.get("energy_j", 0.0) for e in made), default=0.0)
    for event in made:
        if loudest and "energy_j" in event:
            event["strength"] = round(float(np.sqrt(event["energy_j"] / loudest)), 4)
    return made


def _event(scene: Scene, rollout: Rollout, event: Event) -> dict[str, Any]:
    film = film_at(scene, event.time)
    place = _place(scene, rollout, event, film)
    (x, y), _ = project(scene, film, place)
    away = float(np.linalg.norm(place - camera_at(scene.camera, film)[0]))
    out: dict[str, Any] = {
        "time_s": round(film, 6), "frame": round(film * scene.fps, 3), "kind": event.kind,
        "objects": [scene.bodies[i].name for i in event.bodies],
        "materials": [scene.bodies[i].material for i in event.bodies] + _other(scene, event),
        "position_m": np.round(place, 5).tolist(), "position_px": [round(float(x), 2), round(float(y), 2)],
        "pan": round(float(np.clip(2 * x / scene.width - 1, -1, 1)), 4), "distance_m": round(away, 4),
    }  # fmt: skip
    if event.speed is not None:
        out["speed_m_s"] = round(float(event.speed), 5)
        out["energy_j"] = round(float(0.5 * _reduced_mass(scene, event) * event.speed**2), 7)
    return out


def _other(scene: Scene, event: Event) -> list[str]:
    """Material of what was hit, where it is the ground; the name of a box."""
    if event.obstacle == "ground" and scene.ground is not None:
        return [scene.ground.material]
    return [event.obstacle] if event.obstacle else []


def _place(scene: Scene, rollout: Rollout, event: Event, film: float) -> np.ndarray:
    """Where the bodies were, between two frames; m."""
    at = film * scene.fps
    k = int(np.clip(np.floor(at), 0, len(rollout.position) - 1))
    ahead = min(k + 1, len(rollout.position) - 1)
    ends = rollout.position[[k, ahead]][:, list(event.bodies)].mean(1)
    return ends[0] + (at - k) * (ends[1] - ends[0])


def _reduced_mass(scene: Scene, event: Event) -> float:
    """kg; what does not move is infinitely heavy."""
    return 1 / sum(
        1 / (scene.bodies[i].density * 4 / 3 * np.pi * scene.bodies[i].radius ** 3) for i in event.bodies
    )
