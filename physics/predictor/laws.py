"""Which law each watched object follows, and what that makes of the clip: sightings -> Cast.

Fewer than LEARNT sightings: the law is chosen by evidence among few (physics.predictor.paths), with one
gravity for all that fall. More: physics.motion understands them (bounces, rolling, pendulums, springs,
circles, drag), and what it is not sure of is continued from the last few sightings only, or, where it found
no law, with a velocity that fades over FADE frames and a spread as large as the object's own whims. Where a
law has just ended, or something moves freely after all, its last arc counts (physics.predictor.lately).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from physics.motion import Motion, MotionConfig, Observed, understand
from physics.motion.explain import prepare, shared_gravity
from physics.motion.together import together
from physics.predictor.cast import Actor
from physics.predictor.known import Foreseen, Known, foresee
from physics.predictor.lately import last_arc, lately, since_law
from physics.predictor.paths import Flight, Priors, fit_flight
from physics.predictor.rollout import Law, Surface
from physics.predictor.sighting import Sighting

LEARNT = 8  # sightings from which a law with bounces can be told
FADE = 12.0  # frames after which an object without a law has stopped
RECENT = 7  # sightings that an unsure continuation rests on
HEAVY = ("pendulum", "spring", "circular")
GONE = 2.0  # frames without a sighting after which an object is no longer there
EXACT, OBEYED = 3, 5.0  # samples that any law can pass through; deviations within which it holds for more
ROUND = 0.6  # how much of a disc an object has to be to collide like one
CUT = 4.0  # usual steps of its radius from frame to frame by which an outline that is cut looks smaller
WHOLE = 0.8  # share of the outline that has to show for a place to be believed
ASIDE = 0.85  # radii that the centre of what shows is off, times the share of the disc that does not


@dataclass(frozen=True)
class Laws:
    """The actors of a clip with what they share."""

    actors: tuple[Actor, ...]
    surfaces: tuple[Surface, ...]
    gravity: np.ndarray | None
    meet: tuple[float, float] | None


def find_laws(sightings: tuple[Sighting, ...], last: float, size: tuple[int, int], priors: Priors) -> Laws:
    """Laws of all objects from the frame `last` on; `size` (width, height) px."""
    sightings = tuple(_honest(s) for s in sightings)
    free = [s for s in sightings if s.attached_to is None]
    long = [s for s in free if len(s.time) >= LEARNT]
    found = _understood(long, size, priors)
    foreseen = _foreseen(long, found, size[0], priors, last)
    laws: dict[int, Law] = {s.id: fit(s, size[0], priors) for s in free if len(s.time) < LEARNT}
    motions = {s.id: foreseen.motions[k] for k, s in enumerate(long)}
    gravity = shared_gravity(tuple(motions.values()))[0]
    for s in long:
        laws[s.id] = _long_law(s, motions[s.id], last, size[0], priors, gravity)
    drawn = {long[k].id: d for k, d in foreseen.drawn.items() if isinstance(laws[long[k].id], Known)}
    laws = _one_gravity(laws, free, size[0], priors)
    gravity = _gravity(laws, priors) if gravity is None else gravity
    actors = tuple(
        replace(
            _actor(s, laws, motions, gravity, last, sightings),
            present=_present(s, laws.get(s.id), last, size), drawn=drawn.get(s.id),
        )
        for s in sightings
    )  # fmt: skip
    e = _restitution(motions, "restitution") or (None, 0.0)
    surfaces = tuple(replace(s, restitution=e[0], sigma=e[1]) for s in foreseen.lines)
    return Laws(actors, surfaces, gravity, _restitution(motions, "bounce"))


def _foreseen(
    long: list[Sighting], found: tuple[Motion, ...], width: float, priors: Priors, last: float
) -> Foreseen:
    tracks = [_observed(s) for s in long]
    radii = [max(s.last_radius(last), 0.5) + s.contact for s in long]
    ids = [s.id for s in long]
    return foresee(found, tracks, ids, radii, _config(priors), width, last, priors.members, priors.seed)


def _present(s: Sighting, law: Law | None, last: float, size: tuple[int, int]) -> bool:
    """Whether an object is still there: seen just now, or out of the picture by its law (it may come
    back).
    """
    if last - s.time[-1] <= GONE:
        return True
    if law is None or len(s.time) < LEARNT:
        return False
    outside = np.maximum(-law.at(last), law.at(last) - size).max()
    return bool(outside > -0.5 * s.last_radius(last))


def _understood(sightings: list[Sighting], size: tuple[int, int], priors: Priors) -> tuple[Motion, ...]:
    """Each by itself, then what met or may meet told lines in one world."""
    tracks, config = [_observed(s) for s in sightings], _config(priors)
    first = understand(tracks, size=size, config=config)
    solid = [k for k, s in enumerate(sightings) if s.look.round > ROUND]
    some = [prepare(tracks[k]) for k in solid], [first.motions[k] for k in solid]
    motions = dict(zip(solid, together(*some, priors.surfaces, first.gravity, config), strict=True))
    return tuple(motions.get(k, m) for k, m in enumerate(first.motions))


def _config(priors: Priors) -> MotionConfig:
    return MotionConfig(gravity=priors.gravity, mass_power=2.0)


def _honest(s: Sighting) -> Sighting:
    """The sightings with what an outline that is cut adds to their errors: it pulls the centre to the side
    that shows, by the centroid of a disc's segment (associate.py). One that goes behind something may look
    whole and smaller.
    """
    steps = np.abs(np.diff(s.radius[np.isfinite(s.radius)]))
    usual = np.array([s.last_radius(t) for t in s.time])
    with np.errstate(invalid="ignore"):
        shrunk = s.radius < usual - CUT * (float(np.median(steps)) if len(steps) else 1)
    hidden = ~np.isfinite(s.radius) & np.isfinite(s.radius).any()
    part = (s.visible < WHOLE) | shrunk | hidden
    if (~part).sum() < LEARNT:
        return s
    shown = np.where(np.isfinite(s.radius), (s.radius / usual) ** 2, s.visible)
    off = np.where(part, ASIDE * (1 - np.clip(shown, 0, 1)) * usual, 0.0)
    return replace(s, covariance=s.covariance + off[:, None, None] ** 2 * np.eye(2))


def _observed(s: Sighting) -> Observed:
    """What the law is learnt from."""
    return Observed(s.time, s.place, s.covariance, s.radius)


def fit(s: Sighting, width: float, priors: Priors, gravity: np.ndarray | None = None) -> Flight:
    """The law of the last few sightings, by evidence; `gravity` is one that other objects showed."""
    told = priors.gravity is not None or gravity is not None
    offered = gravity if gravity is not None else None if priors.gravity is None else np.array(priors.gravity)
    part = slice(-RECENT, None)
    time, place, covariance = s.time[part], s.place[part], s.covariance[part]
    whole = fit_flight(time, place, covariance, width, offered, told)
    if len(time) <= EXACT or misfit(whole, time, place, covariance) < OBEYED:
        return whole
    for first in range(1, len(time) - EXACT + 1):  # what came before may have been something else
        late = fit_flight(time[first:], place[first:], covariance[first:], width, offered, told)
        off = misfit(late, time[first:], place[first:], covariance[first:])
        if off < OBEYED and len(time) - first > EXACT:
            return replace(late, confident=False)
    wide = misfit(whole, time, place, covariance) ** 2
    return replace(whole, confident=False, covariance=whole.covariance * wide)


def misfit(law: Flight, time: np.ndarray, place: np.ndarray, covariance: np.ndarray) -> float:
    """The largest distance of a sample from a law, in deviations."""
    sigma = np.sqrt(np.trace(covariance, axis1=1, axis2=2) / 2)
    return float(max(np.linalg.norm(law.at(t) - p) / s for t, p, s in zip(time, place, sigma, strict=True)))


def _long_law(
    s: Sighting, motion: Motion, last: float, width: float, priors: Priors, gravity: np.ndarray | None
) -> Law:
    count = last_arc(s, gravity) if motion.model == "erratic" else since_law(s, motion)
    if count:
        return lately(s, count, width, priors, gravity)
    if motion.model == "erratic":
        return _fading(s)
    if motion.confident:
        return Known(motion, last, priors.members, priors.seed)
    return fit(s, width, priors, gravity)


def _fading(s: Sighting) -> Flight:
    """No law: the last velocity, fading, with the spread that the object's own changes of velocity teach."""
    time, place = s.time[-RECENT:], s.place[-RECENT:]
    speed = np.diff(place, axis=0) / np.diff(time)[:, None]
    v = np.median(speed, axis=0)
    every = np.diff(s.place, axis=0) / np.diff(s.time)[:, None]
    whims = np.mean(np.diff(every, axis=0) ** 2, axis=0) + 0.01 if len(every) > 1 else np.full(2, 1.0)
    covariance = np.diag(np.r_[np.full(2, np.trace(s.covariance[-1]) / 2), whims, np.full(2, 1e-12)])
    return Flight(
        float(time[-1]), np.r_[place[-1], v, 0, 0], covariance, "erratic", False,
        friction=float(np.linalg.norm(v)) / FADE,
    )  # fmt: skip


def _one_gravity(
    laws: dict[int, Law], sightings: list[Sighting], width: float, priors: Priors
) -> dict[int, Law]:
    """All free bodies fall alike: the acceleration that several short tracks show is offered to each of
    them.
    """
    falling = {k: law for k, law in laws.items() if isinstance(law, Flight) and law.model == "ballistic"}
    if priors.gravity is not None or len(falling) < 2:
        return laws
    weights = [np.linalg.inv(law.covariance[4:, 4:] + 1e-10 * np.eye(2)) for law in falling.values()]
    pulls = [law.mean[4:] for law in falling.values()]
    gravity = np.linalg.solve(sum(weights), sum(w @ a for w, a in zip(weights, pulls)))
    again = {s.id: fit(s, width, priors, gravity) for s in sightings if s.id in falling}
    return {**laws, **{k: law for k, law in again.items() if law.model == "ballistic"}}


def _gravity(laws: dict[int, Law], priors: Priors) -> np.ndarray | None:
    falling = [w.mean[4:] for w in laws.values() if isinstance(w, Flight) and w.model == "ballistic"]
    if falling:
        return np.mean(falling, axis=0)
    return None if priors.gravity is None else np.asarray(priors.gravity, float)


def _restitution(motions: dict[int, Motion], name: str) -> tuple[float, float] | None:
    """(mean, deviation) of a restitution over the motions that saw an impact; None where none did."""
    found = [(m.parameters[name], m.sigma[name]) for m in motions.values() if m.sigma.get(name, 0) > 0]
    if not found:
        return None
    weight = np.array([1 / max(sigma, 0.005) ** 2 for _, sigma in found])
    mean = float(weight @ [value for value, _ in found] / weight.sum())
    scatter = float(np.std([value for value, _ in found]))
    return mean, max(float(weight.sum() ** -0.5), scatter)


def _actor(
    s: Sighting, laws: dict[int, Law], motions: dict[int, Motion], gravity: np.ndarray | None, last: float,
    all_of_them: tuple[Sighting, ...],
) -> Actor:  # fmt: skip
    leader = next((o for o in all_of_them if o.id == s.attached_to and o.attached_to is None), None)
    law = laws.get(s.id) or _fading(s)
    motion = motions.get(s.id)
    model = law.model if isinstance(law, Flight) else motion.model if motion else "erratic"
    angle, spin = s.spin(last)
    radius = max(s.last_radius(last), 0.5)
    actor = Actor(
        id=s.id, law=law, look=s.look, radius=radius, contact=radius + s.contact, growth=s.growing(),
        model=model,
        confident=law.confident if isinstance(law, Flight) else bool(motion and motion.confident),
        delta_bic=motion.delta_bic if motion else law.delta_bic if isinstance(law, Flight) else 0.0,
        angle=angle, spin=spin, shutter=s.shutter(), heavy=model in HEAVY,
        solid=s.look.round > ROUND, motion=motion,
        after=_after(law, motion, gravity), restitution=_own_restitution(motion), sighting=s,
    )  # fmt: skip
    return actor if leader is None else replace(actor, rides=leader.id, ride=_ride(s, leader), solid=False)


def _own_restitution(motion: Motion | None) -> float | None:
    return motion.parameters["restitution"] if motion and motion.sigma.get("restitution", 0) > 0 else None


def _after(law: Law, motion: Motion | None, gravity: np.ndarray | None) -> Flight | None:
    """How the object flies once it has been hit: as free bodies do, with its own drag and wind."""
    if isinstance(law, Flight) or motion is None:
        return None
    falls = motion.model in ("ballistic", "bouncing", "colliding")
    pull = np.zeros(2) if gravity is None or not falls else gravity
    p = motion.parameters
    return Flight(
        0.0, np.r_[0, 0, 0, 0, pull], np.zeros((6, 6)), motion.model, motion.confident,
        drag=float(p.get("drag", 0.0)), wind=np.array([p.get("wx", 0.0), p.get("wy", 0.0)]),
        friction=0.0 if falls else float(p.get("resistance", 0.0)),
    )  # fmt: skip


def _ride(shadow: Sighting, leader: Sighting) -> np.ndarray:
    """Affine map (2, 3) from the leader's place to the shadow's, least squares over common frames.

    A shadow that keeps to its line as the object rises is told by the fit; too few frames give a plain
    offset.
    """
    common, a, b = np.intersect1d(leader.time, shadow.time, return_indices=True)
    if len(common) == 0:
        return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    x, y = leader.place[a], shadow.place[b]
    gap, back = (y - x).mean(0), 1e-2 * max(len(common), 1)
    centre = x.mean(0)
    spread = x - centre
    prior = np.eye(2)
    slope = np.linalg.solve(spread.T @ spread + back * np.eye(2), spread.T @ (y - y.mean(0)) + back * prior).T
    if len(common) < 4:
        slope = prior
        return np.c_[slope, gap]
    return np.c_[slope, y.mean(0) - slope @ centre]
