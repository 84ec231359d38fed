"""Lines on a large sweep: the sweep's own code on made-up tables, small here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth
from benchmarks.growth import GrowthLoad, growth_lines
from benchmarks.made_up import Cost, Size, cost_of, write_tables
from benchmarks.same import WorkDiffers

QUICK = {"max_epochs": 1, "hidden": [16]}


def test_a_made_up_sweep_tells_what_it_costs(tmp_path: Path) -> None:
    size = Size(70, 20, trials=10, columns=20, points=5, n_min=20, training=QUICK)
    write_tables(size, tmp_path)
    ballast = np.ones(2**27)  # a GiB that this process holds is not the sweep's
    cost = cost_of(size, tmp_path, 1)
    assert ballast[-1]
    assert sorted(cost.seconds) == [0, 20, 27, 37, 51, 70]
    assert cost.trials == 60
    assert cost.total == pytest.approx(sum(cost.seconds.values()))
    assert cost.per_trial == pytest.approx(cost.total / 60)
    assert len(cost.held) == 2
    assert all(0.05 < held < 1 for held in cost.held)


def fake(costs: list[Cost], monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter(costs)
    monkeypatch.setattr(growth, "_cost", lambda size, workers: next(left))


def test_growth_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    fake([Cost({0: 1.0, 10: 3.0}, 2, 20, (0.1, 0.4)), Cost({0: 1.0, 100: 29.0}, 2, 20, (1.0, 2.0))], monkeypatch)
    time, memory, peak = growth_lines(GrowthLoad(large=100, small=10))
    assert (time.ours, time.against, time.met) == (15.0, 20.0, True)
    assert (memory.ours, memory.against, memory.met) == (3.0, 5.0, True)
    assert (peak.ours, peak.against, peak.met) == (3.0, 4.0, True)
    assert "max_epochs 2" in time.size


def test_growth_beyond_n_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    fake([Cost({0: 1.0, 10: 3.0}, 2, 20, (0.1, 0.4)), Cost({0: 1.0, 100: 59.0}, 2, 20, (2.0, 4.0))], monkeypatch)
    assert [line.met for line in growth_lines(GrowthLoad(large=100, small=10))] == [False, False, False]


def test_sweeps_of_other_work_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    fake([Cost({0: 1.0, 10: 3.0}, 2, 20, (0.1, 0.4)), Cost({0: 1.0, 100: 3.0}, 2, 10, (0.1, 0.4))], monkeypatch)
    with pytest.raises(WorkDiffers, match="20 trials at small n, 10 at large n"):
        growth_lines(GrowthLoad(large=100, small=10))
