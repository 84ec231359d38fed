"""`simworth tune --descriptors`: choices are prepared here, on the materials that all describe, and judged alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.config import load_settings
from simworth.config.resolve import task_of
from simworth.errors import SimworthError
from simworth.prepare.choices import data_by
from simworth.tuning.stage import Wish, tune
from simworth.tuning.study import Candidate
from tests.stages import Project, fitted_project

OTHERS = ("morgan_counts", "ffkm + morgan_counts")
SETTINGS = ("learning_rate", "target_learning_rate", "batch_size", "hidden", "patience", "weight_decay", "frozen")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return fitted_project(tmp_path_factory.mktemp("descriptors"))


def test_choices_hold_the_same_materials(project: Project) -> None:
    what = task_of(project.root / "params.yaml", "density")
    clean = project.root / "data" / "clean"
    tables = [pd.read_parquet(clean / f"{side.database}.parquet") for side in (what.task.source, what.task.target)]
    data = data_by(what, *tables, [what.task.descriptors, ("morgan_counts",), ("ffkm", "morgan_counts")])
    alone, other, both = data.values()
    assert alone.columns + other.columns == both.columns
    for side in ("source", "target"):
        assert getattr(alone, side).items == getattr(other, side).items == getattr(both, side).items
    with pytest.raises(SimworthError, match="did you mean"):
        data_by(what, *tables, [("morgan_count",)])


@pytest.mark.parametrize("n", [0, 40])
def test_transfer_and_direct_learning_choose_among_descriptors(
    project: Project, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(project.root.parent / "store"))
    monkeypatch.setenv("SIMWORTH_WORKERS", "1")
    ended: list[Candidate] = []
    wish = Wish(
        "density",
        project.root / "params.yaml",
        project.root / "data/prepared/density",
        candidates=5,
        trials=2,
        n=n,
        keep=SETTINGS,
        descriptors=OTHERS,
        write=n > 0,
    )
    before = wish.params.read_text()
    said = tune(wish, lambda _, candidate: ended.append(candidate))
    found = {str(one.point["descriptors"]): one.errors for one in ended}
    assert next(iter(found)) == "ffkm" and len(found) > 1 and set(found) <= {"ffkm", *OTHERS}
    assert len(set(found.values())) == len(found) and all(found.values()), "each is trained, and differs"
    best = min(found, key=lambda name: np.mean(found[name]))
    task = load_settings(wish.params).tasks["density"]
    assert " + ".join(task.descriptors) == (best if n else "ffkm")
    assert (wish.params.read_text() != before) == bool(task.found_by) == (n > 0 and best != "ffkm")
    assert any(line.split() == ["descriptors", "ffkm", *best.split(" ")] for line in said)
