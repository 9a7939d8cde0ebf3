"""The derivative of anybody's function with a measured error, and the judgement of a gradient by it."""

from gradcheck.derivative.judgement import Judgement, judge
from gradcheck.derivative.precision import HasCall
from gradcheck.derivative.telling import MOST_WHOLE

__all__ = ["MOST_WHOLE", "HasCall", "Judgement", "judge"]
