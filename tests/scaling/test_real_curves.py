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
    """(data set, rows of n, error, sd, repeats) of each curve that the reference's selection keeps."""
    found = defaultdict(list)
    for row in csv.DictReader(FILE.read_text().splitlines()):
        found[int(row["openmlid"]), row["learner"]].append(
            (float(row["size_train"]), 1 - float(row["mean"]), float(row["std"] or 0), float(row["size"]))
        )
    curves = [(key[0], np.array(sorted(rows))) for key, rows in found.items()]
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
    forecast = extrapolation.laws(extrapolation.n[:, None], each=True)[:, 0]
    assert np.abs(forecast - extrapolation.truth).mean() <= 0.037
    assert np.sqrt(np.mean(np.log(forecast / extrapolation.truth) ** 2)) <= 0.448


def test_empirical_intervals_hold_and_are_no_wider_than_inflated_ones(extrapolation: Extrapolation) -> None:
    at, odd = extrapolation.n[:, None], ~extrapolation.even
    model = extrapolation.laws.predict(at, each=True)
    empirical = extrapolation.laws.predict(at, each=True, method="empirical")
    low, high = empirical.low[:, 0], empirical.high[:, 0]
    covered = extrapolation.coverage(low, high, odd)
    assert covered >= 0.87
    assert extrapolation.coverage(low, high, extrapolation.even) == pytest.approx(
        0.90, abs=0.01
    )  # where they were chosen

    value, down, up = (v[:, 0] for v in (model.value, model.value - model.low, model.high - model.value))

    def inflated(factor: float) -> tuple[Array, Array]:
        return np.maximum(value - factor * down, 0.0), value + factor * up

    assert extrapolation.coverage(*inflated(1.0), odd) < 0.65  # trusting the form fails
    factor = next(k for k in np.arange(1.0, 40.0, 0.1) if extrapolation.coverage(*inflated(k), odd) >= covered)
    assert extrapolation.width(low, high, odd) <= extrapolation.width(*inflated(factor), odd)
