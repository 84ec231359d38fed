"""How much a curve can tell about its law: whether the form holds, whether the error rises, whose doing widths are.

Lack of fit. With replicates, the residuals off the law are compared with what the replicates say of their variance (an
F test on pure error). Trials alone judge, where they are told apart: they say how the curve of these materials bends,
and the law is that curve's. With means alone, an F test asks whether the residuals still bend: whether powers of log n
beyond the law's tangent space (for surfaces, log n times log m and the squares) explain more than their share.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from scipy import special

from simworth.estimate import Estimate
from simworth.scaling.fit import Fits, fit_curves
from simworth.scaling.laws import POWER, POWER_WITHOUT_GAP, Array
from simworth.scaling.noise import FLOOR, Noise, noise_of
from simworth.scaling.region import gradient, value_weights

BOUND = 1e-6


def diagnose(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a single curve.

    decades, points: of n.
    condition: of the scaled Jacobian; 1 is ideal.
    corr_alpha_C: of the estimates; near 1 where the data cannot tell a slow decay from a gap.
    reduced_chi2: residuals against the replicates' own noise; None for means.
    between_point_sd: relative scatter of the points that the replicates do not explain.
    bounds_hit: names of parameters.
    lack_of_fit: p of the test that the form holds (`simworth.scaling.diagnostics`); None where nothing can be said.
    aicc_without_C, aicc_constant: AICc of the nested law less that of the full one; positive favours the full law. None
      at five points, too few for the full law's.
    """
    noise = noise_of(fits, over)
    inverse = np.linalg.inv(noise.triangle[0])
    covariance = inverse @ noise.along[0] @ inverse.T
    return {
        **_extent(fits),
        "points": int(fits.curves.seen[0].sum()),
        **_scatter(noise),
        "corr_alpha_C": float(covariance[2, 1] / np.sqrt(covariance[1, 1] * covariance[2, 2])),
        "bounds_hit": bounds_hit(fits),
        "lack_of_fit": lack_of_fit(fits),
        **_aicc(fits),
    }


def diagnose_surface(fits: Fits, over: str) -> dict[str, Any]:
    """Diagnostics of a surface: decades and sizes of n and m, and of those above what applies."""
    scatter = _scatter(noise_of(fits, over))
    return {**_extent(fits), **scatter, "bounds_hit": bounds_hit(fits), "lack_of_fit": lack_of_fit(fits)}


def nested(fits: Fits) -> dict[str, tuple[float, float, float]]:
    """(D, alpha, C) of the laws nested in a single curve's, on the full law's weights."""
    single = replace(fits.curves, clusters={})
    bare = fit_curves(POWER_WITHOUT_GAP, single).parameters()
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


def _aicc(fits: Fits) -> dict[str, float | None]:
    """AICc of the law without C and of the constant less that of the full law, on its weights; None where that is
    infinite."""
    seen, weight = fits.curves.seen[0], fits.weight[0]
    n, y = fits.curves.sizes[0, 0], fits.curves.mean[0]
    laws = {name: d * n**-alpha + c for name, (d, alpha, c) in nested(fits).items()}
    parameters = {"full": len(POWER.names), "without_C": 2, "constant": 1}
    misfit = {name: float((((y - f) * weight) ** 2).sum()) for name, f in (laws | {"full": fits.fitted[0]}).items()}
    score = {name: criterion(int(seen.sum()), parameters[name], rss) for name, rss in misfit.items()}
    known = np.isfinite(score["full"])
    return {f"aicc_{name}": score[name] - score["full"] if known else None for name in laws}


def criterion(points: int, parameters: int, rss: float, corrected: bool = True) -> float:
    """AICc of weighted least squares, inf where the points are too few; AIC where it is not `corrected`."""
    k = parameters + 1
    correction = 2 * k * (k + 1) / (points - k - 1) if points > k + 1 else np.inf
    penalty = 2 * k + (correction if corrected else 0)
    return float(points * np.log(max(rss, points * FLOOR**2) / points) + penalty)


REJECTED = 0.01
"""p of the lack of fit below which the form does not hold."""
MOST_BENDS = 3
"""Directions in which bent residuals are looked for."""


def rejected(fits: Fits) -> bool:
    """Whether the form of a single curve's law does not hold."""
    p = lack_of_fit(fits)
    return p is not None and p < REJECTED


def lack_of_fit(fits: Fits) -> float | None:
    """p of a single curve's or surface's lack of fit; None where its points leave nothing to judge by."""
    test = _bent if fits.curves.levels == ("points",) else _pure_error
    return fits.remembered(("lack of fit",), lambda: test(fits))


def _pure_error(fits: Fits) -> float | None:
    """Residual variance off the law over that of the replicates, degrees of freedom by Satterthwaite."""
    over = fits.curves.levels[0]
    noise, cluster = noise_of(fits, over), fits.curves.clusters[over]
    weight, tangent = fits.weight[0], noise.tangent[0]
    off = np.eye(len(weight)) - tangent @ tangent.T
    covariance = off @ (weight[:, None] * cluster.covariance[0] * weight) @ off
    trace, square = float(np.trace(covariance)), float(np.sum(covariance**2))
    if trace <= 0 or cluster.freedom[0] == 0 or fits.curves.seen[0].sum() <= tangent.shape[1]:
        return None
    freedom = trace**2 / square
    return float(special.fdtrc(freedom, freedom * cluster.freedom[0], float(noise.residual[0]) / trace))


def _bent(fits: Fits) -> float | None:
    """Whether polynomials of the log sizes explain the residuals of means."""
    noise, seen = noise_of(fits, "points"), fits.curves.seen[0]
    free = int(seen.sum()) - noise.tangent.shape[2]
    bends = min(MOST_BENDS, free // 2)
    if bends < 1:
        return None
    weight, tangent = fits.weight[0], noise.tangent[0]
    columns = _without(tangent, _polynomials(fits.z[:, 0], bends) * weight[:, None])
    residual = _without(tangent, ((fits.curves.mean - fits.fitted)[0] * weight)[:, None])[:, 0]
    values, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    explained = float(np.sum((values[:, sizes > 1e-9 * sizes.max(initial=0)].T @ residual) ** 2))
    count = int((sizes > 1e-9 * sizes.max(initial=0)).sum())
    rest = max(float(residual @ residual) - explained, 1e-18 * len(weight))
    return float(special.fdtrc(count, free - count, (explained / count) / (rest / (free - count))))


def _polynomials(z: Array, count: int) -> Array:
    """(points, count) products of log sizes: of degree 3 and more for curves, of degree 2 for surfaces."""
    scaled = z / np.abs(z).max(axis=1, keepdims=True)
    if len(z) == 1:
        return np.stack([scaled[0] ** degree for degree in range(3, 3 + count)], axis=1)
    pairs = sorted(combinations_with_replacement(range(len(z)), 2), key=lambda pair: pair[0] == pair[1])
    return np.stack([scaled[i] * scaled[j] for i, j in pairs[:count]], axis=1)


def _without(tangent: Array, columns: Array) -> Array:
    return np.asarray(columns - tangent @ (tangent.T @ columns))


def rise(fits: Fits, level: float, over: str) -> Estimate:
    """Slope of a straight line through a single curve: change of the error, as a share of its level, per decade."""
    seen = fits.curves.seen[0]
    z, mean = np.log10(fits.curves.sizes[0, 0, seen]), fits.curves.mean[0, seen]
    scale = mean / mean.mean()
    design = np.column_stack([np.ones_like(z), z - z.mean()]) / scale[:, None]
    inverse = np.linalg.pinv(design)
    relative = mean / mean.mean() / scale
    value = float(inverse[1] @ relative)
    residual = relative - design @ (inverse @ relative)
    freedom = float(max(len(z) - 2, 1))
    variance = float(residual @ residual) / freedom * float(inverse[1] @ inverse[1])
    if over != "points":
        cluster = fits.curves.clusters[over]
        unit = scale * mean.mean()
        covariance = cluster.covariance[0][np.ix_(seen, seen)] / (unit[:, None] * unit)
        known = float(inverse[1] @ covariance @ inverse[1])
        if cluster.freedom[0] == 0:
            return Estimate(value, -np.inf, np.inf)
        freedom, variance = (float(cluster.freedom[0]), known) if known > variance else (freedom, variance)
    half = float(special.stdtrit(freedom, (1 + level) / 2)) * float(np.sqrt(variance))
    return Estimate(value, value - half, value + half)


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
