"""Second opinions on one curve: other forms of law, and the law refitted to resampled trials and materials.

Forms compete: several laws are fitted, weighed by AICc, and their forecasts averaged.
A weight is exp(-AICc / 2), normalised: AICc of the weighted residuals, all with the study's law's weights, so that a
parameter must pay for itself (Burnham and Anderson 2002). At five points the study's law has no AICc: AIC weighs it
against the laws of no more parameters, and those of more have no weight, as others have at six and seven. The average
is a mixture of one normal distribution of the log error a law, whose interval is the law's own at the level asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simworth.estimate import Estimate
from simworth.scaling.clusters import Cells, Replicates
from simworth.scaling.diagnostics import criterion, lack_of_fit
from simworth.scaling.drift import mixture_quantiles
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.inputs import Curves
from simworth.scaling.laws import LAWS, POWER, POWER_WITHOUT_GAP, Array, Law
from simworth.scaling.region import bounds, interval, value, value_weights
from simworth.scaling.verdict import Verdict, judge

NEGLIGIBLE = 0.01
"""Weight below which a law is left out of the average."""
RIVALS = ("power without C", "exponential", "shifted power", "broken power")
"""Forms that a verdict is held against; another one is another law version."""
LEAST_WEIGHT = 0.05
"""Weight of the study's law, with C or without, below which nothing rests on it."""
WIDEST = 5.0
"""Standard deviation of a log error that is not told from a larger one."""


@dataclass(frozen=True)
class FittedForm:
    """One law fitted to a single curve, beside others."""

    law: Law
    fits: Fits
    weight: float
    """of all that compete, which sum to 1"""

    @property
    def lack_of_fit(self) -> float | None:
        """p of the test that the form holds; None where nothing can be said."""
        return lack_of_fit(self.fits)

    def parameters(self, level: float, over: str) -> dict[str, Estimate]:
        """Every parameter, in the law's own units, with its profile interval."""
        return {
            name: Estimate(float(at[0]), *(float(end[0]) for end in interval(self.fits, name, level, over)))
            for name, at in self.fits.parameters().items()
        }

    def judge(self, level: float, over: str) -> Verdict:
        """Verdict, gap and reason by this law."""
        return judge(self.fits, level, over)

    def predict(self, n: float, level: float, over: str) -> Estimate:
        """Error at n by this form alone."""
        weights = value_weights(self.fits, n)
        low, high = bounds(self.fits, over, weights, level)
        return Estimate(float(value(self.fits, weights)[0]), max(float(low[0]), 0.0), float(high[0]))


def compete(fits: Fits, names: Sequence[str] = ()) -> list[FittedForm]:
    """The laws of these names (all that are registered, by default) on a single curve, that of `fits` among them."""
    laws = [fits.law, *(LAWS[name] for name in names or LAWS if name != fits.law.name)]
    points = int(fits.curves.seen[0].sum())
    fitted = [fits, *(fit_curves(law, fits.curves) for law in laws[1:] if len(law.names) < points)]
    scores = _scores(fitted)
    weights = np.exp((scores.min() - scores) / 2)
    return [FittedForm(one.law, one, float(w)) for one, w in zip(fitted, weights / weights.sum(), strict=True)]


def weighed(fits: Fits, found: Verdict, level: float, over: str) -> Verdict:
    """What the study's law alone says of a single curve, beside the package's other forms: withdrawn where they hold
    nearly all of the weights, told with its weight where one of them holds most."""
    if found.verdict not in ("scaling", "saturated") and found.gap != "identified":
        return found
    forms = fits.remembered(("forms",), lambda: compete(fits, RIVALS))
    own = sum(form.weight for form in forms if form.law.name in (POWER.name, POWER_WITHOUT_GAP.name))
    best = max(forms, key=lambda form: form.weight)
    if best.weight <= own:
        return found
    beside = f"{own:.1%} of the forms' weights, {best.law.formula} {best.weight:.1%}"
    if own < LEAST_WEIGHT:
        return judge(fits, level, over, rival=beside)
    return replace(found, reason=f"{found.reason}, by {fits.law.formula} ({beside})")


def average(forms: Sequence[FittedForm], n: Array, level: float, over: str) -> Estimate:
    """Error at n (sizes,) by all forms, each with its weight."""
    kept = [form for form in forms if form.weight >= NEGLIGIBLE]
    weight = np.array([form.weight for form in kept])
    probabilities, z = np.array([0.5, (1 - level) / 2, (1 + level) / 2]), special.ndtri((1 + level) / 2)
    found = []
    for size in n:
        ends = np.array([form.predict(float(size), level, over) for form in kept])
        mean, low, high = np.log(np.maximum(ends, 1e-300)).T
        deviation = np.clip(np.maximum(mean - low, high - mean) / z, 1e-4, WIDEST)
        found.append(np.exp(mixture_quantiles(weight / weight.sum(), mean, deviation, probabilities)))
    return Estimate(*np.array(found).T)


def _scores(fitted: Sequence[Fits]) -> Array:
    """AICc of each on the weights of the first; AIC where that of the first is infinite, and inf with more parameters
    than it has."""
    first, points = fitted[0], int(fitted[0].curves.seen[0].sum())
    misfit = [float(((one.curves.mean[0] - one.fitted[0]) ** 2 * first.weight[0] ** 2).sum()) for one in fitted]
    sizes = [len(one.law.names) for one in fitted]
    corrected = bool(np.isfinite(criterion(points, sizes[0], misfit[0])))
    scores = np.array([criterion(points, size, rss, corrected) for size, rss in zip(sizes, misfit, strict=True)])
    return scores if corrected else np.where(np.array(sizes) > sizes[0], np.inf, scores)


def bootstrap(fits: Fits, draws: int, seed: int, level: float, over: str) -> dict[str, tuple[float, float]]:
    """Percentile intervals of every parameter of a single curve."""
    if over == "points":
        raise ValueError("over: bootstrap resamples replicates and got means alone; give trials (rows)")
    means, seen = resampled_means(fits, draws, np.random.default_rng(seed), over)
    sizes = np.repeat(fits.curves.sizes[:, :1], draws, axis=1)
    again = fit_curves(fits.law, Curves(sizes, means, seen, seen.astype(float))).parameters()
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = {name: np.quantile(values, tails) for name, values in again.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def resampled_means(fits: Fits, draws: int, rng: np.random.Generator, over: str) -> tuple[Array, NDArray[np.bool_]]:
    """(draws, points) mean curves, and where they are seen."""
    assert fits.curves.replicates is not None
    given = fits.curves.replicates
    values = given.errors[0]
    trials = values.shape[0]
    count = rng.multinomial(trials, np.full(trials, 1 / trials), size=draws).astype(float)
    if values.ndim == 3:
        return _drawn_materials(given, count, rng, over)
    present = ~np.ma.getmaskarray(values)
    runs = count @ present
    means = count @ np.where(present, values.data, 0.0) / np.maximum(runs, 1)
    return np.where(runs > 0, means, 1.0), runs > 0


def _drawn_materials(given: Replicates, count: Array, rng: np.random.Generator, over: str) -> tuple[Array, Any]:
    """(draws, points) mean over the trials and the clusters of materials drawn, and whether any was tested."""
    cells = Cells.of(given, 0)
    tested = np.asarray(cells.share.any(axis=(0, 1)))
    names, index = np.unique(cells.labels[tested], return_inverse=True)
    weight = np.broadcast_to(tested, (len(count), len(tested))).astype(float)
    if over == "materials":
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=len(count))
        weight[:, tested] = drawn[:, index]
    times = np.einsum("dt,tkj->dkj", count, cells.share)
    own = np.einsum("dt,tkj->dkj", count, cells.share * cells.values) / np.where(times > 0, times, 1.0)
    size = np.where(times > 0, weight[:, None] * cells.share.sum(axis=0), 0.0)
    total = size.sum(axis=2)
    return np.where(total > 0, (size * own).sum(axis=2) / np.where(total > 0, total, 1.0), 1.0), total > 0
