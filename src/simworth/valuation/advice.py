"""What to do about a class of materials: extend, change or stop its simulations. The rule is stated here alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from simworth.scaling import Estimate
from simworth.valuation.numbers import figure

MIN_MEASURED: Final = 10
"""measured materials below which a class's law, deviation and advice say nothing"""
EXPLAINS: Final = 0.8
"""share of the error at the largest n that the simulation's own deviation must reach to explain it"""

EXTEND: Final = "extend"
CHANGE: Final = "change the simulation"
STOP: Final = "stop"
OPEN: Final = "cannot tell yet"

RULE: Final = {
    EXTEND: "the verdict is scaling, and the interval of what a doubling gains lies above 0",
    CHANGE: "the curve is saturated or not scaling, and the simulation itself, after the best linear correction, still "
    f"misses the measured values by at least {EXPLAINS:.0%} of the error at the largest n: more of the same "
    "simulations cannot help, better ones may",
    STOP: "the curve is saturated and its transfer gap is identified",
    OPEN: f"in every other case, and always with fewer than {MIN_MEASURED} measured materials",
}
"""advice -> when it is given; the first that applies, in this order"""


def advise(
    verdict: str, gap: str, doubling: Estimate, error: float, corrected: float | None, why: str = ""
) -> tuple[str, str]:
    """Advice and its reason.

    `error` is the mean absolute error at the largest n, `corrected` the simulation's own deviation from the
    measured values after a linear correction (None where unknown), `doubling` the fall from n_max to 2 n_max, `why`
    what the verdict rests on.
    """
    if verdict == "scaling" and doubling.low > 0:
        return EXTEND, "the error still falls, and the interval of what a doubling gains lies above 0"
    if verdict in ("saturated", "not scaling") and corrected is not None and corrected >= EXPLAINS * error:
        share = figure(100 * corrected / error, 2)
        return CHANGE, f"the simulation's own deviation after linear correction is {share} % of the error"
    if verdict == "saturated" and gap == "identified":
        return STOP, "the curve has levelled off at a known transfer gap"
    if verdict == "scaling":
        return OPEN, "the error falls, but a doubling may gain nothing"
    if verdict == "inconclusive":
        return OPEN, why or "a fall and a standstill are both possible"
    return OPEN, "the curve is flat, but what holds it up is not known"


def corrected_deviation(measured: np.ndarray, simulated: np.ndarray) -> float | None:
    """Mean absolute deviation of measured from a + b simulated, each material left out of its own line.

    None with fewer than MIN_MEASURED materials or without variation.
    """
    if len(measured) < MIN_MEASURED or np.ptp(simulated) == 0:
        return None
    design = np.column_stack([np.ones_like(simulated), simulated])
    own, *_ = np.linalg.lstsq(design, measured, rcond=None)
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    return float(np.mean(np.abs((measured - design @ own) / np.maximum(1 - leverage, 1e-9))))
