"""The chain for polymer-solvent pairs: the ensemble says of a pair what its training core said."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.cli import main
from simworth.columns import CLEAN_COLUMNS
from simworth.model.ensemble import forward
from simworth.model.interval import groups_of
from simworth.model.predictor import Predictor
from simworth.prepare.records import Prepared
from simworth.sweep.shards import read_shard, shard_path
from tests.model.letters import PARAMS, Lab, lab, letters, prepare, summary

SOLVENTS = ["CCO", "CC(C)=O", "c1ccccc1", "ClC(Cl)Cl", "CCCCCC"]
STEPS = "{letters: [norm], condition: [min-max]}"


def pairs(polymers: list[str], solvents: list[str], role: str) -> pd.DataFrame:
    """chi at two temperatures."""
    rows = []
    for at, (polymer, solvent, kelvin) in enumerate(itertools.product(polymers, solvents, (290.0, 340.0))):
        value = float(np.tanh(letters([polymer])[0][:4].sum() - letters([solvent])[0][:4].sum()) + kelvin / 1000)
        rows.append(
            {
                **dict.fromkeys(CLEAN_COLUMNS, ""),
                **{"role": role, "property": "density", "item": f"{polymer}|{solvent}", "structure": polymer},
                **{"partner": solvent, "temperature": kelvin, "value": value, "spread": np.nan, "replicates": 1},
                **{"converged": True, "release": "one", "file": "f.csv", "row": at + 2},
            }
        )
    return pd.DataFrame(rows, columns=list(CLEAN_COLUMNS))


@pytest.fixture
def chi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A task of pairs after `simworth model`."""
    monkeypatch.setenv("SIMWORTH_WORKERS", "1")
    made = lab(tmp_path)
    params = PARAMS.replace("    trials: 12", "    learning: multitask\n    trials: 3")
    params = params.replace("input_steps: {letters: [norm]}", f"head: 3, input_steps: {STEPS}")
    (tmp_path / "params.yaml").write_text(params)
    summary(trials=3).write(tmp_path / "sweep.json")
    pairs(made.simulated[:10], SOLVENTS, "simulation").to_parquet(tmp_path / "sim.parquet", index=False)
    pairs(made.measured[-6:], SOLVENTS[:3], "experiment").to_parquet(tmp_path / "lab.parquet", index=False)
    features = pd.read_parquet(tmp_path / "features.parquet")
    more = pd.DataFrame(letters(SOLVENTS), columns=features.columns[1:])
    more.insert(0, "structure", SOLVENTS)
    pd.concat([features, more]).to_parquet(tmp_path / "features.parquet", index=False)
    prepare(tmp_path)
    assert main(["model", *made.options]) == 0
    return made


def test_pair_is_what_the_training_core_said(chi: Lab, own_store: Path) -> None:
    predictor = Predictor.load(chi.folder)
    card, tensors = predictor.ensemble.card, predictor.ensemble.tensors
    assert card.kind == "pair" and set(card.layers) >= {"encoder0", "measured1", "simulated0"}
    (result,) = [read_shard(shard_path(own_store, name)) for name in card.shards]
    assert result is not None
    said: dict[tuple[int, str], set[float]] = {}
    for row in result.predictions[result.predictions["trial"] < 3].to_dict("records"):
        said.setdefault((row["trial"], row["item"].split("@")[0]), set()).add(row["y_pred"])
    assert said
    for (trial, item), values in said.items():
        ours = []
        for kelvin in (290.0, 340.0):
            parts = [letters([part])[0] for part in item.split("|")]
            raw = np.array([[*part, flag, kelvin, 1 / kelvin] for part, flag in zip(parts, (0.0, 1.0), strict=True)])
            x = predictor.ensemble.card.input_transform(raw)
            value = predictor._labels.inverse(forward(tensors, x[None]))[0][:, 0]
            (made,) = predictor.predict([item], [kelvin])
            assert made.mean == pytest.approx(value.mean(), rel=1e-6)
            ours.append(float(value[trial]))
        assert sorted(values) == pytest.approx(sorted(ours), abs=1e-4)


def test_domain_of_a_pair_is_polymer_solvent_and_temperature(chi: Lab) -> None:
    predictor = Predictor.load(chi.folder)
    tensors = predictor.ensemble.tensors
    assert tensors["domain.points0"].shape == (16, 12) and tensors["domain.points1"].shape == (5, 12)
    known = f"{chi.simulated[0]}|CCO"
    inside, hot, cold = predictor.predict([known] * 3, [290.0, 1e6, 250.0])
    assert (inside.outside, hot.outside, cold.outside) == (False, True, True) and inside.distance == 0
    foreign = f"{chi.simulated[0]}|FC(F)(F)C(F)(F)C(F)(F)Cl"  # of letters that no solvent there has
    assert predictor.predict([foreign], [290.0])[0].outside


def test_all_pairs_of_a_polymer_are_judged_together_whatever_their_temperature(chi: Lab) -> None:
    side = Prepared.read(chi.root / "prepared").ready().target
    polymer = [side.items[at].split("|")[0] for at in side.material]
    group = groups_of(side)
    assert len(group) == 6 * 3 * 2 and len(set(zip(polymer, group, strict=True))) == len(set(group)) == 6


def test_temperature_that_is_no_number_is_refused(chi: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    known = f"{chi.simulated[0]}|CCO"
    made = Predictor.load(chi.folder).predict([known, known, known], [float("nan"), float("inf"), None])
    assert [bool(one.reason) for one in made] == [True, True, False]
    said = main(["predict", "density", known, "--models", str(chi.folder.parent), "--temperature", "nan"])
    assert said == 1 and "temperature must be a number of K above 0" in capsys.readouterr().out
