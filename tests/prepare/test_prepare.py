"""From clean tables to a prepared task: what joins what, what is counted, and what is read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Settings, settings_from
from simworth.config.resolve import resolve
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.prepare.stage import prepared
from simworth.sweep.compute import compute
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard

RNG = np.random.default_rng(0)


def settings(**task: object) -> Settings:
    side = {"database": "db"}
    base = {
        "property": "chi",
        "source": side,
        "target": side,
        "descriptors": ["made-up"],
        "grid": {"points": 5, "n_min": 30},
        "training": {"hidden": [16, 8], "max_epochs": 2, "batch_size": 8},
    }
    return settings_from(
        {
            "seed": 1,
            "databases": {"db": {"releases": ["one"]}},
            "properties": {
                "chi": {"unit": "", "range": [-9, 9]},
                "sigma": {"unit": "S/m", "range": [1e-9, 1e9], "scale": "log10"},
            },
            "tasks": {"task": base | task},
        },
        "a test",
    )


def clean(role: str, items: list[tuple[str, str, float, float]], prop: str = "chi") -> pd.DataFrame:
    """Rows of (structure, partner, temperature, value)."""
    table = pd.DataFrame(items, columns=["structure", "partner", "temperature", "value"])
    joined = table["structure"].where(table["partner"] == "", table["structure"] + "|" + table["partner"])
    table = table.assign(role=role, property=prop, item=joined, spread=np.nan, replicates=1, converged=True)
    table = table.assign(material_class="", protocol="", release="one", file="f.csv", row=np.arange(len(table)) + 2)
    return table[list(CLEAN_COLUMNS)]


def features(structures: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "structure": structures,
            "made-up:000": RNG.random(len(structures)),
            "made-up:001": RNG.random(len(structures)),
        }
    )


def pair_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    pairs = [(f"*{'C' * p}*", f"{'O' * s}") for p in range(1, 9) for s in range(1, 7)]
    simulated = [(p, s, 300.0 + t, RNG.normal()) for p, s in pairs for t in (0, 20)]
    measured = [(p, s, 300.0 + 20 * t, RNG.normal()) for k, (p, s) in enumerate(pairs) for t in range(1 + k % 3)]
    structures = sorted({part for pair in pairs for part in pair})
    return clean("simulation", simulated), clean("experiment", measured), features(structures)


def load(given: Settings, source: pd.DataFrame, target: pd.DataFrame, table: pd.DataFrame) -> TaskData:
    return whole(given, source, target, table).ready()


def whole(given: Settings, source: pd.DataFrame, target: pd.DataFrame, table: pd.DataFrame) -> Prepared:
    return prepared(resolve(given, "task"), source, target, table)


def test_pairs_keep_their_temperatures_together() -> None:
    source, target, table = pair_tables()
    data = load(settings(learning="multitask"), source, target, table)
    assert len(data.source.items) == 96
    assert len(data.target.items) == 48
    assert len(data.target.values) == 96
    assert data.columns == 5, "two descriptors, the solvent's flag, T and 1/T"
    known = source.set_index(["item", "temperature"])["value"]
    for item, temperature, value in target[["item", "temperature", "value"]].itertuples(index=False):
        sample = np.flatnonzero(data.target.values == value)[0]
        assert data.target.items[data.target.material[sample]] == item
        np.testing.assert_equal(data.target.simulated[sample], known.get((item, temperature), np.nan))


def test_pairs_without_a_temperature_are_left_out_and_those_at_nearly_the_same_are_one() -> None:
    source, target, table = pair_tables()
    source.loc[0, "temperature"] = target.loc[0, "temperature"] = np.nan
    source.loc[3, "temperature"] = source.loc[2, "temperature"] + 0.001
    given = settings(learning="multitask", training={"input_steps": {"condition": ["min-max"]}, "max_epochs": 1})
    found = whole(given, source, target, table)
    data = found.ready()
    assert np.isfinite(data.inputs).all()
    assert found.record.source.left_out == found.record.target.left_out == {"no temperature": 1}
    assert found.record.source.materials == 94 and len(data.target.values) == 95
    (trained,) = compute(Problem.of("task", given.tasks["task"], 1, data), [Shard("multitask", 40, 37, 0)])
    assert (trained.trials["status"] == "ok").all()


def test_no_pair_stands_on_both_sides() -> None:
    given = settings(learning="multitask")
    data = load(given, *pair_tables())
    problem = Problem.of("task", given.tasks["task"], 1, data)
    result = compute(problem, [Shard("multitask", 40, 38, 0)])[0]
    counts = result.predictions.groupby("trial")["item"].nunique()
    assert (counts == 10).all(), "ceil(0.2 * 48) pairs, all their temperatures"
    np.testing.assert_array_equal(
        result.predictions.groupby("trial").size().to_numpy(), result.trials["n_test"].to_numpy()
    )
    assert result.trials["n_test"].nunique() > 1
    assert (result.trials["status"] == "ok").all()


def test_padding_leaves_no_trace() -> None:
    """A trial's numbers are the same in a block whose other trials have more samples."""
    given = settings(learning="multitask")
    source, target, table = pair_tables()
    data = load(given, source, target, table)
    problem = Problem.of("task", given.tasks["task"], 1, data)
    direct = compute(problem, [Shard("direct", 0, 38, 0)])[0]
    again = compute(problem, [Shard("direct", 0, 38, 0)])[0]
    pd.testing.assert_frame_equal(direct.predictions, again.predictions)
    assert direct.predictions["y_pred"].nunique() > 10


def test_logarithms_are_taken_of_both_sides() -> None:
    structures = [f"S{k}" for k in range(60)]
    values = [(s, "", np.nan, 10.0 ** (k % 7)) for k, s in enumerate(structures)]
    given = settings(property="sigma")
    source, target = clean("simulation", values, "sigma"), clean("experiment", values[:20], "sigma")
    found = whole(given, source, target, features(structures))
    data = found.ready()
    assert found.record.overlap == 20 and found.record.target.scale == "log10" and found.record.target.unit == "S/m"
    assert data.target.values.max() == 6
    np.testing.assert_array_equal(data.target.values, data.target.simulated)


def test_overlap_can_be_excluded_and_is_counted() -> None:
    structures = [f"S{k:03d}" for k in range(80)]
    rows = [(s, "", np.nan, float(k)) for k, s in enumerate(structures)]
    source, target = clean("simulation", rows), clean("experiment", rows[:20])
    target["value"] /= 100
    source["value"] /= 100
    found = whole(settings(exclude_overlap=True), source, target, features(structures))
    assert len(found.ready().source.items) == found.record.source.materials == 60
    assert found.record.overlap == 20
    assert found.record.source.left_out == {"also measured": 20}


def test_undescribed_structures_are_counted() -> None:
    structures = [f"S{k:03d}" for k in range(80)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    table = features(structures)
    table.loc[[0, 30, 40], "made-up:001"] = np.nan
    simulated = clean("simulation", rows)
    simulated.loc[30:, "material_class"] = "siloxanes"
    found = whole(settings(), simulated, clean("experiment", rows[:20]), table).record
    assert (found.source.undescribed, found.target.undescribed) == (3, 1)
    assert found.source.undescribed_classes == {"": 1, "siloxanes": 2} and found.target.undescribed_classes == {"": 1}


def test_what_is_written_is_read_to_the_bit(tmp_path: Path) -> None:
    found = whole(settings(learning="multitask"), *pair_tables())
    found.write(tmp_path)
    again, data = Prepared.read(tmp_path), found.ready()
    assert again.record == found.record and again.record.temperatures == (300.0, 340.0)
    assert again.ready().digest == data.digest and again.ready().transform == data.transform
    np.testing.assert_array_equal(again.ready().inputs, data.inputs)
    for name in ("source", "target"):
        ours, theirs = getattr(again.ready(), name), getattr(data, name)
        assert ours.items == theirs.items
        for array in ("material", "values", "rows", "simulated"):
            np.testing.assert_array_equal(getattr(ours, array), getattr(theirs, array))
    (tmp_path / "arrays.safetensors").write_bytes(b"nothing")
    with pytest.raises(SimworthError, match=r"arrays.safetensors: cannot be read .* run `dvc repro`"):
        Prepared.read(tmp_path)


@pytest.mark.parametrize(
    ("simulated", "measured", "why"),
    [
        (0, 20, "no simulations of chi yet"),
        (80, 0, "no measurements of chi yet"),
        (20, 20, "needs 35"),
        (80, 5, "needs 10"),
    ],
)
def test_a_task_waits_and_says_for_what(simulated: int, measured: int, why: str, tmp_path: Path) -> None:
    structures = [f"S{k:03d}" for k in range(100)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    found = whole(
        settings(),
        clean("simulation", rows[:simulated]),
        clean("experiment", rows[:measured]),
        features(structures),
    )
    assert found.record.status == "waiting" and why in found.record.reason
    found.write(tmp_path)
    assert Prepared.read(tmp_path).record == found.record
    with pytest.raises(SimworthError, match="task task: is waiting"):
        Prepared.read(tmp_path).ready()


def test_negative_descriptors_and_logarithm_are_refused() -> None:
    structures = [f"S{k:03d}" for k in range(80)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    table = features(structures)
    table.loc[3, "made-up:001"] = -1.0
    given = settings(training={"input_steps": {"made-up": ["log"]}})
    with pytest.raises(SimworthError, match=r"input_steps.made-up: 'log' needs descriptors >= 0, column 1"):
        whole(given, clean("simulation", rows), clean("experiment", rows[:20]), table)
