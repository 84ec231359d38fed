"""Forms of law that compete on one curve: several are fitted, and weighed by AICc.

A weight is exp(-AICc / 2), normalised: AICc of the weighted residuals, all with the study's law's weights, so that a
parameter must pay for itself (Burnham and Anderson 2002). At five points the study's law has no AICc: AIC weighs it
against the laws of no more parameters, and those of more have no weight, as others have at six and seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simworth.estimate import Estimate
from simworth.scaling.diagnostics import criterion, lack_of_fit
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.laws import LAWS, POWER, POWER_WITHOUT_GAP, Array, Law
from simworth.scaling.region import interval
from simworth.scaling.verdict import Verdict, judge

RIVALS = ("power without C", "exponential", "shifted power", "broken power")
"""Forms that a verdict is held against; another one is another law version."""
LEAST_WEIGHT = 0.05
"""Weight of the study's law, with C or without, below which nothing rests on it."""


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


def _scores(fitted: Sequence[Fits]) -> Array:
    """AICc of each on the weights of the first; AIC where that of the first is infinite, and inf with more parameters
    than it has."""
    first, points = fitted[0], int(fitted[0].curves.seen[0].sum())
    misfit = [float(((one.curves.mean[0] - one.fitted[0]) ** 2 * first.weight[0] ** 2).sum()) for one in fitted]
    sizes = [len(one.law.names) for one in fitted]
    corrected = bool(np.isfinite(criterion(points, sizes[0], misfit[0])))
    scores = np.array([criterion(points, size, rss, corrected) for size, rss in zip(sizes, misfit, strict=True)])
    return scores if corrected else np.where(np.array(sizes) > sizes[0], np.inf, scores)
