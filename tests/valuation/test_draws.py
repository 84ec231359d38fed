"""Intervals draw classes where materials of a class err alike, and single materials where they do not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_grids import classes_by_error
from fake_tables import Planted, planted

from simworth.columns import Quantity
from simworth.valuation.classes import Sorting
from simworth.valuation.compare import Paired, compare
from simworth.valuation.outlook import drawn_errors
from simworth.valuation.records import Valued
from simworth.valuation.table import drawn_sentence
from simworth.valuation.task import TaskResults, value_task

DENSITY = Quantity("density", "g/cm^3", "linear")


@cache
def valued(spread: float) -> Valued:
    """80 materials in 10 classes, whose errors are multiplied by exp(spread G) of their class."""
    tables = planted(Planted(points=5, trials=10, spread=0.3))
    items = sorted(tables.predictions["item"].unique())
    names = {item: f"P{i % 10}" for i, item in enumerate(items)}
    names_of_classes = [f"P{i}" for i in range(10)]
    factor = dict(zip(names_of_classes, np.exp(spread * np.random.default_rng(5).standard_normal(10)), strict=True))
    rows = tables.predictions
    scale = rows["item"].map(names).map(factor)
    told = rows.assign(y_pred=rows["y_true"] + (rows["y_pred"] - rows["y_true"]) * scale)
    table = pd.DataFrame({"side": "target", "item": items, "material_class": [names[item] for item in items]})
    found = value_task(
        TaskResults(
            "density", "radonpy", "polyinfo", tables.trials, told, tables.summary,
            sorting=Sorting("material_class", True, DENSITY, DENSITY, table),
        ),
        0.9,
    )  # fmt: skip
    assert isinstance(found.entry, Valued)
    tested = told["item"].nunique()
    assert found.clusters == (10 if spread else tested) and tested > 50
    return found.entry


def test_classes_are_drawn_where_their_errors_correlate() -> None:
    entry = valued(0.6)
    found = entry.class_correlation
    assert found is not None and found.drawn and found.classes == 10 and found.icc is not None and found.icc > 0.2
    assert "draw the 10 classes, not single materials" in drawn_sentence(entry)
    assert all("measured materials, of other classes," in text for text in entry.to_settle if "materials" in text)


def test_materials_are_drawn_where_they_do_not() -> None:
    entry = valued(0.0)
    assert entry.class_correlation is not None and not entry.class_correlation.drawn
    assert drawn_sentence(entry) == ""


def test_intervals_by_class_are_wider() -> None:
    def width(entry: Valued) -> float:
        ends = entry.mae_at_n_max_interval
        assert ends.low is not None and ends.high is not None
        return (ends.high - ends.low) / entry.mae_at_n_max

    assert width(valued(0.6)) > 2 * width(valued(0.0))


def test_a_comparison_draws_classes_where_errors_of_either_task_correlate(tmp_path: Path) -> None:
    tables = planted(Planted(points=5, trials=10))
    rows = tables.predictions
    better = rows.assign(y_pred=rows["y_true"] + 0.9 * (rows["y_pred"] - rows["y_true"]))
    classes_by_error(rows).to_parquet(tmp_path / "density.parquet")
    alone, drawn = (drawn_errors(tables.trials, rows, "density", folder) for folder in (None, tmp_path))
    other = drawn_errors(tables.trials, better, "without_classes", tmp_path)
    assert drawn.transfer["cluster"].nunique() == 6 < other.transfer["cluster"].nunique()
    there, back = compare(drawn, other, 0.9).at_equal_n, compare(other, drawn, 0.9).at_equal_n
    assert there.high - there.low == pytest.approx(back.high - back.low), "whichever comes first"
    narrow = compare(alone, other, 0.9).at_equal_n
    assert there.value == pytest.approx(narrow.value) and there.high - there.low > 1.5 * (narrow.high - narrow.low)
    items = other.transfer.groupby("item")["error"].mean().sort_values().index
    pairs = other.transfer["item"].map(
        {item: f"pair {min(place, 45 + (place - 45) // 2)}" for place, item in enumerate(items)}
    )
    paired = replace(other, transfer=other.transfer.assign(cluster=pairs))
    few = other.transfer["item"].isin(items[-50:])
    fewer, by_pair = (replace(one, transfer=one.transfer[few]) for one in (other, paired))
    assert fewer.transfer["cluster"].nunique() < pairs.nunique(), "fewer materials than the other task has classes"
    drawn_few, drawn_pairs = (Paired.of(paired, one, 0.9).covariances[0] for one in (fewer, by_pair))
    assert drawn_few[0] == pytest.approx(drawn_pairs[0])
