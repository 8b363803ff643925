"""Worlds beyond solid bodies: `guides` yields the guide of every frame of any scene."""

from physics.worlds.select import guides, motion

__all__ = ["guides", "motion"]
