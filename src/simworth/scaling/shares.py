"""The share of an interval's variance that is due to the trials, and that more trials would reduce."""

from __future__ import annotations

import numpy as np

from simworth.scaling.fit import Fits
from simworth.scaling.laws import Array
from simworth.scaling.noise import noise_of
from simworth.scaling.profile import value_weights
from simworth.scaling.region import gradient


def trial_shares(fits: Fits) -> dict[str, float]:
    """Share of trials in the variance of alpha, of C and of the error at n_max of a single curve, to first order.

    The whole is the variance that the widest intervals are made from: trials, the choice of materials where errors
    are told apart by material, and what scatters between points. Nothing for means alone.
    """
    if "trials" not in fits.curves.levels:
        return {}
    whole, trials = noise_of(fits, fits.curves.levels[-1]), noise_of(fits, "trials")
    found = {}
    for name, by_parameters in _directions(fits).items():
        along = np.linalg.solve(whole.triangle[0].T, by_parameters)
        share = (along @ trials.clustered[0] @ along) / (along @ whole.along[0] @ along)
        found[name] = float(np.clip(share, 0.0, 1.0))
    return found


def _directions(fits: Fits) -> dict[str, Array]:
    """(P,) gradients by the parameters (D, C, ln alpha) in which the noise is kept."""
    largest = float(fits.curves.sizes[0, 0, fits.curves.seen[0]].max())
    at_end = gradient(fits, value_weights(fits, largest))[0]
    return {"alpha": np.array([0.0, 0.0, 1.0]), "C": np.array([0.0, 1.0, 0.0]), "error at n_max": at_end}
