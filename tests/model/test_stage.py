"""`simworth model`: the ensemble is that of the sweep's trials at the largest n, in files that nobody unpickles."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from simworth.cli import main
from simworth.learning.transforms import LabelTransform
from simworth.model.ensemble import CARD, TENSORS, forward, read_ensemble
from simworth.sweep.shards import read_shard, shard_path
from tests.model.letters import ALPHABET, Lab, letters, summary


def test_ensemble_says_what_the_sweep_said_of_its_test_materials(trained: Lab, store: Path) -> None:
    ensemble = read_ensemble(trained.folder)
    card = ensemble.card
    assert (card.n, card.trials) == (140, tuple(range(12)))  # blocks of 10, of which 12 trials are wanted
    results = [read_shard(shard_path(store, name)) for name in card.shards]
    asked = 0
    for result in results:
        assert result is not None
        for (trial, item), row in result.predictions.groupby(["trial", "item"]):
            if trial >= 12:
                continue
            x = ensemble.card.input_transform(letters([item]))
            said, _ = LabelTransform.from_tensors(ensemble.tensors).inverse(forward(ensemble.tensors, x[:, None]))
            assert said[trial, 0] == pytest.approx(float(row["y_pred"].iloc[0]), rel=1e-4)
            asked += 1
    assert asked == 12 * 6


def test_card_names_what_the_tensors_mean(trained: Lab) -> None:
    card = read_ensemble(trained.folder).card
    assert card.unit == "g/cm^3" and card.kind == "polymer" and card.releases == {"sim": ("one",), "lab": ("two",)}
    (descriptor,) = card.descriptors
    assert (descriptor.name, descriptor.version, descriptor.columns) == ("letters", 1, len(ALPHABET))
    assert descriptor.digest == letters.digest
    assert card.layers == {"hidden0": [12, 16], "hidden1": [16, 8], "output": [8, 1]}
    assert card.domain.structures == 160 and card.domain.limits[0] > 0
    found = card.interval
    assert found is not None and found.level == 0.9 and found.groups >= 10 and 0.5 < found.coverage <= 1


def test_files_hold_no_pickle(trained: Lab) -> None:
    assert sorted(file.name for file in trained.folder.iterdir()) == [TENSORS, CARD]
    json.loads((trained.folder / CARD).read_text())
    with safe_open(trained.folder / TENSORS, framework="numpy") as file:
        assert file.get_tensor("hidden0.weight").shape == (12, 12, 16)


def test_again_gives_the_same_bytes_and_trains_nothing(
    trained: Lab, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in trained.folder.iterdir()}
    monkeypatch.setattr("simworth.sweep.run.compute", None)
    assert main(["model", *trained.options]) == 0
    assert {file.name: file.read_bytes() for file in trained.folder.iterdir()} == before


def test_waiting_task_has_a_card_alone(trained: Lab, tmp_path: Path, store: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(trained.root, root, ignore=shutil.ignore_patterns("store"))
    summary(status="waiting", reason="no measurements yet").write(root / "sweep.json")
    options = [option.replace(str(trained.root), str(root)) for option in trained.options]
    assert main(["model", *options]) == 0
    assert [file.name for file in (root / "models/density").iterdir()] == [CARD]
    assert json.loads((root / "models/density" / CARD).read_text())["status"] == "waiting"


def test_predictor_loads_no_training_library(trained: Lab) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from simworth.model.predictor import Predictor; "
        f"Predictor.load(Path({str(trained.folder)!r})); "
        "print([name for name in ('torch', 'mlflow', 'dvc') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_weights_are_finite_and_differ_between_trials(trained: Lab) -> None:
    weights = read_ensemble(trained.folder).tensors["hidden0.weight"]
    assert np.isfinite(weights).all() and len({row.tobytes() for row in weights}) == 12
