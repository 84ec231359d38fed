"""How much a curve can tell about its law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simworth.scaling.fit import LOG_BOUNDS, Fits, fit_curves
from simworth.scaling.laws import POWER, POWER_WITHOUT_GAP
from simworth.scaling.noise import noise_of

BOUND = 1e-6


def diagnose(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a single curve.

    decades: of n; condition: of the scaled Jacobian (1 is ideal); corr_alpha_C: of the estimates, near 1
    where the data cannot tell a slow decay from a gap; reduced_chi2: residuals against the replicates' own
    noise (None for means);
    between_point_sd: relative scatter of the points that the replicates do not explain; bounds_hit: names;
    aicc_without_C, aicc_constant: AICc of the nested law less that of the full one (positive favours the full
    law).
    """
    noise = noise_of(fits, over)
    sizes = fits.curves.sizes[0, 0][fits.curves.seen[0]]
    triangle = noise.triangle[0]
    inverse = np.linalg.inv(triangle)
    covariance = inverse @ noise.along[0] @ inverse.T
    scaled = triangle / np.linalg.norm(triangle, axis=0)
    expected = float(noise.expected[0])
    aicc = _aicc(fits)
    return {
        "decades": float(np.log10(sizes.max() / sizes.min())),
        "points": int(sizes.size),
        "condition": float(np.linalg.cond(scaled)),
        "corr_alpha_C": float(covariance[2, 1] / np.sqrt(covariance[1, 1] * covariance[2, 2])),
        "reduced_chi2": float(noise.residual[0] / noise.freedom_across[0] / expected) if expected > 0 else None,
        "between_point_sd": float(np.sqrt(noise.between[0])),
        "bounds_hit": bounds_hit(fits),
        "aicc_without_C": aicc["without_C"] - aicc["full"],
        "aicc_constant": aicc["constant"] - aicc["full"],
    }


def bounds_hit(fits: Fits) -> list[str]:
    """Names of the parameters of the first curve that lie on a bound."""
    share = fits.coef[0] / fits.coef[0].sum()
    hit = [name for name, v in zip(fits.law.linear, share, strict=True) if v < BOUND]
    at = fits.log_exponents[0]
    edge = (at < LOG_BOUNDS[0] + BOUND) | (at > LOG_BOUNDS[1] - BOUND)
    return hit + [name for name, v in zip(fits.law.exponents, edge, strict=True) if v]


def _aicc(fits: Fits) -> dict[str, float]:
    """AICc of the full law, the law without C and the constant, on the full law's weights."""
    weight, y = fits.weight[0], fits.curves.mean[0] * fits.weight[0]
    points = int(fits.curves.seen[0].sum())
    single = replace(fits.curves, clusters={}, errors=None)
    bare = fit_curves(POWER_WITHOUT_GAP, single, fits.loss)
    constant = weight * (y @ weight) / (weight @ weight)
    rss = {
        "full": (len(POWER.names), y - fits.fitted[0] * weight),
        "without_C": (2, y - bare.fitted[0] * weight),
        "constant": (1, y - constant),
    }
    return {name: _criterion(points, p, float(r @ r)) for name, (p, r) in rss.items()}


def _criterion(points: int, parameters: int, rss: float) -> float:
    k = parameters + 1
    penalty = 2 * k + (2 * k * (k + 1) / (points - k - 1) if points > k + 1 else np.inf)
    return float(points * np.log(max(rss, 1e-300) / points) + penalty)


def diagnose_surface(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a surface: decades and sizes of n and m, condition, scatter, bounds hit."""
    noise = noise_of(fits, over)
    seen = fits.curves.seen[0]
    triangle = noise.triangle[0]
    expected = float(noise.expected[0])
    report: dict[str, Any] = {}
    for name, sizes in zip(fits.law.inputs, fits.curves.sizes[:, 0, seen], strict=True):
        report[f"decades_{name}"] = float(np.log10(sizes.max() / sizes.min()))
        report[f"sizes_{name}"] = int(np.unique(sizes).size)
    return report | {
        "condition": float(np.linalg.cond(triangle / np.linalg.norm(triangle, axis=0))),
        "reduced_chi2": float(noise.residual[0] / noise.freedom_across[0] / expected) if expected > 0 else None,
        "between_point_sd": float(np.sqrt(noise.between[0])),
        "bounds_hit": bounds_hit(fits),
    }
