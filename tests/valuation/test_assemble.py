"""valuation.json: complete, within its schema, the same bytes from the same fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_tables import Tables, quality, waiting

from simworth.errors import SimworthError
from simworth.valuation.assemble import assemble, check_valuation, to_json
from simworth.valuation.entry import fit_record
from simworth.valuation.task import TaskValuation, value_task

DATABASES = {"radonpy": quality("radonpy"), "polyinfo": quality("polyinfo")}


@pytest.fixture(scope="module")
def fits(valued: TaskValuation) -> dict[str, Any]:
    tables: Tables = waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity")
    held = value_task(tables.trials, tables.predictions, tables.summary, 0.9)
    return {item.task: fit_record(item, "radonpy", "polyinfo", 0.9) for item in (valued, held)}


def test_tasks_keep_their_order_and_carry_their_releases(fits: dict[str, Any]) -> None:
    valuation = assemble(fits, DATABASES, 0.9)
    assert list(valuation["tasks"]) == ["density", "heat_capacity"]
    for entry in valuation["tasks"].values():
        assert list(entry["releases"]) == ["radonpy", "polyinfo"]
        assert [file["name"] for file in entry["releases"]["radonpy"]["files"]] == ["PI1070.csv", "README.txt"]


def test_design_names_come_first_in_its_order(fits: dict[str, Any]) -> None:
    keys = list(assemble(fits, DATABASES, 0.9)["tasks"]["density"])
    assert keys[:16] == [
        "status", "unit", "releases", "n_max", "m", "materials", "trials", "law", "law_m", "mae_at_n_max",
        "direct_mae", "verdict", "gap", "forecast", "equivalent_samples", "classes",
    ]  # fmt: skip


def test_text_is_json_with_finite_numbers_and_repeats(fits: dict[str, Any]) -> None:
    text = to_json(assemble(fits, DATABASES, 0.9))
    assert text == to_json(assemble(fits, DATABASES, 0.9))
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    with pytest.raises(ValueError):
        to_json({"mae": float("inf")})


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["level"], 1.0, "level"),
        (["tasks", "density", "verdict"], "splendid", "tasks.density.verdict"),
        (["tasks", "density", "law", "C", "value"], None, "tasks.density.law.C.value"),
        (["tasks", "density", "forecast", "x2", "n"], 2120.5, "tasks.density.forecast.x2.n"),
        (["tasks", "heat_capacity", "reason"], "", "tasks.heat_capacity.reason"),
    ],
)
def test_schema_names_what_breaks_it(fits: dict[str, Any], path: list[str], value: Any, named: str) -> None:
    valuation = json.loads(to_json(assemble(fits, DATABASES, 0.9)))
    spot = valuation
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    with pytest.raises(SimworthError, match=named.replace(".", r"\.")):
        check_valuation(valuation)


def test_a_database_without_snapshot_is_named(fits: dict[str, Any]) -> None:
    with pytest.raises(SimworthError, match="quality report of polyinfo"):
        assemble(fits, {"radonpy": quality("radonpy"), "polyinfo": {}}, 0.9)


def test_fits_at_another_level_are_refused(fits: dict[str, Any]) -> None:
    with pytest.raises(SimworthError, match=r"density.*0\.9.*0\.95"):
        assemble(fits, DATABASES, 0.95)
