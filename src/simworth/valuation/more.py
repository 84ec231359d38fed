"""Would more trials help? What an adaptive sweep asks after each block."""

from __future__ import annotations

import pandas as pd

from simworth.scaling import fit_power_law
from simworth.valuation.cube import errors_of


def trial_shares(trials: pd.DataFrame, predictions: pd.DataFrame, task: str) -> dict[str, float]:
    """Quantity of the law -> share of trials in its variance, from a sweep's two tables; the rest is the choice of
    measured materials. Empty where no law can be fitted."""
    errors = errors_of(trials, predictions, task)
    if errors.transfer.empty:
        return {}
    try:
        return fit_power_law(errors.n, errors.cube()).trial_shares()
    except ValueError:
        return {}
