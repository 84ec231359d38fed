"""`simworth noise`: what half the noise of the simulations would buy, told from their replicates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.cli import main
from simworth.model.noise import label_noise, with_noise
from simworth.prepare.records import Prepared
from simworth.scaling import Estimate
from simworth.valuation.noise import NoiseStudy, replicates_sentence
from tests.model.letters import PARAMS, lab, prepare


def test_noise_is_told_from_replicates_alone(
    tmp_path: Path, own_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(tmp_path)
    adaptive = PARAMS.replace("    trials: 12", "    trials: 3\n    adaptive: {max_trials: 10}")
    (tmp_path / "params.yaml").write_text(adaptive)  # asked for more trials than it may grow to, it takes as many
    (tmp_path / "density").symlink_to(tmp_path / "prepared")
    words = ["noise", "density", "--params", str(tmp_path / "params.yaml"), "--trials", "4"]
    words += [
        "--prepared",
        str(tmp_path),
        "--classes",
        str(tmp_path / "classes"),
        "--fits",
        str(tmp_path),
        "--reports",
        str(tmp_path / "next"),
    ]
    assert main([*words, "--trials", "12"]) == 1
    assert "none of its 140 simulations has replicates" in capsys.readouterr().err
    table = pd.read_parquet(tmp_path / "sim.parquet")
    table.assign(replicates=4, spread=0.08).to_parquet(tmp_path / "sim.parquet", index=False)
    prepare(tmp_path)
    capsys.readouterr()
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("density: half the simulations' noise (twice the 4.0 replicates) would")
    found = NoiseStudy.read(tmp_path / "next" / "density.noise.json")
    assert (found.noise, found.replicates, found.n, found.trials) == (pytest.approx(0.04), 4, 140, 4)
    first, last = (point.mae for point in found.points)
    assert found.halving.value == pytest.approx((last - first) / 2**0.5, abs=1e-6)
    assert found.halving.low < found.halving.value < found.halving.high and found.doubling is None
    items = Prepared.read(tmp_path / "prepared").samples.query("side == 'target'")["item"].unique()
    sorted_ones = pd.DataFrame({"side": "target", "item": items, "material_class": ["P1", "P2"] * (len(items) // 2)})
    (tmp_path / "classes").mkdir()
    sorted_ones.to_parquet(tmp_path / "classes" / "density.parquet")
    monkeypatch.setattr("simworth.scaling.clusters.IntraclassCorrelation.drawn", True)
    assert main(words) == 0
    by_class = NoiseStudy.read(tmp_path / "next" / "density.noise.json").halving
    assert by_class.value == found.halving.value and by_class.high > found.halving.high, "two classes tell little"
    small, large, wide = Estimate(0.001, 0.0, 0.002), Estimate(0.01, 0.005, 0.02), Estimate(0.004, -0.01, 0.02)
    for ours, theirs, says in (
        (small, large, "new structures buy more"),
        (large, small, "replicates buy more"),
        (small, wide, "which of the two buys more is not told apart"),
        (small, None, "is not known, since there is no law"),
    ):
        assert replicates_sentence(found.model_copy(update={"halving": ours, "doubling": theirs})).endswith(says)


def test_records_that_are_means_of_replicates_vary_as_means(tmp_path: Path) -> None:
    """Of 4 records of 25 replicates each, the values vary by the noise that is told."""
    lab(tmp_path)
    table, rng = pd.read_parquet(tmp_path / "sim.parquet"), np.random.default_rng(1)
    records = pd.concat([table.assign(row=table["row"] + 1000 * part) for part in range(4)], ignore_index=True)
    noise = rng.normal(0, 0.1, (len(records), 25))
    records["value"], records["spread"] = records["value"] + noise.mean(axis=1), noise.std(axis=1, ddof=1)
    records.assign(replicates=25).to_parquet(tmp_path / "sim.parquet", index=False)
    prepare(tmp_path)
    prepared = Prepared.read(tmp_path / "prepared")
    values = prepared.samples.query("side == 'source'").set_index("item")["value"]
    true = (values - table.set_index("item")["value"]).std()
    assert np.sqrt(np.mean(label_noise(prepared) ** 2)) == pytest.approx(true, rel=0.2)


def test_noise_is_added_and_taken_away(tmp_path: Path) -> None:
    lab(tmp_path)
    table = pd.read_parquet(tmp_path / "sim.parquet")
    table["replicates"], table["spread"] = 4, 0.08
    table.loc[:9, ["replicates", "spread"]] = [1, np.nan]
    table.to_parquet(tmp_path / "sim.parquet", index=False)
    prepare(tmp_path)
    prepared = Prepared.read(tmp_path / "prepared")
    deviation, data = label_noise(prepared), prepared.ready()
    assert sorted(set(np.round(deviation, 9))) == [0.04, 0.08]  # of a single simulation that of all the others
    assert [one.digest for one in with_noise(data, deviation, 1)] == [data.digest]
    plus, minus = with_noise(data, deviation, 3)
    assert len({data.digest, plus.digest, minus.digest}) == 3
    assert (plus.source.values + minus.source.values) / 2 == pytest.approx(data.source.values)
    added = (plus.source.values - data.source.values) / deviation
    assert 1.2 < added.std() < 1.7  # the root of 2
