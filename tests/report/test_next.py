"""What to simulate next, on the page: the backtest whatever it says, the list, and the gains of classes behind it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from made_project import Project

from simworth.model.propose import class_gains, proposal_of
from simworth.scaling import Estimate
from simworth.valuation.backtest import Backtest, OrderPoint, against_random, order_sentence
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.noise import NoiseStudy, NoisyPoint


def errors(project: Project, factor: float) -> Errors:
    """Those of density, times `factor`."""
    tables = [pd.read_parquet(project.folder / f"results/{one}/density.parquet") for one in ("trials", "predictions")]
    found = errors_of(*tables, "density")
    return replace(found, transfer=found.transfer.assign(error=factor * found.transfer["error"]))


def backtest(project: Project, **factors: float) -> Backtest:
    """Of orders whose errors are those of random draws times a factor."""
    found = {name: errors(project, factor) for name, factor in factors.items()}
    orders = against_random(found, errors(project, 1.0), 0.9)
    return Backtest(
        task="density",
        date="2026-11-27",
        releases={"radonpy": ("PI1070",)},
        unit="g/cm^3",
        level=0.9,
        simulated=1070,
        m=64,
        materials=80,
        trials=8,
        orders=orders,
    )


def noise(halving: Estimate, doubling: Estimate) -> NoiseStudy:
    """Of density, with these falls."""
    return NoiseStudy(
        task="density",
        date="2026-11-27",
        releases={"radonpy": ("PI1070",)},
        unit="g/cm^3",
        level=0.9,
        n=1070,
        m=64,
        trials=8,
        replicates=4.6,
        noise=0.003,
        points=(NoisyPoint(variance=1, mae=0.04), NoisyPoint(variance=2, mae=0.041)),
        halving=halving,
        doubling=doubling,
    )


def test_an_order_that_errs_less_is_told_from_random_draws(project: Project) -> None:
    better, worse, same = backtest(project, better=0.7, worse=1.4, same=1.0).orders
    assert better.better and not worse.better and not same.better
    point: OrderPoint = better.points[-1]
    assert point.difference.value == pytest.approx(-0.3 * point.random) and point.reaches.value < point.n
    assert "better beats random draws" in order_sentence(better) and "does harm beside" in order_sentence(worse)
    assert "is not told apart from" in order_sentence(same) and abs(same.overall.value) < 1e-12


def test_the_page_shows_backtest_and_list(copy: Project) -> None:
    folder = copy.folder / "reports/next"
    assert copy.report("--next", str(folder)) == 0 and "What to simulate next" not in copy.page
    backtest(copy, proposed=1.4).write(folder / "density.backtest.json")
    parts = {"coverage": 2.0, "likeness": 1.5, "class_gain": 1.0, "disagreement": 0.5, "distance": 3.0, "cost": 4.0}
    listed = pd.DataFrame([{"smiles": "*CC(<b>)*", "class": "PSTR", "score": 0.25, **parts}])
    proposal_of("density", listed, better=False, sentence="no").write(folder / "density.proposal.json")
    half, twice = Estimate(0.001, 0.0005, 0.002), Estimate(0.01, 0.004, 0.02)
    noise(half, twice).write(folder / "density.noise.json")
    assert copy.report("--next", str(folder)) == 0
    page = copy.page
    assert page.count("twice as many structures by 0.0100") == 1 and "new structures buy more." in page
    assert "Likeness</th>" in page and "Class gain</th>" in page
    assert page.count("What to simulate next") == 1 and "Proposed does harm beside random draws" in page
    assert "drawn at random, since no backtest supports an order" in page and "*CC(&lt;b&gt;)*" in page


def test_classes_whose_error_still_falls_count_more(project: Project) -> None:
    gains = class_gains(project.folder / "results/fits/density.json")
    entry = project.entry("density")
    falls = {name: one.doubling_lowers_mae_by for name, one in entry.classes.items() if one.law}
    assert set(gains) == set(falls) and all(0.5 <= gain <= 2 for gain in gains.values())
    by_fall = sorted(gains, key=lambda name: falls[name].value if falls[name] else 0.0)
    assert sorted(gains.values()) == [gains[name] for name in by_fall]
    assert class_gains(project.folder / "none.json") == {}
