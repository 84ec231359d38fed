"""Numbers of the engine, kept: when they change, ENGINE_VERSION must rise, or stale units would pass for new ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from simworth.sweep.compute import Problem, compute
from simworth.sweep.units import ENGINE_VERSION, Unit

from .planted import settings, task_data

GOLDEN = Path(__file__).with_name("golden.json")


def measured() -> list[float]:
    """Mean absolute errors of one block, few epochs, so that machines agree to far better than a change would show."""
    given = settings(max_epochs=2, output_steps=["norm", "yeo-johnson"])
    problem = Problem.of("density", given.tasks["density"], given.seed, task_data(simulated=90))
    units = [Unit("transfer", 60, 40, 0), Unit("transfer", 60, 20, 0)]
    return [float(mae) for result in compute(problem, units) for mae in result.trials["mae"]]


def test_engine_version_rises_with_the_numbers() -> None:
    kept = json.loads(GOLDEN.read_text())
    now = measured()
    same = np.allclose(now, kept["mae"], rtol=1e-4)
    assert same or kept["engine_version"] < ENGINE_VERSION, (
        "trained numbers changed: raise ENGINE_VERSION in simworth/sweep/units.py, then put the new numbers into "
        f"{GOLDEN.name}: {json.dumps({'engine_version': ENGINE_VERSION, 'mae': now})}"
    )
    assert kept["engine_version"] == ENGINE_VERSION, f"ENGINE_VERSION rose: put the new numbers into {GOLDEN.name}"
    assert same
