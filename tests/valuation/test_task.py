"""One task's valuation, from tables with a planted law."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fake_tables import Planted, Tables, planted, waiting

from simworth.errors import SimworthError
from simworth.valuation.cube import errors_of
from simworth.valuation.entry import entry_of
from simworth.valuation.task import TaskValuation, error_unit, value_task

LEVEL = 0.9


def value(tables: Tables, level: float = LEVEL) -> TaskValuation:
    return value_task(tables.trials, tables.predictions, tables.summary, level)


def test_planted_law_lies_in_its_intervals() -> None:
    plan = Planted(n_max=70_000, materials=200, trials=60, spread=0.4)
    found = value(planted(plan))
    assert found.law is not None
    for name, truth in (("alpha", plan.alpha), ("C", plan.c * 1.039)):  # mean of the noise around each error
        estimate = found.law.parameters[name]
        assert estimate.low <= truth <= estimate.high
        assert estimate.value == pytest.approx(truth, rel=0.25)
    assert found.law.verdict == "saturated"  # at 70,000 D n^-alpha is a twentieth of C
    assert found.law.gap == "identified"


def test_numbers_at_n_max_are_those_of_the_tables(density: Tables, valued: TaskValuation) -> None:
    last = density.trials.query("n == 1060")["mae"].mean()
    direct = density.trials.query("learning == 'direct'")["mae"].mean()
    entry = entry_of(valued)
    assert entry["mae_at_n_max"] == pytest.approx(last)
    assert entry["direct_mae"] == pytest.approx(direct)
    assert entry["direct_minus_transfer"]["value"] == pytest.approx(direct - last)
    assert entry["n_max"] == 1060 and entry["m"] == 64 and entry["trials"] == 30


def test_materials_widen_every_interval_of_the_curve(valued: TaskValuation) -> None:
    for point in valued.curve:
        wide, narrow = point.mae.over_materials, point.mae.over_trials
        assert wide.low < narrow.low < wide.value < narrow.high < wide.high
    assert valued.law is not None and valued.law_here is not None
    wide, narrow = valued.law.forecast["x2"].mae, valued.law_here.forecast["x2"].mae
    assert wide.high - wide.low > narrow.high - narrow.low


def test_doubling_is_narrower_than_its_two_ends(valued: TaskValuation) -> None:
    assert valued.law is not None
    gain, ahead = valued.law.doubling, valued.law.forecast["x2"].mae
    law = {name: estimate.value for name, estimate in valued.law.parameters.items()}
    now = law["D"] * 1060 ** -law["alpha"] + law["C"]
    assert gain.value == pytest.approx(now - ahead.value)
    assert gain.low < gain.value < gain.high
    assert gain.high - gain.low < ahead.high - ahead.low


def test_transfer_that_does_harm_is_said_so() -> None:
    found = value(planted(Planted(direct=0.02)))
    assert found.gain is not None and found.gain.over_materials.high < 0


def test_direct_learning_within_noise_is_undecided() -> None:
    plan = Planted(d=1e-6, alpha=0.3, c=0.03, direct=0.03)
    found = value(planted(plan))
    assert found.gain is not None
    assert found.gain.over_materials.low < 0 < found.gain.over_materials.high


def test_only_the_full_training_side_counts(density: Tables, valued: TaskValuation) -> None:
    fewer = density.predictions.assign(m=12, y_pred=density.predictions["y_true"] + 1.0)
    rows = density.trials.assign(m=12, mae=1.0)
    both = replace(
        density,
        trials=pd.concat([density.trials, rows], ignore_index=True),
        predictions=pd.concat([density.predictions, fewer], ignore_index=True),
    )
    assert entry_of(value(both)) == entry_of(valued)


def test_order_of_rows_does_not_matter(density: Tables, valued: TaskValuation) -> None:
    shuffled = replace(density, predictions=density.predictions.sample(frac=1, random_state=3))
    again = entry_of(value(shuffled))
    assert again["law"]["alpha"]["value"] == pytest.approx(entry_of(valued)["law"]["alpha"]["value"], rel=1e-8)


def test_failed_trials_are_left_out_and_masked(density: Tables) -> None:
    hit = (density.trials["n"] == 1060) & (density.trials["trial"] == 4)
    trials = density.trials.assign(status=np.where(hit, "failed", "ok"))
    gone = (density.predictions["n"] == 1060) & (density.predictions["trial"] == 4)
    found = value_task(trials, density.predictions[~gone], density.summary, LEVEL)
    assert found.curve[-1].trials == 29 and found.curve[-2].trials == 30


def test_cube_masks_what_a_trial_did_not_test(density: Tables) -> None:
    cube = errors_of(density.trials, density.predictions, "density").cube()
    assert cube.shape == (30, 10, 80)
    assert (np.ma.count(cube, axis=2) == 16).all()


def test_waiting_keeps_its_reason() -> None:
    found = value(waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity"))
    assert entry_of(found) == {
        "status": "waiting",
        "reason": "no measured heat_capacity",
        "unit": "J/(kg K)",
        "releases": {},
    }


def test_too_few_sizes_fail_with_the_reason() -> None:
    found = value(planted(Planted(points=4)))
    assert found.status == "failed"
    assert "at least 5" in found.reason


def test_a_sweep_whose_trials_all_failed_is_failed(density: Tables) -> None:
    trials = density.trials.assign(status="failed", reason="diverged")
    found = value_task(trials, density.predictions, density.summary, LEVEL)
    assert found.status == "failed" and "no trial" in found.reason


def test_a_prediction_that_is_no_number_is_named(density: Tables) -> None:
    predictions = density.predictions.copy()
    predictions.loc[predictions.index[-1], "y_pred"] = np.nan
    with pytest.raises(SimworthError, match=r"density.*finite.*n 1060, trial 29"):
        value_task(density.trials, predictions, density.summary, LEVEL)


def test_tables_of_different_sweeps_are_refused(density: Tables) -> None:
    with pytest.raises(SimworthError, match="different sweeps"):
        value_task(density.trials, density.predictions.query("trial != 3"), density.summary, LEVEL)


def test_single_trial_has_no_trial_interval() -> None:
    tables = planted(Planted(trials=1))
    entry = entry_of(value(tables))
    assert entry["mae_at_n_max_interval"] == {"low": None, "high": None}
    assert entry["these_materials_only"] is None


def test_units_of_logarithms() -> None:
    assert error_unit("S/m", "log10") == "log10(S/m)"
    assert error_unit("", "linear") == ""
    with pytest.raises(SimworthError, match="'ln'"):
        error_unit("S/m", "ln")
