"""Forecasts by a law whose local exponent may drift: narrow where the data speak, wide where the form does not hold.

The logarithm of the mean error, with h = ln(n / n_max), is

    y(h) = level + ln((1 - c) ((exp(h) + s) / (1 + s))^(-alpha (1 + s)) + c) + w(h) + e,

where a shift s > 0 makes a plateau before the fall (s = 0: the power law with a gap; rarer shapes are an exponential
decay and an exponent that changes once), w is an integrated Brownian
motion that starts at n_max with slope 0 and runs inward and outward (its variance at distance l is q l^3 / 3, outward
`spread` times that), and e has the covariance over n that trials and materials give, plus a nugget of standard
deviation tau. A Bayesian grid over the shape (alpha, c, s), q, tau and spread, level integrated out, gives mixtures of
normal distributions; their quantiles are the intervals. alpha may be negative: errors may rise. The prior comes from
past learning curves (`drift_prior.json`, made by `scripts/drift_prior.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simworth.scaling.laws import SHARPNESS, Array

PRIOR_FILE = Path(__file__).with_name("drift_prior.json")
NEGLIGIBLE = 1e-3
"""Probability of the grid points that are dropped, the least likely ones."""
TOLERANCE = 1e-6
"""of a quantile of the log error"""
NEWTON_STEPS = 50
SCALE_STEP = 0.05
"""Ratio of deviations, as a logarithm, that are taken for one."""
FAINTEST = 1e-8
"""Variance of a component that stands for none."""
FINEST = 5e-4
"""Difference of log errors that is not resolved."""
LEAST_SHARE = 0.01
"""of a curve's mean variance: a two-way variance may come out at 0 or below, which no line of logarithms survives"""
FAINT = 1e-14
"""Relative variance of replicates that are all alike."""
SMOOTHING = 0.8
"""Part of the smooth covariance in that of the replicates."""
CELLS = 4_000_000
"""Grid points times curves worked on at once: 32 MB."""


@dataclass(frozen=True)
class Prior:
    """Grid and weights of one kind of curves; every array of weights sums to 1."""

    alpha: Array
    """(shapes,) decay rate at n_max without the gap; negative where the error rises"""
    gap: Array
    """(shapes,) share c of the error at n_max that no n removes"""
    shift: Array
    """(shapes,) s: n / n_max below which the error was level; 0 for none"""
    decay: Array
    """(shapes,) n_max over the simulations that lower what remains above the gap to 1 / e; 0 for none"""
    turn: Array
    """(shapes,) change of the decay rate at the break; 0 for none"""
    turned: Array
    """(shapes,) n / n_max at the break"""
    drift: Array
    """(drifts,) q: variance of the local exponent gained per unit of ln n"""
    nugget: Array
    """(nuggets,) tau: relative scatter of a point that no other shares"""
    spread: Array
    """(spreads,) how many times q the drift outward is"""
    shape_weight: Array
    block_weight: Array
    """(drifts, nuggets)"""
    spread_weight: Array
    ahead: Array
    """(3,) at 2, 4 and 8 times n_max: part that is taken of the deviations that usual shapes and drift leave"""

    def shapes(self, h: Array) -> Array:
        """(points, shapes) log error less that at n_max, at h (points,)."""
        with np.errstate(divide="ignore"):
            log_shift, log_gap = np.log(self.shift), np.log(self.gap)
        z = (np.logaddexp(h[:, None], log_shift) - np.log1p(self.shift)) * (1 + self.shift)
        at = np.log(self.turned)
        beyond = SHARPNESS * np.logaddexp(0.0, (np.stack([h, 0 * h])[..., None] - at) / SHARPNESS)
        fall = self.alpha * z + self.turn * (beyond[0] - beyond[1])
        fall += self.decay * np.expm1(np.minimum(h, 700.0))[:, None]
        return np.asarray(np.logaddexp(np.log1p(-self.gap) - fall, log_gap))


@cache
def read_priors() -> dict[str, Prior]:
    """The shipped priors: "points" for means of unknown noise, "replicates" where their covariance is known."""
    kept = json.loads(PRIOR_FILE.read_text())
    grid = {key: np.array(value) for key, value in kept.pop("shapes").items()}
    return {
        name: Prior(**grid, **{key: _weights(key, value) for key, value in one.items()}) for name, one in kept.items()
    }


def _weights(name: str, values: object) -> Array:
    """An array of the file; weights are made to sum to 1, which their rounding disturbs."""
    array = np.array(values, dtype=float)
    return array / array.sum() if name.endswith("_weight") else array


def brownian(first: Array, second: Array) -> Array:
    """(first, second) covariance of w for q = 1; 0 between the two sides of n_max."""
    a, b = np.abs(first)[:, None], np.abs(second)[None, :]
    near, far = np.minimum(a, b), np.maximum(a, b)
    same = np.sign(first)[:, None] == np.sign(second)[None, :]
    return np.where(same, near**2 * (3 * far - near) / 6, 0.0)


@dataclass(frozen=True)
class Block:
    """One drift and nugget: the likelihood of every shape and what it leaves of the level."""

    log_likelihood: Array
    """(curves, shapes) level integrated out"""
    level: Array
    """(curves, shapes) log error at n_max"""
    variance: Array
    """(curves,) of the level"""


def block(shapes: Array, y: Array, covariance: Array) -> Block:
    """shapes (points, shapes), y (curves, points) logarithms, covariance (curves or 1, points, points)."""
    inverse = np.linalg.inv(covariance)
    ones = inverse.sum(axis=2)
    variance = 1.0 / ones.sum(axis=1)
    centred = inverse - variance[:, None, None] * ones[:, :, None] * ones[:, None, :]
    by_y = np.einsum("ckl,cl->ck", np.broadcast_to(centred, (len(y), *centred.shape[1:])), y)
    square = np.einsum("cks,ks->cs", centred @ shapes, shapes)
    square = square - 2 * by_y @ shapes + np.einsum("ck,ck->c", by_y, y)[:, None]
    log_likelihood = -0.5 * (square + np.linalg.slogdet(covariance)[1][:, None] - np.log(variance)[:, None])
    level = variance[:, None] * ((ones * y).sum(axis=1)[:, None] - ones @ shapes)
    return Block(log_likelihood, level, np.broadcast_to(variance, (len(y),)))


@dataclass(frozen=True)
class Drift:
    """What is known of one curve: a weighted set of grid points (points,) that matter."""

    prior: Prior
    h: Array
    """(sizes,) ln(n / n_max) of the data"""
    log_n_max: float
    y: Array
    """(sizes,) ln of the mean errors"""
    covariance: Array
    """(sizes, sizes) of y by trials and materials; 0 where unknown"""
    weight: Array
    shape: NDArray[np.intp]
    """index of the shape"""
    drift: Array
    nugget: Array
    level: Array
    """ln error at n_max"""
    variance: Array
    """of the level"""

    def predict(self, h: Array, probabilities: Array) -> Array:
        """(probabilities, sizes) quantiles of the logarithm of the error at h = ln(n / n_max) (sizes,)."""
        return np.stack([mixture_quantiles(*self._at(x), probabilities) for x in np.asarray(h, dtype=float)], axis=1)

    def fall(self, h: float, probabilities: Array) -> Array:
        """Quantiles of ln(error(n_max) / error(n)), h = ln(n / n_max) > 0: the level cancels."""
        return -mixture_quantiles(*self._step(h), 1 - np.asarray(probabilities))

    def falls_by_more(self, h: float, fall: float) -> float:
        """Probability that ln(error(n_max) / error(n)) is above `fall`."""
        weight, mean, deviation = self._step(h)
        return float(weight @ special.ndtr((-fall - mean) / deviation))

    def _step(self, h: float) -> tuple[Array, Array, Array]:
        """Mixture of ln error(n) - ln error(n_max)."""
        return self._ahead(np.zeros_like(self.level), np.zeros_like(self.level), h)

    def _at(self, h: float) -> tuple[Array, Array, Array]:
        """Mixture of ln error at h: weight, mean, standard deviation."""
        return self._between(h) if h < 0 else self._ahead(self.level, self.variance, h)

    def _ahead(self, level: Array, variance: Array, h: float) -> tuple[Array, Array, Array]:
        """Mixture of a level (points,) of this variance and what comes after n_max; usual shapes drawn together."""
        step, plain = self.prior.shapes(np.array([h]))[0][self.shape], (self.prior.decay == 0) & (self.prior.turn == 0)
        part = np.where(plain[self.shape], np.interp(h, np.log([2, 4, 8]), self.prior.ahead), 1.0)
        usual = self.weight * plain[self.shape]
        mean = level + step + (1 - part) * (usual @ step / max(float(usual.sum()), FAINTEST) - step)
        whole = variance + self.prior.spread[:, None] * part**2 * self.drift * h**3 / 3
        weight = self.prior.spread_weight[:, None] * self.weight
        return weight.ravel(), np.tile(mean, len(whole)), np.sqrt(np.maximum(whole, FAINTEST)).ravel()

    def _between(self, h: float) -> tuple[Array, Array, Array]:
        """Inside the data: w is known from the residuals near h."""
        here, shapes = np.array([h]), self.prior.shapes(self.h)
        mean, variance = self.level + self.prior.shapes(here)[0][self.shape], self.variance.copy()
        for q, tau in sorted(set(zip(self.drift, self.nugget, strict=True))):
            which = (self.drift == q) & (self.nugget == tau)
            whole = self.covariance + q * brownian(self.h, self.h) + tau**2 * np.eye(len(self.h))
            by = np.linalg.solve(whole, q * brownian(self.h, here)[:, 0])
            residual = self.y[:, None] - self.level[which] - shapes[:, self.shape[which]]
            mean[which] += by @ residual
            own = q * np.abs(h) ** 3 / 3 - by @ (q * brownian(self.h, here)[:, 0])
            variance[which] = np.maximum(own, 0.0) + (1 - by.sum()) ** 2 * self.variance[which]
        return self.weight, mean, np.sqrt(np.maximum(variance, FAINTEST))


def mixture_quantiles(weight: Array, mean: Array, deviation: Array, probabilities: Array) -> Array:
    """Quantiles of a mixture of normal distributions: Newton's steps, within brackets that shrink."""
    weight, mean, deviation = _merged(weight, mean, deviation)
    lowest, highest = float((mean - 6 * deviation).min()), float((mean + 6 * deviation).max())
    found = []
    for p in np.atleast_1d(probabilities):
        low, high, x = lowest, highest, float(weight @ mean)
        for _ in range(NEWTON_STEPS):
            z = (x - mean) / deviation
            excess = float(weight @ special.ndtr(z)) - p
            low, high = (low, x) if excess > 0 else (x, high)
            density = float(weight @ (np.exp(-0.5 * z * z) / deviation)) / np.sqrt(2 * np.pi)
            new = x - excess / max(density, 1e-300)
            new = new if low < new < high else (low + high) / 2
            done, x = abs(new - x) < TOLERANCE, new
            if done:
                break
        found.append(x)
    return np.array(found)


def _merged(weight: Array, mean: Array, deviation: Array) -> tuple[Array, Array, Array]:
    """The mixture with components joined that lie within an eighth of a deviation: fewer by an order of magnitude."""
    scale = np.rint(np.log(deviation) / SCALE_STEP)
    place = np.rint(mean / np.maximum(np.exp(scale * SCALE_STEP) / 8, FINEST))
    _, index = np.unique(scale * 2.0**32 + place, return_inverse=True)
    whole = np.bincount(index, weight)
    center = np.bincount(index, weight * mean) / whole
    square = np.bincount(index, weight * (deviation**2 + (mean - center[index]) ** 2)) / whole
    return whole / whole.sum(), center, np.sqrt(square)


def regular(covariance: Array) -> Array:
    """Covariances (curves, sizes, sizes) of few replicates, drawn towards one correlation and a smooth deviation.

    What they have in common is what trials and materials share at every n; the deviations follow a line in the size's
    place. Estimated entry by entry they scatter, which a fall of a few per cent does not survive (in the planted curves
    of tests/scaling/test_drift.py a doubling "surely helps" in 85 of 100 by the true covariance, in 58 by estimated
    ones). What is left of negative eigenvalues, which a two-way covariance may have, is cut off.
    """
    size = covariance.shape[1]
    variance = np.einsum("ckk->ck", covariance)
    variance = np.maximum(variance, np.maximum(LEAST_SHARE * variance.mean(axis=1, keepdims=True), FAINT))
    scale = np.sqrt(variance[:, :, None] * variance[:, None, :])
    common = np.clip((covariance / scale)[:, ~np.eye(size, dtype=bool)].mean(axis=1), 0.0, 0.99)[:, None, None]
    place, logarithm = np.arange(size) - (size - 1) / 2, np.log(variance)
    slope = logarithm @ place / (place @ place)
    deviation = np.exp((logarithm.mean(axis=1)[:, None] + slope[:, None] * place) / 2)
    smooth = deviation[:, :, None] * deviation[:, None, :] * (common + (1 - common) * np.eye(size))
    values, vectors = np.linalg.eigh((1 - SMOOTHING) * covariance + SMOOTHING * smooth)
    return np.asarray(np.einsum("cij,cj,ckj->cik", vectors, np.maximum(values, 0.0), vectors))


def posteriors(log_n: Array, y: Array, covariance: Array | None, prior: Prior) -> list[Drift]:
    """One `Drift` a curve: log_n (sizes,), y (curves, sizes) logarithms of means, covariance (curves, sizes, sizes)."""
    rows = max(1, CELLS // (prior.block_weight.size * prior.alpha.size))
    found: list[Drift] = []
    for i in range(0, len(y), rows):
        part = None if covariance is None else covariance[i : i + rows]
        found += _posteriors(log_n, y[i : i + rows], part, prior)
    return found


def _posteriors(log_n: Array, y: Array, covariance: Array | None, prior: Prior) -> list[Drift]:
    top = float(log_n.max())
    h = log_n - top
    shapes, walk, eye = prior.shapes(h), brownian(h, h), np.eye(h.size)
    known = np.zeros((1, h.size, h.size)) if covariance is None else covariance
    pairs = [(q, tau) for q in prior.drift for tau in prior.nugget]
    blocks = [block(shapes, y, known + q * walk + tau**2 * eye) for q, tau in pairs]
    log_weight = np.stack([b.log_likelihood for b in blocks], axis=1)
    with np.errstate(divide="ignore"):
        log_weight += np.log(prior.block_weight.ravel()[:, None] * prior.shape_weight)
    weight = np.exp(log_weight - log_weight.max(axis=(1, 2), keepdims=True))
    q, tau = (np.array(v) for v in zip(*pairs, strict=True))
    drifts = []
    for i, one in enumerate(weight):
        where, shape = np.nonzero(one > _threshold(one))
        level = np.stack([b.level[i] for b in blocks])[where, shape]
        variance = np.array([b.variance[i] for b in blocks])[where]
        share = one[where, shape] / one[where, shape].sum()
        own = known[i if len(known) > 1 else 0]
        drifts.append(Drift(prior, h, top, y[i], own, share, shape, q[where], tau[where], level, variance))
    return drifts


def _threshold(weight: Array) -> float:
    """Weight at or below which the least likely grid points hold NEGLIGIBLE of the whole."""
    ordered = np.sort(weight, axis=None)
    below = np.cumsum(ordered) <= NEGLIGIBLE * ordered.sum()
    return float(ordered[below][-1]) if below.any() else -1.0
