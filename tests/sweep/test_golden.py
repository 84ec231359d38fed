"""Numbers of the engine, kept: when they change, its version must rise, or stale shards would pass for new ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simworth.learning import ENGINE_VERSION
from simworth.sweep.compute import compute
from simworth.sweep.problem import Problem
from simworth.sweep.shards import BF16_VERSION, Shard

from .planted import pairs_data, pairs_task, settings, task_data

GOLDEN = Path(__file__).with_name("golden.json")
VERSIONS = {"float32": ENGINE_VERSION, "bf16": BF16_VERSION}


def problem_of(network: str, precision: str) -> tuple[Problem, list[Shard]]:
    """A problem whose first layers are wide enough for bfloat16 products, and its shards."""
    if network == "perceptron":
        task = settings(max_epochs=2, hidden=[2048, 24], output_steps=["norm", "yeo-johnson"]).tasks["density"]
        data, shards = task_data(simulated=90), [Shard("transfer", 60, 40, 0), Shard("transfer", 60, 20, 0)]
    else:
        task = pairs_task(max_epochs=2, hidden=[2048, 16])
        data, shards = pairs_data(), [Shard("multitask", 40, 19, 0), Shard("direct", 0, 19, 0)]
    training = replace(task.training, precision=precision)
    return Problem.of("density", replace(task, training=training), 11, data), shards


def measured(network: str, precision: str) -> list[float]:
    """Mean absolute errors of one block, few epochs, so that machines agree to far better than a change would show."""
    problem, shards = problem_of(network, precision)
    return [float(mae) for shard in shards for result in compute(problem, [shard]) for mae in result.trials["mae"]]


@pytest.mark.parametrize("precision", list(VERSIONS))
@pytest.mark.parametrize("network", ["perceptron", "pairs"])
def test_the_version_rises_with_the_numbers(network: str, precision: str) -> None:
    kept, key = json.loads(GOLDEN.read_text()), f"{network} {precision}"
    now, version = measured(network, precision), VERSIONS[precision]
    new = json.dumps({key: {"version": version, "mae": [round(mae, 6) for mae in now]}})
    same = key in kept and np.allclose(now, kept[key]["mae"], rtol=1e-4 if precision == "float32" else 1e-3)
    assert same or kept[key]["version"] < version, f"numbers changed: raise the version in sweep/shards.py: {new}"
    assert kept[key]["version"] == version, f"the version rose: put the new numbers into {GOLDEN.name}: {new}"
    assert same


def test_the_networks_differ_by_precision() -> None:
    """Else bf16 would not be tested here at all."""
    kept = json.loads(GOLDEN.read_text())
    for network in ("perceptron", "pairs"):
        assert kept[f"{network} float32"]["mae"] != kept[f"{network} bf16"]["mae"]
