"""What to simulate next, on the page: the backtest whatever it says, the list, and the gains of classes behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_project import Project as MadeProject
from markupsafe import escape
from tests.stages import Project, fitted_project

from simworth.model.propose import class_gains
from simworth.valuation.backtest import Backtest, OrderPoint, ProposedList, against_random, order_sentence
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.noise import NoiseStudy, replicates_sentence

POOL = ["*CC(*)CCCCC", "*CC(*)c1ccccc1C", "*COC(*)CC", "*CC(*)OCCCC"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project, swept and fitted, with a pool of candidates."""
    made = fitted_project(tmp_path_factory.mktemp("next"))
    pd.DataFrame({"smiles": POOL}).to_csv(made.root / "pool.csv", index=False)
    return made


def errors(project: Project, factor: float) -> Errors:
    """Those of density, times `factor`."""
    trials, predictions = (
        pd.read_parquet(project.root / f"results/{one}/density.parquet") for one in ("trials", "predictions")
    )
    found = errors_of(trials, predictions, "density")
    return replace(found, transfer=found.transfer.assign(error=factor * found.transfer["error"]))


def test_an_order_that_errs_less_is_told_from_random_draws(small: Project) -> None:
    found = {name: errors(small, factor) for name, factor in {"better": 0.7, "worse": 1.4, "same": 1.0}.items()}
    better, worse, same = against_random(found, errors(small, 1.0), 0.9)
    assert better.better and not worse.better and not same.better
    point: OrderPoint = better.points[-1]
    assert point.difference.value == pytest.approx(-0.3 * point.random) and point.reaches.value < point.n
    assert "better beats random draws" in order_sentence(better) and "does harm beside" in order_sentence(worse)
    assert "is not told apart from" in order_sentence(same) and abs(same.overall.value) < 1e-12


def test_the_page_shows_backtest_list_and_noise(small: Project) -> None:
    page, left = small.root / "reports/index.html", small.root / "reports/next"
    small.run("scaling-report")
    assert "What to simulate next" not in page.read_text(encoding="utf-8")
    small.simworth("backtest", "density", "--orders", "nearest,proposed")
    small.simworth("noise", "density")
    small.simworth("propose", "density", "--candidates", "pool.csv", "--budget", "3")
    small.again("scaling-report")
    text = page.read_text(encoding="utf-8")
    assert text.count("What to simulate next") == 1
    backtest, noise = Backtest.read(left / "density.backtest.json"), NoiseStudy.read(left / "density.noise.json")
    for order in backtest.orders:
        assert escape(order_sentence(order, backtest.unit)[1:]) in text
    assert backtest.date in text and escape(replicates_sentence(noise)) in text
    listed = ProposedList.read(left / "density.proposal.json")
    assert listed.simulations == 3 and listed.order == "random" and "since no backtest supports an order" in text
    assert "Likeness</th>" in text and "Class gain</th>" in text
    assert all(f"<code>{escape(row.smiles)}</code>" in text for row in listed.first)


def test_classes_whose_error_still_falls_count_more(project: MadeProject, small: Project) -> None:
    gains = class_gains(project.folder / "results/fits/density.json")
    entry = project.entry("density")
    falls = {name: one.doubling_lowers_mae_by for name, one in entry.classes.items() if one.law}
    assert set(gains) == set(falls) and all(0.5 <= gain <= 2 for gain in gains.values())
    by_fall = sorted(gains, key=lambda name: falls[name].value if falls[name] else 0.0)
    assert sorted(gains.values()) == [gains[name] for name in by_fall]
    assert class_gains(Path("none.json")) == {}
    words = ["--candidates", "pool.csv", "--budget", "9", "--out", "by_class.csv", "--reports", "elsewhere"]
    small.simworth("propose", "density", *words, "--fits", str(project.folder / "results/fits"))
    table = pd.read_csv(small.root / "by_class.csv", keep_default_na=False)
    assert {"PSTR", "PVNL"} <= {*table["class"]} and (table["class_gain"] != 1).any()
    assert list(table["class_gain"]) == pytest.approx([gains.get(name, 1.0) for name in table["class"]])
