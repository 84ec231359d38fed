"""Sources of several databases, and of several properties of one, from params.yaml to the fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simworth.config import IN_TURN, load_settings
from simworth.errors import SimworthError
from simworth.model.predictor import Predictor
from simworth.prepare.records import Prepared
from simworth.sweep.compute import compute
from simworth.sweep.problem import Problem
from simworth.sweep.several import LEAST
from simworth.sweep.shards import Shard
from simworth.yaml_files import edited
from tests.stages import Project, fitted_project
from tests.sweep.planted import settings, task_data

OFFSET = 0.8
"""what the second database's densities are multiplied by"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fitted project with a second database of simulations, taken together with the first as a third."""
    made = fitted_project(tmp_path_factory.mktemp("several"))
    table = pd.read_csv(made.root / "data/raw/radonpy/simulations.csv").iloc[:40]
    table.assign(density=table["density"] * OFFSET).to_csv(made.root / "other.csv", index=False)
    how = ["--kind", "polymer", "--role", "simulation", "--structure", "smiles", "--value", "density=density:g/cm^3"]
    made.simworth("release", "add", "other_md", "other.csv", "--name", "second", *how)
    made.simworth("release", "select", "both", "radonpy/made-up", "other_md/second", "--together")
    both = {"database": "both"}
    for name, source in (
        ("pooled", both | {"releases": "pooled"}),
        ("in_turn", both | {"releases": "in turn"}),
        ("heads", {"database": "radonpy", "beside": ["refractive_index"]}),
    ):
        with edited(made.root / "params.yaml") as content:
            content["tasks"][name] = {**content["tasks"]["density"], "like": "density", "source": source}
    made.simworth("release", "fetch")
    return made


def data_of(project: Project, task: str) -> Prepared:
    return Prepared.read(project.root / "data" / "prepared" / task)


@pytest.mark.parametrize("task", ["pooled", "in_turn", "heads"])
def test_each_is_learned_and_what_it_adds_is_said(project: Project, task: str) -> None:
    project.run(f"{'fit' if task == 'pooled' else 'sweep'}@{task}")
    trials = pd.read_parquet(project.root / "results" / "trials" / f"{task}.parquet")
    assert (trials["status"] == "ok").all(), trials["reason"].unique()
    before = pd.read_parquet(project.root / "results" / "trials" / "density.parquet")
    most = trials[trials["n"] == trials["n"].max()].set_index("trial")["mae"]
    alone = before[before["n"] == before["n"].max()].set_index("trial")["mae"]
    assert most.index.equals(alone.index), "the same trials, tested on the same materials"
    assert not np.allclose(most, alone)
    if task == "pooled":
        project.simworth("compare", "density", task)


def test_a_value_of_each_release_is_a_sample_and_inputs_tell_which(project: Project) -> None:
    project.run("prepare@pooled", "prepare@density")
    data, alone = data_of(project, "pooled").ready(), data_of(project, "density").ready()
    part = data.source.part
    assert part is not None
    assert data.source.items == alone.source.items, "n counts materials; the second database holds no others"
    assert np.bincount(part).tolist() == [len(alone.source.items), 40]
    own, other = (data.source.values[part == one] for one in (0, 1))
    also = data.source.material[part == 1]
    np.testing.assert_allclose(other, own[also] * OFFSET)
    codes = data.inputs[:, data.described :]
    assert codes.shape[1] == 2
    np.testing.assert_array_equal(codes[data.target.rows[:, 0]], 0)
    np.testing.assert_allclose(codes[data.source.rows[:, 0]].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(codes[data.source.rows[part == 0, 0]], [[40 / len(part), -40 / len(part)]] * len(own))
    np.testing.assert_array_equal(data.target.simulated, alone.target.simulated)


def test_a_material_has_a_sample_of_each_property(project: Project) -> None:
    project.run("prepare@heads", "prepare@density")
    data, alone = data_of(project, "heads").ready(), data_of(project, "density").ready()
    assert data.source.part is not None
    assert np.bincount(data.source.part).tolist() == [len(alone.source.items)] * 2
    np.testing.assert_array_equal(data.source.values[data.source.part == 0], alone.source.values)
    np.testing.assert_array_equal(data.target.values, alone.target.values)
    assert data.columns == alone.columns


def test_releases_without_a_common_material_are_learned_apart() -> None:
    """Values of a release that is too small to be learned change nothing."""
    data, task = task_data(simulated=90), settings(max_epochs=2).tasks["density"]
    task = replace(task, source=replace(task.source, releases=IN_TURN))
    part = np.arange(90) // (90 - LEAST + 1)

    def learned(value: float) -> pd.DataFrame:
        source = replace(data.source, part=part, values=np.where(part == 1, value, data.source.values))
        problem = Problem.of("density", task, 11, replace(data, source=source))
        (result,) = compute(problem, [Shard("transfer", 60, 40, 0)])
        return result.predictions

    pd.testing.assert_frame_equal(learned(0.0), learned(5.0))


@pytest.mark.parametrize("task", ["pooled", "heads"])
def test_the_ensemble_needs_descriptors_alone(project: Project, task: str) -> None:
    project.run(f"model@{task}")
    predictor = Predictor.load(project.root / "models" / task, project.root.parent / "store")
    predictions = pd.read_parquet(project.root / "results" / "predictions" / f"{task}.parquet")
    largest = predictions[(predictions["n"] == predictions["n"].max()) & (predictions["trial"] == 0)].iloc[0]
    (found,) = predictor.predict([largest["item"]])
    assert found.mean is not None
    assert found.standard_deviation is not None
    assert abs(found.mean - largest["y_pred"]) < 4 * found.standard_deviation + 1e-6
    layers = predictor.ensemble.card.layers
    assert layers["hidden0"][0] == data_of(project, "density").ready().columns
    assert layers["output"][1] == 1


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"database": "radonpy", "releases": "pooled"}, "databases.radonpy.together: true"),
        ({"database": "radonpy", "beside": ["densiti"]}, "did you mean 'density'"),
        ({"database": "both", "releases": "pooled", "beside": ["density"]}, "give one of them"),
    ],
)
def test_what_cannot_be_learned_is_refused(project: Project, source: dict[str, object], says: str) -> None:
    path = project.root / "wrong.yaml"
    path.write_text((project.root / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with edited(path) as content:
        content["tasks"]["heads"]["source"] = source
    with pytest.raises(SimworthError, match=says):
        load_settings(path)
