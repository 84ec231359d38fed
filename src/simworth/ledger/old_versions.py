"""Mean errors and the study's law as older law versions made them, frozen, so that their entries can be checked.

error = D n^-alpha + C, with D and C at least 0 and alpha from 0.001 to 5, by least squares of the trials' mean errors
weighted by 1 / fitted error, the weights taken from the fit before until nothing moves.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar, nnls

VERSIONS: Final = ("1", "2", "3", "4", "5", "6", "7")
"""law versions whose point estimates follow these rules; later ones changed intervals, verdicts and forecasts"""
_LOG_ALPHA: Final = (float(np.log(1e-3)), float(np.log(5.0)))
_ROUNDS: Final = 100


def mean_errors(trials: pd.DataFrame, predictions: pd.DataFrame, version: str) -> pd.Series:
    """n -> mean error at the largest m with simulations.

    Law 1 took the mean of the trials' errors. Since law 2 a material counts once: the mean of its errors, weighted by
    its measurements in a trial.
    """
    ran = trials[(trials["status"] == "ok") & (trials["n"] > 0)]
    ran = ran[ran["m"] == ran["m"].max()]
    if version == "1":
        by_trial: pd.Series = ran.groupby("n")["mae"].mean()
        return by_trial
    keys = ["learning", "n", "m", "trial"]
    tested = predictions.merge(ran[keys], on=keys)
    tested = tested.assign(error=(tested["y_pred"] - tested["y_true"]).abs())
    items = tested.groupby(["n", "item"]).agg(
        error=("error", "mean"), rows=("error", "size"), times=("trial", "nunique")
    )
    weight = items["rows"] / items["times"]
    return (items["error"] * weight).groupby("n").sum() / weight.groupby("n").sum()


def study_law(n: np.ndarray, errors: np.ndarray) -> tuple[float, float, float]:
    """D, alpha, C of mean errors (k,) at sizes n (k,), every one over equally many trials."""
    center = float(np.exp(np.log(n).mean()))
    weight, alpha = 1.0 / errors, np.inf
    for _ in range(_ROUNDS):
        before, alpha = alpha, _best_alpha(n / center, errors, weight)
        (d, c), _ = _linear(n / center, errors, weight, alpha)
        weight = 1.0 / (d * (n / center) ** -alpha + c)
        if abs(alpha - before) < 1e-9 * alpha:
            break
    return float(d * center**alpha), float(alpha), float(c)


def _best_alpha(z: np.ndarray, errors: np.ndarray, weight: np.ndarray) -> float:
    """The best exponent for fixed weights: a grid, then a search between its best one's neighbours."""
    grid = np.linspace(*_LOG_ALPHA, 200)
    misfit = [_linear(z, errors, weight, float(np.exp(at)))[1] for at in grid]
    best = int(np.argmin(misfit))
    ends = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])

    def misfit_at(log_alpha: float) -> float:
        return _linear(z, errors, weight, float(np.exp(log_alpha)))[1]

    found = minimize_scalar(misfit_at, bounds=ends, options={"xatol": 1e-10})
    return float(np.exp(min([float(found.x), *ends], key=misfit_at)))


def _linear(z: np.ndarray, errors: np.ndarray, weight: np.ndarray, alpha: float) -> tuple[np.ndarray, float]:
    """Non-negative (D, C) at an exponent, and the norm of the weighted residuals."""
    columns = np.column_stack([z**-alpha, np.ones_like(z)]) * weight[:, None]
    coefficients, norm = nnls(columns, errors * weight)
    return coefficients, float(norm)
