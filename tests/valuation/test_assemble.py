"""valuation.json and metrics.json: complete, as their schema says, the same bytes from the same fits."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from fake_tables import Tables, quality, value, waiting

from simworth.errors import SimworthError
from simworth.ledger.records import LedgerEntry
from simworth.records import Record
from simworth.valuation.metrics_json import Metrics, metrics_of
from simworth.valuation.records import Fit, Valuation
from simworth.valuation.stage import assemble

DATABASES = {"radonpy": quality("radonpy"), "polyinfo": quality("polyinfo")}
SCHEMAS = Path(__file__).parents[2] / "docs/schemas"


@pytest.fixture(scope="module")
def fits(valued: Fit) -> dict[str, Fit]:
    tables: Tables = waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity")
    return {item.task: item for item in (valued, value(tables))}


def test_the_schemas_in_the_repository_are_the_records() -> None:
    """Written anew by `python docs/schemas/make.py`."""
    records: dict[str, type[Record]] = runpy.run_path(str(SCHEMAS / "make.py"))["SCHEMAS"]
    assert set(records.values()) == {Valuation, Metrics, Fit, LedgerEntry}
    assert {path.name for path in SCHEMAS.glob("*.json")} == {f"{name}.schema.json" for name in records}
    for name, record in records.items():
        assert (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8") == record.schema_text()


def test_tasks_keep_their_order_and_carry_their_releases(fits: dict[str, Fit]) -> None:
    valuation = assemble(fits, DATABASES, 0.9)
    assert list(valuation.tasks) == ["density", "heat_capacity"]
    for entry in valuation.tasks.values():
        assert list(entry.releases) == ["radonpy", "polyinfo"]
        assert [file.name for file in entry.releases["radonpy"].files] == ["PI1070.csv", "README.txt"]


def test_every_name_of_the_design_is_there(fits: dict[str, Fit]) -> None:
    written = json.loads(assemble(fits, DATABASES, 0.9).to_json())["tasks"]["density"]
    assert set(written) >= {
        "status", "unit", "releases", "n_max", "m", "materials", "trials", "law", "law_m", "mae_at_n_max",
        "direct_mae", "verdict", "gap", "forecast", "equivalent_samples", "classes",
    }  # fmt: skip
    assert set(written["law"]["C"]) == {"value", "low", "high"} and set(written["forecast"]["x2"]) == {
        "n", "mae", "low", "high",
    }  # fmt: skip


def test_text_is_json_with_finite_numbers_and_reads_back(fits: dict[str, Fit]) -> None:
    valuation = assemble(fits, DATABASES, 0.9)
    text = valuation.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert Valuation.from_json(text, "valuation.json").to_json() == text == assemble(fits, DATABASES, 0.9).to_json()


def test_metrics_are_ten_values_a_task(fits: dict[str, Fit]) -> None:
    """What `dvc metrics diff` shows: tasks at the top, and those without a law left out."""
    valuation = assemble(fits, DATABASES, 0.9)
    written = json.loads(metrics_of(valuation).to_json())
    assert list(written) == ["density"] and len(written["density"]) == 10
    entry = json.loads(valuation.to_json())["tasks"]["density"]
    assert written["density"]["D"] == entry["law"]["D"]["value"]
    assert written["density"]["mae_at_n_max"] == entry["mae_at_n_max"]
    assert Metrics.from_json(json.dumps(written), "metrics.json") == Metrics(**{"density": written["density"]})


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["level"], 1.0, "level"),
        (["tasks", "density", "law", "C"], None, "tasks.density.ok.law.C"),
        (["tasks", "density", "forecast", "x2", "n"], 2120.5, "tasks.density.ok.forecast.x2.n"),
        (["tasks", "heat_capacity", "status"], "splendid", "tasks.heat_capacity"),
    ],
)
def test_what_breaks_the_record_is_named(fits: dict[str, Fit], path: list[str], value: Any, named: str) -> None:
    valuation = json.loads(assemble(fits, DATABASES, 0.9).to_json())
    spot = valuation
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    with pytest.raises(SimworthError, match=named.replace(".", r"\.")):
        Valuation.from_json(json.dumps(valuation), "valuation.json")


def test_a_database_without_snapshot_is_named(fits: dict[str, Fit]) -> None:
    with pytest.raises(SimworthError, match="quality report of polyinfo"):
        assemble(fits, {"radonpy": quality("radonpy")}, 0.9)


def test_fits_at_another_level_are_refused(fits: dict[str, Fit]) -> None:
    with pytest.raises(SimworthError, match=r"density.*0\.9.*0\.95"):
        assemble(fits, DATABASES, 0.95)
