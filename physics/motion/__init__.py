"""Tracks of watched objects -> exact, event-driven laws of motion with evidence and uncertainty."""

from physics.motion.explain import understand
from physics.motion.motion import Motion, MotionEvent, Surface2D, Understanding
from physics.motion.observed import MotionConfig, Observed, Prior

__all__ = [
    "Motion", "MotionConfig", "MotionEvent", "Observed", "Prior", "Surface2D", "Understanding", "understand",
]  # fmt: skip
