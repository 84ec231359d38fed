"""Diagnostics of a fit: how well a curve determines its law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.form import lack_of_fit
from simworth.scaling.laws import POWER, POWER_WITHOUT_GAP
from simworth.scaling.noise import FLOOR, Noise, noise_of

BOUND = 1e-6


def diagnose(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a single curve.

    decades, points: of n.
    condition: of the scaled Jacobian; 1 is ideal.
    corr_alpha_C: of the estimates; near 1 where the data cannot tell a slow decay from a gap.
    reduced_chi2: residuals against the replicates' own noise; None for means.
    between_point_sd: relative scatter of the points that the replicates do not explain.
    bounds_hit: names of parameters.
    lack_of_fit: p of the test that the form holds (`simworth.scaling.form`); None where nothing can be said.
    aicc_without_C, aicc_constant: AICc of the nested law less that of the full one; positive favours the full law.
    """
    noise = noise_of(fits, over)
    inverse = np.linalg.inv(noise.triangle[0])
    covariance = inverse @ noise.along[0] @ inverse.T
    aicc = _aicc(fits)
    return {
        **_extent(fits),
        "points": int(fits.curves.seen[0].sum()),
        **_scatter(noise),
        "corr_alpha_C": float(covariance[2, 1] / np.sqrt(covariance[1, 1] * covariance[2, 2])),
        "bounds_hit": bounds_hit(fits),
        "lack_of_fit": lack_of_fit(fits),
        "aicc_without_C": aicc["without_C"] - aicc["full"],
        "aicc_constant": aicc["constant"] - aicc["full"],
    }


def diagnose_surface(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a surface: decades and sizes of n and m, and of those above what applies."""
    scatter = _scatter(noise_of(fits, over))
    return {**_extent(fits), **scatter, "bounds_hit": bounds_hit(fits), "lack_of_fit": lack_of_fit(fits)}


def nested(fits: Fits) -> dict[str, tuple[float, float, float]]:
    """(D, alpha, C) of the laws nested in a single curve's, on the full law's weights."""
    single = replace(fits.curves, clusters={}, replicates=None)
    bare = fit_curves(POWER_WITHOUT_GAP, single, fits.loss).parameters()
    square = fits.weight[0] ** 2
    level = float((fits.curves.mean[0] * square).sum() / square.sum())
    return {"without_C": (float(bare["D"][0]), float(bare["alpha"][0]), 0.0), "constant": (0.0, 0.0, level)}


def bounds_hit(fits: Fits) -> list[str]:
    """Names of the parameters of the first curve that lie on a bound."""
    share, at, box = fits.coef[0] / fits.coef[0].sum(), fits.log_shapes[0], fits.box[0]
    edge = (at < box[:, 0] + BOUND) | (at > box[:, 1] - BOUND)
    return [name for name, v in zip(fits.law.names, [*(share < BOUND), *edge], strict=True) if v]


def _extent(fits: Fits) -> dict[str, Any]:
    """Decades (and sizes, of more than one input) that the points span."""
    report: dict[str, Any] = {}
    for name, sizes in zip(fits.law.inputs, fits.curves.sizes[:, 0, fits.curves.seen[0]], strict=True):
        suffix = f"_{name}" if len(fits.law.inputs) > 1 else ""
        report[f"decades{suffix}"] = float(np.log10(sizes.max() / sizes.min()))
        report |= {f"sizes{suffix}": int(np.unique(sizes).size)} if suffix else {}
    return report


def _scatter(noise: Noise) -> dict[str, float | None]:
    triangle, expected = noise.triangle[0], float(noise.expected[0])
    spread = float(noise.residual[0] / noise.freedom_across[0])
    return {
        "condition": float(np.linalg.cond(triangle / np.linalg.norm(triangle, axis=0))),
        "reduced_chi2": spread / expected if expected > 0 else None,
        "between_point_sd": float(np.sqrt(noise.between[0])),
    }


def _aicc(fits: Fits) -> dict[str, float]:
    """AICc of the full law, the law without C and the constant, on the full law's weights."""
    seen, weight = fits.curves.seen[0], fits.weight[0]
    n, y = fits.curves.sizes[0, 0], fits.curves.mean[0]
    laws = {name: d * n**-alpha + c for name, (d, alpha, c) in nested(fits).items()}
    parameters = {"full": len(POWER.names), "without_C": 2, "constant": 1}
    misfit = {name: float((((y - f) * weight) ** 2).sum()) for name, f in (laws | {"full": fits.fitted[0]}).items()}
    return {name: criterion(int(seen.sum()), parameters[name], rss) for name, rss in misfit.items()}


def criterion(points: int, parameters: int, rss: float) -> float:
    """AICc of weighted least squares; inf where the points are too few."""
    k = parameters + 1
    penalty = 2 * k + (2 * k * (k + 1) / (points - k - 1) if points > k + 1 else np.inf)
    return float(points * np.log(max(rss, points * FLOOR**2) / points) + penalty)
