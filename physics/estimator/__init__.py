"""Watching a clip: background, things, sub-pixel tracks."""

from physics.estimator.shots import shots
from physics.estimator.track import Layer, Track, Watch
from physics.estimator.video import ArrayVideo, Video
from physics.estimator.watch import WatchConfig, watch

__all__ = ["ArrayVideo", "Layer", "Track", "Video", "Watch", "WatchConfig", "shots", "watch"]
