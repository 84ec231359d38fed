"""scripts/nested_coverage.py: whole groups are left out of training and calibration, and then asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scripts.nested_coverage import by_trials, folds_of, judged, told, without

from simworth.config import settings_with
from simworth.model.predictor import Predictor
from simworth.prepare.records import Prepared
from simworth.sweep.shards import read_shard, shard_path
from tests.model.letters import Lab, summary


def test_every_material_is_asked_once_of_networks_that_never_saw_it(
    trained: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("STORE", str(tmp_path)), ("WORKERS", "1"), ("QUIET", "1")):
        monkeypatch.setenv(f"SIMWORTH_{name}", value)
    settings, prepared = (
        settings_with(trained.root / "params.yaml", "density"),
        Prepared.read(trained.root / "prepared"),
    )
    table = judged(settings, summary(trials=10), prepared, folds=3)
    assert sorted(table["group"]) == list(range(30)) and table["fold"].nunique() == 3
    assert 0.5 < table["inside"].mean() <= 1
    assert "within 90%" in told(table, 0.9)


def test_the_trials_own_held_out_materials_judge_without_training(trained: Lab, store: Path) -> None:
    settings, prepared = (
        settings_with(trained.root / "params.yaml", "density"),
        Prepared.read(trained.root / "prepared"),
    )
    card = Predictor.load(trained.folder).ensemble.card
    shards = [read_shard(shard_path(store, name)) for name in card.shards]
    predictions = pd.concat([one.predictions for one in shards if one is not None])
    table = by_trials(settings, prepared, predictions[predictions["trial"].isin(card.trials)])
    assert card.interval is not None and table.groupby("group")["inside"].mean().mean() == pytest.approx(
        card.interval.coverage
    )


def test_a_group_is_left_out_with_all_that_belongs_to_it(trained: Lab) -> None:
    data = Prepared.read(trained.root / "prepared").ready()
    left = np.isin(np.arange(30), folds_of(np.arange(30), 3, seed=5)[0])
    inner = without(data, left)
    assert set(inner.target.items) == {item for item, out in zip(data.target.items, left, strict=True) if not out}
    assert inner.target.rows.shape == (20, 1) and inner.digest != data.digest
    kept = data.target.values[~left[data.target.material]]
    assert (inner.target.values == kept).all() and inner.target.material.max() == 19
