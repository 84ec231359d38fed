"""The sections on the surface and on the classes say what valuation.json says."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from made_project import Project
from test_page import Page, restrict

from simworth.report.classes import class_title, to_extend, worth_of_experiment
from simworth.report.surfaces import SurfaceData, surface_chart, surface_data
from simworth.report.text import Numbers
from simworth.scaling import Surface
from simworth.valuation.advice import RULE
from simworth.valuation.groups import UNKNOWN


@pytest.fixture(scope="module")
def page(project: Project) -> Page:
    return Page(project.page)


@pytest.fixture
def valuation(project: Project) -> dict[str, Any]:
    return deepcopy(project.valuation)


@pytest.mark.parametrize(
    "place",
    ["equivalent_samples/value", "equivalent_samples/low", "surface/A/value", "surface/beta/low", "surface/eps/high",
     "law_m/alpha/value", "classes/PSTR/measured", "classes/PAMD/simulated", "classes/PVNL/mae_at_n_max",
     "classes/PSTR/law/alpha/value", "classes/PSTR/law/C/high", "classes/PSTR/parity/bias",
     "classes/PVNL/parity/correlation"],
)  # fmt: skip
def test_density_shows(page: Page, place: str) -> None:
    assert f"tasks/density/{place}" in {found for found, _, _ in page.numbers}


def test_one_more_experiment_in_words(page: Page) -> None:
    assert re.search(r"At n = 1,060 and m = 64, one more experiment is worth [\d.,]+ simulations \(", page.seen)


def worth(valuation: dict[str, Any], value: float | None, low: float | None, high: float | None) -> str:
    held = valuation["tasks"]["density"]["equivalent_samples"]
    held |= {"value": value, "low": low, "high": high}
    return str(worth_of_experiment(Numbers(valuation), "density").striptags())


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((221.0, 100.0, 450.0), "worth 221 simulations (100 to 450)."),
        ((221.0, 100.0, None), "worth 221 simulations (above 100)."),
        ((221.0, 0.0, None), "worth 221 simulations, though these data bound that number on neither side."),
        ((None, 40.0, None), "worth more than any number of simulations (at least 40.0)."),
        ((None, 0.0, None), "worth more than any number of simulations."),
    ],
)
def test_worth_claims_no_more_than_its_interval(
    valuation: dict[str, Any], ends: tuple[float | None, float | None, float | None], said: str
) -> None:
    assert worth(valuation, *ends).endswith(said)


def test_without_a_grid_nothing_is_said(valuation: dict[str, Any], page: Page) -> None:
    assert worth_of_experiment(Numbers(valuation), "refractive_index") == ""
    assert surface_data("refractive_index", valuation["tasks"]["refractive_index"], {"level": 0.9}) is None
    assert not [place for place, _, _ in page.numbers if place.startswith("tasks/refractive_index/surface")]


def test_classes_of_the_valuation_are_the_rows_of_the_page(page: Page, valuation: dict[str, Any]) -> None:
    classes = valuation["tasks"]["density"]["classes"]
    assert list(classes) == ["PVNL", "PSTR", "PAMD", "PIMD"]
    for name, found in classes.items():
        title = class_title(name)
        assert (title.capitalize() if found["measured"] else title) in page.seen
        assert f"tasks/density/classes/{name}/simulated" in {place for place, _, _ in page.numbers}
        if found["measured"] and not found["law"]:
            assert found["law_reason"] in page.seen
    assert classes["PIMD"]["measured"] == 0 and "nothing measured: polyimides (20)." in page.seen


def test_the_rule_of_the_advice_is_on_the_page(page: Page) -> None:
    for when in RULE.values():
        assert when in page.seen


def test_classes_to_extend_are_named_on_the_first_screen(valuation: dict[str, Any]) -> None:
    entry = valuation["tasks"]["density"]
    for found in entry["classes"].values():
        found["advice"] = "cannot tell yet"
    assert to_extend(entry) == []
    entry["classes"]["PVNL"]["advice"] = "extend"
    entry["classes"][UNKNOWN] = {**entry["classes"]["PVNL"]}
    assert to_extend(entry) == ["polyvinyls"]


def test_restricted_databases_show_no_parity(copy: Project) -> None:
    restrict(copy)
    assert copy.report() == 0
    page = Page(copy.page)
    assert not [place for place, _, _ in page.numbers if "/parity/" in place]
    assert "tasks/density/classes/PSTR/law/alpha/value" in {place for place, _, _ in page.numbers}
    assert 'id="density-surface-title"' in copy.page


def test_measured_points_are_drawn_though_no_law_can_be(project: Project) -> None:
    points = [{"n": n, "m": 64, "trials": 8, "mae": 0.1, "low": 0.09, "high": None} for n in (100, 300, 1000)]
    svg = surface_chart(SurfaceData("density", "g/cm^3", "90 %", points, None), 366, 340, "one-m")
    assert svg.count('class="point"') == 3 and "equal-error" not in svg and "nan" not in svg


def test_a_flat_law_draws_its_points_alone() -> None:
    points = [{"n": n, "m": m, "trials": 8, "mae": 0.1, "low": 0.09, "high": 0.11} for n in (100, 999) for m in (9, 64)]
    for law in (Surface(0.0, 0.0, 0.0, 0.0, 0.1), Surface(1e-9, 0.1, 0.1, 1e-4, 0.0)):
        svg = surface_chart(SurfaceData("density", "", "90 %", points, law), 366, 340, "flat")
        assert svg.count('class="point"') == 4 and "nan" not in svg and "inf" not in svg


def test_curves_of_equal_error_lie_within_the_map(project: Project) -> None:
    svg = re.search(r"<svg[^>]*chart surface.*?</svg>", project.page, re.DOTALL)
    assert svg is not None
    curves = re.findall(r'<path d="M([^"]*)" class="equal-error"', svg[0])
    assert len(curves) >= 3
    for curve in curves:
        for pair in curve.split("L"):
            x, y = map(float, pair.split())
            assert 50 <= x <= 356 and 33 <= y <= 296


def test_errors_of_curves_stand_clear_of_the_dots(project: Project) -> None:
    svg = re.search(r"<svg[^>]*chart surface.*?</svg>", project.page, re.DOTALL)
    assert svg is not None
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="3.5"', svg[0])]
    labels = [(float(x), float(y)) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="note"', svg[0])]
    assert len(dots) >= 9 and len(labels) >= 3
    for x, y in labels:
        assert 52 + 20 <= x <= 354 - 20
        assert all(abs(x - left) > 14 or abs(y - 4 - top) > 8 for left, top in dots)
