"""A small results folder as the pipeline would leave it, with numbers that a test can recompute."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.data.records import QualityReport, Snapshot
from simworth.environment import store_root
from simworth.scaling import Estimate
from simworth.sweep.records import SweepSummary, UsedShard
from simworth.sweep.shards import Result, write_shard
from simworth.valuation.pieces import Interval, Point, Sized
from simworth.valuation.records import Fit, Unvalued, Valued

PARAMS = """
seed: 7
databases:
  radonpy: {releases: [PI1070]}
  polyinfo: {releases: [rhnet, openpoly]}
properties:
  density: {unit: g/cm^3, range: [0.3, 3.0]}
  refractive_index: {unit: "", range: [1.2, 2.2]}
  heat_capacity: {unit: J/(kg K), range: [300.0, 8000.0]}
tasks:
  density: &task
    property: density
    source: {database: radonpy}
    target: {database: polyinfo}
    descriptors: [ffkm]
  refractive_index: {<<: *task, property: refractive_index}
  heat_capacity: {<<: *task, property: heat_capacity}
"""
SIZES = (100, 300, 1000)
TRIALS = 4
M = 40
MD5 = {"radonpy": "0123456789abcdef0123456789abcdef.dir", "polyinfo": "fedcba9876543210fedcba9876543210.dir"}


@dataclass
class Project:
    """A folder with params.yaml and results."""

    root: Path

    @property
    def options(self) -> list[str]:
        """Of `simworth publish`."""
        return [
            *("--params", str(self.root / "params.yaml")),
            *("--trials", str(self.root / "results/trials"), "--predictions", str(self.root / "results/predictions")),
            *("--sweeps", str(self.root / "results/sweeps"), "--fits", str(self.root / "results/fits")),
            *("--quality", str(self.root / "data/quality"), "--models", str(self.root / "models")),
            *("--surfaces", str(self.root / "results/surfaces"), "--ledger", str(self.root / "reports/ledger")),
        ]

    def write(self, name: str, content: dict[str, Any]) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.root / name).read_text())
        return content

    def summary(self, task: str) -> Path:
        return self.root / "results/sweeps" / f"{task}.json"

    def table(self, kind: str, task: str) -> Path:
        return self.root / "results" / kind / f"{task}.parquet"


def project(root: Path, tasks: tuple[str, ...] = ("density",), trials: int = TRIALS) -> Project:
    """Tasks that ran, and heat_capacity, which waits for data."""
    made = Project(root)
    (root / "params.yaml").write_text(PARAMS)
    for database, md5 in MD5.items():
        report = QualityReport(database=database, snapshot=Snapshot(md5=md5, files=()), properties={}, releases={})
        report.write(root / f"data/quality/{database}.json")
    for index, task in enumerate(tasks):
        add_task(made, task, trials=trials, shift=index)
    add_waiting(made)
    return made


def add_task(made: Project, task: str, trials: int = TRIALS, shift: int = 0, sizes: tuple[int, ...] = SIZES) -> None:
    """Results of one task; one trial of n = 300 failed."""
    table = trial_table(trials, shift, sizes)
    for kind, content in (("trials", table), ("predictions", predictions(table))):
        made.table(kind, task).parent.mkdir(parents=True, exist_ok=True)
        content.to_parquet(made.table(kind, task), index=False)
    keys = dict.fromkeys(zip(table["learning"], table["n"], table["m"], strict=True))
    shards = tuple(shard(task, *key) for key in keys)
    summary(task, trials, sizes, shards=shards).write(made.summary(task))
    fit(table, sizes).write(made.root / f"results/fits/{task}.json")


def add_waiting(made: Project) -> None:
    """A task without data."""
    empty = {"trials": TRIAL_COLUMNS, "predictions": PREDICTION_COLUMNS}
    for kind, columns in empty.items():
        pd.DataFrame(columns=list(columns)).to_parquet(made.table(kind, "heat_capacity"), index=False)
    reason = "database polyinfo has no measurements of heat_capacity yet"
    waits = summary("heat_capacity", TRIALS, SIZES, status="waiting", reason=reason)
    waits.write(made.summary("heat_capacity"))
    held = Unvalued(status="waiting", reason=reason, unit="J/(kg K)")
    places = {"task": "heat_capacity", "source": "radonpy", "target": "polyinfo"}
    Fit(level=0.9, law_version="1", entry=held, **places).write(made.root / "results/fits/heat_capacity.json")


def error(n: int, trial: int, shift: int = 0) -> float:
    """The planted error."""
    return float(0.03 + 0.4 * max(n, 30) ** -0.5 + 0.001 * trial + 0.01 * shift)


def trial_table(trials: int, shift: int, sizes: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for n in (0, *sizes):
        for trial in range(trials):
            mae = error(n, trial, shift)
            ok = (n, trial) != (300, 1)
            values = (mae, 1.3 * mae, 1 - mae) if ok else (np.nan,) * 3
            how = ("direct" if n == 0 else "transfer", n, M, trial, 2**63 + trial)
            why = ("ok", "") if ok else ("failed", "fine-tuning: the validation loss was never finite")
            rows.append((*how, *why, *values, 10, 0 if n == 0 else 30 + trial, 12))
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS)).astype({"seed": "uint64"})


def predictions(table: pd.DataFrame) -> pd.DataFrame:
    rows = [
        (row["learning"], row["n"], row["m"], row["trial"], f"*C{item}*", 1.0, 1.0 + row["mae"], np.nan)
        for row in table[table["status"] == "ok"].to_dict("records")
        for item in range(2)
    ]
    return pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))


def shard(task: str, learning: str, n: int, m: int, block: int = 0) -> UsedShard:
    """A shard of a summary; its file need not be there."""
    digest = f"{task}-{learning}-{n}-{m}-{block}"
    return UsedShard(learning=learning, n=int(n), m=int(m), block=block, digest=digest)


def summary(task: str, trials: int, sizes: tuple[int, ...], **changed: Any) -> SweepSummary:
    """What the sweep of a task says of itself."""
    known = {"status": "ok", "reason": "", "property": task, "unit": "g/cm^3", "scale": "linear", "trials": trials}
    known |= {"seed": 7, "n_grid": sizes, "n_max": sizes[-1], "m": M, "materials": 50, "simulated": sizes[-1]}
    releases = {"radonpy": ("PI1070",), "polyinfo": ("rhnet", "openpoly")}
    return SweepSummary(**{"task": task, "overlap": 20, "releases": releases, **known, **changed})


def fit(table: pd.DataFrame, sizes: tuple[int, ...]) -> Fit:
    """A fit of round numbers around the trials' means."""

    def point(n: int) -> Point:
        mae = float(table[table["n"] == n]["mae"].mean())
        ends = {"low": mae - 0.01, "high": mae + 0.01, "trials_low": mae, "trials_high": mae}
        return Point(n=n, mae=mae, trials=TRIALS, spread_low=mae, spread_high=mae, **ends)

    last, direct = point(sizes[-1]), point(0)
    entry = Valued(
        unit="g/cm^3",
        n_max=sizes[-1],
        m=M,
        materials=50,
        trials=TRIALS,
        law={"D": Estimate(0.4, 0.2, 0.8), "alpha": Estimate(0.5, 0.25, math.inf), "C": Estimate(0.03, 0.015, 0.05)},
        law_m=None,
        mae_at_n_max=last.mae,
        mae_at_n_max_interval=Interval(low=last.low, high=last.high),
        direct_mae=direct.mae,
        direct_mae_interval=Interval(low=direct.low, high=direct.high),
        direct_minus_transfer=Estimate(0.01, 0.005, 0.015),
        verdict="scaling",
        verdict_reason="ten times n would lower the error by more than 5 %",
        gap="identified",
        forecast={"x2": Sized(n=2 * sizes[-1], mae=0.04, low=0.03, high=None)},
        doubling_lowers_mae_by=Estimate(0.002, 0.001, 0.003),
        equivalent_samples=None,
        classes={},
        these_materials_only=None,
        diagnostics={},
        surface=None,
        grouping=None,
    )
    places = {"task": "density", "source": "radonpy", "target": "polyinfo"}
    curve = tuple(point(n) for n in sizes)
    return Fit(level=0.9, law_version="1", entry=entry, curve=curve, direct=direct, **places)


def keep_units(made: Project, task: str, width: int = 6) -> dict[str, dict[str, np.ndarray]]:
    """Lay work units with small weights into the store; digest -> weights, (10, ...) each."""
    rng = np.random.default_rng(1)
    out = {}
    for one in SweepSummary.read(made.summary(task)).shards:
        weights = {
            "output.weight": rng.normal(size=(10, width, 1)).astype(np.float32),
            "output.bias": rng.normal(size=(10, 1)).astype(np.float32),
        }
        empty = [pd.DataFrame(columns=list(columns)) for columns in (TRIAL_COLUMNS, PREDICTION_COLUMNS)]
        path = store_root() / "units" / one.digest[:2] / f"{one.digest}.safetensors"
        write_shard(path, Result(empty[0], empty[1], weights, 0))
        out[one.digest] = weights
    return out
