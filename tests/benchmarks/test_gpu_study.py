"""Trials at the study's size, as a GPU trains them: at a small size, on the processor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu_study import StudyLoad, grown, study
from benchmarks.made_up import FILES, TASK, Size, write_tables
from benchmarks.own import Own
from simworth.config.resolve import resolve
from simworth.errors import SimworthError
from simworth.prepare.stage import prepare

PARAMS = """seed: 1
databases: {db: {releases: [one]}}
properties: {density: {unit: g/cm^3, range: [-100, 100]}}
tasks:
  density: {property: density, source: {database: db}, target: {database: db}, descriptors: [ffkm]}
"""


@pytest.fixture
def load(tmp_path: Path) -> StudyLoad:
    (tmp_path / "params.yaml").write_text(PARAMS)
    size = Size(120, 12, columns=20)
    write_tables(size, tmp_path)
    prepared = prepare(resolve(size.settings(), TASK), *(tmp_path / f"{name}.parquet" for name in FILES))
    prepared.write(tmp_path / "prepared" / TASK)
    own = Own(tmp_path / "params.yaml", tmp_path / "prepared")
    return StudyLoad(own, simulated=190, measured=20, trials=10, epochs=2, device="cpu")


def test_all_trials_learn_and_are_timed(load: StudyLoad) -> None:
    told = study(load)
    assert (told.trials, told.n, told.m, told.steps) == (10, 190, 16, 5)
    assert told.rate == pytest.approx(10 * 5 / told.epoch) and told.first > 0 and told.rest > 0


def test_more_materials_have_the_descriptors_of_those_there_are(load: StudyLoad) -> None:
    data = load.own.data(load.own.settings, TASK)
    assert not isinstance(data, str)
    more = grown(data, load)
    assert len(more.source.items) == 190 and len(more.inputs) == 210 == len(np.unique(more.source.rows)) + 20
    assert {row.tobytes() for row in more.inputs} <= {row.tobytes() for row in data.inputs}


def test_without_the_task_it_says_so(load: StudyLoad, tmp_path: Path) -> None:
    with pytest.raises(SimworthError, match="prepared"):
        study(StudyLoad(Own(load.own.params, tmp_path), device="cpu"))
