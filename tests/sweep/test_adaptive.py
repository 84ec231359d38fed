"""Adaptive sweeps: on where trials blur the law, stop where the choice of measured materials does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.config import Adaptive, Settings, Task, settings_from
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.sweep.adaptive import Growing, round_of, why_enough
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import Result, Shard
from simworth.sweep.tables import prediction_table, trial_table
from simworth.valuation.cube import trial_shares

from .planted import settings, task_data

D, ALPHA, C = 1.5, 0.4, 0.05


def adaptive(trials: int = 10, max_trials: int = 500, narrowing: float = 0.01, **training: object) -> Settings:
    given = settings(trials, **training)
    rule = Adaptive(max_trials=max_trials, narrowing=narrowing)
    return replace(given, tasks={"density": replace(given.tasks["density"], adaptive=rule)})


@dataclass
class Planted:
    """Stands for a sweeper: shards whose errors follow a law, blurred by material and by trial."""

    settings: Settings
    data: TaskData
    by_material: float
    """log-normal spread of the materials' own D, alpha and C"""
    by_trial: float
    """the same of a trial's, anew at every n"""
    name: str = "density"
    asked: list[Shard] = field(default_factory=list)

    @property
    def task(self) -> Task:
        return self.settings.tasks[self.name]

    def run(self, shards: list[Shard]) -> list[Result]:
        self.asked += shards
        return [self._result(shard) for shard in shards]

    def _result(self, shard: Shard) -> Result:
        materials = np.arange(len(self.data.target.items))
        slope, decay, gap = np.exp(self.by_material * np.random.default_rng(1).normal(size=(3, len(materials))))
        trials, predictions = [], []
        for trial in shard.trials:
            test = np.random.default_rng([2, trial]).permutation(materials)[: len(materials) // 5]
            luck = np.exp(self.by_trial * np.random.default_rng([3, trial, shard.n]).normal())
            error = (slope[test] * D * max(shard.n, 1) ** (-decay[test] * ALPHA) + gap[test] * C) * luck
            key = {"learning": shard.learning, "n": shard.n, "m": shard.m, "trial": trial}
            trials.append({**key, "status": "ok", "reason": ""})
            predictions += [
                {**key, "item": f"{j}", "y_true": 0.0, "y_pred": e} for j, e in zip(test, error, strict=True)
            ]
        return Result(pd.DataFrame(trials), pd.DataFrame(predictions), {}, 0)


def grown(given: Settings, by_material: float, by_trial: float, measured: int) -> Growing:
    data = task_data(600, measured)
    sweeper = Planted(given, data, by_material, by_trial)
    growing = Growing(sweeper, plan(given.tasks["density"], data), trial_shares)  # type: ignore[arg-type]
    growing.run()
    return growing


def test_stops_early_where_materials_dominate() -> None:
    found = grown(adaptive(20), by_material=0.4, by_trial=0.01, measured=60)
    assert 20 <= found.trials <= 150
    assert "the choice of measured materials dominates" in found.reason
    assert found.steps[-1].most[1] < 0.5


def test_goes_on_where_trials_dominate() -> None:
    found = grown(adaptive(20, max_trials=120), by_material=0.02, by_trial=0.2, measured=200)
    assert found.trials == 120
    assert "the most allowed" in found.reason
    assert found.steps[-1].most[1] > 0.8
    assert [step.trials for step in found.steps] == list(range(20, 121, 10))


def test_ends_where_a_block_more_adds_little_even_to_trials_alone() -> None:
    found = grown(adaptive(20, narrowing=0.06), by_material=0.02, by_trial=0.2, measured=200)
    assert found.trials == 80  # 1 - sqrt(80 / 90) = 0.057
    assert "trials still make up" in found.reason


def test_every_size_takes_the_same_whole_blocks_and_the_grid_none() -> None:
    given = adaptive(20, max_trials=45)
    task = replace(given.tasks["density"], surface={"points": 3})
    given = replace(given, tasks={"density": task})
    found = grown(given, by_material=0.02, by_trial=0.2, measured=200)
    assert found.trials == 45
    blocks = {(u.learning, u.n): [v.block for v in found.planned.curve if (v.learning, v.n) == (u.learning, u.n)]
              for u in found.planned.curve}  # fmt: skip
    assert set(map(tuple, blocks.values())) == {(0, 1, 2, 3, 4)}
    assert {shard.block for shard in found.planned.grid} == {0, 1}
    asked = found.sweeper.asked  # type: ignore[attr-defined]
    assert len(asked) == len(set(asked)), "no shard is asked for twice"
    assert trial_table(found.results, found.trials)["trial"].max() == 44


def test_without_the_option_nothing_grows_and_the_summary_is_silent() -> None:
    found = grown(settings(20), by_material=0.02, by_trial=0.2, measured=200)
    assert found.trials == 20 and found.steps == [] and found.growth is None


def test_summary_tells_every_step() -> None:
    found = grown(adaptive(20, max_trials=40), 0.02, 0.2, 200)
    growth = found.growth
    assert growth is not None and found.trials == 40 and growth.start == 20
    assert [one.trials for one in growth.steps] == [20, 30, 40]
    assert set(growth.steps[0].shares) == {"alpha", "C", "error at n_max"}


def test_without_a_law_nothing_is_added() -> None:
    assert "no law can be fitted" in why_enough(round_of(30, {}), Adaptive())


def swept(given: Settings, data: TaskData) -> tuple[Growing, pd.DataFrame, pd.DataFrame]:
    growing = Growing(Sweeper(given, "density", data, store_root()), plan(given.tasks["density"], data), trial_shares)
    growing.run()
    return growing, *(make(growing.results, growing.trials) for make in (trial_table, prediction_table))


def test_same_units_and_numbers_after_an_interruption_with_other_workers(
    tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, data = adaptive(10, max_trials=20, narrowing=0.001, max_epochs=2), task_data(simulated=90)
    first, trials, predictions = swept(given, data)
    assert first.trials == 20
    shards = sorted(path.name for path in own_store.rglob("*.safetensors") if ".weights." not in path.name)
    plain = replace(given.tasks["density"], adaptive=None, trials=20)
    names = Sweeper(replace(given, tasks={"density": plain}), "density", data, store_root())
    assert shards == sorted(names.path(shard).name for shard in plan(plain, data).shards), "nothing retrains"
    monkeypatch.setenv("SIMWORTH_STORE", str(own_store) + "-other")
    cut = Sweeper(given, "density", data, store_root())
    cut.run(plan(given.tasks["density"], data).shards[:3])  # what an interrupted run had kept
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    again, trials_again, predictions_again = swept(given, data)
    assert again.steps == first.steps and again.reason == first.reason
    pd.testing.assert_frame_equal(trials, trials_again)
    pd.testing.assert_frame_equal(predictions, predictions_again)


def test_limits_are_checked() -> None:
    with pytest.raises(SimworthError, match="max_trials must be at least trials = 600, got 500"):
        settings_from({**_raw(600), "seed": 1}, "a test")


def _raw(trials: int) -> dict[str, object]:
    side = {"database": "db"}
    task = {"property": "p", "source": side, "target": side, "descriptors": ["x"], "trials": trials, "adaptive": {}}
    return {
        "databases": {"db": {"releases": ["one"]}},
        "properties": {"p": {"unit": "", "range": [0, 1]}},
        "tasks": {"t": task},
    }
