"""params.yaml: what is wrong is named, with the right key; what is read stays as it was."""

from __future__ import annotations

import dataclasses
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from simworth.config import load_settings, settings_from
from simworth.errors import SimworthError

ROOT = Path(__file__).parents[2]
RAW: dict[str, Any] = {
    "seed": 1,
    "databases": {"simulated": {"releases": ["one"]}, "lab": {"releases": ["two"]}},
    "properties": {"density": {"unit": "g/cm^3", "range": [0.3, 3.0]}},
    "tasks": {
        "density": {
            "property": "density",
            "source": {"database": "simulated"},
            "target": {"database": "lab"},
            "descriptors": ["ffkm"],
        }
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """RAW with one value put in (`del` takes it out)."""
    raw = deepcopy(RAW)
    *steps, last = path.split(".")
    place = raw
    for step in steps:
        place = place.setdefault(step, {})
    if value is del_:
        del place[last]
    else:
        place[last] = value
    return raw


del_ = object()


def test_the_repositorys_own_settings_are_read() -> None:
    settings = load_settings(ROOT / "params.yaml")
    for task in ("refractive_index", "density", "thermal_conductivity"):
        assert settings.tasks[task].source.database == "radonpy"
        assert settings.tasks[task].trials == 30
        assert settings.tasks[task].training.hidden == (512, 256, 128, 64, 32)


def test_what_is_left_out_is_the_studys() -> None:
    task = settings_from(RAW, "x").tasks["density"]
    assert (task.test_fraction, task.grid.points, task.grid.n_min) == (0.2, 10, 100)
    assert (task.training.learning_rate, task.training.batch_size, task.training.patience) == (1e-3, 32, 5)


def test_settings_are_frozen() -> None:
    settings = settings_from(RAW, "x")
    for part, name in ((settings, "seed"), (settings.tasks["density"], "trials")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, 3)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("tasks.density.trails", 3, ["tasks.density.trails", "did you mean 'trials'"]),
        ("tasks.density.training.lerning_rate", 0.1, ["tasks.density.training", "did you mean 'learning_rate'"]),
        ("databses", {}, ["databses", "did you mean 'databases'"]),
        (
            "tasks.density.source.database",
            "simlated",
            ["tasks.density.source.database", "'simlated'", "did you mean 'simulated'"],
        ),
        ("tasks.density.property", "dense", ["tasks.density.property", "did you mean 'density'"]),
        ("tasks.density.trials", 1, ["tasks.density.trials", "1"]),
        ("tasks.density.trials", "many", ["tasks.density.trials", "'many'"]),
        ("tasks.density.test_fraction", 1.5, ["tasks.density.test_fraction", "1.5"]),
        ("tasks.density.training.hidden", [], ["tasks.density.training.hidden"]),
        ("tasks.density.descriptors", [], ["tasks.density.descriptors"]),
        ("databases.simulated.releases", [], ["databases.simulated.releases"]),
        ("properties.density.range", [3.0, 0.3], ["properties.density", "low < high", "[3.0, 0.3]"]),
        ("fit.level", 1.0, ["fit.level", "1.0"]),
        ("seed", -1, ["seed", "-1"]),
        ("seed", del_, ["seed", "missing"]),
        ("tasks.density.target", del_, ["tasks.density.target", "missing"]),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(path: str, value: Any, words: list[str]) -> None:
    with pytest.raises(SimworthError) as caught:
        settings_from(changed(path, value), "params.yaml")
    text = str(caught.value)
    assert "\n" not in text
    for word in ["params.yaml", *words]:
        assert word in text


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"- a\n- b\n", "mapping"), (b"a: [1,\n", "YAML"), (b"", "mapping"), (b"\xff\xfe\x00", "params.yaml")],
)
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(SimworthError, match=word):
        load_settings(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimworthError, match="cannot be read"):
        load_settings(tmp_path / "params.yaml")


def test_every_key_of_the_repositorys_settings_is_known_and_explained() -> None:
    """params.yaml says where its keys are explained; a key without a field would be an error, so fields suffice."""
    raw = YAML(typ="safe").load(ROOT / "params.yaml")
    assert set(raw) <= {field.name for field in dataclasses.fields(load_settings(ROOT / "params.yaml"))}
