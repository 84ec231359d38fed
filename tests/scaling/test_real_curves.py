"""Extrapolation of 3,776 real learning curves (Mohr and Viering, PyPI lcdb 0.1.0): eight times beyond the data.

The curves are not part of the repository: SIMWORTH_REFERENCE names the folder with lcdb_mean_accuracy_curves.csv.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from simworth.scaling import PowerLaws, fit_many
from simworth.scaling.drift import posteriors, read_priors
from tests.scaling.designs import Array

FOLDER = os.environ.get("SIMWORTH_REFERENCE", "")
FILE = Path(FOLDER) / "lcdb_mean_accuracy_curves.csv"
pytestmark = pytest.mark.skipif(
    not FOLDER or not FILE.is_file(),
    reason="SIMWORTH_REFERENCE does not name a folder with lcdb_mean_accuracy_curves.csv",
)
BEYOND = 7.9
"""n_max / 8, to the rounding of the anchors (16, 23, 32, 45, ..., each a power of sqrt 2)"""


@dataclass(frozen=True)
class Extrapolation:
    """Fits of the first part of every curve, and what came eight times later."""

    laws: PowerLaws
    n: Array
    """(curves,) largest size"""
    truth: Array
    """(curves,) error there"""
    slack: Array
    """(curves,) 1.645 standard errors of the truth"""
    even: Array
    """(curves,) whether the data set's number is even"""

    def coverage(self, low: Array, high: Array, which: Array) -> float:
        return float(np.mean(((low <= self.truth + self.slack) & (high >= self.truth - self.slack))[which]))

    def width(self, low: Array, high: Array, which: Array) -> float:
        """Median width relative to the truth."""
        return float(np.median(((high - low) / self.truth)[which]))


def read_curves() -> list[tuple[int, Array]]:
    """(data set, rows of n, error, sd, repeats) of each curve that the reference's selection keeps; by data set and
    learner."""
    found = defaultdict(list)
    for row in csv.DictReader(FILE.read_text().splitlines()):
        found[int(row["openmlid"]), row["learner"]].append(
            (float(row["size_train"]), 1 - float(row["mean"]), float(row["std"] or 0), float(row["size"]))
        )
    curves = [(key[0], np.array(sorted(rows))) for key, rows in sorted(found.items())]
    return [
        (number, rows)
        for number, rows in curves
        if len(rows) >= 12 and (rows[:, 1] > 1e-4).all() and (rows[:, 0] <= rows[-1, 0] / BEYOND).sum() >= 6
    ]


@pytest.fixture(scope="module")
def extrapolation() -> Extrapolation:
    curves = read_curves()
    last = np.array([rows[-1] for _, rows in curves])
    known = [rows[rows[:, 0] <= rows[-1, 0] / BEYOND] for _, rows in curves]
    points = max(len(rows) for rows in known)
    n = np.tile(1e9 + np.arange(points), (len(known), 1))
    errors = np.ma.masked_all((len(known), points))
    for i, rows in enumerate(known):
        n[i, : len(rows)], errors[i, : len(rows)] = rows[:, 0], rows[:, 1]
    slack = 1.645 * last[:, 2] / np.sqrt(last[:, 3])
    even = np.array([number % 2 == 0 for number, _ in curves])
    return Extrapolation(fit_many(n, errors), last[:, 0], last[:, 1], slack, even)


def test_the_selection_is_the_references(extrapolation: Extrapolation) -> None:
    assert len(extrapolation.laws) == 3_776


def test_forecasts_are_as_good_as_the_form_allows(extrapolation: Extrapolation) -> None:
    laws = extrapolation.laws
    forecast = laws.D * extrapolation.n**-laws.alpha + laws.C
    assert np.abs(forecast - extrapolation.truth).mean() <= 0.037
    assert np.sqrt(np.mean(np.log(forecast / extrapolation.truth) ** 2)) <= 0.448


@dataclass(frozen=True)
class Judged:
    """Forecasts at the anchors nearest 2, 4 and 8 times the last fitted size; (curves, 3) logarithms."""

    low: Array
    median: Array
    high: Array
    truth: Array
    slack: Array
    """1.645 relative standard errors of the truth"""

    def coverage(self) -> Array:
        down, up = np.log1p(-np.minimum(self.slack, 0.999)), np.log1p(self.slack)
        return ((self.low <= self.truth + up) & (self.high >= self.truth + down)).mean(axis=0)

    def calibration(self) -> Array:
        """Coverage of the measured truth by intervals that have its standard error, too: squares add."""
        down = np.hypot(self.median - self.low, self.slack)
        up = np.hypot(self.high - self.median, self.slack)
        return (((self.median - down) <= self.truth) & (self.truth <= (self.median + up))).mean(axis=0)

    def score(self) -> Array:
        """Mean interval score at level 0.9, capped at 3."""
        missed = np.maximum(self.low - self.truth, 0) + np.maximum(self.truth - self.high, 0)
        return np.minimum(self.high - self.low + 20 * missed, 3).mean(axis=0)

    def rmsle(self) -> Array:
        return np.sqrt(((self.median - self.truth) ** 2).mean(axis=0))


def judge(curves: list[Array], kind: str) -> Judged:
    """Forecast each curve from its sizes up to n_max / 8; "replicates": told the standard errors, "points": not."""
    prior, probabilities, found = read_priors()[kind], np.array([0.05, 0.5, 0.95]), []
    designs = defaultdict(list)
    for rows in curves:
        designs[tuple(rows[rows[:, 0] <= rows[-1, 0] / BEYOND, 0])].append(rows)
    for n, members in designs.items():
        known = np.stack([rows[: len(n)] for rows in members])
        noise = known[:, :, 2] ** 2 / known[:, :, 3] / known[:, :, 1] ** 2
        covariance = noise[:, :, None] * np.eye(len(n)) if kind == "replicates" else None
        for rows, one in zip(members, posteriors(np.log(n), np.log(known[:, :, 1]), covariance, prior), strict=True):
            ahead = rows[[np.abs(np.log(rows[:, 0] / (factor * n[-1]))).argmin() for factor in (2, 4, 8)]]
            quantiles = one.predict(np.log(ahead[:, 0] / n[-1]), probabilities)
            slack = 1.645 * ahead[:, 2] / np.sqrt(ahead[:, 3]) / ahead[:, 1]
            found.append((*quantiles, np.log(ahead[:, 1]), slack))
    return Judged(*np.moveaxis(np.array(found), 1, 0))


def check(judged: Judged, scores: tuple[float, float, float], most: float) -> None:
    """Both ends of a truth that is known to 1.645 standard errors, and that of an interval for the measured truth.

    The first counts generously where intervals are narrow: 0.03 may be added to a true 0.9 at twofold.
    """
    assert ((judged.coverage() >= 0.87) & (judged.coverage() <= most)).all(), judged.coverage()
    assert ((judged.calibration() >= 0.87) & (judged.calibration() <= 0.96)).all(), judged.calibration()
    assert (judged.score() <= scores).all(), judged.score()
    assert (judged.rmsle() <= (0.16, 0.24, 0.37)).all(), judged.rmsle()


SCORES = {"replicates": (0.41, 0.72, 1.06), "points": (0.42, 0.74, 1.15)}


@pytest.mark.parametrize(("kind", "every"), [("replicates", 1), ("points", 3)])
def test_drifting_forecasts_hold_on_curves_that_the_prior_never_saw(kind: str, every: int) -> None:
    """The first 900 by data set and learner; told nothing, every third of them, for time."""
    odd = [rows for number, rows in read_curves() if number % 2]
    check(judge(odd[:900:every], kind), SCORES[kind], 0.975)


@pytest.mark.soak
@pytest.mark.parametrize("kind", SCORES)
def test_drifting_forecasts_hold_on_all_such_curves(kind: str) -> None:
    odd = [rows for number, rows in read_curves() if number % 2]
    assert len(odd) == 1_909
    check(judge(odd, kind), SCORES[kind], 0.95 + 1.645 * np.sqrt(0.95 * 0.05 / len(odd)))
