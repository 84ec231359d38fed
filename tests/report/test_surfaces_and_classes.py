"""The sections on the surface and on the classes say what valuation.json says."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import pytest
from made_project import Project
from test_page import Page, restrict

from simworth.report.charts import ChartInput
from simworth.report.classes import class_title, to_extend, worth_of_experiment
from simworth.report.surfaces import surface, surface_chart, what_pays
from simworth.report.text import raised_exponent
from simworth.scaling import Surface
from simworth.valuation.classes import RULE
from simworth.valuation.groupings import UNKNOWN
from simworth.valuation.pieces import GridPoint
from simworth.valuation.records import Fit, Valued
from simworth.valuation.words import parameter


@pytest.fixture(scope="module")
def page(project: Project) -> Page:
    return Page(project.page)


@pytest.fixture
def entry(project: Project) -> Valued:
    return project.entry("density")


def test_density_shows_its_surface_and_classes(page: Page, entry: Valued) -> None:
    shown, surface, worth = {value for value, _ in page.numbers}, entry.surface, entry.equivalent_samples
    assert surface is not None and surface.A is not None and surface.eps is not None and worth is not None
    classes = [entry.classes["PSTR"], entry.classes["PVNL"]]
    numbers = [worth.value, surface.A.value, surface.eps.value, *(one.mae_at_n_max for one in classes)]
    numbers += [classes[0].parity.bias, classes[1].parity.correlation]  # type: ignore[union-attr]
    for number in numbers:
        assert number is not None and repr(float(number)) in shown
    assert entry.law_m is not None and classes[0].law is not None
    for law in (entry.law_m, classes[0].law):
        assert str(raised_exponent(parameter(law, "alpha"))) in page.seen


def test_one_more_experiment_in_words(page: Page) -> None:
    assert re.search(r"At n = 1,060 and m = 64, one more experiment is worth [\d.,]+ simulations \(", page.seen)


def test_when_simulations_pay_and_when_measurements_do(page: Page, project: Project) -> None:
    points = Fit.read(project.folder / "results/fits/density.json").surface_points
    mae = {(row.n, row.m): row.mae for row in points}
    (few, many), (least, most) = ((min(one), max(one)) for one in zip(*mae, strict=True))
    fall = 100 * (mae[many, least] / mae[few, least] - 1)
    assert f"the error changes by {fall:+.0f} % at m = {least}".replace("-", "\N{MINUS SIGN}") in page.seen
    assert what_pays([row for row in points if (row.n, row.m) != (few, most)]) == ""


def worth(entry: Valued, value: float | None, low: float | None, high: float | None) -> str:
    assert entry.equivalent_samples is not None
    held = entry.equivalent_samples.model_copy(update={"value": value, "low": low, "high": high})
    return str(worth_of_experiment(entry.model_copy(update={"equivalent_samples": held})).striptags())


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
    entry: Valued, ends: tuple[float | None, float | None, float | None], said: str
) -> None:
    assert worth(entry, *ends).endswith(said)


def test_without_a_grid_nothing_is_said(project: Project) -> None:
    entry = project.entry("refractive_index")
    assert worth_of_experiment(entry) == ""
    fit = Fit.read(project.folder / "results/fits/refractive_index.json")
    assert surface(ChartInput("refractive_index", entry, fit, pd.DataFrame(), None)) is None


def test_classes_of_the_valuation_are_the_rows_of_the_page(page: Page, entry: Valued) -> None:
    assert list(entry.classes) == ["PVNL", "PSTR", "PAMD", "PIMD"]
    for name, found in entry.classes.items():
        title = class_title(name)
        assert (title.capitalize() if found.measured else title) in page.seen
        if found.measured and not found.law:
            assert found.law_reason in page.seen
    assert entry.classes["PIMD"].measured == 0 and "nothing measured: polyimides (20)." in page.seen


def test_the_rule_of_the_advice_is_on_the_page(page: Page) -> None:
    for when in RULE.values():
        assert when in page.seen


def test_classes_to_extend_are_named_on_the_first_screen(entry: Valued) -> None:
    kept = {name: one.model_copy(update={"advice": "cannot tell yet"}) for name, one in entry.classes.items()}
    assert to_extend(entry.model_copy(update={"classes": kept})) == []
    extended = kept["PVNL"].model_copy(update={"advice": "extend"})
    kept |= {"PVNL": extended, UNKNOWN: extended}
    assert to_extend(entry.model_copy(update={"classes": kept})) == ["polyvinyls"]


def test_restricted_databases_show_no_parity(copy: Project) -> None:
    restrict(copy)
    assert copy.report() == 0
    assert "The simulation itself" not in Page(copy.page).seen
    assert 'id="density-surface-title"' in copy.page


def chart_of(project: Project, points: Sequence[GridPoint], law: Surface | None) -> str:
    """The map of density, with other points and another law."""
    fit = Fit.read(project.folder / "results/fits/density.json").model_copy(update={"surface_points": tuple(points)})
    return surface_chart(ChartInput("density", project.entry("density"), fit, pd.DataFrame(), None), law)


def test_measured_points_are_drawn_though_no_law_can_be(project: Project) -> None:
    points = [GridPoint(n=n, m=64, trials=8, mae=0.1, low=0.09, high=None) for n in (100, 300, 1000)]
    svg = chart_of(project, points, None)
    assert svg.count('class="point"') == 3 and "equal-error" not in svg and "nan" not in svg


def test_a_flat_law_draws_its_points_alone(project: Project) -> None:
    points = [GridPoint(n=n, m=m, trials=8, mae=0.1, low=0.09, high=0.11) for n in (100, 999) for m in (9, 64)]
    for law in (Surface(0.0, 0.0, 0.0, 0.0, 0.1), Surface(1e-9, 0.1, 0.1, 1e-4, 0.0)):
        svg = chart_of(project, points, law)
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
