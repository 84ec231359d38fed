"""How often predictive intervals hold for groups that nothing was trained or calibrated on.

    python scripts/nested_coverage.py density chi chi_new_polymers
    python scripts/nested_coverage.py --by-trials chi chi_new_polymers

In a project whose pipeline ran (data/prepared, results/sweeps, params.yaml). Each fold leaves out whole groups (a
pair's polymer, else a material): a task's ensemble is trained anew on the other measurements, its interval calibrated
on what its own trials held out, and the left-out groups are asked. Coverage is the mean over groups, each counted
once, with an interval over groups; a prediction "declines" where it says that it is no better than the mean of the
measurements. With 5 folds of 10 trials, four to five minutes of processor time for chi and chi_new_polymers together.

--by-trials trains nothing: each sample is asked of the sweep's own trials that held it out, by an interval calibrated
without its group. Where a split holds groups out whole (chi_new_polymers), neither training nor calibration saw them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from simworth.config import Settings, settings_with
from simworth.model.interval import calibrate, groups_of, half_widths_by_others, held_out
from simworth.model.predictor import Predictor
from simworth.model.stage import ensemble
from simworth.prepare.arrays import SideData, TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.records import SweepSummary


def without(data: TaskData, materials: np.ndarray) -> TaskData:
    """The task with some measured materials (mask) left out."""
    side, kept = data.target, ~materials
    samples = kept[side.material]
    place = np.cumsum(kept) - 1
    target = SideData(
        [item for item, here in zip(side.items, kept, strict=True) if here],
        place[side.material[samples]],
        *(one[samples] for one in (side.values, side.rows, side.simulated)),
    )
    groups = None if data.groups is None else [g for g, here in zip(data.groups, kept, strict=True) if here]
    return replace(data, target=target, groups=groups, digest=f"{data.digest} {np.packbits(materials).tobytes().hex()}")


def folds_of(group: np.ndarray, folds: int, seed: int) -> list[np.ndarray]:
    """Group numbers of each fold, in random order."""
    return np.array_split(np.random.default_rng(seed).permutation(np.unique(group)), folds)


def judged(settings: Settings, summary: SweepSummary, prepared: Prepared, folds: int) -> pd.DataFrame:
    """Of every measured sample, asked of an ensemble without its group: group, inside, declines, error, by_mean."""
    data, side = prepared.ready(), prepared.ready().target
    group = groups_of(side)
    found = []
    for number, left in enumerate(folds_of(group, folds, settings.seed)):
        out = np.isin(group, left)
        inner = without(data, np.isin(np.arange(len(side.items)), side.material[out]))
        out = np.isin(side.material, side.material[out])
        made = ensemble(settings, summary, inner, prepared.record.temperatures)
        said = Predictor(made).of_inputs(data.inputs[side.rows[out]])
        low, high, mean = (np.array([getattr(one, name) for one in said]) for name in ("low", "high", "mean"))
        y = side.values[out]
        rows = {"fold": number, "group": group[out], "inside": (low <= y) & (y <= high), "error": np.abs(mean - y)}
        rows |= {"declines": [bool(one.note) for one in said], "by_mean": np.abs(y - inner.target.values.mean())}
        found.append(pd.DataFrame(rows | {"width": high - low}))
    return pd.concat(found, ignore_index=True)


def by_trials(settings: Settings, prepared: Prepared, predictions: pd.DataFrame) -> pd.DataFrame:
    """As `judged`, by the trials of the sweep at the largest n and m."""
    largest = predictions[predictions["n"] == predictions["n"].max()]
    held = held_out(prepared.ready(), largest[largest["m"] == largest["m"].max()])
    width = half_widths_by_others(held, settings.fit.level)
    found = calibrate(held, settings.fit.level)
    rows = {"group": held.group, "inside": held.residual <= width, "error": held.residual, "by_mean": held.deviation}
    return pd.DataFrame(rows | {"width": 2 * width, "declines": found is None or width >= found.marginal})


def over_groups(table: pd.DataFrame, column: str, level: float) -> tuple[float, float, float]:
    """Mean over groups, each counted once, and its interval by Student's t."""
    means = table.groupby("group")[column].mean().astype(float)
    half = float(student.ppf(0.5 + level / 2, len(means) - 1)) * means.std(ddof=1) / len(means) ** 0.5
    return means.mean(), means.mean() - half, means.mean() + half


def told(table: pd.DataFrame, level: float) -> str:
    """Coverage, and how far below the error of guessing the mean the ensemble's lies."""
    better = table.assign(gain=table["by_mean"] - table["error"])
    lines = ["  {:.3f} ({:.3f} to {:.3f}) within".format(*over_groups(table, "inside", level)) + f" {level:.0%}"]
    lines += [f"  median width {table['width'].median():.3g}, error {table['error'].mean():.3g}"]
    for name, part in (("all", better), ("not declined", better[~better["declines"]])):
        if part["group"].nunique() > 1:
            gain = "{:.3g} ({:.3g} to {:.3g})".format(*over_groups(part, "gain", level))
            lines.append(f"  {name}: {len(part)} samples, error below that of the mean by {gain}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="+")
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--by-trials", action="store_true")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simworth-nested-") as store:
        os.environ["SIMWORTH_STORE"] = store
        for task in asked.tasks:
            prepared = Prepared.read(asked.project / "data/prepared" / task)
            summary = SweepSummary.read(asked.project / "results/sweeps" / f"{task}.json")
            settings = settings_with(asked.project / "params.yaml", task)
            if asked.by_trials:
                predictions = pd.read_parquet(asked.project / "results/predictions" / f"{task}.parquet")
                table = by_trials(settings, prepared, predictions)
            else:
                table = judged(settings, summary.model_copy(update={"trials": asked.trials}), prepared, asked.folds)
            print(f"{task}: {len(table)} samples\n{told(table, settings.fit.level)}")


if __name__ == "__main__":
    main()
