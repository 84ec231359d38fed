"""Groups of materials, from tables that the product's own stages made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.stages import Project, small_project

from simworth.columns import Quantity
from simworth.demo.workspace import Demo
from simworth.errors import SimworthError
from simworth.features import composition_kernel_mean
from simworth.valuation.groupings import BETWEEN, FAR, GROUPINGS, LIKE, NEAR, UNLIKE, Materials
from simworth.valuation.records import Fit, Valued

TASK = "electrical_conductivity"


@pytest.fixture(scope="module")
def conductors(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Compositions whose conductivities the Wiedemann-Franz law ties more or less, swept and fitted."""
    project = small_project(tmp_path_factory.mktemp("conductors"), [TASK], Demo(size=120, trials=10, seed=2))
    project.run(f"fit@{TASK}")
    return project


def tenths(project: Project) -> dict[str, list[str]]:
    """Materials nearest to and farthest from kappa = L sigma T, from the clean table in W/(m K) and S/m."""
    clean = pd.read_parquet(project.root / "data/clean/starrydata.parquet")
    clean = clean[clean["converged"]]
    values = clean.pivot_table(index="item", columns="property", values="value", aggfunc="median").dropna()
    tested = pd.read_parquet(project.root / f"results/predictions/{TASK}.parquet")["item"].unique()
    values = values.loc[values.index.isin(tested)]
    electronic = 2.44e-8 * values["electrical_conductivity"] * 300
    off = np.abs(np.log10(values["thermal_conductivity_inorganic"] / electronic)).sort_values()
    size = round(0.1 * len(off))
    return {NEAR: sorted(off.index[:size]), FAR: sorted(off.index[-size:])}


def test_wiedemann_franz_groups_compare_conductivities_whatever_their_scale(conductors: Project) -> None:
    """The source's property is linear in params.yaml, the target's is log10."""
    predictions = pd.read_parquet(conductors.root / f"results/predictions/{TASK}.parquet")
    fit = json.loads((conductors.root / f"results/fits/{TASK}.json").read_text())
    kappa = Quantity("thermal_conductivity_inorganic", "W/(m K)", "linear")
    sigma = Quantity(TASK, "S/m", "log10")
    groups = GROUPINGS["wiedemann_franz"](Materials(predictions, pd.DataFrame(), sigma, kappa))
    expected = tenths(conductors)
    assert len(expected[NEAR]) >= 5
    for name, items in expected.items():
        assert sorted(item for item, group in groups.measured.items() if group == name) == items
        errors = _errors_at_n_max(predictions, items)
        assert fit["entry"]["classes"][name]["mae_at_n_max"] == pytest.approx(errors, rel=1e-4)


def _errors_at_n_max(predictions: pd.DataFrame, items: list[str]) -> float:
    """Mean absolute error of some materials, each counted once however often it was tested."""
    rows = predictions[(predictions["n"] == predictions["n"].max()) & predictions["item"].isin(items)]
    rows = rows[rows["m"] == rows["m"].max()]
    error = (rows["y_pred"] - rows["y_true"]).abs()
    return float(error.groupby(rows["item"]).mean().mean())


def test_other_units_are_refused_with_the_setting_to_change(conductors: Project) -> None:
    predictions = pd.read_parquet(conductors.root / f"results/predictions/{TASK}.parquet")
    kappa = Quantity("thermal_conductivity_inorganic", "mW/(cm K)", "linear")
    materials = Materials(predictions, pd.DataFrame(), Quantity(TASK, "S/m", "log10"), kappa)
    with pytest.raises(SimworthError, match=r"must be in W/\(m K\), is in mW.*properties\.thermal_cond"):
        GROUPINGS["wiedemann_franz"](materials)


def test_unknown_grouping_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimworthError, match=r"no grouping 'material_clas'.*did you mean 'material_class'"):
        GROUPINGS["material_clas"]


def test_materials_like_the_measured_ones_and_unlike_them(conductors: Project) -> None:
    """Thirds by distance, without a second sweep; distances computed by hand."""
    conductors.settings({"groups": "distance"}, TASK)
    conductors.again(f"fit@{TASK}")
    fit = Fit.read(conductors.root / f"results/fits/{TASK}.json").entry
    assert isinstance(fit, Valued) and set(fit.classes) == {LIKE, BETWEEN, UNLIKE}
    samples = pd.read_parquet(conductors.root / f"data/prepared/{TASK}/samples.parquet")
    structures = sorted(samples.loc[samples["side"] == "target", "structure"].unique())
    values = composition_kernel_mean(structures)
    values = values[:, values.std(axis=0) > 1e-6 * np.abs(values).max(axis=0)]
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    far = np.linalg.norm(values[:, None] - values[None], axis=2) + np.diag(np.full(len(values), np.inf))
    predictions = pd.read_parquet(conductors.root / f"results/predictions/{TASK}.parquet")
    tested = np.isin(structures, predictions["item"].unique())
    order = [row for row in np.argsort(far.min(axis=1), kind="stable") if tested[row]]
    size = round(len(order) / 3)
    assert fit.classes[LIKE].measured == size > 20
    for name, rows in ((LIKE, order[:size]), (UNLIKE, order[round(2 * len(order) / 3) :])):
        errors = _errors_at_n_max(predictions, [structures[row] for row in rows])
        assert fit.classes[name].mae_at_n_max == pytest.approx(errors, rel=1e-4)
    assert sum(one.simulated for one in fit.classes.values()) == samples[samples["side"] == "source"]["item"].nunique()
