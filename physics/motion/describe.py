"""From a fit to a Motion: names, deviations, events, residuals."""

from __future__ import annotations

import numpy as np

from physics.motion.fit import Fit
from physics.motion.motion import Motion, MotionEvent
from physics.motion.observed import Observed
from physics.motion.select import robust_scale
from physics.motion.world_law import WorldLaw

TREMOR = 3.0  # of the white noise: a correlated deviation above this casts doubt on the law
DECISIVE = 10.0  # evidence that then dispels the doubt (Kass and Raftery 1995: "very strong")
LOOMING = 0.05  # change of the radius over the track, as a share, from which it counts


def motion_of(
    track: Observed, sigma: np.ndarray, fit: Fit, *, model: str, delta: float,
    span: tuple[float, float] | None = None, world: WorldLaw | None = None, body: int = 0,
    indices: tuple[int, ...] = (0,), evidence: float | None = None, fault: str = "",
) -> Motion:  # fmt: skip
    """The Motion of one body of a fit; `track` is that body's, `indices` name the world's bodies among the
    tracks.
    """
    residual = track.place - fit.law.path(fit.theta[None], track.time)[0, :, body]
    weight = 1 / (1 + (residual**2).sum(1) / (3 * sigma * max(robust_scale(residual, sigma), 1.0)) ** 2)
    left = float(np.sqrt((weight * (residual**2).sum(1)).sum() / (2 * weight.sum())))
    white = float(np.median(sigma))
    span = span or (float(track.time[0]), float(track.time[-1]))
    covariance = fit.covariance
    events = () if world is None else events_of(world, fit.theta, covariance, span, body, indices)
    radius, growth = size_of(track)
    values, deviations = named(fit, covariance, world, body)
    artefact = float(np.sqrt(max(left**2 - white**2, 0.0)))
    return Motion(
        model=model, confident=artefact < TREMOR * white or delta > DECISIVE, delta_bic=delta,
        parameters=values, sigma=deviations, events=events,
        span=span, residual=left, noise=white, artefact=artefact, radius=radius, growth=growth,
        law=fit.law, theta=fit.theta, covariance=covariance, body=body, world=world, free=fit.free,
        evidence=delta if evidence is None else evidence, fault=fault,
    )  # fmt: skip


def size_of(track: Observed) -> tuple[float, float]:
    """Radius (px) at the first sample and its growth (px/frame); no growth where it is not clear: looming."""
    known = np.isfinite(track.radius)
    if not known.any():
        return 0.0, 0.0
    time, radius = track.time[known] - track.time[0], track.radius[known]
    middle = float(np.median(radius))
    if len(time) < 3:
        return middle, 0.0
    growth, start = np.polyfit(time, radius, 1)
    spread = np.sqrt(((radius - start - growth * time) ** 2).sum() / (len(time) - 2))
    error = spread / np.sqrt(((time - time.mean()) ** 2).sum())
    clear = abs(growth) > 5 * error and abs(growth) * time[-1] > LOOMING * middle
    return (float(start), float(growth)) if clear else (middle, 0.0)


def named(fit: Fit, covariance: np.ndarray, world: WorldLaw | None, body: int) -> tuple[dict, dict]:
    """Parameters and deviations by name: of a world, the body's own without its number, and the shared
    ones.
    """
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    values, deviations = {}, {}
    for i, name in enumerate(fit.law.names):
        own = world is None or not name[-1].isdigit() or name[:-1] in ("angle", "offset")
        short = name if own else name[: -len(str(body))]
        if own or name == f"{short}{body}":
            values[short] = float(fit.theta[i])
            if i in fit.free:
                deviations[short] = float(deviation[i])
    if "gx" in values:
        values["gravity_px_per_frame2"] = [values["gx"], values["gy"]]
    if "give" in values:
        values["restitution"] = float(np.clip(values["restitution"] + values.pop("give"), 0.0, 1.0))
        deviations.pop("give", None)
    return values, deviations


def events_of(world: WorldLaw, theta, covariance, span, body: int, indices) -> tuple[MotionEvent, ...]:
    """Bounces and impacts of one body within the span."""
    arcs = world.arcs(theta[None], span[1])
    lines, found = max(world.lines, 1), []
    restitution = np.clip(theta[world.index["restitution"]] + theta[world.index[f"give{body}"]], 0, 1)
    first, second = np.triu_indices(world.bodies, 1)
    for k in range(len(arcs.start)):
        contact, when = int(arcs.contact[k, 0]), float(arcs.start[k, 0])
        place = tuple(arcs.taylor[k, 0, 0, body])
        if contact < 0 or when > span[1]:
            continue
        if contact < world.bodies * world.lines:
            if contact // lines == body:
                name = "restitution"
                spread = float(np.sqrt(covariance[world.index[name], world.index[name]]))
                found.append(MotionEvent(when, "bounce", (indices[body],), float(restitution), spread, place))
            continue
        pair = contact - world.bodies * world.lines
        if body in (first[pair], second[pair]):
            both = (indices[first[pair]], indices[second[pair]])
            spread = float(np.sqrt(covariance[world.index["bounce"], world.index["bounce"]]))
            value = float(theta[world.index["bounce"]])
            found.append(MotionEvent(when, "collision", both, value, spread, place))
    return tuple(found)
