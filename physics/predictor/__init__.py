"""The next-frame predictor: watched frames in, one predicted frame after another out, with what is not
known.
"""

from physics.predictor.cast import Actor, Cast
from physics.predictor.paths import Flight, Priors
from physics.predictor.predictor import NextFramePredictor, Prediction
from physics.predictor.watching import cast_of

__all__ = ["Actor", "Cast", "Flight", "NextFramePredictor", "Prediction", "Priors", "cast_of"]
