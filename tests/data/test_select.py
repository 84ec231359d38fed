"""One row per material; what is left out is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.columns import CLEAN_COLUMNS
from simworth.data.clean import check_clean
from simworth.data.select import COLUMNS, materials
from simworth.errors import SimworthError


def clean(rows: list[dict]) -> pd.DataFrame:
    """A clean table from what differs between its rows."""
    default = {"role": "simulation", "property": "density", "partner": "", "temperature": 300.0, "spread": 0.1}
    default |= {
        "replicates": 2,
        "converged": True,
        "material_class": "PHYC",
        "protocol": "",
        "release": "r",
        "file": "f",
    }
    full = [default | {"row": 2 + number, "structure": row["item"]} | row for number, row in enumerate(rows)]
    return check_clean(pd.DataFrame(full)[list(CLEAN_COLUMNS)])


TABLE = clean(
    [
        {"item": "b", "value": 1.0},
        {"item": "a", "value": 3.0},
        {"item": "a", "value": 1.0, "temperature": 310.0},
        {"item": "a", "value": 1.5},
        {"item": "a", "value": 99.0, "converged": False},
        {"item": "c", "value": 5.0, "converged": False, "protocol": "fast"},
        {"item": "a", "value": 7.0, "role": "experiment"},
        {"item": "a", "value": 8.0, "property": "other"},
    ]
)


def test_median_of_converged_values() -> None:
    chosen = materials(TABLE, "simulation", "density")
    assert list(chosen.materials.columns) == COLUMNS
    a, b = chosen.materials.to_dict("records")
    assert (a["item"], a["value"], a["replicates"], a["temperature"]) == ("a", 1.5, 6, 300.0)
    assert a["spread"] == pytest.approx(2**0.5 * np.std([3.0, 1.0, 1.5], ddof=1)), "of means of 2"
    assert (b["item"], b["value"], b["spread"]) == ("b", 1.0, 0.1)
    assert chosen.left_out == {"not converged": 2}


def test_a_condition_that_speaks_of_convergence_decides_it() -> None:
    chosen = materials(TABLE, "simulation", "density", "not converged and value < 50")
    assert chosen.materials["item"].tolist() == ["c"]
    assert chosen.left_out == {"filter": 5}


def test_condition_on_text() -> None:
    assert materials(TABLE, "simulation", "density", "converged in (True, False) and protocol == 'fast'").materials[
        "item"
    ].tolist() == ["c"]


def test_temperatures_apart() -> None:
    chosen = materials(TABLE, "simulation", "density", apart="temperature").materials
    assert chosen[["item", "temperature", "value"]].to_numpy().tolist() == [
        ["a", 300.0, 2.25],
        ["a", 310.0, 1.0],
        ["b", 300.0, 1.0],
    ]


def test_temperatures_that_are_told_apart_must_be_there_and_differ_by_more_than_a_hundredth() -> None:
    table = clean(
        [
            {"item": "a", "value": 1.0, "temperature": 298.15},
            {"item": "a", "value": 3.0, "temperature": 298.151},
            {"item": "a", "value": 5.0, "temperature": 298.17},
            {"item": "a", "value": 7.0, "temperature": np.nan},
        ]
    )
    chosen = materials(table, "simulation", "density", apart="temperature")
    assert chosen.materials["value"].tolist() == [2.0, 5.0] and chosen.left_out == {"no temperature": 1}
    assert materials(table, "simulation", "density").materials["value"].tolist() == [4.0]


def test_nothing_there_is_an_empty_table() -> None:
    chosen = materials(TABLE, "experiment", "heat_capacity")
    assert chosen.materials.empty and list(chosen.materials.columns) == COLUMNS


@pytest.mark.parametrize(
    "condition", ["valu > 1", "value >", "value + 1", "import os", "@pd", "value > 'a'", "f(", "1"]
)
def test_bad_condition_names_the_columns(condition: str) -> None:
    with pytest.raises(SimworthError, match="columns are: role, property, item"):
        materials(TABLE, "simulation", "density", condition)
