"""Sweeps: reproducible to the bit, resumable, leak-free, and right about what transfer buys."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import Settings, SurfaceGrid
from simworth.environment import store_root
from simworth.files import write_table
from simworth.prepare.arrays import TaskData
from simworth.sweep import progress
from simworth.sweep.compute import compute, compute_on
from simworth.sweep.plan import groups, n_grid, plan
from simworth.sweep.problem import Problem, TrialBlock
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import BLOCK, Result, Shard, write_shard
from simworth.sweep.tables import prediction_table, trial_table

from .planted import COLUMNS, pairs_data, pairs_task, settings, task_data


def tables(given: Settings, data: TaskData, folder: Path, name: str) -> tuple[bytes, bytes, pd.DataFrame]:
    task = given.tasks["density"]
    results = Sweeper(given, "density", data, store_root()).run(plan(task, data).shards)
    trials, predictions = trial_table(results, task.trials), prediction_table(results, task.trials)
    write_table(folder / f"{name}-t.parquet", trials, TRIAL_COLUMNS)
    write_table(folder / f"{name}-p.parquet", predictions, PREDICTION_COLUMNS)
    written = [(folder / f"{name}-{kind}.parquet").read_bytes() for kind in "tp"]
    return written[0], written[1], trials


def test_same_seed_same_bytes_whatever_the_workers(
    tmp_path: Path, own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, data = settings(max_epochs=4), task_data(simulated=90)
    one = tables(given, data, tmp_path, "one")
    monkeypatch.setenv("SIMWORTH_STORE", str(own_store) + "-other")
    monkeypatch.setenv("SIMWORTH_WORKERS", "2")
    two = tables(given, data, tmp_path, "two")
    assert one[:2] == two[:2]


def test_tables_keep_their_contract(tmp_path: Path) -> None:
    trials = tables(settings(max_epochs=3), task_data(simulated=90), tmp_path, "x")[2]
    assert list(trials.columns) == list(TRIAL_COLUMNS)
    assert (trials["status"] == "ok").all()
    assert trials.groupby(["learning", "n"]).size().eq(10).all()
    assert set(trials.loc[trials["learning"] == "direct", "n"]) == {0}
    predictions = pd.read_parquet(tmp_path / "x-p.parquet")
    assert list(predictions.columns) == list(PREDICTION_COLUMNS)
    errors = (predictions["y_pred"] - predictions["y_true"]).abs()
    means = errors.groupby([predictions[key] for key in ("learning", "n", "m", "trial")]).mean()
    np.testing.assert_allclose(means.to_numpy(), trials["mae"].to_numpy(), rtol=1e-12)
    sides = predictions.groupby("trial")["item"].apply(set)
    assert sides.map(len).eq(10).all(), "a trial has one test set, at every n and for direct learning"


def test_transfer_beats_direct_learning_and_bias_costs(tmp_path: Path) -> None:
    """Planted truth: simulations of small bias help, and a larger bias ends with a larger error at n_max."""
    ends = {}
    for bias in (0.1, 0.9):
        trials = tables(settings(), task_data(600, bias=bias), tmp_path, str(bias))[2]
        means = trials.groupby(["learning", "n"])["mae"].mean()
        ends[bias] = means["transfer"].iloc[-1]
        if bias == 0.1:
            assert means["transfer"].iloc[-1] < 0.8 * means["transfer"].iloc[0]
            assert means["transfer"].iloc[-1] < 0.8 * means["direct"].iloc[0]
    assert ends[0.9] > 1.2 * ends[0.1]


def test_more_trials_keep_the_finished_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = task_data(simulated=90)
    few = tables(settings(trials=5, max_epochs=3), data, tmp_path, "few")[2]
    written: list[Path] = []

    def spy(path: Path, result: Result) -> Result:
        written.append(path)
        return write_shard(path, result)

    monkeypatch.setattr("simworth.sweep.run.write_shard", spy)
    many = tables(settings(trials=15, max_epochs=3), data, tmp_path, "many")[2]
    kept = many[many["trial"] < 5].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, few)
    assert len(written) == 6, "only the second block, once per n and for direct learning"


def test_test_rows_leave_no_trace_in_training() -> None:
    """Permuting the test materials' values changes no weight."""
    given, data = settings(max_epochs=3), task_data(simulated=90)
    problem = Problem.of("density", given.tasks["density"], given.seed, data)
    shard = Shard("transfer", 60, 40, 0)
    before = compute(problem, [shard])[0]
    for trial in range(BLOCK):
        tested = set(before.predictions.loc[before.predictions["trial"] == trial, "item"])
        rows = np.array([k for k, item in enumerate(data.target.items) if item in tested])
        values = data.target.values.copy()
        values[rows] = values[np.roll(rows, 1)] + 100
        changed = dataclasses.replace(data, target=dataclasses.replace(data.target, values=values))
        if trial in (0, 7):
            after = compute(Problem.of("density", given.tasks["density"], given.seed, changed), [shard])[0]
            for name, weight in before.weights.items():
                assert np.array_equal(weight[trial], after.weights[name][trial]), name


def test_blocks_trained_as_one_give_what_each_gives_alone() -> None:
    """As on a GPU, where hundreds of trials share each step."""
    given, data = settings(trials=30, max_epochs=8), task_data(simulated=90)
    task = dataclasses.replace(given.tasks["density"], surface=SurfaceGrid(points=3))
    problem, planned = Problem.of("density", task, given.seed, data), plan(task, data)
    wanted = [shard for shard in planned.shards if shard.n in (0, planned.n_grid[0])]
    merged = groups(task, wanted, together=50)
    assert sorted(len(group) for group in merged) == [3, 9], "direct learning; every m of one n"
    alone = {
        shard: result
        for group in groups(task, wanted)
        for shard, result in zip(group, compute(problem, group), strict=True)
    }
    for group in merged:
        for shard, result in zip(group, compute(problem, group), strict=True):
            pd.testing.assert_frame_equal(result.trials, alone[shard].trials)
            pd.testing.assert_frame_equal(result.predictions, alone[shard].predictions)
            assert result.weights.keys() == alone[shard].weights.keys()
            assert all(np.array_equal(value, alone[shard].weights[name]) for name, value in result.weights.items())


def test_only_blocks_that_want_the_same_are_merged() -> None:
    """After an interruption one block may lack fewer shards than another."""
    task = settings(trials=20).tasks["density"]
    shards = [Shard("transfer", 60, 20, 0), Shard("transfer", 60, 40, 0), Shard("transfer", 60, 40, 1)]
    assert sorted(groups(task, shards, together=50)) == [shards[:2], shards[2:]]
    pairs = [Shard("multitask", 60, 40, block) for block in (0, 1)]
    assert len(groups(dataclasses.replace(task, learning="multitask"), pairs, together=50)) == 1


def test_progress_moves_within_a_shard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One long shard: lines with epochs before its end."""
    for name, seconds in (("_NOTE_EVERY", 0.0), ("_LOOK_EVERY", 0.02), ("_SAY_EVERY", 0.1)):
        monkeypatch.setattr(progress, name, seconds)
    sweeper = Sweeper(settings(max_epochs=60, patience=60), "density", task_data(simulated=300), store_root())
    sweeper.run([Shard("transfer", 300, 40, 0)])
    lines = [line for line in capsys.readouterr().err.splitlines() if "trained in" in line]
    shares = [int(line.split("%")[0].rsplit(" ", 1)[1]) for line in lines]
    assert len(set(shares)) > 2 and shares == sorted(shares) and shares[-1] == 100
    assert any("n = 300: epoch" in line and "10 models still learning" in line for line in lines)
    assert not list((store_root() / "progress").iterdir()), "notes end with the sweep"


def test_grid_is_the_studys() -> None:
    task = settings().tasks["density"]
    assert n_grid(dataclasses.replace(task.grid, points=10, n_min=100), 71068)[::9] == [100, 71068]
    assert n_grid(dataclasses.replace(task.grid, points=10, n_min=100), 1060) == [
        *(100, 130, 169, 220, 286, 371, 483, 627, 815, 1060)
    ]


def test_plan_starts_with_the_dearest_and_holds_whole_blocks() -> None:
    planned = plan(settings(trials=11).tasks["density"], task_data())
    assert planned.m == 40
    assert len(planned.shards) == 2 * (len(planned.n_grid) + 1)
    ordered = groups(settings().tasks["density"], planned.shards)
    assert ordered[0][0].n == planned.n_grid[-1]
    assert ordered[-1][0].learning == "direct"


def test_a_surface_shares_its_pretraining_with_the_curve() -> None:
    """A shard's numbers are the same whichever shards it is computed with."""
    given, data = settings(max_epochs=3), task_data(simulated=90)
    task = dataclasses.replace(given.tasks["density"], surface=SurfaceGrid(points=3))
    planned = plan(task, data)
    assert [shard.m for shard in planned.grid[:3]] == [8, 18, 40]
    assert len(groups(task, planned.shards)) == len(planned.curve)
    problem = Problem.of("density", task, given.seed, data)
    together = compute(problem, [Shard("transfer", 60, m, 0) for m in (8, 18, 40)])
    for result, m in zip(together, (8, 18, 40), strict=True):
        alone = compute(problem, [Shard("transfer", 60, m, 0)])[0]
        pd.testing.assert_frame_equal(result.trials, alone.trials)
    assert together[0].predictions["item"].equals(together[2].predictions["item"]), "one test set at every m"


def test_a_surface_may_take_fewer_trials_than_the_curve() -> None:
    """Fewer blocks at each (n, m); the curve keeps all of its own."""
    given, data = settings(trials=30), task_data()
    task = dataclasses.replace(given.tasks["density"], surface=SurfaceGrid(points=3, trials=5))
    planned = plan(task, data)
    assert {shard.block for shard in planned.grid} == {0}
    assert {shard.block for shard in planned.curve} == {0, 1, 2}


def test_similarity_orders_the_source() -> None:
    data = task_data(simulated=90)
    sets = {}
    for source_order in ("nearest", "farthest", "random"):
        task = dataclasses.replace(settings().tasks["density"], source_order=source_order)
        block = TrialBlock.of(Problem.of("density", task, 1, data), range(BLOCK))
        sets[source_order] = block.source(30)
    points = data.inputs[:, :COLUMNS].astype(float)
    measured = points[data.target.rows[:, 0]]
    nearest = np.array([np.sqrt(((points[row] - measured) ** 2).sum(1)).min() for row in data.source.rows[:, 0]])
    assert set(sets["nearest"][0]) == set(np.argsort(nearest)[:30])
    assert set(sets["farthest"][3]) == set(np.argsort(nearest)[-30:])
    assert (sets["nearest"] == sets["nearest"][0]).all()
    assert not (sets["random"] == sets["random"][0]).all()


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_trials_of_pairs_do_not_depend_on_the_trials_beside_them(precision: str) -> None:
    """A trial in its block, alone, and beside a trial with more samples: the same bits, test rows and weights."""
    task = pairs_task(hidden=[2048, 16], precision=precision)
    problem = Problem.of("density", task, 11, pairs_data())
    shard = Shard("multitask", 40, 19, 0)
    (whole,) = compute(problem, [shard])
    assert whole.trials["n_test"].nunique() > 1, "all trials have as many samples: the test would show nothing"
    for trials in ([3], [7, 1]):
        some = replace_trials(shard, trials)
        (part,) = compute_on(problem, [some], TrialBlock.of(problem, trials))
        expected = whole.trials.set_index("trial").loc[trials].reset_index()[part.trials.columns]
        pd.testing.assert_frame_equal(part.trials, expected, check_exact=True)
        for name, value in part.weights.items():
            assert (value == whole.weights[name][trials]).all(), name


def replace_trials(shard: Shard, trials: list[int]) -> Shard:
    """The same shard with other trials."""

    class Some(Shard):
        @property
        def trials(self) -> list[int]:  # type: ignore[override]
            return trials

    return Some(shard.learning, shard.n, shard.m, shard.block)
