"""params.yaml holds the study's six tasks, with its networks and learning rates, chi for new polymers, and band_gap."""

from __future__ import annotations

from pathlib import Path

import yaml

from simworth.config import Settings, load_settings

ROOT = Path(__file__).parents[2]


def own() -> Settings:
    return load_settings(ROOT / "params.yaml")


def test_all_tasks_are_there() -> None:
    assert list(own().tasks) == [
        "refractive_index",
        "density",
        "heat_capacity",
        "thermal_conductivity",
        "chi",
        "chi_new_polymers",
        "electrical_conductivity",
        "band_gap",
    ]
    assert {name for name, task in own().tasks.items() if task.surface} == {"density", "chi", "band_gap"}
    assert own().tasks["chi"].learning == "multitask"
    assert own().tasks["electrical_conductivity"].groups == "wiedemann_franz"


def test_they_train_as_the_study_did(reference: Path) -> None:
    paper = yaml.safe_load((reference / "paper.yaml").read_text(encoding="utf-8"))["protocol"]
    systems = {"chi": "chi", "chi_new_polymers": "chi", "electrical_conductivity": "starrydata"}
    tasks = dict(own().tasks)
    assert tasks.pop("band_gap").found_by.startswith("simworth tune"), "no task of the study, a recipe of its own"
    for name, task in tasks.items():
        system, training = systems.get(name, "radonpy"), task.training
        assert (task.grid.points, task.grid.n_min) == (paper["grid"]["points"], paper["grid"]["n_min"]), name
        assert training.batch_size == paper["batch_size"][system], name
        assert training.patience == paper["early_stopping_patience"][system], name
        if system != "chi":
            assert list(training.hidden) == paper["hidden_layers"][system], name
        assert training.learning_rate == paper["optimiser"]["learning_rate"], name
        assert training.target_learning_rate == (1e-4 if system == "starrydata" else 1e-3), name
    assert own().tasks["chi"].training.simulated_weight == paper["chi_lambda"]
