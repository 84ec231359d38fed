"""params.yaml after tuning: the chosen values, and nothing else changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simworth.config import Task, load_settings
from simworth.errors import SimworthError
from simworth.tuning.space import write_training

PARAMS = Path(__file__).parents[2] / "params.yaml"
NEW = {"hidden": (128, 32), "learning_rate": 1.23e-05, "batch_size": 64, "weight_decay": 1e-5}


def tuned_task(path: Path, **training: Any) -> Task:
    """The task density of a params.yaml with these training settings."""
    task = load_settings(path).tasks["density"]
    return replace(task, training=replace(task.training, **training))


def test_one_line_changes_and_the_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(PARAMS.read_text(), encoding="utf-8")
    before = load_settings(path)
    tuned = tuned_task(path, **NEW)
    assert set(write_training(path, "density", tuned)) == set(NEW)
    assert load_settings(path) == replace(before, tasks=before.tasks | {"density": tuned})
    pairs = zip(PARAMS.read_text().splitlines(), path.read_text().splitlines(), strict=True)
    apart = [new for old, new in pairs if old != new]
    assert len(apart) == 1 and apart[0].strip().startswith("training: {hidden: [128, 32], learning_rate: 1.23e-05,")
    assert [one.name for one in tmp_path.iterdir()] == ["params.yaml"], "no temporary file is left"


BLOCKS = """\
seed: 1  # the root of all
databases:
  db:
    releases:
      - 'one'   # the only one
properties:
  density: {unit: g/cm^3, range: [0, 9]}

tasks:
  density:   # first
    property: density
    descriptors:
      - made-up
    source: {database: db}
    target: {database: db}
"""


def test_a_task_without_training_gets_one_in_the_files_own_style(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(BLOCKS, encoding="utf-8")
    tuned = tuned_task(path, patience=9)
    write_training(path, "density", tuned)
    assert path.read_text() == BLOCKS + "    training:\n      patience: 9\n"
    assert write_training(path, "density", tuned) == []


def test_descriptors_are_written_beside_training_and_a_task_that_repeats_it_follows(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    again = "  again:\n    <<: *density\n    like: density\n    split: class\n"
    path.write_text(BLOCKS.replace("density:   # first", "density: &density") + again, encoding="utf-8")
    tuned = replace(tuned_task(path), descriptors=("one or other", "more"), found_by="a search")
    assert write_training(path, "density", tuned) == ["descriptors"]
    found = load_settings(path).tasks
    assert found["density"] == tuned
    assert (found["again"].descriptors, found["again"].found_by) == (tuned.descriptors, "a search")
    assert "descriptors: [one or other, more]" in path.read_text()


def test_settings_shared_by_an_alias_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    first, _, second = BLOCKS.partition("tasks:\n")
    task = second + "    training: &shared {patience: 4}\n"
    other = second.replace("density:   # first", "again:") + "    training: *shared\n"
    path.write_text(f"{first}tasks:\n{task}{other}", encoding="utf-8")
    kept = path.read_text()
    with pytest.raises(SimworthError, match="alias"):
        write_training(path, "density", tuned_task(path, patience=9))
    assert path.read_text() == kept
