"""docs/extend/architecture.md and metric.md, followed by a user: a network and a metric from outside the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.config import load_settings
from simworth.prepare.records import Prepared
from simworth.sweep.problem import Problem
from tests.extend.pages import code_blocks, write_files
from tests.faults.lab import Swept, made
from tests.model.letters import prepare


def follow(root: Path, page: str) -> None:
    """Write the page's files, and change params.yaml as its YAML says."""
    write_files(page, root)
    yaml, path = YAML(typ="safe"), root / "params.yaml"
    content = yaml.load(path.read_text())
    (said,) = (yaml.load(block.text) for block in code_blocks(page) if block.language == "yaml")
    content["modules"] = said["modules"]
    for key, value in said["tasks"]["density"].items():
        content["tasks"]["density"][key] = (
            content["tasks"]["density"].get(key, {}) | value if key == "training" else value
        )
    with path.open("w") as file:
        yaml.dump(content, file)
    prepare(root)


@pytest.fixture
def sweep(tmp_path: Path) -> Swept:
    return made(tmp_path, epochs=2, trials=10)


def test_a_convolution_over_its_own_samples_is_trained_by_a_sweep(sweep: Swept) -> None:
    """By two workers, then in one process with a store of its own: the same bytes."""
    follow(sweep.root, "extend/architecture.md")
    both = sweep.with_workers(2)
    both.run()
    trials = pd.read_parquet(both.results / "t.parquet")
    assert set(trials["status"]) == {"ok"} and len(trials) == 60
    blocks = Prepared.read(both.root / "prepared").ready().transform.blocks
    assert [(block.name, block.columns, block.steps) for block in blocks] == [("samples", 40 * 12, ())]
    alone = sweep.apart("alone")
    alone.run()
    assert alone.tables[:2] == both.tables[:2]


def test_a_metric_is_a_column_of_the_trial_table(sweep: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(sweep.store))
    assert main(sweep.command) == 0
    before = pd.read_parquet(sweep.results / "t.parquet")
    follow(sweep.root, "extend/metric.md")
    monkeypatch.setattr("simworth.sweep.run.compute", None)  # nothing is trained again
    assert main(sweep.command) == 0
    after = pd.read_parquet(sweep.results / "t.parquet")
    pd.testing.assert_frame_equal(after[before.columns], before)
    rows = pd.read_parquet(sweep.results / "p.parquet")
    near = (rows["y_pred"] - rows["y_true"]).abs() < 0.1
    expected = near.groupby([rows["learning"], rows["n"], rows["m"], rows["trial"]]).mean()
    found = after.set_index(["learning", "n", "m", "trial"])["within_tenth"]
    np.testing.assert_allclose(found.sort_index(), expected.sort_index())
    assert "within_tenth" in pq.read_schema(sweep.results / "t.parquet").names


def test_a_network_that_nobody_knows_is_named(sweep: Swept, capsys: pytest.CaptureFixture[str]) -> None:
    path = sweep.root / "params.yaml"
    path.write_text(path.read_text().replace("training: {", "training: {architecture: perceptrn, "))
    assert main(sweep.command) == 1
    assert "no architecture 'perceptrn'; did you mean 'perceptron'?" in capsys.readouterr().err


def test_an_order_of_ones_own_draws_the_simulations(sweep: Swept) -> None:
    """The least source set holds what the page's order puts first, the same in every trial."""
    follow(sweep.root, "extend/source-order.md")
    settings = load_settings(sweep.root / "params.yaml")
    data = Prepared.read(sweep.root / "prepared").ready()
    problem = Problem.of("density", settings.tasks["density"], settings.seed, data)
    rows = data.inputs[data.source.rows[:, 0]].astype(float)
    far = np.argsort(-np.linalg.norm(rows - rows.mean(axis=0), axis=1))
    for trial in range(3):
        assert set(problem.split(trial).source[:20]) == set(far[:20])
