"""The n x m grid: planted surfaces are found, and what cannot be fitted says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_grids import TRUTH, Grid, empty_grid, planted_grid
from fake_tables import Planted

from simworth.scaling import Estimate
from simworth.valuation.draws import Draws
from simworth.valuation.pieces import Equivalent
from simworth.valuation.surface import SurfaceValuation, value_surface

PLAN = Planted(n_max=10_000, points=6, trials=10, materials=60, spread=0.3)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return planted_grid(PLAN)


def valued(grid: Grid) -> SurfaceValuation:
    found = value_surface(*grid.tables, "density", 0.9, Draws())
    assert found is not None
    return found


@pytest.fixture(scope="module")
def surface(grid: Grid) -> SurfaceValuation:
    return valued(grid)


def holds(estimate: Estimate | Equivalent | None, truth: float) -> bool:
    assert estimate is not None
    return (estimate.low or 0) <= truth <= (estimate.high if estimate.high is not None else float("inf"))


@pytest.mark.parametrize("name", ["alpha", "beta", "eps"])
def test_intervals_hold_the_planted_surface(surface: SurfaceValuation, name: str) -> None:
    assert surface.fit.reason == "" and surface.fit.warnings == ()
    assert holds(getattr(surface.fit, name), getattr(TRUTH, name))


def test_equivalent_samples_are_the_gradients_ratio(surface: SurfaceValuation) -> None:
    worth = surface.equivalent
    assert worth is not None and worth.method == "surface"
    assert (worth.n, worth.m) == (10_000, 48)
    truth = TRUTH.equivalent_samples(worth.n, worth.m).value
    assert holds(worth, truth) and worth.value == pytest.approx(truth, rel=0.4)


def test_every_point_is_kept_with_an_interval(surface: SurfaceValuation, grid: Grid) -> None:
    assert len(surface.points) == 6 * 5
    for point in surface.points:
        assert point.low is not None and point.low < point.mae
        assert point.trials == 10
    last = grid.predictions.query("n == 10000 and m == 48")
    at = (last["y_pred"] - last["y_true"]).abs().groupby(last["item"]).mean().mean()
    assert surface.points[-1].mae == pytest.approx(at)


def test_the_law_in_m_is_fitted_at_the_largest_n(surface: SurfaceValuation) -> None:
    assert surface.law_m is not None and not surface.fit.law_m_reason
    assert holds(surface.law_m["alpha"], TRUTH.beta)


def test_four_sizes_of_m_give_a_surface_but_no_law_in_m() -> None:
    found = valued(planted_grid(PLAN, m_points=4))
    assert found.fit.A is not None
    assert found.law_m is None and "at least 5 distinct" in found.fit.law_m_reason


def test_one_m_keeps_the_reason() -> None:
    whole = planted_grid(PLAN)
    one = Grid(whole.trials.query("m == 48"), whole.predictions.query("m == 48"))
    found = valued(one)
    assert found.fit.A is None and "two or more sizes" in found.fit.reason
    assert found.equivalent is None


def test_thin_ground_is_said() -> None:
    found = valued(planted_grid(replace(PLAN, n_min=2_000)))
    assert any("decades" in text for text in found.fit.warnings)


def test_two_curves_take_over_by_evidence_not_by_the_kind_of_learning(grid: Grid) -> None:
    renamed = valued(Grid(*(table.assign(learning="multitask") for table in grid.tables)))
    worth = TRUTH.equivalent_samples(1e4, 48).value
    assert renamed.equivalent is not None and renamed.equivalent.method == "surface"
    assert holds(renamed.equivalent, worth)

    def synergistic(n: float, m: float) -> float:
        """Simulations help more the more is measured."""
        return float(0.02 + 0.5 * m**-0.2 * n ** (-0.02 - 0.2 * np.log(m / 10)))

    found = valued(planted_grid(PLAN, synergistic))
    assert found.equivalent is not None and found.equivalent.method == "two curves"
    assert any("the form of the surface does not hold" in text for text in found.fit.warnings)
    step, here = 1e-4, synergistic(1e4, 48)
    by_n, by_m = synergistic(1e4 * (1 + step), 48) - here, synergistic(1e4, 48 * (1 + step)) - here
    assert holds(found.equivalent, by_m / 48 / (by_n / 1e4))


def test_no_grid_no_surface() -> None:
    assert value_surface(*empty_grid().tables, "density", 0.9, Draws()) is None


def test_direct_learning_is_no_point_of_the_grid(grid: Grid, surface: SurfaceValuation) -> None:
    extra = Grid(*(table.assign(learning="direct", n=0) for table in (t[t["n"] == 100] for t in grid.tables)))
    both = Grid(
        pd.concat([grid.trials, extra.trials]).drop_duplicates(["learning", "n", "m", "trial"]),
        pd.concat([grid.predictions, extra.predictions]),
    )
    assert valued(both) == surface
