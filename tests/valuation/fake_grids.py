"""Made-up n x m grids with a planted surface, and class tables for made-up sweeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from fake_tables import Planted, smiles, tested, trial_table

from simworth.columns import PREDICTION_COLUMNS, SAMPLE_COLUMNS, TRIAL_COLUMNS
from simworth.files import write_table
from simworth.scaling import Surface


@dataclass(frozen=True)
class Grid:
    """The two tables of the stage `surface`."""

    trials: pd.DataFrame
    predictions: pd.DataFrame

    @property
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.trials, self.predictions

    def write(self, results: Path, task: str) -> None:
        """Lay the two tables below results/."""
        for name, table in (("surfaces", self.trials), ("surface_predictions", self.predictions)):
            (results / name).mkdir(parents=True, exist_ok=True)
            table.to_parquet(results / name / f"{task}.parquet", index=False)


Truth = Callable[[float, float], float]
"""(n, m) -> error"""
TRUTH = Surface(A=0.9, alpha=0.35, B=0.05, beta=0.25, eps=0.01)


def planted_grid(plan: Planted, truth: Truth = TRUTH, m_points: int = 5, learning: str = "transfer") -> Grid:
    """A grid whose error follows `truth`; m is log-spaced from a fifth of the training side to the whole of it."""
    rng = np.random.default_rng(plan.seed)
    items = smiles(plan.materials)
    side = plan.materials - max(1, round(0.2 * plan.materials))
    own = np.exp(plan.spread * rng.standard_normal(plan.materials) - plan.spread**2 / 2)
    sizes_n = np.unique(np.round(np.geomspace(plan.n_min, plan.n_max, plan.points)).astype(int))
    sizes_m = np.unique(np.round(np.geomspace(0.2 * side, side, m_points)).astype(int))
    measured = plan.center + plan.width * rng.standard_normal(plan.materials)
    rows = []
    for trial in range(plan.trials):
        mood = np.exp(0.05 * rng.standard_normal(plan.materials))
        for n in sizes_n:
            for m in sizes_m:
                error = truth(int(n), int(m)) * own * mood * np.exp(0.05 * rng.standard_normal(plan.materials))
                rows += [
                    (learning, int(n), int(m), trial, items[i], measured[i], measured[i] + error[i], np.nan)
                    for i in tested(plan, items, trial)
                ]
    predictions = pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))
    predictions = predictions.sort_values(["learning", "n", "m", "trial", "item"], ignore_index=True)
    return Grid(trial_table(predictions), predictions)


def samples_of(side: str, items: list[str], classes: list[str]) -> pd.DataFrame:
    """A side of a prepared task, a row per material; '' is a class that the release does not give."""
    rows = pd.DataFrame(index=range(len(items)), columns=list(SAMPLE_COLUMNS))
    values = {
        "side": side, "material": items, "item": items, "structure": items, "partner": "", "temperature": 300.0,
        "value": 1.0, "simulated": np.nan, "spread": np.nan, "replicates": 1, "material_class": classes,
    }  # fmt: skip
    return rows.assign(**values).infer_objects()


def classes_by_error(predictions: pd.DataFrame, count: int = 6) -> pd.DataFrame:
    """A table of classes whose materials err alike: measured materials sorted by their mean error into `count`."""
    errors = (predictions["y_pred"] - predictions["y_true"]).abs().groupby(predictions["item"]).mean()
    names = "P" + pd.qcut(errors, count, labels=False).astype(str)
    return pd.DataFrame({"side": "target", "item": errors.index, "material_class": names.to_numpy()})


def write_samples(folder: Path) -> Path:
    """Samples of density: PSTR and PVNL are measured well, PAMD hardly, PIMD not at all."""
    measured = [name for name, count in {"PSTR": 36, "PVNL": 38, "PAMD": 6}.items() for _ in range(count)]
    made = ["PSTR"] * 60 + ["PVNL"] * 20 + ["PIMD"] * 20
    table = pd.concat([samples_of("source", smiles(100), made), samples_of("target", smiles(80), measured)])
    write_table(folder / "data/prepared/density/samples.parquet", table, SAMPLE_COLUMNS)
    return folder / "data/prepared/density/samples.parquet"


def empty_grid() -> Grid:
    """What the stage leaves for a task without `surface` in params.yaml."""
    return Grid(pd.DataFrame(columns=list(TRIAL_COLUMNS)), pd.DataFrame(columns=list(PREDICTION_COLUMNS)))


def class_table(items: list[str], shares: dict[str, int], simulated: dict[str, int]) -> pd.DataFrame:
    """The first `shares` items of each class, the rest unknown; simulated materials by number."""
    names = [name for name, count in shares.items() for _ in range(count)]
    names += [""] * (len(items) - len(names))
    target = pd.DataFrame({"side": "target", "item": items, "material_class": names[: len(items)]})
    made = [(f"*C{name}{i}*", name) for name, count in simulated.items() for i in range(count)]
    source = pd.DataFrame([("source", *pair) for pair in made], columns=["side", "item", "material_class"])
    return pd.concat([source, target], ignore_index=True)
