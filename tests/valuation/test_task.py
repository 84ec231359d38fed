"""One task's valuation, from tables with a planted law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_tables import Planted, Tables, planted, value, valued_entry, waiting

from simworth.columns import Quantity
from simworth.errors import SimworthError
from simworth.valuation.cube import errors_of
from simworth.valuation.pieces import Interval
from simworth.valuation.records import Fit, Unvalued, Valuation, Valued
from simworth.valuation.table import table_of_laws


def test_planted_law_lies_in_its_intervals() -> None:
    plan = Planted(n_max=70_000, materials=200, trials=60, spread=0.4)
    found = valued_entry(planted(plan))
    for name, truth in (("alpha", plan.alpha), ("C", plan.c * 1.039)):  # mean of the noise around each error
        estimate = found.law[name]
        assert estimate.low <= truth <= estimate.high
        assert estimate.value == pytest.approx(truth, rel=0.25)
    assert found.verdict == "saturated"  # at 70,000 D n^-alpha is a twentieth of C
    assert found.gap == "identified"


def test_numbers_at_n_max_are_those_of_the_tables(density: Tables, valued: Fit) -> None:
    errors = density.predictions.assign(error=(density.predictions["y_pred"] - density.predictions["y_true"]).abs())
    by_material = errors.groupby(["learning", "n", "item"])["error"].mean().groupby(["learning", "n"]).mean()
    last, direct = by_material["transfer", 1060], by_material["direct", 0]
    entry = valued.entry
    assert isinstance(entry, Valued) and entry.direct_minus_transfer is not None
    assert entry.mae_at_n_max == pytest.approx(last)
    assert entry.direct_mae == pytest.approx(direct)
    assert entry.direct_minus_transfer.value == pytest.approx(direct - last)
    assert entry.n_max == 1060 and entry.m == 64 and entry.trials == 30


def test_materials_widen_every_interval_of_the_curve(valued: Fit) -> None:
    for point in valued.curve:
        assert point.low < point.trials_low < point.mae < point.trials_high < point.high  # type: ignore[operator]
    assert isinstance(valued.entry, Valued) and valued.entry.these_materials_only is not None
    wide, narrow = valued.entry.forecast["x2"], valued.entry.these_materials_only.forecast["x2"]
    assert wide.high - wide.low > narrow.high - narrow.low  # type: ignore[operator]


def test_doubling_is_narrower_than_its_two_ends(valued: Fit) -> None:
    assert isinstance(valued.entry, Valued)
    gain, ahead = valued.entry.doubling_lowers_mae_by, valued.entry.forecast["x2"]
    assert gain.low < gain.value < gain.high
    assert gain.high - gain.low < ahead.high - ahead.low  # type: ignore[operator]


def test_the_gain_of_a_doubling_is_the_fall_relative_to_today(valued: Fit) -> None:
    entry = valued.entry
    assert isinstance(entry, Valued) and entry.gain is not None
    gain, fall = entry.gain.x2, entry.doubling_lowers_mae_by
    assert gain.value == pytest.approx(fall.value / entry.mae_at_n_max, rel=0.05)
    assert gain.low < gain.value < gain.high
    odds = list(entry.gain.p_more_than.values())
    assert list(entry.gain.p_more_than) == ["0.01", "0.02", "0.05"] and odds == sorted(odds, reverse=True)
    assert [row.relative for row in entry.required_n] == [0.95, 0.9, 0.75, 0.5]


def test_transfer_that_does_harm_is_said_so() -> None:
    gain = valued_entry(planted(Planted(direct=0.02))).direct_minus_transfer
    assert gain is not None and gain.high < 0


def test_direct_learning_within_noise_is_undecided() -> None:
    plan = Planted(d=1e-6, alpha=0.3, c=0.03, direct=0.03)
    gain = valued_entry(planted(plan)).direct_minus_transfer
    assert gain is not None and gain.low < 0 < gain.high


def test_only_the_full_training_side_counts(density: Tables, valued: Fit) -> None:
    fewer = density.predictions.assign(m=12, y_pred=density.predictions["y_true"] + 1.0)
    rows = density.trials.assign(m=12, mae=1.0)
    both = replace(
        density,
        trials=pd.concat([density.trials, rows], ignore_index=True),
        predictions=pd.concat([density.predictions, fewer], ignore_index=True),
    )
    assert value(both).entry == valued.entry


def test_order_of_rows_does_not_matter(density: Tables, valued: Fit) -> None:
    shuffled = replace(density, predictions=density.predictions.sample(frac=1, random_state=3))
    assert isinstance(valued.entry, Valued)
    again = valued_entry(shuffled)
    assert again.law["alpha"].value == pytest.approx(valued.entry.law["alpha"].value, rel=1e-8)


def test_failed_trials_are_left_out_and_masked(density: Tables) -> None:
    hit = (density.trials["n"] == 1060) & (density.trials["trial"] == 4)
    trials = density.trials.assign(status=np.where(hit, "failed", "ok"))
    gone = (density.predictions["n"] == 1060) & (density.predictions["trial"] == 4)
    found = value(replace(density, trials=trials, predictions=density.predictions[~gone]))
    assert found.curve[-1].trials == 29 and found.curve[-2].trials == 30


def test_cube_masks_what_a_trial_did_not_test(density: Tables) -> None:
    cube = errors_of(density.trials, density.predictions, "density").cube()
    assert cube.errors.shape == (30, 10, 80)
    assert (np.ma.count(cube.errors, axis=2) == 16).all()


def test_waiting_keeps_its_reason() -> None:
    found = value(waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity"))
    assert found.entry == Unvalued(status="waiting", reason="no measured heat_capacity", unit="J/(kg K)")


def test_too_few_sizes_fail_with_the_reason() -> None:
    found = value(planted(Planted(points=4)))
    assert isinstance(found.entry, Unvalued) and found.entry.status == "failed"
    assert "at least 5" in found.entry.reason


def test_a_sweep_whose_trials_all_failed_is_failed(density: Tables) -> None:
    trials = density.trials.assign(status="failed", reason="diverged")
    found = value(replace(density, trials=trials)).entry
    assert isinstance(found, Unvalued) and found.status == "failed" and "no trial" in found.reason


def test_a_prediction_that_is_no_number_is_named(density: Tables) -> None:
    predictions = density.predictions.copy()
    predictions.loc[predictions.index[-1], "y_pred"] = np.nan
    with pytest.raises(SimworthError, match=r"density.*finite.*n 1060, trial 29"):
        value(replace(density, predictions=predictions))


def test_tables_of_different_sweeps_are_refused(density: Tables) -> None:
    with pytest.raises(SimworthError, match="different sweeps"):
        value(replace(density, predictions=density.predictions.query("trial != 3")))


def test_single_trial_has_no_trial_interval() -> None:
    entry = valued_entry(planted(Planted(trials=1)))
    assert entry.mae_at_n_max_interval == Interval(low=None, high=None)
    assert entry.these_materials_only is None


def test_units_of_logarithms() -> None:
    assert Quantity("sigma", "S/m", "log10").error_unit() == "log10(S/m)"
    assert Quantity("density", "", "linear").error_unit() == ""
    assert valued_entry(planted(Planted(unit="S/m", scale="log10", trials=3))).unit == "log10(S/m)"


def test_an_open_verdict_ends_with_what_is_excluded_and_what_would_settle_it() -> None:
    """Few materials that scatter much: neither a fall nor a standstill is proven."""
    found = value(planted(Planted(materials=30, trials=10, spread=0.9, d=0.02, alpha=0.2, c=0.03, seed=3)))
    entry = found.entry
    assert isinstance(entry, Valued) and entry.verdict == "inconclusive"
    assert entry.excluded and any("would tell" in text for text in entry.to_settle)
    said = " ".join(table_of_laws(Valuation(level=0.9, tasks={"density": entry})).split())
    assert f"; to settle it: {', or '.join(entry.to_settle)}. Simulations for an error" in said
