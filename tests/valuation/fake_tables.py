"""Made-up sweeps with a planted law: what the tables would hold had every network behaved as the law says.

Each material has its own D and C; each trial tests a hashed fifth of the materials; errors are paired over n.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.data.records import QualityReport
from simworth.sweep.records import SweepSummary
from simworth.valuation.records import Fit, Valued
from simworth.valuation.task import TaskResults, value_task


@dataclass(frozen=True)
class Planted:
    """One task's truth and the size of its sweep."""

    task: str = "density"
    unit: str = "g/cm^3"
    scale: Literal["linear", "log10"] = "linear"
    d: float = 0.08
    alpha: float = 0.35
    c: float = 0.028
    direct: float = 0.058
    """error without simulations"""
    center: float = 1.1
    width: float = 0.16
    """mean and standard deviation of the measured values"""
    n_min: int = 100
    n_max: int = 1060
    points: int = 10
    trials: int = 30
    materials: int = 80
    spread: float = 0.5
    """log-normal spread of D and C between materials"""
    bias: float = 0.02
    """simulated less measured, relative"""
    simulated: int = 1060
    seed: int = 7


@dataclass(frozen=True)
class Tables:
    """What a sweep leaves."""

    trials: pd.DataFrame
    predictions: pd.DataFrame
    summary: SweepSummary

    def write(self, folder: Path) -> None:
        """Lay the three files below results/."""
        task = self.summary.task
        for name, table in (("trials", self.trials), ("predictions", self.predictions)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            table.to_parquet(folder / name / f"{task}.parquet", index=False)
        self.summary.write(folder / "sweeps" / f"{task}.json")


def value(tables: Tables, level: float = 0.9) -> Fit:
    """The valuation of a sweep's tables."""
    task = tables.summary.task
    return value_task(
        TaskResults(task, "radonpy", "polyinfo", tables.trials, tables.predictions, tables.summary), level
    )


def valued_entry(tables: Tables, level: float = 0.9) -> Valued:
    """The entry of a sweep that has a law."""
    entry = value(tables, level).entry
    assert isinstance(entry, Valued)
    return entry


def smiles(count: int) -> list[str]:
    """Distinct repeat units."""
    tails = ["", "O", "C", "F", "Cl", "N", "C(=O)O", "c1ccccc1", "C#N", "OC", "C(=O)OC", "C(=O)N"]
    names = [f"*{'C' * (1 + i // len(tails))}C(*){tails[i % len(tails)]}" for i in range(count)]
    return sorted(names)


def planted(plan: Planted) -> Tables:
    """Trials, predictions and summary of a sweep whose error follows the planted law."""
    rng = np.random.default_rng(plan.seed)
    items = smiles(plan.materials)
    own = np.exp(plan.spread * rng.standard_normal((2, plan.materials)) - plan.spread**2 / 2)
    grid = np.unique(np.round(np.geomspace(plan.n_min, plan.n_max, plan.points)).astype(int))
    truth = plan.center + plan.width * rng.standard_normal(plan.materials)
    simulated = truth * (1 + plan.bias) + 0.15 * plan.width * rng.standard_normal(plan.materials)
    simulated[rng.random(plan.materials) < 0.35] = np.nan
    sign = rng.choice([-1.0, 1.0], plan.materials)
    rows = []
    for trial in range(plan.trials):
        chosen = tested(plan, items, trial)
        mood = np.exp(0.06 * rng.standard_normal() + 0.25 * rng.standard_normal(plan.materials))
        for n in [0, *grid]:
            law = own[0] * plan.d * max(int(n), 1) ** -plan.alpha + own[1] * plan.c
            size = (law if n else own[1] * plan.direct) * mood * np.exp(0.1 * rng.standard_normal(plan.materials))
            learning = "transfer" if n else "direct"
            rows += [
                (learning, int(n), _m(plan), trial, items[i], truth[i], truth[i] + sign[i] * size[i], simulated[i])
                for i in chosen
            ]
    predictions = pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))
    keys = ["learning", "n", "m", "trial", "item"]
    predictions = predictions.sort_values(keys, ignore_index=True)
    return Tables(trial_table(predictions), predictions, _summary(plan, grid))


def waiting(task: str, unit: str, reason: str, scale: str = "linear") -> Tables:
    """A sweep that could not start."""
    plan = Planted(task=task, unit=unit, scale=scale, trials=2, materials=20)
    tables = planted(plan)
    always = {"task", "property", "unit", "scale", "trials", "seed", "releases"}
    summary = SweepSummary(**tables.summary.model_dump(include=always), status="waiting", reason=reason)
    return Tables(tables.trials.iloc[:0], tables.predictions.iloc[:0], summary)


def tested(plan: Planted, items: list[str], trial: int) -> list[int]:
    """Places of the materials that a trial tests: a hashed fifth."""

    def order(i: int) -> bytes:
        return hashlib.blake2b(f"{plan.seed} {plan.task} {trial} {items[i]}".encode()).digest()

    return sorted(range(len(items)), key=order)[: max(1, round(0.2 * len(items)))]


def _m(plan: Planted) -> int:
    return plan.materials - max(1, round(0.2 * plan.materials))


def trial_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The trials behind predictions."""
    rows = []
    for (learning, n, m, trial), part in predictions.groupby(["learning", "n", "m", "trial"], sort=True):
        error = (part["y_pred"] - part["y_true"]).to_numpy()
        spread = float(np.sum((part["y_true"] - part["y_true"].mean()) ** 2))
        r2 = 1 - float(np.sum(error**2)) / spread
        mae, rmse = float(np.abs(error).mean()), float(np.sqrt(np.mean(error**2)))
        epochs = 0 if learning == "direct" else 40
        rows.append((learning, n, m, trial, 1000 + trial, "ok", "", mae, rmse, r2, len(part), epochs, 20))
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def _summary(plan: Planted, grid: np.ndarray) -> SweepSummary:
    return SweepSummary(
        task=plan.task,
        status="ok",
        reason="",
        property=plan.task,
        unit=plan.unit,
        scale=plan.scale,
        trials=plan.trials,
        seed=plan.seed,
        n_grid=tuple(int(n) for n in grid),
        n_max=int(grid[-1]),
        m=_m(plan),
        materials=plan.materials,
        simulated=plan.simulated,
        overlap=round(0.65 * plan.materials),
        undescribed={"source": 4, "target": 1},
        undescribed_classes={"source": {"polysiloxanes": 4}, "target": {"": 1}},
        clipped_predictions=3,
        releases={"radonpy": ("PI1070",), "polyinfo": ("rhnet", "openpoly")},
    )


def quality(database: str) -> QualityReport:
    """A quality report as ingest writes it."""
    role, names = ("simulation", ["PI1070"]) if database == "radonpy" else ("experiment", ["rhnet", "openpoly"])
    files = [{"name": f"{name}.csv", "md5": name[0].lower() * 32, "rows": 1077} for name in names]
    files.append({"name": "README.txt", "md5": "f" * 32, "rows": None})
    properties = ["density", "refractive_index", "thermal_conductivity"]
    properties += ["heat_capacity"] if role == "simulation" else []
    return QualityReport.model_validate(
        {
            "database": database,
            "snapshot": {"md5": f"{'d' * 32}.dir", "files": files[::-1]},
            "properties": {name: {"release": names[0], "unit": "", **_held(role)} for name in properties},
            "releases": {name: _release(names.index(name), properties, role) for name in names},
        }
    )


def _held(role: str) -> dict[str, Any]:
    noise = 0.0034 if role == "simulation" else None
    counts = {"rows": 1075, "materials": 1060, "materials_measured_again": 15, "not_converged": 3, "replicates": 3180}
    return {**counts, "median_relative_spread": noise, "roles": {role: 1075}}


def _release(order: int, properties: list[str], role: str) -> dict[str, Any]:
    example = {"file": "some.csv", "row": 17, "column": "density", "value": "1132.4"}
    return {
        "date": "2022-05-01",
        "reader": "some",
        "licence": "MIT",
        "citation": "",
        "redistribute": True,
        "passed_over": {"density": 12} if order else {},
        "rows_read": 1077,
        "rows_kept": 1060,
        "rows_repeated": 2,
        "rows_broken": 0,
        "rows_without_values": 1,
        "rows_lost": 14,
        "values_read": 4300,
        "values_kept": 4240,
        "dropped": [
            {"reason": "density above 3 g/cm^3", "values": 9, "rows": 9, "example": example},
            {"reason": "structure: <b>not</b> a repeat unit & more", "values": 31, "rows": 8, "example": example},
        ],
        "properties": {name: _held(role) for name in properties},
        "classes": {"polystyrenes": 80},
        "units": {},
        "notes": [],
    }


def write_project(folder: Path) -> None:
    """Sweeps of four tasks and quality reports of two databases, laid out as dvc.yaml does."""
    sweeps = [
        planted(Planted(task="refractive_index", unit="", d=0.3, alpha=0.5, c=0.011, direct=0.021, center=1.5,
                        width=0.06, materials=73, seed=3)),
        planted(Planted()),
        waiting("heat_capacity", "J/(kg K)", "no selected release of polyinfo holds measured heat_capacity; add an "
                "export with `simworth release add polyinfo FILE`"),
        planted(Planted(task="thermal_conductivity", unit="W/(m K)", d=0.004, alpha=0.2, c=0.031, direct=0.035,
                        center=0.19, width=0.05, materials=45, seed=11, bias=0.25)),
    ]  # fmt: skip
    for tables in sweeps:
        tables.write(folder / "results")
    for database in ("radonpy", "polyinfo"):
        quality(database).write(folder / f"data/quality/{database}.json")
